//! What a record of each kind says.

use app::records::model::Content;
use app::tags::model::{AD, NOTE, SOURCES, TAGS as TAGS_LABEL, TYPE, WHERE};

use super::Dice;
use super::words::{AUDIENCES, Derived, GOODS, MODELS, ROOMS, SHOPS, TAGS, address, full_name, phone};

/// How many records of a kind the demo's person has.
pub fn usual_count(field: &str) -> u64 {
    match field {
        "browse_log" => 64,
        "click_log" => 40,
        "search_query" => 26,
        "access_time" | "ip_address" => 30,
        "trade_log" | "order_items" | "order_no" | "order_time" | "order_amount" | "order_consignee" => 12,
        "favorite" | "cart" | "follow_share" | "preference_tag" | "withdrawal" | "mail_open" => 6,
        "audience_profile" => 2,
        "shown_item" => 24,
        "device_model" | "os_version" | "browser_type" | "carrier" | "aftersale_log" | "published_content" => 3,
        _ => 1,
    }
}

/// A record's content, as a host would send it.
pub fn content(dice: &mut Dice, field: &str) -> Content {
    let (value, details) = say(dice, field);
    let details = details.into_iter().map(|(label, text)| (label.to_owned(), text)).collect();
    Content { value, details }
}

type Said = (String, Vec<(&'static str, String)>);

fn plain(value: impl Into<String>) -> Said {
    (value.into(), Vec::new())
}

fn one_of(dice: &mut Dice, among: &[&str]) -> Said {
    plain(*dice.pick(among))
}

fn say(dice: &mut Dice, field: &str) -> Said {
    match field {
        "device_model" => plain(dice.pick(MODELS).0),
        "os_version" => plain(dice.pick(MODELS).1),
        "device_settings" => one_of(dice, &["深色模式，字号标准", "浅色模式，字号较大"]),
        "device_env" => one_of(dice, &["系统完整，未检测到风险", "开启了开发者选项"]),
        "device_uid" => plain(dice.hex(32)),
        "gps_location" => plain(address(dice)),
        "wlan_ap" | "bluetooth" => plain(network_card(dice)),
        "cell_tower" => plain(format!("460-00-{}-{}", dice.digits(5), dice.digits(8))),
        "qr_scan" => one_of(dice, &["登录电脑版", "直播间优惠券", "商品条码 6901234567892"]),
        "camera_media" | "album_media" => plain(format!("IMG_{}.jpg", dice.digits(6))),
        "face_feature" | "contact_match" => plain(dice.hex(64)),
        "voice_record" => one_of(dice, &["“找一双跑步鞋”，4秒", "客服留言，23秒"]),
        "contact_pick" | "prize_contact" | "guardian_contact" => plain(phone(dice)),
        "guardian_proof" => plain("户口簿照片"),
        "calendar_event" => plain(format!("{}开播提醒", dice.pick(ROOMS))),
        "ip_address" => plain(format!("203.0.113.{}", dice.below(254) + 1)),
        "browser_type" => one_of(dice, &["Chrome 142", "Safari 18", "微信 8.0"]),
        "carrier" => one_of(dice, &["中国移动", "中国联通", "中国电信", "中国广电"]),
        "language" => plain("简体中文"),
        "access_time" => one_of(dice, &["打开应用", "查看订单", "进入直播间", "修改设置"]),
        "cookie_id" => plain(format!("yd-{}", dice.hex(24))),
        "email" => plain(format!("xiaoman{}@example.com", dice.digits(3))),
        _ => shopping(dice, field),
    }
}

/// One after the other, so that a person has none twice.
fn derived(dice: &Dice, among: &[Derived]) -> Said {
    let Derived { name, from, because, .. } = dice.turn(among);
    ((*name).to_owned(), vec![(SOURCES, (*from).to_owned()), (NOTE, (*because).to_owned())])
}

/// Something that was picked by a tag, or as an advertisement by what one has put aside.
fn picked(dice: &mut Dice) -> Said {
    let Derived { name, from, goods, .. } = dice.turn(TAGS);
    let place = (*dice.pick(&["首页推荐", "直播间推荐", "商品详情页", "购物车下方"])).to_owned();
    let item = (*dice.pick(goods)).to_owned();
    let ad = dice.below(3) == 0;
    let kind = if ad { AD } else { "推荐" };
    let mut details = vec![(TYPE, kind.to_owned()), (WHERE, place)];
    if ad && dice.below(2) == 0 {
        details.push((SOURCES, "收藏、加购".to_owned()));
    } else {
        details.extend([(TAGS_LABEL, (*name).to_owned()), (SOURCES, (*from).to_owned())]);
    }
    (item, details)
}

fn network_card(dice: &mut Dice) -> String {
    (0..6).map(|_| dice.hex(2)).collect::<Vec<_>>().join(":")
}

fn shopping(dice: &mut Dice, field: &str) -> Said {
    let (goods, price) = *dice.pick(GOODS);
    let (room, shop) = (*dice.pick(ROOMS), *dice.pick(SHOPS));
    let amount = format!("{}.{}0元", price + dice.below(60), dice.below(10));
    match field {
        "browse_log" => {
            (goods.to_owned(), vec![("直播间", room.to_owned()), ("停留", format!("{}秒", dice.below(300) + 2))])
        }
        "click_log" => (goods.to_owned(), vec![("位置", (*dice.pick(&["首页", "直播间", "搜索结果"])).to_owned())]),
        "search_query" => plain(goods.split(' ').next().unwrap_or(goods)),
        "favorite" | "cart" => (goods.to_owned(), vec![("店铺", shop.to_owned())]),
        "follow_share" => plain(format!("{}“{room}”", dice.pick(&["关注", "分享"]))),
        "trade_log" => {
            (format!("{}：{goods}", dice.pick(&["已付款", "已发货", "已签收"])), vec![("店铺", shop.to_owned())])
        }
        "aftersale_log" => {
            (format!("{}：{goods}", dice.pick(&["退货退款", "换货", "仅退款"])), vec![("店铺", shop.to_owned())])
        }
        "published_content" => (format!("{goods}，{}", dice.pick(&["很喜欢", "和描述一样", "物流很快"])), vec![]),
        "order_items" => {
            (goods.to_owned(), vec![("数量", format!("{} 件", dice.below(3) + 1)), ("店铺", shop.to_owned())])
        }
        "order_no" => plain(dice.digits(18)),
        "order_time" => plain(format!("下单：{goods}")),
        "order_amount" => (amount, vec![("支付方式", (*dice.pick(&["支付宝", "微信支付", "银行卡"])).to_owned())]),
        "order_consignee" => (full_name(dice), vec![("电话", phone(dice)), ("地址", address(dice))]),
        "preference_tag" => derived(dice, TAGS),
        "audience_profile" => derived(dice, AUDIENCES),
        "shown_item" => picked(dice),
        "balance" => (amount, vec![("来源", "带货佣金".to_owned())]),
        "withdrawal" => (amount, vec![("到账账户", format!("支付宝 {}***@example.com", dice.pick(&["x", "z"])))]),
        "mail_open" => plain(format!("打开《{goods}上新》")),
        "mail_click" => plain(format!("点击《{goods}上新》里的链接")),
        // A kind that an operator's own catalogue adds.
        _ => plain("示例"),
    }
}
