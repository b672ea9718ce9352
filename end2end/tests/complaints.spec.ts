// 投诉与反馈, and where requests of every kind begin.
import type { TestInfo } from "@playwright/test";
import { FULL, NEW_PASSWORD, audit, everyWay, expect, expectDone, signInAs, signOut, test } from "../fixtures/index.js";

/** The audit itself is a script. */
const scripted = (info: TestInfo): boolean => !info.titlePath.includes("no script");

everyWay(() => {
  test("a complaint is filed, answered, and leads on to the next ways", async ({ page, server, newcomer }, info) => {
    await newcomer(page);
    await page.goto("/settings");
    await page.getByRole("link", { name: "投诉与反馈" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "投诉与反馈" })).toBeVisible();
    if (scripted(info)) await audit(page);
    await page.getByLabel("关于什么").selectOption("推送、短信和邮件");
    await page.getByLabel("发生了什么").fill("   ");
    await page.getByLabel("希望我们怎样处理").fill("不要再发。");
    await page.getByRole("button", { name: "提交" }).click();
    await expect(page.getByRole("alert")).toHaveText("请写明发生了什么");
    await expect(page.getByLabel("关于什么")).toHaveValue("messages");
    await expect(page.getByLabel("希望我们怎样处理")).toHaveValue("不要再发。");
    await page.getByLabel("发生了什么").fill("关闭以后还收到一条短信。");
    await page.getByRole("button", { name: "提交" }).click();
    await expectDone(page, "已收到");
    await expect(page.getByRole("heading", { level: 1, name: "申请详情" })).toBeVisible();
    await expect(page.getByText("最晚答复")).toBeVisible();
    await expect(page.getByText("等待答复，最晚")).toBeVisible();
    const path = new URL(page.url()).pathname;
    const number = await page.getByText(/^QL\d{8}-[0-9A-F]{6}$/).innerText();
    server.answer(number, "对不起，已要求短信商停发。");
    await page.goto("/settings/complaints");
    await page.getByRole("link", { name: /投诉与反馈：推送、短信和邮件/ }).click();
    expect(new URL(page.url()).pathname).toBe(path);
    await expect(page.getByText("对不起，已要求短信商停发。")).toBeVisible();
    await expect(page.getByText("向网信部门投诉、举报")).toBeVisible();
    await expect(page.getByText("向人民法院起诉")).toBeVisible();
    if (scripted(info)) await audit(page);
  });

  test("what was written comes back when the sign-in has ended meanwhile", async ({ page, newcomer }, info) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/complaints");
    await page.getByLabel("关于什么").selectOption("其他问题或建议");
    await page.getByLabel("发生了什么").fill("直播间的字太小。");
    const other = await page.context().newPage();
    await signOut(other);
    await other.close();
    await page.getByRole("button", { name: "提交" }).click();
    await expect(page.getByText("刚才填写的内容还在，还没有提交。")).toBeVisible();
    if (scripted(info)) await audit(page);
    await page.getByLabel("手机号").fill(phone);
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.getByRole("button", { name: "接着填写" }).click();
    await expect(page.getByLabel("关于什么")).toHaveValue("other");
    await expect(page.getByLabel("发生了什么")).toHaveValue("直播间的字太小。");
    await page.getByRole("button", { name: "提交" }).click();
    await expectDone(page, "已收到");
  });
});

test("权利申请记录 leads to every form, and a long list is narrowed", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/privacy/requests");
  for (const name of ["申请解释说明", "申请更正", "申请人工复核", "近亲属申请", "投诉与反馈"]) {
    await expect(page.getByRole("link", { name: new RegExp(`^${name}`) }).last()).toBeVisible();
  }
  await page.getByLabel("类型").selectOption("投诉与反馈");
  await page.getByLabel("状态").selectOption("已有结果");
  await page.getByRole("button", { name: "筛选" }).click();
  await expect(page.getByRole("link", { name: /投诉与反馈：推送、短信和邮件/ })).toContainText("已完成");
  await expect(page.getByRole("link", { name: /更正：姓名/ })).toHaveCount(0);
  await audit(page);
});

test("who can't sign in is told how to reach the person in charge", async ({ page }) => {
  await page.goto("/signin");
  await page.getByRole("link", { name: "联系个人信息保护负责人" }).click();
  await expect(page.locator("#c-contact")).toContainText("个人信息保护负责人");
  await expect(page.locator("#c-contact")).toBeInViewport();
});
