//! The built files: hashed names, compressed beforehand, kept by browsers for ever; and a few of fixed names.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};

use app::ui::frame::Assets;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use leptos::config::LeptosOptions;
use tower::{Service, service_fn};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use super::fault::Fault;
use crate::centre::Centre;

const NAME: &str = "privacy-centre";
/// Where the names' hashes are listed, beside the program.
const HASHES: &str = "hash.txt";
/// What pages load of the files that are served as they are.
const FIXED: [&str; 3] = ["favicon.svg", "offline-worker.js", "verify.js"];
/// The check of 验证凭证: without it the server checks.
const VERIFIER: [&str; 2] = ["verifier/verifier.js", "verifier/verifier_bg.wasm"];

/// Pages would have neither style nor script. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// A file is not there.
    #[error(
        "{0} is missing, and pages would have neither style nor script: server.site_root ({1}) must be the folder of the built \
         files, target/site after `make release`, whole and of the same build as the program"
    )]
    Missing(PathBuf, PathBuf),
    /// The names are not known.
    #[error(
        "{0} is missing, which tells the names of the built files, and pages would have neither style nor script: copy it from \
         the build, where it lies beside the program"
    )]
    NoHashes(PathBuf),
}

/// The lines of `hash.txt` beside a program, if it is there.
fn hashes_beside(program: &Path) -> Option<String> {
    std::fs::read_to_string(program.with_file_name(HASHES)).ok()
}

/// A built file's name: with its hash, where there are hashes.
fn name(hashes: Option<&str>, kind: &str) -> String {
    let of_kind = |line: &str| Some(line.trim().strip_prefix(kind)?.strip_prefix(':')?.trim().to_owned());
    let hash = hashes.and_then(|text| text.lines().find_map(of_kind)).map(|hash| format!(".{hash}"));
    format!("{NAME}{}.{kind}", hash.unwrap_or_default())
}

/// Finds the built files. In a release their names carry hashes, listed in `hash.txt` beside the program.
#[must_use]
pub fn find(site_root: &Path) -> Assets {
    let hashes = std::env::current_exe().ok().and_then(|program| hashes_beside(&program));
    let options = LeptosOptions::builder()
        .output_name(NAME)
        .site_root(site_root.to_string_lossy().into_owned())
        .hash_files(hashes.is_some())
        .build();
    Assets { options, stylesheet: format!("/pkg/{}", name(hashes.as_deref(), "css")) }
}

/// The files that pages of that program load, below `site_root`.
#[must_use]
pub fn loaded_by(program: &Path) -> Vec<PathBuf> {
    let hashes = hashes_beside(program);
    let built = ["css", "js", "wasm"].map(|kind| Path::new("pkg").join(name(hashes.as_deref(), kind)));
    built.into_iter().chain(FIXED.map(PathBuf::from)).collect()
}

/// Whether all that pages of that program load is there. Returns what lacks without harm.
///
/// # Errors
/// [`AssetsError`]: the first that is missing.
pub fn check(program: &Path, site_root: &Path) -> Result<Option<String>, AssetsError> {
    for file in loaded_by(program) {
        let file = site_root.join(file);
        if file.is_file() {
            continue;
        }
        return Err(match hashes_beside(program) {
            None if has_hashed(&site_root.join("pkg")) => AssetsError::NoHashes(program.with_file_name(HASHES)),
            _ => AssetsError::Missing(file, site_root.to_owned()),
        });
    }
    let lacks = VERIFIER.iter().any(|file| !site_root.join(file).is_file());
    let verifier = site_root.join("verifier");
    Ok(lacks.then(|| format!("{} is not whole: 验证凭证 sends what it checks to this server", verifier.display())))
}

/// Whether a folder has a stylesheet of ours whose name carries a hash.
fn has_hashed(folder: &Path) -> bool {
    let mut names =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.any(|name| name.starts_with(NAME) && name.ends_with(".css") && name != format!("{NAME}.css"))
}

/// The files of a folder. What the file system refuses as a name is no file's; a fault is only what is broken.
fn files(
    folder: &Path,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {
    let folder = ServeDir::new(folder).precompressed_br().precompressed_gzip();
    service_fn(move |request: Request| {
        let mut folder = folder.clone();
        async move {
            Ok(match folder.try_call(request).await {
                Ok(found) => found.map(Body::new),
                Err(error) if is_no_name(error.kind()) => StatusCode::NOT_FOUND.into_response(),
                Err(error) => Fault::from(error).into_response(),
            })
        }
    })
}

const fn is_no_name(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(kind, NotFound | PermissionDenied | NotADirectory | IsADirectory | InvalidFilename | InvalidInput)
}

/// `/pkg/*` for ever, since a changed file has another name; the few others for an hour.
pub fn routes(centre: &Centre) -> Router<Centre> {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A program's folder and a site for it, with these hashes.
    fn build(hashes: Option<&str>) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let (program, site) = (folder.path().join(NAME), folder.path().join("site"));
        if let Some(hashes) = hashes {
            fs::write(program.with_file_name(HASHES), hashes).expect("written");
        }
        for file in loaded_by(&program) {
            let file = site.join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, "").expect("written");
        }
        (folder, program, site)
    }

    const RELEASE: &str = "js: J_1\nwasm: W_1\ncss: C_1\n";

    fn complaint(program: &Path, site: &Path) -> String {
        check(program, site).expect_err("refused").to_string()
    }

    #[test]
    fn a_whole_build_is_fit_with_hashes_and_without() {
        for hashes in [None, Some(RELEASE)] {
            let (_folder, program, site) = build(hashes);
            assert!(check(&program, &site).expect("fit").is_some(), "the verifier is not there");
            fs::create_dir(site.join("verifier")).expect("made");
            VERIFIER.iter().for_each(|file| fs::write(site.join(file), "").expect("written"));
            assert_eq!(check(&program, &site).expect("fit"), None);
        }
    }

    #[test]
    fn whatever_lacks_is_named() {
        for file in loaded_by(&build(Some(RELEASE)).1) {
            let (_folder, program, site) = build(Some(RELEASE));
            fs::remove_file(site.join(&file)).expect("removed");
            let said = complaint(&program, &site);
            assert!(
                said.contains(&site.join(&file).display().to_string()) && said.contains("server.site_root"),
                "{said}"
            );
        }
        let (_folder, program, site) = build(Some(RELEASE));
        assert!(complaint(&program, &site.join("elsewhere")).contains("make release"));
        // Of another build.
        fs::write(program.with_file_name(HASHES), RELEASE.replace("C_1", "C_2")).expect("written");
        assert!(complaint(&program, &site).contains("privacy-centre.C_2.css"));
    }

    #[test]
    fn a_program_without_its_hashes_says_where_they_are() {
        let (_folder, program, site) = build(Some(RELEASE));
        fs::remove_file(program.with_file_name(HASHES)).expect("removed");
        assert!(complaint(&program, &site).contains("hash.txt is missing"));
    }
}
