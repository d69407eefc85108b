//! Files encrypted for one recipient, as age encrypts them (age-encryption.org/v1, recipients of type X25519 alone; `formats/bundle.md`, section 2).
//!
//! Written here over the same primitives instead of taken from the `age` crate: that one brings 83 packages, some of them translation and unfinished
//! versions, for the one stanza that bundles have. The crate's own files are test vectors.

use crate::key::SigningKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use curve25519_dalek::MontgomeryPoint;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Plain bytes in a chunk.
pub const CHUNK_LEN: usize = 64 * 1024;

/// Bytes by which a chunk is longer when it is sealed.
pub const TAG_LEN: usize = 16;

/// Bytes before the first chunk: a header with one stanza, and the nonce.
pub const PREFIX_LEN: usize = HEADER_LEN + NONCE_LEN;

const NONCE_LEN: usize = 16;
const VERSION: &str = "age-encryption.org/v1\n";
const STANZA: &str = "-> X25519 ";
const END: &str = "---";

/// Characters of 32 bytes in base64 without padding.
const FIELD_LEN: usize = 43;

/// Version, stanza, its body, and the line of the code.
const HEADER_LEN: usize =
    VERSION.len() + STANZA.len() + FIELD_LEN + 1 + FIELD_LEN + 1 + END.len() + 1 + FIELD_LEN + 1;

/// Info of the key that wraps the file key.
const WRAP: &[u8] = b"age-encryption.org/v1/X25519";

/// Info of the secret that follows from a log key.
const IDENTITY: &[u8] = b"veche/bundle-identity/v1";

/// Whom a file is for: an X25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient(pub [u8; 32]);

/// Who can open files: an X25519 secret key. Forgets it when dropped and never prints it.
pub struct Identity(Zeroizing<[u8; 32]>);

/// Random bytes for one file, never used twice.
pub struct Fresh {
    /// What its keys follow from.
    pub file_key: [u8; 16],
    /// The secret half of the key that is made for it.
    pub ephemeral: [u8; 32],
    /// Of its contents.
    pub nonce: [u8; 16],
}

/// The key of a file's contents.
pub struct Contents(ChaCha20Poly1305);

/// Why a file cannot be opened, or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// Another form: no age file, or one for more than one recipient, a passphrase, another type of key.
    #[error("it does not begin as an age file for one X25519 recipient")]
    Form,
    /// No identity given opens it.
    #[error("no key that is here opens it")]
    OtherRecipient,
    /// The header was changed.
    #[error("its header was changed on the way")]
    Header,
    /// The recipient is no key: everything encrypted to it could be read by anybody.
    #[error("the recipient is no key that keeps a secret")]
    WeakRecipient,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl std::fmt::Debug for Fresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fresh")
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contents")
    }
}

impl Identity {
    /// Makes an identity of its 32 secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*secret))
    }

    /// Returns the identity that follows from a log's key: whoever has that opens what is for its node.
    #[must_use]
    pub fn of_log_key(key: &SigningKey) -> Self {
        Self(derive(&[], key.seed().as_slice(), IDENTITY))
    }

    /// Returns its public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(MontgomeryPoint::mul_base_clamped(*self.0).to_bytes())
    }

    fn file_key(&self, share: &[u8; 32], body: &[u8; 32]) -> Option<Zeroizing<[u8; 16]>> {
        let shared = agree(&self.0, share)?;
        let key = wrap_key(&shared, share, &self.recipient());
        let plain = Zeroizing::new(key.decrypt(&[0; 12].into(), body.as_slice()).ok()?);
        Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
    }
}

/// Begins a file: returns what stands before its first chunk, and the key of its contents.
///
/// # Errors
/// [`AgeError::WeakRecipient`].
pub fn begin(recipient: &Recipient, fresh: &Fresh) -> Result<(Vec<u8>, Contents), AgeError> {
    let ephemeral = Identity::from_bytes(&fresh.ephemeral);
    let share = ephemeral.recipient().0;
    let shared = agree(&ephemeral.0, &recipient.0).ok_or(AgeError::WeakRecipient)?;
    let body = wrap_key(&shared, &share, recipient).encrypt(&[0; 12].into(), &fresh.file_key[..]);
    let body = body.map_err(|_| AgeError::WeakRecipient)?;
    let mut header = format!("{VERSION}{STANZA}{}\n{}\n{END}", field(&share), field(&body));
    let code = code(&fresh.file_key, header.as_bytes()).ok_or(AgeError::WeakRecipient)?;
    let code = code.finalize().into_bytes();
    header.push(' ');
    header.push_str(&field(&code));
    header.push('\n');
    let prefix = [header.as_bytes(), fresh.nonce.as_slice()].concat();
    Ok((prefix, Contents::new(&fresh.file_key, &fresh.nonce)))
}

/// Opens a file: from what stands before its first chunk, the key of its contents.
///
/// # Errors
/// [`AgeError`] in the order form, recipient, header.
pub fn open(prefix: &[u8; PREFIX_LEN], identities: &[Identity]) -> Result<Contents, AgeError> {
    let (header, nonce) = prefix.split_at(HEADER_LEN);
    let (share, body, given) = read_header(header).ok_or(AgeError::Form)?;
    let file_key = identities.iter().find_map(|identity| identity.file_key(&share, &body));
    let file_key = file_key.ok_or(AgeError::OtherRecipient)?;
    let coded = &header[..HEADER_LEN - FIELD_LEN - 2];
    let code = code(&file_key, coded).ok_or(AgeError::Header)?;
    code.verify_slice(&given).map_err(|_| AgeError::Header)?;
    Ok(Contents::new(&file_key, nonce))
}

/// Reads share, body and code of the one form that a header has.
fn read_header(header: &[u8]) -> Option<([u8; 32], [u8; 32], [u8; 32])> {
    let text = std::str::from_utf8(header).ok()?;
    let rest = text.strip_prefix(VERSION)?.strip_prefix(STANZA)?;
    let (share, rest) = rest.split_once('\n')?;
    let (body, rest) = rest.split_once('\n')?;
    let code = rest.strip_prefix(END)?.strip_prefix(' ')?.strip_suffix('\n')?;
    let read = |text: &str| <[u8; 32]>::try_from(STANDARD_NO_PAD.decode(text).ok()?).ok();
    Some((read(share)?, read(body)?, read(code)?))
}

impl Contents {
    fn new(file_key: &[u8; 16], nonce: &[u8]) -> Self {
        let key = derive(nonce, file_key, b"payload");
        Self(ChaCha20Poly1305::new((&*key).into()))
    }

    /// Seals a chunk of at most [`CHUNK_LEN`] bytes; all but the last have just so many.
    #[must_use]
    pub fn seal(&self, number: u64, is_last: bool, plain: &[u8]) -> Vec<u8> {
        // What cannot be sealed is longer than 256 GiB.
        self.0.encrypt(&nonce_of(number, is_last).into(), plain).unwrap_or_default()
    }

    /// Opens a chunk; `None`: it was changed, or does not stand here.
    #[must_use]
    pub fn open(&self, number: u64, is_last: bool, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(&nonce_of(number, is_last).into(), sealed).ok()
    }
}

fn nonce_of(number: u64, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

/// Agrees on a secret; `None` where the other half is a point of small order, with which everybody agrees on the same.
fn agree(secret: &[u8; 32], public: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let shared = MontgomeryPoint(*public).mul_clamped(*secret).to_bytes();
    (shared != [0; 32]).then(|| Zeroizing::new(shared))
}

fn wrap_key(shared: &[u8; 32], share: &[u8; 32], recipient: &Recipient) -> ChaCha20Poly1305 {
    let salt = [share.as_slice(), &recipient.0].concat();
    ChaCha20Poly1305::new((&*derive(&salt, shared, WRAP)).into())
}

fn code(file_key: &[u8; 16], header: &[u8]) -> Option<Hmac<Sha256>> {
    let key = derive(&[], file_key, b"header");
    let mut code = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.as_slice()).ok()?;
    code.update(header);
    Some(code)
}

fn derive(salt: &[u8], from: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are not more than the 8,160 that it gives.
    let _always = Hkdf::<Sha256>::new(Some(salt), from).expand(info, key.as_mut_slice());
    key
}

fn field(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(seed: u8) -> Fresh {
        Fresh { file_key: [seed; 16], ephemeral: [seed + 1; 32], nonce: [seed + 2; 16] }
    }

    fn made(identity: &Identity) -> ([u8; PREFIX_LEN], Contents) {
        let (prefix, contents) = begin(&identity.recipient(), &fresh(1)).unwrap();
        (prefix.try_into().unwrap(), contents)
    }

    #[test]
    fn a_file_opens_for_its_recipient_alone() {
        let (own, other) = (Identity::from_bytes(&[9; 32]), Identity::from_bytes(&[8; 32]));
        let (prefix, contents) = made(&own);
        let sealed = contents.seal(0, true, b"content");
        let refused = open(&prefix, &[Identity::from_bytes(&[8; 32])]).err();
        assert_eq!(refused, Some(AgeError::OtherRecipient));
        let opened = open(&prefix, &[other, own]).unwrap();
        assert_eq!(opened.open(0, true, &sealed).as_deref(), Some(&b"content"[..]));
        for (number, is_last) in [(0, false), (1, true)] {
            assert_eq!(opened.open(number, is_last, &sealed), None, "a chunk of another place");
        }
    }

    #[test]
    fn a_header_with_any_bit_changed_opens_nothing() {
        let own = [Identity::from_bytes(&[9; 32])];
        let (prefix, contents) = made(&own[0]);
        let sealed = contents.seal(0, true, b"content");
        for at in 0..PREFIX_LEN {
            for bit in 0..8 {
                let mut bad = prefix;
                bad[at] ^= 1 << bit;
                let read = open(&bad, &own).ok().and_then(|c| c.open(0, true, &sealed));
                assert_eq!(read, None, "byte {at}");
            }
        }
    }

    #[test]
    fn nothing_is_encrypted_to_a_point_that_everybody_agrees_with() {
        let mut one = [0; 32];
        one[0] = 1;
        for weak in [[0; 32], one] {
            let refused = begin(&Recipient(weak), &fresh(1)).err();
            assert_eq!(refused, Some(AgeError::WeakRecipient));
        }
    }

    #[test]
    fn the_key_of_a_log_gives_one_identity_and_shows_no_secret() {
        let key = |seed| {
            let name = crate::KeyName::parse("two-banks.example/arven/1").unwrap();
            SigningKey::from_seed(name, &[seed; 32])
        };
        let identity = Identity::of_log_key(&key(1));
        assert_eq!(identity.recipient(), Identity::of_log_key(&key(1)).recipient());
        assert_ne!(identity.recipient(), Identity::of_log_key(&key(2)).recipient());
        assert_ne!(identity.recipient(), Identity::from_bytes(&[1; 32]).recipient());
        assert_eq!(format!("{identity:?}"), "Identity");
    }
}
