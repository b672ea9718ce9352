(() => {
  const row = document.querySelector(".policy-contents ol"), links = row.querySelectorAll("a");
  const heads = document.querySelectorAll(".policy-text h2"), page = document.documentElement;
  let at = -1;
  const mark = () => {
    const line = parseFloat(getComputedStyle(heads[0]).scrollMarginTop) + parseFloat(getComputedStyle(page).scrollPaddingTop) + 2;
    let now = 0;
    heads.forEach((head, n) => { if (line > head.getBoundingClientRect().top) now = n; });
    if (scrollY + innerHeight + 2 > page.scrollHeight) now = heads.length - 1;
    if (now === at) return;
    if (links[at]) links[at].removeAttribute("aria-current");
    const link = links[at = now];
    link.setAttribute("aria-current", "location");
    if (!row.matches(":active")) row.scrollLeft = link.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  };
  for (const event of ["scroll", "resize"]) addEventListener(event, mark, { passive: true });
  mark();
})();
