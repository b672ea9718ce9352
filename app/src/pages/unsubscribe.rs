//! 退订: the ways out of marketing, and the page that the link in a mail opens. It asks for nothing and offers nothing.

use leptos::prelude::*;

use crate::menu::Place;
use crate::ui::{Cell, CellLink, Cells, SubmitButton};

/// Every way out.
pub fn ways() -> AnyView {
    view! {
        <p class="lead">"不想再收到优惠和活动，下面任何一种办法都立即生效。"</p>
        <Cells title="不用登录">
            <Cell label="短信" note="收到营销短信时，直接回复 TD 或“退订”" />
            <Cell label="邮件" note="打开任意一封营销邮件，点底部的“退订”" />
        </Cells>
        <Cells title="登录以后" tips="验证码和账号安全提醒不是营销，会继续发送，里面没有广告。">
            <CellLink href=Place::Notifications.path() label=Place::Notifications.label() note="推送、短信、邮件各有开关，也可以一次全部关闭" />
            <CellLink href=Place::Consents.path() label=Place::Consents.label() note="逐项撤回，并看到每次决定的记录" />
        </Cells>
    }
    .into_any()
}

/// What a mail's link is about.
#[derive(Clone, Debug)]
pub struct Model {
    /// The address that gets the mails, masked; none when it is not held any more.
    pub masked: Option<String>,
    /// Marketing by mail may still come.
    pub open: bool,
    /// Where the button posts to.
    pub action: String,
}

/// Looking changes nothing: mail scanners follow links. The button does.
pub fn view(model: Model) -> AnyView {
    let Model { masked, open, action } = model;
    let address = masked.map(|masked| view! { <p class="masked">{masked}</p> });
    if !open {
        return view! {
            <section class="unsubscribe">
                <h2>"已退订，立即生效"</h2>
                {address}
                <p>"不会再有营销邮件发到这里，不需要再做别的。"</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="unsubscribe">
            <h2>"不再接收营销邮件？"</h2>
            {address}
            <p>"退订立即生效。与你的申请有关的邮件照常。"</p>
            <form method="post" action=action><SubmitButton label="退订" /></form>
        </section>
    }
    .into_any()
}
