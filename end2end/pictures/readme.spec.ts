// The pictures of the README: pages side by side, in .pictures. `make readme-pictures`, where a page has changed its look.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { sizes } from "../browser.js";
import { FULL, PASSWORD, SECOND, expect, signInAs, signOut, stepUp, test } from "../fixtures/index.js";

const folder = resolve(import.meta.dirname, "../../.pictures");
const [WIDTH, HEIGHT, GAP] = [300, 620, 14];
const LEAVE = "/settings/about/more/cancel";

test.use({ ...sizes.phone, deviceScaleFactor: 2 });

/** Photographs of pages, from left to right. */
class Row {
  private readonly pictures: string[] = [];

  async take(page: Page, path: string): Promise<void> {
    await page.goto(path);
    await this.takeHere(page);
  }

  async takeHere(page: Page): Promise<void> {
    this.pictures.push((await page.screenshot()).toString("base64"));
  }

  async save(page: Page, name: string): Promise<void> {
    const width = this.pictures.length * (WIDTH + GAP) - GAP;
    const browser = page.context().browser()!;
    const context = await browser.newContext({ viewport: { width, height: HEIGHT }, deviceScaleFactor: 1, isMobile: false });
    const wall = await context.newPage();
    const images = this.pictures.map((picture) => `<img src="data:image/png;base64,${picture}">`).join("");
    const style = `body { margin: 0; display: flex; gap: ${GAP}px } img { width: ${WIDTH}px; height: ${HEIGHT}px; object-fit: cover; object-position: top }`;
    await wall.setContent(`<style>${style}</style>${images}`);
    await wall.screenshot({ path: `${folder}/${name}.png` });
    await context.close();
  }
}

async function begin(page: Page): Promise<void> {
  await page.goto(LEAVE);
  await page.getByRole("button", { name: "我已了解，继续" }).click();
  await page.getByLabel("密码").fill(PASSWORD);
  await page.getByRole("button", { name: "验证", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("身份已验证");
}

/** Leaves at once; the path of the certificate's page. */
async function leave(page: Page): Promise<string> {
  await page.goto(LEAVE);
  await page.getByLabel("我知道立即注销后不能撤回").check();
  await page.getByRole("button", { name: "立即注销" }).click();
  let path: string | null = null;
  await expect(async () => {
    await page.goto("/demo/mailbox");
    path = await page.getByRole("link", { name: "注销证明" }).first().getAttribute("href", { timeout: 1000 });
  }).toPass();
  return path!;
}

async function setCareMode(page: Page): Promise<void> {
  await page.goto("/settings");
  await page.getByRole("switch", { name: "关怀模式" }).click();
  await page.getByRole("status").getByText("关怀模式").waitFor();
}

test("phone.png and modes.png", async ({ page }) => {
  const [phone, modes] = [new Row(), new Row()];
  await page.goto("/settings/cookies");
  await page.getByRole("button", { name: "全部不同意" }).click();
  await signInAs(page, FULL);
  await phone.take(page, "/settings");
  await page.goto("/settings/policy");
  await page.getByRole("switch", { name: "位置", exact: true }).evaluate((row) => row.scrollIntoView({ block: "center" }));
  await phone.takeHere(page);
  await phone.take(page, "/settings/sharing");

  await page.emulateMedia({ colorScheme: "dark" });
  await modes.take(page, "/settings/privacy/consents/past?date=2026-11-01");
  await modes.take(page, "/settings/sharing/notices");
  await page.emulateMedia({ colorScheme: "light" });

  await begin(page);
  await page.getByRole("button", { name: "确认注销账号" }).click();
  await phone.take(page, LEAVE);
  await stepUp(page, PASSWORD, LEAVE);
  const certificate = await leave(page);
  await phone.take(page, certificate);
  await phone.save(page, "phone");

  await page.emulateMedia({ colorScheme: "dark" });
  const begun = page.waitForEvent("download");
  await page.goto(certificate);
  await page.getByRole("link", { name: "下载注销证明" }).click();
  const buffer = readFileSync(await (await begun).path());
  await page.goto("/verify");
  await page.locator("#proof-form[data-awake]").waitFor();
  await page.getByLabel("凭证文件").setInputFiles({ name: "证明.json", mimeType: "application/json", buffer });
  await page.getByText("真实有效：").scrollIntoViewIfNeeded();
  await modes.takeHere(page);
  await page.emulateMedia({ colorScheme: "light" });

  await signInAs(page, SECOND);
  await setCareMode(page);
  await modes.take(page, "/settings");
  await begin(page);
  await modes.takeHere(page);
  await modes.save(page, "modes");
  await signOut(page);
});
