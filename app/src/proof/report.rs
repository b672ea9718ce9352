//! What a check found, in plain words, and as HTML: the server and the browser show it alike.

use crate::html::escape;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// It fits.
    pub fits: bool,
    /// What was found.
    pub text: String,
}

/// What was found about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What it proves; only if all of it fits.
    pub title: String,
    /// What it says, name and value; only if all of it fits: what is not proved is not repeated.
    pub facts: Vec<(String, String)>,
    /// The words that were shown, heading and text.
    pub words: Vec<(String, String)>,
    /// Every thing that was looked at.
    pub checks: Vec<Check>,
    /// What was found about the documents in it.
    pub parts: Vec<Report>,
}

impl Report {
    /// True when everything fits. A report without a check proves nothing.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.fits) && self.parts.iter().all(Self::is_valid)
    }

    /// As HTML, for a region that is announced.
    #[must_use]
    pub fn html(&self) -> String {
        let class = if self.is_valid() { "notice notice-ok" } else { "notice notice-warn" };
        let mut html = format!("<p class=\"{class}\"><strong>{}</strong></p>", escape(&self.title));
        self.write_details(&mut html);
        html
    }

    fn write_details(&self, html: &mut String) {
        let list = |pairs: &[(String, String)]| -> String {
            let row = |(name, value): &(String, String)| format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
            pairs.iter().map(row).collect()
        };
        if !self.facts.is_empty() {
            html.push_str(&format!("<dl class=\"facts\">{}</dl>", list(&self.facts)));
        }
        if !self.words.is_empty() {
            html.push_str(&format!(
                "<h2 class=\"cells-title\">当时看到的文字</h2><dl class=\"facts\">{}</dl>",
                list(&self.words)
            ));
        }
        if !self.checks.is_empty() {
            html.push_str("<ul class=\"proof-checks\">");
            for check in &self.checks {
                let (tag, mark) = if check.fits { ("tag-on", "符合") } else { ("tag-sensitive", "不符") };
                let text = escape(&check.text);
                html.push_str(&format!("<li><span class=\"tag {tag}\">{mark}</span><span>{text}</span></li>"));
            }
            html.push_str("</ul>");
        }
        for part in &self.parts {
            let open = if part.is_valid() { "" } else { " open" };
            let mut inner = String::new();
            part.write_details(&mut inner);
            let title = escape(&part.title);
            html.push_str(&format!(
                "<details class=\"more\"{open}><summary>{title}</summary><div>{inner}</div></details>"
            ));
        }
    }

    /// Notes what was found, and tells whether it fits.
    pub(super) fn found(&mut self, fits: bool, good: impl Into<String>, bad: impl Into<String>) -> bool {
        self.checks.push(Check { fits, text: if fits { good.into() } else { bad.into() } });
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_runs_nothing() {
        let evil = || "<script>\"'&".to_owned();
        let pair = || vec![(evil(), evil())];
        let checks = vec![Check { fits: true, text: evil() }];
        let part = Report { title: evil(), facts: pair(), words: pair(), checks: checks.clone(), parts: Vec::new() };
        let html = Report { parts: vec![part.clone()], ..part }.html();
        assert!(
            !html.contains("<script") && !html.contains("'&") && html.matches("&lt;script&gt;").count() == 12,
            "{html}"
        );
        let wrong = Report { checks: vec![Check { fits: false, text: String::new() }], ..Report::default() };
        assert!(wrong.html().contains("notice-warn") && wrong.html().contains("不符"));
    }
}
