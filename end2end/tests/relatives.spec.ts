// 近亲属申请 with its proof, and 生前安排, which goes first.
import { readFileSync } from "node:fs";
import { strFromU8, unzipSync } from "fflate";
import type { Page, TestInfo } from "@playwright/test";
import { NEW_PASSWORD, audit, everyWay, expect, expectDone, signInAs, signOut, stepUp, test } from "../fixtures/index.js";

const picture = { name: "proof.jpg", mimeType: "image/jpeg", buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]) };
const paper = { name: "proof.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 a register") };

/** Fills 近亲属申请 in, as far as the proof. */
async function claim(page: Page, account: string, rights: string[]): Promise<void> {
  await page.goto("/settings/privacy/requests");
  await page.getByRole("link", { name: /^近亲属申请/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "近亲属申请" })).toBeVisible();
  await page.getByLabel("逝者的手机号或用户名").fill(account);
  await page.getByLabel("我是逝者的").selectOption("子女");
  for (const right of rights) await page.getByLabel(right).check();
  await page.getByLabel("为什么需要").fill("整理遗物。");
  await page.getByLabel("我确认").check();
  await page.getByRole("button", { name: "下一步：上传证明" }).click();
  await expectDone(page, "申请已保存，请上传证明");
}

/** Uploads both proofs and hands the claim on; its number. */
async function prove(page: Page): Promise<string> {
  await page.getByLabel("上传死亡证明").setInputFiles(picture);
  await page.getByRole("button", { name: "上传这份死亡证明" }).click();
  await expectDone(page, "死亡证明已上传");
  await expect(page.getByText("还缺：亲属关系证明")).toBeVisible();
  await page.getByLabel("上传亲属关系证明").setInputFiles(paper);
  await page.getByRole("button", { name: "上传这份亲属关系证明" }).click();
  await expectDone(page, "亲属关系证明已上传");
  await page.getByRole("button", { name: "提交审核" }).click();
  await expectDone(page, "已提交审核");
  return page.getByText(/^QL\d{8}-[0-9A-F]{6}$/).innerText();
}

/** The audit itself is a script. */
const scripted = (info: TestInfo): boolean => !info.titlePath.includes("no script");

everyWay(() => {
  test("a close relative asks, proves it, and takes what a human granted, once", async ({ page, server, newcomer }, info) => {
    test.setTimeout(90_000);
    const gone = await newcomer(page);
    await signOut(page);
    await newcomer(page);
    await claim(page, gone.username, ["查阅", "复制"]);
    if (scripted(info)) await audit(page);
    // What is no picture and no PDF is refused, and nothing else is lost.
    await page.getByLabel("上传死亡证明").setInputFiles({ ...picture, buffer: Buffer.from("<svg>") });
    await page.getByRole("button", { name: "上传这份死亡证明" }).click();
    await expect(page.getByRole("alert")).toContainText("请上传 JPEG、PNG 图片或 PDF");
    const number = await prove(page);
    const path = new URL(page.url()).pathname;
    const { told, files } = server.proof(number);
    expect(files).toEqual(["1-death.jpg", "2-kinship.pdf"]);
    expect(told).toContain("有这个账号");
    expect(told).not.toContain(gone.username);
    server.ask(number, "请补一张户口本首页。");
    await page.goto(path);
    await expect(page.getByText("请补一张户口本首页。")).toBeVisible();
    await page.getByLabel("上传亲属关系证明").setInputFiles(paper);
    await page.getByRole("button", { name: "上传这份亲属关系证明" }).click();
    await page.getByRole("button", { name: "提交审核" }).click();
    await expectDone(page, "已提交审核");
    server.answer(number, "已核实，请节哀。", "何清");
    await expect(async () => {
      await page.goto(path);
      await expect(page.getByText("逝者信息的副本可以下载了")).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(page.getByText("复核人：何清")).toBeVisible();
    if (scripted(info)) await audit(page);
    await page.getByRole("link", { name: "验证身份后下载" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    const begun = page.waitForEvent("download");
    await page.getByRole("link", { name: "下载", exact: true }).click();
    const saved = await begun;
    expect(saved.suggestedFilename()).toBe("personal-data.zip");
    const package_ = unzipSync(readFileSync(await saved.path()));
    expect(strFromU8(package_["data.json"])).toContain(gone.phone);
    await page.goto(path);
    await expect(page.getByText("逝者信息的副本已经开始下载")).toBeVisible();
    // Who is alive after all takes it back.
    await signOut(page);
    await signInAs(page, gone.phone, NEW_PASSWORD);
    await stepUp(page, NEW_PASSWORD);
    await page.goto("/settings/privacy/directive");
    await page.getByRole("button", { name: "我是本人，恢复账号" }).click();
    await expectDone(page, "账号已恢复");
  });

  test("生前安排 is set, goes first, and is withdrawn", async ({ page, server, newcomer }, info) => {
    test.setTimeout(90_000);
    const gone = await newcomer(page);
    await page.goto("/settings/privacy");
    await page.getByRole("link", { name: "生前安排" }).click();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "生前安排" })).toBeVisible();
    if (scripted(info)) await audit(page);
    await page.getByLabel("只可以做下面勾选的").check();
    await page.getByLabel("信任的人：姓名").fill("周以宁");
    await page.getByRole("button", { name: "保存安排" }).click();
    await expect(page.getByRole("alert")).toContainText("请至少勾选一项");
    await expect(page.getByLabel("信任的人：姓名")).toHaveValue("周以宁");
    await page.getByLabel("信任的人：姓名").fill("");
    await page.getByLabel("查阅").check();
    await page.getByRole("button", { name: "保存安排" }).click();
    await expectDone(page, "安排已保存，立即生效");
    await expect(page.getByText("近亲属只可以申请查阅。")).toBeVisible();
    if (scripted(info)) await audit(page);
    await signOut(page);
    await newcomer(page);
    await claim(page, gone.phone, ["删除（注销账号）"]);
    const number = await prove(page);
    expect(server.proof(number).told).toContain("与生前安排不符：删除");
    expect(() => server.answer(number, "已核实。", "何清")).toThrow(/own arrangement/);
    server.deny(number, "arranged", "他生前不同意删除账号。", "何清");
    await page.reload();
    await expect(page.getByText("没有满足你的申请，理由：本人生前另有安排。")).toBeVisible();
    await expect(page.getByText("你上传的证明已经删除")).toBeVisible();
    await expect(page.getByText("向人民法院起诉")).toBeVisible();
    if (scripted(info)) await audit(page);
    await signOut(page);
    await signInAs(page, gone.phone, NEW_PASSWORD);
    await stepUp(page, NEW_PASSWORD);
    await page.goto("/settings/privacy/directive");
    await page.getByRole("button", { name: "撤回安排" }).click();
    await expectDone(page, "安排已撤回");
  });
});
