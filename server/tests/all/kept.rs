//! What was typed into a form is not lost when its person has to be asked first who they are; and nothing is carried out by it.

use app::promises::STEP_UP_LIFE;
use server::storage::sql;

use crate::support::{Browser, PASSWORD, Page, World};

const PHONE: &str = "13900000081";
const COMPLAINTS: &str = "/settings/complaints";
const TRANSFER: &str = "/settings/privacy/transfer/new";

async fn requests(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM request").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

/// The hidden fields of a page's form that is sent there, as a browser reads them.
fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let form =
        page.split(&format!("action=\"{action}\"")).nth(1).unwrap_or_else(|| panic!("no form to {action} in {page}"));
    let form = form.split("</form>").next().unwrap();
    let value = |input: &str, name: &str| {
        let text = input.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
        Some(
            text.replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&#x27;", "'")
                .replace("&amp;", "&"),
        )
    };
    let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap());
    inputs
        .filter(|input| input.contains("type=\"hidden\""))
        .filter_map(|input| Some((value(input, " name")?, value(input, " value")?)))
        .collect()
}

/// Sends the form of a page with its hidden fields, and these.
async fn send(browser: &mut Browser, page: &Page, action: &str, more: &[(&str, &str)]) -> Page {
    let hidden = hidden(&page.text(), action);
    let mut fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend(more);
    browser.post(action, &fields).await
}

/// A form's path, its fields, and what must come back.
type Filled<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

on_both_engines! {
    async fn a_complaint_outlives_the_session_it_was_written_in(world) {
        let mut browser = world.newcomer(PHONE).await;
        let mut other = browser.clone();
        other.post("/signout", &[]).await.expect_status(303);
        let text = "<b>直播间</b>\"买一送一\" 没有送 & 客服不理";
        let page = browser.post(COMPLAINTS, &[("topic", "other"), ("text", text), ("value", "补发")]).await;
        let page = page.expect_status(422).expect_text("刚才填写的内容还在");
        // A wrong password, and the other way to prove it, lose nothing.
        let page = send(&mut browser, &page, "/signin", &[("phone", PHONE), ("password", "wrong")]).await.expect_status(422);
        let page = send(&mut browser, &page, "/signin", &[("phone", PHONE), ("other_way", "code")]).await.expect_status(422);
        let page = page.expect_text("获取验证码");
        let page = send(&mut browser, &page, "/signin", &[("phone", PHONE), ("other_way", "password")]).await.expect_status(422);
        let page = send(&mut browser, &page, "/signin", &[("phone", PHONE), ("password", PASSWORD)]).await.expect_status(200);
        let back = format!("{COMPLAINTS}?kept=1");
        let page = send(&mut browser, &page.expect_text("接着填写"), &back, &[]).await.expect_status(200);
        assert_eq!(requests(world).await, 0, "it is not sent by coming back");
        let page = page.expect_text("&lt;b&gt;直播间").expect_text("补发</textarea>").expect_text("value=\"other\" selected");
        page.expect_text("核对后再提交");
        browser.post(COMPLAINTS, &[("topic", "other"), ("text", text), ("value", "补发")]).await.expect_status(303);
        assert_eq!(requests(world).await, 1);
    }

    async fn a_form_that_comes_after_the_step_up_is_over_comes_back_without_its_credential(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.step_up(&mut browser).await;
        world.pass(STEP_UP_LIFE);
        let fields = [
            ("name", "另一个服务"), ("address", "https://receiver.example/in"), ("credential", "a-secret-of-theirs"),
            ("function", "1.2"), ("function", "1.3"), ("confirm", "true"),
        ];
        let page = browser.post(TRANSFER, &fields).await.expect_status(422);
        assert!(!page.text().contains("a-secret-of-theirs"));
        let page = send(&mut browser, &page, "/step-up", &[("password", PASSWORD)]).await.expect_status(200);
        let page = send(&mut browser, &page, &format!("{TRANSFER}?kept=1"), &[]).await.expect_status(200);
        let text = page.expect_text("另一个服务").expect_text("https://receiver.example/in").text();
        for function in ["1.2", "1.3"] {
            assert!(text.contains(&format!("value=\"{function}\" checked")), "{function}");
        }
        assert!(!text.contains("a-secret-of-theirs"));
        assert_eq!(requests(world).await, 0);
    }

    async fn every_form_that_is_kept_comes_back_filled_in(world) {
        let mut browser = world.newcomer(PHONE).await;
        world.step_up(&mut browser).await;
        let forms: [Filled<'_>; 4] = [
            ("/settings/privacy/requests/new", &[("kind", "correction"), ("about", "field:real_name"), ("value", "林晓满")], "林晓满"),
            ("/settings/privacy/requests/relative", &[("account", "13900000082"), ("text", "整理遗物")], "整理遗物"),
            ("/settings/privacy/directive", &[("choice", "only"), ("trusted_name", "周以宁")], "周以宁"),
            ("/settings/privacy/copy/new", &[("function", "1.2"), ("from", "2026-11-01")], "2026-11-01"),
        ];
        let before = world.events(&browser).await;
        for (path, fields, typed) in forms {
            browser.post(&format!("{path}?kept=1"), fields).await.expect_status(200).expect_text(typed);
        }
        assert_eq!(world.events(&browser).await, before);
    }

    async fn what_is_not_kept_is_said_to_be_not_saved(world) {
        let mut browser = world.browser();
        let yes = [("purpose", "location"), ("granted", "true")];
        let page = browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        assert_eq!(page.location(), Some("/signin?next=/settings/privacy/permissions"));
        browser.get(page.location().unwrap()).await.expect_text("刚才的操作没有保存");
        // Nobody puts a form of theirs into our sign-in.
        let foreign = [("phone", PHONE), ("password", "wrong"), ("kept_path", "//evil.example"), ("kept_fields", "[[\"text\",\"x\"]]")];
        let page = browser.post("/signin", &foreign).await.expect_status(422);
        assert!(!page.text().contains("evil.example"));
    }
}
