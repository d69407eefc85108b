//! The tutorial `docs/your-own-charter.md` against the template that it writes.

const TUTORIAL: &str = include_str!("../../../../docs/your-own-charter.md");
const TEMPLATE: &str = include_str!("../../../../charters/mutual-aid/charter.toml");

/// Returns what the tutorial's commands append to `pact.toml`.
fn written() -> String {
    let appended = TUTORIAL.split("cat >> pact.toml <<'END'\n").skip(1);
    appended.map(|rest| rest.split_once("END\n").unwrap().0).collect()
}

#[test]
fn the_tutorial_writes_the_template_byte_for_byte() {
    assert_eq!(written(), TEMPLATE);
}

#[test]
fn the_template_stays_under_120_lines() {
    assert!(TEMPLATE.lines().count() < 120, "{} lines", TEMPLATE.lines().count());
}
