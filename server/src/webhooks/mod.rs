//! What recipients are told (个保法 47; policy 五(三)): that a person was erased, that a value was corrected, that a consent was
//! taken back. Sent by the Standard Webhooks specification, under one id from the first try to the last.
//!
//! | to find | look in |
//! |---|---|
//! | SQL: what is to be told, and how far it has come | `store.rs` |
//! | who is to be told, and what they know the person by | `parties.rs` |

pub mod parties;
pub mod store;
