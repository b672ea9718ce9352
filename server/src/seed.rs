//! The demo's people. Made once; a second start finds them there.

use app::accounts::model::{AgeBand, Password};
use app::consents::{Decision, Purpose};
use app::menu::Place;
use app::relatives::model::{Choice, Directive, Right, Trusted};
use app::requests::model::{Ground, Kind, Status, Wish};
use app::time::{DAY, HOUR, MINUTE, Moment};
use uuid::Uuid;

use crate::accounts::store::{self, NewPerson};
use crate::cancellation::seed::{self as affairs, LOSSES, OBSTACLES};
use crate::centre::Centre;
use crate::consents;
use crate::records::{self, Filter};
use crate::relatives::directive;
use crate::requests::officer;
use crate::requests::store::Verdict;
use crate::requests::store::{self as store_requests, NewRequest};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Everybody's password in the demo.
pub const PASSWORD: &str = "yidian-demo-2026";

/// What a demo person has.
struct Demo {
    phone: &'static str,
    username: &'static str,
    /// Decisions that were made, and the page they were made on.
    decisions: &'static [(Purpose, bool, Place)],
    /// 头像, 收货地址 and 实名信息 are there.
    filled_in: bool,
    /// What is open between them and the host.
    affairs: &'static [affairs::Told],
}

const PEOPLE: &[Demo] = &[
    Demo {
        phone: "13800138000",
        username: "林小满",
        decisions: &[
            (Purpose::OrderPush, true, Place::Notifications),
            (Purpose::LivePush, true, Place::Notifications),
            (Purpose::MarketingPush, true, Place::Notifications),
            (Purpose::MarketingPush, false, Place::Notifications),
            (Purpose::Commercial, false, Place::Notifications),
            (Purpose::CookiesAnalytics, true, Place::Cookies),
            (Purpose::PersonalisedRecommendation, true, Place::Advertising),
            (Purpose::PersonalisedAds, true, Place::Advertising),
            (Purpose::UnaimedSearch, true, Place::Advertising),
            (Purpose::Camera, true, Place::Permissions),
            (Purpose::Album, true, Place::Permissions),
            (Purpose::Location, true, Place::Permissions),
            (Purpose::Microphone, true, Place::Permissions),
            (Purpose::Contacts, true, Place::Permissions),
            (Purpose::ContactMatching, true, Place::Permissions),
            (Purpose::Calendar, true, Place::Permissions),
            (Purpose::FriendSearch, true, Place::Friends),
            (Purpose::FaceRecognition, true, Place::Face),
            (Purpose::DeviceInfo, true, Place::Collection),
            (Purpose::IdentityCheck, true, Place::Collection),
            (Purpose::PrizeContact, true, Place::Collection),
            (Purpose::MailBeacon, true, Place::Cookies),
            (Purpose::CookiesPreference, true, Place::Cookies),
            (Purpose::CookiesAnalytics, false, Place::Cookies),
            (Purpose::CookiesAdvertising, false, Place::Cookies),
        ],
        filled_in: true,
        affairs: LOSSES,
    },
    Demo {
        phone: "13800138001",
        username: "周以宁",
        decisions: &[(Purpose::OrderPush, true, Place::Notifications)],
        filled_in: false,
        affairs: OBSTACLES,
    },
    Demo { phone: "13800138002", username: "新来的朋友", decisions: &[], filled_in: false, affairs: &[] },
];

/// A demo value does not fit the rules that everybody's values must fit.
#[derive(Debug, thiserror::Error)]
#[error("a demo value is not valid: {0}")]
pub(crate) struct Invalid(pub(crate) &'static str);

/// Makes the demo's people where they are missing.
///
/// # Errors
/// Storage or vault.
pub async fn seed(centre: &Centre) -> Result<(), Fault> {
    for demo in PEOPLE {
        let phone = demo.phone.parse().map_err(Invalid)?;
        let index = centre.vault.blind_index(crate::accounts::codes::PHONE_INDEX, demo.phone);
        if store::find_credentials(centre, &index).await?.is_some() {
            continue;
        }
        let new = NewPerson {
            phone,
            username: demo.username.parse().map_err(Invalid)?,
            password_hash: centre.passwords.hash(&Password::new(PASSWORD).map_err(Invalid)?).await?,
            age_band: AgeBand::Adult,
        };
        add(centre, &new, demo).await?;
    }
    Ok(())
}

/// How long before the policy's last change of something agreed to the demo's people came: long enough for a decision each other
/// day.
const BEFORE: i64 = 120 * DAY - 10 * HOUR;
/// From one decision of theirs to the next.
const BETWEEN: i64 = 2 * DAY + 37 * MINUTE;

/// When the demo's people came: a while ago, under the version of the policy before the last that changed what they had agreed
/// to, if there is one.
fn joined(centre: &Centre) -> Moment {
    let now = centre.now();
    let policy = centre.catalogue.policy();
    let changed = policy.versions().iter().rfind(|version| version.material && version.in_force <= now);
    let before = changed.unwrap_or_else(|| policy.in_force(now)).in_force.plus(-BEFORE);
    if before < now { before } else { now }
}

async fn add(centre: &Centre, new: &NewPerson, demo: &Demo) -> Result<(), Fault> {
    let person = Uuid::now_v7();
    let mut tx = centre.data.begin().await?;
    let joined = joined(centre);
    if store::register(centre, &mut tx, person, new, joined).await?.is_err() {
        // Another server of the same demo was faster.
        return Ok(());
    }
    tx.commit().await?;
    let caller = store::caller_of(centre, person).await?;
    let mut at = joined;
    for (purpose, granted, place) in demo.decisions {
        let decision = Decision { purpose: *purpose, granted: *granted };
        let refused = consents::store::decide(centre, &caller, decision, place.path(), false, at).await?.is_err();
        at = at.plus(BETWEEN).min(centre.now());
        if refused {
            return Err(Invalid("a decision").into());
        }
    }
    affairs::fill(centre, &caller, demo.affairs, centre.now()).await?;
    if demo.filled_in {
        crate::profile::fill(centre, &caller, centre.now()).await?;
        crate::population::fill(centre, person, centre.now()).await?;
        requests(centre, &caller).await?;
        arrange(centre, &caller).await?;
        erasures(centre, &caller).await?;
        crate::sharing::seed::fill(centre, &caller, joined, centre.now()).await?;
        crate::webhooks::seed::fill(centre, &caller, centre.now()).await?;
    }
    Ok(())
}

/// Two records that the person erased: what 删除证明 shows.
async fn erasures(centre: &Centre, caller: &Caller) -> Result<(), Fault> {
    for kind in ["search_query", "click_log"] {
        let Some(field) = centre.catalogue.data().field(kind) else { continue };
        let filter = Filter { field: Some(kind.to_owned()), ..Filter::default() };
        if let Some(kept) = records::page(centre, caller, &filter, 1, false).await?.records.first() {
            records::erase::erase_record(centre, caller, (kept.id, field), centre.now()).await?;
        }
    }
    Ok(())
}

/// Who reviews in the demo.
const REVIEWER: &str = "何清";

/// 生前安排 of the demo.
async fn arrange(centre: &Centre, caller: &Caller) -> Result<(), Fault> {
    let trusted = Trusted { name: "林建国".to_owned(), phone: "13900139000".to_owned() };
    let directive = Directive { choice: Choice::Only, rights: vec![Right::See, Right::Copy], trusted: Some(trusted) };
    directive::set(centre, caller, &directive, centre.now()).await
}

/// Complaints: one that was answered, one that waits. One request that waits, one that was answered, one that was refused, one that a human has reviewed.
async fn requests(centre: &Centre, caller: &Caller) -> Result<(), Fault> {
    let wish = |value: &str, text: &str| Wish { value: value.to_owned(), text: text.to_owned() };
    let asked = [
        (Kind::Explanation, "field:audience_profile", wish("", "为什么说我“周末晚间活跃”？是根据什么得出的？"), None),
        (
            Kind::Explanation,
            "purpose:location",
            wish("", "位置会提供给商家吗？"),
            Some(Verdict::Fulfilled(
                "不会。位置只用来计算附近的优惠，用完即删，最长保留24小时，不提供给任何商家。".to_owned(),
            )),
        ),
        (
            Kind::Correction,
            "field:real_name",
            wish("林小曼", "姓名最后一个字不对。"),
            Some(Verdict::Denied(
                Ground::FoundRight,
                "实名信息与你提交的身份证件一致。如果已经改名，请在提现时用新的证件重新认证。".to_owned(),
            )),
        ),
        (
            Kind::Review,
            "field:preference_tag",
            wish("", "程序给我打上了“母婴”标签，并不符合。"),
            Some(Verdict::Fulfilled("你说得对：这个标签只来自一次误点。我们已经删除它，也不再据此推荐。".to_owned())),
        ),
    ];
    let complained = [
        (
            Kind::Complaint,
            "topic:messages",
            wish("希望说明原因，并确认不会再发。", "关闭商业广告后的第二天，又收到一条优惠短信。"),
            Some(Verdict::Fulfilled(
                "对不起。那条短信在你关闭之前已经交给短信商，第二天才送达。我们已要求短信商当天送完，过期不再发送。"
                    .to_owned(),
            )),
        ),
        (Kind::Complaint, "topic:other", wish("", "关怀模式下，收集清单里的字能不能再大一点？"), None),
    ];
    for (kind, about, wish, verdict) in complained.into_iter().chain(asked) {
        let new = NewRequest { kind, about: about.to_owned(), wish, status: Status::Open };
        let now = centre.now();
        let Ok(id) = store_requests::file(centre, caller, &new, now).await? else { continue };
        if let Some(verdict) = verdict {
            let number = store_requests::number(&id.to_string(), now);
            let reviewer = (kind == Kind::Review).then_some(REVIEWER);
            let answered = officer::answer_by(centre, &number, &verdict, reviewer, now).await?;
            answered.map_err(|_| Invalid("an answer"))?;
        }
    }
    Ok(())
}
