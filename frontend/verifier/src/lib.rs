//! 验证凭证 in the browser: the server's own check, without a page around it.

use app::proof::note::Verifier;
use wasm_bindgen::prelude::wasm_bindgen;

/// What was found about a file, as HTML; none if the key is not a C2SP verifier key.
#[wasm_bindgen]
#[must_use]
pub fn check(file: &[u8], key: &str) -> Option<String> {
    let verifier = Verifier::parse(key).ok()?;
    Some(app::proof::check(file, &verifier).html())
}
