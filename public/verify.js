// 验证凭证: checks a file in this browser and sends it nowhere. Until the check has arrived (and where there is no
// WebAssembly) the form is posted as it is, and the server checks.
const form = document.getElementById("proof-form");
const input = form.elements.file;
const found = document.getElementById("proof-found");
const error = document.getElementById("proof-error");

async function look(file, check) {
  error.textContent = "";
  found.textContent = "正在检查…";
  // Two frames for the page to say so: many signatures keep it busy.
  await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
  try {
    found.innerHTML = check(new Uint8Array(await file.arrayBuffer()), form.dataset.key);
  } catch {
    found.textContent = "";
    error.textContent = "文件读不出来，请重新选择";
  }
}

function takeOver(check) {
  document.getElementById("proof-hint").textContent = form.dataset.here;
  const chosen = () => input.files[0] && look(input.files[0], check);
  input.addEventListener("change", chosen);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    chosen();
  });
  const over = (on) => (event) => {
    event.preventDefault();
    form.classList.toggle("proof-over", on);
  };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    const file = event.dataTransfer.files[0];
    if (file) look(file, check);
  });
  form.dataset.awake = "";
  // Chosen while the check was on its way.
  chosen();
}

try {
  const { default: load, check } = await import("/verifier/verifier.js");
  await load();
  takeOver(check);
} catch {
  // The form works without.
}
