//! A form as sent, read as a statement under the charter's own description of the act.

use super::site::Visit;
use crate::node::Statement;
use crate::pages::Sight;
use crate::pages::forms::FIELD_PREFIX;
use std::collections::BTreeMap;
use veche_charter::model::{Act, Duration, Field, FieldForm};
use veche_exchange::text::typed::{self, TypedError};
use veche_ledger::{Hash, Kind, PartyId, UnixSeconds, Value};

/// Longest value of one field, in bytes: the text of a brief; terms end at 64 KiB in all.
pub(crate) const FIELD_LEN_MAX: usize = 32 * 1024;
/// Most fields of a form, repeated ones counted.
pub(crate) const FIELDS_MAX: usize = 256;
/// Most items of a list: a line each.
const ITEMS_MAX: usize = 500;

/// What cannot be read in a form, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", .field.replace('_', " "))]
pub(crate) struct FormFault {
    /// The field.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) what: FormFaultKind,
}

/// What is wrong with a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormFaultKind {
    /// There is no such field.
    #[error("this form has no such field")]
    Unknown,
    /// It comes more than once.
    #[error("it comes twice")]
    Twice,
    /// It is too long, or there are too many.
    #[error("it is longer than {FIELD_LEN_MAX} bytes or has more than {ITEMS_MAX} items")]
    TooLong,
    /// The act is not the charter's.
    #[error("the charter has no such act")]
    NoSuchAct,
    /// A whole number is needed.
    #[error("a whole number is needed")]
    Number,
    /// A time is needed.
    #[error("a time is written `2027-03-01T11:00Z`")]
    Time,
    /// A span is needed.
    #[error("a span is written `6h`, `10d`, `6mo`")]
    Span,
    /// A party is needed.
    #[error("it is none of the charter's parties")]
    Party,
    /// A hash is needed.
    #[error("a hash is 64 hexadecimal digits")]
    Hash,
    /// A numbered text that cannot be understood.
    #[error("{0}")]
    Typed(TypedError),
}

fn fault(field: &str, what: FormFaultKind) -> FormFault {
    FormFault { field: field.to_owned(), what }
}

/// Reads a form as a statement of a seat.
///
/// # Errors
/// [`FormFault`] for the first field that cannot be read. What the charter has against the statement is not asked here.
pub(crate) fn statement(
    sight: &Sight<'_>,
    visit: &Visit,
    sent: &[(String, String)],
) -> Result<Statement, FormFault> {
    if sent.len() > FIELDS_MAX {
        return Err(fault("form", FormFaultKind::TooLong));
    }
    let (plain, fields) = sorted(sent)?;
    let no_act = || fault("kind", FormFaultKind::NoSuchAct);
    let kind = plain.get("kind").and_then(|kind| Kind::parse(kind).ok()).ok_or_else(no_act)?;
    let act = sight.charter().acts.get(&kind).ok_or_else(no_act)?;
    let about = match plain.get("about").filter(|about| !about.is_empty()) {
        Some(leaf) => vec![Hash::parse(leaf).map_err(|_| fault("about", FormFaultKind::Hash))?],
        None => Vec::new(),
    };
    let mut terms = BTreeMap::new();
    for name in fields.keys() {
        if !act.fields.keys().any(|field| field.as_str() == *name) {
            return Err(fault(name, FormFaultKind::Unknown));
        }
    }
    for (name, field) in &act.fields {
        let values = fields.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        if let Some(value) = value(sight, name.as_str(), field, values)? {
            terms.insert(name.to_string(), value);
        }
    }
    if let (Some(prefix), true) = (&act.number, act.opens.is_some()) {
        terms.insert(
            "ref".to_owned(),
            Value::Text(sight.council().next_number_for(sight.party, prefix, sight.now)),
        );
    }
    Ok(Statement {
        party: visit.party.clone(),
        officers: officers(sight, visit, act),
        kind,
        label: None,
        about,
        drill: sight.is_drill,
        terms: Value::Map(terms),
    })
}

/// Returns who signs: the seat's officer; in an exercise, where one visitor sits in all seats of a party, as many more as the act needs.
fn officers(sight: &Sight<'_>, visit: &Visit, act: &Act) -> Vec<String> {
    let mut officers = vec![visit.officer.clone()];
    if sight.is_drill {
        let own = sight.charter().parties.get(&visit.party);
        let others = own
            .into_iter()
            .flat_map(|party| party.keys.officers.keys())
            .filter(|name| **name != visit.officer);
        officers.extend(others.take((act.signatures as usize).saturating_sub(1)).cloned());
    }
    officers
}

type Sorted<'a> = (BTreeMap<&'a str, &'a str>, BTreeMap<&'a str, Vec<&'a str>>);

/// Parts the form's own values from the act's fields.
fn sorted(sent: &[(String, String)]) -> Result<Sorted<'_>, FormFault> {
    let (mut plain, mut fields): Sorted<'_> = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in sent {
        if value.len() > FIELD_LEN_MAX {
            return Err(fault(name, FormFaultKind::TooLong));
        }
        match name.strip_prefix(FIELD_PREFIX) {
            Some(field) => fields.entry(field).or_default().push(value),
            None if !["kind", "about", "back"].contains(&name.as_str()) => {
                return Err(fault(name, FormFaultKind::Unknown));
            }
            None if plain.insert(name, value).is_some() => {
                return Err(fault(name, FormFaultKind::Twice));
            }
            None => {}
        }
    }
    Ok((plain, fields))
}

/// Reads one field; `None` if it was left empty.
fn value(
    sight: &Sight<'_>,
    name: &str,
    field: &Field,
    values: &[&str],
) -> Result<Option<Value>, FormFault> {
    let fail = |what| fault(name, what);
    let joined =
        || values.iter().map(|value| value.replace("\r\n", "\n")).collect::<Vec<_>>().join("\n");
    match field.form {
        FieldForm::Parties => return parties(sight, values).map_err(fail),
        FieldForm::Texts => return list(&joined(), |line| Ok(Value::text(line))).map_err(fail),
        FieldForm::Paragraphs => return paragraphs(&joined()).map_err(fail),
        FieldForm::Other if name == "paragraphs" => {
            let number = |line: &str| {
                line.parse::<u32>()
                    .map(|n| Value::Int(i64::from(n)))
                    .map_err(|_| FormFaultKind::Number)
            };
            return list(&joined(), number).map_err(fail);
        }
        FieldForm::Other => return list(&joined(), |line| Ok(Value::text(line))).map_err(fail),
        FieldForm::Text
        | FieldForm::Word
        | FieldForm::Number
        | FieldForm::Flag
        | FieldForm::Time
        | FieldForm::Duration
        | FieldForm::Party
        | FieldForm::Hash => {}
    }
    let one = match values {
        [] => "",
        [one] => one.trim(),
        _ => return Err(fail(FormFaultKind::Twice)),
    };
    if field.form == FieldForm::Flag {
        return Ok((field.required || one == "true").then_some(Value::Bool(one == "true")));
    }
    if one.is_empty() {
        return Ok(None);
    }
    single(sight, field.form, one).map(Some).map_err(fail)
}

fn single(sight: &Sight<'_>, form: FieldForm, one: &str) -> Result<Value, FormFaultKind> {
    match form {
        FieldForm::Number => one.parse().map(Value::Int).map_err(|_| FormFaultKind::Number),
        FieldForm::Time => time(one).map(Value::text).ok_or(FormFaultKind::Time),
        FieldForm::Duration => {
            Duration::parse(one).map(|_| Value::text(one)).map_err(|_| FormFaultKind::Span)
        }
        FieldForm::Party => {
            let party = PartyId::parse(one)
                .ok()
                .filter(|party| sight.charter().parties.contains_key(party));
            party.map(Value::text).ok_or(FormFaultKind::Party)
        }
        FieldForm::Hash => Hash::parse(one).map(Value::text).map_err(|_| FormFaultKind::Hash),
        FieldForm::Text | FieldForm::Word | FieldForm::Flag => {
            Ok(Value::Text(one.replace("\r\n", "\n")))
        }
        FieldForm::Parties | FieldForm::Texts | FieldForm::Paragraphs | FieldForm::Other => {
            Ok(Value::text(one))
        }
    }
}

/// Reads a time with or without seconds.
fn time(text: &str) -> Option<UnixSeconds> {
    let without_seconds = || UnixSeconds::parse(&format!("{}:00Z", text.strip_suffix('Z')?)).ok();
    UnixSeconds::parse(text).ok().or_else(without_seconds)
}

fn parties(sight: &Sight<'_>, values: &[&str]) -> Result<Option<Value>, FormFaultKind> {
    let party = |id: &&str| {
        let party =
            PartyId::parse(id).ok().filter(|party| sight.charter().parties.contains_key(party));
        party.map(Value::text).ok_or(FormFaultKind::Party)
    };
    let all: Vec<Value> = values.iter().map(party).collect::<Result<_, _>>()?;
    Ok((!all.is_empty()).then_some(Value::List(all)))
}

fn list(
    text: &str,
    item: impl Fn(&str) -> Result<Value, FormFaultKind>,
) -> Result<Option<Value>, FormFaultKind> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > ITEMS_MAX {
        return Err(FormFaultKind::TooLong);
    }
    let items: Vec<Value> = lines.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok((!items.is_empty()).then_some(Value::List(items)))
}

/// Reads numbered paragraphs as a person types them.
fn paragraphs(text: &str) -> Result<Option<Value>, FormFaultKind> {
    let list = typed::paragraphs(text).map_err(FormFaultKind::Typed)?;
    Ok((!list.is_empty()).then_some(Value::List(list)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_leave_its_seconds_out() {
        assert_eq!(time("2027-03-01T11:00Z"), time("2027-03-01T11:00:00Z"));
        assert_eq!(time("tomorrow"), None);
    }
}
