//! A sentence with the words marked that made an event. Words may be several things at once, and lie within one another.

use crate::html::{Escaped, Html};
use crate::texts;
use std::fmt::Write as _;

/// What words are to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WordPart {
    /// They tell it.
    Trigger,
    /// Who acts.
    Actor,
    /// Who is acted upon.
    Recipient,
    /// Who says so.
    Source,
    /// Where.
    Place,
    /// When.
    Date,
    /// How many came to harm.
    Harm,
}

impl WordPart {
    /// Every one, in the order of the legend.
    pub const ALL: [Self; 7] = [
        Self::Trigger,
        Self::Actor,
        Self::Recipient,
        Self::Source,
        Self::Place,
        Self::Date,
        Self::Harm,
    ];

    const fn class(self) -> &'static str {
        match self {
            Self::Trigger => "w-trigger",
            Self::Actor => "w-actor",
            Self::Recipient => "w-recipient",
            Self::Source => "w-source",
            Self::Place => "w-place",
            Self::Date => "w-date",
            Self::Harm => "w-harm",
        }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Trigger => texts::events::TRIGGER,
            Self::Actor => texts::events::ACTOR,
            Self::Recipient => texts::events::RECIPIENT,
            Self::Source => texts::events::ATTRIBUTION,
            Self::Place => texts::events::PLACE,
            Self::Date => texts::events::DATE,
            Self::Harm => texts::events::HARM,
        }
    }
}

/// A run of text that is the same things throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    text: String,
    parts: Vec<WordPart>,
    /// Those that end with it.
    ends: Vec<WordPart>,
}

/// A sentence with marked words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marked {
    /// The code of its language.
    pub lang: String,
    pieces: Vec<Piece>,
}

impl Marked {
    /// Marks words of a text by their bytes. Words that are not of the text are left unmarked.
    #[must_use]
    pub fn new(lang: &str, text: &str, words: &[(WordPart, usize, usize)]) -> Self {
        let is_of_text = |(_, start, end): &&(WordPart, usize, usize)| {
            start < end && text.get(*start..*end).is_some()
        };
        let words: Vec<(WordPart, usize, usize)> =
            words.iter().filter(is_of_text).copied().collect();
        let mut cuts: Vec<usize> =
            words.iter().flat_map(|(_, start, end)| [*start, *end]).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        cuts.dedup();
        let piece = |(from, to): (&usize, &usize)| {
            let parts_of = |of: &dyn Fn(usize, usize) -> bool| {
                let own = words.iter().filter(|(_, start, end)| of(*start, *end));
                let mut parts: Vec<WordPart> = own.map(|(part, ..)| *part).collect();
                parts.sort_unstable();
                parts.dedup();
                parts
            };
            Some(Piece {
                text: text.get(*from..*to)?.to_owned(),
                parts: parts_of(&|start, end| start <= *from && end >= *to),
                ends: parts_of(&|_, end| end == *to),
            })
        };
        let pieces = cuts.iter().zip(cuts.iter().skip(1)).filter_map(piece).collect();
        Self { lang: lang.to_owned(), pieces }
    }

    /// Returns the sentence: each run has the colour of the last of its things, and a line of each other; behind the words stands what
    /// they are.
    pub(crate) fn html(&self) -> Html {
        let mut out = format!("<p class=\"told\" lang=\"{}\">", Escaped(&self.lang));
        for Piece { text, parts, ends } in &self.pieces {
            let classes: Vec<&str> = parts.iter().map(|part| part.class()).collect();
            // Writing to a String cannot fail.
            match classes.split_last() {
                None => write!(out, "{}", Escaped(text)),
                Some((last, [])) => write!(out, "<mark class=\"{last}\">{}</mark>", Escaped(text)),
                Some((last, others)) => {
                    let lines =
                        others.iter().map(|class| format!(" {class}-line")).collect::<String>();
                    write!(out, "<mark class=\"{last}{lines}\">{}</mark>", Escaped(text))
                }
            }
            .unwrap_or_default();
            for part in ends {
                write!(out, "<span class=\"what\"> [{}]</span>", part.word()).unwrap_or_default();
            }
        }
        out.push_str("</p>");
        Html::already_escaped(out)
    }

    /// Returns what the colours mean.
    pub(crate) fn legend() -> Html {
        let of = |part: WordPart| {
            format!("<li><mark class=\"{}\">{}</mark></li>", part.class(), part.word())
        };
        let all: String = WordPart::ALL.into_iter().map(of).collect();
        Html::already_escaped(format!("<ul class=\"legend\">{all}</ul>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, words: &[(WordPart, usize, usize)], expected: &str) {
        let html = Marked::new("en", text, words).html().to_string();
        let inner = html.strip_prefix("<p class=\"told\" lang=\"en\">").unwrap();
        assert_eq!(inner.strip_suffix("</p>").unwrap(), expected);
    }

    #[test]
    fn words_within_others_and_words_that_cross_are_marked() {
        check(
            "abcdef",
            &[(WordPart::Actor, 0, 4), (WordPart::Place, 1, 2)],
            "<mark class=\"w-actor\">a</mark><mark class=\"w-place w-actor-line\">b</mark><span class=\"what\"> [where]</span>\
             <mark class=\"w-actor\">cd</mark><span class=\"what\"> [who acts]</span>ef",
        );
        check(
            "abcd",
            &[(WordPart::Trigger, 0, 3), (WordPart::Recipient, 2, 4)],
            "<mark class=\"w-trigger\">ab</mark><mark class=\"w-recipient w-trigger-line\">c</mark>\
             <span class=\"what\"> [what tells it]</span><mark class=\"w-recipient\">d</mark>\
             <span class=\"what\"> [who is acted upon]</span>",
        );
    }

    #[test]
    fn words_that_are_not_of_the_text_are_left_unmarked() {
        check(
            "é<",
            &[(WordPart::Date, 1, 2), (WordPart::Date, 2, 9), (WordPart::Date, 2, 2)],
            "é&lt;",
        );
        check("", &[], "");
    }

    #[test]
    fn every_thing_has_its_own_word_and_colour() {
        let legend = Marked::legend().to_string();
        for part in WordPart::ALL {
            assert_eq!(legend.matches(&format!("\"{}\"", part.class())).count(), 1, "{part:?}");
            assert_eq!(legend.matches(&format!(">{}<", part.word())).count(), 1, "{part:?}");
        }
    }
}
