//! The built files: hashed names, compressed beforehand, kept by browsers for ever; and a few of fixed names.

use std::path::Path;

use app::ui::frame::Assets;
use axum::Router;
use axum::http::{HeaderValue, header};
use leptos::config::LeptosOptions;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::centre::Centre;

const NAME: &str = "privacy-centre";

/// Finds the built files. In a release their names carry hashes, listed in `hash.txt` beside the binary.
#[must_use]
pub fn find(site_root: &Path) -> Assets {
    let hashes =
        std::env::current_exe().ok().and_then(|exe| std::fs::read_to_string(exe.with_file_name("hash.txt")).ok());
    let css_hash = hashes.as_deref().and_then(|text| {
        text.lines().find_map(|line| line.trim().strip_prefix("css:")).map(|hash| format!(".{}", hash.trim()))
    });
    let options = LeptosOptions::builder()
        .output_name(NAME)
        .site_root(site_root.to_string_lossy().into_owned())
        .hash_files(hashes.is_some())
        .build();
    Assets { options, stylesheet: format!("/pkg/{NAME}{}.css", css_hash.unwrap_or_default()) }
}

/// `/pkg/*` for ever, since a changed file has another name; the few others for an hour.
pub fn routes(centre: &Centre) -> Router<Centre> {
    let files = |folder: &Path| ServeDir::new(folder).precompressed_br().precompressed_gzip();
    let keep = |value| SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static(value));
    let hashed = centre.assets.options.hash_files;
    let pkg = Router::new().fallback_service(files(&centre.site_root.join("pkg"))).layer(keep(if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }));
    let file = |name: &str| ServeFile::new(centre.site_root.join(name));
    // A worker lives by the policy of its own file: this one only passes requests on to us.
    let policy = HeaderValue::from_static("default-src 'none'; connect-src 'self'");
    let worker = Router::new()
        .route_service("/offline-worker.js", file("offline-worker.js"))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, policy));
    // 验证凭证's own: their names carry no hash, so they are asked for anew, and mostly not sent again.
    let verifier = Router::new()
        .nest_service("/verifier", files(&centre.site_root.join("verifier")))
        .route_service("/verify.js", file("verify.js"))
        .layer(keep("no-cache"));
    Router::new().nest("/pkg", pkg).route_service("/favicon.svg", file("favicon.svg")).merge(worker).merge(verifier)
}
