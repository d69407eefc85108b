//! Worlds in which a promise was broken once, and worlds in which one is broken as soon as a defence is taken away. They are looked at in
//! every run.

use crate::world::Defence;

/// Seeds of worlds in which a promise was broken once.
pub(crate) const KEPT: [u64; 0] = [];

/// Worlds that must fail without a defence: the defence, the seed, the steps, what the failure says.
pub(crate) const DEFENCELESS: [(Defence, u64, u64, &str); 2] = [
    (Defence::ForkCheck, 10, 1_500, "holds no proof of it"),
    (Defence::RestoreGuard, 13, 2_000, "`arven` holds"),
];
