//! The addresses of peers: a node's own knowledge, signed by nobody. A wrong one costs a connection, never trust.

use super::{Store, StoreError};
use rusqlite::params;

/// The table.
pub(super) const TABLES: &str =
    "CREATE TABLE IF NOT EXISTS peers (party TEXT PRIMARY KEY, address TEXT NOT NULL);";

impl Store {
    /// Returns the peers' addresses, `HOST:PORT`, by party.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn peers(&self) -> Result<Vec<(String, String)>, StoreError> {
        let read = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT party, address FROM peers ORDER BY party")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Keeps the address of a peer, in place of an earlier one.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_peer(&self, party: &str, address: &str) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO peers VALUES (?1, ?2) ON CONFLICT (party) DO UPDATE SET address = ?2";
        let done = self.connection.execute(sql, params![party, address]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Forgets the address of a peer; returns whether it was known.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn remove_peer(&self, party: &str) -> Result<bool, StoreError> {
        let done = self.connection.execute("DELETE FROM peers WHERE party = ?1", [party]);
        done.map(|rows| rows > 0).map_err(|error| self.fail(error))
    }
}
