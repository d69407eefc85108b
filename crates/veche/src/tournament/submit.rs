//! Taking an institute's forecast: from a file, or from a record that its member signed.

use super::store::{FILE_LEN_MAX, Rounds, fault};
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{now, open};
use serde_json::json;
use std::path::Path;
use veche_ledger::{Hash, UnixSeconds, Value, parse_canonical};
use veche_node::picture::handed::{day_of, terms};
use veche_picture::Vintage;
use veche_picture::date::Date;
use veche_picture::tournament::submission::{DRAWS_ENOUGH, WIDENED_SIZE};
use veche_picture::tournament::{Admitted, Entry, Round, Submission, read_file};

/// Whose, and when it came.
pub(super) struct Of {
    /// The institute.
    pub(super) institute: String,
    /// The day, if not today.
    pub(super) on: Option<Date>,
}

/// Takes a file.
pub(super) fn from_file(
    rounds: &Rounds,
    round: &str,
    path: &Path,
    of: Of,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let round = rounds.round(round)?;
    let bytes = file::read_input(path, FILE_LEN_MAX)?;
    let submission = read_file(&bytes, &round, &of.institute).map_err(|what| fault(path, what))?;
    admit(rounds, &round, (&submission, &bytes), of.on, out)
}

/// Takes what was read, with the bytes that it was read from.
pub(crate) fn admit(
    rounds: &Rounds,
    round: &Round,
    (submission, bytes): (&Submission, &[u8]),
    on: Option<Date>,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let received = match on {
        Some(day) => day,
        None => day_of(now()).map_err(|what| Failure::new(FailureKind::Tournament(what)))?,
    };
    let mut answer = take(rounds, round, submission, bytes, received)?;
    if let Some(out) = out {
        file::write(out, &terms(round, submission, bytes).to_bytes())?;
        answer.text = format!(
            "{}\nterms written to `{}`: the institute's member signs them with `veche record say`",
            answer.text,
            out.display()
        );
    }
    Ok(answer)
}

/// Takes a signed record, which came on the day by which a quorum of witnesses held it: nobody's own clock closes a round.
pub(super) fn from_record(
    rounds: &Rounds,
    round: &str,
    store: &Path,
    name: &str,
    attached: Option<&Path>,
) -> Result<Answer, Failure> {
    let round = rounds.round(round)?;
    let node = open(store, &[], &[])?;
    let cannot = |what: &str| {
        Failure::new(FailureKind::Tournament(format!("cannot take record `{name}`: {what}")))
    };
    let leaf = node.council().by_number(name).or_else(|| Hash::parse(name).ok());
    let view = leaf.and_then(|leaf| node.council().record(&leaf));
    let view = view.ok_or_else(|| cannot("it is not here"))?;
    if view.ruling != "admitted" || view.is_drill {
        return Err(cannot("the charter did not let it through, or it belongs to an exercise"));
    }
    let terms = view.terms.as_deref().and_then(|text| parse_canonical(text.as_bytes()).ok());
    let terms = terms.ok_or_else(|| cannot("what it says is not held here"))?;
    let text = |field: &str| terms.get(field).and_then(Value::as_text);
    let at = view
        .at
        .as_deref()
        .ok_or_else(|| cannot("no quorum of witnesses has been seen to hold it yet"))?;
    let received = UnixSeconds::parse(at).map_err(|error| cannot(&error.to_string()))?;
    let received = day_of(received).map_err(|what| cannot(&what))?;
    if text("target") != Some(round.name.as_str()) {
        return Err(cannot(&format!(
            "it is for another round: `{}`",
            text("target").unwrap_or_default()
        )));
    }
    let bytes = match (attached, text("content")) {
        (Some(path), _) => file::read(path, FILE_LEN_MAX)?,
        (None, Some(content)) => content.as_bytes().to_vec(),
        (None, None) => {
            return Err(cannot("its file is not in it: name the file that it is the hash of"));
        }
    };
    if text("file") != Some(Hash::of(&[&bytes]).to_string().as_str()) {
        return Err(cannot("the file has another hash than the record says"));
    }
    let institute = text("institute").unwrap_or_default();
    let submission =
        read_file(&bytes, &round, institute).map_err(|what| cannot(&what.to_string()))?;
    take(rounds, &round, &submission, &bytes, received)
}

fn take(
    rounds: &Rounds,
    round: &Round,
    submission: &Submission,
    bytes: &[u8],
    received: Date,
) -> Result<Answer, Failure> {
    let mut entries = rounds.entries(round)?;
    let entry = Entry {
        institute: submission.institute.clone(),
        file: Vintage(Hash::of(&[bytes]).0),
        form: submission.form,
        received,
    };
    let file = entry.file;
    let admitted = entries.admit(round, entry).map_err(|late| {
        let round = round.name.clone();
        Failure::new(FailureKind::Late { round, why: late.to_string() })
    })?;
    if admitted != Admitted::Same {
        rounds.keep(round, &entries, bytes)?;
    }
    let mut lines = vec![format!(
        "{} for round {}: {} as {}, {} of {} cells, received {received}",
        submission.institute,
        round.name,
        file,
        submission.form.word(),
        submission.cells.len(),
        round.cells()
    )];
    lines.push(match admitted {
        Admitted::First => "taken".to_owned(),
        Admitted::Same => "the same file stands already".to_owned(),
        Admitted::Replaces { earlier } => {
            format!("taken; it stands in the place of {earlier}, which stays on the list")
        }
    });
    if submission.widened > 0 {
        lines.push(format!(
            "{} with fewer than {DRAWS_ENOUGH} draws: each draw counts as a negative binomial of size {WIDENED_SIZE} around it",
            counted(submission.widened, "cell")
        ));
    }
    let told = json!({
        "round": round.name,
        "institute": submission.institute,
        "file": file,
        "form": submission.form,
        "cells": submission.cells.len(),
        "of": round.cells(),
        "widened": submission.widened,
        "received": received.to_string(),
    });
    Ok(Answer::new(lines.join("\n"), told))
}
