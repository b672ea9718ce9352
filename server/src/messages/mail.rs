//! How a mail is made: from Markdown, so that it holds what we know of. Pictures and raw HTML are left out: a picture from
//! elsewhere is a beacon, whoever put it there.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::gateways::Mail;

/// A mail that is being made.
pub struct Letter {
    subject: String,
    events: Vec<Event<'static>>,
    /// Where each link leads instead, in a mail that is measured.
    pub ways: BTreeMap<String, String>,
    /// The picture of a mail that is measured.
    pub picture: Option<String>,
    /// The link to get no more of them.
    pub unsubscribe: Option<String>,
}

impl Letter {
    /// From Markdown.
    #[must_use]
    pub fn read(subject: &str, markdown: &str) -> Self {
        let events = Parser::new(markdown).map(Event::into_static).collect();
        Self { subject: subject.to_owned(), events, ways: BTreeMap::new(), picture: None, unsubscribe: None }
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Where its links lead, each once.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = self.events.iter().filter_map(target).map(str::to_owned).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }

    /// The mail, with its headers (RFC 8058: one click) and its footer.
    #[must_use]
    pub fn write(self, to: String) -> Mail {
        let mut writer = Writer::default();
        for event in &self.events {
            writer.write(event, &self.ways);
        }
        let Writer { mut html, mut text, .. } = writer;
        let mut headers = Vec::new();
        if let Some(url) = &self.unsubscribe {
            headers.push(("List-Unsubscribe", format!("<{url}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
            text.push_str(&format!("\n\n--\n不想再收到这类邮件？退订：{url}"));
            let url = escape(url);
            html.push_str(&format!("<hr><p>不想再收到这类邮件？<a href=\"{url}\">退订</a>，一步完成，不用登录。</p>"));
        }
        if let Some(url) = &self.picture {
            html.push_str(&format!("<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\">", escape(url)));
        }
        let html = format!(
            "<!DOCTYPE html><html lang=\"zh-Hans-CN\"><head><meta charset=\"utf-8\"><title>{}</title></head><body>{html}</body></html>",
            escape(&self.subject)
        );
        Mail { to, subject: self.subject, text: text.trim().to_owned(), html, headers }
    }
}

/// Where a link leads, if that is a page.
fn target<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let Event::Start(Tag::Link { dest_url, .. }) = event else { return None };
    let is_page = url::Url::parse(dest_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    is_page.then_some(dest_url)
}

#[derive(Default)]
struct Writer {
    html: String,
    text: String,
    /// The links that are open: where each leads, or nowhere.
    links: Vec<Option<String>>,
}

impl Writer {
    fn write(&mut self, event: &Event<'_>, ways: &BTreeMap<String, String>) {
        match event {
            Event::Text(text) | Event::Code(text) => {
                self.html.push_str(&escape(text));
                self.text.push_str(text);
            }
            Event::SoftBreak => self.both("\n", "\n"),
            Event::HardBreak => self.both("<br>", "\n"),
            Event::Rule => self.both("<hr>", "\n\n--"),
            Event::Start(Tag::Link { .. }) => {
                let way = target(event).map(|target| ways.get(target).map_or(target, String::as_str).to_owned());
                if let Some(way) = &way {
                    self.html.push_str(&format!("<a href=\"{}\">", escape(way)));
                }
                self.links.push(way);
            }
            Event::End(TagEnd::Link) => {
                if let Some(way) = self.links.pop().flatten() {
                    self.both("</a>", &format!("（{way}）"));
                }
            }
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(*tag),
            // Raw HTML is left out, and nothing else is asked of the parser.
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => self.both("<p>", "\n\n"),
            Tag::Heading { .. } => self.both("<h2>", "\n\n"),
            Tag::List(_) => self.both("<ul>", "\n"),
            Tag::Item => self.both("<li>", "\n· "),
            Tag::Strong => self.both("<strong>", ""),
            Tag::Emphasis => self.both("<em>", ""),
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.both("</p>", ""),
            TagEnd::Heading(_) => self.both("</h2>", ""),
            TagEnd::List(_) => self.both("</ul>", ""),
            TagEnd::Item => self.both("</li>", ""),
            TagEnd::Strong => self.both("</strong>", ""),
            TagEnd::Emphasis => self.both("</em>", ""),
            _ => {}
        }
    }

    fn both(&mut self, html: &str, text: &str) {
        self.html.push_str(html);
        self.text.push_str(text);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &str = "今晚八点，**小满穿搭**开播。\n\n- [看预告](https://shop.example/live?a=1&b=2)\n- [坏链接](javascript:alert)\n\n\
        ![图](https://pixel.example/p.gif) <script>x</script>";

    #[test]
    fn a_mail_holds_its_links_and_neither_pictures_nor_raw_html() {
        let mail = Letter::read("上新", BODY).write("z@example.cn".to_owned());
        assert!(mail.html.contains("<a href=\"https://shop.example/live?a=1&amp;b=2\">看预告</a>"), "{}", mail.html);
        assert!(mail.text.contains("看预告（https://shop.example/live?a=1&b=2）"), "{}", mail.text);
        for absent in ["javascript:", "pixel.example", "<img", "<script"] {
            assert!(!mail.html.contains(absent) && !mail.text.contains(absent), "{absent}");
        }
        assert!(mail.headers.is_empty());
    }

    #[test]
    fn a_measured_mail_names_only_our_own_addresses() {
        let mut letter = Letter::read("上新", BODY);
        assert_eq!(letter.targets(), ["https://shop.example/live?a=1&b=2"]);
        letter.ways =
            letter.targets().into_iter().map(|target| (target, "https://us.example/m/1".to_owned())).collect();
        letter.picture = Some("https://us.example/m/2".to_owned());
        let mail = letter.write("z@example.cn".to_owned());
        assert!(!mail.html.contains("shop.example") && !mail.text.contains("shop.example"));
        assert!(mail.html.contains("<img src=\"https://us.example/m/2\""), "{}", mail.html);
    }

    #[test]
    fn a_way_out_stands_in_the_headers_and_in_the_footer() {
        let mut letter = Letter::read("上新", BODY);
        letter.unsubscribe = Some("https://us.example/unsubscribe/t".to_owned());
        let mail = letter.write("z@example.cn".to_owned());
        let expected = [
            ("List-Unsubscribe", "<https://us.example/unsubscribe/t>".to_owned()),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ];
        assert_eq!(mail.headers, expected);
        assert!(mail.html.contains("<a href=\"https://us.example/unsubscribe/t\">退订</a>"));
        assert!(mail.text.ends_with("退订：https://us.example/unsubscribe/t"), "{}", mail.text);
    }

    proptest! {
        /// Whatever is written, a mail that is not measured loads nothing and runs nothing.
        #[test]
        fn nothing_is_loaded_by_a_mail_that_is_not_measured(markdown in "[ -~\n]{0,200}", subject in "[ -~]{0,40}") {
            let mail = Letter::read(&subject, &markdown).write(String::new());
            for tag in ["<img", "<script", "<link", "<iframe", "<style", "<video", "<object"] {
                prop_assert!(!mail.html.to_lowercase().contains(tag), "{}", mail.html);
            }
        }
    }
}
