//! What is open between the host and the demo's people.

use app::cancellation::affair::{Affair, AffairKind};
use app::time::{DAY, Moment};

use super::conditions::{NewAffair, write};
use crate::centre::Centre;
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// The host's id, what it is about, which, where it is solved, how much money in fen.
pub type Told = (&'static str, AffairKind, &'static str, &'static str, Option<i64>);

/// Of the one who has much to lose.
pub const LOSSES: &[Told] = &[
    ("coupon-1", AffairKind::Coupon, "满100减20，3张，12月31日到期", "", None),
    ("points", AffairKind::Points, "2,860分", "", None),
    ("follow", AffairKind::Follow, "直播间6个，店铺4家", "", None),
    ("binding", AffairKind::Binding, "微信", "", None),
];

/// Of the one who has much to settle.
pub const OBSTACLES: &[Told] = &[
    ("ord-81", AffairKind::Order, "订单尾号 3821，运输中，预计11月27日送达", "https://shop.example/orders/81", None),
    ("dis-7", AffairKind::Dispute, "订单尾号 2207，商家已答复，等你确认", "https://shop.example/disputes/7", None),
    ("balance", AffairKind::Balance, "余额12.34元，来自返现", "https://shop.example/wallet", Some(1234)),
    ("coupon-9", AffairKind::Coupon, "无门槛5元，2张", "", None),
];

/// Writes down what is open.
///
/// # Errors
/// Storage or vault.
pub async fn fill(centre: &Centre, caller: &Caller, told: &[Told], now: Moment) -> Result<(), Fault> {
    let new = |(id, kind, detail, link, amount_fen): &Told| NewAffair {
        host_id: (*id).to_owned(),
        person: caller.person,
        // What is imported later in a test or a trial is newer.
        at: now.plus(-DAY),
        affair: Affair {
            kind: *kind,
            open: true,
            detail: (*detail).to_owned(),
            link: (*link).to_owned(),
            amount_fen: *amount_fen,
        },
    };
    let batch: Vec<_> = told.iter().map(new).collect();
    write((&centre.data, &centre.vault), &batch, now).await?;
    Ok(())
}
