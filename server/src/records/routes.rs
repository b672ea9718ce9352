//! 我的个人信息, 信息明细, 记录详情, 删除个人信息 and 个人信息收集清单.

use app::consents::model::Group;
use app::export::model::State;
use app::menu::Place;
use app::pages::collection::{self, DAYS};
use app::pages::records::{Kind, erasure, listing, overview, record};
use app::records::model::{Field, Home};
use app::records::rules::{self, Fate, Scope};
use app::time::Moment;
use app::ui::Filled;
use axum::extract::State as Shared;
use serde::Deserialize;
use uuid::Uuid;

use super::erase::{self, Part};
use super::own::{self, own};
use super::read::{self, Filter, Kept};
use super::{By, correct, corrections, field_of, one, page, read_after, totals, write_after};
use crate::centre::Centre;
use crate::consents::{Wanted, decide, group};
use crate::export::store as export;
use crate::web::guard::{self, Access};
use crate::web::input::period;
use crate::web::router::Route;
use crate::web::{Answer, Id, Input, Query, Visit};

/// Records on one page.
const PAGE: usize = 20;

/// The capability's routes.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::page(Place::Records, show),
        Route::page(Place::RecordList, list),
        Route::page(Place::Record, show_record),
        Route::page(Place::RecordFull, show_whole_record),
        Route::post("/settings/data/records/{id}/correct", Access::SignedIn, correct_record),
        Route::post("/settings/data/records/{id}/erase", Access::SignedIn, erase_record),
        Route::page(Place::Erasure, show_plan),
        Route::post(Place::Erasure.path(), Access::SignedIn, erase_scope),
        Route::page(Place::Collection, show_collection),
        Route::post(Place::Collection.path(), Access::SignedIn, decide_collection),
    ]
}

fn kind(centre: &Centre, field: &Field) -> Kind {
    let data = centre.catalogue.data();
    Kind {
        field: field.clone(),
        retention: data.retention(field).clone(),
        recipients: data.recipients(field).cloned().collect(),
    }
}

// ---- 我的个人信息 ----

async fn show(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let caller = visit.caller()?;
    let totals = totals(&centre.data, caller.person).await?;
    let own = own(&centre, caller).await?;
    let data = centre.catalogue.data();
    let held = |field: &Field| {
        let total = totals.iter().find(|t| t.field == field.id);
        let items = own.get(field.id.as_str()).map_or(&[][..], Vec::as_slice);
        let latest = total.map(|t| t.latest).into_iter().chain(items.iter().map(|i| i.at)).max()?;
        let count = total.map_or(0, |t| t.held) + items.len();
        let restricted = total.map_or(0, |t| t.restricted);
        Some(overview::Held { field: field.clone(), count, restricted, latest })
    };
    let mut groups = Vec::new();
    for function in data.functions() {
        let fields = data.fields().iter().filter(|f| f.function == function.id);
        let held: Vec<_> = fields.filter_map(held).collect();
        let erasable = held.iter().any(|h| h.count > 0 && rules::fate(&h.field) != Fate::StaysWithAccount);
        if !held.is_empty() {
            groups.push(overview::Group { id: function.id.clone(), name: function.name.clone(), held, erasable });
        }
    }
    let absent = data.fields().iter().filter(|f| held(f).is_none()).map(|f| f.name.clone()).collect();
    Ok(visit.page(Place::Records, || overview::view(overview::Model { groups, now: visit.now, absent })))
}

// ---- 信息明细 ----

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    q: String,
    /// Where this page begins: time and id of the last record of the page before.
    #[serde(default)]
    after: String,
}

impl Asked {
    fn filter(&self) -> Result<Filter, &'static str> {
        let (from, until) = period(&self.from, &self.to).map_err(|(_, wrong)| wrong)?;
        let sought = self.q.trim();
        let after = read_after(&self.after);
        Ok(Filter {
            field: (!self.kind.is_empty()).then(|| self.kind.clone()),
            from,
            until,
            sought: (!sought.is_empty()).then(|| sought.to_owned()),
            after,
        })
    }

    fn shown(&self) -> listing::Asked {
        listing::Asked {
            kind: self.kind.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            q: self.q.trim().to_owned(),
        }
    }

    fn path_after(&self, after: (Moment, Uuid)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("kind", &self.kind), ("from", &self.from), ("to", &self.to), ("q", &self.q)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("after", &write_after(after));
        format!("{}?{}", Place::RecordList.path(), query.finish())
    }
}

async fn list(Shared(centre): Shared<Centre>, visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let caller = visit.caller()?;
    let data = centre.catalogue.data();
    let field = data.field(&asked.kind);
    if field.is_none() && !asked.kind.is_empty() {
        return Ok(guard::not_found(&visit));
    }
    let (filter, wrong) = match asked.filter() {
        Ok(filter) => (filter, None),
        Err(wrong) => (Filter { field: field.map(|f| f.id.clone()), ..Filter::default() }, Some(wrong.to_owned())),
    };
    let lifted = caller.has_stepped_up(visit.now);
    let found = page(&centre, caller, &filter, PAGE, lifted).await?;
    let rows = found.records.iter().map(|kept| row(&centre, kept)).collect::<Result<_, _>>()?;
    let is_first = filter.after.is_none() && filter.sought.is_none() && filter.from.is_none() && filter.until.is_none();
    let own = match field.filter(|_| is_first) {
        Some(field) => own_values(&own(&centre, caller).await?, field, lifted),
        None => Vec::new(),
    };
    let restricted = match field {
        Some(field) => {
            let totals = totals(&centre.data, caller.person).await?;
            totals.iter().find(|t| t.field == field.id).map_or(0, |t| t.restricted)
        }
        None => 0,
    };
    let model = listing::Model {
        asked: asked.shown(),
        kind: field.map(|field| kind(&centre, field)),
        kinds: data.fields().iter().map(|f| (f.id.clone(), f.name.clone())).collect(),
        hidden: !own.is_empty() && !lifted && field.is_some_and(is_whole_here),
        own,
        rows,
        restricted,
        next: found.next.map(|after| asked.path_after(after)),
        stopped_early: found.stopped_early,
        wrong,
    };
    Ok(visit.page(Place::RecordList, || listing::view(model)))
}

fn row(centre: &Centre, kept: &Kept) -> Result<listing::Row, crate::web::Fault> {
    let field = field_of(&centre.catalogue, &kept.field)?;
    Ok(listing::Row {
        id: kept.id.to_string(),
        kind: field.name.clone(),
        at: kept.at,
        content: kept.content.masked(field.mask),
        corrected: kept.corrected_at.is_some(),
    })
}

/// No page of its own shows these values whole, so 信息明细 does to who has just proved who they are.
fn is_whole_here(field: &Field) -> bool {
    field.kept_in == Home::Affairs && field.mask.can_be_lifted()
}

fn own_values(own: &own::Own, field: &Field, lifted: bool) -> Vec<listing::Own> {
    let whole = lifted && is_whole_here(field);
    let content =
        |item: &own::Item| if whole { item.content.whole(field.mask) } else { item.content.masked(field.mask) };
    let shown = |item: &own::Item| listing::Own { at: item.at, content: content(item), place: item.place };
    own.get(field.id.as_str()).into_iter().flatten().map(shown).collect()
}

// ---- 记录详情 ----

async fn show_record(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let Some(kept) = one(&centre, visit.caller()?, id).await? else { return Ok(guard::not_found(&visit)) };
    let model = record_model(&centre, &visit, &kept, false, Filled::default()).await?;
    Ok(visit.page(Place::Record, || record::view(model)))
}

async fn show_whole_record(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let Some(kept) = one(&centre, visit.caller()?, id).await? else { return Ok(guard::not_found(&visit)) };
    let model = record_model(&centre, &visit, &kept, true, Filled::default()).await?;
    Ok(visit.page(Place::RecordFull, || record::view(model)))
}

async fn record_model(
    centre: &Centre,
    visit: &Visit,
    kept: &Kept,
    whole: bool,
    filled: Filled,
) -> Result<record::Model, crate::web::Fault> {
    let field = field_of(&centre.catalogue, &kept.field)?;
    let retention = centre.catalogue.data().retention(field);
    Ok(record::Model {
        id: kept.id.to_string(),
        kind: kind(centre, field),
        at: kept.at,
        source: kept.source,
        basis: kept.basis,
        content: if whole { kept.content.whole(field.mask) } else { kept.content.masked(field.mask) },
        ends: retention.end(kept.at),
        whole,
        correction: rules::may_correct(field, false),
        corrections: corrections(centre, visit.caller()?, kept.id).await?,
        filled,
    })
}

#[derive(Deserialize)]
struct CorrectionForm {
    #[serde(default)]
    value: String,
}

async fn correct_record(
    Shared(centre): Shared<Centre>,
    visit: Visit,
    Id(id): Id,
    Input(form): Input<CorrectionForm>,
) -> Answer {
    let caller = visit.caller()?;
    let Some(kept) = one(&centre, caller, id).await? else { return Ok(guard::not_found(&visit)) };
    let field = field_of(&centre.catalogue, &kept.field)?;
    let checked = match rules::may_correct(field, false) {
        Ok(()) => rules::check_value(field, &form.value),
        Err(why) => Err(why.message()),
    };
    let value = match checked {
        Ok(value) => value,
        Err(wrong) => {
            let filled = Filled::default().with("value", &form.value).error("value", wrong);
            let model = record_model(&centre, &visit, &kept, false, filled).await?;
            return Ok(visit.refuse(wrong, Place::Record, || record::view(model)));
        }
    };
    if !correct(&centre, caller, (id, field), &value, By::Person, visit.now).await? {
        return Ok(guard::not_found(&visit));
    }
    Ok(visit.done(&format!("{}已更正", field.name), &format!("{}/{id}", Place::RecordList.path()), &[]))
}

async fn erase_record(Shared(centre): Shared<Centre>, visit: Visit, Id(id): Id) -> Answer {
    let caller = visit.caller()?;
    let Some(kept) = one(&centre, caller, id).await? else { return Ok(guard::not_found(&visit)) };
    let field = field_of(&centre.catalogue, &kept.field)?;
    let to = app::pages::records::list_path(&field.id);
    let notice = match erase::erase_record(&centre, caller, (id, field), visit.now).await? {
        None => return Ok(guard::not_found(&visit)),
        Some(Fate::Goes) => "已删除",
        Some(Fate::StoredOnly) => "已转为仅存储，到期自动删除",
        Some(Fate::StaysWithAccount) => return Ok(visit.not_done("这一项账号离不开，没有删除", &to)),
    };
    Ok(visit.done(notice, &to, &[]))
}

// ---- 删除个人信息 ----

#[derive(Deserialize)]
struct ScopeForm {
    #[serde(default)]
    scope: String,
}

/// The scope that was asked for, with its title, if the catalogue knows it.
fn scope(centre: &Centre, text: &str) -> Option<(Scope, String)> {
    let scope = Scope::parse(text)?;
    let data = centre.catalogue.data();
    let title = match &scope {
        Scope::Kind(id) => format!("删除全部“{}”", data.field(id)?.name),
        Scope::Function(id) => format!("删除“{}”的信息", data.functions().iter().find(|f| f.id == *id)?.name),
        Scope::Optional => "删除全部可选信息".to_owned(),
        Scope::Tags => "删除全部标签和画像".to_owned(),
    };
    Some((scope, title))
}

/// Where one comes from who asks for a scope, and goes back to.
const fn back(scope: &Scope) -> Place {
    match scope {
        Scope::Tags => Place::Tags,
        Scope::Kind(_) | Scope::Function(_) | Scope::Optional => Place::Records,
    }
}

async fn show_plan(Shared(centre): Shared<Centre>, visit: Visit, Query(form): Query<ScopeForm>) -> Answer {
    let asked = if form.scope.is_empty() { Scope::Optional.id() } else { form.scope };
    let Some((scope, title)) = scope(&centre, &asked) else { return Ok(guard::not_found(&visit)) };
    let plan = erase::plan(&centre, visit.caller()?, &scope).await?;
    let data = centre.catalogue.data();
    let lines = |wanted: Fate| -> Vec<erasure::Line> {
        let line = |part: &Part| {
            let field = data.field(&part.field)?;
            let retention = data.retention(field);
            let note = match (&retention.law, wanted) {
                (Some(law), Fate::StoredOnly) => format!("{law}，保存{}", retention.words),
                (_, Fate::StaysWithAccount) if field.kept_in == Home::Affairs => erasure::NOT_SETTLED.to_owned(),
                _ => String::new(),
            };
            Some(erasure::Line { name: field.name.clone(), count: part.count, note })
        };
        plan.iter().filter(|part| part.fate == wanted).filter_map(line).collect()
    };
    let (goes, stored, stays) = (lines(Fate::Goes), lines(Fate::StoredOnly), lines(Fate::StaysWithAccount));
    let copies = export::copies(&centre.data, visit.caller()?.person).await?;
    let copies = copies.iter().filter(|copy| copy.state == State::Ready).count();
    let back = back(&scope);
    let model = erasure::Model { scope, title, goes, copies, stored, stays, back };
    Ok(visit.page(Place::Erasure, || erasure::view(model)))
}

async fn erase_scope(Shared(centre): Shared<Centre>, visit: Visit, Input(form): Input<ScopeForm>) -> Answer {
    let Some((scope, _)) = scope(&centre, &form.scope) else { return Ok(guard::not_found(&visit)) };
    let erased = erase::erase(&centre, visit.caller()?, &scope, visit.now).await?;
    let notice = match (erased.gone, erased.restricted) {
        (0, 0) => "没有可以删除的内容".to_owned(),
        (gone, 0) => format!("已删除 {gone} 条，备份里的也已无法读取"),
        (0, kept) => format!("{kept} 条已转为仅存储"),
        (gone, kept) => format!("已删除 {gone} 条，{kept} 条转为仅存储"),
    };
    Ok(visit.done(&notice, back(&scope).path(), &[]))
}

// ---- 个人信息收集清单 ----

async fn show_collection(Shared(centre): Shared<Centre>, visit: Visit) -> Answer {
    let model = collection_model(&centre, &visit).await?;
    Ok(visit.page(Place::Collection, || collection::view(model)))
}

async fn collection_model(centre: &Centre, visit: &Visit) -> Result<collection::Model, crate::web::Fault> {
    let caller = visit.caller()?;
    let counts = read::counts_by_day(centre, caller.person, visit.now, DAYS).await?;
    let data = centre.catalogue.data();
    let line = |field: &Field| {
        let mut days = [0; DAYS];
        for (day, count) in counts.get(&field.id).into_iter().flatten() {
            days[*day] = *count;
        }
        collection::Line { kind: kind(centre, field), days }
    };
    let lines = |function: &str| data.fields().iter().filter(|f| f.function == function).map(line).collect();
    let functions = data.functions().iter().map(|f| (f.clone(), lines(&f.id))).collect();
    Ok(collection::Model { switches: group(centre, visit, Group::Collection).await?, functions })
}

async fn decide_collection(visit: Visit, Input(wanted): Input<Wanted>) -> Answer {
    decide(&visit, &wanted, Place::Collection, &[Group::Collection]).await
}
