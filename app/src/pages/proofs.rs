//! 删除证明 and 验证凭证. The decisions' own receipts are on 同意管理.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::menu::Place;
use crate::promises::PROOF_MAX_BYTES;
use crate::proof::Report;
use crate::time::Moment;
use crate::ui::{CellLink, Cells, Filled, SubmitButton};

/// All documents of a person in one file.
pub const ALL: &str = "/settings/privacy/consents/proofs";
/// When nothing was chosen.
pub const NO_FILE: &str = "请先选择凭证文件";

/// When the file is too large for the server.
#[must_use]
pub fn too_large() -> String {
    format!("文件超过{}MB了。在能运行脚本的浏览器里打开这一页，可以直接检查更大的文件", PROOF_MAX_BYTES / 1024 / 1024)
}

/// The document about one's own event at that position.
#[must_use]
pub fn path(position: i64) -> String {
    format!("{ALL}/{position}")
}

/// An erasure that can be proved.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Its place in the person's chain of events.
    pub position: i64,
    /// When.
    pub at: Moment,
    /// What was erased, in words.
    pub name: String,
    /// Records that are gone.
    pub erased: i64,
    /// Records that a law keeps, stored only.
    pub restricted: i64,
}

/// What 删除证明 shows.
#[derive(Clone, Debug)]
pub struct Erasures {
    /// Erasures, newest first: a page of them.
    pub erasures: Vec<Erasure>,
    /// How many records a newer version has written, which this one can't read.
    pub unrecognised: usize,
    /// The address of the page after this.
    pub next: Option<String>,
}

/// 删除证明.
pub fn erasures(model: Erasures) -> AnyView {
    let Erasures { erasures, unrecognised, next } = model;
    let empty = erasures.is_empty();
    view! {
        <p class="lead">"每删除一次，都有一份带签名的证明：删了什么、删了多少条、什么时候删的。里面没有被删的内容。"</p>
        <section class="cells">
            {empty.then(|| view! { <p class="empty">"还没有删除过个人信息。"</p> })}
            {erasures.into_iter().map(erasure).collect::<Vec<_>>()}
        </section>
        {next.map(|href| view! { <a class="button button-plain" href=href rel="next">"更早的证明"</a> })}
        {(unrecognised > 0).then(|| view! {
            <p class="notice notice-info">{format!("还有 {unrecognised} 项本版本认不出的记录，由更新的版本写下。其中如果有删除，这里列不出来；它们原样保存在账本里。")}</p>
        })}
        <Cells>
            <CellLink href=Place::Verify.path() label=Place::Verify.label() note="检查一份证明是不是真的" />
            {empty.then(|| view! { <CellLink href=Place::Records.path() label=Place::Records.label() note="查看、更正、删除" /> })}
        </Cells>
    }
    .into_any()
}

fn erasure(erasure: Erasure) -> AnyView {
    let Erasure { position, at, name, erased, restricted } = erasure;
    let kept = if restricted > 0 { format!("，{restricted} 条依法保留、只存储") } else { String::new() };
    let label = format!("下载删除证明：{name}，{}", at.date_time());
    view! {
        <a class="cell cell-link" href=path(position) aria-label=label>
            <span class="cell-text">
                <span class="cell-label">{name}</span>
                <span class="cell-note">
                    <time datetime=at.iso()>{at.date_time()}</time> {format!(" · 删除 {erased} 条{kept}")}
                </span>
            </span>
            <span class="cell-value">"下载"</span>
        </a>
    }
    .into_any()
}

/// What the script says in place of the hint, once it has taken over.
const HERE: &str = "只在这台设备上检查，文件不会上传，断网也能用。也可以把文件拖到这里。";

/// 验证凭证. `key` is the log's verifier key: what this page trusts; after a restore one a line, the present one first.
pub fn verify(key: String, filled: Filled, report: Option<Report>) -> AnyView {
    let error = filled.error_of("file");
    let hint = format!("没有脚本时会上传到服务器检查，不保存。文件不超过{}MB。", PROOF_MAX_BYTES / 1024 / 1024);
    view! {
        <p class="lead">"选择一份同意凭证或删除证明，看看它是不是真的、有没有被改过。全部凭证的合集也可以。"</p>
        <form
            class="form proof-form" id="proof-form" method="post" action=Place::Verify.path()
            enctype="multipart/form-data" data-key=key.clone() data-here=HERE
        >
            <div class="field">
                <label for="proof-file">"凭证文件"</label>
                <input
                    id="proof-file" name="file" type="file" accept=".json,application/json" required
                    aria-invalid=error.is_some().then_some("true") aria-describedby="proof-error proof-hint"
                />
                <p class="field-hint" id="proof-hint">{hint}</p>
                <p class="field-error" id="proof-error" role="alert">{error}</p>
            </div>
            <SubmitButton label="检查" />
        </form>
        <div class="proof-found" id="proof-found" role="status" inner_html=report.map(|report| report.html()).unwrap_or_default()></div>
        <script type="module" src="/verify.js" nonce=use_nonce()></script>
        <section class="cells">
            <h2 class="cells-title">"会检查什么"</h2>
            <ul class="keep-list">
                <li><strong>"签名"</strong><span>"是不是这里签发的，签发后有没有改动。多一个空格也查得出来。"</span></li>
                <li><strong>"账本"</strong><span>"是不是真的记在账本里，在第几条。账本只能往后写；谁改了以前的，就会和已经公布的检查点对不上，我们也不例外。"</span></li>
                <li><strong>"内容"</strong><span>"写的决定、时间和政策版本，和账本里的那一条是不是一样。"</span></li>
                <li><strong>"文字"</strong><span>"写的是不是你当时看到的那些话，一字不差。"</span></li>
            </ul>
        </section>
        <details class="more">
            <summary>"用别的工具检查"</summary>
            <p>"凭证不用依靠这一页。有下面的公钥和账本的检查点，任何人都能用自己的工具检查。"</p>
            <dl class="details">
                <dt>"公钥"</dt><dd><code>{key}</code></dd>
                <dt>"检查点"</dt><dd><code>"/log/checkpoint"</code></dd>
                <dt>"账本"</dt><dd><code>"/log/tile/"</code></dd>
                <dt>"格式"</dt><dd>"Ed25519、RFC 6962、C2SP tlog-tiles、RFC 8785"</dd>
            </dl>
        </details>
    }
    .into_any()
}
