//! What a sentence tells: who does what to whom, whether it happened, and how sure that is.
//!
//! Every word that may tell an event is a candidate: those of the lexicon, and every verb. A linear model weighs all candidates and
//! all types against each other and against "nothing", so that its probabilities are of the sentence's main event. Who takes part is
//! chosen in the same way among the parties that the sentence names, by the way that leads through the tree from each to the event's
//! word (English), or by cases and order (Russian). No model sees a name: `@` stands for each.
//!
//! ```
//! use veche_coder::document::Document;
//! use veche_coder::event::Coder;
//! use veche_coder::matcher::{Matcher, Vocabulary};
//! use veche_coder::model::english;
//!
//! let (vocabulary, english) = (Vocabulary::shipped()?, english()?);
//! let matcher = Matcher::new(&vocabulary, &[], None);
//! let coder = Coder::shipped(&vocabulary, &matcher, &english)?;
//! let document = Document::read(b"Armenia and Kazakhstan signed an agreement on Tuesday.")?;
//! let coded = coder.code(document, None);
//! let event = &coded.events[0];
//! assert_eq!(event.trigger.of(coded.document.text()), "signed an agreement");
//! let actor = event.actor.as_ref().ok_or("nobody acts")?;
//! assert_eq!(actor.code(&vocabulary, &[]), "ARM");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod candidate;
pub(crate) mod choice;
mod coder;
pub(crate) mod context;
pub(crate) mod kind;
pub(crate) mod mode;
pub(crate) mod models;
pub(crate) mod mood;
mod nationality;
pub(crate) mod reader;
pub(crate) mod role;
pub(crate) mod signal;
pub(crate) mod sink;
mod source;
pub(crate) mod view;
mod why;

pub use choice::CERTAIN;
pub use coder::{Bar, Coded, Coder, Desk};
pub use models::{Models, shipped};
pub use mood::Aux;
pub use reader::Reader;
pub use signal::Signals;
pub use why::Reason;

use crate::actor::Body;
use crate::casualty::Toll;
use crate::date::When;
use crate::matcher::{CharterName, Vocabulary};
use crate::ontology::{Class, Context, Mode, Sector};
use crate::place::Located;
use crate::russian::NameKind;
use crate::text::Span;

/// One event that a sentence tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodedEvent {
    /// What kind.
    pub class: Class,
    /// How, if the words say so.
    pub mode: Option<Mode>,
    /// What keeps it from having happened lately; mostly nothing.
    pub aux: Vec<Aux>,
    /// What the matter of its sentence is; often nothing that the ontology has a name for.
    pub contexts: Vec<Context>,
    /// The sentence.
    pub sentence: Span,
    /// The words that tell it.
    pub trigger: Span,
    /// Who acts.
    pub actor: Option<Participant>,
    /// Who is acted upon.
    pub recipient: Option<Participant>,
    /// Who says so, where the sentence names a source.
    pub attribution: Option<Span>,
    /// Where.
    pub place: Option<Located>,
    /// When, if the day of publication is known and the sentence says more.
    pub when: Option<When>,
    /// How many came to harm; with the likeliest event of a sentence.
    pub tolls: Vec<Toll>,
    /// How likely it is that the sentence's main event is of this kind, in millionths.
    pub probability: u32,
    /// How likely it is that the sentence tells of an event of any kind.
    pub any: u32,
    /// What decided, if that was asked for.
    pub reasons: Vec<Reason>,
}

/// Somebody or something that takes part in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The words.
    pub span: Span,
    /// The state or body that it belongs to.
    pub body: Body,
    /// What kinds of actor it is.
    pub sectors: Vec<Sector>,
    /// How the state or body is known.
    pub basis: Basis,
    /// How likely it is that it is who takes this part, in millionths.
    pub probability: u32,
    /// What its words are the name of, if no table knows them and a network looked for names (in Russian, with its model). A person is told so that nobody takes
    /// the words for a state or a body; nothing else follows from it, and nothing is kept of it.
    pub name: Option<NameKind>,
}

/// How it is known to which state or body somebody belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The words themselves name it, or nothing does.
    Named,
    /// Words that hang on them name it: "the army of Orvessa".
    Described,
    /// It is that of the place, or the one of which the document speaks most: a guess.
    Inferred,
}

impl Basis {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Described => "described",
            Self::Inferred => "inferred",
        }
    }
}

impl Participant {
    /// Returns the code: that of the state or body, then the sectors; empty if neither is known.
    pub fn code(&self, vocabulary: &Vocabulary, charter: &[CharterName]) -> String {
        crate::actor::code(self.body, &self.sectors, vocabulary, charter)
    }
}
