//! What every store keeps to, whatever database it lies in: the same tests over a file, over memory and over PostgreSQL.

mod cluster;

use super::drafts::{DraftRow, InstructionRow, StepRow};
use super::file::Frozen;
use super::sql::{COMMIT, Database, SqlError, values};
use super::words::Indexed;
use super::{Durability, Store, StoreError, StoreFault, StoredEntry, is_shared};
use crate::backup;
use crate::reach::journal::{Journal, JournalFault};
use crate::reach::matter::MatterId;
use crate::reach::plan::{Acknowledged, Attempt, By, Errand, Fact, Stage};
use cluster::Cluster;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use veche_ledger::{Frontier, Hash, Origin, PartyId, UnixSeconds, tree};

/// The one server that these tests share; those that harm it have their own.
fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start("the contract of stores on PostgreSQL")).as_ref()
}

/// Where a test's stores lie: a name in a folder, and a schema that no other test has.
fn places(folder: &Path) -> Vec<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("s{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let shared = cluster().map(|cluster| cluster.store(&schema));
    [folder.join("node.db")].into_iter().chain(shared).collect()
}

/// Does something with a new store of each kind.
fn each(test: impl Fn(Store)) {
    let folder = tempfile::tempdir().unwrap();
    test(Store::in_memory().unwrap());
    for place in places(folder.path()) {
        test(Store::open(&place, Durability::Full).unwrap());
    }
}

/// Does something with the place of a store of each kind that can be opened again.
fn each_place(test: impl Fn(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    places(folder.path()).iter().for_each(|place| test(place));
}

fn log() -> Origin {
    Origin::parse("six-rivers.example/orvessa/1").unwrap()
}

fn opening(text: &str) -> Vec<u8> {
    [&[7; 32], text.as_bytes()].concat()
}

fn entries(from: u64, count: u64) -> Vec<StoredEntry> {
    let entry = |n: u64| StoredEntry {
        leaf: format!("leaf {n}").into_bytes(),
        opening: n.is_multiple_of(2).then(|| opening(&format!("said {n}"))),
        signers: format!("duty role-{n}\n"),
    };
    (from..from + count).map(entry).collect()
}

fn append(store: &mut Store, from: &Frontier, count: u64) -> Result<Frontier, StoreError> {
    store.append(&log(), from, &entries(from.size(), count), Some("a line"))
}

#[test]
fn records_come_back_as_they_were_appended_and_tiles_give_their_tree() {
    each(|mut store| {
        let mut frontier = Frontier::new();
        for batch in [1, 255, 256, 188] {
            frontier = append(&mut store, &frontier, batch).unwrap();
        }
        assert_eq!(store.size(&log()).unwrap(), 700);
        assert_eq!(store.entries(&log(), 0, u64::MAX).unwrap(), entries(0, 700));
        assert_eq!(store.entries(&log(), 690, 5).unwrap(), entries(690, 5));
        assert_eq!(store.entries(&log(), 700, 5).unwrap(), []);
        let node = |level, index| store.tree_node(&log(), level, index).unwrap();
        assert_eq!(tree::frontier_at(700, &node), Some(frontier.clone()));
        assert_eq!(tree::frontier_at(600, &node).map(|frontier| frontier.size()), Some(600));
        assert_eq!(store.tile(&log(), 0, 1).unwrap().map(|tile| tile.len()), Some(256 * 32));
        assert_eq!(store.tile(&log(), 3, 9).unwrap(), None);
        assert_eq!(
            store.logs().unwrap().into_iter().map(|(_, log)| log).collect::<Vec<_>>(),
            [log()]
        );
    });
}

#[test]
fn what_is_appended_twice_at_one_place_is_refused_whole() {
    each(|mut store| {
        let frontier = append(&mut store, &Frontier::new(), 3).unwrap();
        // The first of them has a place of its own.
        let twice: Vec<StoredEntry> = entries(5, 1).into_iter().chain(entries(0, 1)).collect();
        let mut wrong = Frontier::new();
        wrong.append(Hash([1; 32]));
        wrong.append(Hash([2; 32]));
        assert!(store.append(&log(), &wrong, &twice, None).is_err());
        assert!(append(&mut store, &Frontier::new(), 1).is_err());
        assert_eq!(store.entries(&log(), 0, 10).unwrap(), entries(0, 3));
        assert!(!store.is_unsure());
        // It goes on as if nothing had been tried.
        assert_eq!(append(&mut store, &frontier, 2).unwrap().size(), 5);
        assert_eq!(store.entries(&log(), 0, 10).unwrap(), entries(0, 5));
    });
}

#[test]
fn checkpoints_and_cosignatures_are_kept_in_order() {
    each(|mut store| {
        let frontier = append(&mut store, &Frontier::new(), 2).unwrap();
        append(&mut store, &frontier, 3).unwrap();
        store.set_checkpoint_line(&log(), 2, "another line").unwrap();
        store.set_checkpoint_line(&log(), 7, "of records on their way").unwrap();
        assert_eq!(store.checkpoint_line(&log(), 2).unwrap().as_deref(), Some("another line"));
        assert_eq!(store.checkpoint_line(&log(), 3).unwrap(), None);
        let last = Some((7, "of records on their way".to_owned()));
        assert_eq!(store.last_checkpoint(&log()).unwrap(), last);
        assert_eq!(store.checkpoint_lines(&log()).unwrap().len(), 3);
        for (size, witness, time) in [(2, "b", 20), (5, "a", 40), (2, "a", 30), (5, "a", 50)] {
            let line = format!("{witness} {time}");
            store.add_cosignature(&log(), size, witness, time, &line).unwrap();
        }
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(store.cosignatures(&log(), 2).unwrap(), [pair("b", "b 20"), pair("a", "a 30")]);
        let recent = store.recent_cosignatures(&log(), 2).unwrap();
        assert_eq!(recent.iter().map(|row| row.time).collect::<Vec<_>>(), [50, 40]);
        assert_eq!(store.all_cosignatures(&log()).unwrap().len(), 4);
        let last = store.last_cosigned(&log(), "a").unwrap().unwrap();
        assert_eq!((last.size, last.time, last.log_line.as_str()), (5, 50, "a line"));
        assert_eq!(store.last_cosigned(&log(), "c").unwrap(), None);
        // Of a log that is not here nothing is kept.
        let other = Origin::parse("six-rivers.example/other/1").unwrap();
        store.add_cosignature(&other, 2, "a", 1, "line").unwrap();
        store.set_checkpoint_line(&other, 2, "line").unwrap();
        assert_eq!(store.last_checkpoint(&other).unwrap(), None);
        assert_eq!(store.all_cosignatures(&other).unwrap(), []);
    });
}

#[test]
fn settings_keys_peers_and_snapshots_are_kept_and_replaced() {
    each(|mut store| {
        store.set_meta("m", b"one").unwrap();
        store.set_meta("m", b"two \x00\xff").unwrap();
        assert_eq!(store.meta("m").unwrap().as_deref(), Some(&b"two \x00\xff"[..]));
        assert_eq!(store.meta("n").unwrap(), None);
        for (name, text) in [("b", "1"), ("a", "2"), ("b", "3")] {
            store.set_key(name, text).unwrap();
            store.set_peer(name, text).unwrap();
        }
        let both = [("a".to_owned(), "2".to_owned()), ("b".to_owned(), "3".to_owned())];
        assert_eq!(store.keys().unwrap(), both);
        assert_eq!(store.peers().unwrap(), both);
        assert!(store.remove_peer("a").unwrap() && !store.remove_peer("a").unwrap());
        assert_eq!(store.snapshot().unwrap(), None);
        store.set_snapshot(3, "heads", b"state").unwrap();
        store.set_snapshot(4, "later heads", b"later state").unwrap();
        assert_eq!(store.snapshot().unwrap().as_deref(), Some(&b"later state"[..]));
        assert_eq!(store.snapshot_heads().unwrap().as_deref(), Some("later heads"));
    });
}

#[test]
fn a_content_comes_late_once_and_is_replaced_and_what_was_kept_of_the_state_goes() {
    each(|mut store| {
        append(&mut store, &Frontier::new(), 4).unwrap();
        store.set_snapshot(4, "heads", b"state").unwrap();
        store.set_opening(&log(), 1, &opening("late"), Some("late words")).unwrap();
        assert_eq!(store.snapshot().unwrap(), None);
        // One that is there stays.
        store.set_opening(&log(), 1, &opening("later"), None).unwrap();
        store.set_opening(&log(), 2, &opening("another"), None).unwrap();
        let held = store.entries(&log(), 0, 10).unwrap();
        assert_eq!(held[1].opening, Some(opening("late")));
        assert_eq!(held[2].opening, Some(opening("said 2")));
        store.replace_opening(&log(), 2, &opening("[redacted]"), None).unwrap();
        assert_eq!(store.entries(&log(), 2, 1).unwrap()[0].opening, Some(opening("[redacted]")));
        assert_eq!(store.entries(&log(), 3, 1).unwrap()[0].opening, None);
    });
}

#[test]
fn drafts_and_instructions_are_numbered_and_never_given_a_number_twice() {
    each(|store| {
        let draft = |id, notes: &str| DraftRow {
            id,
            party: "orvessa".to_owned(),
            content: b"content".to_vec(),
            notes: notes.to_owned(),
        };
        let step = |draft, kind: &str| StepRow {
            draft,
            at: 5,
            officer: "duty".to_owned(),
            kind: kind.to_owned(),
            content: "c".to_owned(),
            note: String::new(),
        };
        let first = store.add_draft(&draft(0, "a"), &step(0, "new")).unwrap();
        let second = store.add_draft(&draft(0, "b"), &step(0, "new")).unwrap();
        assert!(first < second);
        store.step_draft(Some(&draft(first, "changed")), &step(first, "signed")).unwrap();
        store.end_signing(first, Some(&Hash([3; 32]))).unwrap();
        let held = store.drafts().unwrap();
        assert_eq!(held, [draft(first, "changed"), draft(second, "b")]);
        let steps = store.draft_steps().unwrap();
        assert_eq!(
            steps.iter().map(|step| (step.draft, step.kind.as_str())).collect::<Vec<_>>(),
            [(first, "new"), (second, "new"), (first, "signed")]
        );
        assert_eq!(steps[2].note, Hash([3; 32]).to_string());
        store.step_draft(None, &step(second, "signed")).unwrap();
        store.end_signing(second, None).unwrap();
        assert_eq!(store.draft_steps().unwrap().len(), 3);
        let row = InstructionRow {
            id: 0,
            party: "orvessa".to_owned(),
            about: "P-1".to_owned(),
            at: 9,
            officer: "duty".to_owned(),
            text: "speak against it".to_owned(),
        };
        let id = store.add_instruction(&row).unwrap();
        assert_eq!(store.instructions().unwrap(), [InstructionRow { id, ..row }]);
    });
}

/// Words in several scripts and forms, and questions about them.
const TEXTS: [&str; 6] = [
    "The River rises at v2.5",
    "Река поднялась; rivière",
    "write to a@b.example, E\u{301}tat STRASSE ß",
    "北京 don't x²y",
    "",
    "river twice river",
];
const ASKED: [&str; 16] = [
    "riv",
    "РЕКА",
    "river rises",
    "v2",
    "5",
    "a@b.example",
    "example",
    "etat",
    "straße",
    "北",
    "don t",
    "x2y",
    "zzz",
    "",
    "NEAR(",
    "rivers",
];

#[test]
fn a_question_has_the_same_answer_wherever_the_words_are_kept() {
    let answers = |store: &Store| -> Vec<Vec<u64>> {
        let places = |asked: &&str| {
            let found = store.find_words(asked, i64::MAX, 50).unwrap();
            found.into_iter().map(|(_, _, index)| index).collect()
        };
        ASKED.iter().map(places).collect()
    };
    let fill = |store: &mut Store| {
        let words: Vec<Option<String>> =
            TEXTS.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect();
        let rows = entries(0, TEXTS.len() as u64);
        store.append_read(&log(), &Frontier::EMPTY, &rows, &words, None).unwrap();
    };
    let mut first = Store::in_memory().unwrap();
    fill(&mut first);
    let expected = answers(&first);
    assert_eq!(expected[0], [5, 1, 0], "the newest first");
    assert_eq!(expected[15], Vec::<u64>::new());
    each(|mut store| {
        fill(&mut store);
        assert_eq!(answers(&store), expected, "{}", store.path().display());
        assert_eq!(store.words_without_record().unwrap(), 0);
        let compared = |index, text| store.compare_words(&log(), index, text).unwrap();
        assert_eq!(compared(0, Some(TEXTS[0])), Indexed::Same);
        assert_eq!(compared(1, Some("other words")), Indexed::Other);
        assert_eq!(compared(4, None), Indexed::Same);
        assert_eq!(compared(0, None), Indexed::Other);
        store.replace_words(&log(), 0, Some("[redacted]")).unwrap();
        assert_eq!(store.find_words("rises", i64::MAX, 9).unwrap(), []);
        assert_eq!(store.find_words("redacted", i64::MAX, 9).unwrap().len(), 1);
        store.forget_words().unwrap();
        assert_eq!(store.words_until().unwrap(), 0);
        assert_eq!(store.unread_words(100).unwrap().len(), TEXTS.len());
        let numbered: Vec<(i64, String)> = store
            .unread_words(100)
            .unwrap()
            .iter()
            .zip(TEXTS)
            .filter(|(_, text)| !text.is_empty())
            .map(|(entry, text)| (entry.number, text.to_owned()))
            .collect();
        let last = store.unread_words(100).unwrap().last().unwrap().number;
        store.add_words(&numbered, last).unwrap();
        assert_eq!(answers(&store), expected, "{}", store.path().display());
    });
}

#[test]
fn a_store_is_one_process_own_and_holds_after_it_what_it_held() {
    each_place(|place| {
        let missing = Store::open_existing(place, Durability::Full).unwrap_err();
        assert!(matches!(missing.what, StoreFault::Missing), "{missing}");
        let mut store = Store::open(place, Durability::Full).unwrap();
        append(&mut store, &Frontier::new(), 40).unwrap();
        let second = Store::open_existing(place, Durability::Full).unwrap_err();
        let is_told = matches!(second.what, StoreFault::InUse | StoreFault::Writer { .. });
        assert!(is_told, "{second}");
        drop(store);
        let store = Store::open_existing(place, Durability::Full).unwrap();
        assert_eq!(store.entries(&log(), 0, 100).unwrap(), entries(0, 40));
        store.check_file().unwrap();
    });
}

#[test]
fn a_store_is_made_whole_or_not_at_all_and_never_over_another() {
    each_place(|place| {
        let refused = Store::make(place, |made| {
            made.set_meta("party", b"orvessa")?;
            Err(made.damaged("said no".to_owned()))
        });
        assert!(refused.unwrap_err().to_string().contains("said no"));
        let missing = Store::open_existing(place, Durability::Full).unwrap_err();
        assert!(matches!(missing.what, StoreFault::Missing), "{missing}");
        let make = || Store::make(place, |made| made.set_meta("party", b"orvessa"));
        make().unwrap();
        let again: StoreError = make().unwrap_err();
        assert!(matches!(again.what, StoreFault::Exists), "{again}");
        let store = Store::open_existing(place, Durability::Full).unwrap();
        assert_eq!(store.meta("party").unwrap().as_deref(), Some(&b"orvessa"[..]));
    });
}

#[test]
fn a_store_of_a_later_program_is_refused_by_name() {
    each_place(|place| {
        let store = Store::open(place, Durability::Full).unwrap();
        store.set_meta("schema", b"9").unwrap();
        drop(store);
        let error = Store::open_existing(place, Durability::Full).unwrap_err();
        assert!(matches!(error.what, StoreFault::TooNew(9)), "{error}");
    });
}

#[test]
fn a_sealed_store_holds_no_word_of_what_was_said() {
    let marker = "unmistakable";
    each_place(|place| {
        let mut store = Store::open(place, Durability::Full).unwrap();
        let draft = DraftRow {
            id: 0,
            party: "orvessa".to_owned(),
            content: marker.as_bytes().to_vec(),
            notes: marker.to_owned(),
        };
        let step = StepRow {
            draft: 0,
            at: 1,
            officer: "duty".to_owned(),
            kind: "new".to_owned(),
            content: marker.to_owned(),
            note: marker.to_owned(),
        };
        store.add_draft(&draft, &step).unwrap();
        let is_there = || {
            if is_shared(place) {
                let cluster = cluster().unwrap();
                cluster.ask("CHECKPOINT");
                cluster::holds(&cluster.tables(), marker.as_bytes())
            } else {
                cluster::holds(place.parent().unwrap(), marker.as_bytes())
            }
        };
        assert!(is_there(), "before it is sealed the words can be found");
        store.seal::<StoreError>(b"pass words", |_| Ok(())).unwrap();
        assert!(!is_there(), "{}", place.display());
        drop(store);
        let mut store = Store::open_existing(place, Durability::Full).unwrap();
        assert!(store.is_locked());
        assert!(matches!(store.drafts().unwrap_err().what, StoreFault::Locked));
        store.unlock(b"pass words").unwrap();
        assert_eq!(store.drafts().unwrap()[0].notes, marker);
    });
}

/// Returns a store with something of everything.
fn filled(place: &Path) -> Store {
    let mut store = Store::open(place, Durability::Full).unwrap();
    store.set_meta("party", b"orvessa").unwrap();
    store.set_key("six-rivers.example/orvessa/1", "locked").unwrap();
    store.set_peer("belm", "belm.example:7443").unwrap();
    let frontier = append(&mut store, &Frontier::new(), 700).unwrap();
    append(&mut store, &frontier, 600).unwrap();
    store.add_cosignature(&log(), 700, "witness", 40, "its line").unwrap();
    store
}

#[test]
fn a_backup_of_either_is_restored_into_either() {
    let folder = tempfile::tempdir().unwrap();
    let from = places(folder.path());
    for (n, place) in from.iter().enumerate() {
        let store = filled(place);
        let file = folder.path().join(format!("{n}.backup"));
        backup::make(&store, &file, true, UnixSeconds(1000)).unwrap();
        // The store goes on meanwhile.
        store.set_meta("later", b"x").unwrap();
        let targets = places(&folder.path().join(format!("to{n}")));
        std::fs::create_dir(folder.path().join(format!("to{n}"))).unwrap();
        for to in targets {
            let manifest = backup::restore(&file, &to, &[], UnixSeconds(2000)).unwrap();
            assert_eq!(manifest.logs[0].size, 1300);
            let again = backup::restore(&file, &to, &[], UnixSeconds(2000)).unwrap_err();
            assert!(again.to_string().contains("it is there already"), "{again}");
            let mut restored = Store::open_existing(&to, Durability::Full).unwrap();
            assert_eq!(restored.entries(&log(), 0, u64::MAX).unwrap(), entries(0, 1300));
            assert_eq!(restored.keys().unwrap(), store.keys().unwrap());
            assert_eq!(restored.peers().unwrap(), store.peers().unwrap());
            assert_eq!(restored.all_cosignatures(&log()).unwrap().len(), 1);
            assert!(restored.restored_at().unwrap().is_some());
            assert_eq!(restored.meta("later").unwrap(), None);
            let node = |level, index| restored.tree_node(&log(), level, index).unwrap();
            let frontier = tree::frontier_at(1300, &node).unwrap();
            // Numbers go on after those that were brought along.
            append(&mut restored, &frontier, 5).unwrap();
            assert_eq!(restored.size(&log()).unwrap(), 1305);
        }
    }
}

#[test]
fn what_was_told_to_whom_is_kept_beside_a_store_wherever_that_lies() {
    let matter = MatterId(Hash([0xab; 32]));
    let facts = |said: &str| {
        let errand = Errand { matter, person: "duty".to_owned(), channel: "mail".to_owned() };
        let stage = Stage::Later(UnixSeconds(30));
        let attempt = Attempt { count: 2, at: UnixSeconds(20), stage, said: said.to_owned() };
        vec![
            Fact::Opened { matter, title: "River".to_owned(), at: UnixSeconds(5) },
            Fact::Asked { matter, person: "duty".to_owned(), at: UnixSeconds(6) },
            Fact::Tried { errand, attempt },
        ]
    };
    each_place(|place| {
        let missing = Journal::open_existing(place).unwrap_err();
        assert!(matches!(missing.what, JournalFault::Missing), "{missing}");
        let mut journal = Journal::open(place, [1; 32]).unwrap();
        journal.keep(&facts("busy")).unwrap();
        journal.keep(&facts("busy again")).unwrap();
        assert_eq!(journal.facts().unwrap(), facts("busy again"));
        let party = PartyId::parse("orvessa").unwrap();
        journal.set_context("a charter", &party).unwrap();
        // Another program while the node runs.
        let mut other = Journal::open_existing(place).unwrap();
        assert_eq!(other.secret().unwrap().0, journal.secret().unwrap().0);
        assert_eq!(other.context().unwrap(), Some(("a charter".to_owned(), party)));
        assert_eq!(other.find("abab").unwrap(), Some(matter));
        assert_eq!(other.find("abc").unwrap(), None);
        let how = Acknowledged { who: "duty".to_owned(), by: By::Command, at: UnixSeconds(40) };
        assert!(other.acknowledge(matter, &how).unwrap());
        assert!(!other.acknowledge(matter, &how).unwrap());
        assert_eq!(journal.acknowledged().unwrap().len(), 1);
        journal.keep(&[Fact::Over { matter, at: UnixSeconds(50) }]).unwrap();
        assert_eq!(journal.facts().unwrap().len(), 5);
        journal.forget(UnixSeconds(60 + 90 * 24 * 3600)).unwrap();
        assert_eq!(journal.facts().unwrap(), []);
        // What a machine that takes over finds is what the other kept.
        drop((journal, other));
        let again = Journal::open(place, [2; 32]).unwrap();
        assert_eq!(again.secret().unwrap().0, [1; 32]);
    });
}

#[test]
fn one_that_stands_by_reads_what_is_written_and_writes_nothing() {
    let Some(cluster) = cluster() else { return };
    let place = cluster.store("standing_by");
    let mut writer = Store::open(&place, Durability::Full).unwrap();
    let reader = Store::open_standby(&place).unwrap();
    assert!(reader.stands_by() && !reader.is_free().unwrap());
    let before = reader.changes().unwrap();
    let frontier = append(&mut writer, &Frontier::new(), 3).unwrap();
    assert_eq!(reader.entries(&log(), 0, 9).unwrap(), entries(0, 3));
    let after = reader.changes().unwrap();
    assert!(after != before && after.adds_to(&before));
    writer.set_opening(&log(), 1, &opening("late"), None).unwrap();
    assert!(!reader.changes().unwrap().adds_to(&after), "what was read before has changed");
    for error in [
        reader.set_meta("m", b"x").unwrap_err(),
        reader.check_writes().unwrap_err(),
        reader.set_peer("a", "b").unwrap_err(),
    ] {
        assert!(matches!(error.what, StoreFault::Standby), "{error}");
    }
    assert!(!reader.is_unsure());
    let (who, heard) = reader.writer().unwrap().unwrap();
    assert!(who.contains("process") && heard < 60, "{who} {heard}");
    append(&mut writer, &frontier, 1).unwrap();
    drop(writer);
    let mut waited = 0;
    while !reader.is_free().unwrap() {
        waited += 1;
        assert!(waited < 1000, "the lock stays");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(Store::open_existing(&place, Durability::Full).unwrap().size(&log()).unwrap(), 4);
}

#[test]
fn a_writer_whose_session_was_ended_writes_no_more() {
    let Some(cluster) = cluster() else { return };
    let place = cluster.store("fenced");
    let mut first = Store::open(&place, Durability::Full).unwrap();
    let frontier = append(&mut first, &Frontier::new(), 3).unwrap();
    // In the middle of a transaction, as where its machine stands still.
    first.database.begin().unwrap();
    first.set_meta("half", b"written").unwrap();
    cluster.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND \
         ((classid::bigint << 32) | objid::bigint) = hashtextextended('veche:fenced', 0)",
    );
    let mut second = Store::open_existing(&place, Durability::Full).unwrap();
    let lost = first.set_meta("half", b"done").unwrap_err();
    assert!(matches!(lost.what, StoreFault::Lost), "{lost}");
    assert!(first.database.end(COMMIT).is_err());
    let lost = append(&mut first, &frontier, 1).unwrap_err();
    assert!(matches!(lost.what, StoreFault::Lost), "{lost}");
    assert!(first.is_unsure());
    assert!(first.check_session().is_err());
    append(&mut second, &frontier, 2).unwrap();
    assert_eq!(second.meta("half").unwrap(), None);
    assert_eq!(second.entries(&log(), 0, 9).unwrap(), entries(0, 5));
}

#[test]
fn a_transaction_with_a_failed_statement_in_it_is_never_taken_for_done() {
    each(|mut store| {
        let frontier = append(&mut store, &Frontier::new(), 2).unwrap();
        // What failed was not told by whoever did it.
        let swallowed = store.database.transaction(|| {
            store.database.execute("INSERT INTO meta VALUES ('half', ?1)", values![&b"x"[..]])?;
            let failed = store.database.execute("INSERT INTO nowhere VALUES (1)", &[]);
            assert!(failed.is_err());
            Ok::<(), SqlError>(())
        });
        let is_kept = store.meta("half").unwrap().is_some();
        assert_eq!(
            swallowed.is_ok(),
            is_kept,
            "{}: told otherwise than done",
            store.path().display()
        );
        assert_eq!(append(&mut store, &frontier, 1).unwrap().size(), 3);
    });
}

#[test]
fn a_silent_writer_is_ended_by_whoever_wants_to_write() {
    let Some(cluster) = cluster() else { return };
    let place = cluster.store("silent");
    let mut first = Store::open(&place, Durability::Full).unwrap();
    let frontier = append(&mut first, &Frontier::new(), 3).unwrap();
    // As if its machine stood still: another term, so that its own word counts no more, and a time long ago.
    let sql = "UPDATE silent.writer SET term = term + 1, at = clock_timestamp() - interval '16 s'";
    cluster.ask(sql);
    let reader = Store::open_standby(&place).unwrap();
    assert!(reader.is_free().unwrap());
    let second = Store::open_existing(&place, Durability::Full).unwrap();
    let lost = append(&mut first, &frontier, 1).unwrap_err();
    assert!(matches!(lost.what, StoreFault::Lost), "{lost}");
    assert_eq!(second.size(&log()).unwrap(), 3);
    let third = Store::open_existing(&place, Durability::Full).unwrap_err();
    assert!(matches!(third.what, StoreFault::Writer { .. }), "one that was just heard stays");
}

#[test]
fn a_writer_in_whose_place_another_has_begun_writes_nothing_though_its_session_goes_on() {
    let Some(cluster) = cluster() else { return };
    // As where a pooler lends one session to both: the lock is the second's as well.
    let next = |schema: &str| cluster.ask(&format!("UPDATE {schema}.writer SET term = term + 1"));
    let mut first = Store::open(&cluster.store("term"), Durability::Full).unwrap();
    let frontier = append(&mut first, &Frontier::new(), 3).unwrap();
    next("term");
    let error = append(&mut first, &frontier, 1).unwrap_err();
    assert!(matches!(error.what, StoreFault::NotWriter), "{error}");
    assert!(first.is_unsure() && first.check_session().is_err());
    let first = Store::open(&cluster.store("term_of_one"), Durability::Full).unwrap();
    first.set_meta("m", b"1").unwrap();
    next("term_of_one");
    for error in [
        first.check_session().unwrap_err(),
        first.set_meta("m", b"2").unwrap_err(),
        first.check_session().unwrap_err(),
    ] {
        assert!(matches!(error.what, StoreFault::NotWriter), "{error}");
    }
    let first = Store::open(&cluster.store("term_of_an_instruction"), Durability::Full).unwrap();
    next("term_of_an_instruction");
    let (about, at, text) = ("a".repeat(64), 7, "Hold back.".to_owned());
    let (party, officer) = ("arven".to_owned(), "duty".to_owned());
    let row = InstructionRow { id: 0, party, about, at, officer, text };
    let error = first.add_instruction(&row).unwrap_err();
    assert!(matches!(error.what, StoreFault::NotWriter), "{error}");
    let held = |sql: &str| cluster.ask(sql);
    assert_eq!(held("SELECT value FROM term_of_one.meta WHERE key = 'm'"), "\\x31");
    assert_eq!(held("SELECT count(*) FROM term.entries"), "3");
}

#[test]
fn a_server_that_stands_still_is_given_up_and_nothing_is_said_twice() {
    let Some(cluster) = Cluster::start("a server that stands still") else { return };
    let place = cluster.store("still");
    let mut store = Store::open(&place, Durability::Full).unwrap();
    let frontier = append(&mut store, &Frontier::new(), 3).unwrap();
    let reader = Store::open_standby(&place).unwrap();
    for store in [&store, &reader] {
        if let Database::Shared(session) = &store.database {
            session.set_patience(Duration::from_secs(1));
        }
    }
    cluster.stand_still(true);
    let (given_up, told) = std::sync::mpsc::channel::<()>();
    let server = std::thread::spawn(move || {
        // Whoever waits for ever is not waited for: the server goes on, and what was to fail is done.
        let waits = told.recv_timeout(Duration::from_secs(90)).is_err();
        cluster.stand_still(false);
        (cluster, waits)
    });
    let lost = append(&mut store, &frontier, 1).unwrap_err();
    assert!(matches!(lost.what, StoreFault::Lost), "{lost}");
    assert!(store.is_unsure());
    let lost = reader.changes().unwrap_err();
    assert!(matches!(lost.what, StoreFault::Lost), "{lost}");
    // Neither waits any more, whether it asks or ends.
    assert!(append(&mut store, &frontier, 1).is_err() && reader.is_free().is_err());
    drop((store, reader));
    let unanswered = Store::open_existing(&place, Durability::Full).unwrap_err();
    assert!(matches!(unanswered.what, StoreFault::NoConnection(_)), "{unanswered}");
    given_up.send(()).unwrap();
    let (_cluster, waited) = server.join().unwrap();
    assert!(!waited, "the server was waited for");
    let mut store = again(|| Store::open_existing(&place, Durability::Full));
    assert_eq!(
        store.entries(&log(), 0, 9).unwrap(),
        entries(0, 3),
        "its transaction was taken back"
    );
    append(&mut store, &frontier, 2).unwrap();
}

/// Tries until it is done: a server that went on comes to the end of a session when it comes to it.
fn again<T>(work: impl Fn() -> Result<T, StoreError>) -> T {
    let mut tries = 0;
    loop {
        match work() {
            Ok(done) => return done,
            Err(error) => assert!(tries < 600, "{error}"),
        }
        tries += 1;
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_server_that_follows_another_is_told_apart_from_one_to_write_to() {
    let Some(cluster) = Cluster::start("a server that follows another") else { return };
    let place = cluster.store("followed");
    drop(Store::open(&place, Durability::Full).unwrap());
    cluster.follow_another();
    for error in [
        Store::open_existing(&place, Durability::Full).unwrap_err(),
        Store::open_standby(&place).unwrap_err(),
    ] {
        assert!(matches!(error.what, StoreFault::Replica), "{error}");
    }
}

#[test]
fn what_a_database_was_made_for_changes_no_answer() {
    let Some(cluster) = cluster() else { return };
    cluster.ask("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    let error = Store::open(&cluster.store_in("narrow", "s"), Durability::Full).unwrap_err();
    assert!(matches!(error.what, StoreFault::Encoding(_)), "{error}");
    // In English `a` stands before `B`, in bytes after it.
    cluster.ask(
        "CREATE DATABASE english TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en'",
    );
    let english = Store::open(&cluster.store_in("english", "s"), Durability::Full).unwrap();
    let mut answers = Vec::new();
    for mut store in [Store::in_memory().unwrap(), english] {
        append(&mut store, &Frontier::new(), 1).unwrap();
        for name in ["a", "B", "_", "Z", "z"] {
            store.set_key(name, "locked").unwrap();
            store.set_peer(name, "host:1").unwrap();
            store.add_cosignature(&log(), 1, name, 7, name).unwrap();
        }
        let answer =
            (store.keys().unwrap(), store.peers().unwrap(), store.cosignatures(&log(), 1).unwrap());
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn what_a_user_has_by_default_does_not_cut_a_commit_short() {
    let Some(cluster) = cluster() else { return };
    let limits =
        "-c statement_timeout=7s -c lock_timeout=7s -c idle_in_transaction_session_timeout=7s";
    let options = limits.replace(' ', "%20").replace('=', "%3D");
    let place = format!("{}&options={options}", cluster.store("limits").display());
    let store = Store::open(Path::new(&place), Durability::Full).unwrap();
    for setting in ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"] {
        let stands: String = store.database.one(&format!("SHOW {setting}"), &[]).unwrap();
        assert_eq!(stands, "0", "{setting}");
    }
}

#[test]
fn one_that_stands_by_sees_that_the_store_was_sealed_or_written_by_a_newer_program() {
    let Some(cluster) = cluster() else { return };
    let place = cluster.store("reformed");
    let mut writer = Store::open(&place, Durability::Full).unwrap();
    let reader = Store::open_standby(&place).unwrap();
    let before = reader.changes().unwrap();
    writer.seal(b"a passphrase", |_| Ok::<(), StoreError>(())).unwrap();
    assert!(!reader.changes().unwrap().adds_to(&before), "contents lie otherwise now");
    drop(writer);
    // A newer program may have other tables.
    cluster.ask(
        "UPDATE reformed.meta SET value = '3' WHERE key = 'schema'; DROP TABLE reformed.drafts",
    );
    assert!(!reader.changes().unwrap().adds_to(&before));
    let error = again(|| match Store::open_existing(&place, Durability::Full) {
        Err(error) if matches!(error.what, StoreFault::Writer { .. }) => Err(error),
        other => Ok(other.unwrap_err()),
    });
    assert!(matches!(error.what, StoreFault::TooNew(3)), "{error}");
    assert_eq!(cluster.ask("SELECT to_regclass('reformed.drafts') IS NULL"), "t", "left as it is");
}

#[test]
fn what_fails_unforeseen_within_a_transaction_leaves_none_open() {
    each_place(|place| {
        let store = Store::open(place, Durability::Full).unwrap();
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.database.transaction(|| -> Result<(), SqlError> {
                store
                    .database
                    .execute("INSERT INTO meta VALUES ('half', ?1)", values![&b"x"[..]])?;
                panic!("in the middle")
            })
        }));
        assert!(failed.is_err());
        let whole = || store.set_meta("whole", b"x").map(drop);
        store.database.transaction(|| whole().map_err(|_| SqlError::Gone)).unwrap();
        drop(store);
        let again = again(|| Store::open_existing(place, Durability::Full));
        assert_eq!(again.meta("half").unwrap(), None);
        assert_eq!(again.meta("whole").unwrap(), Some(b"x".to_vec()), "{}", place.display());
    });
}

#[test]
fn no_password_is_shown_by_whoever_refuses_it_and_no_name_is_cut_off() {
    for address in ["postgresql://v:secret@h/n", "POSTGRES://v:secret@h/n?schema=s"] {
        let at = Path::new(address);
        let errors = [
            Journal::open(at, [1; 32]).unwrap_err().to_string(),
            Journal::open_existing(at).unwrap_err().to_string(),
            Store::open(at, Durability::Full).unwrap_err().to_string(),
            Store::open_standby(at).unwrap_err().to_string(),
        ];
        for error in errors {
            assert!(error.contains("its password") && !error.contains("secret"), "{error}");
        }
    }
    let Some(cluster) = cluster() else { return };
    let long = "l".repeat(60);
    let store = Store::open(&cluster.store(&long), Durability::Full).unwrap();
    assert!(Journal::open(&cluster.store(&long), [1; 32]).is_err());
    assert_eq!(store.meta("secret").unwrap(), None, "the journal's is not the store's");
}

#[test]
fn words_taken_back_while_somebody_reads_the_table_go_when_that_has_ended() {
    let Some(cluster) = cluster() else { return };
    let place = cluster.store("rewritten");
    let mut store = Store::open(&place, Durability::Full).unwrap();
    append(&mut store, &Frontier::new(), 3).unwrap();
    let reader = store.freeze().unwrap();
    let file = || cluster.ask("SELECT pg_relation_filenode('rewritten.entries')");
    let before = file();
    if let Frozen::Shared(database) = &reader {
        database.one::<i64>("SELECT count(*) FROM entries", &[]).unwrap();
    }
    assert!(store.replace_opening(&log(), 0, &opening("gone"), None).is_err());
    assert_eq!(file(), before);
    assert!(!store.is_unsure());
    drop(reader);
    store.rewrite_due().unwrap();
    let after = file();
    assert_ne!(after, before, "it was written anew");
    store.rewrite_due().unwrap();
    assert_eq!(file(), after, "once is enough");
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let Some(cluster) = cluster() else { return };
    let place = cluster.store("full");
    let mut store = Store::open(&place, Durability::Full).unwrap();
    let frontier = append(&mut store, &Frontier::new(), 3).unwrap();
    // The server's own word for it, said by a trigger: a disk of its own cannot be had in a test.
    cluster.ask(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
         CREATE TRIGGER full_disk BEFORE INSERT ON \"full\".tiles FOR EACH ROW EXECUTE FUNCTION full_disk(); \
         CREATE TRIGGER full_disk_too BEFORE UPDATE ON \"full\".tiles FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    let error = append(&mut store, &frontier, 2).unwrap_err();
    assert!(matches!(error.what, StoreFault::DiskFull), "{error}");
    assert_eq!(store.entries(&log(), 0, 9).unwrap(), entries(0, 3));
    cluster.ask(
        "DROP TRIGGER full_disk ON \"full\".tiles; DROP TRIGGER full_disk_too ON \"full\".tiles",
    );
    assert_eq!(append(&mut store, &frontier, 2).unwrap().size(), 5);
}

#[test]
fn a_server_that_would_lose_what_it_acknowledged_is_refused() {
    let Some(cluster) = Cluster::start("a server without fsync") else { return };
    let place = cluster.store("unsafe");
    cluster.ask("ALTER SYSTEM SET fsync = off");
    cluster.ask("SELECT pg_reload_conf()");
    let mut tries = 0;
    let error = loop {
        match Store::open(&place, Durability::Full) {
            Err(error) => break error,
            // The server reads its settings when it comes to it.
            Ok(_) if tries < 100 => std::thread::sleep(Duration::from_millis(50)),
            Ok(_) => panic!("it was taken"),
        }
        tries += 1;
    };
    assert!(matches!(error.what, StoreFault::UnsafeServer(_)), "{error}");
    assert!(Store::open(&place, Durability::Exercise).is_ok(), "for what nobody keeps it will do");
    cluster.ask("ALTER SYSTEM RESET fsync");
    cluster.ask("ALTER SYSTEM SET synchronous_commit = off");
    cluster.ask("SELECT pg_reload_conf()");
    std::thread::sleep(Duration::from_millis(300));
    let store = Store::open(&place, Durability::Full).unwrap();
    let stands: String = store.database.one("SHOW synchronous_commit", &[]).unwrap();
    assert_eq!(stands, "on", "the session's own word counts");
}

#[test]
fn a_server_elsewhere_is_reached_by_tls_with_a_certificate_that_holds_and_a_password() {
    let Some(cluster) = Cluster::start("a server behind TLS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    for (name, text) in [
        ("ca.pem", certificate.as_str()),
        ("other.pem", &other.cert.pem()),
        ("empty.pem", ""),
        ("word", "a long word\n"),
        ("wrong", "another word\n"),
    ] {
        std::fs::write(path(name), text).unwrap();
    }
    let at = cluster.open_to_network((&certificate, &key), "a long word", "tls");
    let open = |rest: String| Store::open(Path::new(&format!("{at}&{rest}")), Durability::Full);
    let both = |ca: &str, word: &str| {
        format!("sslmode=require&sslrootcert={}&passfile={}", path(ca), path(word))
    };
    let mut store = open(both("ca.pem", "word")).unwrap();
    append(&mut store, &Frontier::new(), 3).unwrap();
    assert!(!store.path().display().to_string().contains("passfile"), "{}", store.path().display());
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert!(store.database.one::<bool>(sql, &[]).unwrap(), "it is encrypted");
    drop(store);
    for (rest, said) in [
        (both("other.pem", "word"), "certificate"),
        (both("empty.pem", "word"), "it holds no certificate"),
        (both("no-such.pem", "word"), "no-such.pem"),
        (both("ca.pem", "wrong"), "password authentication failed"),
        (both("ca.pem", "no-such-file"), "the file with the password"),
        (format!("sslmode=require&passfile={}", path("word")), "certificate"),
        (format!("sslmode=disable&passfile={}", path("word")), "no encryption"),
    ] {
        let error = open(rest.clone()).unwrap_err().to_string();
        assert!(error.contains(said), "{rest}: {error}");
        assert!(!error.contains("word\""), "{error}");
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill_of_the_server() {
    let Some(cluster) = Cluster::start("a server that is killed") else { return };
    let place = cluster.store("killed");
    let mut acknowledged = 0;
    for round in 0..3 {
        let mut store = Store::open(&place, Durability::Full).unwrap();
        let held = store.size(&log()).unwrap();
        assert!(held == acknowledged || held == acknowledged + 1, "{held} of {acknowledged}");
        assert_eq!(store.entries(&log(), 0, u64::MAX).unwrap(), entries(0, held));
        acknowledged = held;
        let node = |level, index| store.tree_node(&log(), level, index).unwrap();
        let mut frontier =
            if held == 0 { Frontier::EMPTY } else { tree::frontier_at(held, &node).unwrap() };
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(150 + 70 * round));
                cluster.kill();
            });
            loop {
                match append(&mut store, &frontier, 1) {
                    Ok(after) => {
                        frontier = after;
                        acknowledged += 1;
                    }
                    Err(error) => break error,
                }
            }
        });
        assert!(matches!(error.what, StoreFault::Lost), "{error}");
        assert!(store.is_unsure());
        drop(store);
        let down = Store::open(&place, Durability::Full).unwrap_err();
        assert!(matches!(down.what, StoreFault::NoConnection(_)), "{down}");
        cluster.up();
    }
    assert!(acknowledged > 0, "nothing was written between the kills");
}
