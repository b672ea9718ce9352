//! What the phone is told that answers for a claim: received, answered, a day before the end, and how it ended. Each message has
//! an id made from its claim, so it goes once however often what it tells of is written.

use app::cancellation::affair::AffairKind;
use app::promises::COOLING_OFF_NOTICE;
use app::requests::model::Ground;
use app::time::Moment;
use uuid::Uuid;

use super::claims::Content;
use super::routes;
use crate::centre::Centre;
use crate::execution::derived;
use crate::messages::outbox::{self, Outgoing};
use crate::requests::store::number;
use crate::storage::Tx;
use crate::vault::Category;
use crate::web::fault::Fault;

/// What there is to tell.
pub(super) enum News<'a> {
    /// It was received, and is answered by then.
    Filed(Moment),
    /// It would be granted, but this stands in the way.
    InTheWay(&'a [AffairKind]),
    /// It was granted; the cooling-off ends then.
    Granted(Moment),
    /// The cooling-off ends then, in a day.
    Reminder(Moment),
    /// It was refused, on that ground and in these words.
    Denied(Ground, &'a str),
    /// It was not carried out: this came meanwhile.
    Stopped(AffairKind),
    /// Whoever is signed in to the account took it back.
    TakenBack,
    /// The account is erased: the last notice, as the account's own phone gets it.
    Last(&'a str),
}

impl News<'_> {
    fn id(&self) -> String {
        match self {
            Self::Filed(_) => "filed".into(),
            Self::InTheWay(kinds) => kinds.iter().map(|kind| kind.id()).collect::<Vec<_>>().join(" "),
            Self::Granted(_) => "granted".into(),
            Self::Reminder(_) => REMINDER.into(),
            Self::Denied(..) | Self::Stopped(_) | Self::TakenBack | Self::Last(_) => "ended".into(),
        }
    }

    fn text(&self, number: &str, link: Option<&str>) -> String {
        let look = link.map(|link| format!("查看进度（请勿转发）：{link}")).unwrap_or_default();
        match self {
            Self::Filed(due) => {
                format!("【一点生活】已收到你的注销申请，编号{number}，由人核对，最晚{}答复。{look}", due.date())
            }
            Self::InTheWay(kinds) => {
                let kinds = kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>().join("、");
                format!(
                    "【一点生活】你的注销申请（{number}）已核实，但要先处理：{kinds}。处理好后我们接着办，不用再次提交。{look}"
                )
            }
            Self::Granted(due) => format!(
                "【一点生活】你的注销申请（{number}）已通过，冷静期到{}，之后开始删除，不能恢复。{look}",
                due.date_time()
            ),
            Self::Reminder(due) => format!(
                "【一点生活】你申请注销的账号（{number}）将在{}开始删除，删除后不能恢复。{look}",
                due.date_time()
            ),
            Self::Denied(ground, words) => {
                let words = words.trim();
                format!("【一点生活】你的注销申请（{number}）没有通过：{}。{words}{look}", ground.words())
            }
            Self::Stopped(kind) => format!(
                "【一点生活】你的注销申请（{number}）没有执行：{}。账号照常使用，处理好后可以重新申请。{look}",
                kind.label()
            ),
            Self::TakenBack => {
                format!("【一点生活】账号本人登录后撤回了注销申请（{number}），账号照常使用。{look}")
            }
            Self::Last(text) => (*text).to_owned(),
        }
    }

    /// A reminder goes a day before; everything else at once.
    fn not_before(&self, now: Moment) -> Moment {
        match self {
            Self::Reminder(due) => due.plus(-COOLING_OFF_NOTICE),
            _ => now,
        }
    }
}

const REMINDER: &str = "reminder";

fn id_of(centre: &Centre, claim: Uuid, news: &str) -> Uuid {
    derived(centre, "lost_message", &format!("{claim}\n{news}"))
}

/// Writes a message to whoever answers for a claim.
///
/// # Errors
/// Storage or vault.
pub(super) async fn put(
    tx: &mut Tx,
    centre: &Centre,
    (claim, made_at, content): (Uuid, Moment, &Content),
    news: &News<'_>,
    now: Moment,
) -> Result<(), Fault> {
    let key = centre.vault.key_for(claim, Category::Outbox, now).await?;
    let link = routes::link(centre, &content.token);
    let outgoing = Outgoing {
        id: id_of(centre, claim, &news.id()),
        owner: claim,
        phone: content.claim()?.contact,
        text: news.text(&number(&claim.to_string(), made_at), link.as_deref()),
        not_before: news.not_before(now),
    };
    outbox::put(tx, &key, &outgoing).await
}

/// The reminder does not go: what it tells of is not going to happen then.
///
/// # Errors
/// Storage.
pub(super) async fn call_reminder_off(tx: &mut Tx, centre: &Centre, claim: Uuid, now: Moment) -> Result<(), Fault> {
    outbox::call_off(tx, id_of(centre, claim, REMINDER), now).await
}
