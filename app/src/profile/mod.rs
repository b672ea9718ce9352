//! The profile: 头像, 用户名 and 收货地址, which the person corrects at any time, and 实名信息, which is masked until they
//! have proved again who they are (policy 一.1.1, 一.1.3, 一.1.5 and 五(二); 个保法 46, 51).
//!
//! Pages: `pages/profile.rs`, `avatar.rs`, `addresses.rs`, `real_name.rs`. SQL: `server/src/profile/store.rs`.
//! Browser test: `end2end/tests/profile.spec.ts`.

pub mod model;
pub mod rules;
