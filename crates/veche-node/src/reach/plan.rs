//! Whom to tell next: a state machine that is fed what waits, the hour and what became of each message, and answers with facts.
//!
//! **Invariant:** no I/O and no clock. A plan is the sum of the facts that it has given out: applied anew in their order, they
//! make the same plan, so that a journal of them survives a restart.
//!
//! **Invariant:** for each matter, person and channel one message is delivered. One whose outcome nobody knows, because the node
//! ended in between, is sent again under the same name: an alarm that comes twice is better than one that never came.

use super::matter::{Matter, MatterId};
use super::roster::Roster;
use std::collections::BTreeMap;
use veche_ledger::{Seconds, UnixSeconds};

/// Most attempts at one message, the first included: with the pauses below, about half an hour.
pub const ATTEMPTS_MAX: u32 = 9;
/// The pause after the first failed attempt; each further one is twice as long.
const PAUSE_FIRST: Seconds = Seconds(5);
/// The longest pause.
const PAUSE_MAX: Seconds = Seconds::minutes(10);
/// A message whose outcome is not known after so long is taken for failed: longer than any channel's timeout.
pub const OUTCOME_WITHIN: Seconds = Seconds(180);
/// The hour of [`Roster::most_per_hour`].
const HOUR: Seconds = Seconds::hours(1);

/// One message: which matter, to whom, by which channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Errand {
    /// The matter.
    pub matter: MatterId,
    /// The person, by the name in the roster.
    pub person: String,
    /// The channel.
    pub channel: String,
}

/// How far a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Given to its channel; its outcome is not known yet.
    Begun,
    /// Delivered.
    Delivered,
    /// It failed, and is tried again at this time.
    Later(UnixSeconds),
    /// It failed for good.
    Failed,
}

/// A message's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Attempts so far.
    pub count: u32,
    /// When it came to this stage.
    pub at: UnixSeconds,
    /// How far it is.
    pub stage: Stage,
    /// What the channel said last.
    pub said: String,
}

/// By what way a person acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Opened it at the desk, signed in.
    Desk,
    /// By the link in a message.
    Link,
    /// At the command line.
    Command,
}

impl By {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Link => "link",
            Self::Command => "command",
        }
    }

    /// Reads its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Desk, Self::Link, Self::Command].into_iter().find(|by| by.word() == word)
    }
}

/// An acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// Who: a person of the roster, or an officer.
    pub who: String,
    /// By what way.
    pub by: By,
    /// When.
    pub at: UnixSeconds,
}

/// What happened, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A matter waits, for the first time or again.
    Opened {
        /// The matter.
        matter: MatterId,
        /// What people call it.
        title: String,
        /// Since when it is known here.
        at: UnixSeconds,
    },
    /// A person's turn has come.
    Asked {
        /// The matter.
        matter: MatterId,
        /// The person.
        person: String,
        /// When.
        at: UnixSeconds,
    },
    /// A message came to a stage.
    Tried {
        /// The message.
        errand: Errand,
        /// Its state.
        attempt: Attempt,
    },
    /// Somebody has acknowledged.
    Acknowledged {
        /// The matter.
        matter: MatterId,
        /// Who and how.
        how: Acknowledged,
    },
    /// It waits no longer: answered, withdrawn, or long past.
    Over {
        /// The matter.
        matter: MatterId,
        /// When.
        at: UnixSeconds,
    },
}

/// What was done about one matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What people call it.
    pub title: String,
    /// Since when it is known here.
    pub opened_at: UnixSeconds,
    /// Who was asked when, in order.
    pub asked: Vec<(String, UnixSeconds)>,
    /// Messages by person and channel.
    pub tries: BTreeMap<(String, String), Attempt>,
    /// Who has acknowledged.
    pub acknowledged: Option<Acknowledged>,
    /// True if it waits no longer.
    pub is_over: bool,
}

/// What waits, what was done about it, and what to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    progress: BTreeMap<MatterId, Progress>,
    waiting: BTreeMap<MatterId, Matter>,
}

/// How many matters are in which state, for whoever watches the node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    /// Nobody has acknowledged yet, and there is somebody left to tell or to wait for.
    pub open: u64,
    /// Everybody on the roster was told, and nobody has acknowledged in time; or the roster has nobody for it.
    pub exhausted: u64,
    /// Messages that wait for another attempt.
    pub retrying: u64,
    /// Messages that failed for good.
    pub failed: u64,
}

impl Plan {
    /// Takes up a fact: one of the journal, or one that this plan gave.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened { matter, title, at } => {
                let progress = self.progress.entry(*matter).or_default();
                if progress.opened_at == UnixSeconds::default() {
                    progress.opened_at = *at;
                }
                progress.title.clone_from(title);
                progress.is_over = false;
            }
            Fact::Asked { matter, person, at } => {
                let progress = self.progress.entry(*matter).or_default();
                if progress.asked.iter().all(|(asked, _)| asked != person) {
                    progress.asked.push((person.clone(), *at));
                }
            }
            Fact::Tried { errand, attempt } => {
                let progress = self.progress.entry(errand.matter).or_default();
                let key = (errand.person.clone(), errand.channel.clone());
                progress.tries.insert(key, attempt.clone());
            }
            Fact::Acknowledged { matter, how } => {
                let progress = self.progress.entry(*matter).or_default();
                progress.acknowledged.get_or_insert_with(|| how.clone());
            }
            Fact::Over { matter, .. } => {
                self.progress.entry(*matter).or_default().is_over = true;
                self.waiting.remove(matter);
            }
        }
    }

    fn give(&mut self, facts: &mut Vec<Fact>, fact: Fact) {
        self.apply(&fact);
        facts.push(fact);
    }

    /// Takes what waits now, in place of what waited before.
    #[must_use]
    pub fn see(&mut self, matters: Vec<Matter>, now: UnixSeconds) -> Vec<Fact> {
        let mut facts = Vec::new();
        let seen: BTreeMap<MatterId, Matter> = matters.into_iter().map(|m| (m.id, m)).collect();
        let open = self.progress.iter().filter(|(_, progress)| !progress.is_over);
        let gone: Vec<MatterId> =
            open.map(|(id, _)| *id).filter(|id| !seen.contains_key(id)).collect();
        for matter in gone {
            self.give(&mut facts, Fact::Over { matter, at: now });
        }
        for (id, matter) in seen {
            if self.progress.get(&id).is_none_or(|progress| progress.is_over) {
                let title = matter.title.clone();
                self.give(&mut facts, Fact::Opened { matter: id, title, at: now });
            }
            self.waiting.insert(id, matter);
        }
        facts
    }

    /// Says what is to be done at this hour: each [`Stage::Begun`] among the facts is a message to be sent now.
    #[must_use]
    pub fn step(&mut self, roster: &Roster, now: UnixSeconds) -> Vec<Fact> {
        let mut facts = Vec::new();
        let open: Vec<MatterId> = self.waiting.keys().copied().collect();
        for id in open {
            let is_open = self.progress.get(&id).is_some_and(|p| p.acknowledged.is_none());
            if is_open {
                self.ask_next(roster, id, now, &mut facts);
                self.try_again(roster, id, now, &mut facts);
            }
        }
        facts
    }

    /// Asks the first person, or the next if the last did not acknowledge in time or cannot be reached.
    fn ask_next(&mut self, roster: &Roster, id: MatterId, now: UnixSeconds, facts: &mut Vec<Fact>) {
        let (Some(matter), Some(progress)) = (self.waiting.get(&id), self.progress.get(&id)) else {
            return;
        };
        if !is_turn_over(roster, matter, progress, now) {
            return;
        }
        let people = roster.people_for(&matter.party, &matter.duties, &matter.label);
        let is_asked = |name: &&String| progress.asked.iter().any(|(asked, _)| asked == *name);
        let Some(name) = people.iter().find(|name| !is_asked(name)).cloned() else { return };
        let is_quiet = roster.people.get(&name).is_some_and(|person| person.is_quiet(now));
        if is_quiet && !matter.is_urgent {
            return;
        }
        self.give(facts, Fact::Asked { matter: id, person: name, at: now });
    }

    /// Begins the messages of those asked whose time has come.
    fn try_again(
        &mut self,
        roster: &Roster,
        id: MatterId,
        now: UnixSeconds,
        facts: &mut Vec<Fact>,
    ) {
        let (Some(matter), Some(progress)) = (self.waiting.get(&id), self.progress.get(&id)) else {
            return;
        };
        let mut due = Vec::new();
        for (name, _) in &progress.asked {
            let Some(person) = roster.people.get(name) else { continue };
            for (channel, _) in &person.by {
                let attempt = progress.tries.get(&(name.clone(), channel.clone()));
                match attempt.map(|attempt| (&attempt.stage, attempt)) {
                    None => due.push((name.clone(), channel.clone(), 1)),
                    Some((Stage::Later(at), attempt)) if *at <= now => {
                        due.push((name.clone(), channel.clone(), attempt.count + 1));
                    }
                    Some((Stage::Begun, attempt)) if attempt.at + OUTCOME_WITHIN <= now => {
                        due.push((name.clone(), channel.clone(), attempt.count + 1));
                    }
                    Some((Stage::Failed, _)) => continue,
                    Some((Stage::Begun | Stage::Delivered | Stage::Later(_), _)) => {}
                }
                // What can wait goes by the person's first channel that works; what cannot, by all of them.
                if !matter.is_urgent {
                    break;
                }
            }
        }
        for (person, channel, count) in due {
            let (stage, count) = match self.is_flooded(roster, &person, &channel, now) {
                _ if count > ATTEMPTS_MAX => (Stage::Failed, count - 1),
                Some(until) => (Stage::Later(until), count - 1),
                None => (Stage::Begun, count),
            };
            let errand = Errand { matter: id, person, channel };
            let attempt = Attempt { count, at: now, stage, said: String::new() };
            self.give(facts, Fact::Tried { errand, attempt });
        }
    }

    /// Returns until when nothing more goes to a person by a channel, if it had all that an hour may bring.
    fn is_flooded(
        &self,
        roster: &Roster,
        person: &str,
        channel: &str,
        now: UnixSeconds,
    ) -> Option<UnixSeconds> {
        let tries = self.progress.values().flat_map(|progress| &progress.tries);
        let own = tries.filter(|((to, by), _)| to == person && by == channel);
        let sent = own.filter(|(_, attempt)| match attempt.stage {
            Stage::Begun | Stage::Delivered => true,
            Stage::Later(_) | Stage::Failed => false,
        });
        let lately: Vec<UnixSeconds> =
            sent.map(|(_, attempt)| attempt.at).filter(|at| *at + HOUR > now).collect();
        let is_full = lately.len() as u64 >= u64::from(roster.most_per_hour);
        lately.into_iter().min().filter(|_| is_full).map(|first| first + HOUR)
    }

    /// Takes what became of a message.
    #[must_use]
    pub fn outcome(&mut self, errand: &Errand, outcome: Outcome, now: UnixSeconds) -> Option<Fact> {
        let progress = self.progress.get(&errand.matter)?;
        let begun = progress.tries.get(&(errand.person.clone(), errand.channel.clone()))?;
        if begun.stage != Stage::Begun {
            // It was given up and tried anew in the meantime, or came twice.
            return None;
        }
        let count = begun.count;
        let (stage, said) = match outcome {
            Outcome::Delivered(said) => (Stage::Delivered, said),
            Outcome::Later(said) if count < ATTEMPTS_MAX => {
                (Stage::Later(now + pause(count)), said)
            }
            Outcome::Later(said) | Outcome::Failed(said) => (Stage::Failed, said),
        };
        let attempt = Attempt { count, at: now, stage, said };
        let fact = Fact::Tried { errand: errand.clone(), attempt };
        self.apply(&fact);
        Some(fact)
    }

    /// Takes an acknowledgement; `None` if there was one before, or nothing of this name.
    #[must_use]
    pub fn acknowledge(&mut self, matter: MatterId, how: Acknowledged) -> Option<Fact> {
        let progress = self.progress.get(&matter)?;
        if progress.acknowledged.is_some() {
            return None;
        }
        let fact = Fact::Acknowledged { matter, how };
        self.apply(&fact);
        Some(fact)
    }

    /// After a restart: what was begun and has no outcome is tried again at once.
    #[must_use]
    pub fn resume(&mut self, now: UnixSeconds) -> Vec<Fact> {
        let mut facts = Vec::new();
        let begun: Vec<(Errand, Attempt)> = self
            .progress
            .iter()
            .flat_map(|(matter, progress)| progress.tries.iter().map(move |row| (*matter, row)))
            .filter(|(_, (_, attempt))| attempt.stage == Stage::Begun)
            .map(|(matter, ((person, channel), attempt))| {
                let (person, channel) = (person.clone(), channel.clone());
                (Errand { matter, person, channel }, attempt.clone())
            })
            .collect();
        for (errand, attempt) in begun {
            let said = "the node ended before its outcome was known".to_owned();
            let attempt = Attempt { stage: Stage::Later(now), said, ..attempt };
            self.give(&mut facts, Fact::Tried { errand, attempt });
        }
        facts
    }

    /// Returns a matter that waits.
    #[must_use]
    pub fn matter(&self, id: &MatterId) -> Option<&Matter> {
        self.waiting.get(id)
    }

    /// Returns all that waits, with what was done about each.
    pub fn all(&self) -> impl Iterator<Item = (&MatterId, &Progress, Option<&Matter>)> {
        self.progress.iter().map(|(id, progress)| (id, progress, self.waiting.get(id)))
    }

    /// Returns how many matters are in which state.
    #[must_use]
    pub fn queue(&self, roster: &Roster, now: UnixSeconds) -> Queue {
        let mut queue = Queue::default();
        for (id, matter) in &self.waiting {
            let Some(progress) = self.progress.get(id) else { continue };
            if progress.acknowledged.is_some() {
                continue;
            }
            let people = roster.people_for(&matter.party, &matter.duties, &matter.label);
            let is_told = people.iter().all(|name| progress.asked.iter().any(|(a, _)| a == name));
            if is_told && is_turn_over(roster, matter, progress, now) {
                queue.exhausted += 1;
            } else {
                queue.open += 1;
            }
            for attempt in progress.tries.values() {
                match attempt.stage {
                    Stage::Later(_) => queue.retrying += 1,
                    Stage::Failed => queue.failed += 1,
                    Stage::Begun | Stage::Delivered => {}
                }
            }
        }
        queue
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The channel took it.
    Delivered(String),
    /// It may work later.
    Later(String),
    /// It will not.
    Failed(String),
}

/// Returns the pause after so many attempts.
fn pause(count: u32) -> Seconds {
    let doublings = count.saturating_sub(1).min(16);
    Seconds((PAUSE_FIRST.0 << doublings).min(PAUSE_MAX.0))
}

/// Returns true if nobody was asked yet, the last person asked has had the time to acknowledge, or none of the person's channels
/// works.
fn is_turn_over(roster: &Roster, matter: &Matter, progress: &Progress, now: UnixSeconds) -> bool {
    let Some((name, at)) = progress.asked.last() else { return true };
    let wait = if matter.is_urgent { roster.wait } else { roster.wait_routine };
    let is_dead = roster.people.get(name).is_none_or(|person| {
        person.by.iter().all(|(channel, _)| {
            let attempt = progress.tries.get(&(name.clone(), channel.clone()));
            attempt.is_some_and(|attempt| attempt.stage == Stage::Failed)
        })
    });
    is_dead || *at + wait <= now
}
