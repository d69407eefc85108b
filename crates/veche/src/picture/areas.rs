//! `veche picture areas`: which areas the store knows, and for which months.

use super::find;
use super::store::Store;
use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::screen;
use serde_json::{Value, json};
use veche_picture::{Panel, Series};

/// Lists the areas of one series, or of all.
pub(crate) fn run(store: &Store, series: Option<Series>) -> Result<Answer, Failure> {
    let wanted = match series {
        Some(series) => vec![find::named(store, series)?],
        None => find::all_series(store)?,
    };
    let (mut blocks, mut told) = (Vec::new(), Vec::new());
    for series in wanted {
        let panel = find::load(store, &series)?;
        blocks.push(block(&panel));
        told.push(json!({ "series": series.as_str(), "areas": areas(&panel) }));
    }
    Ok(Answer::new(blocks.join("\n\n"), json!({ "series": told })))
}

fn block(panel: &Panel) -> String {
    let mut lines =
        vec![format!("{}: {}", panel.series(), counted(panel.histories().len(), "area"))];
    for history in panel.histories() {
        let months = match (history.month_at(0), history.last()) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => "no month".to_owned(),
        };
        let name = screen::one_line(&history.name());
        lines.push(format!("  {:11}  {months}  {name}", history.area().to_string()));
    }
    lines.join("\n")
}

fn areas(panel: &Panel) -> Vec<Value> {
    let of = |history: &veche_picture::History| {
        json!({
            "area": history.area(),
            "name": history.name(),
            "first": history.month_at(0),
            "last": history.last(),
        })
    };
    panel.histories().map(of).collect()
}
