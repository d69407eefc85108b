//! A generated organisation: records in the mix of LANTERN, with their receipts and closings.

use std::collections::BTreeMap;
use std::sync::Arc;
use veche_charter::Charter;
use veche_council::{Entry, Head, Signer, SignerRole, Terms};
use veche_ledger::json::Value;
use veche_ledger::{Hash, KeyName, Kind, Label, LeafIndex, Origin, UnixSeconds};

const START: u64 = 1_798_761_600;
/// Seconds between two procedures.
const STEP: u64 = 600;

/// A charter with so many members, and what they say.
pub(crate) struct World {
    pub(crate) charter: Arc<Charter>,
    logs: Vec<Origin>,
    keys: Vec<KeyName>,
}

impl World {
    /// Makes an organisation of `members` members under the Compact's rules.
    pub(crate) fn new(members: usize) -> Self {
        let text = include_str!("../../../charters/six-rivers/charter.toml");
        let mut text = text.to_owned();
        for extra in 6..members {
            let party = format!(
                "
[parties.m{extra}]\nname = \"Member {extra}\"\nstatus = \"member\"\n"
            );
            text.push_str(&party);
        }
        if members > 6 {
            let quorum = (2 * (members - 1)).div_ceil(3) + 1;
            text = text.replacen("quorum = 4", &format!("quorum = {quorum}"), 1);
        }
        let charter =
            Arc::new(Charter::load(text.as_bytes(), "charter.toml").expect("the charter is sound"));
        let names = charter
            .parties
            .iter()
            .filter(|(_, p)| p.status.as_str() == "member")
            .map(|(id, _)| id.to_string());
        let names: Vec<String> = names.collect();
        let origin = |name: &String| {
            Origin::parse(&format!("{}/{name}/1", charter.organisation)).expect("a name")
        };
        let key = |name: &String| {
            KeyName::parse(&format!("{}/{name}/duty", charter.organisation)).expect("a name")
        };
        Self {
            logs: names.iter().map(origin).collect(),
            keys: names.iter().map(key).collect(),
            charter,
        }
    }

    /// Returns the last instant that records of so many are about.
    pub(crate) fn end(&self, records: usize) -> UnixSeconds {
        UnixSeconds(START + STEP * records as u64)
    }

    /// Generates records: procedures of six kinds, each with its events, and after each act one round of receipts that
    /// covers it.
    pub(crate) fn entries(&self, count: usize) -> Vec<Entry> {
        let mut out = Vec::with_capacity(count);
        self.each_entry(count, |entry| out.push(entry));
        out
    }

    /// Hands the same records to `take` one by one, so that not all of them need be held.
    pub(crate) fn each_entry(&self, count: usize, mut take: impl FnMut(Entry)) {
        let mut talk = Talk {
            world: self,
            out: Vec::new(),
            sizes: vec![0; self.logs.len()],
            said: 0,
            now: START,
        };
        let (mut turn, mut given) = (0, 0);
        while given < count {
            talk.procedure(turn);
            turn += 1;
            for entry in talk.out.drain(..).take(count - given) {
                take(entry);
                given += 1;
            }
        }
    }
}

struct Talk<'a> {
    world: &'a World,
    out: Vec<Entry>,
    sizes: Vec<u64>,
    /// Records so far.
    said: usize,
    now: u64,
}

impl Talk<'_> {
    fn procedure(&mut self, turn: usize) {
        self.now += STEP;
        let members = self.world.logs.len();
        let who = turn % members;
        let text = format!("matter {turn}: what happened, where, and what is asked of the others");
        match turn % 6 {
            0 => {
                let case = self.say(who, "notification", &[], &[("title", &text), ("text", &text)]);
                for other in 1..4 {
                    self.say((who + other) % members, "answer", &[case], &[("stance", "noted")]);
                }
            }
            1 => {
                let due = (UnixSeconds(self.now + 90 * 86_400)).to_string();
                let owner = self.world.logs[who].party().to_owned();
                let task = self.say(
                    who,
                    "commitment",
                    &[],
                    &[("owner", &owner), ("what", &text), ("due", &due)],
                );
                self.say(who, "progress", &[task], &[("step", "report_done"), ("evidence", &text)]);
                self.say((who + 1) % members, "progress", &[task], &[("step", "verify")]);
            }
            2 => {
                let pledge = self.pledge(who, &text);
                self.say(who, "renewal", &[pledge], &[]);
            }
            3 | 4 => self.proposal(who, turn, &text),
            _ => {
                let terms = [
                    ("title", text.as_str()),
                    ("area", "views:133"),
                    ("level", "tense"),
                    ("horizon", "30d"),
                    ("confidence", "likely"),
                    ("statement", &text),
                ];
                let warning = self.with_evidence(who, &terms);
                for other in 1..6 {
                    self.say(
                        (who + other) % members,
                        "answer",
                        &[warning],
                        &[("stance", "assessed")],
                    );
                }
            }
        }
    }

    fn pledge(&mut self, who: usize, text: &str) -> Hash {
        let mut map = strings(&[("what", text)]);
        map.insert("notice_hours".to_owned(), Value::Int(24));
        self.act(who, "pledge", &[], Value::Map(map))
    }

    fn with_evidence(&mut self, who: usize, terms: &[(&str, &str)]) -> Hash {
        let mut map = strings(terms);
        map.insert("evidence".to_owned(), Value::List(vec![Value::text("2026-10")]));
        self.act(who, "warning", &[], Value::Map(map))
    }

    fn proposal(&mut self, who: usize, turn: usize, text: &str) {
        let members = self.world.logs.len();
        let paragraph = |n: i64| Value::map([("n", Value::Int(n)), ("text", Value::text(text))]);
        let mut map = strings(&[("title", text), ("urgency", "urgent")]);
        map.insert("paragraphs".to_owned(), Value::List(vec![paragraph(1), paragraph(2)]));
        let text_leaf = self.act(who, "proposal", &[], Value::Map(map));
        self.say((who + 1) % members, "position", &[text_leaf], &[("position", "aside")]);
        if turn.is_multiple_of(2) {
            let mut map = strings(&[("position", "no"), ("reason", "not like this")]);
            map.insert("paragraphs".to_owned(), Value::List(vec![Value::Int(2)]));
            self.act((who + 2) % members, "position", &[text_leaf], Value::Map(map));
        } else {
            let mut map = strings(&[("title", text), ("urgency", "urgent")]);
            map.insert("paragraphs".to_owned(), Value::List(vec![paragraph(2)]));
            self.act((who + 2) % members, "amendment", &[text_leaf], Value::Map(map));
        }
        self.say(who, "interpretative_statement", &[text_leaf], &[("text", text)]);
    }

    fn say(&mut self, who: usize, kind: &str, about: &[Hash], terms: &[(&str, &str)]) -> Hash {
        self.act(who, kind, about, Value::Map(strings(terms)))
    }

    /// An act, and receipts of it by the first four others: one `witness` record each.
    fn act(&mut self, who: usize, kind: &str, about: &[Hash], terms: Value) -> Hash {
        let leaf = self.push(who, kind, about, &terms, SignerRole::Officer);
        let quorum = self.world.charter.witnessing.quorum as usize;
        let head = Value::List(vec![
            Value::text(&self.world.logs[who]),
            Value::int(self.sizes[who]).expect("a size"),
            Value::text(leaf),
        ]);
        let time = Value::text(UnixSeconds(self.now));
        // Large bodies log receipts in batches, so that an act costs no record of every witness: one for all in five.
        let is_batched = self.world.logs.len() > 10 && !self.said.is_multiple_of(5);
        for other in 1..=quorum {
            if is_batched {
                break;
            }
            let terms =
                Value::map([("heads", Value::List(vec![head.clone()])), ("time", time.clone())]);
            self.push(
                (who + other) % self.world.logs.len(),
                "witness",
                &[],
                &terms,
                SignerRole::Node,
            );
        }
        self.now += 1;
        leaf
    }

    fn push(
        &mut self,
        who: usize,
        kind: &str,
        about: &[Hash],
        terms: &Value,
        role: SignerRole,
    ) -> Hash {
        let index = self.sizes[who];
        self.sizes[who] += 1;
        self.said += 1;
        let log = &self.world.logs[who];
        let leaf = Hash::of(&[log.as_str().as_bytes(), &index.to_be_bytes()]);
        let other = (who + 1) % self.world.logs.len();
        self.out.push(Entry {
            log: log.clone(),
            index: LeafIndex(index),
            leaf,
            kind: Kind::parse(kind).expect("a kind"),
            label: Label::parse("COMPACT").expect("a label"),
            charter: self.world.charter.hash,
            drill: false,
            is_sealed: false,
            about: about.to_vec(),
            seen: vec![Head {
                log: self.world.logs[other].clone(),
                size: self.sizes[other],
                root: leaf,
            }],
            time: UnixSeconds(self.now),
            signers: vec![Signer { key: self.world.keys[who].clone(), role }],
            terms: Terms::Held(terms.to_bytes().into_boxed_slice()),
        });
        leaf
    }
}

fn strings(pairs: &[(&str, &str)]) -> BTreeMap<String, Value> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::text(value))).collect()
}
