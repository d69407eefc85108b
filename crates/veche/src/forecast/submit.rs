//! `veche forecast submit`: a run handed in for a round of the tournament.

use super::load;
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::tournament::{DirArgs, Rounds, admit};
use std::fmt::Write as _;
use std::path::Path;
use veche_picture::Date;
use veche_picture::forecast::run::Run;
use veche_picture::forecast::sheet::QUANTILES;
use veche_picture::forecast::worked::Worked;
use veche_picture::tournament::{Round, read_file};

/// Hands a run in.
pub(crate) fn run(
    run: &Path,
    round: &str,
    (institute, on): (&str, Option<Date>),
    out: Option<&Path>,
    dir: &DirArgs,
) -> Result<Answer, Failure> {
    let rounds = Rounds::open(dir.path())?;
    let round = rounds.round(round)?;
    let (made, worked) = load::run(run)?;
    let refused = |what: String, hint: &str| {
        let path = run.to_owned();
        Failure::new(FailureKind::NotARun { path, what }).hinting(Some(hint.to_owned()))
    };
    if *made.series() != round.series {
        let what =
            format!("it counts `{}`, and round `{}` `{}`", made.series(), round.name, round.series);
        return Err(refused(what, "forecast the series of the round"));
    }
    if made.origin() != round.origin {
        let what = format!(
            "it is from the end of {}, and round `{}` from that of {}",
            made.origin(),
            round.name,
            round.origin
        );
        return Err(refused(what, "`veche forecast run --origin` takes the month"));
    }
    let csv = csv(&made, &worked, &round);
    let submission = read_file(csv.as_bytes(), &round, institute)
        .map_err(|what| refused(what.to_string(), "`veche tournament submit` takes a file"))?;
    admit(&rounds, &round, (&submission, csv.as_bytes()), on, out)
}

/// Returns the quantiles of the round's units and months, as far as the run has them.
fn csv(run: &Run, worked: &Worked, round: &Round) -> String {
    let mut csv = "country_id,month_id,quantile,outcome\n".to_owned();
    let units = run.units().iter().enumerate();
    for (at, unit) in units.filter(|(_, unit)| round.units.contains(&unit.area())) {
        let said = worked.ahead(run, at);
        for month in round.target_months() {
            let Ok(ahead) = usize::try_from(month.since(round.origin)) else { continue };
            if run.ahead(ahead).is_none() || ahead > veche_picture::forecast::run::HORIZONS {
                continue;
            }
            for thousandths in QUANTILES {
                let level = f64::from(thousandths) / 1000.0;
                let outcome = said.quantile(ahead, level);
                // Writing to a String cannot fail.
                writeln!(csv, "{},{},{level},{outcome}", unit.area().number(), month.id())
                    .unwrap_or_default();
            }
        }
    }
    csv
}
