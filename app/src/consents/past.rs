//! 时光机: what applied to a person at a past moment. Pure: their decisions in the order of their chain, the policy's
//! versions and the moment in; the version that held and what stood out.

use std::collections::BTreeSet;

use super::minors::is_locked;
use super::model::{PastDecision, Purpose};
use crate::accounts::model::AgeBand;
use crate::policy::model::Version;
use crate::policy::rules::{announced, in_force, lapsed_by};
use crate::promises::COOKIE_CHOICE_LIFE;
use crate::time::{DAY, MINUTE, Moment};

/// How a decision stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Yes.
    Yes,
    /// It was a "yes" that did not hold any more: it counted as "no".
    Paused,
    /// No.
    No,
    /// Never decided, which counted as "no".
    Never,
}

/// What stood about a purpose, or about one recipient or cookie within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Then<'p> {
    /// For what.
    pub purpose: Purpose,
    /// The one recipient or cookie within the purpose that it is about; none: the whole purpose.
    pub about: Option<&'p str>,
    /// How it stood.
    pub state: State,
    /// The decision that stood; none: never decided.
    pub decided: Option<&'p PastDecision>,
    /// What paused it.
    pub paused_by: Option<Pause<'p>>,
}

/// Why a "yes" did not hold any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause<'p> {
    /// A version that had come into force since had changed what it was about.
    Version(&'p Version),
    /// It was about cookies, and a year old at that moment.
    Year(Moment),
    /// Its person was under 18, and it was for grown people only.
    Age,
}

/// What applied at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied<'p> {
    /// The version of the policy that held.
    pub version: &'p Version,
    /// The version that was made known but not yet in force.
    pub announced: Option<&'p Version>,
    /// Every purpose in screen order, each followed by the recipients or cookies within it that the chain ever decides about;
    /// one that is decided recipient by recipient does not stand there as a whole.
    pub decisions: Vec<Then<'p>>,
}

/// What applied at a moment to somebody of that age band. `chain` holds all of the person's decisions, oldest first; what came
/// later than the moment changes nothing. The chain's order decides, not its times: a machine's clock may once have been put back.
/// 商业广告 is left out: it stood as its channels did, whatever an older program wrote of it.
#[must_use]
pub fn applied<'p>(chain: &'p [PastDecision], versions: &'p [Version], band: AgeBand, at: Moment) -> Applied<'p> {
    let of = |purpose: Purpose| chain.iter().filter(move |past| past.decision.purpose == purpose);
    let within = |purpose: Purpose| {
        let abouts: BTreeSet<_> = of(purpose).filter_map(|past| past.about.as_deref()).collect();
        let whole = !purpose.is_per_recipient() || of(purpose).any(|past| past.about.is_none());
        whole.then_some(None).into_iter().chain(abouts.into_iter().map(Some))
    };
    let all = Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Commercial);
    let subjects = all.flat_map(|purpose| within(*purpose).map(|about| (*purpose, about)));
    Applied {
        version: in_force(versions, at),
        announced: announced(versions, at),
        decisions: subjects.map(|(purpose, about)| then(chain, versions, (band, at), purpose, about)).collect(),
    }
}

fn then<'p>(
    chain: &'p [PastDecision],
    versions: &'p [Version],
    (band, at): (AgeBand, Moment),
    purpose: Purpose,
    about: Option<&'p str>,
) -> Then<'p> {
    let is_it = |past: &&PastDecision| past.decision.purpose == purpose && past.about.as_deref() == about;
    let decided = chain.iter().rev().filter(is_it).find(|past| past.at <= at);
    let granted = decided.filter(|past| past.decision.granted);
    let paused_by = granted.and_then(|past| match lapsed_by(versions, purpose, &past.policy_version, at) {
        _ if is_locked(purpose, band) => Some(Pause::Age),
        Some((version, _)) => Some(Pause::Version(version)),
        None => Some(past.at.plus(COOKIE_CHOICE_LIFE))
            .filter(|end| purpose.lapses_after_a_year() && *end <= at)
            .map(Pause::Year),
    });
    let state = match (decided, granted, paused_by) {
        (None, ..) => State::Never,
        (Some(_), None, _) => State::No,
        (.., Some(_)) => State::Paused,
        (.., None) => State::Yes,
    };
    Then { purpose, about, state, decided, paused_by }
}

/// What stands otherwise now, or was decided anew after other words: pairs of then and now.
#[must_use]
pub fn changed_since<'a, 'p>(then: &'a Applied<'p>, now: &'a Applied<'p>) -> Vec<(&'a Then<'p>, &'a Then<'p>)> {
    let words = |one: &Then<'p>| one.decided.map(|past| past.words.as_str());
    let pairs = then.decisions.iter().filter_map(|before| {
        let same = |after: &&Then<'p>| (after.purpose, after.about) == (before.purpose, before.about);
        Some((before, now.decisions.iter().find(same)?))
    });
    pairs.filter(|(before, after)| before.state != after.state || words(before) != words(after)).collect()
}

/// What is wrong with the moment that a person asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No day of the calendar.
    Date(String),
    /// No time of the day.
    Time(String),
    /// The account was not there yet: it came at that moment.
    BeforeAccount(Moment),
    /// It is still to come.
    ToCome,
}

impl Wrong {
    /// What the person reads.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Date(typed) if typed.is_empty() => "请选择一个日期。".to_owned(),
            Self::Date(typed) => format!("没看懂日期“{typed}”，请写成 2026-03-01 这样。"),
            Self::Time(typed) => format!("没看懂时间“{typed}”，请写成 18:30 这样，或者留空。"),
            Self::BeforeAccount(came) => {
                format!("那时你还没有账号。你在{}注册，那以后的任何一刻都可以看。", came.date_time())
            }
            Self::ToCome => "这一刻还没有到。请选择今天或更早的日期。".to_owned(),
        }
    }
}

/// The moment that a person asks about by a day and, if they like, a time in China: the end of the day or of the minute, so
/// that whatever they were shown with that date and time had happened. Never later than now.
///
/// # Errors
/// [`Wrong`].
pub fn moment(date: &str, time: &str, came: Moment, now: Moment) -> Result<Moment, Wrong> {
    let (begins, ends) = span(date.trim(), time.trim())?;
    if begins > now {
        return Err(Wrong::ToCome);
    }
    let at = ends.min(now);
    if at < came { Err(Wrong::BeforeAccount(came)) } else { Ok(at) }
}

/// The first and the last moment of a day, or of a minute.
fn span(date: &str, time: &str) -> Result<(Moment, Moment), Wrong> {
    // Where a browser has no calendar to pick from, dates are typed as people write them.
    let digits = date.replace(['年', '月', '/', '.'], "-").replace('日', "");
    let day = jiff::civil::Date::strptime("%Y-%m-%d", &digits).ok().filter(|day| (1..=9999).contains(&day.year()));
    let Some(day) = day else { return Err(Wrong::Date(short(date))) };
    let end = Moment::end_of(day);
    let start = end.plus(1 - DAY);
    if time.is_empty() {
        return Ok((start, end));
    }
    let parsed = jiff::civil::Time::strptime("%H:%M", time.replace('：', ":"));
    let Ok(of_day) = parsed else { return Err(Wrong::Time(short(time))) };
    let minute = start.plus((i64::from(of_day.hour()) * 60 + i64::from(of_day.minute())) * MINUTE);
    Ok((minute, minute.plus(MINUTE - 1)))
}

/// As much of what was typed as is worth repeating.
fn short(typed: &str) -> String {
    typed.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::super::model::Decision;
    use super::*;
    use crate::policy::model::Change;
    use proptest::prelude::*;

    fn version(number: &str, in_force: i64, touches: &[Purpose]) -> Version {
        Version {
            number: number.into(),
            published: Moment(in_force - 30),
            in_force: Moment(in_force),
            material: !touches.is_empty(),
            changes: vec![Change { text: "x".into(), purposes: touches.to_vec() }],
            text: Vec::new(),
            summary: Vec::new(),
            children: Vec::new(),
        }
    }

    fn versions() -> Vec<Version> {
        vec![version("1.0", 0, &[]), version("2.0", 200, &[Purpose::Camera]), version("3.0", 300, &[])]
    }

    fn past(at: i64, purpose: Purpose, about: Option<&str>, granted: bool) -> PastDecision {
        PastDecision {
            position: at,
            decision: Decision { purpose, granted },
            about: about.map(str::to_owned),
            at: Moment(at),
            policy_version: in_force(&versions(), Moment(at)).number.clone(),
            words: "00".into(),
            surface: "/settings".into(),
            by: "person".into(),
        }
    }

    fn state(chain: &[PastDecision], at: i64, purpose: Purpose, about: Option<&str>) -> State {
        let versions = versions();
        let applied = applied(chain, &versions, AgeBand::Adult, Moment(at));
        let found = applied.decisions.iter().find(|then| (then.purpose, then.about) == (purpose, about));
        found.map_or(State::Never, |then| then.state)
    }

    #[test]
    fn a_decision_stands_from_its_moment_until_the_next() {
        let chain = [past(10, Purpose::Album, None, true), past(20, Purpose::Album, None, false)];
        let states = [9, 10, 19, 20].map(|at| state(&chain, at, Purpose::Album, None));
        assert_eq!(states, [State::Never, State::Yes, State::Yes, State::No]);
    }

    #[test]
    fn a_version_pauses_a_yes_that_it_touches_until_it_is_given_anew() {
        let chain = [past(10, Purpose::Camera, None, true), past(250, Purpose::Camera, None, true)];
        let states = [199, 200, 249, 250, 400].map(|at| state(&chain, at, Purpose::Camera, None));
        assert_eq!(states, [State::Yes, State::Paused, State::Paused, State::Yes, State::Yes]);
        let no = [past(10, Purpose::Camera, None, false)];
        assert_eq!(state(&no, 250, Purpose::Camera, None), State::No, "a no stays a no");
    }

    #[test]
    fn a_yes_to_cookies_holds_for_a_year() {
        let chain = [past(10, Purpose::CookiesAnalytics, None, true), past(10, Purpose::Album, None, true)];
        let at = |at, purpose| state(&chain, at, purpose, None);
        let end = 10 + COOKIE_CHOICE_LIFE;
        assert_eq!([end - 1, end].map(|t| at(t, Purpose::CookiesAnalytics)), [State::Yes, State::Paused]);
        assert_eq!(at(end, Purpose::Album), State::Yes);
    }

    #[test]
    fn a_yes_of_somebody_under_18_to_advertising_counted_as_no() {
        let chain = [past(10, Purpose::MarketingSms, None, true), past(10, Purpose::Album, None, true)];
        let versions = versions();
        let young = applied(&chain, &versions, AgeBand::From14, Moment(20));
        let paused: Vec<_> = young.decisions.iter().filter(|then| then.paused_by == Some(Pause::Age)).collect();
        assert!(matches!(paused[..], [then] if then.purpose == Purpose::MarketingSms && then.state == State::Paused));
    }

    #[test]
    fn the_master_switch_is_no_decision_of_its_own() {
        let chain = [past(10, Purpose::Commercial, None, true)];
        let versions = versions();
        let applied = applied(&chain, &versions, AgeBand::Adult, Moment(20));
        assert!(applied.decisions.iter().all(|then| then.purpose != Purpose::Commercial));
    }

    #[test]
    fn one_recipient_is_not_another_nor_the_whole() {
        let chain =
            [past(10, Purpose::PrizeContact, Some("甲"), true), past(20, Purpose::PrizeContact, Some("乙"), false)];
        let about = |about| state(&chain, 30, Purpose::PrizeContact, about);
        assert_eq!([about(Some("甲")), about(Some("乙")), about(None)], [State::Yes, State::No, State::Never]);
    }

    #[test]
    fn what_is_told_of_a_moment_names_the_versions_of_then() {
        let versions = versions();
        let told = |at| {
            let applied = applied(&[], &versions, AgeBand::Adult, Moment(at));
            (applied.version.number.as_str(), applied.announced.map(|version| version.number.as_str()))
        };
        let (first, second) = (told(169), told(170));
        assert_eq!((first, second, told(300)), (("1.0", None), ("1.0", Some("2.0")), ("3.0", None)));
    }

    #[test]
    fn what_changed_since_is_what_stands_otherwise_or_after_other_words() {
        let mut again = past(30, Purpose::Album, None, true);
        again.words = "01".into();
        let chain = [
            past(10, Purpose::Album, None, true),
            past(10, Purpose::Camera, None, true),
            past(10, Purpose::Location, None, true),
            past(20, Purpose::Calendar, None, false),
            again,
        ];
        let versions = versions();
        let (then, now) = (
            applied(&chain, &versions, AgeBand::Adult, Moment(15)),
            applied(&chain, &versions, AgeBand::Adult, Moment(250)),
        );
        let changed: Vec<_> =
            changed_since(&then, &now).into_iter().map(|(a, b)| (a.purpose, a.state, b.state)).collect();
        assert_eq!(
            changed,
            [
                (Purpose::Camera, State::Yes, State::Paused),
                (Purpose::Album, State::Yes, State::Yes),
                (Purpose::Calendar, State::Never, State::No),
            ]
        );
    }

    #[test]
    fn a_day_is_asked_for_by_its_end_and_a_minute_by_its_own() {
        let now = Moment(1_795_406_400_000); // 2026-11-23 12:00 in China
        let asked = |date, time| moment(date, time, Moment(0), now).map(|at| at.iso_millis());
        assert_eq!(asked("2026-03-01", "").as_deref(), Ok("2026-03-01T23:59:59.999+08:00"));
        assert_eq!(asked("2026-03-01", "18:30").as_deref(), Ok("2026-03-01T18:30:59.999+08:00"));
        assert_eq!(asked("2026年3月1日", "8：05").as_deref(), Ok("2026-03-01T08:05:59.999+08:00"));
        assert_eq!(asked(" 2026/3/1 ", "").as_deref(), Ok("2026-03-01T23:59:59.999+08:00"));
        assert_eq!(moment("2026-11-23", "", Moment(0), now), Ok(now), "today is asked for up to now");
        assert_eq!(moment("2026-11-23", "12:00", Moment(0), now), Ok(now));
    }

    #[test]
    fn what_can_not_be_told_is_said_in_so_many_words() {
        let (came, now) = (Moment(1_790_000_000_000), Moment(1_795_406_400_000));
        let said = |date: &str, time: &str| moment(date, time, came, now).map_err(|wrong| wrong.message());
        for (date, time, part) in [
            ("", "", "请选择一个日期"),
            ("昨天", "", "没看懂日期“昨天”"),
            ("2026-02-30", "", "没看懂日期“2026-02-30”"),
            ("-2026-02-03", "", "没看懂日期"),
            ("2026-10-01", "25:00", "没看懂时间“25:00”"),
            ("2026-11-24", "", "还没有到"),
            ("2026-11-23", "12:01", "还没有到"),
            ("9999-12-31", "", "还没有到"),
            ("0001-01-01", "", "那时你还没有账号"),
        ] {
            let message = said(date, time).expect_err("refused");
            assert!(message.contains(part), "{date} {time}: {message}");
        }
    }

    fn chains() -> impl Strategy<Value = Vec<PastDecision>> {
        let about = prop::option::of(prop::sample::select(vec!["甲", "乙"]));
        let one = (0..400_i64, prop::sample::select(Purpose::ALL), about, any::<bool>());
        prop::collection::vec(one, 0..30).prop_map(|all| {
            all.into_iter().map(|(at, purpose, about, granted)| past(at, purpose, about, granted)).collect()
        })
    }

    proptest! {
        #[test]
        fn what_comes_later_changes_nothing(chain in chains(), at in 0..400_i64) {
            let versions = versions();
            let before: Vec<_> = chain.iter().filter(|past| past.at.0 <= at).cloned().collect();
            let (whole, cut) = (applied(&chain, &versions, AgeBand::Adult, Moment(at)), applied(&before, &versions, AgeBand::Adult, Moment(at)));
            // What is only decided about later stands there as never decided.
            let told = |applied: &Applied<'_>| {
                let decided = applied.decisions.iter().filter(|then| then.state != State::Never);
                decided.map(|then| format!("{then:?}")).collect::<Vec<_>>()
            };
            prop_assert_eq!(told(&whole), told(&cut));
        }

        #[test]
        fn a_decision_tells_nothing_of_another(chain in chains(), at in 0..400_i64, purpose in prop::sample::select(Purpose::ALL)) {
            let own: Vec<_> = chain.iter().filter(|past| past.decision.purpose == purpose).cloned().collect();
            for about in [None, Some("甲"), Some("乙")] {
                prop_assert_eq!(state(&chain, at, purpose, about), state(&own, at, purpose, about));
            }
        }

        #[test]
        fn nothing_has_changed_since_now(chain in chains(), at in 0..400_i64) {
            let versions = versions();
            let applied = applied(&chain, &versions, AgeBand::Adult, Moment(at));
            prop_assert!(changed_since(&applied, &applied).is_empty());
            let mut decided = applied.decisions.iter().filter(|then| then.decided.is_some());
            prop_assert!(decided.all(|then| then.decided.is_some_and(|past| past.at <= Moment(at))));
        }

        #[test]
        fn no_text_makes_a_moment_panic(date in "\\PC{0,24}", time in "\\PC{0,12}") {
            let _ = moment(&date, &time, Moment(0), Moment(1_795_406_400_000));
        }
    }
}
