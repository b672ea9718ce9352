//! 无法登录时注销: leaving for somebody who has neither phone, nor password, nor a device left (电子商务法 24, 网络数据安全管理条例
//! 23: no unreasonable condition). Numbers are given out again all the time in China, and nobody is kept for that.
//!
//! They name the account, tell in their own words what only its owner would know, and answer at a phone of today. A human
//! compares. A grant begins 注销账号 as if its person had submitted it: always with the whole cooling-off, and whoever is signed
//! in to the account reads of it at once and takes it back with one tap.
//!
//! Whether there is such an account is not told by any answer but a grant. Pages: `pages/lost.rs`. SQL: `server/src/lost/`.
//! Browser tests: `end2end/tests/cancellation.spec.ts`.

pub mod model;
pub mod rules;
