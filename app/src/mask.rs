//! Masking, on the server, before anything leaves it (个保法 51). Names of the rules are the data catalogue's.
//!
//! | rule | shows | where |
//! |---|---|---|
//! | m1 | `138****5678` | [`PhoneNumber::masked`](crate::accounts::model::PhoneNumber::masked) |
//! | m2 | `张**` | [`name`] |
//! | m3 | province, city and district | [`Address::region`](crate::profile::model::Address::region) |
//! | m4 | first and last character | [`ends`] |

/// m2: the first character, however long the name is; of a single character, none.
#[must_use]
pub fn name(full: &str) -> String {
    let mut chars = full.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(_)) => format!("{first}**"),
        _ => "**".to_owned(),
    }
}

/// m4: the first and the last character, the length kept; of fewer than four, none.
#[must_use]
pub fn ends(full: &str) -> String {
    let count = full.chars().count();
    let shown = |at: usize| count > 3 && (at == 0 || at + 1 == count);
    full.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_of_the_rules() {
        assert_eq!(name("张三丰"), "张**");
        assert_eq!(name("李"), "**");
        assert_eq!(ends("330106199003071234"), "3****************4");
        assert_eq!(ends("abc"), "***");
    }

    proptest! {
        #[test]
        fn a_mask_never_shows_more_than_its_rule(full in "[a-z\u{4e00}-\u{9fa5}]{0,30}") {
            prop_assert!(name(&full).chars().filter(|c| *c != '*').count() <= 1);
            prop_assert!(ends(&full).chars().filter(|c| *c != '*').count() <= 2);
            prop_assert_eq!(ends(&full).chars().count(), full.chars().count());
        }
    }
}
