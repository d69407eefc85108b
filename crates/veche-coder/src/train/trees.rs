//! Trains the parser: with a dynamic oracle, along the ways that the parser itself takes.

use super::Recipe;
use super::pack;
use super::perceptron::{Feature, Random, Weights, merged};
use super::treebank::Tree;
use crate::model::table::{Sums, best};
use crate::model::{CLASSES_MAX, Kind, write};
use crate::parse::{
    MOVES, Move, Relation, Sentence, State, ahead_features, arc_features, relation_features,
};
use crate::tag::Tag;

/// A tree to learn from: its words with the tags that a tagger gave them.
struct Example {
    sentence: Sentence,
    gold: Gold,
}

/// What is wanted.
struct Gold {
    /// The head of each word; that of the root is the place behind the last word.
    heads: Vec<usize>,
    /// The words that hang on each word, and on the root.
    dependents: Vec<Vec<usize>>,
    /// The class of each word's relation.
    relations: Vec<u8>,
}

/// A parser under training.
struct Learner<'r> {
    arcs: Weights,
    relations: Weights,
    classes: usize,
    recipe: &'r Recipe,
    keys: Vec<u64>,
    /// The round is the last one.
    counts: bool,
}

/// The two models of a parser.
pub(crate) struct Parsers {
    pub(crate) arcs: Vec<u8>,
    pub(crate) relations: Vec<u8>,
}

/// Trains a parser on trees and the tags that their words were given.
pub(crate) fn train(trees: &[&Tree], tags: &[Vec<Tag>], recipe: &Recipe) -> Learnt {
    let mut classes: Vec<Relation> = trees.iter().flat_map(|tree| tree.relations.clone()).collect();
    classes.sort_unstable();
    classes.dedup();
    let pairs = trees.iter().zip(tags);
    let examples: Vec<Example> =
        pairs.map(|(tree, tags)| Example::new(tree, tags, &classes)).collect();
    let run = |run: u64| run_once(&examples, classes.len(), recipe, Random(recipe.seed + run));
    // Each run is alone with its weights, so that threads change nothing about the result.
    let learnt = std::thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> =
            (0..recipe.parse_runs).map(|at| scope.spawn(move || run(at))).collect();
        let learnt = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        learnt.collect::<Vec<_>>()
    });
    let (arcs, relations): (Vec<_>, Vec<_>) = learnt.into_iter().unzip();
    Learnt { arcs: merged(arcs), relations: merged(relations), classes }
}

/// What a parser has learnt.
pub(crate) struct Learnt {
    arcs: Vec<Feature>,
    relations: Vec<Feature>,
    classes: Vec<Relation>,
}

impl Learnt {
    /// Makes the two models.
    pub(crate) fn pack(&self, recipe: &Recipe) -> Parsers {
        let rows = pack::rows(&self.relations, recipe.relation_buckets);
        let codes: Vec<[u8; 2]> = self.classes.iter().map(|class| [class.code(), 0]).collect();
        Parsers {
            arcs: write(Kind::Arcs, &[], &[&pack::moves(&self.arcs, recipe.arc_buckets)]),
            relations: write(Kind::Relations, &codes, &[&rows]),
        }
    }
}

fn run_once(
    examples: &[Example],
    classes: usize,
    recipe: &Recipe,
    mut random: Random,
) -> (Vec<Feature>, Vec<Feature>) {
    let mut learner = Learner {
        arcs: Weights::new(),
        relations: Weights::new(),
        classes,
        recipe,
        keys: Vec::new(),
        counts: false,
    };
    let mut order: Vec<&Example> = examples.iter().collect();
    for round in 0..recipe.parse_rounds {
        random.shuffle(&mut order);
        learner.counts = round + 1 == recipe.parse_rounds;
        for example in &order {
            // The first round keeps to the right way: what weights would choose is still noise.
            learner.learn(example, round > 0);
        }
    }
    (learner.arcs.averaged(), learner.relations.averaged())
}

impl Example {
    fn new(tree: &Tree, tags: &[Tag], classes: &[Relation]) -> Self {
        let root = tree.words.len();
        let heads: Vec<usize> =
            tree.projective_heads().into_iter().map(|head| head.unwrap_or(root)).collect();
        let mut dependents = vec![Vec::new(); root + 1];
        for (word, head) in heads.iter().enumerate() {
            dependents[*head].push(word);
        }
        let class = |relation: &Relation| {
            classes.binary_search(relation).ok().and_then(|at| u8::try_from(at).ok())
        };
        let relations =
            tree.relations.iter().map(|relation| class(relation).unwrap_or(0)).collect();
        Self {
            sentence: Sentence::new(&tree.words, tags),
            gold: Gold { heads, dependents, relations },
        }
    }
}

impl Gold {
    /// Returns how many wanted arcs can no longer be made once a move is taken (Goldberg and Nivre 2013, section 4.2).
    fn cost(&self, state: &State, step: Move) -> usize {
        let next = state.next();
        let Some(top) = state.stack(0) else { return 0 };
        let to_come = |words: &[usize]| words.iter().filter(|word| **word >= next).count();
        let head = self.heads[top];
        match step {
            Move::Left => {
                let lost = head != next && (head > next || state.stack(1) == Some(head));
                usize::from(lost) + to_come(&self.dependents[top])
            }
            Move::Right => usize::from(head >= next) + to_come(&self.dependents[top]),
            Move::Shift => {
                let stacked = state.stacked();
                let mut below = stacked.iter().rev().skip(1);
                let waiting = |word: &&usize| stacked.contains(word);
                let lost = below.any(|word| self.heads[next] == *word);
                usize::from(lost) + self.dependents[next].iter().filter(waiting).count()
            }
        }
    }
}

/// A move with its sum and class.
type Scored = (i32, u8, Move);

/// Returns each move that can be taken: its class, and what it costs beyond the cheapest.
fn costs(gold: &Gold, state: &State) -> Vec<(u8, Move, usize)> {
    let allowed = (0..).zip(MOVES).filter(|(_, step)| state.allows(*step));
    let mut costs: Vec<(u8, Move, usize)> =
        allowed.map(|(class, step)| (class, step, gold.cost(state, step))).collect();
    let least = costs.iter().map(|(_, _, cost)| *cost).min().unwrap_or(0);
    for (_, _, cost) in &mut costs {
        *cost -= least;
    }
    costs
}

/// Returns the moves with the largest sums: of those that cost nothing, and of the others.
fn best_of(costs: &[(u8, Move, usize)], sums: &Sums) -> (Option<Scored>, Option<Scored>) {
    let best = |is_right: bool| {
        let of_kind = costs.iter().filter(|(_, _, cost)| (*cost == 0) == is_right);
        let scored = of_kind.map(|(class, step, _)| (sums[usize::from(*class)], *class, *step));
        // The first of equals, as the parser takes it.
        scored.rev().max_by_key(|(sum, _, _)| *sum)
    };
    (best(true), best(false))
}

impl Learner<'_> {
    fn learn(&mut self, example: &Example, explores: bool) {
        let mut state = State::new(example.sentence.len());
        while !state.is_final() {
            let step = match state.forced() {
                Some(step) => step,
                None => self.learn_move(example, &state, explores),
            };
            let relation = self.learn_relation(example, &state, step);
            state.take(step, relation);
        }
    }

    /// Learns at one state, and returns the move to take.
    fn learn_move(
        &mut self,
        Example { sentence, gold }: &Example,
        state: &State,
        explores: bool,
    ) -> Move {
        self.keys.clear();
        ahead_features(sentence, state.next(), &mut self.keys);
        arc_features(sentence, state, &mut self.keys);
        let mut sums: Sums = [0; CLASSES_MAX];
        if self.counts {
            self.arcs.count(&self.keys);
        }
        self.arcs.add(&self.keys, &mut sums);
        let (right, wrong) = best_of(&costs(gold, state), &sums);
        let Some((good, class, step)) = right else { return Move::Shift };
        self.arcs.step();
        let Some((bad, rival, other)) = wrong else { return step };
        if good - bad <= self.recipe.arc_margin {
            self.arcs.update(&self.keys, class, 1);
            self.arcs.update(&self.keys, rival, -1);
        }
        if explores && bad >= good { other } else { step }
    }

    /// Learns the relation of the arc that a move makes, if it is a wanted one, and returns the class that the weights choose.
    fn learn_relation(
        &mut self,
        Example { sentence, gold }: &Example,
        state: &State,
        step: Move,
    ) -> u8 {
        let Some(arc) = state.arc(step) else { return 0 };
        self.keys.clear();
        relation_features(sentence, state, arc, &mut self.keys);
        let mut sums: Sums = [0; CLASSES_MAX];
        if self.counts {
            self.relations.count(&self.keys);
        }
        self.relations.add(&self.keys, &mut sums);
        let chosen = best(&sums, self.classes);
        self.relations.step();
        if gold.heads[arc.dependent] != arc.head {
            return chosen;
        }
        let wanted = gold.relations[arc.dependent];
        sums[usize::from(wanted)] -= self.recipe.relation_margin;
        let rival = best(&sums, self.classes);
        if rival != wanted {
            self.relations.update(&self.keys, wanted, 1);
            self.relations.update(&self.keys, rival, -1);
        }
        chosen
    }
}
