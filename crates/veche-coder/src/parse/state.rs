//! A parse under way: a stack, the words to come, and the arcs so far.

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The next word goes on the stack.
    Shift,
    /// The top of the stack hangs on the next word, and leaves.
    Left,
    /// The top of the stack hangs on the one below it, and leaves.
    Right,
}

/// All moves.
pub(crate) const MOVES: [Move; 3] = [Move::Shift, Move::Left, Move::Right];

/// An arc that a move would make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arc {
    pub(crate) head: usize,
    pub(crate) dependent: usize,
}

/// What a word has under itself so far: on each side the two outermost, how many there are, and a hash of their relations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Side {
    pub(crate) outermost: Option<usize>,
    pub(crate) second: Option<usize>,
    pub(crate) count: u8,
    pub(crate) relations: u64,
}

impl Side {
    const NONE: Self = Self { outermost: None, second: None, count: 0, relations: 0 };

    fn push(&mut self, dependent: usize, relation: u8) {
        self.second = self.outermost;
        self.outermost = Some(dependent);
        self.count = self.count.saturating_add(1);
        self.relations |= 1 << (relation & 63);
    }
}

/// A word in a parse under way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    pub(crate) head: Option<usize>,
    pub(crate) relation: u8,
    pub(crate) left: Side,
    pub(crate) right: Side,
}

/// A parse under way. The word behind the last one stands for the root.
#[derive(Debug, Default)]
pub(crate) struct State {
    stack: Vec<usize>,
    next: usize,
    /// One for each word, and one for the root.
    nodes: Vec<Node>,
}

impl Node {
    /// What stands for a word that is not there.
    pub(crate) const NONE: Self =
        Self { head: None, relation: 0, left: Side::NONE, right: Side::NONE };
}

impl State {
    /// Begins with all words to come.
    pub(crate) fn new(len: usize) -> Self {
        let mut state = Self::default();
        state.begin(len);
        state
    }

    /// Begins with other words.
    pub(crate) fn begin(&mut self, len: usize) {
        self.stack.clear();
        self.next = 0;
        self.nodes.clear();
        self.nodes.resize(len + 1, Node::default());
    }

    /// Returns the place that stands for the root.
    pub(crate) fn root(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    /// Returns the next word, which may be the root.
    pub(crate) const fn next(&self) -> usize {
        self.next
    }

    /// Returns the word so far below the top of the stack.
    pub(crate) fn stack(&self, below: usize) -> Option<usize> {
        let at = self.stack.len().checked_sub(below + 1)?;
        self.stack.get(at).copied()
    }

    /// Returns the words of the stack, from the bottom.
    pub(crate) fn stacked(&self) -> &[usize] {
        &self.stack
    }

    /// Returns what is known of a word.
    pub(crate) fn node(&self, word: usize) -> &Node {
        self.nodes.get(word).unwrap_or(&Node::NONE)
    }

    /// Tells whether all words have their heads.
    pub(crate) fn is_final(&self) -> bool {
        self.stack.is_empty() && self.next == self.root()
    }

    /// Tells whether a move can be taken. The root takes one word only.
    pub(crate) fn allows(&self, step: Move) -> bool {
        let at_end = self.next == self.root();
        match step {
            Move::Shift => !at_end,
            Move::Left => self.stack.len() == 1 || (!at_end && !self.stack.is_empty()),
            Move::Right => self.stack.len() >= 2,
        }
    }

    /// Returns the move if only one can be taken.
    pub(crate) fn forced(&self) -> Option<Move> {
        let mut allowed = MOVES.into_iter().filter(|step| self.allows(*step));
        allowed.next().filter(|_| allowed.next().is_none())
    }

    /// Returns the arc that a move would make.
    pub(crate) fn arc(&self, step: Move) -> Option<Arc> {
        let dependent = self.stack(0)?;
        match step {
            Move::Shift => None,
            Move::Left => Some(Arc { head: self.next, dependent }),
            Move::Right => Some(Arc { head: self.stack(1)?, dependent }),
        }
    }

    /// Takes a move; `relation` is that of its arc.
    pub(crate) fn take(&mut self, step: Move, relation: u8) {
        let Some(Arc { head, dependent }) = self.arc(step) else {
            self.stack.push(self.next);
            self.next += 1;
            return;
        };
        self.stack.pop();
        if let Some(node) = self.nodes.get_mut(dependent) {
            (node.head, node.relation) = (Some(head), relation);
        }
        if let Some(node) = self.nodes.get_mut(head) {
            let side = if dependent < head { &mut node.left } else { &mut node.right };
            side.push(dependent, relation);
        }
    }

    /// Returns each word's head, `None` for the root, and the class of its relation.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (Option<usize>, u8)> {
        let root = self.root();
        let words = self.nodes.iter().take(root);
        words.map(move |node| (node.head.filter(|head| *head != root), node.relation))
    }
}
