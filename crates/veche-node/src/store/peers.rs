//! The addresses of peers: a node's own knowledge, signed by nobody. A wrong one costs a connection, never trust.

use super::sql::{Row, values};
use super::{Store, StoreError};

/// The table.
pub(super) const TABLES: &str =
    "CREATE TABLE IF NOT EXISTS peers (party TEXT PRIMARY KEY, address TEXT NOT NULL);";

impl Store {
    /// Returns the peers' addresses, `HOST:PORT`, by party.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn peers(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT party, address FROM peers ORDER BY party";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.database.rows(sql, &[], read).map_err(|error| self.fail(error))
    }

    /// Keeps the address of a peer, in place of an earlier one.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_peer(&self, party: &str, address: &str) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO peers VALUES (?1, ?2) ON CONFLICT (party) DO UPDATE SET address = ?2";
        let done = self.database.execute(sql, values![party, address]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Forgets the address of a peer; returns whether it was known.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn remove_peer(&self, party: &str) -> Result<bool, StoreError> {
        let done = self.database.execute("DELETE FROM peers WHERE party = ?1", values![party]);
        done.map(|rows| rows > 0).map_err(|error| self.fail(error))
    }
}
