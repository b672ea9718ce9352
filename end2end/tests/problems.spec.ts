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
