//! The keys that a node holds: of each party whose log it keeps, and the officers who have unlocked theirs.

use std::collections::BTreeMap;
use veche_charter::Charter;
use veche_charter::model::PartyKeys;
use veche_ledger::name::NotAName;
use veche_ledger::{CosigningKey, Hash, KeyName, PartyId, SigningKey};

/// The private keys of one party, as far as this node holds them unlocked.
#[derive(Debug)]
pub struct PartySecrets {
    /// The root key: only in exercises and while an epoch is opened; otherwise offline.
    pub root: Option<SigningKey>,
    /// The key of the log of each epoch, by epoch.
    pub logs: BTreeMap<u32, SigningKey>,
    /// The key with which the node cosigns.
    pub witness: Option<CosigningKey>,
    /// Officers' keys that are unlocked, by the last part of their names.
    pub officers: BTreeMap<String, SigningKey>,
}

/// Officers that every party of an exercise has.
pub const EXERCISE_OFFICERS: [&str; 2] = ["duty", "delegate"];

/// Returns the keys of a party in an exercise, made from the exercise's seed.
///
/// Anyone with the script has them: they protect nothing, and say so by the organisation's `.example` name.
///
/// # Errors
/// [`NotAName`] if organisation, party or officer make no key name.
pub fn exercise_keys(
    seed: &str,
    charter: &Charter,
    party: &PartyId,
    officers: &[String],
    epochs: u32,
) -> Result<PartySecrets, NotAName> {
    made_keys(seed, charter, party, officers, epochs, false)
}

/// Returns the keys of a party in an exercise, each of them a pair: made as by [`exercise_keys`].
///
/// # Errors
/// As [`exercise_keys`].
pub fn exercise_pairs(
    seed: &str,
    charter: &Charter,
    party: &PartyId,
    officers: &[String],
    epochs: u32,
) -> Result<PartySecrets, NotAName> {
    made_keys(seed, charter, party, officers, epochs, true)
}

fn made_keys(
    seed: &str,
    charter: &Charter,
    party: &PartyId,
    officers: &[String],
    epochs: u32,
    are_pairs: bool,
) -> Result<PartySecrets, NotAName> {
    let name = |role: &str| KeyName::parse(&format!("{}/{party}/{role}", charter.organisation));
    let bytes = |role: &str| {
        Hash::of(&[
            b"veche/exercise-key/v1\0",
            seed.as_bytes(),
            b"\0",
            party.as_str().as_bytes(),
            b"\0",
            role.as_bytes(),
        ])
        .0
    };
    let made = if are_pairs { SigningKey::pair_from_seed } else { SigningKey::from_seed };
    let signing = |role: &str| Ok::<_, NotAName>(made(name(role)?, &bytes(role)));
    let cosigning = if are_pairs { CosigningKey::pair_from_seed } else { CosigningKey::from_seed };
    let mut secrets = PartySecrets {
        root: Some(signing("root")?),
        logs: BTreeMap::new(),
        witness: Some(cosigning(name("witness")?, &bytes("witness"))),
        officers: BTreeMap::new(),
    };
    for epoch in 1..=epochs {
        secrets.logs.insert(epoch, signing(&epoch.to_string())?);
    }
    for officer in EXERCISE_OFFICERS.iter().copied().chain(officers.iter().map(String::as_str)) {
        secrets.officers.insert(officer.to_owned(), signing(officer)?);
    }
    Ok(secrets)
}

impl PartySecrets {
    /// Returns the public halves as a charter lists them: the first epoch's.
    #[must_use]
    pub fn public(&self) -> PartyKeys {
        PartyKeys {
            root: self.root.as_ref().map(|key| key.verifying_key().to_string()),
            log: self.logs.get(&1).map(|key| key.verifying_key().to_string()),
            witness: self.witness.as_ref().map(|key| key.verifying_key().to_string()),
            officers: self
                .officers
                .iter()
                .map(|(name, key)| (name.clone(), key.verifying_key().to_string()))
                .collect(),
        }
    }
}
