//! 隐私政策: 摘要 and 全文, each clause with what can be done about it; 历史版本, 版本差别, 儿童规则.

mod history;
mod text;
mod update;

pub use history::{changes, versions};
pub use text::{Beside, Model, anchor_of, children, view};
pub use update::{Asked, update};
