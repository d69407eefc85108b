//! Who in a delegation may do what: its own rules, kept in its node's store.

use std::collections::BTreeSet;
use veche_charter::Charter;
use veche_charter::fault::nearest;
use veche_ledger::PartyId;

/// Longest file of roles, in bytes: a thousand officers fit.
pub const ROLES_LEN_MAX: usize = 64 * 1024;

/// What an officer does inside a delegation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Writes drafts, changes and drops them.
    Draft,
    /// Approves what was drafted.
    Approve,
    /// Signs for the party.
    Sign,
    /// Gives the capital's instructions.
    Instruct,
}

impl std::fmt::Display for Duty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Approve => "approve",
            Self::Sign => "sign",
            Self::Instruct => "instruct",
        })
    }
}

/// What is wrong with a file of roles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolesFault {
    /// It is too long.
    #[error("it has {0} bytes, more than {ROLES_LEN_MAX}")]
    TooLong(usize),
    /// It is no text.
    #[error("it is not UTF-8 from byte {0} on")]
    NotText(usize),
    /// It is not of the form.
    #[error("it is not of the form: {0}")]
    Form(String),
    /// A role that nobody has: nothing could pass it.
    #[error("role `{0}` lists nobody: leave the line out if everybody may")]
    Nobody(Duty),
    /// An officer whom the charter does not list.
    #[error(
        "role `{duty}` lists `{officer}`, and the charter lists no such officer of `{party}`; {hint}"
    )]
    NoOfficer {
        /// The role.
        duty: Duty,
        /// The officer.
        officer: String,
        /// The party.
        party: PartyId,
        /// A near name, or all names.
        hint: String,
    },
    /// Under four eyes, one person alone would have to draft and approve.
    #[error(
        "`four_eyes` is true, and nobody but `{0}` may draft and approve: list a second officer"
    )]
    OnePerson(String),
}

/// The file as a person writes it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    four_eyes: bool,
    #[serde(default)]
    only_approved: bool,
    #[serde(default)]
    roles: WrittenRoles,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRoles {
    draft: Option<BTreeSet<String>>,
    approve: Option<BTreeSet<String>>,
    sign: Option<BTreeSet<String>>,
    instruct: Option<BTreeSet<String>>,
}

/// Who in a delegation may do what. Where nothing is said, every officer may do everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// True if nobody approves what he wrote or changed himself.
    pub four_eyes: bool,
    /// True if nothing is signed here but approved drafts.
    pub only_approved: bool,
    draft: Option<BTreeSet<String>>,
    approve: Option<BTreeSet<String>>,
    sign: Option<BTreeSet<String>>,
    instruct: Option<BTreeSet<String>>,
}

impl Roles {
    /// Reads a file of roles for a party.
    ///
    /// # Errors
    /// [`RolesFault`].
    pub fn read(bytes: &[u8], charter: &Charter, party: &PartyId) -> Result<Self, RolesFault> {
        if bytes.len() > ROLES_LEN_MAX {
            return Err(RolesFault::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|error| RolesFault::NotText(error.valid_up_to()))?;
        let written: Written =
            toml::from_str(text).map_err(|error| RolesFault::Form(error.to_string()))?;
        let roles = Self {
            four_eyes: written.four_eyes,
            only_approved: written.only_approved,
            draft: written.roles.draft,
            approve: written.roles.approve,
            sign: written.roles.sign,
            instruct: written.roles.instruct,
        };
        roles.check(charter, party)?;
        Ok(roles)
    }

    fn check(&self, charter: &Charter, party: &PartyId) -> Result<(), RolesFault> {
        let listed = charter.parties.get(party).map(|party| &party.keys.officers);
        let known: Vec<&str> =
            listed.into_iter().flat_map(|keys| keys.keys()).map(String::as_str).collect();
        for duty in [Duty::Draft, Duty::Approve, Duty::Sign, Duty::Instruct] {
            let Some(named) = self.named(duty) else { continue };
            if named.is_empty() {
                return Err(RolesFault::Nobody(duty));
            }
            if let Some(officer) = named.iter().find(|name| !known.contains(&name.as_str())) {
                let hint = nearest(officer, known.iter().copied()).map_or_else(
                    || format!("it lists: {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                let (officer, party) = (officer.clone(), party.clone());
                return Err(RolesFault::NoOfficer { duty, officer, party, hint });
            }
        }
        let persons = |duty| self.named(duty).filter(|named| named.len() == 1);
        match (persons(Duty::Draft), persons(Duty::Approve)) {
            (Some(one), Some(other)) if self.four_eyes && one == other => {
                Err(RolesFault::OnePerson(one.iter().next().cloned().unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    /// Returns the officers whom the rules name for a duty; `None`: everybody.
    #[must_use]
    pub const fn named(&self, duty: Duty) -> Option<&BTreeSet<String>> {
        match duty {
            Duty::Draft => self.draft.as_ref(),
            Duty::Approve => self.approve.as_ref(),
            Duty::Sign => self.sign.as_ref(),
            Duty::Instruct => self.instruct.as_ref(),
        }
    }

    /// Returns true if an officer may do a duty.
    #[must_use]
    pub fn may(&self, officer: &str, duty: Duty) -> bool {
        self.named(duty).is_none_or(|named| named.contains(officer))
    }

    /// Returns who may do a duty, in words.
    #[must_use]
    pub fn who(&self, duty: Duty) -> String {
        self.named(duty).map_or_else(
            || "every officer".to_owned(),
            |named| named.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARTER: &str = include_str!("../../../../charters/two-banks/charter.toml");

    fn read(text: &[u8]) -> Result<Roles, String> {
        let mut charter = Charter::load(CHARTER.as_bytes(), "charter.toml").unwrap();
        let arven = PartyId::parse("arven").unwrap();
        for officer in ["duty", "delegate", "head"] {
            let keys = &mut charter.parties.get_mut(&arven).unwrap().keys;
            keys.officers.insert(officer.to_owned(), String::new());
        }
        Roles::read(text, &charter, &arven).map_err(|fault| fault.to_string())
    }

    #[test]
    fn where_nothing_is_said_everybody_may_do_everything() {
        let roles = read(b"").unwrap();
        assert_eq!(roles, Roles::default());
        assert!(roles.may("duty", Duty::Sign) && !roles.four_eyes && !roles.only_approved);
    }

    #[test]
    fn a_role_is_had_by_those_whom_it_names() {
        let roles = read(b"four_eyes = true\n[roles]\napprove = [\"head\"]\n").unwrap();
        assert!(roles.may("head", Duty::Approve) && !roles.may("duty", Duty::Approve));
        assert!(roles.may("duty", Duty::Sign));
        assert_eq!(roles.who(Duty::Approve), "head");
    }

    #[test]
    fn a_file_that_could_not_be_meant_is_refused() {
        let check = |text: &[u8], expected: &str| {
            let said = read(text).unwrap_err();
            assert!(said.contains(expected), "{said}");
        };
        check(b"[roles]\nsign = [\"dutty\"]\n", "did you mean `duty`?");
        check(b"[roles]\nsign = [\"emperor\"]\n", "it lists: delegate, duty, head");
        check(b"[roles]\nsign = []\n", "role `sign` lists nobody");
        check(b"[roles]\nveto = [\"duty\"]\n", "unknown field `veto`");
        check(b"four_eyes = \"yes\"\n", "it is not of the form");
        check(
            b"four_eyes = true\n[roles]\ndraft = [\"duty\"]\napprove = [\"duty\"]\n",
            "nobody but `duty`",
        );
        check(&[0xff], "not UTF-8 from byte 0 on");
        check(&vec![b'#'; ROLES_LEN_MAX + 1], "more than 65536");
    }
}
