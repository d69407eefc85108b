//! Where it was: names of a gazetteer that the user gives, of states and of their capitals, chosen by the document around them.

mod country;
mod gazetteer;

pub use gazetteer::{GAZETTEER_LEN_MAX, Gazetteer, GazetteerError, GazetteerFault, Place};

use crate::matcher::{Match, Matcher, Matches, NationForm, Target, Vocabulary};
use crate::text::Span;
use crate::token::{Gap, Tokens};

/// Fewest points by which a candidate must lead those of another place: below it no place is named.
pub const MARGIN_MIN: i32 = 8;

/// Candidates that lie as near as this are the same place, in kilometres.
const SAME_KM: u32 = 30;

/// A place that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// The name as it stands.
    pub span: Span,
    /// The first token of it.
    pub token: usize,
    /// How exactly it tells where.
    pub resolution: Resolution,
    /// The state or territory, as an entry of the table of nations; none if the lexicon has none for it.
    pub nation: Option<u32>,
    /// The entry of the gazetteer, if it is from there.
    pub place: Option<u32>,
    /// By how many points it leads the next candidate that lies elsewhere; [`i32::MAX`] if there is none.
    pub margin: i32,
    /// True if a word of place stands before it: "in Minsk", "под Ошем".
    pub cue: bool,
}

/// How exactly a place is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// A state or territory.
    Country,
    /// A town or village.
    Town,
    /// Only by a name that no table has: a network took it for that of a place.
    Named,
}

/// What places are looked up in.
#[derive(Clone, Copy)]
pub struct Atlas<'a> {
    /// The tables of the lexicon.
    pub vocabulary: &'a Vocabulary,
    /// The user's places, the same that the matcher was made with.
    pub gazetteer: Option<&'a Gazetteer>,
}

/// Returns the places that the matches of a document name. A name with two places that lead one another by less than
/// [`MARGIN_MIN`] is left out. `dateline`: the tokens of the dateline's place, if there is one.
pub fn places(
    atlas: Atlas<'_>,
    matcher: &Matcher,
    found: &Matches,
    tokens: &Tokens,
    dateline: Option<std::ops::Range<usize>>,
) -> Vec<Located> {
    let votes = Votes::count(atlas, matcher, found);
    let filed = dateline.and_then(|place| {
        let at = matcher.matches(found).find(|found| place.contains(&found.first))?;
        atlas.choose(&at, tokens, &votes, None)
    });
    let filed = filed.and_then(|filed| atlas.entry(filed.place?));
    matcher.matches(found).filter_map(|found| atlas.choose(&found, tokens, &votes, filed)).collect()
}

/// How often the document names each nation.
struct Votes(Vec<u32>);

impl Votes {
    fn count(atlas: Atlas<'_>, matcher: &Matcher, found: &Matches) -> Self {
        let mut votes = vec![0; atlas.vocabulary.nations.len()];
        for found in matcher.matches(found) {
            for target in found.targets {
                // A town would vote for itself.
                if let Target::Nation(form, nation) = target
                    && *form != NationForm::Town
                    && let Some(count) = votes.get_mut(*nation as usize)
                {
                    *count += 1;
                }
            }
        }
        Self(votes)
    }

    fn points(&self, nation: Option<u32>) -> i32 {
        let count = nation.and_then(|nation| self.0.get(nation as usize)).copied().unwrap_or(0);
        i32::try_from(count.min(3)).unwrap_or(0) * 8
    }
}

impl<'a> Atlas<'a> {
    fn entry(self, place: u32) -> Option<&'a Place> {
        self.gazetteer?.places().get(place as usize)
    }

    fn nation(self, code: &str) -> Option<u32> {
        let at = self.vocabulary.nations.iter().position(|nation| nation.code == code)?;
        u32::try_from(at).ok()
    }

    fn choose(
        self,
        found: &Match<'_>,
        tokens: &Tokens,
        votes: &Votes,
        filed: Option<&Place>,
    ) -> Option<Located> {
        let cue = found.first > 0 && is_cue(tokens.folded(found.first - 1));
        // A gazetteer knows better than the lexicon's towns and regions.
        let listed = found.targets.iter().any(|target| matches!(target, Target::Place(_)));
        let is_part = |target: &Target| {
            matches!(target, Target::Nation(NationForm::Region | NationForm::Town, _))
        };
        let mut ranked: Vec<(i32, Located)> = found
            .targets
            .iter()
            .filter(|target| !(listed && is_part(target)))
            .filter_map(|target| self.candidate(*target, found, tokens, votes, filed, cue))
            .collect();
        // Highest first; of equal ones the earlier in the file.
        ranked.sort_by_key(|(points, _)| -points);
        let (points, mut best) = *ranked.first()?;
        let rival = ranked.iter().skip(1).find(|(_, other)| self.apart(&best, other));
        best.margin = rival.map_or(i32::MAX, |(rival, _)| points - rival);
        (best.margin >= MARGIN_MIN).then_some(best)
    }

    fn candidate(
        self,
        target: Target,
        found: &Match<'_>,
        tokens: &Tokens,
        votes: &Votes,
        filed: Option<&Place>,
        cue: bool,
    ) -> Option<(i32, Located)> {
        let (resolution, nation, place, points) = match target {
            Target::Nation(NationForm::Name, nation) => {
                (Resolution::Country, Some(nation), None, 60)
            }
            Target::Nation(NationForm::Capital, nation) => {
                (Resolution::Town, Some(nation), None, 50 + votes.points(Some(nation)))
            }
            Target::Place(at) => {
                let entry = self.entry(at)?;
                let nation = entry.country.as_deref().and_then(|code| self.nation(code));
                let near = filed.map_or(0, |filed| nearness(filed, entry));
                // Ten times as many people are about seven points.
                let size = entry.population.checked_ilog2().unwrap_or(0).cast_signed() * 2;
                let start = tokens.gap(found.first) == Gap::Paragraph && !cue;
                (
                    Resolution::Town,
                    nation,
                    Some(at),
                    size + near + votes.points(nation) - if start { 10 } else { 0 },
                )
            }
            Target::Nation(NationForm::Region | NationForm::Town, nation) => {
                (Resolution::Country, Some(nation), None, 0)
            }
            Target::Nation(NationForm::Adjective | NationForm::People, _)
            | Target::Group(..)
            | Target::Trigger(..)
            | Target::Agent(_)
            | Target::Office(_)
            | Target::Organisation(_)
            | Target::Charter(_) => return None,
        };
        let span = tokens.cover(found.first, found.end - 1);
        Some((
            points,
            Located { span, token: found.first, resolution, nation, place, margin: 0, cue },
        ))
    }

    /// Returns true if both cannot be one place.
    fn apart(self, a: &Located, b: &Located) -> bool {
        match (a.place.and_then(|at| self.entry(at)), b.place.and_then(|at| self.entry(at))) {
            (Some(a), Some(b)) => kilometres(a, b) > SAME_KM,
            _ => a.nation != b.nation,
        }
    }
}

/// Words before a place that say that something was there.
pub(crate) fn is_cue(folded: &str) -> bool {
    matches!(
        folded,
        "in" | "near"
            | "at"
            | "outside"
            | "around"
            | "inside"
            | "across"
            | "в"
            | "во"
            | "под"
            | "близ"
            | "около"
            | "возле"
            | "у"
            | "городе"
            | "город"
            | "города"
            | "г."
    )
}

fn nearness(filed: &Place, place: &Place) -> i32 {
    match kilometres(filed, place) {
        0..=100 => 15,
        101..=500 => 8,
        _ => 0,
    }
}

/// Returns about how far two places are apart: exact enough below some thousand kilometres, and the same on every machine.
fn kilometres(a: &Place, b: &Place) -> u32 {
    /// The cosine of 0, 10, .. 90 degrees, in thousandths.
    const COSINE: [i64; 10] = [1000, 985, 940, 866, 766, 643, 500, 342, 174, 0];
    let (a_lat, a_lon) = (i64::from(a.latitude), i64::from(a.longitude));
    let (b_lat, b_lon) = (i64::from(b.latitude), i64::from(b.longitude));
    let middle = ((a_lat + b_lat) / 2).unsigned_abs();
    let step = usize::try_from(middle / 10_000_000).unwrap_or(0).min(8);
    let part = i64::try_from(middle % 10_000_000).unwrap_or(0);
    let cosine = COSINE[step] + (COSINE[step + 1] - COSINE[step]) * part / 10_000_000;
    let wide = (a_lon - b_lon).abs();
    let east = wide.min(360_000_000 - wide) * cosine / 1000;
    let north = (a_lat - b_lat).abs();
    // A degree of a meridian is 111.2 km.
    let degrees = (north * north + east * east).isqrt();
    u32::try_from(degrees * 1112 / 10_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_globe() {
        let file = "geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames\n\
            1\tMinsk\t53.90019\t27.56653\tBY\t04\t1742124\t\n\
            2\tVilnius\t54.68916\t25.2798\tLT\t65\t542366\t\n";
        let gazetteer = Gazetteer::read(file.as_bytes()).unwrap();
        let [minsk, vilnius] = gazetteer.places() else { panic!("two places") };
        // By great circle 172 km.
        let found = kilometres(minsk, vilnius);
        assert!((168..=176).contains(&found), "{found} km");
    }
}
