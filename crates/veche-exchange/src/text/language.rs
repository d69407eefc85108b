//! Language tags.

use super::TextFault;
use oxilangtag::LanguageTag;
use std::fmt;

/// Longest tag, in bytes: RFC 5646 section 4.4.1 asks for 35.
const TAG_LEN_MAX: usize = 64;

/// A language, as a BCP 47 tag in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// Returns the language that a tag names.
    ///
    /// # Errors
    /// [`TextFault::NoLanguage`].
    pub fn parse(tag: &str) -> Result<Self, TextFault> {
        let fault = || TextFault::NoLanguage(tag.chars().take(40).collect());
        if tag.len() > TAG_LEN_MAX {
            return Err(fault());
        }
        let tag = LanguageTag::parse_and_normalize(tag).map_err(|_| fault())?;
        Ok(Self(tag.into_inner()))
    }

    /// Returns the language of a text that does not say it: `und`, undetermined.
    #[must_use]
    pub fn undetermined() -> Self {
        Self("und".to_owned())
    }

    /// Returns its tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tag: &str, expected: Option<&str>) {
        let language = Language::parse(tag).ok();
        assert_eq!(language.as_ref().map(Language::as_str), expected, "{tag}");
    }

    #[test]
    fn one_language_has_one_form() {
        check("en", Some("en"));
        check("EN-gb", Some("en-GB"));
        check("zh-hant", Some("zh-Hant"));
        check("und", Some("und"));
        for no_tag in ["", "english language", "e", "en_GB", "-", "../x", &"a-".repeat(100)] {
            check(no_tag, None);
        }
    }
}
