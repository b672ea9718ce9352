//! 个人信息转移: a package of a person's own data, sent to a service that they name (个保法 45(3), 网数条例 25).
//!
//! Pages: `pages/transfer.rs`. SQL, sending and its limits: `server/src/transfer/`. Browser test:
//! `end2end/tests/transfer.spec.ts`.

pub mod model;
pub mod rules;
