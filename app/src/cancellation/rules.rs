//! The state machine: what stands, what is asked, now → what follows, or why not. Pure.

use super::model::{Cancellation, Obstacle, State};
use crate::promises::{CANCELLATION_DRAFT_LIFE, COOLING_OFF, STEP_UP_LIFE};
use crate::time::Moment;

/// What a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Begin.
    Begin,
    /// "I have read what goes and what stays."
    Read,
    /// It was proved who asks; these stand in the way.
    Proved(&'a [Obstacle]),
    /// The one final confirmation; these stand in the way now.
    Confirm(&'a [Obstacle]),
    /// Take it back.
    Withdraw,
    /// The cooling-off is over: the centre itself asks.
    Execute,
}

/// Why it does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Begin first.
    NotBegun,
    /// It is submitted already.
    AlreadySubmitted,
    /// Prove first who asks, or again: the proof is older than five minutes.
    ProveFirst,
    /// Nothing to take back.
    NothingToWithdraw,
    /// Too late: erasure has begun.
    Executing,
    /// The cooling-off is not over, or there is none.
    NotDue,
}

impl Refusal {
    /// What the person reads.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotBegun => "注销还没有开始，请从第一步进入。",
            Self::AlreadySubmitted => "注销申请已经提交，不用再次提交。",
            Self::ProveFirst => "身份验证已超过5分钟，请重新验证。",
            Self::NothingToWithdraw => "没有可以撤回的注销申请。",
            Self::Executing => "删除已经开始，不能再撤回。",
            Self::NotDue => "冷静期还没有结束。",
        }
    }
}

/// Whether a draft was left lying too long: then it counts for nothing.
#[must_use]
pub const fn is_stale(c: &Cancellation, now: Moment) -> bool {
    let submitted = c.submitted_at.is_some();
    !submitted && !c.state.has_ended() && now.since(c.drafted_at) >= CANCELLATION_DRAFT_LIFE
}

/// What follows from a request.
///
/// # Errors
/// [`Refusal`]; then nothing changes.
pub fn step(standing: Option<Cancellation>, request: Request<'_>, now: Moment) -> Result<Cancellation, Refusal> {
    let live = standing.filter(|c| !c.state.has_ended() && !is_stale(c, now));
    let submitted = live.is_some_and(|c| matches!(c.state, State::CoolingOff | State::Executing));
    match (request, live) {
        (Request::Withdraw, Some(c)) => withdraw(c),
        (Request::Withdraw, None) => Err(Refusal::NothingToWithdraw),
        (Request::Execute, live) => execute(live, now),
        _ if submitted => Err(Refusal::AlreadySubmitted),
        (Request::Begin, Some(c)) => Ok(c),
        (Request::Begin, None) => Ok(Cancellation {
            state: State::Draft,
            drafted_at: now,
            verified_at: None,
            submitted_at: None,
            due_at: None,
        }),
        (_, None) => Err(Refusal::NotBegun),
        (Request::Read, Some(c)) => Ok(Cancellation { state: State::AwaitingProof, ..c }),
        (Request::Proved(obstacles), Some(c)) => prove(c, obstacles, now),
        (Request::Confirm(obstacles), Some(c)) => confirm(c, obstacles, now),
    }
}

fn withdraw(c: Cancellation) -> Result<Cancellation, Refusal> {
    match c.state {
        State::Executing => Err(Refusal::Executing),
        _ => Ok(Cancellation { state: State::Withdrawn, ..c }),
    }
}

fn execute(live: Option<Cancellation>, now: Moment) -> Result<Cancellation, Refusal> {
    let due = live.filter(|c| c.state == State::CoolingOff && c.due_at.is_some_and(|due| due <= now));
    due.map(|c| Cancellation { state: State::Executing, ..c }).ok_or(Refusal::NotDue)
}

fn prove(c: Cancellation, obstacles: &[Obstacle], now: Moment) -> Result<Cancellation, Refusal> {
    match c.state {
        State::AwaitingProof | State::Checked | State::Blocked => {
            let state = if obstacles.is_empty() { State::Checked } else { State::Blocked };
            Ok(Cancellation { state, verified_at: Some(now), ..c })
        }
        _ => Err(Refusal::NotBegun),
    }
}

fn confirm(c: Cancellation, obstacles: &[Obstacle], now: Moment) -> Result<Cancellation, Refusal> {
    let fresh = c.verified_at.is_some_and(|at| now.since(at) < STEP_UP_LIFE);
    match c.state {
        State::Checked | State::Blocked if !fresh => Err(Refusal::ProveFirst),
        State::Checked | State::Blocked if !obstacles.is_empty() => Ok(Cancellation { state: State::Blocked, ..c }),
        State::Checked | State::Blocked => Ok(Cancellation {
            state: State::CoolingOff,
            submitted_at: Some(now),
            due_at: Some(now.plus(COOLING_OFF)),
            ..c
        }),
        State::AwaitingProof => Err(Refusal::ProveFirst),
        _ => Err(Refusal::NotBegun),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;
    use proptest::prelude::*;

    const NOW: Moment = Moment(1_800_000_000_000);

    fn run(requests: &[(Request<'_>, i64)]) -> Result<Cancellation, Refusal> {
        let mut standing = None;
        for (request, millis) in requests {
            standing = Some(step(standing, *request, NOW.plus(*millis))?);
        }
        standing.ok_or(Refusal::NotBegun)
    }

    #[test]
    fn the_straight_way_ends_in_seven_days_of_cooling_off() {
        let way = [(Request::Begin, 0), (Request::Read, 1), (Request::Proved(&[]), 2), (Request::Confirm(&[]), 3)];
        let c = run(&way).expect("allowed");
        assert_eq!(c.state, State::CoolingOff);
        assert_eq!(c.due_at, Some(NOW.plus(3 + 7 * DAY)));
        let back = step(Some(c), Request::Withdraw, NOW.plus(6 * DAY)).expect("allowed");
        assert_eq!(back.state, State::Withdrawn);
        let again = step(Some(back), Request::Begin, NOW.plus(6 * DAY)).expect("allowed");
        assert_eq!((again.state, again.submitted_at), (State::Draft, None));
    }

    #[test]
    fn an_old_proof_does_not_confirm() {
        let way =
            [(Request::Begin, 0), (Request::Read, 0), (Request::Proved(&[]), 0), (Request::Confirm(&[]), STEP_UP_LIFE)];
        assert_eq!(run(&way), Err(Refusal::ProveFirst));
    }

    #[test]
    fn an_obstacle_blocks_until_it_is_cured() {
        let open = [Obstacle::OpenOrder];
        let way = [(Request::Begin, 0), (Request::Read, 0), (Request::Proved(&open), 0)];
        let blocked = run(&way).expect("allowed");
        assert_eq!(blocked.state, State::Blocked);
        assert_eq!(step(Some(blocked), Request::Confirm(&open), NOW).map(|c| c.state), Ok(State::Blocked));
        assert_eq!(step(Some(blocked), Request::Confirm(&[]), NOW).map(|c| c.state), Ok(State::CoolingOff));
    }

    #[test]
    fn what_runs_is_not_taken_back_and_what_was_not_begun_neither() {
        let c = Cancellation {
            state: State::Executing,
            drafted_at: NOW,
            verified_at: None,
            submitted_at: Some(NOW),
            due_at: Some(NOW),
        };
        assert_eq!(step(Some(c), Request::Withdraw, NOW), Err(Refusal::Executing));
        assert_eq!(step(None, Request::Withdraw, NOW), Err(Refusal::NothingToWithdraw));
    }

    #[test]
    fn a_forgotten_draft_counts_for_nothing() {
        let draft = step(None, Request::Begin, NOW).expect("allowed");
        let later = NOW.plus(CANCELLATION_DRAFT_LIFE);
        assert_eq!(step(Some(draft), Request::Read, later), Err(Refusal::NotBegun));
    }

    fn any_request() -> impl Strategy<Value = Request<'static>> {
        const OPEN: &[Obstacle] = &[Obstacle::Balance];
        proptest::sample::select(vec![
            Request::Begin,
            Request::Read,
            Request::Proved(&[]),
            Request::Proved(OPEN),
            Request::Confirm(&[]),
            Request::Confirm(OPEN),
            Request::Withdraw,
        ])
    }

    proptest! {
        /// Whatever is asked in whatever order: nobody reaches the cooling-off without a fresh proof and without obstacles.
        #[test]
        fn no_way_leads_around_the_proof(requests in proptest::collection::vec((any_request(), 0i64..400_000), 0..30)) {
            let (mut standing, mut now, mut proved): (Option<Cancellation>, Moment, Option<Moment>) = (None, NOW, None);
            for (request, passed) in requests {
                now = now.plus(passed);
                let before = standing.map(|c| c.state);
                if let Ok(next) = step(standing, request, now) {
                    if matches!(request, Request::Proved(_)) { proved = Some(now); }
                    if next.state == State::CoolingOff && before != Some(State::CoolingOff) {
                        prop_assert_eq!(request, Request::Confirm(&[]));
                        prop_assert!(proved.is_some_and(|at| now.since(at) < STEP_UP_LIFE));
                    }
                    if next.state == State::Draft { proved = None; }
                    standing = Some(next);
                }
            }
        }
    }
}
