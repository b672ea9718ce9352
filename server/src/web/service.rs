//! Calls by other services, not by people: proved by a token or a signature in place of a session. No cookie counts here.

use app::time::{MINUTE, Moment, SECOND};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit as _, Mac};
use serde_json::json;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::guard;
use super::router::FORM_BYTES;
use super::visit::Visit;

/// The header with the time of signing, in seconds since 1970.
const TIMESTAMP: &str = "x-timestamp";
/// The header with the signature, in hex.
const SIGNATURE: &str = "x-signature";
/// A signature is good for so long before and after its time: an old call can't be made again.
const WINDOW: i64 = 5 * MINUTE;
/// Characters of a secret, at least.
pub const SECRET_CHARS: usize = 32;

/// What a service and we both know. Compared in constant time, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// From the configuration.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256>>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac
    }

    /// Whether `token` is the secret itself.
    fn is(&self, token: &str) -> bool {
        let ours = self.mac(&[&self.0]).finalize().into_bytes();
        self.mac(&[token.as_bytes()]).verify_slice(&ours).is_ok()
    }

    /// Whether `signature` (hex) is the secret's HMAC-SHA256 over the timestamp, a full stop and the body.
    fn has_signed(&self, timestamp: &str, body: &[u8], signature: &str) -> bool {
        let signature = unhex(signature);
        signature.is_some_and(|s| self.mac(&[timestamp.as_bytes(), b".", body]).verify_slice(&s).is_ok())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes = digits.chunks(2).map(|pair| Some((pair[0] * 16 + pair.get(1)?) as u8));
    bytes.collect()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// The host's services prove themselves by `Authorization: Bearer`: the refusal of whoever does not.
pub fn refuse_other_than_host(visit: &Visit, headers: &HeaderMap) -> Option<Response> {
    let Some(secret) = &visit.centre.host_token else { return Some(guard::not_found(visit)) };
    let given = text(headers, header::AUTHORIZATION.as_str());
    let token = given.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) if secret.is(token.trim()) => None,
        _ => Some(refusal("the token in Authorization is missing or wrong")),
    }
}

/// Lets the SMS provider in, by its signature over what it sends. The body is read for it, and handed on.
pub async fn sms_provider(visit: &Visit, request: Request) -> Result<Request, Response> {
    let Some(secret) = &visit.centre.sms_secret else { return Err(guard::not_found(visit)) };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, FORM_BYTES).await else {
        return Err(answer(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
    };
    let timestamp = text(&parts.headers, TIMESTAMP);
    if !secret.has_signed(timestamp, &body, text(&parts.headers, SIGNATURE)) {
        return Err(refusal("the signature is missing or wrong"));
    }
    if !is_fresh(timestamp, visit.now) {
        return Err(refusal("the signature is too old, or a clock is wrong"));
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Whether something signed at that time is taken now.
#[must_use]
pub fn is_fresh(timestamp: &str, now: Moment) -> bool {
    let at = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(SECOND));
    at.and_then(|at| now.0.checked_sub(at)).is_some_and(|age| (-WINDOW..=WINDOW).contains(&age))
}

fn refusal(why: &str) -> Response {
    answer(StatusCode::UNAUTHORIZED, why)
}

/// An answer to a service about what is wrong with its call.
pub fn answer(status: StatusCode, error: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(json!({ "error": error }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_is_the_whole_secret_and_nothing_else() {
        let secret = Secret::new("a-secret");
        assert!(secret.is("a-secret"));
        for wrong in ["", "a-secre", "a-secret ", "a-secret\0", "A-secret"] {
            assert!(!secret.is(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn the_signature_is_as_documented() {
        // Computed apart from this program, with Python's hmac.
        let signature = "8609e46f85604ec1555c065b7479b9494c1e8b94dc7c6c668d0acb52b89b25e6";
        let secret = Secret::new("0123456789abcdef0123456789abcdef");
        let body = br#"{"phone":"13800138000","text":"TD"}"#;
        assert!(secret.has_signed("1795406400", body, signature));
        assert!(secret.has_signed("1795406400", body, &signature.to_uppercase()));
        assert!(!secret.has_signed("1795406401", body, signature));
        for wrong in ["", "zz", &signature[1..], &signature[2..]] {
            assert!(!secret.has_signed("1795406400", body, wrong), "{wrong}");
        }
    }

    #[test]
    fn a_signature_is_good_for_a_while_on_either_side() {
        let now = Moment(1_795_406_400_000);
        for (timestamp, fresh) in [
            ("1795406400", true),
            ("1795406100", true),
            ("1795406099", false),
            ("1795406700", true),
            ("1795406701", false),
        ] {
            assert_eq!(is_fresh(timestamp, now), fresh, "{timestamp}");
        }
        for wrong in ["", "x", "1e9", "9223372036854775807", "-9223372036854775808"] {
            assert!(!is_fresh(wrong, now), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_noticed(body in proptest::collection::vec(any::<u8>(), 1..80), at in any::<proptest::sample::Index>()) {
            let secret = Secret::new("0123456789abcdef0123456789abcdef");
            let tag = secret.mac(&[b"1", b".", &body]).finalize().into_bytes();
            let signature: String = tag.iter().map(|b| format!("{b:02x}")).collect();
            prop_assert!(secret.has_signed("1", &body, &signature));
            let mut changed = body.clone();
            let at = at.index(changed.len());
            changed[at] ^= 1;
            prop_assert!(!secret.has_signed("1", &changed, &signature));
        }
    }
}
