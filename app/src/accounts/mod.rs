//! Accounts: a person registers with 联系电话, 用户名 and 密码 (policy 一.1.1), proves who they are, and sees where they
//! are signed in. A wrong phone and a wrong password get the same answer in the same time.
//!
//! Pages: `pages/sign_in.rs`, `register.rs`, `step_up.rs`, `account.rs`, `devices.rs`, `phone.rs`, `password.rs`.
//! SQL: `server/src/accounts/store.rs`. Browser test: `end2end/tests/accounts.spec.ts`.

pub mod code_limits;
pub mod model;
pub mod rules;
