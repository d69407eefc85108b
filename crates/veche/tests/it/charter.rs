//! `veche charter`.

use crate::support::Place;
use veche_charter::Charter;
use veche_ledger::Hash;

const SIX_RIVERS: &str = include_str!("../../../../charters/six-rivers/charter.toml");
const VECTORS: &str = include_str!("../../../../charters/conform/vectors.json");

fn with_six_rivers() -> Place {
    let place = Place::new();
    place.put("six.toml", SIX_RIVERS);
    place
}

/// The Compact's charter with two slips.
fn with_two_slips() -> Place {
    let place = Place::new();
    // Both near the file's beginning, so that the lines told do not move with the charter's articles.
    let slipped = SIX_RIVERS.replacen("by = [\"member\"]", "by = [\"menber\"]", 1).replacen(
        "calendar = \"compact\"",
        "calendar = \"compcat\"",
        1,
    );
    place.put("slips.toml", slipped);
    place
}

#[test]
fn a_charter_without_fault_is_named_with_its_hash() {
    let place = with_six_rivers();
    let hash = Hash::of(&[SIX_RIVERS.as_bytes()]);
    let expected =
        format!("`six.toml` has no fault: Six Rivers Compact, version 1, hash {}\n", hash.short());
    assert_eq!(place.veche("charter check six.toml").good(), expected);
    assert_eq!(place.veche("charter hash six.toml").good(), format!("{hash}\n"));
    let told = place.veche("charter check six.toml --json").json();
    assert_eq!(told["files"][0]["charter"]["hash"], hash.to_string());
    assert_eq!(told["faults"], 0);
}

#[test]
fn all_faults_of_all_charters_are_told() {
    let place = with_two_slips();
    place.put("six.toml", SIX_RIVERS);
    let screen = place.veche("charter check slips.toml");
    insta::assert_snapshot!(screen, @r"
    error: there is no calendar `compcat`
      where: slips.toml:9, table charter, entry calendar
      hint:  did you mean `compact`?
    error: there is no status `menber`
      where: slips.toml:13, table witnessing, entry by
      hint:  did you mean `member`?
    1 file checked, 2 faults
    [exit 6]
    ");
    let screen = place.veche("charter check slips.toml six.toml");
    assert!(screen.out.ends_with("2 files checked, 2 faults\n"), "{screen}");
    let told = place.veche("charter check slips.toml --json").json();
    assert_eq!(told["files"][0]["faults"].as_array().unwrap().len(), 2);
    assert_eq!(told["files"][0]["faults"][1]["hint"], "did you mean `member`?");
}

#[test]
fn what_is_no_charter_is_refused_with_its_reason() {
    let place = Place::new();
    place.put("bytes.toml", b"name = \"\xff\"");
    insta::assert_snapshot!(place.veche("charter check bytes.toml"), @r"
    error: the file is not UTF-8 text
      where: bytes.toml:1
    1 file checked, 1 fault
    [exit 6]
    ");
    place.put("empty.toml", "");
    insta::assert_snapshot!(place.veche("charter check empty.toml"), @r"
    error: `charter` is missing
      where: empty.toml:1
    error: `witnessing` is missing
      where: empty.toml:1
    1 file checked, 2 faults
    [exit 6]
    ");
}

#[test]
fn a_file_that_is_not_there_stops_the_check_before_it_begins() {
    let place = with_six_rivers();
    insta::assert_snapshot!(place.veche("charter check six.toml missing.toml"), @r"
    [standard error]
    error: cannot read `missing.toml`: it does not exist
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("charter check ."), @r"
    [standard error]
    error: cannot read `.`: it is a directory
    [exit 3]
    ");
}

#[test]
fn a_machine_is_told_in_sentences() {
    let place = with_six_rivers();
    let shipped = place.veche("charter explain six-rivers --machine silence");
    assert!(shipped.good().starts_with("Silence procedure"), "{shipped}");
    let own = place.veche("charter explain six.toml --machine silence");
    assert_eq!(shipped.good(), own.good());
    let all = place.veche("charter explain six-rivers");
    assert!(all.good().starts_with("Six Rivers Compact, version 1.\n"), "{all}");
    assert!(all.out.contains(shipped.out.trim_end()));
}

#[test]
fn machines_are_drawn_one_or_all() {
    let place = Place::new();
    let one = place.veche("charter explain six-rivers --machine silence --dot");
    assert!(one.good().starts_with("digraph \"Silence procedure\" {\n"), "{one}");
    let all = place.veche("charter explain six-rivers --dot");
    let charter = Charter::load(SIX_RIVERS.as_bytes(), "six.toml").unwrap();
    assert_eq!(all.good().matches("digraph ").count(), charter.machines.len());
    let told = place.veche("charter explain six-rivers --machine silence --dot --json").json();
    assert_eq!(told["dot"], one.out.trim_end());
}

#[test]
fn a_near_name_is_offered() {
    let place = with_two_slips();
    insta::assert_snapshot!(place.veche("charter explain six-river"), @r"
    [standard error]
    error: there is no shipped charter and no file `six-river`
      hint:  did you mean `six-rivers`?
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("charter explain elsewhere"), @r"
    [standard error]
    error: there is no shipped charter and no file `elsewhere`
      hint:  `veche charter list` names the shipped ones
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("charter explain six-rivers --machine silense"), @r"
    [standard error]
    error: charter `six-rivers` has no machine `silense`
      hint:  did you mean `silence`?
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("charter explain ./missing.toml"), @r"
    [standard error]
    error: cannot read `./missing.toml`: it does not exist
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("charter hash slips.toml"), @r"
    [standard error]
    error: cannot use charter `slips.toml`: it has 2 faults
      where: slips.toml:9
      hint:  `veche charter check slips.toml` tells them all
    [exit 6]
    ");
}

#[test]
fn the_languages_vectors_pass() {
    let place = Place::new();
    place.put("vectors.json", VECTORS);
    assert_eq!(place.veche("charter conform vectors.json").good(), "749 passed, 0 failed\n");
}

#[test]
fn a_vector_that_fails_is_explained() {
    let place = Place::new();
    // The first vector's expectation, turned round.
    let at = VECTORS.find("\"expect\"").unwrap();
    let (before, after) = VECTORS.split_at(at);
    let wrong = if after[..30].contains("adopted") {
        after.replacen("adopted", "failed", 1)
    } else {
        after.replacen("failed", "adopted", 1)
    };
    place.put("vectors.json", format!("{before}{wrong}"));
    insta::assert_snapshot!(place.veche("charter conform vectors.json"), @r"
    rules[0] of `csto.consensus`: expected failed, found adopted
      why: none for ad_referendum or no
    748 passed, 1 failed
    [exit 6]
    ");
    let told = place.veche("charter conform vectors.json --json").json();
    assert_eq!((&told["passed"], told["failed"].as_array().unwrap().len()), (&748.into(), 1));
}

#[test]
fn a_file_that_holds_no_vectors_does_not_pass() {
    let place = Place::new();
    place.put("none.json", "{\"parties\":{}}");
    insta::assert_snapshot!(place.veche("charter conform none.json"), @r"
    [standard error]
    error: cannot use `none.json` as test vectors: there is no vector in it
    [exit 5]
    ");
    place.put("text.json", "adopted");
    insta::assert_snapshot!(place.veche("charter conform text.json"), @r"
    [standard error]
    error: cannot use `text.json` as test vectors: expected value at line 1 column 1
      where: the file
    [exit 5]
    ");
}

#[test]
fn shipped_charters_are_listed_with_the_hash_of_their_bytes() {
    let place = Place::new();
    let told = place.veche("charter list --json").json();
    let hashes: Vec<&str> = told["charters"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|charter| charter["name"] == "six-rivers")
        .map(|charter| charter["hash"].as_str().unwrap())
        .collect();
    assert_eq!(hashes, [Hash::of(&[SIX_RIVERS.as_bytes()]).to_string()]);
    assert!(
        place.veche("charter list").good().contains("six-rivers  Six Rivers Compact, version 1")
    );
}

#[test]
fn what_differs_between_two_charters_is_told_entry_by_entry() {
    let place = Place::new();
    let shown = place.veche("charter show two-banks").good().to_owned();
    place
        .put("mine.toml", shown.replace("\"30m\"", "\"45m\"").replace("\"Belm\"", "\"Belm town\""));
    insta::assert_snapshot!(place.veche("charter diff two-banks mine.toml"), @r#"
    ~ machines silence.silence  (mine.toml:172)
        clock
          - { span = "30m", start = "tabled", unreached = { after = "10m", finally = "block", max = "1h", then = "extend", to = "blocked" } }
          + { span = "45m", start = "tabled", unreached = { after = "10m", finally = "block", max = "1h", then = "extend", to = "blocked" } }
    ~ parties belm  (mine.toml:32)
        name
          - "Belm"
          + "Belm town"
    2 differences from `two-banks` to `mine.toml`
    [exit 0]
    "#);
    let told = place.veche("charter diff two-banks mine.toml --json").json();
    assert_eq!(told["differences"].as_array().unwrap().len(), 2);
    place.put("same.toml", format!("# mine\n{shown}"));
    assert_eq!(
        place.veche("charter diff two-banks same.toml").good(),
        "`two-banks` and `same.toml` say the same\n"
    );
    place.put("broken.toml", shown.replace("[parties.belm]", "[parties.bolm]"));
    insta::assert_snapshot!(place.veche("charter diff two-banks broken.toml"), @r"
    [standard error]
    error: cannot use charter `broken.toml`: it has 1 fault
      where: broken.toml:56
      hint:  `veche charter check broken.toml` tells them all
    [exit 6]
    ");
}

#[test]
fn a_new_charter_has_no_fault_and_overwrites_nothing() {
    let place = Place::new();
    let new =
        "charter new river-pact --title River --member alder=Alder --member birch --out pact.toml";
    insta::assert_snapshot!(place.veche(new), @r"
    pact.toml: River, 2 members. Next: read it, change it, `veche charter check pact.toml`
    [exit 0]
    ");
    place.veche("charter check pact.toml").good();
    insta::assert_snapshot!(place.veche(new), @r"
    [standard error]
    error: cannot begin a charter: `pact.toml` is there already
      hint:  name another file: a charter is never overwritten
    [exit 2]
    ");
    insta::assert_snapshot!(place.veche("charter new river-pact --member alder --member birch"), @r"
    [standard error]
    error: cannot begin a charter: `--title` is not given, and there is nobody to ask
      hint:  `veche charter new --help` shows an example
    [exit 2]
    ");
    insta::assert_snapshot!(place.veche("charter new river-pact --title River --member a/b --member birch"), @r"
    [standard error]
    error: cannot begin a charter: `a/b` is not a party's id: ASCII letters, digits, `-`, `_`, `.`, at most 64
    [exit 2]
    ");
}

#[test]
fn an_amendment_is_drafted_from_two_texts_and_a_bad_one_is_refused() {
    let place = Place::new();
    let shown = place.veche("charter show six-rivers").good().to_owned();
    place.put("charter.toml", &shown);
    let next = shown.replacen("version = 1\n", "version = 2\n", 1);
    place.put("next.toml", next.replacen("clock = \"10d\"", "clock = \"20d\"", 1));
    let terms = place.veche("charter amend charter.toml next.toml --title Longer --json").json();
    assert_eq!((&terms["title"], terms["edits"].as_array().unwrap().len()), (&"Longer".into(), 2));
    assert_eq!(terms["base"], Hash::of(&[shown.as_bytes()]).to_string());
    assert_eq!(terms["edits"][0]["inserted"], "version = 2\n");
    place.put("same.toml", &shown);
    insta::assert_snapshot!(place.veche("charter amend charter.toml same.toml"), @r"
    [standard error]
    error: `same.toml` cannot be the next version: the new charter's version must be `2`, and is `1`
      hint:  `veche charter diff` tells what differs
    [exit 4]
    ");
    place.put("other.toml", next.replacen("six-rivers.example", "other.example", 1));
    insta::assert_snapshot!(place.veche("charter amend charter.toml other.toml"), @r"
    [standard error]
    error: `other.toml` cannot be the next version: the new charter's organisation must be `six-rivers.example`, and is `other.example`
      hint:  `veche charter diff` tells what differs
    [exit 4]
    ");
}
