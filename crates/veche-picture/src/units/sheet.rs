//! Forecasts of units as CSV, with what their columns mean.

use super::cells::{self, CellMonths};
use super::weeks::{
    self, Ahead, HALF_LIFE_FAR, HALF_LIFE_NEAR, HORIZONS, NEAR, SIZE, WINDOW, Weeks, is_quiet,
};
use std::fmt::Write as _;

/// Quantiles that are told, in thousandths.
const QUANTILES: [usize; 5] = [50, 250, 500, 750, 950];
/// Counts of a week from which on a chance is told.
const WEEKLY: [u64; 3] = [1, 5, 25];
/// Deaths of a month in a cell from which on a chance is told.
const MONTHLY: [u32; 3] = [1, 25, 100];
/// What is said of a unit that was quiet.
pub const UNPROVEN: &str = "no skill proven";

/// Returns a line for each unit and week ahead.
#[must_use]
pub fn weekly(weeks: &Weeks, done: &mut dyn FnMut(usize)) -> String {
    let mut out =
        "unit,origin,week,weeks_ahead,mean,q05,q25,q50,q75,q95,p_1,p_5,p_25,note\n".to_owned();
    for (at, (unit, counts)) in weeks.units().enumerate() {
        let note = if is_quiet(counts) { UNPROVEN } else { "" };
        let Some(ahead) = Ahead::of(counts) else { continue };
        let told = |horizon| {
            let table = ahead.at(horizon);
            let quantiles = QUANTILES.map(|q| format!("{}", table.quantile(q as f64 / 1000.0)));
            let chances = WEEKLY.map(|count| format!("{:.6}", table.at_least(count)));
            format!("{:.4},{},{}", table.mean(), quantiles.join(","), chances.join(","))
        };
        let (near, far) = (told(1), told(HORIZONS));
        let name = quoted(unit.as_str());
        for horizon in 1..=HORIZONS {
            let Some(week) = i32::try_from(horizon).ok().and_then(|n| weeks.last().plus(n)) else {
                break;
            };
            let told = if horizon <= NEAR { &near } else { &far };
            // Writing to a string cannot fail.
            let _kept = writeln!(out, "{name},{},{week},{horizon},{told},{note}", weeks.last());
        }
        done(at + 1);
    }
    out
}

/// Returns the list of quiet units.
#[must_use]
pub fn weekly_onset(weeks: &Weeks) -> String {
    let mut out = "unit,weeks_quiet,counted_before,note\n".to_owned();
    for quiet in weeks.quiet() {
        let since = quiet.weeks.map_or(String::new(), |weeks| weeks.to_string());
        let name = quoted(quiet.unit.as_str());
        let _kept = writeln!(out, "{name},{since},{},{UNPROVEN}", quiet.total);
    }
    out
}

/// Returns a line for each cell, the same for all months ahead.
#[must_use]
pub fn monthly(grid: &CellMonths, done: &mut dyn FnMut(usize)) -> String {
    let mut out =
        "cell,latitude,longitude,origin,mean,q05,q25,q50,q75,q95,p_1,p_25,p_100\n".to_owned();
    for (at, (cell, _)) in grid.cells().enumerate() {
        let Some(pool) = grid.pool(cell) else { continue };
        let (latitude, longitude) = cell.middle();
        let quantiles = QUANTILES.map(|q| pool.quantile(q).to_string()).join(",");
        let chances = MONTHLY.map(|count| format!("{:.6}", pool.at_least(count))).join(",");
        let _kept = writeln!(
            out,
            "{},{latitude},{longitude},{},{:.4},{quantiles},{chances}",
            cell.number(),
            grid.last(),
            pool.mean()
        );
        done(at + 1);
    }
    out
}

/// Returns the list of quiet cells with deaths around them.
#[must_use]
pub fn monthly_onset(grid: &CellMonths) -> String {
    let mut out = "cell,latitude,longitude,deaths_around,note\n".to_owned();
    for (cell, deaths) in grid.quiet() {
        let (latitude, longitude) = cell.middle();
        let _kept = writeln!(out, "{},{latitude},{longitude},{deaths},{UNPROVEN}", cell.number());
    }
    out
}

/// Returns what the columns of the weekly table mean, and by which rule it was made.
#[must_use]
pub fn weekly_codebook() -> String {
    format!(
        "# Weekly forecast of units, `{}`\n\n\
         Each of the last {WINDOW} weeks comes again, widened to a negative binomial of size {SIZE}. Its weight halves with every \
         {HALF_LIFE_NEAR} weeks of age for weeks 1 to {NEAR} ahead, and with every {HALF_LIFE_FAR} for later ones. These constants \
         are declared, not fitted: no public weekly data by pair or sector were at hand, and **no skill is claimed**.\n\n\
         - `unit`, `origin` (the last week counted), `week`, `weeks_ahead`;\n\
         - `mean`, and quantiles `q05` to `q95` of the count;\n\
         - `p_1`, `p_5`, `p_25`: chances of as many conflict events or more in the week;\n\
         - `note`: `{UNPROVEN}` where nothing was counted for {} weeks. `onset.csv` lists those, the last to fall quiet first.\n",
        weeks::RULE,
        weeks::QUIET_WEEKS
    )
}

/// Returns what the columns of the monthly table of cells mean, and by which rule it was made.
#[must_use]
pub fn monthly_codebook() -> String {
    format!(
        "# Monthly forecast of cells, `{}`\n\n\
         Each of the last {} months of the cell, and of the up to eight cells around it, is as likely to come again, whatever the month \
         ahead. **No skill is claimed**: on grids, zero is nearly unbeatable in CRPS.\n\n\
         - `cell`: its number in PRIO-GRID; `latitude`, `longitude`: its middle; `origin`: the last month counted;\n\
         - `mean`, and quantiles `q05` to `q95` of the deaths of a month;\n\
         - `p_1`, `p_25`, `p_100`: chances of as many deaths or more.\n\n\
         `onset.csv` lists cells without a death that have some around them: {UNPROVEN}.\n",
        cells::RULE,
        cells::MONTHS
    )
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
