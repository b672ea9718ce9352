//! The phone is lost and the password forgotten: recent orders are recognised among others, and a human compares. What was picked
//! is sealed, shown to that human alone, and gone with the answer.

use app::cancellation::model::ProvedBy;
use app::cancellation::rules::{Refusal, Request};
use app::promises::{RECOGNISED_ORDERS_AGE, RECOGNISED_ORDERS_MIN};
use app::requests::model::{Kind, Status, Wish};
use app::time::Moment;
use serde::{Deserialize, Serialize};

use super::store::{self, Hands, place, request_in};
use crate::centre::Centre;
use crate::records::{self, Filter};
use crate::replay;
use crate::requests::store::{self as requests, NewRequest, TooMany, Verdict};
use crate::storage::sql;
use crate::vault::{Category, KeyRing};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The kind of record that says what was ordered.
const ORDERS: &str = "order_items";
/// The newest orders that are looked at, and of them those that are shown.
const LOOKED_AT: usize = 60;
const OWN_SHOWN: usize = 4;
/// Others that are shown beside them.
const OTHERS_SHOWN: usize = 6;
/// What anybody might have bought. Nobody's orders: no other person's data is ever shown.
const OTHERS: &[&str] = &[
    "纯棉四件套",
    "无线蓝牙耳机",
    "不粘平底锅",
    "跑步鞋",
    "便携榨汁杯",
    "折叠露营椅",
    "羊绒围巾",
    "智能台灯",
    "抽绳垃圾袋 5卷",
    "竹纤维毛巾 4条",
    "保温杯 500毫升",
    "遮阳伞",
    "帆布双肩包",
    "电动牙刷",
    "加厚浴巾",
    "东北大米 10斤",
    "洗衣液 3升",
    "瑜伽垫",
    "儿童雨衣",
    "陶瓷花瓶",
    "充电宝 20000毫安",
    "记忆棉枕头",
    "不锈钢保鲜盒 3件",
    "羽毛球拍 2支",
];

/// What is shown, in an order that tells nothing and stays the same for an attempt.
pub struct Shown {
    /// All of it.
    pub all: Vec<String>,
    own: Vec<String>,
}

/// The person's recent orders among others; none when there are too few of them to recognise.
///
/// # Errors
/// Storage or vault.
pub async fn shown(centre: &Centre, caller: &Caller, attempt: &str, now: Moment) -> Result<Option<Shown>, Fault> {
    let from = Some(now.plus(-RECOGNISED_ORDERS_AGE));
    let filter = Filter { field: Some(ORDERS.to_owned()), from, ..Filter::default() };
    let newest = records::page(centre, caller, &filter, LOOKED_AT, false).await?.records;
    let mut ordered: Vec<String> = Vec::new();
    for record in newest {
        if !ordered.contains(&record.content.value) {
            ordered.push(record.content.value);
        }
    }
    if ordered.len() < RECOGNISED_ORDERS_MIN {
        return Ok(None);
    }
    // By a key that nobody outside knows.
    let rank = |name: &String| centre.vault.blind_index("recognition", &format!("{attempt}\n{name}"));
    let mut others: Vec<_> =
        OTHERS.iter().map(|name| (*name).to_owned()).filter(|name| !ordered.contains(name)).collect();
    others.sort_by_cached_key(rank);
    ordered.truncate(OWN_SHOWN);
    let mut all: Vec<_> = ordered.iter().cloned().chain(others.into_iter().take(OTHERS_SHOWN)).collect();
    all.sort_by_cached_key(rank);
    Ok(Some(Shown { all, own: ordered }))
}

/// What was shown and picked, as it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Picked {
    right: Vec<String>,
    wrong: Vec<String>,
    left_out: Vec<String>,
}

impl Picked {
    /// What was picked, as its person knows it: which of it is right is the human's to say.
    pub(super) fn chosen(&self) -> String {
        let mut all: Vec<_> = self.right.iter().chain(&self.wrong).map(String::as_str).collect();
        all.sort_unstable();
        all.join("、")
    }

    /// What was theirs and not picked.
    pub(super) fn left_out(&self) -> String {
        self.left_out.join("、")
    }
}

/// Why nothing lies with a human.
pub enum NotFiled {
    /// There are too few orders.
    TooFew,
    /// Nothing that was shown is picked.
    Nothing,
    /// Too many requests wait already.
    TooMany,
    /// It is not the time for it.
    Refused(Refusal),
}

/// Files what was picked, for a human to compare.
///
/// # Errors
/// Storage or vault, or why not.
pub async fn file(
    centre: &Centre,
    caller: &Caller,
    (attempt, picked): (&str, &[String]),
    now: Moment,
) -> Result<Result<(), NotFiled>, Fault> {
    let Some(shown) = shown(centre, caller, attempt, now).await? else { return Ok(Err(NotFiled::TooFew)) };
    let is_picked = |name: &&String| picked.contains(name);
    let proof = Picked {
        right: shown.own.iter().filter(is_picked).cloned().collect(),
        wrong: shown.all.iter().filter(|name| !shown.own.contains(name)).filter(is_picked).cloned().collect(),
        left_out: shown.own.iter().filter(|name| !picked.contains(name)).cloned().collect(),
    };
    if proof.right.is_empty() && proof.wrong.is_empty() {
        return Ok(Err(NotFiled::Nothing));
    }
    let hands = Hands::of(centre, caller, now).await?;
    let key = centre.vault.key_for(caller.person, Category::Requests, now).await?;
    let mut tx = centre.data.begin().await?;
    if let Err(refusal) = request_in(&mut tx, (centre, caller, &hands), Request::AskReview, now).await? {
        return Ok(Err(NotFiled::Refused(refusal)));
    }
    let about = "cancellation".to_owned();
    let new = NewRequest { kind: Kind::Cancellation, about, wish: Wish::default(), status: Status::Open };
    let review = match requests::file_in(&mut tx, centre, caller, &new, now).await? {
        Ok(review) => review,
        Err(TooMany) => return Ok(Err(NotFiled::TooMany)),
    };
    sql("UPDATE cancellation SET review_id = $2, proof = $3 WHERE id = $1")
        .bind(attempt)
        .bind(review)
        .bind(key.seal(place("proof", attempt), &serde_json::to_vec(&proof)?))
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// What the human reads who compares; nothing once it is answered.
///
/// # Errors
/// Storage or vault.
pub async fn for_officer(centre: &Centre, ring: &KeyRing, review: &str) -> Result<Option<String>, Fault> {
    let row = sql("SELECT id, proof FROM cancellation WHERE review_id = $1")
        .bind(review)
        .fetch_optional::<(String, Option<Vec<u8>>)>(&centre.data)
        .await?;
    let Some((id, Some(sealed))) = row else { return Ok(None) };
    let Picked { right, wrong, left_out } = serde_json::from_slice(&ring.open(place("proof", &id), &sealed).await?)?;
    let list = |names: &[String]| if names.is_empty() { "无".to_owned() } else { names.join("、") };
    Ok(Some(format!(
        "选对（{}）：{}\n选错（{}）：{}\n漏选（{}）：{}",
        right.len(),
        list(&right),
        wrong.len(),
        list(&wrong),
        left_out.len(),
        list(&left_out)
    )))
}

/// The human has answered: on a yes, who asks is proved; on a no, the attempt is refused with its ground. What was picked goes
/// with the answer. False: the request has ended already.
///
/// # Errors
/// Storage or vault.
pub async fn settle(
    centre: &Centre,
    caller: &Caller,
    (review, verdict, reviewer): (&str, &Verdict, Option<&str>),
    now: Moment,
) -> Result<bool, Fault> {
    let attempt = store::standing(centre, caller.person, now).await?;
    let attempt = attempt.filter(|one| one.review.is_some_and(|id| id.to_string() == review)).map(|one| one.id);
    let found = store::look(centre, caller, attempt.as_deref()).await?;
    let hands = Hands::of(centre, caller, now).await?;
    let mut tx = centre.data.begin().await?;
    tx.lock(&store::lock_name(caller.person)).await?;
    if !requests::settle_by(&mut tx, centre, caller, (review, verdict, reviewer), now).await? {
        return Ok(false);
    }
    let request = match verdict {
        Verdict::Fulfilled(_) => {
            Request::Proved(ProvedBy::Review, found.as_ref().map(|found| found.obstacles.as_slice()))
        }
        Verdict::Denied(ground, _) => Request::Deny(*ground),
    };
    // Taken back in the last instant, it is answered all the same, and nothing follows.
    if request_in(&mut tx, (centre, caller, &hands), request, now).await?.is_err() {
        tracing::warn!(request = review, "a review was answered of an attempt that is over");
    }
    tx.commit().await?;
    replay::flush_or_later(centre).await;
    Ok(true)
}
