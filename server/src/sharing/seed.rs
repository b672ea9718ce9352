//! What the demo's person has decided about recipients, and what was given to them.

use app::consents::{Decision, Purpose};
use app::menu::Place;
use app::sharing::model::{Given, Ground};
use app::time::{DAY, HOUR, Moment};

use super::{NewDisclosure, write};
use crate::centre::Centre;
use crate::consents::store::decide_about;
use crate::seed::Invalid;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

const DECISIONS: &[(Purpose, &str, bool)] = &[
    (Purpose::AdvertisingSharing, "ads_juguang", true),
    (Purpose::AdvertisingSharing, "ads_harbour", false),
    (Purpose::FinanceSharing, "finance_anhe", true),
    (Purpose::JointMarketing, "organiser_nuancheng", true),
    (Purpose::CrossBorder, "direct_mail_japan", true),
];

/// Recipient, days ago, ground, purpose, kinds of data, detail.
type Told = (&'static str, i64, Ground, Option<Purpose>, &'static [&'static str], &'static str);

const DISCLOSURES: &[Told] = &[
    ("ads_juguang", 1, Ground::Consent, Some(Purpose::AdvertisingSharing), &["device_uid"], "首页广告位"),
    // Nobody agreed to this one: it is shown as what it is.
    ("ads_harbour", 3, Ground::Consent, Some(Purpose::AdvertisingSharing), &["device_uid"], "海外品牌广告位"),
    ("organiser_nuancheng", 4, Ground::Consent, Some(Purpose::JointMarketing), &["prize_contact"], "周年庆抽奖"),
    (
        "direct_mail_japan",
        5,
        Ground::Consent,
        Some(Purpose::CrossBorder),
        &["consignee_name", "consignee_address", "consignee_phone", "order_no"],
        "樱花粉彩杯直邮订单",
    ),
    ("finance_anhe", 6, Ground::Consent, Some(Purpose::FinanceSharing), &["order_no", "order_amount"], "退货运费险"),
    ("tax", 20, Ground::LegalDuty, None, &["real_name", "id_card_no", "withdrawal"], "季度代扣代缴申报"),
    ("public", 33, Ground::Published, None, &["published_content"], "你的评价被选入“买家秀”页面"),
];

/// Orders are sent out every few days: who sells, who brings and who is paid gets what is needed for it.
const ORDERS: &[Told] = &[
    ("merchant", 2, Ground::Contract, None, &["order_items", "order_consignee"], "发货"),
    ("logistics", 2, Ground::Contract, None, &["consignee_name", "consignee_address", "consignee_phone"], "送货上门"),
    ("payment", 2, Ground::Contract, None, &["order_no", "order_amount"], "收款"),
];
const ORDER_COUNT: i64 = 8;
const DAYS_BETWEEN: i64 = 7;

/// Fills in what the demo's person has decided and what was given.
///
/// # Errors
/// Storage or vault.
pub async fn fill(centre: &Centre, caller: &Caller, joined: Moment, now: Moment) -> Result<(), Fault> {
    for (purpose, recipient, granted) in DECISIONS {
        let place = if *purpose == Purpose::CrossBorder { Place::Abroad } else { Place::Sharing };
        let decision = Decision { purpose: *purpose, granted: *granted };
        let outcome = decide_about(centre, caller, (decision, recipient), place.path(), false, joined).await?;
        outcome.map_err(|_| Invalid("a decision about a recipient"))?;
    }
    let orders = (0..ORDER_COUNT).flat_map(|order| ORDERS.iter().map(move |told| (order * DAYS_BETWEEN, told)));
    let told = DISCLOSURES.iter().map(|told| (0, told)).chain(orders);
    let mut batch = Vec::new();
    for (n, (more_days, (recipient, days, ground, purpose, fields, detail))) in told.enumerate() {
        batch.push(NewDisclosure {
            host_id: format!("demo-{n}"),
            person: caller.person,
            recipient: centre.catalogue.data().recipient(recipient).ok_or(Invalid("a recipient"))?,
            at: now.plus(-(days + more_days) * DAY - i64::try_from(n % 5)? * HOUR),
            ground: *ground,
            purpose: *purpose,
            given: Given {
                fields: fields.iter().map(|field| (*field).to_owned()).collect(),
                detail: (*detail).to_owned(),
            },
        });
    }
    write((&centre.data, &centre.vault, &centre.catalogue), &batch, now).await?;
    Ok(())
}
