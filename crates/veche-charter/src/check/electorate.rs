//! Rules: each can be met, and each can be failed, by some positions of those eligible.
//!
//! Tests count and do not look at who is who beyond tag, role and weight. So it is enough to try, for each class of parties
//! that are alike to the rule, how many of them hold which position.

use super::{Check, leaves};
use crate::fault::FaultKind;
use crate::model::{Mode, Rule, Test, Threshold};
use crate::name::{Position, RoleName, RuleName, Tag, WeightName};
use crate::rule::{Positions, Roles, RuleResult, eligible, evaluate};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::PartyId;

/// Most divisions of positions that an exact search tries; above, only lines between two positions are tried and a rule that
/// they do not decide is let through. Six parties of six weights with five positions take 15,625.
const TRIES_MAX: u64 = 20_000;

pub(super) fn check(c: &mut Check<'_, '_, '_>) {
    for (name, rule) in &c.charter.rules {
        let seated = eligible(rule, &c.bench, &Roles::new(), &BTreeSet::new());
        let have = u64::try_from(seated.len()).unwrap_or(u64::MAX);
        let need = match rule.quorum {
            Some(Threshold::Count(n)) => n.max(1),
            Some(Threshold::Share(..)) | None => 1,
        };
        if have < need {
            let what = FaultKind::TooFew { what: format!("rule `{name}`"), need, have };
            let key = if rule.quorum.is_some() { "quorum" } else { "status" };
            c.add(&["rules", name.as_str(), key], what);
        } else {
            check_both_results(c, name, rule, &seated);
        }
    }
}

fn check_both_results(
    c: &mut Check<'_, '_, '_>,
    name: &RuleName,
    rule: &Rule,
    seated: &BTreeSet<PartyId>,
) {
    let mut search = Search { c, rule, positions: positions(rule), adopted: false, failed: false };
    let mut is_exact = true;
    for roles in assignments(rule, seated) {
        is_exact &= search.try_all(&roles);
    }
    let (adopted, failed) = (search.adopted, search.failed);
    if is_exact && !adopted {
        c.add(&["rules", name.as_str(), "adopt"], FaultKind::Unsatisfiable(name.to_string()));
    }
    if is_exact && !failed {
        c.add(&["rules", name.as_str(), "adopt"], FaultKind::Irrefutable(name.to_string()));
    }
}

/// Returns the positions that can make a difference: those that the rule names, and the plain ones.
fn positions(rule: &Rule) -> Vec<Position> {
    let tests = leaves(&rule.adopt).into_iter().chain(rule.fallback.iter().flat_map(leaves));
    let mut out: BTreeSet<Position> = tests
        .flat_map(|test| match test {
            Test::None { positions, .. } | Test::Of { positions, .. } => {
                positions.iter().cloned().collect()
            }
            Test::All(_) | Test::Any(_) | Test::Not(_) => Vec::new(),
        })
        .collect();
    out.extend(["yes", "no", "abstain"].iter().filter_map(|p| Position::parse(p).ok()));
    if rule.mode == Mode::Meeting {
        out.insert(Position::absent());
    }
    out.into_iter().collect()
}

/// Returns ways to fill the roles that the rule names: each tested one by the first of the seated, those taken out by nobody
/// or by the last.
fn assignments(rule: &Rule, seated: &BTreeSet<PartyId>) -> Vec<Roles> {
    let one = |party: Option<&PartyId>| party.into_iter().cloned().collect::<BTreeSet<PartyId>>();
    let tested: Vec<RoleName> = traits(rule).1.into_iter().collect();
    let base: Roles = tested.into_iter().map(|role| (role, one(seated.first()))).collect();
    let mut out = vec![base.clone()];
    if !rule.minus.is_empty() {
        let mut with = base;
        with.extend(rule.minus.iter().map(|role| (role.clone(), one(seated.last()))));
        out.push(with);
    }
    out
}

/// Returns the tags, roles and weights that a rule's tests look at.
fn traits(rule: &Rule) -> (BTreeSet<Tag>, BTreeSet<RoleName>, BTreeSet<WeightName>) {
    let (mut tags, mut roles, mut weights) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for test in leaves(&rule.adopt).into_iter().chain(rule.fallback.iter().flat_map(leaves)) {
        match test {
            Test::None { tag, role, .. } => {
                tags.extend(tag.clone());
                roles.extend(role.clone());
            }
            Test::Of { tag, role, weight, .. } => {
                tags.extend(tag.clone());
                roles.extend(role.clone());
                weights.extend(weight.clone());
            }
            Test::All(_) | Test::Any(_) | Test::Not(_) => {}
        }
    }
    (tags, roles, weights)
}

struct Search<'s, 'a, 'f, 't> {
    c: &'s Check<'a, 'f, 't>,
    rule: &'s Rule,
    positions: Vec<Position>,
    adopted: bool,
    failed: bool,
}

impl Search<'_, '_, '_, '_> {
    const fn is_done(&self) -> bool {
        self.adopted && self.failed
    }

    fn try_one(&mut self, roles: &Roles, positions: &Positions) {
        let verdict = evaluate(self.rule, &self.c.bench, roles, positions, None, &BTreeSet::new());
        self.adopted |= verdict.result == RuleResult::Adopted;
        self.failed |= verdict.result == RuleResult::Failed;
    }

    /// Tries lines first, then all divisions if they are few enough; returns true if the answer is exact.
    fn try_all(&mut self, roles: &Roles) -> bool {
        let classes = self.classes(roles);
        self.try_lines(roles, &classes.concat());
        if self.is_done() {
            return true;
        }
        if divisions(&classes, self.positions.len()) > TRIES_MAX {
            return false;
        }
        let parties = classes.concat();
        let starts: BTreeSet<usize> = classes
            .iter()
            .scan(0, |at, class| {
                let start = *at;
                *at += class.len();
                Some(start)
            })
            .collect();
        self.try_divisions(roles, &parties, &starts, &mut Vec::new());
        true
    }

    /// Returns the eligible, those that are alike to the rule together.
    fn classes(&self, roles: &Roles) -> Vec<Vec<PartyId>> {
        let (tags, tested, weights) = traits(self.rule);
        let mut out: BTreeMap<_, Vec<PartyId>> = BTreeMap::new();
        for id in eligible(self.rule, &self.c.bench, roles, &BTreeSet::new()) {
            let Some(seat) = self.c.bench.seats.get(&id) else { continue };
            let has: Vec<bool> = tags.iter().map(|tag| seat.tags.contains(tag)).collect();
            let holds: Vec<bool> = tested
                .iter()
                .map(|role| roles.get(role).is_some_and(|set| set.contains(&id)))
                .collect();
            let weighs: Vec<u64> =
                weights.iter().map(|w| seat.weights.get(w).copied().unwrap_or_default()).collect();
            out.entry((has, holds, weighs)).or_default().push(id);
        }
        out.into_values().collect()
    }

    /// Tries every two positions with a line between who holds the one and who holds the other.
    fn try_lines(&mut self, roles: &Roles, parties: &[PartyId]) {
        let pairs: Vec<(Position, Position)> = self
            .positions
            .iter()
            .flat_map(|p| self.positions.iter().map(move |q| (p.clone(), q.clone())))
            .collect();
        for (before, after) in pairs {
            for line in 0..=parties.len() {
                let held = |index: usize| if index < line { &before } else { &after };
                let stated = parties
                    .iter()
                    .enumerate()
                    .map(|(i, id)| (id.clone(), held(i).clone()))
                    .collect();
                self.try_one(roles, &stated);
                if self.is_done() {
                    return;
                }
            }
        }
    }

    /// Tries every division: within a class, positions only ascend, for order within it makes no difference.
    fn try_divisions(
        &mut self,
        roles: &Roles,
        parties: &[PartyId],
        starts: &BTreeSet<usize>,
        chosen: &mut Vec<usize>,
    ) {
        if self.is_done() {
            return;
        }
        let at = chosen.len();
        if at == parties.len() {
            let stated = parties
                .iter()
                .zip(chosen.iter())
                .filter_map(|(id, index)| Some((id.clone(), self.positions.get(*index)?.clone())))
                .collect();
            return self.try_one(roles, &stated);
        }
        let from =
            if starts.contains(&at) { 0 } else { chosen.last().copied().unwrap_or_default() };
        for index in from..self.positions.len() {
            chosen.push(index);
            self.try_divisions(roles, parties, starts, chosen);
            chosen.pop();
        }
    }
}

/// Returns the number of divisions: for each class of n, the ways to put n alike into k positions.
fn divisions(classes: &[Vec<PartyId>], positions: usize) -> u64 {
    let k = u64::try_from(positions).unwrap_or(u64::MAX);
    classes.iter().fold(1, |product: u64, class| {
        let n = u64::try_from(class.len()).unwrap_or(u64::MAX);
        // C(n + k - 1, k - 1), one factor at a time: each prefix of the product is itself a binomial coefficient.
        let ways = (1..k).fold(1u64, |ways, i| ways.saturating_mul(n.saturating_add(i)) / i);
        product.saturating_mul(ways)
    })
}
