//! A PostgreSQL server of a test's own, from Debian's packages. Where there is none the test says so and is skipped; `cargo xtask test` puts
//! it there.
#![allow(dead_code, reason = "what one crate's tests use of it, another's do not")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// How the folders of servers are called.
const PREFIX: &str = "veche-pg-";

/// The file with the number of the process of tests whose server it is.
const OWNER: &str = "owner";

/// The user of the database.
const USER: &str = "veche";

/// A running server.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

/// Returns the folder of Debian's programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    folders.filter(|bin| bin.join("initdb").is_file()).max()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout == b"0\n")
}

impl Cluster {
    /// Starts a server for a test; `None`, with a line that says so, where there is none.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            // Past the test harness, which hides what a passing test prints.
            let line = format!("skipped: {test}: no PostgreSQL here (on Debian: postgresql)\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap_or_default();
            return None;
        };
        sweep();
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir().unwrap();
        std::fs::write(folder.path().join(OWNER), std::process::id().to_string()).unwrap();
        if is_root() {
            // The server refuses to run as root.
            let given = Command::new("chown").arg("postgres:postgres").arg(folder.path()).status();
            assert!(given.unwrap().success(), "Debian's package makes the user `postgres`");
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let cluster = Self { folder, programs, port: free.local_addr().unwrap().port() };
        drop(free);
        let data = cluster.data();
        let made = cluster
            .program("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"])
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        let own = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nport = {}\nshared_buffers = 16MB\nmax_connections = 40\n",
            cluster.folder.path().display(),
            cluster.port
        );
        cluster.append("postgresql.conf", &own);
        cluster.up();
        Some(cluster)
    }

    /// Calls a program of the server's as its own user. What goes on is ended with the thread that called it.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if is_root() {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
        }
        command.arg(self.programs.join(name)).current_dir(self.folder.path());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns the folder with the databases' own files, without the server's log of what was written.
    pub(crate) fn tables(&self) -> PathBuf {
        self.data().join("base")
    }

    fn append(&self, file: &str, lines: &str) {
        let path = self.data().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}\n{lines}")).unwrap();
    }

    /// Lets the server be reached over the network as well: by TLS and with a password alone. Returns the address of a store there.
    pub(crate) fn open_to_network(
        &self,
        (certificate, key): (&str, &str),
        password: &str,
        schema: &str,
    ) -> String {
        self.ask(&format!("ALTER USER {USER} PASSWORD '{password}'"));
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            std::fs::write(self.data().join(name), text).unwrap();
        }
        let data = self.data();
        let (chmod, own) =
            (Command::new("chmod").arg("600").arg(data.join("server.key")).status(), is_root());
        assert!(chmod.unwrap().success());
        if own {
            let given =
                Command::new("chown").arg("postgres:").arg(data.join("server.key")).status();
            assert!(given.unwrap().success());
        }
        self.append("postgresql.conf", "listen_addresses = '127.0.0.1'\nssl = on\n");
        // The first line that fits decides.
        let hba = self.data().join("pg_hba.conf");
        std::fs::write(hba, "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
            .unwrap();
        self.signal("-QUIT");
        let asked = Instant::now();
        while self.try_ask("SELECT 1").is_some() || self.data().join("postmaster.pid").exists() {
            assert!(asked.elapsed() < PATIENCE, "the server lives");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.up();
        format!("postgresql://{USER}@127.0.0.1:{}/postgres?schema={schema}", self.port)
    }

    /// Starts the server on its data, and waits until it answers.
    pub(crate) fn up(&self) {
        let mut server = self.program("postgres");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        server.arg("-D").arg(self.data()).stdout(Stdio::null()).stderr(log);
        // A thread that goes on until the tests end: the server is ended with it, and no test's own end ends it.
        std::thread::spawn(move || server.status());
        let asked = Instant::now();
        while self.try_ask("SELECT 1").is_none() {
            let log = self.folder.path().join("log");
            let said = || std::fs::read_to_string(log).unwrap_or_default();
            assert!(asked.elapsed() < PATIENCE, "the server does not answer: {}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills the server as a power cut would: all its processes at once, nothing said.
    pub(crate) fn kill(&self) {
        // A server that sees a process of its own die starts others, which nobody would kill: it is made to stand still first.
        self.signal("-STOP");
        self.signal("-9");
        let asked = Instant::now();
        while self.try_ask("SELECT 1").is_some() {
            assert!(asked.elapsed() < PATIENCE, "the server lives");
            std::thread::sleep(Duration::from_millis(20));
        }
        // What it left says that it runs.
        let _gone = std::fs::remove_file(self.data().join("postmaster.pid"));
    }

    /// Lets all of the server stand still, as where its machine does, or go on.
    pub(crate) fn stand_still(&self, is_still: bool) {
        self.signal(if is_still { "-STOP" } else { "-CONT" });
    }

    /// Starts the server anew as one that follows another and takes no write.
    pub(crate) fn follow_another(&self) {
        let pid_file = self.data().join("postmaster.pid");
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        let ended = Command::new("kill").args(["-INT", pid.lines().next().unwrap()]).status();
        assert!(ended.unwrap().success());
        let asked = Instant::now();
        while pid_file.exists() {
            assert!(asked.elapsed() < PATIENCE, "the server lives");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::fs::write(self.data().join("standby.signal"), "").unwrap();
        self.up();
    }

    /// Sends a signal to the server; its own processes end with it.
    fn signal(&self, signal: &str) {
        let Ok(text) = std::fs::read_to_string(self.data().join("postmaster.pid")) else { return };
        if let Some(pid) = text.lines().next() {
            let children = Command::new("pkill").args([signal, "-P", pid]).status();
            let server = Command::new("kill").args([signal, pid]).stderr(Stdio::null()).status();
            // A child that has just ended is nobody's loss.
            let _either = (children, server);
        }
    }

    /// Returns the address of a store.
    pub(crate) fn store(&self, schema: &str) -> PathBuf {
        self.store_in("postgres", schema)
    }

    /// Returns the address of a store in a database of that name.
    pub(crate) fn store_in(&self, database: &str, schema: &str) -> PathBuf {
        let socket = self.folder.path().display();
        let port = self.port;
        PathBuf::from(format!(
            "postgresql:///{database}?host={socket}&port={port}&user={USER}&schema={schema}"
        ))
    }

    /// Asks the server as somebody else would; returns what it says.
    pub(crate) fn ask(&self, sql: &str) -> String {
        self.try_ask(sql).unwrap_or_else(|| panic!("{sql}"))
    }

    fn try_ask(&self, sql: &str) -> Option<String> {
        let mut psql = self.program("psql");
        let output = psql
            .arg("-h")
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string(), "-U", USER, "-XAtq"])
            .args(["-v", "ON_ERROR_STOP=1", "-c", sql, "postgres"])
            .stderr(Stdio::null())
            .output();
        let output = output.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.signal("-QUIT");
    }
}

/// Removes what servers of earlier runs left: those that a value in a `static` holds are never dropped.
fn sweep() {
    let folders = std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for folder in folders.map(|entry| entry.path()) {
        let is_ours =
            folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        // Not the server's own number: a test may have killed it, and start it again.
        let pid = std::fs::read_to_string(folder.join(OWNER)).ok().filter(|pid| !pid.is_empty());
        let is_gone = pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists());
        if is_ours && is_gone {
            let _gone = std::fs::remove_dir_all(folder);
        }
    }
}

/// Returns whether some file under a folder holds these bytes.
pub(crate) fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return holds(&path, bytes);
        }
        let held = std::fs::read(&path).unwrap_or_default();
        held.windows(bytes.len()).any(|window| window == bytes)
    })
}
