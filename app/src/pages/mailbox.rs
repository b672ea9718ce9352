//! 演示短信箱: what the demo sent by SMS, mail and push; a marketing message to try out, and a reply to it; time that passes.

use leptos::prelude::*;

use serde::Deserialize;

use crate::messages::Channel;
use crate::time::{DAY, HOUR, MINUTE, Moment};

/// A message that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Which one it is, counted from the first that was ever sent.
    pub number: u64,
    /// On which way.
    pub channel: Channel,
    /// To whom, masked.
    pub to: String,
    /// Its subject or title; an SMS has none.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// A mail's headers.
    pub headers: Vec<(String, String)>,
    /// Where its own links and pictures lead, as paths of ours.
    pub links: Vec<(&'static str, String)>,
}

/// How far the demo's clock is moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// Seven days.
    Week,
    /// To a minute before the end of a cooling-off.
    LastMinute,
}

impl Step {
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Minute, "minute", "1分钟"),
        (Self::Hour, "hour", "1小时"),
        (Self::Day, "day", "1天"),
        (Self::Week, "week", "7天"),
        (Self::LastMinute, "last_minute", "到冷静期最后1分钟"),
    ];

    /// By how much; nothing where it depends on what stands.
    #[must_use]
    pub const fn millis(self) -> Option<i64> {
        match self {
            Self::Minute => Some(MINUTE),
            Self::Hour => Some(HOUR),
            Self::Day => Some(DAY),
            Self::Week => Some(7 * DAY),
            Self::LastMinute => None,
        }
    }
}

/// Everything that was sent, newest first, after the demo's own forms.
pub fn view(sent: Vec<Sent>, now: Moment) -> AnyView {
    let empty = sent.is_empty();
    view! {
        <p class="lead">"演示不会真的发短信、邮件和推送。发出的内容都在这里，重启后清空。"</p>
        {attempts()}
        {clock(now)}
        {empty.then(|| view! { <p class="empty">"还没有发出过消息"</p> })}
        <section class="sms-list">{sent.into_iter().map(message).collect::<Vec<_>>()}</section>
    }
    .into_any()
}

fn attempts() -> AnyView {
    let button = |channel: Channel| {
        view! {
            <button class="button button-equal" type="submit" name="channel" value=channel.id()>
                {format!("发营销{}", channel.label())}
            </button>
        }
    };
    view! {
        <section class="notice notice-info" aria-label="试一试">
            <p class="notice-title">"试一试：给演示账号发一条营销消息"</p>
            <p>"没有打开相应的开关就发不出去，会说明原因。发出去的短信可以回复 TD，邮件可以点退订。"</p>
            <form class="button-row" method="post" action="/demo/messages">
                {Channel::ALL.map(button).into_iter().collect::<Vec<_>>()}
            </form>
            <form class="button-row" method="post" action="/demo/reply">
                <button class="button button-equal" type="submit" name="text" value="TD">"用演示手机回复 TD"</button>
            </form>
        </section>
    }
    .into_any()
}

fn clock(now: Moment) -> AnyView {
    let buttons = Step::ALL.map(|(step, id, label)| {
        let class = if step == Step::LastMinute { "button button-equal clock-last" } else { "button button-equal" };
        view! { <button class=class type="submit" name="step" value=id>{label}</button> }
    });
    view! {
        <section class="notice notice-info" aria-label="演示时间">
            <p class="notice-title">"快进时间："<time id="demo-time" datetime=now.iso_millis()>{now.date_time()}</time></p>
            <p>"只影响演示，用来看冷静期、提醒和删除。时间只往前走。"</p>
            <form class="button-row clock" method="post" action="/demo/clock">{buttons.into_iter().collect::<Vec<_>>()}</form>
        </section>
    }
    .into_any()
}

fn message(sent: Sent) -> AnyView {
    let Sent { number, channel, to, subject, text, headers, links } = sent;
    let headers: Vec<_> = headers.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect();
    let is_headed = !headers.is_empty();
    view! {
        <article class="sms" data-number=number>
            <h2 class="masked">{to}</h2>
            {(channel != Channel::Sms).then(|| view! { <p><span class="tag">{channel.label()}</span>" "<b>{subject}</b></p> })}
            {is_headed.then(|| view! { <dl class="details">{headers}</dl> })}
            {text.split('\n').filter(|line| !line.is_empty()).map(|line| view! { <p>{line.to_owned()}</p> }).collect::<Vec<_>>()}
            {links.into_iter().map(|(label, path)| view! { <p><a href=path>{label}</a></p> }).collect::<Vec<_>>()}
        </article>
    }
    .into_any()
}
