//! 个人信息转移 on the server.
//!
//! | to find | look in |
//! |---|---|
//! | beginning one, cancelling one | `store.rs`, `routes.rs` |
//! | when a try is made, and what follows it | `job.rs` |
//! | one try: how a package travels, and where it never goes | `send.rs` |
//!
//! What a receiving service gets: one `POST` over HTTPS to the address that the person typed, with the package as its body
//! (`Content-Type: application/zip`, `Content-Length`, `Idempotency-Key` with the transfer's id, and, when the person gave a
//! credential, `Authorization: Bearer …`). Any 2xx confirms that it was received; redirects are not followed.

pub mod job;
mod routes;
pub mod send;
pub mod store;

pub use routes::routes;
