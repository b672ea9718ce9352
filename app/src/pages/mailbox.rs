//! 演示短信箱: what the demo sent by SMS, mail and push; a marketing message to try out, and a reply to it.

use leptos::prelude::*;

use crate::messages::Channel;

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

/// Everything that was sent, newest first, after the demo's own forms.
pub fn view(sent: Vec<Sent>) -> AnyView {
    let empty = sent.is_empty();
    view! {
        <p class="lead">"演示不会真的发短信、邮件和推送。发出的内容都在这里，重启后清空。"</p>
        {attempts()}
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
