//! Rules of adoption: eligible, quorum, test, whom the result binds.

use super::article;
use super::words::{join, name, names, share, text_name};
use crate::fault::{FaultKind, did_you_mean};
use crate::model::{Base, Binds, Bound, Mode, Rule, Test, Threshold};
use crate::name::{Position, RoleName, RuleName, StatusName, Tag, WeightName};
use crate::text::{Findings, Reader, natural, wrong_form};
use std::collections::BTreeMap;

/// Deepest nesting of a test: what is deeper nobody reads.
const TEST_DEPTH_MAX: usize = 8;

pub(super) fn read_rules(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<RuleName, Rule> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("rules", f) {
        let id = name(r.path(), key, "a rule", &RuleName::parse, f);
        let rule = read_rule(&mut r, f);
        r.finish(f);
        out.extend(id.zip(rule));
    }
    out
}

fn read_rule(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Rule> {
    let mut status = names(r, "status", "a status", &StatusName::parse, f);
    if !r.has("status") {
        status.extend(StatusName::parse(crate::model::MEMBER));
    }
    let seats = text_name(r, "seats", "a tag", &Tag::parse, f);
    let minus = names(r, "minus", "a role", &RoleName::parse, f);
    let quorum = threshold(r, "quorum", f);
    let mode = text_name(r, "mode", "a mode", &mode, f).unwrap_or(Mode::Meeting);
    if !r.has("adopt") {
        f.add(r.path(), FaultKind::Missing("adopt"), None);
    }
    let adopt = r.table("adopt", f).and_then(|t| read_test(t, 0, f));
    let fallback = r.table("fallback", f).map(|t| read_test(t, 0, f));
    let binds = text_name(r, "binds", "whom it binds", &binds, f).unwrap_or(Binds::All);
    let binds_unheard =
        text_name(r, "unheard", "what becomes of those unheard", &unheard, f).unwrap_or(false);
    let article = article(r, f);
    let basis = r.text("basis", f).map(str::to_owned);
    let fallback = match fallback {
        Some(test) => Some(test?),
        None => None,
    };
    Some(Rule {
        status,
        seats,
        minus,
        quorum,
        mode,
        adopt: adopt?,
        fallback,
        binds,
        binds_unheard,
        article,
        basis,
    })
}

/// Reads `meeting` or `silence`.
pub(super) fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "meeting" => Ok(Mode::Meeting),
        "silence" => Ok(Mode::Silence),
        _ => Err(did_you_mean(text, ["meeting", "silence"])
            .unwrap_or_else(|| "`meeting` or `silence`".to_owned())),
    }
}

fn binds(text: &str) -> Result<Binds, String> {
    if let Some(list) = text.strip_prefix("all_but:") {
        let positions: Result<_, _> = list.split('|').map(Position::parse).collect();
        return positions.map(Binds::AllBut).map_err(|e| e.to_string());
    }
    match text {
        "all" => Ok(Binds::All),
        "yes" => Ok(Binds::Yes),
        "none" => Ok(Binds::None),
        _ => Err("`all`, `all_but:aside|absent`, `yes` or `none`".to_owned()),
    }
}

/// Reads `waits` or `counts`: true if those are bound who have not had the text.
fn unheard(text: &str) -> Result<bool, String> {
    match text {
        "waits" => Ok(false),
        "counts" => Ok(true),
        _ => Err(did_you_mean(text, ["waits", "counts"])
            .unwrap_or_else(|| "`waits` or `counts`".to_owned())),
    }
}

fn threshold(r: &mut Reader<'_, '_>, key: &'static str, f: &mut Findings<'_>) -> Option<Threshold> {
    let value = r.value(key)?;
    if let Some(number) = natural(value) {
        return Some(Threshold::Count(number));
    }
    let Some(text) = value.as_str() else {
        r.wrong(key, "a number or a share", value, f);
        return None;
    };
    name(&r.at(key), text, "a number or a share", &share, f)
}

fn read_test(mut r: Reader<'_, '_>, depth: usize, f: &mut Findings<'_>) -> Option<Test> {
    const KINDS: [&str; 5] = ["all", "any", "not", "none", "of"];
    let here: Vec<&str> = KINDS.into_iter().filter(|k| r.has(k)).collect();
    let what = |text: &str| FaultKind::Contradiction(text.to_owned());
    if depth > TEST_DEPTH_MAX {
        f.add(r.path(), what("a test is nested more than eight deep"), None);
        return None;
    }
    let &[kind] = here.as_slice() else {
        f.add(
            r.path(),
            what("a test has exactly one of `all`, `any`, `not`, `none`, `of`"),
            unknown_key(&r),
        );
        return None;
    };
    let test = match kind {
        "all" => read_list(&mut r, "all", depth, f).map(Test::All),
        "any" => read_list(&mut r, "any", depth, f).map(Test::Any),
        "not" => r
            .table("not", f)
            .and_then(|t| read_test(t, depth + 1, f))
            .map(|t| Test::Not(Box::new(t))),
        "none" => read_none(&mut r, f),
        _ => read_of(&mut r, f),
    };
    r.finish(f);
    test
}

fn unknown_key(r: &Reader<'_, '_>) -> Option<String> {
    r.pairs().first().and_then(|(key, _)| did_you_mean(key, ["all", "any", "not", "none", "of"]))
}

fn read_list(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    depth: usize,
    f: &mut Findings<'_>,
) -> Option<Vec<Test>> {
    let value = r.value(key)?;
    let Some(items) = value.as_array().filter(|a| !a.is_empty()) else {
        r.wrong(key, "a list of tests, at least one", value, f);
        return None;
    };
    let mut out = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = join(&r.at(key), &index.to_string());
        match item.get_ref().as_table() {
            Some(table) => out.extend(read_test(Reader::new(table, path), depth + 1, f)),
            None => wrong_form(&path, key, "a list of tests", item.get_ref(), f),
        }
    }
    Some(out)
}

fn read_none(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Test> {
    let positions = names(r, "none", "a position", &Position::parse, f);
    let tag = text_name(r, "tag", "a tag", &Tag::parse, f);
    let role = text_name(r, "role", "a role", &RoleName::parse, f);
    if positions.is_empty() {
        f.add(&r.at("none"), FaultKind::Missing("a position"), None);
    }
    Some(Test::None { positions, tag, role })
}

fn read_of(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Test> {
    let positions = names(r, "of", "a position", &Position::parse, f);
    if positions.is_empty() {
        f.add(&r.at("of"), FaultKind::Missing("a position"), None);
    }
    let weight = text_name(r, "weight", "a weight", &WeightName::parse, f);
    let tag = text_name(r, "tag", "a tag", &Tag::parse, f);
    let role = text_name(r, "role", "a role", &RoleName::parse, f);
    let base = text_name(r, "base", "a base", &base, f);
    let bounds: Vec<_> = [("ge", Bound::AtLeast), ("gt", Bound::MoreThan), ("le", Bound::AtMost)]
        .into_iter()
        .filter_map(|(key, bound)| r.value(key).map(|_| (key, bound)))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(key, bound)| (bound, threshold(r, key, f)))
        .collect();
    let &[(bound, threshold)] = bounds.as_slice() else {
        let what = "a count is compared by exactly one of `ge`, `gt`, `le`".to_owned();
        f.add(r.path(), FaultKind::Contradiction(what), None);
        return None;
    };
    let threshold = threshold?;
    match (base, threshold) {
        (None, Threshold::Share(..)) => {
            f.add(
                r.path(),
                FaultKind::Missing("base"),
                Some("a share is a share of `eligible`, `present` or `voting`".to_owned()),
            );
        }
        (Some(_), Threshold::Count(_)) => {
            let what = "a number has no `base`: it is the number of parties itself".to_owned();
            f.add(&r.at("base"), FaultKind::Contradiction(what), None);
        }
        (None, Threshold::Count(_)) | (Some(_), Threshold::Share(..)) => {}
    }
    Some(Test::Of { positions, weight, tag, role, base, bound, threshold })
}

fn base(text: &str) -> Result<Base, String> {
    match text {
        "eligible" => Ok(Base::Eligible),
        "present" => Ok(Base::Present),
        "voting" => Ok(Base::Voting),
        _ => Err(did_you_mean(text, ["eligible", "present", "voting"])
            .unwrap_or_else(|| "`eligible`, `present` or `voting`".to_owned())),
    }
}
