//! 生前安排: what close relatives may ask for after one's death, and who else may.

use leptos::prelude::*;

use super::relatives::rights_field;
use crate::menu::Place;
use crate::promises::TRUSTED_NAME_CHARS;
use crate::relatives::model::{Choice, Directive};
use crate::time::Moment;
use crate::ui::{Filled, SubmitButton, TextField};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// What is arranged, and since when.
    pub standing: Option<(Directive, Moment)>,
    /// The account is stored only, because a close relative's request was granted.
    pub stored_only: bool,
    /// Rights' ids that are ticked.
    pub rights: Vec<String>,
    /// Values and errors.
    pub filled: Filled,
}

impl Model {
    /// The form filled in with what stands.
    #[must_use]
    pub fn of(standing: Option<(Directive, Moment)>, stored_only: bool) -> Self {
        let directive = standing.as_ref().map(|(directive, _)| directive);
        let choice = directive.map_or(Choice::Law, |directive| directive.choice);
        let rights = directive.map(|d| d.rights.iter().map(|right| right.id().to_owned()).collect());
        let mut filled = Filled::default().with("choice", choice.id());
        if let Some(trusted) = directive.and_then(|directive| directive.trusted.as_ref()) {
            filled = filled.with("trusted_name", &trusted.name).with("trusted_phone", &trusted.phone);
        }
        Self { standing, stored_only, rights: rights.unwrap_or_default(), filled }
    }
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { standing, stored_only, rights, filled } = model;
    let is_set = standing.is_some();
    view! {
        {stored_only.then(alive)}
        <p class="lead">"想一想这件事并不容易，谢谢你愿意写下来。如果有一天你不在了，你的近亲属可以向我们申请你的信息。可以到什么程度，由你决定，我们照你的安排办。"</p>
        {standing.map(|(directive, at)| view! {
            <section class="notice notice-info">
                <p class="notice-title">"现在的安排"</p>
                <p>{format!("{}。", directive.words())}</p>
                {directive.trusted.map(|trusted| view! { <p>{format!("信任的人：{}", trusted.name)}</p> })}
                <p class="cell-note">"从 " <time datetime=at.iso()>{at.date()}</time> " 起有效，随时可以修改或撤回。"</p>
            </section>
        })}
        <form class="form" method="post" action=Place::Directive.path()>
            {filled.refusal_view()}
            {choices(&filled)}
            {rights_field(&rights, filled.error_of("rights"), "近亲属可以做什么")}
            <TextField
                filled=filled.clone() name="trusted_name" label="信任的人：姓名（可以不填）" maxlength=TRUSTED_NAME_CHARS optional=true
                hint="不论上面怎样选，这个人都可以申请查阅、复制、更正、删除。不必是亲属，最好先告诉对方。"
            />
            <TextField
                filled=filled.clone() name="trusted_phone" label="信任的人：手机号" kind="tel" inputmode="tel" maxlength=20 optional=true
                hint="对方用这个手机号登录后提出申请。加密保存，只有核对申请的人能看到，我们不会主动联系。"
            />
            <SubmitButton label="保存安排" />
        </form>
        {is_set.then(|| view! {
            <form class="form" method="post" action=format!("{}/withdraw", Place::Directive.path())>
                <button class="button button-plain" type="submit">"撤回安排，按法律规定办"</button>
            </form>
        })}
        <p class="cells-tips">"没有安排时，按《个人信息保护法》第四十九条：近亲属为了自身的合法、正当利益，可以申请查阅、复制、更正、删除。法律要求保存的部分，不因安排而改变。注销账号时，安排一并删除。"</p>
    }
    .into_any()
}

/// For the one whom a mistake, or a fraud, has declared dead.
fn alive() -> AnyView {
    view! {
        <section class="notice notice-warn">
            <p class="notice-title">"这个账号现在仅存储"</p>
            <p>"我们收到并通过了近亲属的申请，停止了推送、推荐和共享。如果你就是账号本人，说明弄错了，很抱歉。点下面恢复，副本立即作废。"</p>
            <form method="post" action=format!("{}/alive", Place::Directive.path())>
                <SubmitButton label="我是本人，恢复账号" />
            </form>
        </section>
    }
    .into_any()
}

fn choices(filled: &Filled) -> AnyView {
    let chosen = filled.value("choice");
    let error = filled.error_of("choice");
    let each = Choice::ALL.iter().map(|choice| {
        let words = match choice {
            Choice::Law => "按法律规定（没有安排时就是这样）",
            choice => choice.words(),
        };
        view! {
            <label class="choice">
                <input type="radio" name="choice" value=choice.id() checked=choice.id() == chosen />
                <span>{words}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend>"我的近亲属"</legend>
            {each.collect::<Vec<_>>()}
            {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </fieldset>
    }
    .into_any()
}
