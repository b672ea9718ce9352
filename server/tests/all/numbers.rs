//! A number that is given to somebody else does not bring the data of who had it before.

use app::promises::{CODE_PAUSE, COOLING_OFF, IMPORT_LATE};
use app::time::{DAY, HOUR, MINUTE, Moment};
use serde_json::{Value, json};
use server::cancellation;
use server::centre::Centre;
use server::execution;
use server::numbers::{self, Claim};
use server::records::Refused;
use server::records::import::{Report, import_within};
use server::replay;
use server::storage::sql;
use server::web::build_router;
use uuid::Uuid;

use crate::cancellation::step;
use crate::support::{Browser, PASSWORD, World};

const PHONE: &str = "13900000081";
const OTHER: &str = "13900000082";

/// One line of every sort that `import` knows, as of then.
fn lines(phone: &str, at: Moment) -> Vec<Value> {
    let at = at.iso_millis();
    let id = |sort: &str| format!("{sort}-{phone}-{at}");
    vec![
        json!({"id": id("cart"), "phone": phone, "field": "cart", "at": at, "value": "春季连衣裙"}),
        json!({"id": id("out"), "phone": phone, "at": at, "disclosure":
            {"recipient": "logistics", "fields": ["consignee_name"], "ground": "contract"}}),
        json!({"id": id("coupon"), "phone": phone, "at": at, "affair": {"kind": "coupon", "open": true, "detail": "满100减10"}}),
    ]
}

async fn take_within(centre: &Centre, late: i64, lines: &[Value]) -> Report {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let parts = ((&centre.data, &centre.vault, &centre.catalogue), late);
    import_within(parts, text.as_bytes(), &mut Vec::new(), |_| (), centre.now()).await.unwrap()
}

async fn take(centre: &Centre, lines: &[Value]) -> Report {
    take_within(centre, IMPORT_LATE, lines).await
}

fn refused(report: &Report, why: Refused) -> u64 {
    assert_eq!(report.rejected(), report.refused.get(&why).copied().unwrap_or_default(), "{report}");
    report.rejected()
}

/// Leaves, and is erased to the end.
async fn leave(world: &World, browser: &mut Browser) {
    for name in ["begin", "proof", "confirm"] {
        step(browser, name).await.expect_status(303);
    }
    world.pass(COOLING_OFF);
    cancellation::store::execute_due(&world.centre, world.centre.now()).await.unwrap();
    assert!(execution::run_next(&world.centre).await.unwrap());
    world.pass(HOUR);
}

async fn fresh_code(world: &World, phone: &str, before: usize) -> String {
    let wait = async {
        while world.sent() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("a code is sent");
    world.code(phone).await
}

/// The next owner of a number opens an account.
async fn register_next(world: &World, mut browser: Browser, phone: &str) -> Browser {
    world.pass(CODE_PAUSE);
    let before = world.sent();
    browser.post("/register/code", &[("phone", phone)]).await.expect_status(200);
    let code = fresh_code(world, phone, before).await;
    let username = format!("后来的{}", &phone[5..]);
    let fields = [
        ("phone", phone),
        ("code", code.as_str()),
        ("username", username.as_str()),
        ("password", PASSWORD),
        ("age", "adult"),
        ("agree", "yes"),
    ];
    browser.post("/register", &fields).await.expect_status(303);
    browser
}

async fn change_phone(world: &World, browser: &mut Browser, present: &str, new: &str) {
    world.pass(CODE_PAUSE);
    let before = world.sent();
    browser.post("/settings/account/phone/present-code", &[]).await.expect_status(200);
    let present_code = fresh_code(world, present, before).await;
    let before = world.sent();
    browser.post("/settings/account/phone/new-code", &[("phone", new)]).await.expect_status(200);
    let code = fresh_code(world, new, before).await;
    let fields = [("present_code", present_code.as_str()), ("phone", new), ("code", &code)];
    browser.post("/settings/account/phone", &fields).await.expect_status(303);
    world.pass(HOUR);
}

/// Rows that say anything of a person's imported data.
async fn imported(centre: &Centre, person: Uuid) -> i64 {
    let count = sql("SELECT (SELECT COUNT(*) FROM record WHERE person_id = $1) + \
         (SELECT COUNT(*) FROM disclosure WHERE person_id = $1) + (SELECT COUNT(*) FROM affair WHERE person_id = $1)");
    count.bind(person).fetch_one::<(i64,)>(&centre.data).await.unwrap().0
}

async fn tombstones(centre: &Centre) -> i64 {
    sql("SELECT COUNT(*) FROM former_number").fetch_one::<(i64,)>(&centre.data).await.unwrap().0
}

on_both_engines! {
    async fn of_an_erased_account_nothing_comes_to_the_next_owner_of_its_number(world) {
        let centre = &world.centre;
        let mut first = world.newcomer(PHONE).await;
        assert_eq!(take(centre, &lines(PHONE, centre.now())).await.written, 3);
        leave(world, &mut first).await;
        // An hour has passed since.
        let erased = centre.now().plus(-HOUR);
        let next = register_next(world, world.browser(), PHONE).await;
        let person = world.caller(&next).await.person;
        for at in [erased, erased.plus(-DAY), erased.plus(-100 * DAY)] {
            assert_eq!(refused(&take(centre, &lines(PHONE, at)).await, Refused::NotTheirs), 3);
        }
        assert_eq!(imported(centre, person).await, 0);
        // What came about after the erasure is the next owner's, in the program's first minutes there, too.
        world.pass(MINUTE);
        assert_eq!(take(centre, &lines(PHONE, centre.now())).await.written, 3);
        assert_eq!(take(centre, &lines(PHONE, centre.now().plus(-2 * MINUTE))).await.written, 3, "before they registered");
        assert_eq!(imported(centre, person).await, 6);
        // A number that nobody here gave up: what its owner did before they registered is theirs.
        world.newcomer(OTHER).await;
        assert_eq!(take(centre, &lines(OTHER, centre.now().plus(-100 * DAY))).await.written, 3);
    }

    async fn a_number_that_was_changed_away_brings_nothing_of_before_either(world) {
        let centre = &world.centre;
        let mut first = world.newcomer(PHONE).await;
        let before = centre.now().plus(-DAY);
        change_phone(world, &mut first, PHONE, OTHER).await;
        let next = register_next(world, world.browser(), PHONE).await;
        assert_eq!(refused(&take(centre, &lines(PHONE, before)).await, Refused::NotTheirs), 3);
        assert_eq!(imported(centre, world.caller(&next).await.person).await, 0);
        // Nor does the number that was changed to bring what came about when somebody else had it.
        assert_eq!(refused(&take(centre, &lines(OTHER, before)).await, Refused::NotTheirs), 3);
        assert_eq!(imported(centre, world.caller(&first).await.person).await, 0);
        assert_eq!(take(centre, &lines(OTHER, centre.now())).await.written, 3);
    }

    async fn a_number_that_goes_while_a_file_is_read_takes_nothing_along(world) {
        let centre = &world.centre;
        let mut first = world.newcomer(PHONE).await;
        let person = world.caller(&first).await.person;
        let number = centre.vault.blind_index("phone", PHONE);
        let claim = Claim { person, number, at: centre.now() };
        let look = async || {
            let mut tx = centre.data.begin().await.unwrap();
            numbers::refusals(&mut tx, &centre.vault, (&[Some(claim), None], IMPORT_LATE), centre.now()).await.unwrap()
        };
        assert_eq!(look().await, [None, None]);
        change_phone(world, &mut first, PHONE, OTHER).await;
        assert_eq!(look().await, [Some(Refused::NoPerson), None]);
    }

    async fn a_tombstone_ends_with_its_key_and_what_is_as_old_is_refused_by_its_age(world) {
        let centre = &world.centre;
        let mut first = world.newcomer(PHONE).await;
        leave(world, &mut first).await;
        let erased = centre.now();
        register_next(world, world.browser(), PHONE).await;
        let late = 10 * DAY;
        let day = erased.0.div_euclid(DAY).unsigned_abs();
        let keys = async || centre.vault.count_keys(Uuid::from_u64_pair(0, day)).await.unwrap();
        world.pass(late);
        numbers::forget(centre, late, centre.now()).await.unwrap();
        assert_eq!((tombstones(centre).await, keys().await), (1, 1), "to the end of its day");
        world.pass(DAY);
        for _ in 0..2 {
            numbers::forget(centre, late, centre.now()).await.unwrap();
            assert_eq!((tombstones(centre).await, keys().await), (0, 0));
        }
        let report = take_within(centre, late, &lines(PHONE, erased.plus(-DAY))).await;
        assert_eq!(refused(&report, Refused::TooLate), 3);
        // However much an operator may set, no more than is promised.
        world.pass(IMPORT_LATE);
        let report = take_within(centre, 1_000 * DAY, &lines(PHONE, erased.plus(-DAY))).await;
        assert_eq!(refused(&report, Refused::TooLate), 3);
        // What came about since they have the number is theirs, however late it comes.
        assert_eq!(take_within(centre, late, &lines(PHONE, erased.plus(2 * HOUR))).await.written, 3);
    }

    async fn where_a_key_is_missing_nothing_of_its_time_is_taken(world) {
        let centre = &world.centre;
        let mut first = world.newcomer(PHONE).await;
        leave(world, &mut first).await;
        let erased = centre.now();
        register_next(world, world.browser(), PHONE).await;
        let day = erased.0.div_euclid(DAY).unsigned_abs();
        centre.vault.destroy_all(Uuid::from_u64_pair(0, day), centre.now()).await.unwrap();
        assert_eq!(refused(&take(centre, &lines(PHONE, erased.plus(-DAY))).await, Refused::NotTheirs), 3);
    }

    async fn a_restored_backup_learns_what_was_given_up_since(world) {
        let centre = &world.centre;
        let mut known = world.newcomer(PHONE).await;
        replay::settle(centre).await.unwrap();
        let backup = world.databases.back_up().await;
        world.pass(HOUR);
        let mut unknown = world.newcomer(OTHER).await;
        leave(world, &mut unknown).await;
        leave(world, &mut known).await;
        let before = centre.now().plus(-20 * DAY);
        let restored = world.restored(&backup).await;
        replay::catch_up(&restored).await.unwrap().expect("it is behind");
        assert_eq!(tombstones(&restored).await, 2);
        for phone in [PHONE, OTHER] {
            let mut next = world.browser();
            next.router = build_router(&restored);
            register_next(world, next, phone).await;
            assert_eq!(refused(&take(&restored, &lines(phone, before)).await, Refused::NotTheirs), 3, "{phone}");
        }
        restored.data.close().await;
    }
}
