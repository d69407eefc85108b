//! `veche key list --pkcs11`: the tokens that are in, and their Ed25519 keys.

use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::node::node_fault;
use crate::pkcs11::{Connection, Module, OnToken, Shown, Token};
use serde_json::{Value as Json, json};
use veche_ledger::key::Algorithm;
use veche_ledger::{KeyName, VerifyingKey};

/// Lists tokens and keys; of one key its line alone.
pub(super) fn list(
    on_token: &OnToken,
    key: Option<&str>,
    name: Option<&str>,
) -> Result<Answer, Failure> {
    if let Some(label) = key {
        return line(on_token, label, name);
    }
    // A PIN is shown to the token that it is of, and to no other.
    if on_token.token.is_some() || on_token.pin_file.is_some() {
        let connection = on_token.connect(false)?;
        return Ok(answer(&[look(&connection, on_token)?]));
    }
    let library = on_token.pkcs11.as_deref().ok_or_else(|| node_fault("no token is named"))?;
    let mut module = Module::load(library)?;
    let mut seen = Vec::new();
    for token in module.tokens()? {
        let connection = Connection::open(module, token, false)?;
        seen.push(look(&connection, on_token)?);
        module = connection.into_module();
    }
    if seen.is_empty() {
        // The one way to say that there is none.
        module.token(None)?;
    }
    Ok(answer(&seen))
}

/// What was seen of one token.
struct Seen {
    label: String,
    model: String,
    serial: String,
    /// What it says of wrong PINs.
    pin: Option<&'static str>,
    keys: Vec<Shown>,
    /// It was shown its PIN.
    is_open: bool,
}

fn look(connection: &Connection, on_token: &OnToken) -> Result<Seen, Failure> {
    let is_open = on_token.pin_file.is_some();
    if is_open {
        connection.log_in(on_token.pin_file.as_deref())?;
    }
    let token: &Token = connection.token();
    let (model, serial) = token.model_and_serial();
    let pin = token.tries().word();
    Ok(Seen { label: token.label(), model, serial, pin, keys: connection.shown()?, is_open })
}

/// Returns the vkey of a key, if its label is a key's name.
fn vkey(key: &Shown) -> Option<String> {
    let name = KeyName::parse(&key.label).ok()?;
    let public = VerifyingKey::new(name, Algorithm::Ed25519, &key.point).ok()?;
    Some(public.to_string())
}

fn answer(seen: &[Seen]) -> Answer {
    let mut lines = Vec::new();
    for token in seen {
        let Seen { label, model, serial, .. } = token;
        let keys = counted(token.keys.len(), "Ed25519 key");
        let pin = token.pin.map_or_else(String::new, |word| format!("; {word}"));
        let is_shut = token.keys.is_empty() && !token.is_open;
        let shut = if is_shut { "; some tokens show theirs with `--pin-file` alone" } else { "" };
        lines.push(format!("token `{label}` ({model}, number {serial}): {keys}{shut}{pin}"));
        for key in &token.keys {
            lines.push(vkey(key).map_or_else(
                || format!("  `{}`: no key's name; its line: `--key LABEL --name ORGANISATION/PARTY/ROLE`", key.label),
                |vkey| format!("  {vkey}"),
            ));
        }
    }
    let keys = |token: &Seen| -> Vec<Json> {
        token.keys.iter().map(|key| json!({"label": key.label, "key": vkey(key)})).collect()
    };
    let rows: Vec<Json> = seen
        .iter()
        .map(|token| {
            json!({"token": token.label, "model": token.model, "serial": token.serial, "pin": token.pin, "keys": keys(token)})
        })
        .collect();
    Answer::new(lines.join("\n"), json!({"tokens": rows}))
}

/// Returns the line of one key, for an epoch or a charter.
fn line(on_token: &OnToken, label: &str, name: Option<&str>) -> Result<Answer, Failure> {
    let name = name.map(KeyName::parse).transpose().map_err(node_fault)?;
    let connection = on_token.connect(false)?;
    connection.log_in(on_token.pin_file.as_deref())?;
    let said = connection.key(label, name)?.verifying_key().to_string();
    Ok(Answer::new(said.clone(), json!({"token": connection.label(), "key": said})))
}
