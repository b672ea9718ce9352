//! A row with a switch. Without WebAssembly it is a form with one button; with it, the switch answers at once, and rolls
//! back with the reason when the server refuses.

use leptos::prelude::*;

/// A switch. The whole row is the target; its accessible name is the label.
#[island]
pub fn SwitchRow(
    /// Which switch, in the form and in the server's answer.
    id: String,
    /// Where it posts `purpose` and `granted`.
    action: String,
    /// What it is called.
    label: String,
    /// A line below the label; may be empty.
    note: String,
    /// Its state when the page was made.
    on: bool,
) -> impl IntoView {
    let state = RwSignal::new(on);
    let saved = RwSignal::new(on);
    let sending = RwSignal::new(false);
    let unsynced = RwSignal::new(false);
    let switched = RwSignal::new(false);
    let error = RwSignal::new(String::new());
    let note_id = format!("note-{id}");
    let has_note = !note.is_empty();
    let described_by = has_note.then(|| note_id.clone());

    #[cfg(feature = "hydrate")]
    let submit = {
        let switch =
            live::Switch { id: id.clone(), action: action.clone(), state, saved, sending, unsynced, switched, error };
        live::listen(&switch);
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            live::flip(switch.clone());
        }
    };
    #[cfg(not(feature = "hydrate"))]
    let submit = {
        // The server renders the form; only the browser sends it.
        let _ = (saved, sending);
        |_event: leptos::ev::SubmitEvent| {}
    };

    view! {
        <form
            class="cell switch-row" method="post" action=action on:submit=submit
            data-switched=move || switched.get().then_some("")
        >
            <input type="hidden" name="purpose" value=id />
            <input type="hidden" name="granted" value=move || (!state.get()).to_string() />
            <button
                type="submit"
                role="switch"
                class="switch-button"
                aria-checked=move || state.get().to_string()
                aria-label=label.clone()
                aria-describedby=described_by
                data-unsynced=move || unsynced.get().then_some("")
            >
                <span class="cell-text">
                    <span class="cell-label">{label.clone()}</span>
                    <span class="cell-note" id=note_id hidden=!has_note>{note}</span>
                </span>
                <span class="switch-unsynced" hidden=move || !unsynced.get()>"未同步"</span>
                <span class="switch" aria-hidden="true"></span>
            </button>
            <p class="cell-error" role="alert" hidden=move || error.get().is_empty()>
                {move || error.get()}
            </p>
        </form>
    }
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::prelude::*;

    use crate::ui::request::{Answer, announce, post, wait};

    /// What a switch holds: what it shows, what the server is known to have, and why they may differ.
    #[derive(Clone)]
    pub struct Switch {
        pub id: String,
        pub action: String,
        pub state: RwSignal<bool>,
        pub saved: RwSignal<bool>,
        pub sending: RwSignal<bool>,
        pub unsynced: RwSignal<bool>,
        /// What the page says of its state may not be so any more.
        pub switched: RwSignal<bool>,
        pub error: RwSignal<String>,
    }

    const CHANGED: &str = "switches-changed";

    /// Shows the other state at once and sends it. Taps while one is under way are folded into one more request.
    pub fn flip(switch: Switch) {
        switch.error.set(String::new());
        switch.switched.set(true);
        switch.state.update(|on| *on = !*on);
        if switch.sending.get_untracked() {
            return;
        }
        switch.sending.set(true);
        spawn_local(async move {
            let mut pause = 1_000;
            while switch.state.get_untracked() != switch.saved.get_untracked() {
                let wanted = switch.state.get_untracked();
                let fields = [("purpose".to_owned(), switch.id.clone()), ("granted".to_owned(), wanted.to_string())];
                match post(&switch.action, &fields).await {
                    Answer::Done { message, switches } => {
                        switch.saved.set(wanted);
                        switch.unsynced.set(false);
                        announce(&message);
                        tell_others(&switches);
                    }
                    Answer::Refused { message } => roll_back(&switch, &message),
                    // A "yes" that did not arrive is not a "yes". A "no" is never dropped: it stays visible as not yet
                    // synced, and is tried until it arrives.
                    Answer::Unreachable if wanted => {
                        roll_back(&switch, "网络不通，没有开启。请稍后再试。");
                    }
                    Answer::Unreachable => {
                        switch.unsynced.set(true);
                        announce("网络不通，还没有保存。正在重试。");
                        wait(pause).await;
                        pause = (pause * 2).min(30_000);
                    }
                }
            }
            switch.unsynced.set(false);
            switch.sending.set(false);
        });
    }

    fn roll_back(switch: &Switch, message: &str) {
        switch.state.set(switch.saved.get_untracked());
        switch.error.set(message.to_owned());
    }

    /// One decision may change other switches of the page (a master switch does).
    fn tell_others(switches: &[(String, bool)]) {
        let detail = js_sys::Object::new();
        for (id, on) in switches {
            drop(js_sys::Reflect::set(&detail, &id.into(), &(*on).into()));
        }
        let init = web_sys::CustomEventInit::new();
        init.set_detail(&detail);
        let event = web_sys::CustomEvent::new_with_event_init_dict(CHANGED, &init);
        if let (Some(window), Ok(event)) = (web_sys::window(), event) {
            drop(window.dispatch_event(&event));
        }
    }

    /// Hears of changes that another switch caused.
    pub fn listen(switch: &Switch) {
        let Switch { id, state, saved, sending, .. } = switch.clone();
        let hear = Closure::<dyn Fn(web_sys::CustomEvent)>::new(move |event: web_sys::CustomEvent| {
            let on = js_sys::Reflect::get(&event.detail(), &(&id).into()).ok().and_then(|v| v.as_bool());
            if let (Some(on), false) = (on, sending.get_untracked()) {
                saved.set(on);
                state.set(on);
            }
        });
        if let Some(window) = web_sys::window() {
            drop(window.add_event_listener_with_callback(CHANGED, hear.as_ref().unchecked_ref()));
        }
        // The listener lives as long as the page: leaving it loads another document.
        hear.forget();
    }
}
