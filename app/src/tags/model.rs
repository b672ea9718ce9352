//! What a host tells of a tag and of something that was picked: the labels of a record's details, and what they hold.

/// The kind of record that says: this was picked for this person.
pub const SHOWN: &str = "shown_item";

/// From which kinds of data: names or ids of the catalogue.
pub const SOURCES: &str = "依据";
/// In a sentence: what there was in them.
pub const NOTE: &str = "说明";
/// By which tags and audiences something was picked.
pub const TAGS: &str = "标签";
/// Where it was shown.
pub const WHERE: &str = "位置";
/// [`AD`], or else a recommendation.
pub const TYPE: &str = "类型";
/// What [`TYPE`] says of an advertisement.
pub const AD: &str = "广告";

/// A kind of data that something was derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// Its id, if the catalogue knows it: then its records can be looked at.
    pub field: Option<String>,
}

/// Where a tag comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// From which kinds of data; empty: the host did not say.
    pub sources: Vec<Source>,
    /// What there was in them; may be empty.
    pub note: String,
}

/// Something that was picked for the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What.
    pub item: String,
    /// It was an advertisement.
    pub is_ad: bool,
    /// Where; may be empty.
    pub place: String,
    /// By which tags and audiences.
    pub tags: Vec<String>,
    /// From which kinds of data, beside or behind the tags.
    pub origin: Origin,
}

/// Whether tags may be there and be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// 个性化推荐 was never decided: there were none.
    NeverAllowed,
    /// It was switched off: they are erased.
    Ended,
    /// A change of the policy is to be answered first: they are not used.
    AwaitsAnswer,
    /// The person has paused them: they are not used, and none is added.
    Paused,
    /// They are used.
    Used,
}

impl Use {
    /// 个性化推荐 is on, or was before it is to be asked about anew: there is something to switch off.
    #[must_use]
    pub const fn can_end(self) -> bool {
        matches!(self, Self::AwaitsAnswer | Self::Paused | Self::Used)
    }
}
