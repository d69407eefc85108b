//! Entries of PETRARCH's dictionaries as entries of the lexicon, by which texts are coded without its rules.

use super::{Actor, Agents, Front, Pattern, Piece, Step, Verbs};
use crate::date::Day;
use crate::lexicon::{
    ActorSide, Agent, Head, Nation, NationWords, Organisation, Standing, Strength, Trigger,
};
use crate::matcher::Vocabulary;
use crate::ontology::{Class, Mode, Sector};
use std::collections::BTreeSet;

/// Most phrases that one pattern of one verb stands for: sets of words multiply.
const SPELLED_MAX: usize = 64;

/// Most triggers of a dictionary: ten times what the shipped lexicon has would do; large ones spell out more.
const TRIGGERS_MAX: usize = 400_000;

/// Most gaps in a phrase: each may stand for several runs of words, and all of them are tried.
const GAPS_MAX: usize = 6;

/// Words of names that texts write small.
const SMALL: [&str; 14] =
    ["OF", "THE", "AND", "FOR", "IN", "ON", "DE", "LA", "DU", "DES", "EL", "DER", "VON", "AL"];

/// What a code of events stands for; none if it stands for no event.
pub type Meaning<'m> = &'m dyn Fn(&str) -> Option<(Class, Option<Mode>)>;

/// Triggers, and what of the dictionary they leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Words that tell of an event.
    pub triggers: Vec<Trigger>,
    /// Patterns whose code stands for no event.
    pub no_event: usize,
    /// Patterns that say who is source and target other than by their order, or that there are several: the coder's models choose.
    pub roles: usize,
    /// Patterns that would be spelled out in too many phrases or have too many gaps, and those behind the last that is looked at.
    pub large: usize,
    /// Verbs with patterns that were looked at.
    looked: usize,
}

/// What dictionaries added to a lexicon, and what they did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Actors whose code is that of a state.
    pub states: usize,
    /// Other actors.
    pub bodies: usize,
    /// Actors without a code on that day.
    pub uncoded: usize,
    /// Names of agents, plurals among them.
    pub agents: usize,
    /// Agents of a sector that is not known.
    pub unknown: usize,
    /// Words that tell of an event; what the lexicon had is not counted.
    pub triggers: usize,
    /// As in [`Told`].
    pub no_event: usize,
    /// As in [`Told`].
    pub roles: usize,
    /// As in [`Told`].
    pub large: usize,
}

/// Adds the entries of dictionaries to a lexicon. Where both have the same words the lexicon's own entry holds.
///
/// `day`: codes are those of this day; without one, those bound to no day, or else the last.
pub fn extend(
    vocabulary: &mut Vocabulary,
    front: &Front,
    day: Option<Day>,
    meaning: Meaning<'_>,
) -> Added {
    let mut added = Added::default();
    for actor in &front.actors.entries {
        match body(actor, day) {
            Some(Body::State(nation)) => {
                // A state has one entry, whatever calls it so: else it would be counted as several.
                match vocabulary.nations.iter_mut().find(|held| held.code == nation.code) {
                    Some(held) => held.en.names.extend(nation.en.names),
                    None => vocabulary.nations.push(nation),
                }
                added.states += 1;
            }
            Some(Body::Other(organisation)) => {
                vocabulary.organisations.push(organisation);
                added.bodies += 1;
            }
            None => added.uncoded += 1,
        }
    }
    let (agents, unknown) = agents(&front.agents);
    (added.agents, added.unknown) = (agents.len(), unknown);
    vocabulary.agents_en.extend(agents);
    let told = triggers(&front.verbs, meaning);
    (added.no_event, added.roles, added.large) = (told.no_event, told.roles, told.large);
    let known: BTreeSet<String> =
        vocabulary.triggers_en.iter().map(|trigger| trigger.words.clone()).collect();
    let before = vocabulary.triggers_en.len();
    let new = told.triggers.into_iter().filter(|trigger| !known.contains(&trigger.words));
    vocabulary.triggers_en.extend(new);
    added.triggers = vocabulary.triggers_en.len() - before;
    added
}

enum Body {
    State(Nation),
    Other(Organisation),
}

/// Returns an actor as an entry: one of three letters is a state's or the like, to which agents may be joined.
fn body(actor: &Actor, day: Option<Day>) -> Option<Body> {
    let lasting = || {
        let codes = actor.codes.iter().filter(|_| day.is_none());
        codes.max_by_key(|code| (code.until.is_none(), code.until)).map(|code| &code.codes)
    };
    let code = actor.codes_on(day).first().or_else(|| lasting()?.first())?;
    if !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let code = code.clone();
    let names = actor.names.iter().map(|name| written(&name.words)).collect();
    let words = |names| NationWords {
        names,
        genitives: Vec::new(),
        adjectives: Vec::new(),
        people: Vec::new(),
        capitals: Vec::new(),
    };
    if code.len() == 3 {
        let (en, ru) = (words(names), words(Vec::new()));
        return Some(Body::State(Nation { code, standing: Standing::Other, en, ru }));
    }
    let last = code.len().saturating_sub(3);
    let sector = code.get(last..).and_then(Sector::parse).or_else(|| Sector::parse("UNK"))?;
    let (en_short, ru, ru_short) = (Vec::new(), Vec::new(), Vec::new());
    Some(Body::Other(Organisation { code, sector, en: names, en_short, ru, ru_short }))
}

/// Writes a name as texts do, without an article at its beginning. One of up to three letters is an abbreviation and stays in capitals.
fn written(words: &[String]) -> String {
    let article = words.len() > 1 && words.first().is_some_and(|word| word == "THE");
    let words = words.get(usize::from(article)..).unwrap_or_default();
    let single = words.len() == 1;
    let word = |(at, word): (usize, &String)| {
        if single && word.chars().count() <= 3 {
            word.clone()
        } else if at > 0 && SMALL.contains(&word.as_str()) {
            word.to_lowercase()
        } else {
            let mut letters = word.chars();
            let first: String = letters.next().into_iter().collect();
            first + &letters.as_str().to_lowercase()
        }
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

/// Returns agents by whose words texts are searched, and how many have no sector that is known.
fn agents(agents: &Agents) -> (Vec<Agent>, usize) {
    let mut found = Vec::new();
    let mut unknown = 0;
    for agent in &agents.entries {
        match agent.code.get(..3).and_then(Sector::parse) {
            Some(sector) => found.extend(agent.names.iter().map(|name| Agent {
                words: name.joined().to_lowercase(),
                sector,
                note: String::new(),
            })),
            None => unknown += 1,
        }
    }
    (found, unknown)
}

/// Returns the verbs and patterns of a dictionary as triggers.
pub fn triggers(verbs: &Verbs, meaning: Meaning<'_>) -> Told {
    let mut told = Told::default();
    let mut known = BTreeSet::new();
    for (head, entries) in &verbs.forms {
        for verb in entries.iter().filter(|verb| verb.listed) {
            let phrase =
                [verb.before.as_slice(), std::slice::from_ref(head), &verb.behind].concat();
            let phrase = phrase.join(" ").to_lowercase();
            if let Some((class, mode)) = verb.code.forth.as_deref().and_then(meaning) {
                told.add(&phrase, class, mode, &mut known);
            }
            for pattern in verbs.blocks.get(verb.block).into_iter().flatten() {
                if told.looked >= TRIGGERS_MAX {
                    told.large += 1;
                    break;
                }
                told.looked += 1;
                told.pattern(pattern, &phrase, verbs, meaning, &mut known);
            }
        }
    }
    told
}

impl Told {
    fn add(&mut self, words: &str, class: Class, mode: Option<Mode>, known: &mut BTreeSet<String>) {
        if self.triggers.len() >= TRIGGERS_MAX || !known.insert(words.to_owned()) {
            return;
        }
        let head = if words.contains(' ') { Head::Phrase } else { Head::Verb };
        self.triggers.push(Trigger {
            words: words.to_owned(),
            head,
            class,
            mode,
            actor: ActorSide::Usual,
            recipient: None,
            strength: Strength::Weak,
            note: String::new(),
        });
    }

    fn pattern(
        &mut self,
        pattern: &Pattern,
        verb: &str,
        verbs: &Verbs,
        meaning: Meaning<'_>,
        known: &mut BTreeSet<String>,
    ) {
        let Some((class, mode)) = pattern.code.forth.as_deref().and_then(meaning) else {
            self.no_event += 1;
            return;
        };
        let turned = |steps: &[Step], piece: &Piece| steps.iter().any(|step| step.piece == *piece);
        let several = |steps: &[Step]| turned(steps, &Piece::Compound);
        if turned(&pattern.before, &Piece::Target)
            || turned(&pattern.behind, &Piece::Source)
            || several(&pattern.before)
            || several(&pattern.behind)
        {
            self.roles += 1;
            return;
        }
        match spelled(pattern, verb, verbs) {
            Some(phrases) => {
                phrases.iter().for_each(|phrase| self.add(phrase, class, mode, known));
            }
            None => self.large += 1,
        }
    }
}

/// Returns the phrases for which a pattern of a verb stands; none if they are too many.
fn spelled(pattern: &Pattern, verb: &str, verbs: &Verbs) -> Option<Vec<String>> {
    let untied = |steps: &[Step]| steps.iter().filter(|step| !step.tied).count();
    if untied(&pattern.before) + untied(&pattern.behind) > GAPS_MAX {
        return None;
    }
    let mut phrases = vec![verb.to_owned()];
    for (steps, before) in [(&pattern.before, true), (&pattern.behind, false)] {
        let mut gap = false;
        for step in steps {
            gap |= !step.tied;
            let choices: Vec<String> = match &step.piece {
                Piece::Word(word) => vec![word.to_lowercase()],
                Piece::Set(name) => {
                    let set = verbs.sets.get(name).into_iter().flatten();
                    set.map(|words| words.join(" ").to_lowercase()).collect()
                }
                // Somebody stands there: a gap between two words.
                Piece::Source | Piece::Target | Piece::Skip | Piece::Compound => {
                    gap = true;
                    continue;
                }
            };
            if phrases.len().saturating_mul(choices.len()) > SPELLED_MAX {
                return None;
            }
            let joint = if gap { " .. " } else { " " };
            let longer = phrases.iter().flat_map(|phrase| {
                choices.iter().map(move |choice| {
                    if before {
                        format!("{choice}{joint}{phrase}")
                    } else {
                        format!("{phrase}{joint}{choice}")
                    }
                })
            });
            phrases = longer.collect();
            gap = false;
        }
    }
    Some(phrases)
}
