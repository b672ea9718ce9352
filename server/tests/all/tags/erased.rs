//! Tags, audiences and what was picked by them go with 个性化推荐, and nothing arrives after it.

use std::fs;
use std::path::Path;

use app::consents::{Decision, Purpose};
use app::time::{DAY, HOUR};
use server::catalogue::Catalogue;
use server::consents::store::{self as consents, By, Made};
use server::ledger::Event;
use server::records::{Filter, Refused, erase};
use server::tags;
use server::web::build_router;

use super::{ADVERTISING, TAGS, WHY, assert_unreadable, held, page_of, sealed, send, switch, willing};

on_both_engines! {
    async fn switching_recommendation_off_erases_tags_audiences_and_what_was_picked_wherever_it_is_done(world) {
        let ways = [
            ("advertising", ADVERTISING),
            ("consents", "/settings/privacy/consents/withdraw"),
            ("policy", "/settings/policy"),
        ];
        for (n, (way, path)) in ways.into_iter().enumerate() {
            let mut browser = world.newcomer(&format!("1390000005{n}")).await;
            switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
            let person = world.caller(&browser).await.person;
            for (id, field) in [("1", "preference_tag"), ("2", "audience_profile"), ("3", "shown_item")] {
                send(world, person, id, field, "居家").await.unwrap();
            }
            let before = sealed(world, person).await;
            assert_eq!(before.len(), 3);
            switch(&mut browser, path, "personalised_recommendation", false).await;
            assert_eq!(held(world, person).await, (0, 0), "{way}");
            assert_eq!(sealed(world, person).await, [], "{way}");
            assert_unreadable(world, person, &before).await;
            let page = browser.get(TAGS).await.expect_text("已关闭，标签已删除").text();
            assert!(!page.contains("居家"), "{way}");
            browser.get(WHY).await.expect_text("推荐不按你的特征挑选");
            browser.get(ADVERTISING).await.expect_text("已删除");
            assert_eq!(send(world, person, "4", "preference_tag", "数码").await, Err(Refused::NoConsent));
            let erased = Event::DataErased { scope: "withdrawal:personalised_recommendation".into(), erased: 3, restricted: 0 };
            assert!(world.events(&browser).await.contains(&erased), "{way}");
        }
    }

    async fn refusing_a_changed_policy_erases_them_too_and_until_then_they_are_not_used(world) {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue/policy"), &folder.path().join("policy"));
        let second = folder.path().join("policy/2.0/policy.md");
        let text = fs::read_to_string(&second).unwrap();
        let change = "purposes = [\"personalised_ads\"]";
        assert!(text.contains(change));
        fs::write(&second, text.replace(change, "purposes = [\"personalised_recommendation\", \"tags_paused\"]")).unwrap();
        let centre = world.with_catalogue(Catalogue::load(Some(folder.path())).unwrap()).await;
        let in_force = centre.catalogue.policy().version("2.0").unwrap().in_force;
        world.pass(in_force.0 - world.centre.now().0 - DAY);
        let (mut browser, caller) = willing(world).await;
        switch(&mut browser, TAGS, "tags_paused", true).await;
        switch(&mut browser, TAGS, "tags_paused", false).await;
        send(world, caller.person, "1", "preference_tag", "居家").await.unwrap();
        switch(&mut browser, TAGS, "tags_paused", true).await;
        world.pass(2 * DAY);
        browser.router = build_router(&centre);
        browser.get(TAGS).await.expect_text("已暂停，等你重新确认").expect_text("居家");
        let standing = consents::standing(&centre.data, &centre, caller.person).await.unwrap();
        assert!(standing.allows(Purpose::TagsPaused), "a change of the policy never lifts what protects");
        assert!(!tags::may_aim(&centre, caller.person).await.unwrap().search);
        switch(&mut browser, "/settings/policy/update", "personalised_recommendation", false).await;
        browser.get(TAGS).await.expect_text("已关闭，标签已删除");
        assert_eq!(held(world, caller.person).await.0, 0);
        centre.data.close().await;
    }

    async fn a_crash_between_leaves_either_all_or_nothing_readable(world) {
        let (mut browser, caller) = willing(world).await;
        let centre = &world.centre;
        send(world, caller.person, "1", "preference_tag", "居家").await.unwrap();
        let before = sealed(world, caller.person).await;
        let no = Decision { purpose: Purpose::PersonalisedRecommendation, granted: false };
        let withdraw = async |commit: bool| {
            let mut tx = centre.data.begin().await.unwrap();
            erase::hold_writers(&mut tx, centre, &[no]).await.unwrap();
            consents::record(&mut tx, centre, &caller, Made::of(no, ADVERTISING, By::Person), centre.now()).await.unwrap();
            assert!(erase::erase_with_withdrawal(&mut tx, centre, &caller, &[no.purpose], centre.now()).await.unwrap());
            if commit {
                tx.commit().await.unwrap();
            }
        };
        // Killed before the commit: nothing was decided, and nothing is gone.
        withdraw(false).await;
        browser.get(TAGS).await.expect_text("居家");
        // Killed after it, before the keys were destroyed: nothing is there, and the next start ends what was begun.
        withdraw(true).await;
        let page = browser.get(TAGS).await.expect_text("已关闭，标签已删除");
        assert!(!page.text().contains("居家"));
        assert_eq!(sealed(world, caller.person).await, []);
        let all = Filter::default();
        assert!(page_of(world, &caller, &all).await.is_empty());
        erase::finish(centre).await.unwrap();
        assert_unreadable(world, caller.person, &before).await;
    }

    async fn a_tag_that_is_on_its_way_does_not_arrive_after_a_no(world) {
        let (mut browser, caller) = willing(world).await;
        let centre = &world.centre;
        for round in 0..6 {
            world.pass(HOUR);
            let name = |n: i32| format!("{round}-{n}");
            let (pauses, decision) = match round % 2 {
                0 => (true, Decision { purpose: Purpose::TagsPaused, granted: true }),
                _ => (false, Decision { purpose: Purpose::PersonalisedRecommendation, granted: false }),
            };
            let host = async {
                for n in 0..12 {
                    let sent = send(world, caller.person, &name(n), "preference_tag", &name(n)).await;
                    assert!(matches!(sent, Ok(_) | Err(Refused::Paused | Refused::NoConsent)), "{sent:?}");
                }
            };
            let person = async {
                consents::decide(centre, &caller, decision, TAGS, false, centre.now()).await.unwrap().unwrap();
                held(world, caller.person).await.0
            };
            let ((), then) = tokio::join!(host, person);
            let now = held(world, caller.person).await.0;
            assert_eq!(now, if pauses { then } else { 0 }, "round {round}");
            switch(&mut browser, TAGS, "tags_paused", false).await;
            switch(&mut browser, ADVERTISING, "personalised_recommendation", true).await;
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
