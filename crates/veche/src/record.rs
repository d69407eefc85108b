//! `veche record`: saying something: at the node, or prepared there, signed elsewhere and handed in.

mod reading;
mod redact;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_failure, node_fault, now, open, open_with, passphrase};
use crate::signer::Signing;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use veche_charter::Charter;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::{Draft, RECORD_LIMITS, Record, Signed};
use veche_ledger::{Hash, Kind, Label, LeafIndex, Note, NoteSignature};
use veche_node::node::{Node, Statement};

/// Longest draft or record file, in bytes: a record, its terms in hexadecimal, and room.
pub(crate) const FILE_LEN_MAX: u64 = 256 * 1024;

/// What can be done with records.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Say something at this node: asks the charter, signs with an officer's key, appends
    ///
    /// Exit code 4 if the charter refuses it; then nothing is appended.
    #[command(
        after_help = "Example:\n  veche record say --store arven.db --kind report --terms report.json --officer duty --passphrase-file pass.txt"
    )]
    Say {
        #[command(flatten)]
        what: What,
        /// Who signs; twice for two persons
        #[arg(long, default_value = "duty")]
        officer: Vec<String>,
        /// A file with the node's passphrase
        #[arg(long)]
        passphrase_file: PathBuf,
        /// A file with the officer's own passphrase, if the key has one; again for the second officer
        #[arg(long)]
        officer_passphrase_file: Vec<PathBuf>,
    },
    /// Prepare a record for a signature that is made elsewhere
    #[command(
        after_help = "Example:\n  veche record draft --store arven.db --kind report --terms report.json --out report.draft --passphrase-file pass.txt"
    )]
    Draft {
        #[command(flatten)]
        what: What,
        /// The draft
        #[arg(long)]
        out: PathBuf,
        /// A file with the passphrase
        #[arg(long)]
        passphrase_file: PathBuf,
    },
    /// Sign a draft with a key file or a key on a token: on another machine, with no node and no network
    #[command(
        after_help = "Examples:\n  veche record sign report.draft --key duty.key --passphrase-file pass.txt --out report.signed\n  veche record sign report.draft --pkcs11 /usr/lib/softhsm/libsofthsm2.so --key two-banks.example/arven/duty --pin-file pin.txt --out report.signed"
    )]
    Sign {
        /// The draft
        draft: PathBuf,
        #[command(flatten)]
        signing: Signing,
        /// The signed record; may be signed again by another officer
        #[arg(long)]
        out: PathBuf,
    },
    /// Hand a signed record in to the node whose log it names
    #[command(
        after_help = "Example:\n  veche record submit report.signed --store arven.db --passphrase-file pass.txt"
    )]
    Submit {
        /// The signed record
        signed: PathBuf,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// For a new epoch of the log: how many of the officers' records it takes back, as the refusal without this says
        #[arg(long, value_name = "COUNT", default_value_t = 0, hide_default_value = true)]
        falls: u64,
        /// A file with the passphrase
        #[arg(long)]
        passphrase_file: PathBuf,
    },
    /// Check a record's form and signatures against a charter, with no node and no network
    ///
    /// Exit code 5 if it does not hold.
    #[command(after_help = "Example:\n  veche record verify report.signed --charter genesis.toml")]
    Verify {
        /// A signed record as `veche record sign` writes it, or the note alone
        record: PathBuf,
        /// The charter with its keys
        #[arg(long)]
        charter: PathBuf,
    },
    /// Who may read a record, why, and whose node is known to hold it
    ///
    /// As far as this node's party may know: for whom a sealed record is that is not for it, is not said.
    #[command(after_help = "Example:\n  veche record readers 5f1c9a.. --store arven.db")]
    Readers {
        /// The record: its hash, or the number of what it opened
        record: String,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// Take words of a record back: every node shows a mark in their place, and destroys them a day after enough others know
    ///
    /// Numbers, dates and whatever the charter reads stay. What moves a matter or is decided cannot be taken back.
    #[command(
        after_help = "Example:\n  veche record redact 5f1c9a.. --store arven.db --officer duty --field text --reason \"it named a person\" --passphrase-file pass.txt"
    )]
    Redact(redact::Redact),
    /// The records whose words were taken back, and whether they are in this store; destroys those that may go by now
    ///
    /// A node that runs destroys them by itself.
    #[command(after_help = "Example:\n  veche record redacted --store arven.db")]
    Redacted {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// Why the content of a record is not here, and what to do; without a record: how many there are, by log and reason
    #[command(
        after_help = "Examples:\n  veche record missing --store arven.db\n  veche record missing 5f1c9a.. --store arven.db\n  veche record missing belm:12 --store arven.db"
    )]
    Missing {
        /// The record: its hash, or PARTY:NUMBER in the newest log of a party that is held
        record: Option<String>,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
}

/// What is said.
#[derive(Debug, clap::Args)]
pub(crate) struct What {
    /// The node's store
    #[arg(long)]
    pub(crate) store: PathBuf,
    /// The kind of act, as the charter names it
    #[arg(long)]
    kind: String,
    /// A file with what it says: a JSON object with the act's fields; `-` reads standard input
    #[arg(long)]
    terms: PathBuf,
    /// What it is about: a number such as P-1, or a record's hash
    #[arg(long)]
    about: Vec<String>,
    /// Its label; without it the act's own
    #[arg(long)]
    label: Option<String>,
    /// It belongs to an exercise
    #[arg(long)]
    drill: bool,
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, passphrase, the charter's refusal.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Say { what, officer, passphrase_file, officer_passphrase_file } => {
                let words = passphrase(&passphrase_file)?;
                let mut node = open_with(&what.store, &officer, &words, &officer_passphrase_file)?;
                let statement = statement(&node, &what, officer)?;
                ask(&node, &statement)?;
                let appended = node.append(&statement, now()).map_err(node_failure)?;
                Ok(placed(&node, &appended))
            }
            Self::Draft { what, out, passphrase_file } => draft(&what, &out, &passphrase_file),
            Self::Sign { draft, signing, out } => sign(&draft, &signing, &out),
            Self::Submit { signed, store, falls, passphrase_file } => {
                submit(&signed, &store, falls, &passphrase_file)
            }
            Self::Verify { record, charter } => verify(&record, &charter),
            Self::Readers { record, store } => reading::readers(&store, &record),
            Self::Redact(redact) => redact.run(),
            Self::Redacted { store } => redact::list(&store),
            Self::Missing { record: None, store } => reading::counts(&store),
            Self::Missing { record: Some(record), store } => reading::missing(&store, &record),
        }
    }
}

/// Reads what is to be said.
pub(crate) fn statement(
    node: &Node,
    what: &What,
    officers: Vec<String>,
) -> Result<Statement, Failure> {
    let text =
        String::from_utf8(file::read_input(&what.terms, FILE_LEN_MAX)?).map_err(node_fault)?;
    let terms = veche_ledger::parse_human(&text)
        .map_err(|error| node_fault(format!("the terms in `{}`: {error}", what.terms.display())))?;
    let find = |name: &String| {
        let by_number = node.council().by_number(name);
        by_number
            .or_else(|| Hash::parse(name).ok())
            .ok_or_else(|| node_fault(format!("nothing is called `{name}` here")))
    };
    Ok(Statement {
        party: node.party().clone(),
        officers,
        kind: Kind::parse(&what.kind).map_err(node_fault)?,
        label: what.label.as_deref().map(Label::parse).transpose().map_err(node_fault)?,
        about: what.about.iter().map(find).collect::<Result<_, _>>()?,
        drill: what.drill,
        terms,
    })
}

/// Asks the charter before anybody signs.
pub(crate) fn ask(node: &Node, statement: &Statement) -> Result<(), Failure> {
    let Some(refusal) = veche_node::ask::ask(node, statement, now()) else { return Ok(()) };
    let kind = &statement.kind;
    let failure = Failure::new(FailureKind::Refused { act: kind.to_string(), why: refusal.why });
    let article = refusal.article.map(|article| match refusal.quote {
        Some(quote) => format!("charter {}, article {article}: \"{quote}\"", node.charter().name),
        None => format!("charter {}, article {article}", node.charter().name),
    });
    Err(match article {
        Some(article) => failure.at(article),
        None => failure,
    })
}

/// Tells where a record came to stand.
pub(crate) fn placed(node: &Node, appended: &veche_node::node::Appended) -> Answer {
    let party = appended.log.party();
    let hosting = node.charter().hosting(party).map(|hosting| format!(", {hosting}"));
    let said = format!(
        "record {} of {}, leaf {}{}",
        appended.index,
        appended.log,
        appended.leaf,
        hosting.unwrap_or_default()
    );
    let host = node.charter().host_of(party).map(ToString::to_string);
    Answer::new(
        said,
        json!({"log": appended.log.to_string(), "index": appended.index, "leaf": appended.leaf.to_string(), "hosted_by": host}),
    )
}

fn draft(what: &What, out: &Path, passphrase_file: &Path) -> Result<Answer, Failure> {
    let mut node = open(&what.store, &[], &passphrase(passphrase_file)?)?;
    // Whoever signs elsewhere will be an officer: the charter is asked as if one had.
    let statement = statement(&node, what, vec!["elsewhere".to_owned()])?;
    ask(&node, &statement)?;
    let (draft, opening) = node.prepare(&statement, now()).map_err(node_failure)?;
    let file = draft_file(&draft, &opening);
    file::write(out, format!("{file}\n").as_bytes())?;
    Ok(Answer::new(format!("{}: to be signed\n{}", out.display(), draft.text().trim_end()), file))
}

/// Returns the file of a draft that nobody has signed yet.
pub(crate) fn draft_file(draft: &Draft, opening: &Opening) -> Json {
    json!({"text": draft.text(), "opening": hex(&opening.to_bytes()), "lines": []})
}

/// Returns the file of a record that is signed.
pub(crate) fn signed_file(leaf: &[u8], opening: &Opening) -> Result<Json, Failure> {
    let note = Note::parse(leaf, RECORD_LIMITS).map_err(node_fault)?;
    let lines: Vec<String> = note.signatures().iter().map(ToString::to_string).collect();
    Ok(json!({"text": note.text(), "opening": hex(&opening.to_bytes()), "lines": lines}))
}

fn read_draft(path: &Path) -> Result<(Draft, Opening, Vec<String>), Failure> {
    let fault = |what: &str| node_fault(format!("`{}` is no draft: {what}", path.display()));
    let bytes = file::read(path, FILE_LEN_MAX)?;
    let file: Json = serde_json::from_slice(&bytes).map_err(|error| fault(&error.to_string()))?;
    let text = file.get("text").and_then(Json::as_str).ok_or_else(|| fault("it has no `text`"))?;
    let draft = Draft::from_text(text).map_err(|error| fault(&error.to_string()))?;
    let opening = file
        .get("opening")
        .and_then(Json::as_str)
        .and_then(unhex)
        .ok_or_else(|| fault("it has no `opening`"))?;
    let opening =
        Opening::from_bytes(Domain::Terms, &opening).map_err(|error| fault(&error.to_string()))?;
    opening
        .check(Domain::Terms, &draft.header().terms)
        .map_err(|error| fault(&error.to_string()))?;
    let lines = file.get("lines").and_then(Json::as_array).cloned().unwrap_or_default();
    Ok((draft, opening, lines.iter().filter_map(Json::as_str).map(str::to_owned).collect()))
}

fn sign(path: &Path, signing: &Signing, out: &Path) -> Result<Answer, Failure> {
    // The draft first: what cannot be signed costs nobody a PIN.
    let (draft, opening, mut lines) = read_draft(path)?;
    let signer = signing.open()?;
    lines.push(signer.sign(draft.text())?.to_string());
    let file = json!({"text": draft.text(), "opening": hex(&opening.to_bytes()), "lines": lines});
    file::write(out, format!("{file}\n").as_bytes())?;
    let name = signer.verifying_key().name().clone();
    Ok(Answer::new(format!("{}: signed by {name}", out.display()), file))
}

fn assemble(path: &Path) -> Result<(Vec<u8>, Opening), Failure> {
    let (draft, opening, lines) = read_draft(path)?;
    let lines: Option<Vec<NoteSignature>> =
        lines.iter().map(|line| NoteSignature::parse(line)).collect();
    let lines = lines.filter(|lines| !lines.is_empty());
    let lines = lines.ok_or_else(|| node_fault(format!("`{}` is not signed", path.display())))?;
    Ok((draft.assemble(&lines).map_err(node_fault)?, opening))
}

fn submit(
    path: &Path,
    store: &Path,
    falls: u64,
    passphrase_file: &Path,
) -> Result<Answer, Failure> {
    let (leaf, opening) = assemble(path)?;
    let mut node = open(store, &[], &passphrase(passphrase_file)?)?;
    let appended = node.submit(&leaf, &opening, falls, now()).map_err(node_failure)?;
    Ok(placed(&node, &appended))
}

fn verify(path: &Path, charter: &Path) -> Result<Answer, Failure> {
    let bytes = file::read(path, FILE_LEN_MAX)?;
    let leaf = if bytes.first() == Some(&b'{') && serde_json::from_slice::<Json>(&bytes).is_ok() {
        assemble(path)?.0
    } else {
        bytes
    };
    let text = file::read(charter, FILE_LEN_MAX * 4)?;
    let checked = Charter::load(&text, &charter.display().to_string()).map_err(node_fault)?;
    let keyring = veche_council::ingest::keyring(&checked).map_err(node_fault)?;
    match judge(&leaf, &keyring) {
        Ok(signers) => Ok(Answer::new(
            format!("valid: signed by {}", signers.join(", ")),
            json!({"valid": true, "signers": signers}),
        )),
        Err(why) => {
            let told = json!({"valid": false, "why": why});
            Ok(Answer::new(format!("invalid: {why}"), told).ending(Exit::INVALID))
        }
    }
}

fn judge(leaf: &[u8], keyring: &veche_ledger::Keyring) -> Result<Vec<String>, String> {
    let line = std::str::from_utf8(leaf).map_err(|error| error.to_string())?;
    let line = line.split_inclusive('\n').next().unwrap_or_default();
    let log = Draft::from_text(line).map_err(|error| error.to_string())?.header().log.clone();
    // Its place in the log is not known here; signatures hold at any place that the key was not withdrawn for.
    let record = Record::decode(&log, LeafIndex(0), leaf).map_err(|error| error.to_string())?;
    let signed = Signed::verify(record, keyring).map_err(|error| error.to_string())?;
    Ok(signed.signers().iter().map(|signer| signer.key.to_string()).collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
    rest.is_empty()
        .then(|| pairs.iter().map(|[a, b]| Some(digit(*a)? << 4 | digit(*b)?)).collect())
        .flatten()
}
