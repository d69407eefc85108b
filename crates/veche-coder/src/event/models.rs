//! The model file of events: what a candidate tells, who acts, who is acted upon.

use super::choice::Choice;
use super::context::Contexts;
use super::mode::modes;
use super::mood::Aux;
use crate::lexicon::Language;
use crate::model::hash;
use crate::model::{Kind, ModelError, Parts, write};
use crate::ontology::{Class, Mode};

/// The models of one language.
#[derive(Debug)]
pub struct Models<'m> {
    /// Candidates by class; "nothing" stands for NONE.
    pub(crate) kinds: Choice<'m>,
    /// Who acts.
    pub(crate) actors: Choice<'m>,
    /// Who is acted upon.
    pub(crate) recipients: Choice<'m>,
    /// How it was done.
    pub(crate) modes: Choice<'m>,
    /// Whether it happened.
    pub(crate) moods: Choice<'m>,
    /// What the matter is.
    pub(crate) contexts: Contexts<'m>,
    /// The classes of kinds, in their order.
    pub(crate) classes: Vec<Class>,
    /// Every mode with its class, in the order of the model's classes, from 1.
    pub(crate) of_class: Vec<(Class, Mode)>,
}

/// Parts of a model file: rows and meta of each choice.
pub(crate) const PARTS: usize = 12;

/// Returns the one feature that a choice of a single thing shares with nothing.
pub(crate) fn bias() -> u64 {
    hash::text("bias")
}

/// Classes of a choice of somebody: nobody, and this one.
pub(crate) const SOMEBODY: usize = 2;

/// Returns the classes of the model of kinds, in their order: that of nothing first.
pub(crate) fn classes() -> Vec<Class> {
    let (none, others): (Vec<Class>, Vec<Class>) =
        Class::all().partition(|class| class.name() == "NONE");
    none.into_iter().chain(others).collect()
}

impl<'m> Models<'m> {
    /// Reads a model file.
    ///
    /// # Errors
    /// If the bytes are no such model of this version, or not as they were written.
    pub fn read(bytes: &'m [u8]) -> Result<Self, ModelError> {
        let kind = Kind::Events;
        let Parts { classes, parts } = Parts::<PARTS>::read(kind, bytes)?;
        let own = self::classes();
        if classes != codes() {
            return Err(kind.malformed("list of classes"));
        }
        let choice = |at: usize, classes: usize, name: &'static str| {
            Choice::read(parts[at], classes, parts[at + 1]).ok_or(kind.malformed(name))
        };
        Ok(Self {
            kinds: choice(0, codes().len(), "choice of kinds")?,
            actors: choice(2, SOMEBODY, "choice of actors")?,
            recipients: choice(4, SOMEBODY, "choice of recipients")?,
            modes: choice(6, modes().len() + 1, "choice of modes")?,
            moods: choice(8, Aux::ALL.len() + 1, "choice of moods")?,
            contexts: Contexts::read(parts[10], parts[11]).ok_or(kind.malformed("contexts"))?,
            classes: own,
            of_class: modes(),
        })
    }

    /// Writes a model file of parts: rows and meta of each choice.
    pub(crate) fn write(parts: &[&[u8]; PARTS]) -> Vec<u8> {
        write(Kind::Events, &codes(), parts)
    }
}

/// Bytes that begin at a line of the processor's cache, as the buckets of their tables should.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static ENGLISH: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/english-events.bin"));
static RUSSIAN: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/russian-events.bin"));
static RUSSIAN_TREES: &Aligned<[u8]> =
    &Aligned(*include_bytes!("../../models/russian-trees-events.bin"));

/// Returns the models of a language that the program carries.
///
/// # Errors
/// If the program's own bytes are damaged.
pub fn shipped(language: Language) -> Result<Models<'static>, ModelError> {
    match language {
        Language::English => Models::read(&ENGLISH.0),
        Language::Russian => Models::read(&RUSSIAN.0),
    }
}

/// Returns the models for Russian sentences of which there are trees.
///
/// # Errors
/// If the program's own bytes are damaged.
pub(crate) fn shipped_for_trees() -> Result<Models<'static>, ModelError> {
    Models::read(&RUSSIAN_TREES.0)
}

/// Returns the code of each class: its place in the ontology.
fn codes() -> Vec<[u8; 2]> {
    let place = |class: &Class| Class::all().position(|other| other == *class);
    classes()
        .iter()
        .map(|class| [place(class).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX), 0])
        .collect()
}
