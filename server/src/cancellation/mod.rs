//! Cancellation on the server. Rules: `app::cancellation`.
//!
//! | to find | look in |
//! |---|---|
//! | what stands in the way of leaving | `conditions/` |
//! | SQL of the states, and what follows each step | `row.rs`, `store.rs` |
//! | money that is given up in writing | `waivers.rs` |
//! | recent orders that are recognised, and the human who compares them | `recognition.rs` |
//! | what the person is told on the way | `told.rs` |
//! | what a restored backup must be told | `again.rs` |
//! | a child's account for which no guardian has agreed | `child.rs` |

pub mod again;
pub mod child;
pub mod conditions;
pub mod entries;
pub mod officer;
pub mod recognition;
mod routes;
mod row;
pub mod seed;
pub mod store;
mod told;
pub mod waivers;

pub use routes::routes;
