// Pages for what went wrong, weak networks, and the ledger after all of it.
import { FULL, audit, awake, expect, signInAs, test } from "../fixtures/index.js";

const expectError = (part: string) => test.info().annotations.push({ type: "expected-console-error", description: part });

test("a page that is not there says so and leads home", async ({ page }) => {
  expectError("404");
  const answer = await page.goto("/settings/nothing-here");
  expect(answer!.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1, name: "没有找到这个页面" })).toBeVisible();
  await audit(page);
  await page.getByRole("link", { name: "回到首页" }).click();
  await expect(page).toHaveURL(/\/signin/);
});

test("without a network the offline page helps, and comes back by itself", async ({ page, server }) => {
  for (const part of ["ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "status of 503"]) expectError(part);
  await signInAs(page, FULL);
  await page.goto("/settings");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await server.stop();
  await page.goto("/settings/privacy");
  await expect(page.getByRole("heading", { name: "没有网络" })).toBeVisible();
  await expect(page.getByRole("link", { name: "重新加载" })).toBeVisible();
  await audit(page);
  await server.start();
  await expect(page.getByRole("heading", { level: 1, name: "隐私设置" })).toBeVisible({ timeout: 15_000 });
});

test("a form whose answer does not come says so in words, keeps what was typed, and is sent again", async ({ page, server, newcomer }) => {
  for (const part of ["ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "status of 503"]) expectError(part);
  await newcomer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto("/settings/complaints");
  await page.getByLabel("关于什么").selectOption("推送、短信和邮件");
  const typed = '他们说“<b>已关闭</b>” & 又发了。\n第二行。';
  await page.getByLabel("发生了什么").fill(typed);
  await server.stop();
  await page.getByRole("button", { name: "提交", exact: true }).click();
  await expect(page.getByRole("heading", { name: "没有收到答复" })).toBeVisible();
  await expect(page.getByRole("link", { name: "回去看看" })).toHaveAttribute("href", /\/settings\/complaints$/);
  await audit(page);
  await server.start();
  await page.getByRole("button", { name: "再提交一次" }).click();
  await expect(page.getByRole("status")).toContainText("已收到");
  expect(await page.locator("dd.typed").first().innerText()).toBe(typed);
});

test("a yes that did not arrive is taken back with the reason", async ({ page, context, newcomer }) => {
  expectError("ERR_INTERNET_DISCONNECTED");
  await newcomer(page);
  await page.goto("/settings/advertising");
  await awake(page);
  await context.setOffline(true);
  const recommend = page.getByRole("switch", { name: "个性化推荐" });
  await recommend.click();
  await expect(page.getByRole("alert").filter({ hasText: "网络不通，没有开启" })).toBeVisible();
  await expect(recommend).toHaveAttribute("aria-checked", "false");
  await context.setOffline(false);
  await recommend.click();
  await expect(recommend).toHaveAttribute("aria-checked", "true");
  await expect(page.getByRole("status")).toContainText("个性化推荐");
});

test("a no is never lost: it shows 未同步 and is tried until it arrives", async ({ page, context, newcomer }) => {
  expectError("ERR_INTERNET_DISCONNECTED");
  await newcomer(page);
  await page.goto("/settings/advertising");
  await awake(page);
  const recommend = page.getByRole("switch", { name: "个性化推荐" });
  await recommend.click();
  await expect(page.getByRole("status")).toContainText("个性化推荐");
  await context.setOffline(true);
  await recommend.click();
  await expect(recommend).toHaveAttribute("aria-checked", "false");
  const unsynced = page.getByText("未同步").filter({ visible: true });
  await expect(unsynced).toHaveCount(1);
  await context.setOffline(false);
  await expect(unsynced).toHaveCount(0);
  await page.reload();
  await expect(recommend).toHaveAttribute("aria-checked", "false");
});

test("a tap before the WebAssembly has arrived counts", async ({ page, context, newcomer }) => {
  await newcomer(page);
  let arrive = () => {};
  const held = new Promise<void>((go) => (arrive = go));
  await context.route("**/*.wasm", async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await page.goto("/settings/advertising", { waitUntil: "commit" });
  const recommend = page.getByRole("switch", { name: "个性化推荐" });
  await recommend.click();
  await expect(recommend).toHaveAttribute("aria-checked", "true");
  await expect(page.getByRole("status")).toContainText("个性化推荐");
  arrive();
  await awake(page);
  await expect(recommend).toHaveAttribute("aria-checked", "true");
});

// As on the edge of a mobile network: 400 kbit a second, 400 ms there and back.
test("on a slow network every page can be read and used before its WebAssembly is there, and nothing jumps", async ({ page, context, newcomer }) => {
  await newcomer(page);
  const network = await context.newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  let held: Promise<void>;
  await context.route("**/*.wasm", async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await page.addInitScript(() => {
    const seen = window as unknown as { shifts: string[] };
    seen.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node?: Node }[] })[]) {
        // A word that gives way to another within its row is no jump.
        if (entry.value >= 0.005) seen.shifts.push(`${entry.value.toFixed(3)} ${entry.sources.map((source) => source.node?.textContent?.slice(0, 40)).join(", ")}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const { path, label } of [
    { path: "/settings/advertising", label: "广告设置" },
    { path: "/settings/privacy/permissions", label: "系统权限管理" },
    { path: "/settings/account/phone", label: "手机号" },
    { path: "/settings/about/more/cancel", label: "注销账号" },
    { path: "/verify", label: "验证凭证" },
  ]) {
    let arrive = () => {};
    held = new Promise((go) => (arrive = go));
    await page.goto(path, { waitUntil: "domcontentloaded" });
    await expect(page.getByRole("heading", { level: 1, name: label, exact: true })).toBeVisible();
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "跳到正文" })).toBeFocused();
    arrive();
    await page.waitForLoadState("networkidle");
    // Two frames, so that what the last script changed is laid out, and counted.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts), path).toEqual([]);
  }
});

test.describe("while an answer is under way", () => {
  // What the worker sends is not the page's, and could not be held.
  test.use({ serviceWorkers: "block" });

  test("a second tap sends nothing more, and the button shows that it is busy", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/complaints");
    await page.getByLabel("关于什么").selectOption("推送、短信和邮件");
    await page.getByLabel("发生了什么").fill("关闭以后还收到一条短信。");
    let arrive = () => {};
    const held = new Promise<void>((go) => (arrive = go));
    let sent = 0;
    await page.route("**/settings/complaints", async (route) => {
      if (route.request().method() === "POST") {
        sent += 1;
        await held;
      }
      await route.continue().catch(() => undefined);
    });
    const submit = page.getByRole("button", { name: "提交", exact: true });
    await submit.evaluate((button) => button.scrollIntoView({ block: "center" }));
    // Told as it happens: while an answer is under way nothing can be asked of the page.
    await submit.evaluate((button) => new MutationObserver(() => console.log(`busy ${button.ariaBusy}`)).observe(button, { attributes: true }));
    const busy = page.waitForEvent("console", (message) => message.text() === "busy true");
    const { x, y, width, height } = (await submit.boundingBox())!;
    const tap = () => page.mouse.click(x + width / 2, y + height / 2);
    await tap();
    await busy;
    await tap();
    await page.keyboard.press("Enter");
    arrive();
    await expect(page.getByRole("status")).toContainText("已收到");
    expect(sent).toBe(1);
    await page.goto("/settings/complaints");
    await expect(page.getByRole("link", { name: /投诉与反馈：推送、短信和邮件/ })).toHaveCount(1);
  });
});

test("many quick taps end where the last one wanted, here and on disk", async ({ page, newcomer }) => {
  await newcomer(page);
  await page.goto("/settings/advertising");
  await awake(page);
  const recommend = page.getByRole("switch", { name: "个性化推荐" });
  for (let tap = 0; tap < 7; tap += 1) await recommend.click();
  await expect(recommend).toHaveAttribute("aria-checked", "true");
  await expect(page.getByRole("status")).toContainText("个性化推荐：已开启");
  await page.reload();
  await expect(recommend).toHaveAttribute("aria-checked", "true");
});

test("after all of it the ledger verifies", async ({ page, server, newcomer }) => {
  await newcomer(page);
  await page.goto("/settings/advertising");
  await page.getByRole("switch", { name: "个性化推荐" }).click();
  await expect(page.getByRole("status")).toContainText("个性化推荐");
  expect(server.verifyLedger()).toContain("events");
});
