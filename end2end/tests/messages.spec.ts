// 退订: by a reply to an SMS, by the link in a mail, by a mail program; what a mail carries; what the services may ask.
import { createHmac } from "node:crypto";
import type { APIRequestContext, Page } from "@playwright/test";
import { HOST_TOKEN, SMS_SECRET, audit, everyWay, expect, expectDone, test, toggle } from "../fixtures/index.js";

const ADDRESS = "xiaoman@example.com";

/** What a service of the host asks for. */
async function ask(request: APIRequestContext, phone: string, channel: "push" | "sms" | "email"): Promise<unknown> {
  const subject = channel === "sms" ? {} : { subject: "今晚上新" };
  const answer = await request.post("/host/messages", {
    headers: { authorization: `Bearer ${HOST_TOKEN}` },
    data: { phone, channel, class: "marketing", text: "八点开播，[看预告](https://shop.example/live)", ...subject },
  });
  expect(answer.status()).toBe(200);
  return answer.json();
}

/** What the SMS provider passes on, signed as the README says. */
async function reply(request: APIRequestContext, phone: string, text: string): Promise<number> {
  const body = JSON.stringify({ phone, text });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", SMS_SECRET).update(`${timestamp}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "x-timestamp": timestamp, "x-signature": signature };
  return (await request.post("/hooks/sms", { headers, data: body })).status();
}

/** The path of a link that the newest message in the demo's mailbox holds. */
async function linkOf(page: Page, name: string): Promise<string> {
  await page.goto("/demo/mailbox");
  return (await page.locator(".sms").first().getByRole("link", { name }).getAttribute("href"))!;
}

/** The newest entry of 同意管理's history. */
async function newestDecision(page: Page): Promise<string> {
  await page.goto("/settings/privacy/consents");
  await page.getByText(/^全部记录/).click();
  return page.locator(".timeline li").first().innerText();
}

const refused = (purpose: string) => ({ sent: false, reason: "not_agreed", purpose });

everyWay(() => {
  test("a reply of TD closes marketing by SMS at once, and the history tells so", async ({ page, request, newcomer }) => {
    const { phone } = await newcomer(page);
    expect(await ask(request, phone, "sms")).toEqual(refused("marketing_sms"));
    await page.goto("/settings/notifications");
    await toggle(page, "短信", true);
    expect(await ask(request, phone, "sms")).toEqual({ sent: true });
    await page.goto("/demo/mailbox");
    await expect(page.locator(".sms").first()).toContainText("拒收请回复TD");
    // What may mean something else waits for a human, and nothing more goes there until then.
    expect(await reply(request, phone, "怎么退订？")).toBe(200);
    expect(await ask(request, phone, "sms")).toEqual({ sent: false, reason: "reply_waits", purpose: null });
    await page.goto("/settings/notifications");
    await expect(page.getByText("回复“怎么退订？”")).toBeVisible();
    expect(await reply(request, phone, " ｔｄ。")).toBe(200);
    expect(await ask(request, phone, "sms")).toEqual(refused("marketing_sms"));
    await page.goto("/settings/notifications");
    await expect(page.getByRole("switch", { name: "短信", exact: true })).toHaveAttribute("aria-checked", "false");
    await expect(page.getByRole("switch", { name: "商业广告" })).toHaveAttribute("aria-checked", "false");
    const newest = await newestDecision(page);
    expect(newest).toContain("关闭“营销短信”");
    expect(newest).toContain("短信回复");
    await expect(async () => {
      await page.goto("/demo/mailbox");
      await expect(page.locator(".sms").filter({ hasText: "已退订营销短信，立即生效" }).first()).toBeVisible({ timeout: 500 });
    }).toPass();
  });

  test("the 退订 link of a mail works signed out, and only its button unsubscribes", async ({ page, request, browser, baseURL, server, way, newcomer }) => {
    const { phone } = await newcomer(page);
    server.import([{ id: "address", phone, field: "email", at: new Date(Date.now() - 60_000).toISOString(), value: ADDRESS }]);
    await page.goto("/settings/notifications");
    await toggle(page, "邮件", true);
    expect(await ask(request, phone, "email")).toEqual({ sent: true });
    const link = await linkOf(page, "退订");
    const mail = page.locator(".sms").first();
    await expect(mail).toContainText("List-Unsubscribe-Post");
    await expect(mail).toContainText("List-Unsubscribe=One-Click");
    await expect(mail).toContainText(`<${baseURL}${link}>`);
    await expect(mail).not.toContainText(ADDRESS);
    const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled: way !== "no script" });
    const reader = await elsewhere.newPage();
    await reader.goto(link);
    await expect(reader.getByRole("heading", { level: 1, name: "退订" })).toBeVisible();
    await expect(reader.getByText("x***@example.com")).toBeVisible();
    if (way !== "no script") await audit(reader);
    expect(await ask(request, phone, "email")).toEqual({ sent: true });
    await reader.getByRole("button", { name: "退订" }).click();
    await expect(reader.getByText("已退订，立即生效")).toBeVisible();
    expect(await elsewhere.cookies()).toEqual([]);
    await reader.goto(link);
    await expect(reader.getByText("已退订，立即生效")).toBeVisible();
    await expect(reader.getByRole("button")).toHaveCount(0);
    if (way !== "no script") await audit(reader);
    await elsewhere.close();
    expect(await ask(request, phone, "email")).toEqual(refused("marketing_email"));
    const newest = await newestDecision(page);
    expect(newest).toContain("关闭“营销邮件”");
    expect(newest).toContain("邮件里的退订链接");
  });

  test("the demo shows a marketing message that is refused with its reason, and one that arrives", async ({ page }) => {
    await page.goto("/demo/mailbox");
    await page.getByRole("button", { name: "发营销推送" }).click();
    await expect(page.getByRole("alert")).toContainText("没有发出：对方没有打开");
    await page.getByRole("button", { name: "用演示手机回复 TD" }).click();
    await expectDone(page, "已收到这条回复");
  });
});

test("a mail program unsubscribes in one click, without cookies and without a page", async ({ page, playwright, baseURL, request, server, newcomer }) => {
  const { phone } = await newcomer(page);
  server.import([{ id: "address", phone, field: "email", at: new Date(Date.now() - 60_000).toISOString(), value: ADDRESS }]);
  await page.goto("/settings/notifications");
  await toggle(page, "邮件", true);
  expect(await ask(request, phone, "email")).toEqual({ sent: true });
  const link = await linkOf(page, "退订");
  const program = await playwright.request.newContext({ baseURL });
  const answer = await program.post(link, { form: { "List-Unsubscribe": "One-Click" }, maxRedirects: 0 });
  expect(answer.status()).toBe(200);
  await program.dispose();
  expect(await ask(request, phone, "email")).toEqual(refused("marketing_email"));
});

test("a mail is measured only where its person has agreed, and no longer than that", async ({ page, playwright, baseURL, request, server, newcomer }) => {
  const { phone } = await newcomer(page);
  server.import([{ id: "address", phone, field: "email", at: new Date(Date.now() - 60_000).toISOString(), value: ADDRESS }]);
  await page.goto("/settings/notifications");
  await toggle(page, "邮件", true);
  expect(await ask(request, phone, "email")).toEqual({ sent: true });
  await page.goto("/demo/mailbox");
  const mail = page.locator(".sms").first();
  await expect(mail).toContainText("https://shop.example/live");
  await expect(mail.getByRole("link", { name: "邮件里的信标图片" })).toHaveCount(0);
  await page.goto("/settings/cookies");
  await toggle(page, "邮件信标跟踪", true);
  expect(await ask(request, phone, "email")).toEqual({ sent: true });
  const link = await linkOf(page, "打开邮件里的链接");
  const picture = await linkOf(page, "邮件里的信标图片");
  await expect(page.locator(".sms").first()).not.toContainText("https://shop.example/live");
  const reader = await playwright.request.newContext({ baseURL });
  const hit = async () => {
    const followed = await reader.get(link, { maxRedirects: 0 });
    expect(followed.headers().location).toBe("https://shop.example/live");
    expect((await reader.get(picture)).headers()["content-type"]).toBe("image/gif");
  };
  const kept = async (kind: string) => {
    await page.goto(`/settings/data/records?kind=${kind}`);
    return page.locator("a[href^='/settings/data/records/']").filter({ hasText: "今晚上新" }).count();
  };
  await hit();
  expect(await kept("mail_click")).toBe(1);
  expect(await kept("mail_open")).toBe(1);
  await page.goto("/settings/cookies");
  await toggle(page, "邮件信标跟踪", false);
  await hit();
  expect(await kept("mail_click")).toBe(1);
  expect(await kept("mail_open")).toBe(1);
  await reader.dispose();
});

test("退订 tells every way out to whoever asks", async ({ page }) => {
  await page.goto("/unsubscribe");
  await expect(page.getByText("直接回复 TD 或“退订”")).toBeVisible();
  await expect(page.getByText("点底部的“退订”")).toBeVisible();
  await expect(page.getByRole("link", { name: "推送设置" })).toBeVisible();
  const unknown = await page.request.get("/unsubscribe/not-a-link-of-ours");
  expect(unknown.status()).toBe(404);
});

test("nobody without the host's token can ask, nor close anything without the provider's signature", async ({ request }) => {
  for (const authorization of ["", "Bearer wrong", `Basic ${HOST_TOKEN}`]) {
    const answer = await request.post("/host/messages", { headers: { authorization }, data: {} });
    expect(answer.status()).toBe(401);
  }
  const unsigned = await request.post("/hooks/sms", { data: { phone: "13800138000", text: "TD" } });
  expect(unsigned.status()).toBe(401);
});
