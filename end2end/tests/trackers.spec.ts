// Every page, and all that a browser holds and asks for on it: nothing that the inventory does not name, nothing that was refused.
import type { Page } from "@playwright/test";
import { FULL, PASSWORD, expect, expectDone, openPage, pages, signInAs, signOut, stepUp, test } from "../fixtures/index.js";
import { type Tracker, Watch, judge, trackers } from "../fixtures/trackers.js";

const inventory = trackers();
const menu = pages();
const forVisitors = menu.filter((p) => p.access === "anyone" || p.access === "demo");
const forPeople = menu.filter((p) => p.access !== "demo" && p.access !== "waiting" && p.path !== "/signin" && p.path !== "/register");

const isNecessary = (tracker: Tracker) => tracker.group === "necessary";
const isOfBrowser = (tracker: Tracker) => tracker.group !== "mail";

async function answer(page: Page, words: string): Promise<void> {
  await page.goto("/settings/cookies");
  await page.getByRole("button", { name: words }).click();
  await expect(page.getByRole("button", { name: words })).toHaveCount(0);
}

async function visit(page: Page, watch: Watch, paths: { path: string }[]): Promise<void> {
  for (const { path } of paths) {
    await test.step(path, async () => {
      await openPage(page, path);
      await watch.look(page);
    });
  }
}

test("a visitor's pages keep nothing before an answer but what is necessary", async ({ page, context, baseURL }) => {
  const watch = new Watch(context, baseURL!);
  await visit(page, watch, forVisitors);
  expect(judge(watch.findings, inventory, isNecessary)).toEqual([]);
  expect(watch.findings.filter((f) => f.kind === "cookie")).toEqual([]);
});

for (const [words, isAllowed] of [
  ["全部不同意", isNecessary],
  ["全部同意", isOfBrowser],
] as const) {
  test(`after ${words} every page for visitors and for people keeps to it`, async ({ page, context, baseURL, newcomer }) => {
    test.setTimeout(240_000);
    const watch = new Watch(context, baseURL!);
    await answer(page, words);
    await visit(page, watch, forVisitors);
    await newcomer(page);
    // Of the optional ones the centre itself sets one: 关怀模式, remembered before sign-in.
    await page.goto("/settings");
    await page.getByRole("switch", { name: "关怀模式" }).click();
    await expectDone(page, "已开启关怀模式");
    await watch.look(page);
    const isSet = watch.findings.some((f) => f.kind === "cookie" && f.name === "appearance");
    expect(isSet).toBe(words === "全部同意");
    await signOut(page);
    await signInAs(page, FULL);
    await stepUp(page, PASSWORD);
    await visit(page, watch, forPeople);
    // The demo's account refuses two groups, whatever the visitor has said: the stricter wins.
    expect(judge(watch.findings, inventory, isAllowed)).toEqual([]);
    const found = new Set(watch.findings.map((f) => f.name));
    for (const name of ["session", "cookie_choice", "offline-worker.js"]) expect(found, name).toContain(name);
    expect((await context.cookies()).every((c) => c.httpOnly && c.sameSite === "Lax")).toBe(true);
  });
}

test("what is planted is found: a cookie, a key of each store, a request to elsewhere", async ({ page, context, baseURL }) => {
  const watch = new Watch(context, baseURL!);
  await answer(page, "全部不同意");
  await context.addCookies([
    { name: "yd_stat_1", value: "x", url: baseURL! },
    { name: "from_elsewhere", value: "x", url: baseURL! },
  ]);
  await page.evaluate(async () => {
    localStorage.setItem("yd_player", "x");
    // The name of a cookie is not that of a key.
    sessionStorage.setItem("session", "x");
    await caches.open("planted-cache");
    await new Promise((done) => (indexedDB.open("planted-database").onsuccess = done));
  });
  await watch.look(page);
  // The same machine by another name is another origin.
  const elsewhere = new URL("/healthz", baseURL!.replace("127.0.0.1", "localhost")).href;
  await page.goto(elsewhere);
  const complaints = judge(watch.findings, inventory, isNecessary).map((c) => c.replace(/ on \S+:/, ":"));
  expect(complaints.sort()).toEqual(
    [
      "cookie yd_stat_1: analytics is not allowed",
      "cookie from_elsewhere: the inventory does not name it",
      "localStorage yd_player: preference is not allowed",
      "sessionStorage session: the inventory does not name it",
      "indexedDB planted-database: the inventory does not name it",
      "caches planted-cache: the inventory does not name it",
      `request ${elsewhere}: the inventory does not name it`,
    ].sort(),
  );
  // Allowed are they only as far as the decision goes.
  const named = judge(watch.findings, inventory, isOfBrowser);
  expect(named.filter((c) => c.includes("yd_stat_1") || c.includes("yd_player"))).toEqual([]);
  const pixel = { kind: "request", name: "https://stat.yidian-live.example/px?1", on: "/" } as const;
  expect(judge([pixel], inventory, isOfBrowser)).toEqual([]);
  expect(judge([pixel], inventory, isNecessary)).toHaveLength(1);
});

test("what script has stored and may not keep is gone with the next page", async ({ page }) => {
  await answer(page, "全部同意");
  await page.reload();
  await page.evaluate(() => {
    for (const store of [localStorage, sessionStorage]) store.setItem("yd_player", "x");
    sessionStorage.setItem("yd_queue", "x");
    localStorage.setItem("of_a_plugin", "x");
  });
  await page.goto("/signin");
  const keys = () => page.evaluate(() => [localStorage, sessionStorage].flatMap((store) => Object.keys(store)).sort());
  expect(await keys()).toEqual(["of_a_plugin", "yd_player", "yd_player", "yd_queue"]);
  await page.goto("/settings/cookies");
  await page.getByText("偏好：3 项，可以逐项决定").click();
  await page.getByRole("switch", { name: "网页存储 yd_player" }).click();
  await expectDone(page, "网页存储 yd_player：已关闭");
  await page.goto("/signin");
  expect(await keys()).toEqual(["of_a_plugin", "yd_queue"]);
});
