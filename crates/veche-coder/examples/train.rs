//! Makes the English models from treebanks and the models of events from labelled sentences, or checks that the committed ones are what the recipe makes.
//!
//! `cargo xtask train` runs this with optimisation. Arguments: the folder of treebanks, the folder of models, and `--check`; or `--events` and
//! the model by which Russian is parsed, without which the models for Russian trees stay as they are; or `--corrections FILE OUT`: models of events
//! that learn from a file of corrections too, into a folder of their own; or `--clusters` and two files of vectors: the clusters of words, English
//! and Russian.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a chore talks to the terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "the chore reads files, so that the library need not"
)]

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use veche_coder::cluster::Clusters;
use veche_coder::event::Reader;
use veche_coder::lexicon;
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::{Language, ModelError};
use veche_coder::parse::Parser;
use veche_coder::russian::Russian;
use veche_coder::tag::{Lemmas, Tagger};
use veche_coder::train::{
    ClusterRecipe, Corrected, EventRecipe, Labelled, Lessons, Recipe, Trained, Tree, Vectors,
    corrected, labelled, labelled_elsewhere, running, train, train_clusters, train_events,
    treebank, with_contexts,
};

/// Treebanks that models are trained on.
const TREEBANKS: [&str; 2] = ["en_ewt_train.tsv.gz", "en_gum_clean_train.tsv.gz"];

/// The file that tells how the models were made.
const MANIFEST: &str = "manifest.tsv";

/// Sentences of the training that `--check` repeats.
const SAMPLE: usize = 500;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [data, models] => write(Path::new(data), Path::new(models)),
        [data, models, "--events"] => write_events(Path::new(data), Path::new(models), None),
        [data, models, "--events", russian] => {
            write_events(Path::new(data), Path::new(models), Some(Path::new(russian)))
        }
        [data, models, "--corrections", file, out] => {
            write_corrected(Path::new(data), Path::new(models), Path::new(file), Path::new(out))
        }
        [_, models, "--clusters", english, russian] => {
            write_clusters(Path::new(models), [Path::new(english), Path::new(russian)])
        }
        [data, models, "--check"] => check(Path::new(data), Path::new(models)),
        _ => Err("give the folder of treebanks, the folder of models, and `--check`, `--events`, `--corrections FILE OUT`, `--clusters ENGLISH RUSSIAN` or nothing"
            .to_owned()),
    };
    match done {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Trains, and writes models and manifest.
fn write(data: &Path, models: &Path) -> Result<String, String> {
    let banks = banks(data)?;
    let trees = trees(&banks)?;
    println!("{} sentences; this takes minutes", trees.len());
    let trained = train(&trees, &Recipe::english());
    for (name, bytes) in files(&trained) {
        save(&models.join(name), bytes)?;
    }
    let clusters = read_all(models, &CLUSTERS)?;
    let mut all = files(&trained);
    all.extend(borrowed(&clusters));
    let [english, russian] = events(&all, &real(data)?, &Corrected::default())?;
    save(&models.join(EVENTS[0]), &english)?;
    save(&models.join(EVENTS[1]), &russian)?;
    let kept = bytes(&models.join(FOR_TREES))?;
    all.extend(EVENTS.into_iter().zip([english.as_slice(), &russian]));
    all.push((FOR_TREES, &kept));
    let committed = text(&models.join(MANIFEST))?;
    let manifest = manifest(&banks, &all, &sample(&trees))
        + &lines_of(&committed, &["lessons"])
        + &lines_of(&committed, &["vectors"]);
    save(&models.join(MANIFEST), manifest.as_bytes())?;
    Ok(manifest)
}

/// Trains the models of events alone, with the committed models of English.
fn write_events(data: &Path, models: &Path, russian: Option<&Path>) -> Result<String, String> {
    let read = read_all(models, &[&NAMES[..], &CLUSTERS].concat())?;
    let held = borrowed(&read);
    let trained = events(&held, &real(data)?, &Corrected::default())?;
    let mut committed = text(&models.join(MANIFEST))?;
    let for_trees = match russian {
        Some(russian) => {
            committed = lines_of(&committed, &["treebank", "sample", "vectors"])
                + &format!("lessons\t{FOR_TREES}\t{}\n", lessons_hash(models)?);
            for_trees(&held, russian)?
        }
        None => bytes(&models.join(FOR_TREES))?,
    };
    let mut all = held;
    all.extend(EVENTS.into_iter().zip(trained.iter().map(Vec::as_slice)));
    all.push((FOR_TREES, &for_trees));
    for (name, bytes) in &all {
        save(&models.join(name), bytes)?;
    }
    // What the treebanks made stays as it was.
    let manifest = lines_of(&committed, &["treebank", "sample"])
        + &recipe_lines()
        + &file_lines(&all)
        + &lines_of(&committed, &["lessons"])
        + &lines_of(&committed, &["vectors"]);
    save(&models.join(MANIFEST), manifest.as_bytes())?;
    Ok(manifest)
}

/// Makes the clusters of words, and tells in the manifest from which vectors. Models that learnt with others are to be made anew.
fn write_clusters(models: &Path, vectors: [&Path; 2]) -> Result<String, String> {
    let committed = text(&models.join(MANIFEST))?;
    let mut manifest = lines_of(&committed, &["treebank", "sample", "recipe", "model", "lessons"]);
    for (name, from) in CLUSTERS.into_iter().zip(vectors) {
        let file = bytes(&from.to_path_buf())?;
        let vectors =
            Vectors::read(&file).map_err(|error| format!("{}: {error}", from.display()))?;
        println!("{name}; this takes minutes");
        save(&models.join(name), &train_clusters(&vectors, &ClusterRecipe::shipped()))?;
        writeln!(manifest, "vectors\t{name}\t{}\t{}", file.len(), hash(&file)).unwrap();
    }
    save(&models.join(MANIFEST), manifest.as_bytes())?;
    Ok("clusters are made; now run `cargo xtask train --events`, with a model of Russian"
        .to_owned())
}

/// Returns the named models of a folder.
fn read_all(models: &Path, names: &[&'static str]) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    names.iter().map(|name| Ok((*name, bytes(&models.join(name))?))).collect()
}

fn borrowed<'b>(read: &'b [(&'static str, Vec<u8>)]) -> Vec<(&'static str, &'b [u8])> {
    read.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect()
}

/// Returns the labelled sentences of real text: their labels are the lexicon's, their words the treebanks'.
fn real(data: &Path) -> Result<Vec<Labelled>, String> {
    let mut texts = Vec::new();
    for (name, bytes) in banks(data)? {
        texts.extend(running(&bytes).map_err(|error| format!("{name}: {error}"))?);
    }
    labelled_elsewhere(&text(&PathBuf::from(REAL))?, &texts)
        .map_err(|error| format!("{REAL}: {error}"))
}

/// How often a corrected sentence stands in the training: an analyst's word on one report weighs as much as so many sentences of the
/// lexicon.
const CORRECTED: usize = 4;

/// Trains the models of events on the lexicon's sentences and on what corrections teach, into a folder of their own.
fn write_corrected(data: &Path, models: &Path, file: &Path, out: &Path) -> Result<String, String> {
    let taught = corrected(&text(&file.to_path_buf())?)
        .map_err(|error| format!("{}: line {}: {}", file.display(), error.line, error.what))?;
    let same = |one: &Path| one.canonicalize().ok();
    if same(out).is_some() && same(out) == same(models) {
        return Err(
            "the committed models are made from the lexicon alone: name another folder".to_owned()
        );
    }
    let read = read_all(models, &[&NAMES[..], &CLUSTERS].concat())?;
    let real = if data.join(TREEBANKS[0]).exists() {
        real(data)?
    } else {
        println!("no treebanks in {}: nothing is learnt from real text", data.display());
        Vec::new()
    };
    let trained = events(&borrowed(&read), &real, &taught)?;
    std::fs::create_dir_all(out)
        .map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    let mut all: Vec<(&str, &[u8])> =
        EVENTS.into_iter().zip(trained.iter().map(Vec::as_slice)).collect();
    for (name, lines) in
        [("corrected.en.jsonl", &taught.english), ("corrected.ru.jsonl", &taught.russian)]
    {
        all.push((name, lines.as_bytes()));
    }
    for (name, bytes) in &all {
        save(&out.join(name), bytes)?;
    }
    let manifest = recipe_lines() + &file_lines(&all);
    save(&out.join(MANIFEST), manifest.as_bytes())?;
    let mut said = String::new();
    for (text, why) in &taught.left_out {
        writeln!(said, "left out: {why}: {text}").unwrap();
    }
    let count = |lines: &str| lines.lines().count();
    let (english, russian) = (count(&taught.english), count(&taught.russian));
    write!(
        said,
        "{english} English and {russian} Russian sentences were added; {} holds the models",
        out.display()
    )
    .unwrap();
    Ok(said)
}

/// Returns the models for Russian trees.
fn for_trees(models: &[(&str, &[u8])], russian: &Path) -> Result<Vec<u8>, String> {
    let bytes = bytes(&russian.to_path_buf())?;
    let russian = Russian::read(&bytes).map_err(|error| error.to_string())?;
    with_reader(models, |reader| {
        train_on(Reader { russian: Some(&russian), ..reader }, lexicon::Language::Russian, &[], "")
    })
}

/// Returns the lines of a manifest that begin with one of these words.
fn lines_of(manifest: &str, kinds: &[&str]) -> String {
    let of = |line: &&str| line.split('\t').next().is_some_and(|kind| kinds.contains(&kind));
    manifest.lines().filter(of).map(|line| format!("{line}\n")).collect()
}

/// Returns the hash of what the models for Russian trees learn from.
fn lessons_hash(models: &Path) -> Result<String, String> {
    let mut all = bytes(&models.join(CLUSTERS[1]))?;
    for name in [SENTENCES[1], CONTEXTS[1], STATES] {
        all.extend(bytes(&PathBuf::from(name))?);
    }
    let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicon");
    for name in TABLES {
        all.extend(bytes(&PathBuf::from(format!("{tables}/{name}.tsv")))?);
    }
    all.extend(recipe_lines().into_bytes());
    Ok(hash(&all))
}

/// Returns the models of events, of English and of Russian, as the recipe makes them of the lexicon's sentences and of corrected
/// ones.
fn events(
    models: &[(&str, &[u8])],
    real: &[Labelled],
    taught: &Corrected,
) -> Result<[Vec<u8>; 2], String> {
    with_reader(models, |reader| {
        std::thread::scope(|scope| {
            let russian =
                scope.spawn(|| train_on(reader, lexicon::Language::Russian, &[], &taught.russian));
            let english = train_on(reader, lexicon::Language::English, real, &taught.english)?;
            let russian =
                russian.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            Ok([english, russian])
        })
    })
}

fn with_reader<T>(
    models: &[(&str, &[u8])],
    work: impl FnOnce(Reader<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let of = |name: &str| {
        let found = models.iter().find(|(own, _)| *own == name);
        found.map(|(_, bytes)| *bytes).ok_or(format!("there is no {name}"))
    };
    let fault = |error: ModelError| error.to_string();
    let english = Language {
        tagger: Tagger::read(of(NAMES[0])?).map_err(fault)?,
        parser: Parser::read(of(NAMES[1])?, of(NAMES[2])?).map_err(fault)?,
        lemmas: Lemmas::read(of(NAMES[3])?).map_err(fault)?,
    };
    let states = std::fs::read(STATES).map_err(|error| format!("{STATES}: {error}"))?;
    let vocabulary = Vocabulary::shipped().and_then(|shipped| shipped.with_nations(&states));
    let vocabulary = vocabulary.map_err(|error| error.to_string())?;
    let matcher = Matcher::new(&vocabulary, &[], None);
    let clusters = Clusters::read(of(CLUSTERS[0])?, of(CLUSTERS[1])?).map_err(fault)?;
    work(Reader {
        vocabulary: &vocabulary,
        matcher: &matcher,
        english: &english,
        russian: None,
        clusters,
    })
}

fn train_on(
    reader: Reader<'_>,
    language: lexicon::Language,
    real: &[Labelled],
    taught: &str,
) -> Result<Vec<u8>, String> {
    let at = match language {
        lexicon::Language::English => 0,
        lexicon::Language::Russian => 1,
    };
    let read = |name: &str| text(&PathBuf::from(name));
    let mut sentences = labelled(&read(SENTENCES[at])?).map_err(|error| error.to_string())?;
    with_contexts(&mut sentences, &read(CONTEXTS[at])?)
        .map_err(|error| format!("{}: {error}", CONTEXTS[at]))?;
    let own = labelled(taught).map_err(|error| error.to_string())?;
    let own = std::iter::repeat_n(&own, CORRECTED).flatten();
    let sentences: Vec<&Labelled> = sentences.iter().chain(own).collect();
    let real: Vec<&Labelled> = real.iter().collect();
    let lessons = Lessons { language, sentences: &sentences, real: &real };
    Ok(train_events(reader, lessons, &EventRecipe::shipped()))
}

/// Compares the committed models with the manifest, and the manifest with a training on a sample if treebanks are there.
fn check(data: &Path, models: &Path) -> Result<String, String> {
    let committed = text(&models.join(MANIFEST))?;
    let read = read_all(models, &[&NAMES[..], &CLUSTERS, &EVENTS, &[FOR_TREES]].concat())?;
    let held = borrowed(&read);
    let has_banks = data.join(TREEBANKS[0]).exists();
    let real = if has_banks { real(data)? } else { Vec::new() };
    let trained = EVENTS.into_iter().zip(events(&held, &real, &Corrected::default())?);
    // Without the treebanks there is no real text, from which the English ones learn too.
    for (name, bytes) in trained.filter(|(name, _)| has_banks || *name == EVENTS[1]) {
        let committed = held.iter().find(|(own, _)| *own == name).map(|(_, bytes)| *bytes);
        if committed != Some(bytes.as_slice()) {
            return Err(format!(
                "{name} is not what the recipe makes of the lexicon: run `cargo xtask train --events`"
            ));
        }
    }
    let told = format!("lessons\t{FOR_TREES}\t{}\n", lessons_hash(models)?);
    if lines_of(&committed, &["lessons"]) != told {
        return Err(format!(
            "{FOR_TREES} learnt from other sentences than these: run `cargo xtask train --events russian.bin`, with the model that models/README.md makes"
        ));
    }
    let told = told + &lines_of(&committed, &["vectors"]);
    let mut expected = recipe_lines();
    expected.push_str(&file_lines(&held));
    expected.push_str(&told);
    if !has_banks {
        let same = committed.ends_with(&expected);
        let said = format!(
            "models are those of the manifest; SKIPPED: no treebanks in {}",
            data.display()
        );
        return if same { Ok(said) } else { Err(differs(&expected)) };
    }
    let banks = banks(data)?;
    let expected = manifest(&banks, &held, &sample(&trees(&banks)?)) + &told;
    if committed == expected {
        Ok(format!("models are those of the manifest, and so is a training on {SAMPLE} sentences"))
    } else {
        Err(differs(&expected))
    }
}

fn differs(expected: &str) -> String {
    format!(
        "the manifest is not that of the recipe and the models; it would be\n{expected}\nrun `cargo xtask train` if the change is meant"
    )
}

const NAMES: [&str; 4] =
    ["english-tags.bin", "english-arcs.bin", "english-relations.bin", "english-lemmas.bin"];

/// Words of like use.
const CLUSTERS: [&str; 2] = ["english-clusters.bin", "russian-clusters.bin"];

/// Models of events.
const EVENTS: [&str; 2] = ["english-events.bin", "russian-events.bin"];

/// Models of events for Russian sentences of which there are trees; they need a model that is no part of the repository.
const FOR_TREES: &str = "russian-trees-events.bin";

/// Tables of the lexicon that Russian is read with.
const TABLES: [&str; 8] = [
    "triggers.ru",
    "agents.ru",
    "nations",
    "regions",
    "towns",
    "groups",
    "organisations",
    "offices",
];

/// The states that they make up: to the models they are nations, as to whoever reads them.
const STATES: &str = "lexicon/sentences/states.tsv";

/// Labelled sentences that they are trained on.
const SENTENCES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicon/sentences/en.jsonl"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicon/sentences/ru.jsonl"),
];

/// Labels of sentences of the treebanks.
const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicon/sentences/real/train.jsonl");

/// The contexts of labelled sentences.
const CONTEXTS: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicon/sentences/contexts/en.tsv"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../lexicon/sentences/contexts/ru.tsv"),
];

fn files(trained: &Trained) -> Vec<(&'static str, &[u8])> {
    let Trained { tags, arcs, relations, lemmas } = trained;
    NAMES.into_iter().zip([tags.as_slice(), arcs, relations, lemmas]).collect()
}

/// Returns the models of a training on the first sentences.
fn sample(trees: &[Tree]) -> Trained {
    train(trees.get(..SAMPLE).unwrap_or(trees), &Recipe::english())
}

/// The treebanks come first: without them, the rest can still be compared.
fn manifest(banks: &[(&str, Vec<u8>)], files: &[(&str, &[u8])], sample: &Trained) -> String {
    let mut lines = String::new();
    for (name, bytes) in banks {
        writeln!(lines, "treebank\t{name}\t{}\t{}", bytes.len(), hash(bytes)).unwrap();
    }
    let all: Vec<u8> =
        self::files(sample).into_iter().flat_map(|(_, bytes)| bytes.to_vec()).collect();
    writeln!(lines, "sample\t{SAMPLE} sentences\t{}\t{}", all.len(), hash(&all)).unwrap();
    lines + &recipe_lines() + &file_lines(files)
}

fn recipe_lines() -> String {
    format!(
        "recipe\t{:?}\nrecipe\t{:?}\nrecipe\t{:?}\n",
        Recipe::english(),
        ClusterRecipe::shipped(),
        EventRecipe::shipped()
    )
}

fn file_lines(files: &[(&str, &[u8])]) -> String {
    let line = |(name, bytes): &(&str, &[u8])| {
        format!("model\t{name}\t{}\t{}\n", bytes.len(), hash(bytes))
    };
    files.iter().map(line).collect()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the treebanks, unpacked.
fn banks(data: &Path) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let mut banks = Vec::new();
    for name in TREEBANKS {
        let packed = bytes(&data.join(name))?;
        let mut unpacked = Vec::new();
        let read = flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked);
        read.map_err(|error| format!("cannot unpack {name}: {error}"))?;
        banks.push((name, unpacked));
    }
    Ok(banks)
}

fn trees(banks: &[(&str, Vec<u8>)]) -> Result<Vec<Tree>, String> {
    let mut trees = Vec::new();
    for (name, bytes) in banks {
        trees.extend(treebank(bytes).map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(trees)
}

fn bytes(path: &PathBuf) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn text(path: &PathBuf) -> Result<String, String> {
    String::from_utf8(bytes(path)?).map_err(|_| format!("{} is not UTF-8", path.display()))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
