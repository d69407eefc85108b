//! The charters of this repository.

use veche_charter::Charter;

/// The text of the demo's charter.
pub(crate) const SIX_RIVERS: &[u8] = include_bytes!("../../../../charters/six-rivers/charter.toml");

pub(crate) fn six_rivers() -> Charter {
    match Charter::load(SIX_RIVERS, "charters/six-rivers/charter.toml") {
        Ok(charter) => charter,
        Err(faults) => panic!("{faults}"),
    }
}

#[test]
fn the_compacts_charter_has_no_fault() {
    let charter = six_rivers();
    assert_eq!((charter.parties.len(), charter.machines.len(), charter.rules.len()), (10, 21, 4));
}
