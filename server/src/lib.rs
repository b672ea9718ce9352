//! The privacy centre's server: what the browser may not hold.
//!
//! The way of a request: `web/router.rs` (one table of routes) → `web/visit.rs` (who is calling, from where) →
//! `web/guard.rs` (may they) → `<capability>/routes.rs` → `<capability>/store.rs` (one method = one transaction) →
//! `app::<capability>::rules` inside the transaction → SQL → an event in the ledger → `app::pages`.
//!
//! | to find | look in |
//! |---|---|
//! | SQL of a capability | `<capability>/store.rs` |
//! | which routes there are, and who may call them | [`web::router`] |
//! | how personal data is sealed | [`vault`] |
//! | how what happened is proved | [`ledger`] |
//! | work in the background | [`schedule`] |
//! | backups, and the gate after a restore | [`backup`], [`replay`] |
//! | what keeps a server open through faults of its databases | [`supervisor`] |
//! | every setting | [`config`] |
//! | what a command does | `commands/`, of the program in `main.rs` |

#![recursion_limit = "512"]

pub mod accounts;
pub mod ahead;
pub mod backup;
pub mod cancellation;
pub mod catalogue;
pub mod centre;
pub mod check;
pub mod clock;
pub mod config;
pub mod consents;
pub mod cookies;
pub mod demo;
pub mod execution;
pub mod export;
pub mod guardian;
pub mod ledger;
pub mod legal_hold;
pub mod lost;
pub mod messages;
pub mod numbers;
pub mod open;
pub mod policy;
pub mod population;
pub mod presence;
pub mod profile;
pub mod proof;
pub mod records;
pub mod relatives;
pub mod replay;
pub mod requests;
pub mod schedule;
pub mod seed;
pub mod sharing;
pub mod storage;
pub mod supervisor;
pub mod tags;
pub mod transfer;
pub mod vault;
pub mod web;
pub mod webhooks;
