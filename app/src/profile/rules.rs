//! What makes an address, and which one is the default. Pure.

use super::model::{Address, AddressDraft, PROVINCES};
use crate::accounts::model::Wrong;
use crate::promises::ADDRESSES_MAX;

/// A field of the address form, and what is wrong with it.
pub type WrongField = (&'static str, Wrong);

/// The address that a draft describes.
///
/// # Errors
/// Every field that does not fit, in the order of the form.
pub fn check(draft: &AddressDraft) -> Result<Address, Vec<WrongField>> {
    let mut wrong = Vec::new();
    let mut text = |field, value: &str, most: usize, missing: Wrong, long: Wrong| {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if value.is_empty() && !missing.is_empty() {
            wrong.push((field, missing));
        } else if value.chars().count() > most {
            wrong.push((field, long));
        } else if value.chars().any(|c| c.is_control() || matches!(c, '<' | '>')) {
            wrong.push((field, "含有不能用的字符"));
        }
        value
    };
    let consignee = text("consignee", &draft.consignee, 25, "请填写收货人", "收货人最多25个字");
    let city = text("city", &draft.city, 30, "请填写城市", "城市最多30个字");
    let district = text("district", &draft.district, 30, "", "区县最多30个字");
    let street = text("street", &draft.street, 120, "请填写详细地址", "详细地址最多120个字");
    let phone = draft.phone.parse();
    if let Err(message) = phone {
        wrong.push(("phone", message));
    }
    let province = PROVINCES.into_iter().find(|name| *name == draft.province);
    if province.is_none() {
        wrong.push(("province", "请选择省份"));
    }
    match (phone, province) {
        (Ok(phone), Some(province)) if wrong.is_empty() => {
            Ok(Address { consignee, phone, province, city, district, street })
        }
        _ => Err(wrong),
    }
}

/// One more address does not fit.
pub const TOO_MANY: &str = "最多保存20个收货地址，请先删除不用的。";

/// Whether a person with so many addresses may add one.
#[must_use]
pub const fn may_add(present: usize) -> bool {
    present < ADDRESSES_MAX
}

/// Whether a new address becomes the default: the first one always does.
#[must_use]
pub const fn becomes_default(present: usize, wished: bool) -> bool {
    wished || present == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draft() -> AddressDraft {
        AddressDraft {
            consignee: " 林 小满".into(),
            phone: "138 0013 8000".into(),
            province: "上海市".into(),
            city: "上海市".into(),
            district: "徐汇区".into(),
            street: "番禺路  100号".into(),
        }
    }

    #[test]
    fn an_address_is_tidied_and_shown_without_its_street() {
        let address = check(&draft()).expect("fits");
        assert_eq!(address.region(), "上海市徐汇区");
        assert_eq!(address.reveal().street, "番禺路 100号");
        assert_eq!(format!("{address:?}"), "林** 138****8000 上海市徐汇区");
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let empty: Vec<_> = check(&AddressDraft::default()).expect_err("empty").into_iter().map(|(f, _)| f).collect();
        assert_eq!(empty, ["consignee", "city", "street", "phone", "province"]);
        let long = AddressDraft { street: "路".repeat(121), ..draft() };
        assert_eq!(check(&long), Err(vec![("street", "详细地址最多120个字")]));
        let markup = AddressDraft { city: "<b>".into(), ..draft() };
        assert_eq!(check(&markup), Err(vec![("city", "含有不能用的字符")]));
    }

    #[test]
    fn the_message_names_the_limit() {
        assert!(TOO_MANY.contains(&ADDRESSES_MAX.to_string()));
        assert!(may_add(ADDRESSES_MAX - 1) && !may_add(ADDRESSES_MAX));
        assert!(becomes_default(0, false) && !becomes_default(1, false));
    }

    proptest! {
        #[test]
        fn what_was_checked_passes_again_unchanged(street in "[^\\p{C}<>]{1,100}", consignee in "[^\\p{C}<>]{1,20}") {
            if let Ok(address) = check(&AddressDraft { street, consignee, ..draft() }) {
                prop_assert_eq!(check(&address.reveal()), Ok(address));
            }
        }
    }
}
