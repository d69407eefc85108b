//! A text: numbered paragraphs in equally authentic language versions (`formats/text.md`).

pub mod bracket;
pub mod consolidate;
pub mod diff;
mod fault;
pub mod language;
pub mod limit;
pub mod read;
pub mod tally;
pub mod typed;
pub mod work;
pub mod write;

pub use fault::{Place, TextError, TextFault};
pub use language::Language;
pub use work::Work;

use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::Hash;

/// A text that has passed every check of its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    main: Language,
    titles: BTreeMap<Language, String>,
    paragraphs: Vec<Paragraph>,
}

/// A numbered paragraph in every language of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Its number.
    pub number: u32,
    /// What it says, by language.
    pub wordings: BTreeMap<Language, Wording>,
    /// The documents that it refers to.
    pub attachments: Vec<Attachment>,
    /// The amendment that gave it its wording, if it is one of a consolidated text.
    pub given_by: Option<String>,
}

/// What a paragraph says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wording {
    /// Its heading.
    pub heading: Option<String>,
    /// Its text, with brackets and the places of footnotes as written.
    pub text: String,
    /// Its footnotes, by mark.
    pub notes: BTreeMap<String, String>,
}

/// A document that belongs to a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// A file name.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// Its bytes.
    pub size: u64,
}

impl Text {
    /// Returns the text if it is sound.
    ///
    /// `main`: the language that stands first; `titles`: in none, some or all of the languages of the paragraphs.
    ///
    /// # Errors
    /// [`TextError`] with the first paragraph that breaks a rule of `formats/text.md`.
    pub fn new(
        main: Language,
        titles: BTreeMap<Language, String>,
        paragraphs: Vec<Paragraph>,
    ) -> Result<Self, TextError> {
        let text = Self { main, titles, paragraphs };
        text.check()?;
        Ok(text)
    }

    /// Returns the language that stands first. All are equally authentic.
    #[must_use]
    pub const fn main(&self) -> &Language {
        &self.main
    }

    /// Returns its languages: the main one, then the others by tag.
    #[must_use]
    pub fn languages(&self) -> Vec<&Language> {
        let all = self.paragraphs.first().into_iter().flat_map(|p| p.wordings.keys());
        let mut languages = vec![&self.main];
        languages.extend(all.filter(|language| **language != self.main));
        languages
    }

    /// Returns its title in a language.
    #[must_use]
    pub fn title(&self, language: &Language) -> Option<&str> {
        self.titles.get(language).map(String::as_str)
    }

    /// Returns its titles by language.
    #[must_use]
    pub const fn titles(&self) -> &BTreeMap<Language, String> {
        &self.titles
    }

    /// Returns its paragraphs, numbers ascending.
    #[must_use]
    pub fn paragraphs(&self) -> &[Paragraph] {
        &self.paragraphs
    }

    /// Returns the paragraph with a number.
    #[must_use]
    pub fn paragraph(&self, number: u32) -> Option<&Paragraph> {
        self.paragraphs.iter().find(|paragraph| paragraph.number == number)
    }

    /// Returns the bytes of all that it says.
    #[must_use]
    pub fn len(&self) -> usize {
        let titles: usize = self.titles.values().map(String::len).sum();
        let wordings = self.paragraphs.iter().flat_map(|p| p.wordings.values());
        wordings.map(Wording::len).sum::<usize>() + titles
    }

    /// Returns true if it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn check(&self) -> Result<(), TextError> {
        let whole = |what| TextError { place: Place::Text, what };
        let count = self.paragraphs.len();
        if count == 0 {
            return Err(whole(TextFault::NoParagraphs));
        }
        if count > limit::PARAGRAPHS_MAX {
            return Err(whole(TextFault::TooMany {
                what: "paragraphs",
                max: limit::PARAGRAPHS_MAX,
            }));
        }
        let attachments: usize = self.paragraphs.iter().map(|p| p.attachments.len()).sum();
        if attachments > limit::ATTACHMENTS_MAX {
            let max = limit::ATTACHMENTS_MAX;
            return Err(whole(TextFault::TooMany { what: "attachments", max }));
        }
        let languages: BTreeSet<&Language> =
            self.paragraphs.first().into_iter().flat_map(|p| p.wordings.keys()).collect();
        self.check_languages(&languages).map_err(whole)?;
        let mut before = 0;
        for paragraph in &self.paragraphs {
            let at = |what| TextError { place: Place::Paragraph(paragraph.number), what };
            if paragraph.number <= before {
                return Err(at(TextFault::Order { before }));
            }
            before = paragraph.number;
            if !paragraph.wordings.keys().eq(languages.iter().copied()) {
                return Err(at(TextFault::Languages));
            }
            paragraph.check()?;
        }
        if self.len() > limit::TEXT_LEN_MAX {
            return Err(whole(TextFault::TooLong { what: "text", max: limit::TEXT_LEN_MAX }));
        }
        Ok(())
    }

    fn check_languages(&self, languages: &BTreeSet<&Language>) -> Result<(), TextFault> {
        if languages.len() > limit::LANGUAGES_MAX {
            return Err(TextFault::TooMany { what: "languages", max: limit::LANGUAGES_MAX });
        }
        if !languages.contains(&self.main) {
            return Err(TextFault::Languages);
        }
        for (language, title) in &self.titles {
            if !languages.contains(language) {
                return Err(TextFault::TitleLanguage(language.clone()));
            }
            limit::one_line("title", title, limit::HEADING_LEN_MAX)?;
        }
        Ok(())
    }
}

impl Paragraph {
    fn check(&self) -> Result<(), TextError> {
        let at = |what| TextError { place: Place::Paragraph(self.number), what };
        for (language, wording) in &self.wordings {
            let place = Place::Wording(self.number, language.clone());
            wording.check().map_err(|what| TextError { place, what })?;
        }
        for attachment in &self.attachments {
            attachment.check().map_err(at)?;
        }
        if let Some(given_by) = &self.given_by {
            limit::one_line("given_by", given_by, limit::NAME_LEN_MAX).map_err(at)?;
        }
        Ok(())
    }

    /// Returns true if any language version has a bracket left.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.wordings.values().any(|wording| wording.brackets() > 0)
    }
}

impl Wording {
    fn len(&self) -> usize {
        let notes: usize = self.notes.values().map(String::len).sum();
        self.heading.as_ref().map_or(0, String::len) + self.text.len() + notes
    }

    /// Returns how many brackets it has, pairs and those without a partner.
    #[must_use]
    pub fn brackets(&self) -> usize {
        let heading = self.heading.as_deref().unwrap_or_default();
        bracket::find(&self.text, |mark| self.notes.contains_key(mark)).open()
            + bracket::find(heading, |_| false).open()
    }

    fn check(&self) -> Result<(), TextFault> {
        limit::lines("text", &self.text, limit::WORDING_LEN_MAX)?;
        if let Some(heading) = &self.heading {
            limit::one_line("heading", heading, limit::HEADING_LEN_MAX)?;
            bracket::check_depth(heading)?;
        }
        bracket::check_depth(&self.text)?;
        if self.notes.len() > limit::NOTES_MAX {
            return Err(TextFault::TooMany { what: "notes", max: limit::NOTES_MAX });
        }
        let found = bracket::find(&self.text, |mark| self.notes.contains_key(mark));
        for (mark, note) in &self.notes {
            if !bracket::is_mark(mark) {
                return Err(TextFault::Mark(mark.chars().take(40).collect()));
            }
            limit::lines("note", note, limit::NOTE_LEN_MAX)?;
            let times = found.notes.iter().filter(|place| place.mark == *mark).count();
            if times != 1 {
                return Err(TextFault::NotePlace { mark: mark.clone(), times });
            }
        }
        Ok(())
    }
}

impl Attachment {
    fn check(&self) -> Result<(), TextFault> {
        limit::one_line("name", &self.name, limit::NAME_LEN_MAX)?;
        limit::one_line("media", &self.media, limit::MEDIA_LEN_MAX)?;
        let is_file_name = !self.name.is_empty()
            && !self.name.contains(['/', '\\'])
            && !matches!(self.name.as_str(), "." | "..");
        if !is_file_name {
            return Err(TextFault::FileName(self.name.clone()));
        }
        let is_media = self.media.split('/').count() == 2
            && self.media.split('/').all(|part| !part.is_empty())
            && self.media.bytes().all(|b| b.is_ascii_graphic());
        if is_media { Ok(()) } else { Err(TextFault::Media(self.media.clone())) }
    }
}
