//! One record, `/log/{hash}`: the audit view, from the signed bytes to the ruling.

use crate::html::rendered;
use crate::parts::{Article, Form, Label, Link, Refusal, State, Tone};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// What checking a signature gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SignatureCheck {
    /// It is the key's.
    Valid,
    /// It is not.
    Invalid,
    /// It was not checked, and why.
    #[default]
    NotChecked,
    /// The key is not in the charter.
    UnknownKey,
    /// The key was revoked before this record.
    Revoked,
}

/// A signature line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignatureRow {
    /// The key's name.
    pub key_name: String,
    /// The algorithm: `Ed25519`, of a pair `Ed25519 and ML-DSA-44`.
    pub algorithm: String,
    /// What checking it gave.
    pub check: SignatureCheck,
}

impl SignatureRow {
    fn mark(&self) -> State {
        match self.check {
            SignatureCheck::Valid => State::new(texts::record::VALID, Tone::Good),
            SignatureCheck::Invalid => State::new(texts::record::INVALID, Tone::Bad),
            SignatureCheck::NotChecked => State::new(texts::record::NOT_CHECKED, Tone::Care),
            SignatureCheck::UnknownKey => State::new(texts::record::UNKNOWN_KEY, Tone::Bad),
            SignatureCheck::Revoked => State::new(texts::record::REVOKED, Tone::Bad),
        }
    }
}

/// A receipt: proof that another node held leaf and payload at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptRow {
    /// Whose node.
    pub who: String,
    /// When.
    pub at: UnixSeconds,
    /// The record that logged it, if it was logged.
    pub href: Option<String>,
}

/// Somebody who may read a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReaderRow {
    /// Who.
    pub who: String,
    /// Why: `said it`, `label COMPACT`.
    pub why: String,
    /// Whose node it reads at, where it runs none of its own.
    pub at: Option<String>,
    /// Since when that node has shown that it holds it.
    pub held_at: Option<UnixSeconds>,
}

/// Why the content of a record is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MissingContent {
    /// Why, in sentences.
    pub reason: String,
    /// What to do.
    pub advice: Option<String>,
    /// How its author is asked.
    pub ask: Vec<Form>,
}

/// Where a record is in its log's tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreePlace {
    /// The log, with its page.
    pub log: Link,
    /// Its number in the log.
    pub index: u64,
    /// Size of the checkpoint that its inclusion was proved under.
    pub size: u64,
    /// Root hash of that checkpoint.
    pub root: String,
    /// Whether the proof was checked, and what that gave.
    pub included: SignatureCheck,
}

/// Whether what a commitment stands for is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Held {
    /// Held, and it matches.
    Matches,
    /// Withheld by its label.
    #[default]
    Withheld,
    /// Destroyed by redaction.
    Destroyed,
}

/// A salted commitment in a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommitmentRow {
    /// What it stands for: `payload`, `paragraph 1`.
    pub name: String,
    /// Its hash.
    pub hash: String,
    /// Whether the content is here.
    pub held: Held,
}

impl CommitmentRow {
    fn mark(&self) -> State {
        match self.held {
            Held::Matches => State::new(texts::record::MATCHES, Tone::Good),
            Held::Withheld => State::new(texts::record::WITHHELD, Tone::Plain),
            Held::Destroyed => State::new(texts::record::DESTROYED, Tone::Care),
        }
    }
}

/// What the charter says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It counts, by this article.
    Admitted(Article),
    /// It does not.
    Refused(Refusal),
    /// It is no act under the charter; what it is for.
    Evidence(String),
    /// Not final yet, and what is missing.
    Provisional(String),
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPage {
    /// What it is, in words: `Position of Mirez on P-1`.
    pub title: String,
    /// Its leaf hash.
    pub hash: String,
    /// Its label.
    pub label: Label,
    /// The ruling on it.
    pub ruling: Ruling,
    /// Its matter, with its page.
    pub case: Option<Link>,
    /// What it says: names and values of its payload; empty where the payload is withheld.
    pub content: Vec<(String, String)>,
    /// Why there is none.
    pub missing: Option<MissingContent>,
    /// Its header: names and values as signed.
    pub header: Vec<(String, String)>,
    /// Its bounds in time by evidence: `between 05:27 (cites head 14 of tamrin) and 05:30 (4 receipts)`.
    pub time_bounds: Option<String>,
    /// The signed note, byte for byte; bytes that are no UTF-8 as U+FFFD.
    pub note: String,
    /// Its signatures.
    pub signatures: Vec<SignatureRow>,
    /// Who received it, earliest first.
    pub receipts: Vec<ReceiptRow>,
    /// Parties that should have it and gave no receipt.
    pub no_receipt_from: Vec<String>,
    /// Who may read it; `None`: the visitor may not know. None of them: the question has no sense.
    pub readers: Option<Vec<ReaderRow>>,
    /// Where it is in its log.
    pub place: TreePlace,
    /// Its commitments.
    pub commitments: Vec<CommitmentRow>,
    /// Corrections, what it corrects, and other records that name it.
    pub related: Vec<Link>,
    /// Where the bytes are downloaded.
    pub download: Option<String>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a RecordPage,
}

impl RecordPage {
    /// Returns true if the question who may read it has a sense.
    fn has_readers(&self) -> bool {
        self.readers.as_ref().is_none_or(|readers| !readers.is_empty())
    }
}

impl TreePlace {
    fn mark(&self) -> State {
        match self.included {
            SignatureCheck::Valid => State::new(texts::record::INCLUDED, Tone::Good),
            SignatureCheck::NotChecked => State::new(texts::record::NOT_CHECKED, Tone::Care),
            SignatureCheck::Invalid | SignatureCheck::UnknownKey | SignatureCheck::Revoked => {
                State::new(texts::record::NOT_INCLUDED, Tone::Bad)
            }
        }
    }
}

/// Renders a record.
#[must_use]
pub fn render_record(shell: &Shell, page: &RecordPage) -> String {
    rendered(&View { shell, page })
}
