// 第三方共享清单, 跨境提供, 共享记录: each recipient is decided on its own, and what was given is told as it was.
import { FULL, audit, everyWay, expect, expectDone, signInAs, test, toggle } from "../fixtures/index.js";

const juguang = "聚光广告 · 广告标识符";
const harbour = "Harbour Ads · 广告标识符";

everyWay(() => {
  test("第三方共享清单: each recipient is decided on its own, taken back in place, and told in 同意管理", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings");
    await page.getByRole("link", { name: "第三方共享清单" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "第三方共享清单" })).toBeVisible();
    const card = page.locator("#r-ads_juguang");
    for (const fact of ["接收方", "联系方式", "提供哪些信息", "用来做什么", "为什么必要", "对你的影响", "怎样提供", "在哪里", "它的政策"]) {
      await expect(card.getByText(fact, { exact: true })).toBeVisible();
    }
    await toggle(page, juguang, true);
    await expect(page.getByRole("switch", { name: harbour })).toHaveAttribute("aria-checked", "false");
    await toggle(page, harbour, true);
    await toggle(page, juguang, false);
    await expect(page.getByRole("switch", { name: harbour })).toHaveAttribute("aria-checked", "true");
    await page.goto("/settings/privacy/consents");
    const consent = page.locator(".consent").filter({ hasText: harbour });
    await expect(consent).toContainText("第三方共享清单");
    await page.getByRole("button", { name: `撤回：${harbour}` }).click();
    await expectDone(page, `已撤回“${harbour}”，立即生效`);
    await page.goto("/settings/sharing");
    await expect(page.getByRole("switch", { name: harbour })).toHaveAttribute("aria-checked", "false");
  });

  test("跨境提供: off by default, one country at a time, with how to exercise rights there", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/privacy");
    await expect(page.getByRole("link", { name: "跨境提供" })).toContainText("全部关闭");
    await page.getByRole("link", { name: "跨境提供" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "跨境提供" })).toBeVisible();
    const japan = page.locator("#r-direct_mail_japan");
    await expect(japan.getByText("怎样向它行使权利")).toBeVisible();
    await expect(japan.getByText("日本", { exact: true }).first()).toBeVisible();
    await toggle(page, "日本直邮仓 · 跨境提供", true);
    await expect(page.getByRole("switch", { name: "Harbour Ads · 跨境提供" })).toHaveAttribute("aria-checked", "false");
    await page.goto("/settings/privacy");
    await expect(page.getByRole("link", { name: "跨境提供" })).toContainText("1 项已开启");
    await page.goto("/settings/sharing");
    await expect(page.locator("#r-direct_mail_japan").getByRole("link", { name: "日本直邮仓 · 跨境提供" })).toContainText("已开启");
    await page.goto("/settings/privacy/abroad");
    await toggle(page, "日本直邮仓 · 跨境提供", false);
  });

  test("共享记录 tells recipient, time, kinds and ground, without consent plainly, and what is public apart", async ({ page }) => {
    await signInAs(page, FULL);
    await page.goto("/settings/sharing");
    await page.getByRole("link", { name: "共享记录" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "共享记录" })).toBeVisible();
    await expect(page.getByText("有 1 次提供，当时没有你的同意")).toBeVisible();
    const unfounded = page.locator(".disclosure").filter({ hasText: "当时没有你的同意" });
    await expect(unfounded).toHaveCount(1);
    await expect(unfounded).toContainText("向网信部门投诉");
    await expect(page.locator("#public .disclosure")).toContainText("买家秀");
    await page.getByRole("link", { name: /^速达物流/ }).click();
    await expect(page.locator(".disclosure")).toHaveCount(8);
    await expect(page.locator(".disclosure").first()).toContainText("为订立或履行与你的合同所必需");
    await page.goto("/settings/sharing/records");
    await page.getByRole("link", { name: "更早的记录" }).click();
    await expect(page.locator(".disclosure").first()).toBeVisible();
    await page.goto("/settings/sharing/records");
    await page.getByText("筛选", { exact: true }).click();
    await page.getByLabel("接收方").selectOption("税务机关");
    await page.getByRole("button", { name: "查找" }).click();
    await expect(page.locator(".disclosure")).toHaveCount(1);
    await unfounded.getByRole("link", { name: /^要求说明/ }).waitFor({ state: "detached" });
    await page.goto("/settings/sharing/records");
    await unfounded.getByRole("link", { name: /^要求说明/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "提交申请" })).toBeVisible();
    await expect(page.getByText("一次共享").first()).toBeVisible();
  });
});

test("a visitor reads the list, and decides nothing", async ({ page }) => {
  await page.goto("/settings/sharing");
  await expect(page.getByRole("switch")).toHaveCount(0);
  await expect(page.getByText(`${juguang}：默认关闭，登录后由你决定`)).toBeVisible();
  await page.locator("#r-sms summary").click();
  await expect(page.locator("#r-sms").getByText("联系方式", { exact: true })).toBeVisible();
  await audit(page);
});

test.describe("a browser with Global Privacy Control", () => {
  test.use({ extraHTTPHeaders: { "Sec-GPC": "1" } });

  test("shares no identifiers with any advertising partner, and the page says why", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/sharing");
    await expect(page.getByText("浏览器的隐私信号已生效")).toBeVisible();
    await page.getByRole("switch", { name: juguang }).click();
    await expect(page.getByRole("alert").filter({ hasText: "全球隐私控制" })).toBeVisible();
    await expect(page.getByRole("switch", { name: juguang })).toHaveAttribute("aria-checked", "false");
    await toggle(page, "安和保险经纪 · 金融服务", true);
  });
});
