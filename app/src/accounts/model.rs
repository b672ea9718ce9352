//! What an account is made of, valid by construction.

use std::str::FromStr;

use crate::promises::{PASSWORD_CHARS, USERNAME_CHARS};
use crate::time::Moment;

/// A mobile number of mainland China, 11 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// What is wrong with something that was typed, in the person's words.
pub type Wrong = &'static str;

impl FromStr for PhoneNumber {
    type Err = Wrong;

    /// As a person types it or a machine sends it: full width, with invisible characters, separators and the country's prefix.
    /// Only what can mean one number alone.
    fn from_str(typed: &str) -> Result<Self, Wrong> {
        let compact: String = typed.chars().filter(|c| !is_between_digits(*c)).map(half_width).collect();
        let rest =
            ["+86", "0086", "86"].into_iter().find_map(|prefix| compact.strip_prefix(prefix)).unwrap_or(&compact);
        // Within the country a 0 stands before the number of another region, and some write it after the prefix, too.
        let digits = rest.strip_prefix('0').unwrap_or(rest);
        let fits = digits.len() == 11
            && digits.bytes().all(|b| b.is_ascii_digit())
            && digits.starts_with('1')
            && digits.as_bytes()[1] >= b'3';
        if fits { Ok(Self(digits.to_owned())) } else { Err("请输入11位手机号") }
    }
}

/// What stands in a number and means nothing: white space, separators, brackets, and what nobody sees.
fn is_between_digits(c: char) -> bool {
    let is_dash = matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}');
    let is_bracket = matches!(c, '(' | ')' | '（' | '）');
    c.is_whitespace() || is_dash || is_bracket || c == '.' || is_invisible(c)
}

/// A character that nobody sees, and that input methods, pages and machines leave in texts (Unicode's format characters).
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}')
}

/// A full-width character (U+FF01 to U+FF5E) as its ASCII twin.
#[must_use]
pub fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Whether this is a whole number of another country or region, in E.164 or with the prefix 00: nobody here has it. `+13800138000`
/// may be one of North America, or one of ours of which somebody left the 86 out: it is not known to be from elsewhere.
#[must_use]
pub fn is_from_elsewhere(number: &str) -> bool {
    let compact: String = number.chars().filter(|c| !is_between_digits(*c)).map(half_width).collect();
    let digits = compact.strip_prefix('+').or_else(|| compact.strip_prefix("00"));
    digits.is_some_and(|digits| {
        let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_number && !digits.starts_with('0') && !digits.starts_with("86") && digits.parse::<PhoneNumber>().is_err()
    })
}

impl PhoneNumber {
    /// The digits. Never put into a page or a log.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `138****5678`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What others see the person as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl FromStr for Username {
    type Err = Wrong;

    fn from_str(typed: &str) -> Result<Self, Wrong> {
        let name = typed.trim();
        if !USERNAME_CHARS.contains(&name.chars().count()) {
            return Err("用户名需要2到20个字");
        }
        if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '·')) {
            return Err("用户名只能用文字、数字、下划线、短横线和间隔号");
        }
        if name.parse::<PhoneNumber>().is_ok() {
            return Err("用户名不能是手机号，它会被别人看到");
        }
        Ok(Self(name.to_owned()))
    }
}

impl Username {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two names must differ in: case does not count.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A password that was typed. Printed as dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// As typed at sign-in: any length that argon2 may be fed.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Self(text.chars().take(*PASSWORD_CHARS.end()).collect())
    }

    /// A new one.
    ///
    /// # Errors
    /// Too short or too long (OWASP ASVS 6.2.1). Whether it is a common one, the server's list knows.
    pub fn new(text: &str) -> Result<Self, Wrong> {
        match text.chars().count() {
            n if n < *PASSWORD_CHARS.start() => Err("密码至少8个字符"),
            n if n > *PASSWORD_CHARS.end() => Err("密码最多64个字符"),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The characters. Only for hashing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("••••••••")
    }
}

/// The neutral question at registration (个保法 31; 儿童个人信息网络保护规定). No birthday is asked or stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeBand {
    /// A child: nothing happens until a guardian agrees.
    Under14,
    /// 14 to 17.
    From14,
    /// 18 and more.
    Adult,
}

impl AgeBand {
    /// All answers, in the order they are offered; none is chosen beforehand.
    pub const ALL: [Self; 3] = [Self::Under14, Self::From14, Self::Adult];

    /// The id in the form and the ledger.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Under14 => "under_14",
            Self::From14 => "from_14",
            Self::Adult => "adult",
        }
    }

    /// Under 18: no ads that are aimed, and no marketing (未成年人网络保护条例).
    #[must_use]
    pub const fn is_minor(self) -> bool {
        !matches!(self, Self::Adult)
    }

    /// What the answer is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Under14 => "未满14周岁",
            Self::From14 => "14至17周岁",
            Self::Adult => "18周岁及以上",
        }
    }
}

impl FromStr for AgeBand {
    type Err = Wrong;

    fn from_str(id: &str) -> Result<Self, Wrong> {
        Self::ALL.into_iter().find(|band| band.id() == id).ok_or("请选择年龄段")
    }
}

/// What a one-time code is for. One that was sent for one thing does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeUse {
    /// Open an account.
    Register,
    /// Sign in.
    SignIn,
    /// Prove again.
    StepUp,
    /// The present phone of a change.
    PresentPhone,
    /// The new phone of a change.
    NewPhone,
    /// Leave.
    Cancel,
    /// Answer at this phone about an account that one can't sign in to.
    Lost,
    /// Agree, at a guardian's phone, to a child's account.
    Guardian,
}

impl CodeUse {
    /// The id in the database.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::PresentPhone => "present_phone",
            Self::NewPhone => "new_phone",
            Self::Cancel => "cancel",
            Self::Lost => "lost",
            Self::Guardian => "guardian",
        }
    }

    /// Uses whose codes to one phone are counted together. Whoever knows no more than a phone takes nothing from a session that is
    /// signed in there, and by registering nothing from who signs in.
    #[must_use]
    pub const fn counted_with(self) -> &'static [Self] {
        match self {
            Self::SignIn => &[Self::SignIn],
            Self::Register | Self::NewPhone | Self::Lost => &[Self::Register, Self::NewPhone, Self::Lost],
            Self::Guardian => &[Self::Guardian],
            Self::StepUp | Self::PresentPhone | Self::Cancel => &[Self::StepUp, Self::PresentPhone, Self::Cancel],
        }
    }

    /// What the message says it is for.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Register => "注册账号",
            Self::SignIn => "登录",
            Self::StepUp => "验证身份",
            Self::PresentPhone | Self::NewPhone => "更换手机号",
            Self::Cancel => "注销账号",
            Self::Lost => "无法登录时注销账号",
            Self::Guardian => "监护人决定孩子能不能使用账号",
        }
    }
}

/// One row of 登录设备.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The session's id.
    pub id: uuid::Uuid,
    /// `Chrome · Windows`.
    pub name: String,
    /// The address with its last part hidden (mask m6).
    pub address: String,
    /// When it signed in.
    pub since: Moment,
    /// When it was last seen.
    pub last_seen: Moment,
    /// The one that asks.
    pub is_this: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_phone_is_read_as_people_type_it() {
        let ways = [
            "13800138000",
            " 138 0013 8000",
            "+8613800138000",
            "138-0013-8000",
            "8613800138000",
            "008613800138000",
            "86-13800138000",
            "+86 138 0013 8000",
            "+86 (0)138 0013 8000",
            "(+86)138.0013.8000",
            "（86）13800138000",
            "１３８００１３８０００",
            "＋８６　１３８－００１３－８０００",
            "\u{200b}138\u{2060}0013\u{feff}8000\u{202c}",
            "138–0013—8000",
            "013800138000",
        ];
        for typed in ways {
            assert_eq!(
                typed.parse::<PhoneNumber>().map(|p| p.reveal().to_owned()),
                Ok("13800138000".into()),
                "{typed}"
            );
        }
        let wrong = [
            "",
            "1380013800",
            "138001380001",
            "23800138000",
            "12800138000",
            "1380013800a",
            "一三八",
            "86",
            "+86",
            "86 86 13800138000",
            "+8713800138000",
            "0013800138000",
            "+13800138000",
            "13800138000+86",
            "138+00138000",
            "13800138000,13800138001",
            "13800138000/1",
            "tel13800138000",
            "8613800138000 8613800138001",
        ];
        for typed in wrong {
            assert!(typed.parse::<PhoneNumber>().is_err(), "{typed}");
        }
    }

    #[test]
    fn a_number_of_another_country_is_known_as_one() {
        for elsewhere in ["+1 555 0100", "00852 5123 4567", "+886-912-345-678", "＋４４ 7700 900123"] {
            assert!(is_from_elsewhere(elsewhere), "{elsewhere}");
            assert!(elsewhere.parse::<PhoneNumber>().is_err(), "{elsewhere}");
        }
        for unreadable in [
            "",
            "+",
            "+86 10 6255 0000",
            "0086138001380",
            "+1 555 0100x",
            "5550100",
            "+12",
            "+0113800138000",
            "+13800138000",
            "0013800138000",
        ] {
            assert!(!is_from_elsewhere(unreadable), "{unreadable}");
        }
    }

    proptest! {
        #[test]
        fn what_means_nothing_changes_no_number(
            digits in "1[3-9][0-9]{9}", prefix in "(|86|\\+86|0086)", between in "[ \u{3000}\u{200b}\u{feff}()（）.–-]{0,3}",
        ) {
            let split: String = format!("{prefix}{digits}").chars().flat_map(|c| [c.to_string(), between.clone()]).collect();
            prop_assert_eq!(split.parse::<PhoneNumber>().map(|p| p.reveal().to_owned()), Ok(digits));
        }

        #[test]
        fn a_masked_phone_shows_seven_digits_at_most(digits in "1[3-9][0-9]{9}") {
            let phone: PhoneNumber = digits.parse().expect("a phone");
            prop_assert_eq!(phone.masked().chars().filter(char::is_ascii_digit).count(), 7);
            let printed = format!("{phone:?}");
            prop_assert!(!printed.contains(&digits));
        }
    }

    #[test]
    fn a_username_is_no_phone_number_and_no_markup() {
        assert!("小满".parse::<Username>().is_ok());
        for typed in ["一", "13800138000", "a<b>", "a b", ""] {
            assert!(typed.parse::<Username>().is_err(), "{typed}");
        }
    }
}
