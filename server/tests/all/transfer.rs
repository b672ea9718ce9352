//! 个人信息转移: over real HTTPS, to whom the person named and nobody else; every end is told.

use std::io::{Cursor, Read as _};
use std::net::TcpListener;

use app::promises::TRANSFER_PAUSES;
use app::records::model::Basis;
use app::records::rules::Scope;
use app::requests::model::{Ground, Kind, Request, Status};
use app::time::MINUTE;
use app::transfer::model::{Failure, State, Transfer};
use serde_json::Value;
use server::accounts::store::{ACTIVE, WAITS_FOR_GUARDIAN};
use server::config::Config;
use server::export::{job as packing, package};
use server::ledger::Event;
use server::records::erase;
use server::storage::sql;
use server::transfer::{job, store};
use zip::ZipArchive;

use crate::support::{Browser, Engine, Receiver, World, authority, generous, reachable};

const ALL: &str = "/settings/privacy/transfer";
const NEW: &str = "/settings/privacy/transfer/new";

async fn begin(world: &World, browser: &mut Browser, address: &str) {
    let mut fields = vec![("name", "木木生活"), ("address", address), ("credential", "t0ken-7"), ("confirm", "true")];
    let functions = world.centre.catalogue.data().functions();
    fields.extend(functions.iter().map(|f| ("function", f.id.as_str())));
    let page = browser.post(NEW, &fields).await.expect_status(303);
    assert_eq!(page.location(), Some(ALL));
}

/// Packs and makes every try that is due.
async fn run(world: &World) {
    while packing::run_next(&world.centre).await.unwrap() {}
    while job::run_next(&world.centre).await.unwrap() {}
}

async fn newest(world: &World, browser: &Browser) -> Transfer {
    let caller = world.caller(browser).await;
    store::transfers(&world.centre.data, &caller, world.centre.now()).await.unwrap().remove(0)
}

async fn request(world: &World, browser: &Browser) -> Request {
    let caller = world.caller(browser).await;
    let all = server::requests::store::requests(&world.centre, &caller).await.unwrap();
    all.into_iter().find(|request| request.kind == Kind::Transfer).unwrap()
}

async fn steps(world: &World, browser: &Browser) -> Vec<String> {
    let events = world.events(browser).await;
    let steps = events.into_iter().filter_map(|event| match event {
        Event::Transfer { step, .. } => Some(step),
        _ => None,
    });
    steps.collect()
}

/// Neither package, nor key, nor credential is left.
async fn nothing_is_left(world: &World) {
    let count = async |text: &'static str| sql(text).fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0;
    assert_eq!(count("SELECT COUNT(*) FROM export_part").await, 0);
    assert_eq!(count("SELECT COUNT(*) FROM transfer WHERE credential IS NOT NULL").await, 0);
    let (keys,) = sql("SELECT COUNT(*) FROM data_key WHERE category LIKE 'export%'")
        .fetch_one::<(i64,)>(&world.databases.open().await.1)
        .await
        .unwrap();
    assert_eq!(keys, 0);
}

on_both_engines! {
    with reachable();

    async fn a_package_arrives_and_nothing_of_it_stays(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        begin(world, &mut browser, &receiver.address()).await;
        browser.get(ALL).await.expect_text("发给木木生活").expect_text("正在打包和发送");
        run(world).await;
        let arrivals = receiver.arrivals();
        assert_eq!(arrivals.len(), 1);
        let headers = &arrivals[0].headers;
        let transfer = newest(world, &browser).await;
        assert_eq!(headers["content-type"], "application/zip");
        assert_eq!(headers["content-length"], arrivals[0].body.len().to_string().as_str());
        assert_eq!(headers["authorization"], "Bearer t0ken-7");
        assert_eq!(headers["idempotency-key"], transfer.id.as_str());
        let mut archive = ZipArchive::new(Cursor::new(arrivals[0].body.clone())).unwrap();
        let mut text = String::new();
        archive.by_name("data.json").unwrap().read_to_string(&mut text).unwrap();
        let data: Value = serde_json::from_str(&text).unwrap();
        let schema: Value = serde_json::from_str(package::SCHEMA).unwrap();
        assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&data));
        let kinds = data["kinds"].as_array().unwrap();
        let catalogue = world.centre.catalogue.data();
        for field in catalogue.fields() {
            let kind = kinds.iter().find(|kind| kind["id"] == field.id.as_str());
            let portable = field.basis.iter().any(|basis| *basis != Basis::LegalDuty);
            assert_eq!(kind.is_some(), portable, "{}", field.id);
            let records = kind.into_iter().flat_map(|kind| kind["records"].as_array().unwrap());
            assert!(records.into_iter().all(|record| record["basis"] != Basis::LegalDuty.id()), "{}", field.id);
        }
        assert_eq!(transfer.state, State::Delivered);
        let request = request(world, &browser).await;
        assert_eq!(request.status, Status::Fulfilled);
        assert_eq!(request.wish.value, format!("木木生活（{}）", receiver.address()));
        assert_eq!(steps(world, &browser).await, ["asked", "delivered"]);
        browser.get(ALL).await.expect_text("已送达").expect_text("对方已确认收到");
        // It is not among the copies.
        browser.get("/settings/privacy/copy").await.expect_text("还没有生成过副本");
        nothing_is_left(world).await;
    }

    async fn a_refusal_is_final_and_told_with_its_reason(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        for status in [403, 302] {
            receiver.answer(&[status]);
            begin(world, &mut browser, &receiver.address()).await;
            run(world).await;
            let transfer = newest(world, &browser).await;
            assert_eq!((transfer.state, transfer.failure), (State::Failed, Some(Failure::Answered(status))));
            browser.get(ALL).await.expect_text(&format!("回答的代码是 {status}"));
            world.pass(*TRANSFER_PAUSES.last().unwrap());
            run(world).await;
            world.step_up_demo(&mut browser).await;
        }
        assert_eq!(receiver.arrivals().len(), 2, "neither repeated nor led elsewhere");
        let request = request(world, &browser).await;
        assert_eq!(request.answer.unwrap().ground, Some(Ground::ReceiverRefused));
        let page = browser.get(&format!("/settings/privacy/requests/{}", request.id)).await;
        page.expect_text("接收方没有接收").expect_text("网信部门").expect_text("木木生活");
        nothing_is_left(world).await;
    }

    async fn what_may_pass_is_tried_again_but_not_for_ever(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        receiver.answer(&[503, 429]);
        begin(world, &mut browser, &receiver.address()).await;
        run(world).await;
        browser.get(ALL).await.expect_text("暂时没能送到").expect_text("再试");
        for (tries, pause) in TRANSFER_PAUSES.into_iter().take(2).enumerate() {
            world.pass(pause - 1);
            run(world).await;
            assert_eq!(receiver.arrivals().len(), tries + 1, "not before its time");
            world.pass(1);
            run(world).await;
        }
        assert_eq!(newest(world, &browser).await.state, State::Delivered);
        let keys: Vec<_> = receiver.arrivals().into_iter().map(|a| a.headers["idempotency-key"].clone()).collect();
        assert_eq!(keys.len(), 3);
        assert!(keys.iter().all(|key| *key == keys[0]), "the receiver can tell that it is the same");

        // Nobody listens there.
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        world.step_up_demo(&mut browser).await;
        begin(world, &mut browser, &format!("https://localhost:{closed}/")).await;
        run(world).await;
        for pause in TRANSFER_PAUSES {
            assert!(newest(world, &browser).await.state.is_under_way());
            world.pass(pause);
            run(world).await;
        }
        let transfer = newest(world, &browser).await;
        assert_eq!((transfer.state, transfer.failure), (State::Failed, Some(Failure::Unreachable)));
        assert_eq!(request(world, &browser).await.answer.unwrap().ground, Some(Ground::NotFeasible));
        nothing_is_left(world).await;
    }

    async fn a_transfer_can_be_stopped_and_the_truth_is_told(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        // Before it is packed.
        begin(world, &mut browser, &receiver.address()).await;
        let waiting = newest(world, &browser).await;
        let request_path = format!("/settings/privacy/requests/{}", waiting.request);
        browser.post(&format!("{request_path}/revoke"), &[]).await.expect_status(404);
        browser.get(&request_path).await.expect_text("查看进度或取消");
        browser.post(&format!("{ALL}/{}/cancel", waiting.id), &[]).await.expect_status(303);
        run(world).await;
        assert!(receiver.arrivals().is_empty());
        browser.get(ALL).await.expect_text("没有发出任何信息");
        assert_eq!(request(world, &browser).await.status, Status::Revoked);
        browser.post(&format!("{ALL}/{}/cancel", waiting.id), &[]).await.expect_status(404);
        nothing_is_left(world).await;

        // When the receiver has it whole, but has not confirmed yet.
        receiver.hold();
        begin(world, &mut browser, &receiver.address()).await;
        let id = newest(world, &browser).await.id;
        let stop = async {
            receiver.arrived().await;
            browser.post(&format!("{ALL}/{id}/cancel"), &[]).await.expect_status(303);
            browser.get(ALL).await.expect_text("对方可能已经收到");
            receiver.go_on();
        };
        tokio::join!(run(world), stop);
        assert_eq!(newest(world, &browser).await.state, State::Delivered);
        assert_eq!(steps(world, &browser).await, ["asked", "cancelled", "asked", "cancelled", "delivered"]);
        nothing_is_left(world).await;
    }

    async fn what_is_erased_before_it_is_sent_is_not_sent(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        begin(world, &mut browser, &receiver.address()).await;
        while packing::run_next(&world.centre).await.unwrap() {}
        let caller = world.caller(&browser).await;
        erase::erase(&world.centre, &caller, &Scope::Kind("favorite".into()), world.centre.now()).await.unwrap();
        run(world).await;
        assert!(receiver.arrivals().is_empty());
        let transfer = newest(world, &browser).await;
        assert_eq!((transfer.state, transfer.failure), (State::Failed, Some(Failure::NoPackage)));
        nothing_is_left(world).await;
    }

    async fn while_a_child_waits_for_a_guardian_nothing_is_sent(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        begin(world, &mut browser, &receiver.address()).await;
        let set = async |state: &str| {
            let mut tx = world.centre.data.begin().await.unwrap();
            sql("UPDATE person SET state = $1").bind(state).execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        set(WAITS_FOR_GUARDIAN).await;
        run(world).await;
        assert!(receiver.arrivals().is_empty());
        set(ACTIVE).await;
        run(world).await;
        assert_eq!(receiver.arrivals().len(), 1);
    }

    async fn a_sender_that_died_is_followed_by_another(world) {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        begin(world, &mut browser, &receiver.address()).await;
        while packing::run_next(&world.centre).await.unwrap() {}
        receiver.hold();
        tokio::select! {
            done = job::run_next(&world.centre) => panic!("it waits for the receiver: {done:?}"),
            () = receiver.arrived() => {}
        }
        run(world).await;
        assert_eq!(receiver.arrivals().len(), 1, "the lease still holds");
        world.pass(2 * MINUTE);
        let answer = async {
            receiver.arrived().await;
            receiver.go_on();
        };
        tokio::join!(run(world), answer);
        assert_eq!(newest(world, &browser).await.state, State::Delivered);
        assert_eq!(steps(world, &browser).await, ["asked", "delivered"]);
    }

    async fn what_is_typed_wrongly_is_explained_and_kept(world) {
        let mut browser = world.proved_demo().await;
        let fine = [
            ("name", "木木生活"), ("address", "https://example.com/in"), ("function", "1.2"), ("confirm", "true"),
        ];
        let with = |name: &'static str, value: &'static str| {
            fine.map(|(n, v)| if n == name { (n, value) } else { (n, v) })
        };
        let refused = async |browser: &mut Browser, fields: &[(&str, &str)], words: &str| {
            browser.post(NEW, fields).await.expect_status(422).expect_text(words)
        };
        refused(&mut browser, &with("name", " "), "请填写接收方名称").await.expect_text("https://example.com/in");
        refused(&mut browser, &with("address", "http://example.com"), "https:// 开头").await.expect_text("木木生活");
        refused(&mut browser, &with("function", "9.9"), "请至少选一类").await;
        refused(&mut browser, &with("confirm", ""), "请先确认").await;
        assert_eq!(steps(world, &browser).await, Vec::<String>::new());
        browser.post(NEW, &fine).await.expect_status(303);
        refused(&mut browser, &fine, "已有一次转移正在进行").await;
        let id = newest(world, &browser).await.id;
        let mut other = world.newcomer("13911112222").await;
        for path in [format!("{ALL}/{id}/cancel"), format!("{ALL}/{}/cancel", uuid::Uuid::nil())] {
            other.post(&path, &[]).await.expect_status(404);
        }
        other.get(&format!("{ALL}/{id}/progress")).await.expect_status(404);
        browser.get(&format!("{ALL}/{id}/progress")).await.expect_status(200).expect_text("\"under_way\":true");
        world.pass(6 * MINUTE);
        // Who it is must be proved anew.
        browser.post(NEW, &fine).await.expect_status(422).expect_text("action=\"/step-up\"");
    }
}

async fn nothing_is_sent(config: &Config, host: &str, expected: Failure) {
    World::run(Engine::Sqlite, config, async |world| {
        let receiver = Receiver::start().await;
        let mut browser = world.proved_demo().await;
        begin(world, &mut browser, &receiver.address().replace("localhost", host)).await;
        run(world).await;
        for pause in TRANSFER_PAUSES {
            world.pass(pause);
            run(world).await;
        }
        let transfer = newest(world, &browser).await;
        assert_eq!((transfer.state, transfer.failure), (State::Failed, Some(expected)), "{host}");
        assert!(receiver.arrivals().is_empty(), "{host}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_words_do_not_knock_on_doors_of_our_own_network() {
    let mut config = generous();
    config.transfer.extra_root_ca = Some(authority());
    for host in ["localhost", "127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
        nothing_is_sent(&config, host, Failure::NotPublic).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_nobody_vouches_for_gets_nothing() {
    let mut config = generous();
    config.transfer.allow_private_addresses = true;
    nothing_is_sent(&config, "localhost", Failure::Unreachable).await;
    // Vouched for, but under another name.
    config.transfer.extra_root_ca = Some(authority());
    nothing_is_sent(&config, "127.0.0.1", Failure::Unreachable).await;
}
