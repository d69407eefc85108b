//! Worlds in which a promise was broken once. They are looked at in every run.

/// Their seeds.
pub(crate) const KEPT: [u64; 0] = [];
