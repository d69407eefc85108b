//! A private key in shares, of which some number gives it back and fewer tell nothing (`formats/share.md`).
//!
//! Shamir, *How to share a secret*, Communications of the ACM 22 (11), 1979, over the field of FIPS 197, section 4.

use crate::base;
use crate::hash::Hash;
use crate::key::VerifyingKey;
use crate::keystore::{KeystoreError, PrivateKey, cipher};
use chacha20poly1305::aead::{Aead as _, Payload};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// Most shares of a key: more keepers than a delegation has.
pub const SHARES_MAX: u8 = 16;

/// Longest text of a share, in bytes: sixteen commitments and room.
pub const SHARE_LEN_MAX: usize = 8 * 1024;

/// The first line of a share of one Ed25519 key.
const FIRST_LINE: &str = "veche share v1";

/// The first line of a share of a pair. Its `key` line is the Ed25519 half all the same: the other follows from the same seed, and
/// nobody types 1,800 characters from paper.
const PAIR_FIRST_LINE: &str = "veche share v2";

/// What the shares of one split have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The key that they give back; of a pair the Ed25519 half.
    pub key: VerifyingKey,
    /// Whether they give back a pair.
    pub is_pair: bool,
    /// How many are needed.
    pub needed: u8,
    /// A commitment to each share, in their order.
    pub commitments: Vec<Hash>,
}

/// One share of a private key, open. Forgets its bytes when dropped and never prints them.
#[derive(Clone)]
pub struct Share {
    split: Split,
    index: u8,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Share({} of `{}`)", self.index, self.split.key.name())
    }
}

/// What is wrong with a share, with several together, or with a wish to split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Not between two and sixteen shares, or more needed than there are.
    #[error(
        "a key is split into 2 to {SHARES_MAX} shares, of which at least 2 are needed and no more than there are"
    )]
    Count,
    /// Not a text of the format.
    #[error("line {0} is not that of a share")]
    Form(usize),
    /// The line does not go with its check digits.
    #[error("line {0} has a slip: its last four digits do not go with it; type it again")]
    Line(usize),
    /// A later format: this program must be brought up to date.
    #[error(
        "the share has format `{0}`, this program reads `{FIRST_LINE}` and `{PAIR_FIRST_LINE}`"
    )]
    NodeTooOld(String),
    /// The keeper's passphrase.
    #[error(transparent)]
    Locked(#[from] KeystoreError),
    /// It opens, and is not what its split committed to.
    #[error("share {0} was changed on purpose: it is not the one that was given to its keeper")]
    Forged(u8),
    /// Fewer than are needed.
    #[error("{needed} shares are needed, and {given} are here")]
    TooFew {
        /// How many are needed.
        needed: u8,
        /// How many there are.
        given: usize,
    },
    /// Not of the split of the first share.
    #[error(
        "share {0} is of another split than the first one named: use shares that were made together"
    )]
    OtherSplit(u8),
    /// The same share again.
    #[error("share {0} is here twice")]
    Twice(u8),
    /// Together they are not the private key of the public one that they name.
    #[error(
        "what the shares give is not the key that they name: the split was false from the start"
    )]
    OtherKey,
}

/// Splits a private key. `coefficients`: random, never used twice, one fewer than `needed`.
///
/// # Errors
/// [`ShareError::Count`].
pub fn split(
    key: &PrivateKey,
    shares: u8,
    coefficients: &[Zeroizing<[u8; 32]>],
) -> Result<Vec<Share>, ShareError> {
    let needed = u8::try_from(coefficients.len() + 1).map_err(|_| ShareError::Count)?;
    if !is_possible(needed, shares) {
        return Err(ShareError::Count);
    }
    let (public, seed) = (key.verifying_key().first(), key.seed());
    let made: Vec<(u8, Zeroizing<[u8; 32]>)> =
        (1..=shares).map(|x| (x, value_at(&seed, coefficients, x))).collect();
    let commitments = made.iter().map(|(x, bytes)| commitment(&public, *x, bytes)).collect();
    let split = Split { key: public, is_pair: key.is_pair(), needed, commitments };
    Ok(made
        .into_iter()
        .map(|(index, bytes)| Share { split: split.clone(), index, bytes })
        .collect())
}

/// Joins shares to the private key that was split.
///
/// # Errors
/// [`ShareError::OtherSplit`], [`ShareError::Twice`], [`ShareError::TooFew`], [`ShareError::OtherKey`], in this order.
pub fn join(shares: &[Share]) -> Result<PrivateKey, ShareError> {
    let Some(first) = shares.first() else {
        return Err(ShareError::TooFew { needed: 2, given: 0 });
    };
    let split = &first.split;
    if let Some(other) = shares.iter().find(|share| share.split != *split) {
        return Err(ShareError::OtherSplit(other.index));
    }
    let mut seen = BTreeSet::new();
    if let Some(again) = shares.iter().find(|share| !seen.insert(share.index)) {
        return Err(ShareError::Twice(again.index));
    }
    if shares.len() < usize::from(split.needed) {
        return Err(ShareError::TooFew { needed: split.needed, given: shares.len() });
    }
    let mut seed = Zeroizing::new([0; 32]);
    for share in shares {
        let weight = weight_at_zero(share.index, &seen);
        for (sum, byte) in seed.iter_mut().zip(share.bytes.iter()) {
            *sum ^= times(*byte, weight);
        }
    }
    let (name, algorithm) = (split.key.name().clone(), split.key.algorithm());
    let key = PrivateKey::of_seed(name, algorithm, split.is_pair, &seed);
    if key.verifying_key().first() == split.key { Ok(key) } else { Err(ShareError::OtherKey) }
}

impl Share {
    /// Returns what the shares of its split have in common.
    #[must_use]
    pub const fn split(&self) -> &Split {
        &self.split
    }

    /// Returns which it is, from 1 on.
    #[must_use]
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// Returns its text, locked under its keeper's passphrase. Salt and nonce: random, never used twice.
    ///
    /// # Errors
    /// [`KeystoreError::Derivation`].
    pub fn lock(
        &self,
        passphrase: &[u8],
        salt: [u8; 16],
        nonce: [u8; 12],
    ) -> Result<String, KeystoreError> {
        let head = self.split.head(self.index);
        let payload = Payload { msg: self.bytes.as_slice(), aad: head.as_bytes() };
        let sealed = cipher(passphrase, &salt)?
            .encrypt(&nonce.into(), payload)
            .map_err(|error| KeystoreError::Derivation(error.to_string()))?;
        let (salt, nonce, sealed) =
            (base::encode(&salt), base::encode(&nonce), base::encode(&sealed));
        let text = format!("{head}salt {salt}\nnonce {nonce}\nsealed {sealed}\n");
        Ok(text.lines().fold(String::new(), |mut checked, line| {
            // Writing to a string does not fail.
            let _ = writeln!(checked, "{line} {}", check(line));
            checked
        }))
    }

    /// Opens a share.
    ///
    /// # Errors
    /// [`ShareError::Form`], [`ShareError::Line`], [`ShareError::NodeTooOld`], [`ShareError::Locked`], [`ShareError::Forged`].
    pub fn unlock(text: &str, passphrase: &[u8]) -> Result<Self, ShareError> {
        let mut lines = Lines::read(text)?;
        let split = Split::read(&mut lines)?;
        let index: u8 = lines.field("share", |text| text.parse().ok())?;
        if index == 0 || usize::from(index) > split.commitments.len() {
            return Err(lines.fault());
        }
        let salt = lines.field("salt", base::decode_exact::<16>)?;
        let nonce = lines.field("nonce", base::decode_exact::<12>)?;
        let sealed = lines.field("sealed", base::decode_exact::<48>)?;
        lines.end()?;
        let head = split.head(index);
        let payload = Payload { msg: &sealed, aad: head.as_bytes() };
        let plain = cipher(passphrase, &salt)?
            .decrypt(&nonce.into(), payload)
            .map_err(|_| KeystoreError::WrongPassphrase)?;
        let plain = Zeroizing::new(plain);
        let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| ShareError::Forged(index))?;
        let bytes = Zeroizing::new(bytes);
        if split.commitments.get(usize::from(index) - 1)
            != Some(&commitment(&split.key, index, &bytes))
        {
            return Err(ShareError::Forged(index));
        }
        Ok(Self { split, index, bytes })
    }
}

impl Split {
    /// Returns the lines of a share up to its number, without check digits.
    fn head(&self, index: u8) -> String {
        let mut text = format!(
            "{}\nkey {}\nneeded {} of {}\n",
            if self.is_pair { PAIR_FIRST_LINE } else { FIRST_LINE },
            self.key,
            self.needed,
            self.commitments.len()
        );
        for (at, commitment) in (1_u8..).zip(&self.commitments) {
            let _ = writeln!(text, "commit {at} {commitment}");
        }
        let _ = writeln!(text, "share {index}");
        text
    }

    fn read(lines: &mut Lines) -> Result<Self, ShareError> {
        let is_pair = lines.field("veche", |text| match text {
            "share v1" => Some(false),
            "share v2" => Some(true),
            _ => None,
        })?;
        let one = |text: &str| VerifyingKey::parse(text).ok().filter(|key| !key.is_pair());
        let key = lines.field("key", one)?;
        let (needed, shares) = lines.field("needed", |text| {
            let (needed, shares) = text.split_once(" of ")?;
            let counts = (needed.parse::<u8>().ok()?, shares.parse::<u8>().ok()?);
            is_possible(counts.0, counts.1).then_some(counts)
        })?;
        let mut commitments = Vec::new();
        for at in 1..=shares {
            commitments.push(lines.field("commit", |text| {
                let (index, hash) = text.split_once(' ')?;
                (index == at.to_string()).then(|| Hash::parse(hash).ok()).flatten()
            })?);
        }
        Ok(Self { key, is_pair, needed, commitments })
    }
}

/// The lines of a share, their check digits looked at and taken off, each with its number.
struct Lines {
    rest: std::vec::IntoIter<(usize, String)>,
    /// The number of the last line taken.
    at: usize,
}

impl Lines {
    fn read(text: &str) -> Result<Self, ShareError> {
        if text.len() > SHARE_LEN_MAX {
            return Err(ShareError::Form(1));
        }
        let mut lines = Vec::new();
        for (at, line) in (1..).zip(text.lines()) {
            let line = line.trim_end();
            if line.is_empty() {
                continue;
            }
            let (line, sum) = line.rsplit_once(' ').ok_or(ShareError::Form(at))?;
            let is_known = [FIRST_LINE, PAIR_FIRST_LINE].contains(&line);
            let is_newer = !is_known && line.starts_with("veche share v");
            if lines.is_empty() && is_newer && line.len() < 20 && check(line) == sum {
                return Err(ShareError::NodeTooOld(line.to_owned()));
            }
            if check(line) != sum {
                return Err(ShareError::Line(at));
            }
            lines.push((at, line.to_owned()));
        }
        Ok(Self { rest: lines.into_iter(), at: 0 })
    }

    /// Takes the next line, which begins with this word.
    fn field<T>(
        &mut self,
        word: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ShareError> {
        let Some((at, line)) = self.rest.next() else {
            self.at += 1;
            return Err(self.fault());
        };
        self.at = at;
        let value = line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '));
        value.and_then(read).ok_or(ShareError::Form(at))
    }

    const fn fault(&self) -> ShareError {
        ShareError::Form(self.at)
    }

    fn end(&mut self) -> Result<(), ShareError> {
        self.rest.next().map_or(Ok(()), |(at, _)| Err(ShareError::Form(at)))
    }
}

/// Returns the check digits of a line: they tell a slip of the pen, and protect against nobody.
fn check(line: &str) -> String {
    Hash::of(&[line.as_bytes()]).to_string().chars().take(4).collect()
}

const fn is_possible(needed: u8, shares: u8) -> bool {
    needed >= 2 && needed <= shares && shares <= SHARES_MAX
}

fn commitment(key: &VerifyingKey, index: u8, bytes: &[u8; 32]) -> Hash {
    Hash::of(&[b"veche/share/v1\0", key.to_string().as_bytes(), b"\0", &[index], bytes])
}

/// Returns the polynomial of each byte at `x`: Horner's rule, the highest coefficient first.
fn value_at(seed: &[u8; 32], coefficients: &[Zeroizing<[u8; 32]>], x: u8) -> Zeroizing<[u8; 32]> {
    let mut value = Zeroizing::new([0; 32]);
    for coefficient in coefficients.iter().rev().map(|c| &**c).chain([seed]) {
        for (sum, byte) in value.iter_mut().zip(coefficient) {
            *sum = times(*sum, x) ^ byte;
        }
    }
    value
}

/// Returns what the share at `x` weighs in the value at 0 (Lagrange); the places are public.
fn weight_at_zero(x: u8, places: &BTreeSet<u8>) -> u8 {
    let others = places.iter().filter(|other| **other != x);
    others.fold(1, |weight, other| times(weight, times(*other, inverse(*other ^ x))))
}

/// Multiplies in the field: no table and no branch, so that time tells nothing of the bytes.
const fn times(a: u8, b: u8) -> u8 {
    let (mut product, mut shifted, mut bit) = (0, a, 0);
    while bit < 8 {
        product ^= shifted & 0_u8.wrapping_sub((b >> bit) & 1);
        shifted = (shifted << 1) ^ (0x1b & 0_u8.wrapping_sub(shifted >> 7));
        bit += 1;
    }
    product
}

/// Returns the inverse: the power of 254. Of 0, which has none, 0.
const fn inverse(a: u8) -> u8 {
    let (mut power, mut square, mut bit) = (1, a, 0);
    while bit < 8 {
        if (254 >> bit) & 1 == 1 {
            power = times(power, square);
        }
        square = times(square, square);
        bit += 1;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{CosigningKey, SigningKey};
    use crate::name::KeyName;

    fn root(seed: u8) -> PrivateKey {
        let name = KeyName::parse("six-rivers.example/orvessa/root").unwrap();
        PrivateKey::Signing(SigningKey::from_seed(name, &[seed; 32]))
    }

    fn coefficients(needed: u8) -> Vec<Zeroizing<[u8; 32]>> {
        (1..needed).map(|n| Zeroizing::new([n.wrapping_mul(53); 32])).collect()
    }

    fn shares(needed: u8, count: u8) -> Vec<Share> {
        split(&root(7), count, &coefficients(needed)).unwrap()
    }

    fn locked(share: &Share) -> String {
        share.lock(b"a keeper's", [share.index(); 16], [2; 12]).unwrap()
    }

    #[test]
    fn the_field_is_that_of_fips_197() {
        // FIPS 197, sections 4.2 and 4.2.1.
        assert_eq!((times(0x57, 0x83), times(0x57, 0x13), times(0x57, 0x02)), (0xc1, 0xfe, 0xae));
        for a in 1..=255 {
            assert_eq!(times(a, inverse(a)), 1, "{a}");
        }
    }

    #[test]
    fn any_so_many_shares_give_the_key_back_and_fewer_are_refused() {
        for (needed, count) in [(2, 2), (2, 3), (3, 5), (16, 16)] {
            let all = shares(needed, count);
            for skipped in 0..=usize::from(count - needed) {
                let some = &all[skipped..skipped + usize::from(needed)];
                assert_eq!(join(some).unwrap().verifying_key(), root(7).verifying_key());
            }
            assert_eq!(join(&all).unwrap().verifying_key(), root(7).verifying_key());
            let few = &all[..usize::from(needed) - 1];
            let too_few = ShareError::TooFew { needed, given: few.len() };
            assert_eq!(join(few).unwrap_err(), too_few);
        }
        assert!(join(&[]).is_err());
    }

    /// Cases made by another implementation, with tables of logarithms (`verifiers/python/veche_verify/shares.py`).
    #[test]
    fn shares_are_those_of_another_implementation() {
        let text = include_str!("../../../formats/vectors/share.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let bytes = |value: &serde_json::Value| {
            let hash = Hash::parse(value.as_str().unwrap()).unwrap();
            Zeroizing::new(hash.0)
        };
        let all = |value: &serde_json::Value| -> Vec<Zeroizing<[u8; 32]>> {
            value.as_array().unwrap().iter().map(bytes).collect()
        };
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 4);
        for case in cases {
            let (seed, coefficients) = (bytes(&case["seed"]), all(&case["coefficients"]));
            for (x, share) in (1..).zip(all(&case["shares"])) {
                assert_eq!(value_at(&seed, &coefficients, x), share, "share {x}");
            }
        }
    }

    #[test]
    fn one_share_goes_with_every_key() {
        // For each byte that a first share has there is, for each secret byte, a coefficient that leads to it.
        for secret in 0..=255_u8 {
            let reached = (0..=255_u8)
                .filter(|c| value_at(&[secret; 32], &[Zeroizing::new([*c; 32])], 1)[0] == 0x42);
            assert_eq!(reached.count(), 1, "{secret}");
        }
    }

    #[test]
    fn a_key_is_not_split_into_what_protects_nobody() {
        for (needed, count) in [(1, 3), (2, 1), (4, 3), (2, 17), (2, 0)] {
            assert_eq!(
                split(&root(7), count, &coefficients(needed)).unwrap_err(),
                ShareError::Count
            );
        }
    }

    #[test]
    fn a_witness_key_is_split_and_joined_as_one() {
        let name = KeyName::parse("six-rivers.example/orvessa/witness").unwrap();
        let key = PrivateKey::Cosigning(CosigningKey::from_seed(name, &[3; 32]));
        let all = split(&key, 3, &coefficients(2)).unwrap();
        assert!(matches!(join(&all[1..]).unwrap(), PrivateKey::Cosigning(_)));
    }

    #[test]
    fn a_pair_is_split_and_joined_as_one_and_its_shares_say_so() {
        let name = KeyName::parse("six-rivers.example/orvessa/root").unwrap();
        let key = PrivateKey::Signing(SigningKey::pair_from_seed(name, &[3; 32]));
        let all = split(&key, 3, &coefficients(2)).unwrap();
        let text = locked(&all[0]);
        // Fit for paper: the Ed25519 key alone stands there.
        assert!(text.starts_with("veche share v2 ") && text.len() < 800, "{text}");
        let read = Share::unlock(&text, b"a keeper's").unwrap();
        let joined = join(&[read, all[2].clone()]).unwrap();
        assert_eq!(joined.verifying_key(), key.verifying_key());
        // Said to be of one key, it does not open: the first line is under the seal.
        let lowered = text.replacen(text.lines().next().unwrap(), &checked(FIRST_LINE), 1);
        let error = Share::unlock(&lowered, b"a keeper's").unwrap_err();
        assert_eq!(error, ShareError::Locked(KeystoreError::WrongPassphrase));
    }

    fn checked(line: &str) -> String {
        format!("{line} {}", check(line))
    }

    #[test]
    fn a_share_is_read_from_paper_and_tells_the_line_of_a_slip() {
        let text = locked(&shares(2, 3)[1]);
        let typed = text.replace('\n', "  \r\n\r\n");
        assert_eq!(Share::unlock(&typed, b"a keeper's").unwrap().index(), 2);
        let wrong = Share::unlock(&text, b"another's").unwrap_err();
        assert_eq!(wrong, ShareError::Locked(KeystoreError::WrongPassphrase));
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            for end in [0, line.len() / 2, line.len() - 1] {
                let mut slip = line.as_bytes().to_vec();
                slip[end] = if slip[end] == b'0' { b'1' } else { b'0' };
                let mut all = lines.clone();
                let slip = String::from_utf8(slip).unwrap();
                all[at] = &slip;
                let error = Share::unlock(&all.join("\n"), b"a keeper's").unwrap_err();
                assert_eq!(error, ShareError::Line(at + 1), "{slip}");
            }
            let mut cut = lines.clone();
            cut.remove(at);
            let error = Share::unlock(&cut.join("\n"), b"a keeper's").unwrap_err();
            assert!(matches!(error, ShareError::Form(_)), "{error}: without line {}", at + 1);
            let twice = [&lines[..=at], &lines[at..]].concat().join("\n");
            assert!(Share::unlock(&twice, b"a keeper's").is_err());
        }
    }

    #[test]
    fn a_share_of_a_later_program_an_oversized_one_and_rubbish_are_refused() {
        let unlock = |text: &str| Share::unlock(text, b"").unwrap_err();
        let newer = format!("veche share v3 {}\n", check("veche share v3"));
        assert_eq!(unlock(&newer), ShareError::NodeTooOld("veche share v3".into()));
        assert_eq!(unlock(&"a".repeat(SHARE_LEN_MAX + 1)), ShareError::Form(1));
        for rubbish in ["", " ", "veche", "veche share v1", "\u{feff}veche share v1 6d22"] {
            let error = unlock(rubbish);
            assert!(matches!(error, ShareError::Form(_) | ShareError::Line(_)), "{rubbish}");
        }
    }

    #[test]
    fn shares_of_other_splits_and_changed_ones_are_told_apart() {
        let all = shares(2, 3);
        let other = split(&root(7), 3, &[Zeroizing::new([9; 32])]).unwrap();
        let mixed = [all[0].clone(), other[1].clone()];
        assert_eq!(join(&mixed).unwrap_err(), ShareError::OtherSplit(2));
        let twice = [all[0].clone(), all[0].clone()];
        assert_eq!(join(&twice).unwrap_err(), ShareError::Twice(1));

        // A keeper who locks other bytes in his share is known by the commitment.
        let mut forged = all[0].clone();
        forged.bytes = Zeroizing::new([1; 32]);
        let error = Share::unlock(&locked(&forged), b"a keeper's").unwrap_err();
        assert_eq!(error, ShareError::Forged(1));
        // One who changes the commitment as well has a share of another split.
        forged.split.commitments[0] = commitment(&forged.split.key, 1, &forged.bytes);
        let opened = Share::unlock(&locked(&forged), b"a keeper's").unwrap();
        let error = join(&[all[1].clone(), opened]).unwrap_err();
        assert_eq!(error, ShareError::OtherSplit(1));
        // Whoever made all of them false is known by the key.
        let mut false_ones = all.clone();
        for share in &mut false_ones {
            share.split.key = root(8).verifying_key();
        }
        assert_eq!(join(&false_ones).unwrap_err(), ShareError::OtherKey);
        assert_eq!(format!("{:?}", all[0]), "Share(1 of `six-rivers.example/orvessa/root`)");
    }
}
