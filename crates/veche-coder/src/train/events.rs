//! Training of the models of events, from labelled sentences.

use super::choice::{self, ChoiceRecipe, Example, Packed};
use super::contexts::{self, ContextRecipe, Matter};
use crate::document::Document;
use crate::event::Reader;
use crate::event::candidate::{Candidate, candidates};
use crate::event::models::{Models, PARTS, SOMEBODY, bias, classes};
use crate::event::mood::{self, Aux};
use crate::event::reader::Found;
use crate::event::sink::Sink;
use crate::event::view::{Party, View};
use crate::event::{context, kind, mode, role};
use crate::lexicon::{Head, Language, Trigger};
use crate::model::Analysis;
use crate::ontology::{Class, Context, Mode};
use crate::text::Span;
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// A sentence with the events that it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// What the file calls it.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its events, the main one first; none if it tells of nothing.
    pub events: Vec<LabelledEvent>,
    /// What its matter is, if somebody said that.
    pub contexts: Option<Vec<Context>>,
}

/// An event of a labelled sentence. Spans are bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledEvent {
    /// What happened.
    pub class: Class,
    /// How, if that is said.
    pub mode: Option<Mode>,
    /// What keeps it from having happened lately.
    pub aux: Vec<Aux>,
    /// The words that tell it.
    pub trigger: Option<Span>,
    /// Who acts.
    pub actor: Option<Span>,
    /// Who is acted upon.
    pub recipient: Option<Span>,
    /// Who says so.
    pub attribution: Option<Span>,
    /// Where.
    pub place: Option<Span>,
}

/// A line of labelled sentences that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line} of the labelled sentences: {what}")]
pub struct LabelledError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

/// Reads labelled sentences: one JSON object a line, as `lexicon/sentences/README.md` describes.
///
/// # Errors
/// The first line that is no such object.
pub fn labelled(lines: &str) -> Result<Vec<Labelled>, LabelledError> {
    read(lines, |value| {
        let text = value["text"].as_str().ok_or("it has no `text`")?;
        Ok(text.to_owned())
    })
}

/// Reads labels of sentences whose text stands elsewhere, by their names: the same objects without `text`, and with two numbers, bytes of the
/// text, in the place of words.
///
/// # Errors
/// The first line that is no such object, or whose sentence is not there.
pub fn labelled_elsewhere(
    lines: &str,
    texts: &[(String, String)],
) -> Result<Vec<Labelled>, LabelledError> {
    let texts: BTreeMap<&str, &str> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    read(lines, |value| {
        let id = value["id"].as_str().unwrap_or_default();
        let text = texts.get(id).ok_or_else(|| format!("there is no sentence `{id}`"))?;
        Ok((*text).to_owned())
    })
}

/// Adds the contexts of sentences: a line each with its name, a tab, and contexts parted by blanks, or `-` for none.
///
/// # Errors
/// The first line that is none, or whose sentence is not there.
pub fn with_contexts(sentences: &mut [Labelled], lines: &str) -> Result<(), LabelledError> {
    let places: BTreeMap<String, usize> =
        sentences.iter().enumerate().map(|(at, sentence)| (sentence.id.clone(), at)).collect();
    for (line, row) in (1..).zip(lines.lines()) {
        let fault = |what: String| LabelledError { line, what };
        let (id, told) = row.split_once('\t').ok_or_else(|| fault("it has no tab".to_owned()))?;
        let of = |name: &str| {
            Context::parse(name).ok_or_else(|| fault(format!("`{name}` is no context")))
        };
        let told = told.split(' ').filter(|name| *name != "-").map(of).collect::<Result<_, _>>()?;
        let sentence = places.get(id).and_then(|at| sentences.get_mut(*at));
        sentence.ok_or_else(|| fault(format!("there is no sentence `{id}`")))?.contexts =
            Some(told);
    }
    Ok(())
}

fn read(
    lines: &str,
    text: impl Fn(&Value) -> Result<String, String>,
) -> Result<Vec<Labelled>, LabelledError> {
    let read = |(at, line): (usize, &str)| {
        sentence(line, &text).map_err(|what| LabelledError { line: at + 1, what })
    };
    lines.lines().enumerate().map(read).collect()
}

fn sentence(
    line: &str,
    text: impl Fn(&Value) -> Result<String, String>,
) -> Result<Labelled, String> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| format!("it is no JSON: {error}"))?;
    let text = text(&value)?;
    let id = value["id"].as_str().ok_or("it has no `id`")?.to_owned();
    let events = value["events"].as_array().ok_or("it has no list `events`")?;
    let events = events.iter().map(|event| self::event(event, &text)).collect::<Result<_, _>>()?;
    Ok(Labelled { id, text, events, contexts: None })
}

fn event(event: &Value, text: &str) -> Result<LabelledEvent, String> {
    let name = event["type"].as_str().ok_or("an event has no `type`")?;
    let class = Class::parse(name).ok_or_else(|| format!("`{name}` is no type of the ontology"))?;
    let aux = event["aux"].as_array().into_iter().flatten().map(|one| {
        let name = one.as_str().unwrap_or_default();
        Aux::parse(name).ok_or_else(|| format!("`{name}` is nothing of `aux`"))
    });
    let mode = event["mode"].as_str().filter(|name| !name.is_empty());
    let mode =
        mode.map(|mode| class.mode(mode).ok_or_else(|| format!("{name} has no mode `{mode}`")));
    let span = |key: &str| span(&event[key], text).map_err(|what| format!("{key}: {what}"));
    Ok(LabelledEvent {
        class,
        mode: mode.transpose()?,
        aux: aux.collect::<Result<_, _>>()?,
        trigger: span("trigger")?,
        actor: span("actor")?,
        recipient: span("recipient")?,
        attribution: span("attribution")?,
        place: span("place")?,
    })
}

/// Returns the bytes that words of a text, or two numbers, name; none if there are no words.
fn span(value: &Value, text: &str) -> Result<Option<Span>, String> {
    if let Some(bytes) = value.as_array() {
        let number = |at: usize| {
            let number = bytes.get(at).and_then(Value::as_u64);
            number.and_then(|number| usize::try_from(number).ok())
        };
        let (from, to) = number(0).zip(number(1)).ok_or("it is no pair of numbers")?;
        let is_there = from < to && text.get(from..to).is_some();
        return if is_there {
            Ok(Some(Span::new(from, to)))
        } else {
            Err(format!("bytes {from} to {to} are no words of the text"))
        };
    }
    let words = value.as_str().unwrap_or_default();
    let from = text.find(words).ok_or_else(|| format!("`{words}` is not in the text"))?;
    Ok((!words.is_empty()).then(|| Span::new(from, from + words.len())))
}

/// How the models of events are trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecipe {
    /// The model of kinds.
    pub kinds: ChoiceRecipe,
    /// The models of roles.
    pub roles: ChoiceRecipe,
    /// How much a sentence of real text counts that tells of nothing, in hundredths.
    pub real_weight: u32,
    /// How much the words of an entry of the lexicon count beside a sentence, in hundredths.
    pub entry_weight: u32,
    /// How much the plainest sentence that an entry makes counts.
    pub frame_weight: u32,
    /// The models of modes and of whether it happened.
    pub details: ChoiceRecipe,
    /// The model of contexts.
    pub contexts: ContextRecipe,
}

/// The recipe of the models that are asked once a kind is chosen.
const DETAILS: ChoiceRecipe = ChoiceRecipe {
    seed: 6,
    rounds: 10,
    step: 300,
    shrink: 300,
    seen_min: 2,
    weight_min: 20,
    buckets: 2_300,
    flatten: 100,
};

impl EventRecipe {
    /// Returns the recipe of the committed models.
    pub const fn shipped() -> Self {
        Self {
            kinds: ChoiceRecipe {
                seed: 6,
                rounds: 12,
                step: 300,
                shrink: 80,
                seen_min: 2,
                weight_min: 20,
                buckets: 56_000,
                flatten: 115,
            },
            roles: DETAILS,
            real_weight: 14,
            entry_weight: 20,
            frame_weight: 10,
            details: DETAILS,
            contexts: ContextRecipe {
                seed: 6,
                rounds: 10,
                step: 150,
                shrink: 100,
                seen_min: 2,
                margin: 150,
                buckets: 6_000,
            },
        }
    }
}

/// What one language's models learn from.
#[derive(Clone, Copy)]
pub struct Lessons<'a> {
    /// In which language.
    pub language: Language,
    /// Labelled sentences.
    pub sentences: &'a [&'a Labelled],
    /// Sentences of real text, of which most tell of nothing.
    pub real: &'a [&'a Labelled],
}

/// Trains the models of one language: a model file.
pub fn train_events(reader: Reader<'_>, lessons: Lessons<'_>, recipe: &EventRecipe) -> Vec<u8> {
    let mut examples = Examples::default();
    for sentence in lessons.sentences {
        examples.add(reader, lessons.language, sentence, 100);
    }
    for sentence in lessons.real {
        let weight = if sentence.events.is_empty() { recipe.real_weight } else { 100 };
        examples.add(reader, lessons.language, sentence, weight);
    }
    let vocabulary = reader.vocabulary;
    let entries = match lessons.language {
        Language::English => &vocabulary.triggers_en,
        Language::Russian => &vocabulary.triggers_ru,
    };
    for entry in entries {
        let words = entry.words.replace(" ..", "");
        examples.phrase(reader, lessons.language, entry.class, &words, recipe.entry_weight);
        if matches!(entry.head, Head::Verb | Head::Phrase) {
            examples.frame(reader, lessons.language, entry, &words, recipe.frame_weight);
        }
    }
    let kinds = choice::train(&examples.kinds, classes().len(), &recipe.kinds);
    let actors = choice::train(&examples.actors, SOMEBODY, &recipe.roles);
    let recipients = choice::train(&examples.recipients, SOMEBODY, &recipe.roles);
    let modes = choice::train(&examples.modes, mode::modes().len() + 1, &recipe.details);
    let moods = choice::train(&examples.moods, Aux::ALL.len() + 1, &recipe.details);
    let contexts = contexts::train(&examples.matters, &recipe.contexts);
    let parts = |packed: &'_ Packed| [packed.rows.clone(), packed.meta.clone()];
    let all = [&kinds, &actors, &recipients, &modes, &moods, &contexts];
    let all: Vec<Vec<u8>> = all.into_iter().flat_map(parts).collect();
    let slices: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    slices.first_chunk::<PARTS>().map(Models::write).unwrap_or_default()
}

#[derive(Default)]
struct Examples {
    kinds: Vec<Example>,
    actors: Vec<Example>,
    recipients: Vec<Example>,
    modes: Vec<Example>,
    moods: Vec<Example>,
    matters: Vec<Matter>,
}

impl Examples {
    fn add(&mut self, reader: Reader<'_>, language: Language, sentence: &Labelled, weight: u32) {
        let Ok(document) = Document::read(sentence.text.as_bytes()) else { return };
        let found = reader.find(document);
        reader.views(&found, language, &mut Analysis::default(), |_, view| {
            let token = |span: Span| tokens_of(&found, view, span);
            let candidates = candidates(view);
            let told = sentence.events.iter().filter_map(|event| {
                let words = event.trigger.map(token).filter(|words| !words.is_empty())?;
                Some((code(event.class)?, words))
            });
            let told: Vec<(u8, Vec<usize>)> = told.collect();
            // A part of a sentence that was split tells nothing by itself if the trigger is in another.
            if !told.is_empty() || sentence.events.is_empty() {
                self.kind(view, &candidates, &told, weight);
            }
            if let Some(contexts) = &sentence.contexts {
                self.matter(view, contexts);
            }
            for event in &sentence.events {
                self.roles(view, &candidates, event, &token);
            }
        });
    }

    /// Adds a sentence with what its matter is.
    fn matter(&mut self, view: &View<'_>, contexts: &[Context]) {
        let mut keys = Sink::default();
        context::sentence(view, &mut keys);
        let places = contexts.iter().filter_map(|one| Context::all().position(|own| own == *one));
        self.matters.push(Matter { keys: keys.keys(), contexts: places.collect() });
    }

    /// Adds words of which a table says what they tell: which class, if any, but not that they tell of anything.
    fn phrase(
        &mut self,
        reader: Reader<'_>,
        language: Language,
        class: Class,
        words: &str,
        weight: u32,
    ) {
        let (Ok(document), Some(class)) = (Document::read(words.as_bytes()), code(class)) else {
            return;
        };
        let found = reader.find(document);
        reader.view(&found, language, 0, |view| {
            let mut shared = Sink::default();
            kind::words(view, &mut shared);
            let mut candidates = candidates(view);
            if candidates.is_empty() {
                candidates.push(Candidate { head: 0, first: 0, end: 1, finds: Vec::new() });
            }
            let things = candidates.iter().map(|candidate| {
                let mut own = Sink::default();
                kind::wording(view, candidate, &mut own);
                own.keys()
            });
            let things: Vec<Vec<u64>> = things.collect();
            let gold = (0..things.len()).map(|thing| (thing, class)).collect();
            self.kinds.push(Example { shared: shared.keys(), things, gold, weight, closed: true });
        });
    }

    /// Adds the plainest sentence that an entry makes: somebody does it to somebody.
    fn frame(
        &mut self,
        reader: Reader<'_>,
        language: Language,
        entry: &Trigger,
        words: &str,
        weight: u32,
    ) {
        let (one, other) = match language {
            Language::English => ("Orvessa will", "Tamrin on Monday."),
            Language::Russian => ("Орвесса будет", "Тамрин в понедельник."),
        };
        let recipient = entry.recipient.as_deref().unwrap_or("");
        let text = format!("{one} {words} {recipient} {other}").replace("  ", " ");
        let Ok(document) = Document::read(text.as_bytes()) else { return };
        let told = code(entry.class)
            .map(|class| (class, Span::new(one.len() + 1, one.len() + 1 + words.len())));
        let found = reader.find(document);
        reader.view(&found, language, 0, |view| {
            let tokens = |span: Span| tokens_of(&found, view, span);
            let told: Vec<(u8, Vec<usize>)> =
                told.map(|(class, span)| (class, tokens(span))).into_iter().collect();
            self.kind(view, &candidates(view), &told, weight);
        });
    }

    /// Adds a sentence that tells these classes, each with its words.
    fn kind(
        &mut self,
        view: &View<'_>,
        candidates: &[Candidate<'_>],
        told: &[(u8, Vec<usize>)],
        weight: u32,
    ) {
        let mut shared = Sink::default();
        kind::sentence(view, candidates, &mut shared);
        let things = (0..candidates.len()).map(|at| {
            let mut own = Sink::default();
            kind::candidate(view, candidates, at, &mut own);
            own.keys()
        });
        let things: Vec<Vec<u64>> = things.collect();
        let mut gold = Vec::new();
        for (class, words) in told {
            let mut meant = meant(candidates, words);
            if meant.is_empty() {
                meant = (0..candidates.len()).collect();
            }
            gold.extend(meant.into_iter().map(|thing| (thing, *class)));
        }
        self.kinds.push(Example { shared: shared.keys(), things, gold, weight, closed: false });
    }

    fn roles(
        &mut self,
        view: &View<'_>,
        candidates: &[Candidate<'_>],
        event: &LabelledEvent,
        tokens: &dyn Fn(Span) -> Vec<usize>,
    ) {
        let words = event.trigger.map(tokens).unwrap_or_default();
        let Some(candidate) = meant(candidates, &words).first().and_then(|at| candidates.get(*at))
        else {
            return;
        };
        let of = |span: Option<Span>| party(view, &span.map(tokens).unwrap_or_default());
        let (actor, recipient) = (of(event.actor), of(event.recipient));
        let gold = |at: Option<usize>| at.and_then(|at| Some((0, u8::try_from(at + 1).ok()?)));
        let mut keys = Sink::default();
        mode::event(view, candidate, event.class, &mut keys);
        let modes = mode::modes();
        let meant = event.mode.map(|mode| modes.iter().position(|of| *of == (event.class, mode)));
        self.modes.push(lone(&keys, gold(meant.flatten()).into_iter().collect()));
        let mut keys = Sink::default();
        mood::event(view, candidate, event.class, &mut keys);
        let aux =
            event.aux.iter().filter_map(|aux| gold(Aux::ALL.iter().position(|one| one == aux)));
        self.moods.push(lone(&keys, aux.collect()));
        // Somebody whom the parties do not hold teaches nothing.
        let missed = |span: Option<Span>, found: Option<usize>| span.is_some() && found.is_none();
        let asked = role::Asked { candidate, class: event.class, actor: None };
        if !missed(event.actor, actor) {
            self.actors.push(somebody(view, asked, actor));
        }
        if !missed(event.recipient, recipient) {
            self.recipients.push(somebody(view, role::Asked { actor, ..asked }, recipient));
        }
    }
}

/// Returns a class's place in the model; that of nothing has none.
fn code(class: Class) -> Option<u8> {
    let at = classes().iter().position(|other| *other == class)?;
    u8::try_from(at).ok().filter(|at| *at > 0)
}

/// Returns the words of a view that share a byte with a span.
fn tokens_of(found: &Found, view: &View<'_>, span: Span) -> Vec<usize> {
    let spans = found.tokens.spans();
    let own = |at: &usize| spans.get(view.first + at).is_some_and(|own| own.overlaps(span));
    (0..view.words.len()).filter(own).collect()
}

/// Returns the candidates that a trigger means: those whose head is among its words, or else who share a word with it.
fn meant(candidates: &[Candidate<'_>], words: &[usize]) -> Vec<usize> {
    let at = |fits: &dyn Fn(&Candidate<'_>) -> bool| {
        candidates
            .iter()
            .enumerate()
            .filter(|(_, candidate)| fits(candidate))
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    let heads = at(&|candidate| words.contains(&candidate.head));
    if heads.is_empty() {
        at(&|candidate| words.iter().any(|word| (candidate.first..candidate.end).contains(word)))
    } else {
        heads
    }
}

/// Returns an example of one thing with its own features.
fn lone(keys: &Sink, gold: Vec<(usize, u8)>) -> Example {
    Example { shared: vec![bias()], things: vec![keys.keys()], gold, weight: 100, closed: false }
}

/// Returns the party that labelled words mean: the one whose head is at their top, or else among them, or that shares a word with them.
fn party(view: &View<'_>, words: &[usize]) -> Option<usize> {
    let (first, last) = (words.first()?, words.last()?);
    let top = view.top(*first..last + 1);
    let with = |fits: &dyn Fn(&Party) -> bool| view.parties.iter().position(fits);
    with(&|party| party.head == top)
        .or_else(|| with(&|party| words.contains(&party.head)))
        .or_else(|| with(&|party| words.iter().any(|word| party.words().contains(word))))
}

fn somebody(view: &View<'_>, asked: role::Asked<'_>, gold: Option<usize>) -> Example {
    let mut shared = Sink::default();
    role::event(view, asked, &mut shared);
    let open: Vec<usize> = (0..view.parties.len()).filter(|at| asked.actor != Some(*at)).collect();
    let things = open.iter().map(|at| {
        let mut own = Sink::default();
        role::somebody(view, asked, *at, &mut own);
        own.keys()
    });
    let gold = gold.and_then(|gold| open.iter().position(|at| *at == gold));
    Example {
        shared: shared.keys(),
        things: things.collect(),
        gold: gold.map(|at| (at, 1)).into_iter().collect(),
        weight: 100,
        closed: false,
    }
}
