//! What stands beside each clause of the newest version: `clauses.toml`.

use std::collections::{BTreeMap, BTreeSet};

use app::consents::Purpose;
use app::menu::{PLACES, Place};
use app::policy::model::Version;
use serde::Deserialize;

use super::wrong;
use crate::catalogue::{CatalogueError, Data};

pub(super) const BUILT_IN: &str = include_str!("../../../catalogue/policy/clauses.toml");

/// What stands beside a clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Decided right here.
    pub switches: Vec<Purpose>,
    /// Where more can be done.
    pub places: Vec<Place>,
    /// A fact, told right here.
    pub fact: Option<Fact>,
    /// Why nothing stands beside it.
    pub none: Option<String>,
    /// The kinds of data that the clause speaks of.
    pub fields: Vec<String>,
    /// The browser test that shows it: its file, and a part of its title.
    pub test: Option<(String, String)>,
}

/// A fact beside a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Who receives data.
    Recipients,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlRow {
    #[serde(default)]
    switches: Vec<Purpose>,
    #[serde(default)]
    places: Vec<String>,
    fact: Option<Fact>,
    none: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    test: Option<String>,
}

pub(super) fn read(text: &str) -> Result<BTreeMap<String, Control>, CatalogueError> {
    let rows: BTreeMap<String, ControlRow> =
        toml::from_str(text).map_err(|e| CatalogueError::Malformed("policy/clauses.toml", e))?;
    let control = |(id, row): (String, ControlRow)| {
        let why = |why: &str| wrong("policy/clauses.toml", format!("[{id}] {why}"));
        let place = |label: &String| PLACES.iter().copied().find(|place| place.label() == label);
        let places = row.places.iter().map(|label| place(label).ok_or_else(|| why(&format!("{label} is no page"))));
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let test = match row.test {
            Some(test) => Some(
                test.split_once(": ")
                    .map(|(f, t)| (f.to_owned(), t.to_owned()))
                    .ok_or_else(|| why("test is `file: title`"))?,
            ),
            None => None,
        };
        let has_control = !row.switches.is_empty() || !places.is_empty() || row.fact.is_some();
        if has_control == row.none.is_some() {
            return Err(why("names a control, or else the reason why there is none"));
        }
        if has_control && test.is_none() {
            return Err(why("has a control, so it names the browser test that shows it"));
        }
        let control =
            Control { switches: row.switches, places, fact: row.fact, none: row.none, fields: row.fields, test };
        Ok((id, control))
    };
    rows.into_iter().map(control).collect()
}

/// Pages under 设置 and 隐私设置 that only lead to others, or belong to no right. Each other one stands beside a clause.
const LISTS: &[Place] = &[Place::Privacy, Place::Policy, Place::About, Place::StepUp];

/// Clauses, controls, purposes, pages and kinds of data fit each other, in every direction.
pub(super) fn check(newest: &Version, controls: &BTreeMap<String, Control>, data: &Data) -> Result<(), CatalogueError> {
    let why = |why: String| wrong("policy/clauses.toml", why);
    let clauses: BTreeSet<_> = newest.clauses().chain(&newest.children).map(|clause| clause.id.as_str()).collect();
    if let Some(id) = clauses.iter().find(|id| !controls.contains_key(**id)) {
        return Err(why(format!("the clause {id} of version {} has no entry", newest.number)));
    }
    if let Some(id) = controls.keys().find(|id| !clauses.contains(id.as_str())) {
        return Err(why(format!("[{id}] is no clause of version {}", newest.number)));
    }
    for purpose in Purpose::ALL {
        let count = controls.values().flat_map(|control| &control.switches).filter(|p| *p == purpose).count();
        if count != 1 {
            return Err(why(format!("the purpose {} stands beside {count} clauses, not one", purpose.id())));
        }
    }
    for field in data.fields() {
        if !controls.values().any(|control| control.fields.contains(&field.id)) {
            return Err(why(format!("no clause speaks of the field {}", field.id)));
        }
    }
    let is_right = |place: &&Place| matches!(place.entry().parent, Some(Place::Settings | Place::Privacy));
    for place in PLACES.iter().filter(is_right).filter(|place| !LISTS.contains(place)) {
        if !controls.values().any(|control| control.places.contains(place)) {
            return Err(why(format!("no clause leads to the page {}", place.label())));
        }
    }
    let unknown = controls.iter().find_map(|(id, control)| {
        control.fields.iter().find(|field| data.field(field).is_none()).map(|field| (id, field))
    });
    match unknown {
        Some((id, field)) => Err(why(format!("[{id}] speaks of {field}, which is no field of data.toml"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn an_orphan_in_any_direction_is_refused() {
        let catalogue = Catalogue::load(None).expect("the built-in catalogue is fit");
        let newest = catalogue.policy().versions().last().expect("one");
        let text = BUILT_IN;
        let said = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            let controls = read(&text.replacen(from, to, 1));
            let checked = controls.and_then(|controls| check(newest, &controls, catalogue.data()));
            checked.expect_err("refused").to_string()
        };
        assert!(said("[gpc]", "[gps]").contains("gpc"));
        assert!(said("[register]", "[extra]\nnone = \"x\"\n\n[register]").contains("extra"));
        assert!(
            said("switches = [\"camera\"]", "switches = [\"camera\", \"album\"]").contains("album stands beside 2")
        );
        assert!(said("\"carrier\", ", "").contains("carrier"));
        assert!(said("\"carrier\", ", "\"carriers\", ").contains("carrier"));
        assert!(said("fact = \"recipients\"", "none = \"x\"\nfact = \"recipients\"").contains("recipients"));
        assert!(said("places = [\"密码\"]", "places = [\"密马\"]").contains("密马"));
        assert!(said("\"个人信息转移\"]", "\"设置\"]").contains("个人信息转移"));
        assert!(said("\ntest = \"accounts: 密码", "\n# test = \"accounts: 密码").contains("browser test"));
    }
}
