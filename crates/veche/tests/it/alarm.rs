//! `veche alarm`: from counts to a disposed alarm and a signed warning.
#![cfg(unix)]

use crate::running::{STORE, TWO_BANKS, made_under};
use crate::support::{NAMES, Place, panel_csv};
use serde_json::Value as Json;

/// A rule of alarms for the two banks, with the acts that it needs.
const RULE: &str = r#"
[acts.alarm_word]
title = "Word on an alarm"
fields = { rule = "text!", unit = "text!", opened = "text!", seen = "text!", verdict = "word! confirmed|not_confirmed|data_artefact", analyst = "text!", reason = "text!" }
[acts.rule_again]
title = "Rule put on again"
fields = { rule = "text!", seen = "text!", analyst = "text!", reason = "text!" }
[alarms.violence]
series = "ged_sb"
draft = "warning"
disposal = "alarm_word"
reinstatement = "rule_again"
open_millionths = 10_000
close_millionths = 200_000
close_after = 3
budget = 5
periods_a_year = 12
precision_millionths = 250_000
disposals_min = 1
"#;

/// Norland has 90 deaths in September 2013 and 9000 in January 2014; Sudra goes on as ever.
fn import(place: &Place) {
    let as_ever = [vec![0, 2, 1, 0, 3, 1, 0, 2, 1, 1, 4], vec![1; 33]].concat();
    let norland = [as_ever.clone(), vec![90, 0, 0, 0, 9000, 0]].concat();
    let sudra = [as_ever, vec![1, 1, 2, 1, 1, 0]].concat();
    place.put("panel.csv", panel_csv(&[(1, norland), (2, sudra)]));
    place.put("names.csv", NAMES);
    place.veche("picture import counts panel.csv --names names.csv").good();
}

fn with_counts() -> Place {
    let place = Place::new();
    import(&place);
    place
}

fn said(name: &str) -> String {
    format!("record say --store {STORE} {name} --passphrase-file pass.txt")
}

#[test]
fn the_last_month_is_told_and_what_waits_is_listed_with_reasons() {
    let place = with_counts();
    insta::assert_snapshot!(place.veche("alarm run --charter six-rivers --at 2014-01"), @r"
    rule violence of Six Rivers Compact: ged_sb, 2012-02 to 2014-01
    opened: 1
      Norland (views:1), opened 2014-01, seen in 1 month: open, waits for an analyst
    seen again: 0
    closed: 0
    waiting for an analyst: 2
    over the last year no alarm was disposed of
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("alarm list --charter six-rivers"), @r"
    rule violence of Six Rivers Compact: ged_sb, 2012-03 to 2014-02

    Norland (views:1), opened 2013-09, seen in 1 month: closed 2013-12, waits for an analyst
      90 deaths in 2013-09; half of the time at most 1 were expected, nine times in ten at most 3; so many or more: one in 1e12, 39.9 bits

    Norland (views:1), opened 2014-01, seen in 1 month: open, waits for an analyst
      9000 deaths in 2014-01; half of the time at most 0 were expected, nine times in ten at most 3; so many or more: one in 1e12, 39.9 bits

    over the last year no alarm was disposed of
    [exit 0]
    ");
    // What came later is not known in September.
    let then = place.veche("alarm list --charter six-rivers --at 2013-09 --json").json();
    assert_eq!(then["alarms"].as_array().map(Vec::len), Some(1), "{then}");
}

#[test]
fn a_draft_has_reasons_the_record_and_the_duty_of_its_charter() {
    let place = with_counts();
    let draft = "alarm draft --charter six-rivers --at 2013-09 --area Norland --out warning.json";
    insta::assert_snapshot!(place.veche(draft), @r"
    DRAFT: nothing is sent until a person signs it

    Norland counts 90 deaths in 2013-09, more than was to be expected. The warning is of at least 25 deaths from 2013-10 to 2013-12 and at least 2 times the mean three months of the year before.

    horizon:      2013-10 to 2013-12
    confidence:   low: over 12 past unit-months the level was reached 0 times, 0 of them followed by what is warned of
    false alarms: unknown: the level was not reached in 12 past unit-months; of 0 alarms disposed of over the last year analysts confirmed 0
    reasons:
      expected, from the months up to 2013-08: half of the time at most 1 deaths, nine times in ten 0 to 3
      so many or more have a probability of one in 1e12 (39.9 bits); periods in which the alarm was seen: 1
      none of the months before comes near it
      replayed over 12 past unit-months, the same level was reached 0 times, 0 of them followed by what is warned of
      of 0 alarms disposed of over the last year, 0 were confirmed
    becomes:      `warning`; then is owed:
      answer the warning, by `answer`
    terms written to `warning.json`; to sign them:
      veche record say --store STORE --kind warning --terms warning.json --passphrase-file FILE
    [exit 0]
    ");
    // Another charter has other fields: a day instead of a span, a word instead of a sentence.
    let other = place.veche("alarm draft --charter csto --at 2013-09 --area Norland --json").json();
    assert_eq!(other["terms"]["until"], "2014-01-01T00:00:00Z", "{other}");
    assert_eq!(
        (&other["terms"]["confidence"], &other["duties"][0]),
        (&"low".into(), &"warning_answer".into())
    );
}

#[test]
fn what_cannot_be_said_is_refused_with_what_to_do() {
    let place = with_counts();
    let screens = [
        "alarm list --charter two-banks",
        "alarm list --charter six-rivers --rule violens",
        "alarm list --charter six-rivers --at 2015-01",
        "alarm list --charter six-rivers --at 2013-01 --since 2013-02",
        "alarm dispose --charter six-rivers --area Sudra --verdict confirmed --analyst A --reason R",
        "alarm dispose --charter six-rivers --area Norland --opened 2013-10 --verdict confirmed --analyst A --reason R",
        "alarm reinstate --charter six-rivers --analyst A --reason R",
        "alarm draft --charter six-rivers --area Norland --level red",
        "alarm list --charter six-rivers --words panel.csv",
    ]
    .map(|arguments| place.veche(arguments).to_string());
    insta::assert_snapshot!(screens.join("\n"), @r"
    [standard error]
    error: charter `two-banks` has no rule of alarms
      hint:  formats/charter.md tells of the table `[alarms.NAME]`
    [exit 3]
    [standard error]
    error: charter `six-rivers` has no rule of alarms `violens`
      hint:  did you mean `violence`?
    [exit 3]
    [standard error]
    error: cannot use rule `violence` of alarms: there are no counts of 2015-01
      hint:  the last month with data is 2014-02
    [exit 5]
    [standard error]
    error: cannot use rule `violence` of alarms: 2013-02 lies after 2013-01
    [exit 5]
    [standard error]
    error: rule `violence` of alarms has no such alarm: views:2 has no alarm from 2012-03 to 2014-02
      hint:  `veche alarm list --all` lists them
    [exit 3]
    [standard error]
    error: rule `violence` of alarms has no such alarm: views:1 has no alarm that opened in 2013-10 from 2012-03 to 2014-02
      hint:  it has those of 2013-09, 2014-01
    [exit 3]
    [standard error]
    error: cannot use rule `violence` of alarms: it is on; only a rule that its record switched off is reinstated
    [exit 5]
    [standard error]
    error: cannot do `warning`: field `level` is `red`: one of `calm`, `watch`, `tense`, `acute`, `crisis`
    [exit 4]
    [standard error]
    error: cannot use `panel.csv` as a word on an alarm: not JSON: expected value at line 1 column 1 at byte 0
    [exit 5]
    ");
}

#[test]
fn a_rule_that_confirms_too_little_is_off_until_a_named_person_reinstates_it() {
    let place = made_under(&format!("{TWO_BANKS}{RULE}"));
    import(&place);
    let dispose = |at: &str, out: &str| {
        let of = format!("--node {STORE} --at {at} --area Norland --verdict not-confirmed");
        place
            .veche(&format!("alarm dispose {of} --analyst A.Reader --reason Nothing --out {out}"))
            .good();
        place.veche(&said(&format!("--kind alarm_word --terms {out}"))).good();
    };
    dispose("2013-09", "one.json");
    let waits = || place.veche(&format!("alarm list --node {STORE} --all --json")).json();
    let verdict = |list: &Json| list["alarms"][0]["disposals"][0]["verdict"].clone();
    assert_eq!(verdict(&waits()), "not_confirmed");
    // One quarter below the promise is not yet two.
    assert_eq!(waits()["standing"], "on");
    dispose("2014-01", "two.json");
    let list = waits();
    assert_eq!((&list["standing"], &list["last_year"]["disposed"]), (&"on".into(), &2.into()));
    // The second quarter is over in April; nobody has imported that yet, and so nothing is switched off before it is.
    let longer = String::from_utf8(place.get("panel.csv")).unwrap()
        + "411,1,0\n411,2,1\n412,1,60\n412,2,1\n";
    place.put("panel.csv", longer);
    place.veche("picture import counts panel.csv").good();
    let off = place.veche(&format!("alarm run --node {STORE}"));
    insta::assert_snapshot!(off, @r"
    rule violence of Two Banks Accord: ged_sb, 2012-05 to 2014-04
    opened: 0
    seen again: 0
    closed: 0
    waiting for an analyst: 0
    over the last year 0 of 2 disposed of were confirmed, 0 %
    the rule is OFF since 2014-04: two quarters confirmed 0 of 1 and 0 of 1, and it promises 25 %; 0 would have opened since; `veche alarm reinstate` puts it on again
    [exit 0]
    ");
    let again = format!(
        "alarm reinstate --node {STORE} --analyst B.Chair --reason Mended --out again.json"
    );
    place.veche(&again).good();
    // Not before it is signed.
    assert_eq!(waits()["standing"]["off"]["since"], 411, "{}", waits());
    let unsigned =
        place.veche(&format!("alarm list --node {STORE} --words again.json --json")).json();
    assert_eq!(unsigned["standing"], "on");
    place.veche(&said("--kind rule_again --terms again.json")).good();
    assert_eq!(waits()["standing"], "on");
}

#[test]
fn a_draft_is_signed_as_it_is_written() {
    let place = made_under(&format!("{TWO_BANKS}{RULE}"));
    import(&place);
    place.veche(&format!("alarm draft --node {STORE} --area Norland --out w.json")).good();
    let signed = place.veche(&said("--kind warning --terms w.json"));
    assert!(signed.good().starts_with("record "), "{signed}");
    // A word of an exercise says nothing of the real world.
    let of = format!("--node {STORE} --area Norland --verdict confirmed");
    place.veche(&format!("alarm dispose {of} --analyst A --reason R --out d.json")).good();
    place.veche(&said("--kind alarm_word --terms d.json --drill")).good();
    let list = place.veche(&format!("alarm list --node {STORE} --json")).json();
    assert_eq!(list["last_year"]["disposed"], 0, "{list}");
}
