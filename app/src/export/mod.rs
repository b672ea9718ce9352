//! 个人信息副本下载: a package of a person's own data, to keep or to take elsewhere (policy 五(一); 个保法 45): JSON with its
//! schema, CSV for spreadsheets, and pages that read well on a phone.
//!
//! Page: `pages/export.rs`. SQL and the package: `server/src/export/`. Browser test: `end2end/tests/export.spec.ts`.

pub mod model;
pub mod register;
pub mod rules;
