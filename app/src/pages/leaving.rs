//! 注销证明: how far an erasure is, and what of it can be proved. For whoever holds the link of the last notice.

use leptos::prelude::*;

use super::told;
use crate::cancellation::key_copies::KeyCopies;
use crate::menu::Place;
use crate::promises::CERTIFICATE_YEARS;
use crate::sharing::told::Told;
use crate::time::Moment;
use crate::ui::{CellLink, Cells};

/// What the link shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// When the erasure began.
    pub begun_at: Moment,
    /// What was erased, once all of it is.
    pub erased: Option<Erased>,
    /// How far each recipient has come.
    pub told: Vec<Told>,
    /// Where the certificate is.
    pub download: String,
    /// Now.
    pub now: Moment,
}

/// What was erased.
#[derive(Clone, Debug)]
pub struct Erased {
    /// When all of it was.
    pub at: Moment,
    /// Keys that were destroyed.
    pub keys: i64,
    /// What has become of older copies of the key store.
    pub copies: KeyCopies,
    /// By kind, how much.
    pub parts: Vec<(String, i64)>,
    /// What a law keeps.
    pub kept: Vec<Kept>,
    /// Places that were looked at afterwards.
    pub places: i64,
    /// When the keyed hash of the number goes at the latest, if there is one.
    pub number_until: Option<Moment>,
}

/// What one law keeps.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Which, and that it says so.
    pub law: String,
    /// How many records.
    pub records: i64,
    /// When the last of them goes.
    pub until: Moment,
}

/// Without the link: what it is, and where it is.
pub fn explain() -> AnyView {
    view! {
        <p class="lead">{format!("账号注销完成时，最后一条短信里有一个专属链接。{CERTIFICATE_YEARS}年内，用它可以看到删除了什么、依法保留了什么、通知了谁，并下载带签名的注销证明。")}</p>
        <section class="notice">
            <h2 class="notice-title">"链接只在那条短信里"</h2>
            <p>"账号已经不在，我们不再知道链接属于谁，所以不能补发。请保存好短信，或者把注销证明下载下来。"</p>
        </section>
        <Cells>
            <CellLink href=Place::Verify.path() label=Place::Verify.label() note="检查一份注销证明是不是真的" />
        </Cells>
    }
    .into_any()
}

/// With a link that is none of ours, or not any more.
pub fn unknown() -> AnyView {
    view! {
        <section class="notice notice-warn">
            <h2 class="notice-title">"这个链接打不开"</h2>
            <p>{format!("可能没有复制完整，或者已经过了{CERTIFICATE_YEARS}年。请打开那条短信，直接点里面的链接。")}</p>
        </section>
        {explain()}
    }
    .into_any()
}

/// With the link.
pub fn view(model: Model) -> AnyView {
    let Model { begun_at, erased, told, download, now } = model;
    let many = told.len();
    let recipients = view! {
        <section class="cells">
            <h2 class="cells-title">"通知的接收方"</h2>
            <details class="collected plan">
                <summary><strong class="cell-text">{format!("{many} 家")}</strong>" "<span class="collected-times">"看每一家的进度和答复"</span></summary>
                <div>{told::timelines(told, now)}</div>
            </details>
            <p class="cells-tips">"有自己的授权或法定义务的接收方，可以依法继续保留。想知道它保留了什么，可以直接问它，联系方式在第三方共享清单。"</p>
        </section>
    };
    let Some(erased) = erased else {
        return view! {
            <section class="notice notice-warn">
                <h2 class="notice-title">"正在删除"</h2>
                <dl class="details">
                    <dt>"状态"</dt><dd>"执行中"</dd>
                    <dt>"开始时间"</dt><dd><time datetime=begun_at.iso()>{begun_at.date_time()}</time></dd>
                </dl>
                <p>"全部删除以后，这里会有注销证明。中途断电或重启都会接着删完。"</p>
            </section>
            {recipients}
        }
        .into_any();
    };
    let Erased { at, keys, copies, parts, kept, places, number_until } = erased;
    let is_kept = !kept.is_empty();
    let sum = format!("{} 种，{} 条", parts.len(), parts.iter().map(|(_, rows)| rows).sum::<i64>());
    view! {
        <section class="notice notice-ok">
            <h2 class="notice-title">"账号已注销，信息已删除"</h2>
            <dl class="details">
                <dt>"状态"</dt><dd>"已完成"</dd>
                <dt>"完成时间"</dt><dd><time datetime=at.iso()>{at.date_time()}</time></dd>
            </dl>
            <p>{format!("加密用的 {keys} 把密钥已销毁，备份里的信息也无法读取；{}。", copies.words())}</p>
            <p>{format!("删除以后，我们用“查阅个人信息”的同一套程序又查了一遍这个账号的 {places} 处存储，没有查到任何信息。")}</p>
        </section>
        <a class="button button-primary" href=download>"下载注销证明"</a>
        <Cells tips="证明里只有账本里的随机代号，没有你的个人信息。请下载保存：任何人都能用它核对，我们也改不了。">
            <CellLink href=Place::Verify.path() label=Place::Verify.label() note="检查下载的证明是不是真的" />
        </Cells>
        <section class="cells">
            <h2 class="cells-title">"已删除"</h2>
            <details class="collected plan">
                <summary><strong class="cell-text">{sum}</strong>" "<span class="collected-times">"看每一种删了多少"</span></summary>
                <ul class="plan-parts">
                    {parts.into_iter().map(|(name, rows)| view! {
                        <li><span>{name}</span>" "<span>{format!("{rows} 条")}</span></li>
                    }).collect::<Vec<_>>()}
                </ul>
            </details>
        </section>
        <section class="cells">
            <h2 class="cells-title">"依法保留"</h2>
            {kept_list(kept)}
            {is_kept.then(|| view! { <p class="cells-tips">"单独加密存放，只在司法机关、税务或监管部门依法要求时读取，每次读取都记在账本里；到期自动删除，密钥一起销毁。"</p> })}
        </section>
        {number_until.map(number_left)}
        {recipients}
    }
    .into_any()
}

/// What is left of the number, and what for.
fn number_left(until: Moment) -> AnyView {
    view! {
        <section class="cells">
            <h2 class="cells-title">"手机号的校验值"</h2>
            <ul class="keep-list">
                <li>
                    <strong>"1 条"</strong>
                    <span>"最晚保留到" <time datetime=until.iso()>{until.date()}</time></span>
                </li>
            </ul>
            <p class="cells-tips">
                "只有加密后的校验值和注销时间，读不出号码。用它挡住晚到的旧数据，免得记到这个号码的下一位使用者名下；到期销毁密钥。"
            </p>
        </section>
    }
    .into_any()
}

fn kept_list(kept: Vec<Kept>) -> AnyView {
    if kept.is_empty() {
        return view! { <ul class="keep-list"><li><strong>"没有"</strong><span>"这个账号没有法律要求保留的信息"</span></li></ul> }
            .into_any();
    }
    let row = |Kept { law, records, until }: Kept| {
        view! {
            <li>
                <strong>{format!("{records} 条")}</strong>
                <span>{format!("{law}，最晚保留到")} <time datetime=until.iso()>{until.date()}</time></span>
            </li>
        }
    };
    view! { <ul class="keep-list">{kept.into_iter().map(row).collect::<Vec<_>>()}</ul> }.into_any()
}
