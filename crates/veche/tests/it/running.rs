//! A node that runs: the program itself, on a free port, over a store in a place of its own.

use crate::browser::Browser;
use crate::support::{Place, Screen};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The store that the tests begin with.
pub(crate) const STORE: &str = "arven.db";

/// The arguments with which its two officers sign.
pub(crate) const BOTH: &str = "--officers duty,delegate --passphrase-file pass.txt";

/// Makes a node of Arven as an operator does, with no command left out. Keys are locked slowly on purpose, so that most tests
/// begin with a copy of what this made once.
pub(crate) fn made_by_hand() -> Place {
    made_under(TWO_BANKS)
}

/// The charter that the tests begin with.
pub(crate) const TWO_BANKS: &str = include_str!("../../../../charters/two-banks/charter.toml");

/// Makes a node of Arven under a charter of the same parties.
pub(crate) fn made_under(charter: &str) -> Place {
    let place = Place::new();
    make_in(&place, charter, |_, table| table);
    place
}

/// Makes a node of Arven in a place; `change` may put other public keys into a party's table, before the charter is made of them.
pub(crate) fn make_in(place: &Place, charter: &str, change: impl Fn(&str, String) -> String) {
    place.put("pass.txt", "one two three four\n");
    place.put("charter.toml", charter);
    let keys = |party: &str, officers: &str| {
        format!(
            "node keys --organisation two-banks.example --party {party} --officers {officers} --folder keys-{party} \
             --passphrase-file pass.txt"
        )
    };
    for (party, officers) in [("arven", "duty,delegate"), ("belm", "duty"), ("office", "duty")] {
        let table = place.veche(&keys(party, officers));
        place.put(&format!("{party}.toml"), change(party, table.good().to_owned()));
    }
    place
        .veche("node genesis charter.toml --keys arven.toml --keys belm.toml --keys office.toml --out genesis.toml")
        .good();
    let made =
        format!("node init --charter genesis.toml --party arven --keys keys-arven --store {STORE}");
    place.veche(&made).good();
}

/// A copy of a node of Arven that nobody has run yet.
pub(crate) fn with_node() -> Place {
    static STORE_BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = STORE_BYTES.get_or_init(|| made_by_hand().get(STORE));
    let place = Place::new();
    place.put("pass.txt", "one two three four\n");
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    place.put(STORE, bytes);
    place
}

/// A node that runs. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    /// What it printed on standard output: one line.
    pub(crate) line: String,
    errors: std::path::PathBuf,
}

/// Where a running node's standard error goes.
const ERRORS: &str = "errors.txt";

impl Running {
    /// Runs the node, and waits for its one line.
    pub(crate) fn start(place: &Place, arguments: &str) -> Self {
        Self::of(place, place.command(&format!("node run --store {STORE} {arguments}")))
    }

    /// Runs a command that runs the node, and waits for its one line.
    pub(crate) fn of(place: &Place, command: Command) -> Self {
        Self::named(place, command, ERRORS)
    }

    /// As [`Self::of`], with the name of the file for its standard error: of several nodes in one place.
    pub(crate) fn named(place: &Place, command: Command, errors: &str) -> Self {
        let running = Self::started(command, place.path().join(errors));
        assert!(!running.line.is_empty(), "it did not begin: {}", running.errors());
        running
    }

    /// Runs a command that runs the node, and waits for its one line or its end: then there is none.
    pub(crate) fn started(mut command: Command, errors: std::path::PathBuf) -> Self {
        let file = std::fs::File::create(&errors).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, line: line.trim_end().to_owned(), errors }
    }

    /// Waits for a further line: one that stands by tells new links when it takes over.
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What it has said on standard error so far.
    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap()
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Screen {
        let code = self.child.wait().unwrap().code();
        Screen { code, out: String::new(), err: self.errors() }
    }

    /// Signs in by its link.
    pub(crate) fn signed_in(&self) -> Browser {
        signed_in(&self.line)
    }

    /// Sends a signal by its name.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Sets how long its files may be, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn limit_files(&self, len_max: &str) {
        let pid = self.child.id().to_string();
        let limit = format!("--fsize={len_max}:");
        let set = Command::new("prlimit").args([&limit, "--pid", &pid]).status();
        assert!(set.unwrap().success());
    }

    /// Ends it with a signal and returns what was seen: the rest of standard output, standard error, the code.
    #[cfg(unix)]
    pub(crate) fn end(self, name: &str) -> Screen {
        self.signal(name);
        self.ended()
    }

    /// Kills it: no destructor runs, nothing is written any more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Signs in by a link, as a person does: opens the page, presses the button.
pub(crate) fn signed_in(url: &str) -> Browser {
    let (mut browser, path) = Browser::at(url);
    let page = browser.get(&path);
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, token) = path.split_once("token=").unwrap();
    assert!(page.body.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.body);
    let entered = browser.post("/sign-in", &[("token", token), ("back", "/")]);
    assert_eq!((entered.status, entered.location()), (303, "/"), "{}", entered.body);
    browser
}
