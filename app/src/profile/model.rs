//! Addresses and the verified name, valid by construction.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::accounts::model::{PhoneNumber, Wrong};
use crate::mask;

/// 省级行政区 (GB/T 2260), in the order of their codes.
pub const PROVINCES: [&str; 34] = [
    "北京市",
    "天津市",
    "河北省",
    "山西省",
    "内蒙古自治区",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "上海市",
    "江苏省",
    "浙江省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "广西壮族自治区",
    "海南省",
    "重庆市",
    "四川省",
    "贵州省",
    "云南省",
    "西藏自治区",
    "陕西省",
    "甘肃省",
    "青海省",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
    "台湾省",
    "香港特别行政区",
    "澳门特别行政区",
];

/// An address as it was typed, and as it is sealed: nothing is known of it yet.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressDraft {
    /// 收货人.
    pub consignee: String,
    /// 手机号.
    pub phone: String,
    /// 省份.
    pub province: String,
    /// 城市.
    pub city: String,
    /// 区县; some cities have none.
    pub district: String,
    /// 详细地址.
    pub street: String,
}

/// Says nothing: what was typed is never logged.
impl std::fmt::Debug for AddressDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressDraft(…)")
    }
}

/// 收货地址. Made by [`rules::check`](super::rules::check) alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) consignee: String,
    pub(super) phone: PhoneNumber,
    pub(super) province: &'static str,
    pub(super) city: String,
    pub(super) district: String,
    pub(super) street: String,
}

impl Address {
    /// m2 of 收货人.
    #[must_use]
    pub fn masked_consignee(&self) -> String {
        mask::name(&self.consignee)
    }

    /// m1 of 收货人电话.
    #[must_use]
    pub fn masked_phone(&self) -> String {
        self.phone.masked()
    }

    /// m3: province, city and district, and nothing of the street.
    #[must_use]
    pub fn region(&self) -> String {
        let mut region = self.province.to_owned();
        // A city that is a province of its own is not said twice.
        if self.city != self.province {
            region.push_str(&self.city);
        }
        region.push_str(&self.district);
        region
    }

    /// All of it, to be corrected by a person who has just proved who they are, or to be sealed.
    #[must_use]
    pub fn reveal(&self) -> AddressDraft {
        AddressDraft {
            consignee: self.consignee.clone(),
            phone: self.phone.reveal().to_owned(),
            province: self.province.to_owned(),
            city: self.city.clone(),
            district: self.district.clone(),
            street: self.street.clone(),
        }
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.masked_consignee(), self.masked_phone(), self.region())
    }
}

/// 公民身份号码 (GB 11643): 18 characters, the last a check on the others.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber(String);

impl IdNumber {
    /// All of it. Only for a person who has just proved who they are.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// m4.
    #[must_use]
    pub fn masked(&self) -> String {
        mask::ends(&self.0)
    }
}

impl FromStr for IdNumber {
    type Err = Wrong;

    fn from_str(typed: &str) -> Result<Self, Wrong> {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
        let number = typed.trim().to_uppercase();
        let wrong = "身份证号不对，请再核对一遍";
        let digits: Vec<u32> = number.chars().take(17).filter_map(|c| c.to_digit(10)).collect();
        if number.chars().count() != 18 || digits.len() != 17 {
            return Err(wrong);
        }
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        let fits = number.ends_with(CHECKS[sum as usize % CHECKS.len()]);
        if fits { Ok(Self(number)) } else { Err(wrong) }
    }
}

impl std::fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

/// 实名信息, collected at withdrawal (policy 一.1.5).
#[derive(Clone)]
pub struct RealName {
    /// 姓名.
    pub name: String,
    /// 身份证号.
    pub id_number: IdNumber,
}

impl std::fmt::Debug for RealName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", mask::name(&self.name), self.id_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_number_must_fit_its_check() {
        // The example of GB 11643-1999.
        assert!("11010519491231002X".parse::<IdNumber>().is_ok());
        assert!("11010519491231002x".parse::<IdNumber>().is_ok());
        for wrong in ["110105194912310021", "1101051949123100X", "", "一二三四五六七八九十一二三四五六七八"]
        {
            assert!(wrong.parse::<IdNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_id_number_is_never_printed_whole() {
        let number: IdNumber = "11010519491231002X".parse().expect("fits");
        assert_eq!(format!("{number:?}"), "1****************X");
        let name = RealName { name: "林小满".to_owned(), id_number: number };
        assert_eq!(format!("{name:?}"), "林** 1****************X");
    }
}
