//! One record, from its signed bytes to the ruling on it; and records as rows of lists.

use super::registers::value;
use super::sight::{Sight, terms, time};
use crate::store::StoredEntry;
use veche_charter::model::FieldForm;
use veche_council::view::{ProcedureView, RecordView, RefusalView};
use veche_desk::{
    CommitmentRow, Held, Label, Link, ReceiptRow, RecordPage, RecordRef, RecordRow, Ruling,
    SignatureCheck, SignatureRow, State, Tone, TreePlace,
};
use veche_ledger::commit::Domain;
use veche_ledger::keyring::{Force, Role};
use veche_ledger::note::SignatureStanding;
use veche_ledger::record::SEALED;
use veche_ledger::{
    Hash, Header, LeafIndex, NoteSignature, Opening, Origin, PartyId, Record, UnixSeconds, tree,
};

/// Returns a record as a row, if the party may read its label.
#[must_use]
pub fn row_of(sight: &Sight<'_>, record: &RecordView) -> Option<RecordRow> {
    if !sight.reads(record) {
        return None;
    }
    Some(RecordRow {
        record: RecordRef {
            title: title(sight, record),
            href: format!("/records/{}", record.record.leaf),
            hash: record.record.leaf.clone(),
            at: shown_at(record),
        },
        place: place_of(record),
        kind: sight.act_title(&record.kind),
        by: sight.author(&record.author),
        label: sight.label(&record.label),
        ruling: ruling_word(record),
        is_new: false,
    })
}

/// Returns the time under which a record is listed: since when a quorum held it, else its author's.
#[must_use]
pub fn shown_at(record: &RecordView) -> UnixSeconds {
    time(record.at.as_deref().unwrap_or(&record.time))
}

/// Returns a record's place in words: whose log, and its number there.
#[must_use]
pub fn place_of(record: &RecordView) -> String {
    format!("{} {}", record.author, record.record.index)
}

/// Why an admitted record changed nothing: what its procedure's machine said to it, and by which article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEffect {
    /// In a sentence: `Belm: position, too late: the deadline was ..`.
    pub what: String,
    /// The article.
    pub article: Option<String>,
}

/// Returns why a record moved nothing in its procedure; `None` if it did, or was no step of it.
#[must_use]
pub fn no_effect(procedure: &ProcedureView, leaf: &str) -> Option<NoEffect> {
    let steps = || procedure.units.iter().flat_map(|unit| &unit.steps);
    let mut own = steps().filter(|step| step.leaf.as_deref() == Some(leaf)).peekable();
    let first = own.peek().copied()?;
    let what = || NoEffect { what: first.what.clone(), article: first.article.clone() };
    own.all(|step| step.is_refused).then(what)
}

/// Says on a row that its record changed nothing, if so.
pub fn mark_effect(row: &mut RecordRow, procedure: &ProcedureView) {
    if no_effect(procedure, &row.record.hash).is_some() {
        row.ruling = State::new("admitted, no effect", Tone::Care);
    }
}

fn ruling_word(record: &RecordView) -> State {
    let article = record.refused.as_ref().and_then(|refused| refused.article.as_deref());
    match (record.ruling.as_str(), article) {
        ("admitted", _) => State::new("admitted", Tone::Plain),
        ("refused", Some(article)) => State::new(&format!("refused by {article}"), Tone::Bad),
        ("refused", None) => State::new("refused", Tone::Bad),
        (other, _) => State::new(other, Tone::Care),
    }
}

/// Returns what a record is, in words: its act, and what it is about.
fn title(sight: &Sight<'_>, record: &RecordView) -> String {
    let act = sight.act_title(&record.kind);
    let own = record.procedure.as_deref() == Some(&record.record.leaf);
    let about = record
        .procedure
        .as_deref()
        .and_then(|id| Hash::parse(id).ok())
        .and_then(|id| sight.view(&id));
    let said = record.terms.as_deref().map(terms);
    let word = said.as_ref().and_then(|terms| {
        let words = sight.act(&record.kind)?.fields.iter();
        let mut words = words.filter(|(_, field)| field.form == FieldForm::Word);
        words.find_map(|(name, _)| terms.get(name.as_str())?.as_text())
    });
    let word = word.map_or_else(String::new, |word| format!(" ({})", word.replace('_', " ")));
    match about {
        Some(view) if own => format!("{act} {}", sight.title(&view)),
        Some(view) => format!("{act}{word} on {}", view.number),
        None => format!("{act}{word}"),
    }
}

/// Where a record stands, and its bytes.
#[derive(Debug)]
pub struct Place {
    /// The log.
    pub log: Origin,
    /// Its number there.
    pub index: u64,
    /// What the store has.
    pub stored: StoredEntry,
}

/// Returns the page of a record as stored; `None` if what is stored is no record.
#[must_use]
pub fn record(sight: &Sight<'_>, place: &Place) -> Option<RecordPage> {
    let record = Record::decode(&place.log, LeafIndex(place.index), &place.stored.leaf).ok()?;
    let view = sight.record(&record.leaf());
    let label =
        view.as_ref().map_or_else(|| record.header().label.to_string(), |view| view.label.clone());
    let is_readable = sight.sees(&record).is_content();
    let party = sight.author(place.log.party());
    let kind = if is_readable { view.as_ref().map(|view| view.kind.as_str()) } else { None };
    let kind = sight.act_title(kind.unwrap_or_else(|| record.header().kind.as_str()));
    let procedure = view.as_ref().and_then(|view| Hash::parse(view.procedure.as_deref()?).ok());
    let procedure = procedure.filter(|_| is_readable).and_then(|id| sight.view(&id));
    let title = view
        .as_ref()
        .filter(|_| is_readable)
        .map_or_else(|| kind.clone(), |view| title(sight, view));
    Some(RecordPage {
        title: format!("{title} of {party}"),
        hash: record.leaf().to_string(),
        label: if is_readable {
            sight.label(&label)
        } else {
            Label { name: SEALED.to_owned(), tlp: None }
        },
        ruling: ruling(sight, view.as_ref(), procedure.as_ref(), &kind),
        case: procedure.map(|view| sight.link(&view)),
        content: if is_readable { content(sight, place, view.as_ref()) } else { Vec::new() },
        missing: super::withheld::why(sight, &record),
        header: header(record.header()),
        // When a quorum of those held it whom it is for would tell whom it is for.
        time_bounds: view.as_ref().filter(|view| view.label != SEALED).map(bounds),
        note: String::from_utf8_lossy(&place.stored.leaf).into_owned(),
        signatures: signatures(sight, &record),
        receipts: view.as_ref().map(|view| receipts(sight, view)).unwrap_or_default(),
        // Who lacks what is sealed would tell whom it is for.
        no_receipt_from: view
            .as_ref()
            .filter(|view| view.label != SEALED)
            .map(|view| not_received(sight, view))
            .unwrap_or_default(),
        // The ledger's own kinds are for all.
        readers: match &view {
            Some(_) => super::withheld::readers(sight, &record.leaf(), &sight.label(&label)),
            None => Some(Vec::new()),
        },
        place: tree_place(sight, place, record.leaf(), &party),
        commitments: vec![commitment(place, &record, is_readable)],
        related: related(sight, record.header()),
        download: Some(format!("/records/{}/note", record.leaf())),
    })
}

fn ruling(
    sight: &Sight<'_>,
    view: Option<&RecordView>,
    procedure: Option<&ProcedureView>,
    kind: &str,
) -> Ruling {
    if let Some(view) = view.filter(|view| view.ruling == "withheld") {
        return Ruling::Provisional(withheld(view).to_owned());
    }
    let Some(view) = view.filter(|view| sight.act(&view.kind).is_some() || view.refused.is_some())
    else {
        return Ruling::Evidence(
            "It is one of the ledger's own kinds, no act under the charter; it counts as far as every node can check it."
                .to_owned(),
        );
    };
    let tried = || format!("{kind} of {}", sight.name(&view.author));
    let in_vain = procedure.and_then(|procedure| no_effect(procedure, &view.record.leaf));
    if let (None, Some(NoEffect { what, article })) = (&view.refused, in_vain) {
        let refusal = RefusalView { why: what, article, quote: None };
        return Ruling::Refused(sight.refusal(tried(), &refusal, Some(&view.kind)));
    }
    let own = || sight.act(&view.kind)?.article.as_ref().map(ToString::to_string);
    match (view.ruling.as_str(), &view.refused) {
        (_, Some(refused)) => Ruling::Refused(sight.refusal(tried(), refused, Some(&view.kind))),
        ("admitted", None) => Ruling::Admitted(sight.article(own().as_deref())),
        ("waiting", None) => Ruling::Provisional("What it is about has not come yet.".to_owned()),
        (other, None) => Ruling::Provisional(other.to_owned()),
    }
}

/// Says why nothing is said of how the charter ruled on a record.
const fn withheld(view: &RecordView) -> &'static str {
    match view.terms {
        None => "How the charter rules on it follows from what it says, which is not shown here.",
        Some(_) => {
            "How the charter rules on it follows from what it is about, which is not shown here."
        }
    }
}

fn content(sight: &Sight<'_>, place: &Place, view: Option<&RecordView>) -> Vec<(String, String)> {
    let held = view.and_then(|view| view.terms.clone()).or_else(|| {
        let opening = Opening::from_bytes(Domain::Terms, place.stored.opening.as_deref()?).ok()?;
        String::from_utf8(opening.bytes).ok()
    });
    let terms = held
        .map(|text| terms(&text))
        .unwrap_or_else(|| veche_ledger::Value::Map(Default::default()));
    let map = terms.as_map().cloned().unwrap_or_default();
    let rows = map.iter().map(|(name, item)| (name.replace('_', " "), value(sight, Some(item))));
    let redacted = view.and_then(|view| view.redacted.as_ref()).map(|redacted| {
        let (fields, signer) = (redacted.fields.join(", "), &redacted.signer);
        let said = format!("{fields}, by {signer} at {}: {}", redacted.time, redacted.reason);
        ("words taken back".to_owned(), said)
    });
    rows.chain(redacted).collect()
}

fn header(header: &Header) -> Vec<(String, String)> {
    let value = header.to_value();
    let map = value.as_map().cloned().unwrap_or_default();
    map.iter()
        .map(|(name, item)| {
            let said = match item.as_text() {
                Some(text) => text.to_owned(),
                None => item.to_string(),
            };
            (name.clone(), said)
        })
        .collect()
}

fn bounds(view: &RecordView) -> String {
    let from = view.not_before.as_deref().map(minutes);
    match (&view.at, from) {
        (Some(at), Some(from)) => {
            format!(
                "between {from} (the latest head that it cites) and {} ({} receipts)",
                minutes(at),
                view.receipts.len()
            )
        }
        (Some(at), None) => format!("held by a quorum since {}", minutes(at)),
        (None, _) => {
            "no quorum of others held it yet; its author's clock proves nothing".to_owned()
        }
    }
}

/// Returns a time as `2027-03-01 11:00`.
fn minutes(at: &str) -> String {
    at.get(..16).unwrap_or(at).replace('T', " ")
}

fn signatures(sight: &Sight<'_>, record: &Record) -> Vec<SignatureRow> {
    let keys = sight.node.keyring().log(record.log());
    let listed = keys.map(veche_ledger::keyring::LogKeys::keys).unwrap_or_default();
    let row = |name: String, algorithm: &str, check| SignatureRow {
        key_name: name,
        algorithm: algorithm.to_owned(),
        check,
    };
    let mut rows: Vec<SignatureRow> = Vec::new();
    for entry in listed.iter().filter(|entry| entry.role != Role::Witness) {
        let check = match record.note().standing_of(&entry.key) {
            SignatureStanding::Absent => continue,
            SignatureStanding::Bad | SignatureStanding::Half => SignatureCheck::Invalid,
            SignatureStanding::Good => {
                match keys.map(|keys| keys.force_at(entry, record.index())) {
                    Some(Force::InForce) => SignatureCheck::Valid,
                    Some(Force::Revoked { .. } | Force::NotInForce) | None => {
                        SignatureCheck::Revoked
                    }
                }
            }
        };
        let algorithm = if entry.key.is_pair() { "Ed25519 and ML-DSA-44" } else { "Ed25519" };
        rows.push(row(entry.key.name().to_string(), algorithm, check));
    }
    let is_listed = |line: &NoteSignature| listed.iter().any(|entry| line.names(&entry.key));
    for line in record.note().signatures().iter().filter(|line| !is_listed(line)) {
        let text = line.to_string();
        let name = text.split(' ').nth(1).unwrap_or_default().to_owned();
        rows.push(row(name, "Ed25519", SignatureCheck::UnknownKey));
    }
    rows
}

fn receipts(sight: &Sight<'_>, view: &RecordView) -> Vec<ReceiptRow> {
    let row = |(party, at): (&String, &String)| ReceiptRow {
        who: sight.name(party),
        at: time(at),
        href: None,
    };
    let mut rows: Vec<ReceiptRow> = view.receipts.iter().map(row).collect();
    rows.sort_by_key(|row| row.at);
    rows
}

fn is_reader(sight: &Sight<'_>, party: &PartyId, view: &RecordView) -> bool {
    let leaf = Hash::parse(&view.record.leaf).ok();
    let seen = leaf.and_then(|leaf| sight.council().visible(party, &leaf, sight.now));
    seen.is_some_and(|seen| seen.is_content())
}

/// Returns the witnesses that may read a record and have not shown that they hold it.
fn not_received(sight: &Sight<'_>, view: &RecordView) -> Vec<String> {
    let Ok(author) = PartyId::parse(&view.author) else { return Vec::new() };
    let witnesses = sight.charter().parties.keys().filter(|party| {
        veche_council::times::witnesses(sight.charter(), party, &author)
            && !view.receipts.contains_key(party.as_str())
            && is_reader(sight, party, view)
    });
    witnesses.map(|party| sight.name(party.as_str())).collect()
}

/// Proves the record's place under the root that this node holds, and checks the proof.
fn tree_place(sight: &Sight<'_>, place: &Place, leaf: Hash, party: &str) -> TreePlace {
    let (log, index) = (&place.log, place.index);
    let size = sight.node.size_of(log);
    let root = sight.node.root_at(log, size);
    let nodes = |level, at| sight.node.store().tree_node(log, level, at).ok().flatten();
    let proof = tree::prove_inclusion(index, size, &nodes);
    let included = match (root, proof) {
        (Some(root), Some(proof))
            if tree::verify_inclusion(leaf, index, size, root, &proof).is_ok() =>
        {
            SignatureCheck::Valid
        }
        (Some(_), Some(_)) => SignatureCheck::Invalid,
        (None, _) | (_, None) => SignatureCheck::NotChecked,
    };
    let href = super::log::href(log);
    let root = root.map_or_else(String::new, |root| root.to_string());
    TreePlace { log: Link::new(&href, &format!("Log of {party}")), index, size, root, included }
}

fn commitment(place: &Place, record: &Record, is_readable: bool) -> CommitmentRow {
    let commitment = &record.header().terms;
    let opening = place.stored.opening.as_deref().filter(|_| is_readable);
    let opening = opening.and_then(|bytes| Opening::from_bytes(Domain::Terms, bytes).ok());
    let held = match opening {
        Some(opening) if opening.check(Domain::Terms, commitment).is_ok() => Held::Matches,
        Some(_) | None => Held::Withheld,
    };
    CommitmentRow { name: "terms".to_owned(), hash: commitment.commit.to_string(), held }
}

fn related(sight: &Sight<'_>, header: &Header) -> Vec<Link> {
    let link = |leaf: &Hash| {
        let of_record = sight.record(leaf);
        let of_record = of_record.filter(|view| sight.reads(view)).map(|view| {
            Link::new(&format!("/records/{leaf}"), &format!("about {}", title(sight, &view)))
        });
        // What a decision opened has a name of its own and no record.
        let of_procedure = || {
            let view = sight.view(leaf)?;
            Some(Link::new(&sight.href(&view), &format!("about {}", sight.title(&view))))
        };
        let unknown = || Link::new("#", &format!("about {}, not shown to you", leaf.short()));
        of_record.or_else(of_procedure).unwrap_or_else(unknown)
    };
    header.about.iter().map(link).collect()
}

/// Returns when a record was made by its author's clock.
#[must_use]
pub fn author_time(record: &Record) -> UnixSeconds {
    record.header().time
}
