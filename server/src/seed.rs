//! The demo's people. Made once; a second start finds them there.

use app::accounts::model::Password;
use uuid::Uuid;

use crate::accounts::store::{self, NewPerson};
use crate::centre::Centre;
use crate::web::fault::Fault;

/// Everybody's password in the demo.
pub const PASSWORD: &str = "yidian-demo-2026";

/// Phone, name.
const PEOPLE: &[(&str, &str)] =
    &[("13800138000", "林小满"), ("13800138001", "周以宁"), ("13800138002", "新来的朋友")];

/// A demo value does not fit the rules that everybody's values must fit.
#[derive(Debug, thiserror::Error)]
#[error("a demo value is not valid: {0}")]
struct Invalid(&'static str);

/// Makes the demo's people where they are missing.
///
/// # Errors
/// Storage or vault.
pub async fn seed(centre: &Centre) -> Result<(), Fault> {
    for (phone, username) in PEOPLE {
        let phone = phone.parse().map_err(Invalid)?;


        let new = NewPerson {
            phone,
            username: username.parse().map_err(Invalid)?,
            password_hash: centre.passwords.hash(&Password::new(PASSWORD).map_err(Invalid)?).await?,
            age_band: "adult",
            waits_for_guardian: false,
        };
        let mut tx = centre.data.begin().await?;
        if store::register(centre, &mut tx, Uuid::now_v7(), &new, centre.now()).await?.is_ok() {
            tx.commit().await?;
        }
    }
    Ok(())
}
