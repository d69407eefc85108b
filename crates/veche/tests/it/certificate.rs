//! `veche certificate`.

use crate::decided::{Decided, decided};
use crate::support::{Place, Screen};
use veche_ledger::Hash;

/// A place with a valid certificate in it.
fn with_certificate() -> (Place, Decided) {
    let place = Place::new();
    let decided = decided("Relief corridor");
    place.put("d.zip", &decided.certificate);
    (place, decided)
}

/// The screen without the hashes that every change of the charter's text changes.
fn seen(screen: &Screen, decided: &Decided) -> String {
    screen
        .to_string()
        .replace(&decided.charter.to_string(), "CHARTER")
        .replace(&decided.opener.short(), "TEXT")
}

#[test]
fn a_certificate_holds_under_the_charter_that_is_known() {
    let (place, decided) = with_certificate();
    let screen = place.veche(&format!("certificate verify d.zip --charter {}", decided.charter));
    insta::assert_snapshot!(seen(&screen, &decided), @r"
    valid: Six Rivers Compact, TEXT Relief corridor
    charter: CHARTER
    [exit 0]
    ");
}

#[test]
fn without_a_known_charter_the_verdict_says_what_it_is_worth() {
    let (place, decided) = with_certificate();
    insta::assert_snapshot!(seen(&place.veche("certificate verify d.zip"), &decided), @r"
    valid: Six Rivers Compact, TEXT Relief corridor
    charter: CHARTER
    note: under the charter that it brings; whether that is the organisation's, `--charter HASH` checks
    [exit 0]
    ");
    let told = place.veche("certificate verify d.zip --json").json();
    assert_eq!((&told["valid"], &told["charter_expected"]), (&true.into(), &false.into()));
    assert_eq!(told["charter"], decided.charter.to_string());
}

#[test]
fn a_certificate_of_another_charter_is_not_valid() {
    let (place, decided) = with_certificate();
    let other = Hash::of(&[b"another"]);
    let screen = place.veche(&format!("certificate verify d.zip --charter {other}"));
    let expected =
        format!("invalid: its charter is `{}`, expected was `{other}`\n[exit 5]", decided.charter);
    assert_eq!(screen.to_string(), expected);
    insta::assert_snapshot!(place.veche("certificate verify d.zip --charter 9f2c"), @r"
    [standard error]
    error: invalid value '9f2c' for '--charter <HASH>': a hash is 64 lower-case hexadecimal digits

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn a_certificate_is_told_in_sentences() {
    let (place, decided) = with_certificate();
    let known = format!("--charter {}", decided.charter);
    let explained = place.veche(&format!("certificate explain d.zip {known}"));
    insta::assert_snapshot!(seen(&explained, &decided), @r#"
    Six Rivers Compact: TEXT Relief corridor
    tabled by Orvessa at 2027-01-15T08:01:00Z

    paragraph 1: adopted (adopted) at 2027-01-15T14:01:00Z
      "The bridges stay open to relief."
      none for amend or no
      binds: Halcis, Lurien, Mirez, Orvessa, Quorrin, Tamrin
      Halcis: yes (by silence, heard)
      Lurien: yes (by silence, heard)
      Mirez: yes (by silence, heard)
      Orvessa: yes (by silence, heard)
      Quorrin: yes (by silence, heard)
      Tamrin: yes (by silence, heard)

    It holds unless more than 2 witnesses of one log collude.
    [exit 0]
    "#);
    let verified = place.veche(&format!("certificate verify d.zip --explain {known}"));
    assert!(verified.good().starts_with("valid: "), "{verified}");
    assert!(verified.out.ends_with(explained.good()), "{verified}");
}

#[test]
fn a_certificate_with_a_byte_changed_is_never_valid() {
    let (place, decided) = with_certificate();
    for at in (0..decided.certificate.len()).step_by(7919) {
        let mut bytes = decided.certificate.clone();
        bytes[at] ^= 1;
        place.put("changed.zip", bytes);
        let screen = place.veche("certificate verify changed.zip");
        assert!(screen.out.starts_with("invalid: "), "byte {at}: {screen}");
        assert_eq!((screen.code, screen.err.as_str()), (Some(5), ""), "byte {at}");
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    let (place, decided) = with_certificate();
    place.put("empty.zip", "");
    insta::assert_snapshot!(place.veche("certificate verify empty.zip"), @r"
    invalid: the file is cut short or is no ZIP: at byte 0
    [exit 5]
    ");
    place.put("cut.zip", &decided.certificate[..decided.certificate.len() - 1]);
    insta::assert_snapshot!(place.veche("certificate verify cut.zip"), @r"
    invalid: the file is not byte for byte the one that its content makes
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche("certificate explain cut.zip"), @r"
    [standard error]
    error: cannot explain `cut.zip`, which is not valid: the file is not byte for byte the one that its content makes
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche("certificate show cut.zip"), @r"
    [standard error]
    error: cannot show `cut.zip`: the file is not byte for byte the one that its content makes
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche("certificate verify missing.zip"), @r"
    [standard error]
    error: cannot read `missing.zip`: it does not exist
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("certificate verify ."), @r"
    [standard error]
    error: cannot read `.`: it is a directory
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("certificate verify"), @r"
    [standard error]
    error: the following required arguments were not provided:
      <FILE>

    Usage: veche certificate verify <FILE>

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn a_directory_is_judged_file_by_file() {
    let (place, decided) = with_certificate();
    std::fs::create_dir_all(place.path().join("all/below")).unwrap();
    place.put("all/b.zip", &decided.certificate);
    place.put("all/a.zip", &decided.certificate[..100]);
    place.put("all/note.txt", "not one");
    insta::assert_snapshot!(seen(&place.veche("certificate verify --batch all"), &decided), @r"
    a.zip invalid the file is cut short or is no ZIP: at byte 0
    b.zip valid Six Rivers Compact, TEXT Relief corridor
    note.txt invalid the file is not byte for byte the one that its content makes
    [exit 0]
    ");
    let told = place.veche("certificate verify --batch all --json").json();
    let valid: Vec<_> =
        told["files"].as_array().unwrap().iter().map(|file| &file["valid"]).collect();
    assert_eq!(valid, [false, true, false]);
    let other = Hash::of(&[b"another"]);
    let screen = place.veche(&format!("certificate verify --batch all --charter {other}"));
    assert!(!screen.good().contains(" valid "), "{screen}");
    insta::assert_snapshot!(place.veche("certificate verify --batch all/below"), @r"
    no file in `all/below`
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("certificate verify --batch nowhere"), @r"
    [standard error]
    error: cannot read `nowhere`: it does not exist
    [exit 3]
    ");
}

#[test]
fn what_is_in_a_certificate_is_shown_as_json() {
    let (place, decided) = with_certificate();
    let screen = place.veche("certificate show d.zip");
    screen.good();
    let told = screen.json();
    assert_eq!(told, place.veche("certificate show d.zip --json").json());
    assert_eq!(
        (&told["valid"], &told["charter"]),
        (&true.into(), &decided.charter.to_string().into())
    );
    assert_eq!(told["statement"]["decisions"][0]["outcome"], "adopted");
    assert_eq!(told["logs"].as_object().unwrap().len(), 6);
}

#[test]
fn a_title_cannot_forge_a_line_of_the_verdict() {
    let place = Place::new();
    let forged = decided("Peace\ninvalid: \u{1b}[2Jnothing");
    place.put("d.zip", &forged.certificate);
    let screen = place.veche(&format!("certificate verify d.zip --charter {}", forged.charter));
    assert_eq!(screen.good().lines().count(), 2, "{screen}");
    assert!(!screen.out.contains('\u{1b}'), "{screen}");
}
