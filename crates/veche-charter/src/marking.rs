//! A label taken apart: a label of the charter, and the group that narrows it. `COMPACT+group(9c1f…)`.

use std::fmt;
use veche_ledger::name::NotAName;
use veche_ledger::{Hash, Label};

/// What stands between a charter's label and a group's id; no label of a charter holds it.
pub const GROUP_MARK: &str = "+group(";

/// How many hexadecimal digits of the hash of a group's record name it in a label.
const GROUP_DIGITS: usize = 32;

/// A group's name inside a label: the first half of the hash of the record that made the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId([u8; 16]);

impl GroupId {
    /// Returns the name of the group that a record makes. `leaf`: the record's hash.
    #[must_use]
    pub fn of(leaf: &Hash) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&leaf.0[..16]);
        Self(half)
    }

    /// Reads 32 lower-case hexadecimal digits.
    fn parse(text: &str) -> Option<Self> {
        if text.len() != GROUP_DIGITS {
            return None;
        }
        let whole = format!("{text}{}", "0".repeat(64 - GROUP_DIGITS));
        Hash::parse(&whole).ok().map(|hash| Self::of(&hash))
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A label as its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marking {
    /// The label of the charter.
    pub base: Label,
    /// The group that alone reads it, of those who read the base.
    pub group: Option<GroupId>,
}

impl Marking {
    /// Takes a label apart; `None` if it begins to name a group and does not name one. A label without a group is its own base.
    #[must_use]
    pub fn of(label: &Label) -> Option<Self> {
        let Some((base, rest)) = label.as_str().split_once(GROUP_MARK) else {
            return Some(Self { base: label.clone(), group: None });
        };
        let group = GroupId::parse(rest.strip_suffix(')')?)?;
        Some(Self { base: Label::parse(base).ok()?, group: Some(group) })
    }

    /// Returns the label whole.
    ///
    /// # Errors
    /// [`NotAName`] if the base is too long for a group: a label has at most 64 characters, a group takes 40 of them.
    pub fn label(&self) -> Result<Label, NotAName> {
        match &self.group {
            None => Ok(self.base.clone()),
            Some(group) => Label::parse(&format!("{}{GROUP_MARK}{group})", self.base)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "9c1f0123456789abcdef0123456789ab";

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Option<&str>)>) {
        let label = Label::parse(text).unwrap();
        let found = Marking::of(&label);
        let said = found.as_ref().map(|m| (m.base.as_str(), m.group.map(|g| g.to_string())));
        assert_eq!(said, expected.map(|(b, g)| (b, g.map(str::to_owned))), "{text}");
        if let Some(found) = found {
            assert_eq!(found.label().unwrap(), label);
        }
    }

    #[test]
    fn a_label_names_one_group_in_full_or_is_none() {
        check("COMPACT+partners", Some(("COMPACT+partners", None)));
        check("GROUP(health)", Some(("GROUP(health)", None)));
        check(&format!("COMPACT+group({ID})"), Some(("COMPACT", Some(ID))));
        check(&format!("GROUP(health)+group({ID})"), Some(("GROUP(health)", Some(ID))));
        // Two groups, none, too short, in capitals, not closed, closed twice, something after it, no base.
        check(&format!("A+group({})+group(ab)", &ID[..8]), None);
        check("A+group()", None);
        check(&format!("A+group({})", &ID[1..]), None);
        check(&format!("A+group({})", ID.to_uppercase()), None);
        check(&format!("A+group({ID}"), None);
        check(&format!("A+group({ID}))"), None);
        check(&format!("A+group({ID})x"), None);
        check(&format!("+group({ID})"), None);
        check("A+group(", None);
    }

    #[test]
    fn a_base_that_leaves_no_room_makes_no_label() {
        let long =
            Marking { base: Label::parse(&"B".repeat(25)).unwrap(), group: GroupId::parse(ID) };
        assert!(long.label().is_err());
    }
}
