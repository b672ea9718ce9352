//! The policy's versions and what stands beside each clause: `catalogue/policy/`, read and checked.
//!
//! `versions.rs` reads the texts, `controls.rs` what stands beside their clauses.

mod controls;
mod versions;

use std::collections::BTreeMap;
use std::path::Path;

use app::consents::Purpose;
use app::policy::model::{Change, Version};
use app::policy::rules;
use app::time::Moment;
pub use controls::{Control, Fact};
use sha2::{Digest as _, Sha256};

use super::{CatalogueError, Data};

/// All versions, oldest first, and the controls of the newest.
#[derive(Clone, Debug)]
pub struct Policy {
    versions: Vec<Version>,
    /// SHA-256 of each version's `policy.md`, in hex, by its number.
    hashes: BTreeMap<String, String>,
    controls: BTreeMap<String, Control>,
}

impl Policy {
    /// The built-in policy, or the one in the operator's folder if it has a `policy` folder.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn load(folder: Option<&Path>, data: &Data) -> Result<Self, CatalogueError> {
        let own = folder.map(|folder| folder.join("policy")).filter(|folder| folder.is_dir());
        let (texts, controls) = match &own {
            Some(folder) => (versions::read_all(folder)?, read(&folder.join("clauses.toml"))?),
            None => (versions::built_in(), controls::BUILT_IN.to_owned()),
        };
        let mut versions =
            texts.iter().map(|(number, texts)| versions::read(number, texts)).collect::<Result<Vec<_>, _>>()?;
        versions.sort_by_key(|version| version.in_force);
        let Some(newest) = versions.last() else { return Err(wrong("policy", "there is no version")) };
        let controls = controls::read(&controls)?;
        controls::check(newest, &controls, data)?;
        let hash = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let hashes = texts.iter().map(|(number, texts)| (number.clone(), hash(&texts.policy))).collect();
        Ok(Self { versions, hashes, controls })
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version that holds at a time.
    #[must_use]
    pub fn in_force(&self, at: Moment) -> &Version {
        rules::in_force(&self.versions, at)
    }

    /// The version that is made known but not yet in force.
    #[must_use]
    pub fn announced(&self, at: Moment) -> Option<&Version> {
        rules::announced(&self.versions, at)
    }

    /// The change because of which a "yes" of an older version does not hold any more, with its version.
    #[must_use]
    pub fn lapsed_by(&self, purpose: Purpose, decided_under: &str, at: Moment) -> Option<(&Version, &Change)> {
        rules::lapsed_by(&self.versions, purpose, decided_under, at)
    }

    /// The version of that number.
    #[must_use]
    pub fn version(&self, number: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// SHA-256 of the text of that version's `policy.md`, in hex.
    #[must_use]
    pub fn hash_of(&self, number: &str) -> Option<&str> {
        self.hashes.get(number).map(String::as_str)
    }

    /// What stands beside a clause; nothing for one that the newest version has no more.
    #[must_use]
    pub fn control(&self, clause: &str) -> Option<&Control> {
        self.controls.get(clause)
    }

    /// The clause beside which a purpose is decided.
    #[must_use]
    pub fn clause_of(&self, purpose: Purpose) -> Option<&str> {
        self.controls.iter().find(|(_, control)| control.switches.contains(&purpose)).map(|(id, _)| id.as_str())
    }
}

/// Something about the policy is wrong. For the operator.
fn wrong(file: impl Into<String>, why: impl Into<String>) -> CatalogueError {
    CatalogueError::Policy { file: file.into(), why: why.into() }
}

fn read(file: &Path) -> Result<String, CatalogueError> {
    std::fs::read_to_string(file).map_err(|e| CatalogueError::Unreadable(file.to_owned(), e))
}
