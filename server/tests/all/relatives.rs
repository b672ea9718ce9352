//! 近亲属 and 生前安排: claimed, proved, looked at by a human, granted or refused; the arrangement goes first.

use std::io::Cursor;

use app::cancellation::model::State;
use app::messages::{Channel, Class, Reason};
use app::promises::{ANSWER_WORKING_DAYS, COPY_LIFE, NEEDS_LIFE, PACKAGE_TAKING, PROOF_FILE_MAX_BYTES};
use app::requests::model::{Ground, Status};
use app::time::{DAY, MINUTE};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use server::accounts::store::is_stored_only;
use server::demo::Message;
use server::export::job;
use server::ledger::{Event, verify};
use server::messages::{Draft, Outcome};
use server::relatives::{directive, officer as kin_officer, package, proofs};
use server::requests::officer::{self, NotAnswered};
use server::requests::overdue;
use server::requests::store::Verdict;
use server::storage::sql;
use server::vault::{Category, Place, VaultError};
use uuid::Uuid;

use crate::cancellation::{run_jobs, state, take};
use crate::support::{Browser, Page, World};

const GONE: &str = "13900000041";
const ASKER: &str = "13900000042";
const STRANGER: &str = "13900000043";
const NEW: &str = "/settings/privacy/requests/relative";
const DIRECTIVE: &str = "/settings/privacy/directive";
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0 a picture of a certificate";
const PDF: &[u8] = b"%PDF-1.7 a register of a household";

fn claim<'a>(account: &'a str, relation: &'a str, rights: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("account", account), ("relation", relation), ("text", "整理遗物"), ("lawful", "true")];
    fields.extend(rights.iter().map(|right| ("rights", *right)));
    fields
}

/// The host tells of an order of the account that is open, or no more.
async fn report_order(world: &World, open: bool) {
    world.pass(1);
    let order = json!({"kind": "order", "open": open, "detail": "在途", "link": "https://shop.example/orders/81"});
    let at = world.centre.now().iso_millis();
    assert_eq!(take(world, &[json!({"id": "ord-1", "phone": GONE, "at": at, "affair": order})]).await.written, 1);
}

/// A claim with its proof, handed in: where it is, and its number.
pub async fn filed(world: &World, browser: &mut Browser, account: &str, rights: &[&str]) -> (String, String) {
    let page = browser.post(NEW, &claim(account, "child", rights)).await.expect_status(303);
    let path = page.location().unwrap().to_owned();
    browser.upload(&format!("{path}/proof/death"), "file", JPEG).await.expect_status(303);
    browser.upload(&format!("{path}/proof/kinship"), "file", PDF).await.expect_status(303);
    browser.post(&format!("{path}/submit"), &[]).await.expect_status(303);
    let id = path.rsplit('/').next().unwrap();
    let waiting = officer::waiting(&world.centre).await.unwrap();
    let number = waiting.into_iter().find(|one| one.id.to_string() == id).expect("it waits").number;
    (path, number)
}

async fn answer(world: &World, number: &str, verdict: &Verdict) -> Result<(), NotAnswered> {
    let now = world.centre.now();
    officer::answer_by(&world.centre, number, verdict, Some("何清"), now).await.unwrap()
}

fn granted() -> Verdict {
    Verdict::Fulfilled("已核实，按你的申请办理。".into())
}

async fn arrange(world: &World, browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    world.step_up(browser).await;
    browser.post(DIRECTIVE, fields).await
}

async fn statuses(world: &World, browser: &Browser) -> Vec<Status> {
    let status = |event| match event {
        Event::Request { status, .. } => Some(status),
        _ => None,
    };
    world.events(browser).await.into_iter().filter_map(status).collect()
}

async fn count(world: &World, table: &'static str) -> i64 {
    sql(table).fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0
}

on_both_engines! {
    async fn a_claim_is_proved_looked_at_and_granted_and_what_was_granted_is_taken_once(world) {
        let mut gone = world.newcomer(GONE).await;
        let gone_person = world.caller(&gone).await.person;
        let mut asker = world.newcomer(ASKER).await;
        let page = asker.post(NEW, &claim(GONE, "child", &["see", "copy"])).await.expect_status(303);
        let path = page.location().unwrap().to_owned();
        // Until the proof is there nothing is owed, and nobody is asked to answer.
        asker.get(&path).await.expect_text("等你补充证明").expect_text("还缺：死亡证明、亲属关系证明").expect_text("139****0041");
        assert!(officer::waiting(&world.centre).await.unwrap().is_empty());
        asker.upload(&format!("{path}/proof/death"), "file", JPEG).await.expect_status(303);
        asker.post(&format!("{path}/submit"), &[]).await.expect_status(422).expect_text("还缺：亲属关系证明");
        asker.upload(&format!("{path}/proof/kinship"), "file", PDF).await.expect_status(303);
        world.pass(3 * DAY);
        asker.post(&format!("{path}/submit"), &[]).await.expect_status(303);
        let due = world.centre.catalogue.working_days().after(world.centre.now(), ANSWER_WORKING_DAYS);
        asker.get(&path).await.expect_text("已收到").expect_text(&due.date());
        let waiting = officer::waiting(&world.centre).await.unwrap().remove(0);
        assert_eq!(waiting.wish.value, "我是逝者的子女，申请查阅、复制");

        let seen = kin_officer::look(&world.centre, &waiting.number, world.centre.now()).await.unwrap().unwrap();
        assert!(seen.is_there && seen.against.is_empty() && seen.arrangement.is_none());
        let files: Vec<_> = seen.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        assert_eq!(files, [("1-death.jpg", JPEG), ("2-kinship.pdf", PDF)]);
        asker.get(&path).await.expect_text("处理中").expect_text("开始处理");
        let nobody = officer::answer(&world.centre, &waiting.number, &granted(), world.centre.now()).await.unwrap();
        assert!(matches!(nobody, Err(NotAnswered::NoReviewer)));

        answer(world, &waiting.number, &granted()).await.unwrap();
        asker.get(&path).await.expect_text("复核人：何清").expect_text("正在生成逝者信息的副本");
        let asked = asker.get(&format!("{path}/package")).await.expect_status(403).expect_text("请先验证身份");
        assert_eq!(asked.headers["content-type"], "text/plain; charset=utf-8");
        world.step_up(&mut asker).await;
        asker.get(&format!("{path}/package")).await.expect_status(404);
        while job::run_next(&world.centre).await.unwrap() {}
        asker.get(&path).await.expect_text("可以下载了");
        let mut stranger = world.newcomer(STRANGER).await;
        for other in [&mut stranger, &mut gone] {
            world.step_up(other).await;
            other.get(&path).await.expect_status(404);
            other.get(&format!("{path}/package")).await.expect_status(404);
        }
        // Looking takes nothing; a download that breaks off can be tried again by the same relative, for an hour.
        let package_path = format!("{path}/package");
        let looked = asker.send(Method::HEAD, &package_path, None, Body::empty()).await.expect_status(200);
        asker.get(&path).await.expect_text("可以下载了");
        let first = asker.get(&package_path).await.expect_status(200);
        assert_eq!(looked.headers["content-length"], first.body.len().to_string());
        asker.get(&path).await.expect_text("已经开始下载").expect_text("重新下载");
        // Its session may go on with it, without being asked again and without another event.
        world.pass(6 * MINUTE);
        asker.get(&path).await.expect_text("验证身份后重新下载");
        asker.get(&package_path).await.expect_status(403);
        asker.headers = vec![("range", "bytes=10-".to_owned()), ("if-range", first.headers["etag"].to_str().unwrap().to_owned())];
        assert!(asker.get(&package_path).await.expect_status(206).body == first.body[10..]);
        asker.headers.clear();
        world.pass(PACKAGE_TAKING - 6 * MINUTE - 1);
        package::end_due(&world.centre, world.centre.now()).await.unwrap();
        world.step_up(&mut asker).await;
        world.step_up(&mut stranger).await;
        stranger.get(&package_path).await.expect_status(404);
        let taken = asker.get(&package_path).await.expect_status(200);
        assert_eq!(taken.body, first.body);
        let mut archive = zip::ZipArchive::new(Cursor::new(taken.body)).unwrap();
        let data: serde_json::Value = serde_json::from_reader(archive.by_name("data.json").unwrap()).unwrap();
        assert!(data.to_string().contains(GONE) && !data.to_string().contains(ASKER));
        // An hour after the first try its key goes, however often it was tried.
        world.pass(1);
        asker.get(&package_path).await.expect_status(404);
        asker.get(&path).await.expect_text("已经下载过");
        package::end_due(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM export_part").await, 0);

        assert_eq!(statuses(world, &asker).await, [Status::InProgress, Status::Open, Status::InProgress, Status::Fulfilled]);
        let events = world.events(&gone).await;
        let downloads = events.iter().filter(|event| matches!(event, Event::Copy { step, .. } if step == "downloaded"));
        assert_eq!(downloads.count(), 2);
        assert!(events.contains(&Event::KinGranted { rights: vec!["see".into(), "copy".into()] }), "{events:?}");
        let told = Event::KinProof { id: path.rsplit('/').next().unwrap().into(), step: "seen".into() };
        assert!(world.events(&asker).await.contains(&told));
        assert!(is_stored_only(&world.centre.data, gone_person).await.unwrap());
        server::ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        verify(&world.centre.data, &world.centre.signer.verifier()).await.unwrap().unwrap();
    }

    async fn what_was_not_taken_ends_with_its_time(world) {
        world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        let (path, number) = filed(world, &mut asker, GONE, &["copy"]).await;
        answer(world, &number, &granted()).await.unwrap();
        while job::run_next(&world.centre).await.unwrap() {}
        world.pass(COPY_LIFE);
        world.step_up(&mut asker).await;
        asker.get(&format!("{path}/package")).await.expect_status(404);
        asker.get(&path).await.expect_text("不能再下载");
        package::end_due(&world.centre, world.centre.now()).await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM export_part").await, 0);
    }

    async fn erasing_begins_the_cooling_off_and_from_the_grant_the_account_is_stored_only(world) {
        let gone = world.newcomer(GONE).await;
        let person = world.caller(&gone).await.person;
        let mut asker = world.newcomer(ASKER).await;
        let draft = || Draft {
            phone: GONE.parse().unwrap(), channel: Channel::Push, class: Class::Security, subject: "提醒".into(), text: "提醒".into(),
        };
        let may_go = async || {
            let draft = Draft { class: Class::Order, ..draft() };
            !matches!(server::messages::send(&world.centre, draft).await.unwrap(), Outcome::Refused(Reason::Leaving))
        };
        assert!(may_go().await);
        let (_, number) = filed(world, &mut asker, GONE, &["erase"]).await;
        assert!(may_go().await, "a claim alone changes nothing");
        report_order(world, true).await;
        let obstructed = answer(world, &number, &granted()).await;
        assert!(matches!(&obstructed, Err(NotAnswered::Obstructed(what)) if what.contains("在途")), "{obstructed:?}");
        report_order(world, false).await;
        answer(world, &number, &granted()).await.unwrap();
        assert!(!may_go().await);
        let due = server::cancellation::store::due_at(&world.centre, person).await.unwrap().expect("it is submitted");
        assert_eq!(due.since(world.centre.now()), app::promises::COOLING_OFF);
        assert!(world.events(&gone).await.contains(&Event::Cancellation { state: "cooling_off".into(), refusal: None }));
        assert_eq!(server::tags::may_aim(&world.centre, person).await.unwrap(), server::tags::MayAim::default());
        // The account's own phone is told how to undo it.
        server::messages::outbox::run(&world.centre).await.unwrap();
        let told = world.messages().iter().any(|message| {
            matches!(message, Message::Sms { text, .. } if text.contains("生前安排 恢复账号"))
        });
        assert!(told, "who is alive hears of it");
        // A court may freeze an account that is stored only.
        let at = world.centre.now().iso_millis();
        let freeze = json!({"kind": "freeze", "open": true, "detail": "冻结通知书", "link": "https://shop.example/freeze"});
        let taken = take(world, &[json!({"id": "case-1", "phone": GONE, "at": at, "affair": freeze})]).await;
        assert_eq!((taken.written, taken.rejected()), (1, 0));
        world.pass(app::promises::COOLING_OFF);
        run_jobs(world).await;
        assert_eq!(state(world).await, (State::Refused, Some("freeze".to_owned())));
    }

    async fn who_is_alive_takes_it_all_back(world) {
        let mut gone = world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        gone.post(&format!("{DIRECTIVE}/alive"), &[]).await.expect_status(303);
        let (path, number) = filed(world, &mut asker, GONE, &["see"]).await;
        answer(world, &number, &granted()).await.unwrap();
        while job::run_next(&world.centre).await.unwrap() {}
        world.step_up(&mut gone).await;
        gone.get(DIRECTIVE).await.expect_text("我是本人，恢复账号");
        gone.post(&format!("{DIRECTIVE}/alive"), &[]).await.expect_status(303);
        gone.post(&format!("{DIRECTIVE}/alive"), &[]).await.expect_status(404);
        assert!(!is_stored_only(&world.centre.data, world.caller(&gone).await.person).await.unwrap());
        assert!(world.events(&gone).await.contains(&Event::KinRefuted));
        assert_eq!(count(world, "SELECT COUNT(*) FROM export_part").await, 0, "what was made of it is gone");
        world.step_up(&mut asker).await;
        asker.get(&format!("{path}/package")).await.expect_status(404);
    }

    async fn no_answer_goes_against_the_arrangement(world) {
        let mut gone = world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        let only = [("choice", "only"), ("rights", "see"), ("trusted_name", "周以宁"), ("trusted_phone", STRANGER)];
        arrange(world, &mut gone, &only).await.expect_status(303);
        let (path, number) = filed(world, &mut asker, GONE, &["see", "erase"]).await;
        let seen = kin_officer::look(&world.centre, &number, world.centre.now()).await.unwrap().unwrap();
        assert_eq!(seen.arrangement.as_deref(), Some("近亲属只可以申请查阅；另外指定了别人"));
        let refused = answer(world, &number, &granted()).await;
        assert!(matches!(&refused, Err(NotAnswered::Arranged(what)) if what == "删除"), "{refused:?}");
        let person = world.caller(&gone).await.person;
        assert!(!is_stored_only(&world.centre.data, person).await.unwrap(), "nothing of it was done");
        assert_eq!(count(world, "SELECT COUNT(*) FROM kin_proof").await, 2, "the review is not over");
        let denied = Verdict::Denied(Ground::Arranged, "他生前不同意删除。".into());
        answer(world, &number, &denied).await.unwrap();
        asker.get(&path).await.expect_text("未通过").expect_text("本人生前另有安排").expect_text("人民法院");
        // What fits is granted; and the one who was named may do all of it.
        let (_, number) = filed(world, &mut asker, GONE, &["see"]).await;
        answer(world, &number, &granted()).await.unwrap();
        let mut named = world.newcomer(STRANGER).await;
        let page = named.post(NEW, &claim(GONE, "trusted", &["erase"])).await.expect_status(303);
        let path = page.location().unwrap().to_owned();
        named.upload(&format!("{path}/proof/death"), "file", JPEG).await.expect_status(303);
        named.post(&format!("{path}/submit"), &[]).await.expect_status(303);
        let number = officer::waiting(&world.centre).await.unwrap().remove(0).number;
        answer(world, &number, &granted()).await.unwrap();
        assert!(server::cancellation::store::due_at(&world.centre, person).await.unwrap().is_some());
    }

    async fn nobody_may_is_kept_and_one_who_only_says_to_be_named_is_not_believed(world) {
        let mut gone = world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        let page = asker.post(NEW, &claim(GONE, "trusted", &["see"])).await.expect_status(303);
        let path = page.location().unwrap().to_owned();
        asker.upload(&format!("{path}/proof/death"), "file", JPEG).await.expect_status(303);
        asker.post(&format!("{path}/submit"), &[]).await.expect_status(303);
        let number = officer::waiting(&world.centre).await.unwrap().remove(0).number;
        assert!(matches!(answer(world, &number, &granted()).await, Err(NotAnswered::Arranged(_))));
        arrange(world, &mut gone, &[("choice", "nobody")]).await.expect_status(303);
        assert!(matches!(answer(world, &number, &granted()).await, Err(NotAnswered::Arranged(_))));
        let (_, second) = filed(world, &mut asker, GONE, &["see"]).await;
        assert!(matches!(answer(world, &second, &granted()).await, Err(NotAnswered::Arranged(_))));
        // Withdrawn, the law holds again.
        gone.post(&format!("{DIRECTIVE}/withdraw"), &[]).await.expect_status(303);
        gone.post(&format!("{DIRECTIVE}/withdraw"), &[]).await.expect_status(404);
        answer(world, &second, &granted()).await.unwrap();
    }

    async fn the_proof_is_gone_with_every_end_in_a_backup_too(world) {
        world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        let caller = world.caller(&asker).await;
        let ends = ["granted", "denied", "revoked", "expired"];
        let mut claims = Vec::new();
        for _ in ends {
            claims.push(filed(world, &mut asker, GONE, &["correct"]).await);
        }
        let backup = world.databases.back_up().await;
        for (end, (path, number)) in ends.into_iter().zip(claims) {
            let request = path.rsplit('/').next().unwrap().to_owned();
            match end {
                "granted" => answer(world, &number, &granted()).await.unwrap(),
                "denied" => answer(world, &number, &Verdict::Denied(Ground::NotProved, "看不清。".into())).await.unwrap(),
                "revoked" => drop(asker.post(&format!("{path}/revoke"), &[]).await.expect_status(303)),
                _ => {
                    kin_officer::ask(&world.centre, &number, "请补一张清楚的。", world.centre.now()).await.unwrap().unwrap();
                    asker.get(&path).await.expect_text("请补一张清楚的。").expect_text("等你补充证明");
                    world.pass(NEEDS_LIFE - MINUTE);
                    overdue::expire(&world.centre, world.centre.now()).await.unwrap();
                    asker.get(&path).await.expect_text("等你补充证明");
                    world.pass(MINUTE);
                    overdue::expire(&world.centre, world.centre.now()).await.unwrap();
                    asker.get(&path).await.expect_text("已过期");
                }
            }
            asker.get(&path).await.expect_status(200).expect_text("你上传的证明已经删除");
            assert_eq!(proofs::files(&world.centre.data, &request).await.unwrap(), [], "{end}");
            let (_, keys) = world.databases.open().await;
            let left = sql("SELECT COUNT(*) FROM data_key WHERE person_id = $1 AND category = $2")
                .bind(caller.person).bind(format!("proof/{request}")).fetch_one::<(i64,)>(&keys).await.unwrap();
            assert_eq!(left, (0,), "{end}");
            keys.close().await;
            let restored = world.restored(&backup).await;
            let rows = sql("SELECT id, sealed FROM kin_proof WHERE request_id = $1")
                .bind(&request).fetch_all::<(String, Vec<u8>)>(&restored.data).await.unwrap();
            assert_eq!(rows.len(), 2, "the backup holds it");
            let ring = restored.vault.ring_for(caller.person, Category::Proof(&request)).await.unwrap();
            for (id, sealed) in &rows {
                let opened = ring.open(Place { table: "kin_proof", column: "sealed", row: id }, sealed).await;
                assert!(matches!(opened, Err(VaultError::Erased)), "{end}: {opened:?}");
            }
            restored.data.close().await;
        }
        let erased = |event: &Event| matches!(event, Event::KinProof { step, .. } if step == "erased");
        assert_eq!(world.events(&asker).await.iter().filter(|event| erased(event)).count(), ends.len());
    }

    async fn nobody_learns_who_has_an_account(world) {
        world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        let mut seen = Vec::new();
        for account in [GONE, "13900000049", ASKER] {
            let page = asker.post(NEW, &claim(account, "spouse", &["see"])).await.expect_status(303);
            let path = page.location().unwrap().to_owned();
            let text = asker.get(&path).await.expect_status(200).text();
            let number = text.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().to_owned();
            let masked = format!("{}****{}", &account[..3], &account[7..]);
            let plain = text.replace(path.rsplit('/').next().unwrap(), "ID").replace(&number, "NUMBER").replace(&masked, "ACCOUNT");
            // The nonce of the page is new each time.
            let main = plain.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
            seen.push((page.status, main));
        }
        assert!(seen.iter().all(|one| one == &seen[0]), "the three differ");
    }

    async fn what_can_not_be_granted_says_why_to_the_officer_alone(world) {
        let mut asker = world.newcomer(ASKER).await;
        let (_, number) = filed(world, &mut asker, "13900000049", &["see"]).await;
        assert!(matches!(answer(world, &number, &granted()).await, Err(NotAnswered::NoAccount)));
        let seen = kin_officer::look(&world.centre, &number, world.centre.now()).await.unwrap().unwrap();
        assert!(!seen.is_there);
        let (_, number) = filed(world, &mut asker, ASKER, &["see"]).await;
        assert!(matches!(answer(world, &number, &granted()).await, Err(NotAnswered::Own)));
        let mut other = world.newcomer(STRANGER).await;
        other.post("/settings/complaints", &[("topic", "other"), ("text", "字太小")]).await.expect_status(303);
        let complaint = officer::waiting(&world.centre).await.unwrap().into_iter().find(|one| one.wish.text == "字太小").unwrap();
        let looked = kin_officer::look(&world.centre, &complaint.number, world.centre.now()).await.unwrap();
        assert!(matches!(looked, Err(NotAnswered::NotOfRelative(_))));
        // Also by the username that the person had.
        let gone = world.newcomer(GONE).await;
        let name = server::accounts::store::identity(&world.centre, &world.caller(&gone).await).await.unwrap().username;
        let (_, number) = filed(world, &mut asker, &name, &["see"]).await;
        answer(world, &number, &granted()).await.unwrap();
    }

    async fn a_claim_that_lacks_something_says_so_and_keeps_what_was_typed(world) {
        let mut asker = world.newcomer(ASKER).await;
        let page = asker.post(NEW, &[("account", "1"), ("relation", "child"), ("text", "整理遗物"), ("rights", "see")]).await;
        let page = page.expect_status(422).expect_text("请填写逝者的手机号或用户名").expect_text("整理遗物</textarea>");
        assert!(page.text().contains("value=\"see\" checked") && page.text().contains("value=\"child\" selected"));
        let unlawful = [("account", GONE), ("relation", "child"), ("text", "整理遗物"), ("rights", "see")];
        asker.post(NEW, &unlawful).await.expect_status(422).expect_text("合法、正当利益");
        asker.post(NEW, &claim(GONE, "friend", &["see"])).await.expect_status(422).expect_text("请选择你和逝者的关系");
        assert_eq!(count(world, "SELECT COUNT(*) FROM request").await, 0);
    }

    async fn files_are_taken_by_what_they_hold_up_to_their_limits_and_from_their_person_alone(world) {
        let mut asker = world.newcomer(ASKER).await;
        let page = asker.post(NEW, &claim(GONE, "child", &["see"])).await.expect_status(303);
        let path = page.location().unwrap().to_owned();
        let death = format!("{path}/proof/death");
        for other in [&b"GIF89a"[..], b"<svg onload=alert(1)>", b"PK\x03\x04"] {
            asker.upload(&death, "file", other).await.expect_status(422).expect_text("请上传 JPEG、PNG 图片或 PDF");
        }
        let mut large = JPEG.to_vec();
        large.resize(PROOF_FILE_MAX_BYTES + 1, 0);
        asker.upload(&death, "file", &large).await.expect_status(422).expect_text("超过5MB");
        asker.upload(&death, "file", b"").await.expect_status(422).expect_text("请先选择一个文件");
        asker.post(&death, &[]).await.expect_status(422).expect_text("请先选择一个文件");
        large.truncate(PROOF_FILE_MAX_BYTES);
        for file in [&large[..], JPEG, PDF] {
            asker.upload(&death, "file", file).await.expect_status(303);
        }
        asker.upload(&death, "file", JPEG).await.expect_status(422).expect_text("已有3个文件");
        let mut stranger = world.newcomer(STRANGER).await;
        stranger.upload(&death, "file", JPEG).await.expect_status(404);
        stranger.post(&format!("{path}/submit"), &[]).await.expect_status(404);
        let request = Uuid::parse_str(path.rsplit('/').next().unwrap()).unwrap();
        let file = proofs::files(&world.centre.data, &request.to_string()).await.unwrap().remove(0).id;
        stranger.post(&format!("{path}/proof/remove"), &[("file", &file)]).await.expect_status(404);
        asker.post(&format!("{path}/proof/remove"), &[("file", &file)]).await.expect_status(303);
        asker.upload(&format!("{path}/proof/kinship"), "file", PDF).await.expect_status(303);
        asker.post(&format!("{path}/submit"), &[]).await.expect_status(303);
        // From here nothing is changed any more.
        asker.upload(&death, "file", JPEG).await.expect_status(404);
        let file = proofs::files(&world.centre.data, &request.to_string()).await.unwrap().remove(0).id;
        asker.post(&format!("{path}/proof/remove"), &[("file", &file)]).await.expect_status(404);
    }

    async fn an_arrangement_is_ones_own_is_in_the_copy_and_goes_with_the_account(world) {
        let mut browser = world.newcomer(GONE).await;
        browser.get(DIRECTIVE).await.expect_status(303);
        world.step_up(&mut browser).await;
        browser.get(DIRECTIVE).await.expect_status(200).expect_text("没有安排时就是这样");
        let wrong = [("choice", "only"), ("trusted_name", "周以宁"), ("trusted_phone", "123")];
        let page = browser.post(DIRECTIVE, &wrong).await.expect_status(422).expect_text("请至少勾选一项");
        assert!(page.text().contains("value=\"周以宁\"") && page.text().contains("value=\"123\""));
        let set = [("choice", "only"), ("rights", "copy"), ("rights", "see"), ("trusted_name", "周以宁"), ("trusted_phone", ASKER)];
        browser.post(DIRECTIVE, &set).await.expect_status(303);
        browser.get(DIRECTIVE).await.expect_text("近亲属只可以申请查阅、复制。").expect_text("信任的人：周以宁");
        let expected = Event::DirectiveSet { choice: "only".into(), rights: vec!["see".into(), "copy".into()], trusted: true };
        assert_eq!(world.events(&browser).await.pop(), Some(expected));
        let caller = world.caller(&browser).await;
        let own = server::records::own::own(&world.centre, &caller).await.unwrap();
        assert_eq!(own["directive"][0].content.value, format!("近亲属只可以申请查阅、复制；信任的人：周以宁 {ASKER}"));
        let page = browser.get("/settings/data").await.expect_status(200).expect_text("生前安排");
        assert!(!page.text().contains(ASKER));
        let mut tx = world.centre.data.begin().await.unwrap();
        server::execution::rows::remove(&mut tx, caller.person).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(world, "SELECT COUNT(*) FROM directive").await, 0);
    }

    async fn what_can_not_be_read_is_never_taken_for_nothing_arranged(world) {
        let mut gone = world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        arrange(world, &mut gone, &[("choice", "nobody")]).await.expect_status(303);
        let person = world.caller(&gone).await.person;
        let (_, number) = filed(world, &mut asker, GONE, &["see"]).await;
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE directive SET content = $1").bind(vec![1_u8; 40]).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(directive::standing(&world.centre.data, &world.centre, person).await.is_err());
        let now = world.centre.now();
        assert!(officer::answer_by(&world.centre, &number, &granted(), Some("何清"), now).await.is_err());
        assert!(!is_stored_only(&world.centre.data, person).await.unwrap());
    }

    async fn both_accounts_can_be_removed_whatever_stands_between_them(world) {
        let gone = world.newcomer(GONE).await;
        let mut asker = world.newcomer(ASKER).await;
        let (_, number) = filed(world, &mut asker, GONE, &["copy"]).await;
        answer(world, &number, &granted()).await.unwrap();
        while job::run_next(&world.centre).await.unwrap() {}
        filed(world, &mut asker, GONE, &["copy"]).await;
        for browser in [&asker, &gone] {
            let person = world.caller(browser).await.person;
            let mut tx = world.centre.data.begin().await.unwrap();
            server::execution::rows::remove(&mut tx, person).await.unwrap();
            tx.commit().await.unwrap();
        }
        for table in ["SELECT COUNT(*) FROM kin_request", "SELECT COUNT(*) FROM kin_proof", "SELECT COUNT(*) FROM export_part"] {
            assert_eq!(count(world, table).await, 0, "{table}");
        }
    }
}
