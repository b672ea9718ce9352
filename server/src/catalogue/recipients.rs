//! `recipients.toml`: everybody who receives data, and the words that are read before a decision about one of them.

use std::collections::BTreeMap;

use app::consents::Purpose;
use app::consents::model::Words;
use app::records::model::Field;
use app::sharing::model::{Due, Recipient, Role, Way};
use serde::Deserialize;
use toml::Spanned;

use super::data::line_of;
use super::{CatalogueError, Data, Shown};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    recipient: Vec<Spanned<Recipient>>,
}

/// The file, read but not yet checked.
pub(super) struct Read {
    pub all: Vec<Recipient>,
    /// Where each entry begins.
    pub lines: Vec<usize>,
}

impl Read {
    /// # Errors
    /// The text is not of the right shape.
    pub fn of(text: &str) -> Result<Self, CatalogueError> {
        let file: File = toml::from_str(text).map_err(|e| CatalogueError::Malformed("recipients.toml", e))?;
        let lines = file.recipient.iter().map(|recipient| line_of(text, recipient.span().start)).collect();
        Ok(Self { all: file.recipient.into_iter().map(Spanned::into_inner).collect(), lines })
    }
}

/// Whether a recipient gets a kind of data, with or without a decision about it.
pub(super) fn gets(recipient: &Recipient, field: &Field) -> bool {
    field.recipients.contains(&recipient.kind)
        || recipient.fields.contains(&field.id)
        || recipient.needs_consent_for(&field.id)
}

/// Every entry says all that a person must be told, and nothing that can't be.
pub(super) fn check(all: &[Recipient], lines: &[usize], fields: &[Field]) -> Result<(), CatalogueError> {
    for (recipient, line) in all.iter().zip(lines) {
        let wrong = |why| CatalogueError::Recipient { line: *line, recipient: recipient.id.clone(), why };
        check_one(recipient, all, fields).map_err(wrong)?;
    }
    Ok(())
}

fn check_one(recipient: &Recipient, all: &[Recipient], fields: &[Field]) -> Result<(), String> {
    let said = |why: &str| Err(why.to_owned());
    let Recipient { id, name, role, way, policy, .. } = recipient;
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return said("has an id with something other than a–z, 0–9 and _");
    }
    if all.iter().filter(|other| other.id == *id).count() > 1 {
        return said("stands there twice");
    }
    if all.iter().filter(|other| other.name == *name).count() > 1 {
        return Err(format!("has the name of another, {name}"));
    }
    let texts =
        [name, &recipient.kind, &recipient.legal_name, &recipient.contact, &recipient.what_for, &recipient.scene];
    if texts.iter().any(|text| text.trim().is_empty()) {
        return said("must have a name, kind, legal_name, contact, what_for and scene (个保法 23)");
    }
    let decides = matches!(role, Role::Controller | Role::Processor);
    if decides && policy.is_none() || policy.as_ref().is_some_and(|policy| !policy.starts_with("https://")) {
        return said("needs the https address of its policy");
    }
    if (*role == Role::Public) != (*way == Way::Published) {
        return said("is public exactly if its way is published");
    }
    if let Some(unknown) = recipient.fields.iter().find(|id| !fields.iter().any(|f| f.id == **id)) {
        return Err(format!("gets {unknown}, which is no field of data.toml"));
    }
    if !fields.iter().any(|field| gets(recipient, field)) {
        return said("gets no kind of data");
    }
    if recipient.abroad.is_some() != recipient.due(Purpose::CrossBorder).is_some() {
        return said("is abroad exactly if a cross_border decision is due about it (个保法 39)");
    }
    // What one partner may have only with consent, another of its kind may not have without.
    let of_kind = |other: &&Recipient| other.kind == recipient.kind;
    let spared = |field: &&Field| gets(recipient, field) && !recipient.needs_consent_for(&field.id);
    let asked = |field: &&Field| all.iter().filter(of_kind).any(|other| other.needs_consent_for(&field.id));
    if let Some(field) = fields.iter().filter(spared).find(asked) {
        return Err(format!("gets {} without the consent that another of its kind needs", field.id));
    }
    recipient.decisions.iter().try_for_each(|due| check_due(recipient, due, fields))
}

fn check_due(recipient: &Recipient, due: &Due, fields: &[Field]) -> Result<(), String> {
    let Due { purpose, what_for, necessity, impact, rights, .. } = due;
    let said = |why: &str| Err(format!("{why} in the decision {}", purpose.id()));
    if !purpose.is_per_recipient() {
        return said("names a purpose that is not decided per recipient");
    }
    if recipient.decisions.iter().filter(|other| other.purpose == *purpose).count() > 1 {
        return said("asks twice");
    }
    if recipient.role != Role::Controller && *purpose != Purpose::CrossBorder {
        return said("asks for a consent that only a controller needs");
    }
    if due.fields.is_empty() || !due.fields.iter().all(|id| fields.iter().any(|f| f.id == *id)) {
        return said("names no kind of data, or one that is no field of data.toml");
    }
    if [what_for, necessity, impact].iter().any(|text| text.trim().is_empty()) {
        return said("lacks what_for, necessity or impact (个保法 30)");
    }
    if rights.is_some() != (*purpose == Purpose::CrossBorder) {
        return said("tells how to exercise rights exactly if it is about abroad (个保法 39)");
    }
    Ok(())
}

/// What a person reads before each decision about one recipient. Its facts are part of what is shown: another contact, kind
/// of data, way or country is another text, and another hash in the ledger.
pub(super) fn words(
    whole: &BTreeMap<Purpose, (Words, Shown)>,
    data: &Data,
) -> BTreeMap<(Purpose, String), (Words, Shown)> {
    let mut about = BTreeMap::new();
    for recipient in data.all_recipients() {
        for due in &recipient.decisions {
            let general = &whole[&due.purpose].0;
            let words = Words {
                label: format!("{} · {}", recipient.name, general.label),
                what_for: due.what_for.clone(),
                when_off: general.when_off.clone(),
                unaffected: general.unaffected.clone(),
                necessity: Some(due.necessity.clone()),
                impact: Some(due.impact.clone()),
            };
            let names = due.fields.iter().filter_map(|id| data.field(id)).map(|field| field.name.clone());
            let mut facts = vec![
                recipient.legal_name.clone(),
                recipient.contact.clone(),
                names.collect::<Vec<_>>().join("、"),
                recipient.scene.clone(),
                recipient.way.words().to_owned(),
            ];
            facts.extend([&recipient.abroad, &due.rights, &recipient.policy].into_iter().flatten().cloned());
            let shown = Shown::with_facts(due.purpose, Some(&recipient.id), &words, &facts);
            about.insert((due.purpose, recipient.id.clone()), (words, shown));
        }
    }
    about
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    const DATA: &str = include_str!("../../catalogue/data.toml");
    const RECIPIENTS: &str = include_str!("../../catalogue/recipients.toml");

    #[test]
    fn what_is_wrong_with_a_recipient_is_refused_with_its_line() {
        let cases = [
            ("ads_juguang", "id = \"ads_juguang\"", "id = \"ads-juguang\"", "other than"),
            ("ads_harbour", "id = \"ads_harbour\"", "id = \"ads_juguang\"", "twice"),
            ("ads_harbour", "name = \"Harbour Ads\"", "name = \"聚光广告\"", "name of another"),
            ("sms", "contact = \"privacy@yunxun.example\"", "contact = \" \"", "must have a name"),
            ("sms", "policy = \"https:", "policy = \"http:", "https address"),
            ("tax", "way = \"filed\"", "way = \"published\"", "published"),
            ("tax", "way = \"filed\"", "way = \"filed\"\nfields = [\"income\"]", "income, which is no field"),
            ("direct_mail_japan", "abroad = \"日本\"\n", "", "exactly if a cross_border decision"),
            ("ads_juguang", "policy = ", "abroad = \"日本\"\npolicy = ", "exactly if a cross_border decision"),
            ("ads_juguang", "\"device_uid\", \"cookie_id\"", "\"device_uid\"", "gets cookie_id without"),
            ("ads_juguang", "\"advertising_sharing\"", "\"location\"", "not decided per recipient"),
            ("ads_harbour", "\"cross_border\"", "\"advertising_sharing\"", "exactly if a cross_border decision"),
            ("finance_anhe", "\"register_phone\", \"order_no\"", "\"phone\", \"order_no\"", "names no kind of data"),
            ("ads_juguang", "role = \"controller\"", "role = \"processor\"", "only a controller"),
            (
                "ads_juguang",
                "necessity = \"没有标识符，它无法知道同一个广告已经在这台设备上出现过几次。\"",
                "necessity = \"\"",
                "lacks",
            ),
            ("finance_anhe", "impact = ", "rights = \"写信\"\nimpact = ", "exactly if it is about abroad"),
        ];
        for (id, from, to, why) in cases {
            let start = RECIPIENTS.find(&format!("id = \"{id}\"")).expect("it is there");
            let at = RECIPIENTS[start..].find(from).unwrap_or_else(|| panic!("{from} is there")) + start;
            let text = format!("{}{to}{}", &RECIPIENTS[..at], &RECIPIENTS[at + from.len()..]);
            let error = Data::read(DATA, &text).expect_err(why).to_string();
            assert!(error.contains(why), "{error} does not say {why:?}");
            // [[recipient]] stands on the line above; a doubled one is found at the first of the two.
            let line = line_of(RECIPIENTS, start) - 1;
            let doubled = ["twice", "name of another"].contains(&why);
            assert!(doubled || error.contains(&format!("line {line}:")), "{error} does not name line {line}");
        }
    }

    #[test]
    fn each_decision_about_a_recipient_has_words_of_its_own_with_the_facts_in_their_hash() {
        let catalogue = Catalogue::load(None).expect("the built-in catalogue is fit");
        let mut hashes = std::collections::BTreeSet::new();
        for recipient in catalogue.data().all_recipients() {
            for due in &recipient.decisions {
                let shown = catalogue.shown(due.purpose, Some(&recipient.id)).expect("it has words");
                let facts = [Some(&recipient.contact), recipient.abroad.as_ref(), due.rights.as_ref()];
                assert!(facts.into_iter().flatten().all(|fact| shown.text.contains(fact.as_str())), "{}", shown.text);
                assert!(hashes.insert(shown.hash.clone()));
                assert!(catalogue.shown(due.purpose, None).is_none(), "nothing is decided about all at once");
            }
            assert!(catalogue.data().received_by(recipient).next().is_some());
        }
        assert!(hashes.len() >= 7);
        let other = RECIPIENTS.replace("privacy@juguang.example", "hello@juguang.example");
        let data = Data::read(DATA, &other).expect("reads");
        let words = words(&catalogue.words, &data);
        let (_, shown) = &words[&(Purpose::AdvertisingSharing, "ads_juguang".to_owned())];
        let before = catalogue.shown(Purpose::AdvertisingSharing, Some("ads_juguang")).expect("it has words");
        assert_ne!(shown.hash, before.hash);
    }
}
