//! Opening a round.

use super::store::Rounds;
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::picture::find::{load, meant, named};
use crate::picture::store::Store;
use serde_json::json;
use std::path::Path;
use veche_picture::date::Date;
use veche_picture::tournament::Round;
use veche_picture::{Month, Series};

/// What is opened.
pub(super) struct Asked {
    /// Its name.
    pub(super) name: String,
    /// The last month of counts.
    pub(super) origin: Month,
    /// Months that are forecast.
    pub(super) months: u8,
    /// The last day to hand in.
    pub(super) closes: Date,
    /// The series.
    pub(super) series: Option<Series>,
}

/// Opens a round over the units that have counts at the origin.
pub(super) fn open(asked: Asked, store: &Path, dir: &Path) -> Result<Answer, Failure> {
    let Asked { name, origin, months, closes, series } = asked;
    let store = Store::open(store)?;
    let series = match series {
        Some(series) => named(&store, series)?,
        None => meant(&store)?,
    };
    let panel = load(&store, &series)?;
    let at_origin = panel.histories().filter(|history| history.place_of(origin).is_some());
    let units: std::collections::BTreeSet<_> = at_origin.map(|history| history.area()).collect();
    let cannot = |what: String| {
        Failure::new(FailureKind::Tournament(format!("cannot open round `{name}`: {what}")))
    };
    let scheme = units.first().map(|unit| unit.scheme());
    let scheme = scheme.ok_or_else(|| cannot(format!("no unit has a count in {origin}")))?;
    let after =
        |months: i32| origin.plus(months).ok_or_else(|| cannot("it ends after 2199".to_owned()));
    let months = (after(1)?, after(i32::from(months))?);
    let round = Round { name: name.clone(), series, scheme, origin, months, closes, units };
    round.check().map_err(|error| cannot(error.to_string()))?;
    Rounds::create(dir)?.add(&round)?;
    let text = format!(
        "round {}: {} from the counts up to {origin}, {} to {}, {}; forecasts are taken until {closes}",
        round.name,
        round.series,
        round.months.0,
        round.months.1,
        counted(round.units.len(), "unit"),
    );
    let told = json!({
        "round": round.name,
        "origin": origin,
        "months": round.months,
        "closes": closes.to_string(),
        "units": round.units.len(),
    });
    Ok(Answer::new(text, told))
}
