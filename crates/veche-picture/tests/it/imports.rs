//! ACLED's incidents and the counts of VIEWS: what is read, what is skipped, what is refused.

use crate::support::{events_csv, gzip, read_events, silent, vintage};
use std::collections::BTreeMap;
use veche_picture::history::{Gap, INCIDENT_DEATHS_SERIES, INCIDENTS_SERIES, gaps};
use veche_picture::import::{Taken, take_counts, take_incidents, take_views};
use veche_picture::incident::Happened;
use veche_picture::source::counts::Wanted;
use veche_picture::source::{RowFault, SourceFault, acled};
use veche_picture::{
    AreaId, CountTable, EventTable, Incident, IncidentTable, Month, Panel, Report, Scheme, Series,
    SourceError,
};

const HEADER: &str = "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,\
    assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,\
    location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp";

/// A battle in Norland, number 901, on a day of March 2024, with so many deaths.
fn row(id: u32) -> String {
    let day = id % 28 + 1;
    format!(
        "NOR{id},2024-03-{day:02},2024,1,Political violence,Battles,Armed clash,Reds,,Rebel group,Norland Army,,State forces,\
         State forces-Rebel group,,901,Far North,Norland,East,Upper,,Portown,10.5,-20.25,2,Daily; Post,National,\"Seen, \
         at dawn\",{id},,1710000000"
    )
}

fn with(column: &str, value: &str) -> String {
    let at = HEADER.split(',').position(|name| name == column).unwrap();
    let row = row(5);
    let mut fields: Vec<&str> = row.split(',').collect();
    // The notes have a comma of their own.
    let notes = HEADER.split(',').position(|name| name == "notes").unwrap();
    fields[at + usize::from(at > notes)] = value;
    fields.join(",")
}

fn csv(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn read(bytes: &[u8]) -> Result<(Vec<Incident>, Report), SourceError> {
    let mut rows = Vec::new();
    let report = acled::read(&mut &*bytes, &mut silent, &mut |row| rows.push(row))?;
    Ok((rows, report))
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn series(text: &str) -> Series {
    Series::parse(text).unwrap()
}

#[test]
fn an_incident_is_read_by_the_names_of_its_columns() {
    let (rows, report) = read(csv(&[row(5), with("actor2", "")]).as_bytes()).unwrap();
    assert_eq!((report.kept, report.skipped()), (2, 0), "{:?}", report.examples);
    let first = &rows[0];
    assert_eq!((first.id.as_str(), first.date.to_string().as_str()), ("NOR5", "2024-03-06"));
    assert_eq!((first.happened, first.area.to_string().as_str()), (Happened::Battle, "iso:901"));
    assert_eq!((first.other.as_deref(), rows[1].other.as_deref()), (Some("Norland Army"), None));
    assert_eq!((first.deaths, first.time_precision, first.where_precision), (5, 1, 2));
    assert_eq!(first.reporters().collect::<Vec<_>>(), ["Daily", "Post"]);
    // An export of 2021 spells its dates; its columns stand otherwise, and it has fewer.
    let old = "event_date,event_id_cnty,time_precision,event_type,sub_event_type,actor1,actor2,iso,country,admin1,location,\
               latitude,longitude,geo_precision,source,fatalities\n\
               02 October 2021,NOR7,2,protests,Peaceful protest,Protesters,,901,Norland,,Portown,1,2,3,A; B;A,0\n";
    let (rows, _) = read(old.as_bytes()).unwrap();
    assert_eq!(
        (rows[0].date.to_string().as_str(), rows[0].happened),
        ("2021-10-02", Happened::Protest)
    );
    assert_eq!(rows[0].reporters().collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn a_hostile_value_costs_its_own_row() {
    for (column, value, fault) in [
        ("fatalities", "-1", RowFault::OutOfRange),
        ("fatalities", "5000001", RowFault::OutOfRange),
        ("fatalities", "many", RowFault::NotANumber),
        ("fatalities", "", RowFault::Empty),
        ("event_date", "31 February 2024", RowFault::NotADate),
        ("event_date", "2 Ventôse 2024", RowFault::NotADate),
        ("event_date", "2023-03-06", RowFault::Contradiction),
        ("event_type", "Battle", RowFault::Unknown),
        ("event_id_cnty", "NOR 5", RowFault::Unknown),
        ("time_precision", "4", RowFault::OutOfRange),
        ("geo_precision", "0", RowFault::OutOfRange),
        ("latitude", "91", RowFault::OutOfRange),
        ("longitude", "NaN", RowFault::OutOfRange),
        ("iso", "1000", RowFault::OutOfRange),
        ("actor1", "", RowFault::Empty),
    ] {
        let mut rows: Vec<String> = (1..=10).map(row).collect();
        rows[4] = with(column, value);
        let (kept, report) = read(csv(&rows).as_bytes()).unwrap();
        assert_eq!((kept.len(), report.skipped()), (9, 1), "{column} {value}");
        let problem = &report.examples[0];
        // A date of another year than `year` is told of the year.
        let blamed = if fault == RowFault::Contradiction { "year" } else { column };
        assert_eq!((problem.fault, problem.column.as_deref()), (fault, Some(blamed)), "{problem}");
    }
    let mut latin = csv(&[row(1), row(2)]).into_bytes();
    let at = latin.windows(7).position(|piece| piece == b"Portown").unwrap();
    latin[at] = 0xe9;
    let (kept, report) = read(&latin).unwrap();
    assert_eq!((kept.len(), report.examples[0].fault), (1, RowFault::NotUtf8));
}

#[test]
fn a_broken_file_of_incidents_is_refused() {
    let whole = csv(&(1..=3000).map(row).collect::<Vec<_>>());
    assert_eq!(read(&gzip(whole.as_bytes())).unwrap().0.len(), 3000);
    let packed = gzip(whole.as_bytes());
    let cut = read(&packed[..packed.len() / 2]).unwrap_err();
    assert!(matches!(cut.fault, SourceFault::CutShort { .. }), "{cut}");
    let missing = read(whole.replace("fatalities", "deaths").as_bytes()).unwrap_err();
    assert!(matches!(missing.fault, SourceFault::MissingColumn { .. }), "{missing}");
    let wide: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(read(&wide).unwrap_err().fault, SourceFault::Utf16));
}

#[test]
fn incidents_are_a_table_and_add_up_by_month() {
    let more = [row(1), with("event_type", "Protests"), row(2), row(2)];
    let Taken { rows, vintage, .. } =
        take_incidents(&mut csv(&more).as_bytes(), &mut silent).unwrap();
    let mut table = IncidentTable::default();
    let merged = table.merge(rows, vintage).unwrap();
    assert_eq!((merged.inserted, merged.repeated), (3, 1));
    let bytes = table.to_parquet(&mut silent).unwrap();
    assert_eq!(IncidentTable::from_parquet(bytes).unwrap(), table);
    let area = AreaId::new(Scheme::Iso, 901);
    let at = |name: &str| {
        let (first, last) = (month("2024-02"), month("2024-03"));
        let panel = Panel::from_incidents(&table, &series(name), first, last)?;
        Some(panel.get(area)?.cells().iter().map(|cell| cell.count).collect::<Vec<_>>())
    };
    // A protest is no armed conflict, and its deaths count all the same.
    assert_eq!(at(INCIDENTS_SERIES), Some(vec![0, 2]));
    assert_eq!(at(INCIDENT_DEATHS_SERIES), Some(vec![0, 8]));
    assert_eq!(at("events_best"), None);
}

const VIEWS: Wanted<'_> = Wanted { scheme: Scheme::Views, column: None };

const PAGE: &str = r#"{"next_page":"","page_cur":1,"page_count":1,"start_date":"1990-01-01","row_count":3,"data":[
    {"country_id":1,"month_id":121,"name":"Norland, the","gwcode":700,"isoab":"NOR","year":1990,"month":1,"ged_sb":4},
    {"country_id":1,"month_id":122,"name":"Norland, the","gwcode":700,"isoab":"NOR","year":1990,"month":2,"ged_sb":5.0},
    {"country_id":2,"month_id":121,"name":"Sudra","gwcode":701,"isoab":"SUD","year":1990,"month":1,"ged_sb":0}]}"#;

fn views(
    text: &str,
    wanted: Wanted<'_>,
    begins: Option<&str>,
) -> Result<Vec<(String, u32)>, String> {
    let taken = take_views(&mut text.as_bytes(), wanted, begins.map(month), &mut silent);
    let (_, taken) = taken.map_err(|error| error.to_string())?;
    assert_eq!(taken.report.skipped(), 0, "{:?}", taken.report.examples);
    Ok(taken.rows.iter().map(|row| (format!("{} {}", row.area, row.month), row.count)).collect())
}

#[test]
fn a_page_of_views_is_read_by_either_number_of_its_countries() {
    let named = |rows: &[(&str, u32)]| -> Result<Vec<(String, u32)>, String> {
        Ok(rows.iter().map(|(place, count)| ((*place).to_owned(), *count)).collect())
    };
    let wanted = [("views:1 1990-01", 4), ("views:1 1990-02", 5), ("views:2 1990-01", 0)];
    assert_eq!(views(PAGE, VIEWS, None), named(&wanted));
    let gw = Wanted { scheme: Scheme::Gw, column: None };
    assert_eq!(views(PAGE, gw, None).unwrap()[0].0, "gw:700 1990-01");
    // The rows alone, and the same as CSV.
    let (_, rows) = PAGE.split_once("\"data\":").unwrap();
    assert_eq!(views(rows.strip_suffix('}').unwrap(), VIEWS, None), named(&wanted));
    let csv = "country_id,month_id,ged_sb\n1,121,4\n1,122,5\n2,121,0\n";
    assert_eq!(views(csv, VIEWS, Some("1990-01")), named(&wanted));
}

#[test]
fn months_that_are_numbered_otherwise_are_caught_by_the_first_one() {
    let off = |by: i32| {
        let mut page = PAGE.to_owned();
        for id in [122, 121] {
            page =
                page.replace(&format!("\"month_id\":{id}"), &format!("\"month_id\":{}", id + by));
        }
        // Without a calendar beside it, the number alone says which month it is.
        page.replace("\"year\"", "\"y\"").replace("\"month\":", "\"m\":")
    };
    assert_eq!(views(&off(0), VIEWS, None).map(|rows| rows.len()), Ok(3));
    let told = |by: &str, found: &str| {
        Err(format!(
            "cannot read the input: its first month is {found}, and 1990-01 is stated: off by {by} months"
        ))
    };
    assert_eq!(views(&off(9), VIEWS, None), told("9", "1990-10"));
    assert_eq!(views(&off(-9), VIEWS, None), told("-9", "1989-04"));
    let csv = "country_id,month_id,ged_sb\n1,130,4\n";
    assert_eq!(views(csv, VIEWS, Some("1990-01")), told("9", "1990-10"));
    // A later page begins where it begins.
    assert!(views(&off(9).replace("\"page_cur\":1", "\"page_cur\":2"), VIEWS, None).is_ok());
    // Where the page has both, its rows contradict themselves one by one.
    let both = PAGE.replace("\"month_id\":12", "\"month_id\":13");
    let refused = views(&both, VIEWS, None).unwrap_err();
    assert!(refused.contains("contradicts another value of the row"), "{refused}");
}

#[test]
fn json_that_is_no_page_is_refused() {
    let refused = |text: &str| views(text, VIEWS, None).unwrap_err();
    assert!(refused("{\"data\":[]}").ends_with("it has no row in `data`"));
    assert!(refused("{\"data\":7}").contains("a list of rows, each an object"));
    assert!(refused("{\"data\":[{\"country_id\":1").contains("EOF"));
    assert!(refused(&format!("{PAGE}x")).contains("trailing characters"));
    assert!(refused("[{\"country_id\":1,\"month_id\":121}]").contains("no count column"));
    // A hundred thousand brackets are no reason to fall over.
    assert!(refused(&"[".repeat(100_000)).contains("not of the form needed"));
}

#[test]
fn gaps_are_found_and_no_gap_is_peace() {
    let csv = "month_id,country_id,ged_sb\n400,1,2\n401,1,3\n405,1,6\n400,2,0\n401,2,0\n";
    let (series, taken) = take_counts(&mut csv.as_bytes(), VIEWS, &mut silent).unwrap();
    let mut table = CountTable::default();
    table.merge(taken.rows, vintage(1)).unwrap();
    let area = AreaId::new(Scheme::Views, 1);
    let after = Month::from_id(401).unwrap();
    assert_eq!(gaps(&table, &series), [Gap { area, after, months: 3 }]);
    assert_eq!(Panel::from_counts(&table, &series).get(area).unwrap().cells().len(), 1);
}

/// An event of three days over a month's end, and one coded as "some time in those two months".
#[test]
fn a_long_event_counts_whole_in_the_month_of_its_last_day() {
    let long = |id: u32, start: &str, end: &str, precision: u32, best: u32| {
        format!(
            "{id},{start},{end},{precision},901,Norland,a - b,a,b,1,{best},0,{best},1,2,1,1,Daily"
        )
    };
    let rows = [
        long(1, "2023-09-30", "2023-10-02", 2, 12),
        long(2, "2023-08-01", "2023-09-30", 5, 7),
        long(3, "2023-10-01", "2023-10-31", 4, 1),
    ];
    let (events, report) = read_events(events_csv(&rows).as_bytes()).unwrap();
    assert_eq!(report.over_month_ends, 2);
    let mut table = EventTable::default();
    table.merge(events, vintage(1)).unwrap();
    let panel = Panel::from_events(&table, month("2023-08"), month("2023-10")).unwrap();
    let counts: Vec<u64> =
        panel.histories().next().unwrap().cells().iter().map(|cell| cell.count).collect();
    assert_eq!(counts, [0, 7, 13]);
}

#[test]
fn an_area_has_the_months_in_which_it_exists() {
    let csv: String = (1..=3u16)
        .flat_map(|area| (400..420u16).map(move |month| format!("{month},{area},{month}\n")))
        .collect();
    let csv = format!("month_id,country_id,ged_sb\n{csv}");
    let (series, taken) = take_counts(&mut csv.as_bytes(), VIEWS, &mut silent).unwrap();
    let mut table = CountTable::default();
    table.merge(taken.rows, vintage(1)).unwrap();
    let mut panel = Panel::from_counts(&table, &series);
    let (area, id) = (|n| AreaId::new(Scheme::Views, n), |n| Month::from_id(n).ok());
    // The first splits at the end of 409 into the second and another; the third is long gone.
    panel.limit(area(1), None, id(409));
    panel.limit(area(2), id(410), None);
    panel.limit(area(3), id(100), id(200));
    let spans: BTreeMap<String, (Option<Month>, Option<Month>)> = panel
        .histories()
        .map(|history| (history.area().to_string(), (history.month_at(0), history.last())))
        .collect();
    let wanted = [("views:1", (id(400), id(409))), ("views:2", (id(410), id(419)))];
    assert_eq!(spans, wanted.map(|(area, span)| (area.to_owned(), span)).into());
}
