// 隐私政策: the text is alive, can be searched, and tells what changed.
import { audit, everyWay, expect, test } from "../fixtures/index.js";

everyWay(() => {
  test("a clause carries its switch, in its present state", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/policy#c-prize");
    const prize = page.getByRole("switch", { name: "中奖联系方式" });
    await expect(prize).toHaveAttribute("aria-checked", "false");
    await expect(page.locator("#c-prize").getByText("为什么必要")).toBeVisible();
    await prize.click();
    await expect(prize).toHaveAttribute("aria-checked", "true");
    await page.goto("/settings/collection");
    await expect(page.getByRole("switch", { name: "中奖联系方式" })).toHaveAttribute("aria-checked", "true");
  });

  test("the sharing clause names every recipient, and the text can be searched", async ({ page }) => {
    await page.goto("/settings/policy");
    const sharing = page.locator("#c-recipients");
    for (const name of ["短信商", "物流", "广告", "税务"]) {
      await expect(sharing.getByText(name, { exact: true })).toBeVisible();
    }
    await page.getByRole("searchbox", { name: "在政策里查找" }).fill("人脸");
    await page.getByRole("button", { name: "查找" }).click();
    await expect(page.getByText("“人脸”：找到 1 条。")).toBeVisible();
    await expect(page.locator("#c-face mark").first()).toHaveText("人脸");
    await expect(page.locator("#c-cookies")).toHaveCount(0);
  });
});

test("历史版本: every version can be read, with what it changed; 儿童规则 stand beside", async ({ page }) => {
  await page.goto("/settings/policy");
  await page.getByRole("link", { name: "历史版本" }).last().click();
  await expect(page.getByRole("heading", { level: 1, name: "历史版本" })).toBeVisible();
  await page.getByRole("link", { name: /^看全文：第 1.0 版/ }).click();
  await expect(page.getByText("第 1.0 版 ·")).toBeVisible();
  // 版本差别 of the first version: there is nothing to compare it with.
  await page.goto("/settings/policy/changes");
  await expect(page.getByText("没有更早的可以比较")).toBeVisible();
  await page.goto("/settings/policy");
  await page.getByRole("link", { name: "儿童规则" }).click();
  await expect(page.getByText("写给未满14周岁的用户和监护人")).toBeVisible();
  await audit(page);
});

test("the contents lead to each chapter and stay in sight", async ({ page }) => {
  await page.goto("/settings/policy");
  const contents = page.getByRole("navigation", { name: "目录" });
  const chapters = contents.getByRole("link");
  await expect(chapters).toHaveCount(9);
  await chapters.last().click();
  await expect(page.getByRole("heading", { name: "补充说明" })).toBeInViewport();
  await expect(contents).toBeInViewport();
});
