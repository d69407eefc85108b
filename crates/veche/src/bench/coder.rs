//! `veche bench coder`: how often coded events are right, on a gold file and on the project's own sentences.

mod chance;
mod clusters;
mod gold;
mod own;

use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
pub(crate) use clusters::run as clusters;
use own::By;
use std::path::Path;
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::{Language, english};

/// Most bytes of a gold file or of a file of labelled sentences.
const FILE_LEN_MAX: u64 = 64 * 1024 * 1024;

/// The file of a folder of sentences that lists the states which they make up.
const STATES: &str = "states.tsv";

/// What texts are read with.
struct Kit {
    vocabulary: Vocabulary,
    matcher: Matcher,
    english: Language<'static>,
}

impl Kit {
    fn new() -> Result<Self, Failure> {
        let vocabulary = Vocabulary::shipped().map_err(|error| failure(&error.to_string()))?;
        let matcher = Matcher::new(&vocabulary, &[], None);
        let english = english().map_err(|error| failure(&error.to_string()))?;
        Ok(Self { vocabulary, matcher, english })
    }

    /// Returns the same with the states that a folder of sentences makes up, where it lists any: to its reader they are states, as to
    /// a node the parties of its charter are.
    fn with_states(&self, folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(STATES);
        let vocabulary = Vocabulary::shipped().map_err(|error| failure(&error.to_string()))?;
        let vocabulary = if path.exists() {
            let table = file::read(&path, FILE_LEN_MAX)?;
            vocabulary.with_nations(&table).map_err(|error| failure(&error.to_string()))?
        } else {
            vocabulary
        };
        let english = english().map_err(|error| failure(&error.to_string()))?;
        Ok(Self { matcher: Matcher::new(&vocabulary, &[], None), vocabulary, english })
    }
}

fn failure(what: &str) -> Failure {
    Failure::new(FailureKind::Coder(what.to_owned()))
}

/// Scores the coder.
///
/// # Errors
/// [`Failure`]: the files, or what stands in them.
pub(crate) fn run(
    gold: Option<&Path>,
    own: Option<&Path>,
    held: Option<&Path>,
) -> Result<Answer, Failure> {
    let kit = Kit::new()?;
    match (gold, own, held) {
        (Some(gold), ..) => gold::run(&kit, gold),
        (None, Some(own), _) => own::run(&kit, own, By::Parts),
        (None, None, Some(held)) => own::run(&kit, held, By::Shipped),
        (None, None, None) => Err(failure("neither a gold file nor sentences were named")),
    }
}
