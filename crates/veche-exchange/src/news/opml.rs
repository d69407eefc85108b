//! Lists of feeds (OPML 2.0), read and written.

use crate::markup::Markup;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Most elements inside one another.
const DEPTH_MAX: usize = 64;

/// Most feeds of a list.
const FEEDS_MAX: usize = 10_000;

/// Longest value that is kept, in bytes.
const VALUE_LEN_MAX: usize = 2000;

/// A feed of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// What it is called; empty if the list does not say.
    pub title: String,
    /// Where it is.
    pub address: String,
    /// Its language, as the list names it; empty if it does not.
    pub language: String,
}

/// Why a file is no list of feeds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAList {
    /// No text.
    #[error(transparent)]
    Text(#[from] super::decode::NotText),
    /// No XML.
    #[error("it is no XML at byte {at}: {what}")]
    Xml {
        /// The byte.
        at: u64,
        /// What the reader says.
        what: String,
    },
    /// References of its own making.
    #[error("it makes references of its own, which is refused")]
    Entities,
    /// Too many elements inside one another.
    #[error("more than {DEPTH_MAX} elements stand inside one another")]
    Depth,
    /// Another kind of file.
    #[error("it is no OPML: there is no element `opml`")]
    Other,
    /// Too many feeds.
    #[error("it lists more than {FEEDS_MAX} feeds")]
    TooMany,
}

/// Reads a list of feeds: each outline with an address, at whatever depth.
///
/// # Errors
/// [`NotAList`].
pub fn read(bytes: &[u8]) -> Result<Vec<Listed>, NotAList> {
    let text = super::decode::decode(bytes, None)?;
    let mut reader = Reader::from_str(&text);
    let (mut listed, mut depth, mut is_list) = (Vec::new(), 0_usize, false);
    loop {
        let event = reader.read_event().map_err(|error| NotAList::Xml {
            at: reader.error_position(),
            what: error.to_string(),
        })?;
        match event {
            Event::Start(start) => {
                depth += 1;
                is_list |= start.name().0 == "opml";
                listed.extend(outline(&start));
            }
            Event::Empty(start) => listed.extend(outline(&start)),
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::DocType(declared) if declared.contains("ENTITY") => {
                return Err(NotAList::Entities);
            }
            Event::Eof => break,
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
        if depth > DEPTH_MAX {
            return Err(NotAList::Depth);
        }
        if listed.len() > FEEDS_MAX {
            return Err(NotAList::TooMany);
        }
    }
    if is_list { Ok(listed) } else { Err(NotAList::Other) }
}

fn outline(start: &BytesStart<'_>) -> Option<Listed> {
    if start.name().0 != "outline" {
        return None;
    }
    let value = |name: &str| {
        let found =
            start.attributes().flatten().find(|found| found.key.0.eq_ignore_ascii_case(name));
        let value = found.and_then(|found| {
            found.normalized_value(XmlVersion::Implicit1_0).ok().map(|text| text.into_owned())
        });
        value.filter(|text| text.len() <= VALUE_LEN_MAX).map(|text| text.trim().to_owned())
    };
    let address = value("xmlUrl").filter(|address| !address.is_empty())?;
    let title = value("title").filter(|title| !title.is_empty()).or_else(|| value("text"));
    let (title, language) = (title.unwrap_or_default(), value("language").unwrap_or_default());
    Some(Listed { title, address, language })
}

/// Writes a list of feeds.
#[must_use]
pub fn write(title: &str, feeds: &[Listed]) -> String {
    let mut markup = Markup::new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    markup.open("opml", &[("version", "2.0")]).line();
    markup.open("head", &[]).element("title", &[], title).close().line();
    markup.open("body", &[]);
    for Listed { title, address, language } in feeds {
        let mut attributes =
            vec![("type", "rss"), ("text", title.as_str()), ("title", title), ("xmlUrl", address)];
        if !language.is_empty() {
            attributes.push(("language", language));
        }
        markup.line().empty("outline", &attributes);
    }
    markup.close_line().close_line();
    markup.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let listed = |title: &str, address: &str, language: &str| Listed {
            title: title.to_owned(),
            address: address.to_owned(),
            language: language.to_owned(),
        };
        let feeds = vec![
            listed("A & \"B\" <c>", "https://example.org/feed?a=1&b=2", "ru"),
            listed("Волна", "https://example.org/волна", ""),
        ];
        assert_eq!(read(write("List", &feeds).as_bytes()), Ok(feeds));
    }

    #[test]
    fn outlines_inside_one_another_are_told_and_those_without_an_address_are_not() {
        let list = "<opml version=\"1.1\"><body><outline text=\"Region\"><outline text='One' xmlurl='https://example.org/1'/>\
                    </outline><outline text=\"no feed\"/></body></opml>";
        let found = read(list.as_bytes()).unwrap();
        let told: Vec<_> =
            found.iter().map(|own| (own.title.as_str(), own.address.as_str())).collect();
        assert_eq!(told, [("One", "https://example.org/1")]);
    }

    #[test]
    fn a_hostile_list_is_refused() {
        let check = |list: &str, expected: &str| {
            assert_eq!(read(list.as_bytes()).unwrap_err().to_string(), expected);
        };
        check("<html/>", "it is no OPML: there is no element `opml`");
        check(
            "<!DOCTYPE x [<!ENTITY a \"aa\">]><opml/>",
            "it makes references of its own, which is refused",
        );
        check(
            &format!("<opml>{}", "<outline>".repeat(100_000)),
            "more than 64 elements stand inside one another",
        );
    }
}
