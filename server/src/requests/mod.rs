//! 权利申请 on the server: `store.rs` is the person's side, `officer.rs` the operator's, who answers. Rules: `app::requests`.

pub mod officer;
mod routes;
pub mod store;

pub use routes::routes;
