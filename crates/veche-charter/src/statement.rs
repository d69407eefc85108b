//! Whether the charter lets a statement through, and what it then does: who, under which label, signed how, about what, in
//! which terms.

use crate::act::{Delegated, Denied, DeniedWhy, FieldValue, Fields, TermsFault, TermsFaultKind};
use crate::marking::Marking;
use crate::model::{Act, Charter, Machine, PositionFrom, Signature};
use crate::name::{ArticleId, EventName, Position};
use crate::rule::Roles;
use std::fmt;
use veche_ledger::{Kind, Label, PartyId};

/// A statement, made or not yet made, as far as the charter asks about it.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// Whose it is.
    pub party: &'a PartyId,
    /// Its kind.
    pub kind: &'a Kind,
    /// The label that it carries.
    pub label: &'a Label,
    /// Who holds which role in what it is about; `None` if that is not asked: a role then rules nobody out.
    pub roles: Option<&'a Roles>,
    /// Who signed.
    pub signers: Signers,
    /// What it is about.
    pub about: &'a About,
    /// True if it belongs to an exercise.
    pub is_drill: bool,
    /// Its terms.
    pub fields: &'a Fields<'a>,
}

/// By which kinds of keys a statement is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signers {
    /// Distinct officers.
    pub officers: u8,
    /// The node.
    pub by_node: bool,
    /// The party's root key.
    pub by_root: bool,
}

/// What a statement is first about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Nothing.
    Nothing,
    /// Something that was itself refused.
    Refused,
    /// Something of this kind.
    Kind {
        /// The kind.
        kind: String,
        /// True if it belongs to an exercise.
        is_drill: bool,
    },
}

/// What the charter has against a statement, with the article that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The article.
    pub article: Option<ArticleId>,
    /// What is wrong.
    pub why: ObjectionKind,
}

/// What the charter can have against a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectionKind {
    /// The charter has no such kind of act.
    UnknownKind,
    /// The author's status or role does not allow the act.
    Denied(Denied),
    /// No such label.
    UnknownLabel {
        /// The label.
        label: Label,
    },
    /// The label is below the lowest that the act may carry.
    LabelTooLow {
        /// The label given.
        label: Label,
        /// The lowest allowed.
        floor: Label,
    },
    /// It carries a group's label, and decides, or has a part in what is decided.
    GroupDecides {
        /// The label.
        label: Label,
    },
    /// Signed by another kind of key than the act needs.
    WrongSignature {
        /// What it needs.
        needs: Signature,
    },
    /// Too few officers signed.
    TooFewSignatures {
        /// How many did.
        have: u8,
        /// How many must.
        need: u32,
    },
    /// It is about nothing, and must be.
    AboutNothing,
    /// It is about a record of a kind that it cannot be about.
    AboutKind {
        /// The kind that it is about.
        kind: String,
        /// The kinds that it may be about.
        allowed: String,
    },
    /// It is about a record that was itself refused.
    AboutRefused,
    /// It belongs to an exercise and its matter does not, or the other way round.
    DrillMixed,
    /// The terms do not fit the act.
    Terms(Vec<TermsFault>),
    /// The standing delegation does not reach so far, and no decision stands behind the act.
    OutsideDelegation {
        /// What is outside.
        why: String,
    },
}

impl Charter {
    /// Returns what the charter has against a statement, the first thing found: who, label, signature, what about, terms,
    /// delegation.
    #[must_use]
    pub fn objection(&self, said: &Statement<'_>) -> Option<Objection> {
        let Some(act) = self.acts.get(said.kind) else {
            return Some(Objection { article: None, why: ObjectionKind::UnknownKind });
        };
        if let Err(denied) = self.may(said.party, said.kind, said.roles) {
            let article = denied.article.clone();
            return Some(Objection { article, why: ObjectionKind::Denied(denied) });
        }
        let (article, why) = self
            .label_fault(act, said)
            .or_else(|| signature_fault(act, said.signers))
            .or_else(|| about_fault(act, said))
            .or_else(|| self.terms_fault(act, said.fields))
            .map(|why| (None, why))
            .or_else(|| self.delegation_fault(said))?;
        Some(Objection { article: article.or_else(|| act.article.clone()), why })
    }

    fn label_fault(&self, act: &Act, said: &Statement<'_>) -> Option<ObjectionKind> {
        let label = said.label;
        let marking = Marking::of(label).filter(|marking| self.labels.contains_key(&marking.base));
        let Some(marking) = marking.filter(|m| m.group.is_none() || self.has_groups()) else {
            return Some(ObjectionKind::UnknownLabel { label: label.clone() });
        };
        if let Some(floor) = act.label_floor.as_ref().filter(|f| !self.label_at_least(label, f)) {
            return Some(ObjectionKind::LabelTooLow { label: label.clone(), floor: floor.clone() });
        }
        (marking.group.is_some() && self.has_part_in_decision(act, said.about))
            .then(|| ObjectionKind::GroupDecides { label: label.clone() })
    }

    /// Returns true if some act of the charter makes groups: else no label names one.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        self.acts.values().any(|act| act.makes_group.is_some())
    }

    /// Returns true if an act opens what is decided, or moves it, takes a position on it or annotates it. Whom a decision binds must be able
    /// to read all that it rests on, and who is in a group is told by a record that he need not hold.
    fn has_part_in_decision(&self, act: &Act, about: &About) -> bool {
        let decides = |act: &Act| {
            let machine = act.opens.as_ref().and_then(|name| self.machines.get(name));
            machine.is_some_and(Machine::decides)
        };
        let matter = match about {
            About::Kind { kind, .. } => self.acts.get(kind.as_str()),
            About::Nothing | About::Refused => None,
        };
        let speaks = act.event.is_some()
            || act.event_field.is_some()
            || act.position.is_some()
            || act.annotates.is_some();
        decides(act) || (speaks && matter.is_some_and(decides))
    }

    fn terms_fault(&self, act: &Act, fields: &Fields<'_>) -> Option<ObjectionKind> {
        let mut faults = self.check_terms(act, fields);
        if act.opens.is_some() && matches!(fields.get("ref"), Some(FieldValue::Text(_))) {
            // What opens a procedure may carry its number for people.
            faults.retain(|fault| {
                fault.field != "ref" || !matches!(fault.what, TermsFaultKind::Unknown { .. })
            });
        }
        (!faults.is_empty()).then_some(ObjectionKind::Terms(faults))
    }

    fn delegation_fault(&self, said: &Statement<'_>) -> Option<(Option<ArticleId>, ObjectionKind)> {
        if self.delegations.is_empty() {
            return None;
        }
        let none = Roles::new();
        match self.delegated(said.party, said.kind, said.fields, said.roles.unwrap_or(&none)) {
            Delegated::NotNeeded | Delegated::Within(_) => None,
            Delegated::Beyond { article, why } => {
                Some((article, ObjectionKind::OutsideDelegation { why }))
            }
        }
    }

    /// Returns the label that an act carries if none is named.
    #[must_use]
    pub fn label_of<'c>(&'c self, act: &'c Act) -> &'c Label {
        act.label_default.as_ref().unwrap_or(&self.default_label)
    }
}

impl Act {
    /// Returns the event that a statement is: the act's, or the one that a field names. `text`: the text in a field.
    #[must_use]
    pub fn event_in<'t>(&self, text: impl Fn(&str) -> Option<&'t str>) -> Option<EventName> {
        match &self.event_field {
            Some(field) => EventName::parse(text(field.as_str())?).ok(),
            None => self.event.clone(),
        }
    }

    /// Returns the position that a statement states. `text`: the text in a field.
    #[must_use]
    pub fn position_in<'t>(&self, text: impl Fn(&str) -> Option<&'t str>) -> Option<Position> {
        match self.position.as_ref()? {
            PositionFrom::Always(position) => Some(position.clone()),
            PositionFrom::Field(field) => Position::parse(text(field.as_str())?).ok(),
        }
    }
}

fn signature_fault(act: &Act, signers: Signers) -> Option<ObjectionKind> {
    let is_signed = match act.signature {
        Signature::Officer => signers.officers > 0,
        Signature::Node => signers.by_node || signers.officers > 0,
        Signature::Root => signers.by_root,
    };
    if !is_signed {
        return Some(ObjectionKind::WrongSignature { needs: act.signature });
    }
    let (have, need) = (signers.officers, act.signatures);
    (act.signature == Signature::Officer && u32::from(have) < need)
        .then_some(ObjectionKind::TooFewSignatures { have, need })
}

fn about_fault(act: &Act, said: &Statement<'_>) -> Option<ObjectionKind> {
    match said.about {
        About::Nothing => act.about_required.then_some(ObjectionKind::AboutNothing),
        About::Refused => Some(ObjectionKind::AboutRefused),
        About::Kind { kind, is_drill } => {
            if *is_drill != said.is_drill {
                return Some(ObjectionKind::DrillMixed);
            }
            if act.about.is_empty() || act.about.iter().any(|allowed| allowed.as_str() == kind) {
                return None;
            }
            let allowed: Vec<String> = act.about.iter().map(|kind| format!("`{kind}`")).collect();
            let allowed = allowed.join(", ");
            Some(ObjectionKind::AboutKind { kind: kind.clone(), allowed })
        }
    }
}

impl ObjectionKind {
    /// Returns the words by which cases name it, one for each fault: `by`, `label`, `field days: missing`.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let word = match self {
            Self::UnknownKind => "kind",
            Self::Denied(denied) => match denied.why {
                DeniedWhy::NoSuchParty(_) => "party",
                DeniedWhy::NoSuchAct(_) => "kind",
                DeniedWhy::Status { .. } => "status",
                DeniedWhy::NotTheirs { .. } => "by",
            },
            Self::UnknownLabel { .. } => "no label",
            Self::LabelTooLow { .. } => "label",
            Self::GroupDecides { .. } => "group",
            Self::WrongSignature { .. } => "signature",
            Self::TooFewSignatures { .. } => "signatures",
            Self::AboutNothing => "about nothing",
            Self::AboutKind { .. } => "about",
            Self::AboutRefused => "about refused",
            Self::DrillMixed => "drill",
            Self::OutsideDelegation { .. } => "delegation",
            Self::Terms(faults) => {
                let code = |f: &TermsFault| format!("field {}: {}", f.field, f.what.code());
                return faults.iter().map(code).collect();
            }
        };
        vec![word.to_owned()]
    }
}

impl TermsFaultKind {
    /// Returns the word by which cases name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown { .. } => "unknown",
            Self::WrongForm(_)
            | Self::TooLarge { .. }
            | Self::NotOneOf { .. }
            | Self::NoSuchParty(_) => "form",
        }
    }
}

impl fmt::Display for ObjectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind => f.write_str("the charter has no act of this kind"),
            Self::Denied(denied) => denied.fmt(f),
            Self::UnknownLabel { label } => write!(f, "the charter has no label `{label}`"),
            Self::LabelTooLow { label, floor } => {
                write!(
                    f,
                    "its label `{label}` is below `{floor}`, the lowest that this act may carry"
                )
            }
            Self::GroupDecides { label } => write!(
                f,
                "its label `{label}` is a group's, and nothing is decided under a group's label: whom it binds could not read it"
            ),
            Self::Terms(faults) => {
                let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
                f.write_str(&said.join("; "))
            }
            Self::WrongSignature { needs } => f.write_str(match needs {
                Signature::Officer => "an officer's signature is needed",
                Signature::Node => "the node's signature is needed",
                Signature::Root => "the party's root key must sign",
            }),
            Self::TooFewSignatures { have, need } => {
                write!(f, "{need} officers must sign, {have} did")
            }
            Self::AboutNothing => f.write_str("it does not say what it is about"),
            Self::AboutKind { kind, allowed } => {
                write!(f, "it is about a `{kind}`, and may be about: {allowed}")
            }
            Self::AboutRefused => f.write_str("what it is about was itself refused"),
            Self::DrillMixed => {
                f.write_str("an exercise's records and those of the real world do not mix")
            }
            Self::OutsideDelegation { why } => f.write_str(why),
        }
    }
}
