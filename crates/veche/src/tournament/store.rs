//! The directory of the rounds: `ROUND/round.json`, `ROUND/entries.json`, and each file by its hash.

use crate::failure::{Failure, FailureKind};
use crate::file;
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use veche_charter::fault::did_you_mean;
use veche_ledger::Hash;
use veche_node::picture::rounds::Given;
use veche_picture::date::Date;
use veche_picture::source::packed::is_parquet;
use veche_picture::source::stated::Form;
use veche_picture::tournament::{Entries, Entry, Round, Submission, read_file};
use veche_picture::{AreaId, Month, Series, Vintage};

/// Most bytes of a round or of a list of entries.
const JSON_LEN_MAX: u64 = 16 * 1024 * 1024;
/// Most bytes of an institute's file: 200 units, a year, 1000 draws, and room.
pub(super) const FILE_LEN_MAX: u64 = 256 * 1024 * 1024;

/// The format of a round, with its version.
const ROUND_FORMAT: &str = "veche-tournament-round/1";
/// The format of a list of entries, with its version.
const ENTRIES_FORMAT: &str = "veche-tournament-entries/1";

/// How the names of files of rows end.
const CSV_END: &str = ".csv";
const PARQUET_END: &str = ".parquet";

/// A directory of rounds.
pub(crate) struct Rounds {
    dir: PathBuf,
}

/// Returns the failure of a file of the directory that is not what it should be.
pub(super) fn fault(path: &Path, what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Tournament(format!("cannot use `{}`: {what}", path.display())))
}

impl Rounds {
    /// Opens a directory that is there.
    pub(crate) fn open(dir: &Path) -> Result<Self, Failure> {
        match fs::metadata(dir) {
            Ok(found) if found.is_dir() => Ok(Self { dir: dir.to_owned() }),
            Ok(_) => Err(Failure::new(FailureKind::NotADirectory(dir.to_owned()))),
            Err(error) => Err(Failure::reading(dir, error)
                .hinting(Some("`veche tournament open` makes the first round".to_owned()))),
        }
    }

    /// Opens a directory, and makes it first where there is none.
    pub(super) fn create(dir: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(dir).map_err(|error| Failure::writing(dir, error))?;
        Self::open(dir)
    }

    /// Returns the names of all rounds, ascending.
    pub(super) fn names(&self) -> Result<Vec<String>, Failure> {
        let fail = |error| Failure::reading(&self.dir, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if entry.path().join("round.json").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Adds a round; one that is there is never changed.
    pub(super) fn add(&self, round: &Round) -> Result<(), Failure> {
        let path = self.path(&round.name, "round.json");
        if path.exists() {
            return Err(fault(&path, "the round is there already, and is never changed"));
        }
        let folder = self.dir.join(&round.name);
        fs::create_dir_all(&folder).map_err(|error| Failure::writing(&folder, error))?;
        let units: Vec<String> = round.units.iter().map(ToString::to_string).collect();
        let told = json!({
            "format": ROUND_FORMAT,
            "name": round.name,
            "series": round.series.as_str(),
            "origin": round.origin.to_string(),
            "first": round.months.0.to_string(),
            "last": round.months.1.to_string(),
            "closes": round.closes.to_string(),
            "units": units,
        });
        file::write(&path, format!("{told:#}\n").as_bytes())
    }

    /// Reads a round.
    pub(crate) fn round(&self, name: &str) -> Result<Round, Failure> {
        let names = self.names()?;
        // A name from outside is no path: only what is listed here is read.
        if !names.iter().any(|known| known == name) {
            let hint =
                did_you_mean(name, names.iter().map(String::as_str)).unwrap_or_else(|| match names
                    .as_slice()
                {
                    [] => "`veche tournament open` makes the first".to_owned(),
                    names => format!("there are {}", names.join(", ")),
                });
            return Err(Failure::new(FailureKind::NoRound(name.to_owned())).hinting(Some(hint)));
        }
        let path = self.path(name, "round.json");
        let told = read_json(&path, ROUND_FORMAT)?;
        let round = read_round(&told).map_err(|what| fault(&path, what))?;
        round.check().map_err(|error| fault(&path, error))?;
        if round.name == name { Ok(round) } else { Err(fault(&path, "it is another round's")) }
    }

    /// Reads the entries of a round; none if there was none.
    pub(super) fn entries(&self, round: &Round) -> Result<Entries, Failure> {
        let path = self.path(&round.name, "entries.json");
        if !path.exists() {
            return Ok(Entries::default());
        }
        let told = read_json(&path, ENTRIES_FORMAT)?;
        let mut entries = Entries::default();
        for entry in told["entries"].as_array().into_iter().flatten() {
            let entry = read_entry(entry).map_err(|what| fault(&path, what))?;
            entries.admit(round, entry).map_err(|late| fault(&path, late))?;
        }
        Ok(entries)
    }

    /// Keeps a file that was admitted, and then the list that names it.
    pub(super) fn keep(
        &self,
        round: &Round,
        entries: &Entries,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let hash = Vintage(Hash::of(&[bytes]).0);
        let end = if is_parquet(bytes) { PARQUET_END } else { CSV_END };
        file::write(&self.path(&round.name, &format!("{hash}{end}")), bytes)?;
        let list: Vec<Json> = entries
            .all()
            .iter()
            .map(|entry| {
                json!({
                    "institute": entry.institute,
                    "file": entry.file.to_string(),
                    "form": entry.form.word(),
                    "received": entry.received.to_string(),
                })
            })
            .collect();
        let told = json!({ "format": ENTRIES_FORMAT, "entries": list });
        file::write(&self.path(&round.name, "entries.json"), format!("{told:#}\n").as_bytes())
    }

    /// Reads the submissions of a round that count, each from its file, whose hash is checked.
    pub(super) fn submissions(&self, round: &Round) -> Result<Vec<Submission>, Failure> {
        let entries = self.entries(round)?;
        let read = entries.standing().map(|entry| {
            let place = |end: &str| self.path(&round.name, &format!("{}{end}", entry.file));
            let packed = place(PARQUET_END);
            let path = if packed.exists() { packed } else { place(CSV_END) };
            let bytes = file::read(&path, FILE_LEN_MAX)?;
            if Vintage(Hash::of(&[&bytes]).0) != entry.file {
                return Err(fault(&path, "its bytes have another hash than its name"));
            }
            read_file(&bytes, round, &entry.institute).map_err(|what| fault(&path, what))
        });
        read.collect()
    }

    /// Reads all rounds with what was handed in for them, for a node that shows them.
    pub(crate) fn all(&self) -> Result<Vec<Given>, Failure> {
        let given = |name: String| {
            let round = self.round(&name)?;
            let (entries, submissions) = (self.entries(&round)?, self.submissions(&round)?);
            Ok(Given { round, entries, submissions })
        };
        self.names()?.into_iter().map(given).collect()
    }

    fn path(&self, round: &str, name: &str) -> PathBuf {
        self.dir.join(round).join(name)
    }
}

fn read_json(path: &Path, format: &str) -> Result<Json, Failure> {
    let bytes = file::read(path, JSON_LEN_MAX)?;
    let told: Json = serde_json::from_slice(&bytes).map_err(|error| fault(path, error))?;
    match told["format"].as_str() {
        Some(found) if found == format => Ok(told),
        found => Err(fault(path, format!("it is `{}`, not `{format}`", found.unwrap_or_default()))),
    }
}

fn text<'j>(told: &'j Json, key: &str) -> Result<&'j str, String> {
    told[key].as_str().ok_or_else(|| format!("`{key}` is missing"))
}

fn read_round(told: &Json) -> Result<Round, String> {
    let month = |key: &str| Month::parse(text(told, key)?).map_err(|error| error.to_string());
    let units = told["units"].as_array().into_iter().flatten();
    let units = units.map(|unit| {
        AreaId::parse(unit.as_str().unwrap_or_default()).map_err(|error| error.to_string())
    });
    let units: std::collections::BTreeSet<AreaId> = units.collect::<Result<_, _>>()?;
    let scheme = units.first().map(|unit| unit.scheme()).ok_or("it has no units")?;
    Ok(Round {
        name: text(told, "name")?.to_owned(),
        series: Series::parse(text(told, "series")?).map_err(|error| error.to_string())?,
        scheme,
        origin: month("origin")?,
        months: (month("first")?, month("last")?),
        closes: Date::parse(text(told, "closes")?).map_err(|error| error.to_string())?,
        units,
    })
}

fn read_entry(told: &Json) -> Result<Entry, String> {
    let all = [Form::Draws, Form::Quantiles, Form::Probability];
    let word = text(told, "form")?;
    Ok(Entry {
        institute: text(told, "institute")?.to_owned(),
        file: Vintage::parse(text(told, "file")?).map_err(|error| error.to_string())?,
        form: all.into_iter().find(|form| form.word() == word).ok_or("`form` is none")?,
        received: Date::parse(text(told, "received")?).map_err(|error| error.to_string())?,
    })
}
