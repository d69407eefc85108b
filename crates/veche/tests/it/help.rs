//! The help of the program, of each noun and of its verbs.

use crate::support::Place;

/// The help of each command, one after the other.
fn helps(commands: &[&str]) -> String {
    let place = Place::new();
    let help = |command: &&str| {
        let screen = place.veche(&format!("{command} --help"));
        format!("$ veche {command} --help\n{}", screen.good())
    };
    commands.iter().map(help).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_program_names_its_nouns_and_exit_codes() {
    insta::assert_snapshot!(helps(&[""]));
}

#[test]
fn charter_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "charter",
        "charter check",
        "charter explain",
        "charter conform",
        "charter list",
        "charter show",
        "charter diff",
        "charter amend",
        "charter new",
        "charter hash",
    ]));
}

#[test]
fn bundle_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "bundle",
        "bundle recipient",
        "bundle export",
        "bundle import",
        "bundle show",
    ]));
}

#[test]
fn log_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&["log", "log export", "log verify", "log follow"]));
}

#[test]
fn witness_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&["witness", "witness init", "witness run", "witness ask"]));
}

#[test]
fn picture_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "picture",
        "picture import",
        "picture import ucdp",
        "picture import counts",
        "picture tension",
        "picture warn",
        "picture areas",
    ]));
}

#[test]
fn key_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "key",
        "key list",
        "key new",
        "key keep",
        "key epoch",
        "key sign",
        "key revoke",
        "key resign",
        "key split",
        "key join",
    ]));
}

#[test]
fn feed_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "feed",
        "feed add",
        "feed list",
        "feed check",
        "feed disable",
        "feed enable",
        "feed remove",
        "feed import",
        "feed export",
        "feed run",
        "feed items",
    ]));
}

#[test]
fn peer_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "peer",
        "peer add",
        "peer remove",
        "peer list",
        "peer invite",
        "peer ping",
    ]));
}

#[test]
fn alarm_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "alarm",
        "alarm run",
        "alarm list",
        "alarm dispose",
        "alarm reinstate",
        "alarm draft",
    ]));
}

#[test]
fn tournament_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "tournament",
        "tournament open",
        "tournament submit",
        "tournament score",
        "tournament board",
    ]));
}

#[test]
fn bench_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&["bench", "bench forecast", "bench coder"]));
}

#[test]
fn forecast_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "forecast",
        "forecast run",
        "forecast explain",
        "forecast score",
        "forecast compare",
        "forecast calibration",
    ]));
}

#[test]
fn certificate_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "certificate",
        "certificate verify",
        "certificate explain",
        "certificate show",
    ]));
}

#[test]
fn text_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "text",
        "text show",
        "text diff",
        "text consolidate",
        "text export",
        "text import",
    ]));
}

#[test]
fn calendar_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&["calendar", "calendar export", "calendar check"]));
}

#[test]
fn search_and_fsck_have_a_help() {
    insta::assert_snapshot!(helps(&["search", "fsck"]));
}

#[test]
fn code_has_a_help() {
    insta::assert_snapshot!(helps(&["code"]));
}

#[test]
fn events_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "events",
        "events join",
        "events corrections",
        "events import",
        "events show",
        "events export",
        "events counts"
    ]));
}

#[test]
fn draft_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "draft",
        "draft new",
        "draft change",
        "draft list",
        "draft show",
        "draft approve",
        "draft sign",
        "draft drop",
        "draft instruct",
        "draft roles",
    ]));
}

#[test]
fn node_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "node",
        "node keys",
        "node genesis",
        "node init",
        "node run",
        "node charter",
        "node passphrase",
        "node status",
    ]));
}

#[test]
fn contact_has_a_help_for_each_verb() {
    insta::assert_snapshot!(helps(&[
        "contact",
        "contact list",
        "contact test",
        "contact ack",
        "contact check",
        "contact answer",
        "contact checks",
        "doctor",
    ]));
}

#[test]
fn completions_and_the_manual_say_where_they_go() {
    insta::assert_snapshot!(helps(&["completions", "manual"]));
}
