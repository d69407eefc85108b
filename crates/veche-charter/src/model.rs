//! A charter as checked: nine tables, their delegations and the articles that they cite.
//!
//! Only the loader makes a [`Charter`]; every name in it that refers to an entry has been found there.

use crate::alarm::AlarmRule;
use crate::name::{
    AlarmName, ArticleId, CalendarName, ClassName, DelegationName, DutyName, EventName, FieldName,
    MachineName, OrganName, OutsideName, Position, RoleName, RuleName, ScaleName, StateName,
    StatusName, Tag, WeightName,
};
use crate::outside::OutsideWitness;
use crate::scale::Scale;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_ledger::{Hash, Kind, Label, PartyId, Seconds, UnixSeconds};

/// The status of full standing: what a missing `by` and a missing `status` mean.
pub const MEMBER: &str = "member";

/// The version of the fold that this program has: how records and charter make state.
pub const FOLD_VERSION: u32 = 1;

/// An organisation: who may say what to whom, how it decides, and by when.
#[derive(Debug, Clone)]
pub struct Charter {
    /// Short name, the folder's: `six-rivers`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Version, from 1.
    pub version: u32,
    /// The version of the fold that it is written for: a program with an older one keeps and passes on records, and decides
    /// nothing.
    pub fold: u32,
    /// First part of every origin and key name: `six-rivers.example`.
    pub organisation: String,
    /// SHA-256 of the file's bytes: what records name as their charter.
    pub hash: Hash,
    /// The file's text: what an amendment's edits are made to.
    pub text: Arc<str>,
    /// The calendar of clocks that name none.
    pub calendar: CalendarName,
    /// The label of an act that names none.
    pub default_label: Label,
    /// Whose nodes witness, and how many of them it takes.
    pub witnessing: Witnessing,
    /// Witnesses that are no parties: they see checkpoints alone.
    pub outside: BTreeMap<OutsideName, OutsideWitness>,
    /// Quotable articles.
    pub articles: BTreeMap<ArticleId, String>,
    /// Table 1: who.
    pub parties: BTreeMap<PartyId, Party>,
    /// Table 2: what each status may do.
    pub statuses: BTreeMap<StatusName, Status>,
    /// Table 3: bodies.
    pub organs: BTreeMap<OrganName, Organ>,
    /// Table 4: who may read.
    pub labels: BTreeMap<Label, LabelEntry>,
    /// Table 5: kinds of records.
    pub acts: BTreeMap<Kind, Act>,
    /// Table 6: how a text is adopted.
    pub rules: BTreeMap<RuleName, Rule>,
    /// Table 7: procedures, registers and ladders.
    pub machines: BTreeMap<MachineName, Machine>,
    /// Table 8: who owes what by when.
    pub duties: BTreeMap<DutyName, Duty>,
    /// Table 9: working days and urgency classes.
    pub calendars: BTreeMap<CalendarName, Calendar>,
    /// Standing delegations: what a role may do without a decision, within limits.
    pub delegations: BTreeMap<DelegationName, Delegation>,
    /// Rules of alarms: what the picture asks an analyst to look at.
    pub alarms: BTreeMap<AlarmName, AlarmRule>,
    /// Scales of tension: what an index is made of.
    pub scales: BTreeMap<ScaleName, Scale>,
}

/// Whose nodes witness logs, and how many of them settle a time.
#[derive(Debug, Clone)]
pub struct Witnessing {
    /// Statuses whose parties' nodes witness every log but their own.
    pub by: BTreeSet<StatusName>,
    /// Receipts that settle a time: `q`.
    pub quorum: u32,
    /// Colluding witnesses that the charter reckons with: `f`; `2q - w > f` holds for every log.
    pub colluding: u32,
    /// Cosignatures, by parties' nodes and outside witnesses alike, that vouch for a checkpoint's history being the only one: `h`;
    /// `2h - (w + b) > f` holds for every log, with `b` outside witnesses. Without it parties' nodes alone vouch: `quorum`.
    pub histories: Option<u32>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// A party: state, body or office that signs records.
#[derive(Debug, Clone)]
pub struct Party {
    /// Name for people.
    pub name: String,
    /// Its status.
    pub status: StatusName,
    /// Its tags.
    pub tags: BTreeSet<Tag>,
    /// Its weights.
    pub weights: BTreeMap<WeightName, u64>,
    /// Its zone, as minutes east of UTC. A fixed offset: a zone database that changes would change the fold.
    pub zone_minutes: i32,
    /// The party whose node keeps this one's log, if it runs none.
    pub hosted_by: Option<PartyId>,
    /// Its keys; empty in a template.
    pub keys: PartyKeys,
}

/// A party's keys, each as the text of a verifier key (C2SP signed-note).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyKeys {
    /// The root key: kept offline, opens epochs and revokes.
    pub root: Option<String>,
    /// The key of its log: signs checkpoints and machine records.
    pub log: Option<String>,
    /// The key of its node as witness.
    pub witness: Option<String>,
    /// Officers' keys by key name's last part.
    pub officers: BTreeMap<String, String>,
}

/// What a status may do and read.
#[derive(Debug, Clone)]
pub struct Status {
    /// Kinds of acts, or all.
    pub may: Kinds,
    /// Kinds taken out of `may`.
    pub may_not: BTreeSet<Kind>,
    /// Labels that it reads, besides those that name it or its party.
    pub reads: BTreeSet<Label>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// Some kinds or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    /// Every kind: written `"*"`.
    All,
    /// These.
    Only(BTreeSet<Kind>),
}

/// A body that decides or advises.
#[derive(Debug, Clone)]
pub struct Organ {
    /// Name for people.
    pub title: String,
    /// Who sits.
    pub seats: Seats,
    /// The organ above it.
    pub parent: Option<OrganName>,
    /// Who presides when.
    pub chair: Option<Chair>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// A set of parties, told by status, tag or name; a party is in it if it meets any of the three.
#[derive(Debug, Clone, Default)]
pub struct Seats {
    /// All parties of these statuses.
    pub status: BTreeSet<StatusName>,
    /// All parties with one of these tags.
    pub tags: BTreeSet<Tag>,
    /// These parties.
    pub parties: BTreeSet<PartyId>,
}

/// A chair that passes from party to party.
#[derive(Debug, Clone)]
pub struct Chair {
    /// In this order, again from the first after the last.
    pub order: Vec<PartyId>,
    /// Start of the first term.
    pub start: UnixSeconds,
    /// Length of a term.
    pub period: Duration,
}

/// A label: who may read a record.
#[derive(Debug, Clone)]
pub struct LabelEntry {
    /// Labels directly below: what they allow is a part of what this one withholds from others.
    pub above: BTreeSet<Label>,
    /// Who reads it; `None` is everyone, the public too.
    pub readers: Option<Seats>,
    /// True if others may not even read headers: the record travels sealed.
    pub sealed: bool,
    /// The marking that the world knows it by: `TLP:AMBER`.
    pub tlp: Option<String>,
    /// What records of it are read as once they are old enough.
    pub downgrade: Option<Downgrade>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// What a label's records are read as after a while, counted from each record's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downgrade {
    /// How long after.
    pub after: Duration,
    /// The lower label.
    pub to: Label,
}

/// An act's own day of downgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DowngradeAt {
    /// The field with the day.
    pub at: FieldName,
    /// The lower label.
    pub to: Label,
}

/// An act whose records each make a group of parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakesGroup {
    /// The field with its members.
    pub members: FieldName,
    /// The field with the hashes of the groups that belong to it, whole.
    pub includes: Option<FieldName>,
}

/// An act that gives a record to read to those whom its label leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    /// The field that names the record, in an act that is decided; in one of the originator it is what the act is about.
    pub record: Option<FieldName>,
    /// The field with the parties that it is given to.
    pub parties: Option<FieldName>,
    /// The field with the statuses that it is given to.
    pub statuses: Option<FieldName>,
}

/// A kind of record.
#[derive(Debug, Clone)]
pub struct Act {
    /// Name for people.
    pub title: String,
    /// Whose act it is, any of these; empty: whoever's status allows it.
    pub by: Vec<Actor>,
    /// The organ that receives it.
    pub organ: Option<OrganName>,
    /// Lowest label that it may carry.
    pub label_floor: Option<Label>,
    /// Its label if none is named.
    pub label_default: Option<Label>,
    /// Whose key signs.
    pub signature: Signature,
    /// Distinct officers who must sign: 2 for a two-person release.
    pub signatures: u32,
    /// Its fields.
    pub fields: BTreeMap<FieldName, Field>,
    /// Kinds that it may be about, first reference; empty: any or none.
    pub about: BTreeSet<Kind>,
    /// True if it must be about something.
    pub about_required: bool,
    /// The machine that it starts.
    pub opens: Option<MachineName>,
    /// True if each paragraph of field `paragraphs` runs a machine of its own.
    pub per_paragraph: bool,
    /// Roles that its fields fill: role by field.
    pub roles: BTreeMap<RoleName, FieldName>,
    /// What it does to the machine that it is about.
    pub event: Option<EventName>,
    /// The position that it states: a constant, or the field that holds it.
    pub position: Option<PositionFrom>,
    /// The event taken from a field instead (`clearance`: grant, refuse, condition).
    pub event_field: Option<FieldName>,
    /// The annotation that it is.
    pub annotates: Option<Annotates>,
    /// True if it replaces what it is about; both stay readable.
    pub supersedes: bool,
    /// True if it puts forward a new version of the charter, which is in force once it is adopted.
    pub amends: bool,
    /// The group that it makes.
    pub makes_group: Option<MakesGroup>,
    /// To whom it gives what it is about, by its originator; or what a field names, once it is adopted.
    pub releases: Option<Releases>,
    /// True if it ends the release that it is about, from then on.
    pub withdraws: bool,
    /// The day from which on its records are read as a lower label.
    pub downgrade: Option<DowngradeAt>,
    /// The register that shows what it opens: `pledges`. Any name; no code knows one.
    pub register: Option<String>,
    /// Prefix of the number for people: `P` gives P-1, P-2.
    pub number: Option<String>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// Whose key signs an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// A person's: an act.
    Officer,
    /// The node's: a machine record.
    Node,
    /// The party's root key, kept offline.
    Root,
}

/// Where an act's position comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PositionFrom {
    /// Always this one.
    Always(Position),
    /// The one in this field.
    Field(FieldName),
}

/// An annotation: attached to a text and published with its decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Annotates {
    /// True if its author is then not bound by what it annotates (a reservation); an interpretative statement leaves that.
    pub changes_binding: bool,
}

/// A field of an act's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What it holds.
    pub form: FieldForm,
    /// True if it may not be missing.
    pub required: bool,
    /// Largest number allowed, for `Number`.
    pub max: Option<i64>,
    /// Words allowed, for `Word`; empty: any.
    pub one_of: Vocabulary,
}

/// The words that a field may hold, in the order in which the charter writes them: levels from the calmest to the gravest are a scale, and
/// whoever chooses among them or is refused reads them as one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vocabulary {
    written: Vec<String>,
    /// The same, to be found without going through all.
    known: BTreeSet<String>,
}

impl Vocabulary {
    /// Adds a word at the end; false if it stands there already.
    pub fn push(&mut self, word: &str) -> bool {
        let is_new = self.known.insert(word.to_owned());
        if is_new {
            self.written.push(word.to_owned());
        }
        is_new
    }

    /// Returns true if it has the word.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.known.contains(word)
    }

    /// Returns true if it has no words: then any is allowed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Returns the words as written.
    #[must_use]
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Returns the words by alphabet, for whoever must not hang on the order in which they are written.
    #[must_use]
    pub const fn sorted(&self) -> &BTreeSet<String> {
        &self.known
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldForm {
    /// Text for people.
    Text,
    /// One word of a vocabulary.
    Word,
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// A point in time.
    Time,
    /// A duration: `5d`.
    Duration,
    /// A party of the charter.
    Party,
    /// Several parties.
    Parties,
    /// A hash: of a leaf, a text, a file.
    Hash,
    /// A list of texts.
    Texts,
    /// Numbered paragraphs: `[{"n":1,"text":"..","measures":[..]}]`, with more that `formats/text.md` says.
    Paragraphs,
    /// Anything else, for people and for views: not read by the fold.
    Other,
}

/// A rule of adoption. Meaning: `formats/charter.md`, section rules.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Statuses of those eligible.
    pub status: BTreeSet<StatusName>,
    /// Tag of those eligible.
    pub seats: Option<Tag>,
    /// Roles taken out of the eligible.
    pub minus: BTreeSet<RoleName>,
    /// How many must take a position, at a meeting.
    pub quorum: Option<Threshold>,
    /// What a missing position counts as.
    pub mode: Mode,
    /// What adopts.
    pub adopt: Test,
    /// What is tried if `adopt` fails.
    pub fallback: Option<Test>,
    /// Whom the result binds.
    pub binds: Binds,
    /// True if those it binds need not have had the text before.
    pub binds_unheard: bool,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
    /// Document that it rests on.
    pub basis: Option<String>,
}

/// What a missing position counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `absent`.
    Meeting,
    /// `yes`.
    Silence,
}

/// A number, or a share of a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// So many.
    Count(u64),
    /// So large a part: numerator, denominator (not 0).
    Share(u64, u64),
}

/// A test over positions.
#[derive(Debug, Clone)]
pub enum Test {
    /// Each holds.
    All(Vec<Self>),
    /// One holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// Nobody eligible (with the tag, in the role) holds one of the positions.
    None {
        /// The positions.
        positions: BTreeSet<Position>,
        /// Only parties with this tag.
        tag: Option<Tag>,
        /// Only parties in this role.
        role: Option<RoleName>,
    },
    /// Those who hold one of the positions, counted or weighed, meet the bound.
    Of {
        /// The positions.
        positions: BTreeSet<Position>,
        /// Summed by this weight; counted by head otherwise.
        weight: Option<WeightName>,
        /// Only parties with this tag.
        tag: Option<Tag>,
        /// Only parties in this role.
        role: Option<RoleName>,
        /// What a share is a share of; none: the bound is a number.
        base: Option<Base>,
        /// At least, more than, at most.
        bound: Bound,
        /// The number or share.
        threshold: Threshold,
    },
}

/// What a share is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// All eligible.
    Eligible,
    /// The eligible that are not absent.
    Present,
    /// `yes` and `no` together.
    Voting,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// `ge`
    AtLeast,
    /// `gt`
    MoreThan,
    /// `le`
    AtMost,
}

/// Whom an adopted text binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binds {
    /// All parties of the rule's statuses, also without a seat or taken out by a role: a council decides for all.
    All,
    /// The same but those who hold one of these positions; a missing position counts as the rule's mode says.
    AllBut(BTreeSet<Position>),
    /// The eligible who said yes.
    Yes,
    /// Nobody.
    None,
}

/// A procedure, register or ladder.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Name for people.
    pub title: String,
    /// Where it begins.
    pub start: StateName,
    /// Its states.
    pub states: BTreeMap<StateName, State>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
    /// Document that it rests on.
    pub basis: Option<String>,
    /// True if a contested step has no way out by a ruling: what it turns stays undecided.
    pub leaves_contested: bool,
}

impl Machine {
    /// Returns true if some state means something for the text.
    #[must_use]
    pub fn decides(&self) -> bool {
        self.states.values().any(|state| state.outcome.is_some())
    }
}

/// A state of a machine.
#[derive(Debug, Clone)]
pub struct State {
    /// Name for people.
    pub title: String,
    /// How long it lasts.
    pub clock: Option<Clock>,
    /// Where it goes when the clock runs out.
    pub timeout: Option<Target>,
    /// True if positions taken before are cleared on entry.
    pub fresh: bool,
    /// True if nothing follows.
    pub is_final: bool,
    /// What reaching it means for the text: such a step by timeout needs a closing record.
    pub outcome: Option<Outcome>,
    /// What may happen; the first that matches is taken.
    pub on: Vec<Transition>,
    /// What is opened for each item of a field when the state is reached with its outcome.
    pub spawns: Option<Spawns>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// What a state means for the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It stands.
    Adopted,
    /// It does not.
    Rejected,
    /// Nothing was decided.
    Lapsed,
}

/// Things that a decision opens: one for each item of a list in the paragraph or the terms.
#[derive(Debug, Clone)]
pub struct Spawns {
    /// The list: `measures`.
    pub each: FieldName,
    /// The kind of act whose machine each item starts, as if its fields had been that act's terms.
    pub opens: Kind,
}

/// How long a state lasts.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The span, or where it is found.
    pub span: ClockSpan,
    /// From when.
    pub start: ClockStart,
    /// What becomes of those whom the text did not reach.
    pub unreached: Option<Unreached>,
    /// Its calendar; the charter's if none.
    pub calendar: Option<CalendarName>,
}

/// The span of a clock, or where it is found.
#[derive(Debug, Clone)]
pub enum ClockSpan {
    /// Always this long.
    Fixed(Duration),
    /// By the urgency that the terms name.
    Class(ClassName),
    /// A duration or a point in time in this field of the terms, at most so long.
    Field {
        /// The field.
        field: FieldName,
        /// The longest span allowed; what is longer is cut to it.
        max: Option<Duration>,
    },
}

/// From when a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockStart {
    /// The state was entered: `tabled`.
    Tabled,
    /// The last of those eligible has it.
    LastReceipt,
    /// For each party from its own receipt; the state lasts until the last of them.
    OwnReceipt,
}

/// What becomes of a party that the text did not reach in time.
#[derive(Debug, Clone)]
pub struct Unreached {
    /// The least time between a party's receipt and the deadline.
    pub after: Duration,
    /// What happens first.
    pub then: UnreachedThen,
    /// For `Extend`: at most this long after the deadline as set.
    pub max: Option<Duration>,
    /// What happens when extending has come to its end.
    pub finally: Finally,
    /// Where the machine goes if an unreached party blocks.
    pub blocked_to: Option<StateName>,
}

/// What happens first about an unreached party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreachedThen {
    /// The clock runs on.
    Extend,
    /// The text is not adopted.
    Block,
    /// Its silence counts like any other; the certificate names it.
    Counts,
    /// It is taken out of the eligible; the certificate names it.
    Exclude,
}

/// What happens in the end about an unreached party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finally {
    /// The text is not adopted. The default.
    Block,
    /// Its silence counts; its log's head is waived.
    Counts,
    /// It is left out; its log's head is waived.
    Exclude,
}

/// Something that may happen in a state.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The event.
    pub event: EventName,
    /// Whose; any member if not said.
    pub by: Actor,
    /// Distinct parties that it takes.
    pub need: u32,
    /// Only with one of these positions; empty: whatever position.
    pub positions: BTreeSet<Position>,
    /// Where it goes.
    pub target: Target,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Any party of status `member`; the meaning of a missing `by`.
    AnyMember,
    /// Any party at all: `any`.
    Any,
    /// A party in this role.
    Role(RoleName),
    /// Any party but those in this role: `!role`.
    NotRole(RoleName),
    /// Any member but those in this role: `member:!role`.
    MemberNotRole(RoleName),
    /// Any party of these statuses: `status:a|b`.
    Status(BTreeSet<StatusName>),
    /// Any party with this tag: `tag:x`.
    Tag(Tag),
    /// This party: `party:x`.
    Party(PartyId),
}

/// Where a step goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// There.
    State(StateName),
    /// Where a rule sends it.
    Rule {
        /// The rule, over the positions recorded so far.
        rule: RuleName,
        /// If adopted.
        pass: StateName,
        /// If not.
        fail: StateName,
        /// If there was no quorum; `fail` if not said.
        no_quorum: Option<StateName>,
        /// Instead of the rule's own mode.
        mode: Option<Mode>,
    },
}

/// Who owes which act to whom, by when.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Name for people.
    pub title: String,
    /// Who owes it: each of these parties, one duty each.
    pub owner: DutyOwner,
    /// The kind of act that meets it, about the trigger.
    pub act: Kind,
    /// What starts it.
    pub trigger: Trigger,
    /// By when after the trigger.
    pub within: ClockSpan,
    /// Again after each such span, for as long as the trigger's machine is not final.
    pub every: Option<Duration>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// Who owes a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DutyOwner {
    /// Each party that the actor pattern fits: one duty a party.
    Each(Actor),
    /// Each but the author of the trigger.
    EachOther(Actor),
}

/// What starts a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// An act of this kind.
    Act(Kind),
    /// A machine's entry into a state.
    State(MachineName, StateName),
}

/// Working days, and durations by urgency.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Name for people.
    pub title: String,
    /// Minutes east of UTC. Fixed: see [`Party::zone_minutes`].
    pub zone_minutes: i32,
    /// Which days of the week are working days, Monday first.
    pub working_days: [bool; 7],
    /// Days off, as days since 1970-01-01 in the calendar's zone.
    pub holidays: BTreeSet<u64>,
    /// Durations by class and urgency.
    pub classes: BTreeMap<ClassName, BTreeMap<String, Duration>>,
    /// True only for the calendar of test vectors, in which a month has 30 days: no charter can write it.
    pub is_naive: bool,
}

/// A duration as a charter writes it: `30m`, `6h`, `10d`, `3wd`, `6mo`, `1y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    /// A fixed span: minutes, hours, days of 24 h.
    Span(Seconds),
    /// Working days of the calendar.
    WorkingDays(u32),
    /// Months of the calendar (a year is twelve).
    Months(u32),
}

/// What a role may do without a decision, within limits.
#[derive(Debug, Clone)]
pub struct Delegation {
    /// Name for people.
    pub title: String,
    /// To whom.
    pub to: Actor,
    /// For which kind of act; without a delegation that fits, its field `mandate` must name an adopted decision.
    pub act: Kind,
    /// Largest numbers allowed, by field.
    pub limits: BTreeMap<FieldName, i64>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

impl std::fmt::Display for Actor {
    /// Writes the pattern as a charter does: `status:a|b`, `!owner`; a missing one as `any member`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AnyMember => f.write_str("any member"),
            Self::Any => f.write_str("any"),
            Self::Role(role) => write!(f, "{role}"),
            Self::NotRole(role) => write!(f, "!{role}"),
            Self::MemberNotRole(role) => write!(f, "member:!{role}"),
            Self::Status(set) => {
                let all: Vec<&str> = set.iter().map(StatusName::as_str).collect();
                write!(f, "status:{}", all.join("|"))
            }
            Self::Tag(tag) => write!(f, "tag:{tag}"),
            Self::Party(id) => write!(f, "party:{id}"),
        }
    }
}
