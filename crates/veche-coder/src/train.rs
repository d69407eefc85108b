//! Makes the models from treebanks. Only `cargo xtask train` and tests come here.
//!
//! Training is in integers, and two threads change nothing of it: the same trees and the same recipe give the same bytes on each machine.

mod choice;
mod clusters;
mod contexts;
mod corrections;
mod events;
mod lemmas;
mod pack;
mod perceptron;
mod running;
mod tags;
mod treebank;
mod trees;

pub use choice::ChoiceRecipe;
pub use clusters::{ClusterRecipe, Vectors, VectorsError, train_clusters};
pub use contexts::ContextRecipe;
pub use corrections::{Corrected, corrected};
pub use events::{
    EventRecipe, Labelled, LabelledError, LabelledEvent, Lessons, labelled, labelled_elsewhere,
    train_events, with_contexts,
};
pub use running::running;
pub use treebank::{Tree, TreebankError, TreebankFault, treebank};

use crate::tag::{Tag, Tagger};

/// How models are trained. Whoever changes it makes other models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Where random order begins.
    pub seed: u64,
    /// Rounds of the tagger over all sentences.
    pub tag_rounds: usize,
    /// Sentences are divided so many times for tags that the parser learns from: no tagger gives tags to what it learnt from.
    pub folds: usize,
    /// Runs of the parser, each in another order; their weights are added up.
    pub parse_runs: u64,
    /// Rounds of each run over all sentences.
    pub parse_rounds: usize,
    /// A right choice is learnt again if a wrong one comes as near as this.
    pub tag_margin: i32,
    /// The same for moves.
    pub arc_margin: i32,
    /// The same for relations.
    pub relation_margin: i32,
    /// Buckets of the tagger's dictionary, 32 bytes each.
    pub dictionary_buckets: usize,
    /// Buckets of the tagger's weights, 64 bytes each.
    pub tag_buckets: usize,
    /// Buckets of the weights of moves, 32 bytes each.
    pub arc_buckets: usize,
    /// Buckets of the weights of relations, 64 bytes each.
    pub relation_buckets: usize,
    /// Buckets of the lemmatiser, 32 bytes each.
    pub lemma_buckets: usize,
}

impl Recipe {
    /// Returns the recipe of the committed models.
    pub const fn english() -> Self {
        Self {
            seed: 6,
            tag_rounds: 4,
            folds: 5,
            parse_runs: 2,
            parse_rounds: 4,
            tag_margin: 10,
            arc_margin: 60,
            relation_margin: 30,
            dictionary_buckets: 2_000,
            tag_buckets: 24_000,
            arc_buckets: 98_000,
            relation_buckets: 36_000,
            lemma_buckets: 2_250,
        }
    }
}

/// Model files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trained {
    /// A model of [`Kind::Tags`](crate::model::Kind::Tags).
    pub tags: Vec<u8>,
    /// A model of [`Kind::Arcs`](crate::model::Kind::Arcs).
    pub arcs: Vec<u8>,
    /// A model of [`Kind::Relations`](crate::model::Kind::Relations).
    pub relations: Vec<u8>,
    /// A model of [`Kind::Lemmas`](crate::model::Kind::Lemmas).
    pub lemmas: Vec<u8>,
}

/// Trains all models.
pub fn train(trees: &[Tree], recipe: &Recipe) -> Trained {
    let trees: Vec<&Tree> = trees.iter().collect();
    let given = tags_by_others(&trees, recipe);
    let trees::Parsers { arcs, relations } = trees::train(&trees, &given, recipe).pack(recipe);
    let (tags, lemmas) = (tags::train(&trees, recipe), lemmas::train(&trees, recipe));
    Trained { tags, arcs, relations, lemmas }
}

/// Sentences of one fold that follow each other: neighbours come from one text.
const FOLD_RUN: usize = 40;

/// Returns for each tree the tags that a tagger gives which has not learnt from it.
fn tags_by_others(trees: &[&Tree], recipe: &Recipe) -> Vec<Vec<Tag>> {
    let fold_of = |at: usize| (at / FOLD_RUN) % recipe.folds;
    let of_fold = |fold: usize| {
        let (own, others): (Vec<_>, Vec<_>) = (0..trees.len()).partition(|at| fold_of(*at) == fold);
        let others: Vec<&Tree> = others.into_iter().map(|at| trees[at]).collect();
        let model = tags::train(&others, recipe);
        let tagger = Tagger::read(&model).ok();
        let tags = |at: usize| tagger.as_ref().map(|tagger| (at, tagger.tag(&trees[at].words)));
        own.into_iter().filter_map(tags).collect::<Vec<_>>()
    };
    let (even, odd): (Vec<usize>, Vec<usize>) = (0..recipe.folds).partition(|fold| fold % 2 == 0);
    let of_folds = |folds: Vec<usize>| folds.into_iter().flat_map(of_fold).collect::<Vec<_>>();
    let (even, odd) = std::thread::scope(|scope| {
        let odd = scope.spawn(|| of_folds(odd));
        (of_folds(even), odd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let mut given = vec![Vec::new(); trees.len()];
    for (at, tags) in even.into_iter().chain(odd) {
        given[at] = tags;
    }
    given
}
