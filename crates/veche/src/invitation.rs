//! The one file with which a member joins: the organisation's genesis charter, and where its nodes are (`formats/invitation.md`).

use crate::failure::Failure;
use crate::file;
use crate::node::node_fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use veche_ledger::PartyId;

/// Longest invitation, in bytes: the longest charter, written as JSON, and some thousand addresses.
const LEN_MAX: u64 = 3 * 1024 * 1024;

/// The genesis charter, and where nodes are.
#[derive(Debug)]
pub(crate) struct Invitation {
    /// The charter's bytes. Its hash is what all records name: whoever changes a letter of it invites to another organisation.
    pub(crate) charter: Vec<u8>,
    /// The address of each node that is known, `HOST:PORT`, by party. Hints: who answers there shows who he is.
    pub(crate) peers: BTreeMap<PartyId, String>,
}

impl Invitation {
    /// Returns the file's text.
    pub(crate) fn to_text(&self) -> String {
        let peers: BTreeMap<String, &String> =
            self.peers.iter().map(|(party, address)| (party.to_string(), address)).collect();
        let charter = String::from_utf8_lossy(&self.charter);
        let value = json!({"charter": charter, "peers": peers, "veche_invitation": 1});
        format!("{value:#}\n")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Failure`]: no file, no invitation, of a later version.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(&file::read(path, LEN_MAX)?)
            .map_err(|why| node_fault(format!("`{}` is no invitation: {why}", path.display())))
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match value.get("veche_invitation").and_then(Value::as_u64) {
            Some(1) => {}
            Some(later) => return Err(format!("it has version {later}; use a newer program")),
            None => return Err("it has no `veche_invitation`".to_owned()),
        }
        let charter = value.get("charter").and_then(Value::as_str).ok_or("it has no `charter`")?;
        let peers = value.get("peers").and_then(Value::as_object).ok_or("it has no `peers`")?;
        let mut known = BTreeMap::new();
        for (party, address) in peers {
            let party = PartyId::parse(party).map_err(|error| error.to_string())?;
            let address = address.as_str().unwrap_or_default();
            let address = crate::peer::address(address)
                .map_err(|_| format!("`{party}` has no address of the form HOST:PORT"))?;
            known.insert(party, address);
        }
        Ok(Self { charter: charter.as_bytes().to_vec(), peers: known })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_read_back_byte_for_byte_and_another_form_refused() {
        let party = PartyId::parse("belm").unwrap();
        let charter = "# \"Two Banks\"\n[charter]\nname = 'ā'\n".as_bytes().to_vec();
        let peers = BTreeMap::from([(party, "belm.example:7443".to_owned())]);
        let text = Invitation { charter: charter.clone(), peers: peers.clone() }.to_text();
        let read = Invitation::parse(text.as_bytes()).unwrap();
        assert_eq!((read.charter, read.peers), (charter, peers));
        for (bad, why) in [
            (text.replace("\"veche_invitation\": 1", "\"veche_invitation\": 2"), "newer program"),
            (text.replace("veche_invitation", "invitation"), "veche_invitation"),
            (text.replace("belm.example:7443", "belm.example"), "HOST:PORT"),
            (text.replace("\"belm\"", "\"Belm!\""), "Belm!"),
            (text[..text.len() / 2].to_owned(), "EOF"),
            (String::new(), "EOF"),
        ] {
            let found = Invitation::parse(bad.as_bytes()).unwrap_err();
            assert!(found.contains(why), "{found}");
        }
        assert!(Invitation::parse(&[0xff, 0xfe]).is_err());
    }
}
