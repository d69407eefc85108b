//! How a shared store is opened: by the one process that writes, or by one that stands by and reads.

use super::shared::{Address, SILENT_MAX, Session};
use super::sql::{COMMIT, Database, ROLLBACK, SqlError, values};
use super::{
    CONTENTS_CHANGED, Durability, SCHEMA_OF_NEW, SET_META, Store, StoreError, StoreFault,
    is_shared, shared, vault, words,
};
use std::path::{Path, PathBuf};

/// What of a shared store another process has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Changes {
    /// The number of the last entry.
    last: i64,
    /// What is another after each change of what was there before.
    mark: Option<Vec<u8>>,
    roles: Option<Vec<u8>>,
    /// How contents lie in it, and of which version it is.
    form: (Option<Vec<u8>>, Option<Vec<u8>>),
}

impl Changes {
    /// Returns whether entries alone came since: all that is held still stands.
    pub(crate) fn adds_to(&self, before: &Self) -> bool {
        self.mark == before.mark && self.roles == before.roles && self.form == before.form
    }
}

fn address_of(path: &Path) -> Result<Address, StoreError> {
    Address::parse(path).map_err(|fault| StoreError {
        // What is wrong may be a password in it.
        path: PathBuf::from("postgresql://.."),
        what: StoreFault::Address(fault),
    })
}

/// Returns what names a store as it may be shown: an address may have a password in it that should not be there.
pub(crate) fn shown(store: &Path) -> PathBuf {
    if !is_shared(store) {
        return store.to_owned();
    }
    address_of(store).map_or_else(|error| error.path, |address| address.shown)
}

/// Opens a schema beside a shared store's, for what is kept with it and written by several at once. `makes`: makes it where none is.
///
/// # Errors
/// [`StoreError`].
pub(crate) fn open_beside(store: &Path, suffix: &str, makes: bool) -> Result<Database, StoreError> {
    let address = address_of(store)?;
    let shown = address.shown.clone();
    let fail = |what| StoreError { path: shown.clone(), what };
    let address = address.beside(suffix).map_err(|fault| fail(StoreFault::Address(fault)))?;
    let session = Session::connect(&address).map_err(fail)?;
    session.set_durability(Durability::Full).map_err(fail)?;
    if makes {
        session.make_schema().map_err(|error| fail(shared::fault(error)))?;
    }
    Ok(Database::Shared(session))
}

impl Store {
    /// Opens a shared store as its writer. `makes`: makes one where none is.
    pub(super) fn open_shared(
        path: &Path,
        durability: Durability,
        makes: bool,
    ) -> Result<Self, StoreError> {
        let address = address_of(path)?;
        let fail = |what| StoreError { path: address.shown.clone(), what };
        let mut session = Session::connect(&address).map_err(fail)?;
        let told = |error| fail(shared::fault(error));
        if !makes && !session.has_tables().map_err(told)? {
            return Err(fail(StoreFault::Missing));
        }
        session.set_durability(durability).map_err(fail)?;
        session.make_schema().map_err(told)?;
        session.take_lock(&address).map_err(fail)?;
        // Asked again: before the lock another may have made it.
        let has_tables = session.has_tables().map_err(told)?;
        let mut store = Self::over_session(session, address)?;
        if has_tables {
            // One of a newer program is left as it is.
            store.check_version()?;
        }
        store.make_shared_tables(!has_tables)?;
        store.find_vault()?;
        Ok(store)
    }

    fn over_session(session: Session, address: Address) -> Result<Self, StoreError> {
        let mut store = Self::over(address.shown.clone(), Database::Shared(session));
        store.words = Some(words::Tokens::open().map_err(|error| store.fail(error))?);
        store.address = Some(address);
        Ok(store)
    }

    /// Makes the tables that are not there, and of a new store its version: all at once, or nothing.
    fn make_shared_tables(&self, is_new: bool) -> Result<(), StoreError> {
        let make = || {
            Self::make_tables(&self.database)?;
            words::prepare_shared(&self.database)?;
            let new = is_new.then_some(SCHEMA_OF_NEW);
            new.map_or(Ok(()), |version| {
                self.database.execute(SET_META, values!["schema", version]).map(drop)
            })
        };
        self.database.transaction(make).map_err(|error: SqlError| self.fail(error))
    }

    /// Makes a shared store, fills it, and lets it be there: all at once, or not at all.
    ///
    /// # Errors
    /// As [`Self::make`].
    pub(super) fn make_shared<E: From<StoreError>>(
        path: &Path,
        fill: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let address = address_of(path)?;
        let fail = |what| StoreError { path: address.shown.clone(), what };
        let mut session = Session::connect(&address).map_err(fail)?;
        let told = |error| fail(shared::fault(error));
        session.set_durability(Durability::Full).map_err(fail)?;
        let is_new = session.make_schema().map_err(told)?;
        session.take_lock(&address).map_err(fail)?;
        if session.has_tables().map_err(told)? {
            return Err(fail(StoreFault::Exists).into());
        }
        let store = Self::over_session(session, address.clone())?;
        let sql = |error| E::from(store.fail(error));
        store.database.begin().map_err(sql)?;
        let making = || {
            store.make_shared_tables(true)?;
            fill(&store)
        };
        let made = store.database.patiently(making);
        match made {
            Ok(()) => store.database.end(COMMIT).map_err(sql),
            Err(error) => {
                // Where the server is gone it takes all of it back itself; an empty schema that stays is in nobody's way.
                let _gone = store.database.end(ROLLBACK);
                if is_new && let Database::Shared(session) = &store.database {
                    let _gone = session.drop_schema();
                }
                Err(error)
            }
        }
    }

    /// Opens a shared store into which another process writes: what would write is refused.
    ///
    /// # Errors
    /// [`StoreFault::FileAlone`] of a file, [`StoreFault::Missing`], [`StoreFault::NoConnection`].
    pub fn open_standby(path: &Path) -> Result<Self, StoreError> {
        let address = address_of(path)?;
        let fail = |what| StoreError { path: address.shown.clone(), what };
        let session = Session::connect(&address).map_err(fail)?;
        let told = |error| fail(shared::fault(error));
        if !session.has_tables().map_err(told)? {
            return Err(fail(StoreFault::Missing));
        }
        session.read_only().map_err(told)?;
        let mut store = Self::over_session(session, address)?;
        store.stands_by = true;
        store.check_version()?;
        store.find_vault()?;
        Ok(store)
    }

    /// Returns whether another process writes, and this one reads.
    #[must_use]
    pub const fn stands_by(&self) -> bool {
        self.stands_by
    }

    /// Returns who writes into a shared store, and how many seconds ago it was heard; `None` of a file, or where nobody has written yet.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn writer(&self) -> Result<Option<(String, u64)>, StoreError> {
        match &self.database {
            Database::File(_) => Ok(None),
            Database::Shared(session) => session.writer().map_err(|error| self.fail(error)),
        }
    }

    /// Returns whether nobody writes into a shared store, or whoever does has been silent for too long: it can be opened to write.
    ///
    /// # Errors
    /// [`StoreError`] if the database does not answer.
    pub fn is_free(&self) -> Result<bool, StoreError> {
        let Database::Shared(session) = &self.database else { return Ok(false) };
        let look = || {
            let is_silent = |(_, heard): (String, u64)| heard > SILENT_MAX.as_secs();
            Ok(!session.is_locked()? || session.writer()?.is_some_and(is_silent))
        };
        look().map_err(|error| self.fail(error))
    }

    /// Returns how far the store is, for one who reads it while another writes.
    pub(crate) fn changes(&self) -> Result<Changes, StoreError> {
        if !self.stands_by {
            return Ok(Changes::default());
        }
        let last = words::last_entry(&self.database).map_err(|error| self.fail(error))?;
        let form = (self.meta(vault::SEALED)?, self.meta("schema")?);
        Ok(Changes { last, mark: self.meta(CONTENTS_CHANGED)?, roles: self.roles()?, form })
    }

    /// Says, before anything is signed, that another process writes.
    ///
    /// # Errors
    /// [`StoreFault::Standby`].
    pub(crate) fn check_writes(&self) -> Result<(), StoreError> {
        if self.stands_by { Err(self.fault(StoreFault::Standby)) } else { Ok(()) }
    }

    /// Returns whether the store is a schema of a database that several machines reach.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self.database, Database::Shared(_))
    }

    /// Asks whether the writer's session still is, and still is the writer's. A file's writer holds its lock for as long as it lives.
    ///
    /// # Errors
    /// [`StoreFault::Lost`], [`StoreFault::NotWriter`].
    pub(crate) fn check_session(&self) -> Result<(), StoreError> {
        match &self.database {
            Database::File(_) => Ok(()),
            Database::Shared(session) => {
                let asked = session.begin().and_then(|()| session.end(ROLLBACK));
                asked.map_err(|error| self.fail(error))
            }
        }
    }
}
