// Every page of the menu as a picture: target/pictures/<size>-<mode>/<page>.png. Look at them.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { sizes } from "../browser.js";
import { FULL, NEW_PASSWORD, PASSWORD, expect, openPage, pages, signInAs, stepUp, test } from "../fixtures/index.js";

const root = resolve(import.meta.dirname, "../../target/pictures");

for (const [size, use] of Object.entries(sizes)) {
  for (const mode of ["light", "dark", "care"] as const) {
    test.describe(`${size} ${mode}`, () => {
      test.use({ ...use, colorScheme: mode === "dark" ? "dark" : "light" });

      test("pages", async ({ page }) => {
        const folder = join(root, `${size}-${mode}`);
        mkdirSync(folder, { recursive: true });
        const shoot = async (name: string) => {
          await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
        };
        const open = pages();
        for (const { path } of open.filter((p) => p.access === "anyone" || p.access === "demo")) {
          await page.goto(path);
          await shoot(`visitor${name(path)}`);
        }
        test.info().annotations.push({ type: "expected-console-error", description: "404" });
        await page.goto("/nothing-here");
        await shoot("not-found");
        await signInAs(page, FULL);
        await setCareMode(page, mode === "care");
        await stepUp(page, PASSWORD);
        for (const { path } of open.filter((p) => p.access !== "demo" && p.access !== "waiting")) {
          await openPage(page, path);
          await shoot(`own${name(path)}`);
        }
        await setCareMode(page, false);
      });

      test("注销账号, step by step", async ({ page, newcomer }) => {
        const folder = join(root, `${size}-${mode}`);
        mkdirSync(folder, { recursive: true });
        const shoot = async (name: string) => {
          await page.screenshot({ path: join(folder, `leaving-${name}.png`), fullPage: true });
        };
        const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
        await newcomer(page);
        await setCareMode(page, mode === "care");
        await page.goto("/settings/about/more/cancel");
        await shoot("1-overview");
        await press("我已了解，继续");
        await shoot("2-proof");
        await page.getByLabel("密码").fill(NEW_PASSWORD);
        await press("验证");
        await shoot("3-confirm");
        await press("立即注销");
        await shoot("4-tick-first");
        await press("确认注销账号");
        await shoot("5-cooling-off");
        await stepUp(page, NEW_PASSWORD, "/settings/about/more/cancel");
        await page.getByLabel("我知道立即注销后不能撤回").check();
        await press("立即注销");
        await shoot("6-executing");
        await expect(async () => {
          await page.goto("/demo/mailbox");
          await page.getByRole("link", { name: "注销证明" }).first().click({ timeout: 1000 });
        }).toPass();
        await page.getByRole("heading", { level: 1, name: "注销证明" }).waitFor();
        await shoot("7-certificate");
      });
    });
  }
}

function name(path: string): string {
  return path === "/" ? "-me" : path.replaceAll("/", "-").replace("{id}", "id");
}

async function setCareMode(page: Page, on: boolean): Promise<void> {
  await page.goto("/settings");
  const care = page.getByRole("switch", { name: "关怀模式" });
  if ((await care.getAttribute("aria-checked")) !== String(on)) {
    await care.click();
    await page.getByRole("status").getByText("关怀模式").waitFor();
  }
}
