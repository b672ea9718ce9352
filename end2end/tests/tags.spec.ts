// 我的标签, 为什么看到这些, 人工复核.
import { FULL, audit, everyWay, expect, expectDone, signInAs, test, toggle } from "../fixtures/index.js";
import type { HostRecord } from "../fixtures/server.js";

const TAGS = "/settings/advertising/tags";
const WHY = "/settings/advertising/why";

/** What a host derives: two tags, an audience. */
function derived(phone: string, minutes: number): HostRecord[] {
  const at = new Date(Date.now() - minutes * 60_000).toISOString();
  const tag = (id: string, field: string, value: string, details: Record<string, string>) => ({ id, phone, field, at, value, details });
  return [
    tag("tag-coffee", "preference_tag", "咖啡茶饮", { 依据: "浏览记录、搜索记录", 说明: "搜索过云南小粒咖啡" }),
    tag("tag-home", "preference_tag", "居家", { 依据: "点击记录" }),
    tag("audience-1", "audience_profile", "周末活跃", {}),
  ];
}

/** What it picked by them. */
function picked(phone: string): HostRecord[] {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  return [
    { id: "shown-1", phone, field: "shown_item", at: at(5), value: "云南小粒咖啡 2盒", details: { 类型: "广告", 位置: "首页推荐", 标签: "咖啡茶饮", 依据: "浏览记录" } },
    { id: "shown-2", phone, field: "shown_item", at: at(9), value: "纯棉四件套", details: { 类型: "推荐", 位置: "直播间推荐", 依据: "点击记录" } },
  ];
}

everyWay(() => {
  test("我的标签 tells why, since when and until when; one is deleted, then all, and none comes back", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto(TAGS);
    await expect(page.getByText("没有标签", { exact: true })).toBeVisible();
    await page.goto("/settings/advertising");
    await toggle(page, "个性化推荐", true);
    server.import(derived(phone, 30));
    await page.reload();
    await expect(page.getByRole("link", { name: /^我的标签/ })).toContainText("3 个");
    await page.getByRole("link", { name: /^我的标签/ }).click();
    await expect(page.getByRole("heading", { name: "偏好特征标签（2 个）" })).toBeVisible();
    const coffee = page.getByRole("article").filter({ has: page.getByRole("heading", { name: "咖啡茶饮" }) });
    await expect(coffee).toContainText("搜索过云南小粒咖啡");
    await expect(coffee).toContainText(/生成 · \d{4}年\d+月\d+日自动删除/);
    await expect(coffee.getByRole("link", { name: "搜索记录" })).toHaveAttribute("href", "/settings/data/records?kind=search_query");
    const audience = page.getByRole("article").filter({ has: page.getByRole("heading", { name: "周末活跃" }) });
    await expect(audience).toContainText("应用没有写明依据");
    await coffee.getByText("删除", { exact: true }).click();
    await coffee.getByRole("button", { name: "确认删除" }).click();
    await expectDone(page, "已删除“咖啡茶饮”，不会再恢复");
    await expect(page.getByRole("heading", { name: "咖啡茶饮" })).toHaveCount(0);
    await page.getByRole("link", { name: /^删除全部标签和画像/ }).click();
    await expect(page.getByText("现在还没有删除任何内容")).toBeVisible();
    await page.getByRole("button", { name: "删除 2 条" }).click();
    await expectDone(page, "已删除 2 条，备份里的也已无法读取");
    await expect(page.getByText("还没有标签")).toBeVisible();
    // The host derives them anew: it is refused.
    expect(() => server.import(derived(phone, 0))).toThrow();
    await page.reload();
    await expect(page.getByText("还没有标签")).toBeVisible();
    expect(server.verifyLedger()).toContain("the ledger is whole");
  });

  test("暂停生成新标签 keeps the host from adding any; switching 个性化推荐 off erases what is there", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/advertising");
    await toggle(page, "个性化推荐", true);
    server.import([...derived(phone, 30), ...picked(phone)]);
    await page.goto(TAGS);
    await toggle(page, "暂停生成新标签", true);
    await expect(page.getByText("已暂停", { exact: true })).toBeVisible();
    await expect(page.getByRole("heading", { name: "居家" })).toBeVisible();
    expect(() => server.import([{ ...derived(phone, 1)[0], id: "tag-new", value: "数码" }])).toThrow();
    await page.reload();
    await expect(page.getByRole("heading", { name: "数码" })).toHaveCount(0);
    await page.goto("/settings/advertising");
    await expect(page.getByRole("link", { name: /^我的标签/ })).toContainText("3 个，已暂停");
    await toggle(page, "个性化推荐", false);
    await expect(page.getByRole("link", { name: /^我的标签/ })).toContainText("已删除");
    await page.getByRole("link", { name: /^我的标签/ }).click();
    await expect(page.getByText("已关闭，标签已删除")).toBeVisible();
    await expect(page.getByRole("article")).toHaveCount(0);
    await page.goto(WHY);
    await expect(page.getByText("推荐不按你的特征挑选")).toBeVisible();
    await expect(page.getByRole("article")).toHaveCount(0);
  });

  test("搜索不个性化 is told as it takes effect", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/advertising");
    await expect(page.getByText("现在：搜索结果不参考你的个人特征")).toBeVisible();
    await toggle(page, "个性化推荐", true);
    await expect(page.getByText("现在：搜索结果可能参考你的个人特征")).toBeVisible();
    await toggle(page, "搜索不个性化", true);
    await expect(page.getByText("现在：搜索结果不参考你的个人特征")).toBeVisible();
  });

  test("为什么看到这些 tells each reason; 人工复核 is asked for there, and answered by a human with a name", async ({ page, server, newcomer }) => {
    const { phone } = await newcomer(page);
    await page.goto("/settings/advertising");
    await toggle(page, "个性化推荐", true);
    server.import([...derived(phone, 30), ...picked(phone)]);
    await page.reload();
    await page.getByRole("link", { name: /^为什么看到这些/ }).click();
    const [coffee, linen] = [0, 1].map((n) => page.getByRole("article").nth(n));
    await expect(coffee).toContainText("程序按你的标签“咖啡茶饮”自动挑选，参考了你的浏览记录。");
    await expect(coffee).toContainText("首页推荐");
    await expect(coffee.getByText("广告", { exact: true })).toBeVisible();
    await expect(linen).toContainText("程序参考你的点击记录自动挑选。");
    await coffee.getByRole("link", { name: "删除标签“咖啡茶饮”" }).click();
    await expect(page.locator("article:target")).toContainText("咖啡茶饮");
    await page.goto(WHY);
    await page.getByRole("link", { name: "申请人工复核：云南小粒咖啡 2盒" }).click();
    await expect(page.getByText("要复核的决定")).toBeVisible();
    await page.getByLabel("哪里不对").fill("我不喝咖啡。");
    await page.getByRole("button", { name: "提交申请" }).click();
    await expectDone(page, "申请已提交");
    await expect(page.getByText("最晚答复")).toBeVisible();
    await expect(page.getByText("云南小粒咖啡 2盒", { exact: false })).toBeVisible();
    const number = (await page.getByText(/^QL\d{8}-[0-9A-F]{6}$/).textContent())!;
    expect(() => server.answer(number, "看过了。")).toThrow("--reviewer");
    server.answer(number, "你说得对，这个标签已经删除。", "何清");
    await page.goto("/settings/privacy/requests");
    await page.getByRole("link", { name: /人工复核：一条推荐和广告展示/ }).click();
    await expect(page.getByText("你说得对，这个标签已经删除。")).toBeVisible();
    await expect(page.getByText("复核人：何清")).toBeVisible();
  });
});

test("the demo's tags and reasons are many, and older ones are a page further", async ({ page }) => {
  await signInAs(page, FULL);
  await page.goto(TAGS);
  await expect(page.getByRole("article")).toHaveCount(8);
  await page.getByRole("article").first().getByText("删除", { exact: true }).click();
  await audit(page);
  await page.goto(WHY);
  await expect(page.getByRole("article")).toHaveCount(20);
  await audit(page);
  await page.getByRole("link", { name: "更早的" }).click();
  await expect(page.getByRole("article")).toHaveCount(4);
});
