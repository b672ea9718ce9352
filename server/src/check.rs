//! `check`: is this configuration and catalogue fit to run? Says what is wrong, touches nothing.

use app::cookies::inventory::{Area, Tracker};
use app::menu::{Access, PLACES};
use app::policy::model::Clause;
use app::time::{DAY, Moment};

use crate::catalogue::{Catalogue, Fact};
use crate::config::Config;
use crate::open::{OpenError, fit, master_key};
use crate::web::{assets, connections};
use crate::webhooks::Endpoints;

/// So long before the table of holidays ends, its next year is asked for: a request made then may be due in it.
const HOLIDAYS_AHEAD: i64 = 60 * DAY;

/// Looks at everything that a start would need, without starting. Returns what runs, but should be looked after.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(config: &Config, demo: bool, now: Moment) -> Result<Vec<String>, OpenError> {
    let catalogue = Catalogue::load(config.catalogue.folder.as_deref())?;
    fit(config)?;
    Endpoints::of(config, &catalogue)?;
    if !demo {
        master_key(config, false)?;
        if config.sms.gateway_url.is_none() {
            return Err(OpenError::NoSms);
        }
    }
    connections::fit(&config.server)?;
    let program = std::env::current_exe().map_err(OpenError::Program)?;
    let lacks = assets::check(&program, &config.server.site_root)?;
    Ok(warnings(&catalogue, now).into_iter().chain(lacks).collect())
}

/// What runs, but should be looked after soon.
#[must_use]
pub fn warnings(catalogue: &Catalogue, now: Moment) -> Vec<String> {
    let year = now.plus(HOLIDAYS_AHEAD).beijing_date().year();
    let holidays = (!catalogue.working_days().covers(year)).then(|| {
        format!("holidays.toml has no [{year}]: until it is added, days of answer in that year count weekends only")
    });
    holidays.into_iter().collect()
}

/// Every clause of the newest policy: its id, its control or why it has none, its kinds of data, its browser test; tabs between.
#[must_use]
pub fn clauses(catalogue: &Catalogue) -> Vec<String> {
    let policy = catalogue.policy();
    let newest = policy.versions().last().into_iter();
    let clauses = newest.flat_map(|version| version.clauses().chain(&version.children));
    let line = |clause: &Clause| {
        let control = policy.control(&clause.id)?;
        let switches = control.switches.iter().map(|purpose| format!("switch {}", purpose.id()));
        let places = control.places.iter().map(|place| format!("page {}", place.label()));
        let fact = control.fact.map(|Fact::Recipients| "fact recipients".to_owned());
        let none = control.none.as_ref().map(|why| format!("none: {why}"));
        let controls: Vec<_> = switches.chain(places).chain(fact).chain(none).collect();
        let test = control.test.as_ref().map(|(file, title)| format!("{file}: {title}")).unwrap_or_default();
        Some(format!("{}\t{}\t{}\t{test}", clause.id, controls.join(", "), control.fields.join(", ")))
    };
    clauses.filter_map(line).collect()
}

/// Every cookie, storage key, pixel and beacon there may be: its name, kind, group, and the area or address; tabs between.
#[must_use]
pub fn trackers(catalogue: &Catalogue) -> Vec<String> {
    let line = |tracker: &Tracker| {
        let place = tracker.area.map(Area::id).or(tracker.address.as_deref()).unwrap_or_default();
        format!("{}\t{}\t{}\t{place}", tracker.name, tracker.kind.id(), tracker.group.id())
    };
    catalogue.trackers().iter().map(line).collect()
}

/// Every page, in screen order: path, label, who may open it.
#[must_use]
pub fn paths() -> Vec<String> {
    let who = |access| match access {
        Access::Anyone => "anyone",
        Access::SignedIn | Access::EvenLeaving => "signed-in",
        Access::SteppedUp => "stepped-up",
        Access::Waiting => "waiting",
        Access::Demo => "demo",
    };
    PLACES.iter().map(|p| p.entry()).map(|e| format!("{}\t{}\t{}", e.path, e.label, who(e.access))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_year_of_holidays_is_asked_for_in_time() {
        let catalogue = Catalogue::load(None).expect("the built-in catalogue is fit");
        let june = Moment(1_780_272_000_000);
        assert_eq!(warnings(&catalogue, june), Vec::<String>::new());
        // The built-in table ends some day.
        let later = june.plus(100 * 365 * DAY);
        assert!(warnings(&catalogue, later)[0].contains(&later.plus(HOLIDAYS_AHEAD).beijing_date().year().to_string()));
    }
}
