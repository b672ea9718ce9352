//! Proving who one is, by password or by a code: the same steps for signing in, stepping up and leaving.

use app::accounts::model::{CodeUse, Password, PhoneNumber};
use uuid::Uuid;

use super::codes;
use super::limits::TooMany;
use super::store;
use crate::storage::Tx;
use crate::web::fault::Fault;
use crate::web::visit::Visit;

/// What somebody brings to prove it.
#[derive(Clone, Debug)]
pub enum Proof {
    /// 密码.
    Password(Password),
    /// 验证码.
    Code(String),
}

impl Proof {
    /// In the ledger.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::Code(_) => "code",
        }
    }
}

/// The proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// Wrong password, or no such account: never told apart.
    Password,
    /// Wrong or stale code, or no such account: never told apart.
    Code,
    /// Too many tries.
    TooMany,
    /// Too many passwords; a code still works.
    TooManyPasswords,
}

impl Unproved {
    /// What the person reads.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Password => "手机号或密码不对。",
            Self::Code => "验证码不对，或者已经过期。",
            Self::TooMany => TooMany::MESSAGE,
            Self::TooManyPasswords => "密码试错的次数太多了，请过几分钟再试，或者改用短信验证码。",
        }
    }
}

/// A proof that was checked as far as it can be outside a transaction; [`Checked::settle`] does the rest inside.
pub struct Checked {
    person: Option<Uuid>,
    phone: PhoneNumber,
    code: Option<(CodeUse, String)>,
}

/// Counts the try. A session has tries of its own; signing in has those of the address and, by password, of the account. Codes
/// are apart from passwords everywhere: whoever guesses passwords locks nobody out.
fn limit(visit: &Visit, account: &[u8; 32], proof: &Proof, use_for: CodeUse) -> Result<(), Unproved> {
    let limits = &visit.centre.limits;
    let is_password = matches!(proof, Proof::Password(_));
    if let (Some(caller), false) = (&visit.caller, use_for == CodeUse::SignIn) {
        let too_many = if is_password { Unproved::TooManyPasswords } else { Unproved::TooMany };
        return limits.try_session(caller.session, proof.method()).map_err(|_| too_many);
    }
    limits.try_address(visit.address).map_err(|_| Unproved::TooMany)?;
    if is_password {
        limits.try_password(account).map_err(|_| Unproved::TooManyPasswords)?;
    }
    Ok(())
}

/// Checks a proof for the account with that phone.
///
/// # Errors
/// A fault, or why it does not hold.
pub async fn check(
    visit: &Visit,
    phone: &PhoneNumber,
    proof: &Proof,
    use_for: CodeUse,
) -> Result<Result<Checked, Unproved>, Fault> {
    let centre = &visit.centre;
    let index = centre.vault.blind_index(codes::PHONE_INDEX, phone.reveal());
    if let Err(too_many) = limit(visit, &index, proof, use_for) {
        return Ok(Err(too_many));
    }
    match proof {
        Proof::Password(password) => {
            let found = store::find_credentials(centre, &index).await?;
            let person = found.as_ref().map(|c| c.person);
            let hash = found.map(|c| c.password_hash);
            let fits = centre.passwords.fits(password, hash).await?;
            Ok(if fits { Ok(Checked { person, phone: phone.clone(), code: None }) } else { Err(Unproved::Password) })
        }
        Proof::Code(code) => {
            if !codes::count_try(visit, phone, use_for, code).await? {
                return Ok(Err(Unproved::Code));
            }
            let person = store::find_person(centre, &index).await?;
            Ok(Ok(Checked { person, phone: phone.clone(), code: Some((use_for, code.clone())) }))
        }
    }
}

impl Checked {
    /// Whose account it is about, if there is one. Proves nothing before [`Checked::settle`].
    #[must_use]
    pub const fn person(&self) -> Option<Uuid> {
        self.person
    }

    /// Inside the transaction of what the proof is for: uses a code up, and tells who it was.
    ///
    /// # Errors
    /// A fault, or why it does not hold.
    pub async fn settle(self, tx: &mut Tx, visit: &Visit) -> Result<Result<Uuid, Unproved>, Fault> {
        let unproved = if self.code.is_some() { Unproved::Code } else { Unproved::Password };
        if let Some((use_for, code)) = &self.code {
            let fits = codes::redeem(tx, visit, &self.phone, *use_for, code).await?;
            if !fits {
                return Ok(Err(unproved));
            }
        }
        Ok(self.person.ok_or(unproved))
    }
}
