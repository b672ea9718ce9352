//! Cookies: a visitor is asked once, three answers equal in weight; a group that is off sets no cookie; every cookie that
//! this browser holds for this site is listed and can be deleted (policy chapter 二).
//!
//! Page: `pages/cookies.rs` (Cookie管理) and the banner in `ui/frame.rs`. The inventory: `server/catalogue/cookies.toml`.
//! The gate that every Set-Cookie passes: `server/src/cookies/gate.rs`. Browser test: `end2end/tests/cookies.spec.ts`.

pub mod inventory;
pub mod model;
pub mod rules;
