//! An amendment: how the text of a charter becomes that of the next version.
//!
//! Like an amending act in law, it names the text that it changes and what stands where afterwards: edits by line. The
//! hashes of both texts stand beside the edits, so that nobody can read them over another text, or to another end.
//! `formats/charter.md`, "A charter changes".

use crate::fault::{FaultKind, Faults};
use crate::model::{Charter, FOLD_VERSION};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use veche_ledger::json::Value;
use veche_ledger::{Hash, PartyId};

/// Most edits in one amendment.
pub const EDITS_MAX: usize = 2_000;

/// What an amendment does to some lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The first line that it touches, from 1; one more than there are lines: after the last.
    pub at: usize,
    /// Lines taken out.
    pub removed: usize,
    /// Text put there: whole lines.
    pub inserted: String,
}

/// From the text of one charter to that of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// SHA-256 of the text that it changes.
    pub base: Hash,
    /// SHA-256 of the text that it makes.
    pub result: Hash,
    /// The edits, ascending by line; no two touch one line.
    pub edits: Vec<Edit>,
}

/// Why an amendment makes no charter. Whoever drafted it mends it; nothing is tabled before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmendError {
    /// It is made for another text.
    #[error("it changes the charter `{}`, and the one in force is `{}`: draft it anew from that", base.short(), in_force.short())]
    OtherBase {
        /// The text that it names.
        base: Hash,
        /// The text in force.
        in_force: Hash,
    },
    /// The edits are not of their form.
    #[error(
        "its edits are not of the form {{\"at\":LINE,\"inserted\":TEXT,\"removed\":NUMBER}}, ascending, at most {EDITS_MAX}"
    )]
    Form,
    /// An edit outside the text, or over the one before.
    #[error("edit {number} touches line {at}: outside the text, or touched by an edit before")]
    Place {
        /// Which edit, from 1.
        number: usize,
        /// Its line.
        at: usize,
    },
    /// The edits make another text than it says.
    #[error("its edits make the text `{}`, and it says `{}`", made.short(), said.short())]
    OtherResult {
        /// What they make.
        made: Hash,
        /// What it says.
        said: Hash,
    },
    /// The new text is no charter.
    #[error("the new charter has faults:\n{0}")]
    Faults(Faults),
    /// The new text is for a later program: this one can say nothing about it.
    #[error(
        "the new charter asks for version {needs} of the fold, and this program has {FOLD_VERSION}: bring it up to date"
    )]
    NewerFold {
        /// The version that it asks for.
        needs: u32,
    },
    /// A head that must stay, or the version that must be the next.
    #[error("the new charter's {key} must be `{needs}`, and is `{found}`")]
    Head {
        /// The key.
        key: &'static str,
        /// What it must be.
        needs: String,
        /// What it is.
        found: String,
    },
    /// Keys of a party that was there before: they change by the party's own root key, not by others' votes.
    #[error(
        "the keys of `{0}` differ: a party's keys change by its own root key, not by an amendment"
    )]
    Keys(PartyId),
}

impl Amendment {
    /// Returns the amendment that makes one text of another.
    #[must_use]
    pub fn between(before: &str, after: &str) -> Self {
        let (old, new) = (lines(before), lines(after));
        let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
        let edits = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).map(|op| {
            let (from, to) = (op.old_range(), op.new_range());
            let inserted = new.get(to).unwrap_or_default().concat();
            Edit { at: from.start + 1, removed: from.len(), inserted }
        });
        let hash = |text: &str| Hash::of(&[text.as_bytes()]);
        Self { base: hash(before), result: hash(after), edits: edits.collect() }
    }

    /// Reads an amendment from an act's terms.
    ///
    /// # Errors
    /// [`AmendError::Form`] if a field is missing or of another form.
    pub fn read(terms: &Value) -> Result<Self, AmendError> {
        let hash = |key| Hash::parse(terms.get(key)?.as_text()?).ok();
        let read = || {
            let edits = terms.get("edits")?.as_list().filter(|edits| edits.len() <= EDITS_MAX)?;
            let edits = edits.iter().map(|edit| {
                let number = |key| usize::try_from(edit.get(key)?.as_size()?).ok();
                let inserted = edit.get("inserted")?.as_text()?.to_owned();
                let known = edit.as_map()?.len() == 3;
                known.then_some(Edit { at: number("at")?, removed: number("removed")?, inserted })
            });
            let edits = edits.collect::<Option<Vec<Edit>>>()?;
            Some(Self { base: hash("base")?, result: hash("result")?, edits })
        };
        read().ok_or(AmendError::Form)
    }

    /// Returns the fields of an act's terms that say this: `base`, `result`, `edits`.
    #[must_use]
    pub fn to_fields(&self) -> [(&'static str, Value); 3] {
        let size = |n: usize| Value::int(n as u64).unwrap_or(Value::Int(0));
        let edit = |edit: &Edit| {
            Value::map([
                ("at", size(edit.at)),
                ("inserted", Value::text(&edit.inserted)),
                ("removed", size(edit.removed)),
            ])
        };
        [
            ("base", Value::text(self.base)),
            ("edits", Value::List(self.edits.iter().map(edit).collect())),
            ("result", Value::text(self.result)),
        ]
    }

    /// Makes the next version of a charter.
    ///
    /// # Errors
    /// [`AmendError`], in the order of its variants.
    pub fn apply(&self, charter: &Charter) -> Result<Charter, AmendError> {
        if self.base != charter.hash {
            return Err(AmendError::OtherBase { base: self.base, in_force: charter.hash });
        }
        let text = self.edited(&charter.text)?;
        let made = Hash::of(&[text.as_bytes()]);
        if made != self.result {
            return Err(AmendError::OtherResult { made, said: self.result });
        }
        let next = Charter::load(text.as_bytes(), "charter.toml").map_err(refused)?;
        check_succession(charter, &next)?;
        Ok(next)
    }

    fn edited(&self, text: &str) -> Result<String, AmendError> {
        let lines = lines(text);
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (number, edit) in self.edits.iter().enumerate() {
            let place = || AmendError::Place { number: number + 1, at: edit.at };
            let start = edit.at.checked_sub(1).ok_or_else(place)?;
            let end = start.checked_add(edit.removed).ok_or_else(place)?;
            let kept = lines.get(done..start).filter(|_| end <= lines.len()).ok_or_else(place)?;
            kept.iter().for_each(|line| out.push_str(line));
            out.push_str(&edit.inserted);
            done = end;
        }
        lines.get(done..).unwrap_or_default().iter().for_each(|line| out.push_str(line));
        Ok(out)
    }
}

/// Splits a text into lines, each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn refused(faults: Faults) -> AmendError {
    let newer = faults.0.iter().find_map(|fault| {
        if let FaultKind::NewerFold { needs, .. } = fault.what { Some(needs) } else { None }
    });
    newer.map_or(AmendError::Faults(faults), |needs| AmendError::NewerFold { needs })
}

/// The next version is the same organisation's, one higher, and no party's keys are changed by others.
fn check_succession(before: &Charter, after: &Charter) -> Result<(), AmendError> {
    let heads = [
        ("organisation", before.organisation.clone(), after.organisation.clone()),
        ("name", before.name.clone(), after.name.clone()),
        // By it every node tells which of the ledger's own records are for all, whatever it has heard of amendments.
        ("default_label", before.default_label.to_string(), after.default_label.to_string()),
        ("version", before.version.saturating_add(1).to_string(), after.version.to_string()),
    ];
    if let Some((key, needs, found)) = heads.into_iter().find(|(_, needs, found)| needs != found) {
        return Err(AmendError::Head { key, needs, found });
    }
    let differs = before
        .parties
        .iter()
        .find(|(id, party)| after.parties.get(*id).is_some_and(|later| party.keys != later.keys));
    differs.map_or(Ok(()), |(id, _)| Err(AmendError::Keys(id.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::{SIX_RIVERS, six_rivers};

    fn next_version() -> String {
        SIX_RIVERS.replacen("version = 1\n", "version = 2\n", 1)
    }

    #[test]
    fn an_amendment_makes_the_text_that_it_was_drafted_for() {
        let after = next_version().replace("[duties.", "# a remark\n[duties.");
        let amendment = Amendment::between(SIX_RIVERS, &after);
        let next = amendment.apply(&six_rivers()).unwrap();
        assert_eq!(&*next.text, after);
        assert_eq!(next.version, 2);
    }

    #[test]
    fn terms_read_back_as_they_were_written() {
        let amendment = Amendment::between(SIX_RIVERS, &next_version());
        assert_eq!(Amendment::read(&Value::map(amendment.to_fields())), Ok(amendment));
    }

    #[test]
    fn edits_over_another_text_or_to_another_end_are_refused() {
        let charter = six_rivers();
        let amendment = Amendment::between(SIX_RIVERS, &next_version());
        let other = Amendment { base: amendment.result, ..amendment.clone() };
        assert!(matches!(other.apply(&charter), Err(AmendError::OtherBase { .. })));
        let other = Amendment { result: amendment.base, ..amendment.clone() };
        assert!(matches!(other.apply(&charter), Err(AmendError::OtherResult { .. })));
        let far = vec![Edit { at: 1, removed: usize::MAX, inserted: String::new() }];
        let other = Amendment { edits: far, ..amendment };
        assert_eq!(other.apply(&charter).unwrap_err(), AmendError::Place { number: 1, at: 1 });
        let twice = [amendment.edits.clone(), amendment.edits.clone()].concat();
        let other = Amendment { edits: twice, ..amendment };
        assert!(matches!(other.apply(&charter), Err(AmendError::Place { number: 2, .. })));
    }

    #[test]
    fn a_text_with_faults_or_of_another_head_is_refused() {
        let charter = six_rivers();
        let refused = |after: &str| {
            let amendment = Amendment::between(SIX_RIVERS, after);
            amendment.apply(&charter).unwrap_err().to_string()
        };
        let broken = next_version().replacen("final = true", "final = false", 1);
        assert!(refused(&broken).contains("where: charter.toml:"), "{}", refused(&broken));
        assert_eq!(
            refused(&format!("{SIX_RIVERS}# a remark\n")),
            "the new charter's version must be `2`, and is `1`"
        );
        let newer = SIX_RIVERS.replacen("version = 1\n", "version = 2\nfold = 9\n", 1);
        assert_eq!(
            refused(&newer),
            "the new charter asks for version 9 of the fold, and this program has 1: bring it up to date"
        );
    }

    #[test]
    fn nobody_changes_another_partys_keys() {
        let party = "\n[keys.halcis]\nroot = \"six-rivers.example/halcis/root+aaaaaaaa+AAAA\"\n";
        let before = Charter::load(format!("{SIX_RIVERS}{party}").as_bytes(), "x").unwrap();
        let after =
            before.text.replace("+AAAA", "+AAAB").replacen("version = 1\n", "version = 2\n", 1);
        let amendment = Amendment::between(&before.text, &after);
        assert!(matches!(amendment.apply(&before), Err(AmendError::Keys(_))));
    }
}
