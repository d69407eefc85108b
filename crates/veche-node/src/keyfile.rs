//! Making and opening the keys of a party that exists: each locked under a passphrase, the root key apart.

use crate::keys::PartySecrets;
use crate::node::Salts;
use crate::store::{Store, StoreError, is_slot};
use std::collections::BTreeMap;
use veche_charter::model::PartyKeys;
use veche_ledger::keystore::{KeystoreError, PrivateKey};
use veche_ledger::name::NotAName;
use veche_ledger::share::{self, ShareError};
use veche_ledger::{CosigningKey, KeyName, PartyId, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// What keys could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// A name is none.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// A key file.
    #[error("key `{name}`: {error}")]
    Locked {
        /// The key's name.
        name: String,
        /// What is wrong.
        error: KeystoreError,
    },
    /// A key that is not split so.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The store keeps no key of that officer.
    #[error("the store keeps no key of an officer `{officer}`")]
    NoOfficer {
        /// The officer, as named.
        officer: String,
        /// Those whose keys it keeps.
        known: Vec<String>,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// New keys of a party: each name with its locked text, and the public halves for the charter.
#[derive(Debug)]
pub struct NewKeys {
    /// The last part of the name (`root`, `1`, `witness`, an officer's) and the locked key.
    pub locked: BTreeMap<String, String>,
    /// What the charter lists.
    pub public: PartyKeys,
}

/// What keys are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519.
    One,
    /// Ed25519 with ML-DSA-44 beside it.
    Pair,
}

impl KeyKind {
    /// Returns pairs for keys that are to withstand quantum computers, else single keys.
    #[must_use]
    pub const fn of(is_post_quantum: bool) -> Self {
        if is_post_quantum { Self::Pair } else { Self::One }
    }

    fn signing(self, name: KeyName) -> Result<SigningKey, KeyError> {
        let seed = Zeroizing::new(random()?);
        Ok(match self {
            Self::One => SigningKey::from_seed(name, &seed),
            Self::Pair => SigningKey::pair_from_seed(name, &seed),
        })
    }

    fn cosigning(self, name: KeyName) -> Result<CosigningKey, KeyError> {
        let seed = Zeroizing::new(random()?);
        Ok(match self {
            Self::One => CosigningKey::from_seed(name, &seed),
            Self::Pair => CosigningKey::pair_from_seed(name, &seed),
        })
    }
}

/// Returns random bytes from the operating system.
///
/// # Errors
/// [`KeyError::Random`].
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(KeyError::Random)?;
    Ok(bytes)
}

/// Returns a source of salts from the operating system.
///
/// A system without randomness cannot say anything that others may not guess: it gives all-zero salts only after the
/// first call has been seen to work, which [`make`] and the opening of a node do before.
#[must_use]
pub fn salts() -> Salts {
    Box::new(|| random().unwrap_or_default())
}

/// Makes the keys of a party: root, log, witness and its officers', each locked under the passphrase.
///
/// # Errors
/// [`KeyError::Random`], [`KeyError::Name`].
pub fn make(
    organisation: &str,
    party: &PartyId,
    officers: &[String],
    kind: KeyKind,
    passphrase: &[u8],
) -> Result<NewKeys, KeyError> {
    let name = |role: &str| KeyName::parse(&format!("{organisation}/{party}/{role}"));
    let mut keys = BTreeMap::new();
    for role in ["root", "1"].into_iter().chain(officers.iter().map(String::as_str)) {
        keys.insert(role.to_owned(), PrivateKey::Signing(kind.signing(name(role)?)?));
    }
    let witness = kind.cosigning(name("witness")?)?;
    keys.insert("witness".to_owned(), PrivateKey::Cosigning(witness));
    let text = |role: &str| keys.get(role).map(|key| key.verifying_key().to_string());
    let public = PartyKeys {
        root: text("root"),
        log: text("1"),
        witness: text("witness"),
        officers: officers
            .iter()
            .filter_map(|officer| Some((officer.clone(), text(officer)?)))
            .collect(),
    };
    let mut locked = BTreeMap::new();
    for (role, key) in keys {
        locked.insert(role, lock(&key, passphrase)?);
    }
    Ok(NewKeys { locked, public })
}

/// Makes one signing key of a party, locked under a passphrase. Returns its public half and its key file.
///
/// # Errors
/// [`KeyError::Random`], [`KeyError::Name`], [`KeyError::Locked`].
pub fn make_one(
    organisation: &str,
    party: &PartyId,
    role: &str,
    kind: KeyKind,
    passphrase: &[u8],
) -> Result<(VerifyingKey, String), KeyError> {
    let name = KeyName::parse(&format!("{organisation}/{party}/{role}"))?;
    let key = PrivateKey::Signing(kind.signing(name)?);
    Ok((key.verifying_key(), lock(&key, passphrase)?))
}

/// Makes the key of an outside witness, locked under a passphrase. Returns its public half and its key file.
///
/// # Errors
/// [`KeyError::Random`], [`KeyError::Name`], [`KeyError::Locked`].
pub fn make_cosigning(name: &str, passphrase: &[u8]) -> Result<(VerifyingKey, String), KeyError> {
    let key = CosigningKey::from_seed(KeyName::parse(name)?, &random()?);
    let key = PrivateKey::Cosigning(key);
    Ok((key.verifying_key(), lock(&key, passphrase)?))
}

/// Locks a key under a passphrase.
///
/// # Errors
/// [`KeyError::Random`], [`KeyError::Locked`].
pub fn lock(key: &PrivateKey, passphrase: &[u8]) -> Result<String, KeyError> {
    let locked = key.lock(passphrase, random()?, random()?);
    locked.map_err(|error| KeyError::Locked { name: key.verifying_key().name().to_string(), error })
}

/// Splits a key into as many shares as there are keepers, each locked under its keeper's passphrase; `needed` of them give it back.
///
/// # Errors
/// [`KeyError::Random`], [`KeyError::Share`], [`KeyError::Locked`].
pub fn split(key: &PrivateKey, needed: u8, keepers: &[Vec<u8>]) -> Result<Vec<String>, KeyError> {
    let mut coefficients = Vec::new();
    for _ in 1..needed {
        coefficients.push(Zeroizing::new(random()?));
    }
    let count = u8::try_from(keepers.len()).map_err(|_| ShareError::Count)?;
    let shares = share::split(key, count, &coefficients)?;
    let mut locked = Vec::new();
    for (share, words) in shares.iter().zip(keepers) {
        let text = share.lock(words, random()?, random()?);
        let name = || key.verifying_key().name().to_string();
        locked.push(text.map_err(|error| KeyError::Locked { name: name(), error })?);
    }
    Ok(locked)
}

/// Returns the name of the key in a key file.
#[must_use]
pub fn name_of(text: &str) -> Option<String> {
    let name = text.strip_prefix("veche-key/v")?.split(' ').nth(1)?;
    KeyName::parse(name).ok().map(|name| name.to_string())
}

/// Unlocks one key.
///
/// # Errors
/// [`KeyError::Locked`]: a wrong passphrase or a damaged file.
pub fn unlock(text: &str, passphrase: &[u8]) -> Result<PrivateKey, KeyError> {
    let name = text.split(' ').nth(1).unwrap_or_default().to_owned();
    PrivateKey::unlock(text, passphrase).map_err(|error| KeyError::Locked { name, error })
}

/// Unlocks the node's own keys in a store, and those of the officers named.
///
/// # Errors
/// [`KeyError::Store`], [`KeyError::NoOfficer`], [`KeyError::Locked`] for a wrong passphrase.
pub fn from_store(
    store: &Store,
    officers: &[String],
    passphrase: &[u8],
) -> Result<PartySecrets, KeyError> {
    let known = officers_of(store)?;
    if let Some(officer) = officers.iter().find(|officer| !known.contains(officer)) {
        return Err(KeyError::NoOfficer { officer: officer.clone(), known });
    }
    let mut secrets = PartySecrets {
        root: None,
        logs: BTreeMap::new(),
        witness: None,
        officers: BTreeMap::new(),
    };
    for (name, text) in store.keys()?.into_iter().filter(|(name, _)| !is_slot(name)) {
        let role = role_of(&name).to_owned();
        let epoch = role.parse::<u32>().ok();
        if epoch.is_none() && role != "witness" && !officers.contains(&role) {
            continue;
        }
        match (unlock(&text, passphrase)?, epoch) {
            (PrivateKey::Signing(key), Some(epoch)) => {
                secrets.logs.insert(epoch, key);
            }
            (PrivateKey::Signing(key), None) => {
                secrets.officers.insert(role, key);
            }
            (PrivateKey::Cosigning(key), _) => secrets.witness = Some(key),
        }
    }
    Ok(secrets)
}

/// Unlocks one officer's key alone: whoever can is that officer, whatever passphrase the node's other keys have.
///
/// # Errors
/// [`KeyError::Store`], [`KeyError::NoOfficer`], [`KeyError::Locked`] for a wrong passphrase.
pub fn officer_from_store(
    store: &Store,
    officer: &str,
    passphrase: &[u8],
) -> Result<SigningKey, KeyError> {
    let (name, text) = locked_of(store, officer)?;
    match unlock(&text, passphrase)? {
        PrivateKey::Signing(key) => Ok(key),
        PrivateKey::Cosigning(_) => {
            Err(KeyError::Locked { name, error: KeystoreError::WrongPassphrase })
        }
    }
}

/// Locks an officer's key in a store anew, under a passphrase of its own.
///
/// # Errors
/// As [`officer_from_store`], with [`KeyError::Random`]; the key is then as it was.
pub fn lock_anew(
    store: &Store,
    officer: &str,
    passphrase: &[u8],
    new: &[u8],
) -> Result<(), KeyError> {
    let (name, text) = locked_of(store, officer)?;
    let locked = lock(&unlock(&text, passphrase)?, new)?;
    // First: an officer whose key has a passphrase that the store does not know could not read what he signs.
    store.add_slot(officer, passphrase, new)?;
    Ok(store.set_key(&name, &locked)?)
}

/// Returns the name and the locked text of an officer's key.
fn locked_of(store: &Store, officer: &str) -> Result<(String, String), KeyError> {
    let known = officers_of(store)?;
    let is_his =
        |name: &str| known.iter().any(|known| known == officer) && role_of(name) == officer;
    let found = store.keys()?.into_iter().find(|(name, _)| is_his(name));
    found.ok_or_else(|| KeyError::NoOfficer { officer: officer.to_owned(), known })
}

/// Returns the officers whose locked keys a store keeps.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn officers_of(store: &Store) -> Result<Vec<String>, StoreError> {
    let is_officer =
        |role: &str| role.parse::<u32>().is_err() && !["root", "witness"].contains(&role);
    let keys = store.keys()?;
    let keys = keys.iter().filter(|(name, _)| !is_slot(name));
    let roles = keys.map(|(name, _)| role_of(name)).filter(|role| is_officer(role));
    Ok(roles.map(str::to_owned).collect())
}

/// Returns the last part of a key's name.
fn role_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_open_with_their_passphrase_and_no_other() {
        let party = PartyId::parse("arven").unwrap();
        let keys =
            make("two-banks.example", &party, &["duty".to_owned()], KeyKind::One, b"one two three")
                .unwrap();
        assert_eq!(keys.locked.keys().collect::<Vec<_>>(), ["1", "duty", "root", "witness"]);
        let duty = unlock(&keys.locked["duty"], b"one two three").unwrap();
        assert_eq!(Some(&duty.verifying_key().to_string()), keys.public.officers.get("duty"));
        let pairs =
            make("two-banks.example", &party, &[], KeyKind::Pair, b"one two three").unwrap();
        let root = unlock(&pairs.locked["root"], b"one two three").unwrap();
        assert!(root.is_pair() && pairs.public.root == Some(root.verifying_key().to_string()));
        let wrong = unlock(&keys.locked["duty"], b"one two four").unwrap_err();
        assert!(
            matches!(wrong, KeyError::Locked { error: KeystoreError::WrongPassphrase, .. }),
            "{wrong}"
        );
    }
}
