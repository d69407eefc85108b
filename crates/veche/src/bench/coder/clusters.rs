//! How well reports are joined to events, on reports of which it is known which tell of one event.

use super::chance::{Case, Share, share, shown};
use super::{FILE_LEN_MAX, failure};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use veche_coder::event::{Bar, Coder};
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;
use veche_coder::place::Gazetteer;
use veche_picture::joining::measure::{Clusters, Names, Shares, grouped, shares};
use veche_picture::joining::{BAR, Mention};

/// The last cluster on which constants were chosen (`formats/clusters.md`).
const LAST_CHOSEN: &str = "c-49";

/// Figures over some clusters.
struct Figures {
    documents: usize,
    mentions: usize,
    groups: usize,
    f1: Option<Share>,
    precision: Option<Share>,
    recall: Option<Share>,
    cubed: [f64; 3],
}

/// Scores the joining of the reports in a directory.
///
/// # Errors
/// [`Failure`]: the files, or what stands in them.
pub(crate) fn run(directory: &Path) -> Result<Answer, Failure> {
    let read = |name: &str| {
        let path = directory.join(name);
        String::from_utf8(file::read(&path, FILE_LEN_MAX)?)
            .map_err(|_| failure(&format!("`{}` is not UTF-8", path.display())))
    };
    let (documents, facts) = (read("documents.jsonl")?, read("facts.jsonl")?);
    let names = Names::read(&read("names.tsv")?);
    let unusable = |error: &dyn std::fmt::Display| failure(&error.to_string());
    let vocabulary = Vocabulary::shipped().map_err(|error| unusable(&error))?;
    let gazetteer = Gazetteer::read(names.places.as_bytes()).map_err(|error| unusable(&error))?;
    let matcher = Matcher::new(&vocabulary, &names.charter, Some(&gazetteer));
    let english = english().map_err(|error| unusable(&error))?;
    let coder = Coder::shipped(&vocabulary, &matcher, &english);
    let mut coder = coder.map_err(|error| unusable(&error))?;
    coder.gazetteer = Some(&gazetteer);
    let mut text = String::new();
    let mut told = Vec::new();
    for (name, is_chosen_on) in [("c-01 to c-49, chosen on", true), ("the others", false)] {
        let wanted = |cluster: &str| (cluster <= LAST_CHOSEN) == is_chosen_on;
        let clusters =
            Clusters::read(&documents, &facts, &wanted).map_err(|error| unusable(&error))?;
        coder.bar = Some(Bar::for_joining());
        let coded = clusters.coded(&coder, &names.charter).map_err(|error| unusable(&error))?;
        coder.bar = Some(Bar::none());
        let gold = clusters.gold(&coder).map_err(|error| unusable(&error))?;
        for (from, mentions) in [("what was coded", coded), ("facts without a fault", gold)] {
            let figures = figures(&clusters, &mentions)?;
            figures.write(&format!("{name}, from {from}"), &mut text);
            told.push(figures.json(name, from));
        }
    }
    Ok(Answer::document(text.trim_end(), json!({ "joining": told })))
}

fn figures(clusters: &Clusters, mentions: &[Mention]) -> Result<Figures, Failure> {
    let groups = grouped(clusters, mentions, BAR).map_err(|error| failure(&error.to_string()))?;
    let shares: Vec<Shares> = shares(clusters, &groups).into_values().collect();
    let of = |case: fn(&Shares) -> Case| share(&shares.iter().map(case).collect::<Vec<_>>());
    let sum = |of: fn(&Shares) -> f64| shares.iter().map(of).sum::<f64>();
    let all = sum(|share| f64::from(share.documents)).max(1.0);
    let (precision, recall) = (sum(|share| share.precision) / all, sum(|share| share.recall) / all);
    Ok(Figures {
        documents: clusters.documents.len(),
        mentions: mentions.len(),
        groups: groups.len(),
        // A pair of two events' documents is counted with both, so that each counts half here.
        f1: of(|share| (4 * share.right, 4 * share.right + 2 * share.missed + share.wrong)),
        precision: of(|share| (2 * share.right, 2 * share.right + share.wrong)),
        recall: of(|share| (share.right, share.right + share.missed)),
        cubed: [2.0 * precision * recall / (precision + recall), precision, recall]
            .map(|part| 100.0 * part),
    })
}

impl Figures {
    fn write(&self, name: &str, out: &mut String) {
        let [cubed, precision, recall] = self.cubed;
        // A string takes whatever is written.
        let _always_ok = writeln!(
            out,
            "{name}: {} reports, {} of them coded, in {} groups\n  \
             pairs: F1 {}, precision {}, recall {}\n  \
             B-cubed: F1 {cubed:.1}, precision {precision:.1}, recall {recall:.1}",
            self.documents,
            self.mentions,
            self.groups,
            shown(self.f1),
            shown(self.precision),
            shown(self.recall),
        );
    }

    fn json(&self, name: &str, from: &str) -> Value {
        let of = |share: Option<Share>| {
            share.map(|share| json!({ "value": share.value, "low": share.low, "high": share.high }))
        };
        json!({
            "clusters": name,
            "from": from,
            "reports": self.documents,
            "coded": self.mentions,
            "groups": self.groups,
            "pairs": { "f1": of(self.f1), "precision": of(self.precision), "recall": of(self.recall) },
            "b_cubed": { "f1": self.cubed[0], "precision": self.cubed[1], "recall": self.cubed[2] },
        })
    }
}
