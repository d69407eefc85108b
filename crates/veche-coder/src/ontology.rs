//! PLOVER 2.0 (draft of 2024-02-04): event types, their modes, contexts, and sectors. Names only.

use crate::model::hash;

/// A class of what a clause reports: one of the 16 event types, or one of the two that are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class(&'static Row);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    name: &'static str,
    /// The hash of the name.
    key: u64,
    modes: &'static [&'static str],
}

const fn row(name: &'static str, modes: &'static [&'static str]) -> Row {
    Row { name, key: hash::text(name), modes }
}

/// The 16 types of PLOVER in its order, then STATEMENT (something was said and nothing else) and NONE (no event of politics).
const ROWS: [Row; 18] = [
    row("AGREE", &[]),
    row("CONSULT", &["visit", "third-party", "multilateral", "phone"]),
    row("SUPPORT", &[]),
    row("CONCEDE", &[]),
    row("COOPERATE", &[]),
    row("AID", &[]),
    row("RETREAT", &["withdraw", "release", "disarm", "ceasefire", "access", "resign"]),
    row("REQUEST", &["assist", "change", "yield", "meet"]),
    row("ACCUSE", &["disapprove", "investigate", "allege"]),
    row("REJECT", &["assist", "change", "yield", "meet"]),
    row("THREATEN", &["restrict", "arrest", "relations", "expel", "territory", "violence"]),
    row("PROTEST", &["demo", "riot", "strike", "hunger", "boycott", "obstruct"]),
    row("SANCTION", &["convict", "expel", "withdraw", "discontinue"]),
    row("MOBILIZE", &["troops", "weapons", "police", "militia"]),
    row(
        "COERCE",
        &[
            "seize",
            "restrict",
            "censor",
            "curfew",
            "martial-law",
            "arrest",
            "deport",
            "withhold",
            "misinformation",
            "cyber",
        ],
    ),
    row(
        "ASSAULT",
        &[
            "abduct",
            "beat",
            "torture",
            "sexual",
            "targeted",
            "destroy",
            "primitive",
            "firearms",
            "explosives",
            "suicide-attack",
            "aerial",
            "drone",
            "heavy-weapons",
            "crowd-control",
            "unconventional",
        ],
    ),
    row("STATEMENT", &[]),
    row("NONE", &[]),
];

/// Sectors of PLOVER, then its codes of bodies that are no state's.
const SECTORS: [&str; 32] = [
    "COP", "GOV", "JUD", "LEG", "MIL", "PRM", "PTY", "REB", "SPY", "UAF", "UNK", "AGR", "BUS",
    "CRM", "CVL", "EDU", "ELI", "JRN", "LAB", "MED", "REF", "OPP", "PRE", "REL", "SOC", "IGO",
    "UNO", "EUR", "NGO", "ISM", "IMG", "MNC",
];

/// Contexts of PLOVER: what the matter of an event is.
const CONTEXTS: [&str; 37] = [
    "military",
    "intelligence",
    "executive",
    "legislative",
    "election",
    "political_institutions",
    "pro_democracy",
    "pro_autocracy",
    "economic",
    "legal",
    "reparations",
    "human_rights",
    "rights_freedoms",
    "repression",
    "human_security",
    "gender",
    "lgbt",
    "religion_ethnicity",
    "inequality",
    "diplomatic",
    "territory",
    "peacekeeping",
    "health",
    "asylum",
    "migration",
    "disasters",
    "natural_resource",
    "environment",
    "technology",
    "terrorism",
    "cbrn",
    "cyber",
    "misinformation",
    "crime",
    "corruption",
    "illegal_drugs",
    "trafficking",
];

/// What the matter of an event is: one of PLOVER's 37 contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context(&'static str);

impl Context {
    /// Returns every context, in the order of the ontology.
    pub fn all() -> impl Iterator<Item = Self> {
        CONTEXTS.iter().map(|name| Self(name))
    }

    /// Returns the context of this name, written as the ontology writes it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|context| context.0 == name)
    }

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl Class {
    /// Returns every class, in the order of the ontology.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(Self)
    }

    /// Returns the class of this name, written as the ontology writes it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|class| class.name() == name)
    }

    /// Returns its name, in capitals.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Returns the hash of its name.
    pub(crate) fn key(self) -> u64 {
        self.0.key
    }

    /// Returns which of the four kinds of event it is; `None` for the two classes that are no event.
    pub fn quad(self) -> Option<Quad> {
        // The order of the ontology is that of the four kinds.
        match ROWS.iter().position(|row| row.name == self.name())? {
            0..=3 => Some(Quad::VerbalCooperation),
            4..=6 => Some(Quad::MaterialCooperation),
            7..=10 => Some(Quad::VerbalConflict),
            11..=15 => Some(Quad::MaterialConflict),
            _ => None,
        }
    }

    /// Returns the modes that this class has.
    pub fn modes(self) -> &'static [&'static str] {
        self.0.modes
    }

    /// Returns the mode of this name, if this class has it.
    pub fn mode(self, name: &str) -> Option<Mode> {
        self.modes().iter().copied().find(|mode| *mode == name).map(Mode)
    }
}

/// The four kinds of event: words or deeds, with one another or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quad {
    /// Words of agreement.
    VerbalCooperation,
    /// Deeds for another.
    MaterialCooperation,
    /// Words against another.
    VerbalConflict,
    /// Deeds against another.
    MaterialConflict,
}

/// A mode of a class: how it was done. Made by [`Class::mode`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mode(&'static str);

impl Mode {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// What kind of actor: a sector of a state, or a body that is no state's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sector(&'static str);

impl Sector {
    /// Returns the sector of this code.
    pub fn parse(code: &str) -> Option<Self> {
        SECTORS.iter().copied().find(|sector| *sector == code).map(Self)
    }

    /// Returns its code: three capitals.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// Returns all codes, for a message.
    pub(crate) fn codes() -> String {
        SECTORS.join(", ")
    }
}
