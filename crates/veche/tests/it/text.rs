//! `veche text`: over files, and over what a node holds.

use crate::running::made_by_hand;
use crate::support::Place;

const FLOOD: &str = r#"title = "Flood"
date = "2026-11-22"

[[paragraphs]]
n = 1
text = "The quay is closed [at once / at noon].[^a]"
notes.a = "Article 4."

[[paragraphs]]
n = 2
heading = "The spillway"
text = "It opens by half."
"#;

fn place() -> Place {
    let place = Place::new();
    place.put("flood.toml", FLOOD);
    place.put(
        "flood-2.toml",
        FLOOD.replace("[at once / at noon]", "at noon").replace("n = 2", "n = 3"),
    );
    place
}

#[test]
fn a_text_is_shown_with_what_is_open() {
    let place = place();
    place.put("flood.toml", FLOOD.replace("n = 2", "n = 2\nmeasures = ['M-1']"));
    insta::assert_snapshot!(place.veche("text show flood.toml"), @r#"
    Flood
    2 paragraphs: 1 agreed, 1 open

    1. open: 1 bracket
       The quay is closed [at once / at noon].[^a]
       [^a] Article 4.

    2. agreed
       The spillway
       It opens by half.
    note: no part of the text: `paragraph 2: measures`
    [exit 0]
    "#);
}

#[test]
fn two_versions_are_compared() {
    insta::assert_snapshot!(place().veche("text diff flood.toml flood-2.toml"), @r#"
    paragraphs: 1 unchanged, 1 changed, 0 added, 0 removed
    Flood

    1, changed
       The quay is closed [-[at once / -]at noon[-]-].[^a]
       [^a] Article 4.

    2 → 3, unchanged
    [exit 0]
    "#);
    let told = place().veche("--json text diff flood.toml flood-2.toml");
    assert!(told.good().contains(r#"{"removed":"[at once / "}"#), "{told}");
}

#[test]
fn a_text_travels_to_akoma_ntoso_and_back() {
    let place = place();
    let options = "--organisation six-rivers --number P-1 --author Office";
    insta::assert_snapshot!(place.veche(&format!("text export flood.toml --as akn {options} --out flood.xml")), @r#"
    flood.xml: 2567 bytes
    [exit 0]
    "#);
    insta::assert_snapshot!(place.veche("text import flood.xml --out back.json"), @r#"
    back.json: 2 paragraphs
    [exit 0]
    "#);
    let compared = place.veche("text diff flood.toml back.json");
    assert!(
        compared.good().starts_with("paragraphs: 2 unchanged, 0 changed, 0 added, 0 removed"),
        "{compared}"
    );
    // What the file says of itself comes back with it.
    assert_eq!(
        place.veche("text export back.json --as akn").good().as_bytes(),
        place.get("flood.xml")
    );
}

#[test]
fn what_is_no_text_in_a_document_is_told() {
    let place = place();
    place.put(
        "foreign.xml",
        "<akomaNtoso xmlns='http://docs.oasis-open.org/legaldocml/ns/akn/3.0'><act name='act'>\n\
         <preamble><p>We,</p></preamble><body><section><num>§ 4</num><content><p>Stop.</p></content></section>\n\
         </body></act></akomaNtoso>",
    );
    insta::assert_snapshot!(place.veche("text import foreign.xml"), @r#"
    1 paragraph: 1 agreed, 0 open

    1. agreed
       § 4
       Stop.
    note: its numbers are not 1, 2, 3 ..: they are in the headings, and the paragraphs are numbered anew
    note: left out: `preamble`, line 2, column 1: front or back matter
    [exit 0]
    "#);
}

#[test]
fn amendments_are_applied_or_their_conflict_is_told() {
    let place = place();
    place.put("one.toml", "[[amendments]]\nname = \"A-1\"\nchanges = [{ n = 2, text = \"It stays shut.\" }, { do = \"insert\", n = 1, bis = 1, text = \"So is the dam.\" }]\n");
    insta::assert_snapshot!(place.veche("text consolidate flood.toml --amendments one.toml"), @r#"
    Flood
    3 paragraphs: 2 agreed, 1 open

    1. open: 1 bracket
       The quay is closed [at once / at noon].[^a]
       [^a] Article 4.

    2. agreed, given by A-1
       So is the dam.

    3. agreed, given by A-1
       It stays shut.
    [exit 0]
    "#);
    place.put("two.toml", "[[amendments]]\nname = \"A-1\"\nchanges = [{ do = \"delete\", n = 2 }]\n[[amendments]]\nname = \"A-2\"\nchanges = [{ n = 2, text = \"x\" }]\n");
    insta::assert_snapshot!(place.veche("text consolidate flood.toml --amendments two.toml"), @r#"
    [standard error]
    error: cannot consolidate: amendment `A-2`: paragraph 2 was deleted by `A-1`
    [exit 5]
    "#);
}

#[test]
fn markdown_and_print_are_written() {
    let place = place();
    assert!(
        place
            .veche("text export flood.toml --as markdown")
            .good()
            .contains("closed \\[at once / at noon\\].[^1-a]")
    );
    assert!(place.veche("text export flood.toml --as html").good().starts_with("<!DOCTYPE html>"));
    assert!(
        place
            .veche("text diff flood.toml flood-2.toml --as html")
            .good()
            .contains("<del>[at once / </del>")
    );
}

#[test]
fn what_cannot_be_used_is_told_with_its_place() {
    let place = place();
    place.put("bomb.xml", "<!DOCTYPE a [<!ENTITY a \"b\">]>\n<a>&a;</a>");
    insta::assert_snapshot!(place.veche("text import bomb.xml"), @r#"
    [standard error]
    error: cannot use `bomb.xml` as a text: it has a document type declaration: none is read, since entities are defined there; remove it
      where: line 1, column 1
    [exit 5]
    "#);
    place.put("twice.toml", "paragraphs = [{ n = 1, text = \"a\" }, { n = 1, text = \"b\" }]");
    insta::assert_snapshot!(place.veche("text show twice.toml"), @r#"
    [standard error]
    error: cannot use `twice.toml` as a text: paragraph 1: numbers ascend from 1, and this one follows 1
    [exit 5]
    "#);
    insta::assert_snapshot!(place.veche("text export flood.toml --as akn"), @r#"
    [standard error]
    error: cannot export to Akoma Ntoso: the text's `organisation` is not known
      hint:  say it with `--organisation`, or as `organisation` in the file
    [exit 2]
    "#);
    insta::assert_snapshot!(place.veche("text diff flood.toml"), @r#"
    [standard error]
    error: two texts are needed, and 1 named
      hint:  name files, or texts of a node by `--store FILE --about NUMBER`
    [exit 2]
    "#);
    insta::assert_snapshot!(place.veche("text show none.toml"), @r#"
    [standard error]
    error: cannot read `none.toml`: it does not exist
    [exit 3]
    "#);
}

#[test]
fn a_text_of_a_node_is_read_by_its_number() {
    let place = made_by_hand();
    place
        .veche(
            "node init --charter genesis.toml --party office --keys keys-office --store office.db",
        )
        .good();
    let tabled = r#"{"ref":"P-1","title":"Quay","paragraphs":[{"n":1,"text":"Close it [now / at noon]."},{"n":2,"text":"Open the dam."}]}"#;
    place.put("terms.json", tabled);
    place
        .veche("record say --store office.db --kind proposal --terms terms.json --passphrase-file pass.txt")
        .good();
    insta::assert_snapshot!(place.veche("text show --store office.db --about P-1"), @r#"
    Quay
    2 paragraphs: 1 agreed, 1 open

    1. open: 1 bracket
       Close it [now / at noon].

    2. agreed
       Open the dam.
    [exit 0]
    "#);
    place.veche("text export --store office.db --about P-1 --as akn --out quay.xml").good();
    place.put("later.toml", "title = \"Quay\"\nparagraphs = [{ n = 1, text = \"Close it now.\" }]");
    insta::assert_snapshot!(place.veche("text diff --store office.db --about P-1 later.toml"), @r#"
    paragraphs: 0 unchanged, 1 changed, 0 added, 1 removed
    Quay

    1, changed
       Close it [-[-]now[- / at noon]-].

    2, removed
       [-Open the dam.-]
    [exit 0]
    "#);
    insta::assert_snapshot!(place.veche("text diff --store office.db --about P-1 quay.xml"), @r#"
    paragraphs: 2 unchanged, 0 changed, 0 added, 0 removed
    Quay

    1, unchanged

    2, unchanged
    [exit 0]
    "#);
    insta::assert_snapshot!(place.veche("text show --store office.db --about P-9"), @r#"
    [standard error]
    error: nothing is called `P-9` here
    [exit 5]
    "#);
}
