//! The part of a store that never leaves the node: drafts, their steps, instructions, and the delegation's own rules.

use super::sql::{Database, Row, SqlError, Value, values};
use super::{Store, StoreError, integer, unsigned};

/// What each sealed field is sealed as.
const CONTENT: &str = "draft";
const NOTES: &str = "notes";
const STEP_CONTENT: &str = "step content";
const STEP_NOTE: &str = "step note";
const INSTRUCTION: &str = "instruction";

use veche_ledger::Hash;

/// The tables. They came after the first stores: one without them gets them when it is opened, and an older program passes
/// them by.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS drafts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, party TEXT NOT NULL, content BLOB NOT NULL, notes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS draft_steps (
  id INTEGER PRIMARY KEY, draft INTEGER NOT NULL, at INTEGER NOT NULL, officer TEXT NOT NULL, kind TEXT NOT NULL,
  content TEXT NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS instructions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, party TEXT NOT NULL, about TEXT NOT NULL, at INTEGER NOT NULL,
  officer TEXT NOT NULL, text TEXT NOT NULL);
";

/// The setting with the delegation's own rules.
const ROLES: &str = "delegation roles";

/// A draft as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftRow {
    pub(crate) id: u64,
    pub(crate) party: String,
    pub(crate) content: Vec<u8>,
    pub(crate) notes: String,
}

/// A step as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepRow {
    pub(crate) draft: u64,
    pub(crate) at: u64,
    pub(crate) officer: String,
    pub(crate) kind: String,
    pub(crate) content: String,
    pub(crate) note: String,
}

/// An instruction as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InstructionRow {
    pub(crate) id: u64,
    pub(crate) party: String,
    pub(crate) about: String,
    pub(crate) at: u64,
    pub(crate) officer: String,
    pub(crate) text: String,
}

impl Store {
    /// Returns the delegation's own rules as they were written.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn roles(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.meta(ROLES)
    }

    /// Keeps the delegation's own rules.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_roles(&self, text: &[u8]) -> Result<(), StoreError> {
        self.set_meta(ROLES, text)
    }

    /// Keeps a new draft with its first step; returns its number.
    pub(crate) fn add_draft(&self, draft: &DraftRow, step: &StepRow) -> Result<u64, StoreError> {
        let (draft, step) = (&self.sealed_draft(draft)?, &self.sealed_step(step)?);
        let database = &self.database;
        let write = || {
            let sql = "INSERT INTO drafts (party, content, notes) VALUES (?1, ?2, ?3) RETURNING id";
            let values = values![&draft.party, &draft.content, &draft.notes];
            let id = unsigned(database.one(sql, values)?);
            insert_step(database, &StepRow { draft: id, ..step.clone() })?;
            Ok(id)
        };
        database.transaction(write).map_err(|error| self.fail(error))
    }

    /// Takes a step of a draft. `changed`: what it then is.
    pub(crate) fn step_draft(
        &self,
        changed: Option<&DraftRow>,
        step: &StepRow,
    ) -> Result<(), StoreError> {
        let changed = changed.map(|draft| self.sealed_draft(draft)).transpose()?;
        let step = &self.sealed_step(step)?;
        let database = &self.database;
        let write = || {
            if let Some(draft) = &changed {
                let sql = "UPDATE drafts SET content = ?2, notes = ?3 WHERE id = ?1";
                let values = values![integer(draft.id), &draft.content, &draft.notes];
                database.execute(sql, values)?;
            }
            insert_step(database, step)
        };
        database.transaction(write).map_err(|error| self.fail(error))
    }

    /// Says which record a draft became, at its step of signing; `None` takes the step back.
    pub(crate) fn end_signing(&self, draft: u64, leaf: Option<&Hash>) -> Result<(), StoreError> {
        let note = leaf.map(|leaf| self.seal_text(STEP_NOTE, &leaf.to_string())).transpose()?;
        let done = match note {
            Some(note) => self.database.execute(
                "UPDATE draft_steps SET note = ?2 WHERE draft = ?1 AND kind = 'signed'",
                values![integer(draft), &note],
            ),
            None => self.database.execute(
                "DELETE FROM draft_steps WHERE draft = ?1 AND kind = 'signed' AND note = ''",
                values![integer(draft)],
            ),
        };
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Returns all drafts in order of their numbers.
    pub(crate) fn drafts(&self) -> Result<Vec<DraftRow>, StoreError> {
        let rows = self.draft_rows()?.into_iter();
        let opened = rows.map(|row| {
            let content = self.open_blob(CONTENT, row.content)?;
            Ok(DraftRow { content, notes: self.open_text(NOTES, row.notes)?, ..row })
        });
        opened.collect()
    }

    fn draft_rows(&self) -> Result<Vec<DraftRow>, StoreError> {
        self.rows("SELECT id, party, content, notes FROM drafts ORDER BY id", |row| {
            Ok(DraftRow {
                id: row.count(0)?,
                party: row.get(1)?,
                content: row.get(2)?,
                notes: row.get(3)?,
            })
        })
    }

    /// Returns the steps of all drafts, in the order in which they were taken.
    pub(crate) fn draft_steps(&self) -> Result<Vec<StepRow>, StoreError> {
        let opened = self.step_rows()?.into_iter().map(|(_, row)| {
            let content = self.open_text(STEP_CONTENT, row.content)?;
            Ok(StepRow { content, note: self.open_text(STEP_NOTE, row.note)?, ..row })
        });
        opened.collect()
    }

    fn step_rows(&self) -> Result<Vec<(i64, StepRow)>, StoreError> {
        let sql = "SELECT draft, at, officer, kind, content, note, id FROM draft_steps ORDER BY id";
        self.rows(sql, |row| {
            let step = StepRow {
                draft: row.count(0)?,
                at: row.count(1)?,
                officer: row.get(2)?,
                kind: row.get(3)?,
                content: row.get(4)?,
                note: row.get(5)?,
            };
            Ok((row.get(6)?, step))
        })
    }

    /// Keeps an instruction; returns its number.
    pub(crate) fn add_instruction(&self, row: &InstructionRow) -> Result<u64, StoreError> {
        let sql = "INSERT INTO instructions (party, about, at, officer, text) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id";
        let text = self.seal_text(INSTRUCTION, &row.text)?;
        let values = values![&row.party, &row.about, integer(row.at), &row.officer, &text];
        self.database.one(sql, values).map(unsigned).map_err(|error| self.fail(error))
    }

    /// Returns all instructions in order of their numbers.
    pub(crate) fn instructions(&self) -> Result<Vec<InstructionRow>, StoreError> {
        let opened = self
            .instruction_rows()?
            .into_iter()
            .map(|row| Ok(InstructionRow { text: self.open_text(INSTRUCTION, row.text)?, ..row }));
        opened.collect()
    }

    fn instruction_rows(&self) -> Result<Vec<InstructionRow>, StoreError> {
        let sql = "SELECT id, party, about, at, officer, text FROM instructions ORDER BY id";
        self.rows(sql, |row| {
            Ok(InstructionRow {
                id: row.count(0)?,
                party: row.get(1)?,
                about: row.get(2)?,
                at: row.count(3)?,
                officer: row.get(4)?,
                text: row.get(5)?,
            })
        })
    }

    fn sealed_draft(&self, row: &DraftRow) -> Result<DraftRow, StoreError> {
        let content = self.seal_blob(CONTENT, &row.content)?;
        Ok(DraftRow { content, notes: self.seal_text(NOTES, &row.notes)?, ..row.clone() })
    }

    fn sealed_step(&self, row: &StepRow) -> Result<StepRow, StoreError> {
        let content = self.seal_text(STEP_CONTENT, &row.content)?;
        Ok(StepRow { content, note: self.seal_text(STEP_NOTE, &row.note)?, ..row.clone() })
    }

    fn rows<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Vec<T>, StoreError> {
        self.database.rows(sql, &[], read).map_err(|error| self.fail(error))
    }
}

/// Seals all that lies there as it was written, inside of the transaction that seals the store.
pub(super) fn seal_all(store: &Store) -> Result<(), StoreError> {
    let write = |sql: &str, values: &[Value<'_>]| {
        store.database.execute(sql, values).map(drop).map_err(|error| store.fail(error))
    };
    for row in store.draft_rows()? {
        let row = store.sealed_draft(&row)?;
        let sql = "UPDATE drafts SET content = ?2, notes = ?3 WHERE id = ?1";
        write(sql, values![integer(row.id), &row.content, &row.notes])?;
    }
    for (id, row) in store.step_rows()? {
        let row = store.sealed_step(&row)?;
        let sql = "UPDATE draft_steps SET content = ?2, note = ?3 WHERE id = ?1";
        write(sql, values![id, &row.content, &row.note])?;
    }
    for row in store.instruction_rows()? {
        let text = store.seal_text(INSTRUCTION, &row.text)?;
        write("UPDATE instructions SET text = ?2 WHERE id = ?1", values![integer(row.id), &text])?;
    }
    Ok(())
}

fn insert_step(database: &Database, step: &StepRow) -> Result<(), SqlError> {
    let sql = "INSERT INTO draft_steps (draft, at, officer, kind, content, note)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (draft, at) = (integer(step.draft), integer(step.at));
    let values = values![draft, at, &step.officer, &step.kind, &step.content, &step.note];
    database.execute(sql, values).map(drop)
}

#[cfg(test)]
mod tests {
    use crate::store::{Durability, Store};

    #[test]
    fn a_store_from_before_there_were_drafts_gets_their_tables() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.db");
        let store = Store::open(&path, Durability::Full).unwrap();
        let gone = "DROP TABLE drafts; DROP TABLE draft_steps; DROP TABLE instructions;";
        store.database.batch(gone).unwrap();
        assert!(store.drafts().is_err());
        drop(store);
        let store = Store::open_existing(&path, Durability::Full).unwrap();
        assert_eq!(store.drafts().unwrap(), Vec::new());
        assert_eq!(store.instructions().unwrap(), Vec::new());
        assert_eq!(store.roles().unwrap(), None);
    }
}
