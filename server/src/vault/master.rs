//! The operator's master key: 32 bytes that wrap everything else and are stored nowhere by us.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::seal::{Secret, random_secret};

/// Wraps the root key. From a file or the environment; a key management service would be a third way.
pub struct MasterKey(pub(super) Secret);

/// Why there is no master key. The texts are for the operator, who reads them at start.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Nothing was configured.
    #[error(
        "no master key: set vault.master_key_file (a file with 32 random bytes in base64, readable only by this \
         service) or the environment variable PRIVACY_CENTRE__VAULT__MASTER_KEY.\nMake one with: \
         head -c 32 /dev/urandom | base64\nKeep a copy apart from every backup: without it no personal data can be \
         read again. To try the product out, start with --demo."
    )]
    Missing,
    /// The file can't be read.
    #[error("the master key file {0} can't be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// Not 32 bytes of base64.
    #[error("the master key is not 32 bytes in base64")]
    Malformed,
}

impl MasterKey {
    /// From base64 text.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn from_base64(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| MasterKeyError::Malformed)?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| MasterKeyError::Malformed)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// From a file with base64 text.
    ///
    /// # Errors
    /// [`MasterKeyError::Unreadable`], [`MasterKeyError::Malformed`].
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let text = std::fs::read_to_string(path).map_err(|e| MasterKeyError::Unreadable(path.to_owned(), e))?;
        Self::from_base64(&Zeroizing::new(text))
    }

    /// For the demo: the key in that file, made on the first start. A real operator brings a key of their own.
    ///
    /// # Errors
    /// [`MasterKeyError::Unreadable`], [`MasterKeyError::Malformed`].
    pub fn for_demo(path: &Path) -> Result<Self, MasterKeyError> {
        if !path.exists() {
            let text = Zeroizing::new(STANDARD.encode(random_secret().as_slice()));
            std::fs::write(path, text.as_bytes()).map_err(|e| MasterKeyError::Unreadable(path.to_owned(), e))?;
        }
        Self::from_file(path)
    }
}
