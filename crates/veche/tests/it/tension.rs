//! `veche picture tension`, `warn` and `areas`.

use crate::support::{Place, events_csv, norland, panel_csv, with_norland};
use std::collections::BTreeMap;
use veche_charter::Charter;
use veche_charter::act::FieldValue;
use veche_ledger::json::Value;
use veche_ledger::{Kind, parse_canonical};

#[test]
fn an_index_comes_with_its_reasons_and_sources() {
    let place = with_norland();
    insta::assert_snapshot!(place.veche("picture tension --area Norland"), @r"
    Norland (views:1), ged_sb, 2015-05: 52 of 100, tense
      level 10.74, surprise 17.09, change 24.17
      no band: counts alone do not say how sure they are; a band needs events or incidents
      the month alone: 6.0 bits of surprise, one in 65
      regime of 1 month (98 % sure), begun within three months: 100 %, and higher than before
    reasons:
      2015-05        25 deaths   52.00 points
    formula: tension/1, against 60 earlier windows
    sources of the three months (SHA-256 of the files imported):
      7af8753c72f844c1e61f514c9ebf292cfb169ddd447d57ad01277b30afc293b1
    [exit 0]
    ");
    let by_number = place.veche("picture tension --area views:1 --at 2015-05 --series ged_sb");
    assert_eq!(by_number.good(), place.veche("picture tension --area NORLAND").good());
    let told = place.veche("picture tension --area Norland --json").json();
    assert_eq!((&told["class"], &told["tension"]["index"]), (&"tense".into(), &52.into()));
    insta::assert_snapshot!(place.veche("picture tension --area Sudra"), @r"
    Sudra (views:2), ged_sb, 2015-05: 0 of 100, calm
      level 0.00, surprise 0.00, change 0.00
      no band: counts alone do not say how sure they are; a band needs events or incidents
      the month alone: 0.0 bits of surprise, one in 1
      regime of 65 months (40 % sure), begun within three months: 7 %
    no reasons: nothing was counted in the last three months
    formula: tension/1, against 60 earlier windows
    sources of the three months (SHA-256 of the files imported):
      7af8753c72f844c1e61f514c9ebf292cfb169ddd447d57ad01277b30afc293b1
    [exit 0]
    ");
}

#[test]
fn the_source_is_the_hash_of_the_file_imported() {
    let place = with_norland();
    let told = place.veche("picture tension --area Norland --json").json();
    let hash = veche_ledger::Hash::of(&[norland().as_bytes()]);
    assert_eq!(told["sources"], serde_json::json!([hash.to_string()]));
}

#[test]
fn an_unknown_area_is_refused_and_a_near_one_offered() {
    let place = with_norland();
    insta::assert_snapshot!(place.veche("picture tension --area Norlund"), @r"
    [standard error]
    error: series `ged_sb` has no area `Norlund`
      hint:  did you mean `Norland`?
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture tension --area Atlantis"), @r"
    [standard error]
    error: series `ged_sb` has no area `Atlantis`
      hint:  `veche picture areas --series ged_sb` lists them
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture tension --area views:3"), @r"
    [standard error]
    error: series `ged_sb` has no area `views:3`
      hint:  `veche picture areas --series ged_sb` lists them
    [exit 3]
    ");
}

#[test]
fn a_name_of_two_areas_is_no_area() {
    let place = with_norland();
    place.put("again.csv", "country_id,name\n2,Norland\n");
    place.veche("picture import counts panel.csv --names again.csv").good();
    insta::assert_snapshot!(place.veche("picture tension --area Norland"), @r"
    [standard error]
    error: `Norland` is the name of several areas: views:1, views:2
      hint:  give its number
    [exit 2]
    ");
}

#[test]
fn a_month_without_an_index_is_told_from_a_month_that_is_none() {
    let place = with_norland();
    insta::assert_snapshot!(place.veche("picture tension --area Norland --at 2015-06"), @r"
    [standard error]
    error: there is no tension index for Norland (views:1): no data for 2015-06
      hint:  the data are from 2010-01 to 2015-05
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture tension --area Norland --at 2011-01"), @r"
    [standard error]
    error: there is no tension index for Norland (views:1): 13 months of data, 29 are needed
      hint:  the data are from 2010-01 to 2015-05
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture tension --area Norland --at 2015-13"), @r"
    [standard error]
    error: invalid value '2015-13' for '--at <YYYY-MM>': a month is `YYYY-MM`, 1980-01 to 2199-12

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn a_series_is_named_where_there_are_several() {
    let place = with_norland();
    let other = norland().replace("ged_sb", "ged_ns");
    place.put("other.csv", other);
    place.veche("picture import counts other.csv").good();
    insta::assert_snapshot!(place.veche("picture tension --area Norland"), @r"
    [standard error]
    error: store `veche-picture` has several series: ged_ns, ged_sb
      hint:  name one with `--series`
    [exit 2]
    ");
    insta::assert_snapshot!(place.veche("picture tension --area Norland --series ged_os"), @r"
    [standard error]
    error: store `veche-picture` has no series `ged_os`
      hint:  did you mean `ged_ns`?
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche("picture areas --series deaths"), @r"
    [standard error]
    error: store `veche-picture` has no series `deaths`
      hint:  it has ged_ns, ged_sb
    [exit 3]
    ");
    place.veche("picture tension --area Norland --series ged_ns").good();
}

#[test]
fn a_store_without_tables_says_how_to_fill_it() {
    let place = Place::new();
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    [standard error]
    error: cannot read `veche-picture`: it does not exist
      hint:  `veche picture import counts FILE` or `veche picture import ucdp FILE` fills it
    [exit 3]
    ");
    std::fs::create_dir(place.path().join("veche-picture")).unwrap();
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    [standard error]
    error: store `veche-picture` is empty
      hint:  `veche picture import counts FILE` or `veche picture import ucdp FILE` fills it
    [exit 3]
    ");
}

#[test]
fn events_are_a_series_too() {
    let place = Place::new();
    // An event in each month of 2018-06 to 2023-10, all but the last two without a death; an older one before a gap.
    let mut csv = events_csv(&[20, 5]);
    let template = csv.lines().nth(1).unwrap().replace(",20,0,20,", ",0,0,0,");
    let months = (2018..=2023).flat_map(|year| (1..=12).map(move |month| (year, month)));
    for (id, (year, month)) in (10..).zip(months.filter(|m| (&(2018, 6)..&(2023, 10)).contains(&m)))
    {
        let row = template.replace("2023-10-02", &format!("{year}-{month:02}-02"));
        csv.push_str(&row.replacen("1,", &format!("{id},"), 1));
        csv.push('\n');
    }
    csv.push_str(&template.replace("2023-10-02", "2017-01-02").replacen("1,", "9,", 1));
    place.put("events.csv", csv);
    place.veche("picture import ucdp events.csv").good();
    insta::assert_snapshot!(place.veche("picture areas"), @r"
    events_best: 1 area
      gw:901       2018-06 to 2023-10  Norland
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("picture tension --area norland"), @r"
    Norland (gw:901), events_best, 2023-10: 52 of 100, tense
      level 10.74, surprise 17.09, change 24.17
      band 0 to 52, by low and high estimates of the dead: too wide to rely on
      the month alone: 6.0 bits of surprise, one in 65
      regime of 1 month (98 % sure), begun within three months: 100 %, and higher than before
    reasons:
      event 1 of 2023-10        20 deaths   41.60 points
      event 2 of 2023-10         5 deaths   10.40 points
    formula: tension/1, against 60 earlier windows
    sources of the three months (SHA-256 of the files imported):
      12a9ef8bdaa82148c2ab2d6ad9c11cc412184995cd0bdfd541ea25f9ecd3bc16
    [exit 0]
    ");
}

#[test]
fn a_draft_says_what_it_rests_on_and_how_often_it_was_wrong() {
    let place = Place::new();
    // Twelve areas had 25 deaths in a month; in six of them 30 more came two months later.
    let other = |followed: bool| {
        let mut counts = vec![0; 65];
        counts[40] = 25;
        counts[42] = if followed { 30 } else { 0 };
        counts
    };
    let mut areas = vec![(1, [vec![0; 64], vec![25]].concat())];
    areas.extend((2..14).map(|area| (area, other(area % 2 == 0))));
    place.put("panel.csv", panel_csv(&areas));
    place.put("names.csv", "country_id,name\n1,Norland\n");
    place.veche("picture import counts panel.csv --names names.csv").good();
    insta::assert_snapshot!(place.veche("picture warn --area Norland --threshold 50"), @r"
    DRAFT: nothing is sent until a person signs it

    The tension index of Norland for 2015-05 is 52 (tense), at or over the threshold of 50. The warning is of at least 25 deaths from 2015-06 to 2015-08 and at least 2 times the mean three months of the year before.

    level:        tense
    horizon:      2015-06 to 2015-08
    confidence:   Moderate: over 442 past months of all areas (this one has too few alarms), the threshold gave 18 alarms, 6 of them followed by the outcome, and missed 43
    false alarms: 66.7 % of 18 alarms in 442 past months of all areas
      counted as: of the past months in which the index, from the months up to then alone, was at or over the threshold, the share after which the outcome did not happen in the next three months; months whose outcome is not known or is a proxy are left out; counts are as known now, not as first published
    evidence:
      2015-05        25 deaths   52.00 points
    formula: tension/1
    [exit 0]
    ");
}

#[test]
fn the_terms_are_those_that_a_charter_asks_of_a_warning() {
    let place = with_norland();
    let screen = place.veche("picture warn --area Norland --threshold 50 --out warning.json");
    assert!(screen.good().ends_with("terms written to `warning.json`\n"), "{screen}");
    let terms = parse_canonical(&place.get("warning.json")).unwrap();
    let fields: BTreeMap<&str, FieldValue<'_>> = terms
        .as_map()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            (name.as_str(), value.as_text().map_or(FieldValue::Map, FieldValue::Text))
        })
        .collect();
    let text = include_bytes!("../../../../charters/six-rivers/charter.toml");
    let charter = Charter::load(text, "six-rivers").unwrap();
    let act = &charter.acts[&Kind::parse("warning").unwrap()];
    assert_eq!(charter.check_terms(act, &fields), []);
    let names: Vec<&str> = act.fields.keys().map(|name| name.as_str()).collect();
    assert_eq!(fields.keys().copied().collect::<Vec<_>>(), names);
    let evidence = terms.get("evidence").and_then(|e| e.get("reasons")).and_then(Value::as_list);
    let [reason] = evidence.unwrap() else { panic!("one reason") };
    let source = veche_ledger::Hash::of(&[norland().as_bytes()]).to_string();
    assert_eq!(reason.get("sources"), Some(&Value::List(vec![Value::text(source)])));
    assert_eq!(
        place.veche("picture warn --area Norland --threshold 50 --json").json()["terms"]["area"],
        "views:1"
    );
}

#[test]
fn nothing_is_drafted_or_written_under_the_threshold() {
    let place = with_norland();
    insta::assert_snapshot!(place.veche("picture warn --area Norland --out warning.json"), @r"
    no draft: the tension index of Norland (views:1) for 2015-05 is 52, under the threshold of 55
    [exit 0]
    ");
    assert!(!place.path().join("warning.json").exists());
    insta::assert_snapshot!(place.veche("picture warn --area Norland --threshold 0"), @r"
    [standard error]
    error: invalid value '0' for '--threshold <N>': a threshold is 1 to 100

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn terms_that_cannot_be_written_are_an_error() {
    let place = with_norland();
    let screen = place.veche("picture warn --area Norland --threshold 50 --out nowhere/w.json");
    insta::assert_snapshot!(screen, @r"
    [standard error]
    error: cannot write `nowhere/w.json`: No such file or directory (os error 2)
    [exit 8]
    ");
}

#[test]
fn a_scale_of_a_charter_shows_what_each_component_adds() {
    let place = with_norland();
    let tension = "picture tension --area Norland --charter";
    insta::assert_snapshot!(place.veche(&format!("{tension} six-rivers --scale deaths")), @r"
    Norland (views:1), ged_sb, 2015-05: 52 of 100, tense
      level 10.74, surprise 17.09, change 24.17
      no band: counts alone do not say how sure they are; a band needs events or incidents
      the month alone: 6.0 bits of surprise, one in 65
      regime of 1 month (98 % sure), begun within three months: 100 %, and higher than before
    reasons:
      2015-05        25 deaths   52.00 points
    Tension over deaths (scale deaths of six-rivers): 59.27 of 100
      surprise    24.08 of 40.00
      turn        14.99 of 15.00
      change      12.12 of 15.00
      level        8.08 of 30.00
    formula: tension/1, against 60 earlier windows
    sources of the three months (SHA-256 of the files imported):
      7af8753c72f844c1e61f514c9ebf292cfb169ddd447d57ad01277b30afc293b1
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche(&format!("{tension} six-rivers")), @r"
    [standard error]
    error: charter `six-rivers` has several scales of tension
      hint:  it has deaths, incidents; name one with `--scale`
    [exit 3]
    ");
    let told = place.veche(&format!("{tension} six-rivers --scale deaths --json")).json();
    let shares = told["composite"]["contributions"].as_array().unwrap();
    let sum: u64 = shares.iter().map(|share| share[1].as_u64().unwrap()).sum();
    assert_eq!(sum, told["composite"]["points"].as_u64().unwrap());
    insta::assert_snapshot!(place.veche(&format!("{tension} six-rivers --scale death")), @r"
    [standard error]
    error: charter `six-rivers` has no scale of tension `death`
      hint:  did you mean `deaths`?
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche(&format!("{tension} six-rivers --series ged_sb --scale incidents")), @r"
    [standard error]
    error: charter `six-rivers` has a scale `incidents` that cannot be worked out here: component `attention` has a weight and no value
      hint:  attention needs incidents: `veche picture import acled FILE`
    [exit 3]
    ");
    insta::assert_snapshot!(place.veche(&format!("{tension} osce")), @r"
    [standard error]
    error: charter `osce` has no scale of tension
    [exit 3]
    ");
}
