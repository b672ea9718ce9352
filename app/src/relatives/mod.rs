//! 近亲属 and 生前安排: what the close relatives of somebody who has died may ask for (个保法 49), and what that person arranged for
//! it while alive.
//!
//! - Who asks tells the account by phone or username. Nothing that is shown or written says whether there is such an account.
//! - Proof of death and of kinship are files; a human looks at them, and they are erased with the answer, whatever it is.
//! - The arrangement of the person who has died goes first: no answer of the program's goes against it.
//!
//! Pages: `pages/relatives.rs`, `pages/directive.rs`. SQL: `server/src/relatives/`. Browser test:
//! `end2end/tests/relatives.spec.ts`.

pub mod model;
pub mod rules;
