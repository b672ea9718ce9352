// 权利申请记录, 提交申请, 申请详情.
import { FULL, everyWay, expect, expectDone, signInAs, test } from "../fixtures/index.js";

everyWay(() => {
  test("a question is asked from where its subject is shown, waits, and is taken back", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/data/records?kind=browse_log");
    await page.getByRole("link", { name: "申请解释说明" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "提交申请" })).toBeVisible();
    await expect(page.getByText("申请解释说明：浏览记录")).toBeVisible();
    await page.getByLabel("你想了解什么").fill("   ");
    await page.getByRole("button", { name: "提交申请" }).click();
    await expect(page.getByRole("alert")).toHaveText("请写明你想了解什么");
    await page.getByLabel("你想了解什么").fill("为什么要收集我的浏览记录？");
    await page.getByRole("button", { name: "提交申请" }).click();
    await expectDone(page, "申请已提交");
    await expect(page.getByRole("heading", { level: 1, name: "申请详情" })).toBeVisible();
    await expect(page.getByText("为什么要收集我的浏览记录？")).toBeVisible();
    await expect(page.getByText(/^QL\d{8}-[0-9A-F]{6}$/)).toBeVisible();
    await expect(page.getByText("最晚答复")).toBeVisible();
    await page.goto("/settings/privacy");
    await expect(page.getByRole("link", { name: /^权利申请记录/ })).toContainText("1 个待答复");
    await page.getByRole("link", { name: /^权利申请记录/ }).click();
    await page.getByRole("link", { name: /解释：浏览记录/ }).click();
    await page.getByRole("button", { name: "撤回申请" }).click();
    await expectDone(page, "申请已撤回");
    await expect(page.getByRole("button", { name: "撤回申请" })).toHaveCount(0);
  });
});

test("an answer and a refusal are read with their reasons, and where to complain", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/privacy/requests");
  await page.getByRole("link", { name: /解释：位置/ }).click();
  await expect(page.getByText("不提供给任何商家")).toBeVisible();
  await page.goBack();
  await page.getByRole("link", { name: /更正：姓名/ }).click();
  await expect(page.getByText("核对后，现有信息是正确的")).toBeVisible();
  await expect(page.getByText("向人民法院起诉")).toBeVisible();
});

test("the name that was verified is corrected by request", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/account/real-name");
  await page.getByRole("link", { name: "申请更正姓名" }).click();
  await expect(page.getByLabel("正确的内容")).toBeVisible();
  await expect(page.getByLabel("理由")).toBeVisible();
});
