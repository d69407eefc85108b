//! The manual's pages and the completions, as a reader's own tools take them.

use crate::support::Place;
use std::process::Command;

#[test]
fn the_manual_has_a_page_for_each_command() {
    let place = Place::new();
    let told = place.veche("--json manual man").json();
    let pages: Vec<&str> =
        told["pages"].as_array().unwrap().iter().map(|page| page.as_str().unwrap()).collect();
    for page in ["veche.1", "veche-charter.1", "veche-charter-check.1", "veche-node-run.1"] {
        assert!(pages.contains(&page), "{page} is not among {pages:?}");
    }
    let check = String::from_utf8(place.get("man/veche-charter-check.1")).unwrap();
    assert!(check.contains(".SH SYNOPSIS") && check.contains("veche charter check"), "{check}");
    for page in &pages {
        assert!(!place.get(&format!("man/{page}")).is_empty(), "{page} is empty");
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_named() {
    let place = Place::new();
    place.put("taken", "");
    insta::assert_snapshot!(place.veche("manual taken"));
}

#[test]
fn bash_reads_the_completions_and_completes_a_noun() {
    let place = Place::new();
    let script = place.veche("completions bash");
    place.put("veche.bash", script.good());
    let ask = ". ./veche.bash; COMP_WORDS=(veche char); COMP_CWORD=1; \
               _veche veche char veche; echo \"${COMPREPLY[@]}\"";
    match Command::new("bash").args(["-c", ask]).current_dir(place.path()).output() {
        Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "charter"),
        Err(error) => println!("SKIPPED: no bash here: {error}"),
    }
}

#[test]
fn each_shell_has_its_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let screen = Place::new().veche(&format!("completions {shell}"));
        assert!(screen.good().contains("charter"), "{shell}");
    }
}
