//! Inside a delegation, by the command line: written, approved, signed; and what none of it lets happen.

use crate::browser::Browser;
use crate::running::{BOTH, Running, STORE, signed_in, with_node};
use crate::support::{Place, Screen};

/// A word that stands in notes and instructions alone.
const MARK: &str = "concede-the-northern-quay";

fn duty(place: &Place, verb: &str) -> Screen {
    place.veche(&format!("draft {verb} --store {STORE} --officer duty --passphrase-file pass.txt"))
}

fn delegate(place: &Place, verb: &str) -> Screen {
    place.veche(&format!(
        "draft {verb} --store {STORE} --officer delegate --passphrase-file pass.txt"
    ))
}

fn content(place: &Place, draft: u64) -> String {
    let shown = place.veche(&format!("--json draft show {draft} --store {STORE}"));
    shown.json()["content"].as_str().unwrap().to_owned()
}

fn with_roles(text: &str) -> Place {
    let place = with_node();
    place.put("roles.toml", text);
    place.veche(&format!("draft roles --store {STORE} --set roles.toml")).good();
    place.put("notes.txt", format!("Say no more than this; we may {MARK}.\n"));
    place
}

const FOUR_EYES: &str = "four_eyes = true\nonly_approved = true\n[roles]\ndraft = [\"duty\"]\napprove = [\"duty\", \"delegate\"]\nsign = [\"duty\"]\n";

#[test]
fn a_draft_is_written_approved_by_another_signed_and_nothing_beside_it_leaves() {
    let place = with_roles(FOUR_EYES);
    let written = duty(&place, "new --kind report --terms report.json --notes notes.txt");
    assert!(written.good().starts_with("draft 1: drafted\ncontent "), "{written}");
    assert!(written.good().contains(MARK));

    insta::assert_snapshot!(duty(&place, "sign 1"), @r"
    [standard error]
    error: cannot do this: draft 1: it is drafted, and only what is approved is signed
      where: store `arven.db`
      hint:  have it approved first: `veche draft approve`
    [exit 4]
    ");
    let read = content(&place, 1);
    insta::assert_snapshot!(duty(&place, &format!("approve 1 --content {read}")), @r"
    [standard error]
    error: cannot do this: draft 1: `duty` wrote or changed it, and this delegation asks for four eyes
      where: store `arven.db`
      hint:  another officer approves it
    [exit 4]
    ");
    delegate(&place, &format!("approve 1 --content {read}")).good();
    insta::assert_snapshot!(delegate(&place, "sign 1"), @r"
    [standard error]
    error: cannot do this: draft 1: `delegate` may not sign in this delegation; who may: duty
      where: store `arven.db`
      hint:  the rules of this delegation: `veche draft roles`
    [exit 4]
    ");
    let signed = duty(&place, "sign 1");
    assert!(signed.good().starts_with("record 0 of two-banks.example/arven/1"), "{signed}");
    let again = duty(&place, "sign 1");
    assert_eq!(again.code, Some(4), "{again}");
    assert!(again.err.contains("it is signed: nothing more is done with it"), "{again}");
    let whole = place.veche(&format!("fsck {STORE}"));
    assert!(whole.good().contains("1 draft whole, of this node alone"), "{whole}");
    assert!(whole.good().ends_with("the store is whole\n"), "{whole}");
}

#[test]
fn an_approval_is_of_the_bytes_that_were_read() {
    let place = with_roles("");
    duty(&place, "new --kind report --terms report.json").good();
    let read = content(&place, 1);
    place.put("report.json", r#"{"title": "River at 5.2 m", "text": "Rising."}"#);
    // Two at once: one changes it while the other has the old text before him.
    duty(&place, &format!("change 1 --terms report.json --content {read}")).good();
    let stale = delegate(&place, &format!("approve 1 --content {read}"));
    assert_eq!(stale.code, Some(4), "{stale}");
    assert!(stale.err.contains("it was changed since it was read"), "{stale}");
    let stale = duty(&place, &format!("change 1 --terms report.json --content {read}"));
    assert_eq!(stale.code, Some(4), "{stale}");
    delegate(&place, &format!("approve 1 --content {}", content(&place, 1))).good();
    duty(&place, "change 1 --terms report.json").good();
    let lost = duty(&place, "sign 1");
    assert!(lost.err.contains("it is changed after its approval"), "{lost}");
    assert_eq!(place.veche(&format!("--json node status --store {STORE}")).json()["records"], 0);
}

#[test]
fn instructions_are_kept_with_the_matter_and_in_no_record() {
    let place = with_roles("");
    place
        .veche(&format!(
            "record say --store {STORE} --kind report --terms report.json --passphrase-file pass.txt"
        ))
        .good();
    let leaf = place.veche(&format!("--json record say --store {STORE} --kind report --terms report.json --passphrase-file pass.txt"));
    let leaf = leaf.json()["leaf"].as_str().unwrap().to_owned();
    let kept = delegate(&place, &format!("instruct {leaf} --text notes.txt"));
    assert!(kept.good().contains("kept at this node alone"), "{kept}");
    let list = place.veche(&format!("draft list --store {STORE}"));
    assert!(list.good().starts_with("0 drafts, 1 instruction\n"), "{list}");
    assert!(list.good().contains(MARK), "{list}");
    let status = place.veche(&format!("--json node status --store {STORE}"));
    assert!(!status.out.contains(MARK), "{status}");
    let unknown = delegate(&place, "instruct C-99 --text notes.txt");
    assert!(unknown.err.contains("nothing is called `C-99`"), "{unknown}");
}

#[test]
fn what_could_not_be_meant_is_refused_with_what_to_do() {
    let place = with_roles("");
    place.put("latin1.txt", [b'c', b'a', b'f', 0xe9]);
    place.put("long.txt", "a".repeat(16 * 1024 + 1));
    place.put("bell.txt", "ding\u{7}");
    place.put("mad.json", "{\"title\": ");
    let check = |verb: &str, expected: &str| {
        let screen = duty(&place, verb);
        assert_ne!(screen.code, Some(0), "{screen}");
        assert!(screen.err.contains(expected), "{screen}");
    };
    let new = "new --kind report --terms report.json --notes";
    check(&format!("{new} latin1.txt"), "is not UTF-8 from byte 3 on");
    check(&format!("{new} long.txt"), "the note has 16385 bytes, more than 16384");
    check(&format!("{new} bell.txt"), "control character U+0007");
    check("new --kind report --terms mad.json", "the terms in `mad.json`");
    check("new --kind repot --terms report.json", "did you mean `report`");
    check("approve 1 --content 12", "64 hexadecimal digits");
    check("sign 7", "draft 7: there is no such draft at this node");
    place.put("roles.toml", "[roles]\nsign = [\"dutty\"]\n");
    let set = format!("draft roles --store {STORE} --set roles.toml");
    insta::assert_snapshot!(place.veche(&set), @r"
    [standard error]
    error: role `sign` lists `dutty`, and the charter lists no such officer of `arven`; did you mean `duty`?
      where: roles.toml
    [exit 5]
    ");
    assert_eq!(
        place.veche(&format!("draft list --store {STORE}")).good(),
        "0 drafts, 0 instructions\n"
    );
}

#[test]
fn who_does_not_sign_does_not_sign_by_another_door() {
    let place = with_roles("[roles]\nsign = [\"delegate\"]\n");
    let say = format!(
        "record say --store {STORE} --kind report --terms report.json --passphrase-file pass.txt"
    );
    let said = place.veche(&say);
    assert!(
        said.err.contains("`duty` does not sign in this delegation; who does: delegate"),
        "{said}"
    );
    place.veche(&format!("{say} --officer delegate")).good();
    place.put("roles.toml", "only_approved = true\n");
    place.veche(&format!("draft roles --store {STORE} --set roles.toml")).good();
    let said = place.veche(&format!("{say} --officer delegate"));
    assert!(said.err.contains("signs nothing but approved drafts"), "{said}");
}

#[test]
fn a_draft_that_was_changed_behind_the_nodes_back_is_found() {
    let place = with_roles("");
    duty(&place, "new --kind report --terms report.json").good();
    let bytes = place.get(STORE);
    let at = bytes.windows(5).rposition(|part| part == b"4.2 m");
    let mut changed = bytes;
    changed[at.unwrap()] = b'9';
    place.put(STORE, changed);
    let screen = place.veche(&format!("fsck {STORE}"));
    assert_eq!(screen.code, Some(5), "{screen}");
    assert!(
        screen.out.contains("draft 1: its content is not the one that its last step names"),
        "{screen}"
    );
    let signed = duty(&place, "sign 1");
    assert!(signed.err.contains("what is stored is not what was written"), "{signed}");
}

/// A running node, with its two officers signed in.
#[cfg(unix)]
fn running(place: &Place) -> (Running, Browser, Browser) {
    let running = Running::start(place, &format!("{BOTH} --json"));
    let told: serde_json::Value = serde_json::from_str(&running.line).unwrap();
    let link = |n: usize| signed_in(told["links"][n]["url"].as_str().unwrap());
    let (duty, delegate) = (link(0), link(1));
    (running, duty, delegate)
}

#[cfg(unix)]
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    page.split_once(mark.as_str()).unwrap().1.split('"').next().unwrap()
}

#[cfg(unix)]
#[test]
fn at_the_desk_a_form_is_kept_as_a_draft_approved_by_another_and_signed() {
    let place = with_roles(FOUR_EYES);
    let (_running, mut duty, mut delegate) = running(&place);
    let said = [("kind", "report"), ("t.title", "River"), ("t.text", "<b>Rising.</b>")];
    let direct = duty.post("/act", &said);
    assert_eq!(direct.status, 403, "{}", direct.body);
    assert!(direct.body.contains("nothing but approved drafts"), "{}", direct.body);
    assert!(duty.get("/cases").body.contains("Keep as a draft"));
    let kept = duty.post("/act", &[&said[..], &[("keep", "draft")]].concat());
    assert_eq!((kept.status, kept.location()), (303, "/drafts"), "{}", kept.body);
    let page = duty.get("/drafts").body;
    assert!(page.contains("&#60;b&#62;Rising.") && !page.contains("<b>Rising."), "{page}");
    assert!(!page.contains("Approve draft 1"), "under four eyes nobody is offered his own: {page}");

    let read = hidden(&page, "content").to_owned();
    let step =
        |verb| [("do", verb), ("draft", "1"), ("content", read.as_str()), ("back", "/drafts")];
    assert_eq!(duty.post("/drafts", &step("approve")).status, 403);
    assert_eq!(duty.post("/drafts", &step("sign")).status, 409);
    let change = [&step("change")[..], &[("terms", r#"{"title":"River","text":"Falling."}"#)]];
    assert_eq!(duty.post("/drafts", &change.concat()).status, 303);
    let stale = delegate.post("/drafts", &step("approve"));
    assert_eq!(stale.status, 409, "{}", stale.body);
    assert!(stale.body.contains("it was changed since it was read"), "{}", stale.body);

    let read = hidden(&delegate.get("/drafts").body, "content").to_owned();
    let step =
        |verb| [("do", verb), ("draft", "1"), ("content", read.as_str()), ("back", "/drafts")];
    assert_eq!(delegate.post("/drafts", &step("approve")).status, 303);
    assert_eq!(delegate.post("/drafts", &step("sign")).status, 403);
    assert_eq!(duty.get("/api/v1/status").json()["records"], 0);
    assert_eq!(duty.post("/drafts", &step("sign")).status, 303);
    assert_eq!(duty.get("/api/v1/status").json()["records"], 1);
    assert!(duty.get("/drafts").body.contains("The record that it became"));
    for wrong in [&step("burn")[..], &[("do", "sign")], &[("do", "sign"), ("draft", "1")]] {
        assert_eq!(duty.post("/drafts", wrong).status, 400);
    }
}

#[cfg(unix)]
#[test]
fn at_the_desk_an_instruction_is_seen_with_its_case_and_by_nobody_outside() {
    let place = with_roles("[roles]\ninstruct = [\"delegate\"]\n");
    let (running, mut duty, mut delegate) = running(&place);
    let said = [("kind", "report"), ("t.title", "River"), ("t.text", "Rising.")];
    let about = duty.post("/act", &said).leaf().unwrap();
    let text = format!("<script>alert(1)</script> {MARK}");
    let note = [("do", "instruct"), ("about", about.as_str()), ("text", text.as_str())];
    assert_eq!(duty.post("/drafts", &note).status, 403);
    assert_eq!(delegate.post("/drafts", &note).status, 303);
    let long = "a".repeat(16 * 1024 + 1);
    let long = [("do", "instruct"), ("about", about.as_str()), ("text", long.as_str())];
    assert_eq!(delegate.post("/drafts", &long).status, 422);
    for page in ["/cases/C-1", "/drafts"] {
        let body = duty.get(page).body;
        assert!(body.contains(MARK) && !body.contains("<script>alert"), "{page}: {body}");
    }
    assert!(!duty.get("/cases/C-1").body.contains("Keep the instruction"));
    assert!(delegate.get("/cases/C-1").body.contains("Keep the instruction"));
    let elsewhere = ["/", "/cases", "/log/arven", "/registers/cases", "/decisions"];
    let api = ["status", "charter", "logs", "cases", "procedures/C-1", "why/C-1", "next/C-1"];
    let api = api.iter().map(|path| format!("/api/v1/{path}"));
    let search = format!("/search?q={MARK}&theme=light");
    let paths = elsewhere.iter().map(|path| (*path).to_owned()).chain(api);
    for path in paths.chain([format!("/records/{about}"), format!("/records/{about}/note")]) {
        let answer = duty.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains(MARK), "{path}");
    }
    assert!(!duty.get(&search).body.contains("alert(1)"));
    let told: serde_json::Value = serde_json::from_str(&running.line).unwrap();
    let (mut stranger, _) = Browser::at(told["links"][0]["url"].as_str().unwrap());
    assert_eq!(stranger.get("/drafts").location(), "/sign-in");
    assert_eq!(stranger.post("/drafts", &note).location(), "/sign-in");
    assert!(!running.errors().contains(MARK));
}

#[test]
fn an_officer_with_a_passphrase_of_his_own_is_nobody_else() {
    let place = with_roles(FOUR_EYES);
    place.put("delegate.txt", "five six seven\n");
    let passphrase = |old: &str| {
        place.veche(&format!(
            "node passphrase --store {STORE} --officer delegate --passphrase-file {old} --new-passphrase-file delegate.txt"
        ))
    };
    passphrase("pass.txt").good();
    let again = passphrase("pass.txt");
    assert_eq!(again.code, Some(3), "the old one opens it no more: {again}");
    duty(&place, "new --kind report --terms report.json").good();
    let read = content(&place, 1);
    let approve = |officer: &str, file: &str| {
        place.veche(&format!(
            "draft approve 1 --content {read} --store {STORE} --officer {officer} --passphrase-file {file}"
        ))
    };
    let refused = approve("delegate", "pass.txt");
    assert_eq!(refused.code, Some(3), "whoever knows the node's is not the delegate: {refused}");
    assert!(
        refused.err.contains("`two-banks.example/arven/delegate`: the passphrase is wrong"),
        "{refused}"
    );
    approve("delegate", "delegate.txt").good();
    duty(&place, "sign 1").good();

    let say = |own: &str| {
        place.veche(&format!(
            "record say --store {STORE} --kind report --terms report.json --officer delegate --passphrase-file pass.txt {own}"
        ))
    };
    place.put("all.toml", "");
    place.veche(&format!("draft roles --store {STORE} --set all.toml")).good();
    assert_eq!(say("").code, Some(3));
    say("--officer-passphrase-file delegate.txt").good();
    let strange = place.veche(&format!(
        "node passphrase --store {STORE} --officer witness --passphrase-file pass.txt --new-passphrase-file delegate.txt"
    ));
    assert_eq!(strange.code, Some(3), "the node's own keys keep the node's passphrase: {strange}");
}

#[test]
fn an_unsound_text_is_refused_before_anybody_signs() {
    let place = with_node();
    place.put(
        "text.json",
        r#"{"title": "Quay", "paragraphs": [{"n": 2, "text": "b"}, {"n": 1, "text": "a"}]}"#,
    );
    for verb in ["say", "draft --out text.draft"] {
        let refused = place.veche(&format!(
            "record {verb} --store {STORE} --kind proposal --terms text.json --passphrase-file pass.txt"
        ));
        assert_eq!(refused.code, Some(4), "{refused}");
        assert!(refused.err.contains("its text is not sound: "), "{refused}");
    }
    assert!(place.veche(&format!("node status --store {STORE}")).good().contains("0 records"));
}
