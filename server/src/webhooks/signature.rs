//! Signatures by the Standard Webhooks specification: `v1,` and, in base64, HMAC-SHA256 over id, timestamp and payload with full
//! stops between. Both ways are signed alike, with the secret that a recipient and we share.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The header with the id of a webhook.
pub const ID: &str = "webhook-id";
/// The header with the time of the try, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, spaces between.
pub const SIGNATURE: &str = "webhook-signature";
/// Bytes of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a recipient and we both know: more than one while it is being changed. Compared in constant time, never printed.
#[derive(Clone)]
pub struct Secrets(Vec<Zeroizing<Vec<u8>>>);

/// Says nothing.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// It is no secret, or too weak a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weak;

impl FromStr for Secrets {
    type Err = Weak;

    /// One secret, or several with spaces between; the first is the newest.
    fn from_str(text: &str) -> Result<Self, Weak> {
        let secrets: Vec<_> = text.split_whitespace().map(secret).collect::<Result<_, _>>()?;
        if secrets.is_empty() { Err(Weak) } else { Ok(Self(secrets)) }
    }
}

fn secret(text: &str) -> Result<Zeroizing<Vec<u8>>, Weak> {
    let bytes = text.strip_prefix("whsec_").and_then(|base64| STANDARD.decode(base64).ok()).map(Zeroizing::new);
    bytes.filter(|bytes| SECRET_BYTES.contains(&bytes.len())).ok_or(Weak)
}

impl Secrets {
    /// The signatures of a webhook, one by each secret.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, payload: &[u8]) -> String {
        let signed = self.0.iter().map(|secret| {
            let tag = mac(secret, id, &timestamp.to_string(), payload).finalize().into_bytes();
            format!("v1,{}", STANDARD.encode(tag))
        });
        signed.collect::<Vec<_>>().join(" ")
    }

    /// Whether one of the signatures is by one of the secrets.
    #[must_use]
    pub fn have_signed(&self, id: &str, timestamp: &str, payload: &[u8], signatures: &str) -> bool {
        let given = signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
        given
            .into_iter()
            .any(|tag| self.0.iter().any(|secret| mac(secret, id, timestamp, payload).verify_slice(&tag).is_ok()))
    }
}

fn mac(secret: &[u8], id: &str, timestamp: &str, payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256>>::new_from_slice(secret).expect("HMAC takes a key of any length");
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", payload].iter().for_each(|part| mac.update(part));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NEW: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn secrets(text: &str) -> Secrets {
        text.parse().expect("secrets")
    }

    #[test]
    fn signatures_are_as_computed_apart_from_this_program() {
        // With Python's hmac; the first is the specification's own example.
        let vectors = [
            (
                OLD,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                NEW,
                "01926f8e-0000-7000-8000-000000000001",
                1_795_406_400,
                r#"{"type":"erasure.requested","data":{"scope":"账号"}}"#,
                "v1,J6mkSrxOSnaq6GHLzhUiFsi6IHCW3xZlQw+qNv6XMH0=",
            ),
        ];
        for (secret, id, timestamp, payload, signature) in vectors {
            assert_eq!(secrets(secret).sign(id, timestamp, payload.as_bytes()), signature);
            let others = format!("v1a,{signature} v2,AAAA {signature}");
            assert!(secrets(secret).have_signed(id, &timestamp.to_string(), payload.as_bytes(), &others));
            for wrong in ["", "v1,", "v1,AAAA", &signature[3..], &signature.replace("v1,", "v2,")] {
                assert!(!secrets(secret).have_signed(id, &timestamp.to_string(), payload.as_bytes(), wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn while_a_secret_is_changed_both_sign_and_either_is_taken() {
        let both = secrets(&format!("{NEW} {OLD}"));
        let signatures = both.sign("a", 1, b"{}");
        assert_eq!(signatures.split(' ').count(), 2);
        for one in [NEW, OLD] {
            assert!(secrets(one).have_signed("a", "1", b"{}", &signatures));
            assert!(both.have_signed("a", "1", b"{}", &secrets(one).sign("a", 1, b"{}")));
        }
        assert!(!secrets(OLD).have_signed("a", "1", b"{}", &secrets(NEW).sign("a", 1, b"{}")));
    }

    #[test]
    fn a_weak_secret_is_refused() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for good in [of(24), of(64), format!(" {}  {} ", of(24), of(32))] {
            assert!(good.parse::<Secrets>().is_ok(), "{good}");
        }
        for weak in
            [String::new(), of(23), of(65), of(32).replace("whsec_", ""), "whsec_!".into(), format!("{} x", of(32))]
        {
            assert_eq!(weak.parse::<Secrets>().err(), Some(Weak), "{weak}");
        }
        assert_eq!(format!("{:?}", secrets(NEW)), "Secrets(…)");
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_noticed(body in proptest::collection::vec(any::<u8>(), 1..80), at in any::<proptest::sample::Index>()) {
            let secrets = secrets(NEW);
            let signature = secrets.sign("id", 5, &body);
            prop_assert!(secrets.have_signed("id", "5", &body, &signature));
            let mut changed = body.clone();
            let at = at.index(changed.len());
            changed[at] ^= 1;
            prop_assert!(!secrets.have_signed("id", "5", &changed, &signature));
            prop_assert!(!secrets.have_signed("id", "6", &body, &signature));
            prop_assert!(!secrets.have_signed("ie", "5", &body, &signature));
        }

        #[test]
        fn no_header_is_too_odd(signatures in ".*", timestamp in ".*") {
            prop_assert!(!secrets(NEW).have_signed("id", &timestamp, b"x", &signatures));
        }
    }
}
