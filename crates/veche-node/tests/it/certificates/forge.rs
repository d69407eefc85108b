//! A certificate taken apart, changed, and put together again, with the keys that an adversary has.

use super::scenes::Scene;
use crate::world::{id, secrets, value};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use veche_council::certificate::Certificate;
use veche_council::ingest::cosignature_line;
use veche_ledger::checkpoint::CHECKPOINT_LIMITS;
use veche_ledger::tree::leaf_hash;
use veche_ledger::{Checkpoint, Cosignature, Hash, Note, NoteSignature, Origin, UnixSeconds};

/// Whose keys an adversary has.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    /// Nobody's.
    None,
    /// These parties': of their logs, nodes and officers.
    Of(BTreeSet<String>),
    /// All: to show that one check alone refuses.
    All,
}

impl Keys {
    /// The keys of a log's party and of one colluding witness.
    pub(crate) fn of(parties: &[&str]) -> Self {
        Self::Of(parties.iter().map(|party| (*party).to_owned()).collect())
    }

    fn has(&self, party: &str) -> bool {
        match self {
            Self::None => false,
            Self::Of(parties) => parties.contains(party),
            Self::All => true,
        }
    }
}

/// A certificate in parts.
#[derive(Clone)]
pub(crate) struct Forge<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) parts: Certificate,
    /// `certificate.json`.
    pub(crate) json: Json,
}

impl<'a> Forge<'a> {
    pub(crate) fn new(scene: &'a Scene) -> Self {
        let json = serde_json::from_slice(&scene.certificate.statement.to_bytes()).expect("JSON");
        Self { scene, parts: scene.certificate.clone(), json }
    }

    /// Puts the file together.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.parts.statement = value(&self.json);
        self.parts.to_bytes()
    }

    pub(crate) fn logs(&self) -> Vec<Origin> {
        self.parts.logs.keys().cloned().collect()
    }

    fn list(&mut self, key: &str) -> &mut Vec<Json> {
        self.json["closing"][key].as_array_mut().expect("a list")
    }

    pub(crate) fn cut(&mut self) -> &mut Vec<Json> {
        self.list("cut")
    }

    pub(crate) fn heads(&mut self) -> &mut Vec<Json> {
        self.list("heads")
    }

    pub(crate) fn results(&mut self) -> &mut Vec<Json> {
        self.list("results")
    }

    pub(crate) fn decisions(&mut self) -> &mut Vec<Json> {
        self.json["decisions"].as_array_mut().expect("a list")
    }

    /// Returns the entry of a log in the cut.
    pub(crate) fn cut_of(&mut self, log: &Origin) -> Option<&mut Json> {
        self.cut().iter_mut().find(|head| head[0] == log.as_str())
    }

    /// Returns the cosignatures on a log's head.
    pub(crate) fn lines(&mut self, log: &Origin) -> Option<&mut Vec<Json>> {
        self.heads().iter_mut().find(|head| head[0] == log.as_str())?[1].as_array_mut()
    }

    /// Puts a log's cosignatures into its checkpoint note, as the closing states them. `false` if they make no note.
    pub(crate) fn copy_lines(&mut self, log: &Origin) -> bool {
        let lines = self.lines(log).cloned().unwrap_or_default();
        let Some(part) = self.parts.logs.get_mut(log) else { return false };
        let note = Note::parse(&part.checkpoint, CHECKPOINT_LIMITS).expect("a note");
        let mut signatures = own_lines(&note, log);
        for line in &lines {
            let key = line[0].as_str().and_then(|name| veche_ledger::KeyName::parse(name).ok());
            signatures.extend(key.and_then(|key| cosignature_line(&key, line[2].as_str()?)));
        }
        let Ok(note) = Note::assemble(note.text(), &signatures, CHECKPOINT_LIMITS) else {
            return false;
        };
        part.checkpoint = note.to_bytes();
        true
    }

    /// Makes a log's tree, head and checkpoint anew from its leaves. What the adversary has no key for stays as it was.
    pub(crate) fn remake(&mut self, log: &Origin, keys: &Keys) {
        let Some(part) = self.parts.logs.get_mut(log) else { return };
        let mut tree = part.before.clone();
        for leaf in &part.leaves {
            tree.append(leaf_hash(leaf));
        }
        let checkpoint = Checkpoint { origin: log.clone(), size: tree.size(), root: tree.root() };
        let old = Note::parse(&part.checkpoint, CHECKPOINT_LIMITS).expect("a note");
        let mut signatures = own_lines(&old, log);
        if keys.has(log.party()) {
            let own = secrets(&self.scene.charter, &id(log.party()));
            let key = &own.logs[&log.epoch()];
            signatures = vec![NoteSignature::sign(&checkpoint.to_string(), key)];
        }
        let note = Note::assemble(&checkpoint.to_string(), &signatures, CHECKPOINT_LIMITS)
            .expect("a note");
        part.checkpoint = note.to_bytes();
        if let Some(entry) = self.cut_of(log) {
            *entry = json!([log.as_str(), checkpoint.size, checkpoint.root.to_string()]);
        }
        for at in 0..self.lines(log).map_or(0, |lines| lines.len()) {
            let line = self.lines(log).map(|lines| lines[at].clone()).unwrap_or_default();
            let time = UnixSeconds::parse(line[1].as_str().unwrap_or_default()).unwrap_or_default();
            let party = party_of(&line);
            if keys.has(&party) {
                self.cosign(log, at, &party, time);
            }
        }
        self.copy_lines(log);
    }

    /// Returns what a log's head is now.
    pub(crate) fn head(&mut self, log: &Origin) -> Option<Checkpoint> {
        let entry = self.cut_of(log)?.clone();
        let root = Hash::parse(entry[2].as_str()?).ok()?;
        Some(Checkpoint { origin: log.clone(), size: entry[1].as_u64()?, root })
    }

    /// Makes a cosignature on a log's head with a party's real key, in the place of the one at `at`; after all if there is none.
    pub(crate) fn cosign(&mut self, log: &Origin, at: usize, party: &str, time: UnixSeconds) {
        let Some(head) = self.head(log) else { return };
        let Some(key) = secrets(&self.scene.charter, &id(party)).witness else { return };
        let line = Cosignature::sign(&head, time, &key).line().to_string();
        let base64 = line.rsplit(' ').next().unwrap_or_default();
        let line = json!([key.name().as_str(), time.to_string(), base64]);
        let Some(lines) = self.lines(log) else { return };
        match lines.get_mut(at) {
            Some(place) => *place = line,
            None => lines.push(line),
        }
    }

    /// Puts a log's cosignatures in their order: by time, then name.
    pub(crate) fn sort_lines(&mut self, log: &Origin) {
        if let Some(lines) = self.lines(log) {
            lines.sort_by_key(|line| (line[1].to_string(), line[0].to_string()));
        }
    }

    /// Returns every log and number of a cosignature.
    pub(crate) fn all_lines(&mut self) -> Vec<(Origin, usize)> {
        let logs = self.logs();
        logs.into_iter()
            .flat_map(|log| {
                (0..self.lines(&log).map_or(0, |l| l.len()))
                    .map(move |at| (log.clone(), at))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// States another result for a unit, in the closing and in the decision alike.
    pub(crate) fn claim(&mut self, unit: usize, state: &str, outcome: &str, binds: &Json) {
        self.results()[unit]["state"] = state.into();
        self.results()[unit]["binds"] = binds.clone();
        let decision = &mut self.decisions()[unit];
        decision["state"] = state.into();
        decision["outcome"] = outcome.into();
        decision["binds"] = binds.clone();
    }

    /// States that everybody's silence adopted everything, as if no record had said otherwise.
    pub(crate) fn claim_adopted(&mut self) {
        let members = self
            .scene
            .charter
            .parties
            .iter()
            .filter(|(_, party)| party.status.as_str() == "member");
        let members: Vec<String> = members.map(|(party, _)| party.to_string()).collect();
        let latest =
            self.heads().iter().flat_map(|head| head[1].as_array().cloned().unwrap_or_default());
        let latest = latest
            .map(|line| line[1].as_str().unwrap_or_default().to_owned())
            .min()
            .unwrap_or_default();
        for unit in 0..self.results().len() {
            self.claim(unit, "adopted", "adopted", &json!(members));
            let silent: serde_json::Map<String, Json> =
                members.iter().map(|party| (party.clone(), json!({"position": "yes"}))).collect();
            self.decisions()[unit]["positions"] = Json::Object(silent);
            self.decisions()[unit]["at"] = latest.clone().into();
        }
    }
}

/// Returns the party whose key made a cosignature.
pub(crate) fn party_of(line: &Json) -> String {
    line[0].as_str().and_then(|name| name.split('/').nth(1)).unwrap_or_default().to_owned()
}

/// Returns the other case or digit of the first letter of a base64 signature that has one, so that it is still base64.
pub(crate) fn bent(base64: &str, at: usize) -> String {
    let mut bytes = base64.as_bytes().to_vec();
    let at = 8 + at % (bytes.len() - 12);
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("ASCII")
}

/// Returns the lines of a log on its checkpoint: of a pair of keys two.
fn own_lines(note: &Note, log: &Origin) -> Vec<NoteSignature> {
    note.signatures().iter().filter(|line| line.name == log.as_str()).cloned().collect()
}
