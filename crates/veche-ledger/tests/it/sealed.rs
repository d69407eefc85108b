//! Sealed records: what they hide, and from whom.

use crate::support::{header, origin, terms};
use veche_ledger::record::{FieldFault, RecordFault, SealError, Sealed, audience, is_padme};
use veche_ledger::{Domain, Draft, Hash, Header, Kind, Label, Opened, Opening, Value, parse_human};

fn sealed() -> Sealed {
    Sealed {
        about: vec![Hash([4; 32])],
        annex: Vec::new(),
        kind: Kind::parse("warning").unwrap(),
        label: Label::parse("GROUP(cyber)").unwrap(),
        terms: parse_human(r#"{"level": "orange", "text": "a wave of forged invoices"}"#).unwrap(),
    }
}

fn outer(opening: &Opening, audience: Hash) -> Header {
    Header {
        audience: Some(audience),
        kind: Kind::parse("sealed").unwrap(),
        label: Label::parse("sealed").unwrap(),
        terms: opening.commit(Domain::Terms),
        ..header()
    }
}

#[test]
fn a_sealed_record_opens_to_what_it_says() {
    let (opening, audience) = sealed().seal([8; 32]).unwrap();
    let outer = outer(&opening, audience);
    assert!(Draft::new(outer.clone()).is_ok());
    let inner = Sealed::unseal(&outer, &opening).unwrap();
    assert_eq!(inner, sealed());
    let header = inner.header(&outer);
    assert_eq!((header.kind.as_str(), header.label.as_str()), ("warning", "GROUP(cyber)"));
    assert_eq!(header.log, origin("six-rivers.example/orvessa/1"));
}

#[test]
fn the_header_of_a_sealed_record_shows_neither_kind_nor_label_nor_length() {
    let (opening, audience) = sealed().seal([8; 32]).unwrap();
    let text = Draft::new(outer(&opening, audience)).unwrap().text().to_owned();
    assert!(!text.contains("warning") && !text.contains("cyber"), "{text}");
    assert!(is_padme(opening.bytes.len()));
    let (other, other_audience) = sealed().seal([9; 32]).unwrap();
    assert_eq!(other.bytes.len(), opening.bytes.len());
    assert_ne!(other_audience, audience);
}

#[test]
fn a_sealed_record_that_says_more_or_less_than_it_may_is_refused() {
    let (opening, audience) = sealed().seal([8; 32]).unwrap();
    let good = outer(&opening, audience);
    let refused = |header: Header, name: &str, what| {
        let name = name.to_owned();
        assert_eq!(Draft::new(header).unwrap_err(), RecordFault::Field { name, what });
    };
    let label = Label::parse("members").unwrap();
    let together = FieldFault::Form("`sealed` together with the kind");
    refused(Header { label, ..good.clone() }, "label", together);
    refused(Header { audience: None, ..good.clone() }, "audience", FieldFault::Missing);
    refused(Header { about: vec![Hash([1; 32])], ..good }, "about", FieldFault::Surplus);
}

#[test]
fn an_opening_that_does_not_fit_its_header_is_refused() {
    let (opening, audience_of) = sealed().seal([8; 32]).unwrap();
    let good = outer(&opening, audience_of);
    assert_eq!(Sealed::unseal(&header(), &opening), Err(SealError::NotSealed));
    let mut other = opening.clone();
    other.salt[0] ^= 1;
    assert!(matches!(Sealed::unseal(&good, &other), Err(SealError::Opening(_))));
    let wide = audience(&opening.salt, &Label::parse("members").unwrap());
    let error = Sealed::unseal(&outer(&opening, wide), &opening);
    assert_eq!(error, Err(SealError::OtherAudience(sealed().label)));
}

#[test]
fn padding_of_another_form_is_refused() {
    let (opening, _) = sealed().seal([8; 32]).unwrap();
    let text = String::from_utf8(opening.bytes).unwrap();
    let label = sealed().label;
    let unseal = |text: String| {
        let opening = Opening { salt: [8; 32], bytes: text.into_bytes() };
        Sealed::unseal(&outer(&opening, audience(&[8; 32], &label)), &opening)
    };
    assert_eq!(unseal(text.clone()), Ok(sealed()));
    let longer = text.replace(r#""pad":""#, r#""pad":"0"#);
    assert_eq!(unseal(longer.clone()), Err(SealError::Padding(longer.len())));
    let one = text.replace(r#"0","terms""#, r#"1","terms""#);
    assert_eq!(unseal(one.clone()), Err(SealError::Padding(one.len())));
    let nested = text
        .replace("warning", "sealed0")
        .replace("sealed0", "sealed")
        .replace(r#""pad":""#, r#""pad":"0"#);
    assert!(matches!(unseal(nested), Err(SealError::Field(_))));
}

#[test]
fn terms_too_long_to_seal_are_refused() {
    let terms = Value::map([("text", Value::Text("x".repeat(65_536)))]);
    let error = Sealed { terms, ..sealed() }.seal([8; 32]).unwrap_err();
    assert!(matches!(error, SealError::TooLong(_)));
}

#[test]
fn open_and_sealed_records_are_read_alike() {
    let opened = Opened::new(&header(), &terms()).unwrap();
    assert_eq!(opened.header, header());
    assert_eq!(opened.terms.get("stance").and_then(Value::as_text), Some("agree"));
    let (opening, audience) = sealed().seal([8; 32]).unwrap();
    let opened = Opened::new(&outer(&opening, audience), &opening).unwrap();
    assert_eq!((opened.header.kind, opened.terms), (sealed().kind, sealed().terms));
}

#[test]
fn terms_that_are_not_an_object_of_canonical_json_are_refused() {
    let open = |bytes: &[u8]| {
        let opening = Opening { salt: [7; 32], bytes: bytes.to_vec() };
        let header = Header { terms: opening.commit(Domain::Terms), ..header() };
        Opened::new(&header, &opening).unwrap_err()
    };
    assert!(matches!(open(b"{ }"), SealError::Json(_)));
    assert!(matches!(open(b"[]"), SealError::Field(_)));
    let other = Opened::new(&header(), &Opening { salt: [6; 32], ..terms() });
    assert!(matches!(other, Err(SealError::Opening(_))));
}
