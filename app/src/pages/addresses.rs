//! 收货地址: the list, masked, and the form.

use leptos::prelude::*;

use crate::menu::Place;
use crate::profile::model::{Address, PROVINCES};
use crate::promises::ADDRESSES_MAX;
use crate::ui::{CheckField, Filled, SelectField, SubmitButton, TextField};

/// One address of the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Shown masked only.
    pub address: Address,
    /// 默认.
    pub is_default: bool,
}

/// The list.
pub fn view(rows: Vec<Row>) -> AnyView {
    let full = rows.len() >= ADDRESSES_MAX;
    let empty = rows.is_empty();
    view! {
        <section class="cells">
            {empty.then(|| view! { <p class="empty">"还没有收货地址。下单时也可以再填。"</p> })}
            {rows.into_iter().map(row).collect::<Vec<_>>()}
            {(!empty).then(|| view! { <p class="cells-tips">"姓名、电话和详细地址已隐藏一部分，编辑时验证身份后能看到全部。已下的订单不受影响。"</p> })}
        </section>
        {if full {
            view! { <p class="cells-tips">{format!("最多保存{ADDRESSES_MAX}个地址，想添加请先删除不用的。")}</p> }.into_any()
        } else {
            view! { <a class="button button-primary" href=Place::AddressNew.path()>{Place::AddressNew.label()}</a> }.into_any()
        }}
    }
    .into_any()
}

fn row(row: Row) -> AnyView {
    let Row { id, address, is_default } = row;
    let base = format!("{}/{id}", Place::Addresses.path());
    let who = format!("{} {}", address.masked_consignee(), address.masked_phone());
    let region = address.region();
    view! {
        <div class="cell address">
            <div class="cell-text">
                <h2 class="cell-label">{who.clone()} {is_default.then(|| view! { " " <span class="tag tag-on">"默认"</span> })}</h2>
                <p class="cell-note">{format!("{region}****")}</p>
                <div class="row-actions">
                    <a class="button button-plain button-small" href=base.clone() aria-label=format!("编辑：{who}")>"编辑"</a>
                    {(!is_default).then(|| view! {
                        <form method="post" action=format!("{base}/default")>
                            <button class="button button-plain button-small" type="submit" aria-label=format!("设为默认：{who}")>"设为默认"</button>
                        </form>
                    })}
                    <details class="confirm">
                        <summary class="button button-plain button-small" aria-label=format!("删除：{who}")>"删除"</summary>
                        <form method="post" action=format!("{base}/remove")>
                            <p class="cell-note">"删除后不能恢复。"</p>
                            <button class="button button-danger button-small" type="submit" aria-label=format!("确认删除：{who}")>"确认删除"</button>
                        </form>
                    </details>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What the form shows.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it posts: the page it stands on.
    pub action: String,
    /// Values and errors.
    pub filled: Filled,
    /// It is the default already, and stays it.
    pub is_default: bool,
    /// 设为默认 is ticked.
    pub make_default: bool,
}

/// The form, empty or filled.
pub fn form(form: Form) -> AnyView {
    let Form { action, filled, is_default, make_default } = form;
    view! {
        <form class="form" method="post" action=action>
            {filled.refusal_view()}
            <TextField filled=filled.clone() name="consignee" label="收货人" autocomplete="name" maxlength=25 />
            <TextField filled=filled.clone() name="phone" label="手机号" kind="tel" inputmode="tel" autocomplete="tel-national" maxlength=20 />
            <SelectField filled=filled.clone() name="province" label="省份" options=&PROVINCES autocomplete="address-level1" />
            <TextField filled=filled.clone() name="city" label="城市" autocomplete="address-level2" maxlength=30 />
            <TextField filled=filled.clone() name="district" label="区县（没有可不填）" autocomplete="address-level3" maxlength=30 optional=true />
            <TextField filled=filled name="street" label="详细地址" autocomplete="street-address" maxlength=120 hint="街道、门牌号、楼栋和房间号" />
            {if is_default {
                view! { <p class="cells-tips">"这是默认地址。想换一个，请在别的地址上选“设为默认”。"</p> }.into_any()
            } else {
                view! { <CheckField name="is_default" label="设为默认地址" checked=make_default /> }.into_any()
            }}
            <SubmitButton label="保存" />
        </form>
    }
    .into_any()
}
