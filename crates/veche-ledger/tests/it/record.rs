//! Records: what is read back, and each way in which one is refused.

use crate::support::{LOG, OFFICER, entry, header, key, keyring, origin, terms};
use proptest::prelude::*;
use veche_ledger::commit::{Commitment, OpeningError};
use veche_ledger::json::JsonFault;
use veche_ledger::note::NoteError;
use veche_ledger::reader::{CutError, ReadError};
use veche_ledger::record::{
    ABOUT_MAX, Annex, FieldFault, RECORD_LEN_MAX, RecordFault, SEEN_MAX, SignatureFault, Signed,
};
use veche_ledger::{
    Checkpoint, Domain, Draft, Hash, Header, LeafIndex, LogReader, NoteSignature, Record,
};

fn decode(bytes: &[u8]) -> Result<Record, RecordFault> {
    Record::decode(&origin(LOG), LeafIndex(0), bytes).map_err(|error| error.what)
}

/// Signs any text as a note, with the officer's key.
fn signed(text: &str) -> Vec<u8> {
    format!("{text}\n{}\n", NoteSignature::sign(text, &key(OFFICER))).into_bytes()
}

/// Decodes the usual record with a part of its text replaced, and signed as it then is.
#[track_caller]
fn with(part: &str, by: &str) -> Result<Record, RecordFault> {
    let text = format!("{}\n", header().to_value());
    assert!(text.contains(part), "{part} is not in {text}");
    decode(&signed(&text.replace(part, by)))
}

#[track_caller]
fn refuses(part: &str, by: &str, name: &str, what: FieldFault) {
    let name = name.to_owned();
    assert_eq!(with(part, by).unwrap_err(), RecordFault::Field { name, what });
}

#[test]
fn a_record_is_signed_and_read_back() {
    let bytes = Draft::new(header()).unwrap().sign(&[&key(OFFICER), &key(LOG)]).unwrap();
    let record = decode(&bytes).unwrap();
    assert_eq!(record.header(), &header());
    assert_eq!(record.bytes(), bytes);
    let signed = Signed::verify(record, &keyring()).unwrap();
    assert_eq!(signed.signers().len(), 2);
}

#[test]
fn a_record_signed_elsewhere_is_the_same_record() {
    let draft = Draft::new(header()).unwrap();
    let line = NoteSignature::sign(draft.text(), &key(OFFICER)).to_string();
    let back = Draft::from_text(draft.text()).unwrap();
    let assembled = back.assemble(&[NoteSignature::parse(&line).unwrap()]).unwrap();
    assert_eq!(assembled, draft.sign(&[&key(OFFICER)]).unwrap());
    let none = RecordFault::Note(NoteError::Form);
    assert_eq!(back.assemble(&[]), Err(none));
}

#[test]
fn a_header_that_is_not_canonical_is_refused_where_it_stands() {
    let unsorted = with(r#""v":1"#, r#""a":1"#).unwrap_err();
    assert!(matches!(unsorted, RecordFault::Json(e) if e.what == JsonFault::KeyOrder("a".into())));
    let twice = with(r#""v":1"#, r#""v":1,"v":1"#).unwrap_err();
    assert!(matches!(twice, RecordFault::Json(e) if e.what == JsonFault::DuplicateKey("v".into())));
    let spaced = with(r#""v":1"#, r#""v": 1"#).unwrap_err();
    assert!(matches!(spaced, RecordFault::Json(e) if e.what == JsonFault::Unexpected(b' ')));
    let two_lines = with("}\n", "}\n\n").unwrap_err();
    assert!(matches!(two_lines, RecordFault::Json(e) if e.what == JsonFault::Trailing));
}

#[test]
fn a_newer_version_is_refused_by_name_whatever_else_it_holds() {
    let newer = with(r#""v":1"#, r#""v":2,"zeal":true"#).unwrap_err();
    assert_eq!(newer, RecordFault::NodeTooOld(2));
    assert!(newer.to_string().contains("version 2"));
    refuses(r#""v":1"#, r#""v":0"#, "v", FieldFault::Form("a version number"));
    refuses(r#","v":1"#, "", "v", FieldFault::Missing);
}

#[test]
fn an_unknown_kind_is_no_error_and_an_unknown_field_is() {
    assert!(with("position", "kind-of-2031").is_ok());
    refuses(r#","v":1"#, r#","v":1,"zeal":true"#, "zeal", FieldFault::Unknown);
    refuses(r#""kind":"position","#, "", "kind", FieldFault::Missing);
}

#[test]
fn each_field_has_its_form() {
    refuses("position", "a position", "kind", FieldFault::Form("a record kind"));
    refuses("members", "", "label", FieldFault::Form("a label"));
    refuses(
        "2026-11-22T",
        "2026-02-30T",
        "time",
        FieldFault::Form("a time like 2026-11-22T05:42:10Z"),
    );
    refuses(r#""kind""#, r#""drill":false,"kind""#, "drill", FieldFault::Surplus);
    refuses(r#"{"charter""#, r#"{"about":[],"charter""#, "about", FieldFault::Surplus);
    let hash = Hash::of(&[]);
    let many = format!("{{\"about\":[{}],\"charter\"", vec![format!("\"{hash}\""); 17].join(","));
    refuses(r#"{"charter""#, &many, "about", FieldFault::TooMany(ABOUT_MAX));
    let audience = format!("{{\"audience\":\"{hash}\",\"charter\"");
    refuses(r#"{"charter""#, &audience, "audience", FieldFault::Surplus);
    refuses(r#""size":18"#, r#""size":65537"#, "terms", FieldFault::TooLarge(65_536));
    let head = |log: &str| format!("[\"{log}\",1,\"{hash}\"]");
    for (one, two) in [("a/b/2", "a/b/1"), ("a/b/1", "a/b/1")] {
        let seen = format!("\"seen\":[{},{}],\"terms\"", head(one), head(two));
        refuses(r#""terms""#, &seen, "seen", FieldFault::Order);
    }
}

#[test]
fn a_record_of_another_log_is_refused() {
    let bytes = entry(0);
    let other = origin("six-rivers.example/talmera/1");
    let error = Record::decode(&other, LeafIndex(3), &bytes).unwrap_err();
    assert_eq!(error.what, RecordFault::OtherLog(origin(LOG)));
    assert_eq!(
        error.to_string(),
        "record 3 of log `six-rivers.example/talmera/1`: it says that it stands in log \
         `six-rivers.example/orvessa/1`"
    );
}

#[test]
fn a_record_that_is_cut_short_or_too_long_is_refused() {
    let bytes = entry(0);
    for len in 0..bytes.len() {
        assert!(decode(&bytes[..len]).is_err(), "cut at {len}");
    }
    let long = [bytes, vec![b'\n'; RECORD_LEN_MAX]].concat();
    assert_eq!(decode(&long).unwrap_err(), RecordFault::TooLong(long.len()));
}

#[test]
fn more_heads_than_a_record_can_hold_are_refused_while_drafting() {
    let seen = (0..SEEN_MAX)
        .map(|n| Checkpoint {
            origin: origin(&format!("six-rivers.example/m{n:03}/1")),
            size: 1_000_000,
            root: Hash([1; 32]),
        })
        .collect();
    let full = Draft::new(Header { seen, ..header() }).unwrap().sign(&[&key(OFFICER)]);
    assert!(matches!(full, Err(RecordFault::TooLong(_))), "{full:?}");
}

#[test]
fn a_false_signature_is_refused_even_beside_a_good_one() {
    let draft = Draft::new(header()).unwrap();
    let good = NoteSignature::sign(draft.text(), &key(OFFICER));
    let wrong = NoteSignature::sign("another text\n", &key(LOG));
    let record = decode(&draft.assemble(&[good.clone(), wrong.clone()]).unwrap()).unwrap();
    let what = Signed::verify(record, &keyring()).unwrap_err().what;
    assert_eq!(what, SignatureFault::BadSignature(key(LOG).name().clone()));
    let stranger = NoteSignature { name: "a.example/b/c".into(), ..wrong };
    let record = decode(&draft.assemble(&[good, stranger]).unwrap()).unwrap();
    assert_eq!(Signed::verify(record, &keyring()).unwrap().signers().len(), 1);
}

#[test]
fn bytes_that_are_not_those_committed_to_are_refused() {
    let stated = header().terms;
    let mut other = terms();
    other.bytes[2] ^= 1;
    assert_eq!(other.check(Domain::Terms, &stated), Err(OpeningError::OtherBytes));
    assert_eq!(terms().check(Domain::Terms, &stated), Ok(()));
}

#[test]
fn a_record_that_stands_twice_counts_once() {
    let mut reader = LogReader::new(origin(LOG));
    let first = reader.read(&entry(1)).unwrap();
    assert_eq!(first.index(), LeafIndex(0));
    let again = reader.read(&entry(1)).unwrap_err();
    assert!(matches!(again, ReadError::Duplicate { index: LeafIndex(1), first: LeafIndex(0), .. }));
    assert_eq!(reader.read(&entry(2)).unwrap().index(), LeafIndex(2));
    assert_eq!(reader.index_of(&first.leaf()), Some(LeafIndex(0)));
}

#[test]
fn a_log_that_does_not_give_its_checkpoint_s_root_is_refused() {
    let mut reader = LogReader::new(origin(LOG));
    (0..3).for_each(|n| drop(reader.read(&entry(n)).unwrap()));
    let good = Checkpoint { origin: origin(LOG), size: 3, root: reader.frontier().root() };
    assert_eq!(reader.check(&good), Ok(()));
    let root = Hash([0; 32]);
    assert_eq!(reader.check(&Checkpoint { root, ..good.clone() }), Err(CutError::OtherRoot));
    let size = Checkpoint { size: 4, ..good.clone() };
    assert_eq!(reader.check(&size), Err(CutError::OtherSize { stated: 4, size: 3 }));
    let log = Checkpoint { origin: origin("six-rivers.example/orvessa/2"), ..good };
    assert!(matches!(reader.check(&log), Err(CutError::OtherLog(_))));
    // What cannot be read still has its place in the tree.
    assert!(reader.read(b"no record").is_err());
    assert_eq!(reader.frontier().size(), 4);
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn headers() -> impl Strategy<Value = Header> {
    let commitment = (hash(), 0u64..65_537).prop_map(|(commit, size)| Commitment { commit, size });
    let annex = (hash(), 0u64..16_777_217, "[ -~]{1,100}")
        .prop_map(|(commit, size, media)| Annex { content: Commitment { commit, size }, media });
    let heads = prop::collection::btree_map(
        "[a-z]{1,9}/[a-z]{1,9}/[0-9]{1,3}",
        (hash(), 0u64..1 << 53),
        0..9,
    );
    (
        prop::collection::vec(hash(), 0..=ABOUT_MAX),
        prop::collection::vec(annex, 0..5),
        (hash(), any::<bool>(), "[A-Za-z0-9._-]{1,64}", "[A-Za-z0-9._()+:-]{1,64}"),
        heads,
        (commitment, 0u64..253_402_300_800),
    )
        .prop_map(|(about, annex, (charter, drill, kind, label), heads, (terms, time))| {
            Header {
                about,
                annex,
                charter,
                drill,
                kind: veche_ledger::Kind::parse(&kind).unwrap(),
                label: veche_ledger::Label::parse(&label).unwrap(),
                seen: heads
                    .into_iter()
                    .map(|(log, (root, size))| Checkpoint { origin: origin(&log), size, root })
                    .collect(),
                terms,
                time: veche_ledger::UnixSeconds(time),
                ..header()
            }
        })
}

proptest! {
    #[test]
    fn any_header_is_read_back_as_it_was_written(header in headers()) {
        let bytes = Draft::new(header.clone()).unwrap().sign(&[&key(OFFICER)]).unwrap();
        let record = decode(&bytes).unwrap();
        prop_assert_eq!(record.header(), &header);
    }

    #[test]
    fn any_flipped_bit_of_a_record_is_noticed(at in 0usize..700, bit in 0u8..8) {
        let mut bytes = entry(0);
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let verified = decode(&bytes).ok().map(|record| Signed::verify(record, &keyring()));
        prop_assert!(!matches!(verified, Some(Ok(_))), "byte {} bit {}", at, bit);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..700) {
        drop(decode(&bytes));
        let mut spliced = entry(0);
        let at = at % spliced.len();
        spliced.splice(at..at, bytes);
        drop(decode(&spliced));
    }

    #[test]
    fn no_text_makes_a_json_reader_panic(text in "[\\[\\]{}\",:0-9a-z\\\\ \n-]{0,60}") {
        if let Ok(value) = veche_ledger::parse_canonical(text.as_bytes()) {
            prop_assert_eq!(value.to_string(), text.clone());
            prop_assert_eq!(veche_ledger::parse_human(&text), Ok(value));
        }
        drop(veche_ledger::parse_human(&text));
    }
}
