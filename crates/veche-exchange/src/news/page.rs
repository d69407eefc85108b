//! The text of a page of the web: what stands in paragraphs, without menus, scripts and forms.
//!
//! One pass over the bytes with a bounded look ahead, and no tree: elements inside one another cost nothing but their bytes.

use super::decode::{NotText, decode};
use super::time::{self, Told};

/// Longest tag, in bytes; what is longer and has no end is passed over.
const TAG_LEN_MAX: usize = 16 * 1024;

/// Shortest paragraph that is kept, in words: less is a button, a date or a caption.
const WORDS_MIN: usize = 5;

/// Longest title, in characters: what stands behind them is left.
const TITLE_LEN_MAX: usize = 500;

/// Elements whose content is no text, up to the end of their own name.
const RAW: [&str; 5] = ["script", "style", "textarea", "title", "xmp"];

/// Elements that hold what stands around a text.
const ASIDE: [&str; 10] = [
    "aside", "button", "dialog", "footer", "iframe", "nav", "noscript", "select", "svg", "template",
];

/// Elements that end no paragraph.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "ins", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];

/// What a page says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title, if it has one.
    pub title: Option<String>,
    /// When it was published, if it says so in a way that programs read.
    pub published: Option<Told>,
    /// Its paragraphs, an empty line between them.
    pub text: String,
}

/// Reads a page. `named`: the encoding that the server named, if it did.
///
/// # Errors
/// [`NotText`].
pub fn read(bytes: &[u8], named: Option<&str>) -> Result<Page, NotText> {
    Ok(of(&decode(bytes, named)?))
}

/// Returns what a page says.
#[must_use]
pub fn of(html: &str) -> Page {
    read_through(html, WORDS_MIN)
}

/// Returns the text of a piece of a page, its paragraphs kept however short they are.
#[must_use]
pub fn of_any_length(html: &str) -> String {
    read_through(html, 1).text
}

fn read_through(html: &str, words_min: usize) -> Page {
    let mut reading = Reading { words_min, ..Reading::default() };
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        let open = rest.find('<').unwrap_or(rest.len());
        reading.run(rest.get(..open).unwrap_or_default());
        let Some(tag) = rest.get(open..).filter(|tag| !tag.is_empty()) else { break };
        at += open + reading.tag(tag);
    }
    reading.end_paragraph();
    let Reading { mut page, in_form, .. } = reading;
    if in_form.len() > page.text.len() {
        page.text = in_form;
    }
    page
}

#[derive(Default)]
struct Reading {
    page: Page,
    /// Shortest paragraph that is kept, in words.
    words_min: usize,
    /// Paragraphs within forms: around a text they ask for something, but some pages stand within one form as a whole.
    in_form: String,
    forms: usize,
    /// Articles that are open, and headers outside of them: within one, a header holds its lead.
    articles: usize,
    headers: usize,
    /// Whether the day of publication comes from a tag made for it, and not from the first time that the page shows.
    is_day_certain: bool,
    /// The paragraph under way, its blanks made one.
    paragraph: String,
    /// Bytes of it that stand in links.
    linked: usize,
    /// Links and elements of [`ASIDE`] that are open.
    links: usize,
    aside: usize,
    /// Whether a heading is open: headings are no sentences.
    heading: bool,
}

impl Reading {
    /// Takes in text between tags.
    fn run(&mut self, text: &str) {
        if self.aside > 0 || text.is_empty() {
            return;
        }
        let before = self.paragraph.len();
        push_text(text, &mut self.paragraph);
        if self.links > 0 || self.heading {
            self.linked += self.paragraph.len() - before;
        }
    }

    /// Takes in what begins with `<`, and returns how many bytes it has.
    fn tag(&mut self, html: &str) -> usize {
        if html.starts_with("<!--") {
            return html.find("-->").map_or(html.len(), |end| end + 3);
        }
        let is_tag = html[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        if !is_tag {
            self.run("<");
            return 1;
        }
        let len = tag_len(html);
        let tag = html.get(..len).unwrap_or(html);
        let closes = tag.starts_with("</");
        let name = tag.trim_start_matches(['<', '/']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name.get(..end.min(16)).unwrap_or_default().to_ascii_lowercase();
        if RAW.contains(&name.as_str()) && !closes {
            return len + self.raw(&name, html.get(len..).unwrap_or_default());
        }
        self.element(&name, tag, closes);
        len
    }

    /// Passes over the content of an element that is no text, and returns how many bytes it has.
    fn raw(&mut self, name: &str, rest: &str) -> usize {
        let end = find_end(rest, name).unwrap_or(rest.len());
        if name == "title" && self.page.title.is_none() {
            let mut title = String::new();
            push_text(rest.get(..end).unwrap_or_default(), &mut title);
            let title: String = title.trim().chars().take(TITLE_LEN_MAX).collect();
            self.page.title = (!title.is_empty()).then_some(title);
        }
        end
    }

    fn element(&mut self, name: &str, tag: &str, closes: bool) {
        let count = |open: usize| if closes { open.saturating_sub(1) } else { open + 1 };
        if ASIDE.contains(&name) {
            self.end_paragraph();
            self.aside = count(self.aside);
        } else if name == "header" {
            self.end_paragraph();
            self.header(closes);
        } else if name == "form" {
            self.end_paragraph();
            self.forms = count(self.forms);
        } else if matches!(name, "article" | "main" | "body") {
            // What was opened before and never closed does not swallow the text.
            self.end_paragraph();
            (self.aside, self.headers) = (0, 0);
            if name != "body" {
                self.articles = count(self.articles);
                self.forms = 0;
            }
        } else if name == "a" {
            self.links = if closes { 0 } else { 1 };
        } else if matches!(name, "meta" | "time") {
            self.dated(tag);
        } else if !INLINE.contains(&name) {
            self.end_paragraph();
            self.heading = !closes && matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
        }
    }

    /// Takes in the beginning or end of a header.
    fn header(&mut self, closes: bool) {
        if !closes && self.articles == 0 {
            (self.headers, self.aside) = (self.headers + 1, self.aside + 1);
        } else if closes && self.headers > 0 {
            (self.headers, self.aside) = (self.headers - 1, self.aside.saturating_sub(1));
        }
    }

    /// Takes the time of publication from a tag that tells it: from one made for it, or else from the first time shown in the text.
    fn dated(&mut self, tag: &str) {
        let is_shown = tag.starts_with("<time");
        let is_made_for_it = ["article:published_time", "datePublished", "DC.date", "pubdate"]
            .iter()
            .any(|name| tag.contains(name));
        let is_late =
            if is_made_for_it { self.is_day_certain } else { self.page.published.is_some() };
        // A time in a side column is that of another text.
        if is_late || !(is_made_for_it || is_shown) || (is_shown && self.aside > 0) {
            return;
        }
        let value = attribute(tag, "content").or_else(|| attribute(tag, "datetime"));
        if let Some(told) = value.and_then(time::read) {
            self.page.published = Some(told);
            self.is_day_certain = is_made_for_it;
        }
    }

    fn end_paragraph(&mut self) {
        let words = self.paragraph.split(' ').filter(|word| !word.is_empty()).count();
        let text = self.paragraph.trim();
        if words >= self.words_min && self.linked * 2 <= text.len() {
            let out = if self.forms > 0 { &mut self.in_form } else { &mut self.page.text };
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            out.push_str(text);
        }
        self.paragraph.clear();
        (self.linked, self.links) = (0, 0);
    }
}

/// Returns the bytes of a tag: up to the first `>` outside quotation marks, or as many as a tag may have. A mark begins a value behind `=` alone:
/// elsewhere it is a slip, and must not swallow the text behind it.
fn tag_len(html: &str) -> usize {
    let window = html.as_bytes().get(..html.len().min(TAG_LEN_MAX)).unwrap_or_default();
    let (mut quoted, mut before): (Option<u8>, u8) = (None, 0);
    for (at, byte) in window.iter().enumerate() {
        match (quoted, byte) {
            (Some(mark), byte) if mark == *byte => quoted = None,
            (None, b'"' | b'\'') if before == b'=' => quoted = Some(*byte),
            (None, b'>') => return at + 1,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = *byte;
        }
    }
    (window.len()..=html.len()).find(|at| html.is_char_boundary(*at)).unwrap_or(html.len())
}

/// Returns where the end of an element begins: `</name`.
fn find_end(rest: &str, name: &str) -> Option<usize> {
    let is_end = |at: &usize| {
        let behind = rest.get(*at + 2..*at + 2 + name.len());
        behind.is_some_and(|behind| behind.eq_ignore_ascii_case(name))
    };
    rest.match_indices("</").map(|(at, _)| at).find(is_end)
}

/// Returns the value of an attribute that stands in quotation marks.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut from = 0;
    while let Some(found) = tag.get(from..)?.find(name) {
        let behind = tag.get(from + found + name.len()..)?;
        from += found + name.len();
        let Some(value) = behind.trim_start().strip_prefix('=') else { continue };
        let value = value.trim_start();
        let mark = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        return value.get(1..)?.split(mark).next();
    }
    None
}

/// Writes text with its references resolved and its blanks made one.
fn push_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, len) = if c == '&' { reference(rest).unwrap_or((c, 1)) } else { (c, c.len_utf8()) };
        rest = rest.get(len..).unwrap_or_default();
        if c.is_whitespace() || c == '\u{a0}' {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if c != '\u{ad}' {
            out.push(c);
        }
    }
}

/// Longest reference, in bytes.
const REFERENCE_LEN_MAX: usize = 12;

/// Names of characters that news use; others stay as they stand.
const NAMED: [(&str, char); 20] = [
    ("amp", '&'),
    ("apos", '\''),
    ("bdquo", '„'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("minus", '−'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("shy", '\u{ad}'),
];

/// Returns the character that a reference stands for, and the bytes of the reference.
#[must_use]
pub fn reference(text: &str) -> Option<(char, usize)> {
    let front = text.as_bytes().get(..text.len().min(REFERENCE_LEN_MAX))?;
    let end = front.iter().position(|byte| *byte == b';')?;
    let name = text.get(1..end)?;
    let number = |digits: &str| match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => digits.parse().ok(),
    };
    let found = match name.strip_prefix('#') {
        Some(digits) => number(digits).and_then(char::from_u32),
        None => NAMED.iter().find(|(own, _)| *own == name).map(|(_, c)| *c),
    };
    found.map(|c| (c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, text: &str) {
        assert_eq!(of(html).text, text);
    }

    #[test]
    fn a_stray_mark_in_a_tag_swallows_no_text() {
        let text = "<p class=a\">Shells hit the eastern bank at dawn, officials said.</p>";
        let page = read(text.as_bytes(), None).unwrap();
        assert!(page.text.contains("Shells hit"), "{}", page.text);
    }

    #[test]
    fn paragraphs_are_kept_and_what_stands_around_them_is_not() {
        let page = of("<!DOCTYPE html><html><head><title>Talks &amp; tanks</title>\
            <meta property=\"article:published_time\" content=\"2026-11-23T08:00:00Z\">\
            <style>p { margin: 0 }</style><script>if (a < b) document.write('<p>one two three four five six</p>')</script></head>\
            <body><nav><a href=/>Home of all the news there is</a></nav>\
            <h1>Armenia signs an agreement with Kazakhstan</h1>\
            <p>Armenia <b>signed</b> an agreement&nbsp;with\n Kazakhstan &#8212; at last.</p>\
            <p><a href=/x>Read more of this and other things</a></p><p>Share</p>\
            <footer><p>All rights are reserved by all of us.</p></footer></body></html>");
        assert_eq!(page.text, "Armenia signed an agreement with Kazakhstan — at last.");
        assert_eq!(page.title.as_deref(), Some("Talks & tanks"));
        assert_eq!(page.published.unwrap().to_string(), "2026-11-23T08:00:00Z");
    }

    #[test]
    fn what_is_never_closed_swallows_little() {
        check(
            "<nav><p>menu of many many things<main><p>Rebels shelled a village near Minsk.",
            "Rebels shelled a village near Minsk.",
        );
        check(
            "<p>Rebels shelled a village near Minsk.<script>never closed",
            "Rebels shelled a village near Minsk.",
        );
        check("a < b and b > c, so a < c", "a < b and b > c, so a < c");
        check("", "");
        check("<", "");
        check("<p", "");
    }

    #[test]
    fn elements_inside_one_another_and_open_marks_cost_their_bytes() {
        let deep = "<div>".repeat(300_000);
        check(
            &format!("{deep}Rebels shelled a village near Minsk."),
            "Rebels shelled a village near Minsk.",
        );
        check(&"<a \"".repeat(500_000), "");
        check(&"<!--".repeat(500_000), "");
        check(&"<script>".repeat(500_000), "");
        assert!(of(&"&".repeat(500_000)).text.is_empty());
    }

    #[test]
    fn another_encoding_is_read() {
        let utf16: Vec<u8> = "\u{feff}<p>Мятежники обстреляли деревню под Минском ночью."
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let text = "Мятежники обстреляли деревню под Минском ночью.";
        assert_eq!(read(&utf16, None).unwrap().text, text);
        let page = b"<meta charset=\"x-own\"><p>\xcc\xe8\xed\xf1\xea";
        assert_eq!(read(page, None), Err(NotText::Unknown("x-own".to_owned())));
    }

    #[test]
    fn a_page_within_one_form_keeps_its_text_and_a_form_beside_a_text_does_not() {
        let text = "Rebels shelled a village near Minsk.";
        check(&format!("<body><form id=f><div><p>{text}</p></div></form></body>"), text);
        let asks = "<form><p>Sign up for our letter</p></form>";
        check(&format!("<body>{asks}<p>{text}</p></body>"), text);
        check(&format!("<form><main><p>{text}</p></main></form>"), text);
    }

    #[test]
    fn the_header_of_an_article_holds_its_lead_and_that_of_a_page_its_menus() {
        let menu = "<header><p>News of the whole wide world</p></header>";
        check(
            &format!(
                "{menu}<article><header><p>Rebels shelled a village near Minsk.</p></header><p>They came at dawn on Tuesday.</p></article>"
            ),
            "Rebels shelled a village near Minsk.\n\nThey came at dawn on Tuesday.",
        );
        check(&format!("<article></article>{menu}"), "");
    }

    #[test]
    fn a_time_in_a_side_column_is_not_the_pages_own() {
        let page = of(
            "<aside><time datetime=\"2020-01-01\">x</time></aside><article><time datetime=\"2026-11-23T08:00+03:00\">y</time></article>\
            <time datetime=\"2021-01-01\">z</time>",
        );
        assert_eq!(page.published.unwrap().to_string(), "2026-11-23T05:00:00Z");
        let page = of(
            "<time datetime=\"2020-01-01\">x</time><meta itemprop=\"datePublished\" content=\"2026-11-23\">",
        );
        assert_eq!(page.published.unwrap().to_string(), "2026-11-23");
    }
}
