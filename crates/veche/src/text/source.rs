//! Where texts come from: files, and a node's store.

use super::Particulars;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_fault, open};
use std::path::{Path, PathBuf};
use veche_council::view::RecordView;
use veche_exchange::akn::{self, Imported};
use veche_exchange::text::consolidate::{self, Amendment, ConsolidateError};
use veche_exchange::text::{self, Work, read};
use veche_ledger::{Hash, Value, parse_canonical};
use veche_node::node::Node;

/// Longest file that is read, in bytes: one more than Akoma Ntoso may have, so that its reader says so itself.
const FILE_LEN_MAX: u64 = 8 * 1024 * 1024 + 1;

/// Texts: files, or what a node's store holds.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// Texts in TOML, JSON or Akoma Ntoso
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A node's store
    #[arg(long, requires = "about")]
    store: Option<PathBuf>,
    /// A text in the store: a number such as P-1, or a record's hash
    #[arg(long, requires = "store", value_name = "NUMBER")]
    about: Vec<String>,
}

/// A text with what is known beside it.
pub(super) struct Loaded {
    /// The text.
    pub(super) text: veche_exchange::Text,
    /// What of the source is no part of it.
    pub(super) notes: Vec<String>,
    /// Which work it is, if all is known.
    pub(super) work: Option<Work>,
    particulars: read::Particulars,
}

impl Source {
    /// Returns the one text that is named.
    pub(super) fn one(self) -> Result<Loaded, Failure> {
        let [one] = self.exactly("one text is")?;
        Ok(one)
    }

    /// Returns the two texts that are named, those of the store first.
    pub(super) fn two(self) -> Result<[Loaded; 2], Failure> {
        self.exactly("two texts are")
    }

    /// Returns amendments from a file, or those that are named in the store.
    pub(super) fn amendments(
        &self,
        path: Option<&Path>,
        names: &[String],
    ) -> Result<Vec<Amendment>, Failure> {
        if let Some(path) = path {
            let read = consolidate::read(&values(path)?);
            return read.map_err(|error| conflict(&error).at(in_ticks(path)));
        }
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let node = open(store, &[], &[])?;
        let one = |name: &String| {
            let (_, terms) = held(&node, name)?;
            let list = terms.get("paragraphs").and_then(Value::as_list).unwrap_or_default();
            consolidate::of_paragraphs(name, list).map_err(|error| conflict(&error))
        };
        names.iter().map(one).collect()
    }

    fn exactly<const N: usize>(self, wanted: &'static str) -> Result<[Loaded; N], Failure> {
        let found = self.files.len() + self.about.len();
        let count = || Failure::new(FailureKind::TextCount { wanted, found });
        if found != N {
            let hint = "name files, or texts of a node by `--store FILE --about NUMBER`";
            return Err(count().hinting(Some(hint.to_owned())));
        }
        let mut loaded = match &self.store {
            Some(store) => of_store(store, &self.about)?,
            None => Vec::new(),
        };
        for path in &self.files {
            loaded.push(of_file(path)?);
        }
        loaded.try_into().map_err(|_| count())
    }
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    file::read_input(path, FILE_LEN_MAX)
}

/// Returns the values of a file in TOML or JSON.
pub(super) fn values(path: &Path) -> Result<Value, Failure> {
    read::values(&bytes(path)?).map_err(|fault| unfit(&in_ticks(path), &fault))
}

fn in_ticks(path: &Path) -> String {
    format!("`{}`", path.display())
}

fn unfit(name: &str, what: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Text { name: name.to_owned(), what: what.to_string() })
}

/// Reads a document of Akoma Ntoso.
pub(super) fn imported(path: &Path, bytes: &[u8]) -> Result<Imported, Failure> {
    akn::import(bytes).map_err(|error| {
        let failure = unfit(&in_ticks(path), &error);
        match error.place {
            Some(place) => failure.at(place.to_string()),
            None => failure,
        }
    })
}

/// Returns what is to be told of a document, a line each.
pub(super) fn notes(imported: &Imported) -> Vec<String> {
    let anew = "its numbers are not 1, 2, 3 ..: they are in the headings, and the paragraphs are numbered anew";
    let anew = imported.renumbered.then(|| anew.to_owned());
    let left_out = imported.left_out.iter();
    let left_out =
        left_out.map(|left| format!("left out: `{}`, {}: {}", left.element, left.place, left.why));
    anew.into_iter().chain(left_out).collect()
}

fn of_file(path: &Path) -> Result<Loaded, Failure> {
    let bytes = bytes(path)?;
    let begins = bytes.iter().find(|b| !b.is_ascii_whitespace());
    // Only XML begins so, or with the mark of UTF-8 or UTF-16 before it, in which neither of the others is written.
    let is_xml = matches!(begins, Some(b'<' | 0xfe | 0xff)) || bytes.starts_with(b"\xef\xbb\xbf<");
    if is_xml {
        let imported = imported(path, &bytes)?;
        let notes = notes(&imported);
        let particulars = read::Particulars::default();
        return Ok(Loaded { text: imported.text, notes, work: imported.work, particulars });
    }
    let values = read::values(&bytes).map_err(|fault| unfit(&in_ticks(path), &fault))?;
    of_values(&in_ticks(path), &values, false)
}

fn of_values(name: &str, values: &Value, is_record: bool) -> Result<Loaded, Failure> {
    let read = read::text(values).map_err(|error| unfit(name, &error))?;
    // Beside a record's paragraphs stand the other fields of its act.
    let unread = read.unread.iter().filter(|unread| !is_record || unread.paragraph.is_some());
    let notes = unread.map(|key| format!("no part of the text: `{key}`")).collect();
    let mut loaded = Loaded { text: read.text, notes, work: None, particulars: read.particulars };
    loaded.work = loaded.known_work();
    Ok(loaded)
}

/// Returns the failure of amendments that do not come together.
pub(super) fn conflict(error: &ConsolidateError) -> Failure {
    Failure::new(FailureKind::NotConsolidated(error.to_string()))
}

/// Returns a record with its terms.
fn held(node: &Node, name: &str) -> Result<(RecordView, Value), Failure> {
    let leaf = node.council().by_number(name).or_else(|| Hash::parse(name).ok());
    let record = leaf.and_then(|leaf| node.council().record(&leaf));
    let record = record.ok_or_else(|| node_fault(format!("nothing is called `{name}` here")))?;
    let ticked = format!("`{name}`");
    let terms = record.terms.as_ref();
    let terms = terms.ok_or_else(|| unfit(&ticked, &"its content is not held here"))?;
    let terms = parse_canonical(terms.as_bytes()).map_err(|fault| unfit(&ticked, &fault))?;
    Ok((record, terms))
}

/// Reads texts of a node, which needs none of its keys.
fn of_store(store: &Path, names: &[String]) -> Result<Vec<Loaded>, Failure> {
    let node = open(store, &[], &[])?;
    let mut out = Vec::new();
    for name in names {
        let (record, terms) = held(&node, name)?;
        let ticked = format!("`{name}`");
        let mut loaded = of_values(&ticked, &terms, true)?;
        let party = node.charter().parties.iter().find(|(id, _)| id.to_string() == record.author);
        let author = party.map_or(record.author, |(_, party)| party.name.clone());
        let time = record.at.unwrap_or(record.time);
        loaded.particulars = read::Particulars {
            organisation: Some(node.charter().name.clone()),
            number: Some(name.clone()),
            date: time.get(..10).map(str::to_owned),
            author: Some(author),
        };
        loaded.work = loaded.known_work();
        out.push(loaded);
    }
    Ok(out)
}

impl Loaded {
    fn known_work(&self) -> Option<Work> {
        let known = &self.particulars;
        let (organisation, number) = (known.organisation.as_deref()?, known.number.as_deref()?);
        Work::new(organisation, number, known.date.as_deref()?, known.author.as_deref()?).ok()
    }

    /// Returns which work the text is, by the options and by what it says itself, in this order.
    pub(super) fn work_with(&self, given: &Particulars) -> Result<Work, Failure> {
        let work = self.work.as_ref();
        let known = &self.particulars;
        let pick = |key, given: &Option<String>, work: Option<&str>, known: &Option<String>| {
            let found = given.clone().or_else(|| work.map(str::to_owned)).or_else(|| known.clone());
            found.ok_or_else(|| {
                let hint = format!("say it with `--{key}`, or as `{key}` in the file");
                Failure::new(FailureKind::NoParticular(key)).hinting(Some(hint))
            })
        };
        let organisation = work.map(Work::organisation);
        Work::new(
            &pick("organisation", &given.organisation, organisation, &known.organisation)?,
            &pick("number", &given.number, work.map(Work::number), &known.number)?,
            &pick("date", &given.date, work.map(Work::date), &known.date)?,
            &pick("author", &given.author, work.map(Work::author), &known.author)?,
        )
        .map_err(|error: text::TextError| unfit("the options", &error))
    }
}
