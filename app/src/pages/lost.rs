//! 无法登录时注销: the form, what its secret link shows, and what whoever is signed in to the account sees of it.

use leptos::prelude::*;

use super::requests::detail::next_ways;
use super::requests::text_area;
use crate::cancellation::affair::AffairKind;
use crate::cancellation::model::Reason;
use crate::lost::model::{Answer, Claimed, Linked, Standing, State};
use crate::menu::Place;
use crate::promises::{ANSWER_WORKING_DAYS, COOLING_OFF};
use crate::time::{DAY, Moment};
use crate::ui::{Filled, SendCode, SubmitButton, TextField};

/// What the form shows.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The statement is ticked.
    pub is_own: bool,
    /// What was typed, and what is wrong with it.
    pub filled: Filled,
    /// Seconds until another code may be asked for.
    pub pause: i32,
    /// Who looks is signed in: there is a shorter way.
    pub signed_in: bool,
}

/// The form.
pub fn form(form: Form) -> AnyView {
    let Form { is_own, filled, pause, signed_in } = form;
    let error = filled.error_of("own");
    let days = COOLING_OFF / DAY;
    view! {
        <p class="lead">"手机号停用了，密码也忘了，一样可以注销账号。写下只有你知道的事，由人核对。"</p>
        {signed_in.then(|| view! {
            <p class="notice notice-info">"你已经登录，可以直接" <a href=Place::Cancellation.path()>"注销账号"</a>"，不用等审核。"</p>
        })}
        <form class="form" method="post" action=Place::Lost.path()>
            {filled.refusal_view()}
            <TextField
                filled=filled.clone() name="account" label="要注销的账号" maxlength=40
                hint="当时的手机号或用户名。为了保护每个人，这里不会显示账号是否存在。"
            />
            {text_area(&filled, "text", "只有你知道的事", "例如：最近买过什么、大概什么时候、寄到哪里，常看谁的直播。记得多少写多少，不用准确的订单号。")}
            <TextField
                filled=filled.clone() name="phone" label="现在能联系到你的手机号" kind="tel" inputmode="tel"
                autocomplete="tel-national" maxlength=20 hint="只用来告诉你结果，办完就删除。"
            />
            <TextField filled=filled.clone() name="code" label="验证码" inputmode="numeric" autocomplete="one-time-code" maxlength=6>
                <SendCode action="/signin/lost/code".to_owned() pause=pause />
            </TextField>
            <div class="field">
                <label class="choice">
                    <input
                        type="checkbox" name="own" value="true" checked=is_own required
                        aria-invalid=error.is_some().then_some("true") aria-describedby=error.is_some().then_some("own-error")
                    />
                    <span>"我确认：这是我本人的账号，所写的都是真实的"</span>
                </label>
                {error.map(|text| view! { <p class="field-error" id="own-error" role="alert">{text}</p> })}
            </div>
            <SubmitButton label="提交申请" />
        </form>
        <section class="cells">
            <h2 class="cells-title">"接下来"</h2>
            <ul class="keep-list">
                <li><strong>{format!("{ANSWER_WORKING_DAYS}个工作日内答复")}</strong><span>"由人核对，短信告诉你结果，并给你一个查看进度的链接。"</span></li>
                <li><strong>{format!("通过后有{days}天冷静期")}</strong><span>"如果是别人冒用，账号本人可以在这期间撤回。所以这里不能立即注销。"</span></li>
                <li><strong>"不需要"</strong><span>"不需要身份证照片，不需要说明理由，也不会打电话给你。"</span></li>
            </ul>
            <p class="cells-tips">"你写的内容加密保存，只给审核的人看，办完立即删除。"</p>
        </section>
        <p class="cells-tips">"手机号还能收短信的，" <a href="/signin?by=code">"用验证码登录"</a>"后注销更快。"</p>
    }
    .into_any()
}

fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}

/// What the secret link shows.
pub fn linked(claim: Linked, now: Moment) -> AnyView {
    let Linked { number, made_at, due_at, ended_at, standing } = claim;
    let awaits = matches!(standing, Standing::Open(_));
    let late = awaits && due_at < now;
    let state = state(&standing);
    let class = match state {
        State::Open | State::Granted => "tag tag-separate",
        State::Completed => "tag tag-on",
        State::Refused => "tag tag-sensitive",
        State::TakenBack => "tag",
    };
    view! {
        {late.then(|| view! {
            <section class="notice notice-warn">
                <p class="notice-title">"我们没有按时答复"</p>
                <p>{format!("这个申请本应在 {} 前答复，是我们的责任。它没有作废，我们仍会答复。不想再等，可以向网信部门投诉、举报。", due_at.date())}</p>
            </section>
        })}
        <section class="cells record">
            <h2 class="record-value">"注销申请 " <span class=class>{state.words()}</span></h2>
            <dl class="details record-details">
                <dt>"编号"</dt><dd><code>{number}</code></dd>
                <dt>"提交时间"</dt><dd>{time(made_at)}</dd>
                {awaits.then(|| view! { <dt>"最晚答复"</dt><dd>{due_at.date()}</dd> })}
                {ended_at.map(|at| view! { <dt>"办结时间"</dt><dd>{time(at)}</dd> })}
            </dl>
        </section>
        {stands(standing)}
        <p class="cells-tips">"用这个链接随时可以回来看进度。链接也在短信里，请勿转发：拿到它的人都能看。"</p>
    }
    .into_any()
}

const fn state(standing: &Standing) -> State {
    match standing {
        Standing::Open(_) => State::Open,
        Standing::CoolingOff(_) | Standing::Executing => State::Granted,
        Standing::Completed(_) => State::Completed,
        Standing::Refused(..) => State::Refused,
        Standing::TakenBack => State::TakenBack,
    }
}

fn stands(standing: Standing) -> AnyView {
    match standing {
        Standing::Open(in_the_way) if in_the_way.is_empty() => view! {
            <section class="notice notice-info">
                <p class="notice-title">"由人核对你写的内容"</p>
                <p>"有结果会短信告诉你，不用再次提交。"</p>
            </section>
        }
        .into_any(),
        Standing::Open(in_the_way) => blocked(in_the_way),
        Standing::CoolingOff(due) => view! {
            <section class="notice notice-ok">
                <p class="notice-title">"已核实是你本人，冷静期到 " {time(due)}</p>
                <p>"之后开始删除，删除后不能恢复。前一天和完成时会短信告诉你，完成后这里有注销证明。"</p>
                <p>"在那之前，能登录这个账号的人可以撤回。"</p>
            </section>
        }
        .into_any(),
        Standing::Executing => view! {
            <section class="notice notice-ok">
                <p class="notice-title">"冷静期已结束，正在删除"</p>
                <p>"完成后短信告诉你，这里会有注销证明。"</p>
            </section>
        }
        .into_any(),
        Standing::Completed(certificate) => view! {
            <section class="notice notice-ok">
                <p class="notice-title">"账号已注销"</p>
                <p>"信息已删除，备份里的也无法读取。你写的内容和联系手机号也已删除。"</p>
                {certificate.map(|path| view! { <a class="button button-primary" href=path>"查看注销证明"</a> })}
            </section>
        }
        .into_any(),
        Standing::Refused(reason, answer) => refused(reason, answer),
        Standing::TakenBack => view! {
            <section class="notice notice-warn">
                <p class="notice-title">"账号本人登录后撤回了注销"</p>
                <p>"账号照常使用。如果账号确实是你的，可以重新申请，或者投诉。"</p>
            </section>
            {next_ways()}
        }
        .into_any(),
    }
}

/// What stands in the way, by kind alone: who holds the link is not signed in.
fn blocked(in_the_way: Vec<AffairKind>) -> AnyView {
    view! {
        <section class="notice notice-warn">
            <p class="notice-title">"已核实是你本人，但有事要先处理"</p>
            <ul>{in_the_way.into_iter().map(|kind| view! { <li>{kind.label()}</li> }).collect::<Vec<_>>()}</ul>
            <p>"除了这些，没有其他条件。处理好以后我们接着办，不用再次提交。这里不显示账号里的内容，具体情况请联系客服。"</p>
        </section>
    }
    .into_any()
}

fn refused(reason: Reason, answer: Option<Answer>) -> AnyView {
    let again = match reason {
        Reason::Denied(_) => "补充更多只有你知道的事，可以重新申请。",
        Reason::Obstacle(_) => "账号照常使用。处理好以后，可以重新申请。",
    };
    view! {
        <section class="notice notice-warn" aria-label="答复">
            <p class="notice-title">{format!("理由：{}", reason.words())}</p>
            {answer.map(|Answer { words, reviewer }| view! {
                <p class="typed">{words}</p>
                <p>{format!("审核人：{reviewer}")}</p>
            })}
            <p>{again}</p>
            <p><a href=Place::Lost.path()>"重新申请"</a></p>
        </section>
        {next_ways()}
    }
    .into_any()
}

/// What whoever is signed in to the account sees while a human is to look at claims to it.
pub fn claimed(claims: Vec<Claimed>) -> Option<AnyView> {
    if claims.is_empty() {
        return None;
    }
    let rows = claims.into_iter().map(|Claimed { number, made_at, due_at }| {
        view! { <li><code>{number}</code>" · " {time(made_at)} {format!("提交，最晚 {} 答复", due_at.date())}</li> }
    });
    Some(
        view! {
            <section class="notice notice-warn" aria-label="有人申请注销这个账号">
                <p class="notice-title">"有人说无法登录，申请注销这个账号"</p>
                <ul>{rows.collect::<Vec<_>>()}</ul>
                <p>"正在等人核对。不是你本人提出的，现在就可以拒绝，立即生效；账号不受影响。"</p>
                <form method="post" action="/settings/about/more/cancel/lost/reject">
                    <button class="button button-danger" type="submit">"不是我，拒绝申请"</button>
                </form>
            </section>
        }
        .into_any(),
    )
}
