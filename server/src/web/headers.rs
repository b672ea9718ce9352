//! Security headers (OWASP ASVS 5.0: 3.4.1, 3.4.3, 3.4.6).

use std::sync::LazyLock;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::centre::Centre;

/// Where `cargo leptos watch` tells open pages to reload; empty everywhere else.
static RELOADING: LazyLock<&str> = LazyLock::new(|| {
    if std::env::var_os("LEPTOS_WATCH").is_some() { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" }
});

/// Scripts only with this page's nonce, nothing inline, nothing from elsewhere, framed by nobody.
pub fn content_security_policy(nonce: &str) -> HeaderValue {
    let reloading = *RELOADING;
    let policy = format!(
        "default-src 'self'; script-src 'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self'{reloading}; worker-src 'self'; form-action 'self'; base-uri 'none'; \
         object-src 'none'; frame-ancestors 'none'"
    );
    // A nonce is base64, so this is always a valid header; the fallback allows nothing at all.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Camera, microphone and location are never used here; but a policy that forbids them to us would make the browser
/// report every one of them as denied, whatever the person has set (W3C Permissions, 系统权限管理).
const EVERYWHERE: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()",
    ),
];

/// The layer that puts them on every response.
pub async fn secure(State(centre): State<Centre>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    put(response.headers_mut(), centre.https);
    response
}

fn put(headers: &mut HeaderMap, https: bool) {
    for (name, value) in EVERYWHERE {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What has no policy of its own (files, JSON, redirects) needs none of the page's freedoms.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    if https {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
}
