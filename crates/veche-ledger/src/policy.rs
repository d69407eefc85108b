//! Policies: how many witnesses must have seen a log for a history to be the only one (`formats/checkpoint.md`, section 4).

use crate::checkpoint::SignedCheckpoint;
use crate::key::{Algorithm, VerifyingKey};
use crate::name::KeyName;
use crate::time::UnixSeconds;
use std::collections::BTreeSet;

/// The witnesses of a log, how many must cosign, and how many may collude.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The witnesses, each with its own key and name.
    pub witnesses: Vec<VerifyingKey>,
    /// How many must have cosigned: q.
    pub quorum: u32,
    /// How many may be in league with the log's owner: f.
    pub colluding: u32,
}

/// Why a policy protects nobody. The fault of whoever wrote the charter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// The key signs notes, not cosignatures.
    #[error("the key `{0}` is no witness key")]
    NotAWitness(KeyName),
    /// A key or a name stands twice: one party would count as two.
    #[error("the witness `{0}` stands twice")]
    Duplicate(KeyName),
    /// The quorum is 0 or more than the witnesses.
    #[error("a quorum of {quorum} of {witnesses} witnesses cannot be met")]
    Quorum {
        /// q.
        quorum: u32,
        /// w.
        witnesses: usize,
    },
    /// Two quorums could vouch for two histories: 2q - w is not above f.
    #[error(
        "{quorum} of {witnesses} witnesses, {colluding} of them colluding, can vouch for two histories"
    )]
    Unsafe {
        /// q.
        quorum: u32,
        /// w.
        witnesses: usize,
        /// f.
        colluding: u32,
    },
}

/// Returns whether no two quorums can vouch for two histories: 2q - w > f, with 1 <= q <= w.
///
/// Two sets of q among w share at least 2q - w; one of these must be honest, and cosigns one history only.
#[must_use]
pub fn is_safe(witnesses: usize, quorum: u32, colluding: u32) -> bool {
    let (w, q, f) = (witnesses as u128, u128::from(quorum), u128::from(colluding));
    (1..=w).contains(&q) && 2 * q > w + f
}

impl Policy {
    /// Checks that the policy protects those who rely on it.
    ///
    /// # Errors
    /// [`PolicyFault`] in the order of its variants.
    pub fn check(&self) -> Result<(), PolicyFault> {
        let (mut names, mut keys, mut seconds) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for key in &self.witnesses {
            if key.algorithm() != Algorithm::CosignatureV1 {
                return Err(PolicyFault::NotAWitness(key.name().clone()));
            }
            let is_second_new = key.beside().is_none_or(|beside| seconds.insert(beside.to_bytes()));
            if !names.insert(key.name()) || !keys.insert(key.as_bytes()) || !is_second_new {
                return Err(PolicyFault::Duplicate(key.name().clone()));
            }
        }
        let (witnesses, quorum, colluding) = (self.witnesses.len(), self.quorum, self.colluding);
        if quorum == 0 || u64::from(quorum) > witnesses as u64 {
            return Err(PolicyFault::Quorum { quorum, witnesses });
        }
        if !is_safe(witnesses, quorum, colluding) {
            return Err(PolicyFault::Unsafe { quorum, witnesses, colluding });
        }
        Ok(())
    }

    /// Returns when the quorum was met: the q-th smallest time of the good cosignatures; `None` if it is not.
    #[must_use]
    pub fn met_at(&self, checkpoint: &SignedCheckpoint) -> Option<UnixSeconds> {
        let cosignatures = checkpoint.cosignatures(&self.witnesses);
        let mut times: Vec<_> = cosignatures.iter().map(|c| c.time()).collect();
        times.sort_unstable();
        times.get(usize::try_from(self.quorum).ok()?.checked_sub(1)?).copied()
    }

    /// Returns the policy as C2SP tlog-policy text, for verifiers of others.
    ///
    /// A witness with a pair of keys is a group of two, both of which must have cosigned. Of a log's pair the Ed25519 key stands
    /// there alone: C2SP has no lines of ML-DSA-44 by logs.
    #[must_use]
    pub fn to_tlog_policy(&self, logs: &[VerifyingKey]) -> String {
        let mut lines: Vec<String> =
            logs.iter().map(|log| format!("log {}", log.vkeys().0)).collect();
        lines.extend(self.witnesses.iter().map(policy_lines));
        let names: Vec<&str> = self.witnesses.iter().map(|key| key.name().as_str()).collect();
        lines.push(format!("group quorum-of-witnesses {} {}", self.quorum, names.join(" ")));
        lines.push("quorum quorum-of-witnesses\n".to_owned());
        lines.join("\n")
    }
}

/// Returns the line of a witness; of a pair the two lines, and the group of both under the witness's name.
fn policy_lines(key: &VerifyingKey) -> String {
    let name = key.name();
    match key.vkeys() {
        (vkey, None) => format!("witness {name} {vkey}"),
        (first, Some(second)) => format!(
            "witness {name}/ed25519 {first}\nwitness {name}/ml-dsa-44 {second}\ngroup {name} all {name}/ed25519 {name}/ml-dsa-44"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::cosignature::Cosignature;
    use crate::hash::Hash;
    use crate::key::{CosigningKey, SigningKey};
    use crate::name::Origin;

    const LOG: &str = "six-rivers.example/orvessa/1";

    fn witness(n: u8) -> CosigningKey {
        let name = KeyName::parse(&format!("six-rivers.example/member-{n}/witness")).unwrap();
        CosigningKey::from_seed(name, &[n; 32])
    }

    fn policy(witnesses: &[u8], quorum: u32, colluding: u32) -> Policy {
        let witnesses = witnesses.iter().map(|n| witness(*n).verifying_key()).collect();
        Policy { witnesses, quorum, colluding }
    }

    #[test]
    fn a_policy_is_safe_when_two_quorums_share_an_honest_witness() {
        // w, q, largest f that is safe: the design's table for 5, 6, 10, 32 and 57 members.
        for (w, q, f) in [(4, 3, 1), (5, 4, 2), (9, 6, 2), (9, 7, 4), (31, 21, 10), (56, 38, 19)] {
            assert!(is_safe(w, q, f) && !is_safe(w, q, f + 1), "{w} {q} {f}");
        }
        assert!(!is_safe(0, 0, 0) && !is_safe(3, 4, 0) && !is_safe(4, 2, 0));
        assert!(!is_safe(usize::MAX, u32::MAX, u32::MAX));
    }

    #[test]
    fn a_policy_that_protects_nobody_is_refused() {
        assert_eq!(policy(&[1, 2, 3, 4], 3, 1).check(), Ok(()));
        let twice = PolicyFault::Duplicate(witness(1).name().clone());
        assert_eq!(policy(&[1, 2, 1], 3, 1).check(), Err(twice));
        let unmet = PolicyFault::Quorum { quorum: 3, witnesses: 2 };
        assert_eq!(policy(&[1, 2], 3, 0).check(), Err(unmet));
        let two = PolicyFault::Unsafe { quorum: 3, witnesses: 4, colluding: 2 };
        assert_eq!(policy(&[1, 2, 3, 4], 3, 2).check(), Err(two));
        let note = SigningKey::from_seed(witness(1).name().clone(), &[1; 32]).verifying_key();
        let policy = Policy { witnesses: vec![note], quorum: 1, colluding: 0 };
        let other = PolicyFault::NotAWitness(witness(1).name().clone());
        assert_eq!(policy.check(), Err(other));
    }

    #[test]
    fn a_quorum_is_met_at_the_time_of_its_last_witness() {
        let checkpoint =
            Checkpoint { origin: Origin::parse(LOG).unwrap(), size: 1, root: Hash([1; 32]) };
        let log = SigningKey::from_seed(KeyName::parse(LOG).unwrap(), &[9; 32]);
        let mut signed = checkpoint.sign(&log);
        let policy = policy(&[1, 2, 3], 2, 0);
        for (n, time) in [(1, 50), (1, 90), (4, 10), (2, 70)] {
            assert_eq!(policy.met_at(&signed), None);
            let cosignature = Cosignature::sign(&checkpoint, UnixSeconds(time), &witness(n));
            signed.add(cosignature.line().clone());
        }
        assert_eq!(policy.met_at(&signed), Some(UnixSeconds(70)));
    }

    #[test]
    fn a_policy_is_written_for_verifiers_of_others() {
        let text = policy(&[1, 2], 2, 1).to_tlog_policy(&[]);
        let names = "six-rivers.example/member-1/witness six-rivers.example/member-2/witness";
        let end = format!("group quorum-of-witnesses 2 {names}\nquorum quorum-of-witnesses\n");
        assert!(text.starts_with("witness six-rivers.example/member-1/witness six-rivers"));
        assert!(text.ends_with(&end), "{text}");
    }
}
