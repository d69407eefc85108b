//! From a text to Akoma Ntoso.

use super::{HASH_PREFIX, NAMESPACE, OUR_NAMESPACE};
use crate::markup::Markup;
use crate::text::bracket::find;
use crate::text::{Language, Paragraph, Text, Wording, Work};

/// Returns the text as a document that is valid against the schema of 3.0.
///
/// One statement, or a collection of one statement a language: they are expressions of the same work.
#[must_use]
pub fn export(text: &Text, work: &Work) -> String {
    let mut markup = Markup::new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    markup.open("akomaNtoso", &[("xmlns", NAMESPACE), ("xmlns:veche", OUR_NAMESPACE)]);
    let languages = text.languages();
    if let [language] = languages.as_slice() {
        statement(&mut markup, text, work, language, "");
    } else {
        collection(&mut markup, text, work, &languages);
    }
    markup.close_line();
    markup.end()
}

fn collection(markup: &mut Markup, text: &Text, work: &Work, languages: &[&Language]) {
    markup.line().open("documentCollection", &[("name", "language-versions")]);
    meta(markup, work, languages, "");
    markup.line().open("collectionBody", &[]);
    for (at, language) in languages.iter().enumerate() {
        let id = format!("cmp_{}", at + 1);
        markup.line().open("component", &[("eId", &id)]);
        statement(markup, text, work, language, &format!("{id}__"));
        markup.close_line();
    }
    markup.close_line().close_line();
}

/// `prefix`: what all identifiers of this statement begin with, since they are unique in the whole document.
fn statement(markup: &mut Markup, text: &Text, work: &Work, language: &Language, prefix: &str) {
    markup.line().open("statement", &[("name", "proposal")]);
    meta(markup, work, &[language], prefix);
    if let Some(title) = text.title(language) {
        let id = |name: &str| format!("{prefix}{name}");
        markup.line().open("preface", &[("eId", &id("preface"))]);
        markup.line().open("p", &[("eId", &id("preface__p_1"))]);
        markup.element("docTitle", &[("eId", &id("preface__p_1__docTitle_1"))], title);
        markup.close().close_line();
    }
    markup.line().open("mainBody", &[("eId", &format!("{prefix}body"))]);
    for paragraph in text.paragraphs() {
        if let Some(wording) = paragraph.wordings.get(language) {
            write_paragraph(markup, paragraph, wording, prefix);
        }
    }
    markup.close_line();
    // The attachments belong to all versions alike: the first names them.
    if language == text.main() {
        attachments(markup, text, prefix);
    }
    markup.close_line();
}

fn meta(markup: &mut Markup, work: &Work, languages: &[&Language], prefix: &str) {
    let (date, id) = (work.date(), |name: &str| format!("{prefix}{name}"));
    let uri = format!("/akn/{}/statement/{date}/{}", work.organisation(), work.number());
    let tags: Vec<&str> = languages.iter().map(|language| language.as_str()).collect();
    // `mul` is the tag of several languages (ISO 639-2).
    let tag = if let [one] = tags.as_slice() { *one } else { "mul" };
    let expression = format!("{uri}/{tag}@{date}");
    let author = format!("#{prefix}author");
    let source = format!("#{prefix}veche");
    markup.line().open("meta", &[]).line().open("identification", &[("source", &source)]);
    let core = |markup: &mut Markup, this: &str, whole: &str, name: &str| {
        markup.line().empty("FRBRthis", &[("value", this)]);
        markup.line().empty("FRBRuri", &[("value", whole)]);
        markup.line().empty("FRBRdate", &[("date", date), ("name", name)]);
        markup.line().empty("FRBRauthor", &[("href", &author)]);
    };
    markup.line().open("FRBRWork", &[]);
    core(markup, &format!("{uri}/!main"), &uri, "tabled");
    markup.line().empty("FRBRcountry", &[("value", work.organisation())]);
    markup.line().empty("FRBRnumber", &[("value", work.number())]);
    markup.close_line().line().open("FRBRExpression", &[]);
    core(markup, &format!("{expression}/!main"), &expression, "tabled");
    // Every version counts alike: none names another as its master.
    markup.line().empty("FRBRauthoritative", &[("value", "true")]);
    for tag in tags {
        markup.line().empty("FRBRlanguage", &[("language", tag)]);
    }
    markup.close_line().line().open("FRBRManifestation", &[]);
    core(markup, &format!("{expression}/!main.xml"), &format!("{expression}.xml"), "tabled");
    markup.line().empty("FRBRformat", &[("value", "application/akn+xml")]);
    markup.close_line().close_line();
    markup.line().open("references", &[("source", &source)]);
    for (name, shows) in [("author", work.author()), ("veche", "veche")] {
        let href = format!("/akn/ontology/organization/{}/{name}", work.organisation());
        let attributes = [("eId", &*id(name)), ("href", &*href), ("showAs", shows)];
        markup.line().empty("TLCOrganization", &attributes);
    }
    markup.close_line().close_line();
}

fn write_paragraph(markup: &mut Markup, paragraph: &Paragraph, wording: &Wording, prefix: &str) {
    let id = format!("{prefix}para_{}", paragraph.number);
    let mut attributes = vec![("eId", id.as_str())];
    attributes.extend(paragraph.given_by.as_deref().map(|name| ("veche:givenBy", name)));
    markup.line().open("paragraph", &attributes);
    let number = paragraph.number.to_string();
    markup.line().element("num", &[("eId", &format!("{id}__num_1"))], &number);
    if let Some(heading) = &wording.heading {
        markup.line().element("heading", &[("eId", &format!("{id}__hdg"))], heading);
    }
    let content = format!("{id}__content_1");
    markup.line().open("content", &[("eId", &content)]);
    let mut notes = 0;
    let places = find(&wording.text, |mark| wording.notes.contains_key(mark)).notes;
    let mut from = 0;
    for (at, line) in wording.text.split('\n').enumerate() {
        let p = format!("{content}__p_{}", at + 1);
        markup.line().open("p", &[("eId", &p)]);
        let (start, end) = (from, from + line.len());
        let mut written = start;
        for place in places.iter().filter(|n| (start..end).contains(&n.range.start)) {
            notes += 1;
            markup.text(wording.text.get(written..place.range.start).unwrap_or_default());
            let note = wording.notes.get(&place.mark).map(String::as_str).unwrap_or_default();
            write_note(markup, &format!("{p}__authorialNote_{notes}"), &place.mark, note);
            written = place.range.end;
        }
        markup.text(wording.text.get(written..end).unwrap_or_default()).close();
        from = end + 1;
    }
    markup.close_line().close_line();
}

/// Within a paragraph: no white space is added.
fn write_note(markup: &mut Markup, id: &str, mark: &str, note: &str) {
    markup.open("authorialNote", &[("eId", id), ("marker", mark), ("placement", "bottom")]);
    for (at, line) in note.split('\n').enumerate() {
        markup.element("p", &[("eId", &format!("{id}__p_{}", at + 1))], line);
    }
    markup.close();
}

fn attachments(markup: &mut Markup, text: &Text, prefix: &str) {
    let all = text.paragraphs().iter().flat_map(|p| p.attachments.iter().map(move |a| (p, a)));
    let mut all = all.enumerate().peekable();
    if all.peek().is_none() {
        return;
    }
    markup.line().open("attachments", &[]);
    for (at, (paragraph, attachment)) in all {
        let id = format!("{prefix}att_{}", at + 1);
        markup.line().open("attachment", &[("eId", &id)]);
        let (number, size) = (paragraph.number.to_string(), attachment.size.to_string());
        let attributes = [
            ("eId", &*format!("{id}__dref_1")),
            ("href", &*format!("{HASH_PREFIX}{}", attachment.hash)),
            ("showAs", &attachment.name),
            ("veche:media", &attachment.media),
            ("veche:size", &size),
            ("veche:paragraph", &number),
        ];
        markup.line().empty("documentRef", &attributes).close_line();
    }
    markup.close_line();
}
