use super::table::{Row, read};
use super::{Fault, LexiconError};
use crate::language::Tongue;
use crate::lexicon::Strength;
use crate::ontology::{Class, Mode};
use crate::text::fold;

const COLUMNS: &[&str] = &["words", "tells", "mode", "strength", "note"];

/// What stands for a gap of a few words.
const GAP: &str = "..";

/// Words of a language without models, and what they tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The words, in their order.
    pub words: Vec<Piece>,
    /// What they tell.
    pub tells: Tells,
}

/// A word of a signal, folded, with `у` for a `ў` at its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The word as it stands.
    Word(String),
    /// The beginning of a word, whatever its ending is.
    Stem(String),
    /// Up to a few other words.
    Gap,
}

/// What the words of a signal tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// An event; with `NONE`, that these words are none.
    Event(Class, Option<Mode>, Strength),
    /// Who may take part in one: an army, a government.
    Who,
    /// What stands soon behind did not happen.
    Not,
    /// What stands soon behind is to come.
    Will,
    /// What stands soon behind is only thought of.
    May,
}

/// Reads a table of signals of a language. No words stand twice.
///
/// # Errors
///
/// The first fault, in the order in which [`triggers`](super::triggers) finds them.
pub fn signals(bytes: &[u8], tongue: Tongue) -> Result<Vec<Signal>, LexiconError> {
    read(bytes, COLUMNS, |row| {
        let signal = Signal { words: words(row, tongue)?, tells: tells(row)? };
        Ok((vec![row.cell("words").to_owned()], signal))
    })
}

fn words(row: &Row<'_>, tongue: Tongue) -> Result<Vec<Piece>, LexiconError> {
    let cell = row.filled("words")?;
    if cell.chars().any(char::is_uppercase) {
        return Err(row.fault(Fault::Capital { column: "words", found: cell.to_owned() }));
    }
    let own = |c: char| !c.is_alphabetic() || script(tongue).contains(&c);
    if let Some(word) = cell.split(' ').find(|word| !word.chars().all(own)) {
        let (word, script) = (word.to_owned(), tongue.code());
        return Err(row.fault(Fault::Script { column: "words", word, script }));
    }
    let pieces: Vec<Piece> = cell.split(' ').map(piece).collect();
    let is_gap = |piece: Option<&Piece>| piece == Some(&Piece::Gap);
    if is_gap(pieces.first()) || is_gap(pieces.last()) || cell.contains(".. ..") {
        return Err(row.fault(Fault::Gap { found: cell.to_owned() }));
    }
    Ok(pieces)
}

fn piece(word: &str) -> Piece {
    let mut folded = String::new();
    fold(word.trim_end_matches('*'), &mut folded);
    if let Some(rest) = folded.strip_prefix('ў') {
        folded = format!("у{rest}");
    }
    match word {
        GAP => Piece::Gap,
        _ if word.ends_with('*') => Piece::Stem(folded),
        _ => Piece::Word(folded),
    }
}

/// Returns the letters in which a language is written: those of its script, and none that look like them.
fn script(tongue: Tongue) -> std::ops::RangeInclusive<char> {
    match tongue {
        Tongue::Armenian => '\u{531}'..='\u{587}',
        Tongue::English => 'a'..='z',
        Tongue::Russian
        | Tongue::Belarusian
        | Tongue::Ukrainian
        | Tongue::Kazakh
        | Tongue::Kyrgyz
        | Tongue::Tajik
        | Tongue::Unknown => '\u{400}'..='\u{52f}',
    }
}

fn tells(row: &Row<'_>) -> Result<Tells, LexiconError> {
    let tells = match row.cell("tells") {
        "WHO" => Some(Tells::Who),
        "NOT" => Some(Tells::Not),
        "WILL" => Some(Tells::Will),
        "MAY" => Some(Tells::May),
        _ => None,
    };
    if let Some(tells) = tells {
        row.choice("mode", &[("", ())])?;
        row.choice("strength", &[("", ())])?;
        return Ok(tells);
    }
    let class = Class::parse(row.cell("tells")).filter(|class| class.name() != "STATEMENT");
    let class = class.ok_or_else(|| {
        let names = Class::all().map(Class::name).filter(|name| *name != "STATEMENT");
        let names: Vec<&str> = names.chain(["WHO", "NOT", "WILL", "MAY"]).collect();
        row.unknown("tells", names.join(", "))
    })?;
    let strengths = [("strong", Strength::Strong), ("weak", Strength::Weak)];
    Ok(Tells::Event(class, row.mode(class)?, row.choice("strength", &strengths)?))
}
