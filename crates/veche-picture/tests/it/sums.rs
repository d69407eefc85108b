//! Whether months hang together as the sums say, on what happened.

use crate::real::shared;
use crate::support::{WANTED, silent, vintage};
use veche_picture::forecast::ladder::Recent;
use veche_picture::forecast::sums::{DEATHS, SPANS, chances};
use veche_picture::forecast::{Component, Grid, Mixture};
use veche_picture::{Month, Panel, import_counts};

/// Months between two origins.
const STEP: i32 = 12;

/// A country with deaths in the three years before an origin, and the sums of what came.
struct Case {
    month: Mixture,
    came: [f64; SPANS.len()],
}

fn cases(grid: &Grid, from: &str, to: &str) -> Vec<Case> {
    let (mut origin, to) = (Month::parse(from).unwrap(), Month::parse(to).unwrap());
    let mut cases = Vec::new();
    while to.since(origin) >= 12 {
        let past = grid.until(origin).unwrap();
        for unit in 0..past.len() {
            let counts = past.counts(unit);
            let recent = counts.get(counts.len().saturating_sub(36)..).unwrap();
            if recent.len() < 36 || recent.iter().all(|count| *count <= 0.0) {
                continue;
            }
            let sum = |months: usize| -> Option<f64> {
                let ahead = 1..=i32::try_from(months).unwrap();
                ahead.map(|month| grid.observed(unit, origin.plus(month).unwrap())).sum()
            };
            if let [Some(a), Some(b), Some(c)] = SPANS.map(sum) {
                let month = Recent::DEFAULT.mixture(counts).unwrap();
                cases.push(Case { month, came: [a, b, c] });
            }
        }
        origin = origin.plus(STEP).unwrap();
    }
    cases
}

/// The chance where the months share their component: of as many negative binomials alike, the sum is another.
fn staying(month: &Mixture, span: usize, deaths: u64) -> f64 {
    let n = span as f64;
    let of = |component: &Component| match *component {
        Component::NegativeBinomial { mean, size } => {
            Component::NegativeBinomial { mean: mean * n, size: size * n }.tail(deaths)
        }
        other @ (Component::Point(_) | Component::Poisson { .. }) => other.tail(deaths),
    };
    month.parts().iter().map(|(weight, component)| weight * of(component)).sum()
}

fn log_loss(told: &[(f64, bool)]) -> f64 {
    let bits = |(chance, came): &(f64, bool)| {
        // As the ignorance score: a thousand draws, and one more for either answer.
        let chance = (chance * 1000.0 + 1.0) / 1002.0;
        -(if *came { chance } else { 1.0 - chance }).log2()
    };
    told.iter().map(bits).sum::<f64>() / told.len() as f64
}

/// What was chosen on 1995 to 2016 must be as good after it, and no worse than either half by itself.
#[test]
fn half_of_each_beats_either_way_to_tie_the_months() {
    let Some(bytes) = shared("cm_panel_199001_202212.csv.gz") else { return };
    let (series, imported) =
        import_counts(None, &mut &*bytes, WANTED, vintage(1), &mut silent).unwrap();
    let grid = Grid::new(&Panel::from_counts(&imported.table, &series)).unwrap();
    for (from, to) in [("1995-01", "2016-12"), ("2017-01", "2021-12")] {
        let cases = cases(&grid, from, to);
        assert!(cases.len() > 150, "{}", cases.len());
        let told: Vec<_> = cases.iter().map(|case| chances(&case.month)).collect();
        let mut bits = [0.0; 3];
        for (span, months) in SPANS.into_iter().enumerate() {
            for (at, deaths) in DEATHS.into_iter().enumerate().take(2) {
                let score = |chance: &dyn Fn(usize) -> f64| {
                    let came = |case: &Case| case.came[span] >= deaths as f64;
                    let all = cases.iter().enumerate();
                    log_loss(&all.map(|(n, case)| (chance(n), came(case))).collect::<Vec<_>>())
                };
                let stays = |n: usize| staying(&cases[n].month, months, deaths);
                bits[0] += score(&|n| told[n][span][at]);
                bits[1] += score(&stays);
                // Half of each is what is told, so the other half is what is left of twice it.
                bits[2] += score(&|n| (2.0 * told[n][span][at] - stays(n)).clamp(0.0, 1.0));
            }
        }
        let [ours, stays, anew] = bits.map(|bits| bits / 6.0);
        assert!(
            ours < stays - 0.01 && ours < anew - 0.01,
            "{from}: {ours:.4}, staying {stays:.4}, anew {anew:.4}"
        );
    }
}
