//! Private keys at rest: one line, encrypted under a passphrase (`formats/checkpoint.md`, section 7).

use crate::base;
use crate::hash::Hash;
use crate::key::{Algorithm, CosigningKey, SigningKey, VerifyingKey};
use crate::name::KeyName;
use argon2::{Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use zeroize::Zeroizing;

/// Memory of argon2id in KiB: 64 MiB, the second choice of RFC 9106 section 4, so that a small node can open its keys.
pub const ARGON2_MEMORY_KIB: u32 = 64 * 1024;

/// Passes of argon2id: 3, as RFC 9106 section 4 gives for 64 MiB.
pub const ARGON2_PASSES: u32 = 3;

/// Lanes of argon2id: 1, since one thread computes them here; more would help only the attacker.
pub const ARGON2_LANES: u32 = 1;

/// The format of one Ed25519 key.
const FORMAT: &str = "veche-key/v1";

/// The format of a pair: the same seed, of which an ML-DSA-44 key is made, too. A program that knows no pairs refuses it by its name.
const PAIR_FORMAT: &str = "veche-key/v2";
/// How a locked store key begins.
pub(crate) const STORE_KEY: &str = "veche-store-key/v1";

/// A private key of either use.
#[derive(Debug)]
pub enum PrivateKey {
    /// Signs notes.
    Signing(SigningKey),
    /// Cosigns checkpoints.
    Cosigning(CosigningKey),
}

/// Why a key file cannot be opened or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreError {
    /// Not one line of the format, or changed since it was written: take the copy.
    #[error("the key file is damaged")]
    Damaged,
    /// A later format: this program must be brought up to date.
    #[error("the key file has format `{0}`, which this program does not read")]
    NodeTooOld(String),
    /// The passphrase is wrong.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// There is not the memory for argon2id, or the passphrase is longer than 4 GiB.
    #[error("cannot derive a key from the passphrase: {0}")]
    Derivation(String),
}

impl PrivateKey {
    /// Returns the public key.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        match self {
            Self::Signing(key) => key.verifying_key(),
            Self::Cosigning(key) => key.verifying_key(),
        }
    }

    /// Makes the key of a use from its 32-byte secret seed, or the pair.
    pub(crate) fn of_seed(
        name: KeyName,
        algorithm: Algorithm,
        is_pair: bool,
        seed: &[u8; 32],
    ) -> Self {
        match (algorithm, is_pair) {
            (Algorithm::Ed25519, false) => Self::Signing(SigningKey::from_seed(name, seed)),
            (Algorithm::Ed25519, true) => Self::Signing(SigningKey::pair_from_seed(name, seed)),
            (Algorithm::CosignatureV1, false) => {
                Self::Cosigning(CosigningKey::from_seed(name, seed))
            }
            (Algorithm::CosignatureV1, true) => {
                Self::Cosigning(CosigningKey::pair_from_seed(name, seed))
            }
        }
    }

    /// Returns whether this is a pair.
    #[must_use]
    pub const fn is_pair(&self) -> bool {
        match self {
            Self::Signing(key) => key.is_pair(),
            Self::Cosigning(key) => key.is_pair(),
        }
    }

    pub(crate) fn seed(&self) -> Zeroizing<[u8; 32]> {
        match self {
            Self::Signing(key) => key.seed(),
            Self::Cosigning(key) => key.seed(),
        }
    }

    /// Returns the key encrypted under a passphrase, one line with its end. Salt and nonce: random, never used twice.
    ///
    /// # Errors
    /// [`KeystoreError::Derivation`].
    pub fn lock(
        &self,
        passphrase: &[u8],
        salt: [u8; 16],
        nonce: [u8; 12],
    ) -> Result<String, KeystoreError> {
        let (name, algorithm, seed) = match self {
            Self::Signing(key) => (key.name(), SigningKey::ALGORITHM, key.seed()),
            Self::Cosigning(key) => (key.name(), CosigningKey::ALGORITHM, key.seed()),
        };
        let mut plain = Zeroizing::new([algorithm.byte(); 33]);
        if let [_, rest @ ..] = plain.as_mut_slice() {
            rest.copy_from_slice(seed.as_slice());
        }
        let format = if self.is_pair() { PAIR_FORMAT } else { FORMAT };
        lock_line(&format!("{format} {name}"), plain.as_slice(), passphrase, (salt, nonce))
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// [`KeystoreError`] in the order format, damage, derivation, passphrase.
    pub fn unlock(file: &str, passphrase: &[u8]) -> Result<Self, KeystoreError> {
        let is_pair = file.split(' ').next() == Some(PAIR_FORMAT);
        let format = if is_pair { PAIR_FORMAT } else { FORMAT };
        let (name, plain) = unlock_line(file, format, 33, passphrase)?;
        let name = KeyName::parse(&name).map_err(|_| KeystoreError::Damaged)?;
        Self::of_plain(name, is_pair, &plain).ok_or(KeystoreError::Damaged)
    }

    fn of_plain(name: KeyName, is_pair: bool, plain: &[u8]) -> Option<Self> {
        let (algorithm, seed) = plain.split_first()?;
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
        Some(Self::of_seed(name, Algorithm::of(*algorithm)?, is_pair, &seed))
    }
}

/// Locks a secret under a passphrase: one line with its end. `head`: the format and the name, which the line's tag covers.
pub(crate) fn lock_line(
    head: &str,
    plain: &[u8],
    passphrase: &[u8],
    (salt, nonce): ([u8; 16], [u8; 12]),
) -> Result<String, KeystoreError> {
    let payload = Payload { msg: plain, aad: head.as_bytes() };
    let sealed = cipher(passphrase, &salt)?
        .encrypt(&nonce.into(), payload)
        .map_err(|e| KeystoreError::Derivation(e.to_string()))?;
    let (salt, nonce, sealed) = (base::encode(&salt), base::encode(&nonce), base::encode(&sealed));
    let line = format!("{head} {salt} {nonce} {sealed}");
    Ok(format!("{line} {}\n", check(&line)))
}

/// Opens a line of a format; returns the name in it and the secret, which has so many bytes.
pub(crate) fn unlock_line(
    file: &str,
    format: &'static str,
    len: usize,
    passphrase: &[u8],
) -> Result<(String, Zeroizing<Vec<u8>>), KeystoreError> {
    let damaged = || KeystoreError::Damaged;
    let found = file.split(' ').next().unwrap_or_default();
    let any_version = format.trim_end_matches(|c: char| c.is_ascii_digit());
    if found != format && found.starts_with(any_version) && found.len() < format.len() + 8 {
        return Err(KeystoreError::NodeTooOld(found.to_owned()));
    }
    let (line, sum) =
        file.strip_suffix('\n').and_then(|line| line.rsplit_once(' ')).ok_or_else(damaged)?;
    let parts: Vec<&str> = line.split(' ').collect();
    let [found, name, salt, nonce, sealed] = *parts.as_slice() else { return Err(damaged()) };
    if found != format || check(line) != sum {
        return Err(damaged());
    }
    let salt = base::decode_exact::<16>(salt).ok_or_else(damaged)?;
    let nonce = base::decode_exact::<12>(nonce).ok_or_else(damaged)?;
    let sealed = base::decode(sealed).filter(|sealed| sealed.len() == len + 16);
    let aad = format!("{format} {name}");
    let payload = Payload { msg: &sealed.ok_or_else(damaged)?, aad: aad.as_bytes() };
    let plain = cipher(passphrase, &salt)?.decrypt(&nonce.into(), payload);
    let plain = plain.map_err(|_| KeystoreError::WrongPassphrase)?;
    Ok((name.to_owned(), Zeroizing::new(plain)))
}

/// Returns the cipher whose key argon2id makes of a passphrase.
pub(crate) fn cipher(
    passphrase: &[u8],
    salt: &[u8; 16],
) -> Result<ChaCha20Poly1305, KeystoreError> {
    let fail = |e: argon2::Error| KeystoreError::Derivation(e.to_string());
    let params =
        Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, Some(32)).map_err(fail)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, key.as_mut_slice())
        .map_err(fail)?;
    Ok(ChaCha20Poly1305::new((&*key).into()))
}

/// Returns the check of a line: it tells a damaged file from a wrong passphrase, and protects against nobody.
fn check(line: &str) -> String {
    Hash::of(&[line.as_bytes()]).to_string().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked() -> String {
        let name = KeyName::parse("six-rivers.example/orvessa/officer-1").unwrap();
        let key = PrivateKey::Signing(SigningKey::from_seed(name, &[5; 32]));
        key.lock(b"a passphrase", [1; 16], [2; 12]).unwrap()
    }

    #[test]
    fn a_key_opens_under_its_passphrase_only() {
        let file = locked();
        let key = PrivateKey::unlock(&file, b"a passphrase").unwrap();
        assert_eq!(key.verifying_key().name().as_str(), "six-rivers.example/orvessa/officer-1");
        let wrong = PrivateKey::unlock(&file, b"A passphrase").unwrap_err();
        assert_eq!(wrong, KeystoreError::WrongPassphrase);
    }

    #[test]
    fn a_damaged_key_file_is_not_mistaken_for_a_wrong_passphrase() {
        let file = locked();
        for (at, byte) in file.bytes().enumerate().skip("veche-key/v1".len()) {
            let mut damaged = file.clone().into_bytes();
            damaged[at] = if byte == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).unwrap();
            let error = PrivateKey::unlock(&damaged, b"a passphrase").unwrap_err();
            assert_eq!(error, KeystoreError::Damaged, "{damaged}");
        }
        let cut = PrivateKey::unlock(&file[..60], b"a passphrase").unwrap_err();
        assert_eq!(cut, KeystoreError::Damaged);
        let newer = PrivateKey::unlock(&file.replace("/v1", "/v3"), b"").unwrap_err();
        assert_eq!(newer, KeystoreError::NodeTooOld("veche-key/v3".into()));
        // A pair's file said to be of one key is not opened as one: the format is under the seal.
        let name = KeyName::parse("six-rivers.example/orvessa/officer-1").unwrap();
        let pair = PrivateKey::Signing(SigningKey::pair_from_seed(name, &[5; 32]));
        let file = pair.lock(b"a passphrase", [1; 16], [2; 12]).unwrap();
        assert!(file.starts_with("veche-key/v2 ") && file.len() == locked().len());
        let opened = PrivateKey::unlock(&file, b"a passphrase").unwrap();
        assert_eq!(opened.verifying_key(), pair.verifying_key());
        let line = file.trim_end().rsplit_once(' ').unwrap().0.replace("/v2", "/v1");
        let lowered = format!("{line} {}\n", check(&line));
        let error = PrivateKey::unlock(&lowered, b"a passphrase").unwrap_err();
        assert_eq!(error, KeystoreError::WrongPassphrase);
    }
}
