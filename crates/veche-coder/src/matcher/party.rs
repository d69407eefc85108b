use super::vocabulary::{CharterName, Vocabulary};
use crate::ontology::Sector;
use crate::text::fold;
use std::collections::BTreeSet;

/// A party of a charter, as the charter has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartyName<'a> {
    /// Its short name.
    pub id: &'a str,
    /// Its name for people.
    pub name: &'a str,
}

impl CharterName {
    /// Returns the parties of a charter that the tables do not know, as actors.
    ///
    /// A party whose name is that of a nation or of an organisation is that one, with all its other names and forms, and needs no entry.
    /// Every other has the name that the charter gives, and a code of three capitals, made of the letters of its short name so that
    /// no code stands twice: the first with two later ones, or where all are taken `XAA`, `XAB` and so on.
    pub fn of_parties<'a>(
        parties: impl IntoIterator<Item = PartyName<'a>>,
        vocabulary: &Vocabulary,
    ) -> Vec<Self> {
        let known = names(vocabulary);
        let mut taken: BTreeSet<String> = vocabulary
            .nations
            .iter()
            .map(|nation| nation.code.clone())
            .chain(vocabulary.organisations.iter().map(|body| body.code.clone()))
            .collect();
        let strangers = parties.into_iter().filter(|party| !known.contains(&folded(party.name)));
        strangers
            .map(|party| {
                let code = code_of(party.id, &taken);
                taken.insert(code.clone());
                Self { code, sector: None, names: vec![party.name.to_owned()] }
            })
            .collect()
    }
}

fn folded(name: &str) -> String {
    let mut out = String::new();
    fold(name, &mut out);
    out
}

/// Returns every name of a nation or an organisation, folded.
fn names(vocabulary: &Vocabulary) -> BTreeSet<String> {
    let nations =
        vocabulary.nations.iter().flat_map(|nation| nation.en.names.iter().chain(&nation.ru.names));
    let bodies = vocabulary.organisations.iter().flat_map(|body| {
        body.en.iter().chain(&body.ru).chain(&body.en_short).chain(&body.ru_short)
    });
    nations.chain(bodies).map(|name| folded(name)).collect()
}

fn code_of(id: &str, taken: &BTreeSet<String>) -> String {
    let mut letters: Vec<char> = id
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    while letters.len() < 3 {
        letters.push('X');
    }
    let is_free = |code: &String| !taken.contains(code) && Sector::parse(code).is_none();
    let later = || {
        (1..letters.len()).flat_map(|one| (one + 1..letters.len()).map(move |two| [0, one, two]))
    };
    let own = later().map(|at| at.iter().filter_map(|at| letters.get(*at)).collect::<String>());
    // User-assigned codes of ISO 3166-1.
    let spare = ('A'..='Z').flat_map(|one| ('A'..='Z').map(move |two| format!("X{one}{two}")));
    own.chain(spare).find(is_free).unwrap_or_else(|| "XZZ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party<'a>(id: &'a str, name: &'a str) -> PartyName<'a> {
        PartyName { id, name }
    }

    #[track_caller]
    fn check(parties: &[PartyName<'_>], expected: &[&str]) {
        let vocabulary = Vocabulary::shipped().unwrap();
        let names = CharterName::of_parties(parties.iter().copied(), &vocabulary);
        let shown: Vec<String> =
            names.iter().map(|name| format!("{} {}", name.code, name.names.join("|"))).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_party_that_is_a_nation_or_an_organisation_needs_no_entry() {
        check(&[party("am", "Armenia"), party("ru", "Russian Federation")], &[]);
        check(
            &[party("un", "United Nations"), party("ctc", "Clearing House")],
            &["CTC Clearing House"],
        );
    }

    #[test]
    fn no_code_stands_twice_and_none_is_a_nations_or_a_sectors() {
        check(
            &[
                party("orvessa", "Orvessa"),
                party("orvella", "Orvella"),
                party("or", "Or"),
                party("orx", "Orx"),
            ],
            &["ORV Orvessa", "ORE Orvella", "ORX Or", "XAA Orx"],
        );
        // `MIL` is a sector, and `ARM` is Armenia.
        check(&[party("milia", "Milia"), party("arma", "Arma")], &["MII Milia", "ARA Arma"]);
    }
}
