//! What changed between two versions of a paragraph, word by word.

/// Cells of the comparison table above which two texts are shown whole instead of word by word: 1,000 words with
/// their spaces against 1,000 others, 8 MB, some milliseconds. A paragraph put to members is far shorter.
const TABLE_CELLS_MAX: usize = 4_000_000;

/// A run of text in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// In both versions.
    Same(String),
    /// In the old version only.
    Removed(String),
    /// In the new version only.
    Added(String),
}

/// Returns the runs that lead from `old` to `new`, a removal before the addition in its place.
///
/// The `Same` and `Removed` runs joined give `old`, the `Same` and `Added` runs joined give `new`, to the character.
/// Words are the unit; a space between two changed words counts as changed, so that a phrase stays in one piece.
#[must_use]
pub fn word_diff(old: &str, new: &str) -> Vec<Change> {
    let (old, new) = (tokens(old), tokens(new));
    let prefix = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (after(&old, prefix), after(&new, prefix));
    let suffix =
        old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_middle, tail) = old_rest.split_at(old_rest.len() - suffix);
    let (new_middle, _) = new_rest.split_at(new_rest.len() - suffix);

    let mut steps: Vec<Step<'_>> = old.iter().take(prefix).map(|t| Step::Same(t)).collect();
    steps.extend(middle(old_middle, new_middle));
    steps.extend(tail.iter().map(|t| Step::Same(t)));
    runs(&steps)
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Same(&'a str),
    Removed(&'a str),
    Added(&'a str),
}

fn after<'a, 'b>(tokens: &'a [&'b str], count: usize) -> &'a [&'b str] {
    tokens.get(count..).unwrap_or_default()
}

/// Splits a text into words, runs of white space and single marks; joined they are the text.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match kind(first) {
            2 => first.len_utf8(),
            same => rest.find(|c| kind(c) != same).unwrap_or(rest.len()),
        };
        let (token, left) = rest.split_at(end);
        out.push(token);
        rest = left;
    }
    out
}

/// Compares by the longest common subsequence, or as two whole texts above [`TABLE_CELLS_MAX`].
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Step<'a>> {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > TABLE_CELLS_MAX {
        let removed = old.iter().map(|t| Step::Removed(t));
        return removed.chain(new.iter().map(|t| Step::Added(t))).collect();
    }
    // lengths[i * width + j]: longest common subsequence of old[i..] and new[j..].
    let mut lengths = vec![0u16; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            lengths[i * width + j] = if a == b {
                lengths[(i + 1) * width + j + 1].saturating_add(1)
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut steps) = (0, 0, Vec::with_capacity(old.len() + new.len()));
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                steps.push(Step::Same(a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b)
                if b.is_none() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] =>
            {
                steps.push(Step::Removed(a));
                i += 1;
            }
            (_, Some(b)) => {
                steps.push(Step::Added(b));
                j += 1;
            }
            (_, None) => return steps,
        }
    }
}

/// Joins steps to runs; white space alone between two changes goes to both sides.
fn runs(steps: &[Step<'_>]) -> Vec<Change> {
    let mut out = Vec::new();
    let (mut removed, mut added) = (String::new(), String::new());
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Removed(t) => removed.push_str(t),
            Step::Added(t) => added.push_str(t),
            Step::Same(t) => {
                let in_change = !(removed.is_empty() && added.is_empty());
                let goes_on = matches!(steps.get(at + 1), Some(Step::Removed(_) | Step::Added(_)));
                if in_change && goes_on && t.chars().all(char::is_whitespace) {
                    removed.push_str(t);
                    added.push_str(t);
                } else {
                    flush(&mut out, &mut removed, &mut added);
                    match out.last_mut() {
                        Some(Change::Same(run)) => run.push_str(t),
                        _ => out.push(Change::Same((*t).to_owned())),
                    }
                }
            }
        }
    }
    flush(&mut out, &mut removed, &mut added);
    out
}

fn flush(out: &mut Vec<Change>, removed: &mut String, added: &mut String) {
    if !removed.is_empty() {
        out.push(Change::Removed(std::mem::take(removed)));
    }
    if !added.is_empty() {
        out.push(Change::Added(std::mem::take(added)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a comparison as `same [-removed-] {+added+}`.
    fn written(changes: &[Change]) -> String {
        changes
            .iter()
            .map(|change| match change {
                Change::Same(t) => t.clone(),
                Change::Removed(t) => format!("[-{t}-]"),
                Change::Added(t) => format!("{{+{t}+}}"),
            })
            .collect()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let changes = word_diff(old, new);
        assert_eq!(written(&changes), expected);
        let side = |keep: fn(&Change) -> Option<&String>| -> String {
            changes.iter().filter_map(keep).map(String::as_str).collect()
        };
        assert_eq!(
            side(|c| match c {
                Change::Same(t) | Change::Removed(t) => Some(t),
                Change::Added(_) => None,
            }),
            old
        );
        assert_eq!(
            side(|c| match c {
                Change::Same(t) | Change::Added(t) => Some(t),
                Change::Removed(_) => None,
            }),
            new
        );
    }

    #[test]
    fn one_word_that_an_amendment_replaced_is_the_only_change() {
        check(
            "condemns the attack at border post 4.",
            "condemns the incident at border post 4.",
            "condemns the [-attack-]{+incident+} at border post 4.",
        );
    }

    #[test]
    fn words_added_or_struck_at_either_end_are_found() {
        check(
            "two generators",
            "two generators and water units",
            "two generators{+ and water units+}",
        );
        check("at once two generators", "two generators", "[-at once -]two generators");
        check("", "new", "{+new+}");
        check("old", "", "[-old-]");
        check("", "", "");
        check("same", "same", "same");
    }

    #[test]
    fn a_replaced_phrase_stays_in_one_piece() {
        check(
            "by armed men today",
            "by unknown persons today",
            "by [-armed men-]{+unknown persons+} today",
        );
    }

    #[test]
    fn punctuation_and_other_scripts_are_compared_as_written() {
        check("Вече, сегодня", "Вече; сегодня", "Вече[-,-]{+;+} сегодня");
    }

    #[test]
    fn texts_too_long_to_compare_are_shown_whole() {
        let old = vec!["old"; 1500].join(" ");
        let new = vec!["new"; 1500].join(" ");
        assert_eq!(word_diff(&old, &new), [Change::Removed(old), Change::Added(new)]);
    }
}
