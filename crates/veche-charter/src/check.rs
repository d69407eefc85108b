//! What must hold of a charter as a whole.

use crate::model::Charter;
use crate::text::Findings;

/// Notes every fault of a charter whose tables are read.
pub(crate) const fn check(_charter: &Charter, _findings: &mut Findings<'_>) {}
