//! The privacy centre as the browser may know it: words, types, rules and pages. No storage, no keys.
//!
//! | to find | look in |
//! |---|---|
//! | where a menu entry leads | [`menu`] |
//! | what a page looks like | `pages`, one file per entry |
//! | a rule (who may do what, and what follows) | `rules.rs` in the capability's folder |
//! | a period or limit that is shown and enforced | [`promises`] |
//! | cells, switches, forms | [`ui`] |
//!
//! Everything but the islands in [`ui`] is compiled for the server only: the browser gets HTML, and
//! WebAssembly only for what moves.

// A long tuple of view types is what Leptos makes of a page.
#![recursion_limit = "512"]

pub mod accounts;
pub mod cancellation;
pub mod consents;
pub mod cookies;
pub mod export;
pub mod html;
#[cfg(feature = "ssr")]
pub mod lost;
pub mod mask;
pub mod menu;
#[cfg(feature = "ssr")]
pub mod messages;
#[cfg(feature = "ssr")]
pub mod policy;
pub mod profile;
pub mod promises;
pub mod proof;
pub mod records;
#[cfg(feature = "ssr")]
pub mod relatives;
pub mod requests;
pub mod sharing;
#[cfg(feature = "ssr")]
pub mod tags;
pub mod time;
#[cfg(feature = "ssr")]
pub mod transfer;
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod ui;
#[cfg(feature = "ssr")]
pub mod working_days;

#[cfg(feature = "ssr")]
pub mod pages;
