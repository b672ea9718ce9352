//! 我的标签 and 为什么看到这些: what a host derived from a person's records, what it picked by that, and why. Both come as
//! records; their details tell the reasons. A person deletes one or all, pauses, or switches 个性化推荐 off, which erases them
//! in the same transaction; what a program has picked can be reviewed by a human (个保法 24, 48).
//!
//! Pages: `pages/tags.rs`, `pages/explanations.rs`. Server: `server/src/tags/`, and `server/src/records/` for the records.
//! Browser test: `end2end/tests/tags.spec.ts`.

pub mod model;
pub mod rules;
