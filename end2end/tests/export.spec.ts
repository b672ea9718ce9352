// 个人信息副本下载, 选择副本内容.
import { readFileSync } from "node:fs";
import { strFromU8, unzipSync } from "fflate";
import { NEW_PASSWORD, everyWay, expect, expectDone, signInAs, signOut, stepUp, test } from "../fixtures/index.js";

everyWay(() => {
  test("a copy is asked for, made, downloaded and ended; it opens and holds what is stored", async ({ page, server, newcomer }, info) => {
    const { phone } = await newcomer(page);
    const at = new Date(Date.now() - 3_600_000).toISOString();
    server.import([
      { id: "1", phone, field: "cart", at, value: "=HYPERLINK(\"http://evil.example\")", details: { 店铺: "<b>木木家居</b>" } },
      { id: "2", phone, field: "email", at, value: "xiaoman@example.com" },
      { id: "3", phone, at, affair: { kind: "coupon", open: true, detail: "满100减20，3张" } },
    ]);
    await page.goto("/settings/privacy");
    await page.getByRole("link", { name: "个人信息副本下载" }).click();
    await page.getByRole("link", { name: "生成新副本" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "选择副本内容" })).toBeVisible();
    await expect(page.getByLabel("浏览与展示")).toBeChecked();
    await expect(page.getByLabel("隐私中心记录")).toBeChecked();
    await page.getByRole("button", { name: "开始生成" }).click();
    await expectDone(page, "已开始生成，可以离开这个页面");
    // Without script the page is loaded again by hand; with it the page does so itself.
    const ready = page.getByRole("link", { name: /^下载：/ });
    if (info.titlePath.includes("all script")) {
      await expect(ready).toBeVisible({ timeout: 20_000 });
    } else {
      await expect(async () => {
        await page.goto("/settings/privacy/copy");
        await expect(ready).toBeVisible({ timeout: 500 });
      }).toPass();
    }
    const begun = page.waitForEvent("download");
    await ready.click();
    const path = await (await begun).path();
    const files = unzipSync(readFileSync(path));
    const file = (name: string) => strFromU8(files[name]);
    const data = JSON.parse(file("data.json"));
    const cart = data.kinds.find((kind: { id: string }) => kind.id === "cart");
    expect(cart.records.map((r: { value: string }) => r.value)).toEqual(["=HYPERLINK(\"http://evil.example\")"]);
    const affairs = data.kinds.find((kind: { id: string }) => kind.id === "entitlement");
    expect(affairs.records[0]).toMatchObject({ value: "优惠券：满100减20，3张", details: { 编号: "3" } });
    const register = (id: string) => data.registers.find((one: { id: string }) => one.id === id).entries;
    expect(register("devices")[0].details["浏览器的自称"]).toBe(await page.evaluate(() => navigator.userAgent));
    expect(register("requests")[0].value).toBe("查阅：个人信息副本");
    expect(file("csv/register-devices.csv")).toContain("网络地址");
    expect(file("csv/email.csv")).toContain("xiaoman@example.com");
    expect(file("csv/cart.csv")).toContain("'=HYPERLINK");
    const own = await page.context().newPage();
    await own.setContent(file("html/cart-1.html"));
    await expect(own.getByText("店铺：<b>木木家居</b>")).toBeVisible();
    await own.setContent(file("index.html"));
    await expect(own.getByRole("link", { name: "邮箱" })).toBeVisible();
    await expect(own.getByRole("link", { name: "登录设备" })).toBeVisible();
    const sideways = await own.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways).toBe(0);
    await own.close();
    // Who comes back later is asked on a page first; what is saved is the copy, and never that page.
    await signOut(page);
    await signInAs(page, phone, NEW_PASSWORD);
    await page.goto("/settings/privacy/copy");
    await expect(ready).toHaveCount(0);
    await page.getByRole("link", { name: /^验证身份后下载：/ }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page).toHaveURL("/settings/privacy/copy");
    const again = page.waitForEvent("download");
    await ready.click();
    const second = await again;
    expect(second.suggestedFilename()).toMatch(/^personal-data-\d{4}-\d{2}-\d{2}\.zip$/);
    expect(Object.keys(unzipSync(readFileSync(await second.path())))).toEqual(Object.keys(files));
    // A sign-in that has ended meanwhile: a line that says so, and no file.
    info.annotations.push({ type: "expected-console-error", description: "status of 403" });
    const cookies = await page.context().cookies();
    await page.context().clearCookies();
    await ready.click();
    await expect(page.getByText("请先登录")).toBeVisible();
    await page.context().addCookies(cookies);
    await page.goto("/settings/privacy/requests");
    await expect(page.getByRole("link", { name: /查阅：个人信息副本/ })).toContainText("已完成");
    await page.goto("/settings/privacy/copy");
    await page.getByRole("button", { name: /^作废：/ }).click();
    await expectDone(page, "副本已作废，不能再下载");
    await expect(ready).toHaveCount(0);
  });
});

test("what is chosen wrongly is explained and kept", async ({ page, newcomer }) => {
  await newcomer(page);
  await stepUp(page, NEW_PASSWORD);
  await page.goto("/settings/privacy/copy/new");
  for (const box of await page.getByRole("checkbox").all()) await box.uncheck();
  await page.getByRole("button", { name: "开始生成" }).click();
  await expect(page.getByRole("alert")).toHaveText("请至少选一类");
  await page.getByLabel("相机").check();
  await page.getByLabel("从哪天").fill("2026-11-02");
  await page.getByLabel("到哪天").fill("2026-11-01");
  await page.getByRole("button", { name: "开始生成" }).click();
  await expect(page.getByRole("alert")).toContainText("请调换一下");
  await expect(page.getByLabel("相机")).toBeChecked();
  await expect(page.getByLabel("浏览与展示")).not.toBeChecked();
});
