//! The vault: personal data is sealed under a key of the person's own, one per category of data.
//!
//! - Keys live in their own database ([`Schema::Keys`](crate::storage::Schema)), which no data backup includes. Destroying a
//!   key makes every copy of what it sealed unreadable at once.
//! - A key is committed before the first row sealed under it: no row is ever left without its key.
//! - A sealed value is bound to its table, column and row; moved elsewhere it does not open.
//! - A key that is missing counts as erased only when the erasure log names it. Else the key was lost, and reading is a
//!   fault: a lost key store must not look like a wish to be forgotten.
//!
//! - Copies of the key store are the one place where an erasure could leak back. Rotation makes them worthless: all keys are
//!   wrapped anew, and whoever destroys the old master key has destroyed every older copy.
//!
//! `seal.rs` is the cryptography, `keys.rs` the key store, `erase.rs` the end of its keys, `root.rs` what wraps them, `rotate.rs`
//! the rotation, `master.rs` where the operator's key comes from.

mod erase;
mod keys;
mod master;
mod root;
mod rotate;
mod seal;

pub use keys::{Category, KeyRing, SealingKey, Vault, VaultError};
pub use master::{MasterKey, MasterKeyError};
pub use rotate::{Rotated, rotate};
pub use seal::{Place, Secret, random_bytes};
