//! Events of data sets, how they are kept, and counts of them.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Cursor;
use veche_coder::ontology::Class;
use veche_picture::reported::counts::{Asked, Counted, Outside, counts};
use veche_picture::reported::mapping::{Mapped, cameo};
use veche_picture::source::reported::{Format, read};
use veche_picture::source::{Report, RowFault};
use veche_picture::table::ReportedTable;
use veche_picture::{Date, ReportedEvent, SourceError, Vintage};

pub(crate) fn import(
    format: Format,
    bytes: &[u8],
) -> Result<(Vec<ReportedEvent>, Report), SourceError> {
    let mut events = Vec::new();
    let report =
        read(format, &mut Cursor::new(bytes), &mut |_| {}, &mut |event| events.push(event))?;
    Ok((events, report))
}

/// A row of GDELT with these fields, by their place, and nothing else.
pub(crate) fn gdelt(cells: &[(usize, &str)]) -> String {
    let mut row = vec![""; 61];
    let usual = [(0, "1001"), (1, "20261123"), (7, "ARM"), (12, "GOV"), (17, "BLR"), (26, "190")];
    for (at, cell) in usual.into_iter().chain(cells.iter().copied()) {
        row[at] = cell;
    }
    row.join("\t") + "\n"
}

#[test]
fn gdelt_is_read_by_the_place_of_its_columns() {
    let text = gdelt(&[
        (6, "THE \"ARMY"),
        (30, "-10.0"),
        (32, "3"),
        (33, "12"),
        (52, "Minsk, Belarus"),
        (53, "BO"),
        (56, "53.9"),
        (57, "27.5667"),
        (60, "https://example.org/a"),
    ]);
    let (events, report) = import(Format::Gdelt, text.as_bytes()).unwrap();
    let [event] = events.as_slice() else { panic!("{report:?}") };
    assert_eq!((event.event.as_str(), event.kind.as_str()), ("gdelt:1001", "ASSAULT"));
    assert_eq!((event.actor.as_deref(), event.recipient.as_deref()), (Some("ARMGOV"), Some("BLR")));
    assert_eq!(event.actor_text.as_deref(), Some("THE \"ARMY"));
    assert_eq!((event.country.as_deref(), event.cameo.as_deref()), (Some("BLR"), Some("190")));
    assert_eq!((event.latitude, event.longitude), (Some(53_900_000), Some(27_566_700)));
    assert_eq!((event.intensity, event.sources, event.carriers), (Some(-100), Some(3), Some(12)));
    assert_eq!(event.first.to_string(), "2026-11-23");
}

#[test]
fn rows_that_cannot_be_used_are_skipped_and_told_with_line_and_column() {
    let rows = [
        gdelt(&[]),
        gdelt(&[(1, "20261323")]),
        gdelt(&[(26, "010")]),
        gdelt(&[(26, "XX")]),
        gdelt(&[(56, "north"), (57, "1")]),
        "cut\tshort\n".to_owned(),
        gdelt(&[(56, "91"), (57, "1")]),
        gdelt(&[(0, "1002")]).trim_end_matches('\n').to_owned() + "\t\t\n",
    ];
    let mut bytes = rows.concat().into_bytes();
    bytes.extend(gdelt(&[(6, "ARMY?")]).replace('?', "\u{fffd}").into_bytes());
    let broken = gdelt(&[(6, "?")]).into_bytes();
    bytes.extend(broken.iter().map(|byte| if *byte == b'?' { 0xff } else { *byte }));
    let (events, report) = import(Format::Gdelt, &bytes).unwrap();
    assert_eq!((events.len(), report.kept, report.rows, report.skipped()), (3, 3, 10, 7));
    let told: Vec<String> = report.examples.iter().map(ToString::to_string).collect();
    for says in [
        "line 2: column `sqldate`: not a date",
        "line 3: column `eventcode`: no event of PLOVER: `010`",
        "line 4: column `eventcode`: not one of the words",
        "line 5: column `actiongeo_lat`: not a number",
        "line 6: the number of fields differs",
        "line 7: column `actiongeo_lat`: out of range",
        "line 10: column `actor1name`: not UTF-8",
    ] {
        assert!(told.iter().any(|told| told.starts_with(says)), "{says}: {told:#?}");
    }
    assert_eq!(report.faults[&RowFault::NoEvent], 1);
}

#[test]
fn a_line_without_end_is_passed_over_in_bounded_memory() {
    let mut bytes = gdelt(&[]).into_bytes();
    bytes.extend(vec![b'x'; 3 * 1024 * 1024]);
    bytes.push(b'\n');
    bytes.extend(gdelt(&[(0, "1002")]).into_bytes());
    let (events, report) = import(Format::Gdelt, &bytes).unwrap();
    assert_eq!((events.len(), report.faults[&RowFault::TooLong]), (2, 1));
    let (events, report) = import(Format::Gdelt, &bytes[gdelt(&[]).len()..]).unwrap();
    assert_eq!((events.len(), report.faults[&RowFault::TooLong]), (1, 1));
}

#[track_caller]
fn check_refused(format: Format, bytes: &[u8], says: &str) {
    let error = import(format, bytes).unwrap_err().to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn a_file_that_is_no_such_file_is_refused() {
    for format in Format::ALL {
        check_refused(format, b"", "it is empty");
        check_refused(format, b"PK\x03\x04rest", "it is a ZIP archive");
        check_refused(format, b"\xff\xfea\0\n\0", "UTF-16");
    }
    check_refused(Format::Icews, b"Event ID\tEvent Date\n1\t2\n", "no column `source name`");
    check_refused(Format::Polecat, b"Headline\tEvent ID\nx\t1\n", "no column `event date`");
    check_refused(Format::Gdelt, b"1\t2\n", "none of 1 rows can be used");
    check_refused(Format::Acled, b"event_id_cnty,event_date\n", "no column");
}

/// A row of ICEWS with its header.
pub(crate) const ICEWS: &str = "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\tIntensity\tTarget Name\t\
        Target Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude\n\
        7\t2014-01-02\tPolice (Kazakhstan)\tPolice\tKazakhstan\tArrest\t173\t-5.0\tCitizen\tSocial\tRussian Federation\t9\t1\tA \"B\"\t\
        Almaty\t\t\tKazakhstan\t43.25\t76.95\n";

/// A row of Phoenix.
pub(crate) const PHOENIX: &str = "20261123\tARMGOV\tBLRMIL\t042\tNAMED_TERROR_GROUP,1\ta_1_2\tbelta\tArmenia\tBelarus\tvisited\n";

/// A row of POLECAT with its header.
pub(crate) fn polecat() -> String {
    let names = [
        "Event ID",
        "Event Date",
        "Event Type",
        "Event Mode",
        "Intensity",
        "Contexts",
        "Actor Name",
        "Actor Country",
        "Primary Actor Sector",
        "Recipient Name",
        "Recipient Country",
        "Primary Recipient Sector",
        "Placename",
        "City",
        "Province",
        "Country",
        "Latitude",
        "Longitude",
        "GeoNames ID",
        "Source",
        "Publication Date",
        "Language",
    ];
    let cells = [
        "20260101-1",
        "2026-01-01",
        "PROTEST",
        "riot",
        "-6.5",
        "legal;crime",
        "Crowd",
        "ARM",
        "CVL",
        "",
        "",
        "",
        "",
        "Gyumri",
        "",
        "ARM",
        "40.78",
        "43.84",
        "616635",
        "Paper",
        "2026-01-02",
        "English",
    ];
    format!("{}\n{}\t\n", names.join("\t"), cells.join("\t"))
}

/// A battle of ACLED and something that is no event, with their header.
pub(crate) fn acled() -> String {
    let head = "event_id_cnty,event_date,year,time_precision,event_type,sub_event_type,actor1,actor2,iso,country,admin1,location,\
        latitude,longitude,geo_precision,source,fatalities\n";
    let row = |id: &str, kind: &str, sub: &str| {
        format!(
            "{id},2023-10-02,2023,1,{kind},{sub},Army,Rebels,51,Armenia,Syunik,Goris,39.5,46.3,1,Paper,4\n"
        )
    };
    head.to_owned()
        + &row("ARM1", "Battles", "Armed clash")
        + &row("ARM2", "Strategic developments", "Other")
}

#[test]
fn icews_polecat_and_phoenix_are_read() {
    let (events, _) = import(Format::Icews, ICEWS.as_bytes()).unwrap();
    let event = &events[0];
    assert_eq!(
        (event.event.as_str(), event.mode.as_deref()),
        ("icews:7:2014-01-02", Some("arrest"))
    );
    assert_eq!((event.actor.as_deref(), event.recipient.as_deref()), (Some("KAZ"), Some("RUS")));
    assert_eq!((event.place.as_deref(), event.intensity), (Some("Almaty"), Some(-50)));

    let (events, _) = import(Format::Polecat, polecat().as_bytes()).unwrap();
    let event = &events[0];
    assert_eq!((event.kind.as_str(), event.mode.as_deref()), ("PROTEST", Some("riot")));
    assert_eq!((event.actor.as_deref(), event.geonames), (Some("ARMCVL"), Some(616_635)));
    assert_eq!(event.context.as_deref(), Some("legal;crime"));

    let (events, _) = import(Format::Phoenix, PHOENIX.as_bytes()).unwrap();
    assert_eq!(events[0].event, "phoenix:a_1_2:ARMGOV:BLRMIL:042");
    assert_eq!((events[0].kind.as_str(), events[0].mode.as_deref()), ("CONSULT", Some("visit")));
}

#[test]
fn acled_is_read_and_what_is_no_event_is_counted() {
    let (events, report) = import(Format::Acled, acled().as_bytes()).unwrap();
    assert_eq!((events.len(), report.kept, report.faults[&RowFault::NoEvent]), (1, 1, 1));
    assert_eq!((events[0].country.as_deref(), events[0].dead_low), (Some("ARM"), Some(4)));
}

fn event(id: &str, day: &str, kind: &str) -> ReportedEvent {
    let day = Date::parse(day).unwrap();
    ReportedEvent::new(id.to_owned(), "veche", Class::parse(kind).unwrap(), day, day)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_kept_is_read_back_the_same(
        ids in proptest::collection::btree_set("[a-z]{1,6}", 1..20), text in "\\PC{0,30}", number in any::<i32>()
    ) {
        let rows: Vec<ReportedEvent> = ids.iter().enumerate().map(|(at, id)| {
            let mut row = event(id, "2026-11-23", "ASSAULT");
            row.place = (at % 2 == 0).then(|| text.clone());
            row.dead_low = (at % 3 == 0).then_some(number);
            row
        }).collect();
        let mut table = ReportedTable::default();
        table.merge(rows.clone(), Vintage([7; 32])).unwrap();
        let bytes = table.to_parquet(&mut |_| {}).unwrap();
        prop_assert_eq!(&bytes, &table.to_parquet(&mut |_| {}).unwrap());
        let back = ReportedTable::from_parquet(bytes.clone()).unwrap();
        prop_assert_eq!(&back.rows().map(|(row, _)| row.clone()).collect::<Vec<_>>(), &rows);
        for row in &rows {
            prop_assert_eq!(&ReportedEvent::from_json(&row.to_json()).unwrap(), row);
        }
        prop_assert!(ReportedTable::from_parquet(bytes[..bytes.len() - 9].to_vec()).is_err());
    }

    #[test]
    fn no_bytes_make_an_importer_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in Format::ALL {
            let _read = import(format, &bytes);
        }
    }
}

#[test]
fn counts_are_of_states_and_months_and_leave_outside_what_does_not_count() {
    let mut rows = vec![
        event("a", "2026-01-05", "ASSAULT"),
        event("b", "2026-01-06", "COERCE"),
        event("c", "2026-03-01", "ASSAULT"),
        event("d", "2026-01-05", "ASSAULT"),
        event("e", "2026-01-05", "ASSAULT"),
        event("f", "2026-01-05", "ASSAULT"),
        event("g", "2026-01-05", "ASSAULT"),
        event("h", "2026-01-05", "ASSAULT"),
        event("i", "2026-01-05", "CONSULT"),
    ];
    for row in &mut rows {
        row.country = Some("ARM".to_owned());
        row.confidence = Some(800_000);
    }
    rows[2].country = None;
    rows[2].recipient = Some("XORMIL".to_owned());
    rows[3].reliability = Some("E".to_owned());
    rows[4].status = "retracted".to_owned();
    rows[5].aux = Some("future".to_owned());
    rows[6].confidence = Some(100_000);
    rows[7].country = Some("ZZZ".to_owned());
    let asked = Asked {
        counted: Counted::Conflict,
        confidence: 500_000,
        areas: BTreeMap::from([("XOR".to_owned(), 901)]),
    };
    let found = counts(rows.iter(), &asked);
    assert_eq!(
        found.to_csv(Counted::Conflict),
        "country_id,year,month,events_conflict\n51,2026,1,2\n51,2026,2,0\n51,2026,3,0\n901,2026,3,1\n"
    );
    assert_eq!(found.counted, 4);
    let all = [
        Outside::Retracted,
        Outside::LowReliability,
        Outside::Uncertain,
        Outside::NotHappened,
        Outside::NoCountry,
    ];
    assert!(all.iter().all(|why| found.outside[why] == 1), "{:?}", found.outside);
}

#[test]
fn codes_of_cameo_become_the_types_of_the_published_table() {
    let shared = std::env::var_os("VECHE_SHARED").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        std::path::PathBuf::from,
    );
    let path = shared.join("data/coding/plover/CAMEO2PLOVER-2021.txt");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("SKIPPED: no published table here (../shared/data/coding/plover)");
        return;
    };
    let mut compared = 0;
    for line in text.lines().filter(|line| line.contains('#')) {
        let Some((code, rest)) = line.split_once(':') else { continue };
        let Some(Mapped::Event(class, _)) = cameo(code) else { continue };
        let wanted = rest.split(',').next().unwrap_or_default().trim();
        assert_eq!(class.name(), wanted, "{line}");
        compared += 1;
    }
    assert!(compared > 250, "{compared}");
}
