//! A private key on a token: found, made, asked for signatures. Each is verified before anybody gets it.

use super::point::ED25519_OID;
use super::{Connection, TokenFault, shown};
use crate::failure::Failure;
use crate::node::node_fault;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use veche_ledger::key::Algorithm;
use veche_ledger::note::{NoteLimits, SignatureStanding};
use veche_ledger::{Hash, KeyName, Note, NoteSignature, VerifyingKey};

/// Bytes of a signature.
const SIGNATURE_LEN: usize = 64;

/// Longest line of a signature, in bytes: a key's name of 200 characters, 92 of base64, and room.
const LINE_LEN_MAX: usize = 512;

/// How many bytes of the name's hash are the `CKA_ID` of a key that is made here.
const ID_LEN: usize = 8;

/// What a new key signs on trial: no text of the formats, so that the signature is good for nothing.
const TRIAL: &str = "veche signs on trial\n";

/// A private key on a token: where it is, and its public half.
#[derive(Debug)]
pub(crate) struct TokenKey {
    private: ObjectHandle,
    label: String,
    public: VerifyingKey,
}

/// What a private object tells of itself.
#[derive(Debug, Default)]
struct Private {
    kind: Option<KeyType>,
    id: Vec<u8>,
    always_asks: bool,
    /// Told, and not only not denied: a token that is silent about it does not keep the key to itself.
    is_kept: bool,
}

impl TokenKey {
    /// Returns the public half, with its name.
    pub(crate) const fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }
}

impl Connection {
    /// Finds the private key of a label. `name`: what it is called in the charter; without it the label says that.
    ///
    /// # Errors
    /// In this order: [`TokenFault::NoKey`], [`TokenFault::SeveralKeys`], [`TokenFault::OtherCurve`], [`TokenFault::AlwaysAsks`],
    /// [`TokenFault::NoPublicHalf`], [`TokenFault::NoName`]; a point that is no key.
    pub(crate) fn key(&self, label: &str, name: Option<KeyName>) -> Result<TokenKey, Failure> {
        let named = || shown(label.as_bytes());
        let class = Attribute::Class(ObjectClass::PRIVATE_KEY);
        let found = self.find(&[class.clone(), Attribute::Label(label.into())])?;
        let private = match *found.as_slice() {
            [private] => private,
            [] => {
                let known = self.labels(&class)?;
                return Err(self.failed(TokenFault::NoKey { label: named(), known }));
            }
            [..] => {
                let count = found.len();
                return Err(self.failed(TokenFault::SeveralKeys { label: named(), count }));
            }
        };
        let told = self.private(private)?;
        let other_curve = |kind| self.failed(TokenFault::OtherCurve { label: named(), kind });
        if let Some(kind) = told.kind.filter(|kind| *kind != KeyType::EC_EDWARDS) {
            return Err(other_curve(word(kind)));
        }
        if told.always_asks {
            return Err(self.failed(TokenFault::AlwaysAsks { label: named() }));
        }
        let public = self.public_of(label, &told.id)?;
        let public =
            public.ok_or_else(|| self.failed(TokenFault::NoPublicHalf { label: named() }))?;
        let point = self.public(public)?.point();
        let point =
            point.ok_or_else(|| other_curve("one of another curve, or in an unknown form"))?;
        let name = match name {
            Some(name) => name,
            None => KeyName::parse(label)
                .map_err(|_| self.failed(TokenFault::NoName { label: named() }))?,
        };
        let public = VerifyingKey::new(name, Algorithm::Ed25519, &point).map_err(node_fault)?;
        Ok(TokenKey { private, label: named(), public })
    }

    /// Signs a note's text, which ends with its line end.
    ///
    /// # Errors
    /// [`TokenFault::Gone`], [`TokenFault::NoEd25519`], [`TokenFault::Refused`]; [`TokenFault::FalseSignature`] for what is no signature of this
    /// text by this key.
    pub(crate) fn sign(&self, key: &TokenKey, text: &str) -> Result<NoteSignature, Failure> {
        // Without parameters: neither a context nor a hash before it.
        let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let made = self.session.sign(&pure, key.private, text.as_bytes());
        let bytes = made.map_err(|error| self.refused("sign", &error))?;
        let (name, key_id) = (key.public.name().to_string(), key.public.id());
        let line = NoteSignature { name, key_id, bytes, beside: None };
        if has_signed(&key.public, text, &line) {
            Ok(line)
        } else {
            Err(self.failed(TokenFault::FalseSignature { label: key.label.clone() }))
        }
    }

    /// Makes a key on the token, which keeps it to itself. Its label is its name.
    ///
    /// # Errors
    /// [`TokenFault::KeyThere`], [`TokenFault::NoEd25519`], [`TokenFault::Refused`]; [`TokenFault::NotKept`], and what [`Self::key`] and
    /// [`Self::sign`] say of the new key, which is destroyed then.
    pub(crate) fn make(&self, name: &KeyName) -> Result<VerifyingKey, Failure> {
        let label = name.as_str();
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            let template = [Attribute::Class(class), Attribute::Label(label.into())];
            if !self.find(&template)?.is_empty() {
                return Err(self.failed(TokenFault::KeyThere { label: label.to_owned() }));
            }
        }
        let (public, private) = templates(label);
        let made =
            self.session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private);
        let (public, private) = made.map_err(|error| self.refused("make a key", &error))?;
        let tried = self.try_out(name, private);
        if tried.is_err() {
            // Best effort: what is wrong with the key is the thing to tell.
            let _both = [private, public].map(|object| self.session.destroy_object(object));
        }
        tried
    }

    /// Looks whether a new key stays on the token, is found again, and signs.
    fn try_out(&self, name: &KeyName, private: ObjectHandle) -> Result<VerifyingKey, Failure> {
        if !self.private(private)?.is_kept {
            return Err(self.failed(TokenFault::NotKept));
        }
        let key = self.key(name.as_str(), None)?;
        self.sign(&key, TRIAL)?;
        Ok(key.public)
    }

    /// Returns the labels of all objects of a class.
    fn labels(&self, class: &Attribute) -> Result<Vec<String>, Failure> {
        let objects = self.find(std::slice::from_ref(class))?;
        let mut labels: Vec<String> =
            objects.into_iter().map(|object| self.label_of(object)).collect::<Result<_, _>>()?;
        labels.sort();
        Ok(labels)
    }

    fn private(&self, object: ObjectHandle) -> Result<Private, Failure> {
        let wanted = [
            AttributeType::KeyType,
            AttributeType::Id,
            AttributeType::AlwaysAuthenticate,
            AttributeType::Sensitive,
            AttributeType::Extractable,
        ];
        let (mut told, mut is_sensitive, mut may_leave) = (Private::default(), false, true);
        for attribute in self.attributes(object, &wanted)? {
            if let Attribute::KeyType(kind) = attribute {
                told.kind = Some(kind);
            } else if let Attribute::Id(id) = attribute {
                told.id = id;
            } else if let Attribute::AlwaysAuthenticate(asks) = attribute {
                told.always_asks = asks;
            } else if let Attribute::Sensitive(sensitive) = attribute {
                is_sensitive = sensitive;
            } else if let Attribute::Extractable(extractable) = attribute {
                may_leave = extractable;
            }
        }
        told.is_kept = is_sensitive && !may_leave;
        Ok(told)
    }

    /// Returns the public object that belongs to a private one: of its id and label, or of one of them.
    ///
    /// If it is another's after all, no signature verifies under it.
    fn public_of(&self, label: &str, id: &[u8]) -> Result<Option<ObjectHandle>, Failure> {
        let class = Attribute::Class(ObjectClass::PUBLIC_KEY);
        let (by_id, by_label) = (Attribute::Id(id.to_vec()), Attribute::Label(label.into()));
        let ways: &[&[Attribute]] = match id {
            [] => &[&[by_label]],
            _ => &[&[by_id.clone(), by_label.clone()], &[by_id], &[by_label]],
        };
        for way in ways {
            let template = [std::slice::from_ref(&class), way].concat();
            if let Some(object) = self.find(&template)?.first() {
                return Ok(Some(*object));
            }
        }
        Ok(None)
    }
}

/// Returns whether a line is a key's signature of a text, as every reader will ask.
fn has_signed(key: &VerifyingKey, text: &str, line: &NoteSignature) -> bool {
    let limits = NoteLimits { len_max: text.len() + LINE_LEN_MAX, lines_max: 1 };
    let note = Note::assemble(text, std::slice::from_ref(line), limits);
    line.bytes.len() == SIGNATURE_LEN
        && note.is_ok_and(|note| note.standing_of(key) == SignatureStanding::Good)
}

/// Returns what a new key's public and private objects are to say.
fn templates(label: &str) -> (Vec<Attribute>, Vec<Attribute>) {
    let id: Vec<u8> = Hash::of(&[label.as_bytes()]).0.into_iter().take(ID_LEN).collect();
    let both = [Attribute::Token(true), Attribute::Label(label.into()), Attribute::Id(id)];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(ED25519_OID.to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    ([both.as_slice(), &public].concat(), [both.as_slice(), &private].concat())
}

/// Says what kind of key it is, after "no Ed25519 key but".
fn word(kind: KeyType) -> &'static str {
    let words = [
        (KeyType::RSA, "an RSA key"),
        (KeyType::EC, "one of another elliptic curve, such as P-256"),
        (KeyType::EC_MONTGOMERY, "one that agrees on secrets and signs nothing (X25519, X448)"),
        (KeyType::ML_DSA, "an ML-DSA key"),
    ];
    words.iter().find(|(known, _)| *known == kind).map_or("one of another kind", |(_, word)| word)
}
