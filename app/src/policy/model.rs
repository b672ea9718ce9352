//! A version of the policy, and its clauses.

use crate::consents::Purpose;
use crate::time::Moment;

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// For example `1.0`.
    pub number: String,
    /// When it was made known.
    pub published: Moment,
    /// Since when it holds.
    pub in_force: Moment,
    /// It changes what somebody agreed to: they are asked again.
    pub material: bool,
    /// What it changed, against the version before it.
    pub changes: Vec<Change>,
    /// 全文.
    pub text: Vec<Block>,
    /// 摘要: each line leads to the clause that it sums up.
    pub summary: Vec<Clause>,
    /// 儿童规则.
    pub children: Vec<Clause>,
}

impl Version {
    /// The clauses of the text, in order.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.text.iter().filter_map(|block| match block {
            Block::Clause(clause) => Some(clause),
            Block::Heading { .. } => None,
        })
    }
}

/// One thing that a version changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What, in the person's words.
    pub text: String,
    /// Whose decisions it touches: those who have agreed to one of these. None: nobody is asked.
    pub purposes: Vec<Purpose>,
}

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading {
        /// 1 for a chapter, 2 for a section in it.
        level: u8,
        /// Where it can be jumped to.
        anchor: String,
        /// What it says.
        text: String,
    },
    /// A paragraph that promises something.
    Clause(Clause),
}

/// A paragraph with a stable name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The same in every version.
    pub id: String,
    /// What it says.
    pub text: String,
}

/// How a clause differs from its wording in another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which clause.
    pub id: String,
    /// The chapter (and section) that it stands in.
    pub heading: String,
    /// Its sentences, one after the other.
    pub sentences: Vec<(Fate, String)>,
}

/// What became of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stayed.
    Stayed,
    /// It was taken out.
    Removed,
    /// It was put in.
    Added,
}
