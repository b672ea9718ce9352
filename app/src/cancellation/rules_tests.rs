//! Tests of the state machine.

use proptest::prelude::*;

use super::affair::{AffairKind, Obstacle};
use super::model::{Cancellation, ProvedBy, Reason, State};
use super::rules::{Pace, Refusal, Request, is_stale, step};
use crate::promises::{CANCELLATION_DRAFT_LIFE, COOLING_OFF, REVIEWED_PROOF_LIFE, STEP_UP_LIFE};
use crate::requests::model::Ground;
use crate::time::{DAY, Moment};

const NOW: Moment = Moment(1_800_000_000_000);

fn obstacle(kind: AffairKind) -> Obstacle {
    let (detail, link) = ("订单尾号 3821".to_owned(), "https://shop.example/orders/81".to_owned());
    Obstacle { id: kind.id().to_owned(), kind, detail, link, amount: None }
}

const FREE: Option<&[Obstacle]> = Some(&[]);
const BY_PASSWORD: Request<'static> = Request::Proved(ProvedBy::Password, FREE);
const CONFIRM: Request<'static> = Request::Confirm(&[], Pace::CoolingOff);

fn run(requests: &[(Request<'_>, i64)]) -> Result<Cancellation, Refusal> {
    let mut standing = None;
    for (request, millis) in requests {
        standing = Some(step(standing, *request, NOW.plus(*millis))?);
    }
    standing.ok_or(Refusal::NotBegun)
}

fn submitted() -> Cancellation {
    run(&[(Request::Begin, 0), (Request::Read, 0), (BY_PASSWORD, 0), (CONFIRM, 0)]).expect("allowed")
}

#[test]
fn the_straight_way_ends_in_seven_days_of_cooling_off() {
    let way = [(Request::Begin, 0), (Request::Read, 1), (BY_PASSWORD, 2), (CONFIRM, 3)];
    let c = run(&way).expect("allowed");
    assert_eq!(c.state, State::CoolingOff);
    assert_eq!(c.due_at, Some(NOW.plus(3 + 7 * DAY)));
    let back = step(Some(c), Request::Withdraw, NOW.plus(6 * DAY)).expect("allowed");
    assert_eq!(back.state, State::Withdrawn);
    let again = step(Some(back), Request::Begin, NOW.plus(6 * DAY)).expect("allowed");
    assert_eq!((again.state, again.submitted_at, again.verified_at), (State::Draft, None, None));
}

#[test]
fn an_old_proof_does_not_confirm() {
    let way = [(Request::Begin, 0), (Request::Read, 0), (BY_PASSWORD, 0), (CONFIRM, STEP_UP_LIFE)];
    assert_eq!(run(&way), Err(Refusal::ProveFirst));
}

#[test]
fn an_obstacle_blocks_until_it_is_cured() {
    let open = [obstacle(AffairKind::Order)];
    let proved = Request::Proved(ProvedBy::Code, Some(&open));
    let blocked = run(&[(Request::Begin, 0), (Request::Read, 0), (proved, 0)]).expect("allowed");
    assert_eq!(blocked.state, State::Blocked);
    for pace in [Pace::CoolingOff, Pace::AtOnce] {
        assert_eq!(step(Some(blocked), Request::Confirm(&open, pace), NOW).map(|c| c.state), Ok(State::Blocked));
    }
    let cured = step(Some(blocked), Request::Check(&[]), NOW).expect("allowed");
    assert_eq!((cured.state, cured.submitted_at), (State::Checked, None), "looking again submits nothing");
    assert_eq!(step(Some(cured), CONFIRM, NOW).map(|c| c.state), Ok(State::CoolingOff));
}

#[test]
fn what_could_not_be_looked_up_keeps_the_proof_and_confirms_nothing_by_itself() {
    let unknown = Request::Proved(ProvedBy::Password, None);
    let c = run(&[(Request::Begin, 0), (Request::Read, 0), (unknown, 0)]).expect("allowed");
    assert_eq!((c.state, c.verified_at, c.submitted_at), (State::Checked, Some(NOW), None));
}

#[test]
fn what_came_meanwhile_refuses_it_with_its_reason() {
    let (freeze, order) = (obstacle(AffairKind::Freeze), obstacle(AffairKind::Order));
    let due = NOW.plus(COOLING_OFF);
    assert_eq!(step(Some(submitted()), Request::Execute(&[]), due.plus(-1)), Err(Refusal::NotDue));
    assert_eq!(step(Some(submitted()), Request::Execute(&[]), due).map(|c| c.state), Ok(State::Executing));
    let refused = step(Some(submitted()), Request::Execute(&[freeze, order]), due).expect("allowed");
    assert_eq!((refused.state, refused.refusal), (State::Refused, Some(Reason::Obstacle(AffairKind::Freeze))));
    assert!(!refused.is_under_way());
    assert_eq!(step(Some(refused), Request::Begin, due).map(|c| (c.state, c.refusal)), Ok((State::Draft, None)));
}

#[test]
fn it_is_hastened_with_a_fresh_proof_only() {
    let later = NOW.plus(DAY);
    for stale in [None, Some(later.plus(-STEP_UP_LIFE))] {
        assert_eq!(step(Some(submitted()), Request::Hasten(stale), later), Err(Refusal::ProveFirst));
    }
    let hastened = step(Some(submitted()), Request::Hasten(Some(later)), later).expect("allowed");
    assert_eq!((hastened.state, hastened.due_at), (State::CoolingOff, Some(later)));
    assert_eq!(step(Some(hastened), Request::Execute(&[]), later).map(|c| c.state), Ok(State::Executing));
    assert_eq!(step(None, Request::Hasten(Some(later)), later), Err(Refusal::NotSubmitted));
    let at_once = [(Request::Begin, 0), (Request::Read, 0), (BY_PASSWORD, 0), (Request::Confirm(&[], Pace::AtOnce), 1)];
    assert_eq!(run(&at_once).map(|c| c.due_at), Ok(Some(NOW.plus(1))));
}

#[test]
fn what_runs_is_not_taken_back_and_what_was_not_begun_neither() {
    let running = step(Some(submitted()), Request::Execute(&[]), NOW.plus(COOLING_OFF)).expect("allowed");
    assert_eq!(step(Some(running), Request::Withdraw, NOW), Err(Refusal::Executing));
    assert_eq!(step(Some(running), Request::Hasten(Some(NOW)), NOW), Err(Refusal::AlreadySubmitted));
    assert_eq!(step(None, Request::Withdraw, NOW), Err(Refusal::NothingToWithdraw));
}

#[test]
fn a_forgotten_draft_counts_for_nothing() {
    let draft = step(None, Request::Begin, NOW).expect("allowed");
    let later = NOW.plus(CANCELLATION_DRAFT_LIFE);
    assert_eq!(step(Some(draft), Request::Read, later), Err(Refusal::NotBegun));
}

#[test]
fn a_review_may_take_its_time_and_its_proof_lasts_for_days() {
    let waiting = run(&[(Request::Begin, 0), (Request::Read, 0), (Request::AskReview, 0)]).expect("allowed");
    let later = NOW.plus(20 * DAY);
    assert!(waiting.in_review && !is_stale(&waiting, later));
    assert_eq!(step(Some(waiting), Request::AskReview, later), Err(Refusal::InReview));
    let proved = step(Some(waiting), Request::Proved(ProvedBy::Review, FREE), later).expect("allowed");
    assert_eq!((proved.state, proved.in_review), (State::Checked, false));
    let last = later.plus(REVIEWED_PROOF_LIFE - 1);
    assert_eq!(step(Some(proved), Request::Confirm(&[], Pace::AtOnce), last), Err(Refusal::NotAtOnce));
    assert_eq!(step(Some(proved), CONFIRM, last).map(|c| c.state), Ok(State::CoolingOff));
    assert_eq!(step(Some(proved), CONFIRM, last.plus(1)), Err(Refusal::NotBegun));
    let denied = step(Some(waiting), Request::Deny(Ground::NotProved), later).expect("allowed");
    assert_eq!((denied.state, denied.refusal), (State::Refused, Some(Reason::Denied(Ground::NotProved))));
    let back = step(Some(waiting), Request::TakeBackReview, NOW).expect("allowed");
    for request in [Request::Proved(ProvedBy::Review, FREE), Request::Deny(Ground::NotProved), Request::TakeBackReview]
    {
        assert_eq!(step(Some(back), request, NOW), Err(Refusal::NotInReview));
    }
}

/// Something in the way or not, and a request that may be about it.
fn any_request() -> impl Strategy<Value = (u8, bool, bool)> {
    (0u8..14, any::<bool>(), any::<bool>())
}

fn request(which: u8, open: &[Obstacle], proved_at: Option<Moment>) -> Request<'_> {
    match which {
        0 => Request::Begin,
        1 => Request::Read,
        2 => Request::AskReview,
        3 => Request::Deny(Ground::NotProved),
        4 => Request::TakeBackReview,
        5 => Request::Proved(ProvedBy::Password, Some(open)),
        6 => Request::Proved(ProvedBy::Code, None),
        7 => Request::Proved(ProvedBy::Review, Some(open)),
        8 => Request::Check(open),
        9 => Request::Confirm(open, Pace::CoolingOff),
        10 => Request::Confirm(open, Pace::AtOnce),
        11 => Request::Hasten(proved_at),
        12 => Request::Withdraw,
        _ => Request::Execute(open),
    }
}

proptest! {
    /// Whatever is asked in whatever order: nobody reaches the cooling-off without a proof that is good then, nor with an
    /// obstacle; nobody reaches the execution but from a cooling-off that is over, with nothing in the way then; the seven
    /// days are shortened by a fresh password or code alone; and what runs is taken back by nothing.
    #[test]
    fn no_way_leads_around_proof_and_conditions(
        requests in proptest::collection::vec((any_request(), 0i64..30), 0..60),
        unit in proptest::sample::select(vec![1_000i64, 60_000, DAY]),
    ) {
        let (mut standing, mut now): (Option<Cancellation>, Moment) = (None, NOW);
        let (mut proof, mut asked): (Option<(Moment, ProvedBy)>, bool) = (None, false);
        let mut may_run_at = None;
        let blocking = [obstacle(AffairKind::Dispute)];
        for ((which, is_open, is_fresh), passed) in requests {
            now = now.plus(passed * unit);
            let open: &[Obstacle] = if is_open { &blocking } else { &[] };
            let proved_at = is_fresh.then_some(now);
            let request = request(which, open, proved_at);
            let before = standing.map(|c| c.state);
            let Ok(next) = step(standing, request, now) else { continue };
            if next.drafted_at == now && next.state == State::Draft { (proof, asked) = (None, false); }
            match request {
                Request::AskReview => asked = true,
                Request::Proved(by, _) => {
                    prop_assert!(by != ProvedBy::Review || asked);
                    proof = Some((now, by));
                    asked = false;
                }
                Request::TakeBackReview => asked = false,
                Request::Hasten(at) => { prop_assert_eq!(at, Some(now)); may_run_at = Some(now); }
                Request::Confirm(_, Pace::AtOnce) => may_run_at = Some(now),
                Request::Confirm(_, Pace::CoolingOff) => may_run_at = Some(now.plus(COOLING_OFF)),
                _ => {}
            }
            if next.state == State::CoolingOff && before != Some(State::CoolingOff) {
                prop_assert!(matches!(request, Request::Confirm(open, _) if open.is_empty()));
                let (at, by) = proof.expect("proved");
                prop_assert!(now.since(at) < by.life());
                prop_assert!(by != ProvedBy::Review || next.due_at == Some(now.plus(COOLING_OFF)));
            }
            if next.state == State::Executing {
                prop_assert_eq!(before, Some(State::CoolingOff));
                prop_assert!(open.is_empty() && may_run_at.is_some_and(|at| at <= now));
                for request in [Request::Withdraw, Request::Hasten(Some(now)), Request::Begin, Request::Check(&[])] {
                    prop_assert!(step(Some(next), request, now).is_err());
                }
            }
            prop_assert_eq!(next.refusal.is_some(), next.state == State::Refused);
            standing = Some(next);
        }
    }
}
