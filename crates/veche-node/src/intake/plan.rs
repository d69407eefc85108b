//! When a feed is due again, and whose turn it is at a host. No I/O: time and randomness are arguments.

use super::feed::{Feed, Health};
use std::collections::BTreeMap;
use veche_ledger::{Seconds, UnixSeconds};

/// Longest wait after failures: a feed that is back is found within a day.
pub const WAIT_MAX: Seconds = Seconds(86_400);

/// Longest wait that a site may ask for.
pub const ASKED_WAIT_MAX: Seconds = Seconds(7 * 86_400);

/// For so long a feed that is being looked at is nobody else's: longer than a look with its pages may take.
pub const CLAIM: Seconds = Seconds(1800);

/// The whole of a chance: what randomness is handed in as.
pub const WHOLE: u32 = 1000;

/// What became of a look at a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It answered, and so much of it was new. `error`: what was wrong with a part of it.
    Good {
        /// Items and further versions of items.
        new: u64,
        /// What was wrong, if something was.
        error: String,
    },
    /// It did not answer as a feed does. `after`: how long it asks to be left alone.
    Bad {
        /// What was wrong.
        error: String,
        /// How long to wait at least.
        after: Option<Seconds>,
    },
    /// It says that it will never be there again (410): it is looked at no more.
    Gone {
        /// What it said.
        error: String,
    },
}

/// Returns the feeds that are due, those that wait longest first.
#[must_use]
pub fn due(feeds: &[Feed], now: UnixSeconds) -> Vec<&Feed> {
    let is_due = |feed: &&Feed| feed.is_enabled && feed.health.due_at <= now;
    let mut due: Vec<&Feed> = feeds.iter().filter(is_due).collect();
    due.sort_by_key(|feed| feed.health.due_at);
    due
}

/// Returns a feed's health after a look at it. `chance`: 0 to [`WHOLE`], random.
///
/// After n failures in a row it is due after the feed's own interval doubled n times, at most a day, less up to a quarter by chance, so that feeds that
/// failed together do not come back together.
#[must_use]
pub fn after(feed: &Feed, outcome: &Outcome, now: UnixSeconds, chance: u32) -> Health {
    let before = feed.health.clone();
    match outcome {
        Outcome::Good { new, error } => Health {
            tried_at: Some(now),
            good_at: Some(now),
            error: error.clone(),
            failures: 0,
            due_at: now + feed.every,
            new: *new,
            total: before.total + new,
            ..before
        },
        Outcome::Bad { error, after } => {
            let failures = before.failures.saturating_add(1);
            let doubled = 1_u64.checked_shl(failures.min(32)).unwrap_or(u64::MAX);
            let longest = WAIT_MAX.0.max(feed.every.0);
            let wait = feed.every.0.saturating_mul(doubled).min(longest);
            let wait = wait - wait * u64::from(chance.min(WHOLE)) / u64::from(4 * WHOLE);
            let asked = after.map_or(0, |asked| asked.0.min(ASKED_WAIT_MAX.0));
            let due_at = now + Seconds(wait.max(asked));
            Health { tried_at: Some(now), error: error.clone(), failures, due_at, ..before }
        }
        Outcome::Gone { error } => Health {
            tried_at: Some(now),
            error: error.clone(),
            failures: before.failures.saturating_add(1),
            due_at: now + WAIT_MAX,
            ..before
        },
    }
}

/// Whose turn it is at which host: one request at a time, with a pause between.
#[derive(Debug, Default)]
pub struct Turns {
    hosts: BTreeMap<String, Standing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Busy,
    FreeAt(UnixSeconds),
}

/// What to do about a request to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Ask. Whoever does says so with [`Turns::end`] when it is over.
    Now,
    /// Come again then: the host rests.
    At(UnixSeconds),
    /// Come again soon: somebody else is asking.
    Busy,
}

impl Turns {
    /// Asks for a turn.
    pub fn ask(&mut self, host: &str, now: UnixSeconds) -> Turn {
        match self.hosts.get(host) {
            Some(Standing::Busy) => Turn::Busy,
            Some(Standing::FreeAt(at)) if *at > now => Turn::At(*at),
            Some(Standing::FreeAt(_)) | None => {
                self.hosts.insert(host.to_owned(), Standing::Busy);
                Turn::Now
            }
        }
    }

    /// Ends a turn: the host is left alone for so long.
    pub fn end(&mut self, host: &str, now: UnixSeconds, pause: Seconds) {
        // What is free again is as if it had never been asked, so that this does not grow for ever.
        self.hosts.retain(|_, own| !matches!(own, Standing::FreeAt(at) if *at <= now));
        self.hosts.insert(host.to_owned(), Standing::FreeAt(now + pause));
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::{Address, FeedName};
    use super::*;

    fn feed(name: &str, due_at: u64) -> Feed {
        let mut feed = Feed::new(FeedName::parse(name).unwrap(), Address::File("x".into()));
        feed.health.due_at = UnixSeconds(due_at);
        feed
    }

    fn bad(after: Option<u64>) -> Outcome {
        Outcome::Bad { error: "down".to_owned(), after: after.map(Seconds) }
    }

    #[test]
    fn feeds_are_due_in_the_order_in_which_they_wait() {
        let off = Feed { is_enabled: false, ..feed("off", 0) };
        let feeds = [feed("b", 20), feed("a", 10), feed("later", 31), off];
        let names: Vec<_> =
            due(&feeds, UnixSeconds(30)).iter().map(|feed| feed.name.to_string()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn after_failures_the_wait_doubles_up_to_a_day_and_one_good_answer_ends_it() {
        let mut feed = feed("a", 0);
        let mut waits = Vec::new();
        for _ in 0..9 {
            feed.health = after(&feed, &bad(None), UnixSeconds(1000), 0);
            waits.push((feed.health.due_at.0 - 1000) / 60);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
        assert_eq!((feed.health.failures, feed.health.good_at), (9, None));
        let good = Outcome::Good { new: 3, error: String::new() };
        feed.health = after(&feed, &good, UnixSeconds(2000), WHOLE);
        let Health { failures, due_at, total, error, .. } = feed.health;
        assert_eq!((failures, due_at.0, total, error.as_str()), (0, 2900, 3, ""));
    }

    #[test]
    fn chance_takes_up_to_a_quarter_from_a_wait_and_nothing_from_what_the_site_asks_for() {
        let feed = feed("a", 0);
        assert_eq!(after(&feed, &bad(None), UnixSeconds(0), WHOLE).due_at.0, 1350);
        assert_eq!(after(&feed, &bad(Some(7200)), UnixSeconds(0), WHOLE).due_at.0, 7200);
        assert_eq!(
            after(&feed, &bad(Some(u64::MAX)), UnixSeconds(0), 0).due_at.0,
            ASKED_WAIT_MAX.0
        );
    }

    #[test]
    fn a_host_has_one_request_at_a_time_and_rests_between() {
        let mut turns = Turns::default();
        let at = UnixSeconds;
        assert_eq!(turns.ask("a:80", at(0)), Turn::Now);
        assert_eq!(turns.ask("a:80", at(9)), Turn::Busy);
        assert_eq!(turns.ask("b:80", at(9)), Turn::Now);
        turns.end("a:80", at(10), Seconds(5));
        assert_eq!(turns.ask("a:80", at(14)), Turn::At(at(15)));
        assert_eq!(turns.ask("a:80", at(15)), Turn::Now);
        turns.end("a:80", at(20), Seconds(1));
        turns.end("b:80", at(30), Seconds(1));
        assert_eq!(turns.hosts.len(), 1);
    }
}
