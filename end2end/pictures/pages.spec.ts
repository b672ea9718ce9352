// Every page of the menu as a picture: target/pictures/<size>-<mode>/<page>.png. Look at them.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { sizes } from "../browser.js";
import { FULL, PASSWORD, openPage, pages, signInAs, stepUp, test } from "../fixtures/index.js";

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
