//! Every test that needs a whole centre, in one binary: it links once.
//! On SQLite always; on PostgreSQL when `TEST_POSTGRES_URL` names a cluster whose user may create databases.

#![allow(clippy::unwrap_used, clippy::print_stdout)]
#![recursion_limit = "512"]

#[macro_use]
mod support;
mod access;
mod accounts;
mod backup;
mod cancellation;
mod children;
mod commands;
mod cookies;
mod crash;
mod events;
mod execution;
mod export;
mod faults;
mod headers;
mod import;
mod kept;
mod leaks;
mod ledger;
mod lost;
mod messages;
mod past;
mod policy;
mod profile;
mod proof;
mod records;
mod relatives;
mod requests;
mod sharing;
mod start;
mod strangers;
mod tags;
mod tidy;
mod transfer;
mod webhooks;
