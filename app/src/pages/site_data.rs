//! 清除本站数据: what it does before it does it, and what it did.

use leptos::prelude::*;

use crate::menu::Place;
use crate::ui::SubmitButton;

/// The page: it can't be undone, so it asks, once.
pub fn view(signed_in: bool) -> AnyView {
    view! {
        <p class="lead">"让这个浏览器删除本站存下的全部内容。删除后不能恢复，但随时可以重新登录。"</p>
        <section class="cells">
            <h2 class="cells-title">"会删除"</h2>
            <ul class="erase-list">
                <li><strong>"Cookie"</strong><span>"包括登录状态和你对 Cookie 的选择，下次会重新问你"</span></li>
                <li><strong>"网页存储"</strong><span>"localStorage、sessionStorage、IndexedDB，以及没有网络时的提示页"</span></li>
                <li><strong>"缓存"</strong><span>"本站页面的样式、脚本和图片"</span></li>
            </ul>
        </section>
        <section class="cells">
            <h2 class="cells-title">"不影响"</h2>
            <ul class="keep-list">
                <li><strong>"账号和其他设备"</strong><span>"账号里的信息、同意和设置都在，其他设备不会退出"</span></li>
            </ul>
            <p class="cells-tips">
                "我们用浏览器的标准指令 Clear-Site-Data 删除。Chrome 61、Edge 79、Firefox 63、Safari 17 及以后的版本支持它，地址须是 https。"
                "同一域名下其他网站的 Cookie 也可能一起删除。不支持时，我们只能逐个删除 Cookie；其余内容请在浏览器的设置里清除。"
            </p>
        </section>
        <form class="form" method="post" action=Place::SiteData.path()>
            <SubmitButton label=if signed_in { "清除并退出登录" } else { "清除" } />
            <a class="button button-plain" href=Place::Cookies.path()>"先不清除"</a>
        </form>
    }
    .into_any()
}

/// The answer. It stands on the page itself, which keeps nothing in the browser.
pub fn cleared() -> AnyView {
    view! {
        <p class="lead">"这个浏览器里本站的内容已经按上面的方式清除。再打开本站的页面时，只会重新存下必要的内容。"</p>
        <a class="button" href=Place::SignIn.path()>"去登录"</a>
    }
    .into_any()
}
