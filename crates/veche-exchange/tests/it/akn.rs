//! Akoma Ntoso: what is written reads back, and a committed sample stays as it is.

use crate::support::{FLOOD, any_text, keep, plain, read, text, work};
use proptest::prelude::*;
use veche_exchange::akn::{export, import};

#[test]
fn a_text_with_everything_is_written_as_it_was() {
    let written = export(&text(FLOOD), &work());
    keep(&written);
    insta::assert_snapshot!(written);
}

#[test]
fn a_text_with_everything_reads_back() {
    let read = read(FLOOD);
    let imported = import(export(&read.text, &work()).as_bytes()).unwrap();
    assert_eq!(imported.text, read.text);
    assert_eq!(imported.work, Some(work()));
    assert_eq!((imported.renumbered, imported.left_out), (false, Vec::new()));
}

#[test]
fn one_language_is_one_statement() {
    let written = export(&plain(&["One.", "Two."]), &work());
    keep(&written);
    assert!(written.contains("<statement name=\"proposal\">"));
    assert!(!written.contains("documentCollection"), "{written}");
    assert_eq!(import(written.as_bytes()).unwrap().text, plain(&["One.", "Two."]));
}

#[test]
fn every_identifier_stands_once() {
    let written = export(&text(FLOOD), &work());
    let mut ids: Vec<&str> =
        written.split("eId=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn a_footnote_in_a_heading_is_left_out_and_said() {
    let written = export(&text(FLOOD), &work());
    let note = "<authorialNote marker=\"9\"><p>Of 1999.</p></authorialNote></heading>";
    let changed = written.replacen("</heading>", note, 1);
    assert_ne!(changed, written, "the text has a heading");
    let imported = import(changed.as_bytes()).unwrap();
    assert_eq!(imported.text, import(written.as_bytes()).unwrap().text);
    let left_out: Vec<_> = imported.left_out.iter().map(|out| (&*out.element, out.why)).collect();
    assert_eq!(left_out, [("authorialNote", "a footnote in a title or a number")]);
}

proptest! {
    #[test]
    fn any_text_reads_back_as_it_was(text in any_text()) {
        let written = export(&text, &work());
        keep(&written);
        let imported = import(written.as_bytes()).unwrap();
        prop_assert_eq!(&imported.text, &text, "{}", written);
        prop_assert_eq!(imported.left_out, Vec::new());
        prop_assert!(!imported.renumbered);
        prop_assert_eq!(imported.work, Some(work()));
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _read = import(&bytes);
    }

    #[test]
    fn no_cut_breaks_the_reader(text in any_text(), share in 0.0..1.0f64) {
        let written = export(&text, &work());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a text")]
        let end = (written.trim_end().len() as f64 * share) as usize;
        let cut = written.as_bytes().get(..end).unwrap();
        prop_assert!(import(cut).is_err());
    }
}
