//! 个人信息副本 on the server.
//!
//! | to find | look in |
//! |---|---|
//! | asking for one, ending one, downloading one | `store.rs`, `routes.rs` |
//! | what goes in, as a form says it | `form.rs` |
//! | a package as a file: who may download it, and which bytes | `downloads.rs` |
//! | reading a package back, piece by piece | `parts.rs` |
//! | the work in the background, with lease and progress | `job.rs` |
//! | what the package holds, file by file | `package.rs`, of 共享记录 `disclosures.rs`, of the registers `registers/` |
//! | how a value becomes safe in CSV and HTML | `text.rs` |
//!
//! A package is written and sealed piece by piece, so that memory does not grow with an account. It is one view of the
//! database: what changes while it is made changes nothing in it.

mod disclosures;
pub mod downloads;
pub mod form;
pub mod job;
pub mod package;
pub mod parts;
pub mod registers;
mod routes;
pub mod store;
pub mod text;

pub use routes::routes;
