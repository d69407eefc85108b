//! Texts after their amendments.

use crate::support::{numbered_text, plain};
use proptest::prelude::*;
use veche_exchange::Text;
use veche_exchange::text::consolidate::{consolidate, read};
use veche_exchange::text::read::values;

/// Each paragraph as `number text (was, by whom)`.
fn written(base: &Text, amendments: &str) -> Result<Vec<String>, String> {
    let amendments = values(amendments.as_bytes()).map_err(|error| error.to_string())?;
    let amendments = read(&amendments).map_err(|error| error.to_string())?;
    let done = consolidate(base, &amendments).map_err(|error| error.to_string())?;
    let rows = done.text.paragraphs().iter().zip(&done.was).map(|(paragraph, was)| {
        let by = paragraph.given_by.as_deref().unwrap_or("-");
        format!("{} {} ({was}, {by})", paragraph.number, paragraph.wordings[done.text.main()].text)
    });
    let gone = done.deleted.iter().map(|(slot, by)| format!("without {slot} ({by})"));
    Ok(rows.chain(gone).collect())
}

#[track_caller]
fn check(amendments: &str, expected: &[&str]) {
    assert_eq!(written(&plain(&["a", "b", "c"]), amendments).unwrap(), expected);
}

#[track_caller]
fn refuse(amendments: &str, expected: &str) {
    assert_eq!(written(&plain(&["a", "b", "c"]), amendments).unwrap_err(), expected);
}

#[test]
fn paragraphs_are_replaced_inserted_and_deleted_in_order() {
    check(
        r#"
        [[amendments]]
        name = "A-1"
        changes = [{ n = 2, text = "B" }, { do = "insert", n = 2, bis = 1, text = "b bis" }]
        [[amendments]]
        name = "A-2"
        changes = [{ do = "delete", n = 1 }, { do = "insert", n = 0, bis = 1, text = "first" }]
        [[amendments]]
        name = "A-3"
        changes = [{ n = 2, bis = 1, over = "A-1", text = "b second" }]
        "#,
        &[
            "1 first (0 bis, A-2)",
            "2 B (2, A-1)",
            "3 b second (2 bis, A-3)",
            "4 c (3, -)",
            "without 1 (A-2)",
        ],
    );
}

#[test]
fn an_amendment_that_does_not_know_an_earlier_one_is_a_conflict() {
    let two = |second: &str| {
        format!(
            "[[amendments]]\nname = \"A-1\"\nchanges = [{{ n = 2, text = \"B\" }}, {{ do = \"delete\", n = 3 }}]\n[[amendments]]\nname = \"A-2\"\nchanges = [{second}]"
        )
    };
    refuse(
        &two("{ n = 2, text = \"D\" }"),
        "amendment `A-2`: paragraph 2 was given by `A-1` already: if it is meant to change that wording, say `over = \"A-1\"`",
    );
    refuse(
        &two("{ do = \"delete\", n = 2 }"),
        "amendment `A-2`: paragraph 2 was given by `A-1` already: if it is meant to change that wording, say `over = \"A-1\"`",
    );
    refuse(&two("{ n = 3, text = \"C\" }"), "amendment `A-2`: paragraph 3 was deleted by `A-1`");
    refuse(
        &two("{ n = 1, over = \"A-1\", text = \"A\" }"),
        "amendment `A-2`: paragraph 1 was not given by `A-1`",
    );
}

#[test]
fn an_amendment_that_fits_no_text_is_refused() {
    let one = |change: &str| format!("[[amendments]]\nname = \"A-1\"\nchanges = [{change}]");
    refuse(&one("{ n = 9, text = \"x\" }"), "amendment `A-1`: there is no paragraph 9");
    refuse(
        &one("{ do = \"delete\", n = 1, bis = 1 }"),
        "amendment `A-1`: there is no paragraph 1 bis",
    );
    refuse(
        &one("{ do = \"insert\", n = 9, bis = 1, text = \"x\" }"),
        "amendment `A-1`: there is no paragraph 9",
    );
    refuse(
        &one("{ do = \"insert\", n = 1, text = \"x\" }"),
        "amendment `A-1`: `insert` needs `bis`, 1 or more: `n = 1, bis = 1` is paragraph 1 bis",
    );
    refuse(
        &one("{ do = \"move\", n = 1 }"),
        "amendment `A-1`: `do` is `replace`, `insert` or `delete`, not `move`",
    );
    refuse(&one("{ n = 1 }"), "amendment `A-1`: paragraph 1: `text` is missing");
    refuse(
        &one("{ n = 1, text = \"x\" }, { n = 1, text = \"y\" }"),
        "amendment `A-1`: it changes paragraph 1 twice",
    );
    refuse(
        &one("{ do = \"delete\", n = 1 }, { do = \"delete\", n = 2 }, { do = \"delete\", n = 3 }"),
        "amendment `A-1`: it deletes the last paragraph",
    );
    refuse(
        &one("{ n = 1, language = \"fr\", text = \"x\" }"),
        "amendment `A-1`: paragraph 1 is not in the languages of the text: equally authentic versions are amended together",
    );
    refuse(
        "amendments = []",
        "amendment `?`: the text: `amendments` must be a list of 1 to 1000 objects with `name` and `changes`",
    );
    let twice = "[[amendments]]\nname = \"A-1\"\nchanges = []\n[[amendments]]\nname = \"A-1\"\nchanges = []";
    refuse(twice, "amendment `A-1`: there are two of this name");
}

#[test]
fn a_text_that_was_consolidated_is_amended_again() {
    let base = numbered_text(&[(1, "a"), (2, "b")]);
    let first = read(
        &values(b"[[amendments]]\nname = \"A-1\"\nchanges = [{ n = 2, text = \"B\" }]").unwrap(),
    )
    .unwrap();
    let once = consolidate(&base, &first).unwrap().text;
    let again =
        written(&once, "[[amendments]]\nname = \"A-2\"\nchanges = [{ n = 2, text = \"BB\" }]");
    assert_eq!(again.unwrap(), ["1 a (1, -)", "2 BB (2, A-2)"]);
}

proptest! {
    /// Amendments of different paragraphs come to the same text in any order, but for who came first.
    #[test]
    fn amendments_of_different_paragraphs_do_not_depend_on_their_order(
        deeds in prop::collection::vec(0..4u8, 3).prop_shuffle(),
        order in Just(vec![0usize, 1, 2]).prop_shuffle(),
    ) {
        let base = plain(&["a", "b", "c", "d"]);
        let one = |at: usize| {
            let n = at + 1;
            let change = match deeds[at] {
                0 => format!("{{ n = {n}, text = \"new {n}\" }}"),
                1 => format!("{{ do = \"insert\", n = {n}, bis = 1, text = \"{n} bis\" }}"),
                2 => format!("{{ do = \"delete\", n = {n} }}"),
                _ => String::new(),
            };
            format!("[[amendments]]\nname = \"A-{n}\"\nchanges = [{change}]\n")
        };
        let in_order: String = (0..3).map(one).collect();
        let shuffled: String = order.into_iter().map(one).collect();
        let found = written(&base, &in_order).unwrap();
        prop_assert_eq!(&found, &written(&base, &shuffled).unwrap());
        let expected = 4 + deeds.iter().filter(|d| **d == 1).count();
        prop_assert_eq!(found.len(), expected, "deleted ones are told, too");
    }
}
