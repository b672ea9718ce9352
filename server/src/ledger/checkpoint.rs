//! Signing with the log's key: checkpoints (C2SP tlog-checkpoint as a C2SP signed note) and the documents that people take
//! away. Reading and checking: `app::proof`.

use app::proof::document;
use app::proof::json::Value;
use app::proof::merkle::Hash;
use app::proof::note::{Checkpoint, Verifier, statement};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};

use crate::storage::Db;

/// Signs checkpoints and documents.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
    /// Of the names that the log had before, the newest first.
    earlier: Vec<Verifier>,
    /// The key store, which remembers what was signed; none: a log whose data nobody restores.
    pub(super) memory: Option<Db>,
}

impl Signer {
    /// A log called `origin` (by custom a URL without its scheme, like `example.com/log`), whose Ed25519 key is made from
    /// 32 random bytes.
    ///
    /// # Panics
    /// When `origin` is empty or holds white space or a plus: no note could be signed with that name.
    #[must_use]
    pub fn from_seed(origin: &str, seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        match Verifier::new(origin, key.verifying_key()) {
            Some(verifier) => Self { key, verifier, earlier: Vec::new(), memory: None },
            None => panic!("the log's origin {origin:?} is empty or holds white space or a plus"),
        }
    }

    /// The same log under its `generation`-th name: see `generation.rs`.
    ///
    /// # Panics
    /// As [`Signer::from_seed`].
    pub(super) fn of_generation(origin: &str, seed: [u8; 32], generation: i64, memory: Db) -> Self {
        let named = |generation| match generation {
            1 => Self::from_seed(origin, seed),
            _ => Self::from_seed(&format!("{origin}/{generation}"), seed),
        };
        let earlier = (1..generation).rev().map(|earlier| named(earlier).verifier).collect();
        Self { earlier, memory: Some(memory), ..named(generation) }
    }

    /// What others check with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// What others check with, under every name that the log ever had, the present one first.
    #[must_use]
    pub fn verifiers(&self) -> Vec<Verifier> {
        let mut verifiers = vec![self.verifier.clone()];
        verifiers.extend(self.earlier.iter().cloned());
        verifiers
    }

    /// The same as text, one verifier key a line.
    #[must_use]
    pub fn keys(&self) -> String {
        self.verifiers().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// What a checkpoint of this log says, under whichever name it was signed.
    pub(super) fn read(&self, note: &str) -> Option<Checkpoint> {
        self.verifiers().iter().find_map(|verifier| verifier.checkpoint(note))
    }

    /// The checkpoint of a log of `size` leaves, as a signed note.
    pub(super) fn checkpoint(&self, size: u64, root: &Hash) -> String {
        self.sign(&statement(self.verifier.origin(), size, root))
    }

    /// A document with what proves it, signed, as it is given away. A signed note never has the text that is signed here:
    /// see [`document::signed_text`].
    #[must_use]
    pub fn seal(&self, content: Value, proof: Option<Value>) -> String {
        let unsigned = document::unsigned(content, &self.verifier.key_name(), proof);
        let signature = self.key.sign(document::signed_text(&unsigned).as_bytes());
        document::with_signature(unsigned, &signature.to_bytes()).to_string()
    }

    fn sign(&self, text: &str) -> String {
        let mut signature = self.verifier.key_id().to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.verifier.origin(), STANDARD.encode(signature))
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
