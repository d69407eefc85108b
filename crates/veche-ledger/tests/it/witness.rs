//! The witness: what it cosigns, and its answer to everything else.

use crate::support::{LOG, Nodes, WITNESS, checkpoint, key, origin, witness_key};
use veche_ledger::cosignature::Cosignature;
use veche_ledger::tree::{ProofError, prove_consistency};
use veche_ledger::witness::{AddCheckpoint, Latest, Witness, WitnessRefusal};
use veche_ledger::{Checkpoint, Hash, UnixSeconds};

const QUOTA: u64 = 100;

struct Scene {
    nodes: Nodes,
    witness: Witness,
}

impl Scene {
    fn new() -> Self {
        let mut witness = Witness::new(witness_key(WITNESS), QUOTA);
        witness.watch(origin(LOG), key(LOG).verifying_key(), None);
        Self { nodes: Nodes::new(400), witness }
    }

    fn request(&self, old_size: u64, size: u64) -> AddCheckpoint {
        let proof = prove_consistency(old_size, size, &|level, index| self.nodes.get(level, index));
        let note = checkpoint(size, self.nodes.root(size)).note().to_bytes();
        AddCheckpoint { old_size, proof: proof.unwrap_or_default(), note }
    }

    fn ask(&mut self, old: u64, size: u64, now: u64) -> Result<Cosignature, WitnessRefusal> {
        let request = self.request(old, size);
        self.witness.add_checkpoint(&request, true, UnixSeconds(now))
    }
}

#[test]
fn a_log_that_only_grows_is_cosigned() {
    let mut scene = Scene::new();
    for (old, size, now) in [(0, 5, 1000), (5, 5, 1500), (5, 60, 1500), (60, 105, 2000)] {
        let cosignature = scene.ask(old, size, now).unwrap();
        let signed = Checkpoint { origin: origin(LOG), size, root: scene.nodes.root(size) };
        let witness = witness_key(WITNESS).verifying_key();
        let verified = Cosignature::verify(&signed, cosignature.line(), &witness).unwrap();
        assert_eq!(verified.time(), UnixSeconds(now));
        assert_eq!(scene.witness.latest(&origin(LOG)).unwrap().checkpoint.checkpoint(), &signed);
    }
}

#[test]
fn a_log_that_does_not_know_what_was_cosigned_is_told() {
    let mut scene = Scene::new();
    scene.ask(0, 60, 1000).unwrap();
    for (old, size) in [(0, 70), (50, 70), (50, 50)] {
        let refusal = scene.ask(old, size, 1001).unwrap_err();
        assert_eq!((refusal.status(), refusal), (409, WitnessRefusal::Conflict { size: 60 }));
    }
    let refusal = scene.ask(60, 50, 1001).unwrap_err();
    let beyond = WitnessRefusal::OldBeyondNew { old_size: 60, size: 50 };
    assert_eq!((refusal.status(), refusal), (400, beyond));
}

#[test]
fn a_log_that_shows_two_histories_is_caught_with_a_proof() {
    let mut scene = Scene::new();
    scene.ask(0, 60, 1000).unwrap();
    let note = checkpoint(60, Hash([6; 32])).note().to_bytes();
    let request = AddCheckpoint { old_size: 60, proof: Vec::new(), note };
    let refusal = scene.witness.add_checkpoint(&request, true, UnixSeconds(1001)).unwrap_err();
    assert_eq!(refusal.status(), 409);
    let WitnessRefusal::Fork { size: 60, proof } = refusal else { panic!("{refusal}") };
    assert_eq!(proof.verify(&key(LOG).verifying_key()).unwrap().below, 60);
    assert!(scene.ask(60, 61, 1002).is_ok());
}

#[test]
fn a_history_that_was_rewritten_has_no_proof() {
    let mut scene = Scene::new();
    scene.ask(0, 60, 1000).unwrap();
    let mut request = scene.request(60, 70);
    request.proof[0].0[0] ^= 1;
    let refusal = scene.witness.add_checkpoint(&request, true, UnixSeconds(1001)).unwrap_err();
    assert_eq!((refusal.status(), refusal), (422, WitnessRefusal::BadProof(ProofError::OtherRoot)));
    let short = AddCheckpoint { proof: Vec::new(), ..request };
    let refusal = scene.witness.add_checkpoint(&short, true, UnixSeconds(1001)).unwrap_err();
    assert_eq!(refusal, WitnessRefusal::BadProof(ProofError::Length));
}

#[test]
fn a_checkpoint_of_a_stranger_or_without_its_log_s_signature_is_refused() {
    let mut scene = Scene::new();
    let stranger = Checkpoint { origin: origin("a.example/b/1"), size: 1, root: Hash([1; 32]) };
    let mut refusal = |note: Vec<u8>| {
        let request = AddCheckpoint { old_size: 0, proof: Vec::new(), note };
        let refusal = scene.witness.add_checkpoint(&request, true, UnixSeconds(1)).unwrap_err();
        (refusal.status(), refusal)
    };
    let note = stranger.sign(&key("a.example/b/1")).note().to_bytes();
    assert_eq!(refusal(note), (404, WitnessRefusal::UnknownLog(stranger.origin.clone())));
    let forged = Checkpoint { origin: origin(LOG), ..stranger }.sign(&key("a.example/b/1"));
    assert_eq!(refusal(forged.note().to_bytes()), (403, WitnessRefusal::BadSignature));
    assert_eq!(refusal(b"no note".to_vec()), (400, WitnessRefusal::Malformed));
}

#[test]
fn nothing_is_cosigned_before_every_payload_is_held() {
    let mut scene = Scene::new();
    let request = scene.request(0, 5);
    let refusal = scene.witness.add_checkpoint(&request, false, UnixSeconds(1)).unwrap_err();
    assert_eq!((refusal.status(), refusal), (425, WitnessRefusal::NotHeld));
    assert_eq!(scene.witness.latest(&origin(LOG)), None);
    assert!(scene.ask(0, 5, 1).is_ok());
}

#[test]
fn the_time_of_cosignatures_never_goes_back() {
    let mut scene = Scene::new();
    scene.ask(0, 5, 1000).unwrap();
    let refusal = scene.ask(5, 6, 999).unwrap_err();
    let back = WitnessRefusal::ClockWentBack { cosigned_at: UnixSeconds(1000) };
    assert_eq!((refusal.status(), refusal), (503, back));
}

#[test]
fn growth_beyond_the_quota_waits_for_the_next_hour() {
    let mut scene = Scene::new();
    scene.ask(0, 200, 1000).unwrap();
    scene.ask(200, 250, 2000).unwrap();
    let refusal = scene.ask(250, 301, 4599).unwrap_err();
    let over = WitnessRefusal::OverQuota { size_max: 300, retry_at: UnixSeconds(4600) };
    assert_eq!((refusal.status(), refusal), (429, over));
    assert!(scene.ask(250, 300, 4599).is_ok());
    assert!(scene.ask(300, 400, 4600).is_ok());
}

#[test]
fn a_witness_that_starts_again_goes_on_from_what_it_stored() {
    let mut scene = Scene::new();
    scene.ask(0, 60, 1000).unwrap();
    let latest: Latest = scene.witness.latest(&origin(LOG)).unwrap().clone();
    let mut again = Scene::new();
    again.witness.watch(origin(LOG), key(LOG).verifying_key(), Some(latest));
    assert_eq!(again.ask(0, 61, 1001), Err(WitnessRefusal::Conflict { size: 60 }));
    assert!(again.ask(60, 61, 1001).is_ok());
}

#[test]
fn a_request_is_written_and_read_back() {
    let request = Scene::new().request(37, 61);
    assert_eq!(AddCheckpoint::parse(&request.to_bytes()), Ok(request.clone()));
    let text = String::from_utf8(request.to_bytes()).unwrap();
    for bad in [
        text.replace("old 37", "old 037"),
        text.replace("old 37\n", "old\n"),
        text.replacen("=\n", "\n", 1),
        text.replace("old 37\n", &format!("old 37\n{}", "A".repeat(43) + "=\n").repeat(64)),
        text.replace("\n\n", "\n"),
    ] {
        assert_eq!(AddCheckpoint::parse(bad.as_bytes()), Err(WitnessRefusal::Malformed), "{bad}");
    }
}
