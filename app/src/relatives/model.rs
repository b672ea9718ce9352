//! Who asks, for what, with which proof; and what was arranged.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::accounts::model::PhoneNumber;
use crate::requests::model::{Unknown, ids};
use crate::time::Moment;

ids! {
    /// How somebody is related to the person who has died: the close relatives of 民法典 1045, and whom that person named.
    Relation {
        /// Husband or wife.
        Spouse, "spouse", "配偶";
        /// Father or mother.
        Parent, "parent", "父母";
        /// Son or daughter.
        Child, "child", "子女";
        /// Brother or sister.
        Sibling, "sibling", "兄弟姐妹";
        /// Father's father or mother.
        PaternalGrandparent, "paternal_grandparent", "祖父母";
        /// Mother's father or mother.
        MaternalGrandparent, "maternal_grandparent", "外祖父母";
        /// A son's child.
        SonsChild, "sons_child", "孙子女";
        /// A daughter's child.
        DaughtersChild, "daughters_child", "外孙子女";
        /// No relative, but named in 生前安排.
        Trusted, "trusted", "生前安排里指定的人";
    }
}

ids! {
    /// What may be asked for (个保法 49).
    #[derive(PartialOrd, Ord)]
    Right {
        /// To see.
        See, "see", "查阅";
        /// To have a copy.
        Copy, "copy", "复制";
        /// To correct.
        Correct, "correct", "更正";
        /// To erase: the account is cancelled.
        Erase, "erase", "删除";
    }
}

/// Rights in one line.
#[must_use]
pub fn rights_words(rights: &[Right]) -> String {
    rights.iter().map(|right| right.words()).collect::<Vec<_>>().join("、")
}

/// What is claimed. Sealed in storage; says nothing of itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The phone or the username of the account.
    pub account: String,
    /// How who asks is related.
    pub relation: Relation,
    /// What is asked for, in order.
    pub rights: Vec<Right>,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claim(…)")
    }
}

impl Claim {
    /// The account as it may be shown again.
    #[must_use]
    pub fn masked_account(&self) -> String {
        match self.account.parse::<PhoneNumber>() {
            Ok(phone) => phone.masked(),
            Err(_) => crate::mask::name(&self.account),
        }
    }
}

ids! {
    /// What a file shows.
    Shows {
        /// That somebody has died.
        Death, "death", "死亡证明";
        /// How who asks is related to them.
        Kinship, "kinship", "亲属关系证明";
    }
}

ids! {
    /// What a file is, by its content.
    Format {
        /// A picture.
        Jpeg, "jpg", "JPEG 图片";
        /// A picture.
        Png, "png", "PNG 图片";
        /// A document.
        Pdf, "pdf", "PDF 文件";
    }
}

/// A file that was handed in, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// Its id.
    pub id: String,
    /// What it shows.
    pub shows: Shows,
    /// What it is.
    pub format: Format,
    /// Its size.
    pub bytes: u64,
    /// When it was handed in.
    pub at: Moment,
}

ids! {
    /// What close relatives may ask for.
    Choice {
        /// As the law says.
        Law, "law", "按法律规定";
        /// Only what is ticked.
        Only, "only", "只可以做下面勾选的";
        /// Nothing.
        Nobody, "nobody", "都不可以";
    }
}

/// Somebody who may ask whatever was chosen for the relatives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// Their name.
    pub name: String,
    /// Their phone: whoever is signed in with it is taken for them.
    pub phone: String,
}

impl std::fmt::Debug for Trusted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trusted(…)")
    }
}

/// 生前安排. Sealed in storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// What close relatives may do.
    pub choice: Choice,
    /// With [`Choice::Only`]: what, in order.
    pub rights: Vec<Right>,
    /// Who may do all of it.
    pub trusted: Option<Trusted>,
}

impl Directive {
    /// What it lets close relatives do, in one line.
    #[must_use]
    pub fn words(&self) -> String {
        match self.choice {
            Choice::Law => "近亲属可以按法律规定申请查阅、复制、更正、删除".to_owned(),
            Choice::Only => format!("近亲属只可以申请{}", rights_words(&self.rights)),
            Choice::Nobody => "近亲属不可以申请".to_owned(),
        }
    }
}
