//! From a panel to a draft.

use crate::support::{event_row, events_csv, panel_csv, read_counts, read_events, silent, vintage};
use veche_picture::tension::{Cause, NoData};
use veche_picture::warn::{Confidence, RecordUsed, Threshold};
use veche_picture::{
    AreaId, Bands, Class, CountTable, Draft, Drafted, EventTable, Month, Outcome, Panel, Policy,
    Reading, Scheme, Series, draft, tension,
};

const AREA: AreaId = AreaId::new(Scheme::Views, 1);

fn policy(threshold: u8) -> Policy {
    Policy {
        threshold: Threshold::new(threshold).unwrap(),
        outcome: Outcome::DEFAULT,
        bands: Bands::DEFAULT,
    }
}

fn panel(areas: &[(u16, Vec<u32>)]) -> Panel {
    let mut table = CountTable::default();
    table.merge(read_counts(panel_csv(areas).as_bytes()).unwrap().0, vintage(9)).unwrap();
    Panel::from_counts(&table, &Series::parse("ged_sb").unwrap())
}

fn last(panel: &Panel) -> Month {
    panel.get(AREA).unwrap().last().unwrap()
}

fn drafted(panel: &Panel, threshold: u8) -> Box<Draft> {
    let drafted = draft(panel, AREA, last(panel), policy(threshold), &mut silent);
    if let Drafted::Draft(draft) = drafted { Some(draft) } else { None }
        .expect("at or over the threshold")
}

/// Peace, then 25 deaths in the last month: an index of 52.
fn quiet_then_25() -> Vec<u32> {
    [vec![0; 64], vec![25]].concat()
}

#[test]
fn a_draft_says_what_it_rests_on() {
    let mut panel = panel(&[(1, quiet_then_25()), (2, vec![0; 65])]);
    panel.set_name(AREA, "Norland");
    let draft = drafted(&panel, 50);
    assert_eq!(
        (draft.tension.index, draft.level, draft.area_name.as_str()),
        (52, Class::Tense, "Norland")
    );
    assert_eq!(draft.horizon, (Month::parse("2015-06").unwrap(), Month::parse("2015-08").unwrap()));
    assert_eq!(draft.evidence.len(), 1);
    assert_eq!(
        (draft.evidence[0].title().as_str(), &*draft.evidence[0].vintages),
        ("2015-05", &[vintage(9)][..])
    );
    assert_eq!(draft.evidence[0].reason.contribution, 5200);
    assert_eq!(
        draft.statement,
        "The tension index of Norland for 2015-05 is 52 (tense), at or over the threshold of 50. The warning is of at \
         least 25 deaths from 2015-06 to 2015-08 and at least 2 times the mean three months of the year before."
    );
    let json = serde_json::to_value(&draft).unwrap();
    assert_eq!(json["area"], "views:1");
    assert_eq!(json["evidence"][0]["vintages"][0], vintage(9).to_string());
    assert_eq!(json["tension"]["formula"], "tension/1");
}

#[test]
fn nothing_is_drafted_under_the_threshold() {
    let panel = panel(&[(1, quiet_then_25())]);
    let below = draft(&panel, AREA, last(&panel), policy(53), &mut silent);
    assert_eq!(below, Drafted::Below { index: 52, threshold: Threshold::new(53).unwrap() });
    assert_eq!(drafted(&panel, 52).tension.index, 52);
    assert_eq!((Threshold::new(0), Threshold::new(101)), (None, None));
}

#[test]
fn an_unknown_area_and_a_month_without_data_are_told_apart() {
    let panel = panel(&[(1, quiet_then_25())]);
    let other = AreaId::new(Scheme::Gw, 1);
    assert_eq!(
        draft(&panel, other, last(&panel), policy(50), &mut silent),
        Drafted::UnknownArea(other)
    );
    let later = last(&panel).plus(1).unwrap();
    let none = draft(&panel, AREA, later, policy(50), &mut silent);
    assert_eq!(none, Drafted::NoData(NoData::NotCovered(later)));
}

#[test]
fn with_few_alarms_of_its_own_an_area_takes_the_panels_record() {
    // Twelve other areas: 25 deaths in month 40; in six of them 30 more two months later.
    let other = |followed: bool| {
        let mut counts = vec![0; 65];
        counts[40] = 25;
        counts[42] = if followed { 30 } else { 0 };
        counts
    };
    let mut areas = vec![(1, quiet_then_25())];
    areas.extend((2..14).map(|area| (area, other(area % 2 == 0))));
    let draft = drafted(&panel(&areas), 50);
    // By hand: each gives an alarm at 40, the six followed ones a second at 42, of which no more comes.
    assert_eq!(
        (draft.panel_record.alarms, draft.panel_record.hits, draft.panel_record.false_alarms),
        (18, 6, 12)
    );
    // Missed: 37 to 39 in each, 41 in the six; in the area itself 61, whose three months are 62 to 64.
    assert_eq!(draft.panel_record.misses, 12 * 3 + 6 + 1);
    // 28 to 61 in each of thirteen areas.
    assert_eq!(draft.panel_record.months, 13 * 34);
    assert_eq!((draft.record_used, draft.confidence), (RecordUsed::Panel, Confidence::Moderate));
    assert_eq!((draft.false_alarms_per_mille, draft.lead_tenths), (Some(667), Some(20)));
    assert_eq!(
        (draft.area_record.months, draft.area_record.alarms, draft.area_record.misses),
        (34, 0, 1)
    );
    assert!(draft.confidence_text.starts_with("Moderate: over 442 past months of all areas"));
}

#[test]
fn what_came_after_the_month_does_not_change_a_draft() {
    let counts = |tail: &[u32]| [quiet_then_25(), tail.to_vec()].concat();
    let short = panel(&[(1, counts(&[]))]);
    let long = panel(&[(1, counts(&[900, 900, 900]))]);
    let at = last(&short);
    assert_eq!(
        draft(&short, AREA, at, policy(50), &mut silent),
        draft(&long, AREA, at, policy(50), &mut silent)
    );
}

#[test]
fn a_gap_ends_what_is_known_before_it() {
    let csv = panel_csv(&[(1, vec![5; 100])]);
    let (mut rows, _) = read_counts(csv.as_bytes()).unwrap();
    rows.remove(30);
    let mut table = CountTable::default();
    table.merge(rows, vintage(1)).unwrap();
    let panel = Panel::from_counts(&table, &Series::parse("ged_sb").unwrap());
    assert_eq!(panel.get(AREA).unwrap().cells().len(), 69);
}

#[test]
fn proxy_months_are_history_but_never_an_outcome() {
    let csv = panel_csv(&[(1, [vec![0; 60], vec![400, 400, 400, 400, 400]].concat())]);
    let proxies = csv.replace(",sb\n", ",proxy_all\n");
    let mut table = CountTable::default();
    table.merge(read_counts(proxies.as_bytes()).unwrap().0, vintage(1)).unwrap();
    let draft = drafted(&Panel::from_counts(&table, &Series::parse("ged_sb").unwrap()), 50);
    assert_eq!((draft.tension.index > 50, draft.panel_record.months), (true, 0));
    assert_eq!((draft.confidence, draft.false_alarms_per_mille), (Confidence::Low, None));
}

#[test]
fn events_are_rolled_up_to_months_and_named_as_reasons() {
    let rows: Vec<_> = [event_row(1, 20), event_row(2, 5), event_row(3, 0)].to_vec();
    let mut table = EventTable::default();
    table.merge(read_events(events_csv(&rows).as_bytes()).unwrap().0, vintage(3)).unwrap();
    let (first, last) = (Month::parse("2018-06").unwrap(), Month::parse("2023-10").unwrap());
    let panel = Panel::from_events(&table, first, last).unwrap();
    let area = AreaId::new(Scheme::Gw, 901);
    let Reading::Known(known) = tension(panel.get(area).unwrap(), last) else { panic!("no data") };
    // The same counts as `quiet_then_25`, so the same index; shared 20 to 5.
    assert_eq!(known.index, 52);
    let shares: Vec<_> = known
        .reasons
        .iter()
        .map(|reason| (reason.cause, reason.count, reason.contribution))
        .collect();
    let id = veche_picture::EventId;
    assert_eq!(shares, [(Cause::Event(id(1)), 20, 4160), (Cause::Event(id(2)), 5, 1040)]);
    let Drafted::Draft(draft) = draft(&panel, area, last, policy(50), &mut silent) else {
        panic!("no draft")
    };
    assert_eq!(
        (draft.area_name.as_str(), draft.evidence[0].title().as_str()),
        ("Norland", "event 1 of 2023-10")
    );
    assert_eq!(draft.evidence[0].vintages, [vintage(3)]);
    assert_eq!(Panel::from_events(&table, last, first), None);
}
