//! A whole run: 191 units, forecast and scored exactly over 12 months ahead, and its track record.
//!
//! `cargo bench -p veche-picture --bench forecast`; with `-- --test` each is done once, for a look at the memory.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails its benchmark")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use veche_picture::forecast::observed::Observed;
use veche_picture::forecast::random;
use veche_picture::forecast::run::{Rule, Run};
use veche_picture::forecast::sheet;
use veche_picture::forecast::track::Record;
use veche_picture::forecast::verdict::score;
use veche_picture::forecast::worked::Worked;
use veche_picture::source::counts::Wanted;
use veche_picture::{Month, Scheme, Vintage};

/// As many as there are states in the benchmark's list.
const UNITS: u64 = 191;
const MONTHS: u64 = 84;

/// A quarter at war, from skirmishes to tens of thousands of deaths a month, the others at peace: as the world has it.
fn panel() -> Observed {
    let mut csv = "month_id,country_id,deaths\n".to_owned();
    for unit in 0..UNITS {
        for at in 0..MONTHS {
            let size = if unit % 4 == 0 {
                (unit / 4 % 11) as f64 * (0.5 + random::share(unit, at)) * 0.7
            } else {
                0.0
            };
            let count = (size.exp() - 1.0).min(30_000.0).round();
            writeln!(csv, "{},{},{count}", 400 + at, unit + 1).unwrap();
        }
    }
    let wanted = Wanted { scheme: Scheme::Views, column: None };
    Observed::read(&mut csv.as_bytes(), wanted, Vintage([1; 32]), &mut |_| {}).unwrap()
}

fn run(criterion: &mut Criterion) {
    let observed = panel();
    let origin = Month::from_id(i64::try_from(400 + MONTHS - 13).unwrap()).unwrap();
    let forecast =
        || Run::new(&observed, None, Rule::Recent, Some(origin), &BTreeMap::new()).unwrap();
    let run = forecast();
    let worked = Worked::of(&run, &mut |_| {});
    let kept = worked.text(b"run").unwrap();
    let mut group = criterion.benchmark_group("191 units");
    group.sample_size(10);
    group.bench_function("forecast, exact scores of 12 months ahead", |bench| {
        bench.iter(|| score(black_box(&forecast()), &worked, &observed).unwrap());
    });
    group.bench_function("table with quantiles, classes and sums", |bench| {
        bench.iter(|| sheet::lines(black_box(&run), &worked, &mut |_| {}));
    });
    group.bench_function("track record of 24 origins", |bench| {
        bench.iter(|| Record::of(black_box(&run), &mut |_| {}));
    });
    group.bench_function("what was kept of that, read back", |bench| {
        bench.iter(|| Worked::read(&run, b"run", black_box(&kept)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, run);
criterion_main!(benches);
