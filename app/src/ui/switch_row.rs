//! A row with a switch. Without WebAssembly it is a form with one button; with it, the switch answers at once, rolls back when
//! the server refuses, and the row says what became of it. Nothing it says ever changes its height.

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
    let fate = RwSignal::new(Fate::Untouched);
    let note_id = format!("note-{id}");
    let has_note = !note.is_empty();
    let described_by = has_note.then(|| note_id.clone());

    #[cfg(feature = "hydrate")]
    let submit = {
        let switch = live::Switch { id: id.clone(), action: action.clone(), state, saved, sending, fate };
        live::listen(&switch);
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            live::flip(switch.clone(), live::row_of(&event));
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
            data-switched=move || (fate.get() != Fate::Untouched).then_some("")
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
            >
                <span class="cell-text">
                    <span class="cell-label">{label.clone()}</span>
                    <span class="cell-note" id=note_id hidden=!has_note>{note}</span>
                </span>
                <span class="switch" data-fate=move || fate.get().tone()>
                    <span class="switch-fate">{move || fate.get().words()}</span>
                </span>
            </button>
        </form>
    }
}

/// What became of a tap. Its words are as long as the switch is wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has tapped.
    Untouched,
    /// The server has it: it is on, or off.
    Saved(bool),
    /// It is under way.
    Sending,
    /// The server did not take it: it was to be on, or off.
    Refused(bool),
    /// A "no" that has not arrived yet.
    Unsynced,
}

impl Fate {
    const fn words(self) -> &'static str {
        match self {
            Self::Untouched => "",
            Self::Saved(true) => "已开启",
            Self::Saved(false) => "已关闭",
            Self::Sending => "保存中",
            Self::Refused(true) => "没开启",
            Self::Refused(false) => "没关闭",
            Self::Unsynced => "未同步",
        }
    }

    /// None while nothing has come of it.
    const fn tone(self) -> Option<&'static str> {
        match self {
            Self::Untouched | Self::Sending => None,
            Self::Saved(_) => Some("done"),
            Self::Refused(_) => Some("not-done"),
            Self::Unsynced => Some("unsynced"),
        }
    }
}

/// A switch that can't be switched, and why; empty where that stands beside it.
#[cfg(feature = "ssr")]
pub fn locked_row(label: String, why: String) -> AnyView {
    let name = label.clone();
    view! {
        <div class="cell switch-row switch-locked">
            <button type="button" role="switch" class="switch-button" aria-checked="false" aria-label=name disabled>
                <span class="cell-text">
                    <span class="cell-label">{label}</span>
                    {(!why.is_empty()).then(|| view! { <span class="cell-note">{why}</span> })}
                </span>
                <span class="switch"></span>
            </button>
        </div>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod live {
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::prelude::*;

    use super::Fate;
    use crate::ui::notice::{Tone, announce};
    use crate::ui::request::{Answer, post, wait};

    /// What a switch holds: what it shows, what the server is known to have, and why they may differ.
    #[derive(Clone)]
    pub struct Switch {
        pub id: String,
        pub action: String,
        pub state: RwSignal<bool>,
        pub saved: RwSignal<bool>,
        pub sending: RwSignal<bool>,
        pub fate: RwSignal<Fate>,
    }

    const CHANGED: &str = "switches-changed";

    /// The row that was tapped.
    pub fn row_of(event: &leptos::ev::SubmitEvent) -> Option<web_sys::Element> {
        event.current_target()?.dyn_into().ok()
    }

    /// Shows the other state at once and sends it. Taps while one is under way are folded into one more request.
    pub fn flip(switch: Switch, row: Option<web_sys::Element>) {
        switch.state.update(|on| *on = !*on);
        switch.fate.set(Fate::Sending);
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
                        switch.fate.set(Fate::Saved(wanted));
                        announce(Tone::Done, &message, row.as_ref());
                        tell_others(&switches);
                    }
                    Answer::Refused { message } => roll_back(&switch, wanted, &message, row.as_ref()),
                    // A "yes" that did not arrive is not a "yes". A "no" is never dropped: it stays visible as not yet
                    // synced, and is tried until it arrives.
                    Answer::Unreachable if wanted => {
                        roll_back(&switch, wanted, "网络不通，没有开启。请稍后再试。", row.as_ref());
                    }
                    Answer::Unreachable => {
                        // Said once, and shown until it arrives.
                        if switch.fate.get_untracked() != Fate::Unsynced {
                            switch.fate.set(Fate::Unsynced);
                            announce(Tone::NotDone, "网络不通，还没有保存。正在重试。", row.as_ref());
                        }
                        wait(pause).await;
                        pause = (pause * 2).min(30_000);
                    }
                }
            }
            // Tapped twice before an answer came: it stands as it stood.
            if matches!(switch.fate.get_untracked(), Fate::Sending | Fate::Unsynced) {
                switch.fate.set(Fate::Saved(switch.saved.get_untracked()));
            }
            switch.sending.set(false);
        });
    }

    fn roll_back(switch: &Switch, wanted: bool, message: &str, row: Option<&web_sys::Element>) {
        switch.fate.set(Fate::Refused(wanted));
        switch.state.set(switch.saved.get_untracked());
        announce(Tone::NotDone, message, row);
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
        let Switch { id, state, saved, sending, fate, .. } = switch.clone();
        let hear = Closure::<dyn Fn(web_sys::CustomEvent)>::new(move |event: web_sys::CustomEvent| {
            let on = js_sys::Reflect::get(&event.detail(), &(&id).into()).ok().and_then(|v| v.as_bool());
            if let (Some(on), false) = (on, sending.get_untracked()) {
                if state.get_untracked() != on {
                    fate.set(Fate::Saved(on));
                }
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
