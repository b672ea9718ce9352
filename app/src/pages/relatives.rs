//! 近亲属申请: the form, and the part of 申请详情 with proof and package.

use leptos::prelude::*;

use super::requests::text_area;
use crate::menu::Place;
use crate::promises::{
    ANSWER_WORKING_DAYS, COPY_LIFE, NEEDS_LIFE, PACKAGE_TAKING, PROOF_FILE_MAX_BYTES, PROOF_FILES_MAX,
};
use crate::relatives::model::{ProofFile, Relation, Right, Shows};
use crate::requests::model::Status;
use crate::time::{DAY, MINUTE, Moment};
use crate::ui::{Filled, SubmitButton, TextField};

/// What was filled in.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Rights' ids that are ticked.
    pub rights: Vec<String>,
    /// The statement is ticked.
    pub is_lawful: bool,
    /// Values and errors.
    pub filled: Filled,
}

/// 近亲属申请.
pub fn form(form: Form) -> AnyView {
    let Form { rights, is_lawful, filled } = form;
    let days = NEEDS_LIFE / DAY;
    let error = filled.error_of("lawful");
    view! {
        <p class="lead">"请节哀。亲人去世后，近亲属为了自身的合法、正当利益，可以申请查阅、复制、更正、删除逝者的相关信息；逝者生前另有安排的，按他的安排办理。"</p>
        <form class="form" method="post" action=Place::Relative.path()>
            {filled.refusal_view()}
            <TextField
                filled=filled.clone() name="account" label="逝者的手机号或用户名" maxlength=40
                hint="加密保存，只用来核对账号。为了保护每个人，这里不会显示账号是否存在。"
            />
            {relations(&filled)}
            {rights_field(&rights, filled.error_of("rights"), "需要什么")}
            {text_area(&filled, "text", "为什么需要", "例如：整理遗物、处理未了的订单。需要更正的，请写明正确的内容。")}
            <div class="field">
                <label class="choice">
                    <input type="checkbox" name="lawful" value="true" checked=is_lawful required autofocus=error.is_some() />
                    <span>"我确认：这是为了我自身的合法、正当利益，所写的都是真实的"</span>
                </label>
                {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
            </div>
            <SubmitButton label="下一步：上传证明" />
        </form>
        <p class="cells-tips">
            {format!("下一步上传死亡证明和亲属关系证明，{days}天内补齐即可。证明由人审核，审核结束立即删除。补齐后{ANSWER_WORKING_DAYS}个工作日内答复，不收费用。")}
        </p>
    }
    .into_any()
}

fn relations(filled: &Filled) -> AnyView {
    let error = filled.error_of("relation");
    let chosen = filled.value("relation");
    let options = Relation::ALL.iter().map(|relation| {
        view! { <option value=relation.id() selected=relation.id() == chosen>{relation.words()}</option> }
    });
    view! {
        <div class="field">
            <label for="relation">"我是逝者的"</label>
            <select
                id="relation" name="relation" required
                aria-invalid=error.is_some().then_some("true") autofocus=error.is_some() aria-describedby="relation-hint"
            >
                <option value="">"请选择"</option>
                {options.collect::<Vec<_>>()}
            </select>
            <p class="field-hint" id="relation-hint">"《民法典》规定的近亲属，或者逝者生前指定的人。"</p>
            {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </div>
    }
    .into_any()
}

/// Boxes for what may be asked for.
pub(super) fn rights_field(ticked: &[String], error: Option<String>, legend: &'static str) -> AnyView {
    let wrong = error.is_some();
    let boxes = Right::ALL.iter().enumerate().map(|(n, right)| {
        let is_ticked = ticked.iter().any(|id| id == right.id());
        let words = match right {
            Right::Erase => "删除（注销账号）",
            right => right.words(),
        };
        view! {
            <label class="choice">
                <input type="checkbox" name="rights" value=right.id() checked=is_ticked autofocus=wrong && n == 0 />
                <span>{words}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices rights">
            <legend>{legend}</legend>
            {boxes.collect::<Vec<_>>()}
            {error.map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </fieldset>
    }
    .into_any()
}

/// What was granted to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// It is being made.
    UnderWay,
    /// It can be downloaded once, until then.
    Ready(Moment),
    /// Its download was begun; until then it can be tried again.
    Taken(Moment),
    /// It could not be made.
    Failed,
    /// Its time is over.
    Gone,
}

/// What a close relative's request has beside every request.
#[derive(Clone, Debug)]
pub struct Kin {
    /// The account as it may be shown again.
    pub masked_account: String,
    /// How who asks is related.
    pub relation: Relation,
    /// What was handed in.
    pub proofs: Vec<ProofFile>,
    /// What is still to be shown.
    pub missing: Vec<Shows>,
    /// It waits for proof.
    pub awaits_proof: bool,
    /// What was granted to be taken, if anything was.
    pub package: Option<Package>,
    /// Who looks has just proved again who they are: only then it is taken.
    pub stepped_up: bool,
    /// What is wrong with what was just handed in.
    pub filled: Filled,
}

/// The part of 申请详情.
pub(super) fn part(kin: Kin, id: &str, status: Status) -> AnyView {
    let base = format!("{}/{id}", Place::Requests.path());
    let Kin { masked_account, relation, proofs, missing, awaits_proof, package, stepped_up, filled } = kin;
    let open = !status.has_ended();
    let can_add = open && awaits_proof;
    let sorts = crate::relatives::rules::needed(relation);
    let complete = missing.is_empty();
    let sorts: Vec<_> = sorts.iter().map(|shows| proof_of(*shows, (&proofs, &filled), &base, can_add)).collect();
    view! {
        {package.map(|package| taken(package, stepped_up, &base))}
        {open.then(|| view! {
            <p class="cells-tips">{format!("逝者账号：{masked_account}。证明加密保存，只给审核的人看，审核结束立即删除。")}</p>
            {filled.refusal_view()}
            {sorts}
        })}
        {can_add.then(|| view! {
            <form class="form" method="post" action=format!("{base}/submit")>
                {if complete {
                    view! { <SubmitButton label="提交审核" /> }.into_any()
                } else {
                    let names = missing.iter().map(|shows| shows.words()).collect::<Vec<_>>().join("、");
                    view! { <p class="cells-tips">{format!("还缺：{names}。上传后就可以提交审核。")}</p> }.into_any()
                }}
            </form>
        })}
        {(!open).then(|| view! { <p class="cells-tips">{format!("逝者账号：{masked_account}。你上传的证明已经删除。")}</p> })}
    }
    .into_any()
}

/// One sort of proof: its files, and a form for another.
fn proof_of(shows: Shows, (all, filled): (&[ProofFile], &Filled), base: &str, can_add: bool) -> AnyView {
    let files: Vec<_> = all.iter().filter(|file| file.shows == shows).cloned().collect();
    let name = shows.id();
    let error = filled.error_of(name);
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described_by = if error.is_some() { format!("{error_id} {hint_id}") } else { hint_id.clone() };
    let hint = match shows {
        Shows::Death => "例如：死亡医学证明、户口注销证明、火化证明、法院宣告死亡的判决。",
        Shows::Kinship => "例如：户口本、结婚证、出生医学证明、亲属关系公证书。",
    };
    let megabytes = PROOF_FILE_MAX_BYTES / 1024 / 1024;
    let may_add = can_add && files.len() < PROOF_FILES_MAX;
    let none = files.is_empty();
    view! {
        <section class="cells">
            <h2 class="cells-title">{shows.words()}</h2>
            {none.then(|| view! { <p class="empty">"还没有文件"</p> })}
            {files.into_iter().map(|file| proof(file, base, can_add)).collect::<Vec<_>>()}
        </section>
        {error.clone().filter(|_| !may_add).map(|text| view! { <p class="form-error" role="alert">{text}</p> })}
        {may_add.then(|| view! {
            <form class="form" method="post" action=format!("{base}/proof/{name}") enctype="multipart/form-data">
                <div class="field">
                    <label for=name>{format!("上传{}", shows.words())}</label>
                    <input
                        id=name name="file" type="file" accept="image/jpeg,image/png,application/pdf" required
                        aria-invalid=error.is_some().then_some("true") aria-describedby=described_by autofocus=error.is_some()
                    />
                    <p class="field-hint" id=hint_id>
                        {format!("{hint}JPEG、PNG 或 PDF，每个不超过{megabytes}MB，最多{PROOF_FILES_MAX}个。无关的内容可以遮住。")}
                    </p>
                    {error.map(|text| view! { <p class="field-error" id=error_id role="alert">{text}</p> })}
                </div>
                <button class="button button-plain" type="submit">{format!("上传这份{}", shows.words())}</button>
            </form>
        })}
    }
    .into_any()
}

fn proof(file: ProofFile, base: &str, can_remove: bool) -> AnyView {
    let ProofFile { id, shows, format, bytes, at } = file;
    let what = format!("{} · {} KB", format.words(), bytes.div_ceil(1024));
    view! {
        <div class="cell">
            <span class="cell-text">
                <span class="cell-label">{what.clone()}</span>
                <span class="cell-note">{at.date_time()}" 上传"</span>
            </span>
            {can_remove.then(|| view! {
                <form method="post" action=format!("{base}/proof/remove")>
                    <input type="hidden" name="file" value=id />
                    <button class="button button-plain button-small" type="submit" aria-label=format!("移除{}：{what}", shows.words())>"移除"</button>
                </form>
            })}
        </div>
    }
    .into_any()
}

fn taken(package: Package, stepped_up: bool, base: &str) -> AnyView {
    let (days, minutes) = (COPY_LIFE / DAY, PACKAGE_TAKING / MINUTE);
    match package {
        Package::UnderWay => view! {
            <section class="notice notice-info">
                <p class="notice-title">"正在生成逝者信息的副本"</p>
                <p>"一般几分钟内完成。" <a href=base.to_owned()>"刷新，看看好了没有"</a></p>
            </section>
        }
        .into_any(),
        Package::Ready(until) => view! {
            <section class="notice notice-ok">
                <p class="notice-title">"逝者信息的副本可以下载了"</p>
                <p>{format!("保留{days}天，{}前可以下载一次。里面是完整的信息，请下载到自己的设备上，妥善保管。", until.date())}</p>
                <p>{format!("开始下载后{minutes}分钟内没下完，可以重新下载；之后副本销毁。")}</p>
                {download(stepped_up, base, "下载")}
            </section>
        }
        .into_any(),
        Package::Taken(until) => view! {
            <section class="notice notice-info">
                <p class="notice-title">"逝者信息的副本已经开始下载"</p>
                <p>{format!("如果没有下完，{}前可以重新下载；之后副本销毁，不能再下载。", until.date_time())}</p>
                {download(stepped_up, base, "重新下载")}
            </section>
        }
        .into_any(),
        Package::Failed => view! {
            <section class="notice notice-warn">
                <p class="notice-title">"副本没能生成"</p>
                <p>"是我们的问题。请再提交一次申请，或者在投诉与反馈里告诉我们这个申请的编号。"</p>
            </section>
        }
        .into_any(),
        Package::Gone => view! { <p class="cells-tips">"逝者信息的副本已经下载过或已到期，不能再下载。"</p> }.into_any(),
    }
}

fn download(stepped_up: bool, base: &str, label: &'static str) -> AnyView {
    if stepped_up {
        return view! { <a class="button button-primary" href=format!("{base}/package")>{label}</a> }.into_any();
    }
    let prove = format!("{}?next={base}", Place::StepUp.path());
    view! { <a class="button button-primary" href=prove>{format!("验证身份后{label}")}</a> }.into_any()
}
