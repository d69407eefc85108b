//! What is wrong with a case as written: a key that its subject has not, a name that the charter has not.

use crate::runner::{pairs, texts, word};
use crate::statements::subject;
use toml::Table;
use veche_charter::Charter;
use veche_charter::fault::nearest;
use veche_charter::marking::GROUP_MARK;
use veche_ledger::{Kind, Label, PartyId};

/// Keys that a case of each subject may have, beside `name` and `then`.
const KEYS: [(&str, &[&str]); 5] = [
    ("act", &["act", "by", "label", "about", "drill", "roles", "signed", "officers", "terms"]),
    ("after", &["after", "by", "roles", "start", "urgency", "times", "durations"]),
    ("label", &["label"]),
    ("organ", &["organ", "start"]),
    ("log", &["log"]),
];

/// Returns every fault of a case as written: a key that its subject has not, a name that the charter has not.
pub(crate) fn faults(charter: &Charter, case: &Table) -> Vec<String> {
    let Some(subject) = subject(case) else { return Vec::new() };
    let known = KEYS.iter().find(|(of, _)| *of == subject).map_or(&[][..], |(_, keys)| keys);
    let mut faults = Vec::new();
    for key in case.keys().filter(|key| !["name", "then"].contains(&key.as_str())) {
        if !known.contains(&key.as_str()) {
            faults.push(unknown("key", key, known.iter().copied()));
        }
    }
    faults.extend(names(charter, case));
    faults
}

/// Returns every name of a case that the charter has not.
fn names(charter: &Charter, case: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    let parties = || charter.parties.keys().map(PartyId::as_str);
    let kinds = || charter.acts.keys().map(Kind::as_str);
    let labels = || charter.labels.keys().map(Label::as_str);
    let mut look = |what: &str, name: Option<&str>, known: Vec<&str>| {
        if let Some(name) = name.filter(|name| !known.contains(name)) {
            faults.push(unknown(what, name, known.into_iter()));
        }
    };
    look("party", word(case, "by"), parties().collect());
    look("party", word(case, "log"), parties().collect());
    look("act", word(case, "act"), kinds().collect());
    look("act", word(case, "about").filter(|about| *about != "refused"), kinds().collect());
    // A label with a group is no name of the charter: whether it is one, the case says.
    let named = word(case, "label").filter(|label| !label.contains(GROUP_MARK));
    look("label", named, labels().collect());
    look("organ", word(case, "organ"), charter.organs.keys().map(|o| o.as_str()).collect());
    for (_, held) in pairs(case, "roles") {
        texts(held).into_iter().for_each(|id| look("party", Some(id), parties().collect()));
    }
    match word(case, "after").map(|after| (after, after.split_once('.'))) {
        Some((_, Some((machine, state)))) => {
            let machines = charter.machines.iter();
            look("machine", Some(machine), charter.machines.keys().map(|m| m.as_str()).collect());
            let of = machines.filter(|(name, _)| name.as_str() == machine);
            let states = of.flat_map(|(_, machine)| machine.states.keys()).map(|s| s.as_str());
            look("state", Some(state), states.collect());
        }
        Some((kind, None)) => look("act", Some(kind), kinds().collect()),
        None => {}
    }
    if let Some(signed) = word(case, "signed") {
        look("signature", Some(signed), vec!["officer", "node", "root"]);
    }
    faults
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let near = nearest(name, known).map(|near| format!(": did you mean `{near}`?"));
    format!("no {what} `{name}`{}", near.unwrap_or_default())
}
