//! What a claim must say, and on which grounds it is refused. Pure.

use super::model::{Account, Claim};
use crate::accounts::model::{PhoneNumber, Wrong};
use crate::promises::{LOST_CLAIMS_PER_CONTACT, LOST_TEXT_MIN, REQUEST_CHARS};
use crate::requests::model::Ground;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Phone or username.
    pub account: String,
    /// The phone that answers.
    pub contact: String,
    /// What only the owner would know.
    pub text: String,
    /// The statement that it is one's own account was ticked.
    pub is_own: bool,
}

/// The claim, tidied.
///
/// # Errors
/// Every field, and what is wrong with it in the person's words.
pub fn check(typed: &Typed) -> Result<Claim, Vec<(&'static str, Wrong)>> {
    let account = typed.account.parse::<Account>();
    let contact = typed.contact.parse::<PhoneNumber>();
    let text = check_text(&typed.text);
    let mut wrong = Vec::new();
    wrong.extend(account.as_ref().err().map(|why| ("account", *why)));
    wrong.extend(contact.as_ref().err().map(|why| ("phone", *why)));
    wrong.extend(text.as_ref().err().map(|why| ("text", *why)));
    if !typed.is_own {
        wrong.push(("own", "请确认这是你本人的账号"));
    }
    match (account, contact, text) {
        (Ok(Account::Phone(phone)), Ok(contact), _) if phone == contact => {
            wrong.push(("phone", "这个号码还能收短信的话，请返回登录页，用验证码登录后注销，不用等审核"));
            Err(wrong)
        }
        (Ok(account), Ok(contact), Ok(text)) if wrong.is_empty() => Ok(Claim { account, contact, text }),
        _ => Err(wrong),
    }
}

fn check_text(typed: &str) -> Result<String, Wrong> {
    let text = typed.trim().replace("\r\n", "\n");
    match text.chars().count() {
        0 => Err("请写下只有你知道的事，由人核对"),
        n if n < LOST_TEXT_MIN => Err("太短了，请再多写一些，至少10个字"),
        n if n > REQUEST_CHARS => Err("太长了，最多500个字"),
        _ if text.chars().any(|c| c.is_control() && c != '\n') => Err("含有不能用的字符"),
        _ => Ok(text),
    }
}

/// Whoever has so many open claims waits for an answer first.
///
/// # Errors
/// Why, in the person's words: only whoever answers at the phone reads it.
pub const fn may_file(open_of_contact: usize) -> Result<(), Wrong> {
    if open_of_contact < LOST_CLAIMS_PER_CONTACT {
        return Ok(());
    }
    Err("这个联系手机号已经有2个申请在办理，请等答复后再提交")
}

/// Whether a refusal on that ground tells nobody whether there is such an account.
#[must_use]
pub const fn tells_nothing(ground: Ground) -> bool {
    matches!(ground, Ground::NotProved | Ground::SuspectedFraud | Ground::TooMany)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lost::model::State;
    use proptest::prelude::*;

    const TEXT: &str = "上周买过两盒咖啡，寄到文三路";

    fn typed(account: &str, contact: &str, text: &str) -> Typed {
        Typed { account: account.into(), contact: contact.into(), text: text.into(), is_own: true }
    }

    fn wrong(typed: &Typed) -> Vec<&'static str> {
        check(typed).err().unwrap_or_default().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn a_claim_says_which_account_who_answers_and_what_only_its_owner_knows() {
        let claim = check(&typed(" 139 0000 0001", "13900000002", &format!(" {TEXT}\r\n"))).expect("is whole");
        assert_eq!((claim.account.masked().as_str(), claim.text.as_str()), ("139****0001", TEXT));
        let named = check(&typed("Sea人", "13900000002", TEXT)).expect("is whole");
        assert_eq!((named.account.masked().as_str(), named.account.folded().as_str()), ("S**", "sea人"));
        assert_eq!(wrong(&Typed::default()), ["account", "phone", "text", "own"]);
        assert_eq!(wrong(&typed("1", "1", "短")), ["account", "phone", "text"]);
        assert_eq!(wrong(&typed("13900000001", "13900000002", &"字".repeat(REQUEST_CHARS + 1))), ["text"]);
        assert_eq!(wrong(&typed("13900000001", "13900000002", "字字字字字\0字字字字字")), ["text"]);
        assert_eq!(wrong(&Typed { is_own: false, ..typed("13900000001", "13900000002", TEXT) }), ["own"]);
    }

    #[test]
    fn whoever_still_has_the_phone_is_shown_the_shorter_way() {
        assert_eq!(wrong(&typed("13900000001", "+86 13900000001", TEXT)), ["phone"]);
    }

    #[test]
    fn messages_name_their_limits() {
        assert!(may_file(LOST_CLAIMS_PER_CONTACT - 1).is_ok());
        assert!(may_file(LOST_CLAIMS_PER_CONTACT).is_err_and(|why| why.contains(&LOST_CLAIMS_PER_CONTACT.to_string())));
        assert!(check_text("短").is_err_and(|why| why.contains(&LOST_TEXT_MIN.to_string())));
    }

    #[test]
    fn no_refusal_tells_whether_there_is_such_an_account() {
        assert!(
            tells_nothing(Ground::NotProved) && !tells_nothing(Ground::NotHeld) && !tells_nothing(Ground::Arranged)
        );
        assert!(State::ALL.iter().all(|state| state.id().parse() == Ok(*state)));
    }

    proptest! {
        /// However a name or a phone is typed: both ways to look it up agree, and no name is taken for a phone.
        #[test]
        fn an_account_is_found_however_it_is_typed(digits in "1[3-9][0-9]{9}", name in "[A-Za-z小满]{2,12}") {
            let spaced: Account = format!(" {} {}-{}", &digits[..3], &digits[3..7], &digits[7..]).parse().expect("a phone");
            prop_assert_eq!(spaced.folded(), digits);
            let upper: Account = format!(" {}", name.to_uppercase()).parse().expect("a name");
            let lower: Account = name.to_lowercase().parse().expect("a name");
            prop_assert_eq!(upper.folded(), lower.folded());
        }
    }
}
