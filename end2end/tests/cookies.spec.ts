// Cookie管理 and the banner.
import type { BrowserContext } from "@playwright/test";
import { audit, everyWay, expect, expectDone, signInAs, signOut, test, NEW_PASSWORD } from "../fixtures/index.js";

async function names(context: BrowserContext): Promise<string[]> {
  return (await context.cookies()).map((cookie) => cookie.name).sort();
}

everyWay(() => {
  test("a first-time visitor is asked, with three answers of equal size and weight", async ({ page, context }) => {
    await page.goto("/signin");
    const banner = page.getByRole("region", { name: "Cookie 选择" });
    const answers = [
      banner.getByRole("button", { name: "同意", exact: true }),
      banner.getByRole("button", { name: "不同意" }),
      banner.getByRole("link", { name: "管理" }),
    ];
    const looks = await Promise.all(
      answers.map((answer) =>
        answer.evaluate((e) => {
          const { width, height } = e.getBoundingClientRect();
          const { color, backgroundColor, fontSize, fontWeight, borderColor } = getComputedStyle(e);
          return { width: Math.round(width), height: Math.round(height), color, backgroundColor, fontSize, fontWeight, borderColor };
        }),
      ),
    );
    expect(looks[1]).toEqual(looks[0]);
    expect(looks[2]).toEqual(looks[0]);
    await answers[1].click();
    await expectDone(page, "只使用必要的 Cookie");
    await expect(banner).toHaveCount(0);
    expect(await names(context)).not.toContain("appearance");
    await page.reload();
    await expect(banner).toHaveCount(0);
  });

  test("groups are decided one by one; 必要 is locked and says why", async ({ page }) => {
    await page.goto("/settings/cookies");
    await expect(page.getByText("你还没有选择")).toBeVisible();
    await expect(page.getByText("始终开启")).toBeVisible();
    await expect(page.getByRole("switch", { name: "必要" })).toHaveCount(0);
    const analytics = page.getByRole("switch", { name: "分析" });
    await analytics.click();
    await expect(analytics).toHaveAttribute("aria-checked", "true");
    await expectDone(page, "分析：已开启");
    await page.reload();
    await expect(analytics).toHaveAttribute("aria-checked", "true");
    await expect(page.getByRole("switch", { name: "广告" })).toHaveAttribute("aria-checked", "false");
    await expect(page.getByText("你还没有选择")).toHaveCount(0);
  });

  test("every cookie that this browser holds is named, and goes one by one or all at once", async ({ page, context, baseURL }) => {
    await page.goto("/settings/cookies");
    await page.getByRole("button", { name: "全部同意" }).click();
    await expectDone(page, "已允许可选 Cookie");
    const url = baseURL!;
    await context.addCookies([
      { name: "yd_stat_1", value: "a", url },
      { name: "yd_ad_7", value: "b", url },
      { name: "from_elsewhere", value: "c", url },
    ]);
    await page.reload();
    for (const name of ["cookie_choice", "yd_stat_1", "yd_ad_7", "from_elsewhere"]) {
      await expect(page.locator(".cookie").filter({ hasText: name })).toHaveCount(1);
    }
    await expect(page.locator(".cookie").filter({ hasText: "cookie_choice" })).toContainText("网页脚本读不到");
    await page.getByRole("button", { name: "删除：yd_stat_1" }).click();
    await expectDone(page, "已删除 1 个 Cookie");
    expect(await names(context)).toEqual(["cookie_choice", "from_elsewhere", "yd_ad_7"]);
    await page.getByRole("button", { name: "删除全部可选 Cookie（2 个）" }).click();
    await expectDone(page, "已删除 2 个 Cookie");
    expect(await names(context)).toEqual(["cookie_choice"]);
  });

  test("a group that is switched off takes its cookies with it", async ({ page, context, baseURL }) => {
    await page.goto("/settings/cookies");
    await page.getByRole("button", { name: "全部同意" }).click();
    await expectDone(page, "已允许可选 Cookie");
    await context.addCookies([{ name: "yd_ad_7", value: "b", url: baseURL! }]);
    await page.reload();
    await page.getByRole("switch", { name: "广告" }).click();
    await expectDone(page, "广告：已关闭");
    expect(await names(context)).toEqual(["cookie_choice"]);
  });

  test("an item of a group is refused and allowed by itself, and its group is the master", async ({ page, context, baseURL }) => {
    await page.goto("/settings/cookies");
    const group = page.locator(".cookie-group").filter({ has: page.getByRole("switch", { name: "分析", exact: true }) });
    const items = group.getByText("分析：3 项，可以逐项决定");
    const item = group.getByRole("switch", { name: "Cookie yd_stat_*" });
    await items.click();
    await expect(group.getByText("这一组关着")).toBeVisible();
    await expect(item).toHaveCount(0);
    await page.getByRole("switch", { name: "分析", exact: true }).click();
    await expectDone(page, "分析：已开启");
    // Without script the page was loaded anew.
    if (!(await item.isVisible())) await items.click();
    await expect(item).toHaveAttribute("aria-checked", "true");
    await expect(group.getByText("这一组关着")).toBeHidden();
    await context.addCookies([{ name: "yd_stat_1", value: "a", url: baseURL! }]);
    await item.click();
    await expectDone(page, "Cookie yd_stat_*：已关闭，立即生效");
    expect(await names(context)).toEqual(["cookie_choice"]);
    await page.reload();
    await items.click();
    await expect(item).toHaveAttribute("aria-checked", "false");
    await expect(group.getByRole("switch", { name: "像素 yd_px_stat" })).toHaveAttribute("aria-checked", "true");
    const master = page.getByRole("switch", { name: "分析", exact: true });
    await master.click();
    await expectDone(page, "分析：已关闭");
    await master.click();
    await expectDone(page, "分析：已开启");
    if (!(await item.isVisible())) await items.click();
    await expect(item).toHaveAttribute("aria-checked", "false");
    await item.click();
    await expectDone(page, "Cookie yd_stat_*：已允许");
  });

  test("a person's decision about one cookie is with their account, and in 同意管理", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/cookies");
    await page.getByRole("button", { name: "全部同意" }).click();
    await expectDone(page, "已允许可选 Cookie");
    await page.getByText("偏好：3 项，可以逐项决定").click();
    await page.getByRole("switch", { name: "Cookie yd_recent" }).click();
    await expectDone(page, "Cookie yd_recent：已关闭");
    await page.goto("/settings/privacy/consents");
    await page.getByText("全部记录").click();
    await expect(page.getByText("关闭“Cookie yd_recent”")).toBeVisible();
  });

  test("the inventory is there to read, group by group: necessary ones, storage, pixels, mails", async ({ page, way }) => {
    await page.goto("/settings/cookies");
    for (const [group, item] of [
      ["必要：", "网页存储 offline-worker.js"],
      ["广告：", "像素 yd_px_ad"],
      ["邮件：", "邮件信标 mail_click"],
    ]) {
      await page.locator("summary").filter({ hasText: group }).click();
      await expect(page.getByText(item).filter({ visible: true })).toBeVisible();
    }
    if (way !== "no script") await audit(page);
  });

  test("清除本站数据 takes all that the browser holds, ends the session, and says so", async ({ page, context, newcomer, way }) => {
    await newcomer(page);
    await page.goto("/settings/cookies");
    await page.getByRole("button", { name: "全部同意" }).click();
    await expectDone(page, "已允许可选 Cookie");
    const hasScript = way !== "no script";
    if (hasScript) {
      await page.evaluate(async () => {
        localStorage.setItem("of_a_plugin", "x");
        await caches.open("old");
        await navigator.serviceWorker.ready;
      });
    }
    await page.getByRole("link", { name: "清除本站数据" }).click();
    await expect(page.getByText("账号里的信息、同意和设置都在")).toBeVisible();
    await page.getByRole("button", { name: "清除并退出登录" }).click();
    await expectDone(page, "已清除，并已退出登录");
    expect(await names(context)).toEqual([]);
    if (hasScript) {
      const left = () =>
        page.evaluate(async () => [
          ...Object.keys(localStorage),
          ...(await caches.keys()),
          ...(await navigator.serviceWorker.getRegistrations()).map((worker) => worker.scope),
        ]);
      await expect.poll(left).toEqual([]);
    }
    await page.getByRole("link", { name: "去登录" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "登录" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Cookie 选择" })).toBeVisible();
  });

  test("a visitor's no and the account's yes meet at sign-in: the stricter wins", async ({ page, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/cookies");
    await page.getByRole("button", { name: "全部同意" }).click();
    await expect(page.getByRole("switch", { name: "偏好" })).toHaveAttribute("aria-checked", "true");
    await signOut(page);
    await page.goto("/settings/cookies");
    await page.getByRole("switch", { name: "分析" }).click();
    await expectDone(page, "分析：已关闭");
    await signInAs(page, phone, NEW_PASSWORD);
    await page.goto("/settings/cookies");
    await expect(page.getByRole("switch", { name: "偏好" })).toHaveAttribute("aria-checked", "true");
    await expect(page.getByRole("switch", { name: "分析" })).toHaveAttribute("aria-checked", "false");
    await page.goto("/settings/privacy/consents");
    await expect(page.locator(".consent").filter({ has: page.getByRole("heading", { name: "分析 Cookie" }) })).toContainText("登录");
  });

  test("a group that is off sets no cookie, and one that is on does", async ({ page, context, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/cookies");
    await page.getByRole("button", { name: "全部不同意" }).click();
    await expectDone(page, "只使用必要的 Cookie");
    const care = page.getByRole("switch", { name: "关怀模式" });
    await page.goto("/settings");
    await care.click();
    await expectDone(page, "已开启关怀模式");
    expect(await names(context)).toEqual(["cookie_choice", "device", "session"]);
    await page.goto("/settings/cookies");
    await page.getByRole("switch", { name: "偏好" }).click();
    await expectDone(page, "偏好：已开启");
    await page.goto("/settings");
    await care.click();
    await expectDone(page, "已关闭关怀模式");
    expect(await names(context)).toEqual(["appearance", "cookie_choice", "device", "session"]);
  });

  test("邮件信标跟踪 is decided by those who have an account", async ({ page, newcomer }) => {
    await page.goto("/settings/cookies");
    await expect(page.getByRole("switch", { name: "邮件信标跟踪" })).toHaveCount(0);
    await newcomer(page);
    await page.goto("/settings/cookies");
    const beacon = page.getByRole("switch", { name: "邮件信标跟踪" });
    await beacon.click();
    await expect(beacon).toHaveAttribute("aria-checked", "true");
    await expectDone(page, "邮件信标跟踪：已开启");
  });
});

test.describe("a browser with Global Privacy Control", () => {
  test.use({ extraHTTPHeaders: { "Sec-GPC": "1" } });

  test("keeps 广告 off even after 全部同意, and is told so", async ({ page }) => {
    await page.goto("/settings/cookies");
    await expect(page.getByText("浏览器的隐私信号已生效")).toBeVisible();
    await page.getByRole("button", { name: "全部同意" }).click();
    await expect(page.getByRole("switch", { name: "分析" })).toHaveAttribute("aria-checked", "true");
    const ads = page.getByRole("switch", { name: "广告" });
    await expect(ads).toHaveAttribute("aria-checked", "false");
    await ads.click();
    await expect(page.getByRole("alert").filter({ hasText: "全球隐私控制" })).toBeVisible();
    await expect(ads).toHaveAttribute("aria-checked", "false");
  });
});

test("a withdrawal on another device reaches this browser and its cookies", async ({ page, context, browser, baseURL, newcomer }) => {
  const { phone } = await newcomer(page);
  await page.goto("/settings/cookies");
  await page.getByRole("button", { name: "全部同意" }).click();
  await expectDone(page, "已允许可选 Cookie");
  await context.addCookies([{ name: "yd_stat_1", value: "a", url: baseURL! }]);
  const elsewhere = await browser.newContext({ baseURL });
  const other = await elsewhere.newPage();
  await signInAs(other, phone, NEW_PASSWORD);
  await other.goto("/settings/privacy/consents");
  await other.getByRole("button", { name: "撤回：分析 Cookie" }).click();
  await expectDone(other, "已撤回“分析 Cookie”");
  await elsewhere.close();
  await page.goto("/settings");
  expect(await names(context)).not.toContain("yd_stat_1");
});
