//! `veche draft`: inside a delegation: drafts, approvals and instructions, which never leave the node.

use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_fault, now, open, open_as, open_with, passphrase};
use crate::record::{FILE_LEN_MAX, What, placed, statement};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use veche_ledger::Hash;
use veche_node::delegation::draft::NOTES_LEN_MAX;
use veche_node::delegation::roles::ROLES_LEN_MAX;
use veche_node::delegation::{
    self, Change, Content, Draft, DraftError, DraftFault, Duty, Instruction, Roles,
};
use veche_node::node::Node;
use veche_node::store::{Durability, Store};

/// What can be done with drafts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Write a draft; the charter is asked when it is signed
    #[command(
        after_help = "Example:\n  veche draft new --store arven.db --kind report --terms report.json --officer duty --passphrase-file pass.txt"
    )]
    New {
        #[command(flatten)]
        what: What,
        /// A file with what is said about it inside the delegation; `-` reads standard input
        #[arg(long)]
        notes: Option<PathBuf>,
        #[command(flatten)]
        by: By,
    },
    /// Change what a draft says, or its notes; it loses its approval
    #[command(
        after_help = "Example:\n  veche draft change 1 --store arven.db --terms report.json --officer duty --passphrase-file pass.txt"
    )]
    Change {
        /// The draft's number
        draft: u64,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// A file with what it is to say
        #[arg(long)]
        terms: Option<PathBuf>,
        /// A file with its notes
        #[arg(long)]
        notes: Option<PathBuf>,
        /// The content that you read, as `veche draft show` names it: refused if it was changed since
        #[arg(long)]
        content: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// List drafts and instructions
    #[command(after_help = "Example:\n  veche draft list --store arven.db")]
    List {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// Show a draft: what it says, its notes, its history, the instructions on what it is about
    #[command(after_help = "Example:\n  veche draft show 1 --store arven.db")]
    Show {
        /// The draft's number
        draft: u64,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// Approve a draft exactly as you read it
    ///
    /// Exit code 4 if it was changed since, or if the rules of this delegation do not let you.
    #[command(
        after_help = "Example:\n  veche draft approve 1 --content 5f1c9a.. --store arven.db --officer delegate --passphrase-file pass.txt"
    )]
    Approve {
        /// The draft's number
        draft: u64,
        /// The content that you read, as `veche draft show` names it
        #[arg(long)]
        content: String,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        #[command(flatten)]
        by: By,
    },
    /// Sign an approved draft and append it: the one step that others see
    ///
    /// Exit code 4 if it is not approved as it stands, or if the charter refuses it; then nothing is signed.
    #[command(
        after_help = "Example:\n  veche draft sign 1 --store arven.db --officer duty --passphrase-file pass.txt"
    )]
    Sign {
        /// The draft's number
        draft: u64,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// Who signs; twice for two persons
        #[arg(long, required = true)]
        officer: Vec<String>,
        /// A file with the node's passphrase
        #[arg(long)]
        passphrase_file: PathBuf,
        /// A file with the officer's own passphrase, if the key has one; again for the second officer
        #[arg(long)]
        officer_passphrase_file: Vec<PathBuf>,
    },
    /// Give a draft up; it stays readable here
    #[command(
        after_help = "Example:\n  veche draft drop 1 --store arven.db --officer duty --passphrase-file pass.txt"
    )]
    Drop {
        /// The draft's number
        draft: u64,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Keep an instruction from the capital on a matter
    #[command(
        after_help = "Example:\n  veche draft instruct C-1 --text instruction.txt --store arven.db --officer delegate --passphrase-file pass.txt"
    )]
    Instruct {
        /// The matter: a number such as C-1, or a record's hash
        about: String,
        /// A file with what it says; `-` reads standard input
        #[arg(long)]
        text: PathBuf,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        #[command(flatten)]
        by: By,
    },
    /// Show who may draft, approve, sign and instruct, or set it from a file
    #[command(
        after_help = "Example:\n  veche draft roles --store arven.db --set roles.toml\n\nThe file:\n  four_eyes = true        # nobody approves what he wrote or changed himself\n  only_approved = true    # nothing is signed here but approved drafts\n  [roles]                 # a role that is left out is everybody's\n  draft = [\"duty\"]\n  approve = [\"delegate\"]\n  sign = [\"duty\"]\n  instruct = [\"delegate\"]"
    )]
    Roles {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// A file with the roles
        #[arg(long)]
        set: Option<PathBuf>,
    },
}

/// By whom: an officer who unlocks his key.
#[derive(Debug, clap::Args)]
pub(crate) struct By {
    /// Which officer you are
    #[arg(long)]
    officer: String,
    /// A file with the passphrase of that officer's key
    #[arg(long)]
    passphrase_file: PathBuf,
}

impl By {
    /// Opens the node with the officer's key: whoever cannot unlock it is not that officer.
    fn open(&self, store: &Path) -> Result<Node, Failure> {
        open_as(store, &self.officer, &passphrase(&self.passphrase_file)?)
    }
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, passphrase, the delegation's own rules, the charter's refusal.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::New { what, notes, by } => new(&what, notes.as_deref(), &by),
            Self::Change { draft, store, terms, notes, content, by } => {
                let change = Change {
                    read: content.as_deref().map(hash).transpose()?,
                    terms: terms.as_deref().map(terms_of).transpose()?,
                    notes: notes.as_deref().map(text_of).transpose()?,
                };
                let node = by.open(&store)?;
                let changed = node.change_draft(draft, &by.officer, change, now());
                Ok(shown(&node, &changed.map_err(|error| draft_failure(&store, error))?))
            }
            Self::List { store } => list(&store),
            Self::Show { draft, store } => {
                let node = open(&store, &[], &[])?;
                let found = delegation::show(node.store(), node.party(), draft);
                Ok(shown(&node, &found.map_err(|error| draft_failure(&store, error))?))
            }
            Self::Approve { draft, content, store, by } => {
                let read = hash(&content)?;
                let node = by.open(&store)?;
                let approved = node.approve_draft(draft, &by.officer, &read, now());
                Ok(shown(&node, &approved.map_err(|error| draft_failure(&store, error))?))
            }
            Self::Sign { draft, store, officer, passphrase_file, officer_passphrase_file } => {
                let words = passphrase(&passphrase_file)?;
                let mut node = open_with(&store, &officer, &words, &officer_passphrase_file)?;
                let signed = node.sign_draft(draft, &officer, None, now());
                let signed = signed.map_err(|error| draft_failure(&store, error))?;
                Ok(placed(&node, &signed))
            }
            Self::Drop { draft, store, reason, by } => {
                let node = by.open(&store)?;
                let dropped = node.drop_draft(draft, &by.officer, &reason, now());
                dropped.map_err(|error| draft_failure(&store, error))?;
                Ok(Answer::new(format!("draft {draft}: dropped"), json!({"draft": draft})))
            }
            Self::Instruct { about, text, store, by } => instruct(&about, &text, &store, &by),
            Self::Roles { store, set } => roles(&store, set.as_deref()),
        }
    }
}

/// Returns the failure of a step of a draft.
pub(crate) fn draft_failure(store: &Path, error: DraftError) -> Failure {
    let hint = error.what.hint();
    match error {
        DraftError { what: DraftFault::Store(error), .. } => Failure::of_store(error),
        DraftError { what: DraftFault::Refused(refusal), draft } => {
            let place = refusal.article.as_ref().map(|article| {
                let quote = refusal.quote.as_ref().map(|quote| format!(": \"{quote}\""));
                format!("the charter, article {article}{}", quote.unwrap_or_default())
            });
            let act = draft.map_or_else(|| "it".to_owned(), |id| format!("draft {id}"));
            let failure = Failure::new(FailureKind::Refused { act, why: refusal.why });
            Failure { place, ..failure }
        }
        other => Failure::new(FailureKind::Draft(Box::new(other)))
            .at(format!("store `{}`", store.display()))
            .hinting(hint),
    }
}

fn hash(text: &str) -> Result<Hash, Failure> {
    Hash::parse(text).map_err(|_| {
        node_fault(format!("`{text}` names no content: that is 64 hexadecimal digits"))
            .hinting(Some("`veche draft show` names it".to_owned()))
    })
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let bytes = file::read_input(path, 4 * NOTES_LEN_MAX as u64)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        node_fault(format!("the text in `{}` is not UTF-8 from byte {at} on", path.display()))
    })?;
    Ok(text.replace("\r\n", "\n").trim_end().to_owned())
}

fn terms_of(path: &Path) -> Result<veche_ledger::Value, Failure> {
    let text = String::from_utf8(file::read_input(path, FILE_LEN_MAX)?).map_err(node_fault)?;
    veche_ledger::parse_human(&text)
        .map_err(|error| node_fault(format!("the terms in `{}`: {error}", path.display())))
}

fn new(what: &What, notes: Option<&Path>, by: &By) -> Result<Answer, Failure> {
    let notes = notes.map(text_of).transpose()?.unwrap_or_default();
    let node = by.open(&what.store)?;
    let said = statement(&node, what, Vec::new())?;
    let label = said.label.clone().unwrap_or_else(|| node.default_label(&said.kind));
    let content =
        Content { kind: said.kind, about: said.about, label, drill: said.drill, terms: said.terms };
    let written = node.write_draft(&by.officer, &content, &notes, now());
    let id = written.map_err(|error| draft_failure(&what.store, error))?;
    let draft = delegation::show(node.store(), node.party(), id);
    Ok(shown(&node, &draft.map_err(|error| draft_failure(&what.store, error))?))
}

fn instruct(about: &str, text: &Path, store: &Path, by: &By) -> Result<Answer, Failure> {
    let text = text_of(text)?;
    let node = by.open(store)?;
    let found = node.council().by_number(about).or_else(|| Hash::parse(about).ok());
    let found =
        found.ok_or_else(|| node_fault(format!("nothing is called `{about}` at this node")))?;
    let kept = node.instruct(&by.officer, &found, &text, now());
    let id = kept.map_err(|error| draft_failure(store, error))?;
    Ok(Answer::new(
        format!("instruction {id} on {about}: kept at this node alone"),
        json!({"instruction": id, "about": found.to_string()}),
    ))
}

fn roles(store: &Path, set: Option<&Path>) -> Result<Answer, Failure> {
    let Some(path) = set else {
        let node = open(store, &[], &[])?;
        return Ok(told_roles(node.roles()));
    };
    let bytes = file::read(path, ROLES_LEN_MAX as u64)?;
    // The rules in the store may be what is to be mended, so that no node is opened over them.
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    let meta = |key: &str| opened.meta(key).map_err(Failure::of_store);
    let no_node = || Failure::new(FailureKind::NotANode(store.to_owned()));
    let charter = meta("charter")?.ok_or_else(no_node)?;
    let charter = veche_charter::Charter::load(&charter, "charter.toml").map_err(node_fault)?;
    let party = String::from_utf8(meta("party")?.ok_or_else(no_node)?).map_err(node_fault)?;
    let party = veche_ledger::PartyId::parse(&party).map_err(node_fault)?;
    let read = Roles::read(&bytes, &charter, &party)
        .map_err(|fault| node_fault(fault).at(path.display().to_string()))?;
    opened.set_roles(&bytes).map_err(Failure::of_store)?;
    Ok(told_roles(&read))
}

fn told_roles(roles: &Roles) -> Answer {
    let duties = [Duty::Draft, Duty::Approve, Duty::Sign, Duty::Instruct];
    let mut lines: Vec<String> =
        duties.iter().map(|duty| format!("{duty}: {}", roles.who(*duty))).collect();
    let said = |is: bool| if is { "yes" } else { "no" };
    lines.push(format!("four eyes: {}", said(roles.four_eyes)));
    lines.push(format!("only approved drafts are signed: {}", said(roles.only_approved)));
    let named = |duty: &Duty| (duty.to_string(), json!(roles.named(*duty)));
    let rows: serde_json::Map<String, Json> = duties.iter().map(named).collect();
    let told =
        json!({"roles": rows, "four_eyes": roles.four_eyes, "only_approved": roles.only_approved});
    Answer::new(lines.join("\n"), told)
}

fn list(store: &Path) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let drafts = delegation::list(node.store(), node.party()).map_err(Failure::of_store)?;
    let notes =
        delegation::instructions(node.store(), node.party(), None).map_err(Failure::of_store)?;
    let mut lines = vec![format!(
        "{}, {}",
        counted(drafts.len(), "draft"),
        counted(notes.len(), "instruction")
    )];
    lines.extend(drafts.iter().map(|draft| {
        let by = draft.authors().into_iter().collect::<Vec<_>>().join(", ");
        format!("draft {}: {}: {}, by {by}", draft.id, draft.content.kind, draft.stage())
    }));
    lines.extend(notes.iter().map(|note| instruction_line(&node, note)));
    let told = json!({
        "drafts": drafts.iter().map(draft_json).collect::<Vec<_>>(),
        "instructions": notes.iter().map(instruction_json).collect::<Vec<_>>(),
    });
    Ok(Answer::new(lines.join("\n"), told))
}

/// Returns what people call a matter here: its number, else the beginning of its hash.
fn called(node: &Node, about: &Hash) -> String {
    let number = node.council().procedure(about, now()).map(|view| view.number);
    number.filter(|number| !number.is_empty()).unwrap_or_else(|| about.short())
}

fn instruction_line(node: &Node, note: &Instruction) -> String {
    let text = note.text.replace('\n', "\n  ");
    format!("instruction {} on {} by {}: {text}", note.id, called(node, &note.about), note.officer)
}

fn instruction_json(note: &Instruction) -> Json {
    json!({"instruction": note.id, "about": note.about.to_string(), "at": note.at.to_string(),
        "officer": note.officer, "text": note.text})
}

fn draft_json(draft: &Draft) -> Json {
    let step = |step: &delegation::Step| {
        json!({"at": step.at.to_string(), "officer": step.officer, "step": step.kind.word(),
            "content": step.content.to_string(), "note": step.note})
    };
    let about: Vec<String> = draft.content.about.iter().map(ToString::to_string).collect();
    json!({
        "draft": draft.id,
        "stage": draft.stage().to_string(),
        "content": draft.content.hash().to_string(),
        "kind": draft.content.kind.to_string(),
        "label": draft.content.label.to_string(),
        "about": about,
        "terms": serde_json::from_str::<Json>(&draft.content.terms.to_string()).unwrap_or_default(),
        "notes": draft.notes,
        "leaf": draft.leaf().map(|leaf| leaf.to_string()),
        "steps": draft.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn shown(node: &Node, draft: &Draft) -> Answer {
    let content = &draft.content;
    let mut lines = vec![
        format!("draft {}: {}", draft.id, draft.stage()),
        format!("content {}", content.hash()),
        format!("{}, label {}", content.kind, content.label),
    ];
    lines.extend(content.about.iter().map(|about| format!("about {}", called(node, about))));
    lines.push(content.terms.to_string());
    if !draft.notes.is_empty() {
        lines.push(format!("notes: {}", draft.notes.replace('\n', "\n  ")));
    }
    for step in &draft.steps {
        let note = if step.note.is_empty() { String::new() } else { format!(": {}", step.note) };
        let (at, kind) = (step.at, step.kind.word());
        lines.push(format!("{at} {kind} by {}, {}{note}", step.officer, step.content.short()));
    }
    let notes = content
        .about
        .iter()
        .filter_map(|about| delegation::instructions(node.store(), node.party(), Some(about)).ok());
    lines.extend(notes.flatten().map(|note| instruction_line(node, &note)));
    Answer::new(lines.join("\n"), draft_json(draft))
}
