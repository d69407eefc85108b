//! Releases that follow one another, and what they teach.

use crate::support::vintage;
use veche_picture::forecast::ladder::Recent;
use veche_picture::forecast::{Component, Mixture};
use veche_picture::vintage::release::{Counts, NotTaken};
use veche_picture::vintage::revision::learn;
use veche_picture::vintage::widening::{RELEASES_MIN, SETTLED_MONTHS};
use veche_picture::vintage::{NoWidening, Release, Revision, Revisions, Rewrite, Shelf, Widening};
use veche_picture::{AreaId, Date, Month, Scheme, Series};

fn series() -> Series {
    Series::parse("ged_sb").unwrap()
}

fn month(id: u16) -> Month {
    Month::from_id(i64::from(id)).unwrap()
}

const fn area(number: u16) -> AreaId {
    AreaId::new(Scheme::Views, number)
}

fn day(known: u16) -> Date {
    Date::new(month(known), 20).unwrap()
}

fn release(known: u16, counts: &[(u16, u16, u32)]) -> Release {
    let counts: Counts =
        counts.iter().map(|(number, id, count)| ((area(*number), month(*id)), *count)).collect();
    Release::new(series(), day(known), counts, vintage(known.to_le_bytes()[0]))
}

/// Months 400 to `known` of areas 1 to 4, each a year's 100 deaths in the end; the last month is told at a half.
fn halved(known: u16) -> Release {
    let count = |id: u16| if id == known { 50 } else { 100 };
    let cells = (1..5).flat_map(|number| (400..=known).map(move |id| (number, id, count(id))));
    release(known, &cells.collect::<Vec<_>>())
}

fn shelf(known: impl Iterator<Item = u16>) -> Shelf {
    let mut shelf = Shelf::new(series());
    known.for_each(|known| drop(shelf.add(halved(known)).unwrap()));
    shelf
}

#[test]
fn what_a_release_rewrites_is_told_by_month_and_by_how_much() {
    let mut shelf = Shelf::new(series());
    assert_eq!(shelf.add(release(402, &[(1, 400, 7), (1, 401, 3), (2, 400, 5)])), Ok(vec![]));
    let rewrites =
        shelf.add(release(403, &[(1, 400, 7), (1, 401, 90), (1, 403, 4), (2, 401, 6)])).unwrap();
    let wanted = [
        Rewrite { area: area(1), month: month(401), was: Some(3), is: Some(90) },
        Rewrite { area: area(2), month: month(400), was: Some(5), is: None },
        Rewrite { area: area(2), month: month(401), was: None, is: Some(6) },
    ];
    assert_eq!(rewrites, wanted);
    assert_eq!(
        Rewrite::summary(&rewrites).unwrap(),
        "3 counts of 2 areas changed, 2013-04 to 2013-05; the largest: views:1 2013-05 was 3 and is 90"
    );
    assert_eq!(Rewrite::summary(&[]), None);
}

#[test]
fn a_past_date_knows_what_was_known_then() {
    let shelf = shelf(410..=412);
    let at = |known| shelf.at(day(known)).map(|release| release.counts()[&(area(1), month(410))]);
    assert_eq!((at(409), at(410), at(411), at(500)), (None, Some(50), Some(100), Some(100)));
    assert_eq!(shelf.until(day(411)).releases().len(), 2);
    // What came later does not change what one would have learnt then.
    let long = self::shelf(410..=430);
    let then = |shelf: &Shelf| learn(&shelf.until(day(412)), 2);
    assert_eq!(then(&shelf), then(&long));
    assert_ne!(learn(&long, 2), then(&long));
}

#[test]
fn a_release_out_of_order_of_another_series_or_from_the_future_is_refused() {
    let mut shelf = shelf(410..=410);
    let other = Release::new(Series::parse("ged_ns").unwrap(), day(411), Counts::new(), vintage(1));
    let refused = |given, held| NotTaken::OtherSeries { given, held };
    assert_eq!(shelf.add(other), Err(refused(Series::parse("ged_ns").unwrap(), series())));
    let (known, last) = (day(410), day(410));
    assert_eq!(shelf.add(halved(410)), Err(NotTaken::NotLater { known, last }));
    // A calendar that is off by nine.
    let known = day(411);
    let early = release(411, &[(1, 420, 1)]);
    assert_eq!(shelf.add(early), Err(NotTaken::FromTheFuture { known, month: month(420) }));
    assert_eq!(shelf.releases().len(), 1);
}

#[test]
fn ratios_are_learnt_by_age_and_little_data_says_little() {
    // Of twenty releases 18 have a last month that is two months old in the newest: 72 counts of 50 become 100.
    let many = learn(&shelf(410..430), 2);
    let wanted = (7200.0 + 100.0) / (3600.0 + 100.0);
    assert!((many.of(0).ratio - wanted).abs() < 1e-12, "{many:?}");
    assert!((many.of(1).ratio - 1.0).abs() < 1e-12 && many.of(1).spread < 1e-12, "{many:?}");
    assert_eq!((many.of(0).counts, many.of(7)), (72, Revision::NONE));
    let mut few = Shelf::new(series());
    few.add(release(410, &[(1, 410, 5)])).unwrap();
    few.add(release(412, &[(1, 410, 10)])).unwrap();
    let few = learn(&few, 2);
    assert!((few.of(0).ratio - 110.0 / 105.0).abs() < 1e-12, "{few:?}");
    assert_eq!(learn(&Shelf::new(series()), 2), Revisions { by_age: vec![], vintage: None });
}

#[test]
fn a_widened_forecast_has_the_moments_of_the_product() {
    let revision = Revision { ratio: 2.0, spread: 0.5, missed: 0.25, late: 8.0, counts: 100 };
    let revisions = Revisions { by_age: vec![revision; 3], vintage: Some(vintage(2)) };
    let forecast = Mixture::new(vec![
        (2.0, Component::NegativeBinomial { mean: 10.0, size: 2.0 }),
        (1.0, Component::Point(0)),
        (1.0, Component::Poisson { mean: 6.0 }),
    ]);
    let nowcast = revisions.widen(&forecast.unwrap(), 0, vintage(1)).unwrap();
    let parts: Vec<_> = nowcast.mixture.parts().to_vec();
    // 1 / size' = 1.5 x 1.5 - 1 = 1.25; of a Poisson, 0.5.
    let wanted = [
        (0.5, Component::NegativeBinomial { mean: 20.0, size: 0.8 }),
        (0.1875, Component::Point(0)),
        (0.0625, Component::NegativeBinomial { mean: 8.0, size: 1.0 }),
        (0.25, Component::NegativeBinomial { mean: 12.0, size: 2.0 }),
    ];
    assert_eq!(parts, wanted);
    let broken =
        Revisions { by_age: vec![Revision { ratio: f64::NAN, ..revision }], vintage: None };
    assert!(broken.widen(&nowcast.mixture, 0, vintage(1)).is_err());
    assert_eq!((nowcast.vintage, nowcast.revisions), (vintage(1), Some(vintage(2))));
}

#[test]
fn a_forecast_is_widened_only_by_what_was_learnt() {
    let counts: Vec<f64> = (0..40).map(|at| f64::from(at % 5) * 10.0).collect();
    let forecast = Recent::DEFAULT.mixture(&counts).unwrap();
    let nothing = Revisions { by_age: vec![], vintage: None };
    assert_eq!(nothing.widen(&forecast, 0, vintage(1)).unwrap().mixture, forecast);
    let learnt = learn(&shelf(410..430), 2);
    let wide = learnt.widen(&forecast, 0, vintage(1)).unwrap().mixture;
    let width = |mixture: &Mixture| mixture.distribution().quantile(0.95);
    assert!(width(&wide) > width(&forecast) && wide.mean() > forecast.mean());
}

#[test]
fn a_forecast_is_widened_by_what_vintages_taught_and_says_by_how_much() {
    let few = shelf(410..410 + u16::try_from(RELEASES_MIN).unwrap() - 1);
    assert_eq!(Widening::learn(&few, month(414)), Err(NoWidening::Few(RELEASES_MIN - 1)));
    // Months were told early, and none of them is a year old yet.
    let young = shelf(410..410 + SETTLED_MONTHS);
    assert_eq!(Widening::learn(&young, month(421)), Err(NoWidening::Unsettled { age: 0 }));
    assert_eq!(Widening::learn(&young, month(422)), Err(NoWidening::BeforeOrigin(month(422))));
    let long = shelf(410..430);
    let widening = Widening::learn(&long, month(429)).unwrap();
    // 8 releases of 4 areas have a last month that is settled in the newest: 32 counts of 50 became 100.
    assert_eq!(widening.by_age[0].ratio_millionths, (3_300 * 1_000_000 + 850) / 1_700);
    assert_eq!(widening.by_age[0].counts, 32);
    assert!(widening.said()[0].starts_with("age  0 months: x 1.941, "), "{:?}", widening.said());
    let counts: Vec<f64> = (0..40).map(|at| f64::from(at % 5) * 10.0).collect();
    let forecast = Recent::DEFAULT.mixture(&counts).unwrap();
    let wide = widening.apply(&forecast).unwrap();
    assert!(wide.mean() > forecast.mean() * 1.05);
    // From a month that is as old as those that are not revised, nothing changes but what a ratio of one does.
    let later = Widening { youngest: SETTLED_MONTHS, ..widening };
    let (same, parts) = (later.apply(&forecast).unwrap(), forecast.parts());
    assert!(same.parts().iter().zip(parts).all(|(one, other)| one.1 == other.1));
}
