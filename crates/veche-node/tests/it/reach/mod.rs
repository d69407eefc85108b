//! Reaching a person, from the plan to the wire.

mod channels;
mod contact;
mod plan;
mod roster;
mod servers;
mod sockets;

use crate::world::{charter_text, id, label};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;
use veche_charter::Charter;
use veche_ledger::{Hash, UnixSeconds};
use veche_node::reach::Roster;
use veche_node::reach::matter::{Matter, MatterId};

/// The hour at which these tests begin: a Monday at 09:00.
pub(crate) const MORNING: UnixSeconds = UnixSeconds(1_803_891_600);

pub(crate) fn six_rivers() -> &'static Charter {
    static CHARTER: OnceLock<Charter> = OnceLock::new();
    CHARTER.get_or_init(|| {
        Charter::load(charter_text("six-rivers").as_bytes(), "charter.toml").expect("a charter")
    })
}

/// Reads a roster of Orvessa.
pub(crate) fn roster(text: &str) -> Roster {
    Roster::read(text, Path::new("/etc/veche"), six_rivers(), &id("orvessa")).expect("a roster")
}

/// A matter of Orvessa at a label, due in twelve hours.
pub(crate) fn matter(name: &str, level: &str) -> Matter {
    let charter = six_rivers();
    let level = label(level);
    let carriers = charter.labels.keys().filter(|above| charter.label_at_least(above, &level));
    Matter {
        id: MatterId(Hash::of(&[name.as_bytes()])),
        procedure: Hash::of(&[name.as_bytes(), b"procedure"]),
        party: id("orvessa"),
        title: format!("C-1 {name}"),
        kind: "Notification".to_owned(),
        asks: BTreeSet::from(["take note by noon".to_owned()]),
        duties: BTreeSet::from(["acknowledge_notification".to_owned()]),
        carriers: carriers.cloned().collect(),
        tlp: charter.labels[&level].tlp.clone(),
        label: level,
        since: MORNING,
        due: Some(UnixSeconds(MORNING.0 + 12 * 3600)),
        is_urgent: true,
        is_drill: false,
    }
}
