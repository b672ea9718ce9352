// 我的个人信息, 信息明细, 记录详情, 完整记录, 删除个人信息, 个人信息收集清单.
import { FULL, NEW_PASSWORD, PASSWORD, SECOND, everyWay, expect, expectDone, signInAs, signOut, stepUp, test, toggle } from "../fixtures/index.js";
import type { HostRecord } from "../fixtures/server.js";

/** What a host knows of somebody: forty carts, an order, an address of e-mail. */
function records(phone: string): HostRecord[] {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const carts = [...Array(40).keys()].map((n) => ({
    id: `cart-${n}`,
    phone,
    field: "cart",
    at: at(n + 2),
    value: `第${n}件商品`,
    details: { 店铺: n === 39 ? "山间小铺" : "木木家居" },
  }));
  return [
    ...carts,
    { id: "order-1", phone, field: "order_no", at: at(60), value: "998877665544332211" },
    { id: "mail-1", phone, field: "email", at: at(90), value: "xiaoman@example.com" },
  ];
}

everyWay(() => {
  test("我的个人信息 shows each kind; a list is paged, searched and filtered", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    server.import(records(phone));
    await page.goto("/settings");
    await expect(page.getByRole("link", { name: /^我的个人信息/ })).toContainText("42 条");
    await page.getByRole("link", { name: /^我的个人信息/ }).click();
    await expect(page.getByRole("link", { name: /^加购/ })).toContainText("40 条");
    await expect(page.getByRole("link", { name: /^邮箱/ })).toContainText("验证你的支付宝账户");
    await page.getByText("没有收集过的").click();
    await expect(page.getByText("浏览记录", { exact: false }).first()).toBeVisible();
    await page.getByRole("link", { name: /^加购/ }).click();
    const rows = page.locator(".record-list a");
    await expect(rows).toHaveCount(20);
    await expect(rows.first()).toContainText("第0件商品");
    await page.getByRole("link", { name: "更早的记录" }).click();
    await expect(rows).toHaveCount(20);
    await expect(rows.first()).toContainText("第20件商品");
    await expect(page.getByRole("link", { name: "更早的记录" })).toHaveCount(0);
    await page.getByText("查找和筛选").click();
    await page.getByLabel("包含文字").fill("山间小铺");
    await page.getByRole("button", { name: "查找" }).click();
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText("第39件商品");
    await page.getByLabel("包含文字").fill("没有这样的东西");
    await page.getByRole("button", { name: "查找" }).click();
    await expect(page.getByText("没有找到符合的记录")).toBeVisible();
  });

  test("a record tells why and until when; it is seen whole after 验证身份, corrected, and erased", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    server.import(records(phone));
    await page.goto("/settings/data/records?kind=email");
    await page.getByRole("link", { name: /x\*\*\*@example.com/ }).click();
    await expect(page.getByRole("heading", { name: "x***@example.com" })).toBeVisible();
    for (const fact of ["验证你的支付宝账户", "履行与你的约定所必需", "你提供的", "注销账号后15个工作日内", "支付宝账户验证（验证收款账户）"]) {
      await expect(page.getByText(fact).first()).toBeVisible();
    }
    await page.getByRole("link", { name: "查看完整" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByRole("heading", { name: "xiaoman@example.com" })).toBeVisible();
    await page.getByText("更正", { exact: true }).click();
    await expect(page.getByLabel("正确的邮箱")).toHaveValue("xiaoman@example.com");
    await page.getByLabel("正确的邮箱").fill("没有域名");
    await page.getByRole("button", { name: "保存更正" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "邮箱格式不对" })).toBeVisible();
    await expect(page.getByLabel("正确的邮箱")).toHaveValue("没有域名");
    await page.getByLabel("正确的邮箱").fill("new@example.org");
    await page.getByRole("button", { name: "保存更正" }).click();
    await expectDone(page, "邮箱已更正");
    await expect(page.getByRole("heading", { name: "n***@example.org" })).toBeVisible();
    await expect(page.getByText("你更正过 1 次")).toBeVisible();
    await page.getByText("删除这条").click();
    await page.getByRole("button", { name: "确认删除" }).click();
    await expectDone(page, "已删除");
    await expect(page.getByText("没有记录。")).toBeVisible();
  });

  test("what the law keeps can't be corrected or erased, and becomes storage only", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    server.import(records(phone));
    await page.goto("/settings/data/records?kind=order_no");
    await page.getByRole("link", { name: /998877665544332211/ }).click();
    await expect(page.getByText("这是对已发生的事的记录")).toBeVisible();
    await page.getByText("停止使用这条").click();
    await expect(page.getByText("《电子商务法》第三十一条").first()).toBeVisible();
    await page.getByRole("button", { name: "转为仅存储" }).click();
    await expectDone(page, "已转为仅存储");
    await expect(page.getByText("1 条已转为仅存储")).toBeVisible();
    await expect(page.getByText("998877665544332211")).toHaveCount(0);
  });

  test("an erasure says beforehand what goes, then it is gone", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    server.import(records(phone));
    await page.goto("/settings/data");
    await page.getByRole("link", { name: "删除“浏览与展示”的信息" }).click();
    await expect(page.getByText("现在还没有删除任何内容")).toBeVisible();
    await expect(page.getByText("加购（40 条）")).toBeVisible();
    await page.getByRole("link", { name: "不删除，返回" }).click();
    await expect(page.getByRole("link", { name: /^加购/ })).toContainText("40 条");
    await page.getByRole("link", { name: /^加购/ }).click();
    await page.getByRole("link", { name: "删除全部“加购”" }).click();
    await page.getByRole("button", { name: "删除 40 条" }).click();
    await expectDone(page, "已删除 40 条，备份里的也已无法读取");
    await expect(page.getByRole("link", { name: /^加购/ })).toHaveCount(0);
    server.import(records(phone).filter((r) => r.field !== "cart"));
    await page.goto("/settings/data/erase?scope=kind:username");
    await expect(page.getByText("注销账号时会一起删除")).toBeVisible();
    expect(server.verifyLedger()).toContain("the ledger is whole");
  });

  test("what is open with the host is seen, hidden until 验证身份, and says why it does not go by itself", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    const at = new Date(Date.now() - 3_600_000).toISOString();
    server.import([
      { id: "bal", phone, at, affair: { kind: "balance", open: true, detail: "余额12.34元，来自返现", link: "https://shop.example/wallet", amount_fen: 1234 } },
      { id: "pts", phone, at, affair: { kind: "points", open: true, detail: "2,860分" } },
    ]);
    await page.goto("/settings/data");
    await expect(page.getByRole("link", { name: /^没办完的事/ })).toContainText("1 条");
    await page.getByRole("link", { name: /^权益和绑定/ }).click();
    await expect(page.getByText("积分：2,860分")).toBeVisible();
    await page.goto("/settings/data/records?kind=open_affair");
    await expect(page.getByText("******")).toBeVisible();
    await expect(page.getByText("12.34元")).toHaveCount(0);
    await page.getByRole("link", { name: "查看完整" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByText("账户里还有余额：余额12.34元，来自返现")).toBeVisible();
    await page.getByRole("link", { name: "删除全部“没办完的事”" }).click();
    await expect(page.getByText("办结后立即删除")).toBeVisible();
    // What the centre writes down by itself is one tap away.
    await page.goto("/settings/data");
    await page.getByRole("link", { name: /^登录设备/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "登录设备" })).toBeVisible();
  });

  test("个人信息收集清单 tells purpose, scene, way, times and retention of each kind, and what is decided there", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    server.import(records(phone));
    await page.goto("/settings/collection");
    const cart = page.locator("details").filter({ has: page.locator("summary", { hasText: "加购" }) });
    await expect(cart).toContainText("7天 40 次 · 30天 40 次");
    await cart.locator("summary").click();
    for (const fact of ["保留你打算购买的商品", "加入购物车时", "你提供的", "注销账号后15个工作日内"]) {
      await expect(cart.getByText(fact)).toBeVisible();
    }
    await expect(page.locator("details summary")).toHaveCount(62);
  });
});

test("设备信息 is one tap to allow and one to take back", async ({ page, newcomer }) => {
  await newcomer(page);
  await page.goto("/settings/collection");
  await toggle(page, "设备信息", true);
  await toggle(page, "设备信息", false);
});

test("another person's record is answered like one that does not exist", async ({ page }) => {
  test.info().annotations.push({ type: "expected-console-error", description: "404" });
  await signInAs(page, FULL);
  await page.goto("/settings/data/records?kind=favorite");
  const theirs = (await page.locator(".record-list a").first().getAttribute("href"))!;
  await signOut(page);
  await signInAs(page, SECOND);
  await stepUp(page, PASSWORD);
  const none = "/settings/data/records/01900000-0000-7000-8000-000000000000";
  for (const suffix of ["", "/full"]) {
    const answers = [];
    for (const path of [theirs, none]) {
      const response = (await page.goto(path + suffix))!;
      answers.push({ status: response.status(), text: await page.locator("main").innerText() });
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0].status).toBe(404);
  }
});
