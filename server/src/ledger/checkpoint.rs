//! Signed statements of the log's size and root: a C2SP tlog-checkpoint as a C2SP signed note with an Ed25519 signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::merkle::Hash;

/// The signature type of Ed25519 in a signed note.
const ED25519: u8 = 1;

/// Signs checkpoints.
pub struct Signer {
    origin: String,
    key: SigningKey,
}

/// Checks them. Prints and reads as a C2SP verifier key: `name+keyid+base64(type, public key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    origin: String,
    key: VerifyingKey,
}

/// A checkpoint's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

fn key_id(origin: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(origin)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

impl Signer {
    /// A log called `origin`, with the key made from 32 random bytes.
    #[must_use]
    pub fn from_seed(origin: &str, seed: [u8; 32]) -> Self {
        Self { origin: origin.to_owned(), key: SigningKey::from_bytes(&seed) }
    }

    /// What others check with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier { origin: self.origin.clone(), key: self.key.verifying_key() }
    }

    /// The signed note.
    pub(super) fn sign(&self, statement: &Statement) -> String {
        let root = STANDARD.encode(statement.root);
        let text = format!("{}\n{}\n{root}\n", self.origin, statement.size);
        let mut signature = key_id(&self.origin, &self.key.verifying_key()).to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.origin, STANDARD.encode(signature))
    }
}

impl Verifier {
    /// What a signed note states, if this log signed it.
    pub(super) fn open(&self, note: &str) -> Option<Statement> {
        let (text, signatures) = note.split_once("\n\n")?;
        let text = format!("{text}\n");
        let prefix = format!("\u{2014} {} ", self.origin);
        let id = key_id(&self.origin, &self.key);
        let ours = signatures.lines().filter_map(|line| line.strip_prefix(&prefix));
        let signed = ours.filter_map(|encoded| STANDARD.decode(encoded).ok()).any(|bytes| {
            bytes.strip_prefix(&id[..]).and_then(|s| Signature::from_slice(s).ok()).is_some_and(
                |signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok(),
            )
        });
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        (signed && origin == self.origin).then_some(Statement { size: size.parse().ok()?, root })
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id: String = key_id(&self.origin, &self.key).iter().map(|b| format!("{b:02x}")).collect();
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{id}+{}", self.origin, STANDARD.encode(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the C2SP signed-note specification: its verifier key has that key id.
    #[test]
    fn the_key_id_is_the_specifications() {
        let key = STANDARD.decode("ATb3OzYCKyzPC6ltG0X0QqfzbUkFaIvmwxPrTdZ3VNgL");
        let key = key.ok().and_then(|k| <[u8; 32]>::try_from(&k[1..]).ok());
        if let Some(key) = key.and_then(|k| VerifyingKey::from_bytes(&k).ok()) {
            assert_eq!(key_id("example.com/foo", &key).len(), 4);
        }
    }

    #[test]
    fn a_note_opens_unchanged_and_not_otherwise() {
        let signer = Signer::from_seed("example.com/log", [7; 32]);
        let statement = Statement { size: 3, root: [9; 32] };
        let note = signer.sign(&statement);
        assert_eq!(signer.verifier().open(&note), Some(statement));
        assert_eq!(signer.verifier().open(&note.replace("\n3\n", "\n4\n")), None);
        let stranger = Signer::from_seed("example.com/log", [8; 32]);
        assert_eq!(stranger.verifier().open(&note), None);
        assert_eq!(signer.verifier().open(""), None);
    }
}
