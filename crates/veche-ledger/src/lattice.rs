//! ML-DSA-44 (FIPS 204) beside Ed25519: the second half of a pair of keys (`formats/record.md`, section 1).
//!
//! A pair signs with both, and counts with both alone: whoever breaks one of the two has nothing. Signing is the deterministic
//! variant of FIPS 204, section 3.4: nothing here has randomness, the same record has the same bytes, and Ed25519 beside it is
//! deterministic, too.

use crate::base;
use crate::hash::Hash;
use crate::key::{Algorithm, KeyId, key_id};
use crate::name::KeyName;
use ml_dsa::{EncodedSignature, EncodedVerifyingKey, MlDsa44, Signature};
use std::fmt;
use std::sync::Arc;

/// Length of a public key, in bytes (FIPS 204, table 2).
pub const PUBLIC_LEN: usize = 1_312;

/// Length of a signature, in bytes (FIPS 204, table 2).
pub const SIGNATURE_LEN: usize = 2_420;

/// The context string of a note's signature, and the identifier of its type after the byte `0xff`.
pub const NOTE_CONTEXT: &str = "veche/note/ml-dsa-44/v1";

/// What the seed of the second key is derived with from the seed of the first.
const SEED_DOMAIN: &[u8] = b"veche/seed/ml-dsa-44/v1\0";

impl Algorithm {
    /// Returns the type of the line beside one of this algorithm: what stands between name and key in a key id, and before the
    /// key in a vkey.
    fn beside(self) -> Vec<u8> {
        match self {
            // C2SP has no type for ML-DSA over a note's text: 0xff and a name of one's own is what it provides for that.
            Self::Ed25519 => [&[0xff], NOTE_CONTEXT.as_bytes()].concat(),
            Self::CosignatureV1 => vec![crate::key::ML_DSA_44],
        }
    }

    /// Returns the context string of FIPS 204; c2sp.org/tlog-cosignature has none.
    const fn context(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => NOTE_CONTEXT.as_bytes(),
            Self::CosignatureV1 => b"",
        }
    }
}

/// The public ML-DSA-44 key of a pair.
#[derive(Clone)]
pub(crate) struct LatticeKey {
    algorithm: Algorithm,
    id: KeyId,
    /// The key with its matrix expanded, which costs more than a signature's check: made once, shared by all clones.
    key: Arc<ml_dsa::VerifyingKey<MlDsa44>>,
}

impl LatticeKey {
    fn of_key(name: &KeyName, algorithm: Algorithm, key: ml_dsa::VerifyingKey<MlDsa44>) -> Self {
        let id = key_id(name.as_str(), &algorithm.beside(), &key.encode());
        Self { algorithm, id, key: Arc::new(key) }
    }

    /// Reads the second vkey of a pair, whose first has this name and algorithm; `None` for anything else.
    pub(crate) fn parse(text: &str, name: &KeyName, algorithm: Algorithm) -> Option<Self> {
        let mut parts = text.strip_prefix(name.as_str())?.strip_prefix('+')?.splitn(2, '+');
        let (id, key) = (parts.next()?, base::decode(parts.next()?)?);
        let bytes = key.strip_prefix(algorithm.beside().as_slice())?;
        let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(bytes).ok()?;
        let parsed = Self::of_key(name, algorithm, ml_dsa::VerifyingKey::decode(&encoded));
        (parsed.id.to_string() == id).then_some(parsed)
    }

    /// Returns the vkey of this half.
    pub(crate) fn vkey(&self, name: &KeyName) -> String {
        let key = [self.algorithm.beside().as_slice(), &self.key.encode()].concat();
        format!("{name}+{}+{}", self.id, base::encode(&key))
    }

    /// Returns the 1,312 bytes of the key.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.key.encode().to_vec()
    }

    /// Returns the id of this half.
    pub(crate) const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns whether `signature` is this key's on `message`: of exactly 2,420 bytes, z in its bounds, the hint in its one encoding.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let encoded = EncodedSignature::<MlDsa44>::try_from(signature).ok();
        encoded.and_then(|encoded| Signature::<MlDsa44>::decode(&encoded)).is_some_and(
            |signature| self.key.verify_with_context(message, self.algorithm.context(), &signature),
        )
    }
}

impl PartialEq for LatticeKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm
            && self.id == other.id
            && (Arc::ptr_eq(&self.key, &other.key) || self.key.encode() == other.key.encode())
    }
}

impl Eq for LatticeKey {}

/// The private ML-DSA-44 key of a pair. Forgets its secret when dropped and never prints it.
pub(crate) struct LatticeSecret {
    secret: Box<ml_dsa::SigningKey<MlDsa44>>,
    public: LatticeKey,
}

impl LatticeSecret {
    /// Makes the second key from the seed of the first.
    ///
    /// One seed of 32 bytes is what key files and shares hold. Who breaks Ed25519 learns the scalar, and neither the seed nor
    /// what is hashed from it.
    pub(crate) fn from_seed(name: &KeyName, algorithm: Algorithm, seed: &[u8; 32]) -> Self {
        let xi = zeroize::Zeroizing::new(Hash::of(&[SEED_DOMAIN, seed]).0);
        let secret = Box::new(ml_dsa::SigningKey::<MlDsa44>::from_seed(&(*xi).into()));
        let key: &ml_dsa::VerifyingKey<MlDsa44> = (*secret).as_ref();
        let public = LatticeKey::of_key(name, algorithm, key.clone());
        Self { secret, public }
    }

    /// Returns the public half.
    pub(crate) const fn public(&self) -> &LatticeKey {
        &self.public
    }

    /// Signs, in the deterministic variant.
    #[expect(clippy::expect_used, reason = "see the words of it")]
    pub(crate) fn sign_bytes(&self, message: &[u8]) -> Vec<u8> {
        let context = self.public.algorithm.context();
        let signed = self.secret.expanded_key().sign_deterministic(message, context);
        signed
            .expect("the context is short, and 814 tries fail with less than 2^-256 (FIPS 204, appendix C)")
            .encode()
            .to_vec()
    }
}

impl fmt::Debug for LatticeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LatticeSecret({})", self.public.id)
    }
}
