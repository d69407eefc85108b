//! Asking the charter about a statement before anybody signs it.

use crate::node::{Node, Statement};
use veche_council::entry::SYSTEM_KINDS;
use veche_council::next::Question;
use veche_council::view::RefusalView;
use veche_ledger::UnixSeconds;

/// Returns what the charter has against a statement at `now`, as the node that would append it sees things.
#[must_use]
pub fn ask(node: &Node, statement: &Statement, now: UnixSeconds) -> Option<RefusalView> {
    if SYSTEM_KINDS.contains(&statement.kind.as_str()) {
        return None;
    }
    let label = statement.label.clone().unwrap_or_else(|| node.default_label(&statement.kind));
    let question = Question {
        party: &statement.party,
        kind: &statement.kind,
        label: &label,
        about: statement.about.first().copied(),
        terms: &statement.terms,
        is_drill: statement.drill,
        officers: u8::try_from(statement.officers.len()).unwrap_or(u8::MAX),
    };
    node.council().ask(&question, now)
}
