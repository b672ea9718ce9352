//! Sealing one value: AES-256-GCM-SIV (RFC 8452), which a repeated nonce does not break.

use aes_gcm_siv::aead::{Aead, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Key, KeyInit, Nonce};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A key of 32 random bytes, wiped from memory when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// The first byte of a sealed value: which algorithm sealed it. Another (SM4 may be asked for) gets another byte.
const AES_256_GCM_SIV: u8 = 1;
const NONCE_BYTES: usize = 12;
const HEADER_BYTES: usize = 1 + 16 + NONCE_BYTES;

/// Where a sealed value stands. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's primary key.
    pub row: &'a str,
}

impl Place<'_> {
    fn bound_to(&self) -> Vec<u8> {
        // Names hold no NUL, so the three parts can't be confused.
        format!("{}\0{}\0{}", self.table, self.column, self.row).into_bytes()
    }
}

/// The value was changed, moved, or sealed under another key.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

/// A fresh random key.
pub fn random_secret() -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    fill_random(secret.as_mut());
    secret
}

/// So many random bytes.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

fn fill_random(bytes: &mut [u8]) {
    // A machine without randomness can't keep a secret: there is nothing to go on with.
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

/// Algorithm, key id, nonce, then the sealed bytes.
pub fn seal(key: &Secret, key_id: Uuid, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    fill_random(&mut nonce);
    let bound = place.bound_to();
    let sealed = cipher(key)
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &bound })
        .expect("a value of our size limits can be sealed");
    let mut out = Vec::with_capacity(HEADER_BYTES + sealed.len());
    out.push(AES_256_GCM_SIV);
    out.extend_from_slice(key_id.as_bytes());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

/// Which key a value was sealed under.
pub fn key_id(sealed: &[u8]) -> Result<Uuid, Broken> {
    match sealed {
        [AES_256_GCM_SIV, rest @ ..] if sealed.len() >= HEADER_BYTES => {
            Uuid::from_slice(&rest[..16]).map_err(|_| Broken)
        }
        _ => Err(Broken),
    }
}

/// Opens what [`seal`] made, at the same place and with the same key.
pub fn open(key: &Secret, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
    key_id(sealed)?;
    let nonce: [u8; NONCE_BYTES] = sealed[HEADER_BYTES - NONCE_BYTES..HEADER_BYTES].try_into().map_err(|_| Broken)?;
    let bound = place.bound_to();
    cipher(key)
        .decrypt(&Nonce::from(nonce), Payload { msg: &sealed[HEADER_BYTES..], aad: &bound })
        .map(Zeroizing::new)
        .map_err(|_| Broken)
}

fn cipher(key: &Secret) -> Aes256GcmSiv {
    Aes256GcmSiv::new(&Key::<Aes256GcmSiv>::from(**key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: Place<'static> = Place { table: "person", column: "phone", row: "a" };

    proptest! {
        #[test]
        fn what_is_sealed_opens_only_there_and_only_unchanged(
            plain in proptest::collection::vec(any::<u8>(), 0..200),
            flip in any::<proptest::sample::Index>(),
        ) {
            let key = random_secret();
            let id = Uuid::now_v7();
            let sealed = seal(&key, id, HERE, &plain);
            prop_assert_eq!(key_id(&sealed), Ok(id));
            let opened = open(&key, HERE, &sealed).expect("opens");
            prop_assert_eq!(&opened[..], &plain[..]);
            prop_assert!(open(&random_secret(), HERE, &sealed).is_err());
            let elsewhere = [Place { row: "b", ..HERE }, Place { column: "name", ..HERE }];
            prop_assert!(elsewhere.into_iter().all(|place| open(&key, place, &sealed).is_err()));
            let mut changed = sealed.clone();
            let at = flip.index(changed.len() - HEADER_BYTES) + HEADER_BYTES;
            changed[at] ^= 1;
            prop_assert!(open(&key, HERE, &changed).is_err());
        }
    }

    #[test]
    fn rubbish_is_broken_and_not_a_panic() {
        for rubbish in [&[][..], &[1], &[2; 40], &[1; 28]] {
            assert!(open(&random_secret(), HERE, rubbish).is_err());
        }
    }
}
