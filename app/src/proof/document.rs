//! The envelope of every document: what it says, what proves it, and the signature of the log's key over both.
//!
//! ```json
//! {"document":{"kind":"…",…},"key":"<log>+<key id>","proof":{…},"signature":"<base64 of 64 bytes>"}
//! ```
//!
//! UTF-8, in the form of RFC 8785 (JCS): no white space, members in order. The Ed25519 signature (RFC 8032) is over
//! [`signed_text`]: a line that no signed note can begin with, then the envelope without its signature. `proof` ties the
//! document to one event of the log; what speaks of several documents (a bundle) has none of its own.
//!
//! | member of `proof` | what |
//! |---|---|
//! | `event` | the event's canonical bytes, as a string: SHA-256 of 0x00 and these is the leaf |
//! | `leaf_index` | its place in the log, from 0 |
//! | `inclusion` | the proof by RFC 6962, base64 of 32 bytes each |
//! | `checkpoint` | the C2SP tlog-checkpoint that it is proved against |

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::json::Value;
use super::merkle::Hash;

/// The `kind` of a receipt for a decision.
pub const RECEIPT: &str = "consent_receipt";
/// The `kind` of a certificate of an erasure.
pub const ERASURE: &str = "erasure_certificate";
/// The `kind` of a certificate that a whole account was erased.
pub const ACCOUNT_ERASURE: &str = "account_erasure_certificate";
/// The `kind` of a file that holds all of a person's documents.
pub const BUNDLE: &str = "bundle";

/// Begins what is signed. It holds a space, and a note's first line is a log's name, which never does: so no document passes
/// for a checkpoint, nor the other way round.
const DOMAIN: &str = "privacy-centre document 1\n";

/// An envelope that is still to be signed.
#[must_use]
pub fn unsigned(document: Value, key_name: &str, proof: Option<Value>) -> Value {
    let mut envelope = Value::object([("document", document), ("key", Value::text(key_name))]);
    if let (Value::Object(members), Some(proof)) = (&mut envelope, proof) {
        members.insert("proof".to_owned(), proof);
    }
    envelope
}

/// What is signed.
#[must_use]
pub fn signed_text(unsigned: &Value) -> String {
    format!("{DOMAIN}{unsigned}")
}

/// The envelope with its signature.
#[must_use]
pub fn with_signature(mut unsigned: Value, signature: &[u8; 64]) -> Value {
    if let Value::Object(members) = &mut unsigned {
        members.insert("signature".to_owned(), Value::text(STANDARD.encode(signature)));
    }
    unsigned
}

/// The same back: the envelope without its signature, and that.
#[must_use]
pub fn without_signature(mut envelope: Value) -> Option<(Value, Vec<u8>)> {
    let Value::Object(members) = &mut envelope else { return None };
    let signature = members.remove("signature")?;
    Some((envelope, STANDARD.decode(signature.as_text()?).ok()?))
}

/// What ties a document to its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The event's canonical bytes.
    pub event: String,
    /// Its place in the log, from 0.
    pub leaf_index: u64,
    /// From the leaf up.
    pub inclusion: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

impl Proof {
    /// As it stands in the envelope.
    #[must_use]
    pub fn value(self) -> Value {
        let Self { event, leaf_index, inclusion, checkpoint } = self;
        Value::object([
            ("checkpoint", Value::Text(checkpoint)),
            ("event", Value::Text(event)),
            ("inclusion", Value::texts(inclusion.iter().map(|hash| STANDARD.encode(hash)))),
            // Leaves are counted by a BIGINT, and are fewer than what JSON counts exactly.
            ("leaf_index", Value::Number(leaf_index.cast_signed())),
        ])
    }

    /// Read back.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        let text = |name| Some(value.get(name)?.as_text()?.to_owned());
        let hash = |value: &Value| STANDARD.decode(value.as_text()?).ok()?.try_into().ok();
        Some(Self {
            event: text("event")?,
            leaf_index: value.get("leaf_index")?.as_number()?.try_into().ok()?,
            inclusion: value.get("inclusion")?.as_list()?.iter().map(hash).collect::<Option<_>>()?,
            checkpoint: text("checkpoint")?,
        })
    }
}
