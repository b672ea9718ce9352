//! Cancellation: a person leaves, knowing what goes, what stays, why and until when; proves who they are; confirms once;
//! and has seven days to change their mind (policy 五(五); 电子商务法 24, 网络数据安全管理条例 23). Nothing unreasonable is asked:
//! no reason, no photo of an ID card, no phone call. Signing in takes nothing back.
//!
//! What may stand in the way is in `affair.rs`, giving money up in `waiver.rs`, the way from state to state in `rules.rs`.
//!
//! What becomes of older copies of the keys is in `key_copies.rs`.
//!
//! Pages: `pages/cancellation/`. SQL: `server/src/cancellation/`. What goes and what stays of this very account: `plan.rs`,
//! counted by `server/src/execution`, which also carries it out. Browser tests: `end2end/tests/cancellation.spec.ts` and
//! `execution.spec.ts`.

pub mod affair;
pub mod key_copies;
pub mod model;
pub mod plan;
pub mod rules;
#[cfg(test)]
mod rules_tests;
pub mod waiver;
