//! 我的个人信息: every kind of personal data, each record of it, why it is held and until when; corrected, erased, explained
//! where it stands (policy chapters 一 and 五(一) to 五(三); 个保法 44 to 47).
//!
//! Pages: `pages/records/`. SQL: `server/src/records/`. Browser test: `end2end/tests/records.spec.ts`.

pub mod model;
pub mod rules;
