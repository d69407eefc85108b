//! A request as read: its path in segments, its parameters, its cookies.

use super::reply::Failure;
use axum::http::{HeaderMap, Uri, header};
use veche_desk::Theme;

/// Most parameters of an address: five levels of 36 months that somebody draws, and room.
const PARAMETERS_MAX: usize = 200;

/// Parameters that every page knows, with what they do.
pub(crate) const COMMON: [(&str, &str); 3] = [
    ("theme", "light or dark"),
    ("wall", "1: larger, without navigation, for a wall"),
    ("done", "the record that an act made: what came of it is told above the page"),
];

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// The path as sent.
    pub(crate) path: String,
    /// Its segments, decoded.
    pub(crate) segments: Vec<String>,
    /// The parameters in their order, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The cookies.
    pub(crate) cookies: Vec<(String, String)>,
    /// Names the request in messages and in the node's log.
    pub(crate) id: String,
    /// The fields of an act, which a page that says why it was not done gives back.
    pub(crate) typed: Vec<(String, String)>,
    /// The address under which the asker reaches this node, without a path.
    pub(crate) address: Option<String>,
}

impl Asked {
    /// Reads a request's address and cookies.
    ///
    /// # Errors
    /// [`Failure::Bad`] for an address that is not of the form.
    pub(crate) fn read(uri: &Uri, headers: &HeaderMap, id: String) -> Result<Self, Failure> {
        let fault = || {
            Failure::Bad(
                "The address is not of the form: a `%` stands before two digits of text."
                    .to_owned(),
            )
        };
        let segments: Option<Vec<String>> =
            uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| fault())?
            .0;
        if query.len() > PARAMETERS_MAX {
            return Err(Failure::Bad(format!(
                "The address has more than {PARAMETERS_MAX} parameters."
            )));
        }
        Ok(Self {
            path: uri.path().to_owned(),
            segments: segments.ok_or_else(fault)?,
            query,
            cookies: cookies(headers),
            id,
            typed: Vec::new(),
            address: address(headers),
        })
    }

    /// Returns a parameter's value.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns a cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the theme that was asked for.
    pub(crate) fn theme(&self) -> Theme {
        self.parameter("theme").and_then(Theme::from_parameter).unwrap_or_default()
    }

    /// Checks that a page knows every parameter: `known`, with what each does, and the common ones.
    ///
    /// # Errors
    /// [`Failure::Unknown`] for the first that it does not; [`Failure::Bad`] for one that comes twice or a theme of another name.
    pub(crate) fn only(&self, known: &[(&'static str, &'static str)]) -> Result<(), Failure> {
        let all: Vec<(&'static str, &'static str)> = known.iter().chain(&COMMON).copied().collect();
        for (at, (name, value)) in self.query.iter().enumerate() {
            if !all.iter().any(|(key, _)| key == name) {
                return Err(Failure::Unknown { name: name.clone(), known: all });
            }
            if self.query.iter().take(at).any(|(other, _)| other == name) {
                return Err(Failure::Bad(format!("The parameter `{name}` comes twice.")));
            }
            if name == "theme" && Theme::from_parameter(value).is_none() {
                return Err(Failure::Bad("The parameter `theme` is `light` or `dark`.".to_owned()));
            }
        }
        Ok(())
    }

    /// Returns the query without the theme and what tells of an act: what a page's own links carry on.
    pub(crate) fn carried_query(&self) -> String {
        let kept = self.query.iter().filter(|(name, _)| name != "theme" && name != "done");
        let pairs: Vec<String> =
            kept.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        pairs.join("&")
    }
}

/// Returns the address that the asker used. The node itself speaks no TLS; where a proxy before it does, it says so.
fn address(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let host = text("host").filter(|host| !host.is_empty() && host.chars().all(is_of_name))?;
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Returns a segment of a path with its `%41` replaced; `None` if they are no UTF-8.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Returns a text as a query carries it.
pub(crate) fn encoded(text: &str) -> String {
    crate::pages::segment(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(address: &str) -> Result<Asked, Failure> {
        Asked::read(&address.parse().unwrap(), &HeaderMap::new(), "r-1".to_owned())
    }

    #[test]
    fn segments_are_decoded_one_by_one() {
        let asked = asked("/cases/P%2F1%20%D0%B0").unwrap();
        assert_eq!(asked.segments, ["cases", "P/1 а"]);
        assert!(decoded("%zz").is_none() && decoded("%ff").is_none());
    }

    #[test]
    fn a_parameter_that_a_page_does_not_know_is_named_with_the_known_ones() {
        let Err(Failure::Unknown { name, known }) =
            asked("/cases?sate=open").unwrap().only(&[("state", "which")])
        else {
            panic!("it was let through");
        };
        assert_eq!((name.as_str(), known.len()), ("sate", 1 + COMMON.len()));
        assert!(asked("/cases?state=open&theme=dark").unwrap().only(&[("state", "which")]).is_ok());
        assert!(asked("/cases?theme=pink").unwrap().only(&[]).is_err());
        assert!(asked("/cases?theme=dark&theme=light").unwrap().only(&[]).is_err());
    }

    #[test]
    fn the_address_is_the_one_that_was_asked_and_nothing_else_gets_into_it() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| (*name, *value));
            let headers: std::collections::HashMap<String, String> =
                pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            address(&HeaderMap::try_from(&headers).unwrap())
        };
        assert_eq!(of(&[("host", "[::1]:80")]).unwrap(), "http://[::1]:80");
        let behind = [("host", "desk.example"), ("x-forwarded-proto", "https")];
        assert_eq!(of(&behind).unwrap(), "https://desk.example");
        for wrong in ["", "a/b", "a b", "a\\b", "a@b"] {
            assert_eq!(of(&[("host", wrong)]), None, "{wrong}");
        }
    }

    #[test]
    fn theme_and_what_was_done_are_not_carried_on() {
        assert_eq!(asked("/search?q=a%20b&theme=dark&done=1").unwrap().carried_query(), "q=a%20b");
    }
}
