//! Bands and scales of tension over made-up incidents: twelve sources of different size, three years of daily life, and a rise.

use crate::support::{event_row, events_csv, read_events, vintage};
use std::collections::BTreeMap;
use veche_picture::forecast::random;
use veche_picture::history::{INCIDENT_DEATHS_SERIES, INCIDENTS_SERIES};
use veche_picture::incident::Happened;
use veche_picture::tension::attention::{BAND_WIDTH_MAX as ATTENTION_WIDTH_MAX, attention};
use veche_picture::tension::band::{BAND_WIDTH_MAX, Band, By, NoBand, by_estimates, by_sources};
use veche_picture::tension::composite::Weights;
use veche_picture::tension::scale::{Shown, reported};
use veche_picture::{
    AreaId, Date, EventTable, History, Incident, IncidentId, IncidentTable, Month, Panel, Reading,
    Scheme, Series, tension,
};

const SOURCES: u64 = 12;
const MONTHS: i32 = 40;

fn area() -> AreaId {
    AreaId::new(Scheme::Iso, 901)
}

fn month(at: i32) -> Month {
    Month::new(2021, 1).unwrap().plus(at).unwrap()
}

fn incident(number: &str, at: i32, day: u8, happened: Happened, sources: String) -> Incident {
    Incident {
        id: IncidentId::parse(number).unwrap(),
        date: Date::new(month(at), day).unwrap(),
        time_precision: 1,
        happened,
        closer: "as seen".to_owned(),
        actor: "Reds".to_owned(),
        other: Some("Army".to_owned()),
        area: area(),
        country: "Norland".to_owned(),
        province: String::new(),
        place: "Port".to_owned(),
        latitude: 10.0,
        longitude: 20.0,
        where_precision: 1,
        sources,
        // As reported: nobody dies at a protest.
        deaths: if happened.is_conflict() { 2 } else { 0 },
    }
}

/// Each source reports each month, the large ones more; in the last two months `rise` times as much of it is conflict.
fn incidents(rise: u64) -> Vec<Incident> {
    let mut all = Vec::new();
    for source in 0..SOURCES {
        for at in 0..MONTHS {
            let rate = if at >= MONTHS - 2 { rise } else { 1 };
            for piece in 0..(8 + 2 * source) {
                let counter = u64::from(at.unsigned_abs()) * 1000 + piece;
                let is_conflict =
                    random::below(10, source, counter) < usize::try_from(rate).unwrap();
                let happened = if is_conflict { Happened::Battle } else { Happened::Protest };
                let day = u8::try_from(1 + piece % 28).unwrap();
                let number = format!("S{source}-{at}-{piece}");
                all.push(incident(&number, at, day, happened, format!("Paper {source}")));
            }
        }
    }
    all
}

/// What one feed reports in the window comes twice: under other numbers, as another program sends it.
fn with_doubled(source: u64, all: &[Incident]) -> Vec<Incident> {
    let paper = format!("Paper {source}");
    let of = |one: &&Incident| one.sources == paper && one.date.month() >= month(MONTHS - 3);
    let again = all.iter().filter(of).map(|one| Incident {
        id: IncidentId::parse(&format!("{}-again", one.id)).unwrap(),
        ..one.clone()
    });
    all.iter().cloned().chain(again).collect()
}

fn table(all: Vec<Incident>) -> IncidentTable {
    let mut table = IncidentTable::default();
    table.merge(all, vintage(1)).unwrap();
    table
}

fn panel(table: &IncidentTable, series: &str) -> Panel {
    let series = Series::parse(series).unwrap();
    Panel::from_incidents(table, &series, month(0), month(MONTHS - 1)).unwrap()
}

fn index(history: &History, at: Month) -> u8 {
    let known = match tension(history, at) {
        Reading::Known(known) => Some(known.index),
        Reading::NoData(_) => None,
    };
    known.unwrap()
}

fn index_and_band(table: &IncidentTable, series: &str) -> (u8, Band) {
    let panel = panel(table, series);
    let history = panel.get(area()).unwrap();
    let at = month(MONTHS - 1);
    (index(history, at), by_sources(table, history, at).unwrap())
}

#[test]
fn a_doubled_feed_leaves_the_index_inside_its_band() {
    for series in [INCIDENTS_SERIES, INCIDENT_DEATHS_SERIES] {
        let all = incidents(6);
        let (index, band) = index_and_band(&table(all.clone()), series);
        assert_eq!(band.by, By::Sources(usize::try_from(SOURCES).unwrap()));
        assert!((band.low..=band.high).contains(&index), "{index} {band:?}");
        for source in 0..SOURCES {
            let (doubled, _) = index_and_band(&table(with_doubled(source, &all)), series);
            assert!((band.low..=band.high).contains(&doubled), "{source}: {doubled} {band:?}");
        }
        // It is a band, and not so wide that everything lies in it.
        assert!(band.width() > 0 && band.width() <= BAND_WIDTH_MAX && !band.is_wide(), "{band:?}");
    }
}

#[test]
fn a_real_rise_leaves_the_band_of_what_was() {
    let (_, before) = index_and_band(&table(incidents(1)), INCIDENTS_SERIES);
    let (after, _) = index_and_band(&table(incidents(6)), INCIDENTS_SERIES);
    assert!(after > before.high, "{after} {before:?}");
}

#[test]
fn a_doubled_feed_leaves_attention_inside_its_band_and_so_the_scale() {
    let all = incidents(6);
    let at = month(MONTHS - 1);
    let found = |all: Vec<Incident>| attention(&reported(&table(all), area(), at)).unwrap();
    let once = found(all.clone());
    assert!(once.index > 1.0, "{once:?}");
    assert!(once.band.1 - once.band.0 <= ATTENTION_WIDTH_MAX);
    for source in 0..SOURCES {
        let doubled = found(with_doubled(source, &all));
        assert!((once.band.0..=once.band.1).contains(&doubled.index), "{doubled:?} {once:?}");
    }
    // All feeds twice: attention does not move beyond its band, while raw counts double.
    let twice = (0..SOURCES).fold(all, |all, source| with_doubled(source, &all));
    let doubled = found(twice);
    assert!((once.band.0..=once.band.1).contains(&doubled.index), "{doubled:?} {once:?}");
}

#[test]
fn few_sources_make_no_band() {
    let few: Vec<Incident> =
        incidents(6).into_iter().filter(|one| one.sources == "Paper 1").collect();
    let table = table(few);
    let panel = panel(&table, INCIDENTS_SERIES);
    let found = by_sources(&table, panel.get(area()).unwrap(), month(MONTHS - 1));
    assert_eq!(found, Err(NoBand::FewSources(1)));
}

#[test]
fn contributions_of_a_scale_are_shown_and_sum_to_it() {
    let table = table(incidents(6));
    let panel = panel(&table, INCIDENTS_SERIES);
    let at = month(MONTHS - 1);
    let shown = Shown::of(panel.get(area()).unwrap(), at).unwrap();
    let known = attention(&reported(&table, area(), at)).unwrap();
    let components = shown.components(Some(known));
    let names: Vec<&str> = components.keys().map(String::as_str).collect();
    assert_eq!(names, ["attention", "change", "level", "surprise", "turn"]);
    // Two months of six times as much: a surprise, and a regime of two months.
    assert!(shown.bits > 3.0 && shown.is_higher && shown.regime.recent > 0.75, "{shown:?}");
    let weights: BTreeMap<String, u32> =
        components.keys().map(|name| (name.clone(), 200_000)).collect();
    let composite = Weights::new(weights).unwrap().composite(&components).unwrap();
    let sum: u32 = composite.contributions.iter().map(|(_, share)| share).sum();
    assert_eq!(sum, composite.points);
    assert!((1_000..=10_000).contains(&composite.points), "{composite:?}");
    // In peace nothing is a turn, a surprise or a change.
    let calm = self::table(incidents(1));
    let calm = self::panel(&calm, INCIDENTS_SERIES);
    let shown = Shown::of(calm.get(area()).unwrap(), at).unwrap();
    let components = shown.components(None);
    assert!(components["surprise"] < 4_000 && components["change"] < 2_500, "{components:?}");
    assert!(!components.contains_key("attention"));
}

#[test]
fn low_and_high_estimates_make_a_band_of_events() {
    // Each month one event; the last month's is 5 to 40 dead, at best 20.
    let mut rows = Vec::new();
    for at in 0..40 {
        let (best, low, high) = if at == 39 { (20, 5, 40) } else { (1, 1, 1) };
        let day = Date::new(month(at), 3).unwrap();
        rows.push(format!(
            "{at},{day},{day},1,901,Norland,a - b,a,b,1,{best},{low},{high},1,2,1,1,Daily"
        ));
    }
    assert!(event_row(1, 1).split(',').count() == rows[0].split(',').count());
    let (events, report) = read_events(events_csv(&rows).as_bytes()).unwrap();
    assert_eq!(report.skipped(), 0, "{:?}", report.examples);
    let mut table = EventTable::default();
    table.merge(events, vintage(1)).unwrap();
    let panel = Panel::from_events(&table, month(0), month(39)).unwrap();
    let history = panel.histories().next().unwrap();
    let index = index(history, month(39));
    let band = by_estimates(&table, history, month(39)).unwrap();
    assert!(band.low < index && index < band.high, "{band:?} {index}");
    assert_eq!(band.by, By::Estimates);
}
