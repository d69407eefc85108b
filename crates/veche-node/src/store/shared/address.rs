//! Where a shared store is: a URL in place of a file's name.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use url::Url;

/// The schema of a store whose address names none.
const SCHEMA: &str = "veche";

/// Longest name that PostgreSQL keeps, in bytes.
const SCHEMA_LEN_MAX: usize = 63;

/// Longest file with a password, in bytes.
const PASSWORD_LEN_MAX: usize = 1024;

/// How long it may take until the server answers.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// For so long a server may leave what was sent to it unconfirmed.
const UNCONFIRMED_MAX: Duration = Duration::from_secs(30);

/// What is wrong with an address.
#[derive(Debug, thiserror::Error)]
pub enum AddressFault {
    /// It is not of the form.
    #[error(
        "it is no address of a database: {0}; write `postgresql://USER@HOST/DATABASE?schema=NAME`"
    )]
    Form(String),
    /// A password in an address is seen by everybody who sees the processes of the machine.
    #[error(
        "its password can be seen by whoever sees the machine's processes: put it into a file and write \
         `?passfile=FILE`"
    )]
    Password,
    /// The schema is no name.
    #[error(
        "`{0}` is no name of a schema: it begins with a letter and goes on with small letters, digits and `_`, at most 63"
    )]
    Schema(String),
    /// The file with the password cannot be read.
    #[error("the file with the password, `{}`: {error}", path.display())]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
}

/// Where a shared store is.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// What the database's own library reads.
    url: String,
    passfile: Option<PathBuf>,
    /// A file with the certificates of those who vouch for the server.
    pub(super) authorities: Option<PathBuf>,
    pub(crate) schema: String,
    /// What is shown: without the file of the password.
    pub(crate) shown: PathBuf,
}

/// Returns whether what names a store is an address of a database and not a file.
#[must_use]
pub fn is_shared(store: &Path) -> bool {
    let text = store.to_string_lossy();
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    // In whatever letters: what is taken for a file's name is told in full, and one may have written a password into it.
    scheme.is_some_and(|scheme| {
        ["postgresql", "postgres"].iter().any(|name| scheme.eq_ignore_ascii_case(name))
    })
}

impl Address {
    pub(crate) fn parse(store: &Path) -> Result<Self, AddressFault> {
        let form = |what: &dyn std::fmt::Display| AddressFault::Form(what.to_string());
        let text = store.to_str().ok_or_else(|| form(&"it is no text"))?;
        let mut url = Url::parse(text).map_err(|error| form(&error))?;
        if url.password().is_some() {
            return Err(AddressFault::Password);
        }
        if url.fragment().is_some() {
            return Err(form(&"a `#` in it is written `%23`"));
        }
        let mut schema = SCHEMA.to_owned();
        let (mut passfile, mut authorities) = (None, None);
        let mut rest: Vec<(String, String)> = Vec::new();
        for (name, value) in url.query_pairs() {
            match &*name {
                "schema" => schema = value.into_owned(),
                "passfile" => passfile = Some(PathBuf::from(value.into_owned())),
                "sslrootcert" => authorities = Some(PathBuf::from(value.into_owned())),
                "password" => return Err(AddressFault::Password),
                _ => rest.push((name.into_owned(), value.into_owned())),
            }
        }
        if !is_name(&schema) {
            return Err(AddressFault::Schema(schema));
        }
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(&rest);
            // A blank is written as a form has it; a database's address knows no such sign.
            let query = url.query().unwrap_or_default().replace('+', "%20");
            url.set_query(Some(&query));
        }
        let (url, shown) = (url.to_string(), PathBuf::from(shown(text)));
        let address = Self { url, passfile, authorities, schema, shown };
        // What is wrong with the rest is told before anybody is asked.
        Config::from_str(&address.url).map_err(|error| form(&super::words_of(&error)))?;
        Ok(address)
    }

    /// Returns the address of a schema beside this one.
    pub(crate) fn beside(mut self, suffix: &str) -> Result<Self, AddressFault> {
        self.schema.push_str(suffix);
        // A longer name PostgreSQL cuts off, and would take for this very schema.
        if self.schema.len() > SCHEMA_LEN_MAX {
            Err(AddressFault::Schema(self.schema))
        } else {
            Ok(self)
        }
    }

    /// Returns how to connect. The password is read each time: it may have been changed.
    pub(super) fn config(&self) -> Result<Config, AddressFault> {
        let mut config = Config::from_str(&self.url)
            .map_err(|error| AddressFault::Form(super::words_of(&error)))?;
        if let Some(path) = &self.passfile {
            config.password(read_password(path)?);
        }
        config.application_name("veche").connect_timeout(CONNECT_WAIT);
        config.tcp_user_timeout(UNCONFIRMED_MAX).keepalives_idle(UNCONFIRMED_MAX);
        if config.get_ssl_mode() == SslMode::Prefer {
            // What "preferring" it means is that whoever stands between decides.
            config.ssl_mode(if is_here(&config) { SslMode::Disable } else { SslMode::Require });
        }
        Ok(config)
    }
}

/// Returns whether the server is on this machine: where it is reached, whatever it is called.
fn is_here(config: &Config) -> bool {
    if !config.get_hostaddrs().is_empty() {
        return config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

/// Returns an address as it was written, without the file of the password.
fn shown(text: &str) -> String {
    let Some((place, query)) = text.split_once('?') else { return text.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|part| !part.starts_with("passfile=")).collect();
    if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|byte| matches!(byte, b'a'..=b'z' | b'_'));
    begins
        && text.len() <= SCHEMA_LEN_MAX
        && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn read_password(path: &Path) -> Result<Vec<u8>, AddressFault> {
    let fault = |error: String| AddressFault::PasswordFile { path: path.to_owned(), error };
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let word = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let word = word.strip_suffix(b"\r").unwrap_or(word);
    if word.is_empty() || word.len() > PASSWORD_LEN_MAX || word.contains(&b'\n') {
        return Err(fault("it holds no password in one line".to_owned()));
    }
    Ok(word.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, AddressFault> {
        Address::parse(Path::new(text))
    }

    #[test]
    fn an_address_names_a_database_and_a_schema() {
        let address =
            parse("postgresql://veche@db.example:5433/nodes?schema=orvessa&passfile=/etc/p");
        let address = address.unwrap();
        assert_eq!(address.schema, "orvessa");
        assert_eq!(address.url, "postgresql://veche@db.example:5433/nodes");
        assert_eq!(
            address.shown,
            PathBuf::from("postgresql://veche@db.example:5433/nodes?schema=orvessa")
        );
        assert_eq!(parse("postgres://veche@localhost/nodes").unwrap().schema, "veche");
        assert!(is_shared(Path::new("postgresql:///x")) && !is_shared(Path::new("postgres.db")));
    }

    #[test]
    fn what_stands_in_an_address_reaches_the_database_as_it_was_written() {
        let address =
            parse("postgresql://v@h/n?application_name=a%20b%2Bc&options=-c%20geqo%3Doff");
        let config = Config::from_str(&address.unwrap().url).unwrap();
        assert_eq!(config.get_options(), Some("-c geqo=off"));
        assert_eq!(config.get_application_name(), Some("a b+c"));
        assert!(is_shared(Path::new("POSTGRES://x/y")) && !is_shared(Path::new("postgresql:/x")));
    }

    #[test]
    fn a_schema_beside_has_a_name_that_is_not_cut_off() {
        let long = |letters: usize| {
            parse(&format!("postgresql://v@h/n?schema={}", "a".repeat(letters))).unwrap()
        };
        assert_eq!(long(57).beside("_reach").unwrap().schema.len(), 63);
        assert!(matches!(long(58).beside("_reach"), Err(AddressFault::Schema(_))));
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_by_tls_alone() {
        let mode = |text: &str| {
            let config = Config::from_str(&parse(text).unwrap().url).unwrap();
            (is_here(&config), config.get_ssl_mode())
        };
        assert_eq!(mode("postgresql://v@localhost/n"), (true, SslMode::Prefer));
        assert_eq!(mode("postgresql://v@db.example/n"), (false, SslMode::Prefer));
        // What it is called says nothing about where it is.
        for elsewhere in [
            "postgresql://v@localhost/n?hostaddr=192.0.2.7",
            "postgresql:///n?hostaddr=192.0.2.7",
            "postgresql://v@localhost,db.example/n",
        ] {
            assert!(!mode(elsewhere).0, "{elsewhere}");
        }
        assert!(mode("postgresql:///n?hostaddr=127.0.0.1").0);
        let config = Address::parse(Path::new("postgresql://v@db.example/n")).unwrap().config();
        assert_eq!(config.unwrap().get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn what_is_no_address_is_refused_by_what_is_wrong_with_it() {
        for (text, said) in [
            ("postgresql://v:secret@h/n", "its password can be seen"),
            ("postgresql://v@h/n?password=secret", "its password can be seen"),
            ("postgresql://v@h/n?schema=Orvessa", "`Orvessa` is no name of a schema"),
            ("postgresql://v@h/n?schema=a\"%3B DROP", "is no name of a schema"),
            ("postgresql://v@h/n?schema=", "`` is no name"),
            ("postgresql://v@h:port/n", "it is no address of a database"),
            ("postgresql://v@h/n?sslmode=perhaps", "it is no address of a database"),
            ("postgresql://v@h/n?unheard=of", "it is no address of a database"),
            ("postgresql://v@h/n#secret", "a `#` in it"),
            ("PostgreSQL://v:secret@h/n", "its password can be seen"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let long = format!("postgresql://v@h/n?schema={}", "a".repeat(64));
        assert!(matches!(parse(&long), Err(AddressFault::Schema(_))));
    }

    #[test]
    fn a_password_is_one_line_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass.txt");
        for (bytes, read) in [
            (&b"word\n"[..], Some(&b"word"[..])),
            (b"word\r\n", Some(b"word")),
            (b"", None),
            (b"two\nlines\n", None),
        ] {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(read_password(&file).ok().as_deref(), read);
        }
        std::fs::write(&file, vec![b'a'; 5000]).unwrap();
        assert!(read_password(&file).is_err());
        assert!(read_password(folder.path()).is_err());
    }
}
