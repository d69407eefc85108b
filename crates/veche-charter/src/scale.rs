//! Scales of tension: what an index is made of, and by how much.
//!
//! The picture works out the components and no record is judged by them. That the weights stand in the charter means that
//! the members agreed on them, and that a new weight is a new version of the charter.

use crate::alarm::MILLION;
use crate::name::ArticleId;
use std::collections::BTreeMap;

/// What a scale may be made of, each with what it measures; the picture has the formulas, in `docs/tension.md`.
pub const COMPONENTS: [(&str, &str); 5] = [
    ("level", "how much there is"),
    ("change", "how far it exceeds what is usual there"),
    ("surprise", "how unlikely the last month was under the forecast made before it, in bits"),
    ("turn", "how probable it is that a higher regime began within three months"),
    ("attention", "how much more of what sources report is conflict than before"),
];

/// A scale of tension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// Title for people.
    pub title: String,
    /// The series of counts that it is about, as the picture names it.
    pub series: String,
    /// What each component weighs, in millionths; they sum to [`MILLION`].
    pub weights_millionths: BTreeMap<String, u32>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// Returns what is wrong with weights, if anything is.
pub(crate) fn fault(weights: &BTreeMap<String, u32>) -> Option<String> {
    let sum: u64 = weights.values().map(|weight| u64::from(*weight)).sum();
    (sum != u64::from(MILLION))
        .then(|| format!("the weights sum to {sum} millionths, and must to {MILLION}"))
}
