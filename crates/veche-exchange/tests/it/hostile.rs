//! Akoma Ntoso from somebody who means harm, or whose disk was full.

use veche_exchange::akn::{ImportFault, NAMESPACE, import};

fn document(body: &str) -> String {
    format!(
        "<akomaNtoso xmlns=\"{NAMESPACE}\"><doc name=\"d\"><mainBody>{body}</mainBody></doc></akomaNtoso>"
    )
}

fn paragraph(text: &str) -> String {
    document(&format!("<paragraph><num>1</num><content><p>{text}</p></content></paragraph>"))
}

#[track_caller]
fn refuse(bytes: &[u8], begins: &str) {
    let error = import(bytes).unwrap_err();
    assert!(error.to_string().starts_with(begins), "{error}");
}

#[test]
fn no_document_type_is_read() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    refuse(format!("{bomb}{}", paragraph("&b;")).as_bytes(), "it has a document type declaration");
    let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    refuse(
        format!("{outside}{}", paragraph("&x;")).as_bytes(),
        "it has a document type declaration",
    );
    let named = "<!DOCTYPE akomaNtoso SYSTEM \"http://example.org/a.dtd\">";
    refuse(format!("{named}{}", paragraph("x")).as_bytes(), "it has a document type declaration");
    refuse(paragraph("&x;").as_bytes(), "it refers to the entity `x`");
    refuse(paragraph("<b title='&x;'>x</b>").as_bytes(), "it is not well-formed XML");
}

#[test]
fn the_five_entities_and_characters_by_number_are_read() {
    let imported = import(paragraph("&lt;&amp;&gt;&quot;&apos;&#x434;&#33;").as_bytes()).unwrap();
    let text = &imported.text;
    assert_eq!(text.paragraphs()[0].wordings[text.main()].text, "<&>\"'д!");
    refuse(paragraph("&#0;").as_bytes(), "it is not well-formed XML");
    refuse(paragraph("&#x1F;").as_bytes(), "it has the character U+001F");
    refuse(paragraph("&#xFFFF;").as_bytes(), "it has the character U+FFFF");
    refuse(paragraph("&#x7F;").as_bytes(), "paragraph 1, und: `text` has the character U+007F");
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = paragraph("x").encode_utf16().flat_map(u16::to_be_bytes).collect();
    refuse(&[&[0xfe, 0xff], &*utf16].concat(), "it is UTF-16");
    refuse(&utf16, "it has the character U+0000");
    refuse(
        &paragraph("x").replace('x', "\u{e9}").chars().map(|c| c as u8).collect::<Vec<u8>>(),
        "it is not UTF-8: byte",
    );
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", paragraph("x"));
    refuse(latin.as_bytes(), "it says that its encoding is `ISO-8859-1`");
    let marked = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>{}", paragraph("x"));
    assert!(import(marked.as_bytes()).is_ok());
}

#[test]
fn what_is_no_akoma_ntoso_is_named() {
    refuse(b"", "it is cut short");
    refuse(b"{}", "it is not well-formed XML: there is text outside");
    refuse(b"<html><body/></html>", "it is no Akoma Ntoso 3.0");
    refuse(b"<akomaNtoso xmlns=\"http://www.akomantoso.org/2.0\"/>", "it is no Akoma Ntoso 3.0");
    refuse(b"<a:akomaNtoso/>", "it is not well-formed XML: prefix `a` is declared nowhere");
    refuse(format!("<akomaNtoso xmlns=\"{NAMESPACE}\"/>").as_bytes(), "there is no document");
    refuse(document("").as_bytes(), "nothing in it is a numbered unit");
    refuse(
        format!("{0}{0}", paragraph("x")).as_bytes(),
        "it is not well-formed XML: there is a second",
    );
}

/// Each of these would take the square of its size somewhere, or the stack: the test would not end, or crash.
#[test]
fn size_is_bounded_in_every_direction() {
    refuse(&vec![b' '; 100 * 1024 * 1024], "it has more than 8388608 bytes");
    let deep = format!("{}x{}", "<b>".repeat(1_000_000), "</b>".repeat(1_000_000));
    assert_eq!(import(paragraph(&deep).as_bytes()).unwrap_err().what, ImportFault::Depth(64));
    refuse("<a>".repeat(2_000_000).as_bytes(), "its elements are nested more than 64 deep");
    refuse(paragraph(&"<b/>".repeat(1_000_000)).as_bytes(), "it has more than 200000 elements");
    let attributes: String = (0..500_000).map(|n| format!(" a{n}='>'")).collect();
    refuse(paragraph(&format!("<b{attributes}/>")).as_bytes(), "an element has more than 64");
    let spaces: String = (0..100).map(|n| format!("<b xmlns:n{n}='u'>")).collect();
    refuse(paragraph(&spaces).as_bytes(), "its elements are nested");
    let spaces: String = (0..65).map(|n| format!(" xmlns:n{n}='u'")).collect();
    refuse(paragraph(&format!("<b{spaces}/>")).as_bytes(), "an element has more than 64");
    refuse(
        paragraph(&"x".repeat(100_000)).as_bytes(),
        "paragraph 1, und: `text` has more than 65536",
    );
    let brackets = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    refuse(paragraph(&brackets).as_bytes(), "paragraph 1, und: brackets are nested more than 16");
    assert!(import(paragraph(&"[".repeat(60_000)).as_bytes()).is_ok());
    let notes = "<authorialNote marker='1'><p>n</p></authorialNote>[^1]".repeat(30_000);
    refuse(paragraph(&notes).as_bytes(), "paragraph 1, und: `text` has more than 65536");
    let notes = "<authorialNote><p/></authorialNote>".repeat(101);
    refuse(paragraph(&notes).as_bytes(), "paragraph 1, und: it has more than 100 notes");
    let paragraphs = "<paragraph><content><p>x</p></content></paragraph>".repeat(501);
    refuse(document(&paragraphs).as_bytes(), "the text: it has more than 500 paragraphs");
}
