//! Items of a feed: RSS, Atom and JSON Feed.

use super::input::Item;
use super::{input, page};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use std::collections::BTreeSet;
use veche_coder::date::Day;

/// Most elements inside one another: a feed has about five, and a page within it some twenty.
const DEPTH_MAX: usize = 64;

/// Most bytes of one item's text.
const TEXT_LEN_MAX: usize = 1024 * 1024;

/// What an item says, as it stands.
#[derive(Debug, Default)]
struct Said {
    id: String,
    link: String,
    title: String,
    date: String,
    summary: String,
    content: String,
}

/// Returns the items of a feed, each whole or with its fault; what is wrong with the feed as a whole comes last, as an item without text.
pub(super) fn items(name: &str, bytes: &[u8]) -> Vec<Item> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let (source, said, fault) = if text.starts_with('{') { json(text) } else { xml(text) };
    let mut seen = BTreeSet::new();
    let mut items: Vec<Item> = (1..)
        .zip(said)
        .map(|(number, said)| item(&format!("{name} item {number}"), &source, said, &mut seen))
        .collect();
    items.extend(fault.map(|fault| Item::bad(name.to_owned(), fault)));
    items
}

fn item(place: &str, source: &str, said: Said, seen: &mut BTreeSet<String>) -> Item {
    let id = if said.id.is_empty() { said.link } else { said.id };
    if !id.is_empty() && !seen.insert(id.clone()) {
        return Item::bad(place.to_owned(), format!("an item before it has its id `{id}`"));
    }
    let date = match (!said.date.trim().is_empty()).then(|| day(said.date.trim())).transpose() {
        Ok(date) => date,
        Err(fault) => return Item::bad(place.to_owned(), fault),
    };
    let plain = |text: &str| {
        if text.contains(['<', '&']) {
            page::of(&format!("<p>{text}")).text
        } else {
            text.to_owned()
        }
    };
    let (summary, content) = (plain(said.summary.trim()), plain(said.content.trim()));
    let title = plain_title(&said.title);
    let longest = if content.len() >= summary.len() { content } else { summary };
    let text = if longest.is_empty() { title.clone() } else { longest };
    if text.is_empty() {
        return Item::bad(place.to_owned(), "it has no text".to_owned());
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    Item {
        name: if id.is_empty() { place.to_owned() } else { id },
        text: Ok(text.into_bytes()),
        offset: 0,
        date,
        published: None,
        starts: true,
        title: some(title),
        source: some(source.to_owned()),
    }
}

/// Returns a title without markup: it may be shorter than a paragraph.
fn plain_title(title: &str) -> String {
    let mut out = String::new();
    let mut rest = title.trim();
    while let Some(c) = rest.chars().next() {
        let (c, len) =
            if c == '&' { page::reference(rest).unwrap_or((c, 1)) } else { (c, c.len_utf8()) };
        rest = rest.get(len..).unwrap_or_default();
        out.push(if c.is_whitespace() { ' ' } else { c });
    }
    out
}

/// Reads a day: `2026-11-23T..`, or `Mon, 23 Nov 2026 ..` as mail writes it.
fn day(text: &str) -> Result<Day, String> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let mail = words.windows(3).find_map(|words| {
        let [day, month, year] = words else { return None };
        let front = month.get(..3)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|own| *own == front)?;
        Day::new(year.parse().ok()?, u32::try_from(month).ok()? + 1, day.parse().ok()?)
    });
    mail.map_or_else(|| input::day(text), Ok)
}

type Feed = (String, Vec<Said>, Option<String>);

fn json(text: &str) -> Feed {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return (String::new(), Vec::new(), Some(format!("it is no JSON: {error}"))),
    };
    let words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    let said = value["items"].as_array().into_iter().flatten().map(|item| Said {
        id: words(&item["id"]),
        link: words(&item["url"]),
        title: words(&item["title"]),
        date: words(&item["date_published"]),
        summary: words(&item["summary"]),
        content: match words(&item["content_text"]) {
            text if text.is_empty() => words(&item["content_html"]),
            text => text,
        },
    });
    let fault = value["items"].as_array().is_none().then(|| "it has no list `items`".to_owned());
    (words(&value["title"]), said.collect(), fault)
}

/// Reads RSS or Atom. Nothing that the feed names is fetched, and no reference of its own making is followed.
fn xml(text: &str) -> Feed {
    let mut reader = Reader::from_str(text);
    let mut reading = Reading::default();
    let fault = loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                break Some(format!("it is no XML at byte {}: {error}", reader.error_position()));
            }
        };
        let taken = match event {
            Event::Start(start) => {
                let (local, _) = start.name().decompose();
                reading.start(local.into_inner(), &attributes(&start))
            }
            Event::Empty(start) => {
                let (local, _) = start.name().decompose();
                let name = local.into_inner();
                reading.start(name, &attributes(&start)).map(|()| reading.end())
            }
            Event::End(_) => {
                reading.end();
                Ok(())
            }
            Event::Text(run) => reading.text(&run.xml10_content()),
            Event::CData(run) => reading.text(&run.xml10_content()),
            Event::GeneralRef(reference) => {
                let whole = format!("&{};", &*reference);
                match page::reference(&whole) {
                    Some((c, _)) => reading.text(c.encode_utf8(&mut [0; 4])),
                    None => reading.text(&whole),
                }
            }
            Event::DocType(declared) if declared.contains("ENTITY") => {
                Err("it makes references of its own, which is refused".to_owned())
            }
            Event::DocType(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) => Ok(()),
            Event::Eof => break None,
        };
        if let Err(fault) = taken {
            break Some(fault);
        }
    };
    let none = fault.is_none() && reading.said.is_empty() && !reading.is_feed;
    let fault = fault.or_else(|| none.then(|| "it is no feed: RSS or Atom".to_owned()));
    (reading.source.trim().to_owned(), reading.said, fault)
}

/// Returns the address of a link, as Atom writes it.
fn attributes(start: &quick_xml::events::BytesStart<'_>) -> String {
    let whole: &str = start;
    let Some((_, behind)) = whole.split_once("href=") else { return String::new() };
    let mark = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = mark.and_then(|mark| behind.get(1..)?.split(mark).next());
    value.unwrap_or_default().to_owned()
}

#[derive(Default)]
struct Reading {
    /// The elements that are open.
    open: Vec<String>,
    /// How many were open when the item began.
    item_at: Option<usize>,
    said: Vec<Said>,
    source: String,
    is_feed: bool,
}

impl Reading {
    fn start(&mut self, name: &str, link: &str) -> Result<(), String> {
        if self.open.len() >= DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} elements stand inside one another"));
        }
        if matches!(name, "rss" | "feed" | "RDF") {
            self.is_feed = true;
        }
        if matches!(name, "item" | "entry") && self.item_at.is_none() {
            self.item_at = Some(self.open.len());
            self.said.push(Said::default());
        } else if self.field_open() {
            // An element within a text, as XHTML in Atom: it parts words.
            self.text(" ")?;
        }
        if name == "link"
            && !link.is_empty()
            && let Some(said) = self.said.last_mut()
            && said.link.is_empty()
        {
            link.clone_into(&mut said.link);
        }
        self.open.push(name.to_owned());
        Ok(())
    }

    fn end(&mut self) {
        self.open.pop();
        if self.item_at == Some(self.open.len()) {
            self.item_at = None;
        }
    }

    fn field_open(&self) -> bool {
        self.item_at.is_some_and(|at| self.open.len() > at + 1)
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        let Some(item_at) = self.item_at else {
            let is_title = self.open.last().is_some_and(|name| name == "title");
            if is_title && self.open.len() <= 3 && self.source.len() < TEXT_LEN_MAX {
                self.source.push_str(text);
            }
            return Ok(());
        };
        let Some(field) = self.open.get(item_at + 1) else { return Ok(()) };
        let Some(said) = self.said.last_mut() else { return Ok(()) };
        let field = match field.as_str() {
            "guid" | "id" => &mut said.id,
            "link" => &mut said.link,
            "title" => &mut said.title,
            "pubDate" | "published" | "date" => &mut said.date,
            "updated" if said.date.is_empty() => &mut said.date,
            "description" | "summary" => &mut said.summary,
            "encoded" | "content" => &mut said.content,
            _ => return Ok(()),
        };
        if field.len() + text.len() > TEXT_LEN_MAX {
            return Err(format!("an item has more than {TEXT_LEN_MAX} bytes"));
        }
        field.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(feed: &str, expected: &str) {
        let told = items("f", feed.as_bytes()).into_iter().map(|item| {
            let said = item.text.map(|text| String::from_utf8(text).unwrap());
            let said = said.unwrap_or_else(|fault| format!("! {fault}"));
            let date = item.date.map_or(String::new(), |day| format!(" {:?}", day.civil()));
            format!("{}{date}: {said}", item.name)
        });
        assert_eq!(told.collect::<Vec<_>>().join("\n"), expected);
    }

    #[test]
    fn items_of_rss_are_told_with_their_days() {
        check(
            "<?xml version=\"1.0\"?><rss><channel><title>Wire</title>\
             <item><guid>a</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0000</pubDate><description>&lt;p&gt;Rebels shelled a village &amp;amp; a town.&lt;/p&gt;</description></item>\
             <item><guid>a</guid><description>again</description></item>\
             <item><guid>b</guid><pubDate>soon</pubDate><description>x</description></item>\
             <item><title>Short &amp; good</title></item></channel></rss>",
            "a (2026, 11, 23): Rebels shelled a village & a town.\n\
             f item 2: ! an item before it has its id `a`\n\
             f item 3: ! `soon` is no day: write it as 2026-11-23\n\
             f item 4: Short & good",
        );
    }

    #[test]
    fn entries_of_atom_and_items_of_json_are_told_alike() {
        check(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>a</id><updated>2026-11-23T08:00:00Z</updated>\
             <content type=\"xhtml\"><div><p>Rebels shelled</p><p>a village.</p></div></content></entry></feed>",
            "a (2026, 11, 23): Rebels shelled a village.",
        );
        check(
            "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{\"id\": 7, \"content_text\": \"Rebels shelled.\"}]}",
            "7: Rebels shelled.",
        );
    }

    #[test]
    fn a_hostile_feed_is_refused_in_one_line() {
        check(
            "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><rss><item><title>&b;</title></item></rss>",
            "f: ! it makes references of its own, which is refused",
        );
        check(
            &format!("<rss>{}", "<a>".repeat(100_000)),
            "f: ! more than 64 elements stand inside one another",
        );
        check("<html><p>no feed</p></html>", "f: ! it is no feed: RSS or Atom");
        check("{\"items\": 7}", "f: ! it has no list `items`");
    }
}
