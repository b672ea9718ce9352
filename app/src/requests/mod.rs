//! 权利申请记录: what a person asks of us under 个保法 44 to 50, and what they complain about, with its state, the day it is due,
//! and its answer. A refusal names its ground and where to complain (个保法 50; 网数条例 20).
//!
//! States are those of the Data Rights Protocol 0.9.4 (section 3.02), under its names, in storage, in the ledger, and in the JSON
//! that 申请详情 gives to whom asks for it:
//!
//! | protocol | here |
//! |---|---|
//! | `open` | [`Status::Open`](model::Status): received whole, an answer is owed |
//! | `in_progress` | somebody, or a job, works on it |
//! | `in_progress`, `need_user_verification` | its person is to add something, until `needs_until` (a close relative's proof) |
//! | `fulfilled`, `revoked` | the same |
//! | `denied`, `suspected_fraud` | `suspected_fraud` |
//! | `denied`, `insuf_verification` | `not_proved` |
//! | `denied`, `no_match` | `not_held` |
//! | `denied`, `claim_not_covered` | `law_keeps`, `found_right`, `others_rights`, `arranged`, `not_covered` |
//! | `denied`, `outside_jurisdiction` | `outside_law` |
//! | `denied`, `too_many_requests` | `too_many` |
//! | `denied`, `other` | `not_feasible`, `receiver_refused`, `not_made` |
//! | `expired` | what its person was to add did not come in time |
//!
//! An answer of ours that is late is never `expired`: the request stays as it is, its person reads that it is overdue, and the
//! operator's log says so every hour until it is answered.
//!
//! Pages: `pages/requests/`, `pages/complaints.rs`. SQL: `server/src/requests/`. Browser tests: `end2end/tests/requests.spec.ts`,
//! `complaints.spec.ts`. What close relatives ask for: [`relatives`](crate::relatives).

pub mod model;
#[cfg(feature = "ssr")]
pub mod number;
pub mod rules;
