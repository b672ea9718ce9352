//! The menu: label, path and parent of every page, in screen order. Routes, titles, ways back and the tests
//! that look for a page come from here, and from nowhere else.

/// Who may open a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A visitor too.
    Anyone,
    /// A signed-in person.
    SignedIn,
    /// A signed-in person who has just proved again who they are.
    SteppedUp,
    /// A signed-in person, also while their account is stored only because they are leaving.
    EvenLeaving,
    /// A signed-in person whose account does nothing yet (a guardian's answer is awaited): the only page they have.
    Waiting,
    /// Only with `--demo`.
    Demo,
}

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the page and every link to it are called. Fixed for menu entries.
    pub label: &'static str,
    /// Where it is. `{id}` stands for a record's id.
    pub path: &'static str,
    /// Where "back" leads.
    pub parent: Option<Place>,
    /// Who may open it.
    pub access: Access,
}

macro_rules! menu {
    ($($(#[$doc:meta])* $place:ident, $label:literal, $path:literal, $parent:expr, $access:ident;)*) => {
        /// A page of the centre.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Place { $($(#[$doc])* $place,)* }

        /// All pages, in screen order.
        pub const PLACES: &[Place] = &[$(Place::$place),*];

        impl Place {
            /// Its label, path, parent and who may open it.
            #[must_use]
            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$place => Entry {
                        label: $label, path: $path, parent: $parent, access: Access::$access,
                    },)*
                }
            }
        }
    };
}

menu! {
    /// The person's own page.
    Me, "我的", "/", None, SignedIn;
    /// The list of all settings.
    Settings, "设置", "/settings", Some(Place::Me), SignedIn;
    /// 头像, 用户名, 收货地址.
    Profile, "个人资料", "/settings/profile", Some(Place::Settings), SignedIn;
    /// Change the picture.
    Avatar, "头像", "/settings/profile/avatar", Some(Place::Profile), SignedIn;
    /// Change the name.
    Username, "用户名", "/settings/profile/username", Some(Place::Profile), SignedIn;
    /// All addresses.
    Addresses, "收货地址", "/settings/profile/addresses", Some(Place::Profile), SignedIn;
    /// Add one.
    AddressNew, "添加收货地址", "/settings/profile/addresses/new", Some(Place::Addresses), SignedIn;
    /// Change one: it is shown whole there.
    AddressEdit, "编辑收货地址", "/settings/profile/addresses/{id}", Some(Place::Addresses), SteppedUp;
    /// 手机号, 密码, 实名信息, 登录设备, 注销账号.
    Account, "账号与安全", "/settings/account", Some(Place::Settings), SignedIn;
    /// Change the phone number.
    Phone, "手机号", "/settings/account/phone", Some(Place::Account), SignedIn;
    /// Change the password.
    Password, "密码", "/settings/account/password", Some(Place::Account), SteppedUp;
    /// Name and ID number, masked.
    RealName, "实名信息", "/settings/account/real-name", Some(Place::Account), SignedIn;
    /// The same, whole.
    RealNameFull, "完整实名信息", "/settings/account/real-name/full", Some(Place::RealName), SteppedUp;
    /// Where the account is signed in.
    Devices, "登录设备", "/settings/account/devices", Some(Place::Account), SignedIn;
    /// The list of privacy settings.
    Privacy, "隐私设置", "/settings/privacy", Some(Place::Settings), SignedIn;
    /// 位置 相机 相册 麦克风 通讯录 日历.
    Permissions, "系统权限管理", "/settings/privacy/permissions", Some(Place::Privacy), SignedIn;
    /// 允许通过手机号搜索到我.
    Friends, "好友隐私", "/settings/privacy/friends", Some(Place::Privacy), SignedIn;
    /// Face recognition, and the way without it.
    Face, "人脸识别授权", "/settings/privacy/face", Some(Place::Privacy), SignedIn;
    /// Every decision that stands, and its history.
    Consents, "同意管理", "/settings/privacy/consents", Some(Place::Privacy), SignedIn;
    /// What applied at a past moment: the policy's version, every decision, the words that were shown.
    Past, "时光机", "/settings/privacy/consents/past", Some(Place::Consents), SignedIn;
    /// A certificate for every erasure.
    Erasures, "删除证明", "/settings/privacy/consents/erasures", Some(Place::Consents), SignedIn;
    /// A package of one's own data, to keep.
    Export, "个人信息副本下载", "/settings/privacy/copy", Some(Place::Privacy), SignedIn;
    /// What goes into it.
    ExportNew, "选择副本内容", "/settings/privacy/copy/new", Some(Place::Export), SteppedUp;
    /// A package of one's own data, sent to another service.
    Transfer, "个人信息转移", "/settings/privacy/transfer", Some(Place::Privacy), SignedIn;
    /// To whom, and what.
    TransferNew, "转移到其他服务", "/settings/privacy/transfer/new", Some(Place::Transfer), SteppedUp;
    /// Every request, its state and answer.
    Requests, "权利申请记录", "/settings/privacy/requests", Some(Place::Privacy), SignedIn;
    /// Ask for a correction, an explanation.
    RequestNew, "提交申请", "/settings/privacy/requests/new", Some(Place::Requests), SignedIn;
    /// One of them.
    Request, "申请详情", "/settings/privacy/requests/{id}", Some(Place::Requests), SignedIn;
    /// A close relative asks about the account of somebody who has died.
    Relative, "近亲属申请", "/settings/privacy/requests/relative", Some(Place::Requests), SignedIn;
    /// What one's own close relatives may ask for, after one's death.
    Directive, "生前安排", "/settings/privacy/directive", Some(Place::Privacy), SteppedUp;
    /// Who gets data outside mainland China, each decided on its own.
    Abroad, "跨境提供", "/settings/privacy/abroad", Some(Place::Privacy), SignedIn;
    /// Pushes, SMS, e-mail.
    Notifications, "推送设置", "/settings/notifications", Some(Place::Settings), SignedIn;
    /// Personalised recommendation, ads, search.
    Advertising, "广告设置", "/settings/advertising", Some(Place::Settings), SignedIn;
    /// Preference tags and audiences, each with why; deleted and paused.
    Tags, "我的标签", "/settings/advertising/tags", Some(Place::Advertising), SignedIn;
    /// What was picked for the person, by what.
    Explanations, "为什么看到这些", "/settings/advertising/why", Some(Place::Advertising), SignedIn;
    /// Cookies by group and one by one. A visitor's page too.
    Cookies, "Cookie管理", "/settings/cookies", Some(Place::Settings), Anyone;
    /// Everything that this browser keeps of the site goes at once. A visitor's page too.
    SiteData, "清除本站数据", "/settings/cookies/clear", Some(Place::Cookies), Anyone;
    /// Every kind of data, with what is held of it.
    Records, "我的个人信息", "/settings/data", Some(Place::Settings), SignedIn;
    /// Records of a kind, or of all, newest first.
    RecordList, "信息明细", "/settings/data/records", Some(Place::Records), SignedIn;
    /// One record, masked.
    Record, "记录详情", "/settings/data/records/{id}", Some(Place::RecordList), SignedIn;
    /// The same, whole.
    RecordFull, "完整记录", "/settings/data/records/{id}/full", Some(Place::RecordList), SteppedUp;
    /// What an erasure would do, before it does.
    Erasure, "删除个人信息", "/settings/data/erase", Some(Place::Records), SignedIn;
    /// The regulator's list of what is collected.
    Collection, "个人信息收集清单", "/settings/collection", Some(Place::Settings), SignedIn;
    /// The regulator's list of who gets data, each decided on its own where that is due. A visitor's page too.
    Sharing, "第三方共享清单", "/settings/sharing", Some(Place::Settings), Anyone;
    /// Who was told of an erasure, a correction, a withdrawal, and how far they have come.
    Notices, "接收方通知记录", "/settings/sharing/notices", Some(Place::Sharing), SignedIn;
    /// What was given to whom, and on which ground.
    Disclosures, "共享记录", "/settings/sharing/records", Some(Place::Sharing), SignedIn;
    /// What we do with data, each clause with what can be done about it.
    Policy, "隐私政策", "/settings/policy", Some(Place::Settings), Anyone;
    /// What a new version changed about what one has agreed to.
    PolicyUpdate, "政策更新", "/settings/policy/update", Some(Place::Policy), SignedIn;
    /// Every version of it.
    PolicyVersions, "历史版本", "/settings/policy/versions", Some(Place::Policy), Anyone;
    /// What a version changed, sentence by sentence.
    PolicyChanges, "版本差别", "/settings/policy/changes", Some(Place::PolicyVersions), Anyone;
    /// What holds for those under 14, and for their guardians.
    Children, "儿童规则", "/settings/policy/children", Some(Place::Policy), Anyone;
    /// Tell us what went wrong, or what could be better; each with number, due date and answer.
    Complaints, "投诉与反馈", "/settings/complaints", Some(Place::Settings), SignedIn;
    /// About the app.
    About, "关于一点生活-live", "/settings/about", Some(Place::Settings), SignedIn;
    /// The path that the policy fixes.
    More, "更多", "/settings/about/more", Some(Place::About), SignedIn;
    /// Leave.
    Cancellation, "注销账号", "/settings/about/more/cancel", Some(Place::More), EvenLeaving;
    /// What the secret link of the last notice opens: how far the erasure is, and its certificate. A visitor's page: whoever
    /// has left has no account.
    Leaving, "注销证明", "/leaving", Some(Place::About), Anyone;
    /// Check a receipt or a certificate. Anybody's page: whoever was given one may check it.
    Verify, "验证凭证", "/verify", Some(Place::About), Anyone;
    /// Sign in.
    SignIn, "登录", "/signin", None, Anyone;
    /// Leave without phone, password or a device.
    Lost, "无法登录时注销", "/signin/lost", Some(Place::SignIn), Anyone;
    /// Open an account.
    Register, "注册", "/register", Some(Place::SignIn), Anyone;
    /// Prove again who you are.
    StepUp, "验证身份", "/step-up", Some(Place::Settings), EvenLeaving;
    /// An account of a child that waits for a guardian.
    Guardian, "等待监护人同意", "/guardian", None, Waiting;
    /// The ways out of marketing, and what the link in a mail opens. A visitor's page too.
    Unsubscribe, "退订", "/unsubscribe", None, Anyone;
    /// What the demo sent.
    DemoMailbox, "演示短信箱", "/demo/mailbox", None, Demo;
}

impl Place {
    /// What the page is called.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.entry().label
    }

    /// Where the page is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.entry().path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pages_share_a_path_and_every_way_back_ends() {
        for (i, a) in PLACES.iter().enumerate() {
            for b in &PLACES[i + 1..] {
                assert_ne!(a.path(), b.path());
            }
            let mut steps = 0;
            let mut up = a.entry().parent;
            while let Some(place) = up {
                steps += 1;
                assert!(steps < 6, "{a:?} has no way back to the top");
                up = place.entry().parent;
            }
        }
    }

    #[test]
    fn the_paths_that_the_policy_fixes_are_there() {
        // Policy chapter 五(五): 我的-设置-关于一点生活-live-更多-注销账号.
        let mut trail = vec![];
        let mut at = Some(Place::Cancellation);
        while let Some(place) = at {
            trail.push(place.label());
            at = place.entry().parent;
        }
        assert_eq!(trail, ["注销账号", "更多", "关于一点生活-live", "设置", "我的"]);
        // Chapter 五(四): 我的-设置-推送设置.
        assert_eq!(Place::Notifications.entry().parent, Some(Place::Settings));
    }
}
