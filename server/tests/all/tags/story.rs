//! Any deeds in any order, against the rules kept apart from the program.

use std::collections::BTreeSet;

use app::records::rules::Scope;
use app::tags::rules::use_of;
use app::time::{HOUR, Moment};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use server::consents::store as consents;
use server::records::{Filter, Writer, erase};
use server::web::Caller;

use super::{ADVERTISING, TAGS, page_of, send, switch};
use crate::support::{Browser, World};

on_both_engines! {
    async fn after_any_deeds_no_tag_is_shown_that_was_deleted_or_is_forbidden(world) {
        let mut runner = TestRunner::deterministic();
        for round in 0..12 {
            let deeds = proptest::collection::vec(0..8_u8, 1..14).new_tree(&mut runner).unwrap().current();
            let mut browser = world.newcomer(&format!("1390000{:04}", 600 + round)).await;
            let caller = world.caller(&browser).await;
            let mut story = Story::default();
            for (step, deed) in deeds.iter().enumerate() {
                story.deed(world, &mut browser, &caller, *deed, step).await;
                let shown = shown_tags(&mut browser).await;
                assert_eq!(shown, story.there, "round {round}: {:?}", &deeds[..=step]);
            }
        }
    }
}

/// What is to be there by the rules, kept apart from the program.
#[derive(Default)]
struct Story {
    allowed: bool,
    paused: bool,
    there: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// All that were sent before this came to an end with everything else.
    ended_at: Option<Moment>,
}

impl Story {
    async fn deed(&mut self, world: &World, browser: &mut Browser, caller: &Caller, deed: u8, step: usize) {
        // Deeds of one moment have no order for the host's clock.
        world.pass(HOUR);
        match deed {
            // A tag that is new, and one that comes again and again under its own id.
            0..=3 => {
                let name = if deed < 2 { format!("新标签{step}") } else { format!("老标签{deed}") };
                let sent = send(world, caller.person, &name, "preference_tag", &name).await;
                let taken = self.allowed && !self.paused && !self.deleted.contains(&name);
                assert_eq!(sent.is_ok(), taken, "{name}: {sent:?}");
                if taken {
                    self.there.insert(name);
                }
            }
            4 => {
                let Some(name) = self.there.pop_first() else { return };
                let writer = Writer::new(&world.centre.data, &world.centre.vault, &world.centre.catalogue);
                let id = writer.record_id(caller.person, &name);
                browser.post(&format!("{TAGS}/{id}/erase"), &[]).await.expect_status(303);
                self.deleted.insert(name);
            }
            5 => {
                self.paused = !self.paused;
                switch(browser, TAGS, "tags_paused", self.paused).await;
            }
            6 => {
                self.allowed = !self.allowed;
                switch(browser, ADVERTISING, "personalised_recommendation", self.allowed).await;
                if !self.allowed {
                    self.there.clear();
                    self.ended_at = Some(world.centre.now());
                }
            }
            _ => {
                erase::erase(&world.centre, caller, &Scope::Tags, world.centre.now()).await.unwrap();
                self.deleted.append(&mut self.there);
                self.ended_at = Some(world.centre.now());
            }
        }
        let standing = consents::standing(&world.centre.data, &world.centre, caller.person).await.unwrap();
        let used = use_of(&standing) == app::tags::model::Use::Used;
        assert_eq!(used, self.allowed && !self.paused);
        // Nothing that was sent before an end stands after it.
        for kept in page_of(world, caller, &Filter::default()).await {
            assert!(self.ended_at.is_none_or(|end| kept.at > end));
        }
    }
}

/// The names that 我的标签 shows.
async fn shown_tags(browser: &mut Browser) -> BTreeSet<String> {
    let text = browser.get(TAGS).await.expect_status(200).text();
    let names = text.split("<h3 class=\"cell-label\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
    names.collect()
}
