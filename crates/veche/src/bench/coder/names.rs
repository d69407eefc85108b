//! How many of the names in labelled Russian sentences are found, and how many of what is found are names (`formats/names.md`): by the tables
//! of the lexicon and by capitals, as coding takes them without a network, and by the network.

use super::chance::{Case, share, shown};
use super::{FILE_LEN_MAX, Kit, failure};
use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::file;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use veche_coder::actor::{Body, actors};
use veche_coder::document::Document;
use veche_coder::matcher::{Matches, NationForm, Target};
use veche_coder::russian::{Memory, NameKind, Russian};
use veche_coder::sentence::{Sentence, sentences};
use veche_coder::text::Span;
use veche_coder::token::{Tokens, tokens};

/// Kinds of names, in the order of the table.
const KINDS: [NameKind; 3] = [NameKind::Person, NameKind::Place, NameKind::Organisation];

/// A name: its words, and of what it is, if that is known.
type Found = (Span, Option<NameKind>);

/// A sentence with its names.
#[derive(Debug)]
struct Labelled {
    text: String,
    names: Vec<(Span, NameKind)>,
}

/// Scores what finds names on the sentences of a file.
///
/// # Errors
/// [`Failure`]: the file, or the first line that is no labelled sentence.
pub(super) fn run(kit: &Kit<'_>, path: &Path) -> Result<Answer, Failure> {
    let bytes = file::read(path, FILE_LEN_MAX)?;
    let unusable = |what: &str| failure(&format!("`{}`: {what}", path.display()));
    let lines = String::from_utf8(bytes).map_err(|_| unusable("it is not UTF-8"))?;
    let labelled = labelled(&lines).map_err(|fault| unusable(&fault))?;
    let read: Vec<Read> = labelled.iter().map(Read::new).collect::<Result<_, _>>()?;
    let mut text = format!("{}\n", counted(labelled.len(), "sentence"));
    let mut answer = json!({ "sentences": labelled.len() });
    let tables: Vec<Vec<Found>> = read.iter().map(|read| read.by_tables(kit)).collect();
    answer["tables"] = tell("tables and capitals", &labelled, &tables, &mut text);
    if let Some(russian) = kit.russian {
        let mut memory = Memory::default();
        let found: Vec<Vec<Found>> =
            read.iter().map(|read| read.by_network(russian, &mut memory)).collect();
        answer["network"] = tell("network", &labelled, &found, &mut text);
    }
    Ok(Answer::document(text.trim_end(), answer))
}

/// Reads labelled sentences, one JSON object a line.
fn labelled(lines: &str) -> Result<Vec<Labelled>, String> {
    let read = |(at, line): (usize, &str)| {
        sentence(line).map_err(|what| format!("line {} of the labelled names: {what}", at + 1))
    };
    let all: Vec<Labelled> = lines.lines().enumerate().map(read).collect::<Result<_, _>>()?;
    if all.is_empty() { Err("there is no sentence in it".to_owned()) } else { Ok(all) }
}

fn sentence(line: &str) -> Result<Labelled, String> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| format!("it is no JSON: {error}"))?;
    let text = value["text"].as_str().ok_or("it has no `text`")?.to_owned();
    let mut names = Vec::new();
    let mut from = 0;
    for name in value["names"].as_array().ok_or("it has no list `names`")? {
        let kind = name["kind"].as_str().ok_or("a name has no `kind`")?;
        let kind =
            NameKind::parse(kind).ok_or_else(|| format!("`{kind}` is none of PER, LOC, ORG"))?;
        let words = name["text"].as_str().filter(|words| !words.is_empty());
        let words = words.ok_or("a name has no `text`")?;
        let at = text.get(from..).and_then(|rest| rest.find(words)).ok_or_else(|| {
            format!("`{words}` is not in the text behind the name before it: names stand in the order of the text")
        })?;
        names.push((span(from + at, from + at + words.len()), kind));
        from += at + words.len();
    }
    Ok(Labelled { text, names })
}

/// Returns the span of these bytes; a file of sentences is far shorter than 4 GiB.
fn span(start: usize, end: usize) -> Span {
    let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    Span { start: at(start), end: at(end) }
}

/// A text that was split.
struct Read {
    document: Document,
    tokens: Tokens,
    sentences: Vec<Sentence>,
}

impl Read {
    fn new(labelled: &Labelled) -> Result<Self, Failure> {
        let document = Document::read(labelled.text.as_bytes());
        let mut document = document.map_err(|error| failure(&error.to_string()))?;
        let tokens = tokens(&mut document);
        let sentences = sentences(document.text(), &tokens);
        Ok(Self { document, tokens, sentences })
    }

    /// Returns what the tables know for a place or an organisation, and runs of capitals that nothing knows.
    fn by_tables(&self, kit: &Kit<'_>) -> Vec<Found> {
        let mut names = Vec::new();
        for sentence in &self.sentences {
            let (text, mut found) = (self.document.text(), Matches::default());
            kit.matcher.find(text, &self.tokens, sentence.tokens(), &mut found);
            let known = kit.matcher.matches(&found).filter_map(|one| {
                let kind = one.targets.iter().find_map(kind)?;
                Some((self.tokens.cover(one.first, one.end - 1), Some(kind)))
            });
            names.extend(known);
            let of = 0..found.len();
            let all = actors(text, &self.tokens, sentence.tokens(), &kit.matcher, &found, of);
            let unknown = all.iter().filter(|actor| actor.body == Body::Unknown);
            names.extend(unknown.map(|actor| (actor.span, None)));
        }
        names
    }

    fn by_network(&self, russian: &Russian<'_>, memory: &mut Memory) -> Vec<Found> {
        let mut names = Vec::new();
        for sentence in &self.sentences {
            let (text, first) = (self.document.text(), sentence.tokens().start);
            let words: Vec<&str> = sentence.tokens().map(|at| self.tokens.word(text, at)).collect();
            let found = russian.names_in(&words, memory).into_iter();
            names.extend(found.map(|name| {
                (self.tokens.cover(first + name.first, first + name.end - 1), Some(name.kind))
            }));
        }
        names
    }
}

/// Returns what a match is the name of, if it is one.
fn kind(target: &Target) -> Option<NameKind> {
    match target {
        Target::Nation(NationForm::Adjective | NationForm::People, _)
        | Target::Trigger(..)
        | Target::Agent(_)
        | Target::Office(_) => None,
        Target::Nation(
            NationForm::Name | NationForm::Capital | NationForm::Region | NationForm::Town,
            _,
        )
        | Target::Place(_)
        | Target::Charter(_) => Some(NameKind::Place),
        Target::Group(..) | Target::Organisation(_) => Some(NameKind::Organisation),
    }
}

/// Adds the table of one way of finding names.
fn tell(how: &str, labelled: &[Labelled], found: &[Vec<Found>], text: &mut String) -> Value {
    let _always_ok = writeln!(
        text,
        "\n{how}\n\n| names | labelled | found | F1 | precision | recall |\n|---|---|---|---|---|---|"
    );
    let mut json = json!({});
    let same = |gold: Span, found: Span| gold == found;
    let kinds = KINDS.into_iter().map(|kind| (kind.name(), Asked::Kind(kind)));
    for (name, asked) in kinds.chain([("all", Asked::Each), ("of whatever kind", Asked::Any)]) {
        json[name] = row(name, labelled, found, asked, same, text);
    }
    json["a word shared"] =
        row("of whatever kind, a word shared", labelled, found, Asked::Any, Span::overlaps, text);
    json
}

/// Which names are counted, and when one is right.
#[derive(Clone, Copy)]
enum Asked {
    /// Those of one kind.
    Kind(NameKind),
    /// All, each with its kind.
    Each,
    /// All, whatever the kind.
    Any,
}

fn row(
    name: &str,
    labelled: &[Labelled],
    found: &[Vec<Found>],
    asked: Asked,
    is_same: impl Fn(Span, Span) -> bool,
    text: &mut String,
) -> Value {
    let is_wanted = |kind: Option<NameKind>| match asked {
        Asked::Kind(wanted) => kind == Some(wanted),
        Asked::Each => kind.is_some(),
        Asked::Any => true,
    };
    let counts: Vec<[u32; 3]> = labelled
        .iter()
        .zip(found)
        .map(|(sentence, found)| {
            let gold: Vec<_> =
                sentence.names.iter().filter(|(_, kind)| is_wanted(Some(*kind))).collect();
            let mut open: Vec<_> = found.iter().filter(|(_, kind)| is_wanted(*kind)).collect();
            let all = count(open.len());
            let mut right = 0;
            for (span, kind) in &gold {
                let fits = |one: &&Found| {
                    is_same(*span, one.0) && (matches!(asked, Asked::Any) || one.1 == Some(*kind))
                };
                // What was found stands for one name alone.
                if let Some(at) = open.iter().position(fits) {
                    open.swap_remove(at);
                    right += 1;
                }
            }
            [right, count(gold.len()), all]
        })
        .collect();
    let share = |case: fn(&[u32; 3]) -> Case| share(&counts.iter().map(case).collect::<Vec<_>>());
    let f1 = share(|[right, gold, found]| (2 * right, gold + found));
    let precision = share(|[right, _, found]| (*right, *found));
    let recall = share(|[right, gold, _]| (*right, *gold));
    let sum = |at: usize| counts.iter().filter_map(|row| row.get(at)).sum::<u32>();
    let (gold, all) = (sum(1), sum(2));
    let shares = [f1, precision, recall].map(shown);
    let _always_ok = writeln!(text, "| {name} | {gold} | {all} | {} |", shares.join(" | "));
    let of = |share: Option<super::chance::Share>| {
        share.map(|share| json!([share.value, share.low, share.high]))
    };
    json!({ "labelled": gold, "found": all, "f1": of(f1), "precision": of(precision), "recall": of(recall) })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, says: &str) {
        let fault = labelled(&format!("{{\"text\": \"Мир.\", \"names\": []}}\n{line}\n"));
        let fault = fault.unwrap_err();
        assert!(fault.starts_with("line 2 ") && fault.contains(says), "{fault}");
    }

    #[test]
    fn a_name_that_stands_twice_is_found_twice() {
        let line = r#"{"text": "Орвесса и Орвесса", "names": [{"kind": "LOC", "text": "Орвесса"}, {"kind": "LOC", "text": "Орвесса"}]}"#;
        let read = labelled(line).unwrap();
        let spans: Vec<Span> = read[0].names.iter().map(|(span, _)| *span).collect();
        assert_eq!(spans, [span(0, 14), span(18, 32)]);
    }

    #[test]
    fn a_line_that_labels_nothing_of_the_kind_is_told_with_its_number() {
        check(r#"{"text": "Мир."#, "it is no JSON");
        check("[]", "it has no `text`");
        check(r#"{"text": "Мир."}"#, "it has no list `names`");
        check(r#"{"text": "Мир.", "names": [{"text": "Мир"}]}"#, "a name has no `kind`");
        check(r#"{"text": "Мир.", "names": [{"kind": "GPE", "text": "Мир"}]}"#, "`GPE` is none of");
        check(
            r#"{"text": "Мир.", "names": [{"kind": "LOC", "text": ""}]}"#,
            "a name has no `text`",
        );
        check(r#"{"text": "Мир.", "names": [{"kind": "LOC", "text": "Рим"}]}"#, "`Рим` is not in");
        let turned = r#"{"text": "А и Б", "names": [{"kind": "LOC", "text": "Б"}, {"kind": "LOC", "text": "А"}]}"#;
        check(turned, "in the order of the text");
        assert!(labelled("").is_err());
    }

    #[test]
    fn what_was_found_counts_once_and_by_its_kind() {
        let gold = [Labelled {
            text: "А Б В".to_owned(),
            names: vec![(span(0, 2), NameKind::Place), (span(3, 5), NameKind::Person)],
        }];
        let found =
            [vec![(span(0, 5), Some(NameKind::Place)), (span(3, 5), Some(NameKind::Organisation))]];
        let told = tell("so", &gold, &found, &mut String::new());
        assert_eq!(told["LOC"]["f1"][0].as_f64(), Some(0.0));
        assert_eq!(told["PER"]["recall"][0].as_f64(), Some(0.0));
        assert_eq!(told["of whatever kind"]["f1"][0].as_f64(), Some(50.0));
        assert_eq!(told["a word shared"]["f1"][0].as_f64(), Some(100.0));
    }
}
