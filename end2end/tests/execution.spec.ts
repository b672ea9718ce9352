// 注销证明: an account that is erased at once; the secret link of the last notice; the certificate, in words and as a file.
import { readFileSync } from "node:fs";
import type { Page, TestInfo } from "@playwright/test";
import { NEW_PASSWORD, audit, everyWay, expect, expectDone, test } from "../fixtures/index.js";

/** Skips the cooling-off: from the first step to the erasure. */
async function leaveNow(page: Page): Promise<void> {
  await page.goto("/settings/about/more/cancel");
  await page.getByRole("button", { name: "我已了解，继续" }).click();
  await expectDone(page, "请验证身份");
  await page.getByLabel("密码").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "验证" }).click();
  await page.getByLabel("我知道立即注销后不能撤回").check();
  await page.getByRole("button", { name: "立即注销" }).click();
}

/** The path of the secret link that the last notice to that phone holds. */
async function secretLink(page: Page, phone: string): Promise<string> {
  const masked = `${phone.slice(0, 3)}****${phone.slice(7)}`;
  let path: string | null = null;
  await expect(async () => {
    await page.goto("/demo/mailbox");
    const notice = page.locator(".sms").filter({ hasText: masked }).filter({ hasText: "账号已注销" }).first();
    path = await notice.getByRole("link", { name: "注销证明" }).getAttribute("href", { timeout: 1000 });
    expect(path).not.toBeNull();
  }).toPass({ timeout: 30_000 });
  return path!;
}

/** Gives a file to 验证凭证: where its script runs, choosing is enough. */
async function check(page: Page, buffer: Buffer, info: TestInfo): Promise<void> {
  const here = !info.titlePath.includes("no script") && !info.titlePath.includes("no wasm");
  if (here) await page.locator("#proof-form[data-awake]").waitFor();
  await page.getByLabel("凭证文件").setInputFiles({ name: "certificate.json", mimeType: "application/json", buffer });
  if (!here) await page.getByRole("button", { name: "检查" }).click();
}

everyWay(() => {
  test("立即注销: what goes is told beforehand, and 注销证明 tells afterwards what went", async ({ page, server, newcomer }, info) => {
    const { phone, username } = await newcomer(page);
    const at = new Date(Date.now() - 60_000).toISOString();
    server.import([
      { id: "1", phone, field: "cart", at, value: "春季连衣裙" },
      { id: "2", phone, field: "order_no", at, value: "YD20261124000017" },
    ]);
    await page.goto("/settings/about/more/cancel");
    const audited = !info.titlePath.includes("no script");
    const list = (heading: string) => page.locator("section").filter({ has: page.getByRole("heading", { name: heading, exact: true }) });
    await expect(list("会删除")).toContainText("加购 1 条");
    await expect(list("会删除")).toContainText("手机号、用户名和密码 1 条");
    await expect(list("依法保留")).toContainText("订单号 1 条");
    await expect(list("依法保留")).toContainText("《电子商务法》");
    await expect(list("还会通知谁")).toContainText("一点生活-live 应用");
    if (audited) await audit(page);
    await leaveNow(page);
    const link = await secretLink(page, phone);
    await page.goto("/settings");
    await expect(page.getByRole("heading", { level: 1, name: "登录" })).toBeVisible();

    await page.goto(link);
    await expect(page.getByRole("heading", { level: 1, name: "注销证明" })).toBeVisible();
    await expect(page.getByText("账号已注销，信息已删除")).toBeVisible();
    await expect(page.getByText("密钥库的旧备份最晚在")).toBeVisible();
    await expect(list("已删除")).toContainText("加购");
    await expect(list("依法保留")).toContainText("《电子商务法》");
    await expect(list("通知的接收方")).toContainText("可以依法继续保留");
    const text = await page.locator("main").innerText();
    for (const known of [phone, username, "春季连衣裙", "YD20261124000017"]) expect(text).not.toContain(known);
    if (audited) await audit(page);
    // On paper what is folded away is there, and what one taps is not.
    await expect(page.getByText("手机号、用户名和密码")).toBeHidden();
    await page.emulateMedia({ media: "print" });
    await expect(page.getByText("手机号、用户名和密码")).toBeVisible();
    await expect(page.getByRole("link", { name: "下载注销证明" })).toBeHidden();
    await page.emulateMedia({ media: null });

    const begun = page.waitForEvent("download");
    await page.getByRole("link", { name: "下载注销证明" }).click();
    const certificate = readFileSync(await (await begun).path());
    for (const known of [phone, username, "春季连衣裙"]) expect(certificate.toString()).not.toContain(known);
    await page.goto("/verify");
    await check(page, certificate, info);
    const found = page.getByRole("status").filter({ hasText: /真实有效|不能相信/ });
    await expect(found).toContainText("真实有效：账号已注销，信息已删除");
    for (const fact of ["加购 1 条", "密钥已销毁", "密钥库的旧备份最晚在", "依法保留：《电子商务法》", "没有查到任何信息", "签名有效", "在账本里：第"]) {
      await expect(found).toContainText(fact);
    }
    // A long term leaves room for what it says.
    const [terms, words] = await Promise.all(["dt", "dd"].map((part) => found.locator(part).first().evaluate((e) => e.getBoundingClientRect().width)));
    expect(words).toBeGreaterThan(terms);
    const other = Buffer.from(certificate);
    other[other.length >> 1] ^= 1;
    await check(page, other, info);
    await expect(found).toContainText("不能相信这份文件");
  });
});

test("the phone and the name are free again, and the new account sees nothing of the old", async ({ page, codeFor, newcomer }) => {
  const { phone, username } = await newcomer(page);
  await leaveNow(page);
  await secretLink(page, phone);
  await page.goto("/register");
  await page.getByLabel("手机号").fill(phone);
  await page.getByRole("button", { name: "获取验证码" }).click();
  await page.getByLabel("验证码").fill(await codeFor(page, phone));
  await page.getByLabel("用户名").fill(username);
  await page.getByLabel("密码").fill(NEW_PASSWORD);
  await page.getByLabel("18周岁及以上").check();
  await page.getByLabel("我已阅读并同意").check();
  await page.getByRole("button", { name: "注册" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "我的" })).toBeVisible();
  await page.goto("/settings/privacy/consents");
  await expect(page.locator(".timeline li")).toHaveCount(0);
});

test("whoever has no link is told where it is, and a wrong one opens nothing", async ({ page, request }) => {
  await page.goto("/leaving");
  await expect(page.getByText("最后一条短信里有一个专属链接")).toBeVisible();
  expect((await request.get("/leaving/not-a-link")).status()).toBe(404);
  test.info().annotations.push({ type: "expected-console-error", description: "404" });
  await page.goto("/leaving/not-a-link");
  await expect(page.getByText("这个链接打不开")).toBeVisible();
  await audit(page);
});
