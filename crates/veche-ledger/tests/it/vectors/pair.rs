//! Makes `pair.json`: keys of which an ML-DSA-44 key stands beside the Ed25519 key.

use super::make::{hex, list, number};
use crate::support::{LOG, OFFICER, WITNESS, name, origin};
use veche_ledger::key::{CosigningKey, SigningKey, VerifyingKey};
use veche_ledger::keystore::PrivateKey;
use veche_ledger::note::{Note, NoteLimits, SignatureStanding};
use veche_ledger::policy::Policy;
use veche_ledger::{
    Checkpoint, Cosignature, Hash, NoteSignature, SignedCheckpoint, UnixSeconds, Value,
};

const TEXT: &str = "one\n\ntwo\n";

fn seed(text: &str) -> [u8; 32] {
    Hash::of(&[text.as_bytes()]).0
}

/// The pair whose seed is the hash of its name.
pub(crate) fn pair(text: &str) -> SigningKey {
    SigningKey::pair_from_seed(name(text), &seed(text))
}

/// A witness's pair.
pub(crate) fn witness_pair(text: &str) -> CosigningKey {
    CosigningKey::pair_from_seed(name(text), &seed(text))
}

/// The two lines of a pair's signature on a text.
pub(crate) fn lines(text: &str, key: &SigningKey) -> [String; 2] {
    let lines: Vec<String> = NoteSignature::sign(text, key)
        .into_lines()
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    lines.try_into().unwrap()
}

pub(super) fn value() -> Value {
    let key = |role: &str, of: &str, vkey: VerifyingKey| {
        Value::map([("role", role.into()), ("seed", hex(&seed(of))), ("vkey", Value::text(vkey))])
    };
    let witness = witness_pair(WITNESS).verifying_key();
    let policy = Policy { witnesses: vec![witness.clone()], quorum: 1, colluding: 0 };
    Value::map([
        ("bad_vkeys", bad_vkeys()),
        ("cosignatures", cosignatures()),
        ("key_file", key_file()),
        (
            "keys",
            Value::List(vec![
                key("officer", OFFICER, pair(OFFICER).verifying_key()),
                key("log", LOG, pair(LOG).verifying_key()),
                key("witness", WITNESS, witness),
            ]),
        ),
        ("notes", notes()),
        ("policy", Value::Text(policy.to_tlog_policy(&[pair(LOG).verifying_key()]))),
    ])
}

fn bad_vkeys() -> Value {
    let officer = pair(OFFICER).verifying_key().to_string();
    let other = pair("six-rivers.example/orvessa/officer-2").verifying_key().to_string();
    let cosigning = witness_pair(OFFICER).verifying_key().to_string();
    let halves = |text: &str| {
        let (first, second) = text.split_once(' ').unwrap();
        (first.to_owned(), second.to_owned())
    };
    let (first, second) = halves(&officer);
    let cases = [
        ("the second key alone", second.clone()),
        ("the second key first", format!("{second} {first}")),
        ("the second key of another name", format!("{first} {}", halves(&other).1)),
        ("the second key of another use", format!("{first} {}", halves(&cosigning).1)),
        ("twice the first key", format!("{first} {first}")),
        ("three keys", format!("{first} {second} {second}")),
        ("two spaces", format!("{first}  {second}")),
        ("a space at the end", format!("{first} ")),
        ("another id of the second key", format!("{first} {}", second.replacen("+", "+0", 1))),
        ("the second key cut short", format!("{first} {}", &second[..second.len() - 4])),
    ];
    list(cases, |(what, text)| {
        assert!(VerifyingKey::parse(&text).is_err(), "{what}");
        Value::map([("vkey", text.as_str().into()), ("what", what.into())])
    })
}

/// Each attack on a note that a pair signed.
pub(crate) fn note_cases() -> Vec<(&'static str, String)> {
    let key = pair(OFFICER);
    let [first, second] = lines(TEXT, &key);
    let [other_first, other_second] = lines("one\n\nthree\n", &key);
    // The same name, another secret: the line bears another id, or is given the listed one.
    let stranger = SigningKey::pair_from_seed(name(OFFICER), &[9; 32]);
    let [_, strange] = lines(TEXT, &stranger);
    let mut forged = NoteSignature::sign(TEXT, &stranger);
    let listed = NoteSignature::sign(TEXT, &key);
    let beside = |signature: &NoteSignature| signature.beside.clone().unwrap();
    let mut half = beside(&forged);
    half.key_id = beside(&listed).key_id;
    forged = NoteSignature { beside: Some(half), ..listed.clone() };
    let mut hinted = listed.clone();
    let mut half = beside(&listed);
    // One more byte in the padding of the hint: the same hint, encoded otherwise.
    let last = half.bytes.len() - 5;
    half.bytes[last] = 7;
    hinted.beside = Some(half);
    let text = |signature: NoteSignature| -> String {
        signature.into_lines().iter().map(|line| format!("{line}\n")).collect()
    };
    let note = |lines: &[&str]| format!("{TEXT}\n{}", lines.concat());
    vec![
        ("both lines", note(&[&first, &second])),
        ("both lines, the second first", note(&[&second, &first])),
        ("both lines twice", note(&[&first, &second, &second, &first])),
        ("the ML-DSA-44 line taken away", note(&[&first])),
        ("the Ed25519 line taken away", note(&[&second])),
        ("the ML-DSA-44 line of another key", note(&[&first, &strange])),
        ("the ML-DSA-44 line of another key under this key's id", note(&[&text(forged)])),
        ("the ML-DSA-44 line of another text", note(&[&first, &other_second])),
        ("the Ed25519 line of another text", note(&[&other_first, &second])),
        ("both lines of another text", note(&[&other_first, &other_second])),
        ("a good and a bad ML-DSA-44 line", note(&[&first, &second, &other_second])),
        ("the hint in another encoding", note(&[&text(hinted)])),
        ("both halves in one line", note(&[&format!("{listed}\n")])),
        ("neither line", note(&["— sumdb.example AAAAAAA=\n"])),
    ]
}

fn notes() -> Value {
    const LIMITS: NoteLimits = NoteLimits { len_max: 16_384, lines_max: 16 };
    list(note_cases(), |(what, text)| {
        let standing = Note::parse(text.as_bytes(), LIMITS)
            .map(|note| note.standing_of(&pair(OFFICER).verifying_key()));
        let verdict = match standing {
            Err(_) => "malformed",
            Ok(SignatureStanding::Good) => "good",
            Ok(SignatureStanding::Bad) => "bad",
            Ok(SignatureStanding::Half) => "half",
            Ok(SignatureStanding::Absent) => "absent",
        };
        Value::map([
            ("note", text.as_str().into()),
            ("verdict", verdict.into()),
            ("what", what.into()),
        ])
    })
}

fn cosignatures() -> Value {
    let witness = witness_pair(WITNESS);
    let checkpoint =
        |root: u8| Checkpoint { origin: origin(LOG), size: 21, root: Hash([root; 32]) };
    let of = |root: u8, time: u64| {
        let lines = Cosignature::sign(&checkpoint(root), UnixSeconds(time), &witness);
        let lines = lines.line().clone().into_lines();
        [lines[0].clone(), lines[1].clone()]
    };
    let [first, second] = of(1, 1000);
    let ([later_first, later_second], [_, other_second]) = (of(1, 2000), of(2, 1000));
    let cases = [
        ("both lines", vec![first.clone(), second.clone()]),
        ("the ML-DSA-44 line taken away", vec![first.clone()]),
        ("the Ed25519 line taken away", vec![second.clone()]),
        ("two lines of two times", vec![first.clone(), later_second]),
        ("two lines of two times, the other way", vec![later_first, second]),
        ("the ML-DSA-44 line of another root", vec![first, other_second]),
    ];
    list(cases, |(what, lines)| {
        let mut signed = checkpoint(1).sign(&pair(LOG));
        lines.into_iter().for_each(|line| signed.add(line));
        let bytes = signed.note().to_bytes();
        let read = SignedCheckpoint::verify(&bytes, &pair(LOG).verifying_key()).unwrap();
        let mut map = vec![("note", Value::text(read.note())), ("what", what.into())];
        if let [cosignature] = read.cosignatures(&[witness.verifying_key()]).as_slice() {
            map.push(("at", number(cosignature.time().0)));
        }
        Value::Map(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    })
}

fn key_file() -> Value {
    let file = PrivateKey::Signing(pair(OFFICER))
        .lock(b"nine bells over the river", [1; 16], [2; 12])
        .unwrap();
    Value::map([
        ("file", file.as_str().into()),
        ("passphrase", "nine bells over the river".into()),
        ("seed", hex(&seed(OFFICER))),
    ])
}
