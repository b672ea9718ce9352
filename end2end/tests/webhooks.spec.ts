// 接收方通知记录: recipients are told by webhooks that an independent library verifies, and what they answer is shown.
import { FULL, NEW_PASSWORD, audit, everyWay, expect, expectDone, signInAs, test as base, toggle } from "../fixtures/index.js";
import { Listener } from "../fixtures/listener.js";
import { Server } from "../fixtures/server.js";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const RECIPIENTS = ["ads_juguang", "ads_harbour", "finance_anhe", "analytics", "sms"];

/** A server of its own that tells a listener, quickly tried again. */
const test = base.extend<object, { listener: Listener }>({
  listener: [
    async ({}, use) => {
      const listener = await Listener.start(SECRET, 20261124);
      await use(listener);
      listener.stop();
    },
    { scope: "worker" },
  ],

  server: [
    async ({ listener }, use) => {
      const told = RECIPIENTS.map((id) => [`PRIVACY_CENTRE__RECIPIENTS__${id.toUpperCase()}`, listener.address(id)]);
      const settings = Object.fromEntries(told.flatMap(([name, url]) => [[`${name}__WEBHOOK_URL`, url], [`${name}__WEBHOOK_SECRET`, SECRET]]));
      const server = new Server(undefined, { ...settings, PRIVACY_CENTRE__WEBHOOKS__PAUSE_SECONDS: Array(60).fill("1").join(",") });
      await server.start();
      await use(server);
      await server.remove();
    },
    { scope: "worker" },
  ],
});

const switches: [string, string][] = [
  ["ads_juguang", "聚光广告 · 广告标识符"],
  ["ads_harbour", "Harbour Ads · 广告标识符"],
  ["finance_anhe", "安和保险经纪 · 金融服务"],
];

everyWay(() => {
  test("接收方通知记录: each recipient has each notice once, whatever fails, and its answers are shown", async ({ page, server, listener, newcomer }) => {
    test.slow();
    const { phone } = await newcomer(page);
    const since = new Set(listener.taken.keys());
    const fresh = () => [...listener.taken].filter(([id]) => !since.has(id));
    const of = (recipient: string) => fresh().filter(([, one]) => one.recipient === recipient);
    listener.fails = true;
    await page.goto("/settings/sharing");
    await page.getByRole("link", { name: "接收方通知记录" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "接收方通知记录" })).toBeVisible();
    await expect(page.getByText("还没有需要通知接收方的事")).toBeVisible();
    await page.goto("/settings/sharing");
    for (const [, label] of switches) {
      await toggle(page, label, true);
      await toggle(page, label, false);
    }
    // Each is taken in the end, and under one id only.
    await expect.poll(() => fresh().length, { timeout: 30_000 }).toBe(3);
    listener.fails = false;
    const card = (name: string) => page.locator(".told-recipient").filter({ hasText: name });
    await expect(async () => {
      await page.goto("/settings/sharing/notices");
      await expect(page.getByText("已发出，对方已收到")).toHaveCount(3, { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    expect(listener.forged).toEqual([]);
    for (const [recipient] of switches) {
      const [[, { notice }], ...more] = of(recipient);
      expect(more).toEqual([]);
      expect(notice.type).toBe("consent.withdrawn");
      // Nobody is told more than it knows.
      expect(JSON.stringify(notice).includes(phone)).toBe(recipient === "finance_anhe");
    }

    const [[juguang], [harbour], [anhe]] = switches.map(([recipient]) => of(recipient)[0]);
    expect(await listener.answer(server.url, "ads_harbour", "notice.completed", { notice: juguang })).toBe(404);
    // Done, and only then that it was accepted.
    expect(await listener.answer(server.url, "ads_juguang", "notice.completed", { notice: juguang })).toBe(200);
    expect(await listener.answer(server.url, "ads_juguang", "notice.accepted", { notice: juguang })).toBe(200);
    expect(await listener.answer(server.url, "ads_harbour", "notice.accepted", { notice: harbour })).toBe(200);
    expect(await listener.answer(server.url, "finance_anhe", "notice.retained", { notice: anhe, reason: "contract" })).toBe(200);
    await page.goto("/settings/sharing/notices");
    await expect(card("聚光广告").locator(".told-state")).toHaveText("已完成");
    await expect(card("聚光广告")).toContainText("对方已完成");
    await expect(card("Harbour Ads").locator(".told-state")).toHaveText("已受理");
    await expect(card("安和保险经纪").locator(".told-state")).toHaveText("部分保留");
    await expect(card("安和保险经纪")).toContainText("它与你之间的合同还需要");
    await expect(card("安和保险经纪")).toContainText("privacy@anhe.example");
    await page.goto("/settings/privacy/consents");
    await page.getByRole("link", { name: "接收方通知记录" }).click();
    await expect(card("聚光广告")).toBeVisible();
  });
});

everyWay(() => {
  test("a kind that is erased, a phone that is corrected, an account that is erased: each arrives, signed, once", async ({ page, server, listener, newcomer, codeFor }) => {
    test.slow();
    const { phone } = await newcomer(page);
    const [next, device] = [phone.replace(/^139/, "138"), `dev-${phone}`];
    const since = new Set(listener.taken.keys());
    const of = (recipient: string) => [...listener.taken].filter(([id, one]) => !since.has(id) && one.recipient === recipient);
    /** The notices to a recipient, once there are so many. */
    const told = async (recipient: string, many: number) => {
      await expect.poll(() => of(recipient).length, { timeout: 30_000 }).toBe(many);
      return of(recipient).map(([, { notice }]) => notice);
    };
    listener.fails = true;
    await page.goto("/settings/collection");
    await toggle(page, "设备信息", true);
    server.import([{ id: "d", phone, field: "device_uid", at: new Date(Date.now() - 60_000).toISOString(), value: device }]);
    await page.goto("/settings/data/erase?scope=kind:device_uid");
    await page.getByRole("button", { name: "删除 1 条" }).click();
    await expectDone(page, "已删除 1 条");
    const [kind] = await told("analytics", 1);
    expect(kind.type).toBe("erasure.requested");
    expect(kind.data).toEqual({ subject: { device_uid: [device] }, scope: "kinds", fields: ["device_uid"] });

    await page.goto("/settings/account/phone");
    await page.getByRole("button", { name: "获取验证码" }).first().click();
    await expect(page.getByRole("status")).toContainText("验证码");
    await page.getByLabel("当前手机号的验证码").fill(await codeFor(page, phone));
    await page.getByLabel("新手机号", { exact: true }).fill(next);
    await page.locator(".field").filter({ hasText: "新手机号的验证码" }).getByRole("button").click();
    await page.getByLabel("新手机号的验证码").fill(await codeFor(page, next));
    await page.getByRole("button", { name: "更换手机号" }).click();
    await expectDone(page, "手机号已更换");
    const [corrected] = await told("sms", 1);
    expect(corrected.type).toBe("correction.requested");
    const corrections = [{ field: "register_phone", before: phone, after: next }];
    expect(corrected.data).toEqual({ subject: { register_phone: [phone] }, corrections });

    await page.goto("/settings/about/more/cancel");
    await page.getByRole("button", { name: "我已了解，继续" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "验证" }).click();
    await page.getByLabel("我知道立即注销后不能撤回").check();
    await page.getByRole("button", { name: "立即注销" }).click();
    const [, account] = await told("sms", 2);
    expect(account.type).toBe("erasure.requested");
    const data = account.data as { subject: { register_phone: string[] }; scope: string; before: string };
    expect(data.scope).toBe("account");
    // Its acknowledgement of the correction may have been lost: then both are named.
    expect(data.subject.register_phone[0]).toBe(next);
    expect(data.before).toBe(account.timestamp);
    expect(listener.forged).toEqual([]);
    listener.fails = false;
  });
});

test("the ledger is whole after recipients have answered, and the operator sees what waits", async ({ page, server }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/sharing/notices");
  await expect(page.getByText("超过期限，还没有完成")).toBeVisible();
  for (const state of ["已完成", "部分保留", "超过期限", "专人联系中", "待专人通知", "已受理"]) {
    await expect(page.locator(".told-state", { hasText: state }).first()).toBeVisible();
  }
  await audit(page);
  const list = server.deliveries();
  expect(list).toContain("没有送达  银汇支付：更正（姓名）");
  expect(list).not.toContain(FULL);
  await expect.poll(() => server.verifyLedger()).toContain("the ledger is whole");
});
