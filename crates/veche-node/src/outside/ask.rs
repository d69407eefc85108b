//! Asking outside witnesses to cosign a published log: what they are shown is in its tiles of hashes.

use crate::causes::chain;
use crate::monitor::{LogReport, Source, SourceError, Tiles, head};
use crate::one_address::{agent, system_roots};
use crate::publish::{PublishError, write};
use std::path::Path;
use std::time::Duration;
use ureq::Agent;
use veche_charter::Charter;
use veche_charter::outside::OutsideWitness;
use veche_ledger::tree::prove_consistency;
use veche_ledger::witness::AddCheckpoint;
use veche_ledger::{Cosignature, NoteSignature, Origin, SignedCheckpoint};

/// How long a witness may take to answer.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// Longest answer that is read, in bytes: a cosignature line, a size, or a reason.
const ANSWER_LEN_MAX: u64 = 4 * 1024;

/// What one witness came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Asked {
    /// The witness, as the charter names it.
    pub witness: String,
    /// Where it was asked.
    pub at: String,
    /// Whether it cosigned.
    pub is_cosigned: bool,
    /// Why it did not.
    pub why: Option<String>,
}

/// Why nobody could be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// What is published cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no checkpoint that holds.
    #[error("{0}")]
    Checkpoint(String),
    /// The checkpoint with its cosignatures cannot be written: the one before is still there.
    #[error(transparent)]
    Write(#[from] PublishError),
}

/// Asks each outside witness of a charter to cosign the log published in a folder, and writes their lines to its checkpoint.
///
/// # Errors
/// [`AskError`]. A witness that does not cosign is none: see [`Asked::why`].
pub fn ask(folder: &Path, log: &Origin, charter: &Charter) -> Result<(u64, Vec<Asked>), AskError> {
    let source = Source::Folder(folder.to_owned());
    let mut report = LogReport::default();
    let found = head(&source, log, charter, &mut report)?;
    let (mut signed, _) = found.ok_or_else(|| AskError::Checkpoint(report.faults.join("; ")))?;
    let (agent, bare) = (agent(&system_roots(), ANSWER_WAIT), signed.clone());
    let mut asked = Vec::new();
    for (name, witness) in &charter.outside {
        // The earliest cosignature counts: a line more at each ask would fill the note.
        let there = signed.cosignatures(std::slice::from_ref(&witness.key));
        let answer = match there.first() {
            Some(cosignature) => Ok(cosignature.line().clone()),
            None => one(&agent, &source, &bare, witness),
        };
        let (witness, at) = (name.to_string(), witness.at.clone());
        let (is_cosigned, why) = match answer {
            Ok(line) => {
                signed.add(line);
                (true, None)
            }
            Err(why) => (false, Some(why)),
        };
        asked.push(Asked { witness, at, is_cosigned, why });
    }
    if asked.iter().any(|asked| asked.is_cosigned) {
        write(&folder.join("checkpoint"), &signed.note().to_bytes())?;
    }
    Ok((signed.checkpoint().size, asked))
}

/// Asks one witness: from nothing, and then from the size that it says it cosigned last.
fn one(
    agent: &Agent,
    source: &Source,
    signed: &SignedCheckpoint,
    witness: &OutsideWitness,
) -> Result<NoteSignature, String> {
    let size = signed.checkpoint().size;
    let (mut status, mut said) = post(agent, source, signed, witness, 0)?;
    if status == 409 {
        let known: u64 = said.trim().parse().map_err(|_| "it answers 409 without a size")?;
        if known > size {
            return Err(format!("it cosigned {known} records, and here are {size}: publish anew"));
        }
        (status, said) = post(agent, source, signed, witness, known)?;
        if matches!(status, 409 | 422) {
            return Err(format!(
                "it cosigned {known} records that this log does not continue: the log may be forked; `veche log follow {}/logs/{} ..` shows what it cosigned",
                witness.at,
                signed.checkpoint().origin
            ));
        }
    }
    if status != 200 {
        return Err(format!("it answers {status}: {}", said.trim()));
    }
    let line = NoteSignature::parse(said.trim_end_matches('\n'));
    let line = line.ok_or("its answer is no cosignature")?;
    Cosignature::verify(signed.checkpoint(), &line, &witness.key)
        .map(|cosignature| cosignature.line().clone())
        .map_err(|error| format!("its answer does not hold under the charter's key: {error}"))
}

fn post(
    agent: &Agent,
    source: &Source,
    signed: &SignedCheckpoint,
    witness: &OutsideWitness,
    old_size: u64,
) -> Result<(u16, String), String> {
    let size = signed.checkpoint().size;
    let tiles = Tiles::new(source, size);
    let proof = prove_consistency(old_size, size, &|level, index| tiles.node(level, index));
    let proof = proof.ok_or("tiles are missing: publish the log anew")?;
    let note = signed.note().to_bytes();
    let body = AddCheckpoint { old_size, proof, note }.to_bytes();
    let answer = agent.post(format!("{}/add-checkpoint", witness.at)).send(&body[..]);
    let answer = answer.map_err(|error| chain(&error))?;
    let status = answer.status().as_u16();
    let mut said = Vec::new();
    let mut reader = std::io::Read::take(answer.into_body().into_reader(), ANSWER_LEN_MAX);
    std::io::Read::read_to_end(&mut reader, &mut said).map_err(|error| error.to_string())?;
    Ok((status, String::from_utf8_lossy(&said).into_owned()))
}
