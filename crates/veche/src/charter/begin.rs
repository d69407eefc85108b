//! `veche charter new`: a charter of one's own, begun from the template.

use super::shipped;
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use serde_json::json;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use veche_charter::Charter;
use veche_charter::template::{Begun, begin};
use veche_ledger::PartyId;

/// The shipped charter that a new one begins from.
const TEMPLATE: &str = "mutual-aid";

/// Most members that are asked for one by one.
const MEMBERS_ASKED_MAX: usize = 200;

/// What a new charter is called, and who its members are.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// The charter's name: letters, digits, `-`
    name: String,
    /// Its name for people
    #[arg(long)]
    title: Option<String>,
    /// The organisation's name in every log, for good; `NAME.example` if not given
    #[arg(long)]
    organisation: Option<String>,
    /// A member, as `id=Name for people`; once for each
    #[arg(long = "member", value_name = "ID=NAME")]
    members: Vec<String>,
    /// The file to write; it must not be there yet. Without it the charter is printed
    #[arg(long)]
    out: Option<PathBuf>,
}

impl New {
    /// Writes or prints the charter.
    ///
    /// # Errors
    /// [`Failure`]: what is missing and cannot be asked for, names that are none, a file that is there already.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        if let Some(out) = self.out.as_ref().filter(|out| out.exists()) {
            let hint = "name another file: a charter is never overwritten".to_owned();
            return Err(
                refused(format!("`{}` is there already", out.display())).hinting(Some(hint))
            );
        }
        let begun = self.begun()?;
        let template = shipped::find(TEMPLATE).map_or(&[][..], |shipped| shipped.bytes);
        let text = begin(&String::from_utf8_lossy(template), &begun).map_err(refused)?;
        let charter = Charter::load(text.as_bytes(), &self.name)
            .map_err(|faults| refused(faults.to_string()))?;
        let told = json!({
            "name": charter.name, "hash": charter.hash.to_string(), "file": self.out, "text": text,
        });
        let Some(out) = &self.out else { return Ok(Answer::new(text.trim_end(), told)) };
        file::write(out, text.as_bytes())?;
        let said = format!(
            "{}: {}, {}. Next: read it, change it, `veche charter check {}`",
            out.display(),
            charter.title,
            counted(begun.members.len(), "member"),
            out.display()
        );
        Ok(Answer::new(said, told))
    }

    fn begun(&self) -> Result<Begun, Failure> {
        let title = match &self.title {
            Some(title) => title.clone(),
            None => ask("The charter's name for people: ", "--title")?,
        };
        let mut members = self.members.clone();
        if members.is_empty() {
            members = ask_members()?;
        }
        Ok(Begun {
            name: self.name.clone(),
            organisation: self
                .organisation
                .clone()
                .unwrap_or_else(|| format!("{}.example", self.name)),
            title,
            members: members.iter().map(|text| member(text)).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads `alder=Alder`; an id alone is its own name.
fn member(text: &str) -> Result<(PartyId, String), Failure> {
    let (id, name) = text.split_once('=').unwrap_or((text, text));
    let id = PartyId::parse(id.trim()).map_err(refused)?;
    Ok((id, name.trim().to_owned()))
}

fn ask_members() -> Result<Vec<String>, Failure> {
    let mut members = Vec::new();
    for number in 1..=MEMBERS_ASKED_MAX {
        let question = format!("Member {number}, as `id=Name`, or nothing to end: ");
        match ask(&question, "--member")? {
            answer if answer.is_empty() => break,
            answer => members.push(answer),
        }
    }
    Ok(members)
}

/// Asks on standard error, where the question does not end up in a file.
fn ask(question: &str, flag: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let missing = refused(format!("`{flag}` is not given, and there is nobody to ask"));
        return Err(missing.hinting(Some("`veche charter new --help` shows an example".to_owned())));
    }
    let mut err = io::stderr();
    write!(err, "{question}")
        .and_then(|()| err.flush())
        .map_err(|error| Failure::new(FailureKind::Output(error)))?;
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::new(FailureKind::Output(error)))?;
    Ok(line.trim().to_owned())
}

fn refused(what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::NotBegun(what.to_string()))
}
