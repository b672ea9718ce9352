//! Leaving for good: what the dry run promises is what is done; nothing is left but what a law keeps; the certificate proves it.

mod crash;
mod erased;
mod hold;
mod told;

use app::proof::{Report, check};
use app::time::Moment;
use server::accounts::codes::PHONE_INDEX;
use server::accounts::sessions::Token;
use server::accounts::store::caller_of;
use server::centre::Centre;
use server::demo::Message;
use server::execution::{self, LEASE, plan};
use server::ledger::{self, Event, Pseudonym};
use server::messages::outbox;
use server::population::{self, Size};
use server::storage::sql;
use uuid::Uuid;

use crate::support::{Page, World, with_services};

/// The demo's first person.
pub const FULL: &str = "13800138000";

/// Whose phone that is.
pub async fn person(centre: &Centre, phone: &str) -> Uuid {
    let index = centre.vault.blind_index(PHONE_INDEX, phone);
    let row = sql("SELECT id FROM person WHERE phone_index = $1").bind(index);
    Uuid::parse_str(&row.fetch_one::<(String,)>(&centre.data).await.unwrap().0).unwrap()
}

/// Leaves the account as the end of its cooling-off does.
pub async fn due(centre: &Centre, person: Uuid) {
    let now = centre.now().0;
    let mut tx = centre.data.begin().await.unwrap();
    sql("INSERT INTO cancellation (id, person_id, state, drafted_at, verified_at, submitted_at, due_at) \
         VALUES ($1, $2, 'executing', $3, $3, $3, $3)")
    .bind(Uuid::now_v7())
    .bind(person)
    .bind(now)
    .execute(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// What the ledger tells of an erased account.
pub async fn erased(centre: &Centre, pseudonym: &Pseudonym) -> Event {
    let history = ledger::history(&centre.data, pseudonym).await.unwrap();
    let mut events = history.into_iter().map(|r| r.event).filter(|e| matches!(e, Event::AccountErased { .. }));
    let event = events.next().expect("it is erased");
    assert_eq!(events.next(), None, "once");
    event
}

/// What goes, by kind; what stays, by ground, and until when; how many are told.
type Told = (Vec<(String, i64)>, Vec<(String, i64, i64)>, usize);

/// What the event says, in the terms of the dry run.
fn of_event(event: &Event) -> Told {
    let Event::AccountErased { erased, kept, told, self_test, .. } = event else { panic!("{event:?}") };
    assert_eq!(self_test.found, 0);
    assert!(self_test.places > 30);
    let erased = erased.iter().map(|part| (part.kind.clone(), part.rows)).collect();
    let kept = kept.iter().map(|kept| (kept.ground.clone(), kept.records, kept.until)).collect();
    (erased, kept, told.len())
}

fn of_plan(plan: &app::cancellation::plan::Plan) -> Told {
    let mut goes: Vec<_> = plan.parts().map(|part| (part.kind.clone(), part.count)).collect();
    goes.sort();
    let mut stays: Vec<_> = plan.stays.iter().map(|s| (s.ground.clone(), s.count(), s.until.0)).collect();
    stays.sort();
    (goes, stays, plan.told.len())
}

/// The secret link in the newest SMS.
fn link(world: &World) -> String {
    let newest = world.messages().into_iter().find_map(|message| match message {
        Message::Sms { text, .. } => text.split_once("http://privacy.test").map(|(_, path)| path.to_owned()),
        _ => None,
    });
    newest.expect("the last notice has a link")
}

/// The demo's first person, gone; the link of their last notice.
pub async fn gone(world: &World) -> String {
    world.demo().await;
    let person = person(&world.centre, FULL).await;
    due(&world.centre, person).await;
    assert!(execution::run_next(&world.centre).await.unwrap());
    outbox::run(&world.centre).await.unwrap();
    link(world)
}

/// What a page says, without its tags.
fn words(page: &Page) -> String {
    page.text().split('<').filter_map(|rest| rest.split_once('>').map(|(_, text)| text.to_owned())).collect()
}

fn report(page: &Page, world: &World) -> Report {
    check(&page.body, &world.centre.signer.verifier())
}

on_both_engines! {
    with with_services();

    async fn what_the_dry_run_counts_is_what_is_then_done(world) {
        let mut browser = world.demo().await;
        // Something of every kind: a copy that is ready, a correction, a message under way.
        world.step_up_demo(&mut browser).await;
        browser.post("/settings/privacy/copy/new", &[("function", "1.2")]).await.expect_status(303);
        assert!(server::export::job::run_next(&world.centre).await.unwrap());
        let (centre, person) = (&world.centre, person(&world.centre, FULL).await);
        due(centre, person).await;
        let caller = caller_of(centre, person).await.unwrap();
        let keys = centre.vault.count_keys(person).await.unwrap();
        let plan = plan::of(centre, &caller).await.unwrap();
        assert!(plan.parts().count() > 30 && plan.stays.len() >= 4, "{plan:?}");
        assert!(plan.bytes() > 50_000 && plan.told.iter().any(|name| name == "一点生活-live 应用"));
        assert!(plan.stays.iter().all(|s| s.until > centre.now() && s.law.starts_with('《')), "{:?}", plan.stays);
        assert!(execution::run_next(centre).await.unwrap());
        let event = erased(centre, &caller.pseudonym).await;
        assert_eq!(of_event(&event), of_plan(&plan));
        assert!(matches!(event, Event::AccountErased { keys: destroyed, .. } if destroyed == keys));
        assert!(!execution::run_next(centre).await.unwrap(), "nothing is left to do");
    }

    async fn the_page_before_the_first_step_tells_what_is_really_there(world) {
        let mut browser = world.demo().await;
        let page = browser.get("/settings/about/more/cancel").await.expect_status(200);
        let plan = plan::of(&world.centre, &world.caller(&browser).await).await.unwrap();
        let words = words(&page);
        for part in plan.parts() {
            assert!(words.contains(&format!("{} {} 条", part.name, part.count)), "{}", part.name);
        }
        for stays in &plan.stays {
            assert!(words.contains(&format!("{}最晚保留到 {}", stays.law, stays.until.date())), "{}", stays.law);
        }
        assert!(plan.told.iter().all(|name| words.contains(name.as_str())));
        let mut fresh = world.newcomer("13900000071").await;
        let page = fresh.get("/settings/about/more/cancel").await.expect_status(200);
        assert!(self::words(&page).contains("手机号、用户名和密码 1 条"));
        page.expect_text("你的账号里没有法律要求保留的信息");
    }

    async fn the_link_shows_the_certificate_in_words_and_as_a_file_that_the_log_proves(world) {
        let link = gone(world).await;
        let mut anybody = world.browser();
        let page = anybody.get(&link).await.expect_status(200);
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let page = page.expect_text("账号已注销，信息已删除").expect_text("浏览记录").expect_text("第三十一条要求保存交易信息");
        let page = page.expect_text("可以依法继续保留").expect_text("没有查到任何信息");
        assert!(!page.text().contains(FULL) && !page.text().contains("林小满"));
        let file = anybody.get(&format!("{link}/certificate")).await.expect_status(200);
        let found = report(&file, world);
        assert!(found.is_valid(), "{found:?}");
        assert_eq!(found.title, "真实有效：账号已注销，信息已删除");
        let told: String = found.facts.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        for words in ["把。加密用的密钥已销毁", "浏览记录 ", "依法保留：《电子商务法》", "最晚保留到20", "通知：", "签发时正在通知", "没有查到任何信息"] {
            assert!(told.contains(words), "{words} in {told}");
        }
        assert!(!file.text().contains(FULL) && !file.text().contains("林小满"));
        for nothing in ["/leaving/x", "/leaving/x/certificate"] {
            anybody.get(nothing).await.expect_status(404);
        }
        // For three years, and no longer.
        execution::close(&world.centre).await.unwrap();
        anybody.get(&link).await.expect_status(200);
        world.pass(3 * 366 * app::time::DAY);
        execution::close(&world.centre).await.unwrap();
        execution::close(&world.centre).await.unwrap();
        anybody.get(&link).await.expect_status(404);
        anybody.get("/leaving").await.expect_status(200).expect_text("最后一条短信");
    }

    async fn a_certificate_that_contradicts_its_event_is_found(world) {
        let link = gone(world).await;
        let file = world.browser().get(&format!("{link}/certificate")).await.expect_status(200).text();
        let read = app::proof::json::Value::parse(&file).unwrap();
        for (from, to, name) in [
            ("\"kind\":\"browse_log\",", "\"kind\":\"cart\",", "删除的内容"),
            ("\"ground\":\"trade_3_years\"", "\"ground\":\"tax_10_years\"", "依法保留的内容"),
            ("\"found\":0", "\"found\":1", "自查"),
            ("\"id\":\"host\"", "\"id\":\"nobody\"", "接收方"),
        ] {
            // Even signed by the log's own key: what the event fixes can't be told otherwise.
            let content = read.get("document").unwrap().to_string();
            assert!(content.contains(from), "{from}");
            let content = app::proof::json::Value::parse(&content.replacen(from, to, 1)).unwrap();
            let proof = read.get("proof").unwrap().clone();
            let forged = world.centre.signer.seal(content, Some(proof));
            let found = check(forged.as_bytes(), &world.centre.signer.verifier());
            let wrong: Vec<_> = found.checks.iter().filter(|check| !check.fits).map(|check| check.text.as_str()).collect();
            assert_eq!(wrong, [format!("内容和账本里的那一条不一致：{name}")], "{from}");
        }
    }

    async fn an_execution_under_way_is_told_at_its_link_and_keeps_devices_out(world) {
        let mut browser = world.demo().await;
        let (centre, person) = (&world.centre, person(&world.centre, FULL).await);
        due(centre, person).await;
        browser.get("/settings/about/more/cancel").await.expect_text("执行中").expect_text("正在删除");
        // Nobody else takes it while its worker holds the lease.
        let first = execution::run_next(centre);
        assert!(!crash::cut_off(first, 60).await);
        assert!(!execution::run_next(centre).await.unwrap());
        let sessions = sql("SELECT id FROM session WHERE person_id = $1").bind(person);
        if sessions.fetch_all::<(String,)>(&centre.data).await.unwrap().is_empty() {
            assert_eq!(browser.get("/").await.expect_status(303).location(), Some("/signin?next=/"));
        }
        // Whoever has the link before it is over sees how far it is.
        let mut tx = centre.data.begin().await.unwrap();
        let known = sql("UPDATE execution SET token_hash = $1").bind(Token::typed("known").hash());
        assert_eq!(known.execute(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        world.browser().get("/leaving/known").await.expect_status(200).expect_text("执行中").expect_text("都会接着删完");
        world.browser().get("/leaving/known/certificate").await.expect_status(404);
        world.pass(LEASE + 1);
        assert!(execution::run_next(centre).await.unwrap());
        browser.get("/").await.expect_status(303);
    }

    async fn phone_and_username_are_free_and_the_new_account_sees_nothing_of_the_old(world) {
        let link = gone(world).await;
        let fields = [("phone", FULL), ("by", "password"), ("password", server::seed::PASSWORD)];
        world.browser().post("/signin", &fields).await.expect_status(422);
        let mut again = world.browser();
        again.post("/register/code", &[("phone", FULL)]).await.expect_status(200);
        let code = world.code(FULL).await;
        let fields = [
            ("phone", FULL), ("code", &code), ("username", "林小满"), ("password", crate::support::PASSWORD),
            ("age", "adult"), ("agree", "yes"),
        ];
        again.post("/register", &fields).await.expect_status(303);
        let caller = world.caller(&again).await;
        assert_eq!(ledger::history(&world.centre.data, &caller.pseudonym).await.unwrap().len(), 1);
        let plan = plan::of(&world.centre, &caller).await.unwrap();
        let held: Vec<_> = plan.parts().map(|part| part.kind.as_str()).collect();
        assert_eq!((held, plan.stays.len()), (vec!["account", "devices"], 0));
        for path in ["/settings/data", "/settings/privacy/requests", "/settings/sharing/records", "/settings/privacy/consents"] {
            let page = again.get(path).await.expect_status(200);
            assert!(!page.text().contains("云南小粒咖啡"), "{path}");
        }
        // And what they do with it reaches nothing of the old one.
        due(&world.centre, caller.person).await;
        assert!(execution::run_next(&world.centre).await.unwrap());
        outbox::run(&world.centre).await.unwrap();
        let second = self::link(world);
        assert_ne!(link, second);
        world.browser().get(&link).await.expect_status(200).expect_text("浏览记录");
    }

    async fn a_large_account_goes_in_transactions_of_bounded_size(world) {
        let size = Size { first: 0, people: 1, records: 6_000, seed: 3 };
        population::settle(&world.centre, size, |_| ()).await.unwrap();
        let person = person(&world.centre, "19900000000").await;
        due(&world.centre, person).await;
        let removed = server::execution::rows::counts(&world.centre, person).await.unwrap();
        assert!(removed.contains(&("record", 6_000)));
        let mut tx = world.centre.data.begin().await.unwrap();
        let some = server::execution::rows::remove_some(&mut tx, person).await.unwrap();
        assert_eq!(some.values().sum::<i64>(), 500, "no more than that at once");
        drop(tx);
        let caller = caller_of(&world.centre, person).await.unwrap();
        let plan = plan::of(&world.centre, &caller).await.unwrap();
        assert!(execution::run_next(&world.centre).await.unwrap());
        assert_eq!(of_event(&erased(&world.centre, &caller.pseudonym).await), of_plan(&plan));
    }

    async fn nothing_leads_from_the_person_to_the_ledger_once_it_is_over(world) {
        gone(world).await;
        let (centre, (_, keys)) = (&world.centre, world.databases.open().await);
        let left = async || {
            let (id, content) = sql("SELECT id, content FROM execution").fetch_one::<(String, Option<Vec<u8>>)>(&centre.data).await.unwrap();
            let categories = sql("SELECT category FROM data_key WHERE person_id = $1 ORDER BY category").bind(&id);
            let categories = categories.fetch_all::<(String,)>(&keys).await.unwrap().into_iter().map(|(category,)| category);
            (Uuid::parse_str(&id).unwrap(), content, categories.collect::<Vec<_>>())
        };
        let (id, content, categories) = left().await;
        assert_eq!((content, categories), (None, vec!["deliveries".to_owned(), "outbox".to_owned()]));
        // As where its worker was killed between the last transaction and this.
        centre.vault.key_for(id, server::vault::Category::Execution, centre.now()).await.unwrap();
        let mut tx = centre.data.begin().await.unwrap();
        sql("UPDATE execution SET content = $1").bind(vec![0u8; 32]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        execution::close(centre).await.unwrap();
        let (_, content, categories) = left().await;
        assert_eq!((content, categories), (None, vec!["deliveries".to_owned(), "outbox".to_owned()]));
        keys.close().await;
    }

    async fn the_executions_own_keys_go_when_notice_and_deliveries_are_over(world) {
        gone(world).await;
        let id = || async {
            let row = sql("SELECT id, closed_at FROM execution").fetch_one::<(String, Option<i64>)>(&world.centre.data);
            let (id, closed) = row.await.unwrap();
            (Uuid::parse_str(&id).unwrap(), closed.map(Moment))
        };
        execution::close(&world.centre).await.unwrap();
        let (execution, closed) = id().await;
        assert_eq!(closed, None, "recipients wait to be told");
        assert_eq!(world.centre.vault.count_keys(execution).await.unwrap(), 2);
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE delivery SET state = 'sent', body = NULL").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        execution::close(&world.centre).await.unwrap();
        assert_eq!(id().await, (execution, Some(world.centre.now())));
        assert_eq!(world.centre.vault.count_keys(execution).await.unwrap(), 0);
    }
}
