//! From verified bytes to what the fold takes: keys by the charter, openings against commitments, the evidence inside
//! system records.

use crate::closing::{ClosingTerms, HeadEvidence, parse_head};
use crate::entry::{
    CLOSING, EPOCH, Entry, Head, REVOCATION, SYSTEM_KINDS, Signer, SignerRole, Terms,
};
use crate::redaction::Content;
use veche_charter::Charter;
use veche_ledger::commit::{Domain, Opening, OpeningError};
use veche_ledger::json::Value;
use veche_ledger::keyring::{KeyringError, KeyringFault, ListedKey, Revocation, Role};
use veche_ledger::record::{SealError, Sealed, Signed};
use veche_ledger::{
    Checkpoint, Cosignature, Hash, KeyName, Keyring, Label, LeafIndex, NoteSignature, Origin,
    PartyId, UnixSeconds, VerifyingKey,
};

/// Why a record and its opening do not make an entry. Whoever sent the opening misbehaved, or the author did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// The opening does not match the commitment in the header.
    #[error("the terms do not match their commitment: {0}")]
    Opening(#[from] OpeningError),
    /// The sealed content is not of its form.
    #[error("the sealed content is not of its form: {0}")]
    Seal(#[from] SealError),
    /// What stands in place of the terms is no redaction of this record.
    #[error("what stands in place of the terms is no redaction of this record by its author")]
    Redacted,
}

/// Why a charter's keys do not make a keyring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A party's key is missing or is no key.
    #[error("the {role} key of `{party}` is missing or is no verifier key")]
    Key {
        /// The party.
        party: PartyId,
        /// What the key is for.
        role: &'static str,
    },
    /// The keyring does not take it.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Returns the origin of a party's log in an epoch.
///
/// # Errors
/// The name's own error if organisation or party make none.
pub fn origin(
    charter: &Charter,
    party: &PartyId,
    epoch: u32,
) -> Result<Origin, veche_ledger::name::NotAName> {
    Origin::parse(&format!("{}/{party}/{epoch}", charter.organisation))
}

/// Returns the keyring that a charter lists: the first epoch of each party that has keys.
///
/// # Errors
/// [`KeysError`] for the first key that is missing, malformed or named wrongly.
pub fn keyring(charter: &Charter) -> Result<Keyring, KeysError> {
    let mut keyring = Keyring::new();
    add_keys(&mut keyring, charter)?;
    Ok(keyring)
}

/// Adds to a keyring the parties of a charter that are not in it yet: what an amendment brings. The keys of the others change
/// by their own root keys alone.
///
/// # Errors
/// [`KeysError`] for the first key that is missing, malformed or named wrongly.
pub fn add_keys(keyring: &mut Keyring, charter: &Charter) -> Result<(), KeysError> {
    for (party, entry) in &charter.parties {
        let keys = &entry.keys;
        if keys.log.is_none() && keys.root.is_none() {
            continue;
        }
        let missing = |role| KeysError::Key { party: party.clone(), role };
        let read = |text: &Option<String>, role| {
            let text = text.as_ref().ok_or_else(|| missing(role))?;
            VerifyingKey::parse(text).map_err(|_| missing(role))
        };
        let log = origin(charter, party, 1).map_err(|_| missing("log"))?;
        if keyring.log(&log).is_some() {
            continue;
        }
        keyring.add_log(&log, read(&keys.root, "root")?, read(&keys.log, "log")?)?;
        for text in keys.officers.values() {
            let key = VerifyingKey::parse(text).map_err(|_| missing("officer"))?;
            keyring.list(
                &log,
                ListedKey { key, role: Role::Officer, from: LeafIndex(0), until: None },
            )?;
        }
        if keys.witness.is_some() {
            let key = read(&keys.witness, "witness")?;
            keyring.list(
                &log,
                ListedKey { key, role: Role::Witness, from: LeafIndex(0), until: None },
            )?;
        }
    }
    Ok(())
}

/// Returns the witness key of each party that has one, as the charter lists it.
#[must_use]
pub fn witness_keys(charter: &Charter) -> Vec<(PartyId, VerifyingKey)> {
    let key = |(party, entry): (&PartyId, &veche_charter::model::Party)| {
        Some((party.clone(), VerifyingKey::parse(entry.keys.witness.as_ref()?).ok()?))
    };
    charter.parties.iter().filter_map(key).collect()
}

/// Makes the entry of a verified record. `opening`: the salt and bytes of its terms, if they are held. `for_all`: the organisation's default
/// label, which every node reads and no amendment changes.
///
/// # Errors
/// [`IngestError`] if the opening does not match, or a sealed record's content is not of its form.
pub fn entry(
    signed: &Signed,
    opening: Option<&Opening>,
    for_all: &Label,
) -> Result<Entry, IngestError> {
    let record = signed.record();
    let outer = record.header();
    let (header, terms) = match opening {
        Some(opening) if outer.is_sealed() => {
            let sealed = Sealed::unseal(outer, opening)?;
            (sealed.header(outer), Terms::Held(sealed.terms.to_bytes().into_boxed_slice()))
        }
        Some(opening) => {
            opening.check(Domain::Terms, &outer.terms)?;
            (outer.clone(), Terms::Held(opening.bytes.clone().into_boxed_slice()))
        }
        None => (outer.clone(), Terms::Missing),
    };
    let seen = header.seen.into_iter().map(|c| Head { log: c.origin, size: c.size, root: c.root });
    // What the ledger says of itself is for everybody: said to some, or sealed, it has no effect, also for those who can read it. Else one
    // record would withdraw a key at some nodes and not at others.
    let is_apart = SYSTEM_KINDS.contains(&header.kind.as_str())
        && (outer.is_sealed() || header.label != *for_all);
    let terms = if is_apart { Terms::Missing } else { terms };
    Ok(Entry {
        log: record.log().clone(),
        index: record.index(),
        leaf: record.leaf(),
        kind: header.kind,
        label: header.label,
        charter: header.charter,
        drill: header.drill,
        is_sealed: outer.is_sealed(),
        about: header.about,
        seen: seen.collect(),
        time: header.time,
        signers: signed.signers().iter().filter_map(signer).collect(),
        terms,
    })
}

/// Makes the entry of a verified record of which this is held: as [`entry`], or with what is left where its author took words back.
///
/// # Errors
/// As [`entry`]; [`IngestError::Redacted`].
pub fn entry_of(
    signed: &Signed,
    content: Option<&Content>,
    for_all: &Label,
) -> Result<Entry, IngestError> {
    let redacted = match content {
        None => return entry(signed, None, for_all),
        Some(Content::Opening(opening)) => return entry(signed, Some(opening), for_all),
        Some(Content::Redacted(redacted)) => redacted,
    };
    let record = signed.record();
    let said = redacted.check(record.log(), record)?;
    let plain = entry(signed, None, for_all)?;
    if plain.is_system() {
        return Err(IngestError::Redacted);
    }
    Ok(Entry { terms: Terms::Held(said.rest.to_bytes().into_boxed_slice()), ..plain })
}

fn signer(signer: &veche_ledger::record::Signer) -> Option<Signer> {
    let role = match signer.role {
        Role::Officer => SignerRole::Officer,
        Role::Log => SignerRole::Node,
        Role::Root => SignerRole::Root,
        Role::Witness => return None,
    };
    Some(Signer { key: signer.key.clone(), role })
}

/// Lets a keyring learn from a record: a new epoch, or the loss of a key. To be called for every record in its order,
/// before the records after it are verified.
///
/// # Errors
/// [`KeyringFault`] if the record does not bear out what it states; the keyring is then unchanged.
pub fn learn(keyring: &mut Keyring, entry: &Entry) -> Result<(), KeyringFault> {
    let Terms::Held(bytes) = &entry.terms else { return Ok(()) };
    let Ok(terms) = veche_ledger::json::parse_canonical(bytes) else { return Ok(()) };
    let by_root = entry.signers.iter().any(|signer| signer.role == SignerRole::Root);
    match entry.kind.as_str() {
        REVOCATION if by_root => {
            let name = terms.get("key").and_then(Value::as_text).ok_or(KeyringFault::Fields)?;
            let last_good_size =
                terms.get("last_good_size").and_then(Value::as_size).ok_or(KeyringFault::Fields)?;
            let listed = keyring.log(&entry.log).ok_or(KeyringFault::UnknownLog)?.keys();
            let key = listed.iter().find(|listed| listed.key.name().as_str() == name);
            let key = key.ok_or(KeyringFault::Fields)?.key.clone();
            keyring
                .revoke(&entry.log, Revocation { key, last_good_size })
                .map_err(|error| error.what)
        }
        _ => Ok(()),
    }
}

/// Opens the epoch that the first record of a log states, before that record itself can be verified: its terms hold the
/// statement signed by the root key, and the officers' keys of the new log.
///
/// # Errors
/// [`KeyringFault`] if the statement does not hold.
pub fn open_epoch(
    keyring: &mut Keyring,
    new_log: &Origin,
    terms: &[u8],
) -> Result<(), KeyringFault> {
    let terms = veche_ledger::json::parse_canonical(terms).map_err(KeyringFault::Json)?;
    let statement = terms.get("statement").and_then(Value::as_text).ok_or(KeyringFault::Fields)?;
    let epoch = keyring.open_epoch(statement.as_bytes())?;
    if epoch.new != *new_log {
        return Err(KeyringFault::NotNext(epoch.new));
    }
    let officers = terms.get("officers").and_then(Value::as_list).unwrap_or_default();
    for text in officers {
        let key = text
            .as_text()
            .and_then(|text| VerifyingKey::parse(text).ok())
            .ok_or(KeyringFault::Fields)?;
        let listed = ListedKey { key, role: Role::Officer, from: LeafIndex(0), until: None };
        keyring.list(new_log, listed).map_err(|error| error.what)?;
    }
    Ok(())
}

/// Returns true if the first record of a log is one that opens an epoch.
#[must_use]
pub fn is_epoch(entry: &Entry) -> bool {
    entry.kind.as_str() == EPOCH
}

/// Returns the root of a log at a size, if the log is held so far.
pub type RootAt<'a> = dyn Fn(&Origin, u64) -> Option<Hash> + 'a;

/// Checks what a system record states about other logs against those logs: the roots in a `witness` record and in the cut of
/// a `closing`. Where they are false its terms are taken away: it keeps its number and has no effect.
///
/// Returns the logs whose held history contradicts the record: material for a fork proof.
pub fn check_evidence(entry: &mut Entry, root_at: &RootAt<'_>) -> Vec<Origin> {
    let Terms::Held(bytes) = &entry.terms else { return Vec::new() };
    let Ok(terms) = veche_ledger::json::parse_canonical(bytes) else { return Vec::new() };
    let contradicted = match entry.kind.as_str() {
        crate::entry::WITNESS => contradicted_heads(&terms, root_at),
        CLOSING => match ClosingTerms::parse(&terms) {
            Some(closing) => false_heads(&closing, root_at),
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    if !contradicted.is_empty() {
        entry.terms = without(&terms, entry.kind.as_str(), &contradicted);
    }
    contradicted
}

/// What a record states of logs beyond what is held of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unproven {
    /// The heads.
    pub heads: Vec<Head>,
    /// The time of a receipt; none of a closing.
    pub time: Option<UnixSeconds>,
}

/// Takes out of a receipt the heads beyond what is held, whose roots nobody can compare yet, and tells those of a closing's cut:
/// for [`Council::claim`](crate::Council::claim) once the record was applied. Otherwise a lying witness could have nodes differ by
/// what they happened to hold when they heard of it.
pub fn take_unproven(entry: &mut Entry, held: &dyn Fn(&Origin) -> u64) -> Unproven {
    let is_receipt = entry.kind.as_str() == crate::entry::WITNESS;
    let Terms::Held(bytes) = &entry.terms else { return Unproven::default() };
    if !is_receipt && entry.kind.as_str() != CLOSING {
        return Unproven::default();
    }
    let Ok(terms) = veche_ledger::json::parse_canonical(bytes) else { return Unproven::default() };
    let list = terms.get(if is_receipt { "heads" } else { "cut" }).and_then(Value::as_list);
    let beyond = |value: &Value| parse_head(value).filter(|head| head.size > held(&head.log));
    let heads: Vec<Head> = list.unwrap_or_default().iter().filter_map(beyond).collect();
    let time = terms.get("time").and_then(Value::as_text);
    let time = time.and_then(|text| UnixSeconds::parse(text).ok()).filter(|_| is_receipt);
    if is_receipt && !heads.is_empty() {
        let Some(mut map) = terms.as_map().cloned() else { return Unproven::default() };
        let kept = list.unwrap_or_default().iter().filter(|value| beyond(value).is_none());
        map.insert("heads".to_owned(), Value::List(kept.cloned().collect()));
        entry.terms = Terms::Held(Value::Map(map).to_bytes().into_boxed_slice());
    }
    Unproven { heads, time }
}

/// A witness record keeps its other heads; a closing with a false head proves nothing.
fn without(terms: &Value, kind: &str, logs: &[Origin]) -> Terms {
    if kind == CLOSING {
        return Terms::Missing;
    }
    let Some(mut map) = terms.as_map().cloned() else { return Terms::Missing };
    let heads = terms.get("heads").and_then(Value::as_list).unwrap_or_default();
    let is_kept = |head: &&Value| {
        let log = head.as_list().and_then(|head| head.first()).and_then(Value::as_text);
        log.is_some_and(|log| logs.iter().all(|other| other.as_str() != log))
    };
    map.insert("heads".to_owned(), Value::List(heads.iter().filter(is_kept).cloned().collect()));
    Terms::Held(Value::Map(map).to_bytes().into_boxed_slice())
}

fn contradicted_heads(terms: &Value, root_at: &RootAt<'_>) -> Vec<Origin> {
    let heads = terms.get("heads").and_then(Value::as_list).unwrap_or_default();
    let contradicted = heads.iter().filter_map(|head| {
        let [log, size, root] = head.as_list()? else { return None };
        let log = Origin::parse(log.as_text()?).ok()?;
        let root = Hash::parse(root.as_text()?).ok()?;
        let held = root_at(&log, size.as_size()?)?;
        (held != root).then_some(log)
    });
    contradicted.collect()
}

fn false_heads(closing: &ClosingTerms, root_at: &RootAt<'_>) -> Vec<Origin> {
    let is_other =
        |head: &&Head| root_at(&head.log, head.size).is_some_and(|held| held != head.root);
    closing.cut.iter().filter(is_other).map(|head| head.log.clone()).collect()
}

/// Returns true if every head of a closing is in its cut, and every cosignature on it verifies with the key that the charter
/// lists.
#[must_use]
pub fn all_cosigned(closing: &ClosingTerms, keys: &[(PartyId, VerifyingKey)]) -> bool {
    closing.heads.iter().all(|head| {
        let cut = closing.cut.iter().find(|cut| cut.log == head.log);
        cut.is_some_and(|cut| cosigned(cut, head, keys))
    })
}

/// Returns true if every cosignature on a head verifies with the key that the charter lists, at the time stated.
#[must_use]
pub fn cosigned(cut: &Head, evidence: &HeadEvidence, keys: &[(PartyId, VerifyingKey)]) -> bool {
    let checkpoint = Checkpoint { origin: cut.log.clone(), size: cut.size, root: cut.root };
    evidence.cosignatures.iter().all(|line| {
        let Some((_, key)) = keys.iter().find(|(_, key)| *key.name() == line.witness) else {
            return false;
        };
        let Some(note_line) = cosignature_line(&line.witness, &line.signature) else {
            return false;
        };
        Cosignature::verify(&checkpoint, &note_line, key).is_ok_and(|c| c.time() == line.time)
    })
}

/// Returns the note line of a cosignature that a closing states as name and base64.
#[must_use]
pub fn cosignature_line(witness: &KeyName, base64: &str) -> Option<NoteSignature> {
    NoteSignature::parse(&format!("\u{2014} {witness} {base64}"))
}
