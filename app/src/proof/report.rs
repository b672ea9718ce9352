//! What a check found, in plain words.

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

    /// Notes what was found, and tells whether it fits.
    pub(super) fn found(&mut self, fits: bool, good: impl Into<String>, bad: impl Into<String>) -> bool {
        self.checks.push(Check { fits, text: if fits { good.into() } else { bad.into() } });
        fits
    }
}
