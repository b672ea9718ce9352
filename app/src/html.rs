//! HTML without a page: for what is read where no Leptos is.

/// Leptos' marks between nodes are looked for where an island wakes, and nowhere else.
const MARKS: [&str; 2] = ["<!--<() />-->", "<!>"];
const ISLAND: &str = "<leptos-island";
const ISLAND_END: &str = "</leptos-island>";

/// A text as it stands in a `<textarea>`: Leptos escapes what stands in every other element, and nothing there.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The same page without the marks outside islands: a page of many small parts is kilobytes lighter.
#[must_use]
pub fn without_marks(html: &str) -> String {
    let mut lean = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find(ISLAND) {
        let end = island_end(rest, start);
        push_without_marks(&mut lean, &rest[..start]);
        lean.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    push_without_marks(&mut lean, rest);
    lean
}

/// Where the island that begins at `start` is over, with every island in it.
fn island_end(html: &str, start: usize) -> usize {
    let (mut depth, mut at) = (1, start + ISLAND.len());
    while depth > 0 {
        let Some(close) = html[at..].find(ISLAND_END) else { return html.len() };
        match html[at..at + close].find(ISLAND) {
            Some(open) => (depth, at) = (depth + 1, at + open + ISLAND.len()),
            None => (depth, at) = (depth - 1, at + close + ISLAND_END.len()),
        }
    }
    at
}

fn push_without_marks(lean: &mut String, html: &str) {
    let stripped = MARKS.iter().fold(html.to_owned(), |html, mark| html.replace(mark, ""));
    lean.push_str(&stripped);
}

/// A value for HTML, in text and in attributes: it stays a value, whatever it says.
#[must_use]
pub fn escape(value: &str) -> String {
    let mut safe = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_in_islands_alone() {
        for (html, lean) in [
            ("<p>a<!>b</p><!--<() />-->", "<p>ab</p>"),
            ("<!><leptos-island x><!>a</leptos-island><!>b", "<leptos-island x><!>a</leptos-island>b"),
            (
                "<leptos-island><leptos-island><!></leptos-island><!></leptos-island><!>",
                "<leptos-island><leptos-island><!></leptos-island><!></leptos-island>",
            ),
            ("<!>a<leptos-island><!>", "a<leptos-island><!>"),
            ("<!DOCTYPE html><!-- kept -->", "<!DOCTYPE html><!-- kept -->"),
            ("", ""),
        ] {
            assert_eq!(without_marks(html), lean);
        }
    }
}
