//! `veche picture tension`: the index of an area in a month, with its reasons and sources, and by a charter's scale.

use super::Asked;
use super::find::Found;
use super::store::Store;
use crate::answer::{Answer, counted};
use crate::charter;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use serde_json::json;
use std::collections::BTreeSet;
use veche_charter::fault::did_you_mean;
use veche_charter::name::ScaleName;
use veche_charter::scale::Scale;
use veche_picture::history::{EVENTS_SERIES, INCIDENT_DEATHS_SERIES, INCIDENTS_SERIES};
use veche_picture::tension::attention::{Attention, NoAttention, attention as sources_attention};
use veche_picture::tension::band::{Band, By, NoBand, by_estimates, by_sources};
use veche_picture::tension::composite::{Composite, Weights};
use veche_picture::tension::scale::{Shown, reported};
use veche_picture::tension::{Class, NoData, Parts, Reason, WINDOW_MONTHS};
use veche_picture::vintage::Shelved;
use veche_picture::{Bands, History, Month, Reading, Series, Tension, Vintage, tension};

/// Tells the index; by a charter's scale too, if there is one.
pub(crate) fn run(
    mut asked: Asked,
    charter: Option<&str>,
    scale: Option<&str>,
) -> Result<Answer, Failure> {
    let scale = charter.map(|name| Declared::find(name, scale, &asked)).transpose()?;
    if let (None, Some(scale)) = (&asked.series, &scale) {
        asked.series = Some(scale.series.clone());
    }
    let found = Found::of(&asked)?;
    let history = found.history()?;
    let known = match tension(history, found.at) {
        Reading::Known(known) => known,
        Reading::NoData(why) => return Err(no_index(history, why)),
    };
    let class = Bands::DEFAULT.class_of(known.index);
    let sources = sources(history, known.month);
    let beside = Beside::of(&asked, history, found.at)?;
    let composite = scale.as_ref().map(|scale| scale.composite(&beside)).transpose()?;
    let told = json!({
        "name": history.name(),
        "class": class,
        "tension": known,
        "sources": sources,
        "as_of": asked.as_of,
        "band": beside.band.ok(),
        "shown": beside.shown,
        "attention": beside.attention.as_ref().and_then(|found| found.ok()),
        "scale": scale.as_ref().map(|scale| &scale.name),
        "composite": composite,
    });
    let mut lines = vec![text(history, &known, class, &beside)];
    if let (Some(scale), Some(composite)) = (&scale, &composite) {
        lines.extend(scale.lines(composite));
    }
    lines.extend(from(&known, &sources));
    lines.extend(asked.as_of.map(|day| format!("as known on {day}, whatever became known later")));
    Ok(Answer::new(lines.join("\n"), told))
}

/// What stands beside an index.
pub(crate) struct Beside {
    /// Its band, or why there is none.
    band: Result<Band, NoBand>,
    /// Surprise, regime and the components.
    shown: Shown,
    /// Attention, of incidents, or why it is not known.
    attention: Option<Result<Attention, NoAttention>>,
}

impl Beside {
    fn of(asked: &Asked, history: &History, at: Month) -> Result<Self, Failure> {
        let store = Store::open(asked.store.dir())?;
        let shown = Shown::of(history, at).map_err(|why| no_index(history, why))?;
        let (mut band, mut attention) = (Err(NoBand::CountsAlone), None);
        match history.series().as_str() {
            EVENTS_SERIES => {
                let events = store.read(&Shelved::Events, asked.as_of)?;
                band = by_estimates(&events, history, at);
            }
            INCIDENTS_SERIES | INCIDENT_DEATHS_SERIES => {
                let incidents = store.read(&Shelved::Incidents, asked.as_of)?;
                band = by_sources(&incidents, history, at);
                let reported = reported(&incidents, history.area(), at);
                attention = Some(sources_attention(&reported));
            }
            _ => {}
        }
        Ok(Self { band, shown, attention })
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.push(match &self.band {
            Ok(band) => {
                let by = match band.by {
                    By::Sources(sources) => format!("{sources} sources drawn anew"),
                    By::Estimates => "low and high estimates of the dead".to_owned(),
                };
                let wide = if band.is_wide() { ": too wide to rely on" } else { "" };
                format!("  band {} to {}, by {by}{wide}", band.low, band.high)
            }
            Err(why) => format!("  no band: {why}"),
        });
        let Shown { tail, bits, regime, is_higher, .. } = self.shown;
        lines.push(format!("  the month alone: {bits:.1} bits of surprise, {}", tail.one_in()));
        lines.push(format!(
            "  regime of {} ({} % sure), begun within three months: {} %{}",
            counted(regime.months, "month"),
            percent(regime.probability),
            percent(regime.recent),
            if is_higher { ", and higher than before" } else { "" }
        ));
        match &self.attention {
            Some(Ok(Attention { index, band })) => lines.push(format!(
                "  attention {index:+.2}, {:+.2} to {:+.2}: log-odds of conflict in what sources report, against before",
                band.0, band.1
            )),
            Some(Err(why)) => lines.push(format!("  attention is not known: {why}")),
            None => {}
        }
        lines
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

/// A scale that a charter declares.
struct Declared {
    charter: String,
    name: String,
    title: String,
    series: Series,
    weights: Weights,
}

impl Declared {
    /// Finds a scale by its name, or by the series asked for, or as the only one.
    fn find(charter_name: &str, wanted: Option<&str>, asked: &Asked) -> Result<Self, Failure> {
        let charter = charter::load(charter_name)?;
        let none = |what: String, hint: Option<String>| {
            let charter = charter_name.to_owned();
            Failure::new(FailureKind::AlarmRule { charter, what }).hinting(hint)
        };
        let names = || charter.scales.keys().map(ScaleName::as_str);
        let listed = || Some(format!("it has {}", names().collect::<Vec<_>>().join(", ")));
        let is_meant = |(name, scale): &(&ScaleName, &Scale)| match (wanted, &asked.series) {
            (Some(wanted), _) => name.as_str() == wanted,
            (None, Some(series)) => scale.series == series.as_str(),
            (None, None) => true,
        };
        let meant: Vec<_> = charter.scales.iter().filter(is_meant).collect();
        let (name, scale) = match (meant.as_slice(), wanted) {
            ([one], _) => *one,
            ([], Some(wanted)) => {
                let hint = did_you_mean(wanted, names()).or_else(listed);
                return Err(none(format!("no scale of tension `{wanted}`"), hint));
            }
            ([], None) if charter.scales.is_empty() => {
                return Err(none("no scale of tension".to_owned(), None));
            }
            ([], None) => {
                return Err(none("no scale of tension for the series".to_owned(), listed()));
            }
            ([_, ..], _) => {
                let hint = listed().map(|listed| format!("{listed}; name one with `--scale`"));
                return Err(none("several scales of tension".to_owned(), hint));
            }
        };
        let internal = |what: String| Failure::new(FailureKind::Internal(what));
        let series = Series::parse(&scale.series).map_err(|error| internal(error.to_string()))?;
        // The charter's loader saw to both.
        let weights = Weights::new(scale.weights_millionths.clone())
            .map_err(|error| internal(error.to_string()))?;
        let (charter, name, title) =
            (charter_name.to_owned(), name.to_string(), scale.title.clone());
        Ok(Self { charter, name, title, series, weights })
    }

    fn composite(&self, beside: &Beside) -> Result<Composite, Failure> {
        let attention = beside.attention.as_ref().and_then(|found| found.as_ref().ok());
        let mut values = beside.shown.components(attention.copied());
        values.retain(|name, _| self.weights.get(name).is_some());
        self.weights.composite(&values).map_err(|error| {
            let hint = match &beside.attention {
                Some(Err(why)) => Some(format!("attention is not known: {why}")),
                None => {
                    Some("attention needs incidents: `veche picture import acled FILE`".to_owned())
                }
                Some(Ok(_)) => None,
            };
            let what = format!("a scale `{}` that cannot be worked out here: {error}", self.name);
            let charter = self.charter.clone();
            Failure::new(FailureKind::AlarmRule { charter, what }).hinting(hint)
        })
    }

    fn lines(&self, composite: &Composite) -> Vec<String> {
        let mut lines = vec![format!(
            "{} (scale {} of {}): {} of 100",
            screen::one_line(&self.title),
            self.name,
            self.charter,
            points(composite.points)
        )];
        lines.extend(composite.contributions.iter().map(|(name, share)| {
            let weight = self.weights.get(name).unwrap_or_default();
            format!("  {name:10} {:>6} of {}", points(*share), points(weight / 100))
        }));
        lines
    }
}

/// Returns the failure that there is no index, with the months that there are.
pub(crate) fn no_index(history: &History, why: NoData) -> Failure {
    let hint = match (history.month_at(0), history.last()) {
        (Some(first), Some(last)) => Some(format!("the data are from {first} to {last}")),
        _ => None,
    };
    let area = named(history);
    Failure::new(FailureKind::NoIndex { area, why }).hinting(hint)
}

/// Returns name and number, or the number alone, in one line: names come from data sets.
pub(crate) fn named(history: &History) -> String {
    let (name, area) = (screen::one_line(&history.name()), history.area().to_string());
    if name == area { area } else { format!("{name} ({area})") }
}

/// Returns the word of a class.
pub(crate) const fn word(class: Class) -> &'static str {
    match class {
        Class::Calm => "calm",
        Class::Watch => "watch",
        Class::Tense => "tense",
        Class::Acute => "acute",
        Class::Crisis => "crisis",
    }
}

/// Returns hundredths of a point as points.
pub(crate) fn points(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Returns a table of reasons, a line each: what, how many deaths, how many points.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    let titles: Vec<String> = reasons.iter().map(title).collect();
    let width = titles.iter().map(String::len).max().unwrap_or_default();
    let line = |(reason, title): (&Reason, &String)| {
        format!(
            "  {title:width$}  {:>8} deaths  {:>6} points",
            reason.count,
            points(reason.contribution)
        )
    };
    reasons.iter().zip(&titles).map(line).collect::<Vec<_>>().join("\n")
}

fn title(reason: &Reason) -> String {
    // The evidence of a draft has the same words; it borrows nothing but the reason.
    veche_picture::warn::Evidence { reason: *reason, vintages: Vec::new() }.title()
}

fn text(history: &History, known: &Tension, class: Class, beside: &Beside) -> String {
    let Parts { level, surprise, change } = known.parts;
    let mut lines = vec![format!(
        "{}, {}, {}: {} of 100, {}",
        named(history),
        known.series,
        known.month,
        known.index,
        word(class)
    )];
    lines.push(format!(
        "  level {}, surprise {}, change {}",
        points(level),
        points(surprise),
        points(change)
    ));
    lines.extend(beside.lines());
    if known.reasons.is_empty() {
        lines.push("no reasons: nothing was counted in the last three months".to_owned());
    } else {
        lines.push("reasons:".to_owned());
        lines.push(reasons(&known.reasons));
    }
    lines.join("\n")
}

/// Returns the lines on what an index is from.
fn from(known: &Tension, sources: &BTreeSet<Vintage>) -> Vec<String> {
    let mut lines =
        vec![format!("formula: {}, against {} earlier windows", known.formula, known.reference)];
    lines.push("sources of the three months (SHA-256 of the files imported):".to_owned());
    lines.extend(sources.iter().map(|source| format!("  {source}")));
    if sources.is_empty() {
        lines.push("  none".to_owned());
    }
    lines
}

/// Returns the inputs that the last three months are from, also those in which nothing was counted.
fn sources(history: &History, at: Month) -> BTreeSet<Vintage> {
    let end = history.place_of(at).map_or(0, |place| place + 1);
    let window = history.cells().get(end.saturating_sub(WINDOW_MONTHS)..end).unwrap_or_default();
    let events = window.iter().flat_map(|cell| &cell.events).map(|event| event.vintage);
    let rest = window.iter().flat_map(|cell| cell.vintage.iter().chain(&cell.others));
    rest.copied().chain(events).collect()
}
