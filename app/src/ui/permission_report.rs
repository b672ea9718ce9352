//! What the browser itself reports about a permission. A hint, never an authorisation: webviews often can't tell.

use leptos::prelude::*;

/// 本设备: 已允许, 已拒绝, 每次询问 or 未知.
#[island]
pub fn PermissionReport(
    /// The name in the W3C Permissions registry (`geolocation`, `camera`, `microphone`); empty when browsers have none.
    name: String,
) -> impl IntoView {
    let report = RwSignal::new("本设备未知");

    #[cfg(feature = "hydrate")]
    if !name.is_empty() {
        leptos::task::spawn_local(async move {
            if let Some(text) = live::query(&name).await {
                report.set(text);
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    drop(name);

    view! { <span class="cell-value">{move || report.get()}</span> }
}

#[cfg(feature = "hydrate")]
mod live {
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen::JsValue;

    pub async fn query(name: &str) -> Option<&'static str> {
        let permissions = web_sys::window()?.navigator().permissions().ok()?;
        if permissions.is_undefined() {
            return None;
        }
        let descriptor = js_sys::Object::new();
        js_sys::Reflect::set(&descriptor, &"name".into(), &JsValue::from_str(name)).ok()?;
        let status = wasm_bindgen_futures::JsFuture::from(permissions.query(&descriptor).ok()?).await.ok()?;
        let status: web_sys::PermissionStatus = status.unchecked_into();
        Some(match status.state() {
            web_sys::PermissionState::Granted => "本设备已允许",
            web_sys::PermissionState::Denied => "本设备已拒绝",
            web_sys::PermissionState::Prompt => "本设备每次询问",
            _ => "本设备未知",
        })
    }
}
