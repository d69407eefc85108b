//! Keys appended to a charter's text: how a template becomes the charter of parties that exist.

use crate::model::PartyKeys;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use veche_ledger::PartyId;

/// Returns the charter's text with a `[keys.PARTY]` table for each party after it.
///
/// The text before stays as it is, byte for byte, so that a reader finds the template in it.
#[must_use]
pub fn with_keys(text: &str, keys: &BTreeMap<PartyId, PartyKeys>) -> String {
    let mut out = text.trim_end().to_owned();
    out.push('\n');
    for (party, keys) in keys {
        out.push_str("\n[keys.");
        out.push_str(&quoted(party.as_str()));
        out.push_str("]\n");
        let named = [("root", &keys.root), ("log", &keys.log), ("witness", &keys.witness)];
        for (name, key) in named {
            if let Some(key) = key {
                line(&mut out, name, key);
            }
        }
        if !keys.officers.is_empty() {
            out.push_str("[keys.");
            out.push_str(&quoted(party.as_str()));
            out.push_str(".officers]\n");
        }
        for (name, key) in &keys.officers {
            line(&mut out, &quoted(name), key);
        }
    }
    out
}

fn line(out: &mut String, name: &str, key: &str) {
    out.push_str(name);
    out.push_str(" = ");
    out.push_str(&quoted(key));
    out.push('\n');
}

/// Returns a TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Charter;

    #[test]
    fn keys_appended_to_a_template_are_read_back() {
        let text = crate::load::tests::SIX_RIVERS;
        let keys = PartyKeys {
            root: Some("six-rivers.example/halcis/root+0a1b2c3d+AQ==".to_owned()),
            log: Some("six-rivers.example/halcis/1+0a1b2c3d+AQ==".to_owned()),
            witness: None,
            officers: [(
                "duty \"1\"\\\u{7}".to_owned(),
                "six-rivers.example/halcis/duty+1+AQ==".to_owned(),
            )]
            .into(),
        };
        let halcis = PartyId::parse("halcis").unwrap();
        let genesis = with_keys(text, &[(halcis.clone(), keys.clone())].into());
        let charter = Charter::load(genesis.as_bytes(), "genesis").unwrap();
        let read = &charter.parties[&halcis].keys;
        assert_eq!((&read.root, &read.log, &read.witness), (&keys.root, &keys.log, &None));
        assert_eq!(read.officers, keys.officers);
        assert!(genesis.starts_with(text.trim_end()));
    }
}
