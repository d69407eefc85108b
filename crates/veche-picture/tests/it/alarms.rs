//! Desks of alarms, and what they would have done over the real panel.

use crate::real::shared;
use crate::support::{WANTED, panel_csv, silent, vintage};
use veche_picture::alarm::desk::{Desk, Disposal, Period, Refused, Said, Verdict};
use veche_picture::alarm::draft::{Basis, draft};
use veche_picture::alarm::replay::{DeskReplayed, Level};
use veche_picture::alarm::watch::{Grounds, month_of};
use veche_picture::alarm::{
    AlarmId, Changes, Rule, Standing, Tail, Tally, Word, WordOn, replay, watch,
};
use veche_picture::forecast::ladder::Recent;
use veche_picture::warn::Confidence;
use veche_picture::{AreaId, Month, Outcome, Panel, Scheme, Series, import_counts};

fn panel(csv: &[u8]) -> Panel {
    let (series, imported) =
        import_counts(None, &mut &*csv, WANTED, vintage(1), &mut silent).unwrap();
    Panel::from_counts(&imported.table, &series)
}

/// A period with the tails of units 1, 2, .. in percent, among a hundred further units without surprise.
fn period(number: u32, percents: &[f64]) -> Said {
    let subject = |unit| (AreaId::new(Scheme::Views, unit), Series::parse("deaths").unwrap());
    let loud = (1..).zip(percents).map(|(unit, p)| (subject(unit), Tail::of(p / 100.0)));
    let rest = (0..100).map(|unit| (subject(1000 + unit), Tail::ONE));
    Said::Period(Period { number, tails: loud.chain(rest).collect() })
}

fn disposed(alarm: u32, period: u32, verdict: Verdict) -> Said {
    let (analyst, reason) = ("A. Analyst".to_owned(), "called the embassy".to_owned());
    Said::Disposed(Disposal { alarm: AlarmId(alarm), period, analyst, verdict, reason })
}

/// A rule that puts up with a tenth of chance.
const TENTH: Rule = Rule { false_discovery_millionths: 100_000, ..Rule::MONTHLY };

fn desk() -> Desk {
    Desk::new(Rule::MONTHLY).unwrap()
}

fn ids(alarms: &[u32]) -> Vec<AlarmId> {
    alarms.iter().copied().map(AlarmId).collect()
}

#[test]
fn an_alarm_opens_attaches_and_closes_after_three_quiet_periods() {
    let mut desk = desk();
    let mut take = |number, percent| desk.apply(&period(number, &[percent])).unwrap();
    assert_eq!(take(0, 0.01).opened, ids(&[1]));
    assert_eq!(take(1, 0.02), Changes { attached: ids(&[1]), ..Changes::default() });
    // Over 20 % twice, then exactly 20 %: not quiet, and the count begins anew.
    for (number, percent) in [(2, 50.0), (3, 50.0), (4, 20.0), (5, 50.0), (6, 50.0)] {
        assert_eq!(take(number, percent), Changes::default(), "{number}");
    }
    assert_eq!(take(7, 50.0).closed, ids(&[1]));
    // A new one, not the old one again.
    assert_eq!(take(8, 0.01).opened, ids(&[2]));
    assert_eq!((desk.alarms()[0].sightings.len(), desk.alarms()[0].closed), (2, Some(7)));
    assert_eq!(desk.waiting().count(), 2);
}

#[test]
fn a_unit_that_was_not_observed_is_not_quiet() {
    let mut desk = desk();
    desk.apply(&period(0, &[0.01])).unwrap();
    for number in 1..10 {
        desk.apply(&period(number, &[])).unwrap();
    }
    assert_eq!(desk.alarms()[0].closed, None);
}

#[test]
fn the_budget_takes_the_most_surprising_and_then_the_first() {
    let mut desk = desk();
    let changes = desk.apply(&period(0, &[0.02, 0.01, 0.02, 0.02, 0.02, 0.02, 0.02])).unwrap();
    assert_eq!((changes.opened.len(), changes.over_budget), (5, 2));
    let units: Vec<u16> = desk.alarms().iter().map(|alarm| alarm.subject.0.number()).collect();
    assert_eq!(units, [2, 1, 3, 4, 5]);
    // The next period, what is open takes nothing of the budget.
    let changes = desk.apply(&period(1, &[0.02, 0.01, 0.02, 0.02, 0.02, 0.02, 0.02])).unwrap();
    assert_eq!((changes.opened.len(), changes.attached.len(), changes.over_budget), (2, 5, 0));
}

#[test]
fn what_chance_brings_among_many_units_opens_nothing() {
    // 1 % once among 101 units is chance; 0.09 % is not, at a false-discovery rate of 10 %.
    let desk = || Desk::new(TENTH).unwrap();
    assert!(desk().apply(&period(0, &[1.0])).unwrap().opened.is_empty());
    assert_eq!(desk().apply(&period(0, &[0.09])).unwrap().opened.len(), 1);
    // Ten of them together are more than chance brings.
    let changes = desk().apply(&period(0, &[0.9; 10])).unwrap();
    assert_eq!((changes.opened.len(), changes.over_budget), (5, 5));
}

/// Four alarms a quarter, disposed of in it, so many of them confirmed.
fn quarter(desk: &mut Desk, number: u32, confirmed: u32) -> bool {
    let opened = desk.apply(&period(3 * number, &[0.01; 4])).unwrap();
    for (at, id) in (0..).zip(&opened.opened) {
        let verdict = if at < confirmed { Verdict::Confirmed } else { Verdict::DataArtefact };
        desk.apply(&disposed(id.0, 3 * number, verdict)).unwrap();
    }
    // Three quiet periods close them, the last of them in the next quarter's middle.
    for later in 1..3 {
        desk.apply(&period(3 * number + later, &[90.0; 4])).unwrap();
    }
    opened.switched_off
}

fn quick() -> Desk {
    Desk::new(Rule { close_after: 2, ..Rule::MONTHLY }).unwrap()
}

#[test]
fn a_rule_below_its_promise_for_two_quarters_is_off_and_says_so() {
    let mut desk = quick();
    assert!(!quarter(&mut desk, 0, 0) && !quarter(&mut desk, 1, 0));
    assert_eq!(desk.standing(), Standing::On);
    assert!(quarter(&mut desk, 2, 0));
    let bad = Tally { disposed: 4, confirmed: 0 };
    assert_eq!(desk.standing(), Standing::Off { since: 6, quarters: [(0, bad), (1, bad)] });
    assert_eq!((desk.alarms().len(), desk.withheld()), (8, 4));
    assert_eq!(desk.last_year(), Tally { disposed: 8, confirmed: 0 });
    let (by, reason) = ("Chair".to_owned(), "new sources".to_owned());
    let again = Said::Reinstated { period: 8, by, reason };
    desk.apply(&again).unwrap();
    assert_eq!(desk.apply(&again), Err(Refused::NotOff));
    assert!(!quarter(&mut desk, 3, 0));
    assert_eq!((desk.standing(), desk.alarms().len()), (Standing::On, 12));
}

#[test]
fn a_quarter_at_the_promise_keeps_a_rule_on() {
    let mut desk = quick();
    for (number, confirmed) in [(0, 0), (1, 1), (2, 0), (3, 1), (4, 0)] {
        assert!(!quarter(&mut desk, number, confirmed));
    }
    assert_eq!(desk.standing(), Standing::On);
}

#[test]
fn input_that_cannot_be_is_refused_and_changes_nothing() {
    let mut desk = desk();
    desk.apply(&period(5, &[0.01])).unwrap();
    let before = desk.clone();
    let mut twice = period(6, &[0.01]);
    if let Said::Period(period) = &mut twice {
        period.tails.push(period.tails[0].clone());
    }
    let mut nameless = disposed(1, 5, Verdict::Confirmed);
    if let Said::Disposed(disposal) = &mut nameless {
        " ".clone_into(&mut disposal.analyst);
    }
    for (said, message) in [
        (
            period(5, &[]),
            "period 5 lies before period 5, which is the last that was taken; give periods in order",
        ),
        (twice, "`views:1 deaths` has two tails in period 6; give one"),
        (disposed(2, 5, Verdict::Confirmed), "there is no alarm 2; this desk has 1"),
        (
            disposed(1, 4, Verdict::Confirmed),
            "period 4 lies before period 5, which is the last that was taken; give periods in order",
        ),
        (nameless, "`analyst` is 1 to 200 bytes of text"),
    ] {
        assert_eq!(desk.apply(&said).unwrap_err().to_string(), message);
        assert_eq!(desk, before);
    }
}

#[test]
fn a_state_written_half_way_goes_on_as_if_never_written() {
    let said: Vec<Said> = (0..24)
        .flat_map(|number| {
            let percent = if number % 7 == 0 { 0.01 } else { 60.0 };
            let after = (number % 7 == 0).then(|| disposed(1, number, Verdict::NotConfirmed));
            [Some(period(number, &[percent, percent])), after]
        })
        .flatten()
        .collect();
    let mut whole = desk();
    said.iter().for_each(|said| drop(whole.apply(said).unwrap()));
    let mut part = desk();
    said[..10].iter().for_each(|said| drop(part.apply(said).unwrap()));
    let mut part: Desk = serde_json::from_str(&serde_json::to_string(&part).unwrap()).unwrap();
    said[10..].iter().for_each(|said| drop(part.apply(said).unwrap()));
    assert_eq!(serde_json::to_string(&whole).unwrap(), serde_json::to_string(&part).unwrap());
    assert!(whole.alarms().len() > 4);
}

#[test]
fn a_draft_from_an_alarm_says_why_and_how_often_it_was_right() {
    let counts = [vec![0; 40], vec![3, 0, 8, 2, 90]].concat();
    let panel = panel(panel_csv(&[(1, counts.clone())]).as_bytes());
    let months = (Month::parse("2013-01").unwrap(), Month::parse("2013-09").unwrap());
    let replayed = replay(&panel, Rule::MONTHLY, Outcome::DEFAULT, months).unwrap();
    let mut desk = desk();
    let before: Vec<f64> = counts[..44].iter().map(|count| f64::from(*count)).collect();
    let forecast = Recent::DEFAULT.mixture(&before).unwrap();
    let tail = Tail::under(&forecast.distribution(), 90);
    desk.apply(&period(404, &[100.0 * tail.probability()])).unwrap();
    let basis = Basis {
        name: "Norland",
        month: months.1,
        observed: 90,
        forecast: &forecast,
        vintage: vintage(1),
    };
    let drafted = draft(&desk.alarms()[0], basis, Outcome::DEFAULT, &replayed, desk.last_year());
    assert_eq!(
        drafted.statement,
        "Norland counts 90 deaths in 2013-09, more than was to be expected. The warning is of at least 25 deaths from \
         2013-10 to 2013-12 and at least 2 times the mean three months of the year before."
    );
    assert_eq!(
        (drafted.drivers[0].month.to_string(), drafted.confidence),
        ("2013-07".to_owned(), Confidence::Low)
    );
    assert!(drafted.drivers[0].share > 0.99, "{:?}", drafted.drivers);
    assert_eq!(
        drafted.reasons[0],
        "expected, from the months up to 2013-08: half of the time at most 0 deaths, nine times in ten 0 to 7"
    );
    assert!(
        drafted.reasons.iter().any(|reason| reason.contains("2013-07, with 8 deaths")),
        "{:?}",
        drafted.reasons
    );
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

/// Deaths in month after month from January 2010 on: two lively units, two quiet ones; in 2013-09 the first has 90.
fn loud_panel() -> Panel {
    let lively =
        |last: &[u32]| [vec![0, 2, 1, 0, 3, 1, 0, 2, 1, 1, 4], vec![1; 33], last.to_vec()].concat();
    let quiet = |last: &[u32]| [vec![0; 44], last.to_vec()].concat();
    panel(
        panel_csv(&[
            (1, lively(&[90, 0, 0, 0, 9000, 0])),
            (2, lively(&[1, 1, 2, 1, 1, 0])),
            (3, quiet(&[0; 6])),
            (4, quiet(&[0; 6])),
        ])
        .as_bytes(),
    )
}

fn word(seen: &str, on: WordOn) -> Word {
    let (analyst, reason) = ("A. Analyst".to_owned(), "read the reports".to_owned());
    Word { seen: month(seen), analyst, reason, on }
}

fn found(unit: u16, opened: &str, verdict: Verdict) -> WordOn {
    WordOn::Alarm { unit: AreaId::new(Scheme::Views, unit), opened: month(opened), verdict }
}

#[test]
fn a_rule_is_run_over_a_panel_and_hears_what_is_said_of_its_alarms() {
    let months = (month("2013-06"), month("2014-02"));
    let words = [
        word("2013-10", found(1, "2013-09", Verdict::NotConfirmed)),
        word("2013-11", found(1, "2013-09", Verdict::Confirmed)),
        word("2013-10", found(1, "2013-10", Verdict::Confirmed)),
        word("2014-03", found(1, "2013-09", Verdict::DataArtefact)),
        word("2013-12", WordOn::Rule),
    ];
    let watched = watch(&loud_panel(), Rule::MONTHLY, months, &words).unwrap();
    let alarms = watched.desk.alarms();
    let opened: Vec<_> =
        alarms.iter().map(|alarm| (alarm.subject.0.number(), month_of(alarm.opened()))).collect();
    assert_eq!(opened, [(1, Some(month("2013-09"))), (1, Some(month("2014-01")))]);
    // The later word replaces the earlier; both are kept.
    assert_eq!((alarms[0].verdict(), alarms[0].disposals.len()), (Some(Verdict::Confirmed), 2));
    assert_eq!(watched.desk.last_year(), Tally { disposed: 1, confirmed: 1 });
    let left_out: Vec<String> =
        watched.left_out.iter().map(|(at, why)| format!("{at}: {why}")).collect();
    assert_eq!(
        left_out,
        [
            "2: no alarm of views:1 opened in 2013-10 here",
            "3: it was said in 2014-03, and the months here are 2013-06 to 2014-02",
            "4: the rule is on; only one that its record switched off is reinstated",
        ]
    );
    // Nothing of a month is known before it: a run that ends earlier has the same first alarm.
    let earlier = watch(&loud_panel(), Rule::MONTHLY, (months.0, month("2013-09")), &[]).unwrap();
    assert_eq!(earlier.last.opened, ids(&[1]));
    assert_eq!(earlier.desk.alarms()[0].sightings, alarms[0].sightings[..1]);
}

#[test]
fn an_alarms_grounds_are_its_last_month_and_the_forecast_before_it() {
    let panel = loud_panel();
    let months = (month("2013-06"), month("2013-12"));
    let watched = watch(&panel, Rule::MONTHLY, months, &[]).unwrap();
    let grounds = Grounds::of(&panel, &watched.desk.alarms()[0]).unwrap();
    assert_eq!(
        (grounds.month, grounds.observed, grounds.vintage),
        (month("2013-09"), 90, vintage(1))
    );
    let tail = Tail::under(&grounds.forecast.distribution(), 90);
    assert_eq!(watched.desk.alarms()[0].sightings[0].tail, tail);
    // Another panel has no such unit.
    let other = self::panel(panel_csv(&[(9, vec![1; 50])]).as_bytes());
    assert_eq!(Grounds::of(&other, &watched.desk.alarms()[0]), None);
}

/// The development months; what follows them is not looked at, not even as the outcome of an alarm.
fn development() -> (Month, Month) {
    (Month::parse("2016-01").unwrap(), Month::parse("2021-12").unwrap())
}

#[test]
fn levels_are_reached_as_often_as_they_say_on_the_real_panel() {
    let Some(csv) = shared("cm_panel_199001_202212.csv.gz") else { return };
    let panel = panel(&csv);
    let replayed = replay(&panel, Rule::MONTHLY, Outcome::DEFAULT, development()).unwrap();
    assert_eq!(replayed.months, 72);
    for level in &replayed.levels {
        let ratio = level.realised_over_nominal(replayed.with_history);
        assert!((0.5..=2.0).contains(&ratio), "{level:?} {ratio}");
    }
    let five = replayed.levels.iter().find(|level| level.millionths == 50_000).unwrap();
    assert!(five.alarms <= 3 * replayed.months, "{five:?}");
    assert!(replayed.desk.opened_max <= Rule::MONTHLY.budget, "{:?}", replayed.desk);
    // A second implementation, in plain Python over the same months, has these numbers to the last.
    let counted = replayed.levels.iter().map(|level| {
        let Level { with_history, alarms, record, hits_over_the_year_before, .. } = level;
        (*with_history, *alarms, record.alarms, record.hits, *hits_over_the_year_before)
    });
    assert_eq!(counted.collect::<Vec<_>>(), [(52, 65, 60, 11, 17), (160, 173, 161, 39, 50)]);
    assert_eq!((replayed.with_history, replayed.record.months), (3526, 12_374));
    let told =
        |desk: DeskReplayed| (desk.opened, desk.known, desk.hits, desk.hits_over_the_year_before);
    assert_eq!(told(replayed.desk), (56, 52, 9, 14));
    // The false-discovery rate does what it promises, and loses what is followed by more.
    let tenth = replay(&panel, TENTH, Outcome::DEFAULT, development()).unwrap();
    assert_eq!(told(tenth.desk), (19, 17, 2, 3));
}
