//! Which version holds, and what two versions differ in. Pure.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::model::{Block, Change, Difference, Fate, Version};
use crate::consents::Purpose;
use crate::time::Moment;

/// The version that holds at a time: the newest that is in force; before the first, the first.
///
/// # Panics
/// Without any version; the catalogue refuses that.
#[must_use]
pub fn in_force(versions: &[Version], at: Moment) -> &Version {
    versions.iter().rev().find(|version| version.in_force <= at).unwrap_or(&versions[0])
}

/// The version that is made known but not yet in force.
#[must_use]
pub fn announced(versions: &[Version], at: Moment) -> Option<&Version> {
    versions.iter().rev().find(|version| version.published <= at && at < version.in_force)
}

/// The change because of which a "yes" of an older version does not hold any more: the newest in force that touches its
/// purpose and came after it. Until the person has answered anew, nothing is done for that purpose. What protects goes on
/// protecting until the person says no.
#[must_use]
pub fn lapsed_by<'v>(
    versions: &'v [Version],
    purpose: Purpose,
    decided_under: &str,
    at: Moment,
) -> Option<(&'v Version, &'v Change)> {
    if purpose.protects() {
        return None;
    }
    // A version that is not there any more is older than all that are.
    let next = versions.iter().position(|version| version.number == decided_under).map_or(0, |n| n + 1);
    let in_force = versions[next..].iter().rev().filter(|version| version.in_force <= at);
    let mut touching = in_force.flat_map(|version| version.changes.iter().map(move |change| (version, change)));
    // What changes about 商业广告 changes about each of its channels.
    let is_meant = |meant: &Purpose| *meant == purpose || (*meant == Purpose::Commercial && purpose.is_channel());
    touching.find(|(_, change)| change.purposes.iter().any(is_meant))
}

/// The sentences of a text, each with the mark that ends it.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['。', '！', '？', '；', '：']).filter(|sentence| !sentence.trim().is_empty()).collect()
}

fn clauses(version: &Version) -> Vec<(String, &str, &str)> {
    let mut heading = String::new();
    let mut chapter = String::new();
    let mut clauses = Vec::new();
    for block in &version.text {
        match block {
            Block::Heading { level: 1, text, .. } => {
                chapter.clone_from(text);
                heading.clone_from(text);
            }
            Block::Heading { text, .. } => heading = format!("{chapter} · {text}"),
            Block::Clause(clause) => clauses.push((heading.clone(), clause.id.as_str(), clause.text.as_str())),
        }
    }
    let children = version.children.iter().map(|c| ("儿童规则".to_owned(), c.id.as_str(), c.text.as_str()));
    clauses.extend(children);
    clauses
}

/// What became of each clause from one version to the next, sentence by sentence; clauses that say the same are left out.
/// In the order of the newer version; what it has no more stands at the end.
#[must_use]
pub fn differences(older: &Version, newer: &Version) -> Vec<Difference> {
    let (before, after) = (clauses(older), clauses(newer));
    let text_in = |all: &[(String, &str, &str)], id: &str| {
        all.iter().find(|(_, other, _)| *other == id).map_or(String::new(), |(.., text)| (*text).to_owned())
    };
    let gone = before.iter().filter(|(_, id, _)| !after.iter().any(|(_, other, _)| other == id));
    let all = after.iter().chain(gone);
    let difference = all.filter_map(|(heading, id, _)| {
        let (old, new) = (text_in(&before, id), text_in(&after, id));
        let sentences = (old != new).then(|| compare(&sentences(&old), &sentences(&new)))?;
        Some(Difference { id: (*id).to_owned(), heading: heading.clone(), sentences })
    });
    difference.collect()
}

fn compare(old: &[&str], new: &[&str]) -> Vec<(Fate, String)> {
    let mut sentences = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        let (tag, before, after) = op.as_tag_tuple();
        let mut say = |fate, texts: &[&str]| sentences.extend(texts.iter().map(|text| (fate, (*text).to_owned())));
        match tag {
            DiffTag::Equal => say(Fate::Stayed, &new[after]),
            DiffTag::Delete => say(Fate::Removed, &old[before]),
            DiffTag::Insert => say(Fate::Added, &new[after]),
            DiffTag::Replace => {
                say(Fate::Removed, &old[before]);
                say(Fate::Added, &new[after]);
            }
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::super::model::Clause;
    use super::*;
    use proptest::prelude::*;

    fn version(number: &str, in_force: i64, clauses: &[(&str, &str)]) -> Version {
        let heading = Block::Heading { level: 1, anchor: "one".into(), text: "一".into() };
        let clauses = clauses.iter().map(|(id, text)| Block::Clause(Clause { id: (*id).into(), text: (*text).into() }));
        Version {
            number: number.into(),
            published: Moment(in_force - 30),
            in_force: Moment(in_force),
            material: false,
            changes: Vec::new(),
            text: std::iter::once(heading).chain(clauses).collect(),
            summary: Vec::new(),
            children: Vec::new(),
        }
    }

    #[test]
    fn the_newest_in_force_holds_and_the_next_is_announced() {
        let versions = [version("1.0", 100, &[]), version("2.0", 200, &[])];
        let at = |at| in_force(&versions, Moment(at)).number.as_str();
        assert_eq!([at(0), at(100), at(199), at(200)], ["1.0", "1.0", "1.0", "2.0"]);
        let next = |at| announced(&versions, Moment(at)).map(|version| version.number.as_str());
        assert_eq!([next(169), next(170), next(199), next(200)], [None, Some("2.0"), Some("2.0"), None]);
    }

    #[test]
    fn a_yes_lapses_only_by_a_later_version_in_force_that_touches_it() {
        let mut second = version("2.0", 200, &[]);
        second.changes = vec![
            Change { text: "x".into(), purposes: vec![Purpose::Camera] },
            Change { text: "y".into(), purposes: vec![] },
        ];
        let versions = [version("1.0", 100, &[]), second, version("3.0", 300, &[])];
        let lapses =
            |purpose, under, at| lapsed_by(&versions, purpose, under, Moment(at)).map(|(v, _)| v.number.as_str());
        assert_eq!(lapses(Purpose::Camera, "1.0", 199), None, "not yet in force");
        assert_eq!(lapses(Purpose::Camera, "1.0", 200), Some("2.0"));
        assert_eq!(lapses(Purpose::Camera, "1.0", 999), Some("2.0"), "an editorial change later does not heal it");
        assert_eq!(lapses(Purpose::Camera, "0.9", 200), Some("2.0"));
        assert_eq!(lapses(Purpose::Camera, "2.0", 999), None);
        assert_eq!(lapses(Purpose::Album, "1.0", 999), None);
    }

    #[test]
    fn a_difference_is_told_sentence_by_sentence() {
        let old = version("1.0", 1, &[("a", "甲。乙。"), ("b", "不变。"), ("gone", "走了。")]);
        let new = version("2.0", 2, &[("b", "不变。"), ("new", "来了。"), ("a", "甲。丙。")]);
        let told: Vec<_> = differences(&old, &new).into_iter().map(|d| (d.id, d.sentences)).collect();
        let of = |fate, text: &str| (fate, text.to_owned());
        assert_eq!(
            told,
            [
                ("new".to_owned(), vec![of(Fate::Added, "来了。")]),
                ("a".to_owned(), vec![of(Fate::Stayed, "甲。"), of(Fate::Removed, "乙。"), of(Fate::Added, "丙。")]),
                ("gone".to_owned(), vec![of(Fate::Removed, "走了。")]),
            ]
        );
    }

    proptest! {
        #[test]
        fn a_difference_holds_both_texts_whole(old in "[甲乙丙。；]{0,30}", new in "[甲乙丙。；]{0,30}") {
            let told = compare(&sentences(&old), &sentences(&new));
            let without = |fate| told.iter().filter(|(f, _)| *f != fate).map(|(_, t)| t.as_str()).collect::<String>();
            prop_assert_eq!(without(Fate::Added), old);
            prop_assert_eq!(without(Fate::Removed), new);
        }
    }
}
