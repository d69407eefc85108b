use thiserror::Error;

/// Deepest tree.
const DEPTH_MAX: usize = 256;

/// Most nodes of a tree: a sentence of 400 words has some 1,500.
const NODES_MAX: usize = 4 * 1024;

/// A phrase-structure tree in the brackets of the Penn Treebank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A phrase, or a word with its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// The label, without what follows a hyphen, but for times: they are no noun phrases here.
    pub(super) tag: String,
    /// The word in capitals, of a leaf.
    pub(super) word: Option<String>,
    pub(super) children: Vec<usize>,
}

/// Why brackets are no tree.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TreeError {
    /// A bracket closes that did not open.
    #[error("`)` without `(` at byte {at}: remove it")]
    Closed {
        /// The byte.
        at: usize,
    },
    /// Brackets that do not close.
    #[error("{open} `(` not closed: is the tree cut short?")]
    Open {
        /// How many.
        open: usize,
    },
    /// A word outside of brackets.
    #[error("a word outside of brackets at byte {at}: give it a tag")]
    Stray {
        /// The byte.
        at: usize,
    },
    /// Too deep.
    #[error("brackets nest deeper than {max}", max = DEPTH_MAX)]
    Deep,
    /// Too large.
    #[error("more than {max} phrases and words", max = NODES_MAX)]
    Large,
    /// Nothing there.
    #[error("there is no tree: write one in brackets")]
    Empty,
}

impl Tree {
    /// Reads a tree.
    ///
    /// # Errors
    ///
    /// [`TreeError`]: the brackets do not match, words stand outside of them, or the tree is too large.
    pub fn parse(text: &str) -> Result<Self, TreeError> {
        // The root holds whatever stands outermost.
        let mut tree = Self { nodes: vec![Node::default()] };
        let mut path = vec![0];
        let mut at = 0;
        for piece in text.split_inclusive(|c: char| c.is_whitespace() || c == '(' || c == ')') {
            let word = piece.trim_end_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
            if !word.is_empty() {
                tree.word(word, path.last().copied().filter(|_| path.len() > 1), at)?;
            }
            at += piece.len();
            match piece.as_bytes().last() {
                Some(b'(') if path.len() > DEPTH_MAX => return Err(TreeError::Deep),
                Some(b'(') => {
                    let node = tree.add(path.last().copied().unwrap_or(0))?;
                    path.push(node);
                }
                Some(b')') if path.len() == 1 => return Err(TreeError::Closed { at: at - 1 }),
                Some(b')') => drop(path.pop()),
                _ => {}
            }
        }
        match path.len() - 1 {
            0 if tree.nodes.len() == 1 => Err(TreeError::Empty),
            0 => Ok(tree),
            open => Err(TreeError::Open { open }),
        }
    }

    fn add(&mut self, parent: usize) -> Result<usize, TreeError> {
        let node = self.nodes.len();
        if node >= NODES_MAX {
            return Err(TreeError::Large);
        }
        self.nodes.push(Node::default());
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.push(node);
        }
        Ok(node)
    }

    /// Takes a word of the text: the first within brackets is the label.
    fn word(&mut self, word: &str, open: Option<usize>, at: usize) -> Result<(), TreeError> {
        let node = open.and_then(|open| self.nodes.get_mut(open));
        let node = node.ok_or(TreeError::Stray { at })?;
        if node.tag.is_empty() && node.children.is_empty() {
            node.tag = label(word);
        } else if node.word.is_none() && node.children.is_empty() {
            node.word = Some(word.to_uppercase());
        } else {
            return Err(TreeError::Stray { at });
        }
        Ok(())
    }

    pub(super) fn node(&self, at: usize) -> &Node {
        static NONE: Node = Node { tag: String::new(), word: None, children: Vec::new() };
        self.nodes.get(at).unwrap_or(&NONE)
    }

    /// Returns the words below a node, in order, with the numbers of their leaves.
    pub(super) fn leaves(&self, at: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut stack = vec![at];
        while let Some(at) = stack.pop() {
            let node = self.node(at);
            if node.word.is_some() {
                found.push(at);
            }
            stack.extend(node.children.iter().rev());
        }
        found
    }

    /// Tells whether a node below this one, itself apart, has a label for which `is` holds.
    pub(super) fn holds(&self, at: usize, is: impl Fn(&str) -> bool) -> bool {
        let mut stack = self.node(at).children.clone();
        while let Some(at) = stack.pop() {
            let node = self.node(at);
            if is(&node.tag) {
                return true;
            }
            stack.extend(&node.children);
        }
        false
    }
}

fn label(word: &str) -> String {
    let times = word.ends_with("-TMP");
    match word.split_once('-') {
        Some((phrase, _)) if !times && !phrase.is_empty() => phrase.to_owned(),
        _ => word.to_owned(),
    }
}
