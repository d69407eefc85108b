//! Where a member stands on a text: glyph and word.

use crate::html::Html;
use crate::texts;

/// What a member has said on a paragraph, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stance {
    /// Agrees.
    Assent,
    /// Objects: breaks silence, or votes against.
    Object,
    /// Abstains.
    Abstain,
    /// Stands aside: does not block and is not bound.
    Aside,
    /// Has put an amendment in place of the paragraph.
    Amend,
    /// Has asked for more time.
    MoreTime,
    /// Has received the text and said nothing.
    #[default]
    Silent,
    /// Has not been reached: no receipt.
    NotReached,
    /// Has no say on this one.
    NoSay,
}

impl Stance {
    /// Returns true if it stands against the words as they are.
    #[must_use]
    pub const fn is_against(self) -> bool {
        match self {
            Self::Object | Self::Amend => true,
            Self::Assent
            | Self::Abstain
            | Self::Aside
            | Self::MoreTime
            | Self::Silent
            | Self::NotReached
            | Self::NoSay => false,
        }
    }

    /// Returns the glyph.
    #[must_use]
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Assent => "✓",
            Self::Object => "✕",
            Self::Abstain => "–",
            Self::Aside => "↷",
            Self::Amend => "±",
            Self::MoreTime => "⌛",
            Self::Silent => "◦",
            Self::NotReached => "?",
            Self::NoSay => "·",
        }
    }

    /// Returns the word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Assent => texts::stance::ASSENT,
            Self::Object => texts::stance::OBJECT,
            Self::Abstain => texts::stance::ABSTAIN,
            Self::Aside => texts::stance::ASIDE,
            Self::Amend => texts::stance::AMEND,
            Self::MoreTime => texts::stance::MORE_TIME,
            Self::Silent => texts::stance::SILENT,
            Self::NotReached => texts::stance::NOT_REACHED,
            Self::NoSay => texts::stance::NO_SAY,
        }
    }

    const fn tone(self) -> &'static str {
        match self {
            Self::Assent => "good",
            Self::Object => "bad",
            Self::Amend | Self::NotReached | Self::MoreTime => "care",
            Self::Abstain | Self::Aside | Self::Silent | Self::NoSay => "plain",
        }
    }

    pub(crate) fn mark(&self) -> Html {
        let (tone, glyph, word) = (self.tone(), self.glyph(), self.word());
        Html::already_escaped(format!(
            "<span class=\"stance {tone}\"><span class=\"glyph\" aria-hidden=\"true\">{glyph}</span>{word}</span>"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stance_is_glyph_and_word() {
        insta::assert_snapshot!(Stance::NotReached.mark(), @r#"<span class="stance care"><span class="glyph" aria-hidden="true">?</span>not reached</span>"#);
    }
}
