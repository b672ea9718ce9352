//! What an execution would do to this very account, counted from what is really there.

use crate::time::Moment;

/// Before: what goes, what stays, who is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What goes, by business function and then by kind.
    pub goes: Vec<Goes>,
    /// What a law keeps.
    pub stays: Vec<Stays>,
    /// Who else is told, by name.
    pub told: Vec<String>,
}

/// Everything of one business function that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goes {
    /// The business function, or what else it belongs to.
    pub function: String,
    /// Its kinds, each with how much there is.
    pub parts: Vec<Part>,
}

/// One kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its id: of the data catalogue, or of a group.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many.
    pub count: i64,
    /// Bytes, as they are stored: sealed.
    pub bytes: u64,
}

/// What one law keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// The retention's id.
    pub ground: String,
    /// Which law, and that it says so.
    pub law: String,
    /// Its kinds.
    pub parts: Vec<Part>,
    /// When the last of it goes.
    pub until: Moment,
}

impl Stays {
    /// How many records.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.parts.iter().map(|part| part.count).sum()
    }
}

impl Plan {
    /// Everything that goes.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.goes.iter().flat_map(|goes| &goes.parts)
    }

    /// Bytes of everything that goes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts().map(|part| part.bytes).sum()
    }
}

/// What the centre keeps beside the kinds of the data catalogue: id and name.
pub const GROUPS: &[(&str, &str)] = &[
    ("account", "手机号、用户名和密码"),
    ("devices", "登录设备和验证码"),
    ("decisions", "同意和开关"),
    ("avatar", "头像"),
    ("addresses", "收货地址"),
    ("verified_name", "实名信息"),
    ("corrections", "更正记录"),
    ("requests", "权利申请"),
    ("directives", "生前安排"),
    ("copies", "个人信息副本和转移"),
    ("disclosures", "共享记录"),
    ("messages", "消息和通知"),
    ("cancellations", "注销申请和注销条件"),
    ("index", "查找用的索引"),
];

/// What a group is called.
#[must_use]
pub fn group_name(id: &str) -> Option<&'static str> {
    GROUPS.iter().find(|(group, _)| *group == id).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_group_stands_there_twice() {
        let mut ids: Vec<_> = GROUPS.iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), GROUPS.len());
    }
}
