//! The WebAssembly entry: wakes the islands that a page holds, nothing else.

/// Called by the page's module script once the WASM has arrived.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Linking the crate is what registers its islands.
    use app as _;
    leptos::mount::hydrate_islands();
}
