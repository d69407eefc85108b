//! Reports that are made up, in English and Russian, as `veche code` would write them.

use serde_json::{Value, json};
use veche_node::picture::reports::Reports;
use veche_picture::Month;
use veche_picture::joining::{Mention, Reliabilities};

/// Who publishes, and how far each is trusted.
const PUBLISHERS: &str = "Northern Wire\tA\nLakes Press\tB\nРечная служба\tB\nPass Live\tE\n";

/// A report: `{0}` and `{1}` stand for the names of two of the organisation's members.
struct Report {
    document: &'static str,
    publisher: &'static str,
    hour: u32,
    language: &'static str,
    sentence: &'static str,
    kind: (&'static str, Option<&'static str>),
    likely: u32,
    /// The words with their keys; the same words may be two things.
    words: &'static [(&'static str, &'static str)],
    /// Codes of who acts and who is acted upon, by the place of their names.
    parties: [Option<(usize, &'static str)>; 2],
    /// What reports of one event have in common.
    names: &'static [&'static str],
    stems: &'static [&'static str],
    dead: Option<(u32, Option<u32>)>,
    stance: &'static str,
}

/// The day of the month on which the first of them came.
const FIRST_DAY: u32 = 23;
const OSTREL: (&str, i32, i32) = ("Ostrel", 43_210_000, 61_480_000);

const REPORTS: [Report; 9] = [
    Report {
        document: "https://wire.example/1",
        publisher: "Northern Wire",
        hour: 7,
        language: "en",
        sentence: "Gunmen from {1} shelled a border post of {0} near Ostrel on Tuesday, killing at least 12 soldiers.",
        kind: ("ASSAULT", Some("heavy-weapons")),
        likely: 940_000,
        words: &[
            ("trigger", "shelled"),
            ("actor", "Gunmen from {1}"),
            ("recipient", "border post of {0}"),
            ("place", "Ostrel"),
            ("date", "on Tuesday"),
            ("dead", "at least 12"),
        ],
        parties: [Some((1, "REB")), Some((0, "MIL"))],
        names: &["astrl", "gnmn", "pst"],
        stems: &["shell", "borde", "post", "soldi"],
        dead: Some((12, None)),
        stance: "tells",
    },
    Report {
        document: "https://lakes.example/77",
        publisher: "Lakes Press",
        hour: 15,
        language: "en",
        sentence: "The number of dead after gunmen from {1} shelled the post near Ostrel on Tuesday has risen to 15.",
        kind: ("ASSAULT", Some("heavy-weapons")),
        likely: 910_000,
        words: &[
            ("trigger", "shelled"),
            ("actor", "gunmen from {1}"),
            ("recipient", "post near Ostrel"),
            ("place", "Ostrel"),
            ("date", "on Tuesday"),
            ("dead", "15"),
        ],
        parties: [Some((1, "REB")), Some((0, "MIL"))],
        names: &["astrl", "gnmn", "pst"],
        stems: &["shell", "post", "toll", "dead"],
        dead: Some((15, Some(15))),
        stance: "tells",
    },
    Report {
        document: "ru-1",
        publisher: "Речная служба",
        hour: 16,
        language: "ru",
        sentence: "Во вторник боевики обстреляли пограничный пост под Острелом, погибли 15 военных, сообщила служба охраны границы.",
        kind: ("ASSAULT", Some("heavy-weapons")),
        likely: 900_000,
        words: &[
            ("trigger", "обстреляли"),
            ("actor", "боевики"),
            ("recipient", "пограничный пост"),
            ("attribution", "служба охраны границы"),
            ("place", "Острелом"),
            ("date", "Во вторник"),
            ("dead", "15 военных"),
        ],
        parties: [Some((1, "REB")), Some((0, "MIL"))],
        names: &["astrl", "gnmn"],
        stems: &["обстр", "погра", "пост"],
        dead: Some((15, Some(15))),
        stance: "tells",
    },
    Report {
        document: "wire-2",
        publisher: "Northern Wire",
        hour: 30,
        language: "en",
        sentence: "{0} accused {1} of arming the gunmen and demanded an inquiry within three days.",
        kind: ("ACCUSE", Some("allege")),
        likely: 960_000,
        words: &[("trigger", "accused"), ("actor", "{0}"), ("recipient", "{1}")],
        parties: [Some((0, "")), Some((1, ""))],
        names: &["nqr"],
        stems: &["accus", "armin", "inqui"],
        dead: None,
        stance: "tells",
    },
    Report {
        document: "wire-3",
        publisher: "Northern Wire",
        hour: 50,
        language: "en",
        sentence: "Several hundred people marched through the capital of {2} on Thursday against the price of bread.",
        kind: ("PROTEST", Some("demo")),
        likely: 930_000,
        words: &[
            ("trigger", "marched"),
            ("actor", "Several hundred people"),
            ("place", "capital of {2}"),
            ("date", "on Thursday"),
        ],
        parties: [Some((2, "CVL")), None],
        names: &["brd"],
        stems: &["march", "bread", "price"],
        dead: None,
        stance: "tells",
    },
    Report {
        document: "pass-9",
        publisher: "Pass Live",
        hour: 52,
        language: "en",
        sentence: "Columns of armour crossed the pass from {1} at night, drivers say.",
        kind: ("MOBILIZE", Some("troops")),
        likely: 700_000,
        words: &[
            ("trigger", "crossed the pass"),
            ("actor", "Columns of armour"),
            ("recipient", "pass"),
            ("attribution", "drivers"),
            ("place", "pass from {1}"),
            ("date", "at night"),
        ],
        parties: [Some((1, "MIL")), None],
        names: &["clmn", "ps"],
        stems: &["tanks", "armou", "drive"],
        dead: None,
        stance: "tells",
    },
    Report {
        document: "lakes-81",
        publisher: "Lakes Press",
        hour: 60,
        language: "en",
        sentence: "The defence ministry of {1} denied that columns of armour crossed the pass on Thursday night.",
        kind: ("MOBILIZE", Some("troops")),
        likely: 620_000,
        words: &[
            ("trigger", "crossed the pass"),
            ("actor", "columns of armour"),
            ("attribution", "defence ministry of {1}"),
            ("date", "on Thursday night"),
        ],
        parties: [Some((1, "MIL")), None],
        names: &["clmn", "ps"],
        stems: &["tanks", "armou", "defen"],
        dead: None,
        stance: "denies",
    },
    Report {
        document: "wire-4",
        publisher: "Northern Wire",
        hour: 76,
        language: "en",
        sentence: "Envoys of {0} and {1} met in the capital of {2} on Friday to speak about the post.",
        kind: ("CONSULT", Some("visit")),
        likely: 950_000,
        words: &[
            ("trigger", "met"),
            ("actor", "Envoys of {0} and {1}"),
            ("recipient", "{1}"),
            ("place", "capital of {2}"),
            ("date", "on Friday"),
        ],
        parties: [Some((0, "GOV")), Some((1, "GOV"))],
        names: &["nvs"],
        stems: &["envoy", "capit", "speak"],
        dead: None,
        stance: "tells",
    },
    Report {
        document: "lakes-90",
        publisher: "Lakes Press",
        hour: 90,
        language: "en",
        sentence: "{2} sent two lorries with medicine to the hospital of Ostrel.",
        kind: ("AID", None),
        likely: 920_000,
        words: &[
            ("trigger", "sent"),
            ("actor", "{2}"),
            ("recipient", "hospital of Ostrel"),
            ("place", "Ostrel"),
        ],
        parties: [Some((2, "")), Some((0, "MED"))],
        names: &["lrrs"],
        stems: &["lorri", "medic", "hospi"],
        dead: None,
        stance: "tells",
    },
];

/// Returns the reports, in the last week of a month. `names`: those of the organisation's members.
pub(crate) fn reports(names: &[String], month: Month) -> Option<Reports> {
    let mut reports = Reports::trusting(Reliabilities::read(PUBLISHERS.as_bytes()).ok()?);
    let mut offset = 0;
    for report in &REPORTS {
        let line = report.line(names, month, &mut offset)?;
        reports.add(Mention::read(line.to_string().as_bytes()).ok()?).ok()?;
    }
    Some(reports)
}

impl Report {
    /// Returns the line of `veche code`. `offset`: where the sentence begins, as if all stood in one file.
    fn line(&self, names: &[String], month: Month, offset: &mut usize) -> Option<Value> {
        let named = |text: &str| {
            (0..3).fold(text.to_owned(), |text, at| {
                text.replace(
                    &format!("{{{at}}}"),
                    names.get(at).map_or("Elsewhere", String::as_str),
                )
            })
        };
        let sentence = named(self.sentence);
        let begins = *offset;
        *offset += sentence.len() + 1;
        let words = |wanted: &str| {
            let wanted = named(wanted);
            let at = begins + sentence.find(&wanted)?;
            Some(json!({ "text": wanted, "start": at, "end": at + wanted.len() }))
        };
        let (day, clock) = (FIRST_DAY + self.hour / 24, self.hour % 24);
        let mut line = json!({
            "document": self.document,
            "publisher": self.publisher,
            "published": format!("{month}-{day:02}T{clock:02}:00:00Z"),
            "language": self.language,
            "type": self.kind.0,
            "mode": self.kind.1,
            "probability_millionths": self.likely,
            "sentence": { "text": sentence, "start": begins, "end": begins + sentence.len() },
            "stance": self.stance,
            "keys": { "names": self.names, "numbers": [], "stems": self.stems },
        });
        for (key, wanted) in self.words {
            line[*key] = words(wanted)?;
        }
        for (key, party) in ["actor", "recipient"].into_iter().zip(self.parties) {
            let Some((at, sector)) = party else {
                line[key] = Value::Null;
                continue;
            };
            let own: String =
                names.get(at)?.chars().filter(char::is_ascii_alphabetic).take(2).collect();
            line[key]["code"] = format!("X{}{sector}", own.to_uppercase()).into();
        }
        self.put_place(&mut line);
        if line["date"].is_object() {
            let day = format!("{month}-{day:02}");
            (line["date"]["first"], line["date"]["last"]) = (day.clone().into(), day.into());
            line["date"]["precision"] = "day".into();
        }
        if let Some((low, high)) = self.dead {
            line["dead"] = json!({ "low": low, "high": high, "words": line["dead"] });
        }
        Some(line)
    }

    fn put_place(&self, line: &mut Value) {
        if !line["place"].is_object() {
            return;
        }
        line["place"]["resolution"] = "town".into();
        let (name, latitude, longitude) = OSTREL;
        if line["place"]["text"] == name || line["place"]["text"] == "Острелом" {
            // One town in two scripts has one number.
            line["place"]["geonames"] = 99_000_001.into();
            line["place"]["latitude"] = latitude.into();
            line["place"]["longitude"] = longitude.into();
        }
    }
}
