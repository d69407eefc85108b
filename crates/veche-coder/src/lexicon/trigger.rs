use super::table::{Row, read};
use super::{Fault, Language, LexiconError};
use crate::ontology::{Class, Mode};

const COLUMNS: &[&str] =
    &["words", "head", "type", "mode", "actor", "recipient", "strength", "note"];

/// Words that tell of an event, or that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Lemmas in small letters, parted by blanks; `..` stands where other words may come between.
    pub words: String,
    /// Which kind of word bears the meaning.
    pub head: Head,
    /// Of what they tell.
    pub class: Class,
    /// How it was done, where the words say so.
    pub mode: Option<Mode>,
    /// Where the one who acts stands.
    pub actor: ActorSide,
    /// The preposition before the one acted upon; `None` where it is the object, or none is named.
    pub recipient: Option<String>,
    /// Whether the words alone are enough.
    pub strength: Strength,
    /// A remark for people.
    pub note: String,
}

/// The kind of word at the head of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Head {
    /// A verb, in its infinitive.
    Verb,
    /// A noun, in its dictionary form.
    Noun,
    /// An adjective or a participle.
    Adjective,
    /// Several words that mean together what none means alone.
    Phrase,
}

impl Head {
    /// Returns its name, as the tables write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verb => "verb",
            Self::Noun => "noun",
            Self::Adjective => "adj",
            Self::Phrase => "phrase",
        }
    }
}

/// Where the one who acts stands in the clause, if the clause is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActorSide {
    /// The subject of a verb, the possessor of a noun: the usual side.
    Usual,
    /// The object: `face`, `come under`.
    Object,
    /// After "by".
    By,
    /// After "of", a genitive in Russian.
    Of,
    /// After "from".
    From,
    /// Both or all who stand after "between" or "with": the act is mutual.
    Between,
}

/// Whether a trigger is enough by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// With an actor of politics beside them the words mean the event nearly always.
    Strong,
    /// The words mean other things as often.
    Weak,
}

/// Reads a table of triggers. Two triggers differ in their words or in their head.
///
/// # Errors
///
/// The first fault: of the file, its header, a line's columns, then of its cells from left to right, a duplicate last.
pub fn triggers(bytes: &[u8], language: Language) -> Result<Vec<Trigger>, LexiconError> {
    read(bytes, COLUMNS, |row| {
        let trigger = trigger(row, language)?;
        Ok((vec![format!("{} ({})", trigger.words, row.cell("head"))], trigger))
    })
}

fn trigger(row: &Row<'_>, language: Language) -> Result<Trigger, LexiconError> {
    let words = row.lemmas("words", language)?;
    gaps(row, &words)?;
    let head = row.choice(
        "head",
        &[
            ("verb", Head::Verb),
            ("noun", Head::Noun),
            ("adj", Head::Adjective),
            ("phrase", Head::Phrase),
        ],
    )?;
    let class = Class::parse(row.cell("type")).ok_or_else(|| {
        let names: Vec<&str> = Class::all().map(Class::name).collect();
        row.unknown("type", names.join(", "))
    })?;
    let actor = [
        ("", ActorSide::Usual),
        ("obj", ActorSide::Object),
        ("by", ActorSide::By),
        ("of", ActorSide::Of),
        ("from", ActorSide::From),
        ("between", ActorSide::Between),
    ];
    let recipient = row.words("recipient", language)?;
    Ok(Trigger {
        words,
        head,
        class,
        mode: row.mode(class)?,
        actor: row.choice("actor", &actor)?,
        recipient: (!recipient.is_empty()).then_some(recipient),
        strength: row
            .choice("strength", &[("strong", Strength::Strong), ("weak", Strength::Weak)])?,
        note: row.cell("note").to_owned(),
    })
}

fn gaps(row: &Row<'_>, words: &str) -> Result<(), LexiconError> {
    let doubled = words.contains(".. ..");
    let at_an_end = words.starts_with("..") || words.ends_with("..");
    if doubled || at_an_end {
        Err(row.fault(Fault::Gap { found: words.to_owned() }))
    } else {
        Ok(())
    }
}
