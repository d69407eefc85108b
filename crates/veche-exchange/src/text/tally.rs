//! How much of a text is agreed.

use super::Text;

/// How many paragraphs are agreed, and what is open in the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The paragraphs, in their order.
    pub rows: Vec<Row>,
}

/// What is open in one paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub number: u32,
    /// The brackets to be settled, over all languages.
    pub brackets: usize,
}

impl Tally {
    /// Counts the brackets of a text.
    #[must_use]
    pub fn of(text: &Text) -> Self {
        let rows = text.paragraphs().iter().map(|paragraph| Row {
            number: paragraph.number,
            brackets: paragraph.wordings.values().map(super::Wording::brackets).sum(),
        });
        Self { rows: rows.collect() }
    }

    /// Returns how many paragraphs have no bracket in any language.
    #[must_use]
    pub fn agreed(&self) -> usize {
        self.rows.iter().filter(|row| row.brackets == 0).count()
    }

    /// Returns how many paragraphs have a bracket in some language.
    #[must_use]
    pub fn open(&self) -> usize {
        self.rows.len() - self.agreed()
    }
}
