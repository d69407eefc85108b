//! Makes the test vectors of `formats/` from fixed seeds.

use crate::support::{
    LOG, Nodes, OFFICER, ROOT, WITNESS, checkpoint, header, key, keyring, name, origin, terms,
    witness_key,
};
use veche_ledger::checkpoint::SignedCheckpoint;
use veche_ledger::commit::Commitment;
use veche_ledger::cosignature::Cosignature;
use veche_ledger::json::parse_canonical;
use veche_ledger::key::{SigningKey, VerifyingKey};
use veche_ledger::keyring::Epoch;
use veche_ledger::keystore::PrivateKey;
use veche_ledger::note::{Note, NoteLimits, SignatureStanding};
use veche_ledger::policy::Policy;
use veche_ledger::record::{Annex, RecordFault, Sealed, SignatureFault, Signed};
use veche_ledger::tile::{TileKind, TilePath, bundle_bytes};
use veche_ledger::tree::{frontier_at, leaf_hash, prove_consistency, prove_inclusion};
use veche_ledger::{
    Checkpoint, Domain, Draft, ForkProof, Hash, Header, Kind, Label, LeafIndex, NoteSignature,
    Opening, Record, UnixSeconds, Value, parse_human,
};

/// Where the vectors are committed.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../formats/vectors");

/// Returns every file: its name and its text.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let files = [
        ("json.json", json()),
        ("note.json", note()),
        ("record.json", record()),
        ("tree.json", tree()),
        ("tile.json", tile()),
        ("checkpoint.json", checkpoints()),
        ("pair.json", super::pair::value()),
    ];
    files.into_iter().map(|(name, value)| (name, pretty(&value))).collect()
}

fn pretty(value: &Value) -> String {
    let value: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}

pub(super) fn hex(bytes: &[u8]) -> Value {
    Value::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub(super) fn list<T>(
    items: impl IntoIterator<Item = T>,
    to_value: impl FnMut(T) -> Value,
) -> Value {
    Value::List(items.into_iter().map(to_value).collect())
}

pub(super) fn number(n: u64) -> Value {
    Value::int(n).unwrap()
}

fn json() -> Value {
    let good = [
        "{}",
        "[]",
        "true",
        "false",
        "0",
        "-1",
        "9007199254740991",
        "-9007199254740991",
        "\"\"",
        r#"{"a":[1,[],{}],"b":{"c":"д"}}"#,
        r#""\b\t\n\f\r\"\\\u0000\u001f""#,
        "\"\u{7f}\u{2028}/😀\"",
        r#"{" ":1,"A":2,"_":3,"a":4}"#,
    ];
    let bad = [
        "",
        " 1",
        "1 ",
        "[1, 2]",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\" :1}",
        "{\"a\":1",
        "\"a",
        "tru",
        "null",
        "1.0",
        "1e3",
        "01",
        "-0",
        "-",
        "9007199254740992",
        r#"{"b":1,"a":2}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"":1}"#,
        r#"{"é":1}"#,
        r#"{"a\"":1}"#,
        r#""\/""#,
        r#""\u0041""#,
        r#""\u001F""#,
        r#""\u000a""#,
        r#""\ud83d\ude00""#,
        "\"\n\"",
        "\"\t\"",
    ];
    let refused = |text: &str| {
        let error = parse_canonical(text.as_bytes()).unwrap_err();
        let why = Value::text(&error.what);
        Value::map([("at", number(error.at as u64)), ("text", text.into()), ("why", why)])
    };
    good.iter().for_each(|text| assert!(parse_canonical(text.as_bytes()).is_ok(), "{text}"));
    Value::map([
        ("bad", list(bad, refused)),
        ("depth_max", number(32)),
        ("good", list(good, Value::from)),
    ])
}

fn note() -> Value {
    const LIMITS: NoteLimits = NoteLimits { len_max: 16_384, lines_max: 16 };
    let signer = key(OFFICER);
    let line = NoteSignature::sign("one\n\ntwo\n", &signer).to_string();
    let good = format!("one\n\ntwo\n\n{line}\n");
    let unknown = "— sumdb.example AAAAAAA=\n";
    let ml_dsa = NoteSignature { bytes: vec![0; 2428], ..NoteSignature::parse(&line).unwrap() };
    let ml_dsa = NoteSignature { key_id: veche_ledger::key::KeyId([6, 6, 6, 6]), ..ml_dsa };
    let cases = [
        ("one good line", good.clone()),
        ("a line of an unknown key is skipped", format!("{good}{unknown}")),
        ("a line of the size of ML-DSA-44 is skipped", format!("{good}{ml_dsa}\n")),
        ("another text", good.replace("one", "two")),
        ("no line of the key", format!("one\n\n{unknown}")),
        ("no empty line", "one\n".to_owned()),
        ("no line end at the end", good.trim_end().to_owned()),
        ("a carriage return", good.replace("one\n", "one\r\n")),
        ("a hyphen for the dash", good.replace("— ", "- ")),
        ("base64 without padding", format!("{good}{}", unknown.replace('=', ""))),
        ("base64 with unused bits set", format!("{good}{}", unknown.replace("AA=", "AB="))),
        ("a key id without signature", format!("{good}— sumdb.example AAAAAA==\n")),
        ("a plus in the name", format!("{good}{}", unknown.replace("sumdb", "sum+db"))),
        ("an empty name", format!("{good}{}", unknown.replace("sumdb.example", ""))),
        ("too many lines", format!("{good}{}", unknown.repeat(16))),
    ];
    let verdict = |(what, text): (&str, String)| {
        let verdict = match Note::parse(text.as_bytes(), LIMITS) {
            Err(_) => "malformed",
            Ok(note) => match note.standing_of(&signer.verifying_key()) {
                SignatureStanding::Good => "good",
                SignatureStanding::Bad => "bad",
                SignatureStanding::Absent => "absent",
                SignatureStanding::Half => "half",
            },
        };
        Value::map([
            ("note", text.as_str().into()),
            ("verdict", verdict.into()),
            ("what", what.into()),
        ])
    };
    Value::map([
        ("cases", list(cases, verdict)),
        ("limits", Value::map([("bytes", number(16_384)), ("lines", number(16))])),
        ("vkey", Value::text(signer.verifying_key())),
    ])
}

fn keys() -> Value {
    let of = |role: &str, seed: &str, vkey: VerifyingKey| {
        let seed = Hash::of(&[seed.as_bytes()]);
        Value::map([
            ("role", role.into()),
            ("seed", Value::text(seed)),
            ("vkey", Value::text(vkey)),
        ])
    };
    Value::List(vec![
        of("root", ROOT, key(ROOT).verifying_key()),
        of("log", LOG, key(LOG).verifying_key()),
        of("officer", OFFICER, key(OFFICER).verifying_key()),
        of("witness", WITNESS, witness_key(WITNESS).verifying_key()),
    ])
}

fn full_header() -> Header {
    let seen = ["six-rivers.example/quillon/1", "six-rivers.example/talmera/1"];
    let seen = seen.map(|log| Checkpoint { origin: origin(log), size: 12, root: Hash([2; 32]) });
    let content = Commitment { commit: Hash([3; 32]), size: 1_048_576 };
    Header {
        about: vec![Hash([1; 32])],
        annex: vec![Annex { content, media: "application/pdf".to_owned() }],
        drill: true,
        seen: seen.to_vec(),
        ..header()
    }
}

fn sealed() -> (Header, Opening) {
    let sealed = Sealed {
        about: vec![Hash([4; 32])],
        annex: Vec::new(),
        kind: Kind::parse("warning").unwrap(),
        label: Label::parse("GROUP(cyber)").unwrap(),
        terms: parse_human(r#"{"level":"orange"}"#).unwrap(),
    };
    let (opening, audience) = sealed.seal([8; 32]).unwrap();
    let outer = Header {
        audience: Some(audience),
        kind: Kind::parse("sealed").unwrap(),
        label: Label::parse("sealed").unwrap(),
        terms: opening.commit(Domain::Terms),
        ..header()
    };
    (outer, opening)
}

/// Signs any text as a record would be.
fn signed(text: &str, by: &SigningKey) -> String {
    format!("{text}\n{}\n", NoteSignature::sign(text, by))
}

fn record() -> Value {
    let (sealed_header, sealed_opening) = sealed();
    let good = [
        ("the least", header(), terms()),
        ("every field", full_header(), terms()),
        ("sealed", sealed_header, sealed_opening),
    ];
    let good = list(good, |(what, header, opening)| {
        let bytes = Draft::new(header).unwrap().sign(&[&key(OFFICER), &key(LOG)]).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        Value::map([
            ("leaf", Value::text(leaf_hash(text.as_bytes()))),
            ("opening", hex(&opening.to_bytes())),
            ("record", text.as_str().into()),
            ("what", what.into()),
        ])
    });
    Value::map([
        ("bad", list(bad_records(), refused)),
        ("good", good),
        ("keys", keys()),
        ("log", LOG.into()),
    ])
}

fn bad_records() -> Vec<(&'static str, String)> {
    let line = format!("{}\n", header().to_value());
    let officer = key(OFFICER);
    let with = |part: &str, by: &str| {
        assert!(line.contains(part), "{part}");
        signed(&line.replace(part, by), &officer)
    };
    let good = signed(&line, &officer);
    let twice = r#""v":1,"v":1"#;
    vec![
        ("cut short", good[..good.len() - 1].to_owned()),
        ("a space after a colon", with(r#""v":1"#, r#""v": 1"#)),
        ("a key twice", with(r#""v":1"#, twice)),
        ("keys not in order", with(r#""v":1"#, r#""v":1,"a":1"#)),
        ("two lines", signed(&format!("{line}\n"), &officer)),
        ("a newer version", with(r#""v":1"#, r#""v":2,"zeal":true"#)),
        ("an unknown field", with(r#""v":1"#, r#""v":1,"zeal":true"#)),
        ("a field missing", with(r#""kind":"position","#, "")),
        ("an empty list that must be left out", with(r#"{"charter""#, r#"{"about":[],"charter""#)),
        ("a kind with a space", with("position", "a position")),
        ("a time with an offset", with("Z\"", "+00:00\"")),
        ("terms above the limit", with(r#""size":18"#, r#""size":65537"#)),
        ("a label sealed without the kind", with("members", "sealed")),
        ("another log", with("orvessa/1", "orvessa/2")),
        ("another text than was signed", good.replace("position", "proposal")),
        ("no listed key", signed(&line, &key("six-rivers.example/orvessa/officer-2"))),
    ]
}

fn refused((what, text): (&str, String)) -> Value {
    let answer = match Record::decode(&origin(LOG), LeafIndex(0), text.as_bytes()) {
        Err(error) => match error.what {
            RecordFault::TooLong(_) => "TooLong".to_owned(),
            RecordFault::Note(_) => "Note".to_owned(),
            RecordFault::Json(error) => format!("Json {}", error.at),
            RecordFault::NodeTooOld(version) => format!("NodeTooOld {version}"),
            RecordFault::Field { name, .. } => format!("Field {name}"),
            RecordFault::OtherLog(_) => "OtherLog".to_owned(),
        },
        Ok(record) => match Signed::verify(record, &keyring()).unwrap_err().what {
            SignatureFault::UnknownLog => "UnknownLog".to_owned(),
            SignatureFault::EpochEnded { .. } => "EpochEnded".to_owned(),
            SignatureFault::BadSignature(_) => "BadSignature".to_owned(),
            SignatureFault::KeyRevoked { .. } => "KeyRevoked".to_owned(),
            SignatureFault::KeyOutOfForce(_) => "KeyOutOfForce".to_owned(),
            SignatureFault::HalfSigned(_) => "HalfSigned".to_owned(),
            SignatureFault::NoKnownKey => "NoKnownKey".to_owned(),
        },
    };
    Value::map([
        ("answer", answer.as_str().into()),
        ("record", text.as_str().into()),
        ("what", what.into()),
    ])
}

fn hashes(hashes: &[Hash]) -> Value {
    list(hashes, Value::text)
}

fn tree() -> Value {
    let nodes = Nodes::new(21);
    let get = |level, index| nodes.get(level, index);
    let inclusion = |(index, size)| {
        Value::map([
            ("index", number(index)),
            ("proof", hashes(&prove_inclusion(index, size, &get).unwrap())),
            ("size", number(size)),
        ])
    };
    let consistency = |(old, size)| {
        Value::map([
            ("old", number(old)),
            ("proof", hashes(&prove_consistency(old, size, &get).unwrap())),
            ("size", number(size)),
        ])
    };
    Value::map([
        (
            "consistency",
            list([(0, 5), (1, 2), (3, 7), (4, 8), (6, 21), (16, 21), (21, 21)], consistency),
        ),
        ("entries", list(0..21u64, |i| hex(&i.to_be_bytes()))),
        ("frontier_at_21", hex(&frontier_at(21, &get).unwrap().to_bytes())),
        ("inclusion", list([(0, 1), (0, 8), (5, 7), (6, 7), (20, 21), (13, 21)], inclusion)),
        ("roots", list(0..=21u64, |size| Value::text(nodes.root(size)))),
    ])
}

fn tile() -> Value {
    let paths = [
        (TileKind::Hashes(0), 0, 1),
        (TileKind::Hashes(0), 0, 256),
        (TileKind::Hashes(3), 999, 255),
        (TileKind::Hashes(1), 1000, 256),
        (TileKind::Entries, 1_234_067, 256),
        (TileKind::Entries, 1, 7),
    ];
    let path = |(kind, index, width)| {
        let level = match kind {
            TileKind::Hashes(level) => number(u64::from(level)),
            TileKind::Entries => "entries".into(),
        };
        let path = Value::text(TilePath::new(kind, index, width).unwrap());
        Value::map([
            ("index", number(index)),
            ("level", level),
            ("path", path),
            ("width", number(u64::from(width))),
        ])
    };
    let bad = [
        "tile/00/000",
        "tile/8/000",
        "tile/0/0",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/",
        "tile/data/000",
        "/tile/0/000",
    ];
    bad.iter().for_each(|path| assert!(TilePath::parse(path).is_err(), "{path}"));
    let entries: [&[u8]; 3] = [b"one", b"", b"three"];
    Value::map([
        ("bad_paths", list(bad, Value::from)),
        ("bundle", hex(&bundle_bytes(entries).unwrap())),
        ("bundle_entries", list(entries, hex)),
        ("paths", list(paths, path)),
    ])
}

fn checkpoints() -> Value {
    let nodes = Nodes::new(21);
    let mut note = checkpoint(21, nodes.root(21));
    let time = UnixSeconds::parse("2026-11-22T05:42:10Z").unwrap();
    let cosignature = Cosignature::sign(note.checkpoint(), time, &witness_key(WITNESS));
    note.add(cosignature.line().clone());
    let fork =
        ForkProof::of_checkpoints(&checkpoint(21, Hash([1; 32])), &checkpoint(21, Hash([2; 32])));
    let new = "six-rivers.example/orvessa/2";
    let epoch = Epoch {
        new: origin(new),
        old: origin(LOG),
        last_good_size: 20,
        root: nodes.root(20),
        key: key(new).verifying_key(),
    };
    let witnesses = vec![witness_key(WITNESS).verifying_key()];
    let policy = Policy { witnesses, quorum: 1, colluding: 0 };
    Value::map([
        ("bad", list(bad_checkpoints(&note), Value::Text)),
        ("cosigned_at", number(time.0)),
        ("epoch", Value::Text(String::from_utf8(epoch.sign(&key(ROOT))).unwrap())),
        ("fork", fork.to_value()),
        ("key_file", key_file()),
        ("keys", keys()),
        ("note", Value::text(note.note())),
        ("policy", Value::Text(policy.to_tlog_policy(&[key(LOG).verifying_key()]))),
        ("root", Value::text(nodes.root(21))),
        ("size", number(21)),
    ])
}

/// Notes that are no checkpoint of the log, or not one that it signed.
fn bad_checkpoints(good: &SignedCheckpoint) -> Vec<String> {
    let text = good.checkpoint().to_string();
    let log = key(LOG);
    let mut bad: Vec<String> = [
        ("\n21\n", "\n021\n"),
        ("\n21\n", "\n9007199254740992\n"),
        ("=\n", "\n"),
        ("=\n", "=\nmore\n"),
    ]
    .iter()
    .map(|(part, by)| signed(&text.replace(part, by), &log))
    .collect();
    bad.push(good.note().to_string().replace("\n21\n", "\n22\n"));
    bad.push(signed(&text, &key(OFFICER)));
    for note in &bad {
        let verified = SignedCheckpoint::verify(note.as_bytes(), &log.verifying_key());
        assert!(verified.is_err(), "{note}");
    }
    bad
}

fn key_file() -> Value {
    let seed = Hash::of(&[OFFICER.as_bytes()]);
    let key = PrivateKey::Signing(SigningKey::from_seed(name(OFFICER), &seed.0));
    let file = key.lock(b"nine bells over the river", [1; 16], [2; 12]).unwrap();
    Value::map([
        ("file", file.as_str().into()),
        ("passphrase", "nine bells over the river".into()),
        ("seed", Value::text(seed)),
    ])
}
