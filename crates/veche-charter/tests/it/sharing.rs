//! Groups, releases, downgrades: what a charter cannot say of them.

use veche_charter::Charter;

const SMALL: &str = include_str!("small.toml");

/// A machine that adopts.
const TALK: &str = "[machines.talk]
start = \"open\"
states.open = { on = [{ ev = \"position\", to = \"done\" }] }
states.done = { outcome = \"adopted\", final = true }
";

/// Adds tables to the small charter; `expected` stands in what is told, or nothing is wrong.
#[track_caller]
fn check(added: &str, expected: &str) {
    let told = match Charter::load(format!("{SMALL}\n{added}").as_bytes(), "small.toml") {
        Ok(_) => String::new(),
        Err(faults) => faults.to_string(),
    };
    assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{told}");
}

#[test]
fn a_label_of_the_charter_names_no_group() {
    let label = |name: &str| {
        format!("[labels.\"{name}\"]\nabove = [\"PACT\"]\nreaders = {{ status = [\"member\"] }}\n")
    };
    check(&label("PACT+inner"), "");
    check(&label("PACT+group(x)"), "names a group, which only a record can make");
}

#[test]
fn a_label_runs_out_to_one_below_it_and_no_sealed_one_does() {
    let label = |rest: &str| {
        format!(
            "[labels.INNER]\nabove = [\"PACT\"]\nreaders = {{ status = [\"member\"] }}\n{rest}\n"
        )
    };
    check(&label("downgrade = { after = \"1y\", to = \"PACT\" }"), "");
    check(&label("downgrade = { after = \"1y\", to = \"INNER\" }"), "does not lie below `INNER`");
    check(&label("downgrade = { after = \"1y\", to = \"NONE\" }"), "there is no label `NONE`");
    check(&label("downgrade = { after = \"0d\", to = \"PACT\" }"), "takes a duration");
    check(&label("downgrade = { to = \"PACT\" }"), "`after` is missing");
    check(
        &label("sealed = true\ndowngrade = { after = \"1y\", to = \"PACT\" }"),
        "a sealed label has no `downgrade`",
    );
}

#[test]
fn a_group_has_its_members_told() {
    let act = |rest: &str| format!("[acts.group]\n{rest}\n");
    check(
        &act(
            "fields = { of = \"parties!\", with = \"texts\" }\nmakes_group = { members = \"of\", includes = \"with\" }",
        ),
        "",
    );
    check(
        &act("fields = { of = \"parties\" }\nmakes_group = { members = \"of\" }"),
        "the members of a group are told",
    );
    check(&act("fields = { of = \"texts!\" }\nmakes_group = { members = \"of\" }"), "field `of`");
    check(&act("makes_group = { members = \"of\" }"), "there is no field `of`");
    check(
        &act(
            "fields = { of = \"parties!\" }\nmakes_group = { members = \"of\" }\nopens = \"silence\"",
        ),
        "opens and moves nothing",
    );
}

#[test]
fn a_release_says_of_what_and_to_whom() {
    let act = |rest: &str| {
        format!("{TALK}[acts.release]\nfields = {{ to = \"parties\", of = \"hash!\" }}\n{rest}\n")
    };
    check(&act("about_required = true\nreleases = { parties = \"to\" }"), "");
    check(&act("opens = \"talk\"\nreleases = { record = \"of\", parties = \"to\" }"), "");
    check(&act("about_required = true\nreleases = { }"), "to whom");
    check(&act("releases = { parties = \"to\" }"), "which record");
    check(
        &act("about = [\"position\"]\nabout_required = true\nreleases = { parties = \"to\" }"),
        "leave `about` out",
    );
    check(&act("opens = \"talk\"\nreleases = { parties = \"to\" }"), "names the record in a field");
    check(&act("releases = { record = \"of\", parties = \"to\" }"), "needs `opens`");
    check(
        &act("about_required = true\nwithdraws = true\nreleases = { parties = \"to\" }"),
        "exclude each other",
    );
    check(
        &act("about = [\"position\"]\nabout_required = true\nwithdraws = true"),
        "acts that release, and no others",
    );
    check(&act("about_required = true\nreleases = { parties = \"of\" }"), "field `of`");
    check(
        &act(
            "about_required = true\nreleases = { parties = \"to\" }\n[acts.end]\nabout = [\"release\"]\nabout_required = true\nwithdraws = true",
        ),
        "",
    );
}
