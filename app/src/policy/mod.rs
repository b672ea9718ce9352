//! 隐私政策 as data: versions, clauses, and what stands beside each clause (policy 八; 个保法 17).
//!
//! Pages: `pages/policy/`. Texts: `server/catalogue/policy/`. Reading and checking them: `server/src/catalogue/policy/`.
//! Browser test: `end2end/tests/policy.spec.ts`.

pub mod model;
pub mod rules;
