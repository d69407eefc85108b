//! The charters that come with the program: the folders of `charters/`.

/// A charter that comes with the program.
pub(crate) struct Shipped {
    /// Its folder's name.
    pub(crate) name: &'static str,
    /// The bytes of its `charter.toml`.
    pub(crate) bytes: &'static [u8],
}

/// The charter in a folder of this name.
macro_rules! shipped {
    ($name:literal) => {
        Shipped {
            name: $name,
            bytes: include_bytes!(concat!("../../../../charters/", $name, "/charter.toml")),
        }
    };
}

/// Name of the charter that the language's test vectors are about.
pub(crate) const CONFORM: Shipped = shipped!("conform");

/// All shipped charters, ascending by name.
pub(crate) const ALL: [Shipped; 15] = [
    shipped!("asean"),
    shipped!("au"),
    shipped!("cis"),
    shipped!("common"),
    CONFORM,
    shipped!("csto"),
    shipped!("ecowas"),
    shipped!("eu"),
    shipped!("mutual-aid"),
    shipped!("nato"),
    shipped!("osce"),
    shipped!("six-rivers"),
    shipped!("two-banks"),
    shipped!("un"),
    shipped!("who"),
];

/// Returns the shipped charter of that name.
pub(crate) fn find(name: &str) -> Option<Shipped> {
    ALL.into_iter().find(|shipped| shipped.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_with_a_charter_is_shipped() {
        let folders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charters");
        let mut found: Vec<String> = std::fs::read_dir(folders)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("charter.toml").is_file())
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        found.sort();
        assert_eq!(found, ALL.map(|shipped| shipped.name));
    }
}
