//! Witnesses that are no parties: each one is another, and enough of them with the parties' nodes vouch for one history.

use super::Check;
use crate::fault::FaultKind;
use crate::outside::is_safe;
use std::collections::BTreeMap;
use veche_ledger::{PartyId, VerifyingKey};

pub(super) fn check(c: &mut Check<'_, '_, '_>) {
    check_keys(c);
    check_histories(c);
}

/// A key that stands twice, or is a party's too, would count as two witnesses.
fn check_keys(c: &mut Check<'_, '_, '_>) {
    let mut whose: BTreeMap<[u8; 32], String> = BTreeMap::new();
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for (text, party) in c.charter.keys_of_parties() {
        if let Ok(key) = VerifyingKey::parse(text) {
            whose.insert(*key.as_bytes(), format!("party `{party}`"));
            named.insert(key.name().to_string(), format!("party `{party}`"));
        }
    }
    for (name, witness) in &c.charter.outside {
        let at = ["outside", name.as_str(), "key"];
        if PartyId::parse(name.as_str()).is_ok_and(|id| c.charter.parties.contains_key(&id)) {
            c.add(&["outside", name.as_str()], FaultKind::OutsideParty(name.to_string()));
        }
        let own = format!("witness `{name}`");
        let earlier = whose.insert(*witness.key.as_bytes(), own.clone());
        let earlier = named.insert(witness.key.name().to_string(), own).or(earlier);
        if let Some(other) = earlier {
            c.add(&at, FaultKind::OutsideKey { witness: name.to_string(), other });
        }
    }
}

/// `2h - (w + b) > f` for every log.
fn check_histories(c: &mut Check<'_, '_, '_>) {
    let b = u64::try_from(c.charter.outside.len()).unwrap_or(u64::MAX);
    let Some(h) = c.charter.witnessing.histories.map(u64::from) else {
        if b > 0 {
            let hint = "say how many of parties' nodes and outside witnesses together vouch for a checkpoint";
            c.hint(&["witnessing"], FaultKind::Missing("histories"), Some(hint.to_owned()));
        }
        return;
    };
    let f = u64::from(c.charter.witnessing.colluding);
    let logs = c.charter.parties.keys();
    let counted: Vec<(u64, &PartyId)> =
        logs.map(|id| (c.charter.witnesses_of(id).len() as u64, id)).collect();
    // Those with the fewest and the most witnesses: what holds for both holds for all between.
    let ends = [counted.iter().min(), counted.iter().max()];
    if let Some((w, party)) = ends.into_iter().flatten().find(|(w, _)| !is_safe(*w, b, h, f)) {
        let what = FaultKind::WeakHistories {
            party: party.to_string(),
            witnesses: *w,
            outside: b,
            histories: h,
            colluding: f,
        };
        let hint = format!("{} holds for this log", (w + b + f) / 2 + 1);
        c.hint(&["witnessing", "histories"], what, Some(hint));
    }
}
