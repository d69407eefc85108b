//! The samples of OASIS, where the shared data is to be had.

use crate::support::{keep, shared, work};
use veche_exchange::akn::{ImportFault, Imported, export, import};

fn sample(name: &str) -> Option<Imported> {
    let bytes = shared(name)?;
    Some(import(&bytes).unwrap_or_else(|error| panic!("{name}: {:?} {error}", error.place)))
}

/// Checks how many paragraphs are read, the beginning of one, and what is left out: `name xTIMES`, by name.
#[track_caller]
fn check(name: &str, paragraphs: usize, at: u32, begins: (&str, &str), left_out: &[&str]) {
    let Some(imported) = sample(name) else { return };
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for out in &imported.left_out {
        *counts.entry(&out.element).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(name, n)| format!("{name} x{n}")).collect();
    let text = &imported.text;
    let wording = text.paragraph(at).unwrap().wordings.get(text.main()).unwrap();
    let heading = wording.heading.as_deref().unwrap_or_default();
    let found = (heading, wording.text.get(..begins.1.len()).unwrap_or(&wording.text));
    assert_eq!(found, begins, "{:?}", text.title(text.main()));
    assert_eq!(
        (text.paragraphs().len(), counts),
        (paragraphs, left_out.iter().map(|s| (*s).to_owned()).collect())
    );
}

#[test]
fn a_bill_of_italy() {
    check(
        "it_senato_ddl_2013.xml",
        64,
        3,
        (
            "Art. 1. (Modifiche al sistema elettorale della Camera dei deputati) · 1. · b)",
            "l'articolo 3 è sostituito dal seguente:",
        ),
        &["attachment x1", "coverPage x1", "quotedStructure x2", "workflow x1"],
    );
}

#[test]
fn an_act_of_the_united_kingdom() {
    check(
        "uk_pga-2014-27-enacted-data.xml",
        82,
        22,
        (
            "Retention of relevant communications data · 1 Powers for retention of relevant communications data subject to safeguards · 6 · a · i",
            "Chapter 2 of Part 1 of the Regulation of Investigatory Powers Act 2000",
        ),
        &["analysis x1", "lifecycle x1", "preamble x1", "preface x1", "quotedStructure x5"],
    );
}

#[test]
fn an_act_of_the_united_states() {
    let left_out = [
        "authorialNote x1",
        "classification x1",
        "conclusions x1",
        "lifecycle x1",
        "preamble x1",
        "preface x1",
        "publication x1",
    ];
    check(
        "us_Act_2011-11-29.xml",
        19,
        1,
        ("SECTION 1. SHORT TITLE.", "This Act may be cited as the"),
        &left_out,
    );
}

#[test]
fn a_chapter_of_the_united_states_code() {
    let heading = "CHAPTER 3— INTER-AMERICAN CONVENTION ON INTERNATIONAL COMMERCIAL ARBITRATION · §\u{202f}302. Incorporation by reference";
    check(
        "us_Title9-Chap3-eng.xml",
        11,
        2,
        (heading, "Sections 202, 203, 204, 205, "),
        &["toc x1"],
    );
}

#[test]
fn a_judgment_of_south_africa_keeps_its_numbers() {
    let left_out = [
        "analysis x1",
        "classification x1",
        "conclusions x1",
        "header x1",
        "lifecycle x1",
        "notes x1",
        "p x1",
        "publication x1",
        "workflow x1",
    ];
    check("za_Judgement_2008-11-26.xml", 16, 1, ("", ""), &left_out);
    let Some(imported) = sample("za_Judgement_2008-11-26.xml") else { return };
    assert!(!imported.renumbered);
}

#[test]
fn a_debate_has_no_numbered_paragraphs_and_is_refused() {
    let Some(bytes) = shared("ke_Debate_Bungeni_2011-06-10.xml") else { return };
    assert_eq!(import(&bytes).unwrap_err().what, ImportFault::NoParagraphs);
}

#[test]
fn what_is_read_of_a_sample_is_written_and_reads_back() {
    for name in ["it_senato_ddl_2013.xml", "us_Act_2011-11-29.xml", "za_Judgement_2008-11-26.xml"] {
        let Some(imported) = sample(name) else { return };
        let written = export(&imported.text, &work());
        keep(&written);
        assert_eq!(import(written.as_bytes()).unwrap().text, imported.text, "{name}");
    }
}
