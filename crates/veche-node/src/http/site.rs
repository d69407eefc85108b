//! What the server shows and changes: an exercise with all its nodes, or one party's node.

use super::session::Token;
use crate::api::route::{self, Answer};
use crate::api::{self, Problem, Query};
use crate::exercise::{Game, Player};
use crate::node::{Appended, Node, NodeError, Pending, Statement};
use crate::pages::Sight;
use crate::pages::forecast::Board;
use crate::peer::{Asked, Directory, Effect, Event, Exchange, Reply};
use crate::picture::alarms::Counts;
use crate::picture::reports::Reports;
use crate::picture::rounds::Rounds;
use crate::reach::matter::{Matter, waiting};
use crate::reach::roster::Roster;
use crate::store::Syncing;
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use veche_charter::Charter;
use veche_council::view::ProcedureView;
use veche_desk::Certificate;
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// A seat taken: for which party, as which officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The party.
    pub party: PartyId,
    /// The officer, by the last part of the key's name.
    pub officer: String,
}

impl Visit {
    /// Reads a seat as cookies and forms carry it: `orvessa/duty`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (party, officer) = text.split_once('/')?;
        let is_word = !officer.is_empty()
            && officer.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        Some(Self { party: PartyId::parse(party).ok()?, officer: officer.to_owned() })
            .filter(|_| is_word)
    }
}

impl std::fmt::Display for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.party, self.officer)
    }
}

/// Gives the time.
pub type Clock = Box<dyn Fn() -> UnixSeconds + Send>;

/// What the server shows and changes.
pub struct Site {
    world: World,
    /// SHA-256 of certificates made before, by party, procedure and closings: making one costs many signatures.
    certificates: RefCell<BTreeMap<(PartyId, String, String), Option<String>>>,
    /// What is shown of the picture.
    shown: Shown,
}

/// What a node was given of the picture.
#[derive(Debug, Default)]
pub struct Shown {
    /// A run of forecasts.
    pub forecast: Option<Board>,
    /// Counts for the charter's rules of alarms.
    pub counts: Option<Counts>,
    /// Rounds of the tournament.
    pub rounds: Option<Rounds>,
    /// Reports, and the events that they tell of.
    pub reports: Option<Reports>,
}

enum World {
    Game {
        game: Box<Game>,
        player: Player,
    },
    Node {
        node: Box<Node>,
        clock: Clock,
        links: Vec<(Token, Visit)>,
        none: BTreeSet<PartyId>,
        peering: Option<Box<Peering>>,
    },
}

/// What a node does about its peers, and by whose certificates it knows them.
#[derive(Debug)]
pub struct Peering {
    /// What it does.
    pub exchange: Exchange,
    /// Whom it knows.
    pub directory: Directory,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("is_exercise", &self.game().is_some()).finish_non_exhaustive()
    }
}

impl Site {
    /// Returns the site of an exercise, in which a visitor may take any seat.
    #[must_use]
    pub fn of_game(game: Game, player: Player) -> Self {
        Self::of_world(World::Game { game: Box::new(game), player })
    }

    /// Returns the site of one party's node. `links`: one-time links with the seats that they give. `clock`: gives the time.
    #[must_use]
    pub fn of_node(node: Node, links: Vec<(Token, Visit)>, clock: Clock) -> Self {
        Self::of_world(World::Node {
            node: Box::new(node),
            clock,
            links,
            none: BTreeSet::new(),
            peering: None,
        })
    }

    /// Returns the site of a node that keeps up with peers; an exercise stays as it is.
    #[must_use]
    pub fn with_peering(mut self, new: Peering) -> Self {
        if let World::Node { peering, node, .. } = &mut self.world {
            new.directory.set(node.open_logs());
            *peering = Some(Box::new(new));
        }
        self
    }

    /// Returns what a node does about its peers, if it has any.
    pub(crate) const fn exchange(&self) -> Option<&Exchange> {
        match &self.world {
            World::Node { peering: Some(peering), .. } => Some(&peering.exchange),
            World::Game { .. } | World::Node { .. } => None,
        }
    }

    /// Answers a peer; nothing comes of it where there are none.
    pub(crate) fn receive(&mut self, from: &PartyId, asked: &Asked, body: &[u8]) -> Reply {
        let World::Node { node, clock, peering: Some(peering), .. } = &mut self.world else {
            return Reply::refused(404, "this node has no peers");
        };
        peering.exchange.receive(node, from, asked, body, clock())
    }

    /// Tells what a node does about its peers what happened; returns what follows, and whether the node's own store failed: then its
    /// operator must act.
    pub(crate) fn step(&mut self, event: Event) -> (Vec<Effect>, Result<(), NodeError>) {
        let World::Node { node, clock, peering: Some(peering), .. } = &mut self.world else {
            return (Vec::new(), Ok(()));
        };
        if matches!(event, Event::Tick) {
            peering.directory.set(node.open_logs());
        }
        peering.exchange.step(node, event, clock())
    }

    /// Returns what has to be asked before anything leaves that a node's store was written for; `None`: nothing.
    pub(crate) fn syncing(&self) -> Option<Arc<Syncing>> {
        self.only_node().and_then(Node::syncing).cloned()
    }

    /// Does something whose writes are not waited for, and returns what is to be waited for before anything of it leaves; `None`: nothing.
    pub(crate) fn together<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> (T, Option<Pending>) {
        if let World::Node { node, .. } = &mut self.world {
            node.begin_together();
        }
        // Whoever comes next counts on writes that are on the disk when they return.
        let done = catch_unwind(AssertUnwindSafe(|| act(self)));
        let pending = match &mut self.world {
            World::Node { node, .. } => node.end_together(),
            World::Game { .. } => None,
        };
        (done.unwrap_or_else(|panic| resume_unwind(panic)), pending)
    }

    /// Returns the hash of the listing of what a node holds.
    pub(crate) fn listing_hash(&self) -> Option<Hash> {
        self.any_node().map(|node| node.listing().hash)
    }

    /// Returns true if a node has cosigned what it has not logged yet.
    pub(crate) fn has_receipts(&self) -> bool {
        self.only_node().is_some_and(Node::has_receipts)
    }

    fn of_world(world: World) -> Self {
        Self { world, certificates: RefCell::new(BTreeMap::new()), shown: Shown::default() }
    }

    /// Returns the site with what is to be shown of the picture.
    #[must_use]
    pub fn showing(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    /// Shows other reports.
    pub(crate) fn report(&mut self, reports: Option<Reports>) {
        self.shown.reports = reports;
    }

    /// Returns what is shown of the picture.
    pub(crate) const fn shown(&self) -> &Shown {
        &self.shown
    }

    /// Takes out the one-time links, for whoever keeps the sessions.
    pub(crate) fn take_links(&mut self) -> Vec<(Token, Visit)> {
        match &mut self.world {
            World::Game { .. } => Vec::new(),
            World::Node { links, .. } => std::mem::take(links),
        }
    }

    /// Returns the exercise and its player.
    pub(crate) const fn game(&self) -> Option<(&Game, &Player)> {
        match &self.world {
            World::Game { game, player } => Some((game, player)),
            World::Node { .. } => None,
        }
    }

    /// Returns the exercise and its player, to be changed.
    pub(crate) const fn game_mut(&mut self) -> Option<(&mut Game, &mut Player)> {
        match &mut self.world {
            World::Game { game, player } => Some((game, player)),
            World::Node { .. } => None,
        }
    }

    /// Takes the exercise out.
    pub(crate) fn into_game(self) -> Option<(Game, Player)> {
        match self.world {
            World::Game { game, player } => Some((*game, player)),
            World::Node { .. } => None,
        }
    }

    /// Returns the time.
    pub(crate) fn now(&self) -> UnixSeconds {
        match &self.world {
            World::Game { game, .. } => game.now(),
            World::Node { clock, .. } => clock(),
        }
    }

    /// Returns the node that keeps a party's log.
    pub(crate) fn node(&self, party: &PartyId) -> Option<&Node> {
        match &self.world {
            World::Game { game, .. } => game.node(party),
            World::Node { node, .. } => {
                // A node whose keys are locked keeps no log, and is read at all the same.
                (node.party() == party || node.kept().any(|kept| kept == party)).then_some(node)
            }
        }
    }

    /// Returns the node of a party itself, in earnest: in an exercise there is none.
    pub(crate) fn own_node(&mut self, party: &PartyId) -> Option<&mut Node> {
        match &mut self.world {
            World::Game { .. } => None,
            World::Node { node, .. } => Some(&mut **node).filter(|node| node.party() == party),
        }
    }

    /// Returns the node, in earnest: in an exercise there is none that is more the server's than another.
    pub(crate) fn only_node(&self) -> Option<&Node> {
        match &self.world {
            World::Game { .. } => None,
            World::Node { node, .. } => Some(node),
        }
    }

    /// Returns what waits for the parties whose logs the node keeps, for whoever tells their people.
    pub(crate) fn waiting(&self, roster: &Roster) -> Vec<Matter> {
        let Some(node) = self.only_node() else { return Vec::new() };
        // A node whose keys are locked keeps no log, and its people are told all the same.
        let parties: BTreeSet<&PartyId> = node.kept().chain([node.party()]).collect();
        parties.into_iter().flat_map(|party| waiting(node, party, roster, self.now())).collect()
    }

    fn any_node(&self) -> Option<&Node> {
        match &self.world {
            World::Game { game, .. } => game.network().nodes().next(),
            World::Node { node, .. } => Some(node),
        }
    }

    /// Returns the charter.
    pub(crate) fn charter(&self) -> Option<&Charter> {
        self.any_node().map(|node| node.charter().as_ref())
    }

    /// Returns the seat that a visitor of an exercise has before taking one: the duty officer of the first member.
    pub(crate) fn first_seat(&self) -> Option<Visit> {
        let parties = &self.charter()?.parties;
        let member =
            parties.iter().find(|(_, party)| party.status.as_str() == veche_charter::model::MEMBER);
        let party = member.or_else(|| parties.first_key_value()).map(|(party, _)| party.clone())?;
        Some(Visit { party, officer: "duty".to_owned() })
    }

    /// Returns true if there is such a seat: that officer's key is in force, by the charter or by the party's own records since.
    pub(crate) fn has_seat(&self, visit: &Visit) -> bool {
        let node = self.node(&visit.party);
        node.is_some_and(|node| node.officers(&visit.party).contains(&visit.officer))
    }

    /// Returns what a seat sees now.
    pub(crate) fn sight<'a>(&'a self, visit: &'a Visit) -> Option<Sight<'a>> {
        let cut_off = match &self.world {
            World::Game { game, .. } => game.network().cut_off(),
            World::Node { none, .. } => none,
        };
        Some(Sight {
            node: self.node(&visit.party)?,
            party: &visit.party,
            officer: &visit.officer,
            now: self.now(),
            is_drill: self.game().is_some(),
            cut_off,
            contacts: self.exchange().map(Exchange::contacts),
        })
    }

    /// Returns the feed items that came in at a party's own node.
    pub(crate) fn feed(&self, party: &PartyId) -> Vec<Json> {
        let Some((game, _)) = self.game() else { return Vec::new() };
        let is_own = self.node(party).is_some_and(|node| node.party() == party);
        let items = if is_own { game.get(party, "/exercise/feed").ok() } else { None };
        items.and_then(|items| items.as_array().cloned()).unwrap_or_default()
    }

    /// Returns the digest of each node's fold, where all nodes are here.
    pub(crate) fn digests(&self) -> BTreeMap<String, Hash> {
        let digests = self.game().map(|(game, _)| game.network().digests()).unwrap_or_default();
        digests.into_iter().map(|(party, digest)| (party.to_string(), digest)).collect()
    }

    /// Answers a question of the API at a party's node.
    ///
    /// # Errors
    /// [`Problem`] as [`api::get`].
    pub(crate) fn ask_api(
        &self,
        party: &PartyId,
        path: &str,
        query: &Query,
    ) -> Result<Json, Problem> {
        let no_page = || Problem::new(404, "not found", format!("there is no page `{path}` here"));
        let no_node = || Problem::new(404, "not found", format!("`{party}` has no node here"));
        let (route, _) = route::find(path).ok_or_else(no_page)?;
        match route.answer {
            Answer::Node(_) => {
                api::get(self.node(party).ok_or_else(no_node)?, path, query, self.now())
            }
            Answer::Document => route.knows(query).map(|()| api::document()),
            Answer::Peers => {
                route.knows(query)?;
                let exchange = self.exchange().ok_or_else(no_page)?;
                Ok(crate::peer::report::report(exchange, self.node(party).ok_or_else(no_node)?))
            }
            Answer::Exercise => {
                route.knows(query)?;
                let (game, _) = self.game().ok_or_else(no_page)?;
                game.get(party, &format!("/{path}"))
            }
        }
    }

    /// Says something for a seat.
    ///
    /// # Errors
    /// As [`Node::append`].
    pub(crate) fn say(&mut self, statement: &Statement) -> Result<Appended, NodeError> {
        match &mut self.world {
            World::Game { game, .. } => game.say(statement),
            World::Node { node, clock, .. } => {
                let now = clock();
                node.append(statement, now)
            }
        }
    }

    /// Returns the node if it stands by: it reads what another process writes.
    pub(crate) fn standing_by(&mut self) -> Option<&mut Node> {
        match &mut self.world {
            World::Node { node, .. } if node.stands_by() => Some(node),
            World::Node { .. } | World::Game { .. } => None,
        }
    }

    /// Puts a node that was opened anew in place of the one that is shown.
    pub(crate) fn renew(&mut self, new: Node) {
        if let World::Node { node, .. } = &mut self.world {
            **node = new;
            self.certificates.borrow_mut().clear();
        }
    }

    /// Asks whether a node can still write into its store.
    ///
    /// # Errors
    /// [`NodeError::Store`]: its session at the database is gone.
    pub(crate) fn check_session(&self) -> Result<(), NodeError> {
        match &self.world {
            World::Game { .. } => Ok(()),
            World::Node { node, .. } => Ok(node.store().check_session()?),
        }
    }

    /// Saves a snapshot of a node's fold if records came since the last; returns whether one was saved.
    ///
    /// # Errors
    /// As [`Node::keep_snapshot`].
    pub(crate) fn save_snapshot(&mut self) -> Result<bool, NodeError> {
        match &mut self.world {
            World::Game { .. } => Ok(false),
            World::Node { node, .. } => node.keep_snapshot(),
        }
    }

    /// Destroys what may go by now of words that were taken back. In an exercise nothing is kept.
    ///
    /// # Errors
    /// As [`Node::destroy_redacted`].
    pub(crate) fn destroy_redacted(&mut self) -> Result<u64, NodeError> {
        let now = self.now();
        match &mut self.world {
            World::Game { .. } => Ok(0),
            World::Node { node, .. } => node.destroy_redacted(now),
        }
    }

    /// Returns how many records each party's node holds.
    pub(crate) fn record_counts(&self) -> BTreeMap<PartyId, u64> {
        let parties = self
            .charter()
            .map(|charter| charter.parties.keys().cloned().collect::<Vec<_>>())
            .unwrap_or_default();
        parties
            .into_iter()
            .filter_map(|party| {
                let count = self.node(&party)?.council().len();
                Some((party, count))
            })
            .collect()
    }

    /// Returns a decided procedure's certificate as pages name it; `None` if nothing of it is decided and proven.
    pub(crate) fn certificate(
        &self,
        sight: &Sight<'_>,
        view: &ProcedureView,
    ) -> Option<Certificate> {
        let closings: Vec<&str> = view
            .units
            .iter()
            .filter_map(|unit| Some(unit.decision.as_ref()?.closing.as_str()))
            .collect();
        if closings.is_empty() {
            return None;
        }
        // It holds the contents of all that the decision rests on.
        let id = Hash::parse(&view.id).ok()?;
        if sight.council().rests_on_unread(sight.party, &id, sight.now) {
            return None;
        }
        let key = (sight.node.party().clone(), view.id.clone(), closings.join(" "));
        let known = self.certificates.borrow().get(&key).cloned();
        let hash = known.unwrap_or_else(|| {
            let made = sight.node.certificate(&id).ok();
            let hash = made.map(|certificate| Hash::of(&[&certificate.to_bytes()]).to_string());
            self.certificates.borrow_mut().insert(key, hash.clone());
            hash
        });
        hash.map(|hash| crate::pages::decisions::certificate(sight, view, &hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_a_party_and_an_officer() {
        assert_eq!(Visit::parse("arven/duty").unwrap().to_string(), "arven/duty");
        for wrong in
            ["arven", "arven/", "/duty", "arven/du ty", "Arven!/duty", "arven/duty/x", "arven/<b>"]
        {
            assert_eq!(Visit::parse(wrong), None, "{wrong}");
        }
    }
}
