//! Running the program, and inputs that several topics share.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// How long a program may take that ends by itself: one that serves where it should have refused would be waited for without end.
const ENDS_WITHIN: Duration = Duration::from_secs(300);

/// A directory of its own that the program runs in, so that no path of this machine is on a screen.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    /// Reads a file.
    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// The program with these arguments, separated by blanks.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env_remove("COLUMNS")
            .stdin(Stdio::null());
        command
    }

    /// What is seen after these arguments.
    pub(crate) fn veche(&self, arguments: &str) -> Screen {
        Screen::of(&ended(&mut self.command(arguments)))
    }
}

/// Runs a program to its end, or kills it.
fn ended(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, (done, waiting)) = (child.id().to_string(), mpsc::channel::<()>());
    let watch = thread::spawn(move || {
        if waiting.recv_timeout(ENDS_WITHIN) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _killed_or_gone = Command::new("kill").args(["-9", &id]).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(done);
    watch.join().unwrap();
    output
}

/// What is seen after the program has ended.
#[derive(Debug)]
pub(crate) struct Screen {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Screen {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Standard output, of a program that ended well and said nothing else.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self}");
        &self.out
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Both streams and the exit code, as one text for a snapshot.
impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.out)?;
        if !self.err.is_empty() {
            write!(f, "[standard error]\n{}", self.err)?;
        }
        match self.code {
            Some(code) => write!(f, "[exit {code}]"),
            None => f.write_str("[killed]"),
        }
    }
}

/// A panel of areas by number, each with its counts from January 2010 on.
pub(crate) fn panel_csv(areas: &[(u16, Vec<u32>)]) -> String {
    let mut csv = "month_id,country_id,ged_sb\n".to_owned();
    for (area, counts) in areas {
        for (month, count) in (361..).zip(counts) {
            writeln!(csv, "{month},{area},{count}").unwrap();
        }
    }
    csv
}

/// Norland: peace, then 25 deaths in the last month, which is May 2015. Sudra: peace.
pub(crate) fn norland() -> String {
    panel_csv(&[(1, [vec![0; 64], vec![25]].concat()), (2, vec![0; 65])])
}

pub(crate) const NAMES: &str = "country_id,name\n1,Norland\n2,Sudra\n";

/// A place with Norland imported.
pub(crate) fn with_norland() -> Place {
    let place = Place::new();
    place.put("panel.csv", norland());
    place.put("names.csv", NAMES);
    place.veche("picture import counts panel.csv --names names.csv").good();
    place
}

/// Events: one row each of country 901, Norland, in October 2023, with so many deaths.
pub(crate) fn events_csv(deaths: &[u32]) -> String {
    let mut csv = "id,date_start,date_end,date_prec,country_id,country,dyad_name,side_a,side_b,type_of_violence,best,\
        low,high,latitude,longitude,where_prec,number_of_sources,source_office\n"
        .to_owned();
    for (id, deaths) in (1..).zip(deaths) {
        let day = id % 28 + 1;
        writeln!(
            csv,
            "{id},2023-10-{day:02},2023-10-{day:02},1,901,Norland,Norland - Reds,Norland,Reds,1,{deaths},0,{deaths},\
             10.5,-20.25,2,3,Daily"
        )
        .unwrap();
    }
    csv
}
