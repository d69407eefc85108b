//! `veche text`: texts under negotiation.

mod source;

use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::{file, screen};
use serde_json::{Value, json};
use source::{Loaded, Source};
use std::path::{Path, PathBuf};
use veche_exchange::akn::{self, Imported};
use veche_exchange::text::consolidate::{Amendment, consolidate};
use veche_exchange::text::diff::{Change, Diff, Row, RowKind};
use veche_exchange::text::tally::Tally;
use veche_exchange::text::{Work, write};
use veche_exchange::{Text, html, markdown};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Show a text with what is agreed and what is open in it
    #[command(after_help = "Examples:\n  veche text show flood.toml\n  \
        veche text show --store arven.db --about P-1")]
    Show {
        #[command(flatten)]
        source: Source,
    },
    /// Compare two versions, word by word; the older one first
    #[command(after_help = "Examples:\n  veche text diff flood.toml flood-2.toml\n  \
        veche text diff --store arven.db --about P-1 --about P-2 --as html --out changes.html\n  \
        veche text diff --store arven.db --about P-1 mine.toml")]
    Diff {
        #[command(flatten)]
        source: Source,
        /// How it is written
        #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Shown::Plain)]
        form: Shown,
        /// Write to this file
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Apply amendments to a text, in their order; a conflict is an error
    #[command(after_help = "Examples:\n  \
        veche text consolidate flood.toml --amendments amendments.toml --out flood-2.json\n  \
        veche text consolidate --store arven.db --about P-1 --amended-by P-1-3v2")]
    Consolidate {
        #[command(flatten)]
        source: Source,
        /// The amendments, in TOML or JSON
        #[arg(long, required_unless_present = "amended_by", conflicts_with = "amended_by")]
        amendments: Option<PathBuf>,
        /// An amendment in the store, by its number or hash; again for the next
        #[arg(long, requires = "store", value_name = "NUMBER")]
        amended_by: Vec<String>,
        /// Write the text, as JSON, to this file
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Write a text as Akoma Ntoso 3.0, Markdown, or HTML for print
    #[command(
        after_help = "Examples:\n  veche text export flood.toml --as akn --out flood.xml\n  \
        veche text export --store arven.db --about P-1 --as html --out P-1.html"
    )]
    Export {
        #[command(flatten)]
        source: Source,
        /// The format
        #[arg(long = "as", value_name = "FORMAT", value_enum)]
        format: Format,
        #[command(flatten)]
        particulars: Particulars,
        /// Write to this file
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Read Akoma Ntoso 3.0, and tell what of it is no text
    #[command(after_help = "Example:\n  veche text import bill.xml --out bill.json")]
    Import {
        /// The document
        file: PathBuf,
        /// Write the text, as JSON, to this file
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Shown {
    /// Lines with [-removed-] and {+added+}
    Plain,
    /// Markdown with `<del>` and `<ins>`
    Markdown,
    /// HTML for print
    Html,
}

/// What a text is written as.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Format {
    /// Akoma Ntoso 3.0
    Akn,
    /// CommonMark
    Markdown,
    /// HTML for print, in one file
    Html,
}

/// Which work the text is, where the text does not say so itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Particulars {
    /// The organisation, a short name
    #[arg(long)]
    organisation: Option<String>,
    /// Its number there
    #[arg(long)]
    number: Option<String>,
    /// Its date, as 2026-11-22
    #[arg(long)]
    date: Option<String>,
    /// Who tabled it
    #[arg(long)]
    author: Option<String>,
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, texts that are not sound, amendments in conflict.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Show { source } => Ok(show(&source.one()?)),
            Self::Diff { source, form, out } => diff(&source.two()?, form, out.as_deref()),
            Self::Consolidate { source, amendments, amended_by, out } => {
                let amendments = source.amendments(amendments.as_deref(), &amended_by)?;
                consolidated(&source.one()?, &amendments, out.as_deref())
            }
            Self::Export { source, format, particulars, out } => {
                export(source.one()?, format, &particulars, out.as_deref())
            }
            Self::Import { file, out } => import(&file, out.as_deref()),
        }
    }
}

/// Returns a text as JSON.
fn told(text: &Text) -> Value {
    let bytes = write::values(text, None).to_bytes();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn tally_told(tally: &Tally) -> Value {
    let rows = tally.rows.iter().map(|row| json!({ "n": row.number, "brackets": row.brackets }));
    json!({ "agreed": tally.agreed(), "open": tally.open(), "paragraphs": rows.collect::<Vec<_>>() })
}

fn show(loaded: &Loaded) -> Answer {
    let mut lines = text_lines(&loaded.text);
    lines.extend(loaded.notes.iter().map(|note| format!("note: {note}")));
    let json = json!({
        "text": told(&loaded.text),
        "tally": tally_told(&Tally::of(&loaded.text)),
        "notes": loaded.notes,
    });
    Answer::new(lines.join("\n"), json)
}

fn text_lines(text: &Text) -> Vec<String> {
    let languages = text.languages();
    let mut lines: Vec<String> = languages
        .iter()
        .filter_map(|language| text.title(language))
        .map(screen::one_line)
        .collect();
    let tally = Tally::of(text);
    lines.push(format!(
        "{}: {} agreed, {} open",
        counted(tally.rows.len(), "paragraph"),
        tally.agreed(),
        tally.open()
    ));
    for (paragraph, row) in text.paragraphs().iter().zip(&tally.rows) {
        let state = match row.brackets {
            0 => "agreed".to_owned(),
            open => format!("open: {}", counted(open, "bracket")),
        };
        let by = paragraph.given_by.as_deref().map(|by| format!(", given by {by}"));
        lines.push(format!("\n{}. {state}{}", paragraph.number, by.unwrap_or_default()));
        for language in &languages {
            let Some(wording) = paragraph.wordings.get(*language) else { continue };
            if languages.len() > 1 {
                lines.push(format!("   ({language})"));
            }
            lines.extend(wording.heading.iter().map(|heading| format!("   {heading}")));
            lines.extend(wording.text.split('\n').map(|line| format!("   {line}")));
            let notes = wording.notes.iter();
            lines.extend(notes.map(|(mark, note)| format!("   [^{mark}] {}", one(note))));
        }
        let attached = paragraph.attachments.iter();
        lines.extend(attached.map(|a| format!("   + {}, {}, {} bytes", a.name, a.media, a.size)));
    }
    lines
}

fn one(text: &str) -> String {
    screen::one_line(text)
}

fn diff([old, new]: &[Loaded; 2], form: Shown, out: Option<&Path>) -> Result<Answer, Failure> {
    let diff = Diff::of(&old.text, &new.text);
    let document = match form {
        Shown::Plain => format!("{}\n", diff_lines(&diff).join("\n")),
        Shown::Markdown => markdown::diff(&diff),
        Shown::Html => html::diff(&diff, new.text.main()),
    };
    let rows: Vec<Value> = diff.rows.iter().map(row_told).collect();
    let notes = [&*old.notes, &*new.notes].concat();
    hand_over(&document, json!({ "paragraphs": rows, "notes": notes }), &notes, out)
}

fn changed_lines(changes: &[Change]) -> String {
    let one = |change: &Change| match change {
        Change::Same(text) => text.clone(),
        Change::Removed(text) => format!("[-{text}-]"),
        Change::Added(text) => format!("{{+{text}+}}"),
    };
    changes.iter().map(one).collect()
}

fn diff_lines(diff: &Diff) -> Vec<String> {
    let kinds = [RowKind::Unchanged, RowKind::Changed, RowKind::Added, RowKind::Removed];
    let counts = kinds.map(|kind| format!("{} {}", diff.count(kind), kind.word()));
    let mut lines = vec![format!("paragraphs: {}", counts.join(", "))];
    lines.extend(diff.titles.values().map(|title| changed_lines(title)));
    for row in &diff.rows {
        lines.push(format!("\n{}, {}", markdown::numbers(row), row.kind.word()));
        if row.kind == RowKind::Unchanged {
            continue;
        }
        for (language, wording) in &row.wordings {
            if row.wordings.len() > 1 {
                lines.push(format!("   ({language})"));
            }
            if !wording.heading.is_empty() {
                lines.push(format!("   {}", changed_lines(&wording.heading)));
            }
            lines.extend(changed_lines(&wording.text).split('\n').map(|l| format!("   {l}")));
            let notes = wording.notes.iter();
            lines.extend(notes.map(|(mark, n)| format!("   [^{mark}] {}", one(&changed_lines(n)))));
        }
        let attached = row.attachments.iter().map(std::slice::from_ref);
        lines.extend(attached.map(|change| format!("   + {}", changed_lines(change))));
    }
    lines
}

fn row_told(row: &Row) -> Value {
    let runs = |changes: &[Change]| -> Vec<Value> {
        let run = |change: &Change| match change {
            Change::Same(text) => json!({ "same": text }),
            Change::Removed(text) => json!({ "removed": text }),
            Change::Added(text) => json!({ "added": text }),
        };
        changes.iter().map(run).collect()
    };
    let wordings = row.wordings.iter().map(|(language, wording)| {
        let notes = wording.notes.iter().map(|(mark, note)| (mark.clone(), json!(runs(note))));
        let told = json!({
            "heading": runs(&wording.heading),
            "text": runs(&wording.text),
            "notes": notes.collect::<serde_json::Map<_, _>>(),
        });
        (language.to_string(), told)
    });
    json!({
        "kind": row.kind.word(),
        "old": row.old,
        "new": row.new,
        "wordings": wordings.collect::<serde_json::Map<_, _>>(),
        "attachments": runs(&row.attachments),
    })
}

fn consolidated(
    base: &Loaded,
    amendments: &[Amendment],
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let done = consolidate(&base.text, amendments).map_err(|error| source::conflict(&error))?;
    let mut lines = text_lines(&done.text);
    let gone = done.deleted.iter();
    lines.extend(gone.map(|(slot, by)| format!("note: paragraph {slot} was deleted by {by}")));
    let was = done.text.paragraphs().iter().zip(&done.was).map(|(paragraph, slot)| {
        json!({ "n": paragraph.number, "was": slot.to_string(), "given_by": paragraph.given_by })
    });
    let deleted = done.deleted.iter();
    let deleted: Vec<Value> =
        deleted.map(|(slot, by)| json!({ "was": slot.to_string(), "by": by })).collect();
    let json = json!({
        "text": told(&done.text),
        "paragraphs": was.collect::<Vec<_>>(),
        "deleted": deleted,
    });
    if let Some(out) = out {
        write_text(out, &done.text, base.work.as_ref())?;
        lines = vec![format!(
            "{}: {} after {}",
            out.display(),
            counted(done.text.paragraphs().len(), "paragraph"),
            counted(amendments.len(), "amendment")
        )];
    }
    Ok(Answer::new(lines.join("\n"), json))
}

fn write_text(out: &Path, text: &Text, work: Option<&Work>) -> Result<(), Failure> {
    let values: Value =
        serde_json::from_slice(&write::values(text, work).to_bytes()).unwrap_or_default();
    file::write(out, format!("{values:#}\n").as_bytes())
}

fn export(
    loaded: Loaded,
    format: Format,
    given: &Particulars,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let document = match format {
        Format::Markdown => markdown::export(&loaded.text),
        Format::Html => html::export(&loaded.text, loaded.work_with(given).ok().as_ref()),
        Format::Akn => akn::export(&loaded.text, &loaded.work_with(given)?),
    };
    let json = json!({ "document": document, "notes": loaded.notes });
    hand_over(&document, json, &loaded.notes, out)
}

/// Writes a document to a file, or answers with it. What is beside it goes to standard error.
fn hand_over(
    document: &str,
    json: Value,
    notes: &[String],
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    for note in notes {
        screen::note(&format!("note: {note}"));
    }
    let Some(out) = out else { return Ok(Answer::document(document, json)) };
    file::write(out, document.as_bytes())?;
    let said = format!("{}: {} bytes", out.display(), document.len());
    let json =
        json!({ "file": out.display().to_string(), "bytes": document.len(), "notes": notes });
    Ok(Answer::new(said, json))
}

fn import(path: &Path, out: Option<&Path>) -> Result<Answer, Failure> {
    let imported = source::imported(path, &source::bytes(path)?)?;
    let notes = source::notes(&imported);
    let Imported { text, work, renumbered, left_out } = imported;
    let mut lines = match out {
        Some(out) => {
            write_text(out, &text, work.as_ref())?;
            vec![format!("{}: {}", out.display(), counted(text.paragraphs().len(), "paragraph"))]
        }
        None => text_lines(&text),
    };
    lines.extend(notes.iter().map(|note| format!("note: {note}")));
    let left_out = left_out.iter().map(|left| {
        let (line, column) = (left.place.line, left.place.column);
        json!({ "element": left.element, "line": line, "column": column, "why": left.why })
    });
    let json = json!({
        "text": told(&text),
        "renumbered": renumbered,
        "left_out": left_out.collect::<Vec<_>>(),
    });
    Ok(Answer::new(lines.join("\n"), json))
}
