//! Sharing: everybody who receives data is named with contact, kinds, purpose, scene and way (个保法 23; 网数条例 21), and
//! what needs a separate consent is decided recipient by recipient: a "yes" to one is never a "yes" to another, and abroad
//! is its own decision (个保法 39). What was given to whom, and on which ground, can be read for three years (网数条例 12).
//!
//! Pages: `pages/sharing/` (第三方共享清单, 跨境提供, 共享记录). SQL: `server/src/sharing/`. Browser test:
//! `end2end/tests/sharing.spec.ts`.

#[cfg(feature = "ssr")]
pub mod delivery;
pub mod model;
#[cfg(feature = "ssr")]
pub mod rules;
#[cfg(feature = "ssr")]
pub mod told;
