//! A world in which something sealed was never said, beside one in which it was: nothing tells them apart but hashes, how long logs are and
//! the sealed headers.
//!
//! A record that is said is one more record in a log, and so is what nodes log of it (receipts). What follows from that is masked, each by
//! what stands around it: numbers of records ([`COUNTS`], [`SIZES`]), and rows of such records ([`MARKS`]). Hashes have names
//! that do not count them ([`Naming::BySaid`]).

use super::names::Naming;
use super::twins::{Secret, Twin, sealed_from};
use super::{
    ACTS, BETWEEN_RECORDS, Draw, LISTS, NUMBERS, PARTIES, REGISTERS, SEARCHES, SECRETS, Side, WAYS,
    WORDS, given, links, made, same, say, seeds, unknown,
};
use crate::world::id;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use veche_ledger::PartyId;

/// What the names of records end with that one world has more of: sealed ones, and receipts.
const MARKS: [&str; 2] = [", hidden>", ", its witness>"];

/// Numbers that count records, on all pages, by what stands before and behind them.
const COUNTS: [(&str, &str); 4] = [
    ("data-records=\"", "\""),
    ("</span>", " records · lag "),
    (" · <a href=\"/withheld\">", " records without their content</a>"),
    ("<p class=\"note\">", " records at labels you do not hold</p>"),
];

/// The same on pages of logs and of records: places in logs, sizes of logs, how many records a page has, and the time of the latest head
/// that a record cites, which is before the record whatever it is.
const SIZES: [(&str, &str); 14] = [
    ("</a> · ", "</p>"),
    ("<dd>", ", in a log of "),
    (", in a log of ", "</dd>"),
    ("<dt>Size</dt><dd>", "</dd>"),
    ("data-th=\"Size\" class=\"num\">", "</td>"),
    ("/1&#34;,", ",&#34;<root of "),
    ("/1\",", ",\"<root of "),
    ("/1\n", "\n<"),
    ("-", ".note\""),
    ("records ", " to "),
    (" to ", " of "),
    (" of ", "</span>"),
    ("between ", " (the latest head that it cites)"),
    ("content of record ", " of its log"),
];

/// What is not there where nothing is withheld.
const WITHHELD: [&str; 2] = [
    " · <a href=\"/withheld\">N records without their content</a>",
    "<p class=\"note\">N records at labels you do not hold</p>",
];

/// Members of the API's answers that are such numbers and times.
const FIELDS: [&str; 5] = ["index", "size", "records", "last_heard", "not_before"];

/// Returns a text without the numbers and times between these.
fn masked(text: &str, around: &[(&str, &str)]) -> String {
    around.iter().fold(text.to_owned(), |text, (before, after)| {
        let mut parts = text.split(before);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let of_number = |c: char| c.is_ascii_digit() || "-: ".contains(c);
            let end = part.find(|c| !of_number(c)).unwrap_or(part.len());
            // A blank before the words that follow is theirs.
            let end = end - usize::from(after.starts_with(' ') && part[..end].ends_with(' '));
            let is_count = end > 0 && part[end..].starts_with(after);
            out = out + before + if is_count { "N" } else { &part[..end] } + &part[end..];
        }
        out
    })
}

fn is_marked(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
}

/// Returns what a page has in rows that both worlds have, and the page without all rows.
fn rows(page: &str) -> (String, String) {
    let mut parts = page.split("<tr data-row>");
    let (mut rows, mut rest) = (String::new(), parts.next().unwrap_or_default().to_owned());
    for part in parts {
        let (row, after) = part.split_once("</tr>").unwrap_or((part, ""));
        if !is_marked(row) {
            rows = rows + row + "\n";
        }
        rest += after.trim_start();
    }
    (rows, rest)
}

/// Returns a page without the elements that begin and end so.
fn without(page: &str, begin: &str, end: &str) -> String {
    let mut parts = page.split(begin);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| page + part.split_once(end).map_or("", |(_, rest)| rest))
}

/// Returns a page without the times on it.
fn without_times(page: &str) -> String {
    without(page, "<time ", "</time>")
}

/// Returns an answer of the API without records that one world lacks, and without numbers of records.
fn without_items(value: Json) -> Json {
    let is_lacking = |item: &Json| match item {
        Json::String(text) => is_marked(text),
        Json::Object(members) => {
            members.values().any(|member| member.as_str().is_some_and(is_marked))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => false,
    };
    match value {
        Json::Array(items) => {
            let items = items.into_iter().filter(|item| !is_lacking(item));
            Json::Array(items.map(without_items).collect())
        }
        Json::Object(members) => {
            let members = members.into_iter().map(|(name, member)| {
                let is_count = FIELDS.contains(&name.as_str()) && !member.is_array();
                (name, if is_count { "N".into() } else { without_items(member) })
            });
            Json::Object(members.collect())
        }
        Json::String(text) => masked(&text, &SIZES).into(),
        plain @ (Json::Null | Json::Bool(_) | Json::Number(_)) => plain,
    }
}

/// Returns rows without the places in logs.
fn placed(rows: &str) -> String {
    PARTIES.iter().fold(rows.to_owned(), |rows, party| {
        masked(&rows, &[(&format!("class=\"nowrap\">{party} "), "</td>")])
    })
}

impl Side {
    /// Returns what is answered at an address, as it may be compared with a world that has fewer records.
    fn bare(&self, address: &str) -> String {
        self.without_counts(address, &self.shown(&self.get(address)))
    }

    fn without_counts(&self, address: &str, shown: &str) -> String {
        let (head, body) = shown.split_once('\n').unwrap_or((shown, ""));
        if let Ok(json) = serde_json::from_str(body) {
            return format!("{head}\n{:#}", without_items(json));
        }
        if address.starts_with("/certificates/") {
            // A certificate has the heads that it rests on, and paths to them.
            return head.to_owned();
        }
        let page = masked(shown, &COUNTS);
        let page = WITHHELD.iter().fold(page, |page, said| page.replace(said, ""));
        match address.split(['/', '?']).nth(1).unwrap_or_default() {
            // When a party was heard of last.
            "peers" => without_times(&page),
            "" => without(&page, "<td class=\"num\"><time ", "</time>"),
            // Who has cosigned the latest head, which one world alone has.
            "log" if address == "/log" => {
                masked(&without(&without_times(&page), "<td data-th=\"Cosigned\"", "</td>"), &SIZES)
            }
            // Its table is not there where nothing is withheld; another one counts by log.
            "withheld" => {
                let rows = placed(&rows(&page).0);
                rows.lines().filter(|row| row.contains("/records/")).collect::<Vec<_>>().join("\n")
            }
            "log" | "records" => {
                let (rows, rest) = rows(&without(&page, "<dt>Checkpoint (UTC)</dt>", "</dd>"));
                masked(&format!("{}{rest}", placed(&rows)), &SIZES)
            }
            _ => page,
        }
    }

    /// Returns all pages that links lead to from the first one, but those of records that the other world lacks; by their named addresses.
    fn pages(&self) -> BTreeMap<String, String> {
        let mut seen = BTreeMap::new();
        let mut ahead = vec!["/".to_owned()];
        while let Some(address) = ahead.pop() {
            let name = self.names.told(&address);
            if is_marked(&name) || name == "/withheld" || seen.contains_key(&name) {
                continue;
            }
            let answer = self.get(&address);
            ahead.extend(links(&answer));
            let _none = seen.insert(name, self.without_counts(&address, &self.shown(&answer)));
        }
        seen
    }
}

/// Makes a world in which something sealed is said amid what all may read, and one in which it is not.
fn worlds(reader: &str, seed: u64) -> ([Twin; 2], Vec<Secret>) {
    let known = sealed_from(&id(reader));
    let picked: Vec<Secret> = (0..SECRETS.min(known.len()))
        .map(|n| known[(usize::try_from(seed).unwrap_or_default() + n) % known.len()].clone())
        .collect();
    ([Some(0), None].map(|half| made(half, &picked, &mut Draw(seed), Twin::tell)), picked)
}

/// Shows that what one finds, asks for and guesses is the same.
fn check(reader: &str, host: &str, seed: u64) {
    let (twins, picked) = worlds(reader, seed);
    let named: Vec<String> = picked.iter().map(|secret| secret.halves[0].name()).collect();
    let of = format!("for {reader} at {host}, seed {seed}, beside a world without {named:?}");
    let sides = twins.map(|twin| {
        let naming = Naming::BySaid(twin.hidden.iter().copied().collect());
        Side::of(twin, &id(reader), &id(host), &naming)
    });
    let both = |one: &str, other: &str| {
        same(one, &of, &sides[0].bare(one), &sides[1].bare(other));
    };
    same("what people are told of", &of, &sides[0].waiting, &sides[1].waiting);
    let [one, other] = [0, 1].map(|side: usize| sides[side].pages());
    let names =
        |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>().join("\n");
    for (name, page) in &one {
        same(name, &of, page, other.get(name).map_or("", String::as_str));
    }
    same("what is linked to", &of, &names(&one), &names(&other));
    both("/withheld", "/withheld");
    for path in LISTS {
        let path = format!("/api/v1/{path}");
        both(&path, &path);
    }
    for party in PARTIES {
        let path = format!("/api/v1/records?log=six-rivers.example/{party}/1");
        both(&path, &path);
    }
    for register in REGISTERS {
        for page in [format!("/api/v1/registers/{register}"), format!("/registers/{register}")] {
            both(&page, &page);
        }
    }
    for number in NUMBERS {
        WAYS.iter().for_each(|way| both(&way(number), &way(number)));
    }
    for search in SEARCHES {
        WORDS.iter().for_each(|word| both(&format!("{search}{word}"), &format!("{search}{word}")));
    }
    let unknown = unknown();
    for leaf in sides[0].hidden.iter().map(ToString::to_string) {
        let name = sides[0].names.told(&leaf);
        for way in WAYS {
            let (there, missing) = (sides[0].bare(&way(&leaf)), sides[1].bare(&way(&unknown)));
            same(&way("HIDDEN"), &of, &there.replace(&name, &unknown), &missing);
        }
        for kind in ACTS {
            let said = |side: usize, leaf: &str| {
                sides[side].without_counts("/act", &say(&sides[side], kind, leaf))
            };
            let (there, missing) = (said(0, &leaf), said(1, &unknown));
            let what = format!("{kind} about what is hidden, beside a world where it is not");
            same(&what, &of, &there.replace(&name, &unknown), &missing);
        }
    }
}

/// Returns what a node gives another one, record by record, without those that one world lacks.
fn travelling(twin: &Twin, from: &str, to: &PartyId) -> String {
    let naming = Naming::BySaid(twin.hidden.iter().copied().collect());
    let given = given(twin, twin.world.node(from), to, &naming);
    let offers = given.into_iter().filter(|(what, _)| what.starts_with("offer"));
    let records = offers.flat_map(|(what, text)| {
        let of = move |record: &str| format!("{what}: {record}");
        text.split(BETWEEN_RECORDS).map(of).collect::<Vec<_>>()
    });
    // A record that is lacking has no name in its own text, and its kind tells it.
    let both = records.filter(|record| {
        ["sealed", "witness"].iter().all(|kind| !record.contains(&format!("\"kind\":\"{kind}\"")))
    });
    let plain = |record: String| record.replace("\\\"", "\"").replace("\\\\n", "\n");
    masked(&both.map(plain).collect::<Vec<_>>().join("\n"), &SIZES)
}

#[test]
fn what_travels_is_no_more_where_something_sealed_was_said() {
    let to = id("mirez");
    for seed in seeds() {
        let (twins, picked) = worlds("mirez", seed);
        let named: Vec<String> = picked.iter().map(|secret| secret.halves[0].name()).collect();
        for from in ["tamrin", "halcis", "quorrin", "orvessa", "lurien"] {
            let [one, other] = [&twins[0], &twins[1]].map(|twin| travelling(twin, from, &to));
            assert!(one.lines().count() > 10, "{one}");
            let of = format!("from {from}, seed {seed}, beside a world without {named:?}");
            same("what travels", &of, &one, &other);
        }
    }
}

#[track_caller]
fn check_all(reader: &str, host: &str) {
    seeds().for_each(|seed| check(reader, host, seed));
}

#[test]
fn what_was_never_said_is_not_told_from_what_is_sealed() {
    check_all("ilmara", "tamrin");
}

#[test]
fn nor_by_a_member_at_its_own_node() {
    check_all("mirez", "mirez");
}

#[test]
fn nor_by_a_member_that_reads_other_groups() {
    check_all("tamrin", "tamrin");
}

#[test]
fn nor_by_an_observer_at_a_members_node() {
    check_all("pell-union", "halcis");
}

#[test]
fn nor_by_the_staff_at_a_members_node() {
    check_all("secretariat", "orvessa");
}
