//! What the members of a world say.

use crate::random::Random;
use veche_charter::Charter;
use veche_ledger::json::{Value, parse_human};
use veche_ledger::{Hash, Kind, Label, PartyId};
use veche_node::node::Statement;

/// Draws something to say: an act of the charter, under one of its labels. What the charter does not let through is a record all the
/// same, and refused by all alike.
pub(crate) fn draw(
    random: &mut Random,
    charter: &Charter,
    party: &PartyId,
    texts: &[Hash],
    number: u64,
) -> Statement {
    let votes = texts.last().filter(|_| random.permille(400));
    let (kind, about, terms) = match votes {
        // Half of the texts are let pass.
        Some(text) if text.0[0] % 2 == 0 => {
            let position = *random.pick(&["yes", "no", "aside"]);
            ("position".to_owned(), vec![*text], format!(r#"{{"position": "{position}"}}"#))
        }
        // Texts are the office's to put.
        _ if random.permille(if party.as_str() == "office" { 700 } else { 20 }) => {
            let terms = format!(
                r#"{{"title": "Text {number}", "paragraphs": [{{"n": 1, "text": "One."}}, {{"n": 2, "text": "Two."}}]}}"#
            );
            ("proposal".to_owned(), Vec::new(), terms)
        }
        _ => {
            let kinds: Vec<String> = charter.acts.keys().map(ToString::to_string).collect();
            let terms = format!(r#"{{"title": "Report {number}", "text": "It is {number} now."}}"#);
            (random.pick(&kinds).clone(), Vec::new(), terms)
        }
    };
    let labels: Vec<Label> = charter.labels.keys().cloned().collect();
    let label = (kind != "proposal" && kind != "position" && random.permille(500))
        .then(|| random.pick(&labels).clone());
    Statement {
        party: party.clone(),
        officers: vec!["duty".to_owned()],
        kind: Kind::parse(&kind).expect("a kind"),
        label,
        about,
        drill: false,
        terms: value(&terms),
    }
}

fn value(text: &str) -> Value {
    parse_human(text).expect("JSON")
}
