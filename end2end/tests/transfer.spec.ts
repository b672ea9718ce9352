// 个人信息转移: to the service that a person names, with every end told.
import { unzipSync, strFromU8 } from "fflate";
import { NEW_PASSWORD, audit, everyWay, expect, expectDone, stepUp, test } from "../fixtures/index.js";

everyWay(() => {
  test("a package is sent to the service that its person names", async ({ page, server, receiver, newcomer }, info) => {
    const { phone } = await newcomer(page);
    const at = "2026-11-20T08:00:00+08:00";
    server.import([
      { id: `t-${phone}`, phone, field: "email", at, value: "xiaoman@example.com" },
      { id: `u-${phone}`, phone, field: "ip_address", at, value: "203.0.113.7" },
    ]);
    await page.goto("/settings/privacy");
    await page.getByRole("link", { name: "个人信息转移" }).click();
    await expect(page.getByText("还没有转移过")).toBeVisible();
    await page.getByRole("link", { name: "转移到其他服务" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "转移到其他服务" })).toBeVisible();
    await page.getByLabel("接收方名称").fill("木木生活");
    await page.getByLabel("接收地址").fill(receiver.address);
    await page.getByLabel("接收凭证").fill(`token-${phone}`);
    await page.getByLabel("我确认").check();
    receiver.status = 204;
    await page.getByRole("button", { name: "确认转移" }).click();
    await expectDone(page, "已开始转移，可以离开这个页面");
    const delivered = page.getByText("对方已确认收到");
    if (info.titlePath.includes("all script")) {
      await expect(delivered).toBeVisible({ timeout: 20_000 });
    } else {
      await expect(async () => {
        await page.goto("/settings/privacy/transfer");
        await expect(delivered).toBeVisible({ timeout: 500 });
      }).toPass();
    }
    const arrival = receiver.arrivals.find((one) => one.authorization === `Bearer token-${phone}`)!;
    expect(arrival.type).toBe("application/zip");
    const files = unzipSync(new Uint8Array(arrival.body));
    const data = JSON.parse(strFromU8(files["data.json"]));
    const email = data.kinds.find((kind: { id: string }) => kind.id === "email");
    expect(email.records.map((record: { value: string }) => record.value)).toEqual(["xiaoman@example.com"]);
    // What only a law asks for is not portable.
    expect(data.kinds.map((kind: { id: string }) => kind.id)).not.toContain("ip_address");
    await page.getByRole("link", { name: "查看申请：发给木木生活" }).click();
    await expect(page.getByRole("heading", { name: /转移：个人信息副本/ })).toContainText("已完成");
    await expect(page.getByText("接收方已确认收到。")).toBeVisible();
  });
});

test("a refusal is told with its reason and what can be done", async ({ page, receiver, newcomer }) => {
  await newcomer(page);
  await stepUp(page, NEW_PASSWORD);
  await page.goto("/settings/privacy/transfer/new");
  await page.getByLabel("接收方名称").fill("木木生活");
  await page.getByLabel("接收地址").fill(receiver.address);
  await page.getByLabel("我确认").check();
  receiver.status = 403;
  await page.getByRole("button", { name: "确认转移" }).click();
  await expect(page.getByText("回答的代码是 403")).toBeVisible({ timeout: 20_000 });
  await audit(page);
  receiver.status = 204;
  await page.getByRole("link", { name: "查看申请：发给木木生活" }).click();
  await expect(page.getByText("没有满足你的申请，理由：接收方没有接收。")).toBeVisible();
  await expect(page.getByText("向网信部门投诉、举报")).toBeVisible();
});

test("what is typed wrongly is explained and kept", async ({ page, newcomer }) => {
  await newcomer(page);
  await stepUp(page, NEW_PASSWORD);
  await page.goto("/settings/privacy/transfer/new");
  await page.getByLabel("接收方名称").fill("木木生活");
  await page.getByLabel("接收地址").fill("http://example.com/import");
  await page.getByLabel("我确认").check();
  await page.getByRole("button", { name: "确认转移" }).click();
  await expect(page.getByRole("alert")).toContainText("要以 https:// 开头");
  await expect(page.getByLabel("接收方名称")).toHaveValue("木木生活");
  await expect(page.getByLabel("接收地址")).toHaveValue("http://example.com/import");
  await expect(page.getByLabel("我确认")).not.toBeChecked();
});
