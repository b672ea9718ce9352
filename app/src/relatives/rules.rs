//! What a claim and an arrangement must say, and which claim an arrangement lets through. Pure.

use super::model::{Choice, Claim, Directive, Relation, Right, Shows, Trusted};
use crate::accounts::model::{PhoneNumber, Username, Wrong};
use crate::promises::{PROOF_FILES_MAX, TRUSTED_NAME_CHARS};

/// What was typed into 近亲属申请, but for the reasons.
#[derive(Clone, Debug, Default)]
pub struct TypedClaim {
    /// Phone or username.
    pub account: String,
    /// A relation's id.
    pub relation: String,
    /// Rights' ids.
    pub rights: Vec<String>,
    /// The statement that it serves a lawful interest of one's own was ticked.
    pub is_lawful: bool,
}

/// The known ones among ids, in order and each once.
#[must_use]
pub fn rights_of(ids: &[String]) -> Vec<Right> {
    Right::ALL.iter().copied().filter(|right| ids.iter().any(|id| id == right.id())).collect()
}

/// The claim, tidied.
///
/// # Errors
/// The field, and what is wrong with it in the person's words.
pub fn check_claim(typed: &TypedClaim) -> Result<Claim, (&'static str, Wrong)> {
    let account = match (typed.account.parse::<PhoneNumber>(), typed.account.parse::<Username>()) {
        (Ok(phone), _) => phone.reveal().to_owned(),
        (_, Ok(name)) => name.as_str().to_owned(),
        _ => return Err(("account", "请填写逝者的手机号或用户名")),
    };
    let Ok(relation) = typed.relation.parse() else { return Err(("relation", "请选择你和逝者的关系")) };
    let rights = rights_of(&typed.rights);
    if rights.is_empty() {
        return Err(("rights", "请至少选一项"));
    }
    if !typed.is_lawful {
        return Err(("lawful", "请确认这是为了你自身的合法、正当利益"));
    }
    Ok(Claim { account, relation, rights })
}

/// What has to be shown. Who was named by the person who has died needs no kinship.
#[must_use]
pub const fn needed(relation: Relation) -> &'static [Shows] {
    match relation {
        Relation::Trusted => &[Shows::Death],
        _ => &[Shows::Death, Shows::Kinship],
    }
}

/// What is still to be shown, when these were.
#[must_use]
pub fn missing(relation: Relation, shown: &[Shows]) -> Vec<Shows> {
    needed(relation).iter().copied().filter(|needed| !shown.contains(needed)).collect()
}

/// Whether another file of that sort may come.
///
/// # Errors
/// Why not, in the person's words.
pub fn may_add(of_that_sort: usize) -> Result<(), Wrong> {
    if of_that_sort < PROOF_FILES_MAX { Ok(()) } else { Err("这一类已有3个文件，请先移除一个") }
}

/// What was typed into 生前安排.
#[derive(Clone, Debug, Default)]
pub struct TypedDirective {
    /// A choice's id.
    pub choice: String,
    /// Rights' ids.
    pub rights: Vec<String>,
    /// The trusted person's name.
    pub name: String,
    /// And phone.
    pub phone: String,
}

/// The arrangement, tidied.
///
/// # Errors
/// The field, and what is wrong with it in the person's words.
pub fn check_directive(typed: &TypedDirective) -> Result<Directive, (&'static str, Wrong)> {
    let Ok(choice) = typed.choice.parse() else { return Err(("choice", "请选一项")) };
    let rights = if choice == Choice::Only { rights_of(&typed.rights) } else { Vec::new() };
    if choice == Choice::Only && rights.is_empty() {
        return Err(("rights", "请至少勾选一项；一项也不同意，请选“都不可以”"));
    }
    let (name, phone) = (typed.name.trim(), typed.phone.trim());
    let trusted = match (name, phone) {
        ("", "") => None,
        ("", _) => return Err(("trusted_name", "请填写这个人的姓名")),
        (name, _) if name.chars().count() > TRUSTED_NAME_CHARS || name.chars().any(char::is_control) => {
            return Err(("trusted_name", "姓名最多40个字，不能有特殊符号"));
        }
        (name, phone) => {
            let phone: PhoneNumber = phone.parse().map_err(|wrong| ("trusted_phone", wrong))?;
            Some(Trusted { name: name.to_owned(), phone: phone.reveal().to_owned() })
        }
    };
    Ok(Directive { choice, rights, trusted })
}

/// What of a claim goes against the arrangement. Who asks is signed in with that phone. Without an arrangement the law holds,
/// and it knows close relatives only.
#[must_use]
pub fn against(directive: Option<&Directive>, claim: &Claim, asker: &PhoneNumber) -> Vec<Right> {
    let is_trusted = directive.and_then(|d| d.trusted.as_ref()).is_some_and(|t| t.phone == asker.reveal());
    let allows = |right: &Right| match directive {
        _ if is_trusted => true,
        _ if claim.relation == Relation::Trusted => false,
        None => true,
        Some(directive) => match directive.choice {
            Choice::Law => true,
            Choice::Only => directive.rights.contains(right),
            Choice::Nobody => false,
        },
    };
    claim.rights.iter().copied().filter(|right| !allows(right)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(account: &str, relation: &str, rights: &[&str]) -> TypedClaim {
        let rights = rights.iter().map(|id| (*id).to_owned()).collect();
        TypedClaim { account: account.into(), relation: relation.into(), rights, is_lawful: true }
    }

    #[test]
    fn a_claim_says_who_and_what() {
        let claim = check_claim(&typed("139 0000 0001", "child", &["erase", "see", "other"])).expect("is whole");
        assert_eq!((claim.account.as_str(), claim.rights), ("13900000001", vec![Right::See, Right::Erase]));
        let by_name = check_claim(&typed("海边的人", "spouse", &["copy"])).expect("is whole");
        assert_eq!(by_name.masked_account(), "海**");
        let cases = [
            (typed("", "child", &["see"]), "account"),
            (typed("13900000001", "friend", &["see"]), "relation"),
            (typed("13900000001", "child", &[]), "rights"),
            (TypedClaim { is_lawful: false, ..typed("13900000001", "child", &["see"]) }, "lawful"),
        ];
        for (typed, field) in cases {
            assert_eq!(check_claim(&typed).expect_err(field).0, field);
        }
    }

    #[test]
    fn who_was_named_needs_no_kinship() {
        assert_eq!(missing(Relation::Child, &[Shows::Death]), [Shows::Kinship]);
        assert_eq!(missing(Relation::Trusted, &[Shows::Death]), []);
        assert!(may_add(PROOF_FILES_MAX - 1).is_ok() && may_add(PROOF_FILES_MAX).is_err());
    }

    #[test]
    fn an_arrangement_says_what_it_must() {
        let typed = |choice: &str, rights: &[&str], name: &str, phone: &str| TypedDirective {
            choice: choice.into(),
            rights: rights.iter().map(|id| (*id).to_owned()).collect(),
            name: name.into(),
            phone: phone.into(),
        };
        let only = check_directive(&typed("only", &["copy", "see"], "", "")).expect("is whole");
        assert_eq!(only.words(), "近亲属只可以申请查阅、复制");
        let nobody = check_directive(&typed("nobody", &["see"], " 周以宁 ", "138 0013 8001")).expect("is whole");
        assert_eq!((nobody.rights.len(), nobody.trusted.expect("named").phone.as_str()), (0, "13800138001"));
        for (typed, field) in [
            (typed("", &[], "", ""), "choice"),
            (typed("only", &[], "", ""), "rights"),
            (typed("law", &[], "", "13800138001"), "trusted_name"),
            (typed("law", &[], "周以宁", "1"), "trusted_phone"),
        ] {
            assert_eq!(check_directive(&typed).expect_err(field).0, field);
        }
    }

    fn any_rights() -> impl Strategy<Value = Vec<Right>> {
        proptest::sample::subsequence(Right::ALL.to_vec(), 0..=Right::ALL.len())
    }

    proptest! {
        /// Whatever is claimed and arranged: what passes was allowed by the arrangement, or the trusted person asks.
        #[test]
        fn nothing_passes_against_the_arrangement(
            choice in proptest::sample::select(Choice::ALL.to_vec()), allowed in any_rights(), wanted in any_rights(),
            relation in proptest::sample::select(Relation::ALL.to_vec()), named in any::<bool>(), asks in any::<bool>(),
        ) {
            let trusted = Trusted { name: "周以宁".into(), phone: "13800138001".into() };
            let directive = Directive { choice, rights: allowed.clone(), trusted: named.then_some(trusted) };
            let claim = Claim { account: "13900000001".into(), relation, rights: wanted.clone() };
            let asker: PhoneNumber = if asks { "13800138001" } else { "13800138002" }.parse().expect("a phone");
            let against = against(Some(&directive), &claim, &asker);
            let passes: Vec<_> = wanted.iter().filter(|right| !against.contains(right)).collect();
            if named && asks {
                prop_assert!(against.is_empty());
            } else if relation == Relation::Trusted || choice == Choice::Nobody {
                prop_assert!(passes.is_empty());
            } else if choice == Choice::Only {
                prop_assert!(passes.iter().all(|right| allowed.contains(right)));
            } else {
                prop_assert!(against.is_empty());
            }
        }
    }
}
