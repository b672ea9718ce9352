//! Privacy as configuration: the words of every purpose, every cookie, every kind of personal data. Built in, and
//! replaceable file by file.

mod data;
mod policy;
mod recipients;
mod trackers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use app::consents::model::{Kind, Purpose, Words};
use app::cookies::inventory::{Tracker, TrackerKind};
use app::working_days::{WorkingDays, Year};
pub use data::{Data, PurposeTerm};
pub use policy::{Control, Fact, Policy};
use sha2::{Digest as _, Sha256};

/// All of it, checked.
#[derive(Debug)]
pub struct Catalogue {
    words: BTreeMap<Purpose, (Words, Shown)>,
    /// The same for decisions about one recipient or cookie within a purpose, by its id.
    words_about: BTreeMap<(Purpose, String), (Words, Shown)>,
    trackers: Vec<Tracker>,
    data: Data,
    working_days: WorkingDays,
    policy: Policy,
}

/// What is shown before a decision, word for word, with the default that is shown with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Purpose (and after a space what it is about within it), default, and each of the words, a line each; of a group of
    /// cookies also the name of each of its items.
    pub text: String,
    /// SHA-256 of the text, in hex: recorded with the decision.
    pub hash: String,
}

impl Shown {
    fn new(purpose: Purpose, about: Option<&str>, words: &Words) -> Self {
        Self::with_facts(purpose, about, words, &[])
    }

    /// The same with what else is shown, a line each.
    fn with_facts(purpose: Purpose, about: Option<&str>, words: &Words, facts: &[String]) -> Self {
        let subject = about.map_or_else(|| purpose.id().to_owned(), |about| format!("{} {about}", purpose.id()));
        let lines = [
            Some(&words.label),
            Some(&words.what_for),
            Some(&words.when_off),
            Some(&words.unaffected),
            words.necessity.as_ref(),
            words.impact.as_ref(),
        ];
        let lines: String = lines.iter().map(|line| format!("{}\n", line.map_or("", String::as_str))).collect();
        let facts: String = facts.iter().map(|fact| format!("{fact}\n")).collect();
        let text = format!("{subject}\ndefault: off\n{lines}{facts}");
        let hash = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { text, hash }
    }

    /// The words in a text that was kept, and what else was shown; none when it is not of the form that is written here.
    #[must_use]
    pub fn words_in(text: &str) -> Option<(Words, Vec<String>)> {
        let lines: Vec<_> = text.split('\n').collect();
        let [_, "default: off", label, what_for, when_off, unaffected, necessity, impact, facts @ .., ""] = &lines[..]
        else {
            return None;
        };
        let own = |line: &str| line.to_owned();
        let separate = |line: &str| (!line.is_empty()).then(|| line.to_owned());
        let words = Words {
            label: own(label),
            what_for: own(what_for),
            when_off: own(when_off),
            unaffected: own(unaffected),
            necessity: separate(necessity),
            impact: separate(impact),
        };
        Some((words, facts.iter().copied().map(own).collect()))
    }
}

/// The catalogue can't be used. The text names file and entry, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file can't be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// A file is not TOML of the right shape.
    #[error("{0}: {1}")]
    Malformed(&'static str, toml::de::Error),
    /// A kind of data is described wrongly.
    #[error("data.toml, line {line}: field {field} {why}")]
    Field {
        /// Where its entry begins.
        line: usize,
        /// Its id.
        field: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A recipient is described wrongly.
    #[error("recipients.toml, line {line}: recipient {recipient} {why}")]
    Recipient {
        /// Where its entry begins.
        line: usize,
        /// Its id.
        recipient: String,
        /// What is wrong with it.
        why: String,
    },
    /// A cookie, storage key, pixel or beacon is described wrongly.
    #[error("cookies.toml, line {line}: {name} {why}")]
    Tracker {
        /// Where its entry begins.
        line: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The policy's texts or clauses don't fit.
    #[error("{file}: {why}")]
    Policy {
        /// Which file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The table of holidays contradicts itself.
    #[error("holidays.toml: {0}")]
    Holidays(String),
    /// A purpose has no words.
    #[error("purposes.toml: [{0}] is missing")]
    NoWords(&'static str),
    /// Words for nothing.
    #[error("purposes.toml: [{0}] is no purpose")]
    UnknownPurpose(String),
    /// A separate consent without necessity and impact, or another with them.
    #[error(
        "purposes.toml: [{0}] needs necessity and impact exactly if it is a separate consent (个保法 30); of one that is \
         decided per recipient they stand with each recipient"
    )]
    Necessity(&'static str),
}

impl Catalogue {
    /// The built-in catalogue, with the files of `folder` in place of built-in ones.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn load(folder: Option<&Path>) -> Result<Self, CatalogueError> {
        let purposes = read(folder, "purposes.toml", include_str!("../../catalogue/purposes.toml"))?;
        let cookies = read(folder, "cookies.toml", include_str!("../../catalogue/cookies.toml"))?;
        let trackers = trackers::read(&cookies)?;
        let data = read(folder, "data.toml", include_str!("../../catalogue/data.toml"))?;
        let recipients = read(folder, "recipients.toml", include_str!("../../catalogue/recipients.toml"))?;
        let holidays = read(folder, "holidays.toml", include_str!("../../catalogue/holidays.toml"))?;
        let years: BTreeMap<String, Year> =
            toml::from_str(&holidays).map_err(|e| CatalogueError::Malformed("holidays.toml", e))?;
        let data = Data::read(&data, &recipients)?;
        let words = words(&purposes, &trackers)?;
        let mut words_about = recipients::words(&words, &data);
        words_about.extend(tracker_words(&words, &trackers));
        Ok(Self {
            words_about,
            words,
            trackers,
            policy: Policy::load(folder, &data)?,
            data,
            working_days: WorkingDays::new(&years).map_err(CatalogueError::Holidays)?,
        })
    }

    /// What a person reads before deciding.
    #[must_use]
    pub fn words(&self, purpose: Purpose) -> &Words {
        &self.words[&purpose].0
    }

    /// What a person reads before deciding about one recipient or cookie within a purpose; none: there is no such decision.
    #[must_use]
    pub fn words_about(&self, purpose: Purpose, about: &str) -> Option<&Words> {
        self.words_about.get(&(purpose, about.to_owned())).map(|(words, _)| words)
    }

    /// What a decision is called where it stands among others. What is in the catalogue no more goes by its purpose and id.
    #[must_use]
    pub fn label(&self, purpose: Purpose, about: Option<&str>) -> String {
        let whole = || purpose.full_label(self.words(purpose));
        match about {
            None => whole(),
            Some(about) => match self.words_about(purpose, about) {
                Some(words) => words.label.clone(),
                None => format!("{} · {about}", whole()),
            },
        }
    }

    /// Those words as they are recorded with a decision; none: there is no such decision.
    #[must_use]
    pub fn shown(&self, purpose: Purpose, about: Option<&str>) -> Option<&Shown> {
        let (_, shown) = match about {
            // Nobody decides about all recipients at once, so nobody reads words for that.
            None if purpose.is_per_recipient() => return None,
            None => self.words.get(&purpose)?,
            Some(about) => self.words_about.get(&(purpose, about.to_owned()))?,
        };
        Some(shown)
    }

    /// All words that this catalogue can show before a decision.
    pub fn all_shown(&self) -> impl Iterator<Item = &Shown> {
        let whole = self.words.iter().filter(|(purpose, _)| !purpose.is_per_recipient()).map(|(_, words)| words);
        whole.chain(self.words_about.values()).map(|(_, shown)| shown)
    }

    /// Every kind of personal data.
    #[must_use]
    pub const fn data(&self) -> &Data {
        &self.data
    }

    /// The policy's versions and clauses.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Which days are worked.
    #[must_use]
    pub const fn working_days(&self) -> &WorkingDays {
        &self.working_days
    }

    /// The inventory.
    #[must_use]
    pub fn trackers(&self) -> &[Tracker] {
        &self.trackers
    }

    /// The item of a group of cookies that can be decided by itself, by its name.
    #[must_use]
    pub fn item(&self, purpose: Purpose, name: &str) -> Option<&Tracker> {
        let mut items = self.trackers.iter().filter(|item| item.is_decided() && item.group.purpose() == Some(purpose));
        items.find(|item| item.name == name)
    }

    /// What the inventory says of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&Tracker> {
        self.trackers.iter().find(|tracker| tracker.kind == TrackerKind::Cookie && tracker.covers(name))
    }
}

fn read(folder: Option<&Path>, name: &str, built_in: &'static str) -> Result<String, CatalogueError> {
    match folder.map(|folder| folder.join(name)).filter(|file| file.exists()) {
        Some(file) => std::fs::read_to_string(&file).map_err(|e| CatalogueError::Unreadable(file, e)),
        None => Ok(built_in.to_owned()),
    }
}

/// The words of every item that can be decided by itself.
fn tracker_words(
    groups: &BTreeMap<Purpose, (Words, Shown)>,
    trackers: &[Tracker],
) -> BTreeMap<(Purpose, String), (Words, Shown)> {
    let words = |item: &Tracker| {
        let purpose = item.group.purpose()?;
        let words = trackers::words(item, &groups[&purpose].0);
        let shown = Shown::new(purpose, Some(&item.name), &words);
        Some(((purpose, item.name.clone()), (words, shown)))
    };
    trackers.iter().filter(|item| item.is_decided()).filter_map(words).collect()
}

fn words(text: &str, trackers: &[Tracker]) -> Result<BTreeMap<Purpose, (Words, Shown)>, CatalogueError> {
    let mut found: BTreeMap<String, Words> =
        toml::from_str(text).map_err(|e| CatalogueError::Malformed("purposes.toml", e))?;
    let mut words = BTreeMap::new();
    for purpose in Purpose::ALL.iter().copied() {
        let id = purpose.id();
        let own = found.remove(id).ok_or(CatalogueError::NoWords(id))?;
        let separate = purpose.kind() == Kind::SeparateConsent && !purpose.is_per_recipient();
        if own.necessity.is_some() != separate || own.impact.is_some() != separate {
            return Err(CatalogueError::Necessity(id));
        }
        let items = trackers.iter().filter(|item| item.group.purpose() == Some(purpose)).map(|item| item.name.clone());
        let shown = Shown::with_facts(purpose, None, &own, &items.collect::<Vec<_>>());
        words.insert(purpose, (own, shown));
    }
    match found.into_keys().next() {
        Some(unknown) => Err(CatalogueError::UnknownPurpose(unknown)),
        None => Ok(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_complete() {
        Catalogue::load(None).expect("loads");
    }

    #[test]
    fn words_are_read_back_from_what_was_kept_of_them() {
        let catalogue = Catalogue::load(None).expect("loads");
        for shown in catalogue.all_shown() {
            let (words, facts) = Shown::words_in(&shown.text).expect("of the form that is written");
            let subject = shown.text.lines().next().expect("a subject");
            let (purpose, about) = subject.split_once(' ').map_or((subject, None), |(p, about)| (p, Some(about)));
            let purpose = purpose.parse().expect("a purpose");
            assert_eq!(&Shown::with_facts(purpose, about, &words, &facts), shown);
        }
        assert_eq!(Shown::words_in("location\ndefault: on\na\nb\nc\nd\n\n\n"), None);
        assert_eq!(Shown::words_in(""), None);
    }

    #[test]
    fn a_separate_consent_without_its_impact_is_refused() {
        let text = include_str!("../../catalogue/purposes.toml");
        let start = text.find("impact = ").expect("there is one");
        let end = text[start..].find('\n').expect("a line") + start;
        let cut = format!("{}{}", &text[..start], &text[end..]);
        assert!(matches!(words(&cut, &[]), Err(CatalogueError::Necessity("location"))));
    }

    #[test]
    fn words_for_nothing_are_refused() {
        let text = format!(
            "{}\n[nonsense]\nlabel=\"\"\nwhat_for=\"\"\nwhen_off=\"\"\nunaffected=\"\"",
            include_str!("../../catalogue/purposes.toml")
        );
        assert!(matches!(words(&text, &[]), Err(CatalogueError::UnknownPurpose(id)) if id == "nonsense"));
    }
}
