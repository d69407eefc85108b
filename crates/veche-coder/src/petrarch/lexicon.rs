//! Entries of PETRARCH's dictionaries as entries of the lexicon, by which texts are coded without its rules.

use super::{Actor, Actors, Agents, Pattern, Piece, Step, Verbs};
use crate::date::Day;
use crate::lexicon::{ActorSide, Agent, Head, Strength, Trigger};
use crate::matcher::CharterName;
use crate::ontology::{Class, Mode, Sector};
use std::collections::BTreeSet;

/// Most phrases that one pattern of one verb stands for: sets of words multiply.
const SPELLED_MAX: usize = 64;

/// Most triggers of a dictionary: ten times what the shipped lexicon has would do; large ones spell out more.
const TRIGGERS_MAX: usize = 400_000;

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
    /// Patterns that would be spelled out in too many phrases.
    pub large: usize,
}

/// Returns names by which texts are searched: each actor with the code that holds on this day; on no day, the code that is bound to none,
/// or else the one that holds longest from now on.
pub fn names(actors: &Actors, day: Option<Day>) -> Vec<CharterName> {
    actors.entries.iter().filter_map(|actor| name(actor, day)).collect()
}

fn name(actor: &Actor, day: Option<Day>) -> Option<CharterName> {
    let codes = actor.codes_on(day);
    let lasting = || {
        let last = actor.codes.iter().max_by_key(|code| (code.until.is_none(), code.until))?;
        day.is_none().then_some(last.codes.as_slice())
    };
    let code = codes.first().or_else(|| lasting()?.first())?;
    let known = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !known {
        return None;
    }
    let (state, sector) = match code.split_at_checked(3) {
        Some((state, rest)) if rest.len() == 3 => match Sector::parse(rest) {
            Some(sector) => (state, Some(sector)),
            None => (code.as_str(), None),
        },
        _ => (code.as_str(), None),
    };
    let names = actor.names.iter().map(|name| written(&name.words)).collect();
    Some(CharterName { code: state.to_owned(), sector, names })
}

/// Writes a name as texts do. One of up to three letters is an abbreviation and stays in capitals.
fn written(words: &[String]) -> String {
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
pub fn agents(agents: &Agents) -> (Vec<Agent>, usize) {
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
        let mut phrases = vec![verb.to_owned()];
        for (steps, before) in [(&pattern.before, true), (&pattern.behind, false)] {
            // A part between two words that is no word leaves a gap.
            let mut gap = false;
            for step in steps {
                gap |= !step.tied;
                let choices: Vec<String> = match &step.piece {
                    Piece::Word(word) => vec![word.to_lowercase()],
                    Piece::Set(name) => {
                        let set = verbs.sets.get(name).into_iter().flatten();
                        set.map(|words| words.join(" ").to_lowercase()).collect()
                    }
                    Piece::Source | Piece::Target | Piece::Skip | Piece::Compound => {
                        gap = true;
                        continue;
                    }
                };
                if phrases.len().saturating_mul(choices.len()) > SPELLED_MAX {
                    self.large += 1;
                    return;
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
        for phrase in phrases {
            self.add(&phrase, class, mode, known);
        }
    }
}
