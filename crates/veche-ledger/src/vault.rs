//! Contents at rest: keys that wrap keys, and what they seal (`formats/store.md`).
//!
//! Nothing here knows where bytes lie. Random bytes are arguments and never used twice.

use crate::hash::Hash;
use crate::keystore::{self, KeystoreError};
use crate::name::{Label, LeafIndex, Origin};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// The first byte of a sealed content.
const FORM: u8 = 1;

/// Bytes of a box beyond its content: the nonce and the tag.
pub const BOX_LEN: usize = NONCE_LEN + TAG_LEN;

/// Bytes of a sealed content beyond the content: form, number of the label key, box with the data key, tag.
pub const CONTENT_LEN: usize = HEAD_LEN + TAG_LEN;

const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;
const HEAD_LEN: usize = 1 + 4 + 32 + BOX_LEN;

/// Longest beginning of a word that is looked up, in characters: no word that anybody types is longer.
pub const BEGINNING_LEN_MAX: usize = 64;

/// Why something that was sealed does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It is not of the form that is read here: damaged, or of a newer program.
    #[error("it is cut short, or sealed in a form that this program does not know")]
    Form,
    /// It was sealed under another key or for another place, or changed since.
    #[error("it was changed since it was sealed, or belongs elsewhere")]
    Changed,
}

/// What one store seals with; everything else follows from it.
pub struct StoreKey {
    bytes: Zeroizing<[u8; 32]>,
    labels: Zeroizing<[u8; 32]>,
    blobs: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

/// The key of a label in one store, by its number.
pub struct LabelKey {
    id: u32,
    bytes: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LabelKey({})", self.id)
    }
}

/// Where a content belongs: it opens there and nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The log.
    pub log: &'a Origin,
    /// The record's index in it.
    pub index: LeafIndex,
    /// The hash of its leaf, which covers the commitment to the content.
    pub leaf: Hash,
}

impl Place<'_> {
    fn data(&self, what: &str) -> Vec<u8> {
        format!("{what}\n{}\n{}\n{}", self.log, self.index.0, self.leaf).into_bytes()
    }
}

impl StoreKey {
    /// Makes the key of 32 random bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let (labels, blobs) = (derive(&bytes, "labels"), derive(&bytes, "blobs"));
        Self { bytes, labels, blobs }
    }

    /// Returns the key locked under a passphrase, one line with its end. `slot`: its name, without a space. Salt and nonce: random, never
    /// used twice.
    ///
    /// # Errors
    /// [`KeystoreError::Derivation`].
    pub fn lock(
        &self,
        slot: &str,
        passphrase: &[u8],
        salt: [u8; 16],
        nonce: [u8; 12],
    ) -> Result<String, KeystoreError> {
        let head = format!("{} {slot}", keystore::STORE_KEY);
        keystore::lock_line(&head, self.bytes.as_slice(), passphrase, (salt, nonce))
    }

    /// Opens a slot.
    ///
    /// # Errors
    /// [`KeystoreError`] in the order format, damage, derivation, passphrase.
    pub fn unlock(slot: &str, passphrase: &[u8]) -> Result<Self, KeystoreError> {
        let (_, plain) = keystore::unlock_line(slot, keystore::STORE_KEY, 32, passphrase)?;
        let bytes = plain.as_slice().try_into().map_err(|_| KeystoreError::Damaged)?;
        Ok(Self::new(Zeroizing::new(bytes)))
    }

    /// Makes the key of a label and returns it with its wrapped form. `random`: 32 bytes of the key, 24 of its nonce.
    #[must_use]
    pub fn make_label(
        &self,
        id: u32,
        label: &Label,
        (key, nonce): (Zeroizing<[u8; 32]>, [u8; 24]),
    ) -> (LabelKey, Vec<u8>) {
        let wrapped = seal(&self.labels, nonce, key.as_slice(), &of_label(id, label));
        (LabelKey { id, bytes: key }, wrapped)
    }

    /// Opens the key of a label.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open_label(
        &self,
        id: u32,
        label: &Label,
        wrapped: &[u8],
    ) -> Result<LabelKey, VaultError> {
        Ok(LabelKey { id, bytes: open_key(&self.labels, wrapped, &of_label(id, label))? })
    }

    /// Seals what belongs to no record. `what`: its use, which the same bytes have nowhere else.
    #[must_use]
    pub fn seal(&self, what: &str, bytes: &[u8], nonce: [u8; 24]) -> Vec<u8> {
        seal(&self.blobs, nonce, bytes, format!("blob\n{what}").as_bytes())
    }

    /// Opens what belongs to no record.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open(&self.blobs, sealed, format!("blob\n{what}").as_bytes())
    }

    /// Returns what the words of the index for search are made unreadable with.
    #[must_use]
    pub fn words(&self) -> WordsKey {
        let key = derive(&self.bytes, "words");
        WordsKey(keyed(&key))
    }
}

impl LabelKey {
    /// Returns a content sealed under a key of its own, which this one wraps. `data_key`, `nonce`: random, never used twice.
    #[must_use]
    pub fn seal(
        &self,
        place: &Place<'_>,
        content: &[u8],
        (data_key, nonce): (Zeroizing<[u8; 32]>, [u8; 24]),
    ) -> Vec<u8> {
        let mut sealed = vec![FORM];
        sealed.extend_from_slice(&self.id.to_be_bytes());
        sealed.extend(seal(&self.bytes, nonce, data_key.as_slice(), &place.data("data")));
        let payload = Payload { msg: content, aad: &place.data("content") };
        let cipher = ChaCha20Poly1305::new((&*data_key).into());
        sealed.extend(never_too_long(cipher.encrypt(&[0; 12].into(), payload)));
        sealed
    }

    /// Opens a content.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (head, content) = sealed.split_at_checked(HEAD_LEN).ok_or(VaultError::Form)?;
        let wrapped = head.get(5..).ok_or(VaultError::Form)?;
        let data_key = open_key(&self.bytes, wrapped, &place.data("data"))?;
        let payload = Payload { msg: content, aad: &place.data("content") };
        let cipher = ChaCha20Poly1305::new((&*data_key).into());
        cipher.decrypt(&[0; 12].into(), payload).map_err(|_| VaultError::Changed)
    }
}

/// Returns the number of the label key that a content was sealed under.
///
/// # Errors
/// [`VaultError::Form`].
pub fn label_of(sealed: &[u8]) -> Result<u32, VaultError> {
    let ([FORM, rest @ ..], true) = (sealed, sealed.len() >= CONTENT_LEN) else {
        return Err(VaultError::Form);
    };
    let id = rest.first_chunk::<4>().ok_or(VaultError::Form)?;
    Ok(u32::from_be_bytes(*id))
}

/// What makes words unreadable that are still to be found.
#[derive(Clone)]
pub struct WordsKey(Hmac<Sha256>);

impl fmt::Debug for WordsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WordsKey(..)")
    }
}

impl WordsKey {
    /// Returns what is kept in place of a beginning of a word. Of a longer one than [`BEGINNING_LEN_MAX`] only so much counts.
    #[must_use]
    pub fn token(&self, beginning: &str) -> i64 {
        let end =
            beginning.char_indices().nth(BEGINNING_LEN_MAX).map_or(beginning.len(), |at| at.0);
        let mut code = self.0.clone();
        code.update(beginning.as_bytes().get(..end).unwrap_or_default());
        let code = code.finalize().into_bytes();
        i64::from_be_bytes(code.first_chunk::<8>().copied().unwrap_or_default())
    }

    /// Returns what is kept in place of all beginnings of a word.
    pub fn tokens<'a>(&'a self, word: &'a str) -> impl Iterator<Item = i64> + 'a {
        let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).take(BEGINNING_LEN_MAX);
        ends.filter_map(|end| Some(self.token(word.get(..end)?)))
    }
}

fn of_label(id: u32, label: &Label) -> Vec<u8> {
    format!("label\n{id}\n{label}").into_bytes()
}

fn derive(from: &[u8; 32], what: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let info = format!("veche vault v1 {what}");
    // 32 bytes are not more than the 8,160 that it gives.
    let _always = Hkdf::<Sha256>::new(None, from).expand(info.as_bytes(), key.as_mut_slice());
    key
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // As HMAC itself does with a key shorter than a block (RFC 2104, section 2).
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into())
}

fn seal(key: &[u8; 32], nonce: [u8; 24], msg: &[u8], aad: &[u8]) -> Vec<u8> {
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&nonce.into(), Payload { msg, aad });
    [nonce.to_vec(), never_too_long(sealed)].concat()
}

fn open(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::Form)?;
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&(*nonce).into(), Payload { msg, aad }).map_err(|_| VaultError::Changed)
}

fn open_key(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let bytes = Zeroizing::new(open(key, sealed, aad)?);
    Ok(Zeroizing::new(bytes.as_slice().try_into().map_err(|_| VaultError::Form)?))
}

/// The cipher refuses nothing but what is longer than 256 GiB, which no memory here holds. Were it to, nothing must be kept that looks sealed.
#[expect(clippy::expect_used, reason = "a limit of 256 GiB that no input reaches")]
fn never_too_long<E: fmt::Debug>(sealed: Result<Vec<u8>, E>) -> Vec<u8> {
    sealed.expect("not longer than 256 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> StoreKey {
        StoreKey::new(Zeroizing::new([byte; 32]))
    }

    fn label() -> Label {
        Label::parse("members").unwrap()
    }

    fn log() -> Origin {
        Origin::parse("two-banks.example/arven/1").unwrap()
    }

    fn sealed(place: &Place<'_>) -> (LabelKey, Vec<u8>) {
        let (label, _) = key(1).make_label(7, &label(), (Zeroizing::new([2; 32]), [3; 24]));
        let sealed = label.seal(place, b"the river rises", (Zeroizing::new([4; 32]), [5; 24]));
        (label, sealed)
    }

    #[test]
    fn a_content_opens_at_its_place_and_nowhere_else() {
        let (log, other) = (log(), Origin::parse("two-banks.example/belm/1").unwrap());
        let place = Place { log: &log, index: LeafIndex(3), leaf: Hash([9; 32]) };
        let (label, sealed) = sealed(&place);
        assert_eq!(sealed.len(), b"the river rises".len() + CONTENT_LEN);
        assert_eq!(label_of(&sealed), Ok(7));
        assert_eq!(label.open(&place, &sealed).unwrap(), b"the river rises");
        for moved in [
            Place { log: &other, ..place },
            Place { index: LeafIndex(4), ..place },
            Place { leaf: Hash([8; 32]), ..place },
        ] {
            assert_eq!(label.open(&moved, &sealed), Err(VaultError::Changed), "{moved:?}");
        }
    }

    #[test]
    fn a_content_that_was_changed_or_cut_anywhere_does_not_open() {
        let log = log();
        let place = Place { log: &log, index: LeafIndex(0), leaf: Hash([9; 32]) };
        let (label, good) = sealed(&place);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let is_other = label_of(&bad) != Ok(7);
            assert!(is_other || label.open(&place, &bad).is_err(), "{at}");
            let cut = &good[..at];
            assert!(label_of(cut).is_err() || label.open(&place, cut).is_err(), "{at}");
        }
        let longer = [good, vec![0]].concat();
        assert_eq!(label.open(&place, &longer), Err(VaultError::Changed));
    }

    #[test]
    fn a_label_key_opens_under_its_store_key_and_name_alone() {
        let (_, wrapped) = key(1).make_label(7, &label(), (Zeroizing::new([2; 32]), [3; 24]));
        assert_eq!(wrapped.len(), 32 + BOX_LEN);
        assert!(key(1).open_label(7, &label(), &wrapped).is_ok());
        let public = Label::parse("public").unwrap();
        for opened in [
            key(2).open_label(7, &label(), &wrapped),
            key(1).open_label(8, &label(), &wrapped),
            key(1).open_label(7, &public, &wrapped),
        ] {
            assert_eq!(opened.unwrap_err(), VaultError::Changed);
        }
        assert_eq!(key(1).open_label(7, &label(), &wrapped[..9]).unwrap_err(), VaultError::Form);
    }

    #[test]
    fn a_blob_opens_for_its_use_alone() {
        let sealed = key(1).seal("draft", b"words", [6; 24]);
        assert_eq!(key(1).open("draft", &sealed).unwrap(), b"words");
        assert_eq!(key(1).open("notes", &sealed), Err(VaultError::Changed));
        assert_eq!(key(2).open("draft", &sealed), Err(VaultError::Changed));
        assert_eq!(key(1).open("draft", &sealed[..23]), Err(VaultError::Form));
    }

    #[test]
    fn a_slot_opens_under_its_passphrase_and_tells_damage_apart() {
        let text = key(1).lock("@store", b"one", [1; 16], [2; 12]).unwrap();
        assert!(text.starts_with("veche-store-key/v1 @store "), "{text}");
        assert_eq!(*StoreKey::unlock(&text, b"one").unwrap().bytes, [1; 32]);
        let fault = |text: &str, words: &[u8]| StoreKey::unlock(text, words).unwrap_err();
        assert_eq!(fault(&text, b"two"), KeystoreError::WrongPassphrase);
        assert_eq!(fault(&text[..40], b"one"), KeystoreError::Damaged);
        assert_eq!(fault(&text.replace("@store", "@stare"), b"one"), KeystoreError::Damaged);
        let newer = text.replace("/v1", "/v2");
        assert_eq!(fault(&newer, b"one"), KeystoreError::NodeTooOld("veche-store-key/v2".into()));
    }

    #[test]
    fn words_are_found_by_their_beginnings_and_differ_between_stores() {
        let words = key(1).words();
        let tokens: Vec<i64> = words.tokens("река").collect();
        assert_eq!(tokens.len(), 4);
        assert!(tokens.contains(&words.token("ре")));
        assert!(!tokens.contains(&words.token("рей")));
        assert_ne!(key(2).words().token("ре"), words.token("ре"));
        let long = "w".repeat(70);
        assert_eq!(words.tokens(&long).count(), BEGINNING_LEN_MAX);
        assert_eq!(words.tokens(&long).last(), Some(words.token(&long)));
    }
}
