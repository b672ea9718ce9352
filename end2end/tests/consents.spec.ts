// 推送设置, 广告设置, 系统权限管理, 好友隐私, 人脸识别授权, 同意管理.
import { FRESH, everyWay, expect, expectDone, signInAs, test, toggle } from "../fixtures/index.js";

everyWay(() => {
  test("推送设置: 商业广告 stands over its channels, and 服务通知 apart", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/notifications");
    await toggle(page, "订单", true);
    await toggle(page, "短信", true);
    await expect(page.getByRole("switch", { name: "商业广告" })).toHaveAttribute("aria-checked", "true");
    await toggle(page, "邮件", true);
    await toggle(page, "商业广告", false);
    for (const channel of ["营销推送", "短信", "邮件"]) {
      await expect(page.getByRole("switch", { name: channel, exact: true })).toHaveAttribute("aria-checked", "false");
    }
    await expect(page.getByRole("switch", { name: "订单" })).toHaveAttribute("aria-checked", "true");
    await expect(page.getByRole("switch", { name: "服务通知" })).toHaveCount(0);
    await expect(page.getByText("始终发送")).toBeVisible();
  });

  test("广告设置: each on its own, off to begin with", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/advertising");
    for (const name of ["个性化推荐", "个性化广告", "搜索不个性化"]) {
      await toggle(page, name, true);
      await toggle(page, name, false);
    }
  });

  test("系统权限管理: what for, what if not, what stays; one tap to give and one to take back", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/privacy/permissions");
    for (const name of ["位置", "相机", "相册", "麦克风", "通讯录", "日历"]) {
      const section = page.locator(".permission").filter({ has: page.getByRole("switch", { name, exact: true }) });
      for (const part of ["用来做什么", "关闭后会怎样", "不影响什么"]) await expect(section.getByText(part)).toBeVisible();
      await expect(section.getByText(/^本设备/)).toBeVisible();
    }
    for (const name of ["位置", "麦克风", "通讯录好友匹配"]) {
      const section = page.locator(".permission").filter({ has: page.getByRole("switch", { name, exact: true }) });
      await expect(section.getByText("单独同意", { exact: true })).toBeVisible();
      await expect(section.getByText("为什么必要")).toBeVisible();
      await expect(section.getByText("对你的影响")).toBeVisible();
    }
    await toggle(page, "位置", true);
    await toggle(page, "位置", false);
  });

  test("好友隐私 and 人脸识别授权 have pages of their own, and a face is never the only way", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/privacy/friends");
    await toggle(page, "允许通过手机号搜索到我", true);
    await page.goto("/settings/privacy/face");
    await toggle(page, "人脸识别", true);
    await toggle(page, "人脸识别", false);
    await expect(page.getByText("短信验证码", { exact: true })).toBeVisible();
    await expect(page.getByRole("link", { name: "账号密码" })).toBeVisible();
  });

  test("同意管理 tells what stands, since when, where it was made, and takes it back", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/privacy/consents");
    await expect(page.getByText("你还没有同意过任何一项")).toBeVisible();
    await page.goto("/settings/privacy/permissions");
    await toggle(page, "相机", true);
    await page.goto("/settings/privacy/consents");
    const consent = page.locator(".consent").filter({ hasText: "相机" });
    await expect(consent).toContainText("系统权限管理");
    await expect(consent).toContainText("第 2.1 版");
    await expect(consent.locator("time")).toHaveAttribute("datetime", /\+08:00$/);
    await page.getByRole("button", { name: "撤回：相机" }).click();
    await expectDone(page, "已撤回“相机”，立即生效");
    await expect(page.getByRole("button", { name: /^撤回/ })).toHaveCount(0);
    await page.getByText(/^全部记录/).click();
    await expect(page.locator(".timeline li")).toHaveCount(2);
    await page.goto("/settings/privacy/permissions");
    await expect(page.getByRole("switch", { name: "相机" })).toHaveAttribute("aria-checked", "false");
  });
});

test.describe("a browser with Global Privacy Control", () => {
  test.use({ extraHTTPHeaders: { "Sec-GPC": "1" } });

  test("is obeyed: personalised ads stay off, and the page says why", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/advertising");
    await expect(page.getByText("浏览器的隐私信号已生效")).toBeVisible();
    const ads = page.getByRole("switch", { name: "个性化广告" });
    await ads.click();
    await expect(page.getByRole("alert").filter({ hasText: "全球隐私控制" })).toBeVisible();
    await expect(ads).toHaveAttribute("aria-checked", "false");
    await toggle(page, "个性化推荐", true);
  });
});

test.describe("what the browser reports about permissions", () => {
  test.use({ permissions: ["geolocation"] });

  test("stands beside the account's decision, and is not mistaken for it", async ({ page }) => {
    await signInAs(page, FRESH);
    await page.goto("/settings/privacy/permissions");
    const location = page.locator(".permission").filter({ has: page.getByRole("switch", { name: "位置", exact: true }) });
    await expect(location.getByText("本设备已允许")).toBeVisible();
    await expect(location.getByRole("switch")).toHaveAttribute("aria-checked", "false");
    const calendar = page.locator(".permission").filter({ has: page.getByRole("switch", { name: "日历" }) });
    await expect(calendar.getByText("本设备未知")).toBeVisible();
    await expect(calendar.getByRole("switch")).toHaveAttribute("aria-checked", "false");
  });
});
