// 我的, 设置, 隐私设置, 关于一点生活-live, 更多, 隐私政策: lists with the present state beside each entry.
import { FULL, everyWay, expect, signInAs, test, toggle } from "../fixtures/index.js";

everyWay(() => {
  test("设置 tells the present state of every entry, and it follows a change", async ({ page, newcomer }) => {
    const { username } = await newcomer(page);
    await page.goto("/settings");
    await expect(page.getByRole("link", { name: "个人资料" })).toContainText(username);
    await expect(page.getByRole("link", { name: "推送设置" })).toContainText("全部关闭");
    await page.goto("/settings/notifications");
    await toggle(page, "直播", true);
    await page.goto("/settings");
    await expect(page.getByRole("link", { name: "推送设置" })).toContainText("1 项已开启");
  });

  test("关怀模式 makes everything larger, and stays", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings");
    const size = () => page.getByRole("link", { name: "个人资料" }).evaluate((a) => parseFloat(getComputedStyle(a).fontSize));
    const before = await size();
    await toggle(page, "关怀模式", true);
    expect(await size()).toBeGreaterThan(before);
    expect(await size()).toBeGreaterThanOrEqual(18);
    await toggle(page, "关怀模式", false);
    expect(await size()).toBe(before);
  });

  test("the path that the policy promises leads to 注销账号", async ({ page }) => {
    await signInAs(page, FULL);
    for (const label of ["设置", "关于一点生活-live", "更多", "注销账号"]) {
      await page.getByRole("link", { name: label }).first().click();
      await expect(page.getByRole("heading", { level: 1, name: label })).toBeVisible();
    }
    for (const label of ["更多", "关于一点生活-live", "设置", "我的"]) {
      await page.getByRole("link", { name: `返回${label}` }).click();
      await expect(page.getByRole("heading", { level: 1, name: label })).toBeVisible();
    }
  });
});

test("隐私设置 counts what is allowed", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/privacy");
  await expect(page.getByRole("link", { name: "系统权限管理" })).toContainText("7 项已开启");
  await expect(page.getByRole("link", { name: "好友隐私" })).toContainText("可被搜索");
  await expect(page.getByRole("link", { name: "人脸识别授权" })).toContainText("已允许");
  await expect(page.getByRole("link", { name: "同意管理" })).toContainText("项有效");
});

test("隐私政策 is open to visitors, and its promises lead to their places for those who are signed in", async ({ page }) => {
  await page.goto("/settings/policy");
  await expect(page.getByRole("heading", { level: 1, name: "隐私政策" })).toBeVisible();
  await expect(page.getByRole("link", { name: "系统权限管理" })).toHaveCount(0);
  await signInAs(page, FULL);
  await page.goto("/settings/policy");
  await page.locator("#c-permissions").getByRole("link", { name: "系统权限管理" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "系统权限管理" })).toBeVisible();
});
