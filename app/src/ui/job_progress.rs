//! How far work in the background is. The number stands in the page; with WebAssembly it moves, and when the work is done
//! the page is loaded again.

use leptos::prelude::*;

/// A bar with its percentage.
#[island]
pub fn JobProgress(
    /// Where to ask: answers `{"under_way": true, "percent": 40}`.
    path: String,
    /// 0 to 100, when the page was made.
    percent: u8,
    /// What is being done.
    label: String,
) -> impl IntoView {
    let percent = RwSignal::new(percent);

    #[cfg(feature = "hydrate")]
    live::follow(path, percent);
    #[cfg(not(feature = "hydrate"))]
    let _ = path;

    view! {
        // As tall as what takes its place: a line, and what can be done.
        <p class="cell-note">{label.clone()} " " {move || format!("{}%", percent.get())}</p>
        <div class="row-actions job-progress">
            <progress max="100" value=move || percent.get().to_string() aria-label=label.clone()></progress>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::prelude::*;
    use leptos::task::spawn_local;

    use crate::ui::request::{get, wait};

    const PAUSE: i32 = 1_000;

    /// Asks every second. An answer that does not come is asked for again: the network may be back.
    pub fn follow(path: String, percent: RwSignal<u8>) {
        spawn_local(async move {
            loop {
                wait(PAUSE).await;
                let Some(answer) = get(&path).await else { continue };
                let under_way = js_sys::Reflect::get(&answer, &"under_way".into()).ok().and_then(|v| v.as_bool());
                let now = js_sys::Reflect::get(&answer, &"percent".into()).ok().and_then(|v| v.as_f64());
                if let Some(now) = now {
                    percent.set(now as u8);
                }
                if under_way == Some(false) {
                    if let Some(window) = web_sys::window() {
                        drop(window.location().reload());
                    }
                    return;
                }
            }
        });
    }
}
