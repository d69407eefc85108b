//! Groups of things by how much speaks for each pair: average linkage within what hangs together.

/// Most things that one group is made from by average linkage: beyond it ties must be stronger.
const PART_MAX: usize = 400;
/// By how much stronger, in hundredths.
const STEP: i32 = 50;
/// Most things of a group that one which fell off is compared with.
const COMPARED_MAX: usize = 40;

/// A tie between two things, by their numbers, with what speaks for it. The lesser number first.
pub(super) type Tie = (usize, usize, i32);

/// Returns the groups of `count` things, each with its things ascending, in the order of their first. `score` tells of any pair.
///
/// Two groups become one as long as on average more than `bar` speaks for their pairs, the strongest first.
pub(super) fn groups(
    count: usize,
    ties: &[Tie],
    bar: i32,
    score: &dyn Fn(usize, usize) -> i32,
) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..count).collect();
    let mut groups = Vec::new();
    part(&all, ties, bar, bar, score, &mut groups);
    groups.sort();
    groups
}

fn part(
    things: &[usize],
    ties: &[Tie],
    least: i32,
    bar: i32,
    score: &dyn Fn(usize, usize) -> i32,
    groups: &mut Vec<Vec<usize>>,
) {
    for part_of in components(things, ties, least) {
        if part_of.len() <= PART_MAX {
            groups.extend(linked(&part_of, bar, score));
        } else {
            let within = |tie: &&Tie| tie.2 > least && part_of.binary_search(&tie.0).is_ok();
            let own: Vec<Tie> = ties.iter().filter(within).copied().collect();
            // What an analyst holds together is tied by millions of steps more: those that part nothing are not gone one by one.
            let weakest = own.iter().map(|tie| tie.2).min().unwrap_or(least);
            let stronger = least.saturating_add(STEP).max(weakest);
            let (fallen, rest): (Vec<Vec<usize>>, Vec<Vec<usize>>) =
                components(&part_of, &own, stronger).into_iter().partition(|one| one.len() == 1);
            // What stronger ties would scatter into single things hangs together equally: copies of one text.
            if rest.is_empty() {
                groups.push(part_of);
                continue;
            }
            let mut made = Vec::new();
            let mut rest: Vec<usize> = rest.into_iter().flatten().collect();
            rest.sort_unstable();
            part(&rest, &own, stronger, bar, score, &mut made);
            fallen.into_iter().flatten().for_each(|one| rejoin(one, &mut made, bar, score));
            groups.append(&mut made);
        }
    }
}

/// Puts a thing that fell off into the group that most speaks for on average, if more than `bar` does; else it is one by itself.
fn rejoin(one: usize, groups: &mut Vec<Vec<usize>>, bar: i32, score: &dyn Fn(usize, usize) -> i32) {
    let average = |group: &Vec<usize>| {
        let compared = group.iter().take(COMPARED_MAX);
        let sum: i64 = compared.map(|other| i64::from(score(one, *other))).sum();
        sum / i64::try_from(group.len().clamp(1, COMPARED_MAX)).unwrap_or(1)
    };
    let averages = groups.iter().enumerate().map(|(at, group)| (average(group), at));
    // Of equals the first.
    let best = averages.max_by_key(|(average, at)| (*average, std::cmp::Reverse(*at)));
    match best.filter(|(average, _)| *average > i64::from(bar)) {
        Some((_, at)) => {
            if let Some(group) = groups.get_mut(at) {
                let place = group.partition_point(|other| *other < one);
                group.insert(place, one);
            }
        }
        None => groups.push(vec![one]),
    }
}

/// Returns what hangs together by ties of more than `least`.
fn components(things: &[usize], ties: &[Tie], least: i32) -> Vec<Vec<usize>> {
    let place = |thing: usize| things.binary_search(&thing).ok();
    let mut over: Vec<usize> = (0..things.len()).collect();
    for (one, other, points) in ties {
        if let (true, Some(one), Some(other)) = (*points > least, place(*one), place(*other)) {
            let (one, other) = (root(&mut over, one), root(&mut over, other));
            let (low, high) = (one.min(other), one.max(other));
            if let Some(held) = over.get_mut(high) {
                *held = low;
            }
        }
    }
    let mut parts: std::collections::BTreeMap<usize, Vec<usize>> =
        std::collections::BTreeMap::new();
    for (at, thing) in things.iter().enumerate() {
        parts.entry(root(&mut over, at)).or_default().push(*thing);
    }
    parts.into_values().collect()
}

fn root(over: &mut [usize], from: usize) -> usize {
    let mut at = from;
    while let Some(up) = over.get(at).copied().filter(|up| *up != at) {
        // Halves the way for whoever comes next.
        let higher = over.get(up).copied().unwrap_or(up);
        if let Some(held) = over.get_mut(at) {
            *held = higher;
        }
        at = higher;
    }
    at
}

/// A group under way: its things, and the sums of what speaks for their pairs with those of each other group.
struct Growing {
    things: Vec<usize>,
    sums: Vec<i64>,
}

/// Joins groups, of which all things are one at first, as long as their average is over the bar.
fn linked(things: &[usize], bar: i32, score: &dyn Fn(usize, usize) -> i32) -> Vec<Vec<usize>> {
    let mut growing: Vec<Growing> = things
        .iter()
        .map(|one| Growing {
            things: vec![*one],
            sums: things
                .iter()
                .map(|other| if one == other { 0 } else { i64::from(score(*one, *other)) })
                .collect(),
        })
        .collect();
    while let Some((low, high)) = strongest(&growing, bar) {
        let gone = growing.remove(high);
        for group in &mut growing {
            let moved = group.sums.remove(high);
            if let Some(held) = group.sums.get_mut(low) {
                *held += moved;
            }
        }
        if let Some(group) = growing.get_mut(low) {
            group.things.extend(gone.things);
        }
        // All others have added the gone group's sums; the grown group's own are theirs.
        balance(&mut growing, low);
    }
    growing
        .into_iter()
        .map(|mut group| {
            group.things.sort_unstable();
            group.things
        })
        .collect()
}

/// Makes the sums of a group's row those of its column.
fn balance(growing: &mut [Growing], low: usize) {
    let column: Vec<i64> =
        growing.iter().map(|group| group.sums.get(low).copied().unwrap_or(0)).collect();
    if let Some(group) = growing.get_mut(low) {
        group.sums = column;
        if let Some(own) = group.sums.get_mut(low) {
            *own = 0;
        }
    }
}

/// Returns the two groups for whose union most speaks on average, if it is more than the bar; of equals the first.
fn strongest(growing: &[Growing], bar: i32) -> Option<(usize, usize)> {
    let mut best: Option<(i64, i64, (usize, usize))> = None;
    for (low, group) in growing.iter().enumerate() {
        for (high, other) in growing.iter().enumerate().skip(low + 1) {
            let pairs = pairs(group, other);
            let sum = group.sums.get(high).copied().unwrap_or(0);
            let is_better = match best {
                Some((most, of, _)) => sum * of > most * pairs,
                None => sum > i64::from(bar) * pairs,
            };
            if is_better {
                best = Some((sum, pairs, (low, high)));
            }
        }
    }
    best.map(|(_, _, at)| at)
}

fn pairs(one: &Growing, other: &Growing) -> i64 {
    i64::try_from(one.things.len() * other.things.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scores: &[Tie], count: usize, expected: &[&[usize]]) {
        let of = |one: usize, other: usize| {
            let pair = (one.min(other), one.max(other));
            scores.iter().find(|tie| (tie.0, tie.1) == pair).map_or(-100, |tie| tie.2)
        };
        assert_eq!(groups(count, scores, 0, &of), expected);
    }

    #[test]
    fn a_chain_of_weak_ties_is_not_one_group() {
        check(&[(0, 1, 90), (1, 2, 20), (2, 3, 80)], 5, &[&[0, 1], &[2, 3], &[4]]);
    }

    #[test]
    fn a_pair_that_speaks_against_is_outvoted_by_the_others() {
        check(&[(0, 1, 90), (1, 2, 90), (0, 2, -20)], 3, &[&[0, 1, 2]]);
    }

    #[test]
    fn sums_of_grown_groups_are_those_of_their_pairs() {
        // 0-1 and 2-3 join first; between them stand 10, 10, 10 and -31: -1 on the whole.
        let ties = [(0, 1, 90), (2, 3, 80), (0, 2, 10), (0, 3, 10), (1, 2, 10), (1, 3, -31)];
        check(&ties, 4, &[&[0, 1], &[2, 3]]);
        let ties = [(0, 1, 90), (2, 3, 80), (0, 2, 10), (0, 3, 10), (1, 2, 10), (1, 3, -29)];
        check(&ties, 4, &[&[0, 1, 2, 3]]);
    }

    #[test]
    fn many_equal_things_are_one_group_and_one_that_hangs_on_loosely_comes_back() {
        let equal = |one: usize, other: usize| {
            if one.max(other) == PART_MAX + 1 { 60 } else { 900 }
        };
        let count = PART_MAX + 2;
        let ties: Vec<Tie> = (0..count)
            .flat_map(|one| (one + 1..count).map(move |other| (one, other, equal(one, other))))
            .collect();
        let all: Vec<usize> = (0..count).collect();
        assert_eq!(groups(count, &ties, 0, &equal), [all]);
    }
}
