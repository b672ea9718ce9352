//! For whatever people do and whenever a backup is taken: what is restored and replayed allows and holds no more than what is
//! there in truth.

use std::collections::BTreeSet;

use app::consents::Purpose;
use app::records::model::Content;
use app::records::rules::Scope;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use server::accounts::store as accounts;
use server::centre::Centre;
use server::profile::store::{addresses, remove_address};
use server::records::{NewRecord, Writer, erase};
use server::storage::sql;
use server::web::Caller;
use server::{backup, replay};

use super::taken::engine_of;
use super::{allows, empty, erase_account, move_in, person, set};
use crate::support::World;

const PURPOSES: [Purpose; 5] = [
    Purpose::Location,
    Purpose::Camera,
    Purpose::PersonalisedRecommendation,
    Purpose::UnaimedSearch,
    Purpose::FriendSearch,
];

#[derive(Clone, Debug)]
enum Act {
    Decide(usize, usize, bool),
    MoveIn(usize),
    MoveOut(usize),
    Collect(usize, u8),
    EraseKind(usize, usize),
    EraseAccount(usize),
    BackUp,
}

const PEOPLE: usize = 3;
const KINDS: [&str; 4] = ["favorite", "consignee_address", "friend_search", "trade_log"];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let person = || 0..PEOPLE;
    let act = prop_oneof![
        6 => (person(), 0..PURPOSES.len(), any::<bool>()).prop_map(|(p, w, g)| Act::Decide(p, w, g)),
        3 => person().prop_map(Act::MoveIn),
        2 => person().prop_map(Act::MoveOut),
        3 => (person(), any::<u8>()).prop_map(|(p, n)| Act::Collect(p, n)),
        2 => (person(), 0..KINDS.len()).prop_map(|(p, k)| Act::EraseKind(p, k)),
        1 => person().prop_map(Act::EraseAccount),
        2 => Just(Act::BackUp),
    ];
    prop::collection::vec(act, 4..30)
}

/// Everything that is allowed, and every row that can be read.
async fn state(centre: &Centre, callers: &[Caller]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut allowed, mut held) = (BTreeSet::new(), BTreeSet::new());
    for caller in callers {
        for purpose in PURPOSES {
            // Of a switch that protects, "off" is what allows more.
            let there = sql("SELECT id FROM person WHERE id = $1").bind(caller.person);
            let there = there.fetch_optional::<(String,)>(&centre.data).await.unwrap().is_some();
            if there && allows(centre, caller, purpose).await != purpose.protects() {
                allowed.insert(format!("{} {}", caller.person, purpose.id()));
            }
        }
        for table in [
            sql("SELECT id FROM address WHERE person_id = $1"),
            sql("SELECT id FROM record WHERE person_id = $1 AND restricted_at IS NULL"),
            sql("SELECT id FROM person WHERE id = $1"),
        ] {
            let rows = table.bind(caller.person).fetch_all::<(String,)>(&centre.data).await.unwrap();
            held.extend(rows.into_iter().map(|(id,)| id));
        }
    }
    (allowed, held)
}

async fn run(world: &World, acts: &[Act], case: usize) {
    let centre = &world.centre;
    let folder = tempfile::tempdir().unwrap();
    let keys = server::storage::Db::open(&world.databases.keys).await.unwrap();
    let mut callers = Vec::new();
    for n in 0..PEOPLE {
        callers.push(person(centre, &format!("137{case:04}{n:04}")).await);
    }
    let mut gone = BTreeSet::new();
    let mut backups = 0;
    for act in acts.iter().chain([&Act::BackUp]) {
        world.pass(1_000);
        let now = centre.now();
        match act {
            Act::BackUp => {
                backup::take(&centre.data, &keys, &folder.path().join(backups.to_string()), now).await.unwrap();
                backups += 1;
            }
            Act::Decide(p, ..) | Act::MoveIn(p) | Act::MoveOut(p) | Act::Collect(p, _) | Act::EraseKind(p, _)
                if gone.contains(p) => {}
            Act::Decide(p, what, granted) => set(centre, &callers[*p], PURPOSES[*what], *granted, now).await,
            Act::MoveIn(p) if addresses_of(centre, &callers[*p]).await.len() < 10 => {
                move_in(centre, &callers[*p], "锦绣街8号").await;
            }
            Act::MoveIn(_) => {}
            Act::MoveOut(p) => {
                if let Some(id) = addresses_of(centre, &callers[*p]).await.first() {
                    remove_address(centre, &callers[*p], id.parse().unwrap(), now).await.unwrap();
                }
            }
            Act::Collect(p, n) => collect(centre, &callers[*p], *n).await,
            Act::EraseKind(p, kind) => {
                let scope = Scope::Kind(KINDS[*kind].into());
                // With the keys of now.
                let caller = accounts::caller_of(centre, callers[*p].person).await.unwrap();
                erase::erase(centre, &caller, &scope, now).await.unwrap();
            }
            Act::EraseAccount(p) => {
                if gone.insert(*p) {
                    erase_account(centre, callers[*p].person).await;
                }
            }
        }
    }
    let truth = state(centre, &callers).await;
    let (other, data) = empty(engine_of(world), folder.path()).await.unwrap();
    for n in 0..backups {
        backup::restore(&data, &keys, &folder.path().join(n.to_string()), true).await.unwrap();
        let restored = world.restored(&other.data).await;
        replay::catch_up(&restored).await.unwrap();
        let (allowed, held) = state(&restored, &callers).await;
        assert!(allowed.is_subset(&truth.0), "backup {n} allows {:?}", allowed.difference(&truth.0));
        assert!(held.is_subset(&truth.1), "backup {n} holds {:?}", held.difference(&truth.1));
        assert_eq!(replay::look_for_keys(&restored.data, &keys).await.unwrap().lost, 0, "backup {n}");
        restored.data.close().await;
    }
    data.close().await;
    other.drop().await;
}

async fn addresses_of(centre: &Centre, caller: &Caller) -> Vec<String> {
    let caller = accounts::caller_of(centre, caller.person).await.unwrap();
    addresses(centre, &caller).await.unwrap().into_iter().map(|kept| kept.id).collect()
}

async fn collect(centre: &Centre, caller: &Caller, n: u8) {
    let field = centre.catalogue.data().field(if n.is_multiple_of(2) { "favorite" } else { "trade_log" }).unwrap();
    let record = NewRecord {
        host_id: format!("{n}"),
        person: caller.person,
        field,
        at: centre.now(),
        source: field.source,
        basis: field.usual_basis().unwrap(),
        content: Content { value: "收藏".into(), details: Vec::new() },
    };
    let mut writer = Writer::new(&centre.data, &centre.vault, &centre.catalogue);
    drop(writer.write(&[record], centre.now()).await.unwrap());
}

on_both_engines! {
    async fn a_restored_state_is_never_more_than_the_real_one(world) {
        let mut runner = TestRunner::new(Cases { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..Cases::default() });
        let case = std::cell::Cell::new(0);
        let outcome = tokio::task::block_in_place(|| {
            runner.run(&acts(), |acts| {
                case.set(case.get() + 1);
                tokio::runtime::Handle::current().block_on(run(world, &acts, case.get()));
                Ok(())
            })
        });
        outcome.unwrap();
    }
}
