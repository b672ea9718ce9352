//! The gate: a message goes only where it may; once an opt-out is answered none passes any more, by whatever way it came and
//! however many send; nobody but the services that may can ask; a mail carries no beacon unless its person has agreed.

mod load;
mod replies;
mod replies_read;

use std::time::Duration;

use app::consents::Purpose;
use app::messages::{Channel, Class};
use app::promises::MAIL_LINK_LIFE;
use app::records::model::{Basis, Content};
use app::time::MINUTE;
use axum::body::Body;
use axum::http::Method;
use hmac::{Hmac, KeyInit as _, Mac as _};
use server::demo::Message;
use server::ledger::Event;
use server::messages::Mail;
use server::records::{NewRecord, Writer};
use server::storage::sql;
use sha2::Sha256;

use crate::support::{Browser, HOST_TOKEN, PASSWORD, Page, SMS_SECRET, World, with_services};

const PHONE: &str = "13900000001";
const ADDRESS: &str = "xiaoman@example.com";
const NOTIFICATIONS: &str = "/settings/notifications";

async fn decide(browser: &mut Browser, path: &str, purpose: &str, granted: bool) -> Page {
    browser.post(path, &[("purpose", purpose), ("granted", &granted.to_string())]).await.expect_status(303)
}

/// The host keeps an e-mail address of the person.
async fn give_address(world: &World, browser: &Browser) {
    let centre = &world.centre;
    let field = centre.catalogue.data().field("email").unwrap();
    let record = NewRecord {
        host_id: "address".to_owned(),
        person: world.caller(browser).await.person,
        field,
        at: centre.now(),
        source: field.source,
        basis: Basis::Contract,
        content: Content { value: ADDRESS.to_owned(), details: Vec::new() },
    };
    let written = Writer::new(&centre.data, &centre.vault, &centre.catalogue).write(&[record], centre.now()).await;
    assert!(written.unwrap()[0].is_ok());
}

/// Somebody with an address who has agreed to marketing on every channel.
async fn agreeing(world: &World) -> Browser {
    let mut browser = world.newcomer(PHONE).await;
    give_address(world, &browser).await;
    for channel in Channel::ALL {
        decide(&mut browser, NOTIFICATIONS, channel.marketing().id(), true).await;
    }
    browser
}

/// A service calls: no cookies, no origin.
async fn call(world: &World, path: &str, headers: &[(&'static str, String)], body: &str) -> Page {
    let mut service = world.browser();
    service.origin = None;
    service.headers.extend(headers.iter().cloned());
    service.send(Method::POST, path, Some("application/json"), Body::from(body.to_owned())).await
}

async fn ask(world: &World, message: &serde_json::Value) -> Page {
    let token = [("authorization", format!("Bearer {HOST_TOKEN}"))];
    call(world, "/host/messages", &token, &message.to_string()).await
}

fn message(channel: Channel, class: Class) -> serde_json::Value {
    let mut message = serde_json::json!({
        "phone": PHONE, "channel": channel, "class": class,
        "text": "今晚八点开播，[看预告](https://shop.example/live?a=1&b=2)",
    });
    if channel != Channel::Sms {
        message["subject"] = "今晚上新".into();
    }
    message
}

/// What the gate says: yes, or why not and for want of which decision.
async fn answer(world: &World, channel: Channel, class: Class) -> (bool, String, String) {
    let page = ask(world, &message(channel, class)).await.expect_status(200);
    let body: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    (body["sent"].as_bool().unwrap(), text("reason"), text("purpose"))
}

fn no(reason: &str, purpose: &str) -> (bool, String, String) {
    (false, reason.to_owned(), purpose.to_owned())
}

fn yes() -> (bool, String, String) {
    (true, String::new(), String::new())
}

/// What the SMS provider sends on, signed.
async fn reply(world: &World, phone: &str, text: &str) -> Page {
    signed(world, world.centre.now().0 / 1000, &serde_json::json!({ "phone": phone, "text": text }).to_string()).await
}

async fn signed(world: &World, at: i64, body: &str) -> Page {
    let mut mac = <Hmac<Sha256>>::new_from_slice(SMS_SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    call(world, "/hooks/sms", &[("x-timestamp", at.to_string()), ("x-signature", signature)], body).await
}

fn mails(world: &World) -> Vec<Mail> {
    let mail = |message| match message {
        Message::Mail(mail) => Some(mail),
        _ => None,
    };
    world.messages().into_iter().filter_map(mail).collect()
}

fn texts(world: &World) -> Vec<String> {
    let text = |message| match message {
        Message::Sms { text, .. } => Some(text),
        _ => None,
    };
    world.messages().into_iter().filter_map(text).collect()
}

/// The path of the link in a mail's header.
fn way_out(mail: &Mail) -> String {
    let header = &mail.headers.iter().find(|(name, _)| *name == "List-Unsubscribe").unwrap().1;
    header.trim_matches(['<', '>']).strip_prefix("http://privacy.test").unwrap().to_owned()
}

/// Every decision about a purpose, and by whom, oldest first.
async fn decided(world: &World, browser: &Browser, about: Purpose) -> Vec<(bool, String, String)> {
    let events = world.events(browser).await.into_iter();
    let told = events.filter_map(|event| match event {
        Event::Decided { purpose, granted, by, surface, .. } if purpose == about => Some((granted, by, surface)),
        _ => None,
    });
    told.collect()
}

async fn count(world: &World, field: &str) -> i64 {
    sql("SELECT COUNT(*) FROM record WHERE field = $1")
        .bind(field)
        .fetch_one::<(i64,)>(&world.centre.data)
        .await
        .unwrap()
        .0
}

async fn hand_overs(world: &World) -> i64 {
    sql("SELECT COUNT(*) FROM hand_over").fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

/// Waits until it is so.
async fn until(so: impl AsyncFn() -> bool) {
    let wait = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it comes to be so");
}

on_both_engines! {
    with with_services();

    async fn a_message_goes_only_where_its_person_has_agreed_and_the_reason_is_named(world) {
        let mut browser = world.newcomer(PHONE).await;
        for channel in Channel::ALL {
            assert_eq!(answer(world, channel, Class::Marketing).await, no("not_agreed", channel.marketing().id()));
            assert_eq!(answer(world, channel, Class::Order).await, no("not_agreed", "order_push"));
            assert_eq!(answer(world, channel, Class::Live).await, no("not_agreed", "live_push"));
        }
        decide(&mut browser, NOTIFICATIONS, "marketing_sms", true).await;
        assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, yes());
        assert!(texts(world)[0].ends_with("拒收请回复TD"), "{:?}", texts(world));
        assert_eq!(answer(world, Channel::Push, Class::Marketing).await, no("not_agreed", "marketing_push"));
        decide(&mut browser, NOTIFICATIONS, "order_push", true).await;
        assert_eq!(answer(world, Channel::Push, Class::Order).await, yes());
        assert_eq!(answer(world, Channel::Push, Class::Live).await, no("not_agreed", "live_push"));
        decide(&mut browser, NOTIFICATIONS, "marketing_email", true).await;
        assert_eq!(answer(world, Channel::Email, Class::Marketing).await, no("no_address", ""));
        assert_eq!(answer(world, Channel::Sms, Class::Security).await, yes());
        assert_eq!(hand_overs(world).await, 0);
    }

    async fn nothing_goes_to_a_child_that_waits_or_to_one_who_leaves_but_what_keeps_them_safe(world) {
        world.register(PHONE, "under_14").await;
        assert_eq!(answer(world, Channel::Push, Class::Marketing).await, no("waits_for_guardian", ""));
        assert_eq!(answer(world, Channel::Push, Class::Security).await, yes());
        let nobody = serde_json::json!({"phone": "13900000009", "channel": "sms", "class": "security", "text": "你好"});
        ask(world, &nobody).await.expect_status(200).expect_text("\"reason\":\"no_account\"");
    }

    async fn nothing_goes_to_an_account_that_is_being_cancelled(world) {
        let mut browser = agreeing(world).await;
        assert_eq!(answer(world, Channel::Push, Class::Marketing).await, yes());
        for step in ["begin", "proof", "confirm"] {
            let fields = [("by", "password"), ("password", PASSWORD)];
            browser.post(&format!("/settings/about/more/cancel/{step}"), &fields).await.expect_status(303);
        }
        for channel in Channel::ALL {
            assert_eq!(answer(world, channel, Class::Marketing).await, no("leaving", ""));
        }
        assert_eq!(answer(world, Channel::Sms, Class::Security).await, yes());
    }

    async fn what_can_t_be_read_is_a_fault_and_nothing_goes(world) {
        let browser = agreeing(world).await;
        let person = world.caller(&browser).await.person;
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE decision SET purpose = 'from_the_future' WHERE person_id = $1 AND purpose = 'order_push' OR purpose = 'marketing_push'")
            .bind(person).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let before = world.sent();
        ask(world, &message(Channel::Sms, Class::Marketing)).await.expect_status(500);
        assert_eq!((world.sent(), hand_overs(world).await), (before, 0));
    }

    async fn what_is_asked_wrongly_is_told_by_name(world) {
        world.newcomer(PHONE).await;
        let good = message(Channel::Push, Class::Order);
        let with = |key: &str, value: serde_json::Value| {
            let mut wrong = good.clone();
            wrong[key] = value;
            wrong
        };
        for (wrong, told) in [
            (with("phone", "12345".into()), "phone"),
            (with("channel", "fax".into()), "fax"),
            (with("class", "spam".into()), "spam"),
            (with("subject", "a\nb".into()), "subject"),
            (with("text", " ".into()), "text"),
            (with("html", "<p>".into()), "html"),
        ] {
            ask(world, &wrong).await.expect_status(400).expect_text(told);
        }
        ask(world, &with("text", "字".repeat(501).into())).await.expect_status(400);
    }

    async fn a_reply_of_td_closes_marketing_by_sms_at_once_and_says_so_once(world) {
        let browser = agreeing(world).await;
        let before = texts(world).len();
        for ignored in ["好的", "怎么退订？", ""] {
            reply(world, PHONE, ignored).await.expect_status(200);
        }
        assert_eq!(decided(world, &browser, Purpose::MarketingSms).await.len(), 1);
        let known = reply(world, PHONE, " ｔｄ。").await.expect_status(200).text();
        assert_eq!(answer(world, Channel::Sms, Class::Marketing).await, no("not_agreed", "marketing_sms"));
        assert_eq!(answer(world, Channel::Push, Class::Marketing).await, yes());
        for again in ["TD", "退订", "T"] {
            reply(world, PHONE, again).await.expect_status(200);
        }
        let told = decided(world, &browser, Purpose::MarketingSms).await;
        assert_eq!(told[1..], [(false, "sms_reply".to_owned(), "sms-reply".to_owned())]);
        until(async || texts(world).len() > before).await;
        assert_eq!(texts(world).len(), before + 1);
        assert!(texts(world)[0].contains("已退订营销短信"));
        // Who has no account gets the same answer, and nothing else.
        assert_eq!(reply(world, "13900000009", "TD").await.expect_status(200).text(), known);
        assert_eq!(reply(world, "+1 555 0100", "TD").await.expect_status(200).text(), known);
        assert_eq!(texts(world).len(), before + 1);
    }

    async fn a_reply_that_is_not_signed_or_is_an_old_one_changes_nothing(world) {
        let browser = agreeing(world).await;
        let body = format!("{{\"phone\":\"{PHONE}\",\"text\":\"TD\"}}");
        let now = world.centre.now().0 / 1000;
        call(world, "/hooks/sms", &[], &body).await.expect_status(401);
        let headers = [("x-timestamp", now.to_string()), ("x-signature", "00".repeat(32))];
        call(world, "/hooks/sms", &headers, &body).await.expect_status(401);
        for wrong in [now - 301, now + 301] {
            signed(world, wrong, &body).await.expect_status(401);
        }
        signed(world, now, "not json").await.expect_status(400);
        assert_eq!(decided(world, &browser, Purpose::MarketingSms).await.len(), 1);
        signed(world, now - 299, &body).await.expect_status(200);
        assert_eq!(decided(world, &browser, Purpose::MarketingSms).await.len(), 2);
    }

    async fn the_link_in_a_mail_works_signed_out_and_looking_at_it_changes_nothing(world) {
        let browser = agreeing(world).await;
        assert_eq!(answer(world, Channel::Email, Class::Marketing).await, yes());
        let mail = mails(world).remove(0);
        assert_eq!((mail.to.as_str(), mail.subject.as_str()), (ADDRESS, "今晚上新"));
        let post = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
        assert!(mail.headers.contains(&post));
        let path = way_out(&mail);
        assert!(mail.html.contains(&path) && mail.text.contains(&path));
        let mut scanner = world.browser();
        let page = scanner.get(&path).await.expect_status(200).expect_text("x***@example.com").expect_text("退订");
        assert!(!page.text().contains("cookie-banner"), "who leaves is asked for nothing");
        assert_eq!(decided(world, &browser, Purpose::MarketingEmail).await.len(), 1);
        // The mail program itself, with either kind of form.
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        let forms = [
            ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
            ("multipart/form-data; boundary=b", multipart),
        ];
        for (kind, body) in forms {
            let mut program = world.browser();
            program.origin = None;
            let page = program.send(Method::POST, &path, Some(kind), Body::from(body)).await;
            page.expect_status(200).expect_text("已退订，立即生效");
        }
        let told = decided(world, &browser, Purpose::MarketingEmail).await;
        assert_eq!(told[1..], [(false, "mail_link".to_owned(), "mail-link".to_owned())]);
        scanner.get(&path).await.expect_status(200).expect_text("已退订，立即生效");
        assert_eq!(answer(world, Channel::Email, Class::Marketing).await, no("not_agreed", "marketing_email"));
        assert_eq!(answer(world, Channel::Push, Class::Marketing).await, yes());
    }

    async fn a_token_is_nowhere_in_the_data_and_is_the_same_in_every_mail(world) {
        agreeing(world).await;
        for _ in 0..2 {
            assert_eq!(answer(world, Channel::Email, Class::Marketing).await, yes());
        }
        let paths: Vec<_> = mails(world).iter().map(way_out).collect();
        assert_eq!(paths[0], paths[1]);
        let token = paths[0].rsplit('/').next().unwrap();
        assert_eq!(token.len(), 43, "256 bits");
        let (id, hash) = sql("SELECT id, token_hash FROM unsubscribe_link")
            .fetch_one::<(String, Vec<u8>)>(&world.centre.data).await.unwrap();
        assert_ne!(id, token);
        assert_ne!(hash, token.as_bytes());
        // Another one opens nothing.
        let other = format!("/unsubscribe/{}", token.chars().rev().collect::<String>());
        world.browser().get(&other).await.expect_status(404);
        world.browser().post(&other, &[]).await.expect_status(404);
        world.browser().get(&format!("/m/{token}")).await.expect_status(404);
    }

    async fn a_mail_has_no_beacon_and_its_links_lead_straight_there(world) {
        agreeing(world).await;
        assert_eq!(answer(world, Channel::Email, Class::Marketing).await, yes());
        let mail = mails(world).remove(0);
        assert!(mail.html.contains("href=\"https://shop.example/live?a=1&amp;b=2\""), "{}", mail.html);
        assert!(!mail.html.contains("<img") && !mail.html.contains("/m/") && !mail.text.contains("/m/"));
        let (links,) = sql("SELECT COUNT(*) FROM mail_link").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(links, 0);
    }

    async fn a_measured_mail_counts_until_the_consent_is_taken_back_and_then_nothing(world) {
        let mut browser = agreeing(world).await;
        decide(&mut browser, "/settings/cookies", "mail_beacon", true).await;
        assert_eq!(answer(world, Channel::Email, Class::Marketing).await, yes());
        let mail = mails(world).remove(0);
        let attribute = |name: &str| {
            let address = mail.html.split(&format!("{name}=\"http://privacy.test/m/")).nth(1).unwrap();
            format!("/m/{}", address.split('"').next().unwrap())
        };
        let (link, picture) = (attribute("href"), attribute("src"));
        assert!(!mail.html.contains("shop.example") && !mail.text.contains("shop.example"));
        let mut reader = world.browser();
        let followed = reader.get(&link).await.expect_status(303);
        assert_eq!(followed.location(), Some("https://shop.example/live?a=1&b=2"));
        let seen = reader.get(&picture).await.expect_status(200);
        assert_eq!((seen.headers["content-type"].as_bytes(), &seen.body[..6]), (&b"image/gif"[..], &b"GIF89a"[..]));
        assert_eq!((count(world, "mail_open").await, count(world, "mail_click").await), (1, 1));
        browser.get("/settings/data/records?kind=mail_click").await.expect_text("点击《今晚上新》里的链接");
        // What an address says is no way to lead anybody anywhere.
        reader.get(&format!("{link}?to=https://evil.example")).await.expect_status(303);
        reader.get("/m/https:%2F%2Fevil.example").await.expect_status(404);
        decide(&mut browser, "/settings/cookies", "mail_beacon", false).await;
        let before = (count(world, "mail_open").await, count(world, "mail_click").await);
        let followed = reader.get(&link).await.expect_status(303);
        assert_eq!(followed.location(), Some("https://shop.example/live?a=1&b=2"));
        reader.get(&picture).await.expect_status(200);
        assert_eq!((count(world, "mail_open").await, count(world, "mail_click").await), before);
        // After their time the links are gone.
        world.pass(MAIL_LINK_LIFE + MINUTE);
        server::messages::tidy(&world.centre, world.centre.now()).await.unwrap();
        reader.get(&link).await.expect_status(404);
    }

    async fn other_mails_carry_neither_beacon_nor_a_way_out(world) {
        let mut browser = agreeing(world).await;
        decide(&mut browser, "/settings/cookies", "mail_beacon", true).await;
        assert_eq!(answer(world, Channel::Email, Class::Security).await, yes());
        let mail = mails(world).remove(0);
        assert!(mail.headers.is_empty() && !mail.html.contains("/m/") && !mail.html.contains("/unsubscribe/"));
    }
}
