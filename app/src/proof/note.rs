//! Reading what a log signs: C2SP verifier keys, signed notes and tlog-checkpoints.
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
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::merkle::Hash;

/// The signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;

/// Checks signatures of a log. Reads and prints as a C2SP verifier key: `name+hex(key id)+base64(0x01, public key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    origin: String,
    key: VerifyingKey,
}

/// What a log said of itself at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// The text is not the verifier key of an Ed25519 signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAVerifier;

impl fmt::Display for NotAVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a verifier key of the form name+key id+key, or its key id is wrong")
    }
}

impl std::error::Error for NotAVerifier {}

/// Key names by the signed-note specification: not empty, no white space, no plus.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A checkpoint's text: what is signed.
#[must_use]
pub fn statement(origin: &str, size: u64, root: &Hash) -> String {
    format!("{origin}\n{size}\n{}\n", STANDARD.encode(root))
}

impl Verifier {
    /// The verifier of a log of that origin and key; none if the origin is no key name.
    #[must_use]
    pub fn new(origin: &str, key: VerifyingKey) -> Option<Self> {
        is_key_name(origin).then(|| Self { origin: origin.to_owned(), key })
    }

    /// Reads a C2SP verifier key.
    ///
    /// # Errors
    /// [`NotAVerifier`].
    pub fn parse(text: &str) -> Result<Self, NotAVerifier> {
        text.parse()
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The first 4 bytes of SHA-256(name, 0x0A, signature type, public key): they begin each signature in a note.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        let digest: Hash = Sha256::new()
            .chain_update(&self.origin)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize()
            .into();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// The verifier key without the key itself: `name+hex(key id)`. Names the key, and can't be used to check anything.
    #[must_use]
    pub fn key_name(&self) -> String {
        format!("{}+{:08x}", self.origin, u32::from_be_bytes(self.key_id()))
    }

    /// Whether this key signed the text, by the strict rules: of two encodings of one signature only one is taken.
    #[must_use]
    pub fn signed(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }

    /// Whether the note says, signed by this key, that the log has `size` leaves and that root.
    #[must_use]
    pub fn confirms(&self, note: &str, size: u64, root: &Hash) -> bool {
        self.open(note).is_some_and(|text| text == statement(&self.origin, size, root))
    }

    /// What a checkpoint that this key signed says; none also for a note that is no checkpoint of this log.
    #[must_use]
    pub fn checkpoint(&self, note: &str) -> Option<Checkpoint> {
        let text = self.open(note)?;
        let mut lines = text.lines().skip(1);
        let size = lines.next()?.parse().ok()?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        // There is one right way to write it, so nothing of it is passed over.
        (text == statement(&self.origin, size, &root)).then_some(Checkpoint { size, root })
    }

    /// The text of a note that this key signed.
    #[must_use]
    pub fn open<'n>(&self, note: &'n str) -> Option<&'n str> {
        // The last empty line parts the text, which keeps its last newline, from the signatures.
        let (text, signatures) = note.split_at(note.rfind("\n\n")? + 1);
        let name = format!("\u{2014} {} ", self.origin);
        let id = self.key_id();
        let mut ours = signatures
            .lines()
            .filter_map(|line| STANDARD.decode(line.strip_prefix(&name)?).ok())
            .filter_map(|bytes| bytes.strip_prefix(&id).map(<[u8]>::to_vec))
            .peekable();
        ours.peek()?;
        // A wrong signature under our name spoils the note, even beside a right one.
        ours.all(|bytes| self.signed(text, &bytes)).then_some(text)
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
        let verifier = Self::new(name, key).ok_or(NotAVerifier)?;
        // There is one right way to write it, which settles the key id too.
        if verifier.to_string() == text { Ok(verifier) } else { Err(NotAVerifier) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}", self.key_name(), STANDARD.encode(key))
    }
}
