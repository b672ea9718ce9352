//! What a request must say, and which states follow each other. Pure.

use super::model::{Kind, Status, Wish};
use crate::accounts::model::Wrong;
use crate::promises::{OPEN_REQUESTS_MAX, REQUEST_CHARS};

/// Kinds that a person files by the form of 提交申请; the others begin where they belong (副本下载, 删除, 转移, 近亲属申请,
/// 投诉与反馈).
pub const BY_FORM: &[Kind] = &[Kind::Explanation, Kind::Correction, Kind::Review];

/// Characters of a reviewer's name.
const REVIEWER_CHARS: usize = 40;

/// The reviewer's name, tidied; none when it names nobody. A review that names nobody is none (个保法 24(3)).
#[must_use]
pub fn reviewer(name: &str) -> Option<&str> {
    let name = name.trim();
    let fits = (1..=REVIEWER_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then_some(name)
}

/// Whether an answer to it has to say which human gave it.
#[must_use]
pub const fn needs_reviewer(kind: Kind) -> bool {
    matches!(kind, Kind::Review | Kind::Relative | Kind::Cancellation)
}

/// Whether a human answers it; the others are a job's.
#[must_use]
pub const fn is_answered_by_hand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Correction | Kind::Explanation | Kind::Review | Kind::Relative | Kind::Complaint | Kind::Cancellation
    )
}

/// One more request is too many.
pub const TOO_MANY: &str = "你有20个申请还没有答复，请等答复后再提交。";

/// Whether a person with so many open requests may make another.
#[must_use]
pub const fn may_make(open: usize) -> bool {
    open < OPEN_REQUESTS_MAX
}

/// The wish that a person typed, tidied.
///
/// # Errors
/// The field, and what is wrong with it in the person's words.
pub fn check(kind: Kind, typed: &Wish) -> Result<Wish, (&'static str, Wrong)> {
    let tidy = |text: &str| text.trim().replace("\r\n", "\n");
    let wish = Wish { value: tidy(&typed.value), text: tidy(&typed.text) };
    let long = |text: &str| text.chars().count() > REQUEST_CHARS;
    let odd = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    if kind == Kind::Correction && wish.value.is_empty() {
        return Err(("value", "请填写正确的内容"));
    }
    if wish.text.is_empty() {
        let missing = match kind {
            Kind::Correction => "请写明理由",
            Kind::Review => "请写明哪个决定不对、为什么",
            Kind::Complaint => "请写明发生了什么",
            Kind::Relative => "请写明为什么需要",
            _ => "请写明你想了解什么",
        };
        return Err(("text", missing));
    }
    for (field, text) in [("value", &wish.value), ("text", &wish.text)] {
        if long(text) {
            return Err((field, "太长了，最多500个字"));
        }
        if odd(text) {
            return Err((field, "含有不能用的字符"));
        }
    }
    Ok(wish)
}

/// Whether its person may take a request back here. A job carries out 查阅 and 转移; the latter, and 注销, are stopped where they
/// were begun.
#[must_use]
pub const fn may_revoke(kind: Kind, status: Status) -> bool {
    !status.has_ended() && !matches!(kind, Kind::Access | Kind::Transfer | Kind::Cancellation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(value: &str, text: &str) -> Wish {
        Wish { value: value.into(), text: text.into() }
    }

    #[test]
    fn a_wish_says_what_it_must() {
        assert_eq!(check(Kind::Explanation, &wish("", " 为什么？\r\n ")), Ok(wish("", "为什么？")));
        assert_eq!(check(Kind::Explanation, &wish("", " ")), Err(("text", "请写明你想了解什么")));
        assert_eq!(check(Kind::Correction, &wish("", "写错了")), Err(("value", "请填写正确的内容")));
        assert_eq!(check(Kind::Correction, &wish("李想", "")), Err(("text", "请写明理由")));
        assert_eq!(check(Kind::Correction, &wish("李想", "写错了")), Ok(wish("李想", "写错了")));
        assert_eq!(check(Kind::Review, &wish("", "")), Err(("text", "请写明哪个决定不对、为什么")));
        assert_eq!(check(Kind::Complaint, &wish("", "")), Err(("text", "请写明发生了什么")));
        assert_eq!(check(Kind::Complaint, &wish("", "还是收到了短信")), Ok(wish("", "还是收到了短信")));
        let long = "字".repeat(REQUEST_CHARS + 1);
        assert_eq!(check(Kind::Explanation, &wish("", &long)), Err(("text", "太长了，最多500个字")));
        assert_eq!(check(Kind::Explanation, &wish("", "a\0b")), Err(("text", "含有不能用的字符")));
    }

    #[test]
    fn what_a_job_carries_out_is_not_taken_back_here() {
        assert!(may_revoke(Kind::Correction, Status::Open) && !may_revoke(Kind::Correction, Status::Revoked));
        assert!(!may_revoke(Kind::Access, Status::InProgress) && !may_revoke(Kind::Transfer, Status::InProgress));
    }

    #[test]
    fn a_reviewer_has_a_name() {
        assert_eq!(reviewer(" 王审核 "), Some("王审核"));
        for nobody in ["", "  ", "a\nb"] {
            assert_eq!(reviewer(nobody), None);
        }
        assert_eq!(reviewer(&"长".repeat(REVIEWER_CHARS + 1)), None);
        let reviewed = [Kind::Review, Kind::Relative, Kind::Cancellation];
        assert!(Kind::ALL.iter().all(|kind| needs_reviewer(*kind) == reviewed.contains(kind)));
        assert!(reviewed.into_iter().all(is_answered_by_hand));
    }

    #[test]
    fn the_message_names_the_limit() {
        assert!(TOO_MANY.contains(&OPEN_REQUESTS_MAX.to_string()));
        assert!(may_make(OPEN_REQUESTS_MAX - 1) && !may_make(OPEN_REQUESTS_MAX));
    }
}
