//! How well mentions are joined, on documents of which it is known what they tell (`formats/clusters.md`).

use super::line::{Lines, Origin};
use super::mention::{Count, Mention, Party, Spot, day, moment};
use super::{JoinError, Joiner};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use veche_coder::casualty::Harm;
use veche_coder::date::Day;
use veche_coder::document::{Document, TooLong};
use veche_coder::event::Coder;
use veche_coder::matcher::CharterName;
use veche_coder::ontology::{Class, Mode};

/// How many sentences of a document tell its main event: the headline, and the first of the text.
const LEAD_SENTENCES: usize = 4;

/// A document of which it is known what it tells.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// The event that it tells of.
    pub cluster: String,
    publisher: String,
    published: String,
    /// Headline and text.
    text: String,
}

/// What is known of an event.
#[derive(Debug, Clone)]
pub struct Fact {
    class: Class,
    mode: Option<Mode>,
    actor: String,
    recipient: String,
    place: String,
    date: Day,
    /// The least and the most killed that a document still holds to.
    pub dead: Option<(u64, u64)>,
    /// `stands`, `disputed` or `retracted`.
    pub status: String,
    /// Publishers with a document of their own.
    pub sources: u64,
}

/// Documents with what they tell.
#[derive(Debug, Clone, Default)]
pub struct Clusters {
    /// The documents, in the order of publication.
    pub documents: Vec<Known>,
    /// What is known of each event.
    pub facts: BTreeMap<String, Fact>,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {fault}")]
pub struct ClusterError {
    /// The file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: String,
}

/// Names of states and towns for a coder, from `names.tsv`.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// States, rebels and organisations.
    pub charter: Vec<CharterName>,
    /// A file of places (`formats/places.md`).
    pub places: String,
}

impl Names {
    /// Reads a table of names. Lines that it does not need it passes over.
    #[must_use]
    pub fn read(table: &str) -> Self {
        let mut names = Self::default();
        names.places.push_str("geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames\n");
        let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
        for (number, row) in (1..).zip(rows) {
            let cells: Vec<&str> = row.split('\t').collect();
            let [name, kind, code, _, en, ru] = cells.as_slice() else { continue };
            if *kind == "state" {
                let forms = en.split('|').chain(ru.split('|')).map(str::to_owned).collect();
                names.charter.push(CharterName {
                    code: (*code).to_owned(),
                    sector: None,
                    names: forms,
                });
            } else if ["town", "pass"].contains(kind) {
                let others: Vec<&str> = en.split('|').chain(ru.split('|')).collect();
                // Two degrees apart each, so that no two are one place.
                let degree = f64::from(number) * 2.0 - 80.0;
                let _always_ok = writeln!(
                    names.places,
                    "{number}\t{name}\t{degree:.1}\t{degree:.1}\t\t\t1000\t{}",
                    others.join("|")
                );
            }
        }
        names
    }
}

impl Clusters {
    /// Reads both files, and keeps the clusters that `wanted` says.
    ///
    /// # Errors
    /// [`ClusterError`], the first that there is.
    pub fn read(
        documents: &str,
        facts: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Self, ClusterError> {
        let mut clusters = Self::default();
        for (line, text) in (1..).zip(facts.lines()) {
            let (cluster, fact) = fact(text).ok_or_else(|| ClusterError {
                file: "facts.jsonl",
                line,
                fault: "not as `formats/clusters.md` has it".to_owned(),
            })?;
            if wanted(&cluster) {
                clusters.facts.insert(cluster, fact);
            }
        }
        for (line, text) in (1..).zip(documents.lines()) {
            let known = known(text).ok_or_else(|| ClusterError {
                file: "documents.jsonl",
                line,
                fault: "not as `formats/clusters.md` has it".to_owned(),
            })?;
            if clusters.facts.contains_key(&known.cluster) {
                clusters.documents.push(known);
            }
        }
        Ok(clusters)
    }

    /// Returns what a coder finds: of each document the likeliest event of its beginning.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn coded(
        &self,
        coder: &Coder<'_>,
        charter: &[CharterName],
    ) -> Result<Vec<Mention>, TooLong> {
        let mut mentions = Vec::new();
        for known in &self.documents {
            let document = Document::read(known.text.as_bytes())?;
            let published = moment(&known.published).map(|moment| moment.day);
            let coded = coder.code(document, published);
            let origin = Origin {
                document: &known.id,
                publisher: &known.publisher,
                published: &known.published,
                offset: 0,
                charter,
            };
            let mut lead = BTreeSet::new();
            let mut best: Option<&veche_coder::event::CodedEvent> = None;
            for event in &coded.events {
                lead.insert(event.sentence.start);
                if lead.len() <= LEAD_SENTENCES
                    && best.is_none_or(|best| event.probability > best.probability)
                {
                    best = Some(event);
                }
            }
            let lines = Lines::new(coder, &coded, origin);
            let read = best.map(|event| Mention::read(lines.line(event).to_string().as_bytes()));
            mentions.extend(read.and_then(Result::ok));
        }
        Ok(mentions)
    }

    /// Returns what a coder without a fault would find: the facts of the event, with the documents' own times and texts.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn gold(&self, coder: &Coder<'_>) -> Result<Vec<Mention>, TooLong> {
        let mut mentions = Vec::new();
        for known in &self.documents {
            let Some(fact) = self.facts.get(&known.cluster) else { continue };
            let coded = coder.code(Document::read(known.text.as_bytes())?, None);
            let origin = Origin {
                document: &known.id,
                publisher: &known.publisher,
                published: &known.published,
                ..Origin::default()
            };
            // Any event of the document lends its line; what was coded is written over.
            let lines = Lines::new(coder, &coded, origin);
            let Some(event) = coded.events.first() else { continue };
            let read = Mention::read(lines.line(event).to_string().as_bytes()).ok();
            mentions.extend(read.map(|mention| fact.over(mention)));
        }
        Ok(mentions)
    }
}

impl Fact {
    fn over(&self, mention: Mention) -> Mention {
        let party = |code: &str| {
            (!code.is_empty()).then(|| Party { code: code.to_owned(), text: code.to_owned() })
        };
        let place = (!self.place.is_empty()).then(|| Spot {
            text: self.place.clone(),
            geonames: None,
            country: String::new(),
            is_town: true,
            degrees: None,
        });
        Mention {
            class: self.class,
            mode: self.mode,
            actor: party(&self.actor),
            recipient: party(&self.recipient),
            place,
            first: self.date,
            last: self.date,
            precision: "day".to_owned(),
            probability: super::mention::CERTAIN,
            tolls: self
                .dead
                .map(|(low, high)| (Harm::Dead, Count { low, high: Some(high) }))
                .into_iter()
                .collect(),
            ..mention
        }
    }
}

fn known(line: &str) -> Option<Known> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    moment(value["published"].as_str()?)?;
    Some(Known {
        id: text("id")?,
        cluster: text("cluster")?,
        publisher: text("source")?,
        published: text("published")?,
        text: format!("{}\n\n{}", text("title")?, text("text")?),
    })
}

fn fact(line: &str) -> Option<(String, Fact)> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let class = Class::parse(value["type"].as_str()?)?;
    let dead = match value["dead"].as_array().map(Vec::as_slice) {
        Some([low, high]) => Some((low.as_u64()?, high.as_u64()?)),
        _ => None,
    };
    let fact = Fact {
        class,
        mode: class.mode(value["mode"].as_str()?),
        actor: text("source")?,
        recipient: text("target")?,
        place: text("place")?,
        date: day(value["date"].as_str()?)?,
        dead,
        status: text("status")?,
        sources: value["sources"].as_u64()?,
    };
    Some((text("cluster")?, fact))
}

/// Returns which documents were joined: each group their ids. A document without a mention is alone.
///
/// # Errors
/// [`JoinError`].
pub fn grouped(
    clusters: &Clusters,
    mentions: &[Mention],
    bar: i32,
) -> Result<Vec<BTreeSet<String>>, JoinError> {
    let mut joiner = Joiner::new(bar);
    for mention in mentions {
        joiner.add(mention.clone())?;
    }
    let mut groups: Vec<BTreeSet<String>> = joiner
        .groups()
        .into_iter()
        .map(|group| group.into_iter().map(|mention| mention.document.clone()).collect())
        .collect();
    let told: BTreeSet<&String> = groups.iter().flatten().collect();
    let alone = clusters.documents.iter().map(|known| &known.id).filter(|id| !told.contains(id));
    let alone: Vec<BTreeSet<String>> = alone.map(|id| BTreeSet::from([id.clone()])).collect();
    groups.extend(alone);
    Ok(groups)
}

/// What an event's documents add to the figures.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    /// Pairs of its documents that were joined.
    pub right: u32,
    /// Pairs of its documents that were not.
    pub missed: u32,
    /// Pairs of one of its documents and another event's that were joined: counted with both.
    pub wrong: u32,
    /// Its documents.
    pub documents: u32,
    /// B-cubed: summed over its documents, the part of the group that belongs to it.
    pub precision: f64,
    /// And the part of the event that is in the group.
    pub recall: f64,
}

/// Returns what each event adds to the figures.
#[must_use]
pub fn shares(clusters: &Clusters, groups: &[BTreeSet<String>]) -> BTreeMap<String, Shares> {
    let of: BTreeMap<&str, &str> = clusters
        .documents
        .iter()
        .map(|known| (known.id.as_str(), known.cluster.as_str()))
        .collect();
    let mut sizes: BTreeMap<&str, u32> = BTreeMap::new();
    for cluster in of.values() {
        *sizes.entry(cluster).or_default() += 1;
    }
    let mut shares: BTreeMap<String, Shares> = BTreeMap::new();
    for group in groups {
        let mut within: BTreeMap<&str, u32> = BTreeMap::new();
        for cluster in group.iter().filter_map(|id| of.get(id.as_str())) {
            *within.entry(cluster).or_default() += 1;
        }
        let all: u32 = within.values().sum();
        for (cluster, count) in within {
            let size = sizes.get(cluster).copied().unwrap_or(0);
            let held = shares.entry(cluster.to_owned()).or_default();
            held.right += count * (count - 1) / 2;
            held.wrong += count * (all - count);
            held.documents += count;
            held.precision += f64::from(count) * f64::from(count) / f64::from(all);
            held.recall += f64::from(count) * f64::from(count) / f64::from(size);
        }
    }
    for (cluster, held) in &mut shares {
        let size = sizes.get(cluster.as_str()).copied().unwrap_or(0);
        held.missed = (size * size.saturating_sub(1) / 2).saturating_sub(held.right);
    }
    shares
}
