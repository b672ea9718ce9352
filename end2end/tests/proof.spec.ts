// 同意管理's receipts, 删除证明 and 验证凭证: checked by the page, with the network off, and by code that is not ours.
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page, TestInfo } from "@playwright/test";
import { RFC9162 } from "@transmute/rfc9162";
import { FULL, audit, everyWay, expect, expectDone, signInAs, test, toggle } from "../fixtures/index.js";

/** What a click downloads. */
async function download(page: Page, link: string | RegExp): Promise<Buffer> {
  const begun = page.waitForEvent("download");
  await page.getByRole("link", { name: link }).first().click();
  return readFileSync(await (await begun).path());
}

/** Gives a file to 验证凭证: where its script runs, choosing is enough. */
async function check(page: Page, buffer: Buffer, info: TestInfo): Promise<void> {
  const here = !info.titlePath.includes("no script") && !info.titlePath.includes("no wasm");
  if (here) await page.locator("#proof-form[data-awake]").waitFor();
  await page.getByLabel("凭证文件").setInputFiles({ name: "receipt.json", mimeType: "application/json", buffer });
  if (!here) await page.getByRole("button", { name: "检查" }).click();
}

function changed(file: Buffer): Buffer {
  const other = Buffer.from(file);
  other[other.length >> 1] ^= 1;
  return other;
}

everyWay(() => {
  test("a decision's receipt is downloaded from 同意管理, and 验证凭证 tells that it is true; a changed one is found", async ({ page, newcomer }, info) => {
    await newcomer(page);
    await page.goto("/settings/privacy/permissions");
    await toggle(page, "位置", true);
    await page.goto("/settings/privacy/consents");
    const receipt = await download(page, "下载凭证：位置");
    await page.getByRole("link", { name: /^验证凭证/ }).click();
    const found = page.getByRole("status").filter({ hasText: /真实有效|不能相信/ });
    await check(page, receipt, info);
    await expect(found).toContainText("真实有效：开启（同意）“位置”");
    for (const fact of ["系统权限管理", "第 2.1 版", "展示你附近的优惠和门店。", "签名有效", "在账本里：第"]) await expect(found).toContainText(fact);
    // axe needs script.
    const audited = !info.titlePath.includes("no script");
    if (audited) await audit(page);
    await check(page, changed(receipt), info);
    await expect(found).toContainText("不能相信这份文件");
    await expect(found.getByText("不符", { exact: true }).first()).toBeVisible();
    await expect(found).not.toContainText("系统权限管理");
    if (audited) await audit(page);
    await page.goto("/settings/privacy/consents");
    const all = await download(page, /^全部凭证/);
    await page.goto("/verify");
    await check(page, all, info);
    await expect(found).toContainText("1 份凭证全部真实有效");
  });

  test("删除证明: an erasure has its certificate", async ({ page, server, newcomer }, info) => {
    const { phone } = await newcomer(page);
    server.import([{ id: "1", phone, field: "cart", at: new Date(Date.now() - 60_000).toISOString(), value: "春季连衣裙" }]);
    await page.goto("/settings/data/erase?scope=kind:cart");
    await page.getByRole("button", { name: "删除 1 条" }).click();
    await expectDone(page, "已删除 1 条");
    await page.goto("/settings/privacy/consents");
    await page.getByRole("link", { name: /^删除证明/ }).click();
    const certificate = await download(page, /^下载删除证明：加购/);
    expect(certificate.toString()).not.toContain("春季连衣裙");
    await page.goto("/verify");
    await check(page, certificate, info);
    const found = page.getByRole("status").filter({ hasText: "真实有效：已删除“加购”" });
    await expect(found).toContainText("1 条");
    await expect(found).toContainText("密钥已销毁");
  });
});

test("验证凭证 checks with the network off, by keyboard too, and sends the file nowhere", async ({ page, context }, info) => {
  await signInAs(page, FULL);
  await page.goto("/settings/privacy/consents");
  const receipt = await download(page, /^下载凭证：位置/);
  const all = await download(page, /^全部凭证/);
  await page.goto("/verify");
  await page.locator("#proof-form[data-awake]").waitFor();
  await expect(page.getByText("文件不会上传")).toBeVisible();
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.url()));
  await context.setOffline(true);
  const found = page.locator("#proof-found");
  await check(page, receipt, info);
  await expect(found).toContainText("真实有效：开启（同意）“位置”");
  await check(page, changed(receipt), info);
  await expect(found).toContainText("不能相信这份文件");
  await page.getByLabel("凭证文件").setInputFiles({ name: "all.json", mimeType: "application/json", buffer: all });
  await page.getByRole("button", { name: "检查" }).press("Enter");
  await expect(found).toContainText("份凭证全部真实有效");
  expect(sent).toEqual([]);
  await context.setOffline(false);
});

/** A C2SP verifier key: name+key id+base64 of the type and 32 bytes. */
function publicKey(line: string): { name: string; key: KeyObject } {
  const [name, , ...rest] = line.trim().split("+");
  const bytes = Buffer.from(rest.join("+"), "base64");
  expect(bytes[0]).toBe(1);
  const x = bytes.subarray(1).toString("base64url");
  return { name, key: createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }) };
}

/** A checkpoint: a signed note of origin, size and root. */
function openCheckpoint(note: string, { name, key }: { name: string; key: KeyObject }): { size: number; root: Buffer } {
  const at = note.lastIndexOf("\n\n") + 1;
  const signature = Buffer.from(note.slice(at + 1).split(" ")[2], "base64").subarray(4);
  expect(verify(null, Buffer.from(note.slice(0, at)), key, signature)).toBe(true);
  const [origin, size, root] = note.split("\n");
  expect(origin).toBe(name);
  return { size: Number(size), root: Buffer.from(root, "base64") };
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** RFC 8785 for values like these: names in order, no white space. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

test("a third party checks a receipt with the published key and checkpoint alone, by a library that is not ours", async ({ page, request }) => {
  await signInAs(page, FULL);
  await page.goto("/settings/privacy/consents");
  const text = (await download(page, /^下载凭证：位置/)).toString();
  const { signature, ...unsigned } = JSON.parse(text);
  const log = publicKey(await (await request.get("/log/key")).text());
  const signed = `privacy-centre document 1\n${canonical(unsigned)}`;
  expect(verify(null, Buffer.from(signed), log.key, Buffer.from(signature, "base64"))).toBe(true);
  expect(canonical({ ...unsigned, signature })).toBe(text);

  const { event, leaf_index, inclusion, checkpoint } = unsigned.proof;
  const size = checkpoint.split("\n")[1];
  const published = await (await request.get(`/log/checkpoint/${size}`)).text();
  expect(published).toBe(checkpoint);
  const { root } = openCheckpoint(published, log);
  const leaf = await RFC9162.leaf(Buffer.from(event));
  const proof = { log_id: "", tree_size: Number(size), leaf_index, inclusion_path: inclusion.map((hash: string) => Buffer.from(hash, "base64")) };
  expect(await RFC9162.verifyInclusionProof(root, leaf, proof)).toBe(true);
  const another = await RFC9162.leaf(Buffer.from(event.replace("true", "false")));
  expect(await RFC9162.verifyInclusionProof(root, another, proof)).toBe(false);

  const decided = JSON.parse(JSON.parse(event).body);
  expect(decided.purpose).toBe(unsigned.document.pii_processing.purposes[0].purpose);
  const words = await crypto.subtle.digest("SHA-256", Buffer.from(unsigned.document.words.text));
  expect(Buffer.from(words).toString("hex")).toBe(decided.words);
  // The log is open to pages of every origin, and says so.
  expect((await request.get("/log/checkpoint")).headers()["access-control-allow-origin"]).toBe("*");
});
