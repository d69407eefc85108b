//! The label of a text: the charter's own name, with the Traffic Light Protocol's beside it.

use crate::html::{Escaped, Html};
use crate::shell::Shell;

/// A label of the Traffic Light Protocol 2.0 (FIRST).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tlp {
    /// TLP:CLEAR.
    Clear,
    /// TLP:GREEN.
    Green,
    /// TLP:AMBER.
    Amber,
    /// TLP:AMBER+STRICT.
    AmberStrict,
    /// TLP:RED.
    Red,
}

impl Tlp {
    /// Returns the label as FIRST writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        }
    }

    /// Returns the label that a charter names as FIRST writes it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red]
            .into_iter()
            .find(|tlp| tlp.word() == word)
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber | Self::AmberStrict => "amber",
            Self::Red => "red",
        }
    }
}

/// A label as the charter names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// The charter's name: `COMPACT`, `GROUP(cyber)`.
    pub name: String,
    /// The protocol's label that the charter gives it, if it does.
    pub tlp: Option<Tlp>,
}

impl Label {
    /// Returns the label for a row: the name alone where it is the page's own label, which the page's head spells out.
    pub(crate) fn in_row(&self, shell: &Shell) -> Html {
        if shell.label.as_ref() == Some(self) {
            let name = Escaped(&self.name);
            return Html::already_escaped(format!("<span class=\"label\">{name}</span>"));
        }
        self.tag()
    }

    pub(crate) fn tag(&self) -> Html {
        let name = Escaped(&self.name);
        let tlp = self.tlp.map_or_else(String::new, |tlp| {
            format!(" <b class=\"tlp {}\">{}</b>", tlp.class(), tlp.word())
        });
        Html::already_escaped(format!("<span class=\"label\">{name}{tlp}</span>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_text_in_both_vocabularies() {
        let label = Label { name: "GROUP(cyber)".to_owned(), tlp: Some(Tlp::Amber) };
        insta::assert_snapshot!(label.tag(), @r#"<span class="label">GROUP(cyber) <b class="tlp amber">TLP:AMBER</b></span>"#);
    }

    #[test]
    fn a_label_without_a_protocol_is_its_name() {
        let label = Label { name: "A&B".to_owned(), tlp: None };
        insta::assert_snapshot!(label.tag(), @r#"<span class="label">A&amp;B</span>"#);
    }

    #[test]
    fn a_protocol_label_is_read_from_the_charter() {
        assert_eq!(Tlp::from_word("TLP:AMBER+STRICT"), Some(Tlp::AmberStrict));
        assert_eq!(Tlp::from_word("TLP:WHITE"), None);
    }
}
