//! 登录设备: where the account is signed in, and the way to end it.

use leptos::prelude::*;

use crate::accounts::model::Device;
use crate::time::Moment;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Model {
    /// Devices, those last used first: a page of them.
    pub devices: Vec<Device>,
    /// There are others than this one.
    pub others: bool,
    /// The address of the page after this.
    pub next: Option<String>,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { devices, others, next } = model;
    view! {
        <section class="cells device-list">
            {devices.into_iter().map(device).collect::<Vec<_>>()}
            <p class="cells-tips">"看到不认识的设备，请先让它退出，再修改密码。地址的最后一段已隐藏。"</p>
        </section>
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早用过的设备"</a> })}
        {others.then(|| view! {
            <form method="post" action="/settings/account/devices/end-others">
                <button class="button button-plain" type="submit">"退出其他所有设备"</button>
            </form>
        })}
    }
    .into_any()
}

fn device(device: Device) -> AnyView {
    let Device { id, name, address, since, last_seen, is_this } = device;
    let label = format!("退出：{name}");
    view! {
        <div class="cell device">
            <div class="cell-text">
                <p class="cell-label">{name} {is_this.then(|| view! { " " <span class="tag tag-on">"本机"</span> })}</p>
                <p class="cell-note">{format!("{address} · ")} {time(since)} "登录"</p>
                <p class="cell-note">"最近使用 " {time(last_seen)}</p>
            </div>
            {(!is_this).then(|| view! {
                <form method="post" action=format!("/settings/account/devices/{id}/end")>
                    <button class="button button-plain button-small" type="submit" aria-label=label>"退出"</button>
                </form>
            })}
        </div>
    }
    .into_any()
}

fn time(at: Moment) -> AnyView {
    view! { <time datetime=at.iso()>{at.date_time()}</time> }.into_any()
}
