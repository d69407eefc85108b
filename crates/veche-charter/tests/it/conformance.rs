//! The language against its test vectors.

use std::collections::BTreeMap;
use veche_charter::Charter;
use veche_charter::conform::{Explained, Place, conform, conform_through, profile_of};

const CHARTER: &[u8] = include_bytes!("../../../../charters/conform/charter.toml");
const VECTORS: &[u8] = include_bytes!("../../../../charters/conform/vectors.json");

fn charter() -> Charter {
    match Charter::load(CHARTER, "charters/conform/charter.toml") {
        Ok(charter) => charter,
        Err(faults) => panic!("{faults}"),
    }
}

#[test]
fn ten_organisations_procedures_give_what_their_vectors_expect() {
    let charter = charter();
    assert_eq!((charter.rules.len(), charter.machines.len()), (23, 22));
    let report = conform(&charter, VECTORS).unwrap();
    let failed: Vec<String> = report.failed.iter().map(|f| format!("{f:#?}")).collect();
    assert!(failed.is_empty(), "{} failed, the first: {}", failed.len(), failed.join("\n"));
    assert_eq!(report.passed, 51 + 488 + 50 + 160);
}

#[test]
fn each_shipped_profile_gives_what_its_organisations_vectors_expect() {
    let folders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charters");
    let profiles: BTreeMap<String, Charter> = std::fs::read_dir(folders)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read(path.join("charter.toml")).ok()?;
            Some((name.clone(), Charter::load(&text, &name).unwrap_or_else(|e| panic!("{e}"))))
        })
        .collect();
    let place = |subject: &str| {
        let (profile, entry) = profile_of(subject);
        let charter = profiles.get(profile).unwrap_or_else(|| panic!("`{subject}` has no profile"));
        Place { charter, name: entry.to_owned() }
    };
    let report = conform_through(&place, VECTORS).unwrap();
    let failed: Vec<String> = report.failed.iter().map(|f| format!("{f:#?}")).collect();
    assert!(failed.is_empty(), "{} failed, the first: {}", failed.len(), failed.join("\n"));
    assert_eq!(report.passed, 51 + 488 + 50 + 160);
}

#[test]
fn a_changed_charter_fails_vectors_and_says_why() {
    let changed = String::from_utf8_lossy(CHARTER).replace("ge = 9", "ge = 10");
    let charter = Charter::load(changed.as_bytes(), "changed").unwrap();
    let report = conform(&charter, VECTORS).unwrap();
    let Some(Explained { of, expected, found, why, .. }) = report.failed.first() else {
        panic!("none failed")
    };
    assert_eq!(
        (of.as_str(), expected.as_str(), found.as_str()),
        ("un.sc_substantive", "adopted", "failed")
    );
    assert_eq!(why, "yes 9, at least 10 needed");
}
