//! A list that grows with the years is shown a page at a time, the newest first.

use serde::Deserialize;

/// Entries on a page.
pub const PAGE: usize = 50;

/// Where a page begins, as its address says: after so many that are newer.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Older {
    #[serde(default)]
    skip: usize,
}

impl Older {
    /// After so many.
    #[must_use]
    pub const fn after(skip: usize) -> Self {
        Self { skip }
    }

    /// The page of a list whose newest entry comes first, and the address of the page after it, if there is one. What is added
    /// meanwhile can make an entry stand on two pages, and none on none.
    #[must_use]
    pub fn page<T>(self, path: &str, newest_first: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.skip.saturating_add(PAGE);
        let mark = if path.contains('?') { '&' } else { '?' };
        let next = (newest_first.len() > end).then(|| format!("{path}{mark}skip={end}"));
        (newest_first.into_iter().skip(self.skip).take(PAGE).collect(), next)
    }

    /// Whether it is the page with the newest.
    #[must_use]
    pub const fn is_newest(self) -> bool {
        self.skip == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_on_a_page_and_the_last_page_leads_nowhere() {
        for count in [0, 1, PAGE, PAGE + 1, 3 * PAGE, 3 * PAGE + 7] {
            let (mut older, mut seen) = (Older::default(), Vec::new());
            loop {
                let (page, next) = older.page("/list", (0..count).collect());
                assert!(page.len() <= PAGE);
                seen.extend(page);
                let Some(next) = next else { break };
                let skip = next.strip_prefix("/list?skip=").and_then(|skip| skip.parse().ok()).expect("an address");
                older = Older::after(skip);
            }
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
        let narrowed = Older::default().page("/list?kind=x", vec![0; PAGE + 1]).1;
        assert_eq!(narrowed, Some(format!("/list?kind=x&skip={PAGE}")));
        assert_eq!(Older::after(usize::MAX).page("/list", vec![1, 2]), (vec![], None));
    }
}
