//! Import of a country-month panel, beside the bare csv crate over the same bytes.
//!
//! `cargo bench -p veche-picture`: the ratio of the two is the price of typed, checked, reported rows.
#![expect(clippy::expect_used, reason = "a failed set-up fails its benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::hint::black_box;
use veche_picture::source::counts::{self, Wanted};
use veche_picture::{Scheme, Vintage, import_counts};

/// Areas and months of the panel: 72,000 rows, as many as all countries since 1990 have.
const AREAS: u32 = 180;
const MONTHS: u32 = 400;
const WANTED: Wanted<'_> = Wanted { scheme: Scheme::Views, column: None };

/// A panel whose counts come from a linear congruential generator with a fixed seed; most months have none.
fn panel() -> String {
    let mut csv = "month_id,year,month,country_id,ged_sb,quality\n".to_owned();
    let mut seed = 1u32;
    for month in 121..121 + MONTHS {
        for area in 1..=AREAS {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let count = if seed >> 28 == 0 { seed >> 20 } else { 0 };
            let (year, of_year) = (1980 + (month - 1) / 12, (month - 1) % 12 + 1);
            writeln!(csv, "{month},{year},{of_year},{area},{count},sb")
                .expect("a string takes what is written");
        }
    }
    csv
}

fn import(c: &mut Criterion) {
    let csv = panel();
    let mut group = c.benchmark_group("panel of 72,000 rows");
    group.throughput(Throughput::Elements(u64::from(AREAS * MONTHS)));
    group.sample_size(11);
    group.bench_function("the csv crate alone", |b| {
        b.iter(|| {
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let mut record = csv::ByteRecord::new();
            let mut rows = 0u64;
            while reader.read_byte_record(&mut record).expect("the panel is sound") {
                rows += 1;
            }
            black_box(rows)
        });
    });
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut sum = 0u64;
            counts::read(&mut csv.as_bytes(), WANTED, &mut |_| {}, &mut |row| {
                sum += u64::from(row.count);
            })
            .expect("the panel is sound");
            black_box(sum)
        });
    });
    group.bench_function("read, merge and write", |b| {
        b.iter(|| {
            let vintage = Vintage([1; 32]);
            let (_, imported) =
                import_counts(None, &mut csv.as_bytes(), WANTED, vintage, &mut |_| {})
                    .expect("the panel is sound");
            black_box(imported.file.len())
        });
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
