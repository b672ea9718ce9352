//! Consents: a person decides purpose by purpose, sees every decision that stands, and takes it back as easily as it
//! was given (个保法 14–16). Nothing is granted by default, accepting the policy grants nothing (个保法 23, 25, 29),
//! and a decision is recorded with the words that were shown. Under 18 there is no "yes" to advertising (`minors.rs`).
//!
//! Pages: `pages/consents.rs` (同意管理), `pages/past.rs` (时光机); the switches on 推送设置, 广告设置, 系统权限管理, 好友隐私, 人脸识别授权 and Cookie管理
//! are decisions too. SQL: `server/src/consents/store.rs`. Browser test: `end2end/tests/consents.spec.ts`.

pub mod minors;
pub mod model;
#[cfg(feature = "ssr")]
pub mod past;
pub mod rules;

pub use model::{Decision, Group, Kind, Purpose, Standing};
