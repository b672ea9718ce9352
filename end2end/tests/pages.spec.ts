// Every page of the menu: its title, its one heading, its way back; the accessibility audit in every mode; the keyboard.
// What a page stores and asks for: trackers.spec.ts.
import type { Page } from "@playwright/test";
import { FULL, PASSWORD, audit, awake, expect, openPage, pages, signInAs, stepUp, test, toggle } from "../fixtures/index.js";

const menu = pages();
const forVisitors = menu.filter((p) => p.access === "anyone" || p.access === "demo");
const forPeople = menu.filter((p) => p.access === "signed-in" || p.access === "stepped-up" || p.path === "/settings/cookies" || p.path === "/settings/policy" || p.path === "/settings/sharing");

async function looksRight(page: Page, label: string, path: string): Promise<void> {
  await expect(page).toHaveTitle(`${label} · 一点生活-live 隐私中心`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expect(page.getByRole("heading", { level: 1, name: label })).toBeVisible();
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, `${path} scrolls sideways`).toBe(0);
}

for (const mode of ["light", "dark", "care"] as const) {
  test.describe(`in ${mode} mode`, () => {
    test.use({ colorScheme: mode === "dark" ? "dark" : "light" });

    test("every page for visitors passes the audit", async ({ page }) => {
      test.setTimeout(120_000);
      for (const { path, label } of forVisitors) {
        await test.step(path, async () => {
          await page.goto(path);
          await looksRight(page, label, path);
          await audit(page);
        });
      }
    });

    test("every page for people passes the audit and has a way back", async ({ page }) => {
      test.setTimeout(180_000);
      await signInAs(page, FULL);
      await page.goto("/settings");
      if (mode === "care") await toggle(page, "关怀模式", true);
      await stepUp(page, PASSWORD);
      for (const { path, label } of forPeople) {
        await test.step(path, async () => {
          await openPage(page, path);
          await looksRight(page, label, path);
          if (path !== "/" && path !== "/step-up") await expect(page.getByRole("link", { name: /^返回/ })).toBeVisible();
          await audit(page);
        });
      }
      await page.goto("/settings");
      if (mode === "care") await toggle(page, "关怀模式", false);
    });
  });
}

test("every target is large enough to tap", async ({ page }) => {
  await signInAs(page, FULL);
  await stepUp(page, PASSWORD);
  for (const { path } of forPeople) {
    await openPage(page, path);
    const small = await page.evaluate(() => {
      const targets = [...document.querySelectorAll<HTMLElement>("a, button, summary, select, input:not([type=hidden]), label.choice")];
      const shown = targets.filter((e) => e.checkVisibility() && !e.closest(".visually-hidden, .skip-link, label.choice input"));
      // A link in running text is exempt (WCAG 2.5.8), and a box is tapped through its label.
      const exempt = (e: HTMLElement) => (e.matches("a") && e.parentElement!.matches("p, .cells-tips")) || e.closest("label.choice") !== null;
      return shown.filter((e) => !exempt(e) && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 120));
    });
    expect(small, path).toEqual([]);
  }
});

test("everything by keyboard: from the skip link to a switch that is flipped with a key", async ({ page, newcomer }) => {
  await newcomer(page);
  await page.goto("/settings/cookies");
  await page.getByRole("button", { name: "全部不同意" }).press("Enter");
  await expect(page.getByRole("status")).toContainText("只使用必要的 Cookie");
  await page.goto("/settings/notifications");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "跳到正文" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const order = page.getByRole("switch", { name: "订单" });
  await expect(order).toBeFocused();
  const outline = await order.evaluate((e) => getComputedStyle(e).outlineStyle);
  expect(outline).not.toBe("none");
  await page.keyboard.press("Space");
  await expect(order).toHaveAttribute("aria-checked", "true");
  await expect(page.getByRole("status")).toContainText("订单");
});

test("what a page loads is compressed beforehand and kept for ever, and the page itself never", async ({ page }) => {
  const answers: Record<string, { encoding: string; keep: string }> = {};
  page.on("response", (response) => {
    const built = /^\/pkg\/.*\.(css|js|wasm)$/.exec(new URL(response.url()).pathname)?.[1];
    const kind = built ?? response.request().resourceType();
    const headers = response.headers();
    answers[kind] = { encoding: headers["content-encoding"] ?? "", keep: headers["cache-control"] ?? "" };
  });
  await page.goto("/settings/cookies");
  await awake(page);
  for (const kind of ["css", "js", "wasm"]) {
    expect(answers[kind], kind).toEqual({ encoding: "br", keep: "public, max-age=31536000, immutable" });
  }
  expect(answers["document"].keep).toBe("no-store");
});

test.describe("on a phone that has never been here", () => {
  test.use({ serviceWorkers: "block" });

  // Bodies as they travel: compressed where the server compresses.
  async function firstLoad(page: Page, path: string): Promise<{ bytes: number; kinds: string[] }> {
    const sizes: Promise<number>[] = [];
    const kinds = new Set<string>();
    page.on("requestfinished", (request) => {
      kinds.add(/\.(css|js|wasm)(\?|$)/.exec(request.url())?.[1] ?? request.resourceType());
      sizes.push(request.sizes().then((s) => s.responseBodySize + s.responseHeadersSize));
    });
    await page.goto(path);
    await awake(page);
    // The page may be awake before the browser has told of its last request.
    await page.waitForLoadState("networkidle");
    return { bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0), kinds: [...kinds] };
  }

  for (const { path, label, most } of [
    { path: "/settings", label: "设置", most: 130 * 1024 },
    { path: "/settings/policy", label: "隐私政策", most: 160 * 1024 },
  ]) {
    test(`the first load of ${label} is at most ${most / 1024} KB`, async ({ page, browser, baseURL }, info) => {
      test.skip(info.project.name !== "phone", "the budget is a phone's");
      await signInAs(page, FULL);
      const signedIn = await page.context().storageState();
      const fresh = await browser.newContext({ storageState: signedIn, baseURL, serviceWorkers: "block" });
      const first = await fresh.newPage();
      const { bytes, kinds } = await firstLoad(first, path);
      for (const kind of ["document", "css", "js", "wasm"]) expect(kinds, `${kind} is counted`).toContain(kind);
      expect(bytes, `${label} is ${bytes} bytes`).toBeLessThanOrEqual(most);
      await fresh.close();
    });
  }

  test("the whole text of 隐私政策 is in the HTML that the server sends", async ({ request }) => {
    const html = await (await request.get("/settings/policy")).text();
    for (const chapter of ["一、", "二、", "三、", "四、", "五、", "六、", "七、", "八、", "补充说明"]) expect(html).toContain(`>${chapter}`);
    expect(html).toContain("不注册也可以浏览商品和直播。");
    expect(html).toContain("近亲属为了自身的合法、正当利益");
  });
});
