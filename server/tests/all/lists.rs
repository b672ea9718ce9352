//! Lists of a person's own that grow with the years come a page at a time; and what a newer version wrote into the ledger is
//! shown as such on each page that reads it.

use app::proof::merkle::leaf_hash;
use app::time::SECOND;
use server::ledger::{self, Event};
use server::storage::sql;
use server::vault::{Category, Place};
use server::web::Caller;
use server::web::older::PAGE;
use sha2::{Digest as _, Sha256};

use crate::support::{Browser, Page, World};

const PHONE: &str = "13900000001";
const CONSENTS: &str = "/settings/privacy/consents";
const PAST: &str = "/settings/privacy/consents/past";
const ERASURES: &str = "/settings/privacy/consents/erasures";
const DEVICES: &str = "/settings/account/devices";

/// The address of the page after this.
fn next(page: &Page) -> Option<String> {
    let text = page.text();
    let link = text.split("<a ").find(|link| link.split('>').next().is_some_and(|tag| tag.contains("rel=\"next\"")))?;
    Some(link.split("href=\"").nth(1)?.split(['"', '#']).next()?.to_owned())
}

/// How often a mark stands on each page of a list.
async fn counts(browser: &mut Browser, path: &str, mark: &str) -> Vec<usize> {
    let (mut counts, mut path) = (Vec::new(), Some(path.to_owned()));
    while let Some(here) = path {
        let page = browser.get(&here).await.expect_status(200);
        assert!(page.body.len() < 150_000, "{here} has {} bytes", page.body.len());
        counts.push(page.text().matches(mark).count());
        path = next(&page);
    }
    counts
}

/// Writes an event of any text into a chain, as a newer version would.
async fn append(world: &World, caller: &Caller, body: &str) {
    let name = caller.pseudonym.as_str();
    let mut tx = world.centre.data.begin().await.unwrap();
    let (position, previous) = sql("SELECT length, hash FROM chain_head WHERE pseudonym = $1")
        .bind(name)
        .fetch_one::<(i64, Vec<u8>)>(&mut tx)
        .await
        .unwrap();
    let at = world.centre.now().0;
    let hex: String = previous.iter().map(|byte| format!("{byte:02x}")).collect();
    let body_as_json = serde_json::to_string(body).unwrap();
    let canonical =
        format!(r#"{{"pseudonym":"{name}","position":{position},"at":{at},"previous":"{hex}","body":{body_as_json}}}"#);
    let hash = Sha256::digest(&canonical).to_vec();
    sql("INSERT INTO event (pseudonym, position, at, body, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(name)
        .bind(position)
        .bind(at)
        .bind(body)
        .bind(previous)
        .bind(hash.clone())
        .execute(&mut tx)
        .await
        .unwrap();
    sql("UPDATE chain_head SET length = $2, hash = $3 WHERE pseudonym = $1")
        .bind(name)
        .bind(position + 1)
        .bind(hash)
        .execute(&mut tx)
        .await
        .unwrap();
    sql("INSERT INTO pending_event (pseudonym, position, leaf_hash) VALUES ($1, $2, $3)")
        .bind(name)
        .bind(position)
        .bind(leaf_hash(canonical.as_bytes()))
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn what_a_newer_version_wrote_is_shown_as_such_and_breaks_no_page(world) {
        let mut browser = world.newcomer(PHONE).await;
        let yes = [("purpose", "location"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        let caller = world.caller(&browser).await;
        world.pass(SECOND);
        for body in [
            r#"{"kind":"device_trusted","device":7}"#,
            r#"{"kind":"decided","purpose":"something_newer","granted":true}"#,
            r#"{"kind":"copy","step":["newer"]}"#,
        ] {
            append(world, &caller, body).await;
        }
        let page = browser.get(CONSENTS).await.expect_status(200).expect_text("全部记录（4 条）");
        assert_eq!(page.text().matches("一项本版本认不出的记录").count(), 3);
        let day = world.centre.now().beijing_date();
        browser.get(PAST).await.expect_status(200);
        browser.get(&format!("{PAST}?date={day}")).await.expect_status(200).expect_text("还有 3 项本版本认不出的记录");
        browser.get(&format!("{PAST}?date={day}&time=00:00")).await;
        browser.get(ERASURES).await.expect_status(200).expect_text("还有 3 项本版本认不出的记录");
        let all = browser.get(&format!("{CONSENTS}/proofs")).await.expect_status(200);
        assert!(all.text().contains("receipt") && !all.text().contains("something_newer"));
        // It stands in the ledger as it is, and what comes after it follows on from it.
        let no = [("purpose", "location"), ("granted", "false")];
        browser.post("/settings/privacy/permissions", &no).await.expect_status(303);
        ledger::sequence(&world.centre.data, &world.centre.signer, world.centre.now()).await.unwrap();
        ledger::verify(&world.centre.data, &world.centre.signer.verifier()).await.unwrap().unwrap();
        let copied = server::export::registers::all(&world.centre, &caller).await.unwrap();
        let told = copied.iter().flat_map(|(_, entries)| entries).filter(|one| one.content.value.contains("认不出"));
        assert_eq!(told.count(), 3);
        // What is broken is no newer version: nothing follows from leaving it out.
        append(world, &caller, r#"{"kind":"decided","purpose":"location","granted":"perhaps"}"#).await;
        browser.get(CONSENTS).await.expect_status(500);
    }

    async fn what_was_decided_and_erased_over_years_comes_a_page_at_a_time(world) {
        let mut browser = world.newcomer(PHONE).await;
        let yes = [("purpose", "location"), ("granted", "true")];
        browser.post("/settings/privacy/permissions", &yes).await.expect_status(303);
        let caller = world.caller(&browser).await;
        let decided = world.events(&browser).await.pop().unwrap();
        assert!(matches!(decided, Event::Decided { .. }));
        let many = 3 * PAGE + 20;
        let erased = Event::DataErased { scope: "kind:browse_log".to_owned(), erased: 1, restricted: 0 };
        let mut tx = world.centre.data.begin().await.unwrap();
        for _ in 1..many {
            for event in [&decided, &erased] {
                ledger::append(&mut tx, &caller.pseudonym, world.centre.now(), event).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        browser.get(CONSENTS).await.expect_text(&format!("全部记录（{many} 条）"));
        assert_eq!(counts(&mut browser, CONSENTS, "<li><time").await, [PAGE, PAGE, PAGE, 20]);
        browser.get(&format!("{CONSENTS}?skip={PAGE}")).await.expect_text("回到最新的记录");
        assert_eq!(counts(&mut browser, ERASURES, "下载删除证明：").await, [PAGE, PAGE, PAGE, 19]);
        browser.get(&format!("{ERASURES}?skip=x")).await.expect_status(400);
        browser.get(&format!("{CONSENTS}?skip=-1")).await.expect_status(400);
        browser.get(&format!("{CONSENTS}?skip={}", u64::MAX)).await.expect_status(200);
    }

    async fn who_is_signed_in_at_very_many_places_sees_them_a_page_at_a_time_and_ends_them_at_once(world) {
        let mut browser = world.newcomer(PHONE).await;
        let caller = world.caller(&browser).await;
        let now = world.centre.now();
        let key = world.centre.vault.key_for(caller.person, Category::Devices, now).await.unwrap();
        let mut tx = world.centre.data.begin().await.unwrap();
        for n in 0..PAGE + 5 {
            let id = uuid::Uuid::now_v7().to_string();
            let place = Place { table: "session", column: "client", row: &id };
            let sealed = key.seal(place, br#"{"user_agent":"","address":"203.0.113.7"}"#);
            sql("INSERT INTO session (id, person_id, token_hash, client, created_at, last_seen_at, expires_at) \
                 SELECT $2, person_id, $3, $4, created_at, last_seen_at - 1, expires_at FROM session WHERE id = $1")
                .bind(caller.session)
                .bind(&id)
                .bind(Sha256::digest(n.to_be_bytes()).to_vec())
                .bind(sealed)
                .execute(&mut tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(counts(&mut browser, DEVICES, "class=\"cell device\"").await, [PAGE, 6]);
        browser.get(&format!("{DEVICES}?skip={PAGE}")).await.expect_text("退出其他所有设备");
    }
}
