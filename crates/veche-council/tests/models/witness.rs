//! Two histories of one log, and witnesses of whom some collude.
//!
//! Real: each honest witness is a [`Witness`] of the ledger, which is asked with real checkpoints and proofs; the policy is
//! judged by [`is_safe`]. Modelled: the log's owner, who signs two histories and offers either to whom it likes, in any
//! order, and colluding witnesses, who cosign both.

use stateright::{Checker, Model, Property};
use std::collections::BTreeMap;
use std::sync::Arc;
use veche_ledger::policy::is_safe;
use veche_ledger::tree::leaf_hash;
use veche_ledger::witness::AddCheckpoint;
use veche_ledger::{
    Checkpoint, CosigningKey, Frontier, KeyName, Origin, SigningKey, UnixSeconds, Witness,
};

/// Most witnesses tried: all policies up to here, each with every number of colluders.
const WITNESSES_MAX: usize = 5;

/// Which of two histories.
type History = usize;

/// The histories that a witness was offered, in order.
type Offered = Vec<History>;

/// An owner with two histories, and witnesses.
struct Fork {
    honest: usize,
    colluding: usize,
    quorum: usize,
    /// What a real witness cosigned after these offers.
    cosigned: Arc<BTreeMap<Offered, Vec<History>>>,
}

impl Model for Fork {
    type State = Vec<Offered>;
    type Action = (usize, History);

    fn init_states(&self) -> Vec<Self::State> {
        vec![vec![Vec::new(); self.honest]]
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        for (witness, offered) in state.iter().enumerate() {
            actions.extend(
                [0, 1]
                    .into_iter()
                    .filter(|history| !offered.contains(history))
                    .map(|history| (witness, history)),
            );
        }
    }

    fn next_state(
        &self,
        state: &Self::State,
        (witness, history): Self::Action,
    ) -> Option<Self::State> {
        let mut next = state.clone();
        next[witness].push(history);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always(
            "no two quorums for two histories",
            |model: &Self, state: &Vec<Offered>| {
                let has_quorum = |history: History| {
                    let honest = state
                        .iter()
                        .filter(|offered| model.cosigned[*offered].contains(&history))
                        .count();
                    honest + model.colluding >= model.quorum
                };
                !(has_quorum(0) && has_quorum(1))
            },
        )]
    }
}

/// Asks a real witness, offer by offer, and returns the histories that it cosigned.
fn cosigned(offered: &[History]) -> Vec<History> {
    let name = |text: &str| KeyName::parse(text).expect("a key's name");
    let origin = Origin::parse("towns.example/belm/1").expect("an origin");
    let log_key = SigningKey::from_seed(name("towns.example/belm/1"), &[1; 32]);
    let mut witness =
        Witness::new(CosigningKey::from_seed(name("towns.example/arven/witness"), &[2; 32]), 100);
    witness.watch(origin.clone(), log_key.verifying_key(), None);
    let mut ask = |history: &History| {
        let mut tree = Frontier::new();
        tree.append(leaf_hash(format!("history {history}").as_bytes()));
        let checkpoint =
            Checkpoint { origin: origin.clone(), size: tree.size(), root: tree.root() };
        let note = checkpoint.sign(&log_key).note().to_bytes();
        // Whatever the owner claims that the witness has cosigned already.
        [0, 1].into_iter().any(|old_size| {
            let request = AddCheckpoint { old_size, proof: Vec::new(), note: note.clone() };
            witness.add_checkpoint(&request, true, UnixSeconds(1)).is_ok()
        })
    };
    offered.iter().copied().filter(|history| ask(history)).collect()
}

#[test]
fn two_quorums_for_two_histories_exist_exactly_where_the_policy_says_so() {
    let sequences: [&[History]; 5] = [&[], &[0], &[1], &[0, 1], &[1, 0]];
    let real: BTreeMap<Offered, Vec<History>> =
        sequences.iter().map(|offered| (offered.to_vec(), cosigned(offered))).collect();
    let real = Arc::new(real);
    assert_eq!(real[&vec![0, 1]], [0], "a witness keeps to the history that it saw first");
    let (mut states, mut policies, mut unsafe_policies) = (0, 0, 0);
    for witnesses in 1..=WITNESSES_MAX {
        for (quorum, colluding) in
            (1..=witnesses).flat_map(|q| (0..=witnesses).map(move |f| (q, f)))
        {
            let model = Fork {
                honest: witnesses - colluding,
                colluding,
                quorum,
                cosigned: Arc::clone(&real),
            };
            let checker = model.checker().spawn_bfs().join();
            let has_fork = checker.discovery("no two quorums for two histories").is_some();
            states += checker.unique_state_count();
            let (q, f) =
                (u32::try_from(quorum).expect("small"), u32::try_from(colluding).expect("small"));
            assert_eq!(
                has_fork,
                !is_safe(witnesses, q, f),
                "{witnesses} witnesses, quorum {q}, {f} colluding"
            );
            policies += 1;
            unsafe_policies += usize::from(has_fork);
        }
    }
    eprintln!(
        "witness model: {policies} policies, {unsafe_policies} of them unsafe, {states} states"
    );
}
