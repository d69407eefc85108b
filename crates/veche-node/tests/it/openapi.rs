//! The document of the API: as committed, complete, and true of what nodes answer.

use crate::web::{get, played_of};
use axum::http::StatusCode;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use veche_node::api;
use veche_node::exercise::Player;
use veche_node::exercise::player::SPEED_DEMO;
use veche_node::http::{Server, Site};
use veche_node::shipped::Shipped;

/// The document as committed: `INSTA_UPDATE=always` writes it anew.
const GOLDEN: &str = "../../formats/openapi.json";

/// Stands in examples where a hash of the asked world belongs.
const NO_LEAF: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Fields that no shipped exercise fills: only null was seen, or nothing.
///
/// They are of a node that has peers, was restored, or runs under a charter that was amended.
const NEVER_SEEN: &[&str] = &[
    "Certificate.fault",
    "CharterVersion.amendment",
    "CharterVersion.closing",
    "ClockAhead.claimed",
    "ClockAhead.index",
    "ClockAhead.received_at",
    "Cosigned.by",
    "Cosigned.log",
    "Cosigned.size",
    "GoneOn.at",
    "GoneOn.officer",
    "GoneOn.reason",
    "GoneOn.signature",
    "NotTaken.at",
    "NotTaken.log",
    "NotTaken.party",
    "NotTaken.why",
    "OneRecord.hosted_by",
    "Overshared.index",
    "Overshared.label",
    "Overshared.log",
    "Peer.heard_at",
    "Peer.in_reach",
    "Peer.lacks",
    "Peer.party",
    "Peer.trouble",
    "Peers.cosignatures",
    "Peers.not_taken",
    "Peers.overshared",
    "Peers.peers",
    "Problem.article",
    "Problem.hint",
    "Problem.quote",
    "Procedure.void_since_version",
    "Record.redacted",
    "Redaction.fields",
    "Redaction.reason",
    "Redaction.record",
    "Redaction.signer",
    "Redaction.time",
    "Status.holds_back",
    "Status.outdated",
    "Trouble.at",
    "Trouble.why",
];

fn site(exercise: &str, injects: usize) -> Arc<Server> {
    let site = Site::of_game(played_of(exercise, injects), Player::new(Vec::new(), SPEED_DEMO));
    Server::new(Some(site), true, None)
}

/// Checks values against the document's schemas, more strictly than they say: no field may be there that they do not name.
struct Checker<'d> {
    document: &'d Json,
    /// `Object.field` of all that was seen with a value.
    seen: BTreeSet<String>,
}

impl<'d> Checker<'d> {
    fn check(&mut self, schema: &'d Json, value: &Json, place: &str) -> Result<(), String> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return self.object(name, value, place);
        }
        if let Some(any) = schema["anyOf"].as_array() {
            return if value.is_null() { Ok(()) } else { self.check(&any[0], value, place) };
        }
        let fault = |what: &str| Err(format!("{place}: {what}: {value}"));
        match schema["type"].as_str() {
            None => Ok(()),
            Some("null") if value.is_null() => Ok(()),
            Some("boolean") if value.is_boolean() => Ok(()),
            Some("integer") => {
                let number =
                    value.as_u64().ok_or_else(|| format!("{place}: no number: {value}"))?;
                let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
                let least = schema["minimum"].as_u64().unwrap_or(0);
                if (least..=most).contains(&number) { Ok(()) } else { fault("out of range") }
            }
            Some("string") => {
                let Some(text) = value.as_str() else { return fault("no text") };
                let is_hash = text.len() == 64
                    && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
                if schema.get("pattern").is_some() && !is_hash {
                    return fault("no hash");
                }
                if schema["format"] == "date-time"
                    && veche_ledger::UnixSeconds::parse(text).is_err()
                {
                    return fault("no time");
                }
                let words = schema["enum"].as_array();
                if words.is_some_and(|words| !words.contains(value)) {
                    fault("another word")
                } else {
                    Ok(())
                }
            }
            Some("array") => {
                let Some(rows) = value.as_array() else { return fault("no list") };
                let (least, most) = (&schema["minItems"], &schema["maxItems"]);
                if least.as_u64().is_some_and(|n| (rows.len() as u64) < n)
                    || most.as_u64().is_some_and(|n| rows.len() as u64 > n)
                {
                    return fault("of another length");
                }
                rows.iter().enumerate().try_for_each(|(at, row)| {
                    self.check(&schema["items"], row, &format!("{place}/{at}"))
                })
            }
            Some("object") => {
                let Some(map) = value.as_object() else { return fault("no object") };
                let of = &schema["additionalProperties"];
                assert!(of.is_object(), "{place}: objects without names of their own are maps");
                map.iter()
                    .try_for_each(|(key, value)| self.check(of, value, &format!("{place}/{key}")))
            }
            Some(_) => fault("of another type"),
        }
    }

    fn object(&mut self, name: &str, value: &Json, place: &str) -> Result<(), String> {
        let schema = &self.document["components"]["schemas"][name];
        let Some(map) = value.as_object() else {
            return Err(format!("{place}: no {name}: {value}"));
        };
        let fields = schema["properties"].as_object().unwrap();
        for needed in schema["required"].as_array().unwrap() {
            if !map.contains_key(needed.as_str().unwrap()) {
                return Err(format!("{place}: {name} has no {needed}"));
            }
        }
        for (key, value) in map {
            let Some(field) = fields.get(key) else {
                return Err(format!("{place}: `{key}` of {name} is not described"));
            };
            self.check(field, value, &format!("{place}/{key}"))?;
            if !value.is_null() {
                self.seen.insert(format!("{name}.{key}"));
            }
        }
        Ok(())
    }

    /// Checks one answer, whatever it is, by what the operation says of its status.
    #[track_caller]
    fn answer(
        &mut self,
        operation: &'d Json,
        server: &Arc<Server>,
        seat: &str,
        address: &str,
    ) -> StatusCode {
        let answer = get(server, seat, address);
        let status = answer.status.as_u16().to_string();
        let described = operation["responses"].get(&status);
        let described = described.unwrap_or_else(|| panic!("{address}: {status} is not described"));
        let kind = answer.header(axum::http::header::CONTENT_TYPE).to_owned();
        let schema = described["content"].get(&kind);
        let schema =
            schema.unwrap_or_else(|| panic!("{address}: {status} as {kind} is not described"));
        let value: Json = serde_json::from_str(&answer.text()).unwrap();
        self.check(&schema["schema"], &value, address).unwrap_or_else(|fault| panic!("{fault}"));
        answer.status
    }
}

/// Returns the address of an operation with its examples: the needed parameters, and `more` of the others.
fn address(path: &str, operation: &Json, leaf: &str, more: &[&str]) -> String {
    let mut address = format!("/api/v1{path}");
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        let example = parameter["example"]
            .as_str()
            .map_or_else(|| parameter["example"].to_string(), str::to_owned);
        let example = example.replace(NO_LEAF, leaf);
        if parameter["in"] == "path" {
            address = address.replace(&format!("{{{name}}}"), &example);
        } else if parameter["required"] == true || more.contains(&name) {
            query.push(format!("{name}={example}"));
        }
    }
    if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
}

fn leaf_of(server: &Arc<Server>, number: &str) -> String {
    let told: Json =
        serde_json::from_str(&get(server, "", &format!("/api/v1/procedures/{number}")).text())
            .unwrap();
    told["record"]["leaf"].as_str().unwrap().to_owned()
}

#[test]
fn the_document_is_the_committed_one() {
    let text = format!("{}\n", serde_json::to_string_pretty(&api::document()).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        text,
        "INSTA_UPDATE=always writes formats/openapi.json anew"
    );
    let server = Server::new(None, true, None);
    let served = get(&server, "", "/api/v1/openapi.json");
    assert_eq!(served.status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Json>(&served.text()).unwrap(), api::document());
}

#[test]
fn every_example_is_answered_and_every_answer_is_as_described() {
    let document = api::document();
    let mut checker = Checker { document: &document, seen: BTreeSet::new() };
    let server = site("first-hour", 8);
    let leaf = leaf_of(&server, "P-1");
    let mut answers = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let operation = &item["get"];
        let optional: Vec<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|p| p["name"].as_str())
            .collect();
        for more in [&[][..], &optional] {
            let status = checker.answer(
                operation,
                &server,
                "seat=belm/duty",
                &address(path, operation, &leaf, more),
            );
            // An exercise has no peers, and this one forges nothing.
            let expected =
                if path == "/peers" || path.starts_with("/exercise/forged") { 404 } else { 200 };
            assert_eq!(status.as_u16(), expected, "{path}");
            *answers.entry(status.as_u16()).or_insert(0) += 1;
        }
        // What an operation does not know, it says.
        if path != "/peers" && !path.starts_with("/exercise/forged") {
            let asked = address(path, operation, &leaf, &[]);
            let join = if asked.contains('?') { '&' } else { '?' };
            let status =
                checker.answer(operation, &server, "", &format!("{asked}{join}nonsense=1"));
            assert_eq!(status.as_u16(), 400, "{path}");
        }
    }
    assert!(answers[&200] >= 40, "{answers:?}");
    drop(server);
    // While a text is under silence.
    let server = site("first-hour", 4);
    checker.answer(
        &document["paths"]["/missed"]["get"],
        &server,
        "seat=belm/duty",
        "/api/v1/missed?since=2027-03-01T00:00:00Z",
    );
    // A larger world, for what the small one has none of.
    let server = site("lantern", Shipped::find("lantern").unwrap().script().unwrap().injects.len());
    let told: Json = serde_json::from_str(&get(&server, "", "/api/v1/charter").text()).unwrap();
    let seats: Vec<String> = told["parties"]
        .as_object()
        .unwrap()
        .keys()
        .map(|party| format!("seat={party}/duty"))
        .collect();
    let cases: Json =
        serde_json::from_str(&get(&server, "", "/api/v1/cases?limit=1000").text()).unwrap();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for case in cases.as_array().unwrap() {
        names.insert(case["number"].as_str().unwrap().to_owned());
        names.extend(
            case["children"].as_array().unwrap().iter().filter_map(Json::as_str).map(str::to_owned),
        );
    }
    for seat in &seats {
        for name in &names {
            for path in
                ["/procedures/{name}", "/why/{name}", "/next/{name}", "/certificates/{name}"]
            {
                let operation = &document["paths"][path]["get"];
                checker.answer(
                    operation,
                    &server,
                    seat,
                    &format!("/api/v1{}", path.replace("{name}", name)),
                );
            }
        }
        for log in told["parties"].as_object().unwrap().keys() {
            let organisation = "six-rivers.example";
            let records = format!("/api/v1/records?limit=1000&log={organisation}/{log}/1");
            checker.answer(&document["paths"]["/records"]["get"], &server, seat, &records);
            let told: Json = serde_json::from_str(&get(&server, seat, &records).text()).unwrap();
            for row in told["records"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|row| row["record"].is_object())
                .take(3)
            {
                let missing = format!("/api/v1/withheld/{log}/1/{}", row["index"]);
                checker.answer(
                    &document["paths"]["/withheld/{party}/{epoch}/{index}"]["get"],
                    &server,
                    seat,
                    &missing,
                );
            }
        }
        for path in [
            "status",
            "charter",
            "logs",
            "withheld",
            "duties",
            "duties?met=1",
            "missed?since=2027-01-01T00:00:00Z",
            "decisions",
            "search?q=the",
            "search?q=the&limit=1",
            "search?q=video&limit=1",
            "exercise/digests",
        ] {
            let template = format!("/{}", path.split('?').next().unwrap());
            checker.answer(
                &document["paths"][&template]["get"],
                &server,
                seat,
                &format!("/api/v1/{path}"),
            );
        }
    }
    let mut unseen = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        unseen.extend(
            schema["properties"]
                .as_object()
                .unwrap()
                .keys()
                .map(|field| format!("{name}.{field}"))
                .filter(|field| !checker.seen.contains(field)),
        );
    }
    assert_eq!(unseen, NEVER_SEEN, "described, and in no answer");
}

#[test]
fn an_answer_that_the_document_does_not_describe_is_caught() {
    let document = api::document();
    let mut checker = Checker { document: &document, seen: BTreeSet::new() };
    let good = serde_json::json!({"status": 404, "title": "not found", "detail": "it is not here"});
    checker.object("Problem", &good, "").unwrap();
    for (key, value) in [
        ("status", serde_json::json!("404")),
        ("status", serde_json::json!(200)),
        ("title", Json::Null),
        ("colour", serde_json::json!("red")),
    ] {
        let mut wrong = good.clone();
        wrong[key] = value;
        checker.object("Problem", &wrong, "").unwrap_err();
    }
    checker.object("Problem", &serde_json::json!({"status": 404}), "").unwrap_err();
}
