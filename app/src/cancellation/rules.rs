//! The state machine: what stands, what is asked, now → what follows, or why not. Pure.

use super::affair::Obstacle;
use super::model::{Cancellation, ProvedBy, Reason, State};
use crate::promises::{CANCELLATION_DRAFT_LIFE, COOLING_OFF, STEP_UP_LIFE};
use crate::requests::model::Ground;
use crate::time::Moment;

/// How soon it is to be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After the cooling-off.
    CoolingOff,
    /// 立即注销: at once, and not to be taken back.
    AtOnce,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Begin.
    Begin,
    /// "I have read what goes and what stays."
    Read,
    /// Orders were recognised; a human is to look at them.
    AskReview,
    /// The human was not convinced.
    Deny(Ground),
    /// Prove it in another way.
    TakeBackReview,
    /// It was proved who asks, and how. These stand in the way; none: that could not be looked up, and is again before anything
    /// follows.
    Proved(ProvedBy, Option<&'a [Obstacle]>),
    /// Look again what stands in the way: these.
    Check(&'a [Obstacle]),
    /// The one final confirmation; these stand in the way now.
    Confirm(&'a [Obstacle], Pace),
    /// 立即注销 during the cooling-off; when it was proved again, by password or code, who asks.
    Hasten(Option<Moment>),
    /// Take it back.
    Withdraw,
    /// The cooling-off is over: the centre itself asks. These stand in the way.
    Execute(&'a [Obstacle]),
}

/// Why it does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Begin first.
    NotBegun,
    /// It is submitted already.
    AlreadySubmitted,
    /// Prove first who asks, or again: the proof is too old.
    ProveFirst,
    /// It lies with a human already.
    InReview,
    /// Nothing lies with a human.
    NotInReview,
    /// A proof by recognised orders does not skip the cooling-off.
    NotAtOnce,
    /// Nothing to hasten.
    NotSubmitted,
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
            Self::ProveFirst => "身份验证已过期，请重新验证。",
            Self::InReview => "你选的订单正在由人核对，不用再次提交。",
            Self::NotInReview => "没有等待核对的订单。",
            Self::NotAtOnce => "通过订单核实身份的，要经过7天冷静期。用密码或短信验证码验证后，可以立即注销。",
            Self::NotSubmitted => "注销申请还没有提交。",
            Self::NothingToWithdraw => "没有可以撤回的注销申请。",
            Self::Executing => "删除已经开始，不能再撤回。",
            Self::NotDue => "冷静期还没有结束。",
        }
    }
}

/// Whether a draft was left lying too long: then it counts for nothing. One that waits for a human does not lie; one that a
/// human has proved lies as long as that proof is good for.
#[must_use]
pub fn is_stale(c: &Cancellation, now: Moment) -> bool {
    if c.submitted_at.is_some() || c.state.has_ended() || c.in_review {
        return false;
    }
    match (c.proved_by, c.verified_at) {
        (Some(ProvedBy::Review), Some(at)) => !at.is_within(ProvedBy::Review.life(), now),
        _ => !c.drafted_at.is_within(CANCELLATION_DRAFT_LIFE, now),
    }
}

/// What follows from a request.
///
/// # Errors
/// [`Refusal`]; then nothing changes.
pub fn step(standing: Option<Cancellation>, request: Request<'_>, now: Moment) -> Result<Cancellation, Refusal> {
    let live = standing.filter(|c| !c.state.has_ended() && !is_stale(c, now));
    let submitted = live.is_some_and(|c| c.is_under_way());
    match (request, live) {
        (Request::Withdraw, Some(c)) => withdraw(c),
        (Request::Withdraw, None) => Err(Refusal::NothingToWithdraw),
        (Request::Execute(obstacles), live) => execute(live, obstacles, now),
        (Request::Hasten(proved_at), live) => hasten(live, proved_at, now),
        _ if submitted => Err(Refusal::AlreadySubmitted),
        (Request::Begin, Some(c)) => Ok(c),
        (Request::Begin, None) => Ok(Cancellation {
            state: State::Draft,
            drafted_at: now,
            in_review: false,
            verified_at: None,
            proved_by: None,
            submitted_at: None,
            due_at: None,
            refusal: None,
        }),
        (_, None) => Err(Refusal::NotBegun),
        (Request::Read, Some(c)) => Ok(Cancellation { state: State::AwaitingProof, ..c }),
        (Request::AskReview, Some(c)) => ask_review(c),
        (Request::Deny(ground), Some(c)) => deny(c, ground),
        (Request::TakeBackReview, Some(c)) => reviewed(c).map(|c| Cancellation { in_review: false, ..c }),
        (Request::Proved(by, obstacles), Some(c)) => prove(c, by, obstacles, now),
        (Request::Check(obstacles), Some(c)) => check(c, obstacles),
        (Request::Confirm(obstacles, pace), Some(c)) => confirm(c, obstacles, pace, now),
    }
}

fn withdraw(c: Cancellation) -> Result<Cancellation, Refusal> {
    match c.state {
        State::Executing => Err(Refusal::Executing),
        _ => Ok(Cancellation { state: State::Withdrawn, in_review: false, ..c }),
    }
}

fn execute(live: Option<Cancellation>, obstacles: &[Obstacle], now: Moment) -> Result<Cancellation, Refusal> {
    let due = live.filter(|c| c.state == State::CoolingOff && c.due_at.is_some_and(|due| due <= now));
    let c = due.ok_or(Refusal::NotDue)?;
    Ok(match obstacles.first() {
        None => Cancellation { state: State::Executing, ..c },
        Some(first) => Cancellation { state: State::Refused, refusal: Some(Reason::Obstacle(first.kind)), ..c },
    })
}

fn hasten(live: Option<Cancellation>, proved_at: Option<Moment>, now: Moment) -> Result<Cancellation, Refusal> {
    let fresh = proved_at.is_some_and(|at| at.is_within(STEP_UP_LIFE, now));
    match live {
        Some(c) if c.state == State::Executing => Err(Refusal::AlreadySubmitted),
        Some(c) if c.state != State::CoolingOff => Err(Refusal::NotSubmitted),
        Some(_) if !fresh => Err(Refusal::ProveFirst),
        Some(c) => Ok(Cancellation { due_at: c.due_at.map(|due| due.min(now)), ..c }),
        None => Err(Refusal::NotSubmitted),
    }
}

fn ask_review(c: Cancellation) -> Result<Cancellation, Refusal> {
    match c.state {
        State::AwaitingProof if c.in_review => Err(Refusal::InReview),
        State::AwaitingProof => Ok(Cancellation { in_review: true, ..c }),
        _ => Err(Refusal::NotBegun),
    }
}

fn reviewed(c: Cancellation) -> Result<Cancellation, Refusal> {
    if c.in_review { Ok(c) } else { Err(Refusal::NotInReview) }
}

fn deny(c: Cancellation, ground: Ground) -> Result<Cancellation, Refusal> {
    let refusal = Some(Reason::Denied(ground));
    reviewed(c).map(|c| Cancellation { state: State::Refused, in_review: false, refusal, ..c })
}

fn prove(c: Cancellation, by: ProvedBy, found: Option<&[Obstacle]>, now: Moment) -> Result<Cancellation, Refusal> {
    if by == ProvedBy::Review {
        reviewed(c)?;
    }
    match c.state {
        State::AwaitingProof | State::Checked | State::Blocked => Ok(Cancellation {
            // What can't be known yet is still to be checked: nothing is confirmed before it is.
            state: found.map_or(State::Checked, state_with),
            in_review: false,
            verified_at: Some(now),
            proved_by: Some(by),
            ..c
        }),
        _ => Err(Refusal::NotBegun),
    }
}

const fn state_with(obstacles: &[Obstacle]) -> State {
    if obstacles.is_empty() { State::Checked } else { State::Blocked }
}

fn check(c: Cancellation, obstacles: &[Obstacle]) -> Result<Cancellation, Refusal> {
    match c.state {
        State::Checked | State::Blocked => Ok(Cancellation { state: state_with(obstacles), ..c }),
        State::AwaitingProof => Err(Refusal::ProveFirst),
        _ => Err(Refusal::NotBegun),
    }
}

fn confirm(c: Cancellation, obstacles: &[Obstacle], pace: Pace, now: Moment) -> Result<Cancellation, Refusal> {
    let life = c.proved_by.map_or(0, ProvedBy::life);
    let fresh = c.verified_at.is_some_and(|at| at.is_within(life, now));
    match c.state {
        State::Checked | State::Blocked if !fresh => Err(Refusal::ProveFirst),
        State::Checked | State::Blocked if !obstacles.is_empty() => Ok(Cancellation { state: State::Blocked, ..c }),
        State::Checked | State::Blocked if pace == Pace::AtOnce && c.proved_by == Some(ProvedBy::Review) => {
            Err(Refusal::NotAtOnce)
        }
        State::Checked | State::Blocked => Ok(Cancellation {
            state: State::CoolingOff,
            submitted_at: Some(now),
            due_at: Some(if pace == Pace::AtOnce { now } else { now.plus(COOLING_OFF) }),
            ..c
        }),
        State::AwaitingProof => Err(Refusal::ProveFirst),
        _ => Err(Refusal::NotBegun),
    }
}
