//! Exercise control: the script, its clock, and how it went.

use super::sight::{segment, time};
use crate::exercise::player::SPEEDS;
use crate::exercise::score::ScoreRow as SheetRow;
use crate::exercise::script::Inject;
use crate::exercise::{Game, Player, ScoreSheet};
use std::collections::{BTreeMap, BTreeSet};
use veche_desk::{ExercisePage, InjectRow, Link, Score, ScoreRow, State, Tone, Verdict};
use veche_ledger::UnixSeconds;

/// Returns exercise control.
#[must_use]
pub fn exercise(game: &Game, player: &Player) -> ExercisePage {
    let sheet = ScoreSheet::of(game);
    let about = &game.script().exercise;
    let last = game.outcomes().last();
    let current = last
        .and_then(|outcome| game.script().injects.iter().find(|inject| inject.id == outcome.id));
    let injects: Vec<InjectRow> = game
        .script()
        .injects
        .iter()
        .zip(&sheet.rows)
        .map(|(inject, row)| inject_row(inject, row))
        .collect();
    ExercisePage {
        name: about.title.clone(),
        about: format!(
            "{} injects over {} nodes in this process, each with its own store and keys. Take any seat and act; from then on what \
             you changed is not scored.",
            injects.len(),
            about.nodes.len()
        ),
        started: true,
        playing: player.is_playing(),
        speeds: SPEEDS.iter().map(|(speed, words)| (*speed, (*words).to_owned())).collect(),
        speed: player.speed(),
        elapsed: elapsed(time(&about.start), game.now()),
        current: current.map(|inject| inject.id),
        sentence: player
            .fault()
            .map(|why| format!("It cannot be played on: {why}"))
            .or_else(|| current.map(sentence)),
        look_at: current.map(look_at).unwrap_or_default(),
        score: score(&injects),
        sheet: measures(&sheet),
        injects,
    }
}

fn sentence(inject: &Inject) -> String {
    if inject.sentence.is_empty() { inject.content.clone() } else { inject.sentence.clone() }
}

/// Returns time since the start: `T+6 h 20 min`, `T-1 h`, `T+90 d`.
fn elapsed(start: UnixSeconds, now: UnixSeconds) -> String {
    let (sign, seconds) =
        if now < start { ('-', start.since(now).0) } else { ('+', now.since(start).0) };
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("T{sign}{minutes} min"),
        (0, hours) => format!("T{sign}{hours} h {minutes} min"),
        (days, hours) => format!("T{sign}{days} d {hours} h"),
    }
}

/// Returns pages on which an inject can be seen: of what it opens, and of what it is about.
fn look_at(inject: &Inject) -> Vec<Link> {
    let mut numbers: Vec<String> = Vec::new();
    for step in &inject.steps {
        let is_number =
            |name: &&String| name.split_once('-').is_some_and(|(_, n)| n.parse::<u32>().is_ok());
        numbers.extend(step.number());
        numbers.extend(step.about.iter().filter(is_number).cloned());
    }
    for check in &inject.checks {
        let named =
            check.get.strip_prefix("/procedures/").filter(|name| !name.contains(['{', '/', '?']));
        numbers.extend(named.map(str::to_owned));
    }
    let mut links: Vec<Link> = Vec::new();
    for number in numbers {
        if links.iter().all(|link| link.text != number) {
            links.push(Link::new(&format!("/cases/{}", segment(&number)), &number));
        }
    }
    links
}

fn inject_row(inject: &Inject, row: &SheetRow) -> InjectRow {
    let to = if inject.to.is_empty() { String::new() } else { format!(" → {}", inject.to) };
    let own = format!("/exercise#inject-{}", inject.id);
    let is_played = row.outcome.is_some();
    let href = look_at(inject).first().filter(|_| is_played).map_or(own, |link| link.href.clone());
    InjectRow {
        number: inject.id,
        at: time(&row.at),
        route: format!("{}{to}", inject.from),
        link: Link::new(&href, &format!("{}: {}", inject.kind, inject.content)),
        expected: inject.expect.clone(),
        observed: observed(row),
        verdict: verdict(row),
    }
}

fn verdict(row: &SheetRow) -> Verdict {
    match &row.outcome {
        None => Verdict::Ahead,
        Some(outcome) if outcome.is_changed => Verdict::Changed,
        Some(outcome) if !outcome.passed() => Verdict::Fail,
        Some(_) if !row.partly.is_empty() => Verdict::Partly,
        Some(_) => Verdict::Pass,
    }
}

/// Says what was seen: how many checks held, what did not and why, what nodes refused on the way.
fn observed(row: &SheetRow) -> Option<String> {
    let outcome = row.outcome.as_ref()?;
    if let Some(why) = &outcome.left_out {
        return Some(format!("left out after what you did: {why}"));
    }
    let failed = outcome.seen.iter().filter(|seen| !seen.passed);
    let mut said: Vec<String> = failed
        .map(|seen| {
            format!(
                "{} at {}: expected {}, observed {}",
                seen.clause, seen.node, seen.expected, seen.observed
            )
        })
        .collect();
    if said.is_empty() {
        said.push(match outcome.seen.len() {
            0 => "nothing to check".to_owned(),
            n => format!("{n} of {n} checks hold"),
        });
    }
    if !row.partly.is_empty() {
        said.push(format!("in part: {}", row.partly));
    }
    said.extend(refused(&outcome.refusals));
    Some(said.join("; "))
}

/// Says what nodes refused of each other's logs, once for all that refused it for the same reason.
fn refused(refusals: &[(String, String, String)]) -> Vec<String> {
    let mut by_reason: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for (by, log, why) in refusals {
        by_reason.entry((log, why)).or_default().insert(by);
    }
    let line = |((log, why), by): ((&str, &str), BTreeSet<&str>)| {
        let by: Vec<&str> = by.into_iter().collect();
        format!("refused records of `{log}`: {} ({why})", by.join(", "))
    };
    by_reason.into_iter().map(line).collect()
}

fn score(injects: &[InjectRow]) -> Score {
    let mut score = Score::default();
    for inject in injects {
        match inject.verdict {
            Verdict::Ahead => score.ahead += 1,
            Verdict::Pass => score.pass += 1,
            Verdict::Partly => score.partly += 1,
            Verdict::Fail => score.fail += 1,
            Verdict::Changed => score.changed += 1,
        }
    }
    score
}

fn measures(sheet: &ScoreSheet) -> Vec<ScoreRow> {
    let duties = sheet.duties_met + sheet.duties_late + sheet.duties_overdue;
    let row = |measure: &str, result: String, target: &str, is_reached: bool| ScoreRow {
        measure: measure.to_owned(),
        result,
        target: target.to_owned(),
        state: if is_reached {
            State::new("reached", Tone::Good)
        } else {
            State::new("not reached", Tone::Care)
        },
    };
    vec![
        row(
            "injects as expected",
            format!("{} of {}", sheet.passed, sheet.passed + sheet.failed),
            "all",
            sheet.failed == 0,
        ),
        row(
            "duties met in time, of those met or overdue",
            format!("{} of {duties}", sheet.duties_met),
            "all",
            sheet.duties_met == duties,
        ),
        row(
            "different digests of the nodes' states",
            sheet.distinct_digests.to_string(),
            "1",
            sheet.distinct_digests == 1,
        ),
        row("receipts logged", sheet.receipts.to_string(), "some", sheet.receipts > 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_from_the_start_both_ways() {
        let start = UnixSeconds(10_000_000);
        assert_eq!(elapsed(start, UnixSeconds(10_000_000 + 22_800)), "T+6 h 20 min");
        assert_eq!(elapsed(start, UnixSeconds(10_000_000 - 1200)), "T-20 min");
        assert_eq!(elapsed(start, UnixSeconds(10_000_000 + 90 * 86_400)), "T+90 d 0 h");
    }
}
