//! Signed statements of the log's size and root: a C2SP tlog-checkpoint as a C2SP signed note with an Ed25519 signature.
//!
//! ```text
//! <origin>
//! <how many leaves, decimal>
//! <RFC 6962 root, base64>
//!
//! — <origin> <base64 of key id (4 bytes) and signature (64 bytes)>
//! ```
//!
//! What is signed (RFC 8032) is everything up to the empty line, with its last newline. A note may carry more signatures,
//! of witnesses; they are passed over here.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::merkle::Hash;

/// The signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;

/// Signs checkpoints.
pub struct Signer {
    origin: String,
    key: SigningKey,
}

/// Checks them. Reads and prints as a C2SP verifier key: `name+hex(key id)+base64(0x01, public key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    origin: String,
    key: VerifyingKey,
}

/// The text is not the verifier key of an Ed25519 signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier key of the form name+key id+key, or its key id is wrong")]
pub struct NotAVerifier;

/// Key names by the signed-note specification: not empty, no white space, no plus.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// The first 4 bytes of SHA-256(name, 0x0A, signature type, public key).
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest: Hash =
        Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes()).finalize().into();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// A checkpoint's text: what is signed.
fn statement(origin: &str, size: u64, root: &Hash) -> String {
    format!("{origin}\n{size}\n{}\n", STANDARD.encode(root))
}

impl Signer {
    /// A log called `origin` (by custom a URL without its scheme, like `example.com/log`), whose Ed25519 key is made from
    /// 32 random bytes.
    ///
    /// # Panics
    /// When `origin` is empty or holds white space or a plus: no note could be signed with that name.
    #[must_use]
    pub fn from_seed(origin: &str, seed: [u8; 32]) -> Self {
        assert!(is_key_name(origin), "the log's origin {origin:?} is empty or holds white space or a plus");
        Self { origin: origin.to_owned(), key: SigningKey::from_bytes(&seed) }
    }

    /// What others check with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier { origin: self.origin.clone(), key: self.key.verifying_key() }
    }

    /// The checkpoint of a log of `size` leaves, as a signed note.
    pub(super) fn checkpoint(&self, size: u64, root: &Hash) -> String {
        self.sign(&statement(&self.origin, size, root))
    }

    fn sign(&self, text: &str) -> String {
        let mut signature = key_id(&self.origin, &self.key.verifying_key()).to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.origin, STANDARD.encode(signature))
    }
}

impl Verifier {
    /// Reads a C2SP verifier key.
    ///
    /// # Errors
    /// [`NotAVerifier`].
    pub fn parse(text: &str) -> Result<Self, NotAVerifier> {
        text.parse()
    }

    /// Whether the note says, signed by this key, that the log has `size` leaves and that root.
    pub(super) fn confirms(&self, note: &str, size: u64, root: &Hash) -> bool {
        self.open(note).is_some_and(|text| text == statement(&self.origin, size, root))
    }

    /// The text of a note that this key signed.
    fn open<'n>(&self, note: &'n str) -> Option<&'n str> {
        // The last empty line parts the text, which keeps its last newline, from the signatures.
        let (text, signatures) = note.split_at(note.rfind("\n\n")? + 1);
        let name = format!("\u{2014} {} ", self.origin);
        let id = key_id(&self.origin, &self.key);
        let mut ours = signatures
            .lines()
            .filter_map(|line| STANDARD.decode(line.strip_prefix(&name)?).ok())
            .filter_map(|bytes| bytes.strip_prefix(&id).map(<[u8]>::to_vec))
            .peekable();
        ours.peek()?;
        // A wrong signature under our name spoils the note, even beside a right one.
        let valid = ours.all(|bytes| {
            Signature::from_slice(&bytes)
                .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
        });
        valid.then_some(text)
    }
}

impl FromStr for Verifier {
    type Err = NotAVerifier;

    fn from_str(text: &str) -> Result<Self, NotAVerifier> {
        // The key itself may hold a plus: it is base64.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAVerifier);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NotAVerifier)?;
        let Some((&ED25519, key)) = bytes.split_first() else { return Err(NotAVerifier) };
        let key = VerifyingKey::try_from(key).map_err(|_| NotAVerifier)?;
        let verifier = Self { origin: name.to_owned(), key };
        // There is one right way to write it, which settles the key id too.
        if is_key_name(name) && verifier.to_string() == text { Ok(verifier) } else { Err(NotAVerifier) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(key_id(&self.origin, &self.key));
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{id:08x}+{}", self.origin, STANDARD.encode(key))
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
