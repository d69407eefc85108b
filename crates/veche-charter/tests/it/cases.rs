//! The cases beside a charter: given, when, then.
//!
//! Every folder of `charters/` has them, and they are read from there, so that a new charter is tested by being there.

use crate::runner::{differences, found, shipped, word};
use crate::written::faults;
use std::fmt::Write as _;
use std::path::Path;
use toml::{Table, Value};
use veche_charter::Charter;

#[test]
fn every_case_comes_out_as_it_says() {
    let (mut wrong, mut count) = (String::new(), 0);
    for shipped in shipped() {
        for (file, case) in shipped.cases() {
            count += 1;
            let name = word(case, "name").unwrap_or("a case without name");
            for fault in faults(&shipped.charter, case) {
                writeln!(wrong, "{file}: {name}: {fault}").unwrap();
            }
            for (what, expected, found) in differences(&shipped.charter, case) {
                writeln!(
                    wrong,
                    "{file}: {name}: {what}\n  expected: {expected}\n  found:    {found}"
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count > 40, "{count} cases");
}

#[test]
fn what_an_earlier_rule_found_says_nothing_of_a_state_reached_without_one() {
    let common = shipped().into_iter().find(|shipped| shipped.name == "common").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charters/common/charter.toml");
    let text = std::fs::read_to_string(path).unwrap();
    // Under this rule the five would be bound as soon as the text is agreed.
    let rule = r#"rule = "agreed", to"#;
    assert!(text.contains(rule));
    let text = text.replace(rule, r#"rule = "firm", to"#);
    let charter = Charter::load(text.as_bytes(), "charter.toml").unwrap();
    let name = "after twelve months without the fifth it lapses";
    let case = common.cases().map(|(_, case)| case).find(|case| word(case, "name") == Some(name));
    let found = found(&charter, case.unwrap());
    assert_eq!((found["state"].as_str(), found["binds"].as_str()), ("lapsed", ""));
}

#[test]
fn each_machine_has_a_case_and_each_rule_one_that_adopts_and_one_that_does_not() {
    let mut missing = Vec::new();
    for shipped in shipped() {
        let cases_of = |key: &'static str, name: &str| -> Vec<&Table> {
            shipped
                .cases()
                .map(|(_, case)| case)
                .filter(|case| word(case, key) == Some(name))
                .collect()
        };
        for rule in shipped.charter.rules.keys() {
            let cases = cases_of("rule", rule.as_str());
            let adopts = |case: &Table| {
                case.get("then").and_then(|then| then.get("result")).and_then(Value::as_str)
                    == Some("adopted")
            };
            if !cases.iter().any(|case| adopts(case)) || cases.iter().all(|case| adopts(case)) {
                missing.push(format!("{}: rule {rule}", shipped.name));
            }
        }
        let machines = shipped.charter.machines.keys();
        let bare = machines.filter(|machine| cases_of("machine", machine.as_str()).is_empty());
        missing.extend(bare.map(|machine| format!("{}: machine {machine}", shipped.name)));
    }
    assert!(missing.is_empty(), "without cases, or with one outcome only:\n{}", missing.join("\n"));
}

#[test]
fn a_name_or_key_that_a_case_gets_wrong_is_told_with_a_near_one() {
    let charter = crate::shipped::six_rivers();
    let said = |case: &str| faults(&charter, &case.parse().unwrap()).join("\n");
    let case = r#"
        act = "missions"
        by = "halciss"
        label = "COMPAKT"
        abot = "report"
        signed = "offcer"
    "#;
    assert_eq!(
        said(case),
        "no key `abot`: did you mean `about`?
no party `halciss`: did you mean `halcis`?
no act `missions`: did you mean `mission`?
no label `COMPAKT`: did you mean `COMPACT`?
no signature `offcer`: did you mean `officer`?"
    );
    assert_eq!(
        said("after = \"silence.nowhere\"\nby = \"halcis\"\nroles = { owner = \"nobody\" }"),
        "no party `nobody`\nno state `nowhere`"
    );
}
