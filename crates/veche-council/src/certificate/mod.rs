//! A decision certificate: one file that proves a decision to anyone, from the charter's hash alone.
//!
//! Format: `formats/certificate.md`. [`assemble`] makes it from a node's logs, [`verify`] checks it from its bytes, by the
//! same fold that the nodes run, over no more than what is in the file.

mod assemble;
mod text;
mod verify;
pub mod zip;

pub(crate) use assemble::Decisions;
pub use assemble::{AssembleError, ReadOpening, Sources, assemble};
pub use text::explain;
pub use verify::{CertificateFault, Verified, verify};

use crate::certificate::zip::ZipError;
use std::collections::BTreeMap;
use veche_ledger::json::Value;
use veche_ledger::tile::bundle_bytes;
use veche_ledger::{Frontier, Hash, Origin};

/// The file that proves how an amended charter was adopted, and the one with the record that closed that decision.
const AMENDMENT: &str = "amendment.certificate";
const AMENDMENT_CLOSING: &str = "amendment.closing";

/// The parts of a certificate, as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The charter in force, with its keys.
    pub charter: Vec<u8>,
    /// What is certified: `certificate.json`.
    pub statement: Value,
    /// Of each log in the cut, what was said since the procedure was opened.
    pub logs: BTreeMap<Origin, LogPart>,
    /// Salt and bytes of terms, by commitment.
    pub openings: BTreeMap<Hash, Vec<u8>>,
    /// The C2SP tlog-policy of the charter's witnesses, for other verifiers.
    pub policy: String,
    /// How to check by hand.
    pub readme: String,
    /// How the charter came into force, if it is not the one that the organisation began with.
    pub amendment: Option<AmendmentPart>,
}

/// How an amended charter came into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmendmentPart {
    /// The certificate of the decision that adopted it: a certificate like this one, under the charter before.
    pub certificate: Vec<u8>,
    /// The closing record of that decision, by whose leaf hash records name the charter.
    pub closing: Vec<u8>,
}

/// What a certificate holds of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPart {
    /// The signed checkpoint at the cut, with the cosignatures that count.
    pub checkpoint: Vec<u8>,
    /// The tree before the first leaf held.
    pub before: Frontier,
    /// The leaves from there to the cut.
    pub leaves: Vec<Vec<u8>>,
    /// Earlier leaves that the opening record is about, each with its inclusion proof under the checkpoint.
    pub earlier: BTreeMap<u64, (Vec<u8>, Vec<Hash>)>,
}

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The container.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// A file is missing, unknown or not of its form.
    #[error("file `{name}` in the certificate is missing, unknown or not of its form")]
    File {
        /// Its name.
        name: String,
    },
    /// The parts make another file: something in it is not bound by what is certified.
    #[error("the certificate is not byte for byte the one that its parts make")]
    NotCanonical,
}

impl Certificate {
    /// Returns the certificate's bytes: a stored ZIP, the same for the same parts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut files = BTreeMap::from([
            ("README.txt".to_owned(), self.readme.clone().into_bytes()),
            ("certificate.json".to_owned(), line(&self.statement)),
            ("charter.toml".to_owned(), self.charter.clone()),
            ("policy.txt".to_owned(), self.policy.clone().into_bytes()),
        ]);
        if let Some(part) = &self.amendment {
            files.insert(AMENDMENT.to_owned(), part.certificate.clone());
            files.insert(AMENDMENT_CLOSING.to_owned(), part.closing.clone());
        }
        for (origin, part) in &self.logs {
            let folder = folder(origin);
            files.insert(format!("{folder}/checkpoint"), part.checkpoint.clone());
            files.insert(format!("{folder}/before"), part.before.to_bytes());
            let leaves = bundle_bytes(part.leaves.iter().map(Vec::as_slice)).unwrap_or_default();
            files.insert(format!("{folder}/leaves"), leaves);
            for (index, (leaf, proof)) in &part.earlier {
                files.insert(format!("{folder}/earlier/{index}.note"), leaf.clone());
                let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
                files.insert(format!("{folder}/earlier/{index}.proof"), proof.into_bytes());
            }
        }
        for (commit, opening) in &self.openings {
            files.insert(format!("openings/{commit}"), opening.clone());
        }
        zip::write(&files)
    }

    /// Reads a certificate's parts; nothing is verified but the form.
    ///
    /// # Errors
    /// [`ReadError`]: the container, a file, or bytes that the parts do not make.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut files = zip::read(bytes)?;
        let mut take = |name: &str| files.remove(name).ok_or_else(|| bad(name));
        let text = |name: &str, bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| bad(name));
        let statement = take("certificate.json")?;
        let statement = statement
            .strip_suffix(b"\n")
            .and_then(|json| veche_ledger::json::parse_canonical(json).ok());
        let mut certificate = Self {
            charter: take("charter.toml")?,
            statement: statement.ok_or_else(|| bad("certificate.json"))?,
            logs: BTreeMap::new(),
            openings: BTreeMap::new(),
            policy: text("policy.txt", take("policy.txt")?)?,
            readme: text("README.txt", take("README.txt")?)?,
            amendment: None,
        };
        certificate.amendment = match (files.remove(AMENDMENT), files.remove(AMENDMENT_CLOSING)) {
            (Some(certificate), Some(closing)) => Some(AmendmentPart { certificate, closing }),
            (None, None) => None,
            (Some(_), None) => return Err(bad(AMENDMENT_CLOSING)),
            (None, Some(_)) => return Err(bad(AMENDMENT)),
        };
        for (name, content) in files {
            certificate.take_file(&name, content)?;
        }
        if certificate.to_bytes() == bytes { Ok(certificate) } else { Err(ReadError::NotCanonical) }
    }

    fn take_file(&mut self, name: &str, content: Vec<u8>) -> Result<(), ReadError> {
        if let Some(commit) = name.strip_prefix("openings/") {
            let commit = Hash::parse(commit).map_err(|_| bad(name))?;
            self.openings.insert(commit, content);
            return Ok(());
        }
        let path = name.strip_prefix("logs/").ok_or_else(|| bad(name))?;
        let (log, file) = split_log(path).ok_or_else(|| bad(name))?;
        let part = self.logs.entry(log).or_insert_with(|| LogPart {
            checkpoint: Vec::new(),
            before: Frontier::EMPTY,
            leaves: Vec::new(),
            earlier: BTreeMap::new(),
        });
        match file {
            "checkpoint" => part.checkpoint = content,
            "before" => part.before = Frontier::from_bytes(&content).map_err(|_| bad(name))?,
            "leaves" => part.leaves = leaves(&content).ok_or_else(|| bad(name))?,
            file => part.take_earlier(file, content).ok_or_else(|| bad(name))?,
        }
        Ok(())
    }
}

impl LogPart {
    fn take_earlier(&mut self, file: &str, content: Vec<u8>) -> Option<()> {
        let (index, ending) = file.strip_prefix("earlier/")?.split_once('.')?;
        let entry = self.earlier.entry(index.parse().ok()?).or_default();
        match ending {
            "note" => entry.0 = content,
            "proof" => {
                let text = String::from_utf8(content).ok()?;
                entry.1 = text.lines().map(Hash::parse).collect::<Result<_, _>>().ok()?;
            }
            _ => return None,
        }
        Some(())
    }
}

fn bad(name: &str) -> ReadError {
    ReadError::File { name: name.to_owned() }
}

fn line(value: &Value) -> Vec<u8> {
    let mut bytes = value.to_bytes();
    bytes.push(b'\n');
    bytes
}

/// Returns a log's folder: its origin, whose parts are safe as names of folders.
fn folder(origin: &Origin) -> String {
    format!("logs/{origin}")
}

fn split_log(path: &str) -> Option<(Origin, &str)> {
    let mut parts = path.splitn(4, '/');
    let (organisation, party, epoch, file) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((Origin::parse(&format!("{organisation}/{party}/{epoch}")).ok()?, file))
}

/// Splits leaves, each after its length in two bytes.
fn leaves(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    let mut rest = bytes;
    while let Some((len, after)) = rest.split_first_chunk::<2>() {
        let (leaf, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        leaves.push(leaf.to_vec());
        rest = after;
    }
    rest.is_empty().then_some(leaves)
}
