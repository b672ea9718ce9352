//! The document around every page: head, bar with the way back, one h1, status region, cookie banner.

use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::menu::Place;

/// What a page needs to know about the visit it answers.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The page's name, in the title and the h1.
    pub title: String,
    /// Where "back" leads, and what that is called.
    pub back: Option<(String, String)>,
    /// 关怀模式.
    pub care: bool,
    /// What was just done, said once.
    pub notice: Option<String>,
    /// The visitor has not answered about cookies yet.
    pub ask_cookies: bool,
    /// The path of this page, to come back to.
    pub here: String,
    /// Where the stylesheet and the WebAssembly are.
    pub assets: Assets,
}

/// The built files that a page loads.
#[derive(Clone, Debug)]
pub struct Assets {
    /// For Leptos' loader script.
    pub options: LeptosOptions,
    /// The stylesheet's path, hashed in a release.
    pub stylesheet: String,
}

/// Registers the worker that shows the offline page. Works without WebAssembly; without script there is no offline page.
const REGISTER_OFFLINE_PAGE: &str = "if('serviceWorker' in navigator)addEventListener('load',()=>navigator.serviceWorker.register('/offline-worker.js'))";

/// The whole document.
pub fn document(frame: Frame, body: AnyView) -> impl IntoView {
    let nonce = use_nonce();
    let title = format!("{} · 一点生活-live 隐私中心", frame.title);
    let Assets { options, stylesheet } = frame.assets;
    view! {
        <!DOCTYPE html>
        <html lang="zh-Hans-CN" data-care=frame.care.then_some("on")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <meta name="format-detection" content="telephone=no" />
                <title>{title}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=stylesheet />
                <AutoReload options=options.clone() />
                <HydrationScripts options islands=true />
                <script nonce=nonce>{REGISTER_OFFLINE_PAGE}</script>
            </head>
            <body>
                <a class="skip-link" href="#content">"跳到正文"</a>
                <header class="bar">
                    {frame.back.map(|(path, label)| view! {
                        <a class="bar-back" href=path aria-label=format!("返回{label}")><span>{label.clone()}</span></a>
                    })}
                    <h1 class="bar-title">{frame.title}</h1>
                </header>
                <main class="content" id="content" tabindex="-1">
                    <div class="toast" id="status" role="status">{frame.notice}</div>
                    {body}
                </main>
                {frame.ask_cookies.then(|| view! { <CookieBanner here=frame.here /> })}
            </body>
        </html>
    }
}

/// Asked once, of first-time visitors: three answers of equal size and weight (个保法 14; 网数条例 22).
#[component]
fn CookieBanner(here: String) -> impl IntoView {
    view! {
        <section class="cookie-banner" aria-label="Cookie 选择">
            <p class="cookie-banner-text">
                "我们用必要的 Cookie 让登录正常工作。偏好、分析和广告 Cookie 由你决定，不同意也能使用全部基本功能。"
            </p>
            <form class="button-row" method="post" action="/settings/cookies/answer">
                <input type="hidden" name="return_to" value=here />
                <button class="button button-equal" type="submit" name="answer" value="accept">"同意"</button>
                <button class="button button-equal" type="submit" name="answer" value="decline">"不同意"</button>
                <a class="button button-equal" href=Place::Cookies.path()>"管理"</a>
            </form>
        </section>
    }
}
