//! Which sentences are worth a tag and a tree: those that may tell of an event. The others are never tagged or parsed.
//!
//! A sentence passes that has an actor of the lexicon or the charter and a trigger, or a strong verb and a name that nothing knows: who
//! that is, is for a person to decide. More than half of a newspaper has neither.

use crate::actor::{Body, actors};
use crate::lexicon::{Head, Language, Strength, Trigger};
use crate::matcher::{Matcher, Matches, Target, Vocabulary};
use crate::token::Tokens;
use std::ops::Range;

/// What a sentence has that could make an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// A body, people or office that the lexicon or the charter knows.
    pub actor: bool,
    /// Words that tell of an event; blockers do not count.
    pub trigger: bool,
    /// A verb whose meaning needs nothing beside it.
    pub strong_verb: bool,
    /// Somebody whom the words name and nothing knows; asked only if there is a strong verb and no actor.
    pub unknown: bool,
}

impl Signs {
    /// Tells whether the sentence may tell of an event.
    pub const fn pass(self) -> bool {
        (self.actor && self.trigger) || (self.unknown && self.strong_verb)
    }
}

/// Looks at a sentence with the tokens `sentence`, whose matches are the numbers `of` in `found`.
pub fn signs(
    text: &str,
    tokens: &Tokens,
    sentence: Range<usize>,
    matcher: &Matcher,
    vocabulary: &Vocabulary,
    found: &Matches,
    of: Range<usize>,
) -> Signs {
    let mut signs = of_matches(matcher, vocabulary, found, of.clone());
    // The unknown are looked for last: few sentences get so far without an actor.
    if signs.strong_verb && !signs.actor {
        let actors = actors(text, tokens, sentence, matcher, found, of);
        signs.unknown = actors.iter().any(|actor| actor.body == Body::Unknown);
    }
    signs
}

/// Returns what matches alone tell, with nobody unknown.
pub(crate) fn of_matches(
    matcher: &Matcher,
    vocabulary: &Vocabulary,
    found: &Matches,
    of: Range<usize>,
) -> Signs {
    let mut signs = Signs::default();
    for at in of {
        for target in matcher.get(found, at).map(|found| found.targets).unwrap_or_default() {
            match target {
                Target::Trigger(language, entry) => {
                    let trigger = event(vocabulary, *language, *entry);
                    signs.trigger |= trigger.is_some();
                    signs.strong_verb |= trigger.is_some_and(|trigger| {
                        trigger.head == Head::Verb && trigger.strength == Strength::Strong
                    });
                }
                Target::Agent(_)
                | Target::Office(_)
                | Target::Nation(..)
                | Target::Group(..)
                | Target::Organisation(_)
                | Target::Charter(_) => signs.actor = true,
                Target::Place(_) => {}
            }
        }
    }
    signs
}

/// Returns a trigger that tells of something: it is no blocker.
fn event(vocabulary: &Vocabulary, language: Language, entry: u32) -> Option<&Trigger> {
    let triggers = match language {
        Language::English => &vocabulary.triggers_en,
        Language::Russian => &vocabulary.triggers_ru,
    };
    triggers.get(entry as usize).filter(|trigger| trigger.class.name() != "NONE")
}
