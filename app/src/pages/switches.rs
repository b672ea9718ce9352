//! Pages that are lists of switches: 推送设置, 广告设置, 好友隐私, 人脸识别授权.

use leptos::prelude::*;

use crate::consents::Purpose;
use crate::consents::minors::reason;
use crate::consents::model::{Kind, Words};
use crate::menu::Place;
use crate::tags::model::Use;
use crate::ui::switch_row::locked_row;
use crate::ui::{Cell, CellLink, Cells, SwitchRow};

/// One purpose as a page shows it.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Which.
    pub purpose: Purpose,
    /// Its words.
    pub words: Words,
    /// Whether it is on.
    pub on: bool,
    /// It stays off, whatever its person decides: they are under 18.
    pub locked: bool,
}

/// The row itself. It posts to the page it stands on.
pub fn row(switch: &Switch, place: Place, note: &str) -> AnyView {
    let (id, action) = (switch.purpose.id().to_owned(), place.path().to_owned());
    row_of(switch, (id, action), switch.words.label.clone(), note.to_owned())
}

/// The same where its form says more than the purpose, posts elsewhere, or calls it otherwise. One that is locked says why.
pub fn row_of(switch: &Switch, (id, action): (String, String), label: String, note: String) -> AnyView {
    if switch.locked {
        return locked_row(label, reason(switch.purpose).to_owned());
    }
    view! { <SwitchRow id=id action=action label=label note=note on=switch.on /> }.into_any()
}

/// 用来做什么 / 关闭后会怎样 / 不影响什么, and for a separate consent also necessity and impact (个保法 30).
pub fn facts(words: &Words) -> AnyView {
    let Words { what_for, when_off, unaffected, necessity, impact, .. } = words.clone();
    view! {
        <dl class="facts">
            <dt>"用来做什么"</dt><dd>{what_for}</dd>
            <dt>"关闭后会怎样"</dt><dd>{when_off}</dd>
            <dt>"不影响什么"</dt><dd>{unaffected}</dd>
            {necessity.map(|text| view! { <dt>"为什么必要"</dt><dd>{text}</dd> })}
            {impact.map(|text| view! { <dt>"对你的影响"</dt><dd>{text}</dd> })}
        </dl>
    }
    .into_any()
}

fn rows(switches: Vec<Switch>, place: Place) -> Vec<AnyView> {
    switches.iter().map(|s| row(s, place, &s.words.what_for)).collect()
}

/// 商业广告 and what is below it. Where all of it is locked, one sentence is enough.
fn commercial(switches: Vec<Switch>, place: Place) -> AnyView {
    let (master, channels): (Vec<_>, Vec<_>) = switches.into_iter().partition(|s| s.purpose == Purpose::Commercial);
    if channels.iter().all(|channel| channel.locked) {
        let nested: Vec<_> =
            channels.into_iter().map(|channel| locked_row(channel.words.label, String::new())).collect();
        return view! {
            <Cells title="商业广告">
                {rows(master, place)}
                <div class="cells-nested">{nested}</div>
            </Cells>
        }
        .into_any();
    }
    view! {
        <Cells title="商业广告" tips="关闭总开关会同时关闭三个渠道。短信回复 TD 或“退订”、点营销邮件底部的“退订”，同样立即生效。">
            {rows(master, place)}
            <div class="cells-nested">{rows(channels, place)}</div>
        </Cells>
    }
    .into_any()
}

/// 推送设置.
pub fn notifications(news: Vec<Switch>, under_master: Vec<Switch>) -> AnyView {
    let place = Place::Notifications;
    view! {
        <Cells title="消息推送" tips="还需要在手机系统里允许通知，推送才能送达。">{rows(news, place)}</Cells>
        {commercial(under_master, place)}
        <Cells title="服务通知">
            <Cell
                label="服务通知" value="始终发送"
                note="验证码、账号安全提醒、你的申请结果。少了它们，账号安全就没有保障，所以不能关闭；里面不会有广告。"
            />
        </Cells>
    }
    .into_any()
}

/// What 广告设置 shows beside its switches.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// How many tags and audiences there are.
    pub tags: usize,
    /// Whether they may be used.
    pub used: Use,
    /// How many things that were picked can be explained.
    pub shown: usize,
    /// Search may be aimed at the person.
    pub search: bool,
}

/// 广告设置.
pub fn advertising(switches: Vec<Switch>, browser_objects: bool, aim: Aim) -> AnyView {
    let Aim { tags, used, shown, search } = aim;
    let search = if search {
        "现在：搜索结果可能参考你的个人特征。"
    } else {
        "现在：搜索结果不参考你的个人特征。"
    };
    let tags = match used {
        Use::Paused if tags > 0 => format!("{tags} 个，已暂停"),
        Use::Ended if tags == 0 => "已删除".to_owned(),
        _ => format!("{tags} 个"),
    };
    view! {
        {browser_objects.then(gpc_notice)}
        <Cells tips="个性化推荐和个性化广告关闭后立即生效，内容和广告的数量不变。“搜索不个性化”打开后，搜索才不参考你的特征。">
            {rows(switches, Place::Advertising)}
        </Cells>
        <p class="cells-tips aim until-switched">{search}</p>
        <Cells title="看到和管理">
            {aim_row(Place::Tags, "程序推断了什么、根据什么", tags)}
            {aim_row(Place::Explanations, "每一条推荐和广告的理由", format!("{shown} 条"))}
        </Cells>
    }
    .into_any()
}

/// A link whose state is said only as long as it is so.
fn aim_row(place: Place, note: &'static str, state: String) -> AnyView {
    view! {
        <a class="cell cell-link" href=place.path()>
            <span class="cell-text">
                <span class="cell-label">{place.label()}</span>
                <span class="cell-note">{note}</span>
            </span>
            <span class="cell-value until-switched">{state}</span>
        </a>
    }
    .into_any()
}

/// The browser's own wish, honoured and shown.
pub fn gpc_notice() -> AnyView {
    view! {
        <aside class="notice notice-info">
            <p class="notice-title">"浏览器的隐私信号已生效"</p>
            <p>"你的浏览器开启了“全球隐私控制”（GPC）。个性化广告和广告 Cookie 在这个浏览器里保持关闭。"</p>
        </aside>
    }
    .into_any()
}

/// 好友隐私.
pub fn friends(switch: &Switch) -> AnyView {
    let (row, facts) = (row(switch, Place::Friends, ""), facts(&switch.words));
    view! {
        <Cells>{row}</Cells>
        {facts}
    }
    .into_any()
}

/// 人脸识别授权: its own sheet, with the way that needs no face.
pub fn face(switch: &Switch) -> AnyView {
    let (row, facts) = (row(switch, Place::Face, "敏感个人信息 · 单独同意"), facts(&switch.words));
    view! {
        <p class="lead">"人脸识别需要你单独同意。不同意也能完成所有操作。"</p>
        <Cells>{row}</Cells>
        {facts}
        <Cells title="不刷脸的办法" tips="每个用到人脸的地方都可以选它们。">
            <Cell label="短信验证码" note="发送到你的注册手机号" />
            <CellLink href=Place::Password.path() label="账号密码" note="忘记时可以用验证码登录后重设" />
        </Cells>
    }
    .into_any()
}

/// A tag beside what needs care.
pub fn tags(purpose: Purpose) -> Option<AnyView> {
    (purpose.kind() == Kind::SeparateConsent).then(|| {
        view! {
            <span class="tag tag-sensitive">"敏感"</span>
            <span class="tag tag-separate">"单独同意"</span>
        }
        .into_any()
    })
}
