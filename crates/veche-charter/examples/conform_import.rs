//! Writes `charters/conform/charter.toml` from the decision procedures in JSON.
//!
//! `cargo run -p veche-charter --example conform_import < charters/conform/procedures.json > charters/conform/charter.toml`
//!
//! The JSON leaves much unsaid that a charter must say: who the parties are, which act opens a machine and fills its roles,
//! which states are final. What is added here is the least that the checks ask for.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

/// Parties of the charter: enough for the largest number that a procedure asks for (12 others second a meeting).
const PARTIES: usize = 15;

const HEAD: &str = r#"# The language's conformance charter: rules and procedures of ten organisations, from public descriptions.
# Written by `cargo run -p veche-charter --example conform_import`; mend procedures.json or the importer, not this file.
# The parties are placeholders that let every rule be met and failed; vectors.json brings its own.

[charter]
name = "conform"
title = "Conformance"
version = 1
organisation = "conform.example"
calendar = "plain"
default_label = "PUBLIC"

[witnessing]
by = ["member"]
quorum = 8
colluding = 1

[statuses.member]
may = ["*"]
reads = ["PUBLIC"]

[labels.PUBLIC]

[calendars.plain]
working_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let file: Value = serde_json::from_str(&text)?;
    let out = charter(&file)?;
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(())
}

fn charter(file: &Value) -> Result<String, Box<dyn std::error::Error>> {
    let mut out = String::from(HEAD);
    parties(&mut out)?;
    for (name, rule) in object(file, "rules") {
        writeln!(out, "[rules.{name:?}]")?;
        for (key, value) in rule.as_object().into_iter().flatten() {
            if !matches!(key.as_str(), "source" | "confidence") {
                writeln!(out, "{key} = {}", toml(value))?;
            }
        }
        out.push('\n');
    }
    for (name, machine) in object(file, "machines") {
        write_machine(&mut out, name, machine)?;
    }
    Ok(out)
}

fn parties(out: &mut String) -> std::fmt::Result {
    let all: Vec<String> = (1..=PARTIES).map(|n| format!("\"p{n:02}\"")).collect();
    for n in 1..=PARTIES {
        let mut tags = vec!["dpc", "psc", "sc"];
        tags.extend((n <= 9).then_some("msc"));
        tags.extend((n <= 5).then_some("p5"));
        writeln!(
            out,
            "[parties.p{n:02}]\nname = \"Party {n}\"\nstatus = \"member\"\ntags = {tags:?}\nweights = {{ pop = 10 }}\n"
        )?;
    }
    writeln!(out, "[organs.council]\ntitle = \"Council\"\nseats = {{ status = [\"member\"] }}")?;
    writeln!(
        out,
        "chair = {{ order = [{}], start = \"2026-01-01T00:00:00Z\", period = \"1mo\" }}\n",
        all.join(", ")
    )
}

fn object<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// Writes a machine with its final states, and the act that opens it.
fn write_machine(out: &mut String, name: &str, machine: &Value) -> std::fmt::Result {
    let text = |key: &str| machine.get(key).and_then(Value::as_str).unwrap_or_default();
    writeln!(out, "[machines.{name:?}]\nbasis = {:?}\nstart = {:?}", text("basis"), text("start"))?;
    let mut targets = BTreeSet::new();
    for (state, entry) in object(machine, "states") {
        writeln!(out, "[machines.{name:?}.states.{state}]")?;
        for (key, value) in entry.as_object().into_iter().flatten() {
            writeln!(out, "{key} = {}", toml(value))?;
        }
        note_targets(entry, &mut targets);
    }
    for state in targets {
        if machine.pointer(&format!("/states/{state}")).is_none() {
            writeln!(out, "[machines.{name:?}.states.{state}]\nfinal = true")?;
        }
    }
    let kind = format!("open.{name}");
    let roles = roles(machine);
    let fields: Vec<String> = roles.iter().map(|role| format!("{role} = \"parties!\"")).collect();
    let fills: Vec<String> = roles.iter().map(|role| format!("{role} = {role:?}")).collect();
    writeln!(
        out,
        "\n[acts.{kind:?}]\nopens = {name:?}\nfields = {{ {} }}\nroles = {{ {} }}\n",
        fields.join(", "),
        fills.join(", ")
    )
}

fn note_targets(entry: &Value, targets: &mut BTreeSet<String>) {
    let mut add =
        |value: Option<&Value>| targets.extend(value.and_then(Value::as_str).map(str::to_owned));
    add(entry.get("timeout"));
    for key in ["pass", "fail", "no_quorum"] {
        add(entry.pointer(&format!("/timeout/{key}")));
    }
    for transition in entry.get("on").and_then(Value::as_array).into_iter().flatten() {
        for key in ["to", "fail", "no_quorum"] {
            add(transition.get(key));
        }
    }
}

/// Returns the roles that a machine's steps name, and those that its rules may name.
fn roles(machine: &Value) -> BTreeSet<String> {
    let mut out: BTreeSet<String> = ["concerned", "disputants", "host"].map(str::to_owned).into();
    for (_, state) in object(machine, "states") {
        for transition in state.get("on").and_then(Value::as_array).into_iter().flatten() {
            let by = transition.get("by").and_then(Value::as_str).unwrap_or("any");
            let role = by.trim_start_matches('!');
            if !role.contains(':') && !matches!(role, "any" | "chair" | "initiator") {
                out.insert(role.to_owned());
            }
        }
    }
    out
}

/// Returns a JSON value as TOML, on one line.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => inline(map),
    }
}

fn inline(map: &Map<String, Value>) -> String {
    let pairs: Vec<String> =
        map.iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}
