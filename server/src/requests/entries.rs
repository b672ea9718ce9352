//! What a copy tells its person of 权利申请 and 投诉与反馈: every request with its answer, and of a close relative's what it
//! claims and what was handed in.

use app::relatives::model::{Claim, ProofFile, rights_words};
use app::requests::model::{Kind, Request};

use super::store::requests;
use crate::centre::Centre;
use crate::export::registers::Noted;
use crate::relatives::{claims, proofs};
use crate::web::fault::Fault;
use crate::web::visit::Caller;

/// Every request of the caller.
///
/// # Errors
/// Storage or vault.
pub async fn of(centre: &Centre, caller: &Caller) -> Result<Vec<Noted>, Fault> {
    let mut entries = Vec::new();
    for request in requests(centre, caller).await? {
        let kin = match request.kind {
            Kind::Relative => claims::claim(&centre.data, &caller.ring, &request.id).await?,
            _ => None,
        };
        let files = if kin.is_some() { proofs::files(&centre.data, &request.id).await? } else { Vec::new() };
        entries.push(entry(request, kin, &files));
    }
    Ok(entries)
}

fn entry(request: Request, kin: Option<Claim>, files: &[ProofFile]) -> Noted {
    let value = format!("{}：{}", request.kind.words(), request.about);
    let answer = request.answer;
    let ground = answer.as_ref().and_then(|answer| answer.ground).map(|ground| ground.words().to_owned());
    let (text, reviewer) = answer.map_or((None, None), |answer| (Some(answer.text), answer.reviewer));
    let file = |file: &ProofFile| format!("{}（{}，{} 字节）", file.shows.words(), file.format.words(), file.bytes);
    let (account, relation, rights) = kin.map_or((None, None, None), |Claim { account, relation, rights }| {
        (Some(account), Some(relation.words().to_owned()), Some(rights_words(&rights)))
    });
    let details = [
        ("编号", Some(request.number)),
        ("状态", Some(request.status.words().to_owned())),
        ("你要求的", Some(request.wish.value)),
        ("你写的", Some(request.wish.text)),
        ("逝者的账号", account),
        ("你与逝者的关系", relation),
        ("申请", rights),
        ("提交的证明", Some(files.iter().map(file).collect::<Vec<_>>().join("、"))),
        ("开始处理", request.begun_at.map(|at| at.date_time())),
        ("请你补充的", request.asked),
        ("补充到", request.needs_until.map(|at| at.date_time())),
        ("答复期限", Some(request.due_at.date_time())),
        ("结束", request.ended_at.map(|at| at.date_time())),
        ("答复", text),
        ("理由", ground),
        ("复核人", reviewer),
    ];
    Noted::of(request.made_at, value, details)
}
