//! What an exercise's feeds come to: items coded by the coder, mentions joined into events, and which of them count.

use super::script::CoderFiles;
use crate::picture::reports::Reports;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_coder::date::Day;
use veche_coder::document::Document;
use veche_coder::event::{Bar, Coder, Signals};
use veche_coder::identity::Identity;
use veche_coder::matcher::{CharterName, Matcher, PartyName, Vocabulary};
use veche_coder::model::{Language, english};
use veche_coder::ontology::{Class, Quad};
use veche_coder::place::Gazetteer;
use veche_picture::joining::alike::body;
use veche_picture::joining::line::{Lines, Origin};
use veche_picture::joining::mention::day;
use veche_picture::joining::{JoinError, Joined, Joiner, Mention, Reliabilities, Status};

/// What feed items are read with: the coder, whom it knows, and how far sources are trusted.
pub(super) struct Reading {
    vocabulary: Vocabulary,
    charter: Vec<CharterName>,
    gazetteer: Gazetteer,
    matcher: Matcher,
    english: Language<'static>,
    signals: Signals,
    trusted: Reliabilities,
    identity: Identity,
}

/// What one node's feed has come to.
#[derive(Default)]
pub(super) struct Read {
    joiner: Joiner,
    /// Each item by its name, with what its author says that it tells.
    items: BTreeMap<String, String>,
}

impl Read {
    /// Adds what the feed has told to reports. An item that several nodes got is one.
    pub(super) fn report(&self, reports: &mut Reports) -> Result<(), JoinError> {
        self.joiner.mentions().try_for_each(|mention| reports.add(mention.clone()))
    }
}

impl Reading {
    /// Makes a reading of a charter's parties and of the files beside the script. `trusts_all`: each source is one that cannot be
    /// judged, whatever the list says.
    pub(super) fn new(
        charter: &Charter,
        names: &CoderFiles,
        files: &BTreeMap<String, String>,
        trusts_all: bool,
    ) -> Result<Self, String> {
        let file = |name: &str| {
            let text = files.get(name).map(String::as_bytes);
            text.ok_or_else(|| format!("there is no file `{name}` beside the script"))
        };
        let own = |error: &dyn std::fmt::Display| format!("the coder's own tables: {error}");
        let in_file = |name: &str, error: &dyn std::fmt::Display| format!("{name}: {error}");
        let vocabulary = Vocabulary::shipped()
            .map_err(|error| own(&error))?
            .with_nations(file(&names.nations)?)
            .map_err(|error| in_file(&names.nations, &error))?;
        let parties = charter.parties.iter();
        let parties = parties.map(|(id, party)| PartyName { id: id.as_str(), name: &party.name });
        let charter = CharterName::of_parties(parties, &vocabulary);
        let gazetteer = Gazetteer::read(file(&names.places)?)
            .map_err(|error| in_file(&names.places, &error))?;
        let trusted = Reliabilities::read(file(&names.sources)?)
            .map_err(|error| in_file(&names.sources, &error))?;
        let identity = Identity::shipped().with(file(&names.nations)?).with_names(&charter);
        let identity = identity.with(file(&names.places)?);
        Ok(Self {
            identity,
            matcher: Matcher::new(&vocabulary, &charter, Some(&gazetteer)),
            vocabulary,
            charter,
            gazetteer,
            english: english().map_err(|error| own(&error))?,
            signals: Signals::shipped().map_err(|error| own(&error))?,
            trusted: if trusts_all { Reliabilities::default() } else { trusted },
        })
    }

    /// Codes the items of a file and adds what they tell.
    pub(super) fn take(&self, file: &str, items: &[Json], read: &mut Read) -> Result<(), String> {
        let coder = Coder::shipped(&self.vocabulary, &self.matcher, &self.english);
        let mut coder = coder.map_err(|error| error.to_string())?;
        coder.identity = self.identity;
        coder.gazetteer = Some(&self.gazetteer);
        coder.signals = Some(&self.signals);
        coder.bar = Some(Bar::for_joining());
        for (number, item) in (1..).zip(items) {
            let name = format!("{file}:{number}");
            let mentions = self.mentions(&coder, &name, item);
            let mentions = mentions.map_err(|error| format!("{name}: {error}"))?;
            for mention in mentions {
                read.joiner.add(mention).map_err(|error| format!("{name}: {error}"))?;
            }
            let told = item["event"].as_str().unwrap_or_default();
            read.items.insert(name, told.to_owned());
        }
        Ok(())
    }

    fn mentions(&self, coder: &Coder<'_>, name: &str, item: &Json) -> Result<Vec<Mention>, String> {
        let text = |key: &str| item[key].as_str().unwrap_or_default();
        let document =
            Document::read(text("text").as_bytes()).map_err(|error| error.to_string())?;
        let published: Option<Day> = text("at").get(..10).and_then(day);
        let coded = coder.code(document, published);
        let origin = Origin {
            document: name,
            publisher: text("source"),
            published: text("at"),
            offset: 0,
            charter: &self.charter,
        };
        let lines = Lines::new(coder, &coded, origin);
        let mentions = coded.events.iter().map(|event| {
            let line = lines.line(event).to_string();
            Mention::read(line.as_bytes()).map_err(|error| error.to_string())
        });
        mentions.collect()
    }

    /// Returns reports of nobody so far, which trust publishers as feeds do.
    pub(super) fn reports(&self) -> Reports {
        Reports::trusting(self.trusted.clone())
    }

    /// Answers what a node's feed has come to: events, items that tell of none, and the pairs of which conflict is told.
    pub(super) fn answer(&self, read: &Read) -> Json {
        let mentions: BTreeMap<&str, &Mention> =
            read.joiner.mentions().map(|mention| (mention.id.as_str(), mention)).collect();
        let events = read.joiner.events(&self.trusted);
        let mut left: BTreeSet<&str> = read.items.keys().map(String::as_str).collect();
        for mention in mentions.values() {
            left.remove(mention.document.as_str());
        }
        let told: Vec<Json> = events.iter().map(|event| shown(event, &mentions, read)).collect();
        json!({ "events": told, "uncoded": left, "pairs": pairs(&events) })
    }
}

/// Returns whether an event counts: somebody tells it who is trusted, and it was not taken back.
fn counts(event: &Joined) -> bool {
    !event.reliability.is_low() && event.status != Status::Retracted
}

fn shown(event: &Joined, mentions: &BTreeMap<&str, &Mention>, read: &Read) -> Json {
    let own = || event.mentions.iter().filter_map(|id| mentions.get(id.as_str()));
    let documents: BTreeSet<&str> = own().map(|mention| mention.document.as_str()).collect();
    let languages: BTreeSet<&str> = own().map(|mention| mention.language.as_str()).collect();
    let items = documents.iter().filter_map(|name| read.items.get(*name));
    let tells: BTreeSet<&str> = items.map(String::as_str).collect();
    json!({
        "id": event.id,
        "type": event.class.name(),
        "mode": event.mode.map(|mode| mode.name()),
        "actor": event.actor.as_ref().map(|party| party.code.as_str()),
        "recipient": event.recipient.as_ref().map(|party| party.code.as_str()),
        "place": event.place.as_ref().map(|place| place.text.as_str()),
        "first": event.first.to_string(),
        "last": event.last.to_string(),
        "sources": event.sources,
        "carriers": event.carriers,
        "confidence_millionths": event.confidence,
        "reliability": event.reliability.letter(),
        "status": event.status.name(),
        "counts": counts(event),
        "languages": languages,
        "documents": documents,
        "tells": tells.into_iter().collect::<Vec<_>>().join(", "),
    })
}

/// Returns each pair of states with the conflict told between them: how many events that count, and which.
fn pairs(events: &[Joined]) -> Vec<Json> {
    let mut pairs: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for event in events.iter().filter(|event| counts(event) && is_conflict(event.class)) {
        let parties = [&event.actor, &event.recipient].into_iter().flatten();
        let states: BTreeSet<&str> = parties.filter_map(|party| body(&party.code)).collect();
        if states.len() == 2 {
            let pair = states.into_iter().collect::<Vec<_>>().join("-");
            let reason = json!({ "event": event.id, "type": event.class.name() });
            pairs.entry(pair).or_default().push(reason);
        }
    }
    let pairs = pairs.into_iter();
    pairs
        .map(|(pair, reasons)| json!({ "pair": pair, "conflict": reasons.len(), "reasons": reasons }))
        .collect()
}

fn is_conflict(class: Class) -> bool {
    matches!(class.quad(), Some(Quad::VerbalConflict | Quad::MaterialConflict))
}
