//! What is still open between a person and the host: what stands in the way of leaving, and what is lost by it. No unreasonable
//! condition is ever added (电子商务法 24).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident, $id:literal, $label:literal, $cure:literal;)*) => {
        /// What an affair is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum AffairKind { $($(#[$doc])* #[serde(rename = $id)] $name,)* }

        impl AffairKind {
            /// All of them; the gravest obstacle first, what is only lost last.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its id in `import`, in storage and in the ledger.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What the person reads.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// What solves it, as the link to it is called. Empty for what is only lost.
            #[must_use]
            pub const fn cure(self) -> &'static str {
                match self { $(Self::$name => $cure,)* }
            }
        }
    };
}

kinds! {
    /// A court or another authority has frozen the account.
    Freeze, "freeze", "账号被司法机关冻结", "查看冻结说明和联系方式";
    /// A dispute that is not decided.
    Dispute, "dispute", "有未解决的纠纷", "去处理纠纷";
    /// A refund, return or exchange under way.
    AfterSale, "after_sale", "有进行中的售后", "查看售后进度";
    /// An order under way.
    Order, "order", "有进行中的订单", "查看订单";
    /// Money that is not settled.
    Balance, "balance", "账户里还有余额", "去提现";
    /// Coupons that were not used.
    Coupon, "coupon", "优惠券", "";
    /// Points.
    Points, "points", "积分", "";
    /// Shops and rooms that are followed.
    Follow, "follow", "关注", "";
    /// Accounts elsewhere that sign in here: unbound by us.
    Binding, "binding", "第三方账号绑定", "";
}

impl AffairKind {
    /// It stands in the way; else it is only lost.
    #[must_use]
    pub const fn is_obstacle(self) -> bool {
        !self.cure().is_empty()
    }
}

impl FromStr for AffairKind {
    type Err = ();

    fn from_str(id: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|kind| kind.id() == id).ok_or(())
    }
}

/// What stands in the way, with the page that solves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The host's id for it.
    pub id: String,
    /// What it is about.
    pub kind: AffairKind,
    /// Which one, in the person's words: 订单尾号 3821，运输中.
    pub detail: String,
    /// Where it is solved.
    pub link: String,
    /// How much money is unsettled, in fen.
    pub amount: Option<i64>,
}

/// What is lost by leaving, and keeps nobody from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What it is about.
    pub kind: AffairKind,
    /// Which, in the person's words.
    pub detail: String,
}

/// Everything that is open. What can't be looked up is an error where it is asked for, and never this with nothing in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What stands in the way, the gravest first.
    pub obstacles: Vec<Obstacle>,
    /// What is lost.
    pub losses: Vec<Loss>,
}

/// An affair as the host tells it, in a line of `import` or in an answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affair {
    /// What it is about.
    pub kind: AffairKind,
    /// False: it is settled.
    #[serde(default = "yes")]
    pub open: bool,
    /// Which one, in the person's words.
    #[serde(default)]
    pub detail: String,
    /// Where it is solved.
    #[serde(default)]
    pub link: String,
    /// How much money it is about, in fen.
    #[serde(default)]
    pub amount_fen: Option<i64>,
}

const fn yes() -> bool {
    true
}

/// Characters of a detail and of a link.
const DETAIL_CHARS: usize = 200;
const LINK_CHARS: usize = 1_000;

impl Affair {
    /// Whether it says what a person must be told. What is settled needs no words.
    ///
    /// # Errors
    /// What is wrong with it, for the host, without personal data.
    pub fn check(&self) -> Result<(), &'static str> {
        let Self { kind, open, detail, link, amount_fen } = self;
        if !open {
            return Ok(());
        }
        if detail.trim().is_empty() || detail.chars().count() > DETAIL_CHARS || detail.chars().any(char::is_control) {
            return Err("affair.detail must be one line of 1 to 200 characters");
        }
        if kind.is_obstacle() && !(link.starts_with("https://") && link.chars().count() <= LINK_CHARS) {
            return Err("affair.link must begin with https://: what stands in the way is solved somewhere");
        }
        if *kind == AffairKind::Balance && amount_fen.is_none_or(|fen| fen <= 0) {
            return Err("affair.amount_fen must be more than 0 for a balance");
        }
        Ok(())
    }
}

impl Found {
    /// Sorts open affairs, each with its id, into what stands in the way and what is lost.
    #[must_use]
    pub fn of(affairs: impl IntoIterator<Item = (String, Affair)>) -> Self {
        let mut found = Self::default();
        for (id, affair) in affairs.into_iter().filter(|(_, affair)| affair.open) {
            let Affair { kind, detail, link, amount_fen, .. } = affair;
            if kind.is_obstacle() {
                let amount = amount_fen.filter(|_| kind == AffairKind::Balance);
                found.obstacles.push(Obstacle { id, kind, detail, link, amount });
            } else {
                found.losses.push(Loss { kind, detail });
            }
        }
        let rank = |kind: AffairKind| AffairKind::ALL.iter().position(|one| *one == kind);
        found.obstacles.sort_by(|a, b| rank(a.kind).cmp(&rank(b.kind)).then_with(|| a.id.cmp(&b.id)));
        found.losses.sort_by_key(|loss| rank(loss.kind));
        found
    }
}

/// `12.34元`.
#[must_use]
pub fn yuan(fen: i64) -> String {
    format!("{}.{:02}元", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affair(kind: AffairKind) -> Affair {
        let link = "https://shop.example/orders/81".to_owned();
        Affair { kind, open: true, detail: "订单尾号 3821，运输中".to_owned(), link, amount_fen: Some(1234) }
    }

    #[test]
    fn an_obstacle_says_which_and_where_it_is_solved() {
        assert!(AffairKind::ALL.iter().all(|kind| affair(*kind).check().is_ok()));
        let wrong = [
            Affair { detail: " ".into(), ..affair(AffairKind::Order) },
            Affair { detail: "两\n行".into(), ..affair(AffairKind::Coupon) },
            Affair { link: String::new(), ..affair(AffairKind::Freeze) },
            Affair { link: "javascript:alert(1)".into(), ..affair(AffairKind::Order) },
            Affair { amount_fen: None, ..affair(AffairKind::Balance) },
            Affair { amount_fen: Some(0), ..affair(AffairKind::Balance) },
        ];
        assert!(wrong.iter().all(|affair| affair.check().is_err()));
        assert!(wrong.into_iter().all(|affair| Affair { open: false, ..affair }.check().is_ok()));
        // What is only lost needs no page.
        assert!(Affair { link: String::new(), ..affair(AffairKind::Points) }.check().is_ok());
    }

    #[test]
    fn the_gravest_comes_first_and_what_is_settled_not_at_all() {
        let all = AffairKind::ALL.iter().rev().map(|kind| (kind.id().to_owned(), affair(*kind)));
        let settled = ("old".to_owned(), Affair { open: false, ..affair(AffairKind::Freeze) });
        let found = Found::of(all.chain([settled]));
        let kinds: Vec<_> = found.obstacles.iter().map(|o| o.kind).chain(found.losses.iter().map(|l| l.kind)).collect();
        assert_eq!(kinds, AffairKind::ALL);
        assert_eq!(found.obstacles.iter().filter(|o| o.amount.is_some()).count(), 1);
    }

    #[test]
    fn money_is_written_in_yuan() {
        assert_eq!([1, 100, 1234, 100_005].map(yuan), ["0.01元", "1.00元", "12.34元", "1000.05元"]);
    }
}
