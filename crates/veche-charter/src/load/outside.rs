//! Witnesses that are no parties.

use super::words::name;
use crate::fault::FaultKind;
use crate::name::OutsideName;
use crate::outside::OutsideWitness;
use crate::text::{Findings, Reader};
use std::collections::BTreeMap;
use veche_ledger::VerifyingKey;
use veche_ledger::key::Algorithm;

pub(super) fn read_outside(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<OutsideName, OutsideWitness> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("outside", f) {
        let id = name(r.path(), key, "a witness", &OutsideName::parse, f);
        let who = r.text("who", f).map(str::to_owned);
        let cosigns = read_key(&mut r, f);
        let at = read_address(&mut r, f);
        r.finish(f);
        if let (Some(id), Some(key), Some(at)) = (id, cosigns, at) {
            out.insert(id, OutsideWitness { who, key, at });
        }
    }
    out
}

fn read_key(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<VerifyingKey> {
    let text = r.required_text("key", f)?;
    let key =
        VerifyingKey::parse(text).ok().filter(|key| key.algorithm() == Algorithm::CosignatureV1);
    if key.is_none() {
        wrong(
            r,
            "key",
            "the verifier key of a witness, as `veche witness init` prints it",
            text,
            f,
        );
    }
    key
}

/// Reads where the witness is reached: what is asked of it is appended.
fn read_address(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<String> {
    let text = r.required_text("at", f)?;
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_address = host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"<>\\".contains(&b))
    });
    if !is_address {
        wrong(r, "at", "an address: `https://witness.example`", text, f);
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn wrong(r: &Reader<'_, '_>, key: &str, expected: &'static str, text: &str, f: &mut Findings<'_>) {
    let found = format!("`{}`", crate::text::brief(text));
    f.add(&r.at(key), FaultKind::WrongForm { key: key.to_owned(), expected, found }, None);
}
