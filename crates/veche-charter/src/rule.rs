//! Rules of adoption, evaluated: positions in, a verdict with its reason out.

use crate::model::{Actor, Base, Binds, Bound, Charter, MEMBER, Mode, Rule, Test, Threshold};
use crate::name::{Position, RoleName, StatusName, Tag, WeightName};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::PartyId;

/// Most parties that a reason names before it counts the others.
const NAMED_MAX: usize = 5;

/// Who exists, as rules see it.
#[derive(Debug, Clone, Default)]
pub struct Bench {
    /// The parties.
    pub seats: BTreeMap<PartyId, Seat>,
}

/// A party, as rules see it.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Its status.
    pub status: StatusName,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// Its weights.
    pub weights: BTreeMap<WeightName, u64>,
}

/// Who holds which role in one procedure.
pub type Roles = BTreeMap<RoleName, BTreeSet<PartyId>>;

/// What each party said last.
pub type Positions = BTreeMap<PartyId, Position>;

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleResult {
    /// It stands.
    Adopted,
    /// It does not.
    Failed,
    /// Too few took part to tell.
    NoQuorum,
}

/// What a rule says of some positions, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The result.
    pub result: RuleResult,
    /// True if `adopt` failed and `fallback` adopted.
    pub by_fallback: bool,
    /// Whose positions counted.
    pub eligible: BTreeSet<PartyId>,
    /// Whom the text binds, of all parties of the rule's statuses; nobody unless adopted.
    pub bound: BTreeSet<PartyId>,
    /// True if those bound need not have had the text.
    pub binds_unheard: bool,
    /// The eligible with their positions, a missing one filled in.
    pub counted: Positions,
    /// One sentence, without a full stop.
    pub reason: String,
}

impl RuleResult {
    /// Returns the word that charters and vectors use: `adopted`, `failed`, `no_quorum`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Failed => "failed",
            Self::NoQuorum => "no_quorum",
        }
    }
}

impl Charter {
    /// Returns the parties as rules see them.
    #[must_use]
    pub fn bench(&self) -> Bench {
        let seat = |p: &crate::model::Party| Seat {
            status: p.status.clone(),
            tags: p.tags.clone(),
            weights: p.weights.clone(),
        };
        Bench { seats: self.parties.iter().map(|(id, p)| (id.clone(), seat(p))).collect() }
    }
}

impl Seat {
    /// Returns true for a party of status `member`.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.status.as_str() == MEMBER
    }
}

/// Returns true if the pattern fits the party; a party that does not exist fits nothing.
#[must_use]
pub fn fits(actor: &Actor, party: &PartyId, bench: &Bench, roles: &Roles) -> bool {
    bench.seats.get(party).is_some_and(|seat| is_met(actor, party, &seat.status, &seat.tags, roles))
}

/// Returns true if a party of this status with these tags meets the pattern.
pub(crate) fn is_met(
    actor: &Actor,
    party: &PartyId,
    status: &StatusName,
    tags: &BTreeSet<Tag>,
    roles: &Roles,
) -> bool {
    let is_member = || status.as_str() == MEMBER;
    match actor {
        Actor::Any => true,
        Actor::AnyMember => is_member(),
        Actor::Role(role) => holds(roles, role, party),
        Actor::NotRole(role) => !holds(roles, role, party),
        Actor::MemberNotRole(role) => is_member() && !holds(roles, role, party),
        Actor::Status(set) => set.contains(status),
        Actor::Tag(tag) => tags.contains(tag),
        Actor::Party(id) => id == party,
    }
}

fn holds(roles: &Roles, role: &RoleName, party: &PartyId) -> bool {
    roles.get(role).is_some_and(|set| set.contains(party))
}

/// Returns the parties whose positions the rule counts.
#[must_use]
pub fn eligible(
    rule: &Rule,
    bench: &Bench,
    roles: &Roles,
    excluded: &BTreeSet<PartyId>,
) -> BTreeSet<PartyId> {
    let counts = |id: &PartyId, seat: &Seat| {
        rule.status.contains(&seat.status)
            && rule.seats.as_ref().is_none_or(|tag| seat.tags.contains(tag))
            && !rule.minus.iter().any(|role| holds(roles, role, id))
            && !excluded.contains(id)
    };
    bench.seats.iter().filter(|(id, seat)| counts(id, seat)).map(|(id, _)| id.clone()).collect()
}

/// Returns what the rule says of the positions.
///
/// `mode`: instead of the rule's own. `excluded`: parties taken out of the eligible. A position of a party that is not
/// eligible is not looked at. Where nobody is eligible there is no quorum, whatever the rule asks: a text that nobody may
/// object to is not adopted.
#[must_use]
pub fn evaluate(
    rule: &Rule,
    bench: &Bench,
    roles: &Roles,
    positions: &Positions,
    mode: Option<Mode>,
    excluded: &BTreeSet<PartyId>,
) -> Verdict {
    let mode = mode.unwrap_or(rule.mode);
    let eligible = eligible(rule, bench, roles, excluded);
    let counted = fill_in(&eligible, positions, mode);
    let count = Count { bench, roles, counted: &counted };
    let (result, by_fallback, reason) = judge(rule, mode, &count);
    let bound = match result {
        RuleResult::Adopted => {
            // A council decides for all: those of its statuses are bound who have no seat or no say in it, too.
            let all: BTreeSet<PartyId> = bench
                .seats
                .iter()
                .filter(|(id, seat)| rule.status.contains(&seat.status) && !excluded.contains(*id))
                .map(|(id, _)| id.clone())
                .collect();
            bound(&rule.binds, &fill_in(&all, positions, mode), &eligible)
        }
        RuleResult::Failed | RuleResult::NoQuorum => BTreeSet::new(),
    };
    let binds_unheard = rule.binds_unheard;
    Verdict { result, by_fallback, eligible, bound, binds_unheard, counted, reason }
}

fn fill_in(eligible: &BTreeSet<PartyId>, positions: &Positions, mode: Mode) -> Positions {
    let missing = match mode {
        Mode::Meeting => Position::absent(),
        Mode::Silence => Position::yes(),
    };
    eligible.iter().map(|id| (id.clone(), positions.get(id).unwrap_or(&missing).clone())).collect()
}

fn judge(rule: &Rule, mode: Mode, count: &Count<'_>) -> (RuleResult, bool, String) {
    if count.counted.is_empty() {
        return (RuleResult::NoQuorum, false, "nobody is eligible".to_owned());
    }
    if let (Mode::Meeting, Some(quorum)) = (mode, rule.quorum)
        && let Some(reason) = count.short_of(quorum)
    {
        return (RuleResult::NoQuorum, false, reason);
    }
    if count.holds(&rule.adopt) {
        return (RuleResult::Adopted, false, count.say(&rule.adopt));
    }
    let failed = count.say(&rule.adopt);
    match &rule.fallback {
        Some(test) if count.holds(test) => {
            (RuleResult::Adopted, true, format!("{failed}; then {}", count.say(test)))
        }
        Some(test) => (RuleResult::Failed, false, format!("{failed}; then {}", count.say(test))),
        None => (RuleResult::Failed, false, failed),
    }
}

fn bound(binds: &Binds, all: &Positions, eligible: &BTreeSet<PartyId>) -> BTreeSet<PartyId> {
    let is_bound = |id: &PartyId, position: &Position| match binds {
        Binds::All => true,
        Binds::AllBut(out) => !out.contains(position),
        Binds::Yes => position.as_str() == "yes" && eligible.contains(id),
        Binds::None => false,
    };
    all.iter().filter(|(id, p)| is_bound(id, p)).map(|(id, _)| id.clone()).collect()
}

/// The positions counted, and what is needed to count them.
struct Count<'a> {
    bench: &'a Bench,
    roles: &'a Roles,
    counted: &'a Positions,
}

/// Which of the eligible a test looks at.
#[derive(Clone, Copy)]
struct Among<'a> {
    tag: Option<&'a Tag>,
    role: Option<&'a RoleName>,
}

impl<'a> Count<'a> {
    fn among(
        &self,
        among: Among<'a>,
    ) -> impl Iterator<Item = (&'a PartyId, &'a Position, Option<&'a Seat>)> {
        let (bench, roles) = (self.bench, self.roles);
        self.counted.iter().map(move |(id, p)| (id, p, bench.seats.get(id))).filter(
            move |(id, _, seat)| {
                among.tag.is_none_or(|tag| seat.is_some_and(|s| s.tags.contains(tag)))
                    && among.role.is_none_or(|role| holds(roles, role, id))
            },
        )
    }

    /// Counts or weighs those whose position passes.
    fn sum(
        &self,
        among: Among<'a>,
        weight: Option<&WeightName>,
        passes: impl Fn(&Position) -> bool,
    ) -> u64 {
        let weigh = |seat: Option<&Seat>| match weight {
            None => 1,
            Some(name) => seat.and_then(|s| s.weights.get(name)).copied().unwrap_or_default(),
        };
        self.among(among)
            .filter(|(_, p, _)| passes(p))
            .fold(0, |n, (_, _, seat)| n.saturating_add(weigh(seat)))
    }

    fn short_of(&self, quorum: Threshold) -> Option<String> {
        let all = Among { tag: None, role: None };
        let present = self.sum(all, None, |p| p.as_str() != "absent");
        let total = self.sum(all, None, |_| true);
        let meets = match quorum {
            Threshold::Count(n) => present >= n,
            Threshold::Share(n, d) => at_least(present, total, n, d),
        };
        let needed = match quorum {
            Threshold::Count(n) => n,
            Threshold::Share(n, d) => least(total, n, d),
        };
        (!meets)
            .then(|| format!("no quorum: {present} of {total} took part, at least {needed} needed"))
    }

    fn holds(&self, test: &'a Test) -> bool {
        match test {
            Test::All(tests) => tests.iter().all(|t| self.holds(t)),
            Test::Any(tests) => tests.iter().any(|t| self.holds(t)),
            Test::Not(test) => !self.holds(test),
            Test::None { positions, tag, role } => {
                let among = Among { tag: tag.as_ref(), role: role.as_ref() };
                !self.among(among).any(|(_, p, _)| positions.contains(p))
            }
            Test::Of { threshold, bound, .. } => {
                let (sum, base) = self.sides(test);
                match (*threshold, *bound) {
                    (Threshold::Count(n), Bound::AtLeast) => sum >= n,
                    (Threshold::Count(n), Bound::MoreThan) => sum > n,
                    (Threshold::Count(n), Bound::AtMost) => sum <= n,
                    (Threshold::Share(n, d), Bound::AtLeast) => at_least(sum, base, n, d),
                    (Threshold::Share(n, d), Bound::MoreThan) => !at_least(base, sum, d, n),
                    (Threshold::Share(n, d), Bound::AtMost) => at_least(base, sum, d, n),
                }
            }
        }
    }

    /// Returns what an `of` test compares: those who hold the positions, and the base of its share.
    fn sides(&self, test: &'a Test) -> (u64, u64) {
        let Test::Of { positions, weight, tag, role, base, .. } = test else { return (0, 0) };
        let among = Among { tag: tag.as_ref(), role: role.as_ref() };
        let sum = self.sum(among, weight.as_ref(), |p| positions.contains(p));
        let base = self.sum(among, weight.as_ref(), |p| match base {
            None | Some(Base::Eligible) => true,
            Some(Base::Present) => p.as_str() != "absent",
            Some(Base::Voting) => matches!(p.as_str(), "yes" | "no"),
        });
        (sum, base)
    }

    /// Says how a test came out.
    fn say(&self, test: &'a Test) -> String {
        match test {
            Test::All(tests) => match tests.iter().find(|t| !self.holds(t)) {
                Some(broken) => self.say(broken),
                None => tests.iter().map(|t| self.say(t)).collect::<Vec<_>>().join(", and "),
            },
            Test::Any(tests) => match tests.iter().find(|t| self.holds(t)) {
                Some(met) => self.say(met),
                None => tests.iter().map(|t| self.say(t)).collect::<Vec<_>>().join(", nor "),
            },
            Test::Not(test) if self.holds(test) => format!("barred: {}", self.say(test)),
            Test::Not(test) => format!("no bar: {}", self.say(test)),
            Test::None { positions, tag, role } => {
                let among = Among { tag: tag.as_ref(), role: role.as_ref() };
                let who: Vec<&str> = self
                    .among(among)
                    .filter(|(_, p, _)| positions.contains(*p))
                    .map(|(id, ..)| id.as_str())
                    .collect();
                let which = format!("{}{}", or_list(positions), whose(among));
                if who.is_empty() {
                    format!("none for {which}")
                } else {
                    format!("{which} by {}", few(&who))
                }
            }
            Test::Of { .. } => self.say_of(test),
        }
    }

    fn say_of(&self, test: &'a Test) -> String {
        let Test::Of { positions, weight, tag, role, base, bound, threshold } = test else {
            return String::new();
        };
        let (sum, total) = self.sides(test);
        let among = Among { tag: tag.as_ref(), role: role.as_ref() };
        let unit = weight.as_ref().map(|w| format!(" by {w}")).unwrap_or_default();
        let of = match base {
            None => format!("{sum}"),
            Some(Base::Eligible) => format!("{sum} of {total}"),
            Some(Base::Present) => format!("{sum} of {total} present"),
            Some(Base::Voting) => format!("{sum} of {total} voting"),
        };
        let asked = match (*bound, *threshold) {
            (Bound::AtLeast, Threshold::Count(n)) => format!("at least {n} needed"),
            (Bound::AtLeast, Threshold::Share(n, d)) => {
                format!("at least {} needed ({n}/{d})", least(total, n, d))
            }
            (Bound::MoreThan, Threshold::Count(n)) => format!("more than {n} needed"),
            (Bound::MoreThan, Threshold::Share(n, d)) => format!("more than {n}/{d} needed"),
            (Bound::AtMost, Threshold::Count(n)) => format!("at most {n} allowed"),
            (Bound::AtMost, Threshold::Share(n, d)) => format!("at most {n}/{d} allowed"),
        };
        format!("{}{}{unit} {of}, {asked}", or_list(positions), whose(among))
    }
}

/// Returns true if `part / whole >= above / below`. Of nothing, nothing reaches a share: 0 of 0 is no two thirds.
fn at_least(part: u64, whole: u64, above: u64, below: u64) -> bool {
    u128::from(part) * u128::from(below) >= u128::from(whole) * u128::from(above)
}

/// Returns the least number that is at least a share of the whole.
fn least(whole: u64, above: u64, below: u64) -> u64 {
    let least = (u128::from(whole) * u128::from(above)).div_ceil(u128::from(below.max(1)));
    u64::try_from(least).unwrap_or(u64::MAX)
}

fn or_list(positions: &BTreeSet<Position>) -> String {
    positions.iter().map(Position::as_str).collect::<Vec<_>>().join(" or ")
}

fn whose(among: Among<'_>) -> String {
    let tag = among.tag.map(|t| format!(" of {t}")).unwrap_or_default();
    let role = among.role.map(|r| format!(" of the {r}")).unwrap_or_default();
    tag + &role
}

/// Returns the names, or the first of them and how many more there are.
fn few(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
