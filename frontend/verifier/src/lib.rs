//! 验证凭证 in the browser: the server's own check, without a page around it.

use app::proof::note::Verifier;
use wasm_bindgen::prelude::wasm_bindgen;

/// What was found about a file, as HTML; none if the keys are not C2SP verifier keys, one a line.
#[wasm_bindgen]
#[must_use]
pub fn check(file: &[u8], keys: &str) -> Option<String> {
    let verifiers = keys.lines().map(Verifier::parse).collect::<Result<Vec<_>, _>>().ok()?;
    Some(app::proof::check_by(file, &verifiers).html())
}
