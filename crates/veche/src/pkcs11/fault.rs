//! What goes wrong with a token: who holds one reads it at night.

use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use cryptoki::error::{Error, RvError};
use std::fmt;
use std::path::PathBuf;

/// What is wrong, and with which token of which library.
#[derive(Debug)]
pub(crate) struct TokenError {
    /// The library, as named by the caller.
    pub(crate) module: PathBuf,
    /// The token's label, if it is about one.
    pub(crate) token: Option<String>,
    /// What is wrong.
    pub(crate) what: TokenFault,
}

/// How many tries of a PIN a token says are left. Not all say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// It does not say: no wrong PIN was tried since the last good one, or it never says.
    Untold,
    /// A wrong PIN was tried since the last good one.
    Few,
    /// One more wrong PIN locks it.
    One,
    /// It is locked.
    None,
}

/// What is wrong with a token or its library. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenFault {
    /// No file of that name.
    #[error("there is no such file")]
    NoModule,
    /// Not a library of PKCS#11 for this machine.
    #[error("it is no PKCS#11 library for this machine: {0}")]
    NotAModule(String),
    /// No token in any slot.
    #[error("no token is in")]
    NoToken,
    /// Others are in.
    #[error("no token `{label}` is in; there is: {}", list(.known))]
    OtherTokens {
        /// The label asked for.
        label: String,
        /// Those of the tokens that are in.
        known: Vec<String>,
    },
    /// More than one could be meant.
    #[error("several tokens could be meant: {}", list(.known))]
    SeveralTokens {
        /// Their labels.
        known: Vec<String>,
    },
    /// Its owner never set a PIN.
    #[error("it has no PIN yet")]
    NoPinSet,
    /// Nobody to ask.
    #[error("there is no PIN: no `--pin-file`, and nobody typed one at a terminal")]
    NoTerminal,
    /// Not its PIN.
    #[error("the PIN is wrong{}", .0.after_a_wrong_one())]
    WrongPin(Tries),
    /// Too many wrong ones.
    #[error("its PIN is locked after too many wrong ones")]
    PinLocked,
    /// It wants a new one.
    #[error("its PIN has run out")]
    PinExpired,
    /// No private key of that label.
    #[error("it has no key `{label}`; {}", match .known.as_slice() { [] => "it has none at all".to_owned(), known => format!("there is: {}", list(known)) })]
    NoKey {
        /// The label asked for.
        label: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A label that two keys have.
    #[error("it has {count} keys `{label}`")]
    SeveralKeys {
        /// The label.
        label: String,
        /// How many.
        count: usize,
    },
    /// A key that signs otherwise.
    #[error("its key `{label}` is no Ed25519 key but {kind}")]
    OtherCurve {
        /// The label.
        label: String,
        /// What it is.
        kind: &'static str,
    },
    /// Without it nothing that the key signs could be verified.
    #[error("of its key `{label}` the public half is not on it")]
    NoPublicHalf {
        /// The label.
        label: String,
    },
    /// A label that is no key's name, and no name given.
    #[error("the label `{label}` is no key's name")]
    NoName {
        /// The label.
        label: String,
    },
    /// A key that was to be made is there.
    #[error("it has a key `{label}` already: keys are never overwritten")]
    KeyThere {
        /// The label.
        label: String,
    },
    /// It does not know the algorithm.
    #[error("it cannot {doing} with Ed25519")]
    NoEd25519 {
        /// What was tried.
        doing: &'static str,
    },
    /// A new key could be read out again.
    #[error("it would let the new key out again; the key was destroyed")]
    NotKept,
    /// Each signature wants the PIN anew, which is not done here.
    #[error(
        "its key `{label}` wants the PIN anew for each signature, which this program does not do"
    )]
    AlwaysAsks {
        /// The label.
        label: String,
    },
    /// It was pulled, or fell silent.
    #[error("it was pulled out or fell silent when it was to {doing}; nothing was written")]
    Gone {
        /// What was tried.
        doing: &'static str,
    },
    /// What it gave back is false.
    #[error(
        "what it gave back is no signature of this text by its key `{label}`; nothing was written"
    )]
    FalseSignature {
        /// The label.
        label: String,
    },
    /// Anything else, in its words.
    #[error("it refuses to {doing}: {code}")]
    Refused {
        /// What was tried.
        doing: &'static str,
        /// The name of the code in PKCS#11, without `CKR_`.
        code: String,
    },
}

impl Tries {
    const fn after_a_wrong_one(self) -> &'static str {
        match self {
            Self::Untold => "; the token does not say how many tries are left",
            Self::Few => "; the token counts wrong ones, and may lock itself after a few",
            Self::One => ", and one more wrong one locks the token",
            Self::None => ", and was the last that it takes: it is locked now",
        }
    }

    /// Returns what a list of tokens says of it, if anything.
    pub(crate) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Untold => None,
            Self::Few => Some("a wrong PIN was tried"),
            Self::One => Some("one more wrong PIN locks it"),
            Self::None => Some("its PIN is locked"),
        }
    }
}

impl TokenFault {
    /// Returns what kept a library from being loaded.
    pub(super) fn of_loading(error: &Error) -> Self {
        match error {
            Error::MissingSymbol(name) => Self::NotAModule(format!("it has no `{name}`")),
            Error::LibraryLoading(why) => Self::NotAModule(why.to_string()),
            Error::Pkcs11(..)
            | Error::NotSupported
            | Error::TryFromInt(_)
            | Error::TryFromSlice(_)
            | Error::ParseInt(_)
            | Error::Utf8(_)
            | Error::NulError(_)
            | Error::NullFunctionPointer
            | Error::InvalidValue
            | Error::PinNotSet => Self::of("begin", error),
        }
    }

    /// Returns whether a slot holds no token after all, or none that its library knows.
    pub(super) const fn is_no_token(error: &Error) -> bool {
        let Error::Pkcs11(code, _) = error else { return false };
        matches!(
            code,
            RvError::TokenNotPresent
                | RvError::TokenNotRecognized
                | RvError::DeviceRemoved
                | RvError::SlotIdInvalid
        )
    }

    /// Returns what an answer means; `doing` completes "it refuses to ..".
    pub(super) fn of(doing: &'static str, error: &Error) -> Self {
        let Error::Pkcs11(code, _) = error else {
            return Self::Refused { doing, code: error.to_string() };
        };
        let is_gone = matches!(
            code,
            RvError::DeviceRemoved
                | RvError::DeviceError
                | RvError::TokenNotPresent
                | RvError::TokenNotRecognized
                | RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::SlotIdInvalid
        );
        let is_unknown = matches!(
            code,
            RvError::MechanismInvalid | RvError::CurveNotSupported | RvError::FunctionNotSupported
        );
        match (is_gone, is_unknown) {
            (true, _) => Self::Gone { doing },
            (_, true) => Self::NoEd25519 { doing },
            // The crate's own texts are whole pages of the standard.
            (false, false) => Self::Refused { doing, code: format!("{code:?}") },
        }
    }

    /// Returns how the program ends.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::NoModule
            | Self::NoToken
            | Self::OtherTokens { .. }
            | Self::NoTerminal
            | Self::WrongPin(_)
            | Self::PinLocked
            | Self::PinExpired
            | Self::NoPinSet
            | Self::NoKey { .. }
            | Self::Gone { .. } => Exit::NOT_FOUND,
            Self::SeveralTokens { .. } | Self::NoName { .. } => Exit::USAGE,
            Self::NotAModule(_)
            | Self::SeveralKeys { .. }
            | Self::OtherCurve { .. }
            | Self::NoPublicHalf { .. }
            | Self::KeyThere { .. }
            | Self::NoEd25519 { .. }
            | Self::NotKept
            | Self::AlwaysAsks { .. }
            | Self::FalseSignature { .. }
            | Self::Refused { .. } => Exit::INVALID,
        }
    }

    const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoModule | Self::NotAModule(_) => {
                Some("name the library that came with the token, with its whole path")
            }
            Self::NoToken => Some(
                "put the token in; is its reader known to the system, and may this user see it?",
            ),
            Self::OtherTokens { .. } => {
                Some("`veche key list --pkcs11 LIBRARY` lists tokens and keys")
            }
            Self::SeveralTokens { .. } => {
                Some("name it: `--token LABEL`; take out one of two with the same label")
            }
            Self::NoPinSet | Self::PinExpired => {
                Some("set one with the program that came with the token")
            }
            Self::NoTerminal => Some("give `--pin-file FILE`"),
            Self::WrongPin(Tries::None) | Self::PinLocked => Some(
                "whoever has the token's PUK or security officer's PIN unlocks it; another officer can sign meanwhile",
            ),
            Self::WrongPin(_) => {
                Some("do not guess: a token that locks itself may be lost for good")
            }
            Self::NoKey { .. } => Some("give the whole label, as it stands there"),
            Self::SeveralKeys { .. } => {
                Some("give them labels of their own with the program that came with the token")
            }
            Self::OtherCurve { .. } => Some(
                "records are signed with Ed25519 alone: `veche key new --pkcs11 ..` makes such a key",
            ),
            Self::NoPublicHalf { .. } => {
                Some("put the public key onto the token too, with the same CKA_ID")
            }
            Self::NoName { .. } => Some(
                "say whose it is: `--name ORGANISATION/PARTY/OFFICER`, as the charter or the epoch lists it",
            ),
            Self::NotKept => Some("this token keeps no key to itself: use another"),
            Self::AlwaysAsks { .. } => Some(
                "make a key without CKA_ALWAYS_AUTHENTICATE, on a YubiKey in another slot than 9c",
            ),
            Self::Gone { .. } => Some("put it in again, and sign again"),
            Self::FalseSignature { .. } => {
                Some("trust neither this token nor its library before somebody has looked at both")
            }
            Self::KeyThere { .. } | Self::NoEd25519 { .. } | Self::Refused { .. } => None,
        }
    }
}

impl TokenError {
    /// Returns the failure, with what to do.
    pub(crate) fn into_failure(self) -> Failure {
        let (hint, place) = (self.what.hint(), self.module.display().to_string());
        let has_token = self.token.is_some();
        let failure = Failure::new(FailureKind::Token(Box::new(self)));
        let failure = failure.hinting(hint.map(str::to_owned));
        // Without a token the text itself names the library.
        if has_token { failure.at(format!("PKCS#11 library `{place}`")) } else { failure }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.token {
            Some(token) => write!(f, "token `{token}`: {}", self.what),
            None => write!(f, "PKCS#11 library `{}`: {}", self.module.display(), self.what),
        }
    }
}

impl std::error::Error for TokenError {}

/// Most names in one list of a message.
const NAMES_MAX: usize = 12;

/// Returns names with commas between them.
fn list(names: &[String]) -> String {
    let mut told: Vec<String> =
        names.iter().take(NAMES_MAX).map(|name| format!("`{name}`")).collect();
    if let Some(more) = names.len().checked_sub(NAMES_MAX).filter(|more| *more > 0) {
        told.push(format!("{more} more"));
    }
    told.join(", ")
}
