//! From the types of data sets to those of PLOVER: tables with their reasons.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use veche_coder::ontology::{Class, Mode};

const CAMEO: &str = include_str!("cameo.tsv");
const ACLED: &str = include_str!("acled.tsv");

/// Longest code of CAMEO.
const CODE_LEN_MAX: usize = 4;

/// What a data set's type becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapped {
    /// An event of this type, and of this mode if one is known.
    Event(Class, Option<Mode>),
    /// No event of PLOVER.
    NoEvent,
}

fn table(text: &'static str) -> BTreeMap<&'static str, Mapped> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.filter_map(|row| {
        let mut cells = row.split('\t');
        let (code, class, mode) = (cells.next()?, cells.next()?, cells.next()?);
        let mapped = Class::parse(class)
            .map_or(Mapped::NoEvent, |class| Mapped::Event(class, class.mode(mode)));
        Some((code, mapped))
    })
    .collect()
}

static BY_CAMEO: LazyLock<BTreeMap<&'static str, Mapped>> = LazyLock::new(|| table(CAMEO));
static BY_ACLED: LazyLock<BTreeMap<&'static str, Mapped>> = LazyLock::new(|| table(ACLED));

/// Returns what a code of CAMEO becomes; none if it is no code.
#[must_use]
pub fn cameo(code: &str) -> Option<Mapped> {
    let is_code =
        (2..=CODE_LEN_MAX).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        return None;
    }
    (2..=code.len()).rev().find_map(|len| BY_CAMEO.get(code.get(..len)?).copied())
}

/// Returns what a sub-event type of ACLED becomes; none if it is not known.
#[must_use]
pub fn acled(sub: &str) -> Option<Mapped> {
    BY_ACLED.get(sub.to_lowercase().as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Option<Mapped>, expected: &str) {
        let said = match found {
            Some(Mapped::Event(class, mode)) => {
                format!("{} {}", class.name(), mode.map_or("-", Mode::name))
            }
            Some(Mapped::NoEvent) => "no event".to_owned(),
            None => "unknown".to_owned(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn the_longest_code_that_begins_a_code_decides() {
        check(cameo("190"), "ASSAULT -");
        check(cameo("0871"), "RETREAT ceasefire");
        check(cameo("0874"), "RETREAT disarm");
        check(cameo("1712"), "ASSAULT destroy");
        check(cameo("010"), "no event");
        for code in ["", "1", "21", "19x", "19000", "ab"] {
            check(cameo(code), "unknown");
        }
    }

    #[test]
    fn every_line_of_the_tables_names_a_type_a_mode_of_it_and_a_reason() {
        for (text, has_reasons) in [(CAMEO, true), (ACLED, false)] {
            for row in text.lines().filter(|line| !line.starts_with('#')).skip(1) {
                let cells: Vec<&str> = row.split('\t').collect();
                let [_, class, mode, why] = cells.as_slice() else { panic!("{row}") };
                assert!(!has_reasons || !why.is_empty(), "{row}");
                let parsed = Class::parse(class);
                assert_eq!(parsed.is_none(), class.is_empty(), "{row}");
                assert!(
                    mode.is_empty() || parsed.is_some_and(|class| class.mode(mode).is_some()),
                    "{row}"
                );
            }
        }
    }

    #[test]
    fn all_roots_of_cameo_are_known() {
        for root in 1..=20 {
            assert!(cameo(&format!("{root:02}")).is_some(), "{root:02}");
        }
        check(acled("Air/drone strike"), "ASSAULT aerial");
        check(acled("Change to group/activity"), "no event");
        check(acled("Dance"), "unknown");
    }
}
