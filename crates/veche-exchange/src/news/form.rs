//! Which form an input has: by its name, or else by its first bytes.

/// How many bytes at the beginning tell a form.
pub const FRONT_LEN: usize = 512;

/// In what form documents come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// One document a line, in JSON.
    Jsonl,
    /// A page of the web.
    Html,
    /// A feed: RSS, Atom or JSON Feed.
    Feed,
    /// A web archive.
    Warc,
}

/// Returns the form that the name of a file tells; `.gz` at its end counts for nothing.
#[must_use]
pub fn by_name(name: &str) -> Option<Form> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let (_, end) = name.rsplit_once('.')?;
    match end {
        "txt" | "text" | "md" => Some(Form::Text),
        "jsonl" | "ndjson" => Some(Form::Jsonl),
        "htm" | "html" | "xhtml" => Some(Form::Html),
        "rss" | "atom" | "rdf" | "xml" => Some(Form::Feed),
        "warc" => Some(Form::Warc),
        _ => None,
    }
}

/// Returns the form that the first bytes tell: text, if they tell none.
#[must_use]
pub fn by_front(front: &[u8]) -> Form {
    let front = match front {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            front.iter().filter(|byte| **byte != 0).copied().collect()
        }
        _ => front.to_vec(),
    };
    let front = String::from_utf8_lossy(&front).to_ascii_lowercase();
    let front = front.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start();
    let begins = |marks: &[&str]| marks.iter().any(|mark| front.starts_with(mark));
    if begins(&["warc/"]) {
        Form::Warc
    } else if begins(&["<!doctype html", "<html"]) {
        Form::Html
    } else if begins(&["<?xml", "<!doctype", "<rss", "<feed", "<rdf:rdf"]) {
        if front.contains("<html") { Form::Html } else { Form::Feed }
    } else if begins(&["{"]) {
        if front.contains("jsonfeed.org") { Form::Feed } else { Form::Jsonl }
    } else {
        Form::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_told_by_a_name_or_by_the_first_bytes() {
        assert_eq!(by_name("b.JSONL.gz"), Some(Form::Jsonl));
        assert_eq!(by_name("crawl-00001.warc.gz"), Some(Form::Warc));
        assert_eq!(by_name("notes"), None);
        let front = |text: &str| by_front(text.as_bytes());
        assert_eq!(front("\u{feff}<!DOCTYPE HTML>"), Form::Html);
        assert_eq!(front("<?xml version=\"1.0\"?>\n<rss>"), Form::Feed);
        assert_eq!(front("{\"version\": \"https://jsonfeed.org/version/1.1\"}"), Form::Feed);
        assert_eq!(front("{\"id\": 1}"), Form::Jsonl);
        assert_eq!(front("WARC/1.0\r\n"), Form::Warc);
        assert_eq!(front("MINSK, Nov 3 (BelTA) -"), Form::Text);
        assert_eq!(by_front(b"\xff\xfe<\0r\0s\0s\0"), Form::Feed);
    }
}
