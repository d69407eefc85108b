//! The real data sets, where they are to be had: `VECHE_SHARED`, or `../shared` beside the workspace.

use crate::support::{WANTED, silent, vintage};
use std::io::Write as _;
use std::path::PathBuf;
use veche_picture::tension::MONTHS_MIN;
use veche_picture::warn::Threshold;
use veche_picture::{
    AreaId, Bands, Drafted, EventTable, Month, Outcome, Panel, Policy, Reading, Scheme, Series,
    draft, import_counts, import_events, tension,
};

/// The bytes of a file of the data folder; `None`, and a line that says so, where it is absent.
#[expect(
    clippy::disallowed_methods,
    reason = "only this test looks for files, and only for the shared data"
)]
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    let root = std::env::var("VECHE_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("data/forecast").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        // Past the test harness, which hides what a passing test prints.
        let line = format!("skipped: no shared data at {}\n", path.display());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    bytes
}

/// Sums one column with nothing but the csv crate: rows, and the column's total.
fn naive(packed: &[u8], column: &str) -> (usize, u64) {
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(packed));
    let at = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    let values: Vec<u64> =
        reader.records().map(|record| record.unwrap()[at].parse().unwrap()).collect();
    (values.len(), values.iter().sum())
}

#[track_caller]
fn check_counts(name: &str, rows: usize) {
    let Some(bytes) = shared(name) else { return };
    let (series, imported) =
        import_counts(None, &mut &*bytes, WANTED, vintage(1), &mut silent).unwrap();
    let total = imported.table.rows().map(|(count, _)| u64::from(count.count)).sum::<u64>();
    assert_eq!((imported.table.len(), total), naive(&bytes, series.as_str()));
    assert_eq!(
        (imported.table.len(), imported.report.skipped(), series.as_str()),
        (rows, 0, "ged_sb")
    );
    let (_, again) =
        import_counts(Some(imported.file.clone()), &mut &*bytes, WANTED, vintage(1), &mut silent)
            .unwrap();
    assert!(again.file == imported.file, "a second import changed the file");
}

#[test]
fn the_training_panel_is_read_whole() {
    check_counts("cm_panel_199001_202212.csv.gz", 67_810);
}

#[test]
fn the_state_based_panel_is_read_whole() {
    check_counts("cm_sb_201512_202212.csv.gz", 16_235);
}

#[test]
fn a_month_of_candidate_events_is_read_whole() {
    let Some(bytes) = shared("ged_candidate_23_0_10.csv.gz") else { return };
    let imported = import_events(None, &mut &*bytes, vintage(1), &mut silent).unwrap();
    let total = imported.table.rows().map(|(event, _)| u64::from(event.best)).sum::<u64>();
    assert_eq!((imported.table.len(), total), naive(&bytes, "best"));
    assert_eq!(
        (imported.table.len(), imported.report.skipped(), imported.report.odd_estimates),
        (2391, 0, 15)
    );
    let again =
        import_events(Some(imported.file.clone()), &mut &*bytes, vintage(1), &mut silent).unwrap();
    assert!(again.file == imported.file && again.merged.unchanged == 2391);
    assert_eq!(EventTable::from_parquet(imported.file).unwrap(), imported.table);
}

#[test]
fn every_index_of_the_real_panel_is_the_sum_of_its_reasons() {
    let Some(bytes) = shared("cm_panel_199001_202212.csv.gz") else { return };
    let (series, imported) =
        import_counts(None, &mut &*bytes, WANTED, vintage(1), &mut silent).unwrap();
    let panel = Panel::from_counts(&imported.table, &series);
    let mut known = 0;
    for history in panel.histories() {
        for at in (0..history.cells().len()).filter_map(|place| history.month_at(place)) {
            let Reading::Known(tension) = tension(history, at) else { continue };
            known += 1;
            let sum: u32 = tension.reasons.iter().map(|reason| reason.contribution).sum();
            assert_eq!(sum, u32::from(tension.index) * 100, "{} {at}", history.area());
        }
    }
    let expected: usize = panel
        .histories()
        .map(|history| (history.cells().len() + 1).saturating_sub(MONTHS_MIN))
        .sum();
    assert_eq!(known, expected);
}

#[test]
fn a_threshold_on_the_real_panel_beats_no_threshold() {
    let Some(bytes) = shared("cm_panel_199001_202212.csv.gz") else { return };
    let (series, imported) =
        import_counts(None, &mut &*bytes, WANTED, vintage(1), &mut silent).unwrap();
    let panel = Panel::from_counts(&imported.table, &series);
    let at = Month::parse("2022-12").unwrap();
    let drafted = |index| {
        let threshold = Threshold::new(index).unwrap();
        let policy = Policy { threshold, outcome: Outcome::DEFAULT, bands: Bands::DEFAULT };
        panel.histories().find_map(|history| {
            match draft(&panel, history.area(), at, policy, &mut silent) {
                Drafted::Draft(draft) => Some(draft),
                Drafted::Below { .. } | Drafted::NoData(_) | Drafted::UnknownArea(_) => None,
            }
        })
    };
    let (low, high) = (drafted(1).unwrap().panel_record, drafted(55).unwrap().panel_record);
    assert_eq!(low.months, high.months);
    assert_eq!(low.hits + low.misses, high.hits + high.misses);
    let base_rate = 1000 * (high.hits + high.misses) / high.months;
    assert!(1000 - high.false_alarms_per_mille().unwrap() > 3 * base_rate);
}

#[test]
fn the_same_number_in_two_lists_is_two_areas() {
    let Some(bytes) = shared("ged_candidate_23_0_10.csv.gz") else { return };
    let imported = import_events(None, &mut &*bytes, vintage(1), &mut silent).unwrap();
    let month = Month::parse("2023-10").unwrap();
    let panel = Panel::from_events(&imported.table, month, month).unwrap();
    assert!(panel.get(AreaId::new(Scheme::Gw, 700)).is_some());
    assert!(panel.get(AreaId::new(Scheme::Views, 700)).is_none());
    assert_eq!(panel.series(), &Series::parse("events_best").unwrap());
}
