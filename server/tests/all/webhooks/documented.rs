//! That README tells all of it.

use std::collections::BTreeSet;

use app::records::rules::Scope;
use serde_json::Value;
use server::execution;
use server::records::erase::erase;
use server::storage::sql;
use server::web::build_router;
use server::webhooks::run;

use super::who::{COLLECTION, change_phone, consent, record, take};
use super::{PHONE, listening, set};

on_both_engines! {
    async fn the_readme_names_all_that_recipients_are_told(world) {
        let (centre, listener) = listening(world, &["sms", "analytics"]).await;
        let mut browser = world.newcomer(PHONE).await;
        browser.router = build_router(&centre);
        let caller = world.caller(&browser).await;
        consent(&mut browser).await;
        take(world, &[record(world, "d", "device_uid", "dev-7"), record(world, "s", "search_query", "咖啡")]).await;
        let (id,) = sql("SELECT id FROM record WHERE field = 'search_query'").fetch_one::<(String,)>(&centre.data).await.unwrap();
        browser.post(&format!("/settings/data/records/{id}/erase"), &[]).await.expect_status(303);
        erase(&centre, &caller, &Scope::Kind("device_uid".into()), centre.now()).await.unwrap();
        set(&mut browser, COLLECTION, "device_info", false).await;
        change_phone(world, &mut browser).await;
        run(&centre).await.unwrap();
        crate::execution::due(&centre, caller.person).await;
        assert!(execution::run_next(&centre).await.unwrap());
        run(&centre).await.unwrap();
        let readme = include_str!("../../../../README.md");
        let mut seen = BTreeSet::new();
        for notice in listener.notices() {
            let (kind, data) = (notice.body["type"].as_str().unwrap(), notice.body["data"].as_object().unwrap());
            let row = readme.lines().find(|line| line.starts_with(&format!("| `{kind}`"))).expect("it has a row");
            let inner = data.values().filter_map(Value::as_array).flatten().filter_map(Value::as_object).flat_map(|one| one.keys());
            let scope = data.get("scope").and_then(Value::as_str);
            let names = data.keys().chain(inner).map(String::as_str).filter(|name| *name != "subject").chain(scope);
            for name in names {
                assert!(row.contains(&format!("`{name}`")), "README has no {name} of {kind}");
            }
            if scope == Some("account") {
                assert_eq!(data["before"], notice.body["timestamp"], "what a new account of that phone brings is not meant");
            }
            seen.insert((kind.to_owned(), scope.map(ToOwned::to_owned)));
        }
        let told: Vec<_> = seen.iter().map(|(kind, scope)| (kind.as_str(), scope.as_deref())).collect();
        let erasures = [Some("account"), Some("kinds"), Some("values")].map(|scope| ("erasure.requested", scope));
        assert_eq!(told, [&[("consent.withdrawn", None), ("correction.requested", None)], &erasures[..]].concat());
    }
}
