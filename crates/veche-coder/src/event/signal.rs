//! Events of languages without models: told by the words of a table, without roles. Experimental (`docs/languages.md`).

use super::Aux;
use crate::language::Tongue;
use crate::lexicon::{LexiconError, Piece, Signal, Strength, Tells, signals};
use crate::ontology::{Class, Mode};
use crate::token::{Shape, Tokens};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most words in a gap.
const GAP_WORDS_MAX: usize = 4;

/// How many letters of a first word lead to the entries that begin so.
const KEY_LEN: usize = 2;

/// How far before an event's words "not" bears on them, in words.
const NOT_REACH: usize = 2;

/// How far before an event's words "will" and "may" bear on them, in words.
const MOOD_REACH: usize = 5;

/// How much speaks for a type before it is told: one strong word, or two weak ones. Words of sport or culture speak as much against it.
const POINTS_MIN: usize = 2;

/// How likely an event is that a table tells, in millionths. It is the same for all of them: less than what languages with models
/// are asked for, near the precision measured (`docs/languages.md`).
pub(crate) const PROBABILITY: u32 = 700_000;

/// The tables of all languages that have one.
#[derive(Clone, Debug, Default)]
pub struct Signals(Vec<(Tongue, Table)>);

/// The signals of one language, by the first letters of their first words.
#[derive(Clone, Debug, Default)]
struct Table {
    signals: Vec<Signal>,
    by_key: BTreeMap<String, Vec<usize>>,
}

/// What a sentence tells by its words alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) class: Class,
    pub(crate) mode: Option<Mode>,
    pub(crate) aux: Vec<Aux>,
    /// The tokens of the first words that tell it.
    pub(crate) words: Range<usize>,
}

/// Words of a table in a sentence.
struct Hit {
    words: Range<usize>,
    tells: Tells,
}

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../../lexicon/", $name)).as_slice()
    };
}

/// The tables that the program ships: of Belarusian, Ukrainian and Kazakh.
pub(crate) static TABLES: [&[u8]; 3] =
    [file!("signals.be.tsv"), file!("signals.uk.tsv"), file!("signals.kk.tsv")];

impl Signals {
    /// Returns the tables that the program ships.
    ///
    /// # Errors
    ///
    /// Never for the shipped files: a test reads them.
    pub fn shipped() -> Result<Self, LexiconError> {
        let [belarusian, ukrainian, kazakh] = TABLES;
        let mut all = Self::default();
        all.add(Tongue::Belarusian, belarusian)?;
        all.add(Tongue::Ukrainian, ukrainian)?;
        all.add(Tongue::Kazakh, kazakh)?;
        Ok(all)
    }

    /// Adds the table of a language; it takes the place of an earlier one.
    ///
    /// # Errors
    ///
    /// [`LexiconError`], as [`signals`].
    pub fn add(&mut self, tongue: Tongue, table: &[u8]) -> Result<(), LexiconError> {
        let mut read = Table { signals: signals(table, tongue)?, by_key: BTreeMap::new() };
        for (at, signal) in read.signals.iter().enumerate() {
            if let Some(Piece::Word(first) | Piece::Stem(first)) = signal.words.first() {
                read.by_key.entry(key(first)).or_default().push(at);
            }
        }
        self.0.retain(|(held, _)| *held != tongue);
        self.0.push((tongue, read));
        Ok(())
    }

    /// Returns the languages that have a table.
    pub fn tongues(&self) -> impl Iterator<Item = Tongue> {
        self.0.iter().map(|(tongue, _)| *tongue)
    }

    /// Returns what a sentence tells, if its language has a table. `names`: whether the sentence names a state, a body or a place.
    pub(crate) fn tell(
        &self,
        tongue: Tongue,
        tokens: &Tokens,
        sentence: Range<usize>,
        names: bool,
    ) -> Option<Told> {
        let (_, table) = self.0.iter().find(|(held, _)| *held == tongue)?;
        let hits = table.hits(tokens, sentence.clone());
        let who = hits.iter().any(|hit| hit.tells == Tells::Who);
        let capital = |at: usize| tokens.shape(at).is_capital();
        let named = names || who || sentence.skip(1).any(capital);
        told(&hits, named, ends_with_its_verb(tongue))
    }
}

/// Returns the letters of a folded word. In Belarusian a word begins with `ў` where one before it ends with a vowel, and else with `у`.
fn plain(folded: &str) -> impl Iterator<Item = char> {
    let begins = |(at, letter)| if at == 0 && letter == 'ў' { 'у' } else { letter };
    folded.chars().enumerate().map(begins)
}

fn key(word: &str) -> String {
    plain(word).take(KEY_LEN).collect()
}

/// Returns true for languages in which the verb of a sentence stands at its end: of two words that tell, the later is the event.
fn ends_with_its_verb(tongue: Tongue) -> bool {
    matches!(tongue, Tongue::Kazakh | Tongue::Kyrgyz | Tongue::Tajik)
}

/// Returns the type for which most speaks, with its first words; of equal ones the earlier, or the later where `later` says so. Where
/// nobody is named weak words tell nothing.
fn told(hits: &[Hit], named: bool, later: bool) -> Option<Told> {
    let mut points: Vec<(Class, usize)> = Vec::new();
    let mut against = 0;
    for hit in hits {
        let Tells::Event(class, _, strength) = hit.tells else { continue };
        let more = if strength == Strength::Strong { POINTS_MIN } else { usize::from(named) };
        if class.name() == "NONE" {
            against += more;
            continue;
        }
        match points.iter_mut().find(|(held, _)| *held == class) {
            Some((_, held)) => *held += more,
            None => points.push((class, more)),
        }
    }
    // `max_by_key` gives the last of equal ones.
    if !later {
        points.reverse();
    }
    let (best, of) = points.into_iter().max_by_key(|(_, points)| *points)?;
    if of < POINTS_MIN + against {
        return None;
    }
    let own = hits.iter().filter_map(|hit| match hit.tells {
        Tells::Event(class, mode, strength) => (class == best).then_some((hit, mode, strength)),
        Tells::Who | Tells::Not | Tells::Will | Tells::May => None,
    });
    let (hit, mode, _) =
        own.min_by_key(|(hit, _, strength)| (*strength != Strength::Strong, hit.words.start))?;
    let before = |tells: Tells, reach: usize| {
        hits.iter().any(|other| {
            let gap = hit.words.start.checked_sub(other.words.end);
            other.tells == tells && gap.is_some_and(|gap| gap < reach)
        })
    };
    let moods = [
        (Tells::Not, NOT_REACH, Aux::Negation),
        (Tells::Will, MOOD_REACH, Aux::Future),
        (Tells::May, MOOD_REACH, Aux::Hypothetical),
    ];
    let aux = moods.into_iter().filter(|(tells, reach, _)| before(*tells, *reach));
    Some(Told {
        class: best,
        mode,
        aux: aux.map(|(.., aux)| aux).collect(),
        words: hit.words.clone(),
    })
}

impl Table {
    /// Returns the signals of a sentence, from the left, at each word the one of most words and letters.
    fn hits(&self, tokens: &Tokens, sentence: Range<usize>) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut at = sentence.start;
        while at < sentence.end {
            match self.best(tokens, at, sentence.end) {
                Some((end, signal)) => {
                    hits.push(Hit { words: at..end, tells: signal.tells });
                    // What stands in a gap is looked at too.
                    at += if signal.words.contains(&Piece::Gap) { 1 } else { end - at };
                }
                None => at += 1,
            }
        }
        hits
    }

    fn best(&self, tokens: &Tokens, at: usize, end: usize) -> Option<(usize, &Signal)> {
        let open = self.by_key.get(&key(tokens.folded(at)))?;
        let found = open.iter().filter_map(|signal| {
            let signal = self.signals.get(*signal)?;
            Some((ends(&signal.words, tokens, at, end)?, signal))
        });
        found.max_by_key(|(end, signal)| (*end, letters(signal)))
    }
}

fn letters(signal: &Signal) -> usize {
    let len = |piece: &Piece| match piece {
        Piece::Word(word) | Piece::Stem(word) => word.len(),
        Piece::Gap => 0,
    };
    signal.words.iter().map(len).sum()
}

/// Returns where words end that begin at a token, if they stand there.
fn ends(pieces: &[Piece], tokens: &Tokens, at: usize, end: usize) -> Option<usize> {
    let Some((first, rest)) = pieces.split_first() else { return Some(at) };
    if let Piece::Gap = first {
        let until = end.min(at + GAP_WORDS_MAX + 1);
        let mut open = (at..until).take_while(|at| tokens.shape(*at) != Shape::Mark);
        return open.find_map(|at| ends(rest, tokens, at, end));
    }
    let is_it = at < end
        && match first {
            Piece::Word(word) => plain(tokens.folded(at)).eq(word.chars()),
            Piece::Stem(stem) => {
                let mut letters = plain(tokens.folded(at));
                stem.chars().all(|letter| letters.next() == Some(letter))
            }
            Piece::Gap => false,
        };
    if is_it { ends(rest, tokens, at + 1, end) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::lexicon::Fault;
    use crate::token::tokens;

    const HEADER: &str = "words\ttells\tmode\tstrength\tnote\n";

    fn table(rows: &[&str]) -> Result<Signals, LexiconError> {
        let mut signals = Signals::default();
        let rows: String = rows.iter().map(|row| format!("{row}\n")).collect();
        signals.add(Tongue::Belarusian, format!("{HEADER}{rows}").as_bytes())?;
        Ok(signals)
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let rows = [
            "абстраля*\tASSAULT\t\tstrong\t",
            "закры* .. рын*\tCOERCE\trestrict\tstrong\t",
            "удар*\tASSAULT\t\tweak\t",
            "выбух*\tASSAULT\texplosives\tweak\t",
            "матч*\tNONE\t\tstrong\t",
            "армі*\tWHO\t\t\t",
            "не\tNOT\t\t\t",
            "будзе\tWILL\t\t\t",
        ];
        let signals = table(&rows).unwrap();
        let mut document = Document::read(text.as_bytes()).unwrap();
        let tokens = tokens(&mut document);
        let told = signals.tell(Tongue::Belarusian, &tokens, 0..tokens.len(), false);
        let shown = told.map(|told| {
            let words = tokens.cover(told.words.start, told.words.end - 1).of(document.text());
            let aux: String = told.aux.iter().map(|aux| format!(" {}", aux.name())).collect();
            format!("{} {words}{aux}", told.class.name())
        });
        assert_eq!(shown.unwrap_or_default(), expected, "{text}");
    }

    #[test]
    fn words_tell_an_event_whatever_their_ending_and_what_stands_between() {
        check("Учора армія абстраляла вёску.", "ASSAULT абстраляла");
        check("Улады Арвесы закрылі на ноч памежны рынак.", "COERCE закрылі на ноч памежны рынак");
        check("Улады Арвесы закрылі кірмаш; рынак працуе.", "");
    }

    #[test]
    fn one_weak_word_is_not_enough_and_two_are() {
        check("Пад Мінскам чулі выбух.", "");
        check("Пад Мінскам ад удару пачаўся выбух.", "ASSAULT удару");
        check("Пад Мінскам армія ўдарыла, і быў выбух.", "ASSAULT ўдарыла");
    }

    #[test]
    fn where_nobody_is_named_weak_words_tell_nothing_and_sport_speaks_against_an_event() {
        check("Ад удару пачаўся выбух.", "");
        check("Абстралялі ўсё поле.", "ASSAULT Абстралялі");
        check("У матчы з Мінскам абстралялі вароты.", "");
    }

    #[test]
    fn of_two_words_the_earlier_tells_or_the_later_where_verbs_stand_last() {
        let mut signals = Signals::default();
        let rows = "митинг*\tPROTEST\tdemo\tstrong\t\nұстады\tCOERCE\tarrest\tstrong\t\n";
        let text = "Полиция митинг ұйымдастырушыны ұстады.";
        let mut document = Document::read(text.as_bytes()).unwrap();
        let tokens = tokens(&mut document);
        for (tongue, expected) in [(Tongue::Kazakh, "COERCE"), (Tongue::Ukrainian, "PROTEST")] {
            signals.add(tongue, format!("{HEADER}{rows}").as_bytes()).unwrap();
            let told = signals.tell(tongue, &tokens, 0..tokens.len(), true).unwrap();
            assert_eq!(told.class.name(), expected);
        }
    }

    #[test]
    fn what_did_not_happen_or_is_to_come_is_told_so() {
        check("Армія вёску не абстраляла.", "ASSAULT абстраляла negation");
        check("Армія не ведае, хто будзе абстраляны.", "ASSAULT абстраляны future");
    }

    #[track_caller]
    fn check_fault(row: &str, expected: impl Fn(&Fault) -> bool) {
        let error = table(&[row]).unwrap_err();
        assert!(error.line == 2 && expected(&error.fault), "{error}");
    }

    #[test]
    fn an_entry_that_is_none_is_refused_with_its_line() {
        check_fault("удар\tBLOW\t\tstrong\t", |fault| {
            matches!(fault, Fault::Unknown { column: "tells", .. })
        });
        check_fault("удар\tSTATEMENT\t\tstrong\t", |fault| {
            matches!(fault, Fault::Unknown { column: "tells", .. })
        });
        check_fault("удар\tWHO\t\tstrong\t", |fault| {
            matches!(fault, Fault::Unknown { column: "strength", .. })
        });
        check_fault("удap\tASSAULT\t\tstrong\t", |fault| matches!(fault, Fault::Script { .. }));
        check_fault("Удар\tASSAULT\t\tstrong\t", |fault| {
            matches!(fault, Fault::Capital { .. })
        });
        check_fault("удар ..\tASSAULT\t\tstrong\t", |fault| matches!(fault, Fault::Gap { .. }));
    }

    #[test]
    fn every_language_that_is_offered_has_a_table_of_some_size() {
        let signals = Signals::shipped().unwrap();
        for (tongue, table) in &signals.0 {
            let told =
                table.signals.iter().filter(|signal| matches!(signal.tells, Tells::Event(..)));
            assert!(told.count() >= 150, "{}", tongue.code());
        }
        assert!(signals.tongues().count() >= 2);
    }
}
