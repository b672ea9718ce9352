//! 时光机: what applied at any past moment is told as it was, from what the centre kept.

use std::collections::{BTreeMap, BTreeSet};

use app::consents::model::Words;
use app::consents::past::State;
use app::consents::{Decision, Purpose};
use app::pages::past::Shown;
use app::time::{DAY, MINUTE, Moment};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use server::catalogue::Catalogue;
use server::centre::Centre;
use server::consents::past::{Chain, told};
use server::consents::store;
use server::ledger::{self, Event};
use server::storage::sql;
use server::web::build_router;

use crate::support::{NOON, PASSWORD, Published, midnight, own_catalogue};

const PAGE: &str = "/settings/privacy/consents/past";

const PUBLISHED: [Published; 5] = [
    ("1.0", "2026-02-01", "2026-03-01", &[]),
    ("2.0", "2026-10-15", "2026-11-15", &[Purpose::PersonalisedAds]),
    ("3.0", "2027-02-01", "2027-03-01", &[Purpose::Camera, Purpose::Location, Purpose::MarketingSms]),
    ("4.0", "2027-08-01", "2027-09-01", &[]),
    ("5.0", "2028-03-01", "2028-04-01", &[Purpose::PersonalisedAds, Purpose::CookiesAnalytics, Purpose::Camera]),
];

/// When the operator puts another catalogue in place: days after the start, versions in it, what marks its words.
const CATALOGUES: [(i64, usize, &str); 3] = [(0, 3, ""), (200, 4, "（第二种说法）"), (430, 5, "（第三种说法）")];

/// A "yes" to these holds for a year.
const COOKIES: [Purpose; 3] = [Purpose::CookiesPreference, Purpose::CookiesAnalytics, Purpose::CookiesAdvertising];

/// What the test itself knows of a decision.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    state: State,
    since: Moment,
    policy: &'static str,
    words: Words,
    surface: &'static str,
    by: &'static str,
}

/// A purpose, or one recipient or cookie within it.
type Subject = (Purpose, Option<String>);
type Snapshot = BTreeMap<Subject, Known>;

/// What the test did, kept another way than the centre keeps it: the whole of what stands, copied at each moment when
/// something changes, be it a decision or a version that comes into force.
#[derive(Default)]
struct Diary {
    snapshots: Vec<(Moment, Snapshot)>,
    words: BTreeMap<Subject, Words>,
}

impl Diary {
    fn at(&self, at: Moment) -> Snapshot {
        let last = self.snapshots.iter().rfind(|(since, _)| *since <= at);
        let mut all = last.map_or_else(Snapshot::new, |(_, all)| all.clone());
        for ((purpose, _), known) in &mut all {
            let is_old = COOKIES.contains(purpose) && at.0 - known.since.0 >= 365 * DAY;
            if is_old && known.state == State::Yes {
                known.state = State::Paused;
            }
        }
        all
    }

    fn change(&mut self, at: Moment, change: impl FnOnce(&mut Snapshot)) {
        let mut snapshot = self.snapshots.last().map_or_else(Snapshot::new, |(_, all)| all.clone());
        change(&mut snapshot);
        self.snapshots.push((at, snapshot));
    }

    /// Versions that come into force until then pause what they touch.
    fn live_until(&mut self, now: Moment) {
        let last = self.snapshots.last().map_or(NOON, |(at, _)| *at);
        for (_, _, in_force, touches) in PUBLISHED {
            let in_force = midnight(in_force);
            if last < in_force && in_force <= now {
                self.change(in_force, |all| {
                    let touched = all.iter_mut().filter(|((purpose, _), _)| touches.contains(purpose));
                    touched
                        .filter(|(_, known)| known.state == State::Yes)
                        .for_each(|(_, known)| known.state = State::Paused);
                });
            }
        }
    }

    fn decide(&mut self, subject: &Subject, granted: bool, surface: &'static str, now: Moment) {
        let before = self.at(now);
        let state = |subject: &Subject| before.get(subject).map_or(State::Never, |known| known.state);
        let whole = |purpose| (purpose, None);
        let channels = [Purpose::MarketingPush, Purpose::MarketingSms, Purpose::MarketingEmail].map(whole);
        let is_new = |subject: &Subject, granted| {
            matches!(state(subject), State::Never | State::Paused) || (state(subject) == State::Yes) != granted
        };
        let mut written = Vec::new();
        if *subject != whole(Purpose::Commercial) {
            written.extend(is_new(subject, granted).then(|| (subject.clone(), granted, "person")));
        } else if !granted {
            let open = channels.iter().filter(|one| is_new(one, false));
            written.extend(open.map(|one| (one.clone(), false, "master_switch")));
        }
        let policy = PUBLISHED.iter().rfind(|(_, _, in_force, _)| midnight(in_force) <= now).unwrap().0;
        let words = self.words.clone();
        self.change(now, |all| {
            for (subject, granted, by) in written {
                let state = if granted { State::Yes } else { State::No };
                let words = words[&subject].clone();
                all.insert(subject, Known { state, since: now, policy, words, surface, by });
            }
        });
    }
}

/// All that a catalogue asks about, with the words that it shows.
fn asked_about(catalogue: &Catalogue) -> BTreeMap<Subject, Words> {
    let subjects = catalogue.all_shown().map(|shown| {
        let line = shown.text.lines().next().unwrap();
        let (purpose, about) = line.split_once(' ').map_or((line, None), |(purpose, about)| (purpose, Some(about)));
        let purpose: Purpose = purpose.parse().unwrap();
        let words = about.map_or(catalogue.words(purpose), |about| catalogue.words_about(purpose, about).unwrap());
        ((purpose, about.map(str::to_owned)), words.clone())
    });
    subjects.collect()
}

/// The end of the day or of the minute, as the page is asked.
fn asked(at: Moment, whole_day: bool) -> (String, Moment) {
    let local = at.iso();
    let (day, time) = (&local[..10], &local[11..16]);
    if whole_day {
        return (format!("{PAGE}?date={day}"), midnight(day).plus(DAY - 1));
    }
    (format!("{PAGE}?date={day}&time={time}"), Moment(at.0 - at.0.rem_euclid(MINUTE) + MINUTE - 1))
}

on_both_engines! {
    async fn two_years_are_told_as_they_were_on_fifty_random_dates(world) {
        let mut rng = ChaCha8Rng::seed_from_u64(20_261_124);
        let mut browser = world.newcomer("13911118001").await;
        let caller = world.caller(&browser).await;
        let folder = tempfile::tempdir().unwrap();
        let mut diary = Diary::default();
        let mut centre: Option<Centre> = None;
        let mut next = 0;
        let surfaces = ["/settings/notifications", "/settings/advertising", "/settings/policy"];
        let end = NOON.plus(730 * DAY);
        while world.centre.now() < end {
            let now = world.centre.now();
            if let Some((days, versions, mark)) = CATALOGUES.get(next).filter(|(days, ..)| NOON.plus(days * DAY) <= now) {
                let own = own_catalogue(&folder.path().join(days.to_string()), &PUBLISHED[..*versions], mark);
                diary.words = asked_about(&own);
                centre = Some(world.with_catalogue(own).await);
                next += 1;
            }
            let centre = centre.as_ref().unwrap();
            let subject = diary.words.keys().nth(rng.next_u64() as usize % diary.words.len()).unwrap().clone();
            let granted = rng.next_u64() % 5 < 3;
            let surface = surfaces[rng.next_u64() as usize % surfaces.len()];
            let decision = Decision { purpose: subject.0, granted };
            match &subject.1 {
                None => {
                    let decided = store::decide(centre, &caller, decision, surface, false, now).await.unwrap();
                    assert_eq!(decided.is_err(), decision == Decision { purpose: Purpose::Commercial, granted: true });
                }
                Some(about) => {
                    store::decide_about(centre, &caller, (decision, about), surface, false, now).await.unwrap().unwrap();
                }
            }
            diary.live_until(now);
            diary.decide(&subject, granted, surface, now);
            // Now and then two decisions fall into one moment.
            world.pass((rng.next_u64() % 6).saturating_mul(rng.next_u64() % (2 * DAY as u64)) as i64);
        }
        diary.live_until(end);
        let (centre, now) = (centre.unwrap(), world.centre.now());
        browser.router = build_router(&centre);
        browser.post("/signin", &[("phone", "13911118001"), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        let chain = Chain::of(&centre, &caller).await.unwrap();
        assert!(chain.decisions.len() > 80, "only {} decisions", chain.decisions.len());
        let hashes: BTreeSet<_> = chain.decisions.iter().filter(|past| past.decision.purpose == Purpose::Camera).map(|past| &past.words).collect();
        assert_eq!(hashes.len(), 3, "the words changed twice");
        let mut paused = 0;
        for n in 0..50 {
            let random = NOON.plus((rng.next_u64() % (now.0 - NOON.0) as u64) as i64);
            let (path, at) = asked(random, n % 2 == 0);
            let at = at.min(now);
            let expected = diary.at(at);
            let told = told(&centre, &chain, at, now).await.unwrap();
            // What stood, since when, under which version, where, by whom, and the words.
            let found: Snapshot = told.entries.iter().map(|entry| {
                let past = &entry.decided;
                let Shown::Words(words, _) = &entry.shown else { panic!("{path}: the words of {} are kept", entry.label) };
                let known = Known {
                    state: entry.state,
                    since: past.at,
                    policy: PUBLISHED.iter().find(|(number, ..)| *number == past.policy_version).unwrap().0,
                    words: words.clone(),
                    surface: surfaces.iter().copied().find(|surface| *surface == past.surface).unwrap(),
                    by: ["person", "master_switch"].iter().copied().find(|by| *by == past.by).unwrap(),
                };
                ((past.decision.purpose, past.about.clone()), known)
            }).collect();
            assert_eq!(found, expected, "{path}");
            paused += expected.values().filter(|known| known.state == State::Paused).count();
            let label = |(purpose, about): &Subject| centre.catalogue.label(*purpose, about.as_deref());
            let never: BTreeSet<_> = diary.words.keys().filter(|subject| !expected.contains_key(subject)).map(label).collect();
            // A recipient about whom nothing was ever decided is not told of: they may not have been there then.
            // 商业广告 stands as its channels do.
            let ever = |subject: &Subject| {
                subject.0 != Purpose::Commercial && (subject.1.is_none() || diary.at(now).contains_key(subject))
            };
            let untold: BTreeSet<_> = diary.words.keys().filter(|subject| !ever(subject)).map(label).collect();
            assert_eq!(told.never.iter().cloned().collect::<BTreeSet<_>>(), &never - &untold, "{path}");
            // The policy.
            let in_force = PUBLISHED.iter().rfind(|version| midnight(version.2) <= at).unwrap();
            let announced = PUBLISHED.iter().find(|version| midnight(version.1) <= at && at < midnight(version.2));
            assert_eq!(told.version, (in_force.0.to_owned(), midnight(in_force.2)), "{path}");
            assert_eq!(told.announced, announced.map(|version| (version.0.to_owned(), midnight(version.2))), "{path}");
            // What stands otherwise today.
            let today = diary.at(now);
            let differs = |subject: &&Subject| {
                let of = |all: &Snapshot| all.get(*subject).map(|known| (known.state, known.words.clone()));
                of(&expected) != of(&today)
            };
            let changed: BTreeSet<_> = diary.words.keys().filter(differs).map(label).collect();
            assert_eq!(told.changed.iter().map(|one| one.label.clone()).collect::<BTreeSet<_>>(), changed, "{path}");
            // The page tells the same.
            let page = browser.get(&path).await.expect_status(200).text();
            assert_eq!(page.matches("class=\"past-entry\"").count(), expected.len(), "{path}");
            assert!(page.contains(&format!("第 {} 版全文</span>", in_force.0)), "{path}");
            for known in expected.values() {
                assert!(page.contains(&known.words.what_for) && page.contains(&known.since.iso()), "{path}: {known:?}");
            }
        }
        assert!(paused > 0, "some dates have something paused");
        assert!(chain.decisions.iter().any(|past| past.about.is_some()), "some decisions are about one recipient");
    }

    async fn a_decision_about_one_recipient_stands_by_itself_and_missing_words_are_said_to_be_missing(world) {
        let mut browser = world.newcomer("13911118002").await;
        let caller = world.caller(&browser).await;
        let about = |about: &str, granted| Event::Decided {
            purpose: Purpose::PrizeContact, about: Some(about.to_owned()), granted, policy: "2.0".into(),
            words: "ab".repeat(32), surface: "/settings/policy".into(), by: "person".into(),
        };
        let mut tx = world.centre.data.begin().await.unwrap();
        for event in [about("somebody", true), about("another", false)] {
            ledger::append(&mut tx, &caller.pseudonym, world.centre.now(), &event).await.unwrap();
        }
        tx.commit().await.unwrap();
        let page = browser.get(&format!("{PAGE}?date=2026-11-23")).await.expect_status(200);
        let page = page.expect_text("· somebody").expect_text("· another").expect_text("当时的原话没有保存下来");
        assert_eq!(page.text().matches("class=\"past-entry\"").count(), 2);
        assert!(page.text().contains(&"ab".repeat(32)) && page.text().contains("<li>中奖联系方式</li>"), "the whole was never decided");
    }

    async fn words_that_are_not_those_of_their_hash_are_a_fault(world) {
        let mut browser = world.newcomer("13911118003").await;
        browser.post("/settings/advertising", &[("purpose", "unaimed_search"), ("granted", "true")]).await.expect_status(303);
        let path = format!("{PAGE}?date=2026-11-23");
        browser.get(&path).await.expect_status(200).expect_text("搜索不个性化");
        let mut tx = world.centre.data.begin().await.unwrap();
        sql("UPDATE shown_words SET text = 'somebody wrote this'").execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        browser.get(&path).await.expect_status(500).expect_text("编号");
    }

    async fn what_can_not_be_told_is_said_and_loses_nothing(world) {
        let mut browser = world.newcomer("13911118004").await;
        world.pass(10 * DAY);
        browser.post("/signin", &[("phone", "13911118004"), ("by", "password"), ("password", PASSWORD)]).await.expect_status(303);
        let first = browser.get(PAGE).await.expect_status(200).expect_text("注册那天").expect_text("一周前");
        assert!(!first.text().contains("一个月前") && !first.text().contains("第 2.0 版施行那天"), "the account was not there yet");
        for (query, message) in [
            ("date=2026-11-22", "那时你还没有账号。你在2026年11月23日 12:00注册"),
            ("date=2026-11-23&time=11:59", "那时你还没有账号"),
            ("date=2099-01-01", "这一刻还没有到"),
            ("date=yesterday&time=18:30", "没看懂日期“yesterday”"),
            ("date=2026-11-25&time=half", "没看懂时间“half”"),
            ("date=", "请选择一个日期"),
        ] {
            let page = browser.get(&format!("{PAGE}?{query}")).await.expect_status(422).expect_text(message);
            for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
                assert!(page.text().contains(&format!("name=\"{name}\"")) && page.text().contains(&format!("value=\"{value}\"")), "{query}");
            }
        }
        browser.get(&format!("{PAGE}?date=2026-11-23&time=12:00")).await.expect_status(200).expect_text("没有决定过");
    }

    async fn the_demo_has_a_past_worth_a_look(world) {
        let mut browser = world.demo().await;
        let page = browser.get(PAGE).await.expect_status(200).text();
        let day = page.split("施行那天").next().unwrap().rsplit("date=").next().unwrap()[..10].to_owned();
        let told = browser.get(&format!("{PAGE}?date={day}")).await.expect_status(200);
        told.expect_text("已暂停").expect_text("当时读到的原话").expect_text("施行");
    }
}
