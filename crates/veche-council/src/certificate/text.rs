//! The texts in and about a certificate.

use super::verify::Verified;
use crate::closing::UnitDecision;
use crate::council::Council;
use crate::cut::Cut;
use crate::fact::ProcedureId;
use crate::ingest::witness_keys;
use crate::times::witnesses;
use crate::view::{outcome_word, paragraphs};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use veche_charter::Charter;
use veche_ledger::json::Value;
use veche_ledger::{PartyId, VerifyingKey};

/// Returns the C2SP tlog-policy of the charter: which witnesses, how many.
pub(super) fn policy(charter: &Charter) -> String {
    let witness_keys: Vec<VerifyingKey> = witness_keys(charter)
        .into_iter()
        .filter(|(party, _)| crate::evaluate::is_witness(charter, party))
        .map(|(_, key)| key)
        .collect();
    let logs: Vec<VerifyingKey> = charter
        .parties
        .values()
        .filter_map(|party| VerifyingKey::parse(party.keys.log.as_ref()?).ok())
        .collect();
    let (quorum, colluding) = (charter.witnessing.quorum, charter.witnessing.colluding);
    veche_ledger::Policy { witnesses: witness_keys, quorum, colluding }.to_tlog_policy(&logs)
}

/// Returns the read-me of a certificate.
pub(super) fn readme(statement: &Value, charter: &Charter) -> String {
    let opener = statement
        .get("opener")
        .and_then(|o| o.get("leaf"))
        .and_then(Value::as_text)
        .unwrap_or_default();
    format!(
        "Decision certificate of {title}\n\
         \n\
         It proves what was decided on the text in record {opener}.\n\
         Check it with no network and no node:\n\
         \n\
         \x20   veche certificate verify THIS-FILE --charter {hash}\n\
         \n\
         The hash is that of charter.toml in this file (sha256sum charter.toml). It is the one thing to know from\n\
         elsewhere: ask the organisation, or a member, for the hash of its charter.\n\
         \n\
         certificate.json  what is certified: the cut of each log, the cosignatures, the result\n\
         charter.toml      the rules and keys\n\
         logs/             of each log what was said from the text's tabling to the cut, with its signed checkpoint\n\
         openings/         salt and terms of the records that bear on it, by commitment\n\
         policy.txt        the witnesses, as C2SP tlog-policy\n\
         \n\
         An officer's key is kept by the node of the officer's party, encrypted; the officer unlocks it there to sign, or signs\n\
         on another machine. So a signature shows what was done with the key, and the party answers for its node.\n\
         \n\
         The format is described in formats/certificate.md of the program.\n",
        title = charter.title,
        hash = charter.hash,
    )
}

/// Gathers what a verified certificate says.
pub(super) fn verified(
    council: &Council,
    id: ProcedureId,
    decisions: Vec<(Option<u32>, UnitDecision)>,
) -> Verified {
    let charter = &council.version_of(id).charter;
    let opener = council.procedures[id.at()].opener;
    let terms = council.opening_terms(id).unwrap_or(Value::Bool(false));
    let owners = charter.parties.keys();
    let most = owners
        .map(|owner| charter.parties.keys().filter(|w| witnesses(charter, w, owner)).count())
        .max();
    let most = u32::try_from(most.unwrap_or_default()).unwrap_or(u32::MAX);
    Verified {
        charter: charter.hash,
        version: charter.version,
        genesis: council.genesis().hash,
        organisation: charter.title.clone(),
        title: terms.get("title").and_then(Value::as_text).unwrap_or_default().to_owned(),
        number: council.number_of(id),
        paragraphs: paragraphs(&terms),
        tabled: (
            council.party_name(council.party_of(opener)),
            council.start(id, &Cut::everything()),
        ),
        decisions,
        withstands: (2 * charter.witnessing.quorum).saturating_sub(most).saturating_sub(1),
        names: charter
            .parties
            .iter()
            .map(|(id, party)| (id.to_string(), party.name.clone()))
            .collect(),
    }
}

/// Returns what a certificate says, for people.
#[must_use]
pub fn explain(verified: &Verified) -> String {
    let mut out = String::new();
    let words: BTreeMap<u32, &str> =
        verified.paragraphs.iter().map(|(n, text)| (*n, text.as_str())).collect();
    let name = |party: &PartyId| {
        verified.names.get(party.as_str()).cloned().unwrap_or_else(|| party.to_string())
    };
    let list = |parties: &std::collections::BTreeSet<PartyId>| {
        parties.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}: {} {}", verified.organisation, verified.number, verified.title);
    if verified.charter != verified.genesis {
        let (version, genesis) = (verified.version, verified.genesis);
        let _ =
            writeln!(out, "under version {version} of the charter, as amended from `{genesis}`");
    }
    if let Some(at) = verified.tabled.1 {
        let _ = writeln!(out, "tabled by {} at {at}", verified.tabled.0);
    }
    for (paragraph, decision) in &verified.decisions {
        let what = paragraph.map_or_else(|| "the text".to_owned(), |n| format!("paragraph {n}"));
        let _ = writeln!(
            out,
            "\n{what}: {} ({}) at {}",
            outcome_word(decision.outcome),
            decision.state,
            decision.at
        );
        if let Some(words) = paragraph.and_then(|n| words.get(&n)) {
            let _ = writeln!(out, "  \"{words}\"");
        }
        let _ = writeln!(out, "  {}", decision.reason);
        if !decision.binds.is_empty() {
            let _ = writeln!(out, "  binds: {}", list(&decision.binds));
        }
        if !decision.waived.is_empty() {
            let _ = writeln!(
                out,
                "  not reached, and waived by the charter: {}",
                list(&decision.waived)
            );
        }
        for (party, (position, record)) in &decision.positions {
            let how = record.map_or_else(
                || "by silence, heard".to_owned(),
                |leaf| format!("record {}", leaf.short()),
            );
            let _ = writeln!(out, "  {}: {position} ({how})", name(party));
        }
    }
    let _ = writeln!(
        out,
        "\nIt holds unless more than {} witnesses of one log collude.",
        verified.withstands
    );
    out
}
