//! Keys that sign notes: names, key ids, the vkey text (c2sp.org/signed-note; `formats/record.md`, section 1).

use crate::base;
use crate::lattice::{LatticeKey, LatticeSecret};
use crate::name::KeyName;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The algorithm byte of ML-DSA-44 cosignatures (c2sp.org/tlog-cosignature): beside one of Ed25519, never alone.
pub const ML_DSA_44: u8 = 0x06;

/// What a key signs, and how. The byte is part of the key id, so a key of one use is never taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Ed25519 over a note's text: records, checkpoints, statements.
    Ed25519,
    /// Timestamped Ed25519 over a checkpoint: a witness's cosignature/v1.
    CosignatureV1,
}

impl Algorithm {
    /// Returns the byte that C2SP assigned.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    /// Returns the algorithm of a byte, if this version verifies it.
    #[must_use]
    pub const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::CosignatureV1),
            _ => None,
        }
    }
}

/// The first four bytes of a hash over name, algorithm and key: a hint which key made a line, not a proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A public key with its name and use: an Ed25519 key, or a pair of one and an ML-DSA-44 key. Two are equal only with the same
/// name, use and keys.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: KeyName,
    algorithm: Algorithm,
    id: KeyId,
    point: ed25519_dalek::VerifyingKey,
    beside: Option<LatticeKey>,
}

/// Why a text is not a vkey.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a public key: {what}")]
pub struct VkeyError {
    /// What was given, cut to 80 characters.
    pub text: String,
    /// What is wrong with it.
    pub what: VkeyFault,
}

/// What is wrong with a vkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VkeyFault {
    /// Not three parts with `+` between them, or a part of the wrong form.
    #[error("the form is name+8 hex digits+base64")]
    Form,
    /// The name is no [`KeyName`].
    #[error("its name is not organisation/party/role")]
    Name,
    /// An algorithm byte that this version does not verify.
    #[error("algorithm {0:#04x} is not supported")]
    Algorithm(u8),
    /// 32 bytes that are no point of the curve, or one of small order, which would sign everything.
    #[error("the key is not a valid Ed25519 point")]
    Point,
    /// The key id is that of another key: a slip in copying.
    #[error("the key id does not belong to this key")]
    Id,
    /// After the Ed25519 key and a space comes something else than the ML-DSA-44 key of a pair.
    #[error("after the space is no ML-DSA-44 key of the same name and use")]
    Pair,
}

impl VerifyingKey {
    /// Makes a key from its 32 bytes.
    ///
    /// # Errors
    /// [`VkeyFault::Point`] for bytes that are no point or one of small order.
    pub fn new(name: KeyName, algorithm: Algorithm, bytes: &[u8; 32]) -> Result<Self, VkeyFault> {
        let point = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| VkeyFault::Point)?;
        if point.is_weak() {
            return Err(VkeyFault::Point);
        }
        Ok(Self::of_point(name, algorithm, point))
    }

    fn of_point(name: KeyName, algorithm: Algorithm, point: ed25519_dalek::VerifyingKey) -> Self {
        let id = key_id(name.as_str(), &[algorithm.byte()], point.as_bytes());
        Self { name, algorithm, id, point, beside: None }
    }

    /// Parses the vkey text `NAME+8 hex digits+base64(algorithm byte, key)`; of a pair two of them, with a space between.
    ///
    /// # Errors
    /// [`VkeyError`] with the text, in the order form, name, algorithm, point, id, pair.
    pub fn parse(text: &str) -> Result<Self, VkeyError> {
        Self::read(text).map_err(|what| VkeyError { text: text.chars().take(80).collect(), what })
    }

    fn read(text: &str) -> Result<Self, VkeyFault> {
        let Some((first, second)) = text.split_once(' ') else { return Self::read_one(text) };
        let first = Self::read_one(first)?;
        let beside = LatticeKey::parse(second, &first.name, first.algorithm);
        Ok(Self { beside: Some(beside.ok_or(VkeyFault::Pair)?), ..first })
    }

    fn read_one(text: &str) -> Result<Self, VkeyFault> {
        // The base64 part may itself hold `+`: only the first two divide.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VkeyFault::Form);
        };
        let bytes = base::decode(key).ok_or(VkeyFault::Form)?;
        let (algorithm, key) = bytes.split_first().ok_or(VkeyFault::Form)?;
        let name = KeyName::parse(name).map_err(|_| VkeyFault::Name)?;
        let algorithm = Algorithm::of(*algorithm).ok_or(VkeyFault::Algorithm(*algorithm))?;
        let key = key.try_into().map_err(|_| VkeyFault::Form)?;
        let parsed = Self::new(name, algorithm, key)?;
        if parsed.id.to_string() != id {
            return Err(VkeyFault::Id);
        }
        Ok(parsed)
    }

    /// Returns the key's name.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Returns what the key signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the key id, of a pair that of the Ed25519 key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the id of the ML-DSA-44 key, if this is a pair.
    #[must_use]
    pub fn second_id(&self) -> Option<KeyId> {
        self.beside.as_ref().map(LatticeKey::id)
    }

    /// Returns whether this is a pair: then nothing counts as signed but by both.
    #[must_use]
    pub const fn is_pair(&self) -> bool {
        self.beside.is_some()
    }

    /// Returns the Ed25519 key, without the one beside it.
    #[must_use]
    pub fn first(&self) -> Self {
        Self { beside: None, ..self.clone() }
    }

    pub(crate) const fn beside(&self) -> Option<&LatticeKey> {
        self.beside.as_ref()
    }

    /// Returns the vkey of each key, Ed25519 first.
    pub(crate) fn vkeys(&self) -> (String, Option<String>) {
        let key = [&[self.algorithm.byte()], self.as_bytes().as_slice()].concat();
        let first = format!("{}+{}+{}", self.name, self.id, base::encode(&key));
        (first, self.beside.as_ref().map(|beside| beside.vkey(&self.name)))
    }

    /// Returns the 32 bytes of the Ed25519 key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.point.as_bytes()
    }

    /// Returns whether `signature` (64 bytes) is the Ed25519 key's on `message`, strictly. Of a pair that is one half.
    ///
    /// Never a batch: batch and single verification disagree on crafted keys, so two nodes could disagree.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.point.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for VerifyingKey {
    /// Writes the vkey text; of a pair both, with a space between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.vkeys();
        f.write_str(&first)?;
        second.map_or(Ok(()), |second| write!(f, " {second}"))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns the id of a key: `kind` is the algorithm byte, with a longer name after `0xff`.
pub(crate) fn key_id(name: &str, kind: &[u8], key: &[u8]) -> KeyId {
    let hash =
        Sha256::new().chain_update(name).chain_update(b"\n").chain_update(kind).chain_update(key);
    let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
    KeyId([a, b, c, d])
}

macro_rules! private_key {
    ($(#[$doc:meta])* $name:ident, $algorithm:expr) => {
        $(#[$doc])*
        ///
        /// Forgets its secret when dropped and never prints it.
        pub struct $name {
            name: KeyName,
            secret: ed25519_dalek::SigningKey,
            beside: Option<LatticeSecret>,
        }

        impl $name {
            /// What keys of this type sign.
            pub const ALGORITHM: Algorithm = $algorithm;

            /// Makes the key of a 32-byte secret seed (RFC 8032, section 5.1.5).
            #[must_use]
            pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
                Self { name, secret: ed25519_dalek::SigningKey::from_bytes(seed), beside: None }
            }

            /// Makes a pair of keys of a 32-byte secret seed: the Ed25519 key of it, and an ML-DSA-44 key whose seed is hashed from it.
            #[must_use]
            pub fn pair_from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
                let beside = LatticeSecret::from_seed(&name, Self::ALGORITHM, seed);
                Self { beside: Some(beside), ..Self::from_seed(name, seed) }
            }

            /// Returns the key's name.
            #[must_use]
            pub const fn name(&self) -> &KeyName {
                &self.name
            }

            /// Returns the public key.
            #[must_use]
            pub fn verifying_key(&self) -> VerifyingKey {
                let point = self.secret.verifying_key();
                let beside = self.beside.as_ref().map(|beside| beside.public().clone());
                let first = VerifyingKey::of_point(self.name.clone(), Self::ALGORITHM, point);
                VerifyingKey { beside, ..first }
            }

            /// Returns whether this is a pair.
            #[must_use]
            pub const fn is_pair(&self) -> bool {
                self.beside.is_some()
            }

            pub(crate) const fn beside(&self) -> Option<&LatticeSecret> {
                self.beside.as_ref()
            }

            pub(crate) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
                self.secret.sign(message).to_bytes()
            }

            pub(crate) fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
                zeroize::Zeroizing::new(self.secret.to_bytes())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.name)
            }
        }
    };
}

private_key!(
    /// A private key that signs notes: records, checkpoints, statements.
    SigningKey,
    Algorithm::Ed25519
);
private_key!(
    /// A private key that cosigns checkpoints with a time: a witness's.
    CosigningKey,
    Algorithm::CosignatureV1
);

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> KeyName {
        KeyName::parse("six-rivers.example/orvessa/officer-1").unwrap()
    }

    #[test]
    fn a_public_key_is_written_and_read_back() {
        for key in [
            SigningKey::from_seed(name(), &[7; 32]).verifying_key(),
            CosigningKey::from_seed(name(), &[7; 32]).verifying_key(),
        ] {
            assert_eq!(VerifyingKey::parse(&key.to_string()), Ok(key));
        }
    }

    #[test]
    fn one_secret_has_different_ids_for_its_two_uses() {
        let note = SigningKey::from_seed(name(), &[7; 32]).verifying_key();
        let witness = CosigningKey::from_seed(name(), &[7; 32]).verifying_key();
        assert_ne!(note.id(), witness.id());
    }

    #[test]
    fn a_slip_in_copying_a_public_key_is_noticed() {
        let good = SigningKey::from_seed(name(), &[7; 32]).verifying_key().to_string();
        let what = |text: &str| VerifyingKey::parse(text).unwrap_err().what;
        assert_eq!(what(&good.replace("officer-1", "officer-2")), VkeyFault::Id);
        assert_eq!(what(&good.replace("six-rivers.example/", "")), VkeyFault::Name);
        assert_eq!(what(good.rsplit_once('+').unwrap().0), VkeyFault::Form);
        assert_eq!(what(&good[..good.len() - 4]), VkeyFault::Form);
        let ml_dsa = format!("{}+00000000+{}", name(), base::encode(&[ML_DSA_44; 33]));
        assert_eq!(what(&ml_dsa), VkeyFault::Algorithm(ML_DSA_44));
    }

    #[test]
    fn a_key_that_would_sign_everything_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let made = VerifyingKey::new(name(), Algorithm::Ed25519, &identity);
        assert_eq!(made, Err(VkeyFault::Point));
    }

    #[test]
    fn a_private_key_prints_no_secret() {
        let key = SigningKey::from_seed(name(), &[7; 32]);
        assert_eq!(format!("{key:?}"), "SigningKey(six-rivers.example/orvessa/officer-1)");
    }
}
