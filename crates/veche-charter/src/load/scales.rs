//! Scales of tension.

use super::alarms::series;
use super::article;
use super::words::{name, required_name};
use crate::alarm::MILLION;
use crate::fault::{FaultKind, did_you_mean};
use crate::name::ScaleName;
use crate::scale::{COMPONENTS, Scale, fault};
use crate::text::{Findings, Reader, brief, natural};
use std::collections::BTreeMap;

pub(super) fn read_scales(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<ScaleName, Scale> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("scales", f) {
        let id = name(r.path(), key, "a scale of tension", &ScaleName::parse, f);
        let title = r.text("title", f).unwrap_or(key).to_owned();
        let series = required_name(&mut r, "series", "a series of counts", &series, f);
        let weights = r.table("weights_millionths", f).map(|table| read_weights(&table, f));
        if weights.is_none() && !r.has("weights_millionths") {
            f.add(r.path(), FaultKind::Missing("weights_millionths"), None);
        }
        let article = article(&mut r, f);
        r.finish(f);
        if let (Some(id), Some(series), Some(weights_millionths)) = (id, series, weights) {
            out.insert(id, Scale { title, series, weights_millionths, article });
        }
    }
    out
}

fn read_weights(r: &Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    let mut is_sound = true;
    for (key, value) in r.pairs() {
        let known = COMPONENTS.map(|(name, _)| name);
        if !known.contains(&key) {
            let what = FaultKind::WrongForm {
                key: "weights_millionths".to_owned(),
                expected: "a component of tension: level, change, surprise, turn or attention",
                found: format!("`{}`", brief(key)),
            };
            f.add(&r.at(key), what, did_you_mean(key, known));
            is_sound = false;
            continue;
        }
        let weight = natural(value).and_then(|n| u32::try_from(n).ok());
        match weight.filter(|weight| (1..=MILLION).contains(weight)) {
            Some(weight) => drop(out.insert(key.to_owned(), weight)),
            None => {
                r.wrong(key, "a share of 1 to 1000000 millionths", value, f);
                is_sound = false;
            }
        }
    }
    // A sum without what was faulted says nothing.
    if let Some(what) = fault(&out).filter(|_| is_sound) {
        f.add(r.path(), FaultKind::Contradiction(what), None);
    }
    out
}
