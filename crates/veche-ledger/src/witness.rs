//! The witness: checks that a log only grows, and says so with a time (c2sp.org/tlog-witness; `formats/checkpoint.md`, section 3).

use crate::base;
use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::cosignature::Cosignature;
use crate::fork::ForkProof;
use crate::hash::Hash;
use crate::key::{CosigningKey, VerifyingKey};
use crate::name::Origin;
use crate::time::{Seconds, UnixSeconds};
use crate::tree::{PROOF_LEN_MAX, ProofError, empty_root, verify_consistency};
use std::collections::BTreeMap;

/// The span over which growth is counted.
pub const QUOTA_SPAN: Seconds = Seconds::hours(1);

/// Most new leaves of a log that are cosigned an hour, unless set otherwise: a busy organisation's month of acts.
pub const GROWTH_PER_HOUR: u64 = 10_000;

/// Longest request, in bytes: the old size, 63 hashes in base64 and a checkpoint note.
pub const REQUEST_LEN_MAX: usize = 26 + PROOF_LEN_MAX * 45 + 64 * 1024;

/// A witness of other parties' logs: keeps the latest checkpoint of each, and nothing else.
#[derive(Debug)]
pub struct Witness {
    key: CosigningKey,
    growth_per_hour: u64,
    logs: BTreeMap<Origin, Watched>,
}

#[derive(Debug)]
struct Watched {
    log_key: VerifyingKey,
    latest: Option<Latest>,
    /// When the hour of the quota began, and the size then.
    hour: (UnixSeconds, u64),
}

/// The latest checkpoint of a log that the witness cosigned: what a node stores before it lets the cosignature out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// When it was cosigned last.
    pub cosigned_at: UnixSeconds,
}

/// A request for a cosignature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness cosigned last, 0 for none.
    pub old_size: u64,
    /// The consistency proof from there.
    pub proof: Vec<Hash>,
    /// The checkpoint note.
    pub note: Vec<u8>,
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRefusal {
    /// Not a request, or not a checkpoint note in it. The sender's fault, as are the next three.
    #[error("the request is malformed")]
    Malformed,
    /// The old size is above the checkpoint's.
    #[error("the old size {old_size} is above the checkpoint's {size}")]
    OldBeyondNew {
        /// As requested.
        old_size: u64,
        /// Of the checkpoint.
        size: u64,
    },
    /// This witness does not watch the log.
    #[error("the log `{0}` is not watched here")]
    UnknownLog(Origin),
    /// The log's key did not sign.
    #[error("the checkpoint has no good signature of the log")]
    BadSignature,
    /// The log's owner signed another root at the size that was cosigned: it shows two histories.
    #[error("the log signed another root at size {size}: it is forked")]
    Fork {
        /// The size of both.
        size: u64,
        /// The proof, to be made a record.
        proof: Box<ForkProof>,
    },
    /// The log does not know what was cosigned last: ask again from this size.
    #[error("the latest size cosigned here is {size}")]
    Conflict {
        /// The size cosigned last, 0 for none.
        size: u64,
    },
    /// The consistency proof does not hold.
    #[error("the consistency proof does not hold")]
    BadProof(#[source] ProofError),
    /// Records or payloads are not here yet. Nobody's fault: ask again.
    #[error("not every record and payload is held here yet")]
    NotHeld,
    /// This node's clock is behind its own last cosignature. This node's operator must act.
    #[error("the clock is behind the last cosignature, given at {cosigned_at}")]
    ClockWentBack {
        /// The time of the last cosignature.
        cosigned_at: UnixSeconds,
    },
    /// More new leaves than the quota allows. The log's owner may have a checkpoint of a smaller size cosigned meanwhile.
    #[error("the log grew beyond size {size_max} within the hour, ask again at {retry_at}")]
    OverQuota {
        /// The largest size that is cosigned in this hour.
        size_max: u64,
        /// When the next hour begins.
        retry_at: UnixSeconds,
    },
}

impl WitnessRefusal {
    /// Returns the HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed | Self::OldBeyondNew { .. } => 400,
            Self::UnknownLog(_) => 404,
            Self::BadSignature => 403,
            Self::Fork { .. } | Self::Conflict { .. } => 409,
            Self::BadProof(_) => 422,
            Self::NotHeld => 425,
            Self::OverQuota { .. } => 429,
            Self::ClockWentBack { .. } => 503,
        }
    }
}

impl Witness {
    /// Makes a witness that watches nothing yet.
    #[must_use]
    pub const fn new(key: CosigningKey, growth_per_hour: u64) -> Self {
        Self { key, growth_per_hour, logs: BTreeMap::new() }
    }

    /// Returns the name of the key that it cosigns with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.name().as_str()
    }

    /// Watches a log, from what was stored of it, if anything was. A log that is watched already starts anew from that.
    pub fn watch(&mut self, origin: Origin, log_key: VerifyingKey, latest: Option<Latest>) {
        let hour = latest.as_ref().map(|l| (l.cosigned_at, l.checkpoint.checkpoint().size));
        let watched = Watched { log_key, latest, hour: hour.unwrap_or_default() };
        let _earlier = self.logs.insert(origin, watched);
    }

    /// Returns the latest checkpoint of a log that was cosigned: to be stored before the cosignature is given away.
    #[must_use]
    pub fn latest(&self, origin: &Origin) -> Option<&Latest> {
        self.logs.get(origin)?.latest.as_ref()
    }

    /// Checks a checkpoint and cosigns it at `now`.
    ///
    /// `held`: whether this node stores every record below the checkpoint's size and every payload that the labels let it
    /// hold. The same checkpoint again is cosigned again.
    ///
    /// # Errors
    /// [`WitnessRefusal`] in the order of its variants. A refusal changes nothing.
    pub fn add_checkpoint(
        &mut self,
        request: &AddCheckpoint,
        held: bool,
        now: UnixSeconds,
    ) -> Result<Cosignature, WitnessRefusal> {
        let (watched, signed) = self.admit(request)?;
        let new = signed.checkpoint();
        let hour = watched.check(request, &signed, held, now, self.growth_per_hour)?;
        let cosignature = Cosignature::sign(new, now, &self.key);
        if let Some(watched) = self.logs.get_mut(&new.origin) {
            watched.hour = hour;
            watched.latest = Some(Latest { checkpoint: signed, cosigned_at: now });
        }
        Ok(cosignature)
    }

    /// Finds the log of a request and verifies its signature.
    fn admit(
        &self,
        request: &AddCheckpoint,
    ) -> Result<(&Watched, SignedCheckpoint), WitnessRefusal> {
        let claimed =
            SignedCheckpoint::claimed(&request.note).map_err(|_| WitnessRefusal::Malformed)?;
        if request.old_size > claimed.size {
            let (old_size, size) = (request.old_size, claimed.size);
            return Err(WitnessRefusal::OldBeyondNew { old_size, size });
        }
        let unknown = || WitnessRefusal::UnknownLog(claimed.origin.clone());
        let watched = self.logs.get(&claimed.origin).ok_or_else(unknown)?;
        match SignedCheckpoint::verify(&request.note, &watched.log_key) {
            Ok(signed) => Ok((watched, signed)),
            Err(CheckpointError::Note(_) | CheckpointError::Form) => Err(WitnessRefusal::Malformed),
            Err(CheckpointError::OtherLog(_) | CheckpointError::BadSignature(_)) => {
                Err(WitnessRefusal::BadSignature)
            }
        }
    }
}

impl Watched {
    /// Checks a signed checkpoint against what was cosigned; returns the hour of the quota that it falls in.
    fn check(
        &self,
        request: &AddCheckpoint,
        signed: &SignedCheckpoint,
        held: bool,
        now: UnixSeconds,
        growth_per_hour: u64,
    ) -> Result<(UnixSeconds, u64), WitnessRefusal> {
        let new = signed.checkpoint();
        let (old_size, old_root) = match &self.latest {
            Some(latest) => {
                (latest.checkpoint.checkpoint().size, latest.checkpoint.checkpoint().root)
            }
            None => (0, empty_root()),
        };
        if let Some(latest) =
            self.latest.as_ref().filter(|_| old_size == new.size && old_root != new.root)
        {
            let proof = Box::new(ForkProof::of_checkpoints(&latest.checkpoint, signed));
            return Err(WitnessRefusal::Fork { size: old_size, proof });
        }
        if request.old_size != old_size {
            return Err(WitnessRefusal::Conflict { size: old_size });
        }
        verify_consistency((old_size, old_root), (new.size, new.root), &request.proof)
            .map_err(WitnessRefusal::BadProof)?;
        if !held {
            return Err(WitnessRefusal::NotHeld);
        }
        let Some(latest) = &self.latest else {
            return Ok((now, new.size));
        };
        if now < latest.cosigned_at {
            return Err(WitnessRefusal::ClockWentBack { cosigned_at: latest.cosigned_at });
        }
        let is_over = now.since(self.hour.0) >= QUOTA_SPAN;
        let hour = if is_over { (now, old_size) } else { self.hour };
        let size_max = hour.1.saturating_add(growth_per_hour);
        if new.size > size_max {
            return Err(WitnessRefusal::OverQuota { size_max, retry_at: hour.0 + QUOTA_SPAN });
        }
        Ok(hour)
    }
}

impl AddCheckpoint {
    /// Parses the body of a request.
    ///
    /// # Errors
    /// [`WitnessRefusal::Malformed`] for a body of another form or longer than [`REQUEST_LEN_MAX`]; the note in it is not
    /// looked at.
    pub fn parse(body: &[u8]) -> Result<Self, WitnessRefusal> {
        Self::read(body).ok_or(WitnessRefusal::Malformed)
    }

    fn read(body: &[u8]) -> Option<Self> {
        if body.len() > REQUEST_LEN_MAX {
            return None;
        }
        let (head, note) = std::str::from_utf8(body).ok()?.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old_size = base::decimal(lines.next()?.strip_prefix("old ")?)?;
        let proof: Vec<Hash> =
            lines.map(|line| base::decode_exact(line).map(Hash)).collect::<Option<_>>()?;
        let is_short = proof.len() <= PROOF_LEN_MAX;
        is_short.then(|| Self { old_size, proof, note: note.as_bytes().to_vec() })
    }

    /// Returns the body of the request.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = format!("old {}\n", self.old_size).into_bytes();
        for hash in &self.proof {
            body.extend_from_slice(base::encode(&hash.0).as_bytes());
            body.push(b'\n');
        }
        body.push(b'\n');
        body.extend_from_slice(&self.note);
        body
    }
}
