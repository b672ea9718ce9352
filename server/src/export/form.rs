//! What goes into a package, as a form says it.

use app::export::model::Scope;
use app::export::register;
use app::pages::export::Choice;
use app::records::model::Function;
use app::ui::Filled;
use serde::Deserialize;

use crate::centre::Centre;
use crate::web::input::period;

/// What a copy for its person is chosen from.
#[must_use]
pub fn to_keep(centre: &Centre) -> Vec<Function> {
    [centre.catalogue.data().functions(), &[register::as_function()]].concat()
}

/// The form's fields, in the order in which they were sent: a business function for each box that is ticked.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// A field's value, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn chosen(&self) -> Vec<String> {
        self.0.iter().filter(|(name, _)| name == "function").map(|(_, id)| id.clone()).collect()
    }

    /// The dates as typed.
    #[must_use]
    pub fn typed(&self) -> Filled {
        Filled::default().with("from", self.value("from")).with("to", self.value("to"))
    }

    /// The form's fields to show (again), of what is sent on.
    #[must_use]
    pub fn choice(&self, centre: &Centre, filled: Filled) -> Choice {
        Choice { functions: centre.catalogue.data().functions().to_vec(), chosen: self.chosen(), filled }
    }

    /// The same of what is for its person: the registers can be chosen, too.
    #[must_use]
    pub fn choice_to_keep(&self, centre: &Centre, filled: Filled) -> Choice {
        Choice { functions: to_keep(centre), ..self.choice(centre, filled) }
    }

    /// What is to be sent on.
    ///
    /// # Errors
    /// The field, and what is wrong with it in the person's words.
    pub fn scope(&self, centre: &Centre) -> Result<Scope, (&'static str, &'static str)> {
        self.scope_of(centre.catalogue.data().functions())
    }

    /// What is to go into a copy for its person.
    ///
    /// # Errors
    /// The field, and what is wrong with it in the person's words.
    pub fn scope_to_keep(&self, centre: &Centre) -> Result<Scope, (&'static str, &'static str)> {
        self.scope_of(&to_keep(centre))
    }

    fn scope_of(&self, choices: &[Function]) -> Result<Scope, (&'static str, &'static str)> {
        let functions = self.chosen();
        let known = |id: &String| choices.iter().any(|f| f.id == *id);
        if functions.is_empty() || !functions.iter().all(known) {
            return Err(("function", "请至少选一类"));
        }
        let (from, until) = period(self.value("from"), self.value("to"))?;
        Ok(Scope { functions, from, until, portable: false })
    }
}
