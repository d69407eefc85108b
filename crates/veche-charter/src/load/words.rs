//! The small languages inside texts: names, actors, durations, thresholds, fields.

use crate::fault::{FaultKind, did_you_mean};
use crate::model::{Actor, Duration, Field, FieldForm, Threshold, Vocabulary};
use crate::name::{RoleName, StatusName, Tag};
use crate::text::{Findings, Path, Reader, brief};
use std::collections::BTreeSet;
use std::fmt::Display;
use veche_ledger::PartyId;

/// How a kind of name is parsed.
pub(super) type Parse<'p, T, E> = &'p dyn Fn(&str) -> Result<T, E>;

/// Reads a name; faults it if it is none.
pub(super) fn name<T, E: Display>(
    path: &[String],
    text: &str,
    expected: &'static str,
    parse: Parse<'_, T, E>,
    f: &mut Findings<'_>,
) -> Option<T> {
    match parse(text) {
        Ok(name) => Some(name),
        Err(error) => {
            let key = path.last().map(|key| brief(key).to_owned()).unwrap_or_default();
            let shown = brief(text);
            let what = FaultKind::WrongForm { key, expected, found: format!("`{shown}`") };
            // What is wrong with a long text is told of its beginning, if that is no name either.
            let error = if shown == text { Some(error) } else { parse(shown).err() };
            f.add(path, what, error.map(|error| error.to_string()));
            None
        }
    }
}

/// Reads the name under a key. A key that `finish` finds asked for but that is required is faulted by the caller.
pub(super) fn text_name<T, E: Display>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    expected: &'static str,
    parse: Parse<'_, T, E>,
    f: &mut Findings<'_>,
) -> Option<T> {
    let text = r.text(key, f)?;
    name(&r.at(key), text, expected, parse, f)
}

/// Reads a name that must be there.
pub(super) fn required_name<T, E: Display>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    expected: &'static str,
    parse: Parse<'_, T, E>,
    f: &mut Findings<'_>,
) -> Option<T> {
    let text = r.required_text(key, f)?;
    name(&r.at(key), text, expected, parse, f)
}

/// Reads a name or a list of names.
pub(super) fn names<T: Ord, E: Display>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    expected: &'static str,
    parse: Parse<'_, T, E>,
    f: &mut Findings<'_>,
) -> BTreeSet<T> {
    r.texts(key, f)
        .into_iter()
        .filter_map(|(path, text)| name(&path, text, expected, parse, f))
        .collect()
}

/// Reads `any`, `role`, `!role`, `member:!role`, `status:a|b`, `tag:x`, `party:x`.
pub(super) fn actor(text: &str) -> Result<Actor, String> {
    let fault = |e: &dyn Display| e.to_string();
    match text.split_once(':') {
        Some(("status", list)) => {
            let set: Result<BTreeSet<StatusName>, _> =
                list.split('|').map(StatusName::parse).collect();
            set.map(Actor::Status).map_err(|e| fault(&e))
        }
        Some(("tag", tag)) => Tag::parse(tag).map(Actor::Tag).map_err(|e| fault(&e)),
        Some(("member", rest)) => match rest.strip_prefix('!').map(RoleName::parse) {
            Some(role) => role.map(Actor::MemberNotRole).map_err(|e| fault(&e)),
            None => {
                Err("after `member:` comes `!` and a role; every member is `status:member`"
                    .to_owned())
            }
        },
        Some(("party", id)) => PartyId::parse(id).map(Actor::Party).map_err(|e| fault(&e)),
        Some((prefix, _)) => Err(did_you_mean(prefix, ["status", "tag", "party", "member"])
            .unwrap_or_else(|| "write `status:a|b`, `tag:x` or `party:x`".to_owned())),
        None if text == "any" => Ok(Actor::Any),
        None => match text.strip_prefix('!') {
            Some(role) => RoleName::parse(role).map(Actor::NotRole).map_err(|e| fault(&e)),
            None => RoleName::parse(text).map(Actor::Role).map_err(|e| fault(&e)),
        },
    }
}

/// Reads the actor under a key.
pub(super) fn actor_at(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    f: &mut Findings<'_>,
) -> Option<Actor> {
    text_name(r, key, "an actor", &actor, f)
}

/// Reads a duration under a key.
pub(super) fn duration_at(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    f: &mut Findings<'_>,
) -> Option<Duration> {
    text_name(r, key, "a duration", &Duration::parse, f)
}

/// Reads `2/3`.
pub(super) fn share(text: &str) -> Result<Threshold, &'static str> {
    const FORM: &str = "a share is two whole numbers and a slash, at most a whole: `2/3`";
    let (above, below) = text.split_once('/').ok_or(FORM)?;
    match (above.parse::<u32>(), below.parse::<u32>()) {
        (Ok(above), Ok(below)) if below > 0 && above <= below => {
            Ok(Threshold::Share(above.into(), below.into()))
        }
        _ => Err(FORM),
    }
}

const FORMS: [(&str, FieldForm); 12] = [
    ("text", FieldForm::Text),
    ("word", FieldForm::Word),
    ("number", FieldForm::Number),
    ("flag", FieldForm::Flag),
    ("time", FieldForm::Time),
    ("duration", FieldForm::Duration),
    ("party", FieldForm::Party),
    ("parties", FieldForm::Parties),
    ("hash", FieldForm::Hash),
    ("texts", FieldForm::Texts),
    ("paragraphs", FieldForm::Paragraphs),
    ("other", FieldForm::Other),
];

/// Reads a field's form: `text`, `text!`, `word! a|b|c`, `number! <=12`.
pub(super) fn field(text: &str) -> Result<Field, String> {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (word, required) = head.strip_suffix('!').map_or((head, false), |word| (word, true));
    let Some((_, form)) = FORMS.iter().find(|(name, _)| *name == word) else {
        return Err(did_you_mean(word, FORMS.iter().map(|(name, _)| *name)).unwrap_or_else(|| {
            let all: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
            format!("forms: {}", all.join(", "))
        }));
    };
    let mut field = Field { form: *form, required, max: None, one_of: Vocabulary::default() };
    match (rest.trim(), form) {
        ("", _) => {}
        (rest, FieldForm::Number) => {
            let max = rest.strip_prefix("<=").and_then(|n| n.trim().parse().ok());
            field.max = Some(max.ok_or_else(|| {
                "after `number` comes at most a limit: `number! <=12`".to_owned()
            })?);
        }
        (rest, FieldForm::Word) => field.one_of = words(rest)?,
        _ => return Err(format!("nothing follows `{head}`")),
    }
    Ok(field)
}

fn words(text: &str) -> Result<Vocabulary, String> {
    let mut out = Vocabulary::default();
    for word in text.split('|').map(str::trim) {
        let word = crate::name::StateName::parse(word).map_err(|e| e.to_string())?;
        if !out.push(word.as_str()) {
            return Err(format!("`{word}` stands there twice"));
        }
    }
    Ok(out)
}

/// Returns the path one step further.
pub(super) fn join(path: &[String], key: &str) -> Path {
    let mut out = path.to_vec();
    out.push(key.to_owned());
    out
}
