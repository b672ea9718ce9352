//! Password hashes: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), as many at a time as there are cores.

use std::sync::{Arc, LazyLock};

use app::accounts::model::{Password, PhoneNumber, Username};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Makes and checks hashes.
#[derive(Clone)]
pub struct Passwords {
    /// Each hash takes 19 MiB; a flood of sign-ins must not take all memory.
    at_once: Arc<Semaphore>,
}

/// Hashing failed; nothing that the person did.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// argon2 refused.
    #[error("a password could not be hashed: {0}")]
    Hash(#[from] argon2::password_hash::Error),
    /// The stored hash is no hash.
    #[error("a stored password hash can't be read")]
    Malformed,
    /// The worker died.
    #[error("the hashing worker stopped")]
    Worker(#[from] tokio::task::JoinError),
    /// The server is shutting down.
    #[error("no more hashes are made")]
    Closed(#[from] tokio::sync::AcquireError),
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { at_once: Arc::new(Semaphore::new(cores)) }
    }
}

/// Compared with when there is no account, so that a wrong phone takes as long as a wrong password.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hasher().hash_password(b"nobody").expect("argon2 hashes with its own parameters").to_string());

impl Passwords {
    /// A hash in PHC format.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, password: &Password) -> Result<String, PasswordError> {
        let password = password.clone();
        self.work(move || Ok(hasher().hash_password(password.reveal().as_bytes())?.to_string())).await
    }

    /// Whether the password fits. `None` (no such account) takes as long and is always no.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn fits(&self, password: &Password, hash: Option<String>) -> Result<bool, PasswordError> {
        let password = password.clone();
        self.work(move || {
            let exists = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            let hash = PasswordHash::new(&hash).map_err(|_| PasswordError::Malformed)?;
            let fits = hasher().verify_password(password.reveal().as_bytes(), &hash).is_ok();
            Ok(fits && exists)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _turn = self.at_once.acquire().await?;
        tokio::task::spawn_blocking(job).await?
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).expect("OWASP's parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Whether a new password is one that attackers try first: a common one, or the person's own name or number
/// (OWASP ASVS 6.2.4).
#[must_use]
pub fn is_guessable(password: &Password, phone: &PhoneNumber, username: &Username) -> bool {
    let own = [phone.reveal(), username.as_str(), "一点生活", "yidian"];
    zxcvbn::zxcvbn(password.reveal(), &own).score() < zxcvbn::Score::Two
}
