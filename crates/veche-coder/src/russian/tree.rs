//! From scores to a tree: each word takes the head it likes best, and where that makes no tree, as little as possible is changed.

use super::network::Matrix;

/// Returns the place of the first of the largest numbers.
pub(super) fn largest(numbers: &[f32]) -> usize {
    let mut best = 0;
    for (at, number) in numbers.iter().enumerate() {
        if numbers.get(best).is_some_and(|most| number > most) {
            best = at;
        }
    }
    best
}

/// Returns the head of each word, `None` for the root. A row has the scores of a word: for being the root, then for each head.
pub(super) fn heads(scores: &Matrix) -> Vec<Option<usize>> {
    let liked = scores.rows().map(|row| largest(row).checked_sub(1));
    let mut tree = Tree { scores, heads: liked.collect() };
    tree.take_one_root();
    while let Some(circle) = tree.circle() {
        tree.open(&circle);
    }
    tree.heads
}

struct Tree<'s> {
    scores: &'s Matrix,
    heads: Vec<Option<usize>>,
}

impl Tree<'_> {
    fn score(&self, word: usize, head: Option<usize>) -> f32 {
        let column = head.map_or(0, |head| head + 1);
        self.scores.row(word).get(column).copied().unwrap_or(f32::MIN)
    }

    fn head(&self, word: usize) -> Option<usize> {
        self.heads.get(word).copied().flatten()
    }

    /// Leaves one root: of several the likeliest; of none the word that loses least by it.
    fn take_one_root(&mut self) {
        let roots: Vec<usize> =
            (0..self.heads.len()).filter(|at| self.head(*at).is_none()).collect();
        let gains = |at: usize| self.score(at, None) - self.score(at, self.head(at));
        let candidates: Vec<usize> =
            if roots.is_empty() { (0..self.heads.len()).collect() } else { roots.clone() };
        let value = |at: usize| if roots.is_empty() { gains(at) } else { self.score(at, None) };
        let values: Vec<f32> = candidates.iter().map(|at| value(*at)).collect();
        let Some(root) = candidates.get(largest(&values)).copied() else { return };
        for word in roots.into_iter().filter(|word| *word != root) {
            let head = self.best_head(word, |head| head != word);
            if let Some(slot) = self.heads.get_mut(word) {
                *slot = head;
            }
        }
        if let Some(slot) = self.heads.get_mut(root) {
            *slot = None;
        }
    }

    /// Returns the likeliest head that may be one.
    fn best_head(&self, word: usize, may: impl Fn(usize) -> bool) -> Option<usize> {
        let mut best: Option<(f32, usize)> = None;
        for head in (0..self.heads.len()).filter(|head| may(*head)) {
            let score = self.score(word, Some(head));
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, head));
            }
        }
        best.map(|(_, head)| head)
    }

    /// Tells for each word whether it hangs on the root in the end.
    fn reaches_root(&self) -> Vec<bool> {
        let up = |word: usize| std::iter::successors(Some(word), |at| self.head(*at));
        let len = self.heads.len();
        (0..len).map(|word| up(word).nth(len).is_none()).collect()
    }

    /// Returns words that hang on each other in a circle.
    fn circle(&self) -> Option<Vec<usize>> {
        let outside = self.reaches_root().iter().position(|reaches| !reaches)?;
        let up = |word: usize| std::iter::successors(Some(word), |at| self.head(*at));
        let first = up(outside).nth(self.heads.len())?;
        let others = up(first).skip(1).take_while(|at| *at != first);
        Some(std::iter::once(first).chain(others).collect())
    }

    /// Hangs that word of a circle on the tree of the root that loses least by it.
    fn open(&mut self, circle: &[usize]) {
        let reaches = self.reaches_root();
        let mut best: Option<(f32, usize, usize)> = None;
        for word in circle {
            let may = |head: usize| reaches.get(head) == Some(&true);
            let Some(head) = self.best_head(*word, may) else { continue };
            let gain = self.score(*word, Some(head)) - self.score(*word, self.head(*word));
            if best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, *word, head));
            }
        }
        let Some((_, word, head)) = best else { return };
        if let Some(slot) = self.heads.get_mut(word) {
            *slot = Some(head);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scores: &[&[f32]], expected: &[Option<usize>]) {
        let mut rows = Matrix::empty(scores.len() + 1);
        scores.iter().for_each(|row| rows.push(row.iter().copied()));
        assert_eq!(heads(&rows), expected);
    }

    #[test]
    fn a_tree_is_left_as_it_is() {
        check(&[&[0.0, -9.0, 5.0], &[4.0, 1.0, -9.0]], &[Some(1), None]);
    }

    #[test]
    fn of_two_roots_the_likelier_one_stays() {
        check(&[&[5.0, -9.0, 1.0], &[4.0, 1.0, -9.0]], &[None, Some(0)]);
    }

    #[test]
    fn a_circle_is_opened_where_it_costs_least() {
        // The first two hang on each other; the second would rather be moved.
        let scores: [&[f32]; 3] =
            [&[0.0, -9.0, 9.0, 1.0], &[0.0, 9.0, -9.0, 8.0], &[9.0, 0.0, 0.0, -9.0]];
        check(&scores, &[Some(1), Some(2), None]);
    }

    #[test]
    fn without_a_root_one_is_made() {
        check(&[&[3.0, -9.0, 5.0], &[4.0, 5.0, -9.0]], &[Some(1), None]);
    }

    #[test]
    fn a_word_alone_and_no_word_are_trees() {
        check(&[&[-1.0, 3.0]], &[None]);
        check(&[], &[]);
    }
}
