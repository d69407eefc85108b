//! Each fault of a charter: what is refused, and the message that a person reads.

use veche_charter::Charter;

/// A charter without fault, in which each test breaks one thing.
const SMALL: &str = include_str!("small.toml");

/// Replaces texts in the small charter and compares the message.
#[track_caller]
fn check(edits: &[(&str, &str)], expected: &str) {
    let mut text = SMALL.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the small charter has no `{from}`");
        text = text.replacen(from, to, 1);
    }
    let Err(faults) = Charter::load(text.as_bytes(), "small.toml") else {
        panic!("loaded without fault")
    };
    assert_eq!(faults.to_string(), expected);
}

#[test]
fn the_small_charter_has_no_fault() {
    if let Err(faults) = Charter::load(SMALL.as_bytes(), "small.toml") {
        panic!("{faults}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let faults = Charter::load(b"name = \"\xff\"", "bytes").unwrap_err();
    assert_eq!(faults.to_string(), "error: the file is not UTF-8 text\n  where: bytes:1");
}

#[test]
fn an_unknown_key_is_refused_and_a_near_one_offered() {
    check(
        &[("timeout = { rule", "timout = { rule")],
        "error: unknown key `timout`
  where: small.toml:85, table machines, entry silence.open.timout
  hint:  did you mean `timeout`?",
    );
}

#[test]
fn a_missing_key_is_named() {
    check(
        &[("title = \"Small Pact\"\n", "")],
        "error: `title` is missing
  where: small.toml:1, table charter",
    );
}

#[test]
fn a_value_of_another_form_is_refused() {
    check(
        &[("quorum = 3", r#"quorum = "three""#)],
        "error: `quorum` takes a whole number, not negative, not `three`
  where: small.toml:11, table witnessing, entry quorum",
    );
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_line() {
    check(
        &[("quorum = 3", "quorum = = 3")],
        "error: the file is not TOML: extra `=`, expected nothing
  where: small.toml:11",
    );
}

#[test]
fn a_duration_without_a_unit_is_refused() {
    check(
        &[(r#"urgent = "6h""#, r#"urgent = "6""#)],
        "error: `urgent` takes a duration, not `6`
  where: small.toml:100, table calendars, entry plain.classes.silence.urgent
  hint:  `6` is not a duration: a number from 1 to 40000 and `m`, `h`, `d`, `wd`, `mo` or `y`, as in `6h` or `3wd`",
    );
}

#[test]
fn a_form_of_field_that_is_misspelt_is_refused() {
    check(
        &[(r#""text!""#, r#""txt!""#)],
        "error: `title` takes a form, not `txt!`
  where: small.toml:65, table acts, entry proposal.fields.title
  hint:  did you mean `text`?",
    );
}

#[test]
fn an_actor_that_is_misspelt_is_refused() {
    check(
        &[(r#""each:status:member""#, r#""each:statis:member""#)],
        "error: `owner` takes an owner, not `each:statis:member`
  where: small.toml:93, table duties, entry answer.owner
  hint:  did you mean `status`?",
    );
}

#[test]
fn a_test_with_two_heads_is_refused() {
    check(
        &[(r#"adopt = { none = "no" }"#, r#"adopt = { none = "no", of = "yes" }"#)],
        "error: a test has exactly one of `all`, `any`, `not`, `none`, `of`
  where: small.toml:78, table rules, entry none_against.adopt
  hint:  did you mean `none`?",
    );
}

#[test]
fn a_share_without_a_base_is_refused() {
    check(
        &[(r#"adopt = { none = "no" }"#, r#"adopt = { of = "yes", ge = "2/3" }"#)],
        "error: `base` is missing
  where: small.toml:78, table rules, entry none_against.adopt
  hint:  a share is a share of `eligible`, `present` or `voting`",
    );
}

#[test]
fn a_share_above_a_whole_is_refused() {
    check(
        &[(
            r#"adopt = { none = "no" }"#,
            r#"adopt = { of = "yes", base = "eligible", ge = "4/3" }"#,
        )],
        "error: `ge` takes a number or a share, not `4/3`
  where: small.toml:78, table rules, entry none_against.adopt.ge
  hint:  a share is two whole numbers and a slash, at most a whole: `2/3`",
    );
}

#[test]
fn all_faults_of_a_reading_are_told_at_once() {
    check(
        &[("quorum = 3", r#"quorum = "three""#), (r#"urgent = "6h""#, r#"urgent = "0h""#), ("name = \"Ben\"\n", "")],
        "error: `quorum` takes a whole number, not negative, not `three`
  where: small.toml:11, table witnessing, entry quorum
error: `name` is missing
  where: small.toml:24, table parties, entry ben
error: `urgent` takes a duration, not `0h`
  where: small.toml:99, table calendars, entry plain.classes.silence.urgent
  hint:  `0h` is not a duration: a number from 1 to 40000 and `m`, `h`, `d`, `wd`, `mo` or `y`, as in `6h` or `3wd`",
    );
}

#[test]
fn a_clock_from_two_sources_is_refused() {
    check(
        &[(r#"{ class = "silence" }"#, r#"{ class = "silence", span = "6h" }"#)],
        "error: a clock has exactly one of `span`, `class`, `field`
  where: small.toml:84, table machines, entry silence.open.clock",
    );
}

#[test]
fn a_rule_without_its_failing_end_is_refused() {
    check(
        &[(r#"pos = ["no"], to = "broken""#, r#"rule = "none_against", to = "broken""#)],
        "error: `rule` and `fail` go together; `no_quorum` and `mode` need both
  where: small.toml:86, table machines, entry silence.open.on.0",
    );
}

#[test]
fn an_extension_without_a_limit_is_refused() {
    check(
        &[(
            r#"{ class = "silence" }"#,
            r#"{ class = "silence", unreached = { after = "1h", then = "extend", to = "broken" } }"#,
        )],
        r#"error: `then = "extend"` and `max` go together: how long is the clock extended at most?
  where: small.toml:84, table machines, entry silence.open.clock.unreached"#,
    );
}

#[test]
fn an_organ_that_is_not_there_is_refused() {
    check(
        &[(r#"opens = "silence""#, "opens = \"silence\"\norgan = \"counsil\"")],
        "error: there is no organ `counsil`
  where: small.toml:68, table acts, entry proposal.organ
  hint:  did you mean `council`?",
    );
}

#[test]
fn a_status_that_is_not_there_is_refused() {
    check(
        &[("name = \"Ben\"\nstatus = \"member\"", "name = \"Ben\"\nstatus = \"menber\"")],
        "error: there is no status `menber`
  where: small.toml:26, table parties, entry ben.status
  hint:  did you mean `member`?",
    );
}

#[test]
fn an_act_that_is_not_there_is_refused() {
    check(
        &[(r#"may = ["proposal"]"#, r#"may = ["proposals"]"#)],
        "error: there is no act `proposals`
  where: small.toml:50, table statuses, entry staff.may
  hint:  did you mean `proposal`?",
    );
}

#[test]
fn a_label_that_is_not_there_is_refused() {
    check(
        &[(r#"default_label = "PACT""#, r#"default_label = "PUBLC""#)],
        "error: there is no label `PUBLC`
  where: small.toml:7, table charter, entry default_label
  hint:  did you mean `PUBLIC`?",
    );
}

#[test]
fn a_party_that_is_not_there_is_refused() {
    check(
        &[(r#"hosted_by = "ada""#, r#"hosted_by = "abe""#)],
        "error: there is no party `abe`
  where: small.toml:43, table parties, entry office.hosted_by",
    );
}

#[test]
fn keys_of_a_party_that_is_not_there_are_refused() {
    check(
        &[("[duties.answer]", "[keys.fay]\nlog = \"x\"\n\n[duties.answer]")],
        "error: there is no party `fay`
  where: small.toml:92, table keys, entry fay",
    );
}

#[test]
fn a_role_that_nothing_fills_is_refused() {
    check(
        &[(r#"pos = ["no"], to"#, r#"pos = ["no"], by = "hosts", to"#)],
        "error: there is no role `hosts`
  where: small.toml:86, table machines, entry silence.open.on.0
  hint:  did you mean `host`?",
    );
}

#[test]
fn a_rule_that_is_not_there_is_refused() {
    check(
        &[(r#"rule = "none_against""#, r#"rule = "none_agaist""#)],
        "error: there is no rule `none_agaist`
  where: small.toml:85, table machines, entry silence.open.timeout
  hint:  did you mean `none_against`?",
    );
}

#[test]
fn a_machine_that_is_not_there_is_refused() {
    check(
        &[(r#"opens = "silence""#, r#"opens = "silent""#)],
        "error: there is no machine `silent`
  where: small.toml:67, table acts, entry proposal.opens
  hint:  did you mean `silence`?",
    );
}

#[test]
fn a_state_that_is_not_there_is_refused() {
    check(
        &[(r#"fail = "broken" }"#, r#"fail = "brokn" }"#)],
        "error: there is no state `brokn`
  where: small.toml:85, table machines, entry silence.open.timeout
  hint:  did you mean `broken`?",
    );
}

#[test]
fn a_calendar_that_is_not_there_is_refused() {
    check(
        &[(r#"calendar = "plain""#, r#"calendar = "plane""#)],
        "error: there is no calendar `plane`
  where: small.toml:6, table charter, entry calendar",
    );
}

#[test]
fn an_article_that_is_not_there_is_refused() {
    check(
        &[("article = \"2\"\n\n[machines", "article = \"3\"\n\n[machines")],
        "error: there is no article `3`
  where: small.toml:79, table rules, entry none_against.article",
    );
}

#[test]
fn a_tag_that_nobody_carries_is_refused() {
    check(
        &[(r#"{ none = "no" }"#, r#"{ none = "no", tag = "bigg" }"#)],
        "error: there is no party with tag `bigg`
  where: small.toml:78, table rules, entry none_against.adopt
  hint:  did you mean `big`?",
    );
}

#[test]
fn a_weight_that_nobody_carries_is_refused() {
    check(
        &[(
            r#"{ none = "no" }"#,
            r#"{ of = "yes", weight = "pop", base = "eligible", ge = "1/2" }"#,
        )],
        "error: there is no party with weight `pop`
  where: small.toml:78, table rules, entry none_against.adopt",
    );
}

#[test]
fn a_class_of_durations_that_is_not_there_is_refused() {
    check(
        &[(r#"{ class = "silence" }"#, r#"{ class = "silent" }"#)],
        "error: there is no class of durations `silent`
  where: small.toml:84, table machines, entry silence.open.clock
  hint:  did you mean `silence`?",
    );
}

#[test]
fn a_field_that_is_not_there_is_refused() {
    check(
        &[(r#"position = { field = "position" }"#, r#"position = { field = "positions" }"#)],
        "error: there is no field `positions`
  where: small.toml:73, table acts, entry position.position
  hint:  did you mean `position`?",
    );
}

#[test]
fn an_unreachable_state_is_refused() {
    check(
        &[
            (r#"fail = "broken""#, r#"fail = "adopted""#),
            (r#"pos = ["no"], to = "broken""#, r#"pos = ["no"], to = "adopted""#),
        ],
        "error: state `broken` cannot be reached
  where: small.toml:89, table machines, entry silence.broken",
    );
}

#[test]
fn a_state_that_nothing_leaves_is_refused_unless_final() {
    check(
        &[("[machines.silence.states.broken]\nfinal = true", "[machines.silence.states.broken]")],
        "error: nothing leaves state `broken`, and it is not final
  where: small.toml:89, table machines, entry silence.broken
  hint:  write `final = true` if nothing follows",
    );
}

#[test]
fn a_final_state_that_something_leaves_is_refused() {
    check(
        &[(
            "[machines.silence.states.broken]\nfinal = true",
            "[machines.silence.states.broken]\nfinal = true\non = [{ ev = \"table\", by = \"any\", to = \"open\" }]",
        )],
        "error: state `broken` is final, and something leaves it
  where: small.toml:90, table machines, entry silence.broken.final",
    );
}

#[test]
fn two_transitions_for_one_event_are_refused() {
    check(
        &[("on = [{ ev", r#"on = [{ ev = "position", by = "chair", to = "adopted" }, { ev"#)],
        "error: event `position` by `chair` and by `any member` may both match: which of the two is taken is not told
  where: small.toml:86, table machines, entry silence.open.on.1",
    );
}

#[test]
fn a_clock_without_a_timeout_is_refused() {
    check(
        &[
            (r#"timeout = { rule = "none_against", pass = "adopted", fail = "broken" }"#, ""),
            (
                r#"pos = ["no"], to = "broken" }]"#,
                r#"pos = ["no"], to = "broken" }, { ev = "position", pos = ["yes"], to = "adopted" }]"#,
            ),
        ],
        "error: state `open` has a clock and no timeout
  where: small.toml:84, table machines, entry silence.open.clock",
    );
}

#[test]
fn a_timeout_without_a_clock_is_refused() {
    check(
        &[("clock = { class = \"silence\" }\n", "")],
        "error: state `open` has a timeout and no clock
  where: small.toml:84, table machines, entry silence.open.timeout",
    );
}

#[test]
fn a_rule_that_can_never_adopt_is_refused() {
    check(
        &[(r#"adopt = { none = "no" }"#, r#"adopt = { of = "yes", ge = 6 }"#)],
        "error: rule `none_against` can never adopt: no positions of those eligible meet it
  where: small.toml:78, table rules, entry none_against.adopt",
    );
}

#[test]
fn a_rule_that_can_never_fail_is_refused() {
    check(
        &[(
            r#"adopt = { none = "no" }"#,
            r#"adopt = { any = [{ none = "no" }, { of = "no", ge = 1 }] }"#,
        )],
        "error: rule `none_against` can never fail: all positions of those eligible meet it
  where: small.toml:78, table rules, entry none_against.adopt",
    );
}

#[test]
fn a_rule_for_which_nobody_is_eligible_is_refused() {
    check(
        &[(r#"mode = "silence""#, "mode = \"silence\"\nseats = \"big\"\nstatus = \"staff\"")],
        "error: rule `none_against` needs 1 parties, and there are 0
  where: small.toml:79, table rules, entry none_against.status",
    );
}

#[test]
fn a_quorum_above_the_seats_is_refused() {
    check(
        &[(r#"mode = "silence""#, "mode = \"meeting\"\nquorum = 6")],
        "error: rule `none_against` needs 6 parties, and there are 5
  where: small.toml:78, table rules, entry none_against.quorum",
    );
}

#[test]
fn more_seconds_than_members_are_refused() {
    check(
        &[(r#"pos = ["no"], to"#, "need = 6, to")],
        "error: event `position` needs 6 parties, and there are 5
  where: small.toml:86, table machines, entry silence.open.on.0",
    );
}

#[test]
fn a_label_above_itself_is_refused() {
    check(
        &[("[labels.PUBLIC]", "[labels.PUBLIC]\nabove = [\"PACT\"]")],
        "error: label `PUBLIC` is above itself
  where: small.toml:59, table labels, entry PUBLIC.above
error: label `PACT` is above itself
  where: small.toml:62, table labels, entry PACT.above",
    );
}

#[test]
fn a_label_that_widens_what_lies_below_is_refused() {
    check(
        &[("[labels.PACT]", "[labels.TOP]\nabove = [\"PACT\"]\n\n[labels.PACT]")],
        "error: label `TOP` is above `PACT`, yet the public reads the first and not the second
  where: small.toml:61, table labels, entry TOP.above",
    );
}

#[test]
fn a_default_below_the_floor_is_refused() {
    check(
        &[(
            r#"opens = "silence""#,
            "label = { floor = \"PACT\", default = \"PUBLIC\" }\nopens = \"silence\"",
        )],
        "error: its label if none is named, `PUBLIC`, is not at least its floor `PACT`
  where: small.toml:67, table acts, entry proposal.label",
    );
}

#[test]
fn an_organ_below_itself_is_refused() {
    check(
        &[(r#"title = "Council""#, "title = \"Council\"\nparent = \"council\"")],
        "error: organ `council` is its own parent
  where: small.toml:55, table organs, entry council.parent",
    );
}

#[test]
fn a_duty_that_nobody_owes_is_refused() {
    check(
        &[
            (r#""each:status:member""#, r#""each:status:guest""#),
            ("[statuses.staff]", "[statuses.guest]\nmay = []\n\n[statuses.staff]"),
        ],
        "error: nobody owes duty `answer`: its owner fits no party
  where: small.toml:96, table duties, entry answer.owner",
    );
}

#[test]
fn a_duty_of_a_role_that_its_trigger_does_not_fill_is_refused() {
    check(
        &[
            (r#""each:status:member""#, r#""each:host""#),
            (r#"trigger = { act = "proposal" }"#, r#"trigger = { act = "position" }"#),
        ],
        "error: nobody owes duty `answer`: its owner fits no party
  where: small.toml:93, table duties, entry answer.owner",
    );
}

#[test]
fn witnessing_that_collusion_defeats_is_refused() {
    check(
        &[("colluding = 1", "colluding = 2")],
        "error: the log of `office` has 4 witnesses: with quorum 3 and 2 colluding, 2q - w > f does not hold
  where: small.toml:11, table witnessing, entry quorum
  hint:  a quorum of 4 holds",
    );
}

#[test]
fn a_witness_quorum_above_the_witnesses_is_refused() {
    check(
        &[("quorum = 3", "quorum = 5")],
        "error: witnessing the log of `ada` needs 5 parties, and there are 4
  where: small.toml:11, table witnessing, entry quorum",
    );
}

#[test]
fn an_act_that_no_status_may_do_is_refused() {
    check(
        &[(r#"may = ["*"]"#, r#"may = ["proposal"]"#)],
        "error: no party may do act `position`: its status or `by` rules each of them out
  where: small.toml:70, table acts, entry position",
    );
}

#[test]
fn an_opening_act_kept_for_a_role_is_refused_because_nobody_holds_one_yet() {
    check(&[("[acts.proposal]\n", "[acts.proposal]\nby = [\"chair\"]\n")], "error: act `proposal` is kept for `chair`, and it moves no procedure in which somebody holds that role
  where: small.toml:65, table acts, entry proposal.by
  hint:  name a status, a tag or parties; or let a first state wait for an act of who holds the role");
}

#[test]
fn an_act_with_a_name_of_the_programs_own_records_is_refused() {
    check(
        &[("[acts.position]\n", "[acts.closing]\n"), ("act = \"position\"", "act = \"closing\"")],
        "error: act `closing` has a name that the program keeps for its own records
  where: small.toml:70, table acts, entry closing
  hint:  say of what it is one: `vote_closing`",
    );
}

#[test]
fn an_act_by_parties_without_the_right_is_refused() {
    check(
        &[("event = \"position\"\n", "event = \"position\"\nby = \"status:staff\"\n")],
        "error: no party may do act `position`: its status or `by` rules each of them out
  where: small.toml:70, table acts, entry position",
    );
}

#[test]
fn paragraphs_that_are_not_there_are_refused() {
    check(
        &[(r#"opens = "silence""#, "opens = \"silence\"\nper_paragraph = true")],
        r#"error: `per_paragraph` needs `opens` and a field `paragraphs = "paragraphs!"`
  where: small.toml:68, table acts, entry proposal.per_paragraph"#,
    );
}

#[test]
fn an_event_that_no_machine_knows_is_refused() {
    check(
        &[("event = \"position\"\n", "event = \"positon\"\n")],
        "error: no machine that act `position` can be about knows event `positon`
  where: small.toml:72, table acts, entry position.event
  hint:  did you mean `position`?",
    );
}

#[test]
fn a_spawn_of_an_unknown_act_is_refused() {
    check(
        &[(
            "[machines.silence.states.adopted]\n",
            "[machines.silence.states.adopted]\nspawns = { each = \"measures\", opens = \"measure\" }\n",
        )],
        "error: there is no act `measure`
  where: small.toml:88, table machines, entry silence.adopted.spawns",
    );
}

#[test]
fn a_block_that_leads_nowhere_is_refused() {
    check(
        &[(
            r#"{ class = "silence" }"#,
            r#"{ class = "silence", unreached = { after = "1h", then = "block" } }"#,
        )],
        "error: an unreached party may block, and `to` does not say where that leads
  where: small.toml:84, table machines, entry silence.open.clock.unreached",
    );
}

#[test]
fn a_clock_from_receipts_without_an_end_is_refused() {
    check(
        &[(r#"{ class = "silence" }"#, r#"{ class = "silence", start = "last_receipt" }"#)],
        "error: a clock that starts with receipts needs `unreached`: a party that the text never reaches would stop it
  where: small.toml:84, table machines, entry silence.open.clock",
    );
}

#[test]
fn a_clock_on_a_field_that_may_be_missing_is_refused() {
    check(
        &[
            (r#"{ class = "silence" }"#, r#"{ field = "until" }"#),
            (r#"title = "text!""#, r#"title = "text!", until = "time""#),
        ],
        "error: the clock reads field `until`, which act `proposal` need not have
  where: small.toml:84, table machines, entry silence.open.clock",
    );
}

#[test]
fn an_urgency_without_a_duration_is_refused() {
    check(
        &[("urgent|routine", "urgent|routine|flash")],
        "error: the clock reads field `urgency`, which act `proposal` lets have words that the class of durations does not list
  where: small.toml:84, table machines, entry silence.open.clock",
    );
}

#[test]
fn a_role_that_the_opening_act_leaves_open_is_refused() {
    check(
        &[
            (r#"pos = ["no"], to"#, r#"pos = ["no"], by = "host", to"#),
            ("roles = { host = \"host\" }\n", ""),
            ("[acts.position]\n", "[acts.position]\nroles = { host = \"host\" }\n"),
            (r#""word! yes|no""#, r#""word! yes|no", host = "party""#),
        ],
        "error: nothing that opens machine `silence` fills role `host`
  where: small.toml:81, table machines, entry silence",
    );
}

#[test]
fn a_charter_for_a_later_program_is_refused() {
    check(
        &[("version = 1", "version = 1\nfold = 2")],
        "error: the charter asks for version 2 of the fold, and this program has 1\n  where: small.toml:5, table charter, entry fold\n  hint:  bring this program up to date",
    );
}

#[test]
fn an_act_that_changes_the_charter_and_is_never_decided_is_refused() {
    check(
        &[("[acts.position]\n", "[acts.position]\namends = true\n")],
        "error: act `position` changes the charter, so it needs `opens`: a machine with a state whose outcome is `adopted`\n  where: small.toml:71, table acts, entry position.amends",
    );
}

/// What makes the small charter one with a rule of alarms.
const ALARMS: &str = r#"
[acts.warning]
fields = { title = "text!", urgency = "word! urgent|routine" }
opens = "silence"
[acts.found]
fields = { rule = "word!", unit = "text!", opened = "text!", seen = "text!", verdict = "word! confirmed|not_confirmed|data_artefact", analyst = "text!", reason = "text!" }
[acts.reinstated]
fields = { rule = "text!", seen = "text!", analyst = "text!", reason = "text!" }
[duties.look]
owner = "each:status:member"
act = "position"
trigger = { act = "warning" }
within = "1d"
[alarms.violence]
series = "ged_sb"
draft = "warning"
disposal = "found"
reinstatement = "reinstated"
open_millionths = 10_000
close_millionths = 200_000
close_after = 3
budget = 5
periods_a_year = 12
precision_millionths = 250_000
disposals_min = 4
"#;

/// Replaces one text in the rule of alarms and compares the message.
#[track_caller]
fn check_alarm(from: &str, to: &str, expected: &str) {
    assert!(ALARMS.contains(from), "the rule has no `{from}`");
    let text = format!("{SMALL}{}", ALARMS.replacen(from, to, 1));
    let told = Charter::load(text.as_bytes(), "small.toml").unwrap_err().to_string();
    assert_eq!(told, expected);
}

#[test]
fn a_rule_of_alarms_asks_for_no_false_discovery_rate_unless_it_says_so() {
    let load = |text: String| Charter::load(text.as_bytes(), "small.toml").unwrap();
    let plain = load(format!("{SMALL}{ALARMS}"));
    assert_eq!(plain.alarms["violence"].settings.false_discovery_millionths, 1_000_000);
    let asked = load(format!("{SMALL}{ALARMS}false_discovery_millionths = 100_000\n"));
    assert_eq!(asked.alarms["violence"].settings.false_discovery_millionths, 100_000);
}

#[test]
fn a_share_of_an_alarm_is_told_in_millionths() {
    check_alarm(
        "open_millionths = 10_000",
        "open_millionths = 0",
        "error: `open_millionths` takes a share of 1 to 1000000 millionths, not `0`
  where: small.toml:119, table alarms, entry violence.open_millionths",
    );
    check_alarm(
        "precision_millionths = 250_000",
        "precision_millionths = 0.25",
        "error: `precision_millionths` takes a whole number, not negative, not a number with a fraction
  where: small.toml:124, table alarms, entry violence.precision_millionths",
    );
    check_alarm(
        "disposals_min = 4",
        "disposals_min = 4\nfalse_discovery_millionths = 1_000_001",
        "error: `false_discovery_millionths` takes a share of 1 to 1000000 millionths, not `1000001`
  where: small.toml:126, table alarms, entry violence.false_discovery_millionths",
    );
}

#[test]
fn a_rule_of_alarms_without_a_budget_is_refused() {
    check_alarm(
        "budget = 5\n",
        "",
        "error: `budget` is missing
  where: small.toml:114, table alarms, entry violence",
    );
    check_alarm(
        "budget = 5",
        "budget = 0",
        "error: `budget` takes a number of at least 1, not `0`
  where: small.toml:122, table alarms, entry violence.budget",
    );
}

#[test]
fn settings_of_an_alarm_that_contradict_each_other_are_refused() {
    check_alarm(
        "close_millionths = 200_000",
        "close_millionths = 9_999",
        "error: `close_millionths` is less than `open_millionths`: an alarm would be quiet in the period that opens it
  where: small.toml:120, table alarms, entry violence.close_millionths",
    );
    check_alarm(
        "periods_a_year = 12",
        "periods_a_year = 365",
        "error: `periods_a_year` is no multiple of 4, so that a year has no quarters
  where: small.toml:123, table alarms, entry violence.periods_a_year
  hint:  12 for months, 52 for weeks",
    );
}

#[test]
fn a_series_has_the_pictures_letters() {
    check_alarm(
        r#""ged_sb""#,
        r#""GED""#,
        "error: `series` takes a series of counts, not `GED`
  where: small.toml:115, table alarms, entry violence.series
  hint:  lower-case letters, digits, `_`, at most 40",
    );
}

#[test]
fn a_draft_that_nobody_has_to_answer_is_refused() {
    check_alarm(
        r#"trigger = { act = "warning" }"#,
        r#"trigger = { act = "found" }"#,
        "error: rule `violence` of alarms cannot use act `warning`: no duty waits for an answer to it
  where: small.toml:116, table alarms, entry violence.draft",
    );
    // A duty of the state in which the act begins is one too.
    let by_state = ALARMS.replace(r#"{ act = "warning" }"#, r#"{ state = "silence.open" }"#);
    let text = format!("{SMALL}{by_state}");
    assert!(Charter::load(text.as_bytes(), "small.toml").is_ok());
}

#[test]
fn an_act_that_cannot_keep_an_analysts_word_is_refused() {
    check_alarm(
        r#"disposal = "found""#,
        r#"disposal = "fund""#,
        "error: there is no act `fund`
  where: small.toml:117, table alarms, entry violence.disposal
  hint:  did you mean `found`?",
    );
    check_alarm(
        r#"analyst = "text!", reason = "text!" }
[acts.reinstated]"#,
        r#"analyst = "text", reason = "text!" }
[acts.reinstated]"#,
        "error: rule `violence` of alarms cannot use act `found`: it has no field `analyst = \"text!\"`
  where: small.toml:117, table alarms, entry violence.disposal",
    );
    check_alarm(
        "|data_artefact",
        "",
        "error: rule `violence` of alarms cannot use act `found`: field `verdict` does not take the words confirmed, not_confirmed, data_artefact
  where: small.toml:117, table alarms, entry violence.disposal",
    );
    check_alarm(
        r#"rule = "text!", "#,
        "",
        "error: rule `violence` of alarms cannot use act `reinstated`: it has no field `rule = \"text!\"`
  where: small.toml:118, table alarms, entry violence.reinstatement",
    );
}

#[test]
fn a_setting_that_is_misspelt_is_offered() {
    check_alarm(
        "close_after = 3",
        "close_after = 3\nfalse_discovry_millionths = 5",
        "error: unknown key `false_discovry_millionths`
  where: small.toml:122, table alarms, entry violence.false_discovry_millionths
  hint:  did you mean `false_discovery_millionths`?",
    );
}

/// What makes the small charter one with a scale of tension.
const SCALES: &str = r#"
[scales.deaths]
title = "Tension"
series = "ged_sb"
weights_millionths = { level = 600_000, surprise = 400_000 }
"#;

/// Replaces one text in the scale and compares the message.
#[track_caller]
fn check_scale(from: &str, to: &str, expected: &str) {
    assert!(SCALES.contains(from), "the scale has no `{from}`");
    let text = format!("{SMALL}{}", SCALES.replacen(from, to, 1));
    let told = Charter::load(text.as_bytes(), "small.toml").unwrap_err().to_string();
    assert_eq!(told.lines().next().unwrap(), expected);
}

#[test]
fn weights_of_a_scale_are_shares_of_one_whole() {
    let text = format!("{SMALL}{SCALES}");
    let charter = Charter::load(text.as_bytes(), "small.toml").unwrap();
    let scale = &charter.scales["deaths"];
    assert_eq!((scale.series.as_str(), scale.weights_millionths["level"]), ("ged_sb", 600_000));
    check_scale(
        "600_000",
        "500_000",
        "error: the weights sum to 900000 millionths, and must to 1000000",
    );
    check_scale(
        "level = 600_000",
        "level = 0",
        "error: `level` takes a share of 1 to 1000000 millionths, not `0`",
    );
    check_scale(
        "level = 600_000",
        "lewel = 600_000",
        "error: `weights_millionths` takes a component of tension: level, change, surprise, turn or attention, not `lewel`",
    );
    check_scale(
        "weights_millionths = { level = 600_000, surprise = 400_000 }",
        "",
        "error: `weights_millionths` is missing",
    );
    check_scale(
        "series = \"ged_sb\"",
        "series = \"GED\"",
        "error: `series` takes a series of counts, not `GED`",
    );
    check_scale("title = \"Tension\"", "article = \"99.1\"", "error: there is no article `99.1`");
}
