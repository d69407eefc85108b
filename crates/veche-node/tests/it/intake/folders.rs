//! Folders and files as feeds: for nodes without a network.

use super::World;
use std::fs;
use veche_node::intake::feed::Address;
use veche_node::intake::read::{self, Draft};
use veche_node::intake::store::Said;

fn world_of_folder() -> (tempfile::TempDir, World) {
    let inbox = tempfile::tempdir().unwrap();
    let world = World::of(Address::find(inbox.path().to_str().unwrap()).unwrap(), |feed| feed);
    (inbox, world)
}

#[test]
fn new_files_of_a_folder_are_taken_once_and_stay_where_they_are() {
    let (inbox, world) = world_of_folder();
    fs::write(inbox.path().join("a.txt"), "They met in Minsk.").unwrap();
    fs::write(inbox.path().join("b.jsonl"), "{\"id\": \"x\", \"text\": \"They parted.\"}\n")
        .unwrap();
    assert_eq!(world.look().new, 2);
    assert_eq!(world.look().new, 0);
    assert_eq!(world.texts(), ["They met in Minsk.", "They parted."]);
    fs::write(inbox.path().join("a.txt"), "They met in Brest after all.").unwrap();
    let report = world.look();
    assert_eq!((report.new, report.changed), (0, 1));
    assert!(inbox.path().join("a.txt").exists());
}

#[test]
fn lines_of_two_files_with_one_id_are_two_items_unless_the_id_is_an_address() {
    let (inbox, world) = world_of_folder();
    let line = |id: &str, text: &str| format!("{{\"id\": {id}, \"text\": \"{text}\"}}\n");
    let address = "\"https://example.org/1\"";
    for (name, text) in [("a.jsonl", "They met."), ("b.jsonl", "They parted.")] {
        let lines = [line("1", text), line(address, text), "{\"text\": \"Rain.\"}\n".to_owned()];
        fs::write(inbox.path().join(name), lines.concat()).unwrap();
    }
    let report = world.look();
    assert_eq!((report.new, report.changed, report.known), (4, 1, 1));
    let mut keys: Vec<_> = world.items().into_iter().map(|item| (item.key, item.text)).collect();
    keys.retain(|(_, text)| text != "Rain.");
    let of = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    assert_eq!(
        keys,
        [
            of("a.jsonl/1", "They met."),
            of("b.jsonl/1", "They parted."),
            of("https://example.org/1", "They parted.")
        ]
    );
}

#[test]
fn a_file_that_is_being_written_is_left_till_it_is_whole() {
    let (inbox, world) = world_of_folder();
    let file = inbox.path().join("a.txt");
    fs::write(&file, "They met").unwrap();
    *world.hands.during.lock().unwrap() = Some(file);
    assert_eq!(world.look().new, 0);
    assert_eq!(world.look().new, 1);
    assert_eq!(world.texts(), ["They met in Minsk, and went on writing."]);
}

#[cfg(unix)]
#[test]
fn links_and_files_that_cannot_be_read_are_told_and_the_rest_is_taken() {
    let (inbox, world) = world_of_folder();
    let secret = world.folder.path().join("secret.txt");
    fs::write(&secret, "A secret of this machine.").unwrap();
    std::os::unix::fs::symlink(&secret, inbox.path().join("link.txt")).unwrap();
    fs::write(inbox.path().join("bad.xml"), "<!DOCTYPE x [<!ENTITY a \"aa\">]><rss/>").unwrap();
    fs::write(inbox.path().join("good.txt"), "They met in Minsk.").unwrap();
    let report = world.look();
    assert_eq!(world.texts(), ["They met in Minsk."]);
    let told = report.passed_over.join("\n");
    assert!(told.contains("`link.txt`: it is a link"), "{told}");
    assert!(told.contains("`bad.xml`: it makes references of its own"), "{told}");
    assert!(world.feed().health.error.starts_with("2 passed over"), "{:?}", world.feed());
}

#[test]
fn a_file_is_read_again_when_it_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wire.xml");
    fs::write(&path, super::rss(&[("1", "They met.")])).unwrap();
    let world = World::of(Address::find(path.to_str().unwrap()).unwrap(), |feed| feed);
    assert_eq!(world.look().new, 1);
    assert!(world.look().is_unchanged);
    fs::write(&path, super::rss(&[("1", "They met."), ("2", "They parted.")])).unwrap();
    assert_eq!(world.look().new, 1);
    fs::remove_file(&path).unwrap();
    assert!(world.look().error().unwrap().contains("it cannot be read"));
}

#[test]
fn a_feed_that_is_taken_by_another_program_is_not_looked_at_twice() {
    let (inbox, world) = world_of_folder();
    fs::write(inbox.path().join("a.txt"), "They met in Minsk.").unwrap();
    let feed = world.feed();
    let now = veche_node::intake::visit::Clock::now(&world.hands);
    assert!(world.intake.with_store(|store| store.claim(&feed, now)).unwrap());
    assert!(!world.intake.with_store(|store| store.claim(&feed, now)).unwrap());
    assert!(world.intake.look_at_due().unwrap().is_empty());
    // Nor by its name: what was read of it while the other has it is no claim.
    assert!(world.intake.look_at_one("a").unwrap().is_empty());
    world.hands.now.fetch_add(1800, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(world.look().new, 1);
    // Whoever read when it was due before that look comes too late.
    let now = veche_node::intake::visit::Clock::now(&world.hands);
    assert!(!world.intake.with_store(|store| store.claim(&feed, now)).unwrap());
}

#[test]
fn two_programs_that_bring_one_item_keep_it_once() {
    let (inbox, world) = world_of_folder();
    fs::write(inbox.path().join("a.txt"), "They met in Minsk.").unwrap();
    world.look();
    let now = veche_node::intake::visit::Clock::now(&world.hands);
    let said = |text: &str| read::file("a.txt", text.as_bytes(), now).drafts.remove(0);
    let keep = |draft: Draft| {
        world
            .intake
            .with_store(|store| store.keep("a", Said::whole(&draft), &draft, now, &[0; 32], None))
    };
    assert!(!keep(said("They met in Minsk.")).unwrap());
    assert!(keep(said("They met in Brest.")).unwrap());
    assert!(!keep(said("They met in Brest.")).unwrap());
    // What it said before is news again.
    assert!(keep(said("They met in Minsk.")).unwrap());
    let items = world.items();
    assert_eq!((items.len(), items[0].version), (1, 3));
}

#[test]
fn a_program_that_ends_leaves_a_feed_as_it_was() {
    let (inbox, world) = world_of_folder();
    fs::write(inbox.path().join("a.txt"), "They met in Minsk.").unwrap();
    world.hands.ends.store(true, std::sync::atomic::Ordering::SeqCst);
    let before = world.feed();
    assert!(world.intake.look_at_due().unwrap().is_empty());
    assert_eq!(world.feed(), before);
}
