//! 投诉与反馈.

use app::menu::Place;
use app::pages::complaints::{self, Model};
use app::requests::model::{Kind, Status, Topic, Wish};
use app::requests::rules;
use app::ui::Filled;
use axum::extract::State;
use serde::Deserialize;

use super::store::{self, NewRequest, TooMany};
use crate::centre::Centre;
use crate::web::guard::Access;
use crate::web::router::Route;
use crate::web::{Answer, Fault, Input, Older, Query, Visit};

/// The routes.
pub(super) fn routes() -> [Route; 2] {
    [Route::page(Place::Complaints, show), Route::post(Place::Complaints.path(), Access::SignedIn, file)]
}

async fn model(visit: &Visit, older: Older, filled: Filled) -> Result<Model, Fault> {
    let mut complaints = store::requests(&visit.centre, visit.caller()?).await?;
    complaints.retain(|request| request.kind == Kind::Complaint);
    let (complaints, next) = older.page(Place::Complaints.path(), complaints);
    Ok(Model { complaints, next, filled, now: visit.now })
}

async fn show(visit: Visit, Query(older): Query<Older>) -> Answer {
    let model = model(&visit, older, Filled::default()).await?;
    Ok(visit.page(Place::Complaints, || complaints::view(model)))
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default)]
    topic: String,
    #[serde(flatten)]
    wish: Wish,
}

async fn file(State(centre): State<Centre>, visit: Visit, Input(form): Input<Complaint>) -> Answer {
    let typed =
        Filled::default().with("topic", &form.topic).with("value", &form.wish.value).with("text", &form.wish.text);
    if visit.comes_back() {
        return again(&visit, typed).await;
    }
    let wish = rules::check(Kind::Complaint, &form.wish);
    let (topic, wish) = match (form.topic.parse::<Topic>(), wish) {
        (Ok(topic), Ok(wish)) => (topic, wish),
        (Err(_), _) => return again(&visit, typed.error("topic", "请选择是关于什么的")).await,
        (_, Err((field, wrong))) => return again(&visit, typed.error(field, wrong)).await,
    };
    let about = format!("topic:{}", topic.id());
    let new = NewRequest { kind: Kind::Complaint, about, wish, status: Status::Open };
    match store::file(&centre, visit.caller()?, &new, visit.now).await? {
        Ok(id) => Ok(visit.done("已收到，谢谢你告诉我们", &format!("{}/{id}", Place::Requests.path()), &[])),
        Err(TooMany) => again(&visit, typed.refused(rules::TOO_MANY)).await,
    }
}

/// The page again, with what was typed and what is wrong.
async fn again(visit: &Visit, filled: Filled) -> Answer {
    let message = filled.first_error().unwrap_or_default();
    let model = model(visit, Older::default(), filled).await?;
    Ok(visit.refuse(&message, Place::Complaints, || complaints::view(model)))
}
