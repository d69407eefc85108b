//! `veche certificate`: files that prove a decision.

use crate::answer::Answer;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::{file, screen};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use veche_council::certificate::zip::CERTIFICATE_LEN_MAX;
use veche_council::certificate::{
    Certificate, CertificateFault, LogPart, Verified, explain, verify,
};
use veche_ledger::Hash;

/// Most bytes of a file that are read as a certificate: one more than allowed, so that the verifier says so itself.
const FILE_LEN_MAX: u64 = CERTIFICATE_LEN_MAX as u64 + 1;
/// What a certificate shows without a charter hash known from elsewhere.
const UNANCHORED: &str = "note: under the charter that it brings; whether that is the organisation's, `--charter HASH` checks";

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Verify certificates: no node and no network needed
    #[command(after_help = "Examples:\n  \
        veche certificate verify D-2026-004.zip --charter 9f2c41aa..\n  \
        veche certificate verify D-2026-004.zip --explain\n  \
        veche certificate verify --batch decisions/\n\n\
        The charter's hash is the one thing to know from elsewhere: ask the organisation, or a member. \
        Ends with 0 if the certificate holds and with 5 if it does not; --batch ends with 0 once every file is judged.")]
    Verify {
        /// The certificate
        #[arg(required_unless_present = "batch", conflicts_with = "batch")]
        file: Option<PathBuf>,
        /// The hash that its charter must have
        #[arg(long, value_name = "HASH", value_parser = Hash::parse)]
        charter: Option<Hash>,
        /// Tell what a valid certificate says
        #[arg(long, conflicts_with = "batch")]
        explain: bool,
        /// Judge every file of a directory, a line each
        #[arg(long, value_name = "DIR")]
        batch: Option<PathBuf>,
    },
    /// Tell what a certificate says, if it is valid
    #[command(after_help = "Examples:\n  veche certificate explain D-2026-004.zip")]
    Explain {
        /// The certificate
        file: PathBuf,
        /// The hash that its charter must have
        #[arg(long, value_name = "HASH", value_parser = Hash::parse)]
        charter: Option<Hash>,
    },
    /// Show what is in a certificate as JSON, valid or not
    #[command(after_help = "Examples:\n  veche certificate show D-2026-004.zip\n\n\
        `valid` tells whether it holds under the charter that it brings.")]
    Show {
        /// The certificate
        file: PathBuf,
    },
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Verify { batch: Some(directory), charter, .. } => judge_all(&directory, charter),
            Self::Verify { file: Some(file), charter, explain, batch: None } => {
                judge(&file, charter, explain)
            }
            Self::Verify { file: None, batch: None, .. } => {
                Err(Failure::new(FailureKind::Internal("neither FILE nor --batch".to_owned())))
            }
            Self::Explain { file, charter } => told(&file, charter),
            Self::Show { file } => show(&file),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    file::read(path, FILE_LEN_MAX)
}

fn judge(path: &Path, charter: Option<Hash>, wants_explanation: bool) -> Result<Answer, Failure> {
    let name = path.display().to_string();
    match verify(&read(path)?, charter) {
        Ok(verified) => {
            let mut lines = vec![format!("valid: {}", subject(&verified))];
            lines.push(format!("charter: {}", verified.charter));
            if charter.is_none() {
                lines.push(UNANCHORED.to_owned());
            }
            if wants_explanation {
                lines.push(String::new());
                lines.push(explain(&verified).trim_end().to_owned());
            }
            let mut told = verdict(&name, &Ok(&verified));
            told["charter_expected"] = json!(charter.is_some());
            if wants_explanation {
                told["explanation"] = json!(explain(&verified));
            }
            Ok(Answer::new(lines.join("\n"), told))
        }
        Err(fault) => {
            let text = format!("invalid: {}", screen::one_line(&fault.to_string()));
            Ok(Answer::new(text, verdict(&name, &Err(&fault.to_string()))).ending(Exit::INVALID))
        }
    }
}

/// Returns number and title in one line: they are another party's words.
fn subject(verified: &Verified) -> String {
    screen::one_line(&format!("{}, {} {}", verified.organisation, verified.number, verified.title))
}

fn verdict(file: &str, found: &Result<&Verified, &str>) -> Value {
    match found {
        Ok(verified) => json!({
            "file": file,
            "valid": true,
            "organisation": verified.organisation,
            "number": verified.number,
            "title": verified.title,
            "charter": verified.charter.to_string(),
            "withstands": verified.withstands,
        }),
        Err(fault) => json!({ "file": file, "valid": false, "fault": fault }),
    }
}

/// Judges the files of a directory, ascending by name; a file that cannot be read is one that proves nothing.
fn judge_all(directory: &Path, charter: Option<Hash>) -> Result<Answer, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|error| Failure::reading(directory, error))? {
        let path = entry.map_err(|error| Failure::reading(directory, error))?.path();
        if !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    let (mut lines, mut told) = (Vec::new(), Vec::new());
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let found = read(&path)
            .map_err(|failure| failure.what.to_string())
            .and_then(|bytes| verify(&bytes, charter).map_err(|fault| fault.to_string()));
        lines.push(screen::one_line(&match &found {
            Ok(verified) => format!("{name} valid {}", subject(verified)),
            Err(fault) => format!("{name} invalid {fault}"),
        }));
        told.push(verdict(&name, &found.as_ref().map_err(String::as_str)));
    }
    if lines.is_empty() {
        lines.push(format!("no file in `{}`", directory.display()));
    }
    Ok(Answer::new(lines.join("\n"), json!({ "files": told })))
}

fn told(path: &Path, charter: Option<Hash>) -> Result<Answer, Failure> {
    let verified = verify(&read(path)?, charter).map_err(|fault| not_valid(path, fault))?;
    let mut text = explain(&verified).trim_end().to_owned();
    if charter.is_none() {
        text = format!("{text}\n{UNANCHORED}");
    }
    let mut told = verdict(&path.display().to_string(), &Ok(&verified));
    told["explanation"] = json!(explain(&verified));
    Ok(Answer::new(text, told))
}

fn not_valid(path: &Path, fault: CertificateFault) -> Failure {
    let has_parts = !matches!(fault, CertificateFault::Read(_));
    let hint = has_parts
        .then(|| format!("`veche certificate show {}` shows what is in it", path.display()));
    Failure::new(FailureKind::Certificate { path: path.to_owned(), fault }).hinting(hint)
}

fn show(path: &Path) -> Result<Answer, Failure> {
    let bytes = read(path)?;
    let certificate = Certificate::read(&bytes).map_err(|fault| {
        Failure::new(FailureKind::NotACertificate { path: path.to_owned(), fault })
    })?;
    let logs: serde_json::Map<String, Value> = certificate
        .logs
        .iter()
        .map(|(origin, part)| (origin.to_string(), log_json(part)))
        .collect();
    let statement: Value = serde_json::from_slice(&certificate.statement.to_bytes())
        .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
    let openings: Vec<String> = certificate.openings.keys().map(ToString::to_string).collect();
    let mut told = json!({
        "valid": true,
        "charter": Hash::of(&[&certificate.charter]).to_string(),
        "statement": statement,
        "logs": logs,
        "openings": openings,
    });
    if let Err(fault) = verify(&bytes, None) {
        told["valid"] = json!(false);
        told["fault"] = json!(fault.to_string());
    }
    Ok(Answer::new(format!("{told:#}"), told))
}

fn log_json(part: &LogPart) -> Value {
    json!({
        "first": part.before.size(),
        "leaves": part.leaves.len(),
        "earlier": part.earlier.keys().collect::<Vec<_>>(),
        "checkpoint": String::from_utf8_lossy(&part.checkpoint),
    })
}
