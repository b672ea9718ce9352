//! Every test that needs a whole centre, in one binary: it links once.
//! On SQLite always; on PostgreSQL when `TEST_POSTGRES_URL` names a cluster whose user may create databases.

#![allow(clippy::unwrap_used, clippy::print_stdout)]
#![recursion_limit = "512"]

#[macro_use]
mod support;
mod access;
mod accounts;
mod backup;
mod band;
mod cancellation;
mod children;
mod clock;
mod codes;
mod commands;
mod connections;
mod cookies;
mod cookies_deleted;
mod crash;
mod disk;
mod downloads;
mod events;
mod execution;
mod export;
mod faults;
mod guardian;
mod headers;
mod import;
mod in_use;
mod kept;
mod leaks;
mod ledger;
mod lists;
mod lost;
mod marketing;
mod messages;
mod minors;
mod numbers;
mod past;
mod policy;
mod profile;
mod proof;
mod records;
mod relatives;
mod request_numbers;
mod requests;
mod sharing;
mod start;
mod strangers;
mod tags;
mod tidy;
mod transfer;
mod webhooks;
