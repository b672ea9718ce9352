//! Parts of a page: frame, cells, switch rows, forms, notices. No domain words: what a switch is for, its caller says.

pub mod switch_row;

#[cfg(feature = "ssr")]
pub mod cells;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod frame;
pub mod job_progress;
#[cfg(feature = "ssr")]
pub mod kept;
pub mod notice;
pub mod permission_report;
pub mod send_code;

#[cfg(feature = "hydrate")]
mod request;

#[cfg(feature = "ssr")]
pub use cells::{Cell, CellLink, Cells};
#[cfg(feature = "ssr")]
pub use form::{CheckField, Filled, HiddenField, SelectField, SubmitButton, TextField};
pub use job_progress::JobProgress;
#[cfg(feature = "ssr")]
pub use kept::Kept;
pub use permission_report::PermissionReport;
pub use send_code::SendCode;
pub use switch_row::SwitchRow;
