//! What was just done, or was not: it floats at the bottom within sight, so that no row moves under the finger. Taps go through
//! it, but for its own control; what was just tapped it leaves free.

#[cfg(feature = "ssr")]
use leptos::prelude::*;

/// Where it stands in the page.
#[cfg(any(feature = "ssr", feature = "hydrate"))]
const ID: &str = "said";
/// Where what was done is said.
#[cfg(any(feature = "ssr", feature = "hydrate"))]
const STATUS: &str = "status";
/// Where what was not done is said.
#[cfg(any(feature = "ssr", feature = "hydrate"))]
const ALERT: &str = "alert";
/// What is said, in the colour of its tone.
#[cfg(any(feature = "ssr", feature = "hydrate"))]
const TEXT: &str = "said-text";

/// What is said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it was done.
    pub tone: Tone,
}

/// Whether what was asked for was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It was.
    Done,
    /// It was not.
    NotDone,
}

/// The place where notices float. What is done goes by itself after a while; all can be put away, without script, too. It is read
/// out at once, also where a status that is there from the start is not, and Tab goes on from there.
#[cfg(feature = "ssr")]
pub fn float(notice: Option<Notice>) -> AnyView {
    let (done, not_done) = match notice {
        Some(Notice { text, tone: Tone::NotDone }) => (None, Some(text)),
        Some(Notice { text, tone: Tone::Done }) => (Some(text), None),
        None => (None, None),
    };
    let said = done.is_some();
    let line = |text: String| view! { <span class=TEXT>{text}</span> };
    view! {
        <div class="said" id=ID>
            // Before what it puts away: from there Tab goes on to what is to be done next.
            <input class="said-away" type="checkbox" autocomplete="off" aria-label="收起提示" />
            <div id=STATUS role="status" tabindex=said.then_some("-1") autofocus=said>{done.map(line)}</div>
            {not_done.map(|text| view! { <div id=ALERT role="alert" tabindex="-1" autofocus>{line(text)}</div> })}
        </div>
    }
    .into_any()
}

/// Says it, for eyes and screen readers. `tapped` is what the person has just tapped.
#[cfg(feature = "hydrate")]
pub fn announce(tone: Tone, text: &str, tapped: Option<&web_sys::Element>) {
    // A page that can't show it has lost its body: there is nobody to tell.
    let _ = live::say(tone, text, tapped);
}

#[cfg(feature = "hydrate")]
mod live {
    use wasm_bindgen::{JsCast as _, JsValue};
    use web_sys::{Element, HtmlElement, HtmlInputElement};

    use super::{ALERT, ID, STATUS, TEXT, Tone};

    pub fn say(tone: Tone, text: &str, tapped: Option<&Element>) -> Option<()> {
        let document = web_sys::window()?.document()?;
        let said: HtmlElement = document.get_element_by_id(ID)?.dyn_into().ok()?;
        let status = document.get_element_by_id(STATUS)?;
        status.set_text_content(None);
        if let Some(old) = document.get_element_by_id(ALERT) {
            old.remove();
        }
        // A new line and a new control each time: it is announced, and stays for its own while.
        if let Some(away) = said.query_selector("input").ok()? {
            let fresh: HtmlInputElement = away.clone_node().ok()?.dyn_into().ok()?;
            fresh.set_checked(false);
            said.replace_child(&fresh, &away).ok()?;
        }
        let line = document.create_element("span").ok()?;
        line.set_class_name(TEXT);
        line.set_text_content(Some(text));
        match tone {
            Tone::Done => status.append_child(&line).ok()?,
            Tone::NotDone => {
                let alert = document.create_element("div").ok()?;
                alert.set_id(ALERT);
                alert.set_attribute("role", "alert").ok()?;
                alert.append_child(&line).ok()?;
                said.append_child(&alert).ok()?
            }
        };
        leave_free(&said, &line, tapped).ok()
    }

    /// Pixels between the notice and what was tapped.
    const GAP: f64 = 8.0;

    /// Lifts the notice above what was tapped, where it would cover it.
    fn leave_free(said: &HtmlElement, line: &Element, tapped: Option<&Element>) -> Result<(), JsValue> {
        let style = said.style();
        style.remove_property("transform")?;
        let Some(tapped) = tapped.map(Element::get_bounding_client_rect) else { return Ok(()) };
        let line = line.get_bounding_client_rect();
        // Whole pixels: to write fractions would make what every page loads larger by some kilobytes.
        let over = (line.bottom() + GAP - tapped.top()).ceil() as i32;
        // Above it there may be no room.
        if over > 0 && line.top() < tapped.bottom() && line.top() > f64::from(over) {
            style.set_property("transform", &format!("translateY(-{over}px)"))?;
        }
        Ok(())
    }
}
