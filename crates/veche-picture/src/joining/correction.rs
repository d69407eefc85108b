//! What an analyst says of reported events: found right, put right, told together, told apart, or no event at all.

use super::mention::{Moment, Party, day, moment};
use super::reference::Reference;
use crate::date::Date;
use serde_json::{Value, json};
use veche_coder::date::Day;
use veche_coder::ontology::Class;

/// Most mentions that one correction names.
pub const NAMED_MAX: usize = 2_000;
/// Longest text of a correction, in bytes: that of a record's field.
const TEXT_LEN_MAX: usize = 64 * 1024;
/// What says in a correction that there is nobody, or no place.
pub const NOBODY: &str = "-";

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The event is as it is told.
    Confirmed,
    /// The event is told, and some of it is otherwise.
    Corrected,
    /// The mentions and the others tell of one event.
    Merged,
    /// The mentions tell of another event than the others.
    Split,
    /// The mentions tell of no event.
    Rejected,
}

impl Finding {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Confirmed, Self::Corrected, Self::Merged, Self::Split, Self::Rejected];

    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Corrected => "corrected",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Rejected => "rejected",
        }
    }

    /// Returns the one of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.word() == word)
    }

    /// Returns whether it says of mentions if they tell an event: the later such word on a mention counts.
    #[must_use]
    pub const fn judges(self) -> bool {
        matches!(self, Self::Confirmed | Self::Corrected | Self::Rejected)
    }
}

/// What is otherwise than reports were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// The type.
    pub class: Option<Class>,
    /// Who acts; nobody, if there is none inside.
    pub actor: Option<Option<Party>>,
    /// Who is acted upon.
    pub recipient: Option<Option<Party>>,
    /// Where: code of the state, and name.
    pub place: Option<Option<Party>>,
    /// The days on which it happened.
    pub days: Option<(Day, Day)>,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// What was found.
    pub finding: Finding,
    /// Of which mentions.
    pub mentions: Vec<Reference>,
    /// Those that they are told together with, or apart from.
    pub others: Vec<Reference>,
    /// What is otherwise.
    pub fields: Fields,
    /// The event as it was called when it was said; for people.
    pub event: String,
    /// Who says so.
    pub analyst: String,
    /// Why.
    pub reason: String,
    /// The record, or what else tells it from others.
    pub record: String,
    /// For which party it was signed; empty if it is not known.
    pub party: String,
    /// When others held it; none while none has been seen to.
    pub known: Option<Moment>,
    /// When its author says that it was said.
    pub stated: Option<Moment>,
    /// The record's number in its log: of two words of one second the later one counts.
    pub number: Option<u64>,
}

/// What is wrong with a correction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {what}")]
pub struct CorrectionFault {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
}

fn fault(field: &str, what: impl Into<String>) -> CorrectionFault {
    CorrectionFault { field: field.to_owned(), what: what.into() }
}

/// The fields of a correction as they were typed or sent: by name, a list by its items.
pub trait Typed {
    /// Returns a text; none where it is not there.
    fn text(&self, field: &str) -> Option<&str>;
    /// Returns the items of a list; none where it is not there.
    fn list(&self, field: &str) -> Option<Vec<&str>>;
    /// Returns a whole number; none where it is not there. What is typed has none.
    fn number(&self, _field: &str) -> Option<u64> {
        None
    }
}

impl Typed for Value {
    fn text(&self, field: &str) -> Option<&str> {
        self[field].as_str().filter(|text| !text.is_empty())
    }

    fn list(&self, field: &str) -> Option<Vec<&str>> {
        self[field].as_array().map(|items| items.iter().filter_map(Self::as_str).collect())
    }

    fn number(&self, field: &str) -> Option<u64> {
        self[field].as_u64()
    }
}

/// Names of the fields that every correction has.
pub const NEEDED: [&str; 5] = ["event", "mentions", "finding", "analyst", "reason"];
/// Names of the fields that some have.
pub const OTHERS: [&str; 6] = ["others", "type", "actor", "recipient", "place", "day"];

/// Reads a party or a place as an analyst types it: `ARM MIL: border troops`, a code alone, words alone, or `-` for nobody.
#[must_use]
pub fn party(text: &str) -> Option<Party> {
    let text = text.trim();
    if text == NOBODY {
        return None;
    }
    let is_code = |code: &str| {
        let codes = code.split_whitespace();
        code.len() >= 3
            && codes.clone().all(|part| {
                (2..=12).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            })
    };
    let code_of = |code: &str| code.split_whitespace().collect::<String>();
    Some(match text.split_once(':') {
        Some((code, words)) if is_code(code.trim()) => {
            Party { code: code_of(code), text: words.trim().to_owned() }
        }
        _ if is_code(text) => Party { code: code_of(text), text: String::new() },
        _ => Party { code: String::new(), text: text.to_owned() },
    })
}

/// Writes a party or a place as [`party`] reads it.
#[must_use]
pub fn party_text(party: Option<&Party>) -> String {
    match party {
        None => NOBODY.to_owned(),
        Some(Party { code, text }) if code.is_empty() => text.clone(),
        Some(Party { code, text }) if text.is_empty() => code.clone(),
        Some(Party { code, text }) => format!("{code}: {text}"),
    }
}

impl Correction {
    /// Reads the fields of a correction.
    ///
    /// # Errors
    /// [`CorrectionFault`], the first that there is.
    pub fn read(typed: &impl Typed) -> Result<Self, CorrectionFault> {
        let needed = |field: &str| {
            let text = typed.text(field).filter(|text| text.len() <= TEXT_LEN_MAX);
            text.map(str::to_owned).ok_or_else(|| fault(field, "it is missing"))
        };
        let word = needed("finding")?;
        let finding = Finding::parse(&word)
            .ok_or_else(|| fault("finding", format!("there is no finding `{word}`")))?;
        let mentions = references(typed, "mentions")?;
        if mentions.is_empty() {
            return Err(fault("mentions", "it names none"));
        }
        let mut others = references(typed, "others")?;
        // Who splits an event names all of its mentions as the others, those that go among them.
        others.retain(|other| !mentions.contains(other));
        let pairs = matches!(finding, Finding::Merged | Finding::Split);
        if pairs && others.is_empty() {
            return Err(fault(
                "others",
                "it names none: told together with what, or apart from what?",
            ));
        }
        let fields = fields(typed)?;
        if (finding == Finding::Corrected) == (fields == Fields::default()) {
            let what = "corrected is what says something of type, actor, recipient, place or day, and nothing else is";
            return Err(fault("finding", what));
        }
        Ok(Self {
            finding,
            mentions,
            others,
            fields,
            event: typed.text("event").unwrap_or_default().to_owned(),
            analyst: needed("analyst")?,
            reason: needed("reason")?,
            record: typed.text("record").unwrap_or_default().to_owned(),
            party: typed.text("party").unwrap_or_default().to_owned(),
            known: time(typed, "known")?,
            stated: time(typed, "stated")?,
            number: typed.number("number"),
        })
    }

    /// Returns it as the object that [`Self::read`] reads.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let names = |all: &[Reference]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut value = json!({
            "finding": self.finding.word(),
            "event": self.event,
            "mentions": names(&self.mentions),
            "analyst": self.analyst,
            "reason": self.reason,
            "record": self.record,
        });
        if !self.others.is_empty() {
            value["others"] = names(&self.others).into();
        }
        for (field, said) in self.told() {
            value[field] = said.into();
        }
        let times = [("known", self.known), ("stated", self.stated)];
        for (field, at) in times.into_iter().filter_map(|(field, at)| Some((field, at?))) {
            value[field] = at.to_string().into();
        }
        if let Some(number) = self.number {
            value["number"] = number.into();
        }
        if !self.party.is_empty() {
            value["party"] = self.party.as_str().into();
        }
        value
    }

    /// Returns what it says is otherwise: names of fields, and what they say.
    #[must_use]
    pub fn told(&self) -> Vec<(&'static str, String)> {
        let Fields { class, actor, recipient, place, days } = &self.fields;
        let named =
            |party: &Option<Option<Party>>| party.as_ref().map(|party| party_text(party.as_ref()));
        let days = days.map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}..{last}"),
        });
        let all = [
            ("type", class.map(|class| class.name().to_owned())),
            ("actor", named(actor)),
            ("recipient", named(recipient)),
            ("place", named(place)),
            ("day", days),
        ];
        all.into_iter().filter_map(|(field, said)| Some((field, said?))).collect()
    }

    /// Returns by what corrections are put in order, the last of which counts: when others held it, those of which that is not known
    /// last; then when it was said, its number in its log, and the record.
    #[must_use]
    pub fn order(&self) -> (bool, Option<Moment>, Option<Moment>, Option<u64>, &str) {
        (self.known.is_none(), self.known, self.stated, self.number, &self.record)
    }
}

fn time(typed: &impl Typed, field: &str) -> Result<Option<Moment>, CorrectionFault> {
    let Some(text) = typed.text(field) else { return Ok(None) };
    let time =
        moment(text).ok_or_else(|| fault(field, "a time like 2026-11-23T08:40:00Z is wanted"));
    time.map(Some)
}

fn references(typed: &impl Typed, field: &str) -> Result<Vec<Reference>, CorrectionFault> {
    let named = typed.list(field).unwrap_or_default();
    if named.len() > NAMED_MAX {
        return Err(fault(field, format!("it names more than {NAMED_MAX} mentions")));
    }
    let read =
        |text: &&str| Reference::parse(text).map_err(|error| fault(field, error.to_string()));
    let mut all: Vec<Reference> = named.iter().map(read).collect::<Result<_, _>>()?;
    all.sort();
    all.dedup();
    Ok(all)
}

fn fields(typed: &impl Typed) -> Result<Fields, CorrectionFault> {
    let class = typed.text("type").map(|name| {
        let known = Class::parse(name).filter(|class| class.quad().is_some());
        known.ok_or_else(|| fault("type", format!("`{name}` is none of the 16 types of PLOVER")))
    });
    Ok(Fields {
        class: class.transpose()?,
        actor: typed.text("actor").map(party),
        recipient: typed.text("recipient").map(party),
        place: typed.text("place").map(party),
        days: typed.text("day").map(days).transpose()?,
    })
}

/// Reads days on which an event may be: those of which events are kept.
fn days(text: &str) -> Result<(Day, Day), CorrectionFault> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let days = day(first.trim()).zip(day(last.trim())).filter(|(first, last)| first <= last);
    let (first, last) = days.ok_or_else(|| {
        fault("day", format!("`{text}` is no day: write 2026-11-23, or 2026-11-23..2026-11-25"))
    })?;
    let is_kept = |day: Day| Date::parse(&day.to_string()).is_ok();
    if !is_kept(first) || !is_kept(last) {
        return Err(fault(
            "day",
            format!("`{text}` lies before 1980 or after 2199: look at the year"),
        ));
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_a_code_and_words_or_one_of_both_or_nobody() {
        let check = |text: &str, code: &str, words: &str| {
            let found = party(text).unwrap();
            assert_eq!((found.code.as_str(), found.text.as_str()), (code, words), "{text}");
        };
        check("ARM MIL: border troops", "ARMMIL", "border troops");
        check("ARM", "ARM", "");
        check("the mayor", "", "the mayor");
        check("Sotk: the mine", "", "Sotk: the mine");
        assert_eq!(party("-"), None);
    }

    #[test]
    fn a_correction_says_something_and_nothing_else_does() {
        let mut value = json!({
            "finding": "corrected", "mentions": ["a#1-2@9f2c71ab03d4e5f6"], "analyst": "A. Reader", "reason": "read it",
        });
        assert!(Correction::read(&value).is_err());
        value["type"] = "PROTEST".into();
        let read = Correction::read(&value).unwrap();
        assert_eq!(Correction::read(&read.to_json()).unwrap(), read);
        value["finding"] = "confirmed".into();
        assert!(Correction::read(&value).is_err());
    }

    #[test]
    fn a_day_of_which_no_event_is_kept_is_refused() {
        let check = |text: &str, expected: &str| {
            let value = json!({
                "finding": "corrected", "mentions": ["a#1-2@9f2c71ab03d4e5f6"], "analyst": "A. Reader", "reason": "read it",
                "day": text,
            });
            let found = Correction::read(&value).map(|_| String::new());
            let found = found.unwrap_or_else(|fault| fault.to_string());
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{found}");
        };
        check("1980-01-01..2199-12-31", "");
        check("2207-03-02", "`day`: `2207-03-02` lies before 1980 or after 2199");
        check("1979-12-31..1980-01-02", "lies before 1980");
        check("2199-12-31..2200-01-01", "after 2199");
        check("2 March", "is no day");
    }

    #[test]
    fn who_splits_names_all_and_those_that_go() {
        let value = json!({
            "finding": "split", "analyst": "A. Reader", "reason": "two towns", "mentions": ["a#1-2@9f2c71ab03d4e5f6"],
            "others": ["a#1-2@9f2c71ab03d4e5f6", "b#1-2@9f2c71ab03d4e5f6"],
        });
        assert_eq!(Correction::read(&value).unwrap().others.len(), 1);
    }
}
