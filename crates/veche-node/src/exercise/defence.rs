//! Defences that can be switched off, to show that an exercise notices.

/// A defence that can be switched off, to show that the exercise notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defence {
    /// Two histories of one log are compared.
    ForkCheck,
    /// A member that a text did not reach is not counted as agreeing.
    Unreached,
    /// A statement's time is what others hold, not what its author says.
    EvidenceTime,
    /// A statement counts only with a signature of a key that the charter lists.
    Signature,
    /// What a lost key signed is suspended.
    Revocation,
    /// A warning that proved wrong is withdrawn and counted.
    Retraction,
    /// Feed items are read by the coder.
    Coder,
    /// What only sources of low reliability tell does not count.
    Reliability,
}

impl Defence {
    /// All of them, with the names that the command line knows.
    pub const ALL: [(&'static str, Self); 8] = [
        ("fork-check", Self::ForkCheck),
        ("unreached", Self::Unreached),
        ("evidence-time", Self::EvidenceTime),
        ("signature", Self::Signature),
        ("revocation", Self::Revocation),
        ("retraction", Self::Retraction),
        ("coder", Self::Coder),
        ("reliability", Self::Reliability),
    ];

    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, defence)| *defence == self);
        named.map_or("", |(name, _)| *name)
    }

    /// Returns the defence of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(other, _)| *other == name).map(|(_, defence)| *defence)
    }
}

/// Returns the charter's text with a defence taken out, where the defence is a matter of the charter.
pub(super) fn weakened(charter: &str, off: Option<Defence>) -> String {
    match off {
        Some(Defence::Unreached) => {
            let charter = without_table(charter, "[machines.silence.states.blocked]");
            charter
                .replace("then = \"extend\"", "then = \"counts\"")
                .replace(", max = \"6h\", finally = \"block\", to = \"blocked\"", "")
        }
        Some(Defence::Retraction) => {
            let charter = without_table(charter, "[machines.warning.states.retracted]");
            let step = "ev = \"retract\", by = \"initiator\", to = ";
            charter.replace(&format!("{step}\"retracted\""), &format!("{step}\"issued\""))
        }
        Some(
            Defence::ForkCheck
            | Defence::EvidenceTime
            | Defence::Signature
            | Defence::Revocation
            | Defence::Coder
            | Defence::Reliability,
        )
        | None => charter.to_owned(),
    }
}

/// Returns the text without a table: its head and what follows it up to the next table.
fn without_table(text: &str, head: &str) -> String {
    let Some((before, rest)) = text.split_once(head) else { return text.to_owned() };
    let next = rest.find("\n[").map_or("", |at| &rest[at..]);
    format!("{before}{}", next.trim_start_matches('\n'))
}
