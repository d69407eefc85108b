//! Russian words tagged and parsed, and names found among them, by the networks of natasha's Slovnet (morphology, syntax and names of news;
//! MIT licence).
//!
//! The model is a file of its own, of 35 MB: `models/russian.py` makes it from natasha's wheel, and only the one with the expected hash
//! is taken. Each word is looked at with its two neighbours on each of three layers; who hangs on whom is a score for each pair of words.
//!
//! **Invariant:** the same bytes on each machine. Sums of floating point are taken one by one in the order that is written down here, no
//! operation is fused, and nothing but `+`, `-`, `*`, `/` and comparison is used, of which IEEE 754 fixes each result.

mod features;
mod name;
mod network;
mod shape;
mod tree;
mod words;

pub use features::{
    Animacy, Aspect, Case, Features, Gender, Mood, Number, Person, Tense, VerbForm, Voice,
};
pub use name::{Name, NameKind};

use crate::model::{Kind, ModelError, Parts};
use crate::parse::{Head, Relation};
use crate::tag::{self, Penn, Upos};
use features::Tag;
use name::Names;
use network::{Encoder, Linear, Matrix, Numbers};
use shape::{SHAPES, shape};
use words::Words;

/// SHA-256 of the body of the model that is taken, in hexadecimal digits.
pub const MODEL_SHA256: &str = "df953249ebdda4d5ac75ac1fc595c945848901d2081055109636f8fd2ae41713";

/// Words that are looked at together. Whoever writes a longer sentence has it analysed in pieces: time grows with the square.
const PIECE_LEN_MAX: usize = 256;

/// Words that are remembered, each with 3 kB a network; a prime number, so that words spread over the places.
const MEMORY_LEN: usize = 4_093;

/// Numbers of a word's vector, of its shape's, and of what comes out of the layers.
const WORD_DIM: usize = 300;
const SHAPE_DIM: usize = 30;
const INPUT_DIM: usize = WORD_DIM + SHAPE_DIM;
const LAYERS: [(usize, usize); 3] = [(INPUT_DIM, 256), (256, 128), (128, 64)];
const OUTPUT_DIM: usize = 64;

/// Numbers by which two words are compared.
const PAIR_DIM: usize = 32;

/// What is known of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Universal part of speech.
    pub upos: Upos,
    /// Case, number, tense and the like.
    pub features: Features,
    /// What the word hangs on, and how.
    pub head: Head,
}

impl Word {
    /// Returns its part of speech with the tag of the Penn Treebank that says as much of an English word, so that features of trees
    /// need know one language's tags alone.
    pub fn tag(&self) -> tag::Tag {
        let plural = self.features.number == Some(Number::Plural);
        let penn = match self.upos {
            Upos::Noun => {
                if plural {
                    Penn::Nns
                } else {
                    Penn::Nn
                }
            }
            Upos::Propn => {
                if plural {
                    Penn::Nnps
                } else {
                    Penn::Nnp
                }
            }
            Upos::Verb | Upos::Aux => self.verb(),
            Upos::Adj => Penn::Jj,
            Upos::Adv => Penn::Rb,
            Upos::Adp | Upos::Sconj => Penn::In,
            Upos::Pron => Penn::Prp,
            Upos::Det => Penn::Dt,
            Upos::Num => Penn::Cd,
            Upos::Cconj => Penn::Cc,
            Upos::Part => Penn::Rp,
            Upos::Intj => Penn::Uh,
            Upos::Punct => Penn::Stop,
            Upos::Sym => Penn::Sym,
            Upos::X => Penn::Fw,
        };
        tag::Tag { upos: self.upos, penn }
    }

    fn verb(&self) -> Penn {
        match (self.features.verb_form, self.features.tense, self.features.voice) {
            (Some(VerbForm::Infinitive), ..) => Penn::Vb,
            (Some(VerbForm::Participle), _, Some(Voice::Passive)) => Penn::Vbn,
            (Some(VerbForm::Participle | VerbForm::Converb), ..) => Penn::Vbg,
            (_, Some(Tense::Past), _) => Penn::Vbd,
            (_, Some(Tense::Future), _) => Penn::Md,
            (_, Some(Tense::Present) | None, _) => Penn::Vbz,
        }
    }
}

/// The model of Russian.
#[derive(Debug)]
pub struct Russian<'m> {
    words: Words<'m>,
    morphology: Morphology,
    syntax: Syntax,
    names: Names,
}

/// What all networks begin with: vectors of shapes, which stand behind those of words, and layers.
#[derive(Debug)]
struct Trunk {
    shapes: Matrix,
    encoder: Encoder,
}

#[derive(Debug)]
struct Morphology {
    trunk: Trunk,
    tags: Vec<Tag>,
    scores: Linear,
}

#[derive(Debug)]
struct Syntax {
    trunk: Trunk,
    heads: Pairs,
    relations: Pairs,
    classes: Vec<Relation>,
}

/// What compares a word with what it could hang on.
#[derive(Debug)]
struct Pairs {
    word: Linear,
    other: Linear,
    /// Stands for what the root hangs on.
    root: Vec<f32>,
    kernel: Matrix,
}

impl<'m> Russian<'m> {
    /// Reads the model.
    ///
    /// # Errors
    /// If the bytes are no model of Russian, not as they were written, or not the one that is expected.
    pub fn read(bytes: &'m [u8]) -> Result<Self, ModelError> {
        let Parts { parts, .. } = Parts::read_expected(Kind::Russian, bytes, MODEL_SHA256)?;
        let [words, places, codes, morphology, tags, syntax, relations, names, name_tags] = parts;
        let malformed = |part| Kind::Russian.malformed(part);
        Ok(Self {
            words: Words::read(words, places, codes).ok_or(malformed("list of words"))?,
            morphology: Morphology::read(morphology, tags).ok_or(malformed("morphology"))?,
            syntax: Syntax::read(syntax, relations).ok_or(malformed("syntax"))?,
            names: Names::read(names, name_tags).ok_or(malformed("network of names"))?,
        })
    }

    /// Returns what is known of each word of a sentence. The heads make a tree with one root.
    ///
    /// A sentence of more than 256 words is analysed in pieces, whose roots hang on the first one's.
    ///
    /// For many sentences [`Self::analyse_in`] is faster: it remembers words.
    pub fn analyse<T: AsRef<str>>(&self, words: &[T]) -> Vec<Word> {
        self.analyse_in(words, &mut Memory::default())
    }

    /// Does what [`Self::analyse`] does with a memory of the words that were met before. It saves time and changes nothing else.
    pub fn analyse_in<T: AsRef<str>>(&self, words: &[T], memory: &mut Memory) -> Vec<Word> {
        let mut all: Vec<Word> = Vec::with_capacity(words.len());
        for piece in words.chunks(PIECE_LEN_MAX) {
            let before = all.len();
            let root = all.iter().position(|word| word.head.word.is_none());
            all.extend(self.piece(piece, memory).into_iter().map(|mut word| {
                word.head = match (word.head.word, root) {
                    (None, Some(_)) => Head { word: root, relation: Relation::Parataxis },
                    (head, _) => Head { word: head.map(|at| at + before), ..word.head },
                };
                word
            }));
        }
        all
    }

    fn piece<T: AsRef<str>>(&self, words: &[T], memory: &mut Memory) -> Vec<Word> {
        let mut morphology = self.morphology.trunk.room();
        let mut syntax = self.syntax.trunk.room();
        for word in words {
            let (word, shape) = self.numbers(word.as_ref());
            let met = memory.analysed.get(word * SHAPES + shape, || self.met(word, shape));
            morphology.push(met.morphology.iter().copied());
            syntax.push(met.syntax.iter().copied());
        }
        let tags = self.morphology.tags(&self.morphology.trunk.run(&morphology));
        let heads = self.syntax.heads(&self.syntax.trunk.run(&syntax));
        let word =
            |(tag, head): (&Tag, Head)| Word { upos: tag.upos, features: tag.features, head };
        tags.into_iter().zip(heads).map(word).collect()
    }

    /// Returns the names in a sentence, in the order of their words; none shares a word with another.
    ///
    /// A sentence of more than 256 words is looked at in pieces: a name across their border is found in parts.
    pub fn names<T: AsRef<str>>(&self, words: &[T]) -> Vec<Name> {
        self.names_in(words, &mut Memory::default())
    }

    /// Does what [`Self::names`] does with a memory of the words that were met before. It saves time and changes nothing else.
    pub fn names_in<T: AsRef<str>>(&self, words: &[T], memory: &mut Memory) -> Vec<Name> {
        let mut all = Vec::new();
        for (number, piece) in words.chunks(PIECE_LEN_MAX).enumerate() {
            let before = number * PIECE_LEN_MAX;
            let mut parts = self.names.trunk.room();
            for word in piece {
                let (word, shape) = self.numbers(word.as_ref());
                let make = || self.names.trunk.parts(&self.words.vector(word), shape);
                let met = memory.named.get(word * SHAPES + shape, make);
                parts.push(met.iter().copied());
            }
            let found = self.names.find(&parts).into_iter();
            all.extend(found.map(|name| Name {
                first: name.first + before,
                end: name.end + before,
                ..name
            }));
        }
        all
    }

    /// Returns the numbers of a word and of its shape.
    fn numbers(&self, word: &str) -> (usize, usize) {
        (self.words.find_or_unknown(word), shape(word))
    }

    /// Works out what the first layers make of a word.
    fn met(&self, word: usize, shape: usize) -> Met {
        let vector = self.words.vector(word);
        Met {
            morphology: self.morphology.trunk.parts(&vector, shape),
            syntax: self.syntax.trunk.parts(&vector, shape),
        }
    }
}

impl Trunk {
    fn read(numbers: &mut Numbers<'_>) -> Option<Self> {
        Some(Self {
            shapes: numbers.matrix(SHAPES, SHAPE_DIM)?,
            encoder: Encoder::read(numbers, &LAYERS)?,
        })
    }

    /// Returns what the first layer makes of a word, by its vector and the number of its shape.
    fn parts(&self, vector: &[f32; WORD_DIM], shape: usize) -> Vec<f32> {
        let input: Vec<f32> = vector.iter().chain(self.shapes.row(shape)).copied().collect();
        self.encoder.parts(&input)
    }

    /// Returns an empty matrix for the parts of words.
    const fn room(&self) -> Matrix {
        self.encoder.room()
    }

    /// Runs all layers; `parts` has a row for each word, of [`Self::parts`].
    fn run(&self, parts: &Matrix) -> Matrix {
        self.encoder.run(parts)
    }
}

/// What the first layers make of the words that were met last: most words of a text come again. At most 39 MB.
#[derive(Debug, Default)]
pub struct Memory {
    analysed: Places<Met>,
    named: Places<Vec<f32>>,
}

/// What the first layers of morphology and syntax make of a word.
#[derive(Debug)]
struct Met {
    morphology: Vec<f32>,
    syntax: Vec<f32>,
}

/// What is remembered: each word has its place, which another one may take over.
#[derive(Debug)]
struct Places<T>(Vec<Option<(usize, T)>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Places<T> {
    /// Returns what is remembered under a number, made if it is not there.
    fn get(&mut self, number: usize, make: impl FnOnce() -> T) -> &T {
        if self.0.is_empty() {
            self.0.resize_with(MEMORY_LEN, || None);
        }
        let place = &mut self.0[number % MEMORY_LEN];
        let kept = place.take().filter(|(own, _)| *own == number);
        &place.insert(kept.unwrap_or_else(|| (number, make()))).1
    }
}

impl Morphology {
    fn read(bytes: &[u8], tags: &[u8]) -> Option<Self> {
        let mut numbers = Numbers::new(bytes);
        let tags: Option<Vec<Tag>> = str::from_utf8(tags).ok()?.lines().map(Tag::parse).collect();
        let tags = tags.filter(|tags| !tags.is_empty())?;
        let read = Self {
            trunk: Trunk::read(&mut numbers)?,
            scores: Linear::read(&mut numbers, OUTPUT_DIM, tags.len())?,
            tags,
        };
        numbers.is_empty().then_some(read)
    }

    fn tags(&self, encoded: &Matrix) -> Vec<&Tag> {
        let scores = self.scores.run(encoded);
        scores.rows().filter_map(|row| self.tags.get(tree::largest(row))).collect()
    }
}

impl Syntax {
    fn read(bytes: &[u8], relations: &[u8]) -> Option<Self> {
        let mut numbers = Numbers::new(bytes);
        let names = str::from_utf8(relations).ok()?.lines();
        // The first name stands for no word, and is never wanted.
        let class = |name: &str| Relation::parse(if name == "<pad>" { "dep" } else { name });
        let classes: Vec<Relation> = names.map(class).collect::<Option<_>>()?;
        let read = Self {
            trunk: Trunk::read(&mut numbers)?,
            heads: Pairs::read(&mut numbers, PAIR_DIM)?,
            relations: Pairs::read(&mut numbers, PAIR_DIM * classes.len())?,
            classes,
        };
        numbers.is_empty().then_some(read)
    }

    fn heads(&self, encoded: &Matrix) -> Vec<Head> {
        let heads = tree::heads(&self.heads.scores(encoded));
        let relations = self.relations.relations(encoded, &heads);
        let class = |at: usize| self.classes.get(at).copied().unwrap_or(Relation::Dep);
        let head = |(head, relation): (&Option<usize>, usize)| Head {
            word: *head,
            relation: if head.is_some() { class(relation) } else { Relation::Root },
        };
        heads.iter().zip(relations).map(head).collect()
    }
}

impl Pairs {
    fn read(numbers: &mut Numbers<'_>, kernel_width: usize) -> Option<Self> {
        Some(Self {
            word: Linear::read(numbers, OUTPUT_DIM, PAIR_DIM)?,
            other: Linear::read(numbers, OUTPUT_DIM, PAIR_DIM)?,
            root: numbers.vector(OUTPUT_DIM)?,
            kernel: numbers.matrix(PAIR_DIM, kernel_width)?,
        })
    }

    /// Returns for each word a row of scores: for hanging on nothing, then for hanging on each word.
    fn scores(&self, encoded: &Matrix) -> Matrix {
        let mut with_root = Matrix::empty(OUTPUT_DIM);
        with_root.push(self.root.iter().copied());
        encoded.rows().for_each(|row| with_root.push(row.iter().copied()));
        let words = self.kernel.times(&self.word.run(encoded).above_zero());
        let others = self.other.run(&with_root).above_zero();
        let mut scores = Matrix::empty(others.len());
        for word in words.rows() {
            scores.push(others.rows().map(|other| network::dot(word, other)));
        }
        scores
    }

    /// Returns each word's relation to its head: the number of its class.
    fn relations(&self, encoded: &Matrix, heads: &[Option<usize>]) -> Vec<usize> {
        let mut over = Matrix::empty(OUTPUT_DIM);
        for head in heads {
            let row = head.map_or(self.root.as_slice(), |head| encoded.row(head));
            over.push(row.iter().copied());
        }
        let over = self.kernel.times(&self.word.run(&over).above_zero());
        let words = self.other.run(encoded).above_zero();
        let relation = |(over, word): (&[f32], &[f32])| {
            let scores: Vec<f32> =
                over.chunks(PAIR_DIM).map(|class| network::dot(class, word)).collect();
            tree::largest(&scores)
        };
        over.rows().zip(words.rows()).map(relation).collect()
    }
}
