//! `veche charter`: an organisation's rules as data.

mod begin;
pub(crate) mod shipped;

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::file;
use serde_json::{Value, json};
use shipped::Shipped;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use veche_charter::amend::Amendment;
use veche_charter::conform::{Explained, NotVectors, Place, conform_through, profile_of};
use veche_charter::diff::{Change, Difference, KeyChange, diff};
use veche_charter::fault::did_you_mean;
use veche_charter::model::Machine;
use veche_charter::name::MachineName;
use veche_charter::{Charter, Fault, explain};

/// Most bytes of a charter that are read: above the language's own limit, so that it can say what is wrong.
const CHARTER_LEN_MAX: u64 = 16 * 1024 * 1024;
/// Most bytes of a file of test vectors: a hundred times those of the language itself.
const VECTORS_LEN_MAX: u64 = 64 * 1024 * 1024;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Check charters and tell every fault
    #[command(after_help = "Examples:\n  veche charter check charters/six-rivers/charter.toml\n  \
        veche charter check --json a.toml b.toml\n\nEnds with 6 if a charter has a fault.")]
    Check {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Tell a charter's rules and machines in sentences, or draw its machines
    #[command(after_help = "Examples:\n  veche charter explain six-rivers\n  \
        veche charter explain six-rivers --machine silence\n  \
        veche charter explain my/charter.toml --machine silence --dot | dot -Tsvg > silence.svg")]
    Explain {
        /// A shipped charter (`veche charter list`), or a file
        #[arg(value_name = "NAME|FILE")]
        charter: String,
        /// This machine alone
        #[arg(long)]
        machine: Option<String>,
        /// Draw machines as graphs in the DOT language
        #[arg(long)]
        dot: bool,
    },
    /// Run test vectors of the charter language
    #[command(after_help = "Examples:\n  veche charter conform charters/conform/vectors.json\n\n\
        Each vector runs against the shipped profile of its organisation: `osce.silence` against\n\
        `silence` of `osce`; what has no profile, against `conform`. Ends with 6 if one fails.")]
    Conform {
        /// The vectors
        #[arg(value_name = "VECTORS.json")]
        vectors: PathBuf,
    },
    /// List the charters that come with the program
    #[command(after_help = "Examples:\n  veche charter list")]
    List,
    /// Print a charter as it is written, to read it or to begin one's own with
    #[command(after_help = "Examples:\n  veche charter show two-banks > my-charter.toml")]
    Show {
        /// A shipped charter, or a file
        #[arg(value_name = "NAME|FILE")]
        charter: String,
    },
    /// Tell what differs between two charters, entry by entry
    #[command(after_help = "Examples:\n  veche charter diff six-rivers my/charter.toml\n\n\
        Comments and the order of entries do not count.")]
    Diff {
        /// The older: a shipped charter, or a file
        #[arg(value_name = "NAME|FILE")]
        before: String,
        /// The newer
        #[arg(value_name = "NAME|FILE")]
        after: String,
    },
    /// Print what an act must say that changes a charter into its next version, once both have been checked
    #[command(
        after_help = "Examples:\n  veche charter amend charter.toml next.toml --title \"Silence lasts two hours\" > change.json\n\n\
        The charter in force is in the node's store: `veche node charter` writes it. The new one is the same text, edited, with\n\
        the next `version`. What is printed are the fields `base`, `edits` and `result` of an act with `amends`; a charter that\n\
        cannot follow on the first is refused here as it would be at the table."
    )]
    Amend {
        /// The charter in force: a shipped charter, or a file
        #[arg(value_name = "NAME|FILE")]
        before: String,
        /// The next version
        #[arg(value_name = "FILE")]
        after: String,
        /// The act's title
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
    },
    /// Begin a charter of one's own from the template `mutual-aid`
    #[command(
        after_help = "Examples:\n  veche charter new river-pact --title \"River Pact\" --member alder=Alder --member \"birch=Birch Town\" --out pact.toml\n  \
        veche charter new river-pact --out pact.toml\n\nAsks for what is not given, if there is somebody to ask. \
        docs/your-own-charter.md goes on from there."
    )]
    New(begin::New),
    /// Print a charter's hash, by which records and certificates name it
    #[command(after_help = "Examples:\n  veche charter hash charters/six-rivers/charter.toml\n  \
        veche charter hash six-rivers")]
    Hash {
        /// A file, or a shipped charter
        #[arg(value_name = "FILE")]
        charter: String,
    },
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Check { files } => check(&files),
            Self::Explain { charter, machine, dot } => told(&charter, machine.as_deref(), dot),
            Self::Conform { vectors } => run_vectors(&vectors),
            Self::List => list(),
            Self::New(new) => new.run(),
            Self::Show { charter } => show(&charter),
            Self::Diff { before, after } => differences(&before, &after),
            Self::Amend { before, after, title } => amend(&before, &after, title),
            Self::Hash { charter } => hash(&charter),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    file::read(path, CHARTER_LEN_MAX)
}

/// A file that cannot be read stops the verb before anything is checked, so that no summary leaves it out.
fn check(files: &[PathBuf]) -> Result<Answer, Failure> {
    let read: Result<Vec<_>, _> = files.iter().map(|path| Ok((path, read(path)?))).collect();
    let (mut texts, mut told, mut faults) = (Vec::new(), Vec::new(), 0);
    for (path, bytes) in read? {
        let name = path.display().to_string();
        match Charter::load(&bytes, &name) {
            Ok(charter) => {
                texts.push(format!(
                    "`{name}` has no fault: {}, version {}, hash {}",
                    charter.title,
                    charter.version,
                    charter.hash.short()
                ));
                told.push(json!({ "file": name, "charter": about(&charter), "faults": [] }));
            }
            Err(found) => {
                faults += found.0.len();
                texts.push(found.to_string());
                let found: Vec<Value> = found.0.iter().map(fault_json).collect();
                told.push(json!({ "file": name, "faults": found }));
            }
        }
    }
    if faults > 0 || files.len() > 1 {
        texts.push(format!(
            "{} checked, {}",
            counted(files.len(), "file"),
            counted(faults, "fault")
        ));
    }
    let answer = Answer::new(texts.join("\n"), json!({ "files": told, "faults": faults }));
    Ok(answer.ending(if faults > 0 { Exit::FAILED_CHECKS } else { Exit::OK }))
}

fn about(charter: &Charter) -> Value {
    json!({
        "name": charter.name,
        "title": charter.title,
        "version": charter.version,
        "organisation": charter.organisation,
        "hash": charter.hash.to_string(),
    })
}

fn fault_json(fault: &Fault) -> Value {
    json!({
        "line": fault.line,
        "table": fault.table,
        "entry": fault.entry,
        "message": fault.what.to_string(),
        "hint": fault.hint,
    })
}

/// Returns the bytes of a shipped charter, or of a file.
fn bytes_of(name: &str) -> Result<Vec<u8>, Failure> {
    let path = Path::new(name);
    match shipped::find(name) {
        Some(shipped) => Ok(shipped.bytes.to_vec()),
        // What looks like a name and is no file is a name with a slip of the pen.
        None if !path.exists() && path.extension().is_none() && path.components().count() == 1 => {
            let known = shipped::ALL.map(|shipped| shipped.name);
            let hint = did_you_mean(name, known)
                .unwrap_or_else(|| "`veche charter list` names the shipped ones".to_owned());
            let unknown = Failure::new(FailureKind::UnknownCharter(name.to_owned()));
            Err(unknown.hinting(Some(hint)))
        }
        None => read(path),
    }
}

/// Loads a shipped charter by its name, or a file.
pub(crate) fn load(name: &str) -> Result<Charter, Failure> {
    let bytes = bytes_of(name)?;
    Charter::load(&bytes, name).map_err(|faults| {
        let first = faults.0.first().map(|fault| format!("{name}:{}", fault.line));
        let faults = counted(faults.0.len(), "fault");
        let faulty = Failure::new(FailureKind::FaultyCharter { name: name.to_owned(), faults });
        Failure { place: first, ..faulty }
            .hinting(Some(format!("`veche charter check {name}` tells them all")))
    })
}

fn told(name: &str, machine: Option<&str>, dot: bool) -> Result<Answer, Failure> {
    let charter = load(name)?;
    let machine = machine.map(|machine| find_machine(&charter, machine)).transpose()?;
    let (key, text) = if dot {
        let drawn: Vec<String> = match machine {
            Some((_, machine)) => vec![explain::dot(machine)],
            None => charter.machines.values().map(explain::dot).collect(),
        };
        ("dot", drawn.join("\n"))
    } else {
        ("text", explain::explain(&charter, machine.map(|(name, _)| name)))
    };
    let text = text.trim_end();
    Ok(Answer::new(text, json!({ "charter": about(&charter), key: text })))
}

fn find_machine<'c>(
    charter: &'c Charter,
    name: &str,
) -> Result<(&'c MachineName, &'c Machine), Failure> {
    let known = charter.machines.iter().find(|(known, _)| known.as_str() == name);
    known.ok_or_else(|| {
        let names = charter.machines.keys().map(MachineName::as_str);
        let all = names.clone().collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(name, names).unwrap_or_else(|| format!("it has {all}"));
        Failure::new(FailureKind::UnknownMachine {
            charter: charter.name.clone(),
            machine: name.to_owned(),
        })
        .hinting(Some(hint))
    })
}

fn run_vectors(path: &Path) -> Result<Answer, Failure> {
    let bytes = file::read(path, VECTORS_LEN_MAX)?;
    let charters = shipped_charters()?;
    let kept = charters.get(shipped::CONFORM.name).ok_or_else(|| {
        Failure::new(FailureKind::Internal("the charter `conform` is missing".to_owned()))
    })?;
    let place = |subject: &str| {
        let (profile, entry) = profile_of(subject);
        match charters.get(profile) {
            Some(charter) => Place { charter, name: entry.to_owned() },
            None => Place { charter: kept, name: subject.to_owned() },
        }
    };
    let report = conform_through(&place, &bytes).map_err(|NotVectors { vector, what }| {
        Failure::new(FailureKind::Vectors { path: path.to_owned(), what }).at(vector)
    })?;
    let failed = report.failed.len();
    if report.passed + failed == 0 {
        return Err(Failure::new(FailureKind::NoVectors(path.to_owned())));
    }
    let mut lines: Vec<String> = report.failed.iter().map(failure_text).collect();
    lines.push(format!("{} passed, {failed} failed", report.passed));
    let failures: Vec<Value> = report.failed.iter().map(failure_json).collect();
    let told = json!({ "passed": report.passed, "failed": failures });
    let exit = if failed > 0 { Exit::FAILED_CHECKS } else { Exit::OK };
    Ok(Answer::new(lines.join("\n"), told).ending(exit))
}

fn shipped_charters() -> Result<BTreeMap<&'static str, Charter>, Failure> {
    let loaded = shipped::ALL.iter().map(|Shipped { name, bytes }| {
        let charter = Charter::load(bytes, name);
        charter
            .map(|charter| (*name, charter))
            .map_err(|faults| Failure::new(FailureKind::Internal(faults.to_string())))
    });
    loaded.collect()
}

fn failure_text(failed: &Explained) -> String {
    let Explained { vector, of, expected, found, why } = failed;
    let why = if why.is_empty() { String::new() } else { format!("\n  why: {why}") };
    format!("{vector} of `{of}`: expected {expected}, found {found}{why}")
}

fn failure_json(failed: &Explained) -> Value {
    let Explained { vector, of, expected, found, why } = failed;
    json!({ "vector": vector, "of": of, "expected": expected, "found": found, "why": why })
}

fn list() -> Result<Answer, Failure> {
    let (mut lines, mut told) = (Vec::new(), Vec::new());
    let width = shipped::ALL.iter().map(|shipped| shipped.name.len()).max().unwrap_or_default();
    for shipped in shipped::ALL {
        let charter = load(shipped.name)?;
        lines.push(format!(
            "{:width$}  {}, version {}, hash {}",
            shipped.name,
            charter.title,
            charter.version,
            charter.hash.short()
        ));
        told.push(about(&charter));
    }
    Ok(Answer::new(lines.join("\n"), json!({ "charters": told })))
}

/// What is shown is the file's bytes: faults and all, since it is by reading that one finds them.
fn show(name: &str) -> Result<Answer, Failure> {
    let bytes = bytes_of(name)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Answer::new(text.trim_end(), json!({ "charter": name, "text": text })))
}

fn differences(before: &str, after: &str) -> Result<Answer, Failure> {
    let (old, new) = (load(before)?, load(after)?);
    let found = diff(&bytes_of(before)?, &bytes_of(after)?)
        .map_err(|fault| Failure::new(FailureKind::Internal(fault.to_string())))?;
    let mut lines: Vec<String> =
        found.iter().flat_map(|d| difference_lines(d, before, after)).collect();
    lines.push(match found.len() {
        0 => format!("`{before}` and `{after}` say the same"),
        count => format!("{} from `{before}` to `{after}`", counted(count, "difference")),
    });
    let told: Vec<Value> = found.iter().map(difference_json).collect();
    let told = json!({ "before": about(&old), "after": about(&new), "differences": told });
    Ok(Answer::new(lines.join("\n"), told))
}

fn amend(before: &str, after: &str, title: Option<String>) -> Result<Answer, Failure> {
    let (old, new) = (load(before)?, load(after)?);
    let amendment = Amendment::between(&old.text, &new.text);
    amendment.apply(&old).map_err(|error| {
        let (after, why) = (after.to_owned(), error.to_string());
        let hint = Some("`veche charter diff` tells what differs".to_owned());
        Failure::new(FailureKind::NoSuccessor { after, why }).hinting(hint)
    })?;
    let fields = amendment.to_fields().into_iter().map(|(key, value)| {
        let value: Value = serde_json::from_slice(&value.to_bytes()).unwrap_or_default();
        (key.to_owned(), value)
    });
    let title = title.map(|title| ("title".to_owned(), Value::String(title)));
    let terms = Value::Object(fields.chain(title).collect());
    let text = serde_json::to_string_pretty(&terms).unwrap_or_default();
    Ok(Answer::new(text, terms))
}

fn difference_lines(difference: &Difference, before: &str, after: &str) -> Vec<String> {
    let Difference { table, entry, line, change } = difference;
    let of = [table.as_str(), entry.as_str()].into_iter().filter(|part| !part.is_empty());
    let of = of.collect::<Vec<_>>().join(" ");
    match change {
        Change::Added => vec![format!("+ {of}  ({after}:{line})")],
        Change::Removed => vec![format!("- {of}  ({before}:{line})")],
        Change::Changed(keys) => {
            let head = format!("~ {of}  ({after}:{line})");
            let value =
                |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            let keys = keys.iter().flat_map(|key| {
                let KeyChange { key, before, after } = key;
                [
                    format!("    {key}"),
                    format!("      - {}", value(before)),
                    format!("      + {}", value(after)),
                ]
            });
            std::iter::once(head).chain(keys).collect()
        }
    }
}

fn difference_json(difference: &Difference) -> Value {
    let Difference { table, entry, line, change } = difference;
    let (word, keys) = match change {
        Change::Added => ("added", Vec::new()),
        Change::Removed => ("removed", Vec::new()),
        Change::Changed(keys) => {
            let key = |k: &KeyChange| json!({ "key": k.key, "before": k.before, "after": k.after });
            ("changed", keys.iter().map(key).collect())
        }
    };
    json!({ "table": table, "entry": entry, "line": line, "change": word, "keys": keys })
}

/// The hash is that of the file's bytes; only of a charter without fault does it name anything.
fn hash(name: &str) -> Result<Answer, Failure> {
    let charter = load(name)?;
    Ok(Answer::new(charter.hash.to_string(), about(&charter)))
}
