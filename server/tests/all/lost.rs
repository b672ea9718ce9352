//! 无法登录时注销: claimed without a session, compared by a human, granted to the end, refused, taken back, rejected; and nothing
//! that tells a stranger who has an account here.

use app::cancellation::model::State;
use app::lost::model::Standing;
use app::promises::{ANSWER_WORKING_DAYS, COOLING_OFF, COOLING_OFF_NOTICE, LOST_CLAIMS_PER_ACCOUNT, LOST_RESULT_LIFE};
use app::requests::model::{Ground, Kind};
use app::time::{DAY, MINUTE};
use memchr::memmem;
use serde_json::json;
use server::accounts::sessions::Token;
use server::cancellation::store;
use server::demo::Message;
use server::execution;
use server::ledger::{self, Event, Pseudonym, verify};
use server::lost::{claims, follow, officer as lost};
use server::messages::outbox;
use server::replay;
use server::requests::officer::{self, NotAnswered};
use server::requests::overdue;
use server::requests::store::Verdict;
use server::storage::sql;
use server::vault::{Place, VaultError};
use uuid::Uuid;

use crate::cancellation::{CANCEL, PHONE, report, run_jobs, state, take};
use crate::support::{Page, World, dump, with_services};

const CONTACT: &str = "13900000091";
const FORM: &str = "/signin/lost";
const TEXT: &str = "三月买过一把紫砂壶，寄到平江路";
const NOBODY: &str = "13900000099";

fn fields<'a>(account: &'a str, contact: &'a str, code: &'a str) -> [(&'static str, &'a str); 5] {
    [("account", account), ("phone", contact), ("code", code), ("text", TEXT), ("own", "true")]
}

async fn claim(world: &World, account: &str, contact: &str) -> Page {
    // A next code to the same phone takes its pause.
    world.pass(MINUTE);
    let mut visitor = world.browser();
    let before = world.sent();
    visitor.post("/signin/lost/code", &[("phone", contact)]).await.expect_status(200);
    // An older code to the same phone is not meant.
    while world.sent() == before {
        tokio::task::yield_now().await;
    }
    let code = world.code(contact).await;
    visitor.post(FORM, &fields(account, contact, &code)).await
}

/// A claim that was filed: where its link leads.
pub async fn filed(world: &World, account: &str, contact: &str) -> String {
    let page = claim(world, account, contact).await.expect_status(303);
    outbox::run(&world.centre).await.unwrap();
    page.location().unwrap().to_owned()
}

pub async fn id_of(world: &World, path: &str) -> Uuid {
    let hash = Token::typed(token(path)).hash();
    let row =
        sql("SELECT id FROM lost_claim WHERE token_hash = $1").bind(hash).fetch_one::<(String,)>(&world.centre.data);
    Uuid::parse_str(&row.await.unwrap().0).unwrap()
}

/// The numbers of the claims on the officer's list.
async fn listed(world: &World) -> Vec<String> {
    let waiting =
        officer::waiting(&world.centre).await.unwrap().into_iter().filter(|one| one.kind == Kind::Cancellation);
    waiting.map(|one| one.number).collect()
}

async fn answer(world: &World, number: &str, verdict: &Verdict) -> Result<(), NotAnswered> {
    officer::answer_by(&world.centre, number, verdict, Some("何清"), world.centre.now()).await.unwrap()
}

fn yes() -> Verdict {
    Verdict::Fulfilled("你写的和订单对得上。".into())
}

fn no(ground: Ground) -> Verdict {
    Verdict::Denied(ground, "写的和我们知道的对不上。".into())
}

/// A claim to that account that was granted: where its link leads.
async fn granted(world: &World) -> String {
    let path = filed(world, PHONE, CONTACT).await;
    answer(world, &listed(world).await[0], &yes()).await.unwrap();
    outbox::run(&world.centre).await.unwrap();
    path
}

async fn jobs(world: &World) {
    run_jobs(world).await;
    while execution::run_next(&world.centre).await.unwrap() {}
    outbox::run(&world.centre).await.unwrap();
    follow::close(&world.centre, world.centre.now()).await.unwrap();
}

/// What was sent to a phone by SMS that is no code, oldest first.
fn told(world: &World, phone: &str) -> Vec<String> {
    let masked = format!("{}****{}", &phone[..3], &phone[7..]);
    let sms = world.messages().into_iter().rev().filter_map(|message| match message {
        Message::Sms { masked_phone, text, .. } if masked_phone == masked && !text.contains("验证码") => Some(text),
        _ => None,
    });
    sms.collect()
}

async fn see(world: &World, path: &str) -> Page {
    world.browser().get(path).await.expect_status(200)
}

async fn sealed(world: &World, claim: Uuid) -> Option<Vec<u8>> {
    let row = sql("SELECT content FROM lost_claim WHERE id = $1").bind(claim);
    row.fetch_one::<(Option<Vec<u8>>,)>(&world.centre.data).await.unwrap().0
}

/// Nothing of what was typed is left: no key, no column, no text; and what a copy from before holds opens no more.
async fn gone(world: &World, claim: Uuid, copied: &[u8]) {
    assert_eq!(world.centre.vault.count_keys(claim).await.unwrap(), 0);
    let row =
        sql("SELECT id FROM lost_claim WHERE id = $1 AND content IS NULL AND answer IS NULL AND in_the_way IS NULL \
         AND account_index IS NULL AND contact_index IS NULL AND closed_at IS NOT NULL");
    row.bind(claim).fetch_one::<(String,)>(&world.centre.data).await.unwrap();
    let left = sql("SELECT COUNT(*) FROM outgoing_message WHERE owner = $1 AND content IS NOT NULL");
    assert_eq!(left.bind(claim).fetch_one::<(i64,)>(&world.centre.data).await.unwrap().0, 0);
    let (_, bytes) = dump(world).await;
    assert!([CONTACT, TEXT, "紫砂壶"].iter().all(|text| memmem::find(&bytes, text.as_bytes()).is_none()));
    let id = claim.to_string();
    let place = Place { table: "lost_claim", column: "content", row: &id };
    let opened = world.centre.vault.ring(claim).await.unwrap().open(place, copied).await;
    assert!(matches!(opened, Err(VaultError::Erased)));
}

async fn chain(world: &World, pseudonym: &Pseudonym) -> Vec<String> {
    let history = ledger::history(&world.centre.data, pseudonym).await.unwrap();
    let step = |event| match event {
        Event::LostClaim { step, .. } => Some(step),
        Event::Cancellation { state, .. } => Some(state),
        _ => None,
    };
    history.into_iter().filter_map(|recorded| step(recorded.event)).collect()
}

on_both_engines! {
    with with_services();

    async fn a_claim_is_compared_by_a_human_granted_and_carried_out_to_the_certificate(world) {
        let mut owner = world.newcomer(PHONE).await;
        let pseudonym = world.caller(&owner).await.pseudonym;
        let order = json!({
            "id": "order-1", "phone": PHONE, "field": "order_items", "at": world.centre.now().plus(-10 * DAY).iso_millis(),
            "value": "紫砂壶 西施款",
        });
        assert_eq!(take(world, &[order]).await.written, 1);
        let path = filed(world, PHONE, CONTACT).await;
        let claim = id_of(world, &path).await;
        outbox::run(&world.centre).await.unwrap();
        let due = world.centre.catalogue.working_days().after(world.centre.now(), ANSWER_WORKING_DAYS).date();
        let page = see(world, &path).await.expect_text("审核中").expect_text(&due);
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        let first = told(world, CONTACT);
        assert!(first.len() == 1 && first[0].contains(&due) && first[0].contains(&format!("http://privacy.test{path}")));
        assert_eq!(told(world, PHONE), Vec::<String>::new(), "the owner is not flooded");
        // The list tells whether there is such an account, and nothing that was typed; what was is looked at, with an event.
        let waiting = officer::waiting(&world.centre).await.unwrap().pop().unwrap();
        assert!(waiting.about.contains("139****0001，有这个账号") && waiting.wish.text.is_empty() && waiting.proof.is_none());
        let shown = lost::look(&world.centre, &waiting.number, world.centre.now()).await.unwrap().expect("it waits");
        assert!(shown.contains(TEXT) && shown.contains("紫砂壶 西施款") && shown.contains(PHONE));
        assert_eq!(chain(world, &Pseudonym::centre()).await, ["filed"]);
        assert_eq!(chain(world, &pseudonym).await, ["seen"]);
        let nameless = officer::answer_by(&world.centre, &waiting.number, &yes(), None, world.centre.now()).await.unwrap();
        assert!(matches!(nameless, Err(NotAnswered::NoReviewer)));
        answer(world, &waiting.number, &yes()).await.unwrap();
        assert!(listed(world).await.is_empty());
        assert_eq!(state(world).await.0, State::CoolingOff);
        assert_eq!(chain(world, &pseudonym).await, ["seen", "cooling_off", "granted"]);
        // Every device is held at the page that says it, and nothing skips the cooling-off.
        assert_eq!(owner.get("/settings/data").await.expect_status(303).location(), Some(CANCEL));
        owner.get(CANCEL).await.expect_text("不是我，撤回注销申请").expect_text("这次注销是在登录页提出的");
        owner.post(&format!("{CANCEL}/hasten"), &[("understood", "true")]).await.expect_status(422);
        see(world, &path).await.expect_text("冷静期到");
        world.pass(COOLING_OFF - COOLING_OFF_NOTICE);
        jobs(world).await;
        assert_eq!((told(world, CONTACT).len(), told(world, PHONE).len()), (3, 2));
        let copied = sealed(world, claim).await.expect("it is under way");
        world.pass(COOLING_OFF_NOTICE);
        jobs(world).await;
        let (contact, phone) = (told(world, CONTACT), told(world, PHONE));
        assert_eq!((contact.len(), phone.len()), (4, 3), "{contact:?}");
        assert!(contact[1].contains("已通过") && contact[2].contains("将在") && contact[3] == phone[2]);
        // The link leads on to the certificate, for as long as the one of the last notice.
        let page = see(world, &path).await.expect_text("已完成").expect_text("账号已注销").text();
        let certificate = page.split("href=\"/leaving/").nth(1).unwrap().split('"').next().unwrap();
        see(world, &format!("/leaving/{certificate}")).await.expect_text("下载注销证明");
        world.browser().get(&format!("/leaving/{certificate}/certificate")).await.expect_status(200);
        gone(world, claim, &copied).await;
        world.pass(LOST_RESULT_LIFE + DAY);
        jobs(world).await;
        see(world, &path).await.expect_text("账号已注销");
        verify(&world.centre.data, &world.centre.signer.verifier()).await.unwrap().unwrap();
    }

    async fn a_refusal_says_why_who_reviewed_it_and_what_one_can_do(world) {
        world.newcomer(PHONE).await;
        let path = filed(world, PHONE, CONTACT).await;
        let claim = id_of(world, &path).await;
        let copied = sealed(world, claim).await.expect("it waits");
        let number = listed(world).await.remove(0);
        for telling in [Ground::NotHeld, Ground::LawKeeps, Ground::Arranged] {
            assert!(matches!(answer(world, &number, &no(telling)).await, Err(NotAnswered::TellsOfAccount)));
        }
        answer(world, &number, &no(Ground::NotProved)).await.unwrap();
        assert!(matches!(answer(world, &number, &yes()).await, Err(NotAnswered::NoRequest(_))));
        see(world, &path).await.expect_text("未通过").expect_text("没能核实申请人的身份").expect_text("对不上").expect_text("审核人：何清").expect_text("网信部门");
        jobs(world).await;
        let texts = told(world, CONTACT);
        assert!(texts.len() == 2 && texts[1].contains("没能核实申请人的身份") && texts[1].contains("对不上"));
        gone(world, claim, &copied).await;
        // The words went with the key; the reason stays for as long as was promised.
        let page = see(world, &path).await.expect_text("没能核实申请人的身份").text();
        assert!(!page.contains("何清") && !page.contains("对不上"));
        world.pass(LOST_RESULT_LIFE + MINUTE);
        jobs(world).await;
        world.browser().get(&path).await.expect_status(404);
        let (rows,) = sql("SELECT COUNT(*) FROM lost_claim").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(rows, 0);
    }

    async fn whoever_is_signed_in_takes_it_back_with_one_tap(world) {
        let mut owner = world.newcomer(PHONE).await;
        let path = granted(world).await;
        let claim = id_of(world, &path).await;
        let copied = sealed(world, claim).await.expect("it is under way");
        owner.post(&format!("{CANCEL}/withdraw"), &[]).await.expect_status(303);
        assert_eq!(state(world).await.0, State::Withdrawn);
        owner.get("/settings").await.expect_status(200);
        see(world, &path).await.expect_text("已由账号本人撤回").expect_text("网信部门");
        world.pass(COOLING_OFF);
        jobs(world).await;
        let texts = told(world, CONTACT);
        assert_eq!(texts.len(), 3, "no reminder goes: {texts:?}");
        assert!(texts[2].contains("撤回了注销申请"));
        gone(world, claim, &copied).await;
        // What they begin themselves is no stranger's.
        for step in ["begin", "proof", "confirm"] {
            crate::cancellation::step(&mut owner, step).await.expect_status(303);
        }
        let page = owner.get(CANCEL).await.expect_text("撤回注销申请").text();
        assert!(!page.contains("不是我"));
    }

    async fn the_owner_sees_what_waits_and_rejects_it_before_any_human_does(world) {
        let mut owner = world.newcomer(PHONE).await;
        let name = server::accounts::store::identity(&world.centre, &world.caller(&owner).await).await.unwrap().username;
        let mut other = world.newcomer("13900000002").await;
        let by_phone = filed(world, PHONE, CONTACT).await;
        let by_name = filed(world, &name, CONTACT).await;
        let of_other = filed(world, "13900000002", "13900000092").await;
        let numbers = listed(world).await;
        for page in [CANCEL, "/settings/privacy/requests"] {
            let page = owner.get(page).await.expect_text("不是我，拒绝申请").text();
            assert!(page.contains(&numbers[0]) && page.contains(&numbers[1]) && !page.contains(&numbers[2]));
            assert!(!page.contains("0091") && !page.contains("紫砂壶"), "nothing of who claims it");
        }
        owner.post(&format!("{CANCEL}/lost/reject"), &[]).await.expect_status(303);
        assert_eq!(listed(world).await, [numbers[2].clone()]);
        assert!(!owner.get(CANCEL).await.text().contains("不是我"));
        other.get(CANCEL).await.expect_text("不是我，拒绝申请");
        let events = world.events(&owner).await;
        let rejected = events.iter().filter(|event| matches!(event, Event::LostClaim { step, .. } if step == "rejected"));
        assert_eq!(rejected.count(), 2);
        // Who claimed it reads the same as where there is no such account.
        for path in [by_phone, by_name] {
            let page = see(world, &path).await.expect_text("未通过").expect_text("没能核实申请人的身份").text();
            assert!(!page.contains("本人撤回"));
        }
        see(world, &of_other).await.expect_text("审核中");
        // There is nothing left to reject, and nothing more is written.
        owner.post(&format!("{CANCEL}/lost/reject"), &[]).await.expect_status(303);
        assert_eq!(world.events(&owner).await, events);
    }

    async fn nothing_tells_whether_there_is_such_an_account(world) {
        world.newcomer(PHONE).await;
        let mut seen = Vec::new();
        for (account, contact) in [(PHONE, CONTACT), (NOBODY, "13900000092")] {
            let page = claim(world, account, contact).await.expect_status(303);
            let path = page.location().unwrap().to_owned();
            let notice = page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>();
            outbox::run(&world.centre).await.unwrap();
            let (number, token) = (listed(world).await.pop().unwrap(), path.rsplit('/').next().unwrap());
            let plain = |text: &str| text.replace(&number, "NUMBER").replace(token, "TOKEN");
            let main = async || {
                let text = see(world, &path).await.text();
                // The nonce is new each time, and the second is filed a minute later.
                let main = text.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
                let (before, rest) = main.split_once("<time").unwrap();
                plain(&format!("{before}{}", rest.split_once("</time>").unwrap().1))
            };
            let open = main().await;
            answer(world, &number, &no(Ground::NotProved)).await.unwrap();
            outbox::run(&world.centre).await.unwrap();
            let refused = main().await.split("办结时间").next().unwrap().to_owned();
            let texts: Vec<_> = told(world, contact).iter().map(|text| plain(text)).collect();
            // Which columns hold something, and how long what is sealed is.
            let shape = sql("SELECT state, CAST(LENGTH(content) AS BIGINT), CAST(LENGTH(answer) AS BIGINT), in_the_way IS NULL, execution_id IS NULL, reason, \
                 CAST(LENGTH(account_index) AS BIGINT) FROM lost_claim ORDER BY made_at DESC LIMIT 1")
            .fetch_one::<(String, i64, i64, bool, bool, Option<String>, i64)>(&world.centre.data);
            seen.push((notice, open, refused, texts, shape_of(shape.await.unwrap())));
        }
        assert_eq!(seen[0], seen[1]);
        let grants = sql("SELECT COUNT(*) FROM lost_grant").fetch_one::<(i64,)>(&world.centre.data).await.unwrap();
        assert_eq!(grants.0, 0);
    }

    async fn the_officer_reads_that_there_is_no_such_account_and_grants_nothing(world) {
        let path = filed(world, NOBODY, CONTACT).await;
        let waiting = officer::waiting(&world.centre).await.unwrap().pop().unwrap();
        assert!(waiting.about.contains("没有这个账号"));
        let shown = lost::look(&world.centre, &waiting.number, world.centre.now()).await.unwrap().expect("it waits");
        assert!(shown.contains("没有这个账号") && shown.contains(TEXT));
        assert!(matches!(answer(world, &waiting.number, &yes()).await, Err(NotAnswered::NoSuchAccount)));
        see(world, &path).await.expect_text("审核中");
        assert_eq!(chain(world, &Pseudonym::centre()).await, ["filed", "seen"]);
        // Late is late, also here.
        assert!(overdue::tell(&world.centre, world.centre.now()).await.unwrap().is_empty());
        world.pass(30 * DAY);
        for _ in 0..2 {
            let late = overdue::tell(&world.centre, world.centre.now()).await.unwrap();
            assert_eq!(late, std::slice::from_ref(&waiting.number));
        }
        see(world, &path).await.expect_text("我们没有按时答复");
        let history = ledger::history(&world.centre.data, &Pseudonym::centre()).await.unwrap();
        assert_eq!(history.iter().filter(|r| matches!(r.event, Event::RequestOverdue { .. })).count(), 1);
        answer(world, &waiting.number, &no(Ground::NotProved)).await.unwrap();
    }

    async fn what_stands_in_the_way_holds_as_always_and_is_told_by_kind_alone(world) {
        let mut owner = world.newcomer(PHONE).await;
        report(world, "ord", "order", true).await;
        let path = filed(world, PHONE, CONTACT).await;
        let number = listed(world).await.remove(0);
        for _ in 0..2 {
            let Err(NotAnswered::Obstructed(list)) = answer(world, &number, &yes()).await else { panic!("it stands in the way") };
            assert!(list.contains("order：尾号 3821"));
        }
        owner.get("/settings").await.expect_status(200);
        let page = see(world, &path).await.expect_text("有进行中的订单").text();
        assert!(!page.contains("3821"), "nothing of what the account holds");
        outbox::run(&world.centre).await.unwrap();
        assert_eq!(told(world, CONTACT).iter().filter(|text| text.contains("要先处理：有进行中的订单")).count(), 1);
        report(world, "ord", "order", false).await;
        answer(world, &number, &yes()).await.unwrap();
        // And again when it is due.
        report(world, "case", "freeze", true).await;
        world.pass(COOLING_OFF);
        jobs(world).await;
        assert_eq!(state(world).await, (State::Refused, Some("freeze".to_owned())));
        see(world, &path).await.expect_text("未通过").expect_text("账号被司法机关冻结").expect_text("账号照常使用");
        assert!(told(world, CONTACT).last().unwrap().contains("账号被司法机关冻结"));
        owner.get("/settings").await.expect_status(200);
    }

    async fn what_is_under_way_already_goes_on_as_it_is_and_a_draft_in_review_makes_room(world) {
        let mut owner = world.newcomer(PHONE).await;
        for step in ["begin", "proof", "confirm"] {
            crate::cancellation::step(&mut owner, step).await.expect_status(303);
        }
        let due = store::due_at(&world.centre, world.caller(&owner).await.person).await.unwrap().unwrap();
        world.pass(2 * DAY);
        let path = granted(world).await;
        see(world, &path).await.expect_text(&due.date_time());
        world.pass(due.since(world.centre.now()));
        jobs(world).await;
        see(world, &path).await.expect_text("账号已注销");
    }

    async fn nobody_is_flooded_or_locked_out(world) {
        let mut owner = world.newcomer(PHONE).await;
        // Who answers at one phone has two at once, and reads it; nobody else does.
        for _ in 0..2 {
            filed(world, NOBODY, CONTACT).await;
        }
        claim(world, NOBODY, CONTACT).await.expect_status(422).expect_text("已经有2个申请在办理").expect_text(TEXT);
        // Of one account a few lie with a human; the next ones get the same answer and wait for their turn.
        let mut paths = Vec::new();
        for n in 0..LOST_CLAIMS_PER_ACCOUNT + 2 {
            paths.push(filed(world, PHONE, &format!("139000001{n:02}")).await);
        }
        for path in &paths {
            see(world, path).await.expect_text("审核中");
        }
        let numbers = listed(world).await;
        assert_eq!(numbers.len(), 2 + LOST_CLAIMS_PER_ACCOUNT);
        let page = owner.get(CANCEL).await.expect_status(200).text();
        assert_eq!(page.matches("<code>QL").count(), LOST_CLAIMS_PER_ACCOUNT);
        outbox::run(&world.centre).await.unwrap();
        assert!(told(world, PHONE).is_empty(), "the owner's phone hears nothing");
        answer(world, &numbers[2], &no(Ground::SuspectedFraud)).await.unwrap();
        assert_eq!(listed(world).await.len(), numbers.len(), "the next one is seen");
        // The owner goes on as usual, and rejects them all at once.
        for step in ["begin", "proof", "withdraw"] {
            crate::cancellation::step(&mut owner, step).await.expect_status(303);
        }
        owner.post(&format!("{CANCEL}/lost/reject"), &[]).await.expect_status(303);
        assert_eq!(listed(world).await, numbers[..2]);
    }

    async fn bad_input_loses_nothing_and_a_code_is_good_once(world) {
        let mut visitor = world.browser();
        let account = "小满的旧号";
        let sent = visitor.post("/signin/lost/code", &[("account", account), ("text", TEXT), ("phone", CONTACT), ("own", "true")]).await;
        let page = sent.expect_status(200).expect_text("验证码已发送").expect_text(account).expect_text(TEXT).text();
        assert!(page.contains("name=\"own\" value=\"true\" checked"));
        let code = world.code(CONTACT).await;
        let wrong = |name: &str, value: &str| {
            let mut all: Vec<_> = fields(account, CONTACT, &code).map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
            all.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| value.clone_into(v));
            all
        };
        for (name, value, says) in [
            ("account", "", "请填写账号的手机号或用户名"), ("phone", "1390", "请输入11位手机号"), ("text", "忘了", "太短了"),
            ("own", "", "请确认这是你本人的账号"), ("code", "", "请输入验证码"), ("code", "000", "验证码不对"),
        ] {
            let all = wrong(name, value);
            let all: Vec<_> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let page = visitor.post(FORM, &all).await.expect_status(422).expect_text(says).text();
            for (kept, typed) in all.iter().filter(|(kept, _)| !["code", "own"].contains(kept)) {
                assert!(page.contains(*typed), "{name} loses {kept}");
            }
        }
        assert!(listed(world).await.is_empty());
        visitor.post(FORM, &fields(account, CONTACT, &code)).await.expect_status(303);
        visitor.post(FORM, &fields(account, CONTACT, &code)).await.expect_status(422).expect_text("验证码不对");
        assert_eq!(listed(world).await.len(), 1);
        // A code for something else does nothing here.
        world.pass(MINUTE);
        world.newcomer(PHONE).await;
        world.pass(MINUTE);
        visitor.post("/signin/code", &[("phone", PHONE)]).await.expect_status(200);
        let other = world.code(PHONE).await;
        visitor.post(FORM, &fields(account, PHONE, &other)).await.expect_status(422).expect_text("验证码不对");
        // Whoever is signed in is shown the shorter way.
        let mut signed_in = world.newcomer("13900000003").await;
        signed_in.get(FORM).await.expect_text("你已经登录");
    }

    async fn a_restored_backup_learns_that_it_was_granted_and_the_claim_goes_on_from_there(world) {
        let owner = world.newcomer(PHONE).await;
        let person = world.caller(&owner).await.person;
        let path = filed(world, PHONE, CONTACT).await;
        replay::settle(&world.centre).await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(MINUTE);
        answer(world, &listed(world).await[0], &yes()).await.unwrap();
        let due = store::due_at(&world.centre, person).await.unwrap();
        let restored = world.restored(&old).await;
        assert_eq!(store::due_at(&restored, person).await.unwrap(), None);
        replay::catch_up(&restored).await.unwrap();
        assert_eq!(store::due_at(&restored, person).await.unwrap(), due);
        // That the claim was answered nobody knows any more; answered again, it goes on with what stands.
        let number = officer::waiting(&restored).await.unwrap().remove(0).number;
        world.pass(MINUTE);
        officer::answer_by(&restored, &number, &yes(), Some("何清"), restored.now()).await.unwrap().unwrap();
        let linked = claims::linked(&restored, token(&path)).await.unwrap().expect("it is there");
        assert_eq!(linked.standing, Standing::CoolingOff(due.expect("it was granted")));
        restored.data.close().await;
    }

    async fn a_restored_backup_brings_nothing_back_that_was_typed_into_a_claim_that_is_over(world) {
        let mut owner = world.newcomer(PHONE).await;
        let path = granted(world).await;
        replay::settle(&world.centre).await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(MINUTE);
        owner.post(&format!("{CANCEL}/withdraw"), &[]).await.expect_status(303);
        jobs(world).await;
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap();
        assert_eq!(store::due_at(&restored, world.caller(&owner).await.person).await.unwrap(), None);
        assert_eq!(claims::linked(&restored, token(&path)).await.unwrap(), None);
        for table in ["SELECT COUNT(*) FROM lost_claim", "SELECT COUNT(*) FROM lost_grant"] {
            assert_eq!(sql(table).fetch_one::<(i64,)>(&restored.data).await.unwrap().0, 0, "{table}");
        }
        restored.data.close().await;
    }

    async fn a_restored_backup_of_an_account_that_was_erased_since_ends_its_claim(world) {
        world.newcomer(PHONE).await;
        let path = granted(world).await;
        replay::settle(&world.centre).await.unwrap();
        let old = world.databases.back_up().await;
        world.pass(COOLING_OFF);
        run_jobs(world).await;
        // The disaster comes before the last notice is out: the claim's key lives still.
        assert!(execution::run_next(&world.centre).await.unwrap());
        let restored = world.restored(&old).await;
        replay::catch_up(&restored).await.unwrap();
        follow::close(&restored, restored.now()).await.unwrap();
        let linked = claims::linked(&restored, token(&path)).await.unwrap().expect("it is there");
        assert_eq!(linked.standing, Standing::Completed(None));
        restored.data.close().await;
    }
}

fn token(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

type Shape = (String, i64, i64, bool, bool, Option<String>, i64);

/// What was typed differs in nothing but a digit, so what is sealed must be as long.
fn shape_of(shape: Shape) -> Shape {
    assert!(shape.1 > 100 && shape.6 == 32);
    shape
}
