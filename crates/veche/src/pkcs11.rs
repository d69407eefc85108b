//! Keys on tokens, through PKCS#11 (`formats/token.md`): the library of a token's maker is loaded, and asked for signatures.
//!
//! The library runs within this process and can do what the process can: whoever names one must trust it. Its answers are not trusted:
//! each signature is verified before anything is made of it.

mod fault;
mod key;
mod pin;
mod point;

pub(crate) use fault::{TokenError, TokenFault, Tries};
pub(crate) use key::TokenKey;

use crate::failure::Failure;
use crate::node::node_fault;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use std::io;
use std::path::{Path, PathBuf};

/// Where a key on a token lies.
#[derive(Debug, clap::Args)]
pub(crate) struct OnToken {
    /// The key is on a token: the PKCS#11 library of its maker, such as /usr/lib/softhsm/libsofthsm2.so
    #[arg(long, value_name = "LIBRARY")]
    pub(crate) pkcs11: Option<PathBuf>,
    /// The token's label; needed where several tokens are in
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub(crate) token: Option<String>,
    /// A file with the token's PIN; without it the PIN is asked for at the terminal
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    pub(crate) pin_file: Option<PathBuf>,
}

/// A library that leads to tokens, loaded. It is told when nobody needs it any more.
#[derive(Debug)]
pub(crate) struct Module {
    path: PathBuf,
    context: Pkcs11,
}

/// A token that is in, and was made ready by its owner.
#[derive(Debug)]
pub(crate) struct Token {
    slot: Slot,
    /// What it says of itself.
    info: TokenInfo,
}

/// A token that one talks to.
#[derive(Debug)]
pub(crate) struct Connection {
    // Fields are dropped in their order: the session ends before its library does.
    session: Session,
    module: Module,
    token: Token,
}

/// A public Ed25519 key as a token shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its label, fit for a screen.
    pub(crate) label: String,
    /// Its 32 bytes.
    pub(crate) point: [u8; 32],
}

impl OnToken {
    /// Begins to talk to the token that is meant. `to_write`: something is to be made on it.
    ///
    /// # Errors
    /// As [`Module::load`], [`Module::token`], [`Connection::open`].
    pub(crate) fn connect(&self, to_write: bool) -> Result<Connection, Failure> {
        let library = self.pkcs11.as_deref().ok_or_else(|| node_fault("no token is named"))?;
        let module = Module::load(library)?;
        let token = module.token(self.token.as_deref())?;
        Connection::open(module, token, to_write)
    }
}

impl Module {
    /// Loads a library.
    ///
    /// # Errors
    /// [`TokenFault::NoModule`], [`TokenFault::NotAModule`], [`TokenFault::Refused`].
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let failed =
            |what| TokenError { module: path.to_owned(), token: None, what }.into_failure();
        // With all its folders: of a bare name the system's loader would take whatever library of that name lies on its own path.
        let whole = path.canonicalize().map_err(|error| {
            let is_absent = error.kind() == io::ErrorKind::NotFound;
            if is_absent { failed(TokenFault::NoModule) } else { Failure::reading(path, error) }
        })?;
        if !whole.is_file() {
            return Err(failed(TokenFault::NoModule));
        }
        let context =
            Pkcs11::new(&whole).map_err(|error| failed(TokenFault::of_loading(&error)))?;
        let flags = CInitializeFlags::OS_LOCKING_OK;
        context
            .initialize(CInitializeArgs::new(flags))
            .map_err(|error| failed(TokenFault::of("begin", &error)))?;
        Ok(Self { path: path.to_owned(), context })
    }

    /// Returns the tokens that are in and made ready, by their labels. A card of another kind in another reader is passed over.
    ///
    /// # Errors
    /// [`TokenFault::Refused`].
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, Failure> {
        let failed = |error: &Error| self.failed(None, TokenFault::of("list its tokens", error));
        let mut tokens = Vec::new();
        for slot in self.context.get_slots_with_token().map_err(|error| failed(&error))? {
            match self.context.get_token_info(slot) {
                Ok(info) if info.token_initialized() => tokens.push(Token { slot, info }),
                Ok(_) => {}
                Err(error) if TokenFault::is_no_token(&error) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        tokens.sort_by_key(Token::label);
        Ok(tokens)
    }

    /// Returns the token of this label; without one the only token that is in.
    ///
    /// # Errors
    /// [`TokenFault::NoToken`], [`TokenFault::OtherTokens`], [`TokenFault::SeveralTokens`]; as [`Self::tokens`].
    pub(crate) fn token(&self, label: Option<&str>) -> Result<Token, Failure> {
        let tokens = self.tokens()?;
        let labels = |tokens: &[Token]| tokens.iter().map(Token::label).collect();
        let known: Vec<String> = labels(&tokens);
        let is_meant = |token: &Token| label.is_none_or(|label| token.info.label() == label);
        let mut meant: Vec<Token> = tokens.into_iter().filter(is_meant).collect();
        if meant.len() > 1 {
            return Err(self.failed(None, TokenFault::SeveralTokens { known: labels(&meant) }));
        }
        meant.pop().ok_or_else(|| {
            let other = label.filter(|_| !known.is_empty()).map(str::to_owned);
            let what =
                other.map_or(TokenFault::NoToken, |label| TokenFault::OtherTokens { label, known });
            self.failed(None, what)
        })
    }

    fn failed(&self, token: Option<&Token>, what: TokenFault) -> Failure {
        let token = token.map(Token::label);
        TokenError { module: self.path.clone(), token, what }.into_failure()
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // Whatever it answers, it is not asked again.
        let _answer = self.context.clone().finalize();
    }
}

impl Token {
    /// Returns its label, fit for a screen.
    pub(crate) fn label(&self) -> String {
        shown(self.info.label().as_bytes())
    }

    /// Returns what it is: maker's model and its number, fit for a screen.
    pub(crate) fn model_and_serial(&self) -> (String, String) {
        (shown(self.info.model().as_bytes()), shown(self.info.serial_number().as_bytes()))
    }

    /// Returns how many tries of the PIN are left, as far as it says.
    pub(crate) fn tries(&self) -> Tries {
        if self.info.user_pin_locked() {
            Tries::None
        } else if self.info.user_pin_final_try() {
            Tries::One
        } else if self.info.user_pin_count_low() {
            Tries::Few
        } else {
            Tries::Untold
        }
    }
}

impl Connection {
    /// Begins to talk to a token. `to_write`: something is to be made on it.
    ///
    /// # Errors
    /// [`TokenFault::Refused`], [`TokenFault::Gone`].
    pub(crate) fn open(module: Module, token: Token, to_write: bool) -> Result<Self, Failure> {
        let session = if to_write {
            module.context.open_rw_session(token.slot)
        } else {
            module.context.open_ro_session(token.slot)
        };
        match session {
            Ok(session) => Ok(Self { session, module, token }),
            Err(error) => {
                Err(module.failed(Some(&token), TokenFault::of("open a session", &error)))
            }
        }
    }

    /// Returns the token, as it was when the talk began.
    pub(crate) const fn token(&self) -> &Token {
        &self.token
    }

    /// Returns the token's label, fit for a screen.
    pub(crate) fn label(&self) -> String {
        self.token.label()
    }

    /// Ends the talk, and gives the library back for another one.
    pub(crate) fn into_module(self) -> Module {
        self.module
    }

    /// Shows the PIN, once: a second try is for a person to decide.
    ///
    /// # Errors
    /// [`TokenFault::NoPinSet`], [`TokenFault::PinLocked`] without a try; [`TokenFault::NoTerminal`] and files'; [`TokenFault::WrongPin`] with
    /// what is left, [`TokenFault::PinExpired`], [`TokenFault::Refused`].
    pub(crate) fn log_in(&self, pin_file: Option<&Path>) -> Result<(), Failure> {
        if !self.token.info.login_required() {
            return Ok(());
        }
        if self.token.tries() == Tries::None {
            return Err(self.failed(TokenFault::PinLocked));
        }
        if !self.token.info.user_pin_initialized() {
            return Err(self.failed(TokenFault::NoPinSet));
        }
        let has_pad = self.token.info.protected_authentication_path();
        let pin = match pin_file {
            Some(path) => Some(pin::read(path)?),
            None if has_pad => None,
            None => {
                Some(pin::ask(&self.label()).ok_or_else(|| self.failed(TokenFault::NoTerminal))?)
            }
        };
        let answer = self.session.login(UserType::User, pin.as_ref());
        answer.map_err(|error| self.failed(self.login_fault(&error)))
    }

    fn login_fault(&self, error: &Error) -> TokenFault {
        let Error::Pkcs11(code, _) = error else { return TokenFault::of("log in", error) };
        let is_wrong =
            matches!(code, RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange);
        // What is left is known after the try alone.
        let now = self.module.context.get_token_info(self.token.slot);
        let left = now.map_or(Tries::Untold, |info| Token { slot: self.token.slot, info }.tries());
        if is_wrong {
            return TokenFault::WrongPin(left);
        }
        let known = [
            (RvError::PinLocked, TokenFault::PinLocked),
            (RvError::PinExpired, TokenFault::PinExpired),
            (RvError::UserPinNotInitialized, TokenFault::NoPinSet),
        ];
        let known = known.into_iter().find(|(known, _)| known == code);
        known.map_or_else(|| TokenFault::of("log in", error), |(_, fault)| fault)
    }

    /// Returns the Ed25519 keys that the token shows: without the PIN only those that it shows to everybody.
    ///
    /// # Errors
    /// [`TokenFault::Refused`], [`TokenFault::Gone`].
    pub(crate) fn shown(&self) -> Result<Vec<Shown>, Failure> {
        let class = Attribute::Class(ObjectClass::PUBLIC_KEY);
        let of_edwards = Attribute::KeyType(KeyType::EC_EDWARDS);
        let mut keys = Vec::new();
        for object in self.find(&[class, of_edwards])? {
            // Ed448 is of this type too.
            let Some(point) = self.public(object)?.point() else { continue };
            keys.push(Shown { label: self.label_of(object)?, point });
        }
        keys.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(keys)
    }

    fn find(&self, template: &[Attribute]) -> Result<Vec<ObjectHandle>, Failure> {
        let found = self.session.find_objects(template);
        found.map_err(|error| self.refused("look for keys", &error))
    }

    fn attributes(
        &self,
        object: ObjectHandle,
        wanted: &[AttributeType],
    ) -> Result<Vec<Attribute>, Failure> {
        let read = self.session.get_attributes(object, wanted);
        read.map_err(|error| self.refused("show a key", &error))
    }

    /// Returns the public half as the object tells it.
    fn public(&self, object: ObjectHandle) -> Result<point::Told, Failure> {
        let wanted = [AttributeType::EcParams, AttributeType::EcPoint];
        let mut told = point::Told::default();
        for attribute in self.attributes(object, &wanted)? {
            if let Attribute::EcParams(curve) = attribute {
                told.curve = Some(curve);
            } else if let Attribute::EcPoint(point) = attribute {
                told.point = point;
            }
        }
        Ok(told)
    }

    fn label_of(&self, object: ObjectHandle) -> Result<String, Failure> {
        let read = self.attributes(object, &[AttributeType::Label])?;
        let label = read.into_iter().find_map(|attribute| {
            if let Attribute::Label(label) = attribute { Some(shown(&label)) } else { None }
        });
        Ok(label.unwrap_or_default())
    }

    fn refused(&self, doing: &'static str, error: &Error) -> Failure {
        self.failed(TokenFault::of(doing, error))
    }

    fn failed(&self, what: TokenFault) -> Failure {
        self.module.failed(Some(&self.token), what)
    }
}

/// Returns a token's text fit for a screen: whoever filled the token does not steer the terminal.
fn shown(bytes: &[u8]) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(bytes).chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_does_not_steer_the_terminal() {
        assert_eq!(shown(b"duty\x1b[2J\r\n\xff"), "duty\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_is_no_library_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lib.so");
        let said = |path: &Path| Module::load(path).unwrap_err().to_text();
        assert!(said(&path).contains("there is no such file"), "{}", said(&path));
        assert!(said(dir.path()).contains("there is no such file"), "{}", said(dir.path()));
        for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", &[0xff; 70_000]] {
            std::fs::write(&path, bytes).unwrap();
            assert!(said(&path).contains("it is no PKCS#11 library"), "{}", said(&path));
        }
    }
}
