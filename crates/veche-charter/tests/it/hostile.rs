//! Charters made to harm their reader: each is refused in plain words, without a crash and without long work.

use veche_charter::Charter;

/// A charter without fault, in which each test breaks one thing.
const SMALL: &str = include_str!("small.toml");
/// Levels that nobody writes.
const DEEP: usize = 10_000;
/// Longest charter, in bytes: `formats/charter.md`.
const LEN_MAX: usize = 1024 * 1024;

/// Compares the first fault of a charter that must have one.
#[track_caller]
fn check(bytes: &[u8], first: &str) {
    let Err(faults) = Charter::load(bytes, "hostile.toml") else { panic!("loaded without fault") };
    assert_eq!(faults.0[0].to_string(), first);
}

/// The small charter with lines put below it.
fn below(text: &str) -> Vec<u8> {
    [SMALL, "\n", text, "\n"].concat().into_bytes()
}

/// The small charter with one text replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    assert!(SMALL.contains(from), "the small charter has no `{from}`");
    SMALL.replacen(from, to, 1).into_bytes()
}

#[test]
fn lists_in_lists_ten_thousand_deep_are_refused() {
    check(
        &below(&format!("x = {}{}", "[".repeat(DEEP), "]".repeat(DEEP))),
        "error: the file is not TOML: cannot recurse further; max recursion depth met\n  where: hostile.toml:102",
    );
}

#[test]
fn tables_in_tables_ten_thousand_deep_are_refused() {
    check(
        &below(&format!("x = {}1{}", "{ a = ".repeat(DEEP), " }".repeat(DEEP))),
        "error: the file is not TOML: cannot recurse further; max recursion depth met\n  where: hostile.toml:102",
    );
}

#[test]
fn a_key_of_ten_thousand_parts_is_refused() {
    check(
        &below(&format!("{}a = 1", "a.".repeat(DEEP))),
        "error: the file is not TOML: recursion limit\n  where: hostile.toml:1",
    );
}

#[test]
fn a_header_of_ten_thousand_parts_is_refused() {
    check(
        &below(&format!("[{}a]", "a.".repeat(DEEP))),
        "error: the file is not TOML: recursion limit\n  where: hostile.toml:1",
    );
}

#[test]
fn lists_left_open_are_refused() {
    check(
        &below(&format!("x = {}", "[".repeat(DEEP))),
        "error: the file is not TOML: cannot recurse further; max recursion depth met\n  where: hostile.toml:102",
    );
}

#[test]
fn headers_one_below_the_other_are_refused() {
    let mut text = Vec::new();
    let mut path = "x".to_owned();
    for _ in 0..600 {
        path.push_str(".a");
        text.push(format!("[{path}]"));
    }
    check(
        &below(&text.join("\n")),
        "error: the file is not TOML: recursion limit\n  where: hostile.toml:1",
    );
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    check(
        &vec![b'#'; 100 * 1024 * 1024],
        "error: the file has 104857600 bytes; a charter has at most 1048576\n  where: hostile.toml:1",
    );
}

#[test]
fn one_byte_too_many_is_refused() {
    let mut text = SMALL.as_bytes().to_vec();
    text.resize(LEN_MAX + 1, b'\n');
    check(
        &text,
        "error: the file has 1048577 bytes; a charter has at most 1048576\n  where: hostile.toml:1",
    );
    text.truncate(LEN_MAX);
    assert!(Charter::load(&text, "longest").is_ok());
}

#[test]
fn a_key_given_twice_is_refused() {
    check(
        &with("[parties.", "[parties.ada]\nname = \"Ada\"\n[parties.ada]\n[parties."),
        "error: the file is not TOML: duplicate key\n  where: hostile.toml:21",
    );
}

#[test]
fn a_letter_of_another_alphabet_is_no_part_of_a_name() {
    check(
        &below("[parties.\"\u{430}da\"]\nname = \"Ada\"\nstatus = \"member\""),
        "error: `аda` takes a party, not `аda`\n  where: hostile.toml:102, table parties, entry аda\n  hint:  `аda` is not a party's id: ASCII letters, digits, `-`, `_`, `.`, at most 64",
    );
    check(
        &with("by = [\"member\"]", "by = [\"memb\u{435}r\"]"),
        "error: `0` takes a status, not `membеr`\n  where: hostile.toml:10, table witnessing, entry by.0\n  hint:  `membеr` is not a name: ASCII letters, digits, `-`, `_`, `.`, at most 64",
    );
}

#[test]
fn control_characters_and_nul_are_refused() {
    check(
        &with("Small Pact", "Small\u{0}Pact"),
        "error: the file is not TOML: invalid basic string, expected non-double-quote visible characters, `\\`\n  where: hostile.toml:3",
    );
    check(
        &with("Small Pact", "Small\u{7}Pact"),
        "error: the file is not TOML: invalid basic string, expected non-double-quote visible characters, `\\`\n  where: hostile.toml:3",
    );
    check(
        &with("Small Pact", "Small\u{7f}Pact"),
        "error: the file is not TOML: invalid basic string, expected non-double-quote visible characters, `\\`\n  where: hostile.toml:3",
    );
    check(
        &[0; 64],
        "error: the file is not TOML: key with no value, expected `=`\n  where: hostile.toml:1",
    );
}

#[test]
fn halves_of_characters_are_refused() {
    check(b"name = \"\xed\xa0\x80\"", "error: the file is not UTF-8 text\n  where: hostile.toml:1");
    check(
        &with("Small Pact", "Small\\uD800Pact"),
        "error: the file is not TOML: invalid value, expected unicode hexadecimal value\n  where: hostile.toml:3",
    );
    check(b"\xff\xfen\0a\0", "error: the file is not UTF-8 text\n  where: hostile.toml:1");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read() {
    let text = ["\u{feff}", &SMALL.replace('\n', "\r\n")].concat();
    let charter = Charter::load(text.as_bytes(), "windows").unwrap();
    assert_eq!(
        charter.parties.len(),
        Charter::load(SMALL.as_bytes(), "small").unwrap().parties.len()
    );
}

#[test]
fn numbers_that_are_none_are_refused() {
    for (number, found) in [
        ("99999999999999999999", "`99999999999999999999`"),
        ("-1", "`-1`"),
        ("0x1_0000_0000_0000_0000", "`10000000000000000`"),
        ("inf", "a number with a fraction"),
        ("nan", "a number with a fraction"),
        ("-inf", "a number with a fraction"),
        ("1e400", "a number with a fraction"),
        ("3.0", "a number with a fraction"),
    ] {
        check(
            &with("quorum = 3", &format!("quorum = {number}")),
            &format!(
                "error: `quorum` takes a whole number, not negative, not {found}\n  where: hostile.toml:11, table witnessing, entry quorum"
            ),
        );
    }
    check(
        &with("version = 1", "version = 4294967296"),
        "error: `version` takes a number below 4294967296, not `4294967296`\n  where: hostile.toml:4, table charter, entry version",
    );
    check(
        &with("version = 1", "version = 9999-99-99T99:99:99Z"),
        "error: the file is not TOML: invalid date, expected month between 01 and 12\n  where: hostile.toml:4",
    );
    check(
        &with("version = 1", "version = 1979-05-27T07:32:00Z"),
        "error: `version` takes a whole number, not negative, not a date (write it as a text, in quotes)\n  where: hostile.toml:4, table charter, entry version",
    );
}

#[test]
fn as_many_short_entries_as_fit_are_refused() {
    let mut text = String::with_capacity(LEN_MAX);
    for n in 0_u32.. {
        let line = format!("{n:x}=1\n");
        if text.len() + line.len() > LEN_MAX {
            break;
        }
        text.push_str(&line);
    }
    check(text.as_bytes(), "error: `charter` is missing\n  where: hostile.toml:1");
}

#[test]
fn a_list_of_half_a_million_items_is_refused() {
    check(
        format!("x=[{}]", "1,".repeat((LEN_MAX - 4) / 2)).as_bytes(),
        "error: `charter` is missing\n  where: hostile.toml:1",
    );
    check(
        format!("[parties]\n{}", "a.b=1\n".repeat(100_000)).as_bytes(),
        "error: the file is not TOML: duplicate key\n  where: hostile.toml:3",
    );
}

#[test]
fn a_text_as_long_as_a_charter_is_no_name() {
    check(
        &below(&format!("[parties.{}]\nname = \"x\"", "a".repeat(1_000_000))),
        "error: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` takes a party, not `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`\n  where: hostile.toml:102, table parties, entry aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  hint:  `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not a party's id: ASCII letters, digits, `-`, `_`, `.`, at most 64",
    );
}
