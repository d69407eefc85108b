//! The project's own sentences in five parts, each coded by models that were trained on the others.

use super::chance::{Case, Share, share, shown};
use super::{FILE_LEN_MAX, Kit, failure};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use veche_coder::cluster::Clusters;
use veche_coder::document::Document;
use veche_coder::event::{Bar, CodedEvent, Coder, Models, Participant, Reader};
use veche_coder::identity::Identity;
use veche_coder::lexicon::Language;
use veche_coder::model::ModelError;
use veche_coder::ontology::Class;
use veche_coder::place::Resolution;
use veche_coder::text::Span;
use veche_coder::train::{
    EventRecipe, Labelled, LabelledError, LabelledEvent, Lessons, labelled, labelled_elsewhere,
    running, train_events, with_contexts,
};

/// Parts that the sentences are divided into.
const FOLDS: usize = 5;

/// Neighbours in a file that go into one part: they were written together.
const RUN: usize = 10;

/// Labels of real sentences to learn from, within the folder of labelled sentences.
const REAL: &str = "real/train.jsonl";

/// Treebanks whose sentences are labelled.
const TREEBANKS: [&str; 6] = [
    "en_ewt_train.tsv.gz",
    "en_ewt_dev.tsv.gz",
    "en_ewt_test.tsv.gz",
    "en_gum_clean_train.tsv.gz",
    "en_gum_clean_dev.tsv.gz",
    "en_gum_clean_test.tsv.gz",
];

/// Classes of probability of the table of calibration.
const CLASSES: u32 = 10;

/// A sentence with what was coded.
type Coded<'s> = (&'s Labelled, Vec<CodedEvent>);

/// What was coded with the usual bar, and with none.
type Twice<'s> = [Vec<Coded<'s>>; 2];

/// By what models sentences are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By<'p> {
    /// Each part by models that were trained on the others, and on real text if a folder of treebanks is given.
    Parts(Option<&'p Path>),
    /// All by the models that the program carries: for sentences that nothing was fitted to.
    Shipped,
}

/// Scores the coder on both files.
pub(super) fn run(kit: &Kit<'_>, directory: &Path, by: By<'_>) -> Result<Answer, Failure> {
    let kit = &kit.with_states(directory)?;
    let real = match by {
        By::Parts(Some(treebanks)) => read_real(&directory.join(REAL), treebanks)?,
        By::Parts(None) | By::Shipped => Vec::new(),
    };
    let mut text = String::new();
    let mut json = json!({});
    for (name, language) in [("en", Language::English), ("ru", Language::Russian)] {
        let path = directory.join(format!("{name}.jsonl"));
        let in_file =
            |path: &Path, error: LabelledError| failure(&format!("`{}`, {error}", path.display()));
        let mut sentences = labelled(&text_of(&path)?).map_err(|error| in_file(&path, error))?;
        let contexts = directory.join(format!("contexts/{name}.tsv"));
        if contexts.exists() {
            with_contexts(&mut sentences, &text_of(&contexts)?)
                .map_err(|error| in_file(&contexts, error))?;
        }
        let real: &[Labelled] = if language == Language::English { &real } else { &[] };
        let coded = match by {
            By::Parts(_) => folds(kit, language, &sentences, real),
            By::Shipped => by_shipped(kit, language, &sentences),
        };
        let [usual, open] = coded.map_err(|error| failure(&error.to_string()))?;
        let how = match by {
            By::Parts(Some(_)) => format!("{FOLDS} parts, with real text to learn from"),
            By::Parts(None) => format!("{FOLDS} parts"),
            By::Shipped => "by the shipped models".to_owned(),
        };
        json[name] = tell((name, &how), &usual, &open, &mut text);
    }
    Ok(Answer::document(&text, json))
}

/// Scores the coder on sentences of real text, by the models that the program carries.
pub(super) fn real(kit: &Kit<'_>, labels: &Path, treebanks: &Path) -> Result<Answer, Failure> {
    let sentences = read_real(labels, treebanks)?;
    let [usual, open] = by_shipped(kit, Language::English, &sentences)
        .map_err(|error| failure(&error.to_string()))?;
    let mut text = String::new();
    let json = json!({ "en": tell(("en", "by the shipped models"), &usual, &open, &mut text) });
    Ok(Answer::document(&text, json))
}

/// Reads labels, and the words of their sentences from the treebanks of a folder.
fn read_real(labels: &Path, treebanks: &Path) -> Result<Vec<Labelled>, Failure> {
    let mut texts = Vec::new();
    for name in TREEBANKS {
        let path = treebanks.join(name);
        let packed = file::read(&path, FILE_LEN_MAX)?;
        let mut bytes = Vec::new();
        let unpacked = MultiGzDecoder::new(packed.as_slice()).take(FILE_LEN_MAX);
        let fault = |what: &str| failure(&format!("`{}`: {what}", path.display()));
        { unpacked }.read_to_end(&mut bytes).map_err(|error| fault(&error.to_string()))?;
        texts.extend(running(&bytes).map_err(|error| fault(&error.to_string()))?);
    }
    labelled_elsewhere(&text_of(labels)?, &texts)
        .map_err(|error| failure(&format!("`{}`, {error}", labels.display())))
}

fn text_of(path: &Path) -> Result<String, Failure> {
    String::from_utf8(file::read(path, FILE_LEN_MAX)?)
        .map_err(|_| failure(&format!("`{}` is not UTF-8", path.display())))
}

fn folds<'s>(
    kit: &Kit<'_>,
    language: Language,
    sentences: &'s [Labelled],
    real: &[Labelled],
) -> Result<Twice<'s>, ModelError> {
    let of = |parity: usize| {
        let mut coded = Twice::default();
        for fold in (0..FOLDS).filter(|fold| fold % 2 == parity) {
            add(&mut coded, part(kit, language, sentences, real, fold)?);
        }
        Ok(coded)
    };
    std::thread::scope(|scope| {
        let odd = scope.spawn(|| of(1));
        let mut coded = of(0)?;
        add(&mut coded, odd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok(coded)
    })
}

fn add<'s>(coded: &mut Twice<'s>, more: Twice<'s>) {
    for (coded, more) in coded.iter_mut().zip(more) {
        coded.extend(more);
    }
}

/// Codes one part with models that were trained on the others.
fn part<'s>(
    kit: &Kit<'_>,
    language: Language,
    sentences: &'s [Labelled],
    real: &[Labelled],
    fold: usize,
) -> Result<Twice<'s>, ModelError> {
    let reader = Reader {
        vocabulary: &kit.vocabulary,
        matcher: &kit.matcher,
        english: &kit.english,
        russian: kit.russian,
        clusters: Clusters::shipped()?,
    };
    let numbered = sentences.iter().enumerate();
    let (own, others): (Vec<_>, Vec<_>) = numbered.partition(|(at, _)| (at / RUN) % FOLDS == fold);
    let others: Vec<&Labelled> = others.into_iter().map(|(_, sentence)| sentence).collect();
    let real: Vec<&Labelled> = real.iter().collect();
    let lessons = Lessons { language, sentences: &others, real: &real };
    let model = train_events(reader, lessons, &EventRecipe::shipped());
    let coder = Coder {
        reader,
        english: Models::read(&model)?,
        russian: Models::read(&model)?,
        gazetteer: None,
        signals: None,
        bar: None,
        explains: false,
        identity: Identity::shipped().with(&model),
    };
    Ok(twice(coder, language, own.into_iter().map(|(_, sentence)| sentence)))
}

/// Codes all sentences with the models that the program carries.
fn by_shipped<'s>(
    kit: &Kit<'_>,
    language: Language,
    sentences: &'s [Labelled],
) -> Result<Twice<'s>, ModelError> {
    let mut shipped = Coder::shipped(&kit.vocabulary, &kit.matcher, &kit.english)?;
    if let Some(russian) = kit.russian {
        shipped = shipped.with_russian(russian)?;
    }
    Ok(twice(Coder { explains: false, ..shipped }, language, sentences.iter()))
}

/// Codes sentences with each of the two bars.
fn twice<'s>(
    mut coder: Coder<'_>,
    language: Language,
    sentences: impl Iterator<Item = &'s Labelled> + Clone,
) -> Twice<'s> {
    [Bar::usual(language), Bar::none()].map(|bar| {
        coder.bar = Some(bar);
        sentences.clone().map(|sentence| code(&coder, sentence)).collect()
    })
}

fn code<'s>(coder: &Coder<'_>, sentence: &'s Labelled) -> Coded<'s> {
    let document = Document::read(sentence.text.as_bytes());
    (sentence, document.map(|document| coder.code(document, None).events).unwrap_or_default())
}

/// Returns the main event, if it is no mere statement.
fn main_event(sentence: &Labelled) -> Option<&LabelledEvent> {
    sentence.events.first().filter(|event| event.class.quad().is_some())
}

fn overlaps(gold: Option<Span>, found: Option<Span>) -> bool {
    match (gold, found) {
        (None, None) => true,
        (Some(gold), Some(found)) => gold.overlaps(found),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn span(party: Option<&Participant>) -> Option<Span> {
    party.map(|party| party.span)
}

fn tell(
    (name, how): (&str, &str),
    usual: &[Coded<'_>],
    open: &[Coded<'_>],
    text: &mut String,
) -> Value {
    let yes = |is: bool| (u32::from(is), 1);
    let events = |pick: &dyn Fn(&LabelledEvent, &[CodedEvent]) -> Option<Case>| {
        let cases = usual.iter().filter_map(|(sentence, coded)| pick(main_event(sentence)?, coded));
        share(&cases.collect::<Vec<_>>())
    };
    let hit = |gold: &LabelledEvent, coded: &[CodedEvent]| {
        coded.iter().find(|event| event.class == gold.class).cloned()
    };
    // Of the events whose type is right.
    let right = |pick: &dyn Fn(&LabelledEvent, &CodedEvent) -> bool| {
        events(&|gold, coded| hit(gold, coded).map(|event| yes(pick(gold, &event))))
    };
    let all = |pick: &dyn Fn(&LabelledEvent, &CodedEvent) -> bool| {
        events(&|gold, coded| Some(yes(hit(gold, coded).is_some_and(|event| pick(gold, &event)))))
    };
    let neutral = |is: &dyn Fn(&Labelled) -> bool| {
        let of =
            usual.iter().filter(|(sentence, _)| main_event(sentence).is_none() && is(sentence));
        share(&of.map(|(_, coded)| yes(!coded.is_empty())).collect::<Vec<_>>())
    };
    let actor =
        |gold: &LabelledEvent, event: &CodedEvent| overlaps(gold.actor, span(event.actor.as_ref()));
    let recipient = |gold: &LabelledEvent, event: &CodedEvent| {
        overlaps(gold.recipient, span(event.recipient.as_ref()))
    };
    let precise = usual.iter().map(|(sentence, coded)| {
        let right = coded
            .iter()
            .filter(|event| sentence.events.iter().any(|gold| gold.class == event.class));
        (count(right.count()), count(coded.len()))
    });
    let rows = [
        ("type hit", all(&|_, _| true)),
        (
            "quad hit",
            events(&|gold, coded| {
                Some(yes(coded.iter().any(|event| event.class.quad() == gold.class.quad())))
            }),
        ),
        ("type and actor", all(&actor)),
        (
            "type, actor and recipient",
            all(&|gold, event| actor(gold, event) && recipient(gold, event)),
        ),
        ("precision", share(&precise.collect::<Vec<_>>())),
        ("false events, neutral (NONE)", neutral(&|sentence| sentence.events.is_empty())),
        ("false events, statements", neutral(&|sentence| !sentence.events.is_empty())),
        ("actor, of right types", right(&actor)),
        ("recipient, of right types", right(&recipient)),
        ("mode, of right types", right(&|gold, event| gold.mode == event.mode)),
        ("aux, of right types", right(&|gold, event| gold.aux == event.aux)),
        (
            "attribution, of right types",
            right(&|gold, event| overlaps(gold.attribution, event.attribution)),
        ),
        (
            "place, of right types",
            right(&|gold, event| overlaps(gold.place, event.place.map(|place| place.span))),
        ),
        (
            "place by the tables alone, of right types",
            right(&|gold, event| {
                let told = event.place.filter(|place| place.resolution != Resolution::Named);
                overlaps(gold.place, told.map(|place| place.span))
            }),
        ),
        ("type hit if nothing is held back", likeliest(open)),
        ("contexts, precision", contexts(usual, |right, told, _| (right, told))),
        ("contexts, recall", contexts(usual, |right, _, labelled| (right, labelled))),
    ];
    let _always_ok = writeln!(
        text,
        "{name}: {} sentences, {how}\n\n| measure | per cent |\n|---|---|",
        usual.len()
    );
    let mut json = json!({ "sentences": usual.len() });
    for (row, share) in rows {
        let _always_ok = writeln!(text, "| {row} | {} |", shown(share));
        json[row] = share.map(|share| json!([share.value, share.low, share.high])).into();
    }
    types(usual, text);
    json["calibration error"] = calibration(open, text).into();
    json
}

/// Returns a share of contexts, of sentences for which an event was coded and contexts were labelled: picked from how many are right, were told and were
/// labelled.
fn contexts(usual: &[Coded<'_>], pick: impl Fn(u32, u32, u32) -> Case) -> Option<Share> {
    let cases = usual.iter().filter_map(|(sentence, coded)| {
        let (labelled, event) = (sentence.contexts.as_ref()?, coded.first()?);
        let right = event.contexts.iter().filter(|told| labelled.contains(told)).count();
        Some(pick(count(right), count(event.contexts.len()), count(labelled.len())))
    });
    share(&cases.collect::<Vec<_>>())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Returns how often the likeliest event has the right type, of all sentences that tell of one.
fn likeliest(open: &[Coded<'_>]) -> Option<Share> {
    let cases = open.iter().filter_map(|(sentence, coded)| {
        let best = coded.iter().rev().max_by_key(|event| event.any);
        let gold = main_event(sentence)?;
        Some((u32::from(best.is_some_and(|event| event.class == gold.class)), 1))
    });
    share(&cases.collect::<Vec<_>>())
}

/// Adds the table of types.
fn types(usual: &[Coded<'_>], text: &mut String) {
    text.push_str(
        "\n| type | main events | hit | coded | of them right |\n|---|---|---|---|---|\n",
    );
    for class in Class::all().filter(|class| class.quad().is_some()) {
        let (mut gold, mut hit, mut coded, mut right) = (0, 0, 0, 0);
        for (sentence, events) in usual {
            let is_told = events.iter().any(|event| event.class == class);
            if main_event(sentence).is_some_and(|event| event.class == class) {
                gold += 1;
                hit += u32::from(is_told);
            }
            coded += u32::from(is_told);
            right += u32::from(is_told && sentence.events.iter().any(|event| event.class == class));
        }
        let _always_ok =
            writeln!(text, "| {} | {gold} | {hit} | {coded} | {right} |", class.name());
    }
}

/// Adds the table of calibration, and returns the mean distance between what was said and what was so, in per cent.
fn calibration(open: &[Coded<'_>], text: &mut String) -> f64 {
    let mut classes = vec![(0_u32, 0_u32, 0_u64); CLASSES as usize];
    for (sentence, coded) in open {
        let Some(best) = coded.first() else { continue };
        let at = (best.probability / (1_000_000 / CLASSES)).min(CLASSES - 1);
        let right = main_event(sentence).is_some_and(|gold| gold.class == best.class);
        if let Some((hits, all, said)) = classes.get_mut(at as usize) {
            *hits += u32::from(right);
            *all += 1;
            *said += u64::from(best.probability);
        }
    }
    text.push_str("\n| probability said | sentences | mean said | right |\n|---|---|---|---|\n");
    let (mut error, mut total) = (0.0, 0_u32);
    for (at, (hits, all, said)) in (0..).zip(classes) {
        if all == 0 {
            continue;
        }
        // Millionths of a few thousand sentences are far below 2^52.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let mean = said as f64 / f64::from(all) / 10_000.0;
        let right = 100.0 * f64::from(hits) / f64::from(all);
        error += (mean - right).abs() * f64::from(all);
        total += all;
        let step = 100 / CLASSES;
        let _always_ok = writeln!(
            text,
            "| {} to {} | {all} | {mean:.1} | {right:.1} |",
            at * step,
            (at + 1) * step
        );
    }
    let error = error / f64::from(total.max(1));
    let _always_ok = writeln!(text, "\ncalibration error: {error:.1} points\n");
    error
}
