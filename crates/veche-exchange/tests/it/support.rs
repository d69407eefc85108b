//! Texts to test with, and a generator of any text.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use veche_exchange::Text;
use veche_exchange::text::read::{Read, values};
use veche_exchange::text::{Attachment, Language, Paragraph, Wording, Work, read};
use veche_ledger::Hash;

/// A text with everything that a text can have.
pub(crate) const FLOOD: &str = include_str!("golden/flood.toml");

pub(crate) fn read(toml: &str) -> Read {
    read::text(&values(toml.as_bytes()).unwrap()).unwrap()
}

pub(crate) fn text(toml: &str) -> Text {
    read(toml).text
}

/// A text in English of these paragraphs, numbered from 1.
pub(crate) fn plain(paragraphs: &[&str]) -> Text {
    let numbered: Vec<(u32, &str)> = (1..).zip(paragraphs.iter().copied()).collect();
    numbered_text(&numbered)
}

pub(crate) fn numbered_text(paragraphs: &[(u32, &str)]) -> Text {
    let english = Language::parse("en").unwrap();
    let paragraph = |(number, text): &(u32, &str)| {
        let wording = Wording { text: (*text).to_owned(), ..Wording::default() };
        Paragraph {
            number: *number,
            wordings: BTreeMap::from([(english.clone(), wording)]),
            attachments: Vec::new(),
            given_by: None,
        }
    };
    let list = paragraphs.iter().map(paragraph).collect();
    Text::new(english.clone(), BTreeMap::new(), list).unwrap()
}

pub(crate) fn work() -> Work {
    Work::new("six-rivers", "P-1", "2026-11-22", "Office of the Six Rivers").unwrap()
}

/// The bytes of a file of the data folder; `None`, and a line that says so, where it is absent.
#[expect(
    clippy::disallowed_methods,
    reason = "only the tests look for files, and only for the shared data"
)]
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    use std::io::Write as _;
    let root = std::env::var("VECHE_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("data/exchange/akn").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        // Past the test harness, which hides what a passing test prints.
        let line = format!("skipped: no shared data at {}\n", path.display());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    bytes
}

/// Characters that formats stumble over, and common ones.
fn any_line(max: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => prop::sample::select("abc XYZ  12.".chars().collect::<Vec<char>>()),
        2 => prop::sample::select("[]/^<>&\"'\\`*_#-|\t{}".chars().collect::<Vec<char>>()),
        1 => prop::sample::select("дéあ€😀\u{202e}\u{2028}\u{a0}\u{feff}".chars().collect::<Vec<char>>()),
    ];
    prop::collection::vec(character, 0..max).prop_map(|list| list.into_iter().collect())
}

/// One line of a value that may have no tab.
fn any_value(max: usize) -> impl Strategy<Value = String> {
    any_line(max).prop_map(|line| line.replace('\t', " "))
}

fn any_wording() -> impl Strategy<Value = Wording> {
    let lines = prop::collection::vec(any_line(20), 1..4);
    let marks = prop::collection::btree_map("[a-z0-9]{1,3}", any_line(12), 0..3);
    (prop::option::of(any_value(12)), lines, marks).prop_map(|(heading, lines, notes)| {
        let mut text = lines.join("\n");
        // What looks like the place of a footnote is one only once.
        for mark in notes.keys() {
            text = text.replace(&format!("[^{mark}]"), "");
        }
        let mut at = 0;
        for mark in notes.keys() {
            at = (at + 3..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text.insert_str(at, &format!("[^{mark}]"));
        }
        Wording { heading, text, notes }
    })
}

fn any_attachment() -> impl Strategy<Value = Attachment> {
    ("[a-z &'\"]{1,8}[.]pdf", any::<[u8; 4]>(), 0..9_007_199_254_740_991u64).prop_map(
        |(name, hash, size)| Attachment {
            name,
            media: "application/pdf".to_owned(),
            hash: Hash::of(&[&hash]),
            size,
        },
    )
}

/// Any text in one to three languages. A few that the generator spoils, say by a footnote in two places, are left out.
pub(crate) fn any_text() -> impl Strategy<Value = Text> {
    let paragraph = (
        prop::collection::vec(any_wording(), 3),
        prop::collection::vec(any_attachment(), 0..2),
        prop::option::of(any_value(8)),
        1..5u32,
    );
    let titles = prop::collection::vec(prop::option::of(any_value(16)), 3);
    (
        prop::sample::subsequence(vec!["en", "fr", "zh-Hant"], 1..=3),
        0..3usize,
        titles,
        prop::collection::vec(paragraph, 1..5),
    )
        .prop_filter_map("unsound", |(tags, main, titles, paragraphs)| {
            let languages: Vec<Language> =
                tags.iter().map(|tag| Language::parse(tag).unwrap()).collect();
            let main = languages.get(main % languages.len())?.clone();
            let titles = languages.iter().cloned().zip(titles);
            let titles = titles.filter_map(|(language, title)| Some((language, title?)));
            let mut number = 0;
            let list = paragraphs.into_iter().map(|(wordings, attachments, given_by, step)| {
                number += step;
                let wordings = languages.iter().cloned().zip(wordings).collect();
                Paragraph { number, wordings, attachments, given_by }
            });
            Text::new(main, titles.collect(), list.collect()).ok()
        })
}

/// Leaves a document for the schema's validator, where `VECHE_AKN_OUT` names a folder.
#[expect(
    clippy::disallowed_methods,
    reason = "only the tests leave documents, and only where they are told to"
)]
pub(crate) fn keep(document: &str) {
    let Ok(folder) = std::env::var("VECHE_AKN_OUT") else { return };
    let name = Hash::of(&[document.as_bytes()]);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(PathBuf::from(folder).join(format!("{name}.xml")), document).unwrap();
}
