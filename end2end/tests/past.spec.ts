// 时光机: for any past date, what applied: the policy's version, every decision, the words that were shown.
import { FULL, audit, everyWay, expect, signInAs, test, toggle } from "../fixtures/index.js";

const past = "/settings/privacy/consents/past";

everyWay(() => {
  test("a decision of today is told with its words, its page and who made it; what was never decided stands apart", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/privacy/permissions");
    await toggle(page, "位置", true);
    await page.goto("/settings/privacy/consents");
    await page.getByRole("link", { name: "时光机" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "时光机" })).toBeVisible();
    await page.getByRole("link", { name: "注册那天" }).click();
    const location = page.locator(".past-entry").filter({ hasText: "位置" });
    await location.locator("summary").click();
    await expect(location.getByText("系统权限管理")).toBeVisible();
    await expect(location.getByText("你本人")).toBeVisible();
    for (const part of ["用来做什么", "关闭后会怎样", "不影响什么", "为什么必要", "对你的影响"]) await expect(location.getByText(part)).toBeVisible();
    await expect(location.locator("code")).toHaveText(/^[0-9a-f]{64}$/);
    await expect(page.locator(".past-never").getByText("相机", { exact: true })).toBeVisible();
    await expect(page.getByText("从那时到现在，没有变化。")).toBeVisible();
  });

  test("a day before the account, or to come, or none at all, is answered kindly and keeps what was typed", async ({ page, newcomer }) => {
    await newcomer(page);
    for (const [query, message] of [
      ["date=2020-01-01&time=08:30", "那时你还没有账号"],
      ["date=2099-01-01&time=08:30", "这一刻还没有到"],
      ["date=soon&time=08:30", "没看懂日期“soon”"],
    ]) {
      await page.goto(`${past}?${query}`);
      await expect(page.getByRole("alert").filter({ hasText: message })).toBeVisible();
      await expect(page.getByLabel("时间")).toHaveValue("08:30");
    }
  });
});

test("the demo's past: before the change an agreement, after it a pause, with the version's text and what changed since", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto(past);
  await page.getByRole("link", { name: "第 2.0 版施行那天" }).click();
  await expect(page.getByRole("link", { name: /第 2.0 版/ }).filter({ hasText: "当时施行" })).toBeVisible();
  const ads = page.locator(".past-entry").filter({ hasText: "个性化广告" });
  await expect(ads).toContainText("第 2.0 版改了它");
  for (const summary of await page.locator(".past-entry > summary").all()) await summary.click();
  await audit(page);
  await page.goto(`${past}?date=2020-01-01`);
  await audit(page);
  await page.getByLabel("日期").fill("2026-11-14");
  await page.getByRole("button", { name: "看那一刻" }).click();
  await expect(page.getByRole("link", { name: /第 1.0 版/ }).filter({ hasText: "当时施行" })).toBeVisible();
  await expect(page.getByRole("link", { name: /第 2.0 版/ }).filter({ hasText: "当时已公布" })).toBeVisible();
  await expect(ads).not.toContainText("改了它");
  await expect(page.getByText("当时第 1.0 版，现在第 2.1 版")).toBeVisible();
  await page.getByRole("link", { name: /第 1.0 版/ }).filter({ hasText: "当时施行" }).click();
  await expect(page.getByText("现在已不是最新版本")).toBeVisible();
});
