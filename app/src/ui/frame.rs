//! The document around every page: head, bar with the way back, one h1, status region, cookie banner.

use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use super::notice::{self, Notice};
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
    pub notice: Option<Notice>,
    /// The visitor is asked about cookies.
    pub ask_cookies: Option<AskCookies>,
    /// The worker with the offline page is registered.
    pub registers_worker: bool,
    /// Keys of script's storage that this browser's answer does not allow, in the inventory's names.
    pub unwelcome_storage: Vec<String>,
    /// The path of this page, to come back to.
    pub here: String,
    /// Where the stylesheet and the WebAssembly are.
    pub assets: Assets,
}

/// Why a visitor is asked about cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskCookies {
    /// They have not answered yet.
    First,
    /// Their answer is a year old.
    Again,
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

/// A second tap on a button whose answer is under way sends nothing more, and the button shows that it is busy. After 10 seconds
/// it may be tapped again: the person may have stopped the page. Without script a second tap is for the rules to refuse.
const SEND_ONCE: &str = "addEventListener('submit',e=>{const b=e.submitter;if(!e.defaultPrevented&&b&&e.target.method=='post')\
    b.ariaBusy?e.preventDefault():(b.ariaBusy='true',setTimeout(()=>b.ariaBusy=null,1e4))})";

/// Removes what script has stored and may not keep; the server, which sees cookies only, can't. Names are letters, digits,
/// `_` and `-`, so they need no escaping; a trailing `*` stands for any ending. A browser may refuse its storage altogether.
fn remove_from_storage(names: &[String]) -> String {
    format!(
        "try{{for(const s of [localStorage,sessionStorage])for(const k of Object.keys(s))if({names:?}.some(n=>\
         n.endsWith('*')?k.startsWith(n.slice(0,-1)):k===n))s.removeItem(k)}}catch{{}}"
    )
}

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
                {frame.registers_worker.then(|| view! { <script nonce=nonce.clone()>{REGISTER_OFFLINE_PAGE}</script> })}
                <script nonce=nonce.clone()>{SEND_ONCE}</script>
                {(!frame.unwelcome_storage.is_empty()).then(|| view! {
                    <script nonce=nonce.clone() inner_html=remove_from_storage(&frame.unwelcome_storage)></script>
                })}
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
                    <div class="dock">
                        // From what was said Tab goes on to the page, not to another question.
                        {frame.ask_cookies.map(|ask| view! { <CookieBanner ask=ask here=frame.here /> })}
                        {notice::float(frame.notice)}
                    </div>
                    {body}
                </main>
            </body>
        </html>
    }
}

/// Asked of first-time visitors, and a year after an answer: three answers of equal size and weight (个保法 14; 网数条例 22).
#[component]
fn CookieBanner(ask: AskCookies, here: String) -> impl IntoView {
    let text = match ask {
        AskCookies::First => {
            "我们用必要的 Cookie 让登录正常工作。偏好、分析和广告 Cookie 由你决定，不同意也能使用全部基本功能。"
        }
        AskCookies::Again => {
            "你一年前对 Cookie 的选择到期了，想再问问你现在的想法。在你回答之前，只使用必要的 Cookie。"
        }
    };
    view! {
        <section class="cookie-banner" aria-label="Cookie 选择">
            <p class="cookie-banner-text">{text}</p>
            <form class="button-row" method="post" action="/settings/cookies/answer">
                <input type="hidden" name="return_to" value=here />
                <button class="button button-equal" type="submit" name="answer" value="accept">"同意"</button>
                <button class="button button-equal" type="submit" name="answer" value="decline">"不同意"</button>
                <a class="button button-equal" href=Place::Cookies.path()>"管理"</a>
            </form>
        </section>
    }
}
