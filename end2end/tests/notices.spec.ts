// What was done is said where it moves nothing: a finger that is already on its way hits what its person saw.
import type { Page } from "@playwright/test";
import { FRESH, audit, awake, everyWay, expect, signInAs, test } from "../fixtures/index.js";

type Box = { x: number; y: number; width: number; height: number };

/** Where everything that can be tapped, and every row, stands in the document: left, top, width, height. */
async function places(page: Page): Promise<number[][]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>("main .cell, main button, main a, main summary, main h2, main h3, main dl")];
    // What stays in sight while one scrolls stands nowhere in the document.
    return all.filter((e) => !e.closest(".dock, .policy-contents") && e.checkVisibility()).map((e) => {
      const { left, top, width, height } = e.getBoundingClientRect();
      return [left, top + scrollY, width, height].map(Math.round);
    });
  });
}

/** Answers about cookies, so that nothing else is asked. */
async function answerCookies(page: Page): Promise<void> {
  await page.goto("/settings/cookies");
  await page.getByRole("button", { name: "全部不同意" }).click();
  await expect(page.getByRole("status")).toContainText("只使用必要的 Cookie");
}

const row = (page: Page, name: string) => page.getByRole("switch", { name, exact: true });

/** Where a switch stands in the window. */
async function box(page: Page, name: string): Promise<Box> {
  return (await row(page, name).boundingBox())!;
}

/** Where the notice stands in the window. */
async function notice(page: Page): Promise<Box> {
  await expect(page.locator(".said-text")).toBeVisible();
  return (await page.locator(".said-text").boundingBox())!;
}

everyWay(() => {
  test("a no stays a no: who taps on, at once, where the next row stands, hits the next row", async ({ page, newcomer, way }) => {
    await newcomer(page);
    await answerCookies(page);
    await page.goto("/settings/notifications");
    if (way === "all script") await awake(page);
    await row(page, "营销推送").click();
    await expect(page.getByRole("status")).toContainText("营销推送：已开启");
    await page.reload();
    if (way === "all script") await awake(page);
    const before = await places(page);
    const next = await box(page, "短信");
    const at = [next.x + next.width / 2, next.y + next.height / 2] as const;
    await row(page, "营销推送").click();
    if (way === "all script") {
      // Both before and after the answer has come.
      await page.mouse.click(...at);
      await expect(row(page, "短信")).toHaveAttribute("aria-checked", "true");
      await page.mouse.click(...at);
      // Answers come in any order: what became of each is said by its row.
      for (const name of ["营销推送", "短信"]) await expect(row(page, name).locator(".switch-fate")).toHaveText("已关闭");
    } else {
      await expect(page.getByRole("status")).toContainText("营销推送：已关闭");
    }
    expect(await places(page)).toEqual(before);
    await page.mouse.click(...at);
    await expect(row(page, "短信")).toHaveAttribute("aria-checked", "true");
    await expect(page.getByRole("status")).toContainText("短信：已开启");
    await page.reload();
    await expect(row(page, "短信")).toHaveAttribute("aria-checked", "true");
    await expect(row(page, "营销推送")).toHaveAttribute("aria-checked", "false");
    expect(await places(page)).toEqual(before);
  });

  test("商业广告 opens nothing and says what there is to choose; nothing moves", async ({ page, newcomer, way }) => {
    await newcomer(page);
    await answerCookies(page);
    await page.goto("/settings/notifications");
    if (way === "all script") await awake(page);
    const before = await places(page);
    await row(page, "商业广告").click();
    await expect(page.getByRole("alert")).toContainText("营销推送、短信、邮件");
    for (const name of ["商业广告", "营销推送", "短信", "邮件"]) await expect(row(page, name)).toHaveAttribute("aria-checked", "false");
    expect(await places(page)).toEqual(before);
    if (way !== "no script") await audit(page);
    // The second tap of a double tap reaches nothing below.
    const below = await page.getByRole("checkbox", { name: "收起提示" }).evaluate((away: HTMLElement) => {
      const { x, y, width, height } = away.getBoundingClientRect();
      away.click();
      return document.elementFromPoint(x + width / 2, y + height / 2)!.id;
    });
    expect(below).toBe("said");
    await expect(page.getByRole("alert").filter({ visible: true })).toHaveCount(0);
  });
});

test("on every page of switches nothing moves after a tap, on or off, taken or refused", async ({ page, newcomer }) => {
  test.setTimeout(180_000);
  await newcomer(page);
  await answerCookies(page);
  const paths = ["/settings", "/settings/notifications", "/settings/advertising", "/settings/advertising/tags", "/settings/privacy/permissions", "/settings/privacy/friends",
    "/settings/privacy/face", "/settings/cookies", "/settings/collection", "/settings/sharing", "/settings/privacy/abroad", "/settings/policy"];
  let tapped = 0;
  for (const path of paths) {
    if ((await page.goto(path))!.status() !== 200) continue;
    await awake(page);
    for (const summary of await page.locator(".cookie-group summary").all()) await summary.click();
    const before = await places(page);
    const count = await page.getByRole("switch").count();
    for (let n = 0; n < count; n += 1) {
      const one = page.getByRole("switch").nth(n);
      if (!(await one.isVisible())) continue;
      await one.click();
      await expect(page.locator(".said-text")).toBeVisible();
      await expect(one.locator(".switch-fate")).toHaveText(/已开启|已关闭|没开启/);
      expect(await places(page), `${path}: ${await one.getAttribute("aria-label")}`).toEqual(before);
      tapped += 1;
    }
  }
  expect(tapped).toBeGreaterThan(30);
});

test("the notice is within sight wherever the page is scrolled, covers nothing that was tapped, and lets taps through", async ({ page }) => {
  await signInAs(page, FRESH);
  await answerCookies(page);
  await page.goto("/settings/privacy/permissions");
  await awake(page);
  const height = page.viewportSize()!.height;
  for (const name of ["位置", "麦克风", "日历"]) {
    const one = row(page, name);
    await one.evaluate((e) => e.scrollIntoView({ block: "end" }));
    await page.mouse.wheel(0, 0);
    await one.click();
    await expect(page.getByRole("status")).toContainText(`${name}：已开启`);
    const [said, tapped] = [await notice(page), await box(page, name)];
    expect(said.y).toBeGreaterThan(0);
    expect(said.y + said.height).toBeLessThanOrEqual(height);
    expect(said.y + said.height <= tapped.y || said.y >= tapped.y + tapped.height, `${name} is covered`).toBe(true);
    await one.click();
    await expect(page.getByRole("status")).toContainText(`${name}：已关闭`);
  }
  // At the very end it still is in sight, and the last thing of the page can be seen beside it.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const said = await notice(page);
  const last = (await page.locator("main > :last-child").boundingBox())!;
  expect(last.y + last.height).toBeLessThanOrEqual(said.y);
  expect(said.y).toBeGreaterThan(height / 2);
  // What lies below it can be tapped.
  const below = row(page, "日历");
  await below.evaluate((e, at) => scrollBy(0, e.getBoundingClientRect().top - at), said.y);
  const target = (await below.boundingBox())!;
  await page.mouse.click(target.x + 40, target.y + target.height / 2);
  await expect(below).toHaveAttribute("aria-checked", "true");
});

test.describe("a browser with Global Privacy Control", () => {
  test.use({ extraHTTPHeaders: { "Sec-GPC": "1" } });

  test("what was done has the colour of success, what was not that of errors, and the row says it, too", async ({ page, newcomer }) => {
    await newcomer(page);
    await answerCookies(page);
    await page.goto("/settings/advertising");
    await awake(page);
    const colour = () => page.locator(".said-text").evaluate((e) => getComputedStyle(e).color);
    const token = (name: string) => page.evaluate((name) => {
      const probe = document.createElement("i");
      document.body.append(probe);
      probe.style.color = `var(${name})`;
      const { color } = getComputedStyle(probe);
      probe.remove();
      return color;
    }, name);
    await row(page, "个性化推荐").click();
    await expect(page.getByRole("status")).toContainText("个性化推荐：已开启");
    expect(await colour()).toBe(await token("--ok"));
    await expect(row(page, "个性化推荐").locator(".switch-fate")).toHaveText("已开启");
    await row(page, "个性化广告").click();
    await expect(page.getByRole("alert")).toContainText("全球隐私控制");
    expect(await colour()).toBe(await token("--danger"));
    await expect(row(page, "个性化广告").locator(".switch-fate")).toHaveText("没开启");
    await expect(page.getByRole("status")).toHaveCount(1);
    await expect(page.getByRole("status")).toBeEmpty();
    await audit(page);
  });
});

test("somebody of 14 to 17 finds advertising locked with one kind sentence, and all else as ever", async ({ page, newcomer }) => {
  await newcomer(page, { age: "14至17周岁" });
  await page.goto("/settings/notifications");
  for (const name of ["商业广告", "营销推送", "短信", "邮件"]) await expect(row(page, name)).toBeDisabled();
  await expect(page.getByText("为了保护未满18周岁的你")).toHaveCount(1);
  await row(page, "订单").click();
  await expect(page.getByRole("status")).toContainText("订单：已开启");
  await audit(page);
  await page.goto("/settings/advertising");
  await expect(row(page, "个性化广告")).toBeDisabled();
  await expect(row(page, "个性化推荐")).toBeEnabled();
  await audit(page);
  await page.goto("/settings/cookies");
  await page.getByRole("button", { name: "全部同意" }).click();
  await expect(row(page, "分析")).toHaveAttribute("aria-checked", "true");
  await expect(row(page, "广告")).toBeDisabled();
  await audit(page);
});
