//! From what was typed to a panel, an area and a month.

use super::Asked;
use super::store::{IMPORT_FIRST, Store};
use crate::failure::{Failure, FailureKind};
use std::collections::BTreeSet;
use veche_charter::fault::did_you_mean;
use veche_picture::history::{EVENTS_SERIES, INCIDENT_DEATHS_SERIES, INCIDENTS_SERIES};
use veche_picture::table::{Row, Table};
use veche_picture::vintage::Shelved;
use veche_picture::{AreaId, Date, EventTable, History, IncidentTable, Month, Panel, Series};

/// The panel that is asked about, with people's names, and the area in it.
pub(crate) struct Found {
    /// All areas of the series.
    pub(crate) panel: Panel,
    /// The area asked for; the panel has it.
    pub(crate) area: AreaId,
    /// The month asked for, or the area's last.
    pub(crate) at: Month,
}

impl Found {
    /// Finds what is asked for in its store.
    pub(crate) fn of(asked: &Asked) -> Result<Self, Failure> {
        let store = Store::open(&asked.store.dir)?;
        let series = match asked.series.clone() {
            Some(series) => named(&store, series)?,
            None => meant(&store)?,
        };
        let panel = load_as_of(&store, &series, asked.as_of)?;
        let history = area(&panel, &asked.area)?;
        let (area, last) = (history.area(), history.last());
        let at = asked.at.or(last).ok_or_else(|| unknown_area(&panel, &asked.area, None))?;
        Ok(Self { panel, area, at })
    }

    /// Returns the area's months.
    pub(crate) fn history(&self) -> Result<&History, Failure> {
        let missing = || Failure::new(FailureKind::Internal(format!("lost {}", self.area)));
        self.panel.get(self.area).ok_or_else(missing)
    }
}

/// Returns all series of a store: those of counts, and the one that events are added up to.
pub(crate) fn all_series(store: &Store) -> Result<Vec<Series>, Failure> {
    let mut all = store.counted_series()?;
    if store.has(&Shelved::Events) {
        all.extend(Series::parse(EVENTS_SERIES));
    }
    if store.has(&Shelved::Incidents) {
        all.extend(INCIDENTS.into_iter().filter_map(|series| Series::parse(series).ok()));
    }
    if all.is_empty() {
        let empty = Failure::new(FailureKind::EmptyStore(store.dir().to_owned()));
        return Err(empty.hinting(Some(IMPORT_FIRST.to_owned())));
    }
    Ok(all)
}

/// Returns the series, if the store has it.
pub(crate) fn named(store: &Store, wanted: Series) -> Result<Series, Failure> {
    let all = all_series(store)?;
    if all.contains(&wanted) {
        return Ok(wanted);
    }
    let hint = did_you_mean(wanted.as_str(), all.iter().map(Series::as_str))
        .unwrap_or_else(|| format!("it has {}", listed(&all)));
    Err(Failure::new(FailureKind::UnknownSeries {
        store: store.dir().to_owned(),
        series: wanted.to_string(),
    })
    .hinting(Some(hint)))
}

/// The series that incidents are added up to.
const INCIDENTS: [&str; 2] = [INCIDENTS_SERIES, INCIDENT_DEATHS_SERIES];

/// Returns whether a series is added up from single rows.
fn is_added_up(series: &Series) -> bool {
    series.as_str() == EVENTS_SERIES || INCIDENTS.contains(&series.as_str())
}

/// Returns the series that is meant where none is named: the only one of counts, or else the first that is added up.
pub(crate) fn meant(store: &Store) -> Result<Series, Failure> {
    let all = all_series(store)?;
    let mut counted = all.iter().filter(|series| !is_added_up(series));
    let meant = match (counted.next(), counted.next()) {
        (Some(only), None) => Some(only),
        (None, _) => all.first(),
        (Some(_), Some(_)) => None,
    };
    meant.cloned().ok_or_else(|| {
        Failure::new(FailureKind::SeveralSeries {
            store: store.dir().to_owned(),
            series: listed(&all),
        })
        .hinting(Some("name one with `--series`".to_owned()))
    })
}

fn listed(series: &[Series]) -> String {
    series.iter().map(Series::as_str).collect::<Vec<_>>().join(", ")
}

/// Loads a series as a panel with people's names.
pub(crate) fn load(store: &Store, series: &Series) -> Result<Panel, Failure> {
    load_as_of(store, series, None)
}

/// Loads a series as it was known on a day, or as it is now, with people's names of today.
pub(crate) fn load_as_of(
    store: &Store,
    series: &Series,
    as_of: Option<Date>,
) -> Result<Panel, Failure> {
    let empty = || Failure::new(FailureKind::EmptyStore(store.dir().to_owned()));
    let mut panel = if series.as_str() == EVENTS_SERIES {
        let events: EventTable = store.read(&Shelved::Events, as_of)?;
        let (first, last) = coverage(&events).ok_or_else(empty)?;
        Panel::from_events(&events, first, last).ok_or_else(empty)?
    } else if INCIDENTS.contains(&series.as_str()) {
        let incidents: IncidentTable = store.read(&Shelved::Incidents, as_of)?;
        let (first, last) = coverage(&incidents).ok_or_else(empty)?;
        Panel::from_incidents(&incidents, series, first, last).ok_or_else(empty)?
    } else {
        Panel::from_counts(&store.counts(series, as_of)?, series)
    };
    let names = store.names()?;
    for (area, named) in names.iter() {
        panel.set_name(area, &named.name);
        panel.limit(area, named.from, named.until);
    }
    Ok(panel)
}

/// Returns the months that a table covers: up to its last one, from after the last month without any row.
///
/// A data set of the whole world has events in each month, so a month without one was not imported; what lies before it is
/// left out, as a history begins after its last gap.
fn coverage<R: Row>(table: &Table<R>) -> Option<(Month, Month)> {
    let months: BTreeSet<Month> = table.rows().map(|(row, _)| row.month()).collect();
    let last = *months.last()?;
    let mut first = last;
    while let Some(before) = first.plus(-1).filter(|before| months.contains(before)) {
        first = before;
    }
    Some((first, last))
}

/// Returns the area of a panel by its number or by its name in any case.
pub(crate) fn area<'p>(panel: &'p Panel, wanted: &str) -> Result<&'p History, Failure> {
    if let Ok(area) = AreaId::parse(wanted) {
        return panel.get(area).ok_or_else(|| unknown_area(panel, wanted, None));
    }
    let lower = wanted.to_lowercase();
    let named: Vec<&History> =
        panel.histories().filter(|history| history.name().to_lowercase() == lower).collect();
    match named.as_slice() {
        [only] => Ok(only),
        [] => {
            let names: Vec<String> = panel.histories().map(History::name).collect();
            let lowered: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
            let near = veche_charter::fault::nearest(&lower, lowered.iter().map(String::as_str));
            let near = near.and_then(|near| lowered.iter().position(|name| name == near));
            Err(unknown_area(panel, wanted, near.and_then(|at| names.get(at))))
        }
        several => {
            let areas: Vec<String> = several.iter().map(|h| h.area().to_string()).collect();
            Err(Failure::new(FailureKind::SeveralAreas {
                name: wanted.to_owned(),
                areas: areas.join(", "),
            })
            .hinting(Some("give its number".to_owned())))
        }
    }
}

fn unknown_area(panel: &Panel, wanted: &str, near: Option<&String>) -> Failure {
    let hint = near.map_or_else(
        || format!("`veche picture areas --series {}` lists them", panel.series()),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::new(FailureKind::UnknownArea {
        series: panel.series().to_string(),
        area: wanted.to_owned(),
    })
    .hinting(Some(hint))
}
