//! 隐私政策: the one-page summary, each promise with the place that keeps it.

use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::COOLING_OFF;
use crate::time::DAY;

/// One promise: what it says, and the page that keeps it.
struct Promise {
    title: &'static str,
    text: &'static str,
    place: Option<Place>,
}

const PROMISES: &[Promise] = &[
    Promise {
        title: "我们收集什么",
        text: "注册只需要手机号、用户名和密码。下单时再加上收货信息，提现时再加上姓名和身份证号。浏览、搜索等记录，只有在你同意后才用于推荐。",
        place: Some(Place::Profile),
    },
    Promise {
        title: "权限由你决定",
        text: "位置、相机、相册、麦克风、通讯录和日历默认关闭，用到时才问。拒绝任何一项，都不影响浏览、搜索和购买。",
        place: Some(Place::Permissions),
    },
    Promise {
        title: "推荐和广告可以关",
        text: "个性化推荐、个性化广告默认关闭，可以随时打开或关闭。优惠信息的推送、短信和邮件，一个开关就能全部停掉。",
        place: Some(Place::Advertising),
    },
    Promise {
        title: "Cookie",
        text: "只有让网站正常工作的 Cookie 是必要的。偏好、分析和广告三组由你选择，也可以逐个删除。",
        place: Some(Place::Cookies),
    },
    Promise {
        title: "怎样保护",
        text: "个人信息用你专属的密钥加密保存，密钥另外存放。敏感信息在页面上隐藏，查看完整内容前会再次确认是你。",
        place: Some(Place::Account),
    },
    Promise {
        title: "同意可以撤回",
        text: "每一次同意都有记录：同意了什么、什么时候、哪个版本。撤回和同意一样方便，立即生效。",
        place: Some(Place::Consents),
    },
    Promise {
        title: "未成年人",
        text: "注册时只问年龄段，不问生日。未满14周岁的账号，在监护人同意之前不能使用。",
        place: None,
    },
];

/// The page. A visitor is shown no links that would ask to sign in first.
pub fn view(version: &str, in_force_since: &str, signed_in: bool) -> AnyView {
    let heading = format!("第 {version} 版 · {in_force_since}起施行 · 摘要");
    let days = COOLING_OFF / DAY;
    view! {
        <p class="lead">{heading}</p>
        {PROMISES.iter().map(|promise| {
            let open = promise.place.filter(|p| signed_in || p.entry().access == crate::menu::Access::Anyone);
            view! {
                <section class="cells policy-promise">
                    <h2 class="cells-title">{promise.title}</h2>
                    <p class="cell">{promise.text}</p>
                    {open.map(|place| view! {
                        <a class="cell cell-link" href=place.path()><span class="cell-text">{place.label()}</span></a>
                    })}
                </section>
            }
        }).collect::<Vec<_>>()}
        <section class="cells policy-promise">
            <h2 class="cells-title">"注销账号"</h2>
            <p class="cell">
                {format!("路径：我的 → 设置 → 关于一点生活-live → 更多 → 注销账号。提交后有{days}天冷静期，之后删除，最迟15个工作日完成。法律要求保存的部分单独存放，到期删除。")}
            </p>
            {signed_in.then(|| view! {
                <a class="cell cell-link" href=Place::Cancellation.path()><span class="cell-text">{Place::Cancellation.label()}</span></a>
            })}
        </section>
    }
    .into_any()
}
