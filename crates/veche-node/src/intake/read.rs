//! From bytes to documents, with their dates judged. No I/O.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use veche_exchange::news::feed::{self, Item, When};
use veche_exchange::news::form::{self, FRONT_LEN, Form};
use veche_exchange::news::time::{self, Told};
use veche_exchange::news::{decode, page};
use veche_ledger::{Seconds, UnixSeconds};

/// How far ahead of the clock a date may be: zones and clocks differ by so much.
const AHEAD_MAX: Seconds = Seconds(2 * 86_400);

/// The first second of 1990: what says that it is older is a fault of the feed.
const OLDEST: UnixSeconds = UnixSeconds(631_152_000);

/// Texts shorter than this, in bytes, are the same in two feeds by chance ("Weather").
const TELLING_LEN: usize = 200;

/// Longest plain text that is one document, in bytes.
const TEXT_LEN_MAX: usize = feed::TEXT_LEN_MAX;

/// What is wrong with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFlag {
    /// There is none.
    None,
    /// It cannot be read.
    Unreadable,
    /// It is more than two days ahead.
    Future,
    /// It is before 1990.
    Old,
}

impl DateFlag {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Unreadable, Self::Future, Self::Old];

    /// Returns the word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "no date",
            Self::Unreadable => "unreadable date",
            Self::Future => "date ahead",
            Self::Old => "date before 1990",
        }
    }
}

/// A document that was read from what a feed sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What its feed calls it.
    pub key: String,
    /// Where it can be read, absolute; empty if that is not known.
    pub link: String,
    /// Its title.
    pub title: Option<String>,
    /// When it was published; where the date is flagged, the day of fetching.
    pub published: Told,
    /// What is wrong with the date that it gives, if something is.
    pub flag: Option<DateFlag>,
    /// Its text.
    pub text: String,
}

impl Draft {
    /// Returns the hash by which the same text is known in other feeds: of its words, one blank between. `feed`: whose it is, for texts too
    /// short to tell.
    #[must_use]
    pub fn text_hash(&self, feed: &str) -> [u8; 32] {
        let words = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let front = if words.len() < TELLING_LEN {
            format!("{feed}\n{}\n", self.key)
        } else {
            String::new()
        };
        Sha256::digest(format!("{front}{words}")).into()
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// The documents.
    pub drafts: Vec<Draft>,
    /// What was passed over, and why.
    pub passed_over: Vec<String>,
    /// What the feed calls itself; empty if it does not say.
    pub title: String,
    /// What is wrong with the whole.
    pub fault: Option<String>,
}

/// Reads what a site sent as a feed: anything else is a fault. `base`: where it was found, against which addresses are read.
#[must_use]
pub fn feed(bytes: &[u8], content_type: &str, base: Option<&url::Url>, now: UnixSeconds) -> Drafts {
    let read = feed::read(bytes, decode::named_by_server(content_type).as_deref());
    let mut out = Drafts {
        title: read.title,
        fault: read.fault.map(|fault| fault.to_string()),
        ..Drafts::default()
    };
    for (number, item) in (1..).zip(read.items) {
        match item {
            Ok(item) => out.drafts.push(of_item(item, base, now)),
            Err(fault) => out.passed_over.push(format!("item {number}: {fault}")),
        }
    }
    out
}

/// Reads a file, in whatever form it is: a feed, a page, plain text, or one document a line. `name`: its own.
#[must_use]
pub fn file(name: &str, bytes: &[u8], now: UnixSeconds) -> Drafts {
    match form_of(name, bytes) {
        Form::Feed => feed(bytes, "", None, now),
        Form::Html => match page::read(bytes, None) {
            Ok(page) => of_page(name, page, now),
            Err(fault) => bad(fault.to_string()),
        },
        Form::Jsonl => lines(bytes, now),
        Form::Text => match decode::decode(bytes, None) {
            Ok(text) if text.len() <= TEXT_LEN_MAX => whole(name, None, text.into_owned(), now),
            Ok(_) => bad(format!("it has more than {TEXT_LEN_MAX} bytes")),
            Err(fault) => bad(fault.to_string()),
        },
        Form::Warc => bad("web archives are read by `veche code`, not from a folder".to_owned()),
    }
}

/// Reads a file of a folder as [`file()`] does. Ids of lines are of their file, unless they are addresses: two files may both have a line 1.
#[must_use]
pub fn file_of_folder(name: &str, bytes: &[u8], now: UnixSeconds) -> Drafts {
    let mut out = file(name, bytes, now);
    if form_of(name, bytes) == Form::Jsonl {
        for draft in &mut out.drafts {
            let is_own = draft.link.is_empty() && draft.key != key_by_text(draft);
            if is_own {
                draft.key = format!("{name}/{}", draft.key);
            }
        }
    }
    out
}

fn form_of(name: &str, bytes: &[u8]) -> Form {
    let front = bytes.get(..bytes.len().min(FRONT_LEN)).unwrap_or_default();
    form::by_name(name).unwrap_or_else(|| form::by_front(front))
}

fn bad(fault: String) -> Drafts {
    Drafts { fault: Some(fault), ..Drafts::default() }
}

fn whole(key: &str, title: Option<String>, text: String, now: UnixSeconds) -> Drafts {
    let text = text.trim().to_owned();
    if text.is_empty() {
        return bad("it has no text".to_owned());
    }
    let (published, flag) = judged(&When::Unsaid, now);
    let draft = Draft { key: key.to_owned(), link: String::new(), title, published, flag, text };
    Drafts { drafts: vec![draft], ..Drafts::default() }
}

fn of_page(key: &str, page: page::Page, now: UnixSeconds) -> Drafts {
    let when = page.published.map_or(When::Unsaid, When::Told);
    let mut out = whole(key, page.title, page.text, now);
    for draft in &mut out.drafts {
        (draft.published, draft.flag) = judged(&when, now);
    }
    out
}

fn of_item(item: Item, base: Option<&url::Url>, now: UnixSeconds) -> Draft {
    let link = match base {
        Some(base) => base.join(&item.link).ok(),
        None => url::Url::parse(&item.link).ok(),
    };
    let link =
        link.filter(|link| !item.link.is_empty() && matches!(link.scheme(), "http" | "https"));
    let (published, flag) = judged(&item.published, now);
    let mut draft = Draft {
        key: item.id,
        link: link.map(String::from).unwrap_or_default(),
        title: item.title,
        published,
        flag,
        text: item.text,
    };
    if draft.key.is_empty() {
        draft.key = key_by_text(&draft);
    }
    draft
}

/// Returns the key of what its feed calls nothing: it is known by what it says.
fn key_by_text(draft: &Draft) -> String {
    hex(&Sha256::digest(format!("{}\n{}", draft.title.as_deref().unwrap_or_default(), draft.text)))
}

fn lines(bytes: &[u8], now: UnixSeconds) -> Drafts {
    let mut out = Drafts::default();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            out.passed_over.push(format!("line {number}: it is no JSON"));
            continue;
        };
        let Some(text) = value["text"].as_str().filter(|text| text.len() <= TEXT_LEN_MAX) else {
            out.passed_over.push(format!("line {number}: it has no `text`, or too long a one"));
            continue;
        };
        let words =
            |key: &str| value[key].as_str().filter(|word| word.len() <= feed::FIELD_LEN_MAX);
        let when = match words("date") {
            None => When::Unsaid,
            Some(date) => time::read(date).map_or(When::Unreadable(String::new()), When::Told),
        };
        let id = match &value["id"] {
            Value::Number(number) => number.to_string(),
            Value::String(_) => words("id").unwrap_or_default().to_owned(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        let item = Item {
            link: id.clone(),
            id,
            title: words("title").map(str::to_owned),
            published: when,
            text: text.to_owned(),
        };
        out.drafts.push(of_item(item, None, now));
    }
    out
}

/// Returns when a document counts as published, and what is wrong with the date that it gives.
fn judged(when: &When, now: UnixSeconds) -> (Told, Option<DateFlag>) {
    let flag = match when {
        When::Told(told) if told.at < OLDEST => DateFlag::Old,
        When::Told(told) if told.at > now + AHEAD_MAX => DateFlag::Future,
        When::Told(told) => return (*told, None),
        When::Unsaid => DateFlag::None,
        When::Unreadable(_) => DateFlag::Unreadable,
    };
    let day = UnixSeconds(now.0 - now.0 % 86_400);
    (Told { at: day, is_exact: false }, Some(flag))
}

/// Returns bytes in hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> UnixSeconds {
        UnixSeconds::parse("2026-11-23T12:00:00Z").unwrap()
    }

    fn told(drafts: &Drafts) -> Vec<String> {
        let one = |draft: &Draft| {
            let flag = draft.flag.map_or(String::new(), |flag| format!(" ({})", flag.word()));
            format!("{} {}{flag}: {}", draft.key, draft.published, draft.text)
        };
        let faults = drafts.fault.iter().map(|fault| format!("!! {fault}"));
        let passed = drafts.passed_over.iter().map(|fault| format!("! {fault}"));
        drafts.drafts.iter().map(one).chain(passed).chain(faults).collect()
    }

    #[test]
    fn a_wrong_date_is_flagged_and_the_day_of_fetching_counts() {
        let item =
            |id: &str, date: &str| format!("<item><guid>{id}</guid><title>t</title>{date}</item>");
        let rss = [
            item("a", "<pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate>"),
            item("b", "<pubDate>Wed, 25 Nov 2026 12:00:00 GMT</pubDate>"),
            item("c", "<pubDate>Wed, 25 Nov 2026 12:00:01 GMT</pubDate>"),
            item("d", "<pubDate>Sun, 31 Dec 1989 23:59:59 GMT</pubDate>"),
            item("e", "<pubDate>yesterday</pubDate>"),
            item("f", ""),
        ];
        let read = feed(format!("<rss>{}</rss>", rss.concat()).as_bytes(), "", None, now());
        assert_eq!(
            told(&read),
            [
                "a 2026-11-23T08:00:00Z: t",
                "b 2026-11-25T12:00:00Z: t",
                "c 2026-11-23 (date ahead): t",
                "d 2026-11-23 (date before 1990): t",
                "e 2026-11-23 (unreadable date): t",
                "f 2026-11-23 (no date): t",
            ]
        );
    }

    #[test]
    fn links_are_read_against_the_feeds_own_address_and_lead_to_the_web_alone() {
        let link = |link: &str| {
            let rss = format!("<rss><item><title>t</title><link>{link}</link></item></rss>");
            let base = url::Url::parse("https://example.org/feeds/a.xml").unwrap();
            feed(rss.as_bytes(), "", Some(&base), now()).drafts.remove(0).link
        };
        assert_eq!(link("../news/1"), "https://example.org/news/1");
        assert_eq!(link("https://other.example/x"), "https://other.example/x");
        for bad in ["javascript:alert(1)", "file:///etc/passwd", ""] {
            assert_eq!(link(bad), "", "{bad}");
        }
    }

    #[test]
    fn a_file_of_a_folder_is_read_in_whatever_form_it_is() {
        let read = |name: &str, text: &str| told(&file(name, text.as_bytes(), now()));
        assert_eq!(read("a.txt", "They met."), ["a.txt 2026-11-23 (no date): They met."]);
        let page = "<html><meta itemprop=datePublished content=\"2026-11-20\"><p>They met in Minsk on Friday.</p></html>";
        assert_eq!(read("b", page), ["b 2026-11-20: They met in Minsk on Friday."]);
        let lines =
            "{\"id\": 7, \"date\": \"2026-11-20\", \"text\": \"They met.\"}\nno\n{\"id\": 8}\n";
        assert_eq!(
            read("c.jsonl", lines),
            [
                "7 2026-11-20: They met.",
                "! line 2: it is no JSON",
                "! line 3: it has no `text`, or too long a one"
            ]
        );
        assert_eq!(read("d.txt", " \n"), ["!! it has no text"]);
        assert_eq!(read("e.html", "<p>Share"), ["!! it has no text"]);
    }

    #[test]
    fn long_texts_are_the_same_in_two_feeds_and_short_ones_are_not() {
        let draft = |text: &str| {
            let rss =
                format!("<rss><item><guid>a</guid><description>{text}</description></item></rss>");
            feed(rss.as_bytes(), "", None, now()).drafts.remove(0)
        };
        let long = "Rebels shelled a village near Minsk. ".repeat(9);
        assert_eq!(draft(&long).text_hash("a"), draft(&long.replace(' ', "\n ")).text_hash("b"));
        assert_ne!(draft("Weather").text_hash("a"), draft("Weather").text_hash("b"));
    }
}
