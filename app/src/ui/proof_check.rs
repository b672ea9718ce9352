//! Chooses a file and checks it in the browser, without sending it anywhere. Without WebAssembly the form is posted, and the
//! page comes back with what was found.

use leptos::prelude::*;

use crate::proof::Report;

/// The form, and what was found.
#[island]
pub fn ProofCheck(
    /// Where the form is posted to.
    action: String,
    /// The key that is trusted, as a C2SP verifier key.
    key_text: String,
    /// The largest file that the server takes.
    megabytes: usize,
    /// What is wrong with what was posted; empty when nothing is.
    error: String,
    /// What the server found.
    children: Children,
) -> impl IntoView {
    let report = RwSignal::new(None::<Report>);
    let awake = RwSignal::new(false);
    let checking = RwSignal::new(false);
    let error = RwSignal::new(error);
    let over = RwSignal::new(false);

    #[cfg(feature = "hydrate")]
    let (chosen, sent, dropped) = {
        Effect::new(move |_| awake.set(true));
        let look = live::Look { key: StoredValue::new(key_text), report, checking, error };
        (
            move |event: leptos::ev::Event| look.at_chosen(&event),
            move |event: leptos::ev::SubmitEvent| look.at_sent(&event),
            move |event: leptos::ev::DragEvent| {
                over.set(false);
                look.at_dropped(&event);
            },
        )
    };
    #[cfg(not(feature = "hydrate"))]
    let (chosen, sent, dropped) =
        (|_: leptos::ev::Event| {}, |_: leptos::ev::SubmitEvent| {}, |_: leptos::ev::DragEvent| {});
    #[cfg(not(feature = "hydrate"))]
    drop(key_text);

    let hint = move || match awake.get() {
        true => "只在这台设备上检查，文件不会上传，断网也能用。也可以把文件拖到这里。".to_owned(),
        false => format!("没有脚本时会上传到服务器检查，不保存。文件不超过{megabytes}MB。"),
    };
    let bad = move || !error.get().is_empty();
    view! {
        <form
            class="form proof-check"
            class:proof-over=move || over.get()
            method="post"
            action=action
            enctype="multipart/form-data"
            on:submit=sent
            on:dragover=move |event: leptos::ev::DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_: leptos::ev::DragEvent| over.set(false)
            on:drop=dropped
        >
            <div class="field">
                <label for="proof-file">"凭证文件"</label>
                <input
                    id="proof-file"
                    name="file"
                    type="file"
                    accept=".json,application/json"
                    required
                    aria-invalid=move || bad().then_some("true")
                    aria-describedby="proof-error proof-hint"
                    on:change=chosen
                />
                <p class="field-hint" id="proof-hint">{hint}</p>
                <p class="field-error" id="proof-error" role="alert">{move || error.get()}</p>
            </div>
            <button type="submit" class="button button-primary">"检查"</button>
        </form>
        <p class="proof-wait" role="status">{move || if checking.get() { "正在检查…" } else { "" }}</p>
        {move || report.get().map(found)}
        <div hidden=move || report.get().is_some()>{children()}</div>
    }
}

/// What was found about a file.
pub fn found(report: Report) -> AnyView {
    let valid = report.is_valid();
    let class = if valid { "notice notice-ok" } else { "notice notice-warn" };
    view! {
        <section class="proof-found" aria-label="检查结果">
            <div class=class role="status"><p class="notice-title">{report.title.clone()}</p></div>
            {details(report)}
        </section>
    }
    .into_any()
}

fn details(report: Report) -> AnyView {
    let Report { facts, words, checks, parts, .. } = report;
    let list = |pairs: Vec<(String, String)>, class: &'static str| {
        let rows = pairs.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
        let rows: Vec<_> = rows.collect();
        (!rows.is_empty()).then(|| view! { <dl class=class>{rows}</dl> })
    };
    let shown = (!words.is_empty()).then(|| view! { <h2 class="cells-title">"当时看到的文字"</h2> });
    let checks = checks.into_iter().map(|check| {
        let (class, mark) = if check.fits { ("tag tag-on", "符合") } else { ("tag tag-sensitive", "不符") };
        view! { <li><span class=class>{mark}</span> <span>{check.text}</span></li> }
    });
    let parts = parts.into_iter().map(|part| {
        let wrong = !part.is_valid();
        let title = part.title.clone();
        view! { <details class="more" open=wrong><summary>{title}</summary>{details(part)}</details> }
    });
    view! {
        <div>
            {list(facts, "facts")}
            {shown}
            {list(words, "facts")}
            <ul class="proof-checks">{checks.collect::<Vec<_>>()}</ul>
            {parts.collect::<Vec<_>>()}
        </div>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen_futures::JsFuture;

    use crate::proof::note::Verifier;
    use crate::proof::{Report, check};
    use crate::ui::request::wait;

    #[derive(Clone, Copy)]
    pub struct Look {
        pub key: StoredValue<String>,
        pub report: RwSignal<Option<Report>>,
        pub checking: RwSignal<bool>,
        pub error: RwSignal<String>,
    }

    impl Look {
        pub fn at_chosen(self, event: &leptos::ev::Event) {
            let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            self.at(input.and_then(|input| input.files()));
        }

        pub fn at_sent(self, event: &leptos::ev::SubmitEvent) {
            event.prevent_default();
            let form = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let input = form.and_then(|form| form.query_selector("input").ok()?);
            let input = input.and_then(|input| input.dyn_into::<web_sys::HtmlInputElement>().ok());
            self.at(input.and_then(|input| input.files()));
        }

        pub fn at_dropped(self, event: &leptos::ev::DragEvent) {
            event.prevent_default();
            self.at(event.data_transfer().and_then(|data| data.files()));
        }

        fn at(self, files: Option<web_sys::FileList>) {
            let Some(file) = files.and_then(|files| files.get(0)) else { return };
            self.report.set(None);
            self.error.set(String::new());
            self.checking.set(true);
            spawn_local(async move {
                // A moment for the page to say that it is at work: checking many signatures keeps it busy.
                wait(30).await;
                let bytes =
                    JsFuture::from(file.array_buffer()).await.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec());
                let verifier = Verifier::parse(&self.key.get_value());
                self.checking.set(false);
                match (bytes, verifier) {
                    (Ok(bytes), Ok(verifier)) => self.report.set(Some(check(&bytes, &verifier))),
                    _ => self.error.set("文件读不出来，请重新选择".to_owned()),
                }
            });
        }
    }
}
