//! Nodes of one process and the links between them: the transport of exercises and tests.
//!
//! Each node has its own store and keys and sees of the others only the [`Offer`]s and cosignatures that a link carries.
//! A later transport carries the same over HTTPS.

use crate::node::{Appended, Node, NodeError, Offer, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_council::times::witnesses;
use veche_ledger::sync::{Resource, parse_openings};
use veche_ledger::{Cosignature, Hash, Origin, PartyId, UnixSeconds};

/// Most rounds of exchange before a network that never comes to rest is called a bug: each round moves every record one
/// node further, and there are fewer nodes.
const ROUNDS_MAX: usize = 64;

/// Nodes and the links between them, wherever they run: the order in which records travel is here, and how they travel is the
/// implementation's. What a node signs names what it held then, so that two networks come to the same records only in the same order.
pub trait Links {
    /// What goes wrong.
    type Error;

    /// Returns the parties that have a node, in order.
    fn parties(&self) -> Vec<PartyId>;

    /// Carries every log of which one node holds more than another; both ways of a link are two calls. Returns true if something was
    /// carried; false also where the two cannot reach each other.
    ///
    /// # Errors
    /// Of a store, or of a node that is gone. What the receiver refuses is noted and no error.
    fn carry_between(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        now: UnixSeconds,
    ) -> Result<bool, Self::Error>;

    /// Lets a node log what it cosigned; returns true if it wrote something.
    ///
    /// # Errors
    /// As [`Node::flush`].
    fn flush(&mut self, party: &PartyId, now: UnixSeconds) -> Result<bool, Self::Error>;

    /// Lets a node write a first record into each log that it keeps and that has none.
    ///
    /// # Errors
    /// As [`Node::begin_logs`].
    fn begin_logs(&mut self, party: &PartyId, now: UnixSeconds) -> Result<(), Self::Error>;

    /// Lets the members' nodes that can be reached cosign every head that the closer holds, and closes a procedure over them.
    ///
    /// # Errors
    /// As [`Node::close`].
    fn close_over_heads(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<Appended, Self::Error>;

    /// Carries records between all nodes that can reach each other, until there is nothing left to carry; each node logs
    /// what it cosigned.
    ///
    /// # Errors
    /// As [`Self::carry_between`] and [`Self::flush`].
    fn exchange(&mut self, now: UnixSeconds) -> Result<(), Self::Error> {
        let parties = self.parties();
        for _ in 0..ROUNDS_MAX {
            let mut has_moved = false;
            for from in &parties {
                for to in parties.iter().filter(|to| *to != from) {
                    has_moved |= self.carry_between(from, to, now)?;
                }
            }
            for party in &parties {
                has_moved |= self.flush(party, now)?;
            }
            if !has_moved {
                break;
            }
        }
        Ok(())
    }

    /// Closes a procedure by the node that keeps a party's log, over the heads as they stand once all has come to rest. A party that has
    /// never said anything has no head to speak for it: whoever keeps its log writes a first record.
    ///
    /// # Errors
    /// As [`Self::close_over_heads`]: then nothing is closed.
    fn close(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<Appended, Self::Error> {
        for party in self.parties() {
            self.begin_logs(&party, now)?;
        }
        self.exchange(now)?;
        let closed = self.close_over_heads(closer, procedure, now)?;
        self.exchange(now)?;
        Ok(closed)
    }
}

/// What was refused since somebody looked last: by whom, of which log, why; each once.
#[derive(Debug, Default)]
pub struct Refusals(Vec<Refusal>);

/// What was refused: by whom, of which log, why.
pub type Refusal = (PartyId, Origin, String);

impl Refusals {
    /// Notes what was refused.
    pub fn note(&mut self, refusal: Refusal) {
        if !self.0.contains(&refusal) {
            self.0.push(refusal);
        }
    }

    /// Returns what was refused since the last call.
    pub fn take(&mut self) -> Vec<Refusal> {
        std::mem::take(&mut self.0)
    }
}

/// How records travel between nodes.
pub trait Transport {
    /// Carries an offer to a party's node; returns its cosignature if it gave one.
    ///
    /// # Errors
    /// [`LinkError::Unreachable`] if the link is cut; [`LinkError::Refused`] with the receiver's reason.
    fn carry(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        offer: &Offer,
        now: UnixSeconds,
    ) -> Result<Option<Cosignature>, LinkError>;
}

/// Why an offer did not get through.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The link is cut, or there is no such node.
    #[error("no contact between `{from}` and `{to}`")]
    Unreachable {
        /// Sender.
        from: PartyId,
        /// Receiver.
        to: PartyId,
    },
    /// The receiver refused it.
    #[error("`{by}` refused: {why}")]
    Refused {
        /// Receiver.
        by: PartyId,
        /// Its reason.
        why: NodeError,
    },
}

/// All nodes of an exercise, in one process.
#[derive(Debug, Default)]
pub struct Network {
    nodes: BTreeMap<PartyId, Node>,
    /// Parties whose node is cut off from all others.
    cut_off: BTreeSet<PartyId>,
    refusals: Refusals,
    /// The node that keeps each party's log.
    keeper: BTreeMap<PartyId, PartyId>,
}

impl Network {
    /// Makes a network of nodes.
    #[must_use]
    pub fn new(nodes: Vec<Node>) -> Self {
        let mut network = Self::default();
        nodes.into_iter().for_each(|node| network.join(node));
        network
    }

    /// Joins a node: of a party that a change of the charter brought.
    pub fn join(&mut self, node: Node) {
        for party in node.kept() {
            self.keeper.insert(party.clone(), node.party().clone());
        }
        self.nodes.insert(node.party().clone(), node);
    }

    /// Returns the node that keeps a party's log.
    #[must_use]
    pub fn node(&self, party: &PartyId) -> Option<&Node> {
        self.nodes.get(self.keeper.get(party)?)
    }

    /// Returns the node that keeps a party's log.
    pub fn node_mut(&mut self, party: &PartyId) -> Option<&mut Node> {
        self.nodes.get_mut(self.keeper.get(party)?)
    }

    /// Returns all nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// Returns the party whose node keeps a party's log.
    #[must_use]
    pub fn keeper_of(&self, party: &PartyId) -> Option<&PartyId> {
        self.keeper.get(party)
    }

    /// Takes a node out and puts another in its place: what a restore from a backup does.
    pub fn replace(&mut self, node: Node) -> Option<Node> {
        self.nodes.insert(node.party().clone(), node)
    }

    /// Takes a node out: what its end does. Put it back with [`Self::replace`].
    pub fn take_out(&mut self, party: &PartyId) -> Option<Node> {
        self.nodes.remove(party)
    }

    /// Cuts a node off from all others, or joins it again.
    pub fn set_cut_off(&mut self, party: &PartyId, is_cut_off: bool) {
        if is_cut_off {
            self.cut_off.insert(party.clone());
        } else {
            self.cut_off.remove(party);
        }
    }

    /// Returns the parties whose nodes are cut off.
    #[must_use]
    pub const fn cut_off(&self) -> &BTreeSet<PartyId> {
        &self.cut_off
    }

    /// Returns what was refused since the last call: receiver, log, reason.
    pub fn take_refusals(&mut self) -> Vec<Refusal> {
        self.refusals.take()
    }

    fn is_linked(&self, a: &PartyId, b: &PartyId) -> bool {
        !self.cut_off.contains(a) && !self.cut_off.contains(b)
    }

    /// Says something in a party's log and carries it to all that can be reached.
    ///
    /// # Errors
    /// As [`Node::append`].
    pub fn say(&mut self, statement: &Statement, now: UnixSeconds) -> Result<Appended, NodeError> {
        let node = self
            .node_mut(&statement.party)
            .ok_or_else(|| NodeError::NotKept(statement.party.clone()))?;
        let appended = node.append(statement, now)?;
        self.exchange(now)?;
        Ok(appended)
    }

    /// Carries records between all nodes that can reach each other, as [`Links::exchange`].
    ///
    /// # Errors
    /// [`NodeError::Store`] of any node. What a receiver refuses is kept for [`Self::take_refusals`] and is no error here.
    pub fn exchange(&mut self, now: UnixSeconds) -> Result<(), NodeError> {
        Links::exchange(self, now)
    }

    fn carry_all_between(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        now: UnixSeconds,
    ) -> Result<bool, NodeError> {
        let Some(sender) = self.nodes.get(from) else { return Ok(false) };
        let Some(receiver) = self.nodes.get(to) else { return Ok(false) };
        let readers: BTreeSet<PartyId> = receiver.kept().cloned().collect();
        let mut offers = Vec::new();
        for head in sender.heads() {
            let held = receiver.size_of(&head.log);
            // At the smaller of both sizes the roots must agree; else the owner shows two histories.
            let is_other =
                head.size <= held && receiver.root_at(&head.log, head.size) != Some(head.root);
            if head.size > held || is_other {
                let start = if is_other { head.size.saturating_sub(1) } else { held };
                offers.extend(sender.offer(&readers, &head.log, start, now)?);
            }
        }
        self.tell_sizes(from, to);
        let mut has_carried = false;
        for offer in offers {
            match self.carry(from, to, &offer, now) {
                Ok(cosignature) => {
                    has_carried = true;
                    if let (Some(cosignature), Some(sender)) =
                        (cosignature, self.nodes.get_mut(from))
                    {
                        sender.take_cosignature(&offer.log, to, &cosignature)?;
                    }
                }
                Err(LinkError::Refused { why: NodeError::Store(error), .. }) => {
                    return Err(error.into());
                }
                Err(LinkError::Refused { by, why }) => self.note_refusal(&by, &offer.log, &why),
                Err(LinkError::Unreachable { .. }) => {}
            }
        }
        has_carried |= self.carry_late(from, to, now)?;
        Ok(has_carried)
    }

    /// Carries contents that a node may read by now, and did not get with their records.
    fn carry_late(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        now: UnixSeconds,
    ) -> Result<bool, NodeError> {
        let (Some(sender), Some(receiver)) = (self.nodes.get(from), self.nodes.get(to)) else {
            return Ok(false);
        };
        let readers: BTreeSet<PartyId> = receiver.kept().cloned().collect();
        let mut bodies = Vec::new();
        for (log, path) in receiver.lacking(now).into_keys() {
            let what = Resource::Openings(log.clone(), path);
            bodies.extend(sender.serve(&readers, &what, now)?.map(|body| (log, path, body)));
        }
        let mut taken = 0;
        let Some(receiver) = self.nodes.get_mut(to) else { return Ok(false) };
        for (log, path, body) in bodies {
            let Ok(openings) = parse_openings(&body, path.width()) else { continue };
            taken += receiver.take_openings(&log, path, &openings, now)?;
        }
        Ok(taken > 0)
    }

    /// Tells a node how much of the logs that it keeps a peer holds: what its restore guard asks.
    fn tell_sizes(&mut self, from: &PartyId, to: &PartyId) {
        let Some(sender) = self.nodes.get(from) else { return };
        let heads: Vec<_> = sender.heads().map(|head| (head.log, head.size)).collect();
        let Some(receiver) = self.nodes.get_mut(to) else { return };
        for (log, size) in heads {
            receiver.note_peer_size(&log, size);
        }
    }

    fn note_refusal(&mut self, by: &PartyId, log: &Origin, why: &NodeError) {
        self.refusals.note((by.clone(), log.clone(), why.to_string()));
    }

    /// Lets the members' nodes that can be reached cosign every head as it stands now, and closes a procedure over them.
    ///
    /// `closer`: whose node appends the closing record.
    ///
    /// # Errors
    /// [`NodeError::Closing`] if evidence is missing: then nothing is closed.
    pub fn close(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        Links::close(self, closer, procedure, now)
    }

    /// Collects on every head that the closer holds the cosignatures of the nodes that it can reach: of the log's own
    /// keeper and of its witnesses.
    fn cosign_heads(
        &mut self,
        closer: &PartyId,
        now: UnixSeconds,
    ) -> Result<BTreeMap<Origin, BTreeMap<PartyId, Cosignature>>, NodeError> {
        let Some(node) = self.nodes.get(closer) else { return Ok(BTreeMap::new()) };
        let heads: Vec<_> = node.heads().collect();
        let charters: Vec<_> = node.council().charters().map(|c| Arc::clone(c.charter)).collect();
        let reachable: Vec<PartyId> = self
            .nodes
            .keys()
            .filter(|party| *party == closer || self.is_linked(party, closer))
            .cloned()
            .collect();
        let mut cosignatures: BTreeMap<Origin, BTreeMap<PartyId, Cosignature>> = BTreeMap::new();
        for head in heads {
            let Ok(owner) = PartyId::parse(head.log.party()) else { continue };
            if !reachable.contains(self.keeper.get(&owner).unwrap_or(&owner)) {
                continue;
            }
            for party in &reachable {
                let is_witness = charters.iter().any(|charter| witnesses(charter, party, &owner));
                let is_keeper = party == self.keeper.get(&owner).unwrap_or(&owner);
                let is_asked = is_keeper || is_witness;
                let Some(node) = self.nodes.get_mut(party).filter(|_| is_asked) else { continue };
                let holds_same = node.heads().any(|held| held == head);
                if !holds_same {
                    continue;
                }
                match node.cosign(&head.log, now) {
                    Ok(cosignature) => {
                        cosignatures
                            .entry(head.log.clone())
                            .or_default()
                            .insert(party.clone(), cosignature);
                    }
                    Err(NodeError::Store(error)) => return Err(error.into()),
                    Err(why) => self.note_refusal(party, &head.log, &why),
                }
            }
        }
        Ok(cosignatures)
    }

    /// Returns the digest of each node's fold.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<PartyId, Hash> {
        self.nodes.iter().map(|(party, node)| (party.clone(), node.council().digest())).collect()
    }
}

impl Links for Network {
    type Error = NodeError;

    fn parties(&self) -> Vec<PartyId> {
        self.nodes.keys().cloned().collect()
    }

    fn carry_between(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        now: UnixSeconds,
    ) -> Result<bool, NodeError> {
        if self.is_linked(from, to) { self.carry_all_between(from, to, now) } else { Ok(false) }
    }

    fn flush(&mut self, party: &PartyId, now: UnixSeconds) -> Result<bool, NodeError> {
        self.nodes.get_mut(party).map_or(Ok(false), |node| node.flush(now))
    }

    fn begin_logs(&mut self, party: &PartyId, now: UnixSeconds) -> Result<(), NodeError> {
        self.nodes.get_mut(party).map_or(Ok(()), |node| node.begin_logs(now))
    }

    fn close_over_heads(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let closer =
            self.keeper.get(closer).cloned().ok_or_else(|| NodeError::NotKept(closer.clone()))?;
        let cosignatures = self.cosign_heads(&closer, now)?;
        let node = self.nodes.get_mut(&closer).ok_or_else(|| NodeError::NotKept(closer.clone()))?;
        node.close(procedure, &cosignatures, now)
    }
}

impl Transport for Network {
    fn carry(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        offer: &Offer,
        now: UnixSeconds,
    ) -> Result<Option<Cosignature>, LinkError> {
        let is_linked = self.is_linked(from, to);
        let unreachable = || LinkError::Unreachable { from: from.clone(), to: to.clone() };
        let node = self.nodes.get_mut(to).filter(|_| is_linked).ok_or_else(unreachable)?;
        node.accept(offer, now).map_err(|why| LinkError::Refused { by: to.clone(), why })
    }
}
