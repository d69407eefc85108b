//! Twin worlds: the same acts in the same order, but for what is said under labels that one party may not read.
//!
//! The two halves of a secret have the same author and the same public header: what is not sealed the same kind, label, target and
//! length; what is sealed the same padded length, and beyond that nothing in common.

use crate::world::{World, id, label, statement};
use serde_json::{Value as Json, json};
use veche_ledger::{Hash, PartyId};

/// A label of Six Rivers for parties that are tagged, that says of itself who is meant: kind, target and label are public.
const RESTRICTED: &str = "RESTRICTED";
/// A label that a partner may read and the member that keeps its log may not.
const PARTNERS: &str = "PARTNERS";

/// What the labels begin with under which records travel sealed.
const SEALED: &str = "GROUP";

/// Something said, in one of its two forms.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) label: &'static str,
    kind: &'static str,
    /// The name of what it is about, or of nothing.
    about: &'static str,
    terms: Json,
}

impl Said {
    /// Returns what it is, in words.
    pub(crate) fn name(&self) -> String {
        format!("{} of label {} on `{}`", self.kind, self.label, self.about)
    }
}

/// A secret: who says it, and what in either world.
#[derive(Debug, Clone)]
pub(crate) struct Secret {
    by: &'static str,
    pub(crate) halves: [Said; 2],
}

/// Returns the charter of Six Rivers with labels that are withheld without being sealed.
pub(crate) fn charter() -> String {
    let text = crate::world::charter_text("six-rivers");
    format!(
        "{text}\n[labels.{RESTRICTED}]\nabove = [\"COMPACT\"]\nreaders = {{ tags = [\"cyber\"] }}\ntlp = \"TLP:AMBER\"\n\n\
         [labels.{PARTNERS}]\nabove = [\"COMPACT+partners\"]\nreaders = {{ status = [\"partner\"] }}\ntlp = \"TLP:AMBER\"\n"
    )
}

fn said(label: &'static str, kind: &'static str, about: &'static str, terms: Json) -> Said {
    Said { label, kind, about, terms }
}

/// Returns two halves under one public header.
fn plain(
    by: &'static str,
    label: &'static str,
    kind: &'static str,
    about: &'static str,
    (one, other): (Json, Json),
) -> Secret {
    let halves = [said(label, kind, about, one), said(label, kind, about, other)];
    Secret { by, halves }
}

/// Returns all secrets that are known here: each kind of restricted label, about nothing, about what all may read, moving it or not.
pub(crate) fn secrets() -> Vec<Secret> {
    let note = |text: &str| json!({ "text": text });
    let case = |number: &str, text: &str| json!({"ref": number, "title": text, "text": text, "wounded": 3});
    let stance = |word: &str| json!({"stance": word, "text": "so it is"});
    vec![
        plain("lurien", "COMPACT", "answer", "C-1", (stance("noted"), stance("acting"))),
        plain("quorrin", "COMPACT", "comment", "C-1", (note("alphaword"), note("omegaword"))),
        plain(
            "mirez",
            "COMPACT",
            "notification",
            "",
            (case("C-2", "alphaword"), case("C-3", "omegaword")),
        ),
        plain(
            "tamrin",
            "COMPACT",
            "acceptance",
            "A-1",
            (
                json!({"answer": "accept", "text": "alphaword"}),
                json!({"answer": "decline", "text": "omegaword"}),
            ),
        ),
        plain(
            "tamrin",
            "COMPACT",
            "progress",
            "T-1",
            (
                json!({"step": "report_done", "evidence": "alphaword"}),
                json!({"step": "dispute", "evidence": "omegaword"}),
            ),
        ),
        plain(
            "lurien",
            "COMPACT",
            "notification",
            "",
            // The number that something for all has later.
            (case("C-9", "alphaword"), case("C-8", "omegaword")),
        ),
        plain("orvessa", "COMPACT", "correction", "C-1", (note("alphaword"), note("omegaword"))),
        plain(
            "tamrin",
            "COMPACT",
            "commitment",
            "",
            (
                json!({"ref": "T-2", "owner": "ilmara", "what": "alphaword", "due": "2027-03-02T09:00:00Z"}),
                json!({"ref": "T-9", "owner": "tamrin", "what": "omegaword", "due": "2027-03-09T09:00:00Z"}),
            ),
        ),
        plain("halcis", RESTRICTED, "comment", "W-1", (note("alphaword"), note("omegaword"))),
        plain(
            "quorrin",
            RESTRICTED,
            "notification",
            "",
            (case("C-2", "alphaword"), case("C-5", "omegaword")),
        ),
        plain(
            "halcis",
            RESTRICTED,
            "position",
            "P-1",
            (
                json!({"position": "yes", "reason": "alphaword"}),
                json!({"position": "no", "reason": "omegaword"}),
            ),
        ),
        plain("quorrin", RESTRICTED, "answer", "W-1", (stance("noted"), stance("acting"))),
        plain("ilmara", PARTNERS, "comment", "A-1", (note("alphaword"), note("omegaword"))),
        plain(
            "ilmara",
            PARTNERS,
            "offer",
            "A-1",
            (
                json!({"what": "alphaword", "vehicles": 3}),
                json!({"what": "omegaword", "vehicles": 40}),
            ),
        ),
        Secret {
            by: "tamrin",
            halves: [
                said(
                    "GROUP(health)",
                    "lab_report",
                    "",
                    json!({"ref": "H-1", "text": "alphaword", "cases": 6, "agent": "unknown"}),
                ),
                said("GROUP(info)", "comment", "C-1", note("omegaword")),
            ],
        },
        Secret {
            by: "halcis",
            halves: [
                said("GROUP(cyber)", "notification", "", case("C-2", "alphaword")),
                said("GROUP(health)", "answer", "C-1", stance("acting")),
            ],
        },
        Secret {
            by: "quorrin",
            halves: [
                said("GROUP(cyber)", "answer", "W-1", stance("acting")),
                said(
                    "GROUP(cyber)",
                    "commitment",
                    "",
                    json!({"ref": "T-2", "owner": "halcis", "what": "omegaword", "due": "2027-03-02T09:00:00Z"}),
                ),
            ],
        },
        Secret {
            by: "tamrin",
            halves: [
                said("GROUP(health)", "answer", "C-1", stance("acting")),
                said("GROUP(health)", "progress", "T-1", json!({"step": "report_done"})),
            ],
        },
    ]
}

/// A world with the hashes of what was said in it by name.
pub(crate) struct Twin {
    pub(crate) world: World,
    named: Vec<(&'static str, Hash)>,
    /// Which of the two halves of each secret is said in it, if any is.
    half: Option<usize>,
    /// The secrets, in order.
    pub(crate) hidden: Vec<Hash>,
}

impl Twin {
    /// Makes a world in which what all may read was said.
    pub(crate) fn new(half: Option<usize>) -> Self {
        let world = World::new(&charter());
        let mut twin = Self { world, named: Vec::new(), half, hidden: Vec::new() };
        let texts =
            json!([{"n": 1, "text": "The ford is closed."}, {"n": 2, "text": "Boats are lent."}]);
        let opened = [
            (
                "C-1",
                "orvessa",
                "notification",
                "",
                "PUBLIC",
                json!({"ref": "C-1", "title": "Flood at the ford", "text": "It rises.", "wounded": 1}),
            ),
            (
                "W-1",
                "lurien",
                "warning",
                "",
                "COMPACT",
                json!({"ref": "W-1", "title": "Level", "area": "Ford", "level": "tense", "horizon": "3d",
                "confidence": "fair", "statement": "It will rise.", "evidence": ["gauge"]}),
            ),
            (
                "A-1",
                "tamrin",
                "assistance_request",
                "",
                "COMPACT+partners",
                json!({"ref": "A-1", "title": "Boats", "needs": ["boats"]}),
            ),
            (
                "P-1",
                "orvessa",
                "proposal",
                "C-1",
                "COMPACT",
                json!({"ref": "P-1", "title": "The ford", "urgency": "urgent", "paragraphs": texts}),
            ),
            (
                "T-1",
                "tamrin",
                "commitment",
                "",
                "PUBLIC",
                json!({"ref": "T-1", "owner": "tamrin", "what": "Sandbags", "due": "2027-03-05T09:00:00Z"}),
            ),
        ];
        for (name, by, kind, about, label, terms) in opened {
            let leaf = twin.say(by, kind, about, label, &terms);
            twin.named.push((name, leaf));
            twin.world.wait(7);
        }
        twin
    }

    fn say(&mut self, by: &str, kind: &str, about: &str, under: &str, terms: &Json) -> Hash {
        let about: Vec<Hash> =
            self.named.iter().filter(|(name, _)| *name == about).map(|(_, leaf)| *leaf).collect();
        let mut said = statement(by, kind, &about, terms);
        said.label = Some(label(under));
        self.world.state(&said).expect("it is said").leaf
    }

    /// Says a secret, its half of this world, of the same length in both; then what is said of it under its own label.
    pub(crate) fn tell(&mut self, secret: &Secret) {
        let Some(half) = self.half else { return self.world.wait(3 + 4) };
        let longest = secret.halves.iter().map(length).max().unwrap_or_default();
        let mut said = secret.halves[half].clone();
        let missing = longest - length(&said);
        let field = ["text", "reason", "evidence", "what"].into_iter();
        let field = field.into_iter().find(|name| said.terms.get(*name).is_some());
        let field = field.unwrap_or("text");
        let text = said.terms.get(field).and_then(Json::as_str).unwrap_or_default().to_owned();
        // A field that was not there brings its name and marks along.
        let marks = if text.is_empty() { format!(",\"{field}\":\"\"").len() } else { 0 };
        said.terms[field] = json!(text + &"x".repeat(missing.saturating_sub(marks)));
        let leaf = self.say(secret.by, said.kind, said.about, said.label, &said.terms);
        self.hidden.push(leaf);
        self.world.wait(3);
        // The label of a sealed record is part of its length.
        let text = format!("so much for that{:-<16}", said.label).replace(said.label, "");
        let mut on_it = statement(secret.by, "comment", &[leaf], &json!({ "text": text }));
        on_it.label = Some(label(said.label));
        let on_it = self.world.state(&on_it).expect("it is said").leaf;
        self.hidden.push(on_it);
        self.world.wait(4);
    }

    /// Somebody speaks in the open of what is hidden.
    pub(crate) fn tell_of_it(&mut self, secret: &Secret) {
        let leaf = self.hidden[self.hidden.len() - 2];
        let in_the_open = json!({"text": "see what was said there"});
        let mut in_the_open = statement(secret.by, "comment", &[leaf], &in_the_open);
        in_the_open.label = Some(label("PUBLIC"));
        self.world.state(&in_the_open).expect("it is said");
        self.world.wait(4);
    }

    /// Says what all may read, by the same parties and others.
    pub(crate) fn go_on(&mut self, round: usize) {
        let (by, text) = (["tamrin", "halcis", "quorrin"][round % 3], format!("round {round}"));
        self.say(by, "comment", "C-1", "PUBLIC", &json!({ "text": text }));
        let member = ["mirez", "lurien", "tamrin", "orvessa", "quorrin", "halcis"][round % 6];
        self.say(
            member,
            "position",
            "P-1",
            "COMPACT",
            &json!({"position": "yes", "reason": "good"}),
        );
        self.world.wait(11);
    }

    /// Lets the clocks run out and closes what can be.
    pub(crate) fn end(&mut self) {
        self.world.wait(4 * 24 * 60);
        self.say(
            "lurien",
            "notification",
            "",
            "PUBLIC",
            &json!({"ref": "C-9", "title": "It falls", "text": "It falls."}),
        );
        self.say("ilmara", "comment", "C-1", "PUBLIC", &json!({"text": "thanks"}));
        self.world.wait(30);
        let text = self.named.iter().find(|(name, _)| *name == "P-1").map(|(_, leaf)| *leaf);
        // Whether it can be closed depends on receipts alone, so that it is the same in both worlds.
        let _closed_or_not = text.map(|text| self.world.close("orvessa", &text).is_ok());
        self.world.network.exchange(self.world.now).expect("an exchange");
    }
}

/// Returns how long a half is with what is sealed along with its terms.
fn length(said: &Said) -> usize {
    let sealed = if said.label.starts_with(SEALED) {
        let about = if said.about.is_empty() { 0 } else { 66 };
        about + said.kind.len() + said.label.len()
    } else {
        0
    };
    sealed + said.terms.to_string().len()
}

/// Returns the secrets of which a party may read neither half, with which his twin worlds may differ.
pub(crate) fn kept_from(reader: &PartyId) -> Vec<Secret> {
    without_readable(reader, secrets())
}

/// Returns what is said sealed and a party may not read, each half of a secret for itself: both halves are the same.
pub(crate) fn sealed_from(reader: &PartyId) -> Vec<Secret> {
    let halves = secrets().into_iter().flat_map(|secret| {
        secret.halves.map(|half| Secret { by: secret.by, halves: [half.clone(), half] })
    });
    let sealed = halves.filter(|secret| secret.halves[0].label.starts_with(SEALED));
    without_readable(reader, sealed.collect())
}

fn without_readable(reader: &PartyId, secrets: Vec<Secret>) -> Vec<Secret> {
    let world = World::new(&charter());
    let reads = |said: &Said| world.charter.readers(&label(said.label)).includes(reader);
    let own = |secret: &Secret| id(secret.by) == *reader;
    let all = secrets.into_iter();
    all.filter(|secret| !own(secret) && !secret.halves.iter().any(reads)).collect()
}
