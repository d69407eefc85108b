//! Tables: merging by vintage, and Parquet bytes.

use crate::support::{
    WANTED, event_row, events_csv, panel_csv, read_counts, read_events, silent, vintage,
};
use veche_picture::import::ImportError;
use veche_picture::table::TableFault;
use veche_picture::{CountTable, EventTable, Imported, Merged, import_counts, import_events};

fn imported(existing: Option<Vec<u8>>, csv: &str, number: u8) -> Imported<veche_picture::Event> {
    import_events(existing, &mut csv.as_bytes(), vintage(number), &mut silent).unwrap()
}

#[test]
fn importing_a_file_twice_changes_no_byte() {
    let csv = events_csv(&[event_row(2, 5), event_row(1, 7), event_row(2, 6)]);
    let first = imported(None, &csv, 1);
    assert_eq!(first.merged, Merged { inserted: 2, repeated: 1, ..Merged::default() });
    let second = imported(Some(first.file.clone()), &csv, 1);
    assert_eq!(second.merged, Merged { unchanged: 2, repeated: 1, ..Merged::default() });
    assert_eq!(second.file, first.file);
    // Of two rows with one number the later counts.
    assert_eq!(second.table.rows().map(|(event, _)| event.best).collect::<Vec<_>>(), [7, 6]);
}

#[test]
fn a_newer_vintage_replaces_and_an_older_does_not_come_back() {
    let old = events_csv(&[event_row(1, 10), event_row(2, 20), event_row(3, 30)]);
    let new = events_csv(&[event_row(1, 10), event_row(2, 25), event_row(4, 40)]);
    let first = imported(None, &old, 1);
    let second = imported(Some(first.file), &new, 2);
    assert_eq!(
        second.merged,
        Merged { inserted: 1, replaced: 1, confirmed: 1, ..Merged::default() }
    );
    assert_eq!(second.table.vintages(), [vintage(1), vintage(2)]);
    let held: Vec<_> = second
        .table
        .rows()
        .map(|(event, vintage)| (event.id.0, event.best, vintage.0[0]))
        .collect();
    assert_eq!(held, [(1, 10, 2), (2, 25, 2), (3, 30, 1), (4, 40, 2)]);
    let third = imported(Some(second.file.clone()), &old, 1);
    assert_eq!(third.merged, Merged { outdated: 2, unchanged: 1, ..Merged::default() });
    assert_eq!(third.file, second.file);
}

#[test]
fn counts_of_two_series_live_in_one_table() {
    let csv = "month_id,country_id,ged_sb,all_best\n400,1,2,5\n401,1,3,6\n";
    let (series, first) =
        import_counts(None, &mut csv.as_bytes(), WANTED, vintage(1), &mut silent).unwrap();
    let wanted = veche_picture::source::counts::Wanted { column: Some("all_best"), ..WANTED };
    let (other, second) =
        import_counts(Some(first.file), &mut csv.as_bytes(), wanted, vintage(1), &mut silent)
            .unwrap();
    assert_eq!((series.as_str(), other.as_str()), ("ged_sb", "all_best"));
    assert_eq!((second.table.len(), second.merged.inserted), (4, 2));
}

#[test]
fn a_table_is_the_same_after_parquet() {
    let unusual =
        "7,2023-09-30,2023-10-02,5,901,\"Nörland, the\",x,\"a \"\"b\"\"\",y,3,4,5,6,-90,180,7,-1,";
    let csv = events_csv(&[event_row(1, 7), unusual.to_owned()]);
    let one = imported(None, &csv, 1);
    assert_eq!(EventTable::from_parquet(one.file).unwrap(), one.table);
    assert_eq!(one.report.odd_estimates, 1);
    let (event, _) = one.table.rows().nth(1).unwrap();
    assert_eq!(
        (event.country.as_str(), event.sources, event.source.as_deref()),
        ("Nörland, the", None, None)
    );
    let empty = EventTable::default().to_parquet(&mut silent).unwrap();
    assert_eq!(EventTable::from_parquet(empty).unwrap(), EventTable::default());
}

#[test]
fn a_table_of_several_row_groups_is_read_whole() {
    let counts: Vec<u32> = (0..400).collect();
    let areas: Vec<_> = (1..=350).map(|area| (area, counts.clone())).collect();
    let (rows, _) = read_counts(panel_csv(&areas).as_bytes()).unwrap();
    let mut table = CountTable::default();
    table.merge(rows, vintage(1)).unwrap();
    let file = table.to_parquet(&mut silent).unwrap();
    assert_eq!(table.len(), 140_000);
    assert_eq!(CountTable::from_parquet(file).unwrap(), table);
}

/// The file with a text replaced by another of the same length, wherever it stands, and its checksum set right.
fn forged(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut forged = file.to_vec();
    let places: Vec<_> =
        (0..file.len()).filter(|at| file[*at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty(), "the file does not hold {from}");
    for at in places {
        forged[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    let digits = forged.windows(6).rposition(|bytes| bytes == b"crc32=").unwrap() + 6;
    forged[digits..digits + 8].fill(b'0');
    let mut crc = flate2::Crc::new();
    crc.update(&forged);
    forged[digits..digits + 8].copy_from_slice(format!("{:08x}", crc.sum()).as_bytes());
    forged
}

#[test]
fn a_newer_foreign_or_other_table_is_refused_by_name() {
    let file = imported(None, &events_csv(&[event_row(1, 7)]), 1).file;
    let message = |file| EventTable::from_parquet(file).unwrap_err().to_string();
    assert_eq!(
        message(forged(&file, "events/1", "events/2")),
        "cannot read the table of events: it is `events/2` and this build knows up to `events/1`; update veche"
    );
    assert_eq!(
        CountTable::from_parquet(file.clone()).unwrap_err().to_string(),
        "cannot read the table of counts: it is `events/1`, not `counts/1`"
    );
    assert_eq!(
        message(forged(&file, "veche.schema", "other.schema")),
        "cannot read the table of events: the file does not say what it holds (no `veche.schema`)"
    );
    let renamed = EventTable::from_parquet(forged(&file, "latitude", "latitudo")).unwrap_err();
    assert!(matches!(renamed.fault, TableFault::Columns), "{renamed}");
    assert_eq!(
        message(b"PAR1 not one of ours PAR1".to_vec()),
        "cannot read the table of events: the file does not say what it holds (no `veche.sum`)"
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let file = imported(None, &events_csv(&[event_row(1, 7), event_row(2, 9)]), 1).file;
    for len in 0..file.len() {
        assert!(EventTable::from_parquet(file[..len].to_vec()).is_err(), "{len}");
    }
}

#[test]
fn a_bad_input_leaves_the_table_so_far_to_its_owner() {
    let file = imported(None, &events_csv(&[event_row(1, 7)]), 1).file;
    let error =
        import_events(Some(file), &mut &b"id\n1\n"[..], vintage(2), &mut silent).unwrap_err();
    assert!(matches!(error, ImportError::Source(_)));
}

#[test]
fn every_step_reports_its_progress() {
    let mut seen = Vec::new();
    let csv = events_csv(&[event_row(1, 7)]);
    let length = u64::try_from(csv.len()).unwrap();
    import_events(None, &mut csv.as_bytes(), vintage(1), &mut |progress| seen.push(progress))
        .unwrap();
    assert_eq!(
        seen.iter().map(|progress| (progress.done, progress.bytes)).collect::<Vec<_>>(),
        [(1, length), (1, 0)]
    );
    let (events, _) = read_events(csv.as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
}

proptest::proptest! {
    #[test]
    fn merging_is_idempotent_whatever_the_rows(
        old in proptest::collection::vec((1u32..20, 0u32..5), 0..30),
        new in proptest::collection::vec((1u32..20, 0u32..5), 0..30),
    ) {
        let rows = |pairs: &[(u32, u32)]| {
            let csv: Vec<_> = pairs.iter().map(|(id, deaths)| event_row(*id, *deaths)).collect();
            read_events(events_csv(&csv).as_bytes()).unwrap().0
        };
        let mut table = EventTable::default();
        table.merge(rows(&old), vintage(1)).unwrap();
        table.merge(rows(&new), vintage(2)).unwrap();
        let once = table.to_parquet(&mut silent).unwrap();
        table.merge(rows(&new), vintage(2)).unwrap();
        table.merge(rows(&old), vintage(1)).unwrap();
        proptest::prop_assert_eq!(table.to_parquet(&mut silent).unwrap(), once);
    }
}

#[test]
fn a_file_with_any_bit_turned_is_refused() {
    let file = imported(None, &events_csv(&[event_row(1, 7), event_row(2, 9)]), 1).file;
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut bad = file.clone();
            bad[at] ^= 1 << bit;
            assert!(EventTable::from_parquet(bad).is_err(), "bit {bit} of byte {at}");
        }
    }
}
