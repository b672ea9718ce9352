//! Executing a cancellation: everything of a person goes, in steps that survive being killed at any point.
//!
//! | to find | look in |
//! |---|---|
//! | every row that is a person's | `rows.rs` |

pub mod rows;
