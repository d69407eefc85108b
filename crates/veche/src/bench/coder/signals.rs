//! How often the tables of languages without models are right, on sentences of those languages.

use super::chance::{Case, share, shown};
use super::{FILE_LEN_MAX, Kit, failure};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use veche_coder::document::Document;
use veche_coder::event::{Coder, Signals};
use veche_coder::language::Tongue;
use veche_coder::ontology::Class;

/// A sentence with the type that it tells and what came out.
struct Coded {
    is_held: bool,
    gold: Option<Class>,
    tongue: Tongue,
    coded: Vec<Class>,
}

/// Scores each language that has a table, on `CODE.jsonl` of a directory.
pub(super) fn run(kit: &Kit<'_>, directory: &Path) -> Result<Answer, Failure> {
    let unusable = |error: &dyn std::fmt::Display| failure(&error.to_string());
    let signals = Signals::shipped().map_err(|error| unusable(&error))?;
    let coder = Coder::shipped(&kit.vocabulary, &kit.matcher, &kit.english);
    let mut coder = coder.map_err(|error| unusable(&error))?;
    coder.signals = Some(&signals);
    let head = ["language", "sentences", "precision", "recall", "false on neutral", "known"];
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    let mut answer = json!({});
    for tongue in signals.tongues() {
        let cases = cases(&coder, tongue, directory)?;
        for (part, is_held) in [("looked at", false), ("held out", true)] {
            let of: Vec<&Coded> = cases.iter().filter(|case| case.is_held == is_held).collect();
            answer[tongue.code()][part] = row(tongue, part, &of, &mut text);
        }
    }
    Ok(Answer::document(&text, answer))
}

fn cases(coder: &Coder<'_>, tongue: Tongue, directory: &Path) -> Result<Vec<Coded>, Failure> {
    let path = directory.join(format!("{}.jsonl", tongue.code()));
    let bytes = file::read(&path, FILE_LEN_MAX)?;
    let lines = String::from_utf8(bytes)
        .map_err(|_| failure(&format!("`{}` is not UTF-8", path.display())))?;
    let read = (1..).zip(lines.lines()).map(|(line, content)| {
        case(coder, content)
            .map_err(|fault| failure(&format!("`{}` line {line}: {fault}", path.display())))
    });
    read.collect()
}

/// Codes a sentence. Those with an even number are held out: no table was written or changed with an eye on them.
fn case(coder: &Coder<'_>, line: &str) -> Result<Coded, String> {
    let labelled: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let text = |key: &str| labelled[key].as_str().ok_or_else(|| format!("it has no text `{key}`"));
    let (id, tells) = (text("id")?, text("tells")?);
    let number = id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok());
    let number = number.ok_or_else(|| format!("`{id}` ends with no number"))?;
    let gold = Class::parse(tells).ok_or_else(|| format!("`{tells}` is no type"))?;
    let document = Document::read(text("text")?.as_bytes()).map_err(|error| error.to_string())?;
    let coded = coder.code(document, None);
    Ok(Coded {
        is_held: number % 2 == 0,
        gold: gold.quad().map(|_| gold),
        tongue: coded.tongue,
        coded: coded.events.iter().map(|event| event.class).collect(),
    })
}

/// Adds the row of some sentences and returns it.
fn row(tongue: Tongue, part: &str, cases: &[&Coded], text: &mut String) -> Value {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let all = |pick: &dyn Fn(&Coded) -> Option<Case>| {
        let picked: Vec<Case> = cases.iter().filter_map(|case| pick(case)).collect();
        share(&picked)
    };
    let right = |case: &Coded| case.coded.iter().filter(|class| Some(**class) == case.gold).count();
    let shares = [
        ("precision", all(&|case| Some((number(right(case)), number(case.coded.len()))))),
        ("recall", all(&|case| case.gold.map(|_| (u32::from(right(case) > 0), 1)))),
        (
            "false on neutral",
            all(&|case| case.gold.is_none().then(|| (u32::from(!case.coded.is_empty()), 1))),
        ),
        ("known", all(&|case| Some((u32::from(case.tongue == tongue), 1)))),
    ];
    let cells: Vec<String> = shares.iter().map(|(_, share)| shown(*share)).collect();
    let _always_ok =
        writeln!(text, "| {}, {part} | {} | {} |", tongue.code(), cases.len(), cells.join(" | "));
    let mut row = json!({ "sentences": cases.len() });
    for (name, share) in shares {
        row[name] = share.map(|share| json!([share.value, share.low, share.high])).into();
    }
    row
}
