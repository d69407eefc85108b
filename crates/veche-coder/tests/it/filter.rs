use crate::reading::{MATCHER, Reading};

#[track_caller]
fn check(text: &str, passes: bool) {
    let reading = Reading::of(text);
    assert_eq!(reading.passes(&MATCHER), passes, "{text}: {:?}", reading.signs(&MATCHER));
}

#[test]
fn an_actor_and_a_trigger_pass() {
    check("The army shelled the town.", true);
    check("Armenia and Georgia held talks.", true);
    check("Армия обстреляла город.", true);
}

#[test]
fn one_of_them_alone_does_not() {
    check("Armenia lies in the mountains.", false);
    check("The weather was fine and the river full of fish.", false);
}

#[test]
fn a_name_that_nothing_knows_needs_a_strong_verb() {
    check("Yesterday Tamrin condemned the plan.", true);
    check("Yesterday Tamrin was on the shelf.", false);
    check("They condemned the plan.", false);
}
