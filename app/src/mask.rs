//! Masking, on the server, before anything leaves it (个保法 51). The rules' ids are the data catalogue's.

use serde::{Deserialize, Serialize};

use crate::profile::model::PROVINCES;

/// How a kind of data is shown before 查看完整.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mask {
    /// `******`.
    #[serde(rename = "m0")]
    All,
    /// `138****5678`.
    #[serde(rename = "m1")]
    Phone,
    /// `张**`.
    #[serde(rename = "m2")]
    Name,
    /// Province, city and district.
    #[serde(rename = "m3")]
    Region,
    /// First and last character.
    #[serde(rename = "m4")]
    Ends,
    /// `z***@domain`.
    #[serde(rename = "m5")]
    Email,
    /// A network address without its last part.
    #[serde(rename = "m6")]
    NetworkAddress,
    /// First and last four characters.
    #[serde(rename = "m7")]
    FirstAndLastFour,
    /// Never shown, not even after 查看完整: it can't be read back, or nobody should.
    #[serde(rename = "x")]
    Never,
    /// Shown as it is.
    #[serde(rename = "-")]
    None,
}

/// What stands in place of a value that is hidden whole. Its length tells nothing.
pub const HIDDEN: &str = "******";

impl Mask {
    /// The value as it may be shown to somebody who has not just proved who they are.
    #[must_use]
    pub fn apply(self, full: &str) -> String {
        match self {
            Self::All | Self::Never => HIDDEN.to_owned(),
            Self::Phone => phone(full),
            Self::Name => name(full),
            Self::Region => region(full),
            Self::Ends => ends(full),
            Self::Email => email(full),
            Self::NetworkAddress => network_address(full),
            Self::FirstAndLastFour => first_and_last_four(full),
            Self::None => full.to_owned(),
        }
    }

    /// True when something is hidden that 查看完整 shows.
    #[must_use]
    pub const fn can_be_lifted(self) -> bool {
        !matches!(self, Self::Never | Self::None)
    }
}

/// m1: the first three and the last four of at least eleven characters; of fewer, none.
#[must_use]
pub fn phone(full: &str) -> String {
    keep(full, 3, 4, 11)
}

/// m2: the first character, however long the name is; of a single character, none.
#[must_use]
pub fn name(full: &str) -> String {
    let mut chars = full.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(_)) => format!("{first}**"),
        _ => "**".to_owned(),
    }
}

/// m3: province, city and district, as far as they stand at the beginning; nothing of a text without a province.
#[must_use]
pub fn region(full: &str) -> String {
    let Some(province) = PROVINCES.into_iter().find(|province| full.starts_with(province)) else {
        return HIDDEN.to_owned();
    };
    let mut shown = province.to_owned();
    // A city that is a province of its own has no further city, only districts.
    let districts: &[&str] = &["区", "县", "市", "旗"];
    let levels: &[&[&str]] =
        if province.ends_with('市') { &[districts] } else { &[&["自治州", "地区", "市", "盟"], districts] };
    let mut rest = &full[province.len()..];
    for endings in levels {
        let Some(end) = end_of_place(rest, endings) else { break };
        let (part, after) = rest.split_at(end);
        shown.push_str(part);
        rest = after;
    }
    format!("{shown}****")
}

/// Where the name of a place at the beginning of a text ends: with the first of the endings that is not all of it. A name of a
/// place is short and all 汉字; further on the same character belongs to a street.
fn end_of_place(text: &str, endings: &[&str]) -> Option<usize> {
    const LONGEST: usize = 12;
    let is_name = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    let name: String = text.chars().take(LONGEST).take_while(is_name).collect();
    let ends = endings.iter().filter_map(|ending| {
        let from = name.chars().next()?.len_utf8();
        name[from..].find(ending).map(|at| from + at + ending.len())
    });
    ends.min()
}

/// m4: the first and the last character, the length kept; of fewer than four, none.
#[must_use]
pub fn ends(full: &str) -> String {
    let count = full.chars().count();
    let shown = |at: usize| count > 3 && (at == 0 || at + 1 == count);
    full.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

/// m5: the first character of the name, and the domain.
#[must_use]
pub fn email(full: &str) -> String {
    match full.rsplit_once('@') {
        Some((name, domain)) if name.chars().count() > 1 => {
            let first: String = name.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        Some((_, domain)) => format!("***@{domain}"),
        None => HIDDEN.to_owned(),
    }
}

/// m6: all but the last part of an IPv4 address (RFC 791), or the first three groups of an IPv6 address (RFC 4291), which
/// name a site and no household.
#[must_use]
pub fn network_address(full: &str) -> String {
    match full.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.*")
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:*")
        }
        Err(_) => "*".to_owned(),
    }
}

/// m7: the first and last four of at least twelve characters; of fewer, none.
#[must_use]
pub fn first_and_last_four(full: &str) -> String {
    keep(full, 4, 4, 12)
}

fn keep(full: &str, front: usize, back: usize, at_least: usize) -> String {
    let count = full.chars().count();
    if count < at_least {
        return HIDDEN.to_owned();
    }
    let first: String = full.chars().take(front).collect();
    let last: String = full.chars().skip(count - back).collect();
    format!("{first}****{last}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_of_the_rules() {
        let examples = [
            (Mask::All, "1280.00元", "******"),
            (Mask::Phone, "13800138000", "138****8000"),
            (Mask::Phone, "1380013", "******"),
            (Mask::Name, "张三丰", "张**"),
            (Mask::Name, "李", "**"),
            (Mask::Region, "浙江省杭州市西湖区文三路258号", "浙江省杭州市西湖区****"),
            (Mask::Region, "上海市徐汇区番禺路100号", "上海市徐汇区****"),
            (Mask::Region, "山东省青岛市市南区香港中路1号", "山东省青岛市市南区****"),
            (Mask::Region, "云南省大理白族自治州大理市古城", "云南省大理白族自治州大理市****"),
            (Mask::Region, "浙江省 30.274 120.155 号市", "浙江省****"),
            (Mask::Region, "30.274,120.155", "******"),
            (Mask::Ends, "330106199003071234", "3****************4"),
            (Mask::Ends, "abc", "***"),
            (Mask::Email, "zhang@example.cn", "z***@example.cn"),
            (Mask::Email, "z@example.cn", "***@example.cn"),
            (Mask::NetworkAddress, "192.0.2.77", "192.0.2.*"),
            (Mask::NetworkAddress, "2001:db8::77", "2001:db8:0:*"),
            (Mask::NetworkAddress, "?", "*"),
            (Mask::FirstAndLastFour, "a1b2c3d4e5f6", "a1b2****e5f6"),
            (Mask::Never, "f00d", "******"),
            (Mask::None, "直播间", "直播间"),
        ];
        for (mask, full, shown) in examples {
            assert_eq!(mask.apply(full), shown, "{mask:?} of {full}");
        }
    }

    /// How many characters of the value a rule may show: at the front and at the back.
    fn may_show(mask: Mask) -> (usize, usize) {
        match mask {
            Mask::All | Mask::Never => (0, 0),
            Mask::Phone => (3, 4),
            Mask::Name => (1, 0),
            Mask::Ends => (1, 1),
            Mask::FirstAndLastFour => (4, 4),
            Mask::Region | Mask::Email | Mask::NetworkAddress | Mask::None => (usize::MAX, usize::MAX),
        }
    }

    proptest! {
        /// Values are made of letters and 汉字, so that whatever is no `*` was shown.
        #[test]
        fn a_mask_never_shows_more_than_its_rule(full in "[a-z0-9\u{4e00}-\u{9fa5}]{0,40}") {
            for mask in [Mask::All, Mask::Phone, Mask::Name, Mask::Ends, Mask::FirstAndLastFour, Mask::Never] {
                let (front, back) = may_show(mask);
                let masked = mask.apply(&full);
                let shown = masked.chars().filter(|c| *c != '*').count();
                prop_assert!(shown <= front + back, "{mask:?} shows {masked} of {full}");
                // What is shown is never the whole value.
                prop_assert!(full.is_empty() || shown < full.chars().count(), "{mask:?} shows all of {full}");
            }
        }

        #[test]
        fn a_region_shows_no_street(
            province in proptest::sample::select(&PROVINCES[..]), city in "[\u{4e00}-\u{9fa5}]{1,5}",
            street in "[a-z0-9]{1,8}",
        ) {
            let masked = region(&format!("{province}{city}市{street}号"));
            prop_assert!(!masked.chars().any(|c| c.is_ascii_alphanumeric()), "{masked}");
        }

        #[test]
        fn an_email_shows_one_character_of_its_name(name in "[b-y]{1,20}") {
            let masked = email(&format!("{name}@zz.z"));
            prop_assert_eq!(masked.chars().filter(|c| ('b'..='y').contains(c)).count(), usize::from(name.len() > 1));
        }

        #[test]
        fn an_address_never_shows_its_last_part(parts in proptest::array::uniform4(100_u8..)) {
            let [a, b, c, d] = parts;
            let masked = network_address(&format!("{a}.{b}.{c}.{d}"));
            prop_assert_eq!(masked, format!("{a}.{b}.{c}.*"));
        }

        #[test]
        fn what_is_no_address_is_hidden_whole(full in "[a-z0-9:.]{0,20}x") {
            prop_assert_eq!(network_address(&full), "*");
        }
    }
}
