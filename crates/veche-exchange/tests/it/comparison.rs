//! Two versions of a text.

use crate::support::{any_text, numbered_text};
use proptest::prelude::*;
use veche_exchange::Text;
use veche_exchange::text::diff::{Change, Diff, Row};

fn written(changes: &[Change]) -> String {
    let one = |change: &Change| match change {
        Change::Same(t) => t.clone(),
        Change::Removed(t) => format!("[-{t}-]"),
        Change::Added(t) => format!("{{+{t}+}}"),
    };
    changes.iter().map(one).collect()
}

/// Each row as `old>new kind text`.
fn rows(old: &Text, new: &Text) -> Vec<String> {
    let number = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let row = |row: &Row| {
        let text = row.wordings.values().map(|w| written(&w.text)).collect::<String>();
        format!("{}>{} {} {text}", number(row.old), number(row.new), row.kind.word())
    };
    Diff::of(old, new).rows.iter().map(row).collect()
}

#[track_caller]
fn check(old: &[(u32, &str)], new: &[(u32, &str)], expected: &[&str]) {
    assert_eq!(rows(&numbered_text(old), &numbered_text(new)), expected);
}

#[test]
fn a_paragraph_keeps_its_number_or_is_found_under_another() {
    let quay = "The quay is closed to all traffic.";
    let dam = "The dam opens by half at noon.";
    check(
        &[(1, quay), (2, dam)],
        &[(1, quay), (2, dam)],
        &[&*format!("1>1 unchanged {quay}"), &format!("2>2 unchanged {dam}")],
    );
    check(
        &[(1, quay), (2, dam)],
        &[(1, "Everybody leaves town."), (2, quay), (3, "The dam opens by half at once.")],
        &[
            "->1 added {+Everybody leaves town.+}",
            &format!("1>2 unchanged {quay}"),
            "2>3 changed The dam opens by half at [-noon-]{+once+}.",
        ],
    );
    check(
        &[(1, quay), (2, dam)],
        &[(1, dam)],
        &[&*format!("1>- removed [-{quay}-]"), &format!("2>1 unchanged {dam}")],
    );
    check(
        &[(1, quay), (2, dam)],
        &[(1, dam), (2, quay)],
        &[&*format!("2>1 unchanged {dam}"), &format!("1>2 unchanged {quay}")],
    );
}

#[test]
fn a_paragraph_that_was_rewritten_is_changed_and_another_one_under_its_number_is_not() {
    check(
        &[(1, "The quay is closed at once.")],
        &[(1, "All traffic over the quay ends at noon.")],
        &[
            "1>1 changed [-The-]{+All traffic over the+} quay[- is closed-]{+ ends+} at [-once-]{+noon+}.",
        ],
    );
    check(
        &[(1, "Close it.")],
        &[(1, "Nothing happens here")],
        &["1>- removed [-Close it.-]", "->1 added {+Nothing happens here+}"],
    );
}

#[test]
fn a_removed_paragraph_stands_where_it_was() {
    check(
        &[(1, "one one"), (2, "two two"), (3, "three three")],
        &[(1, "one one"), (3, "three three")],
        &["1>1 unchanged one one", "2>- removed [-two two-]", "3>3 unchanged three three"],
    );
}

fn side(changes: &[Change], new: bool) -> String {
    let keep = |change: &Change| match change {
        Change::Same(t) => Some(t.clone()),
        Change::Removed(t) => (!new).then(|| t.clone()),
        Change::Added(t) => new.then(|| t.clone()),
    };
    changes.iter().filter_map(keep).collect()
}

proptest! {
    /// Either text can be had from the comparison to the character.
    #[test]
    fn a_comparison_holds_both_texts(old in any_text(), new in any_text()) {
        let diff = Diff::of(&old, &new);
        for (text, is_new) in [(&old, false), (&new, true)] {
            let mut found: Vec<&Row> =
                diff.rows.iter().filter(|row| if is_new { row.new } else { row.old }.is_some()).collect();
            found.sort_by_key(|row| if is_new { row.new } else { row.old });
            prop_assert_eq!(found.len(), text.paragraphs().len());
            for (row, paragraph) in found.iter().zip(text.paragraphs()) {
                for (language, wording) in &paragraph.wordings {
                    let compared = &row.wordings[language];
                    prop_assert_eq!(&side(&compared.text, is_new), &wording.text);
                    let heading = wording.heading.clone().unwrap_or_default();
                    prop_assert_eq!(side(&compared.heading, is_new), heading);
                    for (mark, note) in &wording.notes {
                        prop_assert_eq!(&side(&compared.notes[mark], is_new), note);
                    }
                }
            }
        }
    }

    #[test]
    fn a_text_does_not_differ_from_itself(text in any_text()) {
        let diff = Diff::of(&text, &text);
        prop_assert!(diff.rows.iter().all(|row| row.kind.word() == "unchanged" && !row.is_moved()));
    }
}
