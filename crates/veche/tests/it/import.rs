//! `veche picture import`: what is kept, what is skipped, what a fault leaves behind.

use crate::support::{NAMES, Place, Screen, events_csv, norland, panel_csv, with_norland};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::process::Stdio;

const TABLE: &str = "veche-picture/counts-ged_sb.parquet";

/// The names in the store, ascending.
fn files(place: &Place) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(place.path().join("veche-picture"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_panel_is_imported_with_its_names() {
    let place = Place::new();
    place.put("panel.csv", norland());
    place.put("names.csv", NAMES);
    insta::assert_snapshot!(place.veche("picture import counts panel.csv --names names.csv"), @r"
    ged_sb from `panel.csv`: 130 of 130 rows kept
      130 new, 0 replaced, 0 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` now has 130 rows
      2 names of areas
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    ged_sb: 2 areas
      views:1      2010-01 to 2015-05  Norland
      views:2      2010-01 to 2015-05  Sudra
    [exit 0]
    ");
    let all = [".lock", "counts-ged_sb.parquet", "names.csv", "vintages", "vintages.json"];
    assert_eq!(files(&place), all);
}

#[test]
fn importing_twice_changes_no_byte() {
    let place = with_norland();
    let (table, names) = (place.get(TABLE), place.get("veche-picture/names.csv"));
    insta::assert_snapshot!(place.veche("picture import counts panel.csv --names names.csv"), @r"
    ged_sb from `panel.csv`: 130 of 130 rows kept
      0 new, 0 replaced, 130 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` is unchanged, with 130 rows
      2 names of areas
    [exit 0]
    ");
    assert_eq!((place.get(TABLE), place.get("veche-picture/names.csv")), (table, names));
}

#[test]
fn a_newer_panel_replaces_what_it_corrects() {
    let place = with_norland();
    place.put("newer.csv", norland().replace("425,1,25", "425,1,31"));
    insta::assert_snapshot!(place.veche("picture import counts newer.csv"), @r"
    ged_sb from `newer.csv`: 130 of 130 rows kept
      0 new, 1 replaced, 129 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` now has 130 rows
      rewrites what was known: 1 count of 1 area changed, 2015-05 to 2015-05; the largest: views:1 2015-05 was 25 and is 31
    [exit 0]
    ");
    // The names stay, though none came with the newer panel.
    let told = place.veche("picture tension --area norland --json").json();
    assert_eq!(told["tension"]["reasons"][0]["count"], 31);
}

#[test]
fn standard_input_is_read_where_a_dash_stands() {
    let place = Place::new();
    let mut command = place.command("picture import ucdp -");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(events_csv(&[20, 5]).as_bytes()).unwrap();
    insta::assert_snapshot!(Screen::of(&child.wait_with_output().unwrap()), @r"
    events from `standard input`: 2 of 2 rows kept
      2 new, 0 replaced, 0 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/events.parquet` now has 2 rows
    [exit 0]
    ");
    assert_eq!(files(&place), [".lock", "events.parquet", "vintages", "vintages.json"]);
}

#[test]
fn rows_that_cannot_be_used_are_skipped_and_told() {
    let place = Place::new();
    // One row in ten is broken, in three ways.
    let mut csv = "month_id,country_id,ged_sb\n".to_owned();
    for row in 0..300 {
        let count = match row {
            _ if row % 10 != 0 => "1",
            _ if row % 30 == 0 => "many",
            _ if row % 30 == 10 => "-1",
            _ => "1,2",
        };
        writeln!(csv, "{},7,{count}", 361 + row).unwrap();
    }
    place.put("panel.csv", csv);
    insta::assert_snapshot!(place.veche("picture import counts panel.csv --known 2040-01-01"), @r"
    ged_sb from `panel.csv`: 270 of 300 rows kept
      270 new, 0 replaced, 0 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` now has 270 rows
      note: 1 area with 29 gaps, the first of views:7 after 2010-10, 1 month: no month without a row is taken for one of zero, and a history begins after its last gap
    skipped 30 rows:
            10  the number of fields differs from the header's
            10  not a number of this column's kind
            10  out of range
    the first of them:
      line 2: column `ged_sb`: not a number of this column's kind: `many`
      line 12: column `ged_sb`: out of range: `-1`
      line 22: the number of fields differs from the header's: `4 where the header has 3`
      line 32: column `ged_sb`: not a number of this column's kind: `many`
      line 42: column `ged_sb`: out of range: `-1`
      line 52: the number of fields differs from the header's: `4 where the header has 3`
      line 62: column `ged_sb`: not a number of this column's kind: `many`
      line 72: column `ged_sb`: out of range: `-1`
      line 82: the number of fields differs from the header's: `4 where the header has 3`
      line 92: column `ged_sb`: not a number of this column's kind: `many`
      line 102: column `ged_sb`: out of range: `-1`
      line 112: the number of fields differs from the header's: `4 where the header has 3`
      line 122: column `ged_sb`: not a number of this column's kind: `many`
      line 132: column `ged_sb`: out of range: `-1`
      line 142: the number of fields differs from the header's: `4 where the header has 3`
      line 152: column `ged_sb`: not a number of this column's kind: `many`
      line 162: column `ged_sb`: out of range: `-1`
      line 172: the number of fields differs from the header's: `4 where the header has 3`
      line 182: column `ged_sb`: not a number of this column's kind: `many`
      line 192: column `ged_sb`: out of range: `-1`
    [exit 0]
    ");
    let told = place.veche("picture import counts panel.csv --json").json();
    assert_eq!((&told["kept"], &told["skipped"]), (&270.into(), &30.into()));
    assert_eq!(told["examples"].as_array().unwrap().len(), 20);
}

#[test]
fn a_byte_order_mark_and_semicolons_are_read() {
    let place = Place::new();
    place.put("mark.csv", format!("\u{feff}{}", norland()));
    place.veche("picture import counts mark.csv").good();
    place.put("semicolons.csv", norland().replace(',', ";"));
    insta::assert_snapshot!(place.veche("picture import counts semicolons.csv"), @r"
    ged_sb from `semicolons.csv`: 130 of 130 rows kept
      0 new, 0 replaced, 130 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` now has 130 rows
      note: columns are separated by `;`, not by commas
    [exit 0]
    ");
}

#[test]
fn an_input_that_is_no_data_set_is_refused_with_its_line() {
    let place = Place::new();
    insta::assert_snapshot!(place.veche("picture import counts missing.csv"), @r"
    [standard error]
    error: cannot read `missing.csv`: it does not exist
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture import counts ."), @r"
    [standard error]
    error: cannot read `.`: it is a directory
    [exit 3]
    ");
    place.put("empty.csv", "");
    insta::assert_snapshot!(place.veche("picture import counts empty.csv"), @r"
    [standard error]
    error: cannot import `empty.csv`: it is empty
    [exit 5]
    ");
    place.put("colons.csv", norland().replace(',', ":"));
    insta::assert_snapshot!(place.veche("picture import counts colons.csv"), @r"
    [standard error]
    error: cannot import `colons.csv`: no column `month_id`; found `month_id:country_id:ged_sb`
      where: the header
    [exit 5]
    ");
    place.put("plain.csv", norland().replace("ged_sb", "n"));
    insta::assert_snapshot!(place.veche("picture import counts plain.csv"), @r"
    [standard error]
    error: cannot import `plain.csv`: no count column among `month_id`, `country_id`, `n`; name it
      where: the header
      hint:  give `--column NAME`
    [exit 5]
    ");
    place.put("near.csv", norland().replace("country_id", "countryid"));
    insta::assert_snapshot!(place.veche("picture import counts near.csv"), @r"
    [standard error]
    error: cannot import `near.csv`: no column `country_id`; found `month_id`, `countryid`, `ged_sb`
      where: the header
      hint:  did you mean `countryid`?
    [exit 5]
    ");
    place.put("latin.csv", b"month_id,country_id,ged_sb\n361,1,\xff\n");
    insta::assert_snapshot!(place.veche("picture import counts latin.csv"), @r"
    [standard error]
    error: cannot import `latin.csv`: none of 1 rows can be used; the first: line 2: column `ged_sb`: not UTF-8: `�`
    [exit 5]
    ");
    place.put("cut.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00");
    insta::assert_snapshot!(place.veche("picture import ucdp cut.csv.gz"), @r"
    [standard error]
    error: cannot import `cut.csv.gz`: the gzip data are cut short after 0 rows; fetch the file again
      where: line 1
    [exit 5]
    ");
    // Nothing of it left a table.
    assert_eq!(files(&place), [".lock"]);
}

#[test]
fn names_that_cannot_be_read_stop_the_import() {
    let place = Place::new();
    place.put("panel.csv", norland());
    place.put("names.csv", "country_id,name\n1,Norland\n2,\n");
    insta::assert_snapshot!(place.veche("picture import counts panel.csv --names names.csv"), @r"
    [standard error]
    error: cannot read names from `names.csv`: a name is 1 to 200 bytes of plain text
      where: line 3
    [exit 5]
    ");
    place.put("bytes.csv", b"country_id,name\n1,\xff\n");
    insta::assert_snapshot!(place.veche("picture import counts panel.csv --names bytes.csv"), @r"
    [standard error]
    error: cannot read names from `bytes.csv`: not UTF-8
      where: line 2
    [exit 5]
    ");
    assert!(!place.path().join(TABLE).exists());
}

#[test]
fn a_store_that_is_in_use_is_not_changed() {
    let place = with_norland();
    let table = place.get(TABLE);
    place.put("newer.csv", norland().replace("425,1,25", "425,1,31"));
    let lock = File::options().write(true).open(place.path().join("veche-picture/.lock")).unwrap();
    lock.lock().unwrap();
    insta::assert_snapshot!(place.veche("picture import counts newer.csv"), @r"
    [standard error]
    error: cannot change store `veche-picture`: another process is changing it
      hint:  try again when it has ended
    [exit 8]
    ");
    assert_eq!(place.get(TABLE), table);
    // Reading needs no lock, and a lock that is let go is none.
    place.veche("picture tension --area Norland").good();
    drop(lock);
    place.veche("picture import counts newer.csv").good();
}

#[test]
fn a_store_that_is_a_file_is_refused() {
    let place = Place::new();
    place.put("panel.csv", norland());
    place.put("veche-picture", "");
    insta::assert_snapshot!(place.veche("picture import counts panel.csv"), @r"
    [standard error]
    error: cannot use `veche-picture` as a store: it is not a directory
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    [standard error]
    error: cannot use `veche-picture` as a store: it is not a directory
    [exit 3]
    ");
}

#[test]
fn a_damaged_table_is_refused_and_left_as_it_is() {
    let place = with_norland();
    let mut table = place.get(TABLE);
    let middle = table.len() / 2;
    table[middle] ^= 1;
    place.put(TABLE, &table);
    insta::assert_snapshot!(place.veche("picture tension --area Norland"), @r"
    [standard error]
    error: cannot read table `veche-picture/counts-ged_sb.parquet`: it is damaged: its checksum does not fit; restore it, or import its inputs again
      hint:  move it away, then import again what it was made from
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche("picture import counts panel.csv"), @r"
    [standard error]
    error: cannot read table `veche-picture/counts-ged_sb.parquet`: it is damaged: its checksum does not fit; restore it, or import its inputs again
      hint:  move it away, then import again what it was made from
    [exit 5]
    ");
    assert_eq!(place.get(TABLE), table);
    std::fs::remove_file(place.path().join(TABLE)).unwrap();
    std::fs::create_dir(place.path().join(TABLE)).unwrap();
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    [standard error]
    error: cannot read `veche-picture/counts-ged_sb.parquet`: it is a directory
    [exit 3]
    ");
}

#[test]
fn counts_of_views_whose_months_are_off_by_nine_are_refused() {
    let place = Place::new();
    place.put("cm.csv", norland());
    insta::assert_snapshot!(place.veche("picture import views cm.csv --begins 2009-04"), @r"
    [standard error]
    error: cannot import `cm.csv`: its first month is 2010-01, and 2009-04 is stated: off by 9 months
      hint:  if `month_id` is VIEWS's, where 121 is January 1990, state its first month instead of 2009-04; else number the months so
    [exit 5]
    ");
    assert!(!place.path().join("veche-picture/counts-ged_sb.parquet").exists());
    let gap = norland().replace("\n400,1,0", "");
    place.put("gap.csv", gap);
    insta::assert_snapshot!(place.veche("picture import views gap.csv --begins 2010-01"), @r"
    ged_sb from `gap.csv`: 129 of 129 rows kept
      129 new, 0 replaced, 0 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` now has 129 rows
      note: 1 area with 1 gap, the first of views:1 after 2013-03, 1 month: no month without a row is taken for one of zero, and a history begins after its last gap
    [exit 0]
    ");
}

#[test]
fn incidents_are_imported_beside_events_and_have_series_of_their_own() {
    let place = Place::new();
    let header = "event_id_cnty,event_date,time_precision,event_type,sub_event_type,actor1,actor2,iso,country,admin1,location,\
                  latitude,longitude,geo_precision,source,fatalities";
    let mut csv = format!("{header}\n");
    for month in 0..36 {
        let (year, month) = (2021 + month / 12, month % 12 + 1);
        writeln!(csv, "NOR{year}{month},{year}-{month:02}-03,1,Battles,Armed clash,Reds,Army,901,Norland,,Port,1,2,1,Daily,3")
            .unwrap();
    }
    csv.push_str("NOR1,2023-12-04,1,War,Armed clash,Reds,Army,901,Norland,,Port,1,2,1,Daily,3\n");
    place.put("acled.csv", csv);
    insta::assert_snapshot!(place.veche("picture import acled acled.csv --known 2024-01-10"), @r"
    incidents from `acled.csv`: 36 of 37 rows kept
      36 new, 0 replaced, 0 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/incidents.parquet` now has 36 rows
    skipped 1 rows:
             1  not one of the words of this column
    the first of them:
      line 38: column `event_type`: not one of the words of this column: `War`
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    incidents_conflict: 1 area
      iso:901      2021-01 to 2023-12  Norland

    incidents_deaths: 1 area
      iso:901      2021-01 to 2023-12  Norland
    [exit 0]
    ");
    let told =
        place.veche("picture tension --area iso:901 --series incidents_deaths --json").json();
    assert_eq!(
        (&told["tension"]["month"], &told["tension"]["reasons"][0]["count"]),
        (&"2023-12".into(), &3.into())
    );
}

#[test]
fn a_country_has_no_month_of_peace_before_it_exists() {
    let place = Place::new();
    place.put("panel.csv", norland());
    place.put("names.csv", "country_id,name,from,until\n1,Norland,2012-07,\n2,Sudra,,2012-06\n");
    place.veche("picture import counts panel.csv --names names.csv").good();
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    ged_sb: 2 areas
      views:1      2012-07 to 2015-05  Norland
      views:2      2010-01 to 2012-06  Sudra
    [exit 0]
    ");
    let names = String::from_utf8(place.get("veche-picture/names.csv")).unwrap();
    assert_eq!(
        names,
        "area,name,from,until\nviews:1,\"Norland\",2012-07,\nviews:2,\"Sudra\",,2012-06\n"
    );
}

/// A shell that runs the program where no file may grow beyond one block.
#[cfg(target_os = "linux")]
fn cramped(place: &Place, first: &str, arguments: &str) -> Screen {
    let script = format!("{first} ulimit -f 1; exec \"$0\" {arguments}");
    let output = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_veche")])
        .current_dir(place.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Screen::of(&output)
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_leaves_the_old_table() {
    let place = with_norland();
    let table = place.get(TABLE);
    let more: Vec<_> = (1..40).map(|area| (area, (0..300).map(|n| n * n % 97).collect())).collect();
    place.put("more.csv", panel_csv(&more));
    let import = "picture import counts more.csv --known 2040-01-01";
    let before = files(&place);
    // The signal ignored, a write beyond the limit fails, as on a full disk.
    let failed = cramped(&place, "trap '' XFSZ;", import);
    assert_eq!(failed.code, Some(8), "{failed}");
    let start = "error: cannot write `veche-picture/vintages/counts-ged_sb-";
    assert!(failed.err.starts_with(start), "{failed}");
    assert!(failed.err.ends_with(".parquet`: File too large (os error 27)\n"), "{failed}");
    let vintages =
        || std::fs::read_dir(place.path().join("veche-picture/vintages")).unwrap().count();
    assert_eq!((place.get(TABLE), files(&place), vintages()), (table.clone(), before, 1));
    // The signal taken, the program is killed in the middle of its write.
    let killed = cramped(&place, "", import);
    assert_eq!((killed.code, place.get(TABLE)), (None, table));
    assert_eq!(vintages(), 2, "the unfinished file is there");
    place.veche(import).good();
    assert_eq!(vintages(), 2, "it is gone, and the whole one is there");
    let all = [".lock", "counts-ged_sb.parquet", "names.csv", "vintages", "vintages.json"];
    assert_eq!(files(&place), all);
    let whole = Place::new();
    whole.put("panel.csv", norland());
    whole.put("more.csv", place.get("more.csv"));
    whole.veche("picture import counts panel.csv").good();
    whole.veche(import).good();
    assert_eq!(whole.get(TABLE), place.get(TABLE));
}

/// Address space that an import is given here, in KiB: enough for the program, and not for the line.
#[cfg(target_os = "linux")]
const MEMORY_KIB: u64 = 384 * 1024;

/// Neither the reader nor the command holds such a line, nor the input.
#[cfg(target_os = "linux")]
#[test]
fn an_input_larger_than_memory_is_read_and_its_endless_line_skipped() {
    let place = Place::new();
    let script = format!("ulimit -v {MEMORY_KIB}; exec \"$0\" picture import counts -");
    let mut program = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_veche")])
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = program.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        pipe.write_all(norland().as_bytes()).unwrap();
        let piece = vec![b'x'; 1 << 20];
        // A line of half a gigabyte.
        (0..512).take_while(|_| pipe.write_all(&piece).is_ok()).count()
    });
    let screen = Screen::of(&program.wait_with_output().unwrap());
    assert_eq!(writer.join().unwrap(), 512);
    insta::assert_snapshot!(screen, @r"
    ged_sb from `standard input`: 130 of 131 rows kept
      130 new, 0 replaced, 0 as before, 0 older than what is there, 0 twice in the file
      `veche-picture/counts-ged_sb.parquet` now has 130 rows
    skipped 1 rows:
             1  the row is too long
    the first of them:
      line 132: the row is too long: `more than 262144 bytes`
    [exit 0]
    ");
}
