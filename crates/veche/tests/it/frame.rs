//! What all commands share: streams, JSON, exit codes, readers that go away.

use crate::support::{Place, Screen, with_norland};
use std::fs::File;
use std::process::Stdio;

#[test]
fn a_slip_in_a_command_is_met_with_the_right_one() {
    insta::assert_snapshot!(Place::new().veche("charter chekc x.toml"), @r"
    [standard error]
    error: unrecognized subcommand 'chekc'

      tip: a similar subcommand exists: 'check'

    Usage: veche charter [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(Place::new().veche("--json charter chekc x.toml"), @r#"
    [standard error]
    {"error":{"class":"usage","exit":2,"hint":"a similar subcommand exists: 'check'","message":"unrecognized subcommand 'chekc'"}}
    [exit 2]
    "#);
}

#[test]
fn an_error_is_one_json_object_on_standard_error() {
    insta::assert_snapshot!(with_norland().veche("picture tension --area Nordland --json"), @r#"
    [standard error]
    {"error":{"class":"not_found","exit":3,"hint":"did you mean `Norland`?","message":"series `ged_sb` has no area `Nordland`"}}
    [exit 3]
    "#);
}

#[test]
fn every_answer_is_one_line_of_json_where_that_is_asked() {
    let place = with_norland();
    for arguments in [
        "charter list",
        "charter hash six-rivers",
        "charter explain six-rivers --machine silence",
        "picture areas",
        "picture tension --area Norland",
        "picture warn --area Norland --threshold 50",
        "picture import counts panel.csv",
    ] {
        let screen = place.veche(&format!("{arguments} --json"));
        assert_eq!(screen.good().lines().count(), 1, "{arguments}");
        assert!(screen.json().is_object(), "{arguments}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let place = Place::new();
    let output = place.command("charter explain six-rivers").stdout(writer).output().unwrap();
    insta::assert_snapshot!(Screen::of(&output), @"[exit 0]");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = place.command("--help").stdout(writer).output().unwrap();
    insta::assert_snapshot!(Screen::of(&output), @"[exit 0]");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let place = Place::new();
    let child = place.command("charter list").stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    insta::assert_snapshot!(Screen::of(&child.wait_with_output().unwrap()), @r"
    [standard error]
    error: cannot write to standard output: No space left on device (os error 28)
    [exit 8]
    ");
}
