//! Witnesses that are no parties: which charters can have them.

use veche_charter::Charter;
use veche_ledger::{CosigningKey, KeyName, SigningKey};

/// A charter of five members; each test adds witnesses to it.
const SMALL: &str = include_str!("small.toml");

fn key(name: &str, seed: u8) -> String {
    let key = CosigningKey::from_seed(KeyName::parse(name).unwrap(), &[seed; 32]);
    key.verifying_key().to_string()
}

fn entry(name: &str, key: &str) -> String {
    format!("\n[outside.{name}]\nkey = \"{key}\"\nat = \"https://{name}.example/veche\"\n")
}

fn two() -> String {
    entry("institute", &key("institute.example/outside/witness", 1))
        + &entry("court", &key("court.example/outside/witness", 2))
}

/// Returns the small charter with a quorum for histories and these tables after it.
fn text(histories: u32, tables: &str) -> String {
    let quorum = format!("quorum = 3\nhistories = {histories}\n");
    assert!(SMALL.contains("quorum = 3\n"));
    SMALL.replacen("quorum = 3\n", &quorum, 1) + tables
}

fn load(text: &str) -> Result<Charter, String> {
    Charter::load(text.as_bytes(), "small.toml").map_err(|faults| faults.to_string())
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let said = load(text).unwrap_err();
    assert!(said.contains(expected), "{said}");
}

#[test]
fn outside_witnesses_are_listed_apart_from_the_parties() {
    let charter = load(&text(4, &two())).unwrap();
    let names: Vec<&str> = charter.outside.keys().map(|name| name.as_str()).collect();
    assert_eq!((names, charter.witnessing.histories), (vec!["court", "institute"], Some(4)));
    let court = charter.outside.values().next().unwrap();
    assert_eq!(court.at, "https://court.example/veche");
}

#[test]
fn how_many_vouch_for_a_history_is_said_and_is_safe() {
    refused(&(SMALL.to_owned() + &two()), "`histories` is missing");
    for (histories, is_good) in [(0, false), (3, false), (4, true), (6, true), (7, false)] {
        let loaded = load(&text(histories, &two()));
        assert_eq!(loaded.is_ok(), is_good, "{histories}: {loaded:?}");
    }
    refused(&text(3, &two()), "2 from outside: with 3 to vouch for a history and 1 colluding");
    refused(&text(3, &two()), "4 holds for this log");
}

#[test]
fn a_witness_is_nobody_else() {
    let again = entry("institute", &key("institute.example/outside/witness", 1))
        + &entry("court", &key("court.example/outside/witness", 1));
    refused(&text(4, &again), "it would count as two");
    let named = entry("institute", &key("same.example/outside/witness", 1))
        + &entry("court", &key("same.example/outside/witness", 2));
    refused(&text(4, &named), "it would count as two");
    let charter = load(SMALL).unwrap();
    let party = charter.parties.keys().next().unwrap();
    let own = key("small.example/node/witness", 1);
    let keys = format!("\n[keys.{party}]\nwitness = \"{own}\"\n");
    let tables = two() + &keys;
    refused(&text(4, &tables), &format!("of party `{party}`: it would count as two"));
    let same = entry(party.as_str(), &key("institute.example/outside/witness", 1))
        + &entry("court", &key("court.example/outside/witness", 2));
    refused(&text(4, &same), "is a party: its node witnesses");
}

#[test]
fn a_key_that_cannot_cosign_and_an_address_that_is_none_are_refused() {
    let signs =
        SigningKey::from_seed(KeyName::parse("court.example/outside/witness").unwrap(), &[2; 32]);
    let signs = signs.verifying_key().to_string();
    refused(&text(3, &entry("court", &signs)), "`key` takes the verifier key of a witness");
    let cut: String = key("court.example/outside/witness", 2).chars().take(30).collect();
    refused(&text(3, &entry("court", &cut)), "`key` takes the verifier key of a witness");
    refused(&text(3, &entry("court", &"a".repeat(100_000))), "`key` takes the verifier key");
    for bad in
        ["ftp://court.example", "https://", "court.example", "https://c.example/a?b", "https://a b"]
    {
        let table = entry("court", &key("court.example/outside/witness", 2))
            .replace("https://court.example/veche", bad);
        refused(&text(3, &table), "`at` takes an address");
    }
}
