//! A feed as the operator names it, and its health.

use std::path::{Path, PathBuf};
use url::Url;
use veche_ledger::{Seconds, UnixSeconds};

/// Shortest and longest time between two looks at a feed.
const EVERY: std::ops::RangeInclusive<u64> = 60..=7 * 86_400;

/// Longest name, in characters.
const NAME_LEN_MAX: usize = 40;

/// Longest other word of a feed, in bytes.
const WORD_LEN_MAX: usize = 200;

/// Longest address, in bytes.
const ADDRESS_LEN_MAX: usize = 2000;

/// Why a feed is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAFeed {
    /// Its name.
    #[error("`{0}` is no name: small letters a to z, digits and `-`, at most {NAME_LEN_MAX}")]
    Name(String),
    /// Its address.
    #[error("`{0}` is no address: http, https, or a file or folder that is there")]
    Address(String),
    /// A word of the address that is a secret.
    #[error("the address holds a user or password, which every list of feeds would show")]
    Secret,
    /// How often.
    #[error("a feed is looked at every minute to every 7 days, not every {0}")]
    Every(Seconds),
    /// One of the words.
    #[error("its {0} is longer than {WORD_LEN_MAX} bytes, or has signs that move a terminal")]
    Word(&'static str),
}

/// A feed's name within one store: `belta-en`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedName(String);

impl FeedName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NotAFeed::Name`].
    pub fn parse(text: &str) -> Result<Self, NotAFeed> {
        let is_sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_name = (1..=NAME_LEN_MAX).contains(&text.len())
            && text.chars().all(is_sign)
            && !text.starts_with('-');
        is_name.then(|| Self(text.to_owned())).ok_or_else(|| NotAFeed::Name(text.to_owned()))
    }

    /// Returns a name made from a text: its letters and digits, `-` between.
    #[must_use]
    pub fn made_from(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        let joined = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let short = joined.get(..joined.len().min(NAME_LEN_MAX))?;
        Self::parse(short.trim_end_matches('-')).ok()
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FeedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Where a feed is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// At a site.
    Web(Url),
    /// A file, read again when it has changed.
    File(PathBuf),
    /// A folder whose new files are taken: for nodes without a network.
    Folder(PathBuf),
}

impl Address {
    /// Reads an address; what is no address of the web is looked for on the disk.
    ///
    /// # Errors
    /// [`NotAFeed::Address`], [`NotAFeed::Secret`].
    pub fn find(text: &str) -> Result<Self, NotAFeed> {
        let none = || NotAFeed::Address(text.chars().take(100).collect());
        if text.len() > ADDRESS_LEN_MAX {
            return Err(none());
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return web(text);
        }
        let path = Path::new(text).canonicalize().map_err(|_| none())?;
        if path.to_str().is_none() {
            return Err(none());
        }
        Ok(if path.is_dir() { Self::Folder(path) } else { Self::File(path) })
    }

    /// Reads an address as [`Self::kind`] and `Display` write it.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn of_kind(kind: &str, text: &str) -> Result<Self, NotAFeed> {
        match kind {
            "web" => web(text),
            "file" => Ok(Self::File(text.into())),
            "folder" => Ok(Self::Folder(text.into())),
            _ => Err(NotAFeed::Address(text.to_owned())),
        }
    }

    /// Returns what kind of address it is.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Web(_) => "web",
            Self::File(_) => "file",
            Self::Folder(_) => "folder",
        }
    }

    /// Returns a name for a feed at this address, if one can be made from it.
    #[must_use]
    pub fn name(&self) -> Option<FeedName> {
        match self {
            Self::Web(url) => FeedName::made_from(url.host_str()?.trim_start_matches("www.")),
            Self::File(path) | Self::Folder(path) => {
                FeedName::made_from(&path.file_stem()?.to_string_lossy())
            }
        }
    }
}

fn web(text: &str) -> Result<Address, NotAFeed> {
    let url = Url::parse(text).map_err(|_| NotAFeed::Address(text.chars().take(100).collect()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotAFeed::Secret);
    }
    Ok(Address::Web(url))
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Web(url) => url.fmt(f),
            Self::File(path) | Self::Folder(path) => path.display().fmt(f),
        }
    }
}

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its name.
    pub name: FeedName,
    /// Where it is.
    pub address: Address,
    /// Its language; empty: of each item the coder finds out.
    pub language: String,
    /// Who publishes it; empty: its name stands for that.
    pub publisher: String,
    /// Under what terms it may be used; empty: not known.
    pub licence: String,
    /// Who may read what comes from it; empty: nobody has said.
    pub label: String,
    /// How often it is looked at.
    pub every: Seconds,
    /// Whether the page that an item links to is read too.
    pub has_pages: bool,
    /// Whether it may be at an address of this machine or of a private network.
    pub may_be_private: bool,
    /// Whether it is looked at.
    pub is_enabled: bool,
    /// How it has fared.
    pub health: Health,
}

impl Feed {
    /// Returns a feed of which nothing is known but where it is, every 15 minutes.
    #[must_use]
    pub fn new(name: FeedName, address: Address) -> Self {
        let empty = String::new;
        Self {
            name,
            address,
            language: empty(),
            publisher: empty(),
            licence: empty(),
            label: empty(),
            every: Seconds::minutes(15),
            has_pages: false,
            may_be_private: false,
            is_enabled: true,
            health: Health::default(),
        }
    }

    /// Checks what a person has written.
    ///
    /// # Errors
    /// [`NotAFeed::Every`], [`NotAFeed::Word`].
    pub fn checked(self) -> Result<Self, NotAFeed> {
        if !EVERY.contains(&self.every.0) {
            return Err(NotAFeed::Every(self.every));
        }
        let words = [
            ("language", &self.language),
            ("publisher", &self.publisher),
            ("licence", &self.licence),
            ("label", &self.label),
        ];
        let bad = words
            .iter()
            .find(|(_, word)| word.len() > WORD_LEN_MAX || word.chars().any(char::is_control));
        bad.map_or(Ok(()), |(name, _)| Err(NotAFeed::Word(name)))?;
        Ok(self)
    }
}

/// How a feed has fared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// When it was last asked.
    pub tried_at: Option<UnixSeconds>,
    /// When it last answered as a feed does.
    pub good_at: Option<UnixSeconds>,
    /// What was wrong last; empty if nothing is.
    pub error: String,
    /// Failures since it was last good.
    pub failures: u32,
    /// When it is due next.
    pub due_at: UnixSeconds,
    /// Items and further versions of items that came with the last answer.
    pub new: u64,
    /// The same since it was added.
    pub total: u64,
    /// By which the site knows what it sent last.
    pub seal: Seal,
}

/// By which a site knows what it sent last (RFC 9110, 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seal {
    /// `ETag`; of a file its length and time of change.
    pub tag: String,
    /// `Last-Modified`.
    pub modified: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for bad in ["", "A", "a b", "-a", "ä", "../x", &"a".repeat(41)] {
            assert!(FeedName::parse(bad).is_err(), "{bad}");
        }
        let made = |text: &str| FeedName::made_from(text).map(|name| name.to_string());
        assert_eq!(made("BelTA: News (EN)").as_deref(), Some("belta-news-en"));
        assert_eq!(made("Новости"), None);
        assert_eq!(
            Address::find("https://www.example.org/rss").unwrap().name().unwrap().as_str(),
            "example-org"
        );
    }

    #[test]
    fn an_address_holds_no_secret_and_is_of_the_web_or_on_the_disk() {
        assert_eq!(Address::find("https://me:secret@example.org/"), Err(NotAFeed::Secret));
        for bad in ["ftp://example.org/", "javascript:alert(1)", "no such file", "https://"] {
            assert!(matches!(Address::find(bad), Err(NotAFeed::Address(_))), "{bad}");
        }
    }

    #[test]
    fn a_feed_is_not_asked_all_the_time() {
        let feed = Feed::new(FeedName("a".to_owned()), Address::File("x".into()));
        assert!(feed.clone().checked().is_ok());
        let often = Feed { every: Seconds(59), ..feed.clone() };
        assert_eq!(often.checked(), Err(NotAFeed::Every(Seconds(59))));
        let odd = Feed { publisher: "a\u{1b}[2J".to_owned(), ..feed };
        assert_eq!(odd.checked(), Err(NotAFeed::Word("publisher")));
    }
}
