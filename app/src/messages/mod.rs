//! Messages: marketing goes only to those who asked for it, and stops at once (消法 29(3), 广告法 43): by the switch, by a
//! reply of `TD` to an SMS, by the link in a mail, by withdrawing. News about orders and live rooms follows its own switch;
//! what keeps an account safe always arrives, and holds no advertising.
//!
//! Pages: `pages/unsubscribe.rs` (退订), 推送设置. The gate: `server/src/messages/`. Browser test:
//! `end2end/tests/messages.spec.ts`.

pub mod model;
pub mod opt_out;
pub mod rules;

pub use model::{Account, Channel, Class, Reason};
