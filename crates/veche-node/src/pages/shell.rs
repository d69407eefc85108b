//! What surrounds a page: the organisation, the seat, the time, how fresh it is.

use super::forms::capital;
use super::sight::{Sight, time};
use veche_council::view::{ProcedureView, RecordView};
use veche_desk::{Clock, Drill, Flash, Link, Live, Party, Seat, Shell, Theme, Zone};
use veche_ledger::{Hash, PartyId, Seconds};

/// What a page's surroundings are made from, besides what the seat sees.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The exercise's title; `None` in earnest.
    pub drill: Option<String>,
    /// How fast the clock runs, in thousandths of real time.
    pub rate_thousandths: u32,
    /// True if the visitor may take any seat.
    pub may_switch: bool,
    /// Path of the page.
    pub path: String,
    /// Its query without theme and flash.
    pub query: String,
    /// The theme asked for.
    pub theme: Theme,
    /// True on a wall.
    pub wall: bool,
    /// The record that the visitor's last act made.
    pub done: Option<Hash>,
    /// The fields of an act that was not done.
    pub typed: Vec<(String, String)>,
}

/// Returns what surrounds a page.
#[must_use]
pub fn shell(sight: &Sight<'_>, frame: &Frame) -> Shell {
    let charter = sight.charter();
    let own = charter.parties.get(sight.party);
    let zone =
        own.map(|party| Zone { name: party.name.clone(), offset_minutes: party.zone_minutes });
    let key = sight.node.log_of(sight.node.party()).ok();
    let key =
        key.and_then(|log| sight.node.keyring().log(&log).map(|keys| keys.log_key().to_string()));
    Shell {
        organisation: charter.title.clone(),
        seat: Some(seat(sight, sight.party, sight.officer)),
        seats: if frame.may_switch { seats(sight) } else { Vec::new() },
        clock: Clock {
            now: sight.now,
            zone: zone.filter(|zone| zone.offset_minutes != 0),
            rate_thousandths: frame.rate_thousandths,
        },
        drill: frame
            .drill
            .as_ref()
            .map(|name| Drill { name: name.clone(), words: vec!["EXERCISE".to_owned()] }),
        label: Some(sight.label(charter.default_label.as_str())),
        typed: frame.typed.clone(),
        path: frame.path.clone(),
        query: frame.query.clone(),
        theme: frame.theme,
        wall: frame.wall,
        live: Live {
            records: sight.council().len(),
            lag: Seconds(0),
            stream: Some("/stream".to_owned()),
            out_of_reach: out_of_reach(sight),
        },
        read_only: read_only(sight),
        notes: notes(sight),
        flash: frame.done.and_then(|leaf| flash(sight, &leaf)),
        build: env!("CARGO_PKG_VERSION").to_owned(),
        node_key: key.map_or_else(String::new, |key| Hash::of(&[key.as_bytes()]).to_string()),
        boundary_note: if sight.is_drill {
            "Places and parties are fictional; no view of a boundary implies recognition."
                .to_owned()
        } else {
            "No view of a boundary implies recognition.".to_owned()
        },
        sources_note: None,
    }
}

/// Says why a seat can sign nothing, and what to do: this machine stands by, or the officer's key is locked.
#[must_use]
pub fn read_only(sight: &Sight<'_>) -> Option<String> {
    if sight.node.stands_by() {
        if let Some(since) = sight.node.unfollowed_since() {
            return Some(format!(
                "This machine stands by, and the database has not answered since {since}: what is shown is what was read then. Nothing can be \
                 signed here; ask whoever runs the node."
            ));
        }
        let said = "This machine stands by: it reads what another one of your delegation writes, some seconds later, and signs nothing. It takes \
                    over when the other ends; then sign in again.";
        return Some(said.to_owned());
    }
    let office = seat(sight, sight.party, sight.officer).office;
    (!sight.can_sign()).then(|| {
        format!(
            "Reading only: the key of {}'s {office} is not unlocked at this node, so that nothing can be signed from this seat. \
             Whoever runs the node can start it again with `--officers {} --passphrase-file FILE`.",
            sight.name(sight.party.as_str()),
            sight.officer
        )
    })
}

/// Says that the program is too old for the charter, that two charters replace one, or that the node signs nothing for now and why.
fn notes(sight: &Sight<'_>) -> Vec<String> {
    let mut notes: Vec<String> =
        sight.council().outdated().map(|outdated| outdated.to_string()).into_iter().collect();
    let rivals = sight.council().rival_charters();
    if !rivals.is_empty() {
        let named: Vec<String> = rivals.iter().map(|charter| charter.hash.short()).collect();
        notes.push(format!(
            "Two changes of the same charter were adopted ({}). New matters are opened under `{}`; adopt one text in place of the two.",
            named.join(", "),
            sight.charter().hash.short()
        ));
    }
    if sight.is_drill || sight.party != sight.node.party() {
        return notes;
    }
    let has_failed = sight.node.syncing().is_some_and(|syncing| syncing.has_failed());
    if has_failed || sight.node.store().is_unsure() {
        notes.push(
            "The disk did not confirm a write. What was said last may be lost when the node is started again: rely on nothing that is new here, and \
             have whoever runs the node see to the disk and start it again. Until then nothing is signed."
                .to_owned(),
        );
    }
    notes.extend(sight.node.holds_back());
    // A word that cannot be read is told by `veche node status`.
    for word in sight.node.store().gone_on().unwrap_or_default() {
        notes.push(format!(
            "After a restore this node went on without hearing all others, at the word of {}, {}: {}",
            word.officer, word.at, word.reason
        ));
    }
    notes
}

/// Says which version of the charter a matter is judged by, if that is not the one in force for new matters.
#[must_use]
pub fn charter_note(sight: &Sight<'_>, view: &ProcedureView) -> Option<String> {
    let current = sight.council().charter_for(view.is_drill).version;
    if let Some(later) = view.void_since_version {
        return Some(format!(
            "Void: it was opened under a version of the charter that version {later} had replaced, and its author had the record that did so. Open it again under the charter in force."
        ));
    }
    let version = view.charter_version.filter(|version| *version != current)?;
    Some(format!(
        "This matter is judged to its end by version {version} of the charter, under which it was opened; new matters are opened under version {current}."
    ))
}

/// Returns what surrounds a page that shows nothing of a node's state: while loading, before signing in.
#[must_use]
pub fn bare(organisation: &str, frame: &Frame) -> Shell {
    Shell {
        organisation: organisation.to_owned(),
        drill: frame
            .drill
            .as_ref()
            .map(|name| Drill { name: name.clone(), words: vec!["EXERCISE".to_owned()] }),
        path: frame.path.clone(),
        query: frame.query.clone(),
        theme: frame.theme,
        build: env!("CARGO_PKG_VERSION").to_owned(),
        boundary_note: "No view of a boundary implies recognition.".to_owned(),
        ..Shell::default()
    }
}

fn seat(sight: &Sight<'_>, party: &PartyId, officer: &str) -> Seat {
    let name = sight.name(party.as_str());
    let office =
        if officer == "duty" { "duty officer".to_owned() } else { officer.replace('_', " ") };
    Seat { id: format!("{party}/{officer}"), party: Party { id: party.to_string(), name }, office }
}

/// Returns the seats that a visitor may take: the duty officer of each party, and every officer of the one taken.
fn seats(sight: &Sight<'_>) -> Vec<Seat> {
    let mut seats = Vec::new();
    for (id, party) in &sight.charter().parties {
        let officers = party.keys.officers.keys();
        let shown = officers.filter(|officer| id == sight.party || officer.as_str() == "duty");
        let mut of_party: Vec<Seat> = shown.map(|officer| seat(sight, id, officer)).collect();
        of_party.sort_by_key(|seat| seat.id != format!("{id}/duty"));
        seats.extend(of_party);
    }
    seats
}

fn out_of_reach(sight: &Sight<'_>) -> Vec<String> {
    let own = sight.node.party();
    if sight.cut_off.contains(own) {
        return vec!["this node is cut off from all others".to_owned()];
    }
    let heard = sight.council().last_heard();
    let phrase = |party: &PartyId| {
        let name = sight.name(party.as_str());
        match heard.get(party) {
            Some(at) => format!("no contact with {name} for {}", span(sight.now.since(*at))),
            None => format!("no contact with {name}"),
        }
    };
    let ahead = sight.node.clocks_ahead().iter().map(|(log, ahead)| {
        let by = span(ahead.claimed.since(ahead.received_at));
        format!("the clock of {} is {by} ahead of this node's", sight.name(log.party()))
    });
    sight.cut_off.iter().map(phrase).chain(ahead).collect()
}

/// Returns a span in words: `3 h`, `20 min`.
#[must_use]
pub fn span(span: Seconds) -> String {
    match span.0 {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// Says what the visitor's last act led to: the record, and whether another node holds it yet.
fn flash(sight: &Sight<'_>, leaf: &Hash) -> Option<Flash> {
    let record = sight.council().record(leaf).filter(|record| sight.reads(record))?;
    let what = format!(
        "{} signed for {}",
        capital(&sight.act_title(&record.kind)),
        sight.name(&record.author)
    );
    if record.receipts.is_empty() {
        let owed = owed_words(sight, leaf).1;
        return Some(Flash::NotDelivered {
            text: format!("{what}; no other node holds it yet.{owed}"),
        });
    }
    if let Some(refused) = &record.refused {
        return Some(Flash::Refused(sight.refusal(what, refused, Some(&record.kind))));
    }
    let (lacks, owed) = owed_words(sight, leaf);
    let text = format!("{what}; {}.{owed}", held_by(sight, &record));
    if lacks {
        return Some(Flash::NotDelivered { text });
    }
    Some(Flash::Done { text, link: Some(Link::new(&format!("/records/{leaf}"), "Its record")) })
}

/// Says who must act on what a record opened, by when, and who of them has it not yet; and whether there is one that has not.
fn owed_words(sight: &Sight<'_>, leaf: &Hash) -> (bool, String) {
    let rows = sight.view(leaf).map(|view| super::owed::rows(sight, &view)).unwrap_or_default();
    let lacks = rows.iter().any(|row| row.lacks);
    (lacks, rows.iter().map(|row| format!(" {}", row.words(sight.now))).collect())
}

fn held_by(sight: &Sight<'_>, record: &RecordView) -> String {
    let names: Vec<String> = record.receipts.keys().map(|party| sight.name(party)).collect();
    let at = record.at.as_deref().map_or_else(String::new, |at| format!(" since {}", hour(at)));
    format!("held by {}{at}", names.join(", "))
}

/// Returns a time of day, UTC: `11:00`.
#[must_use]
pub fn hour(at: &str) -> String {
    let text = time(at).to_string();
    text.get(11..16).unwrap_or_default().to_owned()
}
