//! Who keeps whose log: a party without a node has its log on another's, and whoever reads its words should know.

use crate::model::Charter;
use veche_ledger::PartyId;

impl Charter {
    /// Returns the party whose node keeps another's log; `None` for one that runs its own node, and for no party.
    #[must_use]
    pub fn host_of(&self, party: &str) -> Option<&PartyId> {
        let party = PartyId::parse(party).ok()?;
        self.parties.get(&party)?.hosted_by.as_ref()
    }

    /// Returns what tells that another's node keeps a party's log: `log kept by Arven's node`.
    #[must_use]
    pub fn hosting(&self, party: &str) -> Option<String> {
        let host = self.host_of(party)?;
        let name = self.parties.get(host).map_or_else(|| host.to_string(), |p| p.name.clone());
        let genitive = if name.ends_with('s') { "'" } else { "'s" };
        Some(format!("log kept by {name}{genitive} node"))
    }

    /// Returns a party's name for people as the author of something, with who keeps its log if it runs no node.
    #[must_use]
    pub fn author_name(&self, party: &str) -> String {
        let entry = PartyId::parse(party).ok().and_then(|id| self.parties.get(&id));
        let name = entry.map_or_else(|| party.to_owned(), |party| party.name.clone());
        self.hosting(party).map_or_else(|| name.clone(), |hosting| format!("{name} ({hosting})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_node_is_named_with_whose_node_keeps_its_log() {
        let text = include_str!("../../../charters/common/charter.toml");
        let charter = Charter::load(text.as_bytes(), "charter.toml").unwrap();
        let host = "log kept by First member (placeholder)'s node";
        assert_eq!(charter.hosting("secretariat").as_deref(), Some(host));
        assert_eq!(
            charter.author_name("secretariat"),
            format!("Secretariat (placeholder) ({host})")
        );
        assert_eq!(charter.author_name("first"), "First member (placeholder)");
        assert_eq!((charter.hosting("first"), charter.hosting("nobody")), (None, None));
        assert_eq!(charter.author_name("no party"), "no party");
    }
}
