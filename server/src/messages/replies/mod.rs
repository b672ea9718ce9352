//! Replies to SMS that no program understood. Each waits for a human, who finds that it says "no" or nothing; until then no marketing
//! goes to that number, and what it says is sealed under a key of its own, which is destroyed with the answer.
//!
//! Of a number without an account nothing is kept: no marketing goes there.
//!
//! | to find | look in |
//! |---|---|
//! | keeping one, and what it holds up | `keep.rs` |
//! | which wait, and what the officer finds | `officer.rs` |
//! | what its person sees | `shown.rs` |

mod keep;
mod officer;
mod shown;

pub use keep::keep_again;
pub(super) use keep::{holds_up, keep, tidy};
pub use officer::{Meaning, NotAnswered, Waiting, answer, tell_overdue, waiting};
pub(super) use shown::entries;
pub use shown::of_caller;
