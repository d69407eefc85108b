//! The cases beside a charter: given, when, then.
//!
//! Every folder of `charters/` has them, and they are read from there, so that a new charter is tested by being there.

use crate::runner::{differences, shipped, word};
use std::fmt::Write as _;
use toml::{Table, Value};

#[test]
fn every_case_comes_out_as_it_says() {
    let (mut wrong, mut count) = (String::new(), 0);
    for shipped in shipped() {
        for (file, case) in shipped.cases() {
            count += 1;
            let name = word(case, "name").unwrap_or("a case without name");
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
