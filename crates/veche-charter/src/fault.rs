//! What is wrong with a charter, and where.

use std::fmt;

/// Most faults that one reading reports: who has more mends these first.
pub const FAULTS_MAX: usize = 200;

/// A fault of a charter: what, where, and what to do if that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The file as the caller named it.
    pub file: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// The table: `machines`; empty at the top of the file.
    pub table: String,
    /// The entry in it: `silence.broken`.
    pub entry: String,
    /// What is wrong.
    pub what: FaultKind,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What can be wrong with a charter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The bytes are no UTF-8.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// The text is no TOML.
    #[error("the file is not TOML: {0}")]
    NotToml(String),
    /// The file is longer than a charter may be.
    #[error("the file has {len} bytes; a charter has at most {max}")]
    TooLong {
        /// Its length in bytes.
        len: usize,
        /// The longest allowed.
        max: usize,
    },
    /// A charter for a later program.
    #[error("the charter asks for version {needs} of the fold, and this program has {has}")]
    NewerFold {
        /// The version that it asks for.
        needs: u32,
        /// The version of this program.
        has: u32,
    },
    /// A key that the language does not know.
    #[error("unknown key `{0}`")]
    UnknownKey(String),
    /// A key that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value of another form than the key takes.
    #[error("`{key}` takes {expected}, not {found}")]
    WrongForm {
        /// The key.
        key: String,
        /// What it takes.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Two keys that exclude each other, or one that needs another.
    #[error("{0}")]
    Contradiction(String),
    /// A name that refers to nothing.
    #[error("there is no {what} `{name}`")]
    Dangling {
        /// What kind of thing was looked for.
        what: &'static str,
        /// The name given.
        name: String,
    },
    /// A state that no step leads to.
    #[error("state `{0}` cannot be reached")]
    Unreachable(String),
    /// A state that nothing leaves although it is not final.
    #[error("nothing leaves state `{0}`, and it is not final")]
    NoExit(String),
    /// A final state that something leaves.
    #[error("state `{0}` is final, and something leaves it")]
    FinalWithExit(String),
    /// Two transitions for one event.
    #[error(
        "event `{event}` by `{first}` and by `{second}` may both match: which of the two is taken is not told"
    )]
    TwoTransitions {
        /// The event.
        event: String,
        /// The actor of the first.
        first: String,
        /// The actor of the second.
        second: String,
    },
    /// A rule that nothing can meet.
    #[error("rule `{0}` can never adopt: no positions of those eligible meet it")]
    Unsatisfiable(String),
    /// A rule that nothing can fail.
    #[error("rule `{0}` can never fail: all positions of those eligible meet it")]
    Irrefutable(String),
    /// A clock that leads nowhere.
    #[error("state `{0}` has a clock and no timeout")]
    ClockWithoutTimeout(String),
    /// A timeout that never comes.
    #[error("state `{0}` has a timeout and no clock")]
    TimeoutWithoutClock(String),
    /// A step of which nobody may be able to tell whether it came in time, in a machine that decides.
    #[error(
        "a step in state `{0}` may be contested, and no event `ruling` leads out: what it turns could never be decided"
    )]
    NoRuling(String),
    /// A label that is above itself.
    #[error("label `{0}` is above itself")]
    LabelCycle(String),
    /// A label whose readers do not all read what lies below it.
    #[error("label `{upper}` is above `{lower}`, yet {party} reads the first and not the second")]
    LabelWidens {
        /// The label above.
        upper: String,
        /// The label below.
        lower: String,
        /// Who shows it: a party, or the public.
        party: String,
    },
    /// An organ whose parents go in a circle.
    #[error("organ `{0}` is its own parent")]
    OrganCycle(String),
    /// More parties needed than there are.
    #[error("{what} needs {need} parties, and there are {have}")]
    TooFew {
        /// What needs them.
        what: String,
        /// How many are needed.
        need: u64,
        /// How many there are.
        have: u64,
    },
    /// Under pairs of keys a closing would be longer than its terms may be: nothing could be decided.
    #[error(
        "a closing has {heads} heads with {each} cosignatures of pairs of keys each, some {len} bytes: over the 1,048,576 of its terms"
    )]
    ClosingTooLong {
        /// Logs.
        heads: u64,
        /// Cosignatures on each.
        each: u64,
        /// Bytes of all.
        len: u64,
    },
    /// A duty that nobody owes.
    #[error("nobody owes duty `{0}`: its owner fits no party")]
    NoOwner(String),
    /// Witnessing that colluding witnesses can defeat.
    #[error(
        "the log of `{party}` has {witnesses} witnesses: with quorum {quorum} and {colluding} colluding, 2q - w > f does not hold"
    )]
    WeakWitnessing {
        /// Whose log.
        party: String,
        /// `w`: witness nodes that are not its own.
        witnesses: u64,
        /// `q`.
        quorum: u64,
        /// `f`.
        colluding: u64,
    },
    /// A quorum for histories that cannot be met, or that colluding witnesses can defeat.
    #[error(
        "the log of `{party}` has {witnesses} witnesses among the parties and {outside} from outside: with {histories} to vouch for a history and {colluding} colluding, h <= w + b and 2h - (w + b) > f do not hold"
    )]
    WeakHistories {
        /// Whose log.
        party: String,
        /// `w`: witness nodes that are not its own.
        witnesses: u64,
        /// `b`: outside witnesses.
        outside: u64,
        /// `h`.
        histories: u64,
        /// `f`.
        colluding: u64,
    },
    /// An outside witness whose key is somebody else's too.
    #[error(
        "witness `{witness}` has the key, or the key's name, of {other}: it would count as two"
    )]
    OutsideKey {
        /// The witness.
        witness: String,
        /// Whose it is as well.
        other: String,
    },
    /// An outside witness with a party's name.
    #[error("`{0}` is a party: its node witnesses as `[witnessing]` says, and not from outside")]
    OutsideParty(String),
    /// An act that nobody may do.
    #[error("no party may do act `{0}`: its status or `by` rules each of them out")]
    NobodyMay(String),
    /// An act kept for a role where nobody holds one yet.
    #[error(
        "act `{act}` is kept for `{role}`, and it moves no procedure in which somebody holds that role"
    )]
    RoleWithoutProcedure {
        /// The act.
        act: String,
        /// The actor pattern that asks for a role.
        role: String,
    },
    /// An act with a name of the fold's own.
    #[error("act `{0}` has a name that the program keeps for its own records")]
    ReservedKind(String),
    /// An act that would change the charter, and cannot say how, or is never decided.
    #[error("act `{act}` changes the charter, so it {lacks}")]
    Amends {
        /// The act.
        act: String,
        /// What it lacks.
        lacks: &'static str,
    },
    /// An event that no machine takes.
    #[error("no machine that act `{act}` can be about knows event `{event}`")]
    UnknownEvent {
        /// The act.
        act: String,
        /// The event.
        event: String,
    },
    /// A role that nothing fills.
    #[error("nothing that opens machine `{machine}` fills role `{role}`")]
    UnfilledRole {
        /// The machine.
        machine: String,
        /// The role.
        role: String,
    },
    /// An act that a rule of alarms cannot use.
    #[error("rule `{rule}` of alarms cannot use act `{act}`: {lacks}")]
    AlarmAct {
        /// The rule.
        rule: String,
        /// The act.
        act: String,
        /// What it lacks.
        lacks: String,
    },
    /// A clock that reads what the opening act need not have.
    #[error("the clock reads field `{field}`, which act `{act}` {problem}")]
    ClockField {
        /// The field.
        field: String,
        /// The act that opens the machine.
        act: String,
        /// What is wrong with the field there.
        problem: &'static str,
    },
}

/// All faults of a charter, in the order of their lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  where: {}:{}", self.what, self.file, self.line)?;
        if !self.table.is_empty() {
            write!(f, ", table {}", self.table)?;
        }
        if !self.entry.is_empty() {
            write!(f, ", entry {}", self.entry)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint:  {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

/// Returns the hint that offers the known name nearest to `name`, or none if no known name is near.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}

/// Returns the known name nearest to `name`: at most a third of its letters differ, at most three, and one of two.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let len = name.chars().count();
    let limit = if len < 2 { 0 } else { (len / 3).clamp(1, 3) };
    known
        .into_iter()
        .map(|k| (distance(name, k), k))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, k)| k)
}

/// Returns the edits that make one text of the other: insert, delete, replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (cb, above) in b.iter().zip(row.iter().skip(1)) {
            left = (before + usize::from(ca != *cb)).min(left + 1).min(above + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let known = ["member", "observer", "partner"];
        assert_eq!(nearest("menber", known), Some("member"));
        assert_eq!(nearest("memebr", known), Some("member"));
        assert_eq!(nearest("guest", known), None);
    }

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
