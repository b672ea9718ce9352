//! `data.toml`: every kind of personal data, field by field.

use std::collections::BTreeMap;

use app::cancellation::model::{Fate, Kept};
use serde::Deserialize;

use super::CatalogueError;

/// Why data may be processed (个保法 13, 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Needed for what was ordered.
    Contract,
    /// The law asks for it.
    LegalDuty,
    /// The person agreed.
    Consent,
    /// The person agreed to just this.
    SeparateConsent,
}

/// Where data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person gave it.
    Given,
    /// It arises by using the service.
    Automatic,
    /// Through a permission of the phone's system.
    Permission,
    /// Derived from other data.
    Generated,
}

/// Whether a person may correct it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// In place.
    Yes,
    /// It is a record of what happened.
    No,
    /// After a review.
    Review,
}

/// Whether it can be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Erasure {
    /// At once.
    Yes,
    /// A law keeps it: stored only, until its retention ends (个保法 47).
    StorageOnly,
}

/// How long, and by which law.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// In the person's words.
    pub words: String,
    /// The law that keeps it, and that it says so.
    pub law: Option<String>,
}

/// One kind of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Stable.
    pub id: String,
    /// The business function's id.
    pub function: String,
    /// Its Chinese name.
    pub name: String,
    /// What for.
    pub purposes: Vec<String>,
    /// On which grounds.
    pub basis: Vec<Basis>,
    /// The function does not work without it.
    pub necessary: bool,
    /// Sensitive personal information (个保法 28).
    pub sensitive: bool,
    /// Where it comes from.
    pub source: Source,
    /// The retention's id.
    pub retention: String,
    /// Who else gets it, by kind.
    pub recipients: Vec<String>,
    /// The mask's id; `-` for none.
    pub mask: String,
    /// Whether a person may correct it.
    pub correct: Correction,
    /// Whether it can be erased.
    pub erase: Erasure,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Function {
    id: String,
    name: String,
}

/// The whole file, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    retention: BTreeMap<String, Retention>,
    function: Vec<Function>,
    field: Vec<Field>,
}

const FILE: &str = "data.toml";
const MASKS: &[&str] = &["m1", "m2", "m3", "m4", "m5", "m6", "m7", "x", "-"];

impl Data {
    /// Reads and checks the text.
    ///
    /// # Errors
    /// What is wrong, and at which field.
    pub fn read(text: &str) -> Result<Self, CatalogueError> {
        let data: Self = toml::from_str(text).map_err(|e| CatalogueError::Malformed(FILE, e))?;
        data.field.iter().try_for_each(|field| data.check(field))?;
        Ok(data)
    }

    fn check(&self, field: &Field) -> Result<(), CatalogueError> {
        let wrong = |why: &'static str| Err(CatalogueError::Field(field.id.clone(), why));
        if self.field.iter().filter(|other| other.id == field.id).count() > 1 {
            return wrong("stands there twice");
        }
        if !self.function.iter().any(|f| f.id == field.function) {
            return wrong("names an unknown function");
        }
        let Some(retention) = self.retention.get(&field.retention) else {
            return wrong("names an unknown retention");
        };
        if field.erase == Erasure::StorageOnly && retention.law.is_none() {
            return wrong("is kept after erasure, but its retention names no law that keeps it");
        }
        if !MASKS.contains(&field.mask.as_str()) {
            return wrong("names an unknown mask");
        }
        if field.purposes.is_empty() || field.basis.is_empty() {
            return wrong("needs a purpose and a basis");
        }
        Ok(())
    }

    /// Every field, in the policy's order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.field
    }

    /// What a cancellation erases, by business function.
    #[must_use]
    pub fn erased(&self) -> Vec<Fate> {
        let of = |function: &Function| Fate {
            function: function.name.clone(),
            kinds: self.names(|f| f.function == function.id && f.erase == Erasure::Yes),
        };
        self.function.iter().map(of).filter(|fate| !fate.kinds.is_empty()).collect()
    }

    /// What a law keeps after a cancellation.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept> {
        let of = |(id, retention): (&String, &Retention)| {
            let kinds = self.names(|f| f.retention == *id && f.erase == Erasure::StorageOnly);
            let law = retention.law.clone()?;
            (!kinds.is_empty()).then(|| Kept { law, until: retention.words.clone(), kinds })
        };
        self.retention.iter().filter_map(of).collect()
    }

    fn names(&self, which: impl Fn(&Field) -> bool) -> Vec<String> {
        self.field.iter().filter(|f| which(f)).map(|f| f.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = include_str!("../../catalogue/data.toml");

    #[test]
    fn every_field_goes_or_stays() {
        let data = Data::read(BUILT_IN).expect("reads");
        let told: usize = data.erased().iter().map(|f| f.kinds.len()).sum::<usize>()
            + data.kept().iter().map(|k| k.kinds.len()).sum::<usize>();
        assert_eq!(told, data.fields().len());
    }

    #[test]
    fn a_field_that_no_law_keeps_can_be_erased() {
        let wrong = BUILT_IN.replacen("erase = \"yes\"", "erase = \"storage_only\"", 1);
        assert!(matches!(Data::read(&wrong), Err(CatalogueError::Field(id, _)) if id == "register_phone"));
    }
}
