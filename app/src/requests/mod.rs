//! 权利申请记录: what a person asks of us under 个保法 44 to 50, with its state, the day it is due, and its answer. A refusal
//! names its ground and where to complain (个保法 50; 网数条例 20).
//!
//! Pages: `pages/requests.rs`. SQL: `server/src/requests/`. Browser test: `end2end/tests/requests.spec.ts`.

pub mod model;
pub mod rules;
