//! When tags and search may be aimed at a person, and what a host's reasons say in words. Pure.

use super::model::{AD, NOTE, Origin, SOURCES, Shown, Source, TAGS, TYPE, Use, WHERE};
use crate::consents::{Purpose, Standing};
use crate::records::model::{Content, Field};

/// Whether tags may be there and be used.
#[must_use]
pub fn use_of(standing: &Standing) -> Use {
    match standing.0.get(&Purpose::PersonalisedRecommendation) {
        None => Use::NeverAllowed,
        Some(stood) if !stood.granted => Use::Ended,
        Some(stood) if stood.lapsed.is_some() => Use::AwaitsAnswer,
        Some(_) if standing.allows(Purpose::TagsPaused) => Use::Paused,
        Some(_) => Use::Used,
    }
}

/// Whether search results may refer to who the person is: only with 个性化推荐, and never with 搜索不个性化 (电商法 18).
#[must_use]
pub fn search_may_be_aimed(standing: &Standing) -> bool {
    standing.allows(Purpose::PersonalisedRecommendation) && !standing.allows(Purpose::UnaimedSearch)
}

/// The texts of a list as a host writes it: `浏览记录、搜索记录`.
fn listed(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in text.split(['、', '，', ',', '；', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    parts
}

fn detail<'c>(content: &'c Content, label: &str) -> &'c str {
    content.details.iter().find(|(known, _)| known == label).map_or("", |(_, text)| text.trim())
}

/// Where a tag comes from, as its record tells. What the catalogue does not know is told as the host wrote it.
#[must_use]
pub fn origin(content: &Content, fields: &[Field]) -> Origin {
    let source = |text: String| match fields.iter().find(|field| field.id == text || field.name == text) {
        Some(field) => Source { name: field.name.clone(), field: Some(field.id.clone()) },
        None => Source { name: text, field: None },
    };
    Origin {
        sources: listed(detail(content, SOURCES)).into_iter().map(source).collect(),
        note: detail(content, NOTE).to_owned(),
    }
}

/// What was picked, as its record tells.
#[must_use]
pub fn shown(content: &Content, fields: &[Field]) -> Shown {
    Shown {
        item: content.value.clone(),
        is_ad: detail(content, TYPE) == AD,
        place: detail(content, WHERE).to_owned(),
        tags: listed(detail(content, TAGS)),
        origin: origin(content, fields),
    }
}

/// Why it was picked, in a sentence.
#[must_use]
pub fn explain(shown: &Shown) -> String {
    let tags: String = shown.tags.iter().map(|tag| format!("“{tag}”")).collect();
    let names: Vec<_> = shown.origin.sources.iter().map(|source| source.name.as_str()).collect();
    let names = names.join("、");
    match (tags.is_empty(), names.is_empty()) {
        (true, true) => "应用没有写明按什么挑选。".to_owned(),
        (true, false) => format!("程序参考你的{names}自动挑选。"),
        (false, true) => format!("程序按你的标签{tags}自动挑选。"),
        (false, false) => format!("程序按你的标签{tags}自动挑选，参考了你的{names}。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consents::model::{Lapse, Stood};
    use crate::time::Moment;
    use proptest::prelude::*;

    fn content(details: &[(&str, &str)]) -> Content {
        let details = details.iter().map(|(label, text)| ((*label).to_owned(), (*text).to_owned()));
        Content { value: "云南小粒咖啡".into(), details: details.collect() }
    }

    fn standing(decided: &[(Purpose, bool, bool)]) -> Standing {
        let stood = |granted, lapsed: bool| Stood {
            granted,
            since: Moment(0),
            policy_version: "1.0".into(),
            surface: "/settings".into(),
            lapsed: lapsed.then_some(Lapse::Policy),
        };
        Standing(decided.iter().map(|(purpose, granted, lapsed)| (*purpose, stood(*granted, *lapsed))).collect())
    }

    #[test]
    fn reasons_are_told_as_far_as_the_host_gave_them() {
        let why = |details: &[(&str, &str)]| explain(&shown(&content(details), &[]));
        assert_eq!(why(&[]), "应用没有写明按什么挑选。");
        assert_eq!(why(&[(TAGS, "咖啡茶饮")]), "程序按你的标签“咖啡茶饮”自动挑选。");
        assert_eq!(why(&[(SOURCES, "收藏，加购、收藏")]), "程序参考你的收藏、加购自动挑选。");
        assert_eq!(
            why(&[(TAGS, "居家、数码"), (SOURCES, "浏览记录")]),
            "程序按你的标签“居家”“数码”自动挑选，参考了你的浏览记录。"
        );
        let told = shown(&content(&[(TYPE, "广告"), (WHERE, " 首页 ")]), &[]);
        assert_eq!((told.is_ad, told.place.as_str()), (true, "首页"));
    }

    #[test]
    fn tags_are_used_only_while_all_says_so() {
        let recommendation = Purpose::PersonalisedRecommendation;
        assert_eq!(use_of(&standing(&[])), Use::NeverAllowed);
        assert_eq!(use_of(&standing(&[(recommendation, false, false)])), Use::Ended);
        assert_eq!(use_of(&standing(&[(recommendation, true, true)])), Use::AwaitsAnswer);
        assert_eq!(use_of(&standing(&[(recommendation, true, false)])), Use::Used);
        let paused = standing(&[(recommendation, true, false), (Purpose::TagsPaused, true, false)]);
        assert_eq!(use_of(&paused), Use::Paused);
    }

    proptest! {
        #[test]
        fn search_is_aimed_only_by_a_yes_that_holds_and_never_against_a_no(
            recommendation in proptest::option::of(any::<(bool, bool)>()),
            // What protects never lapses.
            unaimed in proptest::option::of(any::<bool>()),
        ) {
            let mut decided = Vec::new();
            decided.extend(recommendation.map(|(g, l)| (Purpose::PersonalisedRecommendation, g, l)));
            decided.extend(unaimed.map(|g| (Purpose::UnaimedSearch, g, false)));
            let aimed = search_may_be_aimed(&standing(&decided));
            let allowed = recommendation == Some((true, false));
            prop_assert_eq!(aimed, allowed && unaimed != Some(true));
        }

        #[test]
        fn a_list_is_read_without_empty_or_double_parts(text in "[ab、，,; ]{0,20}") {
            let parts = listed(&text);
            prop_assert!(parts.iter().all(|part| !part.is_empty() && part.trim() == part));
            let set: std::collections::BTreeSet<_> = parts.iter().collect();
            prop_assert_eq!(set.len(), parts.len());
        }
    }
}
