//! Markdown and HTML for print.

use crate::support::{FLOOD, any_text, plain, text, work};
use proptest::prelude::*;
use veche_exchange::text::diff::Diff;
use veche_exchange::{html, markdown};

#[test]
fn a_text_with_everything_as_markdown() {
    insta::assert_snapshot!(markdown::export(&text(FLOOD)));
}

#[test]
fn a_text_with_everything_for_print() {
    let page = html::export(&text(FLOOD), Some(&work()));
    insta::assert_snapshot!(page.split("<body>").nth(1).unwrap());
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let page = html::export(&text(FLOOD), Some(&work()));
    let head = page.split("<style>").next().unwrap();
    insta::assert_snapshot!(head);
    assert!(page.contains("@page") && page.contains("@media print"));
}

fn compared() -> Diff {
    let amended = FLOOD
        .replace("two / three", "two")
        .replace("n = 5", "n = 6")
        .replace("opens by half", "stays closed")
        .replace("size = 48213", "size = 48214");
    Diff::of(&text(FLOOD), &text(&amended))
}

#[test]
fn a_comparison_as_markdown() {
    insta::assert_snapshot!(markdown::diff(&compared()));
}

#[test]
fn a_comparison_for_print() {
    let page = html::diff(&compared(), text(FLOOD).main());
    let body = page.split("<body>").nth(1).unwrap();
    insta::assert_snapshot!(body);
}

/// The names of all elements of a page, if each angle bracket belongs to one that this crate writes.
fn elements(page: &str) -> Option<Vec<&str>> {
    let known = [
        "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div",
        "section", "mark", "sup", "ins", "del", "strong",
    ];
    let mut names = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, rest) = piece.split_once('>')?;
        let name = tag.trim_start_matches('/').split([' ', '/']).next()?;
        if !known.contains(&name) || rest.contains('>') {
            return None;
        }
        names.push(tag);
    }
    Some(names)
}

/// Elements are closed in the order in which they were opened.
fn is_nested(tags: &[&str]) -> bool {
    let mut open = Vec::new();
    for tag in tags.iter().filter(|tag| !tag.ends_with('/') && !tag.starts_with('!')) {
        match tag.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            Some(_) => {}
            None => open.push(tag.split(' ').next().unwrap_or_default()),
        }
    }
    open.is_empty()
}

#[test]
fn hostile_words_stay_words() {
    let text = plain(&["<script>alert(1)</script> </style> \" onload='x' [<b> / &amp;]"]);
    let page = html::export(&text, None);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    assert!(elements(&page).is_some_and(|tags| is_nested(&tags)));
    let written = markdown::export(&text);
    assert!(written.contains("&lt;script\\>alert(1)&lt;/script\\>"), "{written}");
}

proptest! {
    #[test]
    fn no_text_becomes_markup(old in any_text(), new in any_text()) {
        for page in [html::export(&old, None), html::diff(&Diff::of(&old, &new), old.main())] {
            let tags = elements(&page);
            prop_assert!(tags.is_some(), "{}", page);
            prop_assert!(is_nested(&tags.unwrap()), "{}", page);
            prop_assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
        }
        let written = markdown::diff(&Diff::of(&old, &new));
        let rest = written.replace("<ins>", "").replace("</ins>", "").replace("<del>", "").replace("</del>", "");
        prop_assert!(!rest.contains('<'), "{}", written);
    }
}
