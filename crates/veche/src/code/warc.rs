//! Pages of a web archive (WARC, ISO 28500), one record after the other in bounded memory.

use super::input::{Item, skip_line};
use super::unpack::Unpacked;
use std::io::{self, BufRead, Read};
use veche_exchange::news::{decode, page, time};

/// Longest record that is read, in bytes; longer ones are passed over. A page of news has some hundred thousand.
const RECORD_LEN_MAX: u64 = 8 * 1024 * 1024;

/// Most of a line of a head that is kept, in bytes.
const HEAD_LINE_MAX: u64 = 16 * 1024;

/// The fields of heads that matter; of others there may be as many as there are.
const FIELDS: [&str; 7] = [
    "content-encoding",
    "content-length",
    "content-type",
    "transfer-encoding",
    "warc-date",
    "warc-target-uri",
    "warc-type",
];

/// An archive under way.
pub(super) struct Archive {
    from: Box<dyn BufRead>,
    name: String,
    number: usize,
    /// Something is wrong with it from here on.
    is_over: bool,
}

/// The lines of a head that matter: of a record, or of an answer of the web within it.
#[derive(Default)]
struct Head {
    first: String,
    fields: Vec<(String, String)>,
}

impl Head {
    fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

impl Archive {
    /// Returns an archive of what is read from here.
    pub(super) fn new(from: Box<dyn BufRead>, name: String) -> Self {
        Self { from, name, number: 0, is_over: false }
    }

    /// Returns the next page, or what keeps one from being read.
    ///
    /// # Errors
    /// Of what it is read from.
    pub(super) fn next(&mut self) -> io::Result<Option<Item>> {
        while !self.is_over {
            let Some(head) = head(&mut self.from)? else { break };
            self.number += 1;
            if let Some(item) = self.record(&head)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    fn record(&mut self, head: &Head) -> io::Result<Option<Item>> {
        let place = format!("{} record {}", self.name, self.number);
        let len = head.get("content-length").parse::<u64>();
        let Some(len) = len.ok().filter(|_| head.first.starts_with("WARC/")) else {
            self.is_over = true;
            let fault = "it is no record of WARC: this one and all behind it are left";
            return Ok(Some(Item::bad(place, fault.to_owned())));
        };
        let mut block = (&mut self.from).take(len);
        let tells = matches!(head.get("warc-type"), "response" | "resource" | "conversion");
        if !tells || len > RECORD_LEN_MAX {
            io::copy(&mut block, &mut io::sink())?;
            let fault = || format!("the record has more than {RECORD_LEN_MAX} bytes");
            return Ok(tells.then(|| Item::bad(place, fault())));
        }
        let mut bytes = Vec::new();
        block.read_to_end(&mut bytes)?;
        if bytes.len() as u64 != len {
            self.is_over = true;
            return Ok(Some(Item::bad(place, "it ends within the record".to_owned())));
        }
        Ok(document(place, head, &bytes))
    }
}

/// Returns the document of a record; none if it holds no text. An archive may hold a page as it was on several days: its name ends with that of
/// the archive's own, if it tells one.
fn document(place: String, head: &Head, bytes: &[u8]) -> Option<Item> {
    let address = head.get("warc-target-uri").trim_matches(['<', '>']).to_owned();
    let filed = time::read(head.get("warc-date"));
    let name = match (address.is_empty(), filed) {
        (true, _) => place,
        (false, Some(filed)) => format!("{address} {filed}"),
        (false, None) => address,
    };
    let (kind, body) = match head.get("warc-type") {
        "response" => match answer(bytes) {
            Ok(answer) => answer?,
            Err(fault) => return Some(Item::bad(name, fault)),
        },
        _ => (head.get("content-type").to_ascii_lowercase(), bytes.to_vec()),
    };
    if kind.contains("html") {
        let named = decode::named_by_server(&kind);
        let page = page::read(&body, named.as_deref());
        let page = page.map(|page| page::Page { published: page.published.or(filed), ..page });
        return Some(Item::of_page(name, page));
    }
    kind.starts_with("text/plain").then(|| Item::of_text(name, body).told(filed))
}

/// Returns the kind and the body of an answer of the web; none if it is no text or no answer with a page.
fn answer(bytes: &[u8]) -> Result<Option<(String, Vec<u8>)>, String> {
    let mut rest = bytes;
    let head = head(&mut rest).map_err(|error| error.to_string())?;
    let Some(head) = head.filter(|head| head.first.starts_with("HTTP/")) else { return Ok(None) };
    let is_good = head.first.split(' ').nth(1).is_some_and(|code| code == "200");
    let kind = head.get("content-type").to_ascii_lowercase();
    if !is_good || !(kind.contains("html") || kind.starts_with("text/plain")) {
        return Ok(None);
    }
    let mut body = rest.to_vec();
    if head.get("transfer-encoding").eq_ignore_ascii_case("chunked") {
        // Archives often say so of a body that they have put together already.
        body = joined(&body).unwrap_or(body);
    }
    match head.get("content-encoding").to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Some((kind, body))),
        "gzip" | "x-gzip" => {
            let mut text = Vec::new();
            let unpacked = Unpacked::new(Box::new(io::Cursor::new(body)));
            let read = unpacked.take(RECORD_LEN_MAX + 1).read_to_end(&mut text);
            read.map_err(|error| format!("it cannot be unpacked: {error}"))?;
            if text.len() as u64 > RECORD_LEN_MAX {
                return Err(format!("its text has more than {RECORD_LEN_MAX} bytes"));
            }
            Ok(Some((kind, text)))
        }
        other => Err(format!("it is packed as `{other}`, which is not read")),
    }
}

/// Returns a body that was sent in chunks.
fn joined(body: &[u8]) -> Option<Vec<u8>> {
    let (mut rest, mut whole) = (body, Vec::new());
    loop {
        let end = rest.iter().take(1024).position(|byte| *byte == b'\n')?;
        let size = str::from_utf8(rest.get(..end)?).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = rest.get(end + 1..)?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

/// Reads a head: its first line and its fields, names in small letters. None at the end of what is read. Of a longer line the beginning is
/// kept and the rest passed over, so that what follows it is read where it stands.
fn head(from: &mut dyn BufRead) -> io::Result<Option<Head>> {
    let mut head = Head::default();
    loop {
        let mut bytes = Vec::new();
        if Read::take(&mut *from, HEAD_LINE_MAX).read_until(b'\n', &mut bytes)? == 0 {
            return Ok((!head.first.is_empty()).then_some(head));
        }
        if !bytes.ends_with(b"\n") {
            skip_line(from)?;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\r', '\n']);
        match (text.is_empty(), head.first.is_empty()) {
            // Empty lines part records.
            (true, true) => {}
            (true, false) => return Ok(Some(head)),
            (false, true) => text.clone_into(&mut head.first),
            (false, false) => {
                let (name, value) = text.split_once(':').unwrap_or_default();
                let name = name.trim().to_ascii_lowercase();
                if FIELDS.contains(&name.as_str()) && head.get(&name).is_empty() {
                    head.fields.push((name, value.trim().to_owned()));
                }
            }
        }
    }
}
