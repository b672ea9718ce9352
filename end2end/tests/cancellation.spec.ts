// 注销账号: each way through its states. What goes, what stays, each proof, what stands in the way and its cure, one confirmation,
// seven days with nothing but this page, the way back on the last minute, 立即注销, and a refusal with its reason.
import type { Locator, Page } from "@playwright/test";
import { NEW_PASSWORD, SECOND, Server, audit, everyWay, expect, expectDone, signInAs, signOut, stepUp, test as base } from "../fixtures/index.js";

// A server of its own: these tests let time pass on it. By another name, so that no other spec shares its worker.
const test = base.extend<object, { clockIsMoved: boolean }>({
  clockIsMoved: [true, { scope: "worker", auto: true }],
  server: [
    async ({ receiver, clockIsMoved }, use) => {
      expect(clockIsMoved).toBe(true);
      const server = new Server(receiver.certificate);
      await server.start();
      await use(server);
      await server.remove();
    },
    { scope: "worker" },
  ],
});

const HERE = "/settings/about/more/cancel";

/** The time on the demo's clock. */
async function now(page: Page): Promise<number> {
  await page.goto("/demo/mailbox");
  return Date.parse((await page.locator("#demo-time").getAttribute("datetime"))!);
}

async function letPass(page: Page, step: string): Promise<void> {
  await page.goto("/demo/mailbox");
  await page.getByRole("button", { name: step, exact: true }).click();
  await expectDone(page, "现在是");
}

/** What the demo has sent to a phone by SMS, newest first. */
async function told(page: Page, phone: string): Promise<string[]> {
  await page.goto("/demo/mailbox");
  const masked = `${phone.slice(0, 3)}****${phone.slice(7)}`;
  const texts = await page.locator(".sms").filter({ hasText: masked }).allInnerTexts();
  return texts.filter((text) => !text.includes("验证码 "));
}

/** A host that reports what is open: each report is newer than the one before. */
class Host {
  private reports = 0;

  constructor(
    private readonly server: Server,
    private readonly phone: string,
    private readonly since: number,
  ) {}

  static async of(page: Page, server: Server, phone: string): Promise<Host> {
    // Not after the newest event: the command reads its clock from there.
    return new Host(server, phone, (await now(page)) - 60_000);
  }

  report(kind: string, open: boolean, detail: string, amount_fen?: number): void {
    this.reports += 1;
    const at = new Date(this.since + this.reports).toISOString();
    const affair = { kind, open, detail, link: `https://shop.example/${kind}`, amount_fen };
    this.server.import([{ id: kind, phone: this.phone, at, affair }]);
  }

  orders(names: string[]): void {
    const at = new Date(this.since - 86_400_000).toISOString();
    this.server.import(names.map((value, n) => ({ id: `order-${n}`, phone: this.phone, field: "order_items", at, value })));
  }
}

async function begin(page: Page): Promise<void> {
  await page.goto(HERE);
  await page.getByRole("button", { name: "我已了解，继续" }).click();
  await expectDone(page, "请验证身份");
}

async function prove(page: Page): Promise<void> {
  await page.getByLabel("密码").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "验证", exact: true }).click();
  await expectDone(page, "身份已验证");
}

async function submit(page: Page): Promise<void> {
  await begin(page);
  await prove(page);
  await page.getByRole("button", { name: "确认注销账号" }).click();
  await expectDone(page, "注销申请已提交");
}

const check = (page: Page) => page.getByRole("button", { name: "已处理，重新检查" }).click();

/** Goes on with Tab, or back, until it is there; whatever has the focus on the way can be seen to have it. */
async function tabTo(page: Page, there: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(async () => {
    await page.keyboard.press(key);
    const outline = await page.locator(":focus").evaluate((focused) => getComputedStyle(focused).outlineStyle);
    expect(outline, "the focus is visible").not.toBe("none");
    await expect(there).toBeFocused({ timeout: 100 });
  }).toPass({ intervals: [0] });
}

everyWay(() => {
  test("by keyboard alone: what is wrong has the focus, what was done is where Tab goes on, and the way back is the next stop", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/about/more");
    await tabTo(page, page.getByRole("link", { name: "注销账号" }));
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: "注销账号" })).toBeVisible();
    await tabTo(page, page.getByRole("link", { name: "跳到正文" }));
    await page.keyboard.press("Enter");
    const part = page.locator("summary").first();
    await tabTo(page, part);
    await page.keyboard.press("Enter");
    await expect(page.locator("details").first()).toHaveAttribute("open", "");
    await tabTo(page, page.getByRole("button", { name: "我已了解，继续" }));
    await page.keyboard.press("Space");
    await expect(page.getByRole("status")).toBeFocused();
    await page.keyboard.press("Tab");
    const password = page.getByLabel("密码");
    await expect(password).toBeFocused();
    await page.keyboard.type("not-this-one");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toHaveText("密码不对。");
    await expect(password).toBeFocused();
    await expect(password).toHaveAccessibleDescription("密码不对。");
    await page.keyboard.insertText(NEW_PASSWORD);
    await page.keyboard.press("Enter");
    await expectDone(page, "身份已验证");
    await tabTo(page, page.getByRole("button", { name: "立即注销" }));
    await page.keyboard.press("Enter");
    const understood = page.getByLabel("我知道立即注销后不能撤回");
    await expect(understood).toBeFocused();
    await expect(understood).toHaveAccessibleDescription(/请先勾选/);
    await page.keyboard.press("Space");
    await expect(understood).toBeChecked();
    await page.keyboard.press("Space");
    await tabTo(page, page.getByRole("button", { name: "确认注销账号" }), "Shift+Tab");
    await page.keyboard.press("Enter");
    await expectDone(page, "注销申请已提交");
    await expect(page.getByRole("status")).toBeFocused();
    await page.keyboard.press("Tab");
    await expect(page.getByRole("button", { name: "撤回注销申请" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expectDone(page, "已撤回，账号照常使用");
  });

  test("submitted with the password, nothing else answers, not taken back by signing in, withdrawn", async ({ page, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto(HERE);
    for (const heading of ["会删除", "依法保留"]) await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await expect(page.locator(".keep-list li").first()).toContainText("保留");
    await begin(page);
    await page.getByLabel("密码").fill("not-this-one");
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await expect(page.getByRole("alert")).toHaveText("密码不对。");
    await prove(page);
    await page.getByRole("button", { name: "确认注销账号" }).click();
    await expectDone(page, "注销申请已提交");
    const [submitted, due] = await page.locator("dd time").evaluateAll((all) => all.map((time) => Date.parse(time.getAttribute("datetime")!)));
    expect((due - submitted) / 86_400_000).toBe(7);
    for (const path of ["/", "/settings", "/settings/data", "/settings/about/more"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1, name: "注销账号" })).toBeVisible();
    }
    await page.goto("/settings/policy");
    await expect(page.getByRole("heading", { level: 1, name: "隐私政策" })).toBeVisible();
    await signOut(page);
    await page.getByLabel("手机号").fill(phone);
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "登录" }).click();
    await page.getByRole("button", { name: "撤回注销申请" }).click();
    await expectDone(page, "已撤回，账号照常使用");
    await page.goto("/settings");
    await expect(page.getByRole("heading", { level: 1, name: "设置" })).toBeVisible();
  });

  test("proved with a code, and given up at the last moment", async ({ page, newcomer, codeFor }) => {
    const { phone } = await newcomer(page);
    await begin(page);
    await page.getByRole("link", { name: "用短信验证码" }).click();
    await page.getByRole("button", { name: "获取验证码" }).click();
    await page.getByLabel("验证码").fill(await codeFor(page, phone));
    await page.getByRole("button", { name: "验证", exact: true }).click();
    await expect(page.getByRole("button", { name: "确认注销账号" })).toBeVisible();
    await page.getByRole("button", { name: "不注销了" }).click();
    await expectDone(page, "已撤回，账号照常使用");
    await expect(page.getByRole("button", { name: "我已了解，继续" })).toBeVisible();
  });

  test("each obstacle is shown with its cure, and settled there it is gone; what is only lost keeps nobody", async ({ page, server, newcomer, way }) => {
    const { phone } = await newcomer(page);
    const host = await Host.of(page, server, phone);
    const cures = { order: "查看订单", after_sale: "查看售后进度", dispute: "去处理纠纷", balance: "去提现", freeze: "查看冻结说明和联系方式" };
    for (const kind of Object.keys(cures)) host.report(kind, true, `${kind} 的说明`, kind === "balance" ? 1234 : undefined);
    for (const kind of ["coupon", "points", "follow", "binding"]) host.report(kind, true, `${kind} 的说明`);
    await page.goto(HERE);
    await expect(page.getByText("现在有 5 件事要先处理")).toBeVisible();
    await expect(page.getByText("coupon 的说明")).toBeVisible();
    await begin(page);
    await prove(page);
    if (way === "all script") await audit(page);
    for (const [kind, cure] of Object.entries(cures)) {
      const link = page.getByRole("listitem").filter({ hasText: `${kind} 的说明` }).getByRole("link", { name: cure });
      await expect(link).toHaveAttribute("href", `https://shop.example/${kind}`);
      await expect(page.getByRole("button", { name: "确认注销账号" })).toHaveCount(0);
      host.report(kind, false, "");
      await check(page);
      await expect(page.getByText(`${kind} 的说明`)).toHaveCount(0);
    }
    await expectDone(page, "已重新检查，没有阻碍");
    await expect(page.getByText("binding 的说明")).toBeVisible();
    await page.getByRole("button", { name: "确认注销账号" }).click();
    await expectDone(page, "注销申请已提交");
  });

  test("money is given up in writing, word for word", async ({ page, server, newcomer, way }) => {
    const { phone } = await newcomer(page);
    const host = await Host.of(page, server, phone);
    host.report("balance", true, "余额12.34元，来自返现", 1234);
    await begin(page);
    await prove(page);
    await page.getByText("不提现，书面放弃").click();
    await page.getByLabel("写下放弃声明").fill("我不要了");
    await page.getByRole("button", { name: "放弃12.34元" }).click();
    await expect(page.getByRole("alert")).toContainText("和要写的不一样");
    await expect(page.getByLabel("写下放弃声明")).toHaveValue("我不要了");
    if (way === "all script") await audit(page);
    await page.getByLabel("写下放弃声明").fill("我自愿放弃余额12.34元");
    await page.getByRole("button", { name: "放弃12.34元" }).click();
    await expectDone(page, "已书面放弃这笔余额");
    await expect(page.getByText("已书面放弃12.34元")).toBeVisible();
    await page.getByRole("button", { name: "确认注销账号" }).click();
    await expectDone(page, "注销申请已提交");
  });

  test("without phone and password, orders are recognised and a human answers", async ({ page, server, newcomer, way }) => {
    const { phone } = await newcomer(page);
    const host = await Host.of(page, server, phone);
    await begin(page);
    await page.getByRole("link", { name: "手机不在身边，也忘了密码" }).click();
    await expect(page.getByText("最近6个月的订单不到3个")).toBeVisible();
    host.orders(["青瓷茶杯", "胡桃木书架", "手账本 3本"]);
    await page.reload();
    await page.getByRole("button", { name: "提交核对" }).click();
    await expect(page.getByRole("alert")).toHaveText("请至少选一个你买过的");
    if (way === "all script") await audit(page);
    for (const order of ["青瓷茶杯", "手账本 3本"]) await page.getByLabel(order).check();
    await page.getByRole("button", { name: "提交核对" }).click();
    await expectDone(page, "已提交，由人核对");
    const number = (await page.locator("dd code").innerText()).trim();
    expect(server.requests()).toContain("选对（2）");
    server.answer(number, "没有足够的把握。", "何清", "not_proved");
    await page.reload();
    await expect(page.getByText("上次的注销申请：已拒绝")).toBeVisible();
    await expect(page.getByText("没能核实申请人的身份")).toBeVisible();
    await page.getByRole("link", { name: "查看答复和投诉途径" }).click();
    await page.getByRole("link", { name: /注销：用最近的订单核实身份/ }).click();
    await expect(page.getByText("复核人：何清")).toBeVisible();
    await begin(page);
    await page.getByRole("link", { name: "手机不在身边，也忘了密码" }).click();
    for (const order of ["青瓷茶杯", "胡桃木书架", "手账本 3本"]) await page.getByLabel(order).check();
    await page.getByRole("button", { name: "提交核对" }).click();
    const second = (await page.locator("dd code").innerText()).trim();
    await letPass(page, "1天");
    server.answer(second, "三个都对，已确认是你本人。", "何清");
    expect(server.requests()).not.toContain("青瓷茶杯");
    await page.goto(HERE);
    await page.getByLabel("我知道立即注销后不能撤回").check();
    await page.getByRole("button", { name: "立即注销" }).click();
    await expect(page.getByRole("alert")).toContainText("要经过7天冷静期");
    await page.getByRole("button", { name: "确认注销账号" }).click();
    await expectDone(page, "注销申请已提交");
  });

  test("无法登录时注销 needs no session: bad input loses nothing, a human compares, whoever is signed in rejects or takes it back", async ({ page, server, newcomer, codeFor, way }) => {
    test.setTimeout(120_000);
    const { phone } = await newcomer(page);
    const host = await Host.of(page, server, phone);
    host.orders(["青瓷茶杯"]);
    const contact = `137${phone.slice(3)}`;
    const claim = async (text: string): Promise<void> => {
      await page.goto("/signin");
      await page.getByRole("link", { name: "手机号停用了，密码也忘了？" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "无法登录时注销" })).toBeVisible();
      await page.getByLabel("要注销的账号").fill(phone);
      await page.getByLabel("只有你知道的事").fill(text);
      await page.getByLabel("现在能联系到你的手机号").fill(contact);
      await page.getByRole("button", { name: "获取验证码" }).click();
      const code = await codeFor(page, contact);
      await page.getByLabel("验证码", { exact: true }).fill(code);
      await page.getByLabel("我确认：这是我本人的账号").check();
      await page.getByRole("button", { name: "提交申请" }).click();
      if ([...text].length < 10) {
        await expect(page.getByRole("alert")).toContainText("太短了");
        await expect(page.getByLabel("要注销的账号")).toHaveValue(phone);
        await expect(page.getByLabel("我确认：这是我本人的账号")).toBeChecked();
        if (way === "all script") await audit(page);
        await page.getByLabel("只有你知道的事").fill("上个月买过青瓷茶杯，寄到文三路");
        await page.getByLabel("验证码", { exact: true }).fill(code);
        await page.getByRole("button", { name: "提交申请" }).click();
      }
      await expectDone(page, "已收到申请");
    };
    await signOut(page);
    await claim("茶杯");
    await expect(page.getByText("审核中")).toBeVisible();
    if (way === "all script") await audit(page);
    const first = page.url();
    const number = (await page.locator("dd code").innerText()).trim();
    expect(server.requests()).toMatch(new RegExp(`${number}.*有这个账号`));
    expect(server.requests()).not.toContain("文三路");
    expect(server.proof(number).files).toEqual(["claim.txt"]);
    // The owner sees it before anybody has answered.
    await signInAs(page, phone, NEW_PASSWORD);
    await page.goto("/settings/privacy/requests");
    await expect(page.getByRole("region", { name: "有人申请注销这个账号" })).toContainText(number);
    if (way === "all script") await audit(page);
    await page.goto(HERE);
    await page.getByRole("button", { name: "不是我，拒绝申请" }).click();
    await expectDone(page, "已拒绝，账号不受影响");
    await signOut(page);
    await page.goto(first);
    await expect(page.getByText("理由：没能核实申请人的身份")).toBeVisible();
    if (way === "all script") await audit(page);
    await letPass(page, "1天");
    await claim("上个月买过青瓷茶杯，寄到文三路");
    const second = page.url();
    server.answer((await page.locator("dd code").innerText()).trim(), "订单对得上。", "何清");
    await page.reload();
    await expect(page.getByText("已核实是你本人，冷静期到")).toBeVisible();
    if (way === "all script") await audit(page);
    // Wherever they are signed in, or sign in, they read it.
    await page.goto("/signin");
    await page.getByLabel("手机号").fill(phone);
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "登录" }).click();
    await expect(page.getByText("这次注销是在登录页提出的")).toBeVisible();
    if (way === "all script") await audit(page);
    await page.getByRole("button", { name: "不是我，撤回注销申请" }).click();
    await expectDone(page, "已撤回，账号照常使用");
    await page.goto(second);
    await expect(page.getByText("已由账号本人撤回")).toBeVisible();
    await page.goto("/");
    await signOut(page);
    await letPass(page, "1天");
    await claim("上个月买过青瓷茶杯，寄到文三路");
    server.answer((await page.locator("dd code").innerText()).trim(), "订单对得上。", "何清");
    const third = page.url();
    await letPass(page, "7天");
    await expect(async () => {
      await page.goto(third);
      await expect(page.getByText("账号已注销")).toBeVisible({ timeout: 500 });
    }).toPass();
    if (way === "all script") await audit(page);
    await page.getByRole("link", { name: "查看注销证明" }).click();
    await expect(page.getByRole("link", { name: /下载注销证明/ })).toBeVisible();
    await expect(async () => expect((await told(page, contact))[0]).toContain("账号已注销")).toPass();
  });

  test("told a day before, and withdrawn one minute before the end", async ({ page, newcomer, way }) => {
    const { phone } = await newcomer(page);
    await submit(page);
    if (way === "all script") await audit(page);
    await expect(async () => expect((await told(page, phone))[0]).toContain("注销申请已提交")).toPass();
    await letPass(page, "到冷静期最后1分钟");
    await expect(async () => expect((await told(page, phone))[0]).toContain("想留下的话")).toPass();
    expect(await told(page, phone)).toHaveLength(2);
    await page.goto(HERE);
    await page.getByRole("button", { name: "撤回注销申请" }).click();
    await expectDone(page, "已撤回，账号照常使用");
    await letPass(page, "1天");
    await page.goto("/settings");
    await expect(page.getByRole("heading", { level: 1, name: "设置" })).toBeVisible();
    expect(await told(page, phone)).toHaveLength(2);
  });

  test("a freeze that comes during the cooling-off refuses it, with its reason and where to ask", async ({ page, server, newcomer, way }) => {
    const { phone } = await newcomer(page);
    const host = await Host.of(page, server, phone);
    await submit(page);
    host.report("freeze", true, "杭州市西湖区人民法院（2026）浙0106民初1号");
    await letPass(page, "到冷静期最后1分钟");
    await letPass(page, "1分钟");
    await expect(async () => {
      await page.goto(HERE);
      await expect(page.getByText("上次的注销申请：已拒绝")).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(page.getByText("账号被司法机关冻结").first()).toBeVisible();
    await expect(page.getByRole("link", { name: "查看冻结说明和联系方式" })).toHaveAttribute("href", "https://shop.example/freeze");
    if (way === "all script") await audit(page);
    await expect(async () => expect((await told(page, phone))[0]).toContain("账号被司法机关冻结")).toPass();
    await page.goto("/settings");
    await expect(page.getByRole("heading", { level: 1, name: "设置" })).toBeVisible();
  });

  test("立即注销 on the confirmation needs a tick of its own, and can't be taken back", async ({ page, newcomer, way }) => {
    await newcomer(page);
    await begin(page);
    await prove(page);
    await page.getByRole("button", { name: "立即注销" }).click();
    await expect(page.getByRole("alert")).toContainText("请先勾选");
    if (way === "all script") await audit(page);
    await page.getByLabel("我知道立即注销后不能撤回").check();
    await page.getByRole("button", { name: "立即注销" }).click();
    await expect(page.getByText("已提交，立即执行")).toBeVisible();
    await expect(page.getByText("正在删除")).toBeVisible();
    await expect(page.getByRole("button", { name: "撤回注销申请" })).toHaveCount(0);
  });

  test("立即注销 during the cooling-off asks again who one is", async ({ page, newcomer }) => {
    await newcomer(page);
    await submit(page);
    await page.getByRole("link", { name: "验证身份后可以立即注销" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "验证身份" })).toBeVisible();
    await stepUp(page, NEW_PASSWORD, HERE);
    await page.getByLabel("我知道立即注销后不能撤回").check();
    await page.getByRole("button", { name: "立即注销" }).click();
    await expect(page.getByText("已提交，立即执行")).toBeVisible();
    await expect(page.getByText("正在删除")).toBeVisible();
  });
});

test("the demo's second person has something of each kind to settle", async ({ page }) => {
  await signInAs(page, SECOND);
  await page.goto(HERE);
  await expect(page.getByText("现在有 3 件事要先处理")).toBeVisible();
  await expect(page.getByText("无门槛5元，2张")).toBeVisible();
});

test("time only ever goes on, also when the server starts again", async ({ page, server, newcomer }) => {
  const before = await now(page);
  await letPass(page, "7天");
  expect(await now(page)).toBeGreaterThanOrEqual(before + 7 * 86_400_000);
  await newcomer(page);
  const later = await now(page);
  await server.stop();
  await server.start();
  expect(await now(page)).toBeGreaterThan(later - 60_000);
});
