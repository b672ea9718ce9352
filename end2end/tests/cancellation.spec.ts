// 注销账号: what goes, what stays, proof, one confirmation, seven days, and the way back.
import { NEW_PASSWORD, everyWay, expect, expectDone, signInAs, signOut, test } from "../fixtures/index.js";

everyWay(() => {
  test("submitted with the password, seen everywhere, not taken back by signing in, withdrawn", async ({ page, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/about/more/cancel");
    for (const heading of ["会删除", "依法保留"]) await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await expect(page.locator(".keep-list li").first()).toContainText("保留");
    await page.getByRole("button", { name: "我已了解，继续" }).click();
    await expectDone(page, "请验证身份");
    await page.getByLabel("密码").fill("not-this-one");
    await page.getByRole("button", { name: "验证" }).click();
    await expect(page.getByRole("alert")).toHaveText("密码不对。");
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "验证" }).click();
    await page.getByRole("button", { name: "确认注销账号" }).click();
    await expectDone(page, "注销申请已提交");
    const due = page.locator("dd time").last();
    const submitted = page.locator("dd time").first();
    const days = (Date.parse((await due.getAttribute("datetime"))!) - Date.parse((await submitted.getAttribute("datetime"))!)) / 86_400_000;
    expect(days).toBe(7);
    await page.goto("/");
    await expect(page.getByRole("link", { name: /你已申请注销账号/ })).toBeVisible();
    await signOut(page);
    await signInAs(page, phone, NEW_PASSWORD);
    await page.getByRole("link", { name: /你已申请注销账号/ }).click();
    await page.getByRole("button", { name: "撤回注销申请" }).click();
    await expectDone(page, "已撤回，账号照常使用");
    await page.goto("/");
    await expect(page.getByRole("link", { name: /你已申请注销账号/ })).toHaveCount(0);
  });

  test("proved with a code, and given up at the last moment", async ({ page, newcomer, codeFor }) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/about/more/cancel");
    await page.getByRole("button", { name: "我已了解，继续" }).click();
    await page.getByRole("link", { name: "改用短信验证码" }).click();
    await page.getByRole("button", { name: "获取验证码" }).click();
    await page.getByLabel("验证码").fill(await codeFor(page, phone));
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await expect(page.getByRole("button", { name: "确认注销账号" })).toBeVisible();
    await page.getByRole("button", { name: "不注销了" }).click();
    await expectDone(page, "已撤回，账号照常使用");
    await expect(page.getByRole("button", { name: "我已了解，继续" })).toBeVisible();
  });
});
