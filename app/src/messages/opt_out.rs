//! Whether a reply to an SMS can mean only "no more of these". Whatever else may be meant is for a human to read. Pure.
//!
//! A reply is compared without white space, punctuation and what nobody sees, in capitals or not, full-width or not, in simplified
//! characters or in traditional ones. Then it is one of the words that every SMS names or that people are used to, or a whole
//! sentence built like "不要再给我发短信了". A sentence with anything else in it may ask something, or be about something else.

use crate::accounts::model::half_width;

/// Words that ask a machine to stop, also several of them together.
const WORDS: [&str; 8] = ["TD", "退订", "拒收", "STOPALL", "STOP", "UNSUBSCRIBE", "TUIDING", "OPTOUT"];
/// Such words, each alone.
const ALONE: [&str; 18] = [
    "T",
    "N",
    "NO",
    "CANCEL",
    "QUIT",
    "END",
    "UNSUB",
    "取消",
    "拒绝",
    "拒绝接收",
    "停止",
    "退订营销",
    "不想收",
    "免打扰",
    "勿扰",
    "不接收",
    "不订阅",
    "停发",
];
/// What stands before such a word in "拒收请回复TD", which every SMS ends with, and which some send back whole.
const REPLY_WITH: [&str; 5] = ["请回复", "请回", "回复", "回", "T"];
/// What is said of orders and parcels, too, once it is part of a sentence.
const OF_ORDERS: [&str; 5] = ["取消", "拒收", "拒绝", "停止", "CANCEL"];
/// What may stand before.
const BEFORE: [&str; 16] = [
    "您好",
    "你好",
    "以后",
    "麻烦",
    "回复",
    "回",
    "我要求",
    "我要",
    "我想",
    "我申请",
    "申请",
    "要求",
    "请帮我",
    "帮我",
    "请",
    "我",
];
/// What may stand after.
const AFTER: [&str; 8] = ["非常感谢", "谢谢你", "谢谢您", "谢谢", "感谢", "一下", "吧", "哈"];
/// "Don't", "stop", "no longer": what a sentence begins with.
const NOT: [&str; 14] = [
    "不想再",
    "不要再",
    "别再",
    "勿再",
    "不用再",
    "不必再",
    "停止",
    "不想",
    "不要",
    "不用",
    "不必",
    "不再",
    "别",
    "勿",
];
/// To whom.
const TO: [&str; 6] = ["给我", "向我", "往我手机", "对我", "跟我", "再"];
/// What is no longer to be done.
const DEEDS: [&str; 14] =
    ["发送", "推送", "群发", "打扰", "骚扰", "接收", "收到", "看到", "联系", "发来", "发", "推", "烦", "收"];
/// And what with.
const WITH: [&str; 24] = [
    "营销短信",
    "广告短信",
    "推广短信",
    "垃圾短信",
    "营销信息",
    "广告信息",
    "推广信息",
    "垃圾信息",
    "这些",
    "这种",
    "这类",
    "此类",
    "任何",
    "你们的",
    "给我",
    "短信",
    "短讯",
    "简讯",
    "信息",
    "消息",
    "广告",
    "推广",
    "我",
    "了",
];
/// What is cancelled.
const CANCELLED: [&str; 9] = ["订阅", "接收", "推送", "发送", "营销短信", "广告短信", "推广短信", "短信", "广告"];

/// Whether a reply says that the person wants no more, and can say nothing else.
#[must_use]
pub fn is_opt_out(reply: &str) -> bool {
    let said = plain(reply);
    let bare = without_courtesy(&said);
    let is_no = |said| is_run(said) || ALONE.contains(&said) || is_sentence(said) || is_cancellation(said);
    // In a sentence of a shop's customer, these words alone are about an order or a parcel.
    is_no(&said)
        || is_no(bare)
            && !OF_ORDERS.iter().any(|word| bare.strip_prefix(word).is_some_and(|rest| matches!(rest, "" | "了")))
}

/// Whether a reply holds anything to understand.
#[must_use]
pub fn says_something(reply: &str) -> bool {
    reply.chars().any(|c| !c.is_whitespace() && !c.is_control() && !crate::accounts::model::is_invisible(c))
}

/// Its letters and digits alone.
fn plain(reply: &str) -> String {
    let letters = reply.chars().map(half_width).map(simplified).filter(|c| c.is_alphanumeric());
    letters.collect::<String>().to_uppercase()
}

/// Of what these words are written with.
const fn simplified(c: char) -> char {
    match c {
        '訂' => '订',
        '絕' => '绝',
        '復' | '覆' => '复',
        '發' => '发',
        '給' => '给',
        '別' => '别',
        '擾' => '扰',
        '騷' => '骚',
        '請' => '请',
        '煩' => '烦',
        '謝' => '谢',
        '閱' => '阅',
        '廣' => '广',
        '營' => '营',
        '銷' => '销',
        '訊' => '讯',
        '簡' => '简',
        '們' => '们',
        '這' => '这',
        '種' => '种',
        '類' => '类',
        '聯' => '联',
        '繫' | '係' => '系',
        '對' => '对',
        '機' => '机',
        '來' => '来',
        '見' => '见',
        other => other,
    }
}

fn without_courtesy(said: &str) -> &str {
    let mut said = said;
    while let Some(rest) = BEFORE.iter().find_map(|before| said.strip_prefix(before)) {
        said = rest;
    }
    while let Some(rest) = AFTER.iter().find_map(|after| said.strip_suffix(after)) {
        said = rest;
    }
    said
}

/// One of the words or more, and nothing else; then what is no longer wanted may be named.
fn is_run(said: &str) -> bool {
    let (mut rest, mut words) = (said, 0);
    loop {
        let named = REPLY_WITH.iter().filter_map(|with| rest.strip_prefix(with)).find_map(named_word);
        let Some(left) = first_word(rest).or(named) else { break };
        (rest, words) = (left, words + 1);
    }
    words > 0 && is_rest(rest)
}

/// What follows the word that a text begins with.
fn first_word(said: &str) -> Option<&str> {
    WORDS.iter().find_map(|word| said.strip_prefix(word))
}

/// The same of a word that is named; there a letter ends it, too.
fn named_word(said: &str) -> Option<&str> {
    first_word(said).or_else(|| matches!(said, "T" | "N").then_some(""))
}

/// Nothing, or what is no longer wanted.
fn is_rest(said: &str) -> bool {
    let mut rest = said;
    while let Some(left) = WITH.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = left;
    }
    rest.is_empty()
}

/// "不要再给我发短信了".
fn is_sentence(said: &str) -> bool {
    let Some(rest) = NOT.iter().find_map(|not| said.strip_prefix(not)) else { return false };
    let mut rest = rest;
    while let Some(left) = TO.iter().find_map(|to| rest.strip_prefix(to)) {
        rest = left;
    }
    DEEDS.iter().filter_map(|deed| rest.strip_prefix(deed)).any(is_rest)
}

/// "取消订阅", "拒绝推送".
fn is_cancellation(said: &str) -> bool {
    let rest = ["取消", "拒绝"].into_iter().find_map(|word| said.strip_prefix(word));
    rest.is_some_and(|rest| CANCELLED.iter().filter_map(|one| rest.strip_prefix(one)).any(is_rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO: [&str; 64] = [
        "拒收请回复TD",
        "拒收请回复T",
        "退订回T",
        "T退订",
        "回T退订",
        "拒绝短信",
        "拒绝推送",
        "取消营销短信",
        "STOP ALL",
        "STOPALL",
        "我要拒收短信",
        "TD",
        "td",
        "Td",
        "T",
        "t",
        "退订",
        "退訂",
        "ＴＤ",
        "ｔｄ",
        "Ｔ",
        "TD退订",
        "退订TD",
        "拒收",
        "回复TD",
        "拒收TD",
        "N",
        "n",
        "STOP",
        "Stop",
        "取消",
        "不要再发了",
        "不要再發了",
        "别再发了",
        "别发了",
        "请勿打扰",
        "停止发送",
        "不要给我发短信",
        "不要再给我发广告了",
        "不要再发短信给我了",
        "别再骚扰我了",
        "請勿再發",
        "不想再收到",
        "不想收到这些信息了",
        "取消订阅",
        "取消短信",
        "取消訂閱",
        "unsubscribe",
        "回TD",
        "回复退订",
        "我要退订",
        "请退订",
        "退订，谢谢",
        "麻烦退订一下",
        "退订短信",
        "拒收短信",
        "拒绝接收",
        "不再接收",
        "TD TD",
        "Cancel",
        "Opt-out",
        "拒收 回复TD",
        "以后不要再发了",
        "勿扰",
    ];
    const UNCLEAR: [&str; 48] = [
        "我要取消",
        "帮我取消一下",
        "我拒收了",
        "请停止",
        "",
        "好的",
        "怎么退订？",
        "不退订",
        "别退订",
        "不要退订",
        "不要拒收",
        "取消退订",
        "TDD",
        "1",
        "0",
        "T恤有货吗",
        "t恤",
        "。",
        "退",
        "退货",
        "退订成功了吗",
        "怎么取消",
        "取消订单",
        "取消订单123",
        "不要发错了",
        "不要再发货了",
        "别发快递",
        "Y",
        "好",
        "收到",
        "不",
        "不是",
        "不要",
        "N95口罩",
        "NO1",
        "STOP IT PLEASE",
        "TD怎么发",
        "我要买TD",
        "请发货",
        "别忘了发货",
        "不要停止发送",
        "不用取消",
        "我没有退订",
        "谁退订了",
        "为什么给我发短信",
        "回复",
        "谢谢",
        "请",
    ];

    #[test]
    fn what_can_mean_only_no_is_a_no_and_nothing_else_is() {
        for reply in NO {
            assert!(is_opt_out(reply), "{reply}");
        }
        for reply in UNCLEAR {
            assert!(!is_opt_out(reply), "{reply}");
        }
    }

    #[test]
    fn what_holds_nothing_says_nothing() {
        for nothing in ["", " ", "\u{200b}\r\n\u{3000}"] {
            assert!(!says_something(nothing));
        }
        for something in ["？", "1", "👎", "好"] {
            assert!(says_something(something));
        }
    }

    proptest! {
        #[test]
        fn the_word_is_known_however_it_is_written(
            word in proptest::sample::select(NO.to_vec()),
            before in "[ \t\r\n\u{3000}\u{200b}\u{feff}，。！!.,“”\"'【】（）]{0,6}",
            after in "[ \t\r\n\u{3000}\u{200b}\u{feff}，。！!.,“”\"'【】（）]{0,6}",
        ) {
            let reply = format!("{before}{word}{after}");
            prop_assert!(is_opt_out(&reply));
        }

        #[test]
        fn a_word_with_other_letters_is_another_word(
            word in proptest::sample::select(WORDS.to_vec()), more in "[a-km-oqrv-z买卖好坏]{1,8}",
        ) {
            let reply = format!("{more}{word}{more}");
            prop_assert!(!is_opt_out(&reply), "{}", reply);
        }
    }
}
