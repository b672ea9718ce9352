//! When data may go to a recipient. Pure.

use super::model::Recipient;
use crate::consents::Purpose;
use crate::consents::model::{StandingAbout, Stood};

/// Every decision that must stand before data goes to a recipient for a purpose: that one, and where the recipient is
/// abroad, that it may leave the country. Nothing when no such decision is due about it: then nothing may go for it.
#[must_use]
pub fn needed(recipient: &Recipient, purpose: Purpose) -> Option<Vec<Purpose>> {
    recipient.due(purpose)?;
    let abroad = recipient.due(Purpose::CrossBorder).map(|due| due.purpose);
    Some(std::iter::once(purpose).chain(abroad.filter(|abroad| *abroad != purpose)).collect())
}

/// Whether data may go to a recipient for a purpose, by what the person has decided. No record is a "no" (个保法 23, 39).
#[must_use]
pub fn may_share(recipient: &Recipient, purpose: Purpose, standing: &StandingAbout) -> bool {
    let stands = |purpose: &Purpose| standing.get(&(*purpose, recipient.id.clone())).is_some_and(Stood::holds);
    needed(recipient, purpose).is_some_and(|needed| needed.iter().all(stands))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consents::model::{Decision, Lapse};
    use crate::consents::rules::decide_about;
    use crate::sharing::model::{Due, Role, Way};
    use crate::time::Moment;
    use proptest::prelude::*;

    fn recipient(id: &str, purposes: &[Purpose]) -> Recipient {
        let due = |purpose: &Purpose| Due {
            purpose: *purpose,
            fields: vec!["cookie_id".into()],
            what_for: "测试".into(),
            necessity: "测试".into(),
            impact: "测试".into(),
            rights: None,
        };
        let abroad = purposes.contains(&Purpose::CrossBorder).then(|| "新加坡".to_owned());
        Recipient {
            id: id.into(),
            name: id.into(),
            kind: id.into(),
            legal_name: id.into(),
            contact: id.into(),
            role: Role::Controller,
            what_for: "测试".into(),
            scene: "测试".into(),
            way: Way::Api,
            abroad,
            policy: None,
            note: None,
            fields: Vec::new(),
            decisions: purposes.iter().map(due).collect(),
        }
    }

    fn recipients() -> Vec<Recipient> {
        vec![
            recipient("a", &[Purpose::AdvertisingSharing]),
            recipient("b", &[Purpose::AdvertisingSharing, Purpose::CrossBorder]),
            recipient("c", &[Purpose::FinanceSharing]),
            recipient("d", &[Purpose::CrossBorder]),
            recipient("e", &[]),
        ]
    }

    fn stood(granted: bool) -> Stood {
        Stood { granted, since: Moment(0), policy_version: "1.0".into(), surface: "/".into(), lapsed: None }
    }

    #[test]
    fn no_record_is_a_no_and_abroad_asks_twice() {
        let mut standing = StandingAbout::new();
        let all = recipients();
        for recipient in &all {
            assert!(Purpose::ALL.iter().all(|purpose| !may_share(recipient, *purpose, &standing)));
        }
        standing.insert((Purpose::AdvertisingSharing, "b".into()), stood(true));
        assert!(!may_share(&all[1], Purpose::AdvertisingSharing, &standing), "it may not leave the country");
        standing.insert((Purpose::CrossBorder, "b".into()), stood(true));
        assert!(may_share(&all[1], Purpose::AdvertisingSharing, &standing));
        standing.insert((Purpose::CrossBorder, "b".into()), Stood { lapsed: Some(Lapse::Policy), ..stood(true) });
        assert!(!may_share(&all[1], Purpose::AdvertisingSharing, &standing), "a lapsed yes is no yes");
    }

    proptest! {
        /// A consent to one recipient never creates, changes or withdraws another's.
        #[test]
        fn a_decision_about_one_recipient_touches_no_other(
            wishes in proptest::collection::vec((0..5_usize, 0..4_usize, any::<bool>(), any::<bool>()), 0..60)
        ) {
            let all = recipients();
            let purposes: Vec<_> = Purpose::ALL.iter().copied().filter(|p| p.is_per_recipient()).collect();
            let mut standing = StandingAbout::new();
            for (who, what, granted, gpc) in wishes {
                let (recipient, purpose) = (&all[who], purposes[what % purposes.len()]);
                if recipient.due(purpose).is_none() {
                    continue;
                }
                let before = standing.clone();
                let key = (purpose, recipient.id.clone());
                let change = decide_about(standing.get(&key), Decision { purpose, granted }, gpc);
                if let Ok(Some(change)) = change {
                    prop_assert_eq!(change.purpose, purpose);
                    prop_assert!(!(change.granted && gpc && purpose.is_lowered_by_gpc()));
                    standing.insert(key.clone(), stood(change.granted));
                }
                for (other, stood) in &before {
                    prop_assert!(*other == key || standing.get(other) == Some(stood));
                }
                prop_assert!(standing.keys().all(|other| *other == key || before.contains_key(other)));
                for other in all.iter().filter(|other| other.id != recipient.id) {
                    for purpose in &purposes {
                        prop_assert_eq!(
                            may_share(other, *purpose, &standing),
                            may_share(other, *purpose, &before)
                        );
                    }
                }
            }
        }
    }
}
