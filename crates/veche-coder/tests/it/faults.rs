use veche_coder::lexicon::{
    FILE_LEN_MAX, LINE_LEN_MAX, Language, agents, groups, nations, organisations, regions, towns,
    triggers,
};

const HEADER: &str = "words\thead\ttype\tmode\tactor\trecipient\tstrength\tnote\n";

#[track_caller]
fn check(rows: &str, expected: &str) {
    check_bytes(format!("{HEADER}{rows}").as_bytes(), expected);
}

#[track_caller]
fn check_bytes(bytes: &[u8], expected: &str) {
    let error = triggers(bytes, Language::English).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn comments_and_empty_lines_are_no_entries_and_count_as_lines() {
    let rows =
        format!("# why\n\n{HEADER}# more\nshell\tverb\tASSAULT\theavy-weapons\t\t\tstrong\t\n");
    let entries = triggers(rows.as_bytes(), Language::English).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].mode.map(|mode| mode.name()), Some("heavy-weapons"));
    let cut = rows.trim_end();
    check_bytes(
        cut.as_bytes(),
        "line 5: the last line has no line feed, so the file may be cut short: restore it, or end the line",
    );
}

#[test]
fn a_file_that_ends_after_its_header_is_refused() {
    check("", "line 1: the table has no entry: the file may be cut short");
    check_bytes(
        b"",
        "line 1: the header is not the one of this table: write `words head type mode actor recipient strength note`, parted by tabs",
    );
}

#[test]
fn sizes_have_limits() {
    let long = "x".repeat(LINE_LEN_MAX + 1);
    check(
        &format!("{long}\n"),
        "line 2: the line has 4097 bytes, more than 4096: is a line break missing?",
    );
    check_bytes(
        &vec![b'\n'; FILE_LEN_MAX + 1],
        "line 1: the file has 4194305 bytes, more than 4194304: split it or remove what is no entry",
    );
}

#[test]
fn encodings_other_than_utf_8_are_refused_with_their_place() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"sh\xe9ll\tverb");
    check_bytes(&bytes, "line 2: byte 53 of the file is not UTF-8: save the file as UTF-8");
    check_bytes(
        format!("\u{feff}{HEADER}").as_bytes(),
        "line 1: the file begins with a byte order mark: save it as UTF-8 without one",
    );
    check(
        "shell\r\n",
        "line 2: control character U+000D: remove it; lines end with a line feed alone",
    );
}

#[test]
fn cells_are_counted_and_tidy() {
    check("shell\tverb\n", "line 2: 2 columns, not 8: part all 8 by tabs, empty ones too");
    check(
        "shell \tverb\tASSAULT\t\t\t\tstrong\t\n",
        "line 2: column `words` has blanks at its ends or doubled: remove them",
    );
    check(
        "\tverb\tASSAULT\t\t\t\tstrong\t\n",
        "line 2: column `words` is empty: fill it in, or remove the line",
    );
    check(
        "come under ..\tphrase\tASSAULT\t\t\t\tstrong\t\n",
        "line 2: `come under ..`: a gap `..` stands between two words, never at an end or beside another",
    );
}

#[test]
fn types_modes_sides_and_sectors_come_from_their_lists() {
    check(
        "shell\tverb\tASAULT\t\t\t\tstrong\t\n",
        "line 2: column `type` has `ASAULT`: write one of AGREE, CONSULT, SUPPORT, CONCEDE, COOPERATE, AID, RETREAT, REQUEST, \
         ACCUSE, REJECT, THREATEN, PROTEST, SANCTION, MOBILIZE, COERCE, ASSAULT, STATEMENT, NONE",
    );
    check(
        "visit\tverb\tCONSULT\tdemo\t\t\tstrong\t\n",
        "line 2: column `mode` has `demo`: write one of visit, third-party, multilateral, phone",
    );
    check(
        "agree\tverb\tAGREE\tvisit\t\t\tstrong\t\n",
        "line 2: column `mode` has `visit`: write one of nothing, for AGREE has no modes",
    );
    check(
        "visit\tverb\tCONSULT\t\tsubject\t\tstrong\t\n",
        "line 2: column `actor` has `subject`: write one of nothing, obj, by, of, from, between",
    );
    let error = agents(b"words\tsector\tnote\npolice\tPOL\t\n", Language::English).unwrap_err();
    assert!(
        error.to_string().starts_with("line 2: column `sector` has `POL`: write one of COP, GOV"),
        "{error}"
    );
}

#[test]
fn a_letter_of_the_other_script_is_refused() {
    // The second word has a Latin `o`.
    let rows = format!("{HEADER}подписать дoговор\tphrase\tAGREE\t\t\t\tstrong\t\n");
    let error = triggers(rows.as_bytes(), Language::Russian).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: column `words`: `дoговор` has a letter of another script than Cyrillic: type the word anew"
    );
    check(
        "аgree\tverb\tAGREE\t\t\t\tstrong\t\n",
        "line 2: column `words`: `аgree` has a letter of another script than Latin: type the word anew",
    );
}

#[test]
fn the_same_words_with_the_same_head_stand_once() {
    let verb = "attack\tverb\tASSAULT\t\t\t\tstrong\t\n";
    let noun = "attack\tnoun\tASSAULT\t\tby\ton\tstrong\t\n";
    assert_eq!(
        triggers(format!("{HEADER}{verb}{noun}").as_bytes(), Language::English).unwrap().len(),
        2
    );
    check(
        &format!("{verb}{noun}{verb}"),
        "line 4: `attack (verb)` was entered at line 2 already: remove one, or merge them",
    );
}

#[test]
fn no_name_stands_for_two_organisations() {
    let file = "code\tsector\ten\ten_short\tru\tru_short\nAAA\tIGO\tThe Body\tTB\tОрган\t\nBBB\tIGO\tThe Body\tTB\tДругой орган\t\n";
    let error = organisations(file.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3: `The Body` was entered at line 2 already: remove one, or merge them"
    );
}

#[test]
fn lemmas_are_small_and_codes_are_capitals() {
    check(
        "Shell\tverb\tASSAULT\t\t\t\tstrong\t\n",
        "line 2: column `words`: `Shell` has a capital: write lemmas in small letters",
    );
    let header = "code\tstanding\ten\ten_adjective\ten_people\ten_capital\tru\tru_genitive\tru_adjective\tru_people\tru_capital\n";
    let error = nations(format!("{header}arm\tmember\t\t\t\t\t\t\t\t\t\n").as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: column `code` has `arm`: write a code of capitals and digits, 2 to 12 of them"
    );
}

#[test]
fn a_file_cut_anywhere_within_a_line_is_refused() {
    let whole = include_bytes!("../../../../lexicon/agents.ru.tsv");
    for end in 0..2000 {
        let part = &whole[..end];
        let read = agents(part, Language::Russian);
        assert!(read.is_err() || part.ends_with(b"\n"), "cut at byte {end}");
    }
}

#[test]
fn the_example_of_the_format_is_read() {
    let page = include_str!("../../../../formats/lexicon.md");
    let example = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(triggers(example.as_bytes(), Language::English).unwrap().len(), 4);
}

#[test]
fn what_belongs_to_a_nation_is_read_strictly() {
    let fault = |error: veche_coder::lexicon::LexiconError| error.to_string();
    let header = "code\ten\tru\n";
    assert!(
        fault(towns(format!("{header}ARM\t\tГюмри\n").as_bytes()).unwrap_err()).contains("line 2")
    );
    assert!(
        fault(towns(format!("{header}ARM\tGyumri\tGyumri\n").as_bytes()).unwrap_err())
            .contains("Gyumri")
    );
    assert!(
        fault(towns(format!("{header}ARM\tGyumri\t").as_bytes()).unwrap_err()).contains("line 2")
    );
    let twice = format!("{header}ARM\tGyumri\t\nGEO\tGyumri\t\n");
    assert!(fault(towns(twice.as_bytes()).unwrap_err()).contains("Gyumri"));
    assert!(towns(b"\xff\xfe").is_err());
    let header = "code\ten\ten_adjective\ten_people\tru\tru_adjective\tru_people\n";
    assert!(fault(regions(format!("{header}RU\tx\n").as_bytes()).unwrap_err()).contains("line 2"));
    let header = "code\tsector\ten\ten_short\tru\tru_short\n";
    assert!(
        fault(groups(format!("{header}KHM\tXYZ\tKhmer Rouge\t\t\t\n").as_bytes()).unwrap_err())
            .contains("XYZ")
    );
}
