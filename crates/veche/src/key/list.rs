//! `veche key list`.

use super::{role_of, token};
use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::node::{node_failure, node_fault, open};
use crate::pkcs11::OnToken;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use veche_ledger::PartyId;
use veche_ledger::keyring::Role;
use veche_node::node::KeyState;

/// What is listed.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The node's store; needed without `--pkcs11`
    #[arg(long, required_unless_present = "pkcs11", conflicts_with = "pkcs11")]
    store: Option<PathBuf>,
    /// Another party than the node's own: as far as its logs are held
    #[arg(long, conflicts_with = "pkcs11")]
    party: Option<String>,
    #[command(flatten)]
    on_token: OnToken,
    /// Of a token: this key's line alone, as `veche key epoch --add` and a charter take it
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    key: Option<String>,
    /// The key's name in the charter, if the label on the token is another
    #[arg(long, value_name = "ORGANISATION/PARTY/ROLE", requires = "key")]
    name: Option<String>,
}

impl List {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let Some(store) = &self.store else {
            return token::list(&self.on_token, self.key.as_deref(), self.name.as_deref());
        };
        let node = open(store, &[], &[])?;
        let party = match &self.party {
            Some(party) => PartyId::parse(party).map_err(node_fault)?,
            None => node.party().clone(),
        };
        let states = node.key_states(&party).map_err(node_failure)?;
        if states.is_empty() {
            return Err(node_fault(format!("no keys of a party `{party}` are known here")));
        }
        let kept = node.store().keys().map_err(Failure::of_store)?;
        let kept: BTreeSet<String> = kept.into_iter().map(|(name, _)| name).collect();
        let mut lines = Vec::new();
        let mut log = None;
        for state in &states {
            if log != Some(&state.log) {
                log = Some(&state.log);
                lines.push(format!("{}:", state.log));
            }
            lines.push(format!("  {}", says(state, kept.contains(state.key.name().as_str()))));
        }
        let suspended = node.suspended(&party).len();
        if suspended > 0 {
            let said = counted(suspended, "record");
            lines.push(format!("{said} of a withdrawn key, not signed anew: `veche key resign`"));
        }
        let rows: Vec<Json> = states
            .iter()
            .map(|state| row(state, kept.contains(state.key.name().as_str())))
            .collect();
        let json = json!({"party": party.to_string(), "keys": rows, "suspended": suspended});
        Ok(Answer::new(lines.join("\n"), json))
    }
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::Root => "root",
        Role::Log => "log",
        Role::Officer => "officer",
        Role::Witness => "witness",
    }
}

fn says(state: &KeyState, is_kept: bool) -> String {
    let role = word(state.role);
    let name = role_of(state.key.name().as_str());
    let named = if name == role { role.to_owned() } else { format!("{role} `{name}`") };
    let force = match (state.revoked_from, state.until, state.is_in_force) {
        (Some(from), ..) => {
            format!("withdrawn: what it signed from record {from} on is taken back")
        }
        (None, Some(until), _) => format!("ended at record {until}"),
        (None, None, true) => format!("in force since record {}", state.from),
        (None, None, false) => format!("counts from record {} on", state.from),
    };
    let place = match (is_kept, state.role) {
        (true, _) => "locked in this store",
        (false, Role::Root) => "not in this store, as it should be",
        (false, _) => "not in this store",
    };
    let used = match state.last_used {
        Some((index, time)) => {
            let records = counted(usize::try_from(state.records).unwrap_or(usize::MAX), "record");
            format!("; signed {records}, the last {index} at {time}")
        }
        None if state.role == Role::Witness => "; cosigns other logs".to_owned(),
        None if state.role == Role::Log => "; signs the log's length, and no record yet".to_owned(),
        None => "; signed no record".to_owned(),
    };
    format!("{named}, {}: {force}; {place}{used}", state.key.id())
}

fn row(state: &KeyState, is_kept: bool) -> Json {
    json!({
        "log": state.log.to_string(),
        "key": state.key.to_string(),
        "role": word(state.role),
        "from": state.from,
        "until": state.until,
        "revoked_from": state.revoked_from,
        "in_force": state.is_in_force,
        "in_store": is_kept,
        "records": state.records,
        "last_record": state.last_used.map(|(index, _)| index),
        "last_used": state.last_used.map(|(_, time)| time.to_string()),
    })
}
