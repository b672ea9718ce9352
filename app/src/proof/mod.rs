//! Proof in the person's own hands (个保法 14, 47): a **receipt** for every decision, after ISO/IEC TS 27560, and an **erasure
//! certificate** for every erasure. Each is a file that anybody can check without asking us, with the log's public key alone.
//!
//! This is the code that checks, the same on the server and in the browser: Merkle hashing and proofs ([`merkle`]), what the log
//! signs ([`note`]), JSON in its one form ([`json`]), the envelope of every document ([`document`]), and what a check found,
//! in plain words ([`check()`]).
//!
//! Pages: 同意管理, 删除证明 and 验证凭证 (`pages/proofs.rs`). In the browser it is the crate `verifier`, a WebAssembly of its own
//! that only 验证凭证 loads (`public/verify.js`): on every page it would be half as much again. Server: `server/src/proof` makes
//! the documents and publishes the log. Browser test: `end2end/tests/proof.spec.ts`.

mod account;
mod check;
pub mod document;
pub mod json;
pub mod merkle;
pub mod note;
mod report;
pub mod tiles;

pub use check::{check, check_by};
pub use report::{Check, Report};
