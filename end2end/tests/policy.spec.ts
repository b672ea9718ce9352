// 隐私政策: the text is alive, can be searched, and tells what changed.
import { FRESH, FULL, audit, everyWay, expect, expectDone, signInAs, signOut, test } from "../fixtures/index.js";

everyWay(() => {
  test("a clause carries its switch, in its present state", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/policy#c-prize");
    const prize = page.getByRole("switch", { name: "中奖联系方式" });
    await expect(prize).toHaveAttribute("aria-checked", "false");
    await expect(page.locator("#c-prize").getByText("为什么必要")).toBeVisible();
    await prize.click();
    await expect(prize).toHaveAttribute("aria-checked", "true");
    await expect(page.getByRole("status")).toContainText("中奖联系方式");
    await page.goto("/settings/collection");
    await expect(page.getByRole("switch", { name: "中奖联系方式" })).toHaveAttribute("aria-checked", "true");
  });

  test("a cookie switch beside its clause works in place, also for a visitor, and leads back to the clause", async ({ page }) => {
    await page.goto("/settings/policy");
    await page.getByRole("button", { name: "不同意", exact: true }).click();
    const analytics = page.locator("#c-cookies").getByRole("switch", { name: "分析 Cookie" });
    await expect(analytics).toHaveAttribute("aria-checked", "false");
    await analytics.click();
    await expect(analytics).toHaveAttribute("aria-checked", "true");
    await expect(page.getByRole("status")).toContainText("分析");
    expect(new URL(page.url()).pathname).toBe("/settings/policy");
    await page.goto("/settings/cookies");
    await expect(page.getByRole("switch", { name: "分析" })).toHaveAttribute("aria-checked", "true");
  });

  test("the sharing clause names every recipient, and the text can be searched", async ({ page }) => {
    await page.goto("/settings/policy");
    const sharing = page.locator("#c-recipients");
    for (const name of ["云讯短信", "速达物流", "聚光广告", "税务机关"]) {
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
  await page.goto("/settings/policy/changes?version=1.0");
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

for (const way of ["all script", "no wasm"] as const) {
  test.describe(way, () => {
    test.use({ way });

    test("the contents mark the chapter that is read, while scrolling and after a jump", async ({ page }) => {
      await page.goto("/settings/policy");
      const current = page.getByRole("navigation", { name: "目录" }).locator("[aria-current]");
      await expect(current).toHaveText(/^一、/);
      for (const chapter of ["三、", "五、", "二、"]) {
        const heading = page.getByRole("heading", { level: 2, name: new RegExp(`^${chapter}`) });
        await heading.evaluate((e) => e.scrollIntoView());
        await expect(current).toHaveText(new RegExp(`^${chapter}`));
        await expect(current).toBeInViewport();
      }
      // A finger that presses a chapter still stands on it when it lets go.
      const seventh = page.getByRole("navigation", { name: "目录" }).getByRole("link", { name: /^七、/ });
      await seventh.scrollIntoViewIfNeeded();
      await seventh.hover();
      const pressed = await seventh.boundingBox();
      await page.mouse.down();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      expect(await seventh.boundingBox()).toEqual(pressed);
      await page.mouse.up();
      await expect(current).toHaveText(/^七、/);
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await expect(current).toHaveText("补充说明");
      await expect(current).toHaveCount(1);
    });
  });
}

test("政策更新: who is touched is asked once, about that alone; the fresh account is not asked", async ({ page }) => {
  await signInAs(page, FRESH);
  await expect(page.getByText("需要重新确认")).toHaveCount(0);
  await signOut(page);
  await signInAs(page, FULL);
  await page.getByRole("link", { name: "你同意过的 1 项需要重新确认" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "政策更新" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2 })).toHaveText([/个性化广告/]);
  await audit(page);
  const [no, yes] = [page.getByRole("button", { name: "不同意：个性化广告" }), page.getByRole("button", { name: "同意：个性化广告", exact: true })];
  const [a, b] = [(await no.boundingBox())!, (await yes.boundingBox())!];
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  await no.click();
  await expectDone(page, "个性化广告：已关闭，立即生效");
  await expect(page.getByText("没有需要你确认的变化")).toBeVisible();
  // All else goes on: what was allowed is allowed, and nobody asks again.
  await page.goto("/settings/privacy/permissions");
  await expect(page.getByRole("switch", { name: "位置" })).toHaveAttribute("aria-checked", "true");
  await signOut(page);
  await signInAs(page, FULL);
  await expect(page.getByText("需要重新确认")).toHaveCount(0);
});

test("版本差别: what a version changed is told sentence by sentence", async ({ page }) => {
  await page.goto("/settings/policy/changes?version=2.0");
  await expect(page.locator("#c-ads ins")).toContainText("收藏和加购");
  await expect(page.locator("#c-camera")).toHaveCount(0);
  await audit(page);
});
