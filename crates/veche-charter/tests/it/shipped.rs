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
    assert_eq!((charter.parties.len(), charter.machines.len(), charter.rules.len()), (10, 29, 4));
}

#[test]
fn a_charter_cut_short_is_refused_wherever_the_cut_is() {
    let calendars = SIX_RIVERS.windows(19).position(|w| w == b"[calendars.compact]").unwrap();
    for end in (0..calendars).step_by(1801) {
        let faults = Charter::load(&SIX_RIVERS[..end], "cut").unwrap_err();
        assert!(!faults.0.is_empty(), "cut at byte {end}");
    }
}

#[test]
fn a_charter_with_a_byte_changed_loads_or_is_refused_with_a_line() {
    for at in (0..SIX_RIVERS.len()).step_by(2503) {
        let mut bytes = SIX_RIVERS.to_vec();
        bytes[at] = if bytes[at] == b'"' { b'}' } else { b'"' };
        if let Err(faults) = Charter::load(&bytes, "changed") {
            assert!(faults.0.iter().all(|f| f.line >= 1), "changed at byte {at}: {faults}");
        }
    }
}
