//! What one record may do: its terms, its author, its label.

use crate::fault::nearest;
use crate::marking::{GroupId, Marking};
use crate::model::{Act, Actor, Charter, Duration, Field, FieldForm, Kinds, Seats};
use crate::name::{ArticleId, DelegationName, FieldName};
use crate::rule::{Roles, is_met};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{Hash, Kind, Label, PartyId, UnixSeconds};

/// Kinds of records that the fold makes and reads itself: an act of such a name would be taken for one.
pub const RESERVED_KINDS: [&str; 8] =
    ["witness", "closing", "digest", "epoch", "revocation", "resigning", "fork", "redaction"];

/// Most groups that one group includes itself: a group of all others of an organisation fits.
pub const GROUP_INCLUDES_MAX: usize = 256;

/// The terms of an act, by field.
pub type Fields<'a> = BTreeMap<&'a str, FieldValue<'a>>;

/// A value in an act's terms, as far as its form is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A list of texts only; also the empty list.
    Texts(Vec<&'a str>),
    /// Another list, with its length.
    List(usize),
    /// An object.
    Map,
}

/// A fault of an act's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{field}` {what}")]
pub struct TermsFault {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub what: TermsFaultKind,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsFaultKind {
    /// It is required and not there.
    #[error("is missing")]
    Missing,
    /// It has another form.
    #[error("is not {0}")]
    WrongForm(&'static str),
    /// The act has no such field.
    #[error("is not one of this act's{}", near.as_ref().map(|n| format!(": did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// The field that is meant, perhaps.
        near: Option<String>,
    },
    /// A number above its limit.
    #[error("is {found}: at most {max}")]
    TooLarge {
        /// The number given.
        found: i64,
        /// The largest allowed.
        max: i64,
    },
    /// A word that the field does not know.
    #[error("is `{found}`: one of {}", allowed.join(", "))]
    NotOneOf {
        /// The word given.
        found: String,
        /// The words allowed.
        allowed: Vec<String>,
    },
    /// No party has this name.
    #[error("names `{0}`, which is no party")]
    NoSuchParty(String),
}

/// An act that its author may not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Denied {
    /// The article that says so.
    pub article: Option<ArticleId>,
    /// Why.
    pub why: DeniedWhy,
}

/// Why an author may not do an act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeniedWhy {
    /// The charter does not know the party.
    #[error("`{0}` is no party")]
    NoSuchParty(PartyId),
    /// The charter does not know the kind.
    #[error("there is no act `{0}`")]
    NoSuchAct(Kind),
    /// The status has no such right.
    #[error("`{party}` is of status `{status}`, which may not do `{kind}`")]
    Status {
        /// The author.
        party: PartyId,
        /// Its status.
        status: String,
        /// The act.
        kind: Kind,
    },
    /// The act is someone else's.
    #[error("`{kind}` is for {allowed}, not for `{party}`")]
    NotTheirs {
        /// The author.
        party: PartyId,
        /// The act.
        kind: Kind,
        /// Who may, as the charter writes it.
        allowed: String,
    },
}

/// Who reads a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readers {
    /// Everyone, the public too.
    Everyone,
    /// These parties.
    Only(BTreeSet<PartyId>),
}

/// What a charter's delegations say of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delegated<'c> {
    /// No delegation is about this kind: it needs none.
    NotNeeded,
    /// This one lets the author do it.
    Within(&'c DelegationName),
    /// The author or a number is outside each delegation: a decision must stand behind the act.
    Beyond {
        /// The article of the nearest delegation.
        article: Option<ArticleId>,
        /// What is outside.
        why: String,
    },
}

impl Readers {
    /// Returns true if the party reads.
    #[must_use]
    pub fn includes(&self, party: &PartyId) -> bool {
        match self {
            Self::Everyone => true,
            Self::Only(set) => set.contains(party),
        }
    }
}

impl Charter {
    /// Returns every fault of an act's terms, by field.
    #[must_use]
    pub fn check_terms(&self, act: &Act, terms: &Fields<'_>) -> Vec<TermsFault> {
        let mut faults = Vec::new();
        for (name, field) in &act.fields {
            let what = match terms.get(name.as_str()) {
                None if field.required => Some(TermsFaultKind::Missing),
                None => None,
                Some(value) => {
                    self.check_value(field, value).or_else(|| check_includes(act, name, value))
                }
            };
            faults.extend(what.map(|what| TermsFault { field: name.to_string(), what }));
        }
        for name in terms.keys() {
            if !act.fields.contains_key(*name) {
                let near =
                    nearest(name, act.fields.keys().map(FieldName::as_str)).map(str::to_owned);
                faults.push(TermsFault {
                    field: (*name).to_owned(),
                    what: TermsFaultKind::Unknown { near },
                });
            }
        }
        faults
    }

    fn check_value(&self, field: &Field, value: &FieldValue<'_>) -> Option<TermsFaultKind> {
        let form = |ok: bool, expected| (!ok).then_some(TermsFaultKind::WrongForm(expected));
        let text = match value {
            FieldValue::Text(text) => Some(*text),
            FieldValue::Int(_)
            | FieldValue::Bool(_)
            | FieldValue::Texts(_)
            | FieldValue::List(_)
            | FieldValue::Map => None,
        };
        match field.form {
            FieldForm::Text => form(text.is_some(), "a text"),
            FieldForm::Word => {
                text.map_or_else(|| form(false, "a word"), |word| check_word(field, word))
            }
            FieldForm::Number => match value {
                FieldValue::Int(number) => check_number(field, *number),
                FieldValue::Text(_)
                | FieldValue::Bool(_)
                | FieldValue::Texts(_)
                | FieldValue::List(_)
                | FieldValue::Map => form(false, "a whole number"),
            },
            FieldForm::Flag => form(matches!(value, FieldValue::Bool(_)), "true or false"),
            FieldForm::Time => form(
                text.is_some_and(|t| UnixSeconds::parse(t).is_ok()),
                "a time, written `2026-11-22T05:42:10Z`",
            ),
            FieldForm::Duration => {
                form(text.is_some_and(|t| Duration::parse(t).is_ok()), "a duration, written `6h`")
            }
            FieldForm::Party => match text {
                Some(name) => self.check_party(name),
                None => form(false, "a party"),
            },
            FieldForm::Parties => match value {
                FieldValue::Texts(names) => names.iter().find_map(|name| self.check_party(name)),
                FieldValue::Text(_)
                | FieldValue::Int(_)
                | FieldValue::Bool(_)
                | FieldValue::List(_)
                | FieldValue::Map => form(false, "a list of parties"),
            },
            FieldForm::Hash => form(
                text.is_some_and(|t| Hash::parse(t).is_ok()),
                "a hash of 64 hexadecimal digits",
            ),
            FieldForm::Texts => form(matches!(value, FieldValue::Texts(_)), "a list of texts"),
            FieldForm::Paragraphs => {
                form(matches!(value, FieldValue::List(n) if *n > 0), "a list of paragraphs")
            }
            FieldForm::Other => None,
        }
    }

    fn check_party(&self, name: &str) -> Option<TermsFaultKind> {
        (!self.parties.contains_key(name))
            .then(|| TermsFaultKind::NoSuchParty(name.chars().take(80).collect()))
    }

    /// Returns whether a party may do an act: its status must allow it, and one of the act's `by` must fit it.
    ///
    /// `roles`: who holds which role in the procedure that the act is about; `None` if that is not known yet, and then a
    /// pattern that asks for a role does not rule anybody out.
    ///
    /// # Errors
    /// [`Denied`] for an unknown party or act, a status without the right, an act of others; with the article.
    pub fn may(&self, party: &PartyId, kind: &Kind, roles: Option<&Roles>) -> Result<(), Denied> {
        let Some(entry) = self.parties.get(party) else {
            return Err(Denied { article: None, why: DeniedWhy::NoSuchParty(party.clone()) });
        };
        let Some(act) = self.acts.get(kind) else {
            return Err(Denied { article: None, why: DeniedWhy::NoSuchAct(kind.clone()) });
        };
        let status = self.statuses.get(&entry.status);
        let is_allowed = status.is_some_and(|s| allows(&s.may, kind) && !s.may_not.contains(kind));
        if !is_allowed {
            let (party, status_name) = (party.clone(), entry.status.to_string());
            let why = DeniedWhy::Status { party, status: status_name, kind: kind.clone() };
            return Err(Denied { article: status.and_then(|s| s.article.clone()), why });
        }
        if act.by.is_empty() || act.by.iter().any(|by| self.fits_maybe(by, party, roles)) {
            return Ok(());
        }
        let allowed: Vec<String> = act.by.iter().map(|by| format!("`{by}`")).collect();
        let why = DeniedWhy::NotTheirs {
            party: party.clone(),
            kind: kind.clone(),
            allowed: allowed.join(" or "),
        };
        Err(Denied { article: act.article.clone(), why })
    }

    /// Returns true if the pattern fits the party, or may fit it where the roles are not known.
    fn fits_maybe(&self, actor: &Actor, party: &PartyId, roles: Option<&Roles>) -> bool {
        match (actor, roles) {
            (Actor::Role(_), None) => self.parties.contains_key(party),
            (actor, None) => self.meets(actor, party, &Roles::new()),
            (actor, Some(roles)) => self.meets(actor, party, roles),
        }
    }

    fn meets(&self, actor: &Actor, party: &PartyId, roles: &Roles) -> bool {
        let entry = self.parties.get(party);
        entry.is_some_and(|entry| is_met(actor, party, &entry.status, &entry.tags, roles))
    }

    /// Returns what the delegations say of an act with these terms.
    #[must_use]
    pub fn delegated(
        &self,
        party: &PartyId,
        kind: &Kind,
        terms: &Fields<'_>,
        roles: &Roles,
    ) -> Delegated<'_> {
        let mut beyond = None;
        for (name, delegation) in self.delegations.iter().filter(|(_, d)| d.act == *kind) {
            let over =
                delegation.limits.iter().find_map(|(field, max)| match terms.get(field.as_str()) {
                    Some(FieldValue::Int(number)) if number <= max => None,
                    Some(FieldValue::Int(number)) => Some(format!(
                        "field `{field}` is {number}: at most {max} without a decision"
                    )),
                    Some(_) | None => {
                        Some(format!("field `{field}` is missing: a delegation limits it"))
                    }
                });
            let is_theirs = self.meets(&delegation.to, party, roles);
            match over {
                None if is_theirs => return Delegated::Within(name),
                Some(why) if is_theirs => beyond = Some((delegation.article.clone(), why)),
                None | Some(_) => {
                    let why =
                        format!("`{kind}` is delegated to {}, not to `{party}`", delegation.to);
                    beyond = beyond.or(Some((delegation.article.clone(), why)));
                }
            }
        }
        match beyond {
            None => Delegated::NotNeeded,
            Some((article, why)) => Delegated::Beyond { article, why },
        }
    }

    /// Returns true if a party sits in a set told by status, tag or name.
    #[must_use]
    pub fn is_seated(&self, seats: &Seats, party: &PartyId) -> bool {
        self.parties.get(party).is_some_and(|entry| {
            seats.status.contains(&entry.status)
                || seats.parties.contains(party)
                || entry.tags.iter().any(|tag| seats.tags.contains(tag))
        })
    }

    /// Returns who reads a label of the charter: whom its own entry names, and whose status reads it. Nobody reads an unknown label,
    /// nor one that names a group: whom the group leaves of its base's readers is told by records.
    #[must_use]
    pub fn readers(&self, label: &Label) -> Readers {
        let Some(entry) = self.labels.get(label) else { return Readers::Only(BTreeSet::new()) };
        let Some(seats) = &entry.readers else { return Readers::Everyone };
        let by_status = |id: &PartyId| {
            let status = self.parties.get(id).and_then(|p| self.statuses.get(&p.status));
            status.is_some_and(|s| s.reads.contains(label))
        };
        let readers = self.parties.keys().filter(|id| self.is_seated(seats, id) || by_status(id));
        Readers::Only(readers.cloned().collect())
    }

    /// Returns true if records of a label travel sealed: others do not read their headers either.
    #[must_use]
    pub fn is_sealed(&self, label: &Label) -> bool {
        let entry = Marking::of(label).and_then(|marking| self.labels.get(&marking.base));
        entry.is_some_and(|entry| entry.sealed)
    }

    /// Returns true if a label is another or lies above it: what a floor asks. A group's label is at least its base and what that is at
    /// least, and at least another label of the same group if the bases are.
    #[must_use]
    pub fn label_at_least(&self, label: &Label, floor: &Label) -> bool {
        let (Some(label), Some(floor)) = (Marking::of(label), Marking::of(floor)) else {
            return false;
        };
        let has_group = floor.group.is_none() || floor.group == label.group;
        has_group && self.labels_down(&label.base).contains(&floor.base)
    }

    /// Returns the least label that is at least each of two; none if no label, or no single least one, covers both. Of two groups the join
    /// is the one that the other includes: `is_within(inner, outer)`.
    #[must_use]
    pub fn label_join(
        &self,
        a: &Label,
        b: &Label,
        is_within: impl Fn(&GroupId, &GroupId) -> bool,
    ) -> Option<Label> {
        let (a, b) = (Marking::of(a)?, Marking::of(b)?);
        let group = match (a.group, b.group) {
            (None, group) | (group, None) => group,
            (Some(a), Some(b)) if a == b || is_within(&a, &b) => Some(a),
            (Some(a), Some(b)) => is_within(&b, &a).then_some(b).map(Some)?,
        };
        let base = self.base_join(&a.base, &b.base)?;
        Marking { base, group }.label().ok()
    }

    fn base_join(&self, a: &Label, b: &Label) -> Option<Label> {
        let upper: Vec<&Label> = self
            .labels
            .keys()
            .filter(|l| self.label_at_least(l, a) && self.label_at_least(l, b))
            .collect();
        let least =
            upper.iter().find(|l| upper.iter().all(|other| self.label_at_least(other, l)))?;
        Some((*least).clone())
    }

    /// Returns a label and all labels below it.
    pub(crate) fn labels_down(&self, label: &Label) -> BTreeSet<Label> {
        let mut found = BTreeSet::new();
        let mut open = vec![label.clone()];
        while let Some(next) = open.pop() {
            if let Some(entry) = self.labels.get(&next)
                && found.insert(next)
            {
                open.extend(entry.above.iter().cloned());
            }
        }
        found
    }
}

/// Returns true if a status's kinds include one.
pub(crate) fn allows(kinds: &Kinds, kind: &Kind) -> bool {
    match kinds {
        Kinds::All => true,
        Kinds::Only(set) => set.contains(kind),
    }
}

/// The groups that belong to a group are told by the whole hashes of their records.
fn check_includes(act: &Act, name: &FieldName, value: &FieldValue<'_>) -> Option<TermsFaultKind> {
    let includes = act.makes_group.as_ref().and_then(|group| group.includes.as_ref());
    let FieldValue::Texts(texts) = value else { return None };
    let is_hash = |text: &&str| Hash::parse(text).is_ok();
    let is_fit = texts.len() <= GROUP_INCLUDES_MAX && texts.iter().all(is_hash);
    (includes == Some(name) && !is_fit).then_some(TermsFaultKind::WrongForm(
        "a list of at most 256 hashes of 64 hexadecimal digits",
    ))
}

fn check_word(field: &Field, word: &str) -> Option<TermsFaultKind> {
    let is_known = field.one_of.is_empty() || field.one_of.contains(word);
    (!is_known).then(|| TermsFaultKind::NotOneOf {
        found: word.chars().take(80).collect(),
        allowed: field.one_of.written().iter().map(|w| format!("`{w}`")).collect(),
    })
}

fn check_number(field: &Field, number: i64) -> Option<TermsFaultKind> {
    let max = field.max.filter(|max| number > *max)?;
    Some(TermsFaultKind::TooLarge { found: number, max })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::six_rivers;

    fn party(text: &str) -> PartyId {
        PartyId::parse(text).unwrap()
    }

    fn kind(text: &str) -> Kind {
        Kind::parse(text).unwrap()
    }

    fn label(text: &str) -> Label {
        Label::parse(text).unwrap()
    }

    #[track_caller]
    fn check(terms: &[(&'static str, FieldValue<'static>)], act: &str, expected: &[&str]) {
        let charter = six_rivers();
        let terms = terms.iter().cloned().collect();
        let faults = charter.check_terms(&charter.acts[act], &terms);
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn terms_are_checked_field_by_field() {
        let good = [
            ("host", FieldValue::Text("orvessa")),
            ("people", FieldValue::Int(8)),
            ("days", FieldValue::Int(5)),
            ("until", FieldValue::Text("2026-11-27T05:42:10Z")),
            ("task", FieldValue::Text("establish facts")),
        ];
        check(&good, "mission", &[]);
        let bad = [
            ("host", FieldValue::Text("drenn")),
            ("people", FieldValue::Text("8")),
            ("dayss", FieldValue::Int(5)),
            ("until", FieldValue::Text("tomorrow")),
        ];
        check(
            &bad,
            "mission",
            &[
                "field `days` is missing",
                "field `host` names `drenn`, which is no party",
                "field `people` is not a whole number",
                "field `task` is missing",
                "field `until` is not a time, written `2026-11-22T05:42:10Z`",
                "field `dayss` is not one of this act's: did you mean `days`?",
            ],
        );
    }

    #[test]
    fn a_word_is_one_of_the_fields_own() {
        check(
            &[("stance", FieldValue::Text("shrug"))],
            "answer",
            &["field `stance` is `shrug`: one of `noted`, `assessed`, `acting`"],
        );
    }

    #[test]
    fn an_observer_comments_and_takes_no_position() {
        let charter = six_rivers();
        assert_eq!(charter.may(&party("pell-union"), &kind("comment"), None), Ok(()));
        let denied = charter.may(&party("pell-union"), &kind("position"), None).unwrap_err();
        assert_eq!(
            denied.to_string(),
            "`pell-union` is of status `observer`, which may not do `position`"
        );
        assert_eq!(denied.article.unwrap().as_str(), "4.2");
    }

    #[test]
    fn an_act_of_the_secretariat_is_refused_to_a_member() {
        let denied = six_rivers().may(&party("halcis"), &kind("mission"), None).unwrap_err();
        assert_eq!(denied.to_string(), "`mission` is for `tag:secretariat`, not for `halcis`");
        assert_eq!(denied.article.unwrap().as_str(), "6.2");
    }

    #[test]
    fn a_mission_of_thirteen_is_beyond_the_delegation() {
        let charter = six_rivers();
        let ask = |who: &str, people: i64| {
            let terms = [("people", FieldValue::Int(people)), ("days", FieldValue::Int(5))]
                .into_iter()
                .collect();
            match charter.delegated(&party(who), &kind("mission"), &terms, &Roles::new()) {
                Delegated::NotNeeded => "not needed".to_owned(),
                Delegated::Within(name) => format!("within {name}"),
                Delegated::Beyond { why, .. } => why,
            }
        };
        assert_eq!(ask("secretariat", 12), "within fact_finding");
        assert_eq!(ask("secretariat", 13), "field `people` is 13: at most 12 without a decision");
        assert_eq!(ask("halcis", 3), "`mission` is delegated to tag:secretariat, not to `halcis`");
    }

    #[test]
    fn a_group_label_is_read_by_its_group_alone() {
        let charter = six_rivers();
        assert_eq!(charter.readers(&label("PUBLIC")), Readers::Everyone);
        let cyber = charter.readers(&label("GROUP(cyber)"));
        assert_eq!(cyber, Readers::Only([party("halcis"), party("quorrin")].into()));
        assert!(!cyber.includes(&party("orvessa")));
        assert_eq!(charter.readers(&label("NOWHERE")), Readers::Only(BTreeSet::new()));
    }

    #[test]
    fn labels_are_joined_along_the_lattice() {
        let charter = six_rivers();
        let join = |a: &str, b: &str| {
            charter.label_join(&label(a), &label(b), |_, _| false).map(|l| l.to_string())
        };
        assert_eq!(join("PUBLIC", "COMPACT"), Some("COMPACT".to_owned()));
        assert_eq!(join("COMPACT", "GROUP(cyber)"), Some("GROUP(cyber)".to_owned()));
        assert_eq!(join("GROUP(health)", "GROUP(cyber)"), None);
        assert!(charter.label_at_least(&label("GROUP(info)"), &label("PUBLIC")));
        assert!(!charter.label_at_least(&label("COMPACT+partners"), &label("COMPACT")));
    }
}
