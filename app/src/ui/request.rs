//! How an island speaks to the server: it posts the very form that would be posted without script, and asks for JSON.

/// What the server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done and on disk. `switches` are all switches that changed with it: id and state.
    Done { message: String, switches: Vec<(String, bool)> },
    /// Not done; the person can read why.
    Refused { message: String },
    /// No answer came: the network failed, or the server did.
    Unreachable,
}

/// Posts `fields` to `action`.
pub async fn post(action: &str, fields: &[(String, String)]) -> Answer {
    try_post(action, fields).await.unwrap_or(Answer::Unreachable)
}

async fn try_post(action: &str, fields: &[(String, String)]) -> Option<Answer> {
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen_futures::JsFuture;

    let body = web_sys::UrlSearchParams::new().ok()?;
    for (name, value) in fields {
        body.append(name, value);
    }
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&body);
    // A tap is not lost when its person goes on to another page before the answer is there.
    js_sys::Reflect::set(&init, &"keepalive".into(), &true.into()).ok()?;
    let request = web_sys::Request::new_with_str_and_init(action, &init).ok()?;
    request.headers().set("accept", "application/json").ok()?;
    let window = web_sys::window()?;
    let response = JsFuture::from(window.fetch_with_request(&request)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    let json = JsFuture::from(response.json().ok()?).await.ok()?;
    let message = field(&json, "message").as_string()?;
    if field(&json, "ok").as_bool() != Some(true) {
        return Some(Answer::Refused { message });
    }
    let switches = js_sys::Object::entries(&js_sys::Object::from(field(&json, "switches")))
        .iter()
        .filter_map(|entry| {
            let pair = js_sys::Array::from(&entry);
            Some((pair.get(0).as_string()?, pair.get(1).as_bool()?))
        })
        .collect();
    Some(Answer::Done { message, switches })
}

/// What the server answers at `path` as JSON, if it does.
pub async fn get(path: &str) -> Option<wasm_bindgen::JsValue> {
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen_futures::JsFuture;

    let request = web_sys::Request::new_with_str(path).ok()?;
    request.headers().set("accept", "application/json").ok()?;
    let response = JsFuture::from(web_sys::window()?.fetch_with_request(&request)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.json().ok()?).await.ok()
}

fn field(object: &wasm_bindgen::JsValue, key: &str) -> wasm_bindgen::JsValue {
    js_sys::Reflect::get(object, &key.into()).unwrap_or(wasm_bindgen::JsValue::UNDEFINED)
}

/// Waits that many milliseconds.
pub async fn wait(millis: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // Without a timer the promise never resolves, and nothing is retried: the safe side.
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis));
        }
    });
    drop(wasm_bindgen_futures::JsFuture::from(promise).await);
}
