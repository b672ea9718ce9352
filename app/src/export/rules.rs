//! When a copy may be asked for, and how far it is. Pure.

use super::model::Copy;
use crate::promises::READY_COPIES_MAX;

/// Why no copy is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// One is being made.
    UnderWay,
    /// As many as may wait for their download do.
    TooMany,
}

impl Refusal {
    /// For the person.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::UnderWay => "已有一份副本正在生成，请等它完成。",
            Self::TooMany => "已有5份副本可以下载，请先作废不需要的。",
        }
    }
}

/// Whether a person with these copies may ask for another.
///
/// # Errors
/// Why not.
pub fn may_ask(copies: &[Copy]) -> Result<(), Refusal> {
    if copies.iter().any(|copy| copy.state.is_under_way()) {
        return Err(Refusal::UnderWay);
    }
    let ready = copies.iter().filter(|copy| copy.state == super::model::State::Ready).count();
    if ready >= READY_COPIES_MAX { Err(Refusal::TooMany) } else { Ok(()) }
}

/// How far a copy is, 0 to 100; 100 only when nothing is left to do.
#[must_use]
pub fn percent(done: i64, total: i64) -> u8 {
    if total <= 0 {
        return 0;
    }
    u8::try_from((done.clamp(0, total) * 100) / total).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::model::{Scope, State};
    use super::*;
    use crate::records::model::Basis;
    use crate::time::Moment;

    fn copy(state: State) -> Copy {
        Copy {
            id: String::new(),
            scope: Scope::default(),
            state,
            percent: 0,
            bytes: 0,
            asked_at: Moment(0),
            ends_at: None,
        }
    }

    #[test]
    fn one_at_a_time_and_not_too_many() {
        assert_eq!(may_ask(&[]), Ok(()));
        assert_eq!(may_ask(&[copy(State::Ended), copy(State::Failed), copy(State::Ready)]), Ok(()));
        assert_eq!(may_ask(&[copy(State::Queued)]), Err(Refusal::UnderWay));
        assert_eq!(may_ask(&[copy(State::Running)]), Err(Refusal::UnderWay));
        assert_eq!(may_ask(&vec![copy(State::Ready); READY_COPIES_MAX]), Err(Refusal::TooMany));
        assert!(Refusal::TooMany.message().contains(&READY_COPIES_MAX.to_string()));
    }

    #[test]
    fn a_hundred_is_only_said_at_the_end() {
        assert_eq!((percent(0, 0), percent(0, 9), percent(9, 9), percent(99_999, 100_000)), (0, 0, 100, 99));
        assert_eq!((percent(-1, 9), percent(12, 9)), (0, 100));
    }

    #[test]
    fn a_scope_takes_in_what_it_names() {
        let scope =
            Scope { functions: vec!["1.2".into()], from: Some(Moment(10)), until: Some(Moment(20)), portable: false };
        assert!(scope.covers("1.2") && !scope.covers("1.3") && Scope::default().covers("1.3"));
        let inside: Vec<_> = [9, 10, 19, 20].into_iter().filter(|at| scope.covers_time(Moment(*at))).collect();
        assert_eq!(inside, [10, 19]);
    }

    #[test]
    fn what_a_law_asks_for_is_not_portable() {
        let portable = Scope { portable: true, ..Scope::default() };
        assert!(portable.covers_basis(Basis::Contract) && portable.covers_basis(Basis::SeparateConsent));
        assert!(!portable.covers_basis(Basis::LegalDuty) && Scope::default().covers_basis(Basis::LegalDuty));
    }
}
