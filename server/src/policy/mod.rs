//! 隐私政策 on the server: `routes.rs` shows its pages, `beside.rs` finds what stands beside each clause. Texts and their checks:
//! `catalogue/policy/`. Rules: `app::policy`.

mod beside;
mod routes;

pub use routes::routes;
