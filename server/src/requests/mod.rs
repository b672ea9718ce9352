//! 权利申请 and 投诉与反馈 on the server: `store.rs` is the person's side, `officer.rs` the operator's, who answers; `overdue.rs`
//! looks after time limits; `numbers.rs` sees to it that a number is one's alone; `entries.rs` is what a copy holds of them. Rules: `app::requests`.

mod complaints;
pub mod entries;
pub mod numbers;
pub mod officer;
pub mod overdue;
mod routes;
pub mod store;

pub use routes::routes;
