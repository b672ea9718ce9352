//! 实名信息: masked, and whole after 验证身份.

use leptos::prelude::*;

use crate::mask;
use crate::menu::Place;
use crate::pages::requests::new_path;
use crate::profile::model::RealName;
use crate::requests::model::Kind;
use crate::time::Moment;
use crate::ui::{Cell, CellLink, Cells};

/// What both pages show.
#[derive(Clone, Debug)]
pub struct Model {
    /// What was verified, if anything was.
    pub real_name: Option<(RealName, Moment)>,
    /// Unmasked.
    pub whole: bool,
}

/// The page.
pub fn view(model: Model) -> AnyView {
    let Model { real_name, whole } = model;
    let Some((real_name, verified_at)) = real_name else {
        return view! { <p class="empty">"没有实名信息。只有申请提现时才需要，用来核对收款人和依法代扣税款。"</p> }
            .into_any();
    };
    let (name, number) = if whole {
        (real_name.name.clone(), real_name.id_number.reveal().to_owned())
    } else {
        (mask::name(&real_name.name), real_name.id_number.masked())
    };
    view! {
        <Cells tips="提现时由你提供，用来核对收款人和依法代扣税款，按税务规定保存10年。填错了需要人工核对后更正。">
            <Cell label="姓名" value=name />
            <Cell label="身份证号" value=number />
            <Cell label="认证时间" value=verified_at.date() />
        </Cells>
        <Cells>
            <CellLink href=new_path(Kind::Correction, "field:real_name") label="申请更正姓名" />
            <CellLink href=new_path(Kind::Correction, "field:id_card_no") label="申请更正身份证号" />
        </Cells>
        {if whole {
            view! { <a class="button button-plain" href=Place::RealName.path()>"隐藏"</a> }.into_any()
        } else {
            view! { <a class="button button-primary" href=Place::RealNameFull.path()>"查看完整"</a> }.into_any()
        }}
    }
    .into_any()
}
