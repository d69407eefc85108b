//! A procedure's text: how much of it is agreed, what it was before, and as a file.

use super::sight::{Sight, terms};
use veche_charter::model::FieldForm;
use veche_council::view::{ProcedureView, UnitView};
use veche_desk::{EarlierText, Link, TextTally};
use veche_exchange::text::diff::Diff;
use veche_exchange::text::tally::Tally;
use veche_exchange::text::{TextError, Work, read};
use veche_exchange::{Text, akn, html, markdown};
use veche_ledger::{Hash, Value};

/// What a page for print may do.
pub const PRINT_POLICY: &str = html::POLICY;

/// The files of a text: name, media type, what a link to it says.
const FILES: [(&str, &str, &str); 3] = [
    ("text.html", "text/html; charset=utf-8", "print"),
    ("text.xml", "application/akn+xml", "Akoma Ntoso"),
    ("text.md", "text/markdown; charset=utf-8", "Markdown"),
];
/// The page of what changed since the text that it replaces or amends.
const CHANGES: &str = "changes.html";

/// A text as a file.
#[derive(Debug)]
pub struct Document {
    /// Its media type.
    pub media: &'static str,
    /// Its bytes.
    pub body: String,
    /// True if a browser shows it.
    pub is_page: bool,
}

/// An earlier version of a text.
#[derive(Debug)]
pub struct Earlier {
    view: ProcedureView,
    old: Text,
    new: Text,
}

/// Returns a procedure's text, if its terms hold numbered paragraphs.
fn text(view: &ProcedureView) -> Option<Result<Text, TextError>> {
    let terms = terms(&view.terms);
    let is_text = |item: &Value| item.get("n").is_some();
    terms.get("paragraphs")?.as_list()?.first().filter(|item| is_text(item))?;
    Some(read::text(&terms).map(|read| read.text))
}

/// Returns the text in terms not yet said, as a page for print.
///
/// # Errors
/// [`TextError`] for the first place that is not as a text must be.
pub fn preview(terms: &Value) -> Result<Document, TextError> {
    let read = read::text(terms)?;
    let body = html::export(&read.text, None);
    Ok(Document { media: FILES[0].1, body, is_page: true })
}

fn sound(view: &ProcedureView) -> Option<Text> {
    text(view)?.ok()
}

/// Returns how much of a text is agreed: by its brackets, and by what the parties say of each paragraph.
#[must_use]
pub fn tally(view: &ProcedureView) -> Option<TextTally> {
    let text = sound(view)?;
    let mut out = TextTally::default();
    for row in Tally::of(&text).rows {
        let units = || view.units.iter().filter(|u| u.paragraph.is_none_or(|n| n == row.number));
        let is_adopted =
            units().any(|u| u.decision.as_ref().is_some_and(|d| d.outcome == "adopted"));
        let is_opposed = units().any(is_opposed);
        if is_adopted || (row.brackets == 0 && !is_opposed) {
            out.agreed += 1;
            continue;
        }
        out.open += 1;
        out.brackets += row.brackets;
        out.opposed += usize::from(is_opposed);
    }
    Some(out)
}

fn is_opposed(unit: &UnitView) -> bool {
    unit.positions.values().any(|p| super::case::stance(p).is_against())
}

/// Returns the text that this one amends, with those of its paragraphs that this one has, too.
#[must_use]
pub fn amended(sight: &Sight<'_>, view: &ProcedureView) -> Option<Earlier> {
    // Who amends a text takes a position on it.
    sight.act(&view.kind)?.position.as_ref()?;
    let parent = sight.view(&Hash::parse(view.parent.as_deref()?).ok()?)?;
    let (old, new) = (sound(&parent)?, sound(view)?);
    let common: Vec<_> = old
        .paragraphs()
        .iter()
        .filter(|paragraph| new.paragraph(paragraph.number).is_some())
        .cloned()
        .collect();
    let old = Text::new(old.main().clone(), old.titles().clone(), common).ok()?;
    Some(Earlier { view: parent, old, new })
}

/// Returns the text that this one replaces: a field of a record's hash names it.
fn replaced(sight: &Sight<'_>, view: &ProcedureView) -> Option<Earlier> {
    let (terms, act) = (terms(&view.terms), sight.act(&view.kind)?);
    let hashes = act.fields.iter().filter(|(_, field)| field.form == FieldForm::Hash);
    let mut named = hashes
        .filter_map(|(name, _)| Hash::parse(terms.get(name.as_str())?.as_text()?).ok())
        .filter_map(|id| sight.view(&id));
    named.find_map(|earlier| {
        let old = sound(&earlier)?;
        Some(Earlier { view: earlier, old, new: sound(view)? })
    })
}

fn earlier(sight: &Sight<'_>, view: &ProcedureView) -> Option<Earlier> {
    amended(sight, view).or_else(|| replaced(sight, view))
}

/// Returns the words that an amendment has in place of others.
#[must_use]
pub fn earlier_paragraph(
    sight: &Sight<'_>,
    earlier: Option<&Earlier>,
    unit: &UnitView,
) -> Option<EarlierText> {
    let earlier = earlier?;
    let paragraph = earlier.old.paragraph(unit.paragraph?)?;
    let text = &paragraph.wordings.get(earlier.old.main())?.text;
    Some(EarlierText {
        name: format!("{}, paragraph {}", earlier.view.number, paragraph.number),
        href: sight.href(&earlier.view),
        text: text.clone(),
    })
}

/// Returns links to a text's files, and to what changed in it.
#[must_use]
pub fn documents(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Link> {
    if sound(view).is_none() {
        return Vec::new();
    }
    let at = |file: &str| format!("{}/{file}", sight.href(view));
    let mut links: Vec<Link> =
        FILES.iter().map(|(file, _, says)| Link::new(&at(file), says)).collect();
    if let Some(earlier) = earlier(sight, view) {
        let says = format!("changes against {}", earlier.view.number);
        links.push(Link::new(&at(CHANGES), &says));
    }
    links
}

/// Returns a file of a text; `None`: there is no such file.
///
/// # Errors
/// In a sentence, if the text is not sound.
#[must_use]
pub fn document(
    sight: &Sight<'_>,
    view: &ProcedureView,
    file: &str,
) -> Option<Result<Document, String>> {
    if file == CHANGES {
        let earlier = earlier(sight, view)?;
        let diff = Diff::of(&earlier.old, &earlier.new);
        let body = html::diff(&diff, earlier.new.main());
        let media = FILES.first().map(|(_, media, _)| *media)?;
        return Some(Ok(Document { media, body, is_page: true }));
    }
    let (_, media, _) = FILES.iter().find(|(name, _, _)| *name == file)?;
    let text = match text(view)? {
        Ok(text) => text,
        Err(error) => return Some(Err(unsound(view, &error))),
    };
    let work = work(sight, view);
    let body = match file {
        "text.html" => html::export(&text, work.as_ref().ok()),
        "text.md" => markdown::export(&text),
        _ => match work {
            Ok(work) => akn::export(&text, &work),
            Err(error) => return Some(Err(unsound(view, &error))),
        },
    };
    Some(Ok(Document { media, body, is_page: file.ends_with(".html") }))
}

fn unsound(view: &ProcedureView, error: &TextError) -> String {
    format!("The text of {} cannot be exported: {error}.", view.number)
}

/// Returns which work a text is. In a number, what is no letter or digit is a dash.
fn work(sight: &Sight<'_>, view: &ProcedureView) -> Result<Work, TextError> {
    let dashed = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let number: String = view.number.chars().map(dashed).take(64).collect();
    let date = sight.since(view).to_string();
    let date = date.get(..10).unwrap_or_default();
    Work::new(&sight.charter().name, &number, date, &sight.name(&view.author))
}
