//! Documents in, coded events out.

use super::candidate::{Candidate, candidates};
use super::choice::{CERTAIN, Choice, Odds};
use super::models::{bias, shipped, shipped_for_trees};
use super::nationality::participant;
use super::reader::Found;
use super::sink::{Room, Sink};
use super::source::source;
use super::view::View;
use super::why::reasons;
use super::{
    Aux, CodedEvent, Models, Participant, Reader, Signals, context, kind, mode, mood, role, signal,
};
use crate::casualty::tolls;
use crate::cluster::Clusters;
use crate::date::{Day, times};
use crate::document::{Document, dateline};
use crate::identity::Identity;
use crate::language::{Tongue, language};
use crate::lexicon::Language;
use crate::matcher::{Matcher, Vocabulary};
use crate::model::{self, Analysis, ModelError};
use crate::ontology::{Class, Context, Mode};
use crate::place::{Atlas, Gazetteer, Located, Resolution, is_cue, places};
use crate::russian::{MODEL_SHA256, Memory, Name, NameKind, Russian};
use crate::text::Span;
use crate::token::Tokens;
use std::ops::Range;

/// How sure the coder must be, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Least probability that a sentence tells of any event: below it nothing is coded.
    pub any: u32,
    /// Least probability of an event beside the likeliest.
    pub other: u32,
    /// Least probability of a mood.
    pub mood: u32,
}

impl Bar {
    /// Returns what is asked for if nothing else is said: one false event in 14 neutral sentences (`docs/coder.md`).
    pub const fn usual(language: Language) -> Self {
        let any = match language {
            Language::English => 185_000,
            Language::Russian => 700_000,
        };
        Self { any, other: 500_000, mood: 400_000 }
    }

    /// Returns what is asked for of events that are to be joined with those of other reports: what is unlikely alone may be told by others too
    /// (`docs/coder.md`).
    pub const fn for_joining() -> Self {
        Self { any: 40_000, other: 400_000, mood: 400_000 }
    }

    /// Returns one that lets everything through.
    pub const fn none() -> Self {
        Self { any: 0, other: 0, mood: 400_000 }
    }
}

/// A coder: what it reads with, and its models.
pub struct Coder<'a> {
    /// What texts are read with.
    pub reader: Reader<'a>,
    /// The models of English.
    pub english: Models<'a>,
    /// The models of Russian.
    pub russian: Models<'a>,
    /// Places beside states and capitals, the same that the matcher was made with.
    pub gazetteer: Option<&'a Gazetteer>,
    /// Tables of languages without models; none: such texts are not coded.
    pub signals: Option<&'a Signals>,
    /// How sure it must be; that of [`Bar::usual`] if nothing is set.
    pub bar: Option<Bar>,
    /// Whether each event tells what decided.
    pub explains: bool,
    /// By what it is known: whoever gives it other models or tables says so here.
    pub identity: Identity,
}

/// Room to code in: keep it from document to document.
#[derive(Debug, Default)]
pub struct Desk {
    analysis: Analysis,
    room: Room,
    /// Words that names were looked for among.
    named: Memory,
}

/// A document with its events.
#[derive(Debug)]
pub struct Coded {
    /// The document: spans are bytes of its text.
    pub document: Document,
    /// The words of the document.
    pub tokens: Tokens,
    /// In which language it is. English and Russian are coded by models, some others by the words of a table ([`Signals`]).
    pub tongue: Tongue,
    /// Its sentences.
    pub sentences: usize,
    /// Its events, sentence by sentence, the likeliest of each first.
    pub events: Vec<CodedEvent>,
}

impl<'a> Coder<'a> {
    /// Returns a coder with the models that the program carries.
    ///
    /// # Errors
    /// If the program's own bytes are damaged.
    pub fn shipped(
        vocabulary: &'a Vocabulary,
        matcher: &'a Matcher,
        english: &'a model::Language<'a>,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            reader: Reader {
                vocabulary,
                matcher,
                english,
                russian: None,
                clusters: Clusters::shipped()?,
            },
            english: shipped(Language::English)?,
            russian: shipped(Language::Russian)?,
            gazetteer: None,
            signals: None,
            bar: None,
            explains: false,
            identity: Identity::shipped(),
        })
    }

    /// Reads Russian with trees, by a model that the program does not carry.
    ///
    /// # Errors
    /// If the program's own bytes are damaged.
    pub fn with_russian(mut self, russian: &'a Russian<'a>) -> Result<Self, ModelError> {
        self.reader.russian = Some(russian);
        self.russian = shipped_for_trees()?;
        self.identity = self.identity.with(MODEL_SHA256.as_bytes());
        Ok(self)
    }

    /// Returns a document's events. `published`: its day, against which "on Wednesday" is read.
    ///
    /// For many documents [`Self::code_in`] is faster: it takes less memory anew.
    pub fn code(&self, document: Document, published: Option<Day>) -> Coded {
        self.code_in(document, published, &mut Desk::default())
    }

    /// Returns a document's events; `desk` is used again and again.
    pub fn code_in(&self, document: Document, published: Option<Day>, desk: &mut Desk) -> Coded {
        let tongue = language(document.text());
        let language = match tongue {
            Tongue::English => Some(Language::English),
            Tongue::Russian => Some(Language::Russian),
            Tongue::Belarusian
            | Tongue::Ukrainian
            | Tongue::Armenian
            | Tongue::Kazakh
            | Tongue::Kyrgyz
            | Tongue::Tajik
            | Tongue::Unknown => None,
        };
        let found = self.reader.find(document);
        let mut events = Vec::new();
        if let Some(language) = language {
            self.events(&found, language, published, desk, &mut events);
        } else if let Some(signals) = self.signals {
            self.signalled(&found, signals, tongue, &mut events);
        }
        let sentences = found.sentences.len();
        Coded { tongue, sentences, document: found.document, tokens: found.tokens, events }
    }

    fn events(
        &self,
        found: &Found,
        language: Language,
        published: Option<Day>,
        desk: &mut Desk,
        events: &mut Vec<CodedEvent>,
    ) {
        let located = self.located(found);
        let Desk { analysis, room, named } = desk;
        self.reader.views(found, language, analysis, |number, view| {
            let Some(sentence) = found.sentences.get(number) else { return };
            let candidates = candidates(view);
            let told = self.told(view, &candidates, room);
            let names = if told.is_empty() {
                Vec::new()
            } else {
                self.names(found, language, sentence.tokens(), named)
            };
            let towns = towns(found, sentence.tokens(), &names);
            let contexts = if told.is_empty() { Vec::new() } else { self.contexts(view, room) };
            for (order, told) in told.into_iter().enumerate() {
                let mut event = self.event(found, view, &told, &names, room);
                event.sentence = sentence.span;
                event.contexts.clone_from(&contexts);
                event.place = place(&located, &towns, sentence.span, event.trigger);
                event.when = published.and_then(|day| {
                    let times = times(found.document.text(), &found.tokens, sentence.tokens(), day);
                    times.into_iter().min_by_key(|when| gap(when.span, event.trigger))
                });
                if order == 0 {
                    event.tolls = tolls(found.document.text(), &found.tokens, sentence.tokens());
                }
                events.push(event);
            }
        });
    }

    /// Adds what the words of a table tell: one event a sentence, without roles, day and harm.
    fn signalled(
        &self,
        found: &Found,
        signals: &Signals,
        tongue: Tongue,
        events: &mut Vec<CodedEvent>,
    ) {
        let bar = self.bar.map_or(0, |bar| bar.any);
        if bar > signal::PROBABILITY {
            return;
        }
        let located = self.located(found);
        for (number, sentence) in found.sentences.iter().enumerate() {
            let named = self.reader.names_somebody(found, number);
            let Some(told) = signals.tell(tongue, &found.tokens, sentence.tokens(), named) else {
                continue;
            };
            let trigger = found.tokens.cover(told.words.start, told.words.end - 1);
            events.push(CodedEvent {
                class: told.class,
                mode: told.mode,
                aux: told.aux,
                contexts: Vec::new(),
                sentence: sentence.span,
                trigger,
                actor: None,
                recipient: None,
                attribution: None,
                place: place(&located, &[], sentence.span, trigger),
                when: None,
                tolls: Vec::new(),
                probability: signal::PROBABILITY,
                any: signal::PROBABILITY,
                reasons: Vec::new(),
            });
        }
    }

    /// Returns what the matter of a sentence is.
    fn contexts(&self, view: &View<'_>, room: &mut Room) -> Vec<Context> {
        let (own, _) = room.begin(0, false);
        context::sentence(view, own);
        self.models(view.language).contexts.told(own.settled())
    }

    /// Returns the names in a sentence that tells of something, if there is a network that looks for them.
    fn names(
        &self,
        found: &Found,
        language: Language,
        sentence: Range<usize>,
        memory: &mut Memory,
    ) -> Vec<Name> {
        let network = self.reader.russian.filter(|_| language == Language::Russian);
        network.map_or_else(Vec::new, |russian| {
            let text = found.document.text();
            let words: Vec<&str> = sentence.map(|at| found.tokens.word(text, at)).collect();
            russian.names_in(&words, memory)
        })
    }

    fn models(&self, language: Language) -> &Models<'a> {
        match language {
            Language::English => &self.english,
            Language::Russian => &self.russian,
        }
    }

    fn located(&self, found: &Found) -> Vec<Located> {
        let atlas = Atlas { vocabulary: self.reader.vocabulary, gazetteer: self.gazetteer };
        let filed = dateline(found.document.text(), &found.tokens).map(|line| {
            let spans = found.tokens.spans().iter().take(line.body);
            let (before, within): (Vec<Span>, Vec<Span>) = spans
                .take_while(|span| span.start < line.place.end)
                .partition(|span| span.end <= line.place.start);
            before.len()..before.len() + within.len()
        });
        places(atlas, self.reader.matcher, &found.matches, &found.tokens, filed)
    }

    /// Returns what a sentence tells, the likeliest first.
    fn told<'c>(
        &self,
        view: &View<'_>,
        candidates: &'c [Candidate<'c>],
        room: &mut Room,
    ) -> Vec<Told<'c>> {
        let models = self.models(view.language);
        let bar = self.bar.unwrap_or_else(|| Bar::usual(view.language));
        let (shared, things) = room.begin(candidates.len(), self.explains);
        kind::sentence(view, candidates, shared);
        for (at, own) in things.iter_mut().enumerate() {
            kind::candidate(view, candidates, at, own);
        }
        let odds = models.kinds.odds(shared.settled(), things.iter_mut().map(Sink::settled));
        let mut told = ranked(models, candidates, &odds);
        let any = told.iter().map(|told| told.probability).sum::<u32>().min(CERTAIN);
        let mut rank = 0..;
        told.retain(|told| {
            let is_first = rank.next() == Some(0);
            any >= bar.any && (is_first || told.probability >= bar.other)
        });
        for told in &mut told {
            told.any = any;
            if self.explains
                && let Some(own) = things.get(told.thing)
            {
                told.reasons = reasons(&models.kinds, shared, own, told.code);
            }
        }
        told
    }

    fn event(
        &self,
        found: &Found,
        view: &View<'_>,
        told: &Told<'_>,
        names: &[Name],
        room: &mut Room,
    ) -> CodedEvent {
        let models = self.models(view.language);
        let Told { candidate, class, .. } = *told;
        let asked = role::Asked { candidate, class, actor: None };
        let actor = who(view, &models.actors, asked, room);
        let asked = role::Asked { actor: actor.map(|(at, _)| at), ..asked };
        let recipient = who(view, &models.recipients, asked, room);
        let party = |chosen: Option<(usize, u32)>| {
            let (at, probability) = chosen?;
            let party = view.parties.get(at)?;
            let somebody = participant(self.reader, view, found, *party, names);
            Some(Participant { probability, ..somebody })
        };
        let cover =
            |first: usize, end: usize| found.tokens.cover(view.first + first, view.first + end - 1);
        CodedEvent {
            class,
            mode: mode_of(view, models, candidate, class, room),
            aux: moods_of(
                view,
                models,
                candidate,
                class,
                self.bar.unwrap_or_else(|| Bar::usual(view.language)).mood,
                room,
            ),
            contexts: Vec::new(),
            sentence: Span { start: 0, end: 0 },
            trigger: cover(candidate.first, candidate.end),
            actor: party(actor),
            recipient: party(recipient),
            attribution: source(view, candidate).map(|party| cover(party.first, party.end)),
            place: None,
            when: None,
            tolls: Vec::new(),
            probability: told.probability,
            any: told.any,
            reasons: told.reasons.clone(),
        }
    }
}

/// What a candidate is taken for.
struct Told<'c> {
    thing: usize,
    candidate: &'c Candidate<'c>,
    class: Class,
    /// The class's place in the model.
    code: usize,
    probability: u32,
    any: u32,
    reasons: Vec<super::Reason>,
}

/// Returns each class of events with its likeliest candidate, the likeliest first. A statement is no event.
fn ranked<'c>(models: &Models<'_>, candidates: &'c [Candidate<'c>], odds: &Odds) -> Vec<Told<'c>> {
    let classes = models.classes.iter().copied();
    let told = classes.enumerate().skip(1).filter(|(_, class)| class.name() != "STATEMENT");
    let mut told: Vec<Told<'c>> = told
        .filter_map(|(code, class)| {
            let thing = odds.thing(code)?;
            let candidate = candidates.get(thing)?;
            Some(Told {
                thing,
                candidate,
                class,
                code,
                probability: odds.class(code),
                any: 0,
                reasons: Vec::new(),
            })
        })
        .collect();
    told.sort_by_key(|told| (std::cmp::Reverse(told.probability), told.code));
    told
}

/// Returns who takes a part and how likely that is, if anybody is likelier than nobody.
fn who(
    view: &View<'_>,
    model: &Choice<'_>,
    asked: role::Asked<'_>,
    room: &mut Room,
) -> Option<(usize, u32)> {
    let open: Vec<usize> = (0..view.parties.len()).filter(|at| asked.actor != Some(*at)).collect();
    let (shared, things) = room.begin(open.len(), false);
    role::event(view, asked, shared);
    for (at, own) in open.iter().zip(&mut *things) {
        role::somebody(view, asked, *at, own);
    }
    let odds = model.odds(shared.settled(), things.iter_mut().map(Sink::settled));
    let best = odds.thing(1)?;
    let probability = odds.pair(best, 1);
    let at = *open.get(best)?;
    (probability >= odds.nothing).then_some((at, probability))
}

/// Returns how it was done: the likeliest mode of the class, if any is likelier than none.
fn mode_of(
    view: &View<'_>,
    models: &Models<'_>,
    candidate: &Candidate<'_>,
    class: Class,
    room: &mut Room,
) -> Option<Mode> {
    if class.modes().is_empty() {
        return None;
    }
    let (own, _) = room.begin(0, false);
    mode::event(view, candidate, class, own);
    let odds = models.modes.odds(&[bias()], std::iter::once(own.settled()));
    let of_class = (1..).zip(models.of_class.iter().copied());
    let of_class = of_class.filter(|(_, (of, _))| *of == class);
    let (code, (_, mode)) =
        of_class.min_by_key(|(code, _)| std::cmp::Reverse(odds.pair(0, *code)))?;
    (odds.pair(0, code) >= odds.nothing).then_some(mode)
}

fn moods_of(
    view: &View<'_>,
    models: &Models<'_>,
    candidate: &Candidate<'_>,
    class: Class,
    least: u32,
    room: &mut Room,
) -> Vec<Aux> {
    let (own, _) = room.begin(0, false);
    mood::event(view, candidate, class, own);
    let odds = models.moods.odds(&[bias()], std::iter::once(own.settled()));
    (1..)
        .zip(Aux::ALL)
        .filter(|(code, _)| odds.pair(0, *code) >= least)
        .map(|(_, aux)| aux)
        .collect()
}

/// Returns the place nearest to an event's words in its sentence, if a word of place or the gazetteer tells that it is one. `towns`: names
/// of places that may be in no table; where one is in a table, what the table says counts.
fn place(located: &[Located], towns: &[Located], sentence: Span, trigger: Span) -> Option<Located> {
    let tells = |place: &&Located| {
        place.span.overlaps(sentence) && (place.cue || place.resolution == Resolution::Town)
    };
    let is_new = |town: &&Located| !located.iter().any(|place| place.span.overlaps(town.span));
    let all = located.iter().filter(tells).chain(towns.iter().filter(is_new));
    all.min_by_key(|place| (!place.cue, gap(place.span, trigger))).copied()
}

/// Returns the names of places before which a word of place stands: "в Керрине".
fn towns(found: &Found, sentence: Range<usize>, names: &[Name]) -> Vec<Located> {
    let place = |name: &Name| {
        let token = sentence.start + name.first;
        let before = token.checked_sub(1).filter(|at| sentence.contains(at))?;
        let tells = name.kind == NameKind::Place && is_cue(found.tokens.folded(before));
        tells.then(|| Located {
            span: found.tokens.cover(token, sentence.start + name.end - 1),
            token,
            resolution: Resolution::Named,
            nation: None,
            place: None,
            margin: i32::MAX,
            cue: true,
        })
    };
    names.iter().filter_map(place).collect()
}

/// Returns how many bytes lie between two spans.
fn gap(one: Span, other: Span) -> u32 {
    one.start.saturating_sub(other.end).max(other.start.saturating_sub(one.end))
}
