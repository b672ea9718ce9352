// 个人资料: 头像, 用户名, 收货地址, 添加收货地址, 编辑收货地址. 账号与安全: 实名信息, 完整实名信息.
import { FULL, NEW_PASSWORD, PASSWORD, everyWay, expect, expectDone, signInAs, test } from "../fixtures/index.js";

async function fillAddress(page: import("@playwright/test").Page, consignee: string) {
  await page.getByLabel("收货人").fill(consignee);
  await page.getByLabel("手机号").fill("13900001111");
  await page.getByLabel("省份").selectOption("四川省");
  await page.getByLabel("城市").fill("成都市");
  await page.getByLabel("区县").fill("武侯区");
  await page.getByLabel("详细地址").fill("锦绣街8号2栋");
}

everyWay(() => {
  test("用户名 is changed; one that is taken or does not fit is explained and kept", async ({ page, newcomer }) => {
    const { username } = await newcomer(page);
    await page.goto("/settings/profile");
    await page.getByRole("link", { name: "用户名" }).click();
    await expect(page.getByLabel("用户名")).toHaveValue(username);
    await page.getByLabel("用户名").fill("林小满");
    await page.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("alert")).toHaveText("这个用户名已经有人用了，请换一个");
    await expect(page.getByLabel("用户名")).toHaveValue("林小满");
    await page.getByLabel("用户名").fill("13812345678");
    await page.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("alert")).toHaveText("用户名不能是手机号，它会被别人看到");
    await page.getByLabel("用户名").fill(`改名${username.slice(4)}`);
    await page.getByRole("button", { name: "保存" }).click();
    await expectDone(page, "用户名已修改");
    await expect(page.getByRole("link", { name: "用户名" })).toContainText(`改名${username.slice(4)}`);
  });

  test("头像 is set from a picture, refused from anything else, and removed", async ({ page, newcomer }) => {
    await newcomer(page);
    const png = await page.screenshot();
    await page.goto("/settings/profile/avatar");
    const file = page.getByLabel("选择图片");
    await file.setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<svg onload=alert(1)>") });
    await page.getByRole("button", { name: "保存头像" }).click();
    await expect(page.getByRole("alert")).toHaveText("这个文件不是能用的图片，请换一张");
    await file.setInputFiles({ name: "large.png", mimeType: "image/png", buffer: Buffer.alloc(10 * 1024 * 1024 + 1) });
    await page.getByRole("button", { name: "保存头像" }).click();
    await expect(page.getByRole("alert")).toHaveText("图片超过10MB了，请换一张小一点的");
    await file.setInputFiles({ name: "picture.txt", mimeType: "text/plain", buffer: png });
    await page.getByRole("button", { name: "保存头像" }).click();
    await expectDone(page, "头像已保存");
    const picture = page.getByAltText("现在的头像");
    await expect(picture).toBeVisible();
    const shown = await page.request.get("/settings/profile/avatar/picture");
    expect(shown.headers()["content-type"]).toBe("image/jpeg");
    await page.getByRole("button", { name: "删除头像" }).click();
    await expectDone(page, "头像已删除");
    await expect(picture).toHaveCount(0);
    expect((await page.request.get("/settings/profile/avatar/picture")).status()).toBe(404);
  });

  test("收货地址 are added, made the default, changed and removed", async ({ page, newcomer }) => {
    await newcomer(page);
    await page.goto("/settings/profile/addresses");
    await expect(page.getByText("还没有收货地址")).toBeVisible();
    await page.getByRole("link", { name: "添加收货地址" }).click();
    await fillAddress(page, "王小明");
    await page.getByLabel("手机号").fill("1390000");
    await page.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("alert")).toHaveText("请输入11位手机号");
    await expect(page.getByLabel("详细地址")).toHaveValue("锦绣街8号2栋");
    await expect(page.getByLabel("省份")).toHaveValue("四川省");
    await page.getByLabel("手机号").fill("13900001111");
    await page.getByRole("button", { name: "保存" }).click();
    await expectDone(page, "地址已添加");

    // Masked: nothing of the name but its first character, nothing of the street.
    await expect(page.getByRole("heading", { name: "王** 139****1111" })).toContainText("默认");
    await expect(page.getByText("四川省成都市武侯区****")).toBeVisible();
    for (const secret of ["王小明", "13900001111", "锦绣街"]) await expect(page.locator("body")).not.toContainText(secret);

    await page.getByRole("link", { name: "添加收货地址" }).click();
    await fillAddress(page, "李想");
    await page.getByRole("button", { name: "保存" }).click();
    await page.getByRole("button", { name: "设为默认：李** 139****1111" }).click();
    await expectDone(page, "已设为默认地址");
    await expect(page.getByRole("heading", { name: "李** 139****1111" })).toContainText("默认");

    // Editing shows it whole, so it asks again who one is.
    await page.getByRole("link", { name: "编辑：王** 139****1111" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "验证身份" })).toBeVisible();
    await page.getByLabel("密码").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByLabel("收货人")).toHaveValue("王小明");
    await page.getByLabel("收货人").fill("赵小明");
    await page.getByRole("button", { name: "保存" }).click();
    await expectDone(page, "地址已保存");
    await expect(page.getByRole("heading", { name: "赵** 139****1111" })).toBeVisible();

    const row = page.locator(".address").filter({ hasText: "李**" });
    await row.locator("summary").click();
    await row.getByRole("button", { name: /确认删除/ }).click();
    await expectDone(page, "地址已删除");
    await expect(page.getByRole("heading", { name: "赵** 139****1111" })).toContainText("默认");
  });

  test("实名信息 is masked until 验证身份, and never in the page before", async ({ page }) => {
    await signInAs(page, FULL);
    await page.goto("/settings/account/real-name");
    await expect(page.getByText("林**")).toBeVisible();
    await expect(page.getByText("3****************X")).toBeVisible();
    expect(await page.content()).not.toContain("33010619950307242X");
    await page.getByRole("link", { name: "查看完整" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "验证身份" })).toBeVisible();
    await page.getByLabel("密码").fill(PASSWORD);
    await page.getByRole("button", { name: "确认" }).click();
    await expect(page.getByText("33010619950307242X")).toBeVisible();
    await page.getByRole("link", { name: "隐藏" }).click();
    await expect(page.getByText("3****************X")).toBeVisible();
  });
});
