//! Cookies, and what works like them: a visitor is asked, three answers equal in weight; a group that is off sets nothing;
//! every cookie that this browser holds for this site is listed and can be deleted, and all that it holds at once (policy
//! chapter 二).
//!
//! - Each item of an optional group can be refused by itself. The group is the master: off, nothing of it is used; on again,
//!   what was refused by itself stays refused. Only the item's own switch lifts that.
//! - A "yes" is one to what was shown (个保法 14, 17): the words recorded with a group's decision name its items. An item that
//!   came into the inventory later, or changed, is not covered by it and stays off until it, or its group, is allowed anew.
//! - An answer holds for a year from the day when all was answered, a visitor's and an account's alike. A "yes" that is older
//!   counts as "no", and the banner asks again; a "no" is asked about again no sooner.
//! - A browser and an account meet at sign-in: the stricter wins, for each group and each item.
//!
//! Pages: `pages/cookies.rs` (Cookie管理), `pages/site_data.rs` and the banner in `ui/frame.rs`. The inventory:
//! `server/catalogue/cookies.toml`, its types in `inventory.rs`. The gate that every Set-Cookie passes:
//! `server/src/cookies/gate.rs`. Browser tests: `end2end/tests/cookies.spec.ts`; `trackers.spec.ts` visits every page.

pub mod inventory;
pub mod model;
pub mod rules;
