//! The button that asks for a one-time code by SMS. Without WebAssembly it submits the form it stands in to `action`, and
//! the page comes back with everything typed so far; with it, the page stays and the pause is counted down.

use leptos::prelude::*;

/// 获取验证码.
#[island]
pub fn SendCode(
    /// Where the form is posted to.
    action: String,
    /// Seconds until a next code may be asked for; 0 when now.
    pause: i32,
) -> impl IntoView {
    let left = RwSignal::new(pause);
    let label = move || match left.get() {
        0 => "获取验证码".to_owned(),
        seconds => format!("{seconds} 秒后可重发"),
    };

    #[cfg(feature = "hydrate")]
    let press = {
        let action = action.clone();
        if pause > 0 {
            leptos::task::spawn_local(live::count_down(left));
        }
        move |event: leptos::ev::MouseEvent| live::press(&event, action.clone(), left)
    };
    #[cfg(not(feature = "hydrate"))]
    let press = |_event: leptos::ev::MouseEvent| {};

    view! {
        <button
            type="submit"
            class="button button-plain button-small"
            formaction=action
            formnovalidate=true
            on:click=press
            aria-disabled=move || (left.get() > 0).then_some("true")
        >
            {label}
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::JsCast as _;

    use crate::promises::CODE_PAUSE;
    use crate::time::SECOND;
    use crate::ui::notice::{Tone, announce};
    use crate::ui::request::{Answer, post, wait};

    pub fn press(event: &leptos::ev::MouseEvent, action: String, left: RwSignal<i32>) {
        event.prevent_default();
        if left.get_untracked() > 0 {
            return;
        }
        let button = event.current_target().and_then(|target| target.dyn_into::<web_sys::HtmlButtonElement>().ok());
        let Some(button) = button else { return };
        let Some(fields) = button.form().and_then(|form| fields_of(&form)) else { return };
        spawn_local(async move {
            match post(&action, &fields).await {
                Answer::Done { message, .. } => {
                    announce(Tone::Done, &message, Some(&button));
                    left.set((CODE_PAUSE / SECOND) as i32);
                    count_down(left).await;
                }
                Answer::Refused { message } => announce(Tone::NotDone, &message, Some(&button)),
                Answer::Unreachable => {
                    announce(Tone::NotDone, "网络不通，验证码没有发出。请稍后再试。", Some(&button));
                }
            }
        });
    }

    pub async fn count_down(left: RwSignal<i32>) {
        while left.get_untracked() > 0 {
            wait(1_000).await;
            left.update(|seconds| *seconds -= 1);
        }
    }

    /// The form's text fields; a code needs no password.
    fn fields_of(form: &web_sys::HtmlFormElement) -> Option<Vec<(String, String)>> {
        let data = web_sys::FormData::new_with_form(form).ok()?;
        let entries = js_sys::try_iter(&data).ok()??;
        let pairs = entries.filter_map(|entry| {
            let pair = js_sys::Array::from(&entry.ok()?);
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        });
        Some(pairs.filter(|(name, _)| !name.contains("password")).collect())
    }
}
