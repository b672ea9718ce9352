//! Money that is given up in writing: the person types a sentence that names the amount. It counts for that obstacle and that
//! amount, and for nothing else. Pure.

use super::affair::{Obstacle, yuan};

/// Money that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The obstacle's id.
    pub obstacle: String,
    /// How much, in fen.
    pub amount: i64,
}

/// What is typed.
#[must_use]
pub fn sentence(amount: i64) -> String {
    format!("我自愿放弃余额{}", yuan(amount))
}

/// Whether what was typed is that sentence: spaces, full-width digits and a full stop at its end do not matter.
#[must_use]
pub fn says(typed: &str, amount: i64) -> bool {
    let half = |c: char| match c {
        '０'..='９' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '．' => '.',
        c => c,
    };
    let tidy: String = typed.chars().filter(|c| !c.is_whitespace()).map(half).collect();
    tidy.strip_suffix('。').unwrap_or(&tidy) == sentence(amount)
}

/// What still stands in the way.
#[must_use]
pub fn remaining(obstacles: &[Obstacle], waivers: &[Waiver]) -> Vec<Obstacle> {
    let given_up = |obstacle: &Obstacle| {
        waivers.iter().any(|waiver| waiver.obstacle == obstacle.id && Some(waiver.amount) == obstacle.amount)
    };
    obstacles.iter().filter(|obstacle| !given_up(obstacle)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::affair::AffairKind;
    use super::*;

    fn balance(id: &str, amount: Option<i64>) -> Obstacle {
        let kind = if amount.is_some() { AffairKind::Balance } else { AffairKind::Order };
        Obstacle { id: id.into(), kind, detail: "余额".into(), link: "https://shop.example/".into(), amount }
    }

    #[test]
    fn the_sentence_names_the_amount() {
        assert_eq!(sentence(1234), "我自愿放弃余额12.34元");
        for typed in ["我自愿放弃余额12.34元", " 我自愿放弃余额 12.34 元。", "我自愿放弃余额１２．３４元"]
        {
            assert!(says(typed, 1234), "{typed}");
        }
        for typed in ["", "我放弃余额12.34元", "我自愿放弃余额12.35元", "我自愿放弃余额12.34元吗", "我自愿放弃余额"]
        {
            assert!(!says(typed, 1234), "{typed}");
        }
    }

    proptest! {
        /// Only what was given up is out of the way, and only while it is the same amount.
        #[test]
        fn a_waiver_counts_for_its_obstacle_and_its_amount(
            held in proptest::collection::vec(("[ab]", proptest::option::of(1i64..4)), 0..6),
            given in proptest::collection::vec(("[ab]", 1i64..4), 0..6),
        ) {
            let obstacles: Vec<_> = held.iter().map(|(id, amount)| balance(id, *amount)).collect();
            let waivers: Vec<_> =
                given.iter().map(|(id, amount)| Waiver { obstacle: id.clone(), amount: *amount }).collect();
            let left = remaining(&obstacles, &waivers);
            for obstacle in &obstacles {
                let same = |(id, amount): &(String, i64)| *id == obstacle.id && Some(*amount) == obstacle.amount;
                prop_assert_eq!(left.contains(obstacle), !given.iter().any(same));
            }
        }
    }
}
