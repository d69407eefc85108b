//! Items of a feed: RSS, Atom and JSON Feed.

use super::decode::{NotText, decode};
use super::page;
use super::time::{self, Told};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion, events::BytesText};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most elements inside one another: a feed has about five, and a page within it some twenty.
const DEPTH_MAX: usize = 64;

/// Most items of one feed: the longest have some hundred, an archive some thousand.
pub const ITEMS_MAX: usize = 10_000;

/// Most bytes of one item's text.
pub const TEXT_LEN_MAX: usize = 1024 * 1024;

/// Most bytes of an item's title, id, address or date, and of a feed's title.
pub const FIELD_LEN_MAX: usize = 2000;

const DUBLIN_CORE: &str = "http://purl.org/dc/elements/1.1/";
const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";

/// What a feed says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its title; empty if it has none.
    pub title: String,
    /// Its items in their order, or what is wrong with one.
    pub items: Vec<Result<Item, ItemFault>>,
    /// What is wrong with the feed as a whole: what stands behind it was not read.
    pub fault: Option<FeedFault>,
}

/// An item of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What the feed calls it: unique within the feed alone, and empty if it is not called anything.
    pub id: String,
    /// Where it can be read, as it is written; empty if the feed does not say.
    pub link: String,
    /// Its title without markup.
    pub title: Option<String>,
    /// When it was published.
    pub published: When,
    /// The longer of summary and content, without markup; the title if there is neither.
    pub text: String,
}

/// When an item was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// It does not say.
    Unsaid,
    /// On this day, or at this second of it.
    Told(Told),
    /// It says this, which is no day.
    Unreadable(String),
}

/// What is wrong with one item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemFault {
    /// Two items have one id.
    #[error("an item before it has its id `{0}`")]
    Repeated(String),
    /// No text and no title.
    #[error("it has no text")]
    Empty,
    /// Too long.
    #[error("its {0} has more than {1} bytes")]
    TooLong(&'static str, usize),
}

/// What is wrong with a feed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedFault {
    /// It is no text.
    #[error(transparent)]
    Text(#[from] NotText),
    /// It is no XML.
    #[error("it is no XML at byte {at}: {what}")]
    Xml {
        /// The byte.
        at: u64,
        /// What the reader says.
        what: String,
    },
    /// It ends before its elements do.
    #[error("it ends within an element")]
    Cut,
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// A JSON Feed without items.
    #[error("it has no list `items`")]
    NoItems,
    /// It is another kind of XML.
    #[error("it is no feed: RSS or Atom")]
    Other,
    /// It makes references of its own.
    #[error("it makes references of its own, which is refused")]
    Entities,
    /// Too deep.
    #[error("more than {DEPTH_MAX} elements stand inside one another")]
    Depth,
    /// Too many items.
    #[error("it has more than {ITEMS_MAX} items: the others are left")]
    TooMany,
}

/// What an item says, as it stands.
#[derive(Debug, Default)]
struct Said {
    id: String,
    link: String,
    title: String,
    date: String,
    updated: String,
    summary: String,
    content: String,
    fault: Option<ItemFault>,
}

/// A part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Id,
    Link,
    Title,
    Date,
    Updated,
    Summary,
    Content,
}

/// Returns what a feed says. `named`: the encoding that the server named, if it did.
#[must_use]
pub fn read(bytes: &[u8], named: Option<&str>) -> Feed {
    let text = match decode(bytes, named) {
        Ok(text) => text,
        Err(fault) => return Feed { fault: Some(fault.into()), ..Feed::default() },
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let (title, said, fault) = if text.starts_with('{') { json(text) } else { xml(text) };
    let mut seen = BTreeSet::new();
    let items = said.into_iter().map(|said| item(said, &mut seen)).collect();
    Feed { title: plain_title(&title), items, fault }
}

impl Item {
    /// Returns whether its id names it in the whole world: it is an address.
    #[must_use]
    pub fn is_named_by_address(&self) -> bool {
        ["http://", "https://"].iter().any(|front| self.id.starts_with(front))
    }
}

fn item(said: Said, seen: &mut BTreeSet<String>) -> Result<Item, ItemFault> {
    if let Some(fault) = said.fault {
        return Err(fault);
    }
    let (id, link) = (said.id.trim().to_owned(), said.link.trim().to_owned());
    let id = if id.is_empty() { link.clone() } else { id };
    if !id.is_empty() && !seen.insert(id.clone()) {
        return Err(ItemFault::Repeated(id));
    }
    let date = if said.date.trim().is_empty() { said.updated } else { said.date };
    let published = match date.trim() {
        "" => When::Unsaid,
        date => time::read(date).map_or_else(|| When::Unreadable(date.to_owned()), When::Told),
    };
    let (summary, content) = (plain_text(said.summary.trim()), plain_text(said.content.trim()));
    let title = plain_title(&said.title);
    let longest = if content.len() >= summary.len() { content } else { summary };
    let text = if longest.is_empty() { title.clone() } else { longest };
    if text.is_empty() {
        return Err(ItemFault::Empty);
    }
    Ok(Item { id, link, title: (!title.is_empty()).then_some(title), published, text })
}

/// Returns a text without markup. What is left of it as of a page, unless that is nothing: a summary may be shorter than a page's paragraph.
fn plain_text(text: &str) -> String {
    if !text.contains('<') {
        return if text.contains('&') { plain_title(text) } else { text.to_owned() };
    }
    let html = format!("<p>{text}");
    let whole = page::of(&html).text;
    if whole.is_empty() { page::of_any_length(&html) } else { whole }
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

impl Said {
    const fn value(&mut self, field: Field) -> (&mut String, &'static str, usize) {
        match field {
            Field::Id => (&mut self.id, "id", FIELD_LEN_MAX),
            Field::Link => (&mut self.link, "address", FIELD_LEN_MAX),
            Field::Title => (&mut self.title, "title", FIELD_LEN_MAX),
            Field::Date => (&mut self.date, "date", FIELD_LEN_MAX),
            Field::Updated => (&mut self.updated, "date", FIELD_LEN_MAX),
            Field::Summary => (&mut self.summary, "summary", TEXT_LEN_MAX),
            Field::Content => (&mut self.content, "text", TEXT_LEN_MAX),
        }
    }

    /// Adds to a field; what would make it too long is a fault of the item, and not kept.
    fn add(&mut self, field: Field, text: &str) {
        let (value, name, len_max) = self.value(field);
        if value.len() + text.len() > len_max {
            self.fault = Some(ItemFault::TooLong(name, len_max));
        } else {
            value.push_str(text);
        }
    }
}

type Read = (String, Vec<Said>, Option<FeedFault>);

fn json(text: &str) -> Read {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            return (String::new(), Vec::new(), Some(FeedFault::Json(error.to_string())));
        }
    };
    let words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    let Some(items) = value["items"].as_array() else {
        return (words(&value["title"]), Vec::new(), Some(FeedFault::NoItems));
    };
    let said = items.iter().take(ITEMS_MAX).map(|item| {
        let mut said = Said::default();
        said.add(Field::Id, &words(&item["id"]));
        said.add(Field::Link, &words(&item["url"]));
        said.add(Field::Title, &words(&item["title"]));
        said.add(Field::Date, &words(&item["date_published"]));
        said.add(Field::Updated, &words(&item["date_modified"]));
        said.add(Field::Summary, &words(&item["summary"]));
        let content = words(&item["content_text"]);
        let content = if content.is_empty() { words(&item["content_html"]) } else { content };
        said.add(Field::Content, &content);
        said
    });
    let fault = (items.len() > ITEMS_MAX).then_some(FeedFault::TooMany);
    let title: String = words(&value["title"]).chars().take(FIELD_LEN_MAX).collect();
    (title, said.collect(), fault)
}

/// Reads RSS or Atom. Nothing that the feed names is fetched, and no reference of its own making is followed.
fn xml(text: &str) -> Read {
    let mut reader = NsReader::from_str(text);
    let mut reading = Reading::default();
    let fault = loop {
        let (space, event) = match reader.read_resolved_event() {
            Ok((space, event)) => (Space::of(&space), event),
            Err(error) => {
                let (at, what) = (reader.error_position(), error.to_string());
                break Some(FeedFault::Xml { at, what });
            }
        };
        match reading.take(space, event) {
            Ok(false) => {}
            Ok(true) => break (!reading.open.is_empty()).then_some(FeedFault::Cut),
            Err(fault) => break Some(fault),
        }
    };
    if fault.is_some() && reading.item.is_some() {
        // What the feed breaks off in is not whole.
        reading.said.pop();
    }
    let none = fault.is_none() && reading.said.is_empty() && !reading.is_feed;
    let fault = fault.or_else(|| none.then_some(FeedFault::Other));
    (reading.title.trim().to_owned(), reading.said, fault)
}

/// Most letters of a namespace that are looked at; those that feeds are known by have fewer than 60.
const SPACE_LEN_MAX: usize = 100;

/// The namespace of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Space {
    None,
    Named(String),
    /// A prefix that the feed does not declare.
    Prefix(String),
}

impl Space {
    /// Takes the beginning of a name alone: each element of a feed would else copy as much as its root declares.
    fn of(found: &ResolveResult<'_>) -> Self {
        let beginning = |name: &str| name.chars().take(SPACE_LEN_MAX).collect();
        match found {
            ResolveResult::Unbound => Self::None,
            ResolveResult::Bound(Namespace(name)) => Self::Named(beginning(name)),
            ResolveResult::Unknown(prefix) => Self::Prefix(beginning(prefix)),
        }
    }

    /// Returns whether this is the namespace, or a prefix by which the world knows it.
    fn is(&self, name: &str, usual: &str) -> bool {
        match self {
            Self::None => false,
            Self::Named(own) => own == name,
            Self::Prefix(prefix) => prefix == usual,
        }
    }
}

/// Returns the addresses of a link, as Atom writes it, and what the link is to what links.
fn link(start: &BytesStart<'_>) -> Option<String> {
    let value = |name: &str| {
        let found = start.attributes().flatten().find(|found| found.key.0 == name)?;
        Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    };
    let is_page = value("rel").is_none_or(|rel| rel == "alternate");
    value("href").filter(|_| is_page)
}

#[derive(Default)]
struct Reading {
    /// The elements that are open.
    open: Vec<String>,
    /// How many were open when the item began, and its namespace: fields of others are not its own.
    item: Option<(usize, Space)>,
    /// The field that is open.
    field: Option<Field>,
    said: Vec<Said>,
    title: String,
    is_feed: bool,
}

impl Reading {
    /// Takes in what stands next; returns true at the end.
    fn take(&mut self, space: Space, event: Event<'_>) -> Result<bool, FeedFault> {
        match event {
            Event::Start(start) => self.start(space, &start)?,
            Event::Empty(start) => {
                self.start(space, &start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(run) => self.run(&run),
            Event::CData(run) => self.text(&run.xml10_content()),
            Event::GeneralRef(reference) => {
                let whole = format!("&{};", &*reference);
                match page::reference(&whole) {
                    Some((c, _)) => self.text(c.encode_utf8(&mut [0; 4])),
                    None => self.text(&whole),
                }
            }
            Event::DocType(declared) if declared.contains("ENTITY") => {
                return Err(FeedFault::Entities);
            }
            Event::DocType(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return Ok(true),
        }
        Ok(false)
    }

    fn run(&mut self, run: &BytesText<'_>) {
        self.text(&run.xml10_content());
    }

    fn start(&mut self, space: Space, start: &BytesStart<'_>) -> Result<(), FeedFault> {
        if self.open.len() >= DEPTH_MAX {
            return Err(FeedFault::Depth);
        }
        let name = start.local_name().into_inner().to_owned();
        self.is_feed |= matches!(name.as_str(), "rss" | "feed" | "RDF");
        match &self.item {
            None if matches!(name.as_str(), "item" | "entry") => {
                if self.said.len() >= ITEMS_MAX {
                    return Err(FeedFault::TooMany);
                }
                self.item = Some((self.open.len(), space));
                self.said.push(Said::default());
            }
            None => {}
            Some((at, own)) if self.open.len() == at + 1 => {
                self.field = field(&name, &space, own);
                self.begin_field(start);
            }
            // An element within a text, as XHTML in Atom: it parts words.
            Some(_) => self.text(" "),
        }
        self.open.push(name);
        Ok(())
    }

    /// Takes the address of a link; a field that an item has twice counts once.
    fn begin_field(&mut self, start: &BytesStart<'_>) {
        let (Some(field), Some(said)) = (self.field, self.said.last_mut()) else { return };
        if !said.value(field).0.is_empty() {
            self.field = None;
        } else if field == Field::Link
            && let Some(address) = link(start)
        {
            said.add(field, &address);
            self.field = None;
        }
    }

    fn end(&mut self) {
        self.open.pop();
        match &self.item {
            Some((at, _)) if self.open.len() == *at => self.item = None,
            Some((at, _)) if self.open.len() == at + 1 => self.field = None,
            Some(_) | None => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.item.is_some() {
            if let (Some(field), Some(said)) = (self.field, self.said.last_mut()) {
                said.add(field, text);
            }
            return;
        }
        let [.., parent, name] = self.open.as_slice() else { return };
        let is_title = name == "title" && matches!(parent.as_str(), "channel" | "feed");
        if is_title && self.title.len() + text.len() <= FIELD_LEN_MAX {
            self.title.push_str(text);
        }
    }
}

/// Returns which part of an item an element is. `own`: the namespace of the item.
fn field(name: &str, space: &Space, own: &Space) -> Option<Field> {
    if space.is(DUBLIN_CORE, "dc") {
        return (name == "date").then_some(Field::Date);
    }
    if space.is(CONTENT, "content") {
        return (name == "encoded").then_some(Field::Content);
    }
    if space != own {
        return None;
    }
    match name {
        "guid" | "id" => Some(Field::Id),
        "link" => Some(Field::Link),
        "title" => Some(Field::Title),
        "pubDate" | "published" | "issued" => Some(Field::Date),
        "updated" | "modified" => Some(Field::Updated),
        "description" | "summary" => Some(Field::Summary),
        "content" => Some(Field::Content),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(feed: &Feed) -> String {
        let items = feed.items.iter().map(|item| match item {
            Ok(Item { id, published, text, .. }) => {
                let date = match published {
                    When::Unsaid => String::new(),
                    When::Told(told) => format!(" {told}"),
                    When::Unreadable(text) => format!(" not {text}"),
                };
                format!("{id}{date}: {text}")
            }
            Err(fault) => format!("! {fault}"),
        });
        let fault = feed.fault.iter().map(|fault| format!("!! {fault}"));
        items.chain(fault).collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn check(feed: &str, expected: &str) {
        assert_eq!(told(&read(feed.as_bytes(), None)), expected);
    }

    #[test]
    fn items_of_rss_are_told_with_their_times() {
        let rss = "<?xml version=\"1.0\"?><rss><channel><title>Wire &amp; Co</title>\
             <item><guid>a</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0000</pubDate><description>&lt;p&gt;Rebels shelled a village &amp;amp; a town.&lt;/p&gt;</description></item>\
             <item><guid>a</guid><description>again</description></item>\
             <item><guid>b</guid><pubDate>soon</pubDate><description>x</description></item>\
             <item><title>Short &amp; good</title></item></channel></rss>";
        check(
            rss,
            "a 2026-11-23T08:00:00Z: Rebels shelled a village & a town.\n\
             ! an item before it has its id `a`\n\
             b not soon: x\n\
             : Short & good",
        );
        assert_eq!(read(rss.as_bytes(), None).title, "Wire & Co");
    }

    #[test]
    fn entries_of_atom_and_items_of_json_are_told_alike() {
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Wire</title><entry><id>a</id><updated>2026-11-23T08:00:00Z</updated>\
             <link rel=\"self\" href=\"https://example.org/self\"/><link href=\"https://example.org/a?b=1&amp;c=2\"/>\
             <content type=\"xhtml\"><div><p>Rebels shelled</p><p>a village.</p></div></content></entry></feed>";
        check(
            atom,
            "a 2026-11-23T08:00:00Z:   Rebels shelled a village.".replace("  ", "").as_str(),
        );
        let feed = read(atom.as_bytes(), None);
        assert_eq!(feed.items[0].as_ref().unwrap().link, "https://example.org/a?b=1&c=2");
        check(
            "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{\"id\": 7, \"content_text\": \"Rebels shelled.\"}]}",
            "7: Rebels shelled.",
        );
    }

    #[test]
    fn a_short_summary_is_kept_with_and_without_markup() {
        check(
            "<rss><item><title>t</title><description>&lt;p&gt;Two &lt;b&gt;dead&lt;/b&gt;.&lt;/p&gt;</description></item>\
             <item><title>t</title><description>Talks at A&amp;amp;B</description></item></rss>",
            ": Two dead.\n: Talks at A&B",
        );
    }

    #[test]
    fn fields_of_other_namespaces_are_not_the_items_own() {
        check(
            "<rss xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:c=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
             <channel><item><media:title>A picture</media:title><media:description>Of a tank.</media:description><title>Talks</title>\
             <description>They met.</description><c:encoded>They met at noon.</c:encoded><dc:date>2026-11-23</dc:date>\
             <media:content>x x x x x x x x x x x x x x x</media:content></item></channel></rss>",
            " 2026-11-23: They met at noon.",
        );
        // Prefixes that nobody declared count by their usual meaning.
        check(
            "<rss><item><content:encoded>They met at noon.</content:encoded><media:description>Of a tank.</media:description></item></rss>",
            ": They met at noon.",
        );
        check(
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\
             <channel><title>Wire</title></channel><item><title>They met.</title><link>https://example.org/a</link></item></rdf:RDF>",
            "https://example.org/a: They met.",
        );
    }

    #[test]
    fn a_feed_in_another_encoding_is_read_in_it() {
        let mut bytes =
            b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><rss><item><title>".to_vec();
        bytes.extend_from_slice(b"\xcc\xe8\xed\xf1\xea</title></item></rss>");
        assert_eq!(told(&read(&bytes, None)), ": Минск");
        let bytes = b"<rss><item><title>\xcc\xe8\xed\xf1\xea</title></item></rss>";
        assert_eq!(told(&read(bytes, None)), "!! it is not UTF-8 and names no other encoding");
        assert_eq!(told(&read(bytes, Some("windows-1251"))), ": Минск");
    }

    #[test]
    fn a_hostile_feed_is_refused_in_one_line() {
        check(
            "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><rss><item><title>&b;</title></item></rss>",
            "!! it makes references of its own, which is refused",
        );
        check(
            &format!("<rss>{}", "<a>".repeat(100_000)),
            "!! more than 64 elements stand inside one another",
        );
        check("<html><p>no feed</p></html>", "!! it is no feed: RSS or Atom");
        check("{\"items\": 7}", "!! it has no list `items`");
        check(
            "<rss><item><title>one</title></item><item><title>tw",
            ": one\n!! it ends within an element",
        );
    }

    #[test]
    fn an_item_that_is_too_long_and_items_that_are_too_many_are_told() {
        let (title, text) = ("t".repeat(2001), "x".repeat(TEXT_LEN_MAX + 1));
        check(
            &format!(
                "<rss><item><title>{title}</title></item><item><description>{text}</description></item><item><title>a</title></item></rss>"
            ),
            "! its title has more than 2000 bytes\n! its summary has more than 1048576 bytes\n: a",
        );
        let many = format!("<rss>{}</rss>", "<item><title>a</title></item>".repeat(ITEMS_MAX + 1));
        let feed = read(many.as_bytes(), None);
        assert_eq!((feed.items.len(), feed.fault), (ITEMS_MAX, Some(FeedFault::TooMany)));
    }
}
