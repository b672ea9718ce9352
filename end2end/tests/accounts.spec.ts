// 注册, 登录, 账号与安全: 手机号, 密码, 登录设备, 验证身份, 等待监护人同意.
import { FRESH, FULL, NEW_PASSWORD, PASSWORD, SECOND, audit, everyWay, expect, expectDone, signInAs, signOut, stepUp, test } from "../fixtures/index.js";

everyWay(() => {
  test("a person registers, signs out, and comes back with a code", async ({ page, newcomer, codeFor }) => {
    const { phone, username } = await newcomer(page);
    await expect(page.getByText(username)).toBeVisible();
    await signOut(page);
    await page.getByRole("link", { name: "用验证码登录" }).click();
    await page.getByLabel("手机号").fill(phone);
    await page.getByRole("button", { name: "获取验证码" }).click();
    await page.getByLabel("验证码").fill(await codeFor(page, phone));
    await page.getByRole("button", { name: "登录" }).click();
    await expect(page.getByText(username)).toBeVisible();
  });

  test("a child's account waits for a guardian and opens nothing else", async ({ page, newcomer }) => {
    await newcomer(page, { age: "未满14周岁" });
    await expect(page.getByRole("heading", { level: 1, name: "等待监护人同意" })).toBeVisible();
    for (const path of ["/", "/settings", "/settings/profile"]) {
      await page.goto(path);
      await expect(page).toHaveURL(/\/guardian$/);
    }
  });

  test("a child's account is deleted with one button, and its phone is free again", async ({ page, newcomer }, info) => {
    const { phone } = await newcomer(page, { age: "未满14周岁" });
    await expect(page.getByText("登录设备", { exact: true })).toBeVisible();
    await expect(page.getByText("自动删除", { exact: false }).first()).toBeVisible();
    // The audit itself is a script.
    if (!info.titlePath.includes("no script")) await audit(page);
    await page.getByRole("button", { name: "删除账号和这些信息" }).click();
    await expectDone(page, "账号已停用，正在删除，完成后会发短信告诉你");
    await expect(page).toHaveURL(/\/signin/);
    await expect(async () => {
      await page.goto("/demo/mailbox");
      // Others leave meanwhile, too.
      const own = page.locator(".sms").filter({ hasText: `${phone.slice(0, 3)}****${phone.slice(7)}` });
      await expect(own.filter({ hasText: "账号已注销，你的信息已删除" })).toBeVisible();
    }).toPass();
    await page.goto("/signin");
    await page.getByLabel("手机号").fill(phone);
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "登录" }).click();
    await expect(page.getByText("手机号或密码不对")).toBeVisible();
  });

  test("a registration that lacks something says what, and keeps the rest", async ({ page }) => {
    await page.goto("/register");
    await page.getByLabel("手机号").fill("13912345678");
    await page.getByLabel("验证码").fill("000000");
    await page.getByLabel("用户名").fill("留下的名字");
    await page.getByLabel("密码").fill("12345678");
    await page.getByLabel("18周岁及以上").check();
    await page.getByLabel("我已阅读并同意").check();
    await page.getByRole("button", { name: "注册" }).click();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await expect(page.getByLabel("用户名")).toHaveValue("留下的名字");
    await expect(page.getByLabel("18周岁及以上")).toBeChecked();
    await expect(page.getByLabel("密码")).toHaveValue("");
  });

  test("a wrong password and an unknown phone are told in the same words", async ({ page }) => {
    for (const phone of [FULL, "13711112222"]) {
      await page.goto("/signin");
      await page.getByLabel("手机号").fill(phone);
      await page.getByLabel("密码").fill("not-this-one");
      await page.getByRole("button", { name: "登录" }).click();
      await expect(page.getByRole("alert")).toHaveText("手机号或密码不对。");
      await expect(page.getByLabel("手机号")).toHaveValue(phone);
    }
  });

  test("after signing in one is where one wanted to go", async ({ page }) => {
    await page.goto("/settings/privacy/consents");
    await expect(page).toHaveURL(/\/signin\?next=/);
    await expect(page.getByText("登录后会回到你要去的页面")).toBeVisible();
    await page.getByLabel("手机号").fill(FULL);
    await page.getByLabel("密码").fill(PASSWORD);
    await page.getByRole("button", { name: "登录" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "同意管理" })).toBeVisible();
  });

  test("登录设备: another device is seen and ended", async ({ page, browser, baseURL, newcomer }) => {
    const { phone } = await newcomer(page);
    const elsewhere = await browser.newContext({ baseURL });
    const other = await elsewhere.newPage();
    await signInAs(other, phone, NEW_PASSWORD);
    await page.goto("/settings/account");
    await expect(page.getByRole("link", { name: "登录设备" })).toContainText("2 台");
    await page.getByRole("link", { name: "登录设备" }).click();
    await expect(page.getByText("本机")).toHaveCount(1);
    await page.getByRole("button", { name: /^退出：/ }).click();
    await expect(page.getByRole("button", { name: /^退出/ })).toHaveCount(0);
    await other.goto("/settings");
    await expect(other).toHaveURL(/\/signin/);
    await expect(other.getByText("登录已结束")).toBeVisible();
    await elsewhere.close();
  });

  test("登录设备: all others are ended at once", async ({ page, browser, baseURL, newcomer }) => {
    const { phone } = await newcomer(page);
    const elsewhere = await browser.newContext({ baseURL });
    const other = await elsewhere.newPage();
    await signInAs(other, phone, NEW_PASSWORD);
    await page.goto("/settings/account/devices");
    await page.getByRole("button", { name: "退出其他所有设备" }).click();
    await expect(page.getByRole("button", { name: /^退出/ })).toHaveCount(0);
    await other.goto("/");
    await expect(other).toHaveURL(/\/signin/);
    await elsewhere.close();
  });

  test("密码 is changed after 验证身份, and the old one is worth nothing", async ({ page, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/account");
    await page.getByRole("link", { name: "密码" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "验证身份" })).toBeVisible();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await page.getByLabel("新密码").fill("12345678");
    await page.getByRole("button", { name: "保存新密码" }).click();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await page.getByLabel("新密码").fill("雨后-blue-river-27");
    await page.getByRole("button", { name: "保存新密码" }).click();
    await expectDone(page, "密码已修改");
    await signOut(page);
    await signInAs(page, phone, "雨后-blue-river-27");
  });

  test("手机号 is changed when both phones are proven", async ({ page, newcomer, codeFor }) => {
    const { phone } = await newcomer(page);
    const next = phone.replace(/^139/, "138");
    await page.goto("/settings/account/phone");
    const codes = page.getByRole("button", { name: "获取验证码" });
    await codes.first().click();
    await expect(page.getByRole("status")).toContainText("验证码");
    const present = await codeFor(page, phone);
    await page.getByLabel("当前手机号的验证码").fill(present);
    await page.getByLabel("新手机号", { exact: true }).fill(next);
    await page.locator(".field").filter({ hasText: "新手机号的验证码" }).getByRole("button").click();
    await page.getByLabel("新手机号的验证码").fill(await codeFor(page, next));
    await page.getByRole("button", { name: "更换手机号" }).click();
    await expectDone(page, "手机号已更换");
    await page.goto("/");
    await expect(page.getByText(`${next.slice(0, 3)}****${next.slice(7)}`)).toBeVisible();
  });

  test("验证身份 takes a code too", async ({ page, codeFor }) => {
    await signInAs(page, SECOND);
    await page.goto("/step-up?next=/settings/account");
    await page.getByRole("link", { name: "改用短信验证码" }).click();
    await page.getByRole("button", { name: "获取验证码" }).click();
    await page.getByLabel("验证码").fill(await codeFor(page, SECOND));
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "账号与安全" })).toBeVisible();
  });
});

test("账号与安全 shows the phone masked and leads to 注销账号", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/account");
  await expect(page.getByRole("link", { name: "手机号" })).toContainText("138****8000");
  await expect(page.getByRole("link", { name: "实名信息" })).toContainText("已认证");
  await page.getByRole("link", { name: "注销账号" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "注销账号" })).toBeVisible();
});

test("演示短信箱 shows what was sent, and to whom only masked", async ({ page }) => {
  await page.goto("/signin?by=code");
  await page.getByLabel("手机号").fill(FRESH);
  await page.getByRole("button", { name: "获取验证码" }).click();
  await expectDone(page, "验证码会发送到它");
  await expect(async () => {
    await page.goto("/demo/mailbox");
    await expect(page.locator(".sms").first()).toContainText("138****8002", { timeout: 500 });
  }).toPass();
  await expect(page.locator("body")).not.toContainText(FRESH);
});

test("a step-up that fails says so and lets one try again", async ({ page }) => {
  await signInAs(page, SECOND);
  await page.goto("/step-up?next=/settings");
  await page.getByLabel("密码").fill("not-this-one");
  await page.getByRole("button", { name: "确认" }).click();
  await expect(page.getByRole("alert")).toHaveText("密码不对。");
  await stepUp(page, PASSWORD);
});
