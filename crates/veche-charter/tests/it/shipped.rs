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

/// Returns a charter whose every party has a log and a witness key; the loader does not look into them.
fn with_witnesses(text: &[u8], witness: &str) -> Result<Charter, veche_charter::Faults> {
    let text = std::str::from_utf8(text).unwrap();
    let parties = Charter::load(text.as_bytes(), "bare").unwrap().parties;
    let keys = veche_charter::model::PartyKeys {
        log: Some("a log key".to_owned()),
        witness: Some(witness.to_owned()),
        ..Default::default()
    };
    let keys = parties.into_keys().map(|party| (party, keys.clone())).collect();
    Charter::load(veche_charter::with_keys(text, &keys).as_bytes(), "with keys")
}

#[test]
fn witnesses_have_pairs_of_keys_only_where_a_closing_holds_their_cosignatures() {
    assert!(with_witnesses(SIX_RIVERS, "ed25519 ml-dsa-44").is_ok());
    let osce = include_bytes!("../../../../charters/osce/charter.toml");
    assert!(with_witnesses(osce, "ed25519").is_ok());
    let faults = with_witnesses(osce, "ed25519 ml-dsa-44").unwrap_err().to_string();
    assert!(faults.contains("cosignatures of pairs of keys each"), "{faults}");
}
