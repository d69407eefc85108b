//! What bad inputs do: a bad row is skipped and named, a bad file is refused.

use crate::support::{
    EVENT_HEADER, WANTED, event_row, events_csv, gzip, panel_csv, read_counts, read_events, silent,
};
use std::io::{BufRead, BufReader, Read};
use veche_picture::source::records::RECORD_LEN_MAX;
use veche_picture::source::{EXAMPLES_MAX, Packing, RowFault, SourceFault, ucdp};
use veche_picture::{EventId, SourceError};

fn rows(count: u32) -> Vec<String> {
    (1..=count).map(|id| event_row(id, id)).collect()
}

/// Reads ten good rows with one in their midst replaced; the other nine must come through.
#[track_caller]
fn check(bad: &str, fault: RowFault, column: Option<&str>) {
    let mut rows = rows(10);
    bad.clone_into(&mut rows[4]);
    let (events, report) = read_events(events_csv(&rows).as_bytes()).unwrap();
    assert_eq!(events.len(), 9, "{:?}", report.examples);
    assert_eq!((report.rows, report.kept, report.skipped()), (10, 9, 1));
    let problem = &report.examples[0];
    assert_eq!(
        (problem.line, problem.fault, problem.column.as_deref()),
        (6, fault, column),
        "{problem}"
    );
}

fn with(column: &str, value: &str) -> String {
    let at = EVENT_HEADER.split(',').position(|name| name == column).unwrap();
    let row = event_row(5, 5);
    let mut fields: Vec<_> = row.split(',').collect();
    fields[at] = value;
    fields.join(",")
}

#[track_caller]
fn refused(bytes: &[u8]) -> SourceError {
    read_events(bytes).unwrap_err()
}

#[test]
fn a_hostile_value_costs_its_own_row() {
    for (column, value, fault) in [
        ("best", "-1", RowFault::OutOfRange),
        ("best", "1e400", RowFault::NotANumber),
        ("best", "NaN", RowFault::NotANumber),
        ("best", "99999999999999999999999", RowFault::OutOfRange),
        ("best", "", RowFault::Empty),
        ("best", "1.5", RowFault::NotANumber),
        ("id", "4294967296", RowFault::OutOfRange),
        ("latitude", "1e400", RowFault::OutOfRange),
        ("latitude", "NaN", RowFault::OutOfRange),
        ("longitude", "-180.1", RowFault::OutOfRange),
        ("date_end", "2023-13-01", RowFault::NotADate),
        ("date_end", "2022-01-01", RowFault::Contradiction),
        ("type_of_violence", "4", RowFault::OutOfRange),
        ("country", "", RowFault::Empty),
        ("country_id", "0", RowFault::OutOfRange),
    ] {
        check(&with(column, value), fault, Some(column));
    }
    let long = "x".repeat(ucdp::NAME_LEN_MAX + 1);
    check(&with("side_a", &long), RowFault::LongText, Some("side_a"));
}

#[test]
fn a_row_with_more_or_fewer_fields_is_skipped() {
    check("5,2023-10-01", RowFault::FieldCount, None);
    check(&format!("{},more", event_row(5, 5)), RowFault::FieldCount, None);
    check(&",".repeat(2000), RowFault::FieldCount, None);
}

#[test]
fn a_stray_quote_costs_one_row_and_not_the_rest_of_the_file() {
    check(&with("country", "\"Norland"), RowFault::OpenQuote, None);
    let mut two = rows(10);
    two[3] = with("country", "\"Norland");
    two[6] = with("country", "\"Norland");
    let (events, report) = read_events(events_csv(&two).as_bytes()).unwrap();
    assert_eq!((events.len(), report.faults[&RowFault::OpenQuote]), (8, 2));
    check(&with("side_b", "a 12\" gun"), RowFault::StrayQuote, None);
    let mut many = rows(500);
    many[100] = with("country", "\"Norland");
    let (events, report) = read_events(events_csv(&many).as_bytes()).unwrap();
    assert_eq!((events.len(), report.skipped()), (499, 1));
    assert_eq!((report.examples[0].line, report.examples[0].fault), (102, RowFault::OpenQuote));
    assert!(!events.iter().any(|event| event.id == EventId(101)));
}

#[test]
fn a_quoted_line_break_belongs_to_its_row() {
    let mut rows = rows(3);
    rows[1] = with("side_b", "\"Reds\nand \"\"Blues\"\"\"");
    rows[2] = with("best", "x");
    let (events, report) = read_events(events_csv(&rows).as_bytes()).unwrap();
    assert_eq!(events[1].side_b, "Reds\nand \"Blues\"");
    assert_eq!(report.examples[0].line, 5);
}

#[test]
fn one_broken_row_in_ten_is_reported_and_the_others_are_kept() {
    let mut rows = rows(2000);
    for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| at % 10 == 3) {
        *row = match at % 4 {
            0 => "\"".to_owned(),
            1 => "a,b,c".to_owned(),
            2 => with("best", "many"),
            _ => with("date_start", "yesterday"),
        };
    }
    let (events, report) = read_events(events_csv(&rows).as_bytes()).unwrap();
    assert_eq!((events.len(), report.kept, report.skipped()), (1800, 1800, 200));
    assert_eq!(report.examples.len(), EXAMPLES_MAX);
    assert_eq!(report.faults.values().sum::<u64>(), 200);
}

#[test]
fn another_delimiter_is_found_and_told() {
    for delimiter in [';', '\t', '|'] {
        let csv = events_csv(&rows(3)).replace(',', &delimiter.to_string());
        let (events, report) = read_events(csv.as_bytes()).unwrap();
        assert_eq!((events.len(), report.delimiter), (3, delimiter));
    }
    assert_eq!(read_events(events_csv(&rows(3)).as_bytes()).unwrap().1.delimiter, ',');
}

#[test]
fn a_byte_order_mark_crlf_and_blank_lines_are_accepted() {
    let csv = format!("\u{feff}{}\n\n", events_csv(&rows(3)).replace('\n', "\r\n"));
    let (events, report) = read_events(csv.as_bytes()).unwrap();
    assert_eq!((events.len(), report.skipped()), (3, 0));
    assert_eq!(events[0].id, EventId(1));
    let quoted = events_csv(&rows(1)).replacen("id,", "\"id\",", 1);
    assert_eq!(read_events(format!("\u{feff}{quoted}").as_bytes()).unwrap().0.len(), 1);
}

#[test]
fn other_encodings_are_refused_or_cost_their_rows() {
    let utf16: Vec<u8> = events_csv(&rows(2)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(refused(&utf16).fault, SourceFault::Utf16));
    assert!(matches!(refused(&[&[0xff, 0xfe][..], &utf16].concat()).fault, SourceFault::Utf16));
    let mut latin1 = events_csv(&rows(10)).into_bytes();
    let at = latin1.windows(7).position(|bytes| bytes == b"Norland").unwrap();
    latin1[at + 1] = 0xf6;
    let (events, report) = read_events(&latin1).unwrap();
    assert_eq!((events.len(), report.faults[&RowFault::NotUtf8]), (9, 1));
}

/// So many bytes without a line end, made as they are read.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = out.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
        out[..len].fill(b'x');
        self.0 -= u64::try_from(len).unwrap();
        Ok(len)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_one_bad_row_and_is_never_held() {
    let before = events_csv(&rows(3)).into_bytes();
    let after = format!("\n{}\n", event_row(9, 9)).into_bytes();
    let input = before.chain(Endless(1 << 30)).chain(&*after);
    let mut input: Box<dyn BufRead> = Box::new(BufReader::new(input));
    let mut ids = Vec::new();
    let report = ucdp::read(&mut *input, &mut silent, &mut |event| ids.push(event.id.0)).unwrap();
    assert_eq!(ids, [1, 2, 3, 9]);
    assert_eq!((report.faults[&RowFault::TooLong], report.examples[0].line), (1, 5));
    assert!(report.bytes > 1 << 30);
}

#[test]
fn a_header_without_end_is_refused() {
    let mut input = BufReader::new(Endless(4 * u64::try_from(RECORD_LEN_MAX).unwrap()));
    let error = ucdp::read(&mut input, &mut silent, &mut |_| {}).unwrap_err();
    assert!(matches!(error.fault, SourceFault::LongHeader));
}

#[test]
fn gzip_cut_anywhere_is_refused() {
    let whole = gzip(events_csv(&rows(300)).as_bytes());
    let (events, report) = read_events(&whole).unwrap();
    assert_eq!((events.len(), report.packing), (300, Packing::Gzip));
    for len in 4..whole.len() {
        let error = refused(&whole[..len]);
        assert!(matches!(error.fault, SourceFault::CutShort { .. }), "{len}: {error}");
    }
}

#[test]
fn damaged_gzip_is_refused() {
    let mut bytes = gzip(events_csv(&rows(300)).as_bytes());
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    assert!(matches!(refused(&bytes).fault, SourceFault::Damaged { .. }));
}

#[test]
fn empty_zipped_and_unusable_files_say_what_they_are() {
    assert_eq!(refused(b"").to_string(), "cannot read the input at line 1: it is empty");
    assert!(matches!(refused(&gzip(b"")).fault, SourceFault::Empty));
    assert!(matches!(refused(b"PK\x03\x04rest").fault, SourceFault::Zip));
    assert!(matches!(refused(b"\n\n\n").fault, SourceFault::Empty));
    let nothing_good = events_csv(&["1,2,3".to_owned(), "4".to_owned()]);
    assert_eq!(
        refused(nothing_good.as_bytes()).to_string(),
        "cannot read the input at line 2: none of 2 rows can be used; the first: line 2: the number of fields differs \
         from the header's: `3 where the header has 18`"
    );
    let (events, report) = read_events(EVENT_HEADER.as_bytes()).unwrap();
    assert_eq!((events.len(), report.rows), (0, 0));
}

#[test]
fn a_missing_or_doubled_column_is_named_with_what_was_found() {
    let error = refused(b"id,country\n1,Norland\n");
    assert_eq!(
        error.to_string(),
        "cannot read the input at line 2: no column `date_start`; found `id`, `country`"
    );
    let error = refused(events_csv(&rows(1)).replacen("low,", "best,", 1).as_bytes());
    assert!(error.to_string().ends_with("two columns are named `best`"), "{error}");
    let error = read_counts(b"country_id,month_id,people\n1,400,5\n").unwrap_err();
    assert!(
        error.to_string().contains("no count column among `country_id`, `month_id`, `people`"),
        "{error}"
    );
    let error = read_counts(b"country_id,year,ged_sb\n1,2020,5\n").unwrap_err();
    assert!(error.to_string().contains("no column `month_id`"), "{error}");
}

#[test]
fn columns_are_found_by_name_in_any_order_and_case() {
    let csv = "Best_of,COUNTRY_ID,Year,Month,GED_SB\n9,7,2020,5,3\n";
    let (rows, _) = read_counts(csv.as_bytes()).unwrap();
    assert_eq!(
        (rows[0].area.to_string(), rows[0].month.to_string(), rows[0].count),
        ("views:7".into(), "2020-05".into(), 3)
    );
}

#[test]
fn a_month_that_contradicts_its_number_is_skipped() {
    let csv = panel_csv(&[(1, vec![1, 2, 3])]).replace("362,2010,2", "362,2010,3");
    let (rows, report) = read_counts(csv.as_bytes()).unwrap();
    assert_eq!((rows.len(), report.faults[&RowFault::Contradiction]), (2, 1));
}

#[test]
fn a_named_count_column_is_taken() {
    let wanted = veche_picture::source::counts::Wanted { column: Some("all_best"), ..WANTED };
    let mut counts = Vec::new();
    let csv = "month_id,country_id,ged_sb,all_best\n400,1,2,5.0\n";
    let (series, _) =
        veche_picture::source::counts::read(&mut csv.as_bytes(), wanted, &mut silent, &mut |row| {
            counts.push(row);
        })
        .unwrap();
    assert_eq!((series.as_str(), counts[0].count), ("all_best", 5));
}

#[test]
fn a_source_text_without_end_is_dropped_and_counted() {
    let long = "x".repeat(ucdp::SOURCE_LEN_MAX + 1);
    let csv = events_csv(&[event_row(1, 1), with("source_office", &long)]);
    let (events, report) = read_events(csv.as_bytes()).unwrap();
    assert_eq!((events[0].source.as_deref(), events[1].source.as_deref()), (Some("Daily"), None));
    assert_eq!(report.sources_dropped, 1);
}

#[test]
fn a_failing_reader_is_an_error_with_its_cause() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let csv = events_csv(&rows(3)).into_bytes();
    let mut input = BufReader::new(csv.chain(Failing));
    let error = ucdp::read(&mut input, &mut silent, &mut |_| {}).unwrap_err();
    assert!(
        matches!(error.fault, SourceFault::Read(cause) if cause.to_string() == "the disk is gone")
    );
}

proptest::proptest! {
    #[test]
    fn no_input_makes_a_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        drop(read_events(&bytes));
        drop(read_events(&[EVENT_HEADER.as_bytes(), b"\n", &bytes].concat()));
        drop(read_counts(&[b"country_id,month_id,count\n", &*bytes].concat()));
    }

    #[test]
    fn every_good_row_between_rubbish_is_kept(rubbish in proptest::collection::vec("[a-z\"]{1,10},?[a-z\"]{0,10}", 1..8)) {
        // Rubbish may open a quote, and with too few commas for a row never closes one soundly.
        let mut lines = Vec::new();
        for (id, line) in (1..).zip(&rubbish) {
            lines.push(line.clone());
            lines.push(event_row(id, 1));
        }
        let (events, _) = read_events(events_csv(&lines).as_bytes()).unwrap();
        proptest::prop_assert_eq!(events.len(), rubbish.len());
    }
}
