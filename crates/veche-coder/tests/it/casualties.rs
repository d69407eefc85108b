use crate::reading::Reading;
use veche_coder::casualty::{Harm, tolls};

#[track_caller]
fn check(text: &str, expected: &[(Harm, u64, Option<u64>, bool)]) {
    let reading = Reading::of(text);
    let found = tolls(text, &reading.tokens, 0..reading.tokens.len());
    let found: Vec<_> =
        found.iter().map(|toll| (toll.harm, toll.low, toll.high, toll.about)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn counts_are_read() {
    check(
        "Twelve people were killed and 30 injured.",
        &[(Harm::Dead, 12, Some(12), false), (Harm::Injured, 30, Some(30), false)],
    );
    check(
        "A blast killed 5 soldiers, wounding twenty-one.",
        &[(Harm::Dead, 5, Some(5), false), (Harm::Injured, 21, Some(21), false)],
    );
    check("The flood displaced 12,500 people.", &[(Harm::Displaced, 12_500, Some(12_500), false)]);
    check("Police detained 40 people.", &[(Harm::Detained, 40, Some(40), false)]);
    check("The death toll rose to 17.", &[(Harm::Dead, 17, Some(17), false)]);
    check(
        "Погибли двенадцать человек, ранены 30.",
        &[(Harm::Dead, 12, Some(12), false), (Harm::Injured, 30, Some(30), false)],
    );
    check("Задержаны 12 500 человек.", &[(Harm::Detained, 12_500, Some(12_500), false)]);
    check("Эвакуированы двести сорок жителей.", &[(Harm::Displaced, 240, Some(240), false)]);
    check("Two thousand three hundred people fled.", &[(Harm::Displaced, 2300, Some(2300), false)]);
}

#[test]
fn ranges_and_hedges_are_read() {
    check("At least 12 people were killed.", &[(Harm::Dead, 12, None, false)]);
    check("Dozens were injured.", &[(Harm::Injured, 24, None, false)]);
    check("Up to 20 people died.", &[(Harm::Dead, 0, Some(20), true)]);
    check("About 30 people were hurt.", &[(Harm::Injured, 30, Some(30), true)]);
    check("Between 10 and 15 people died.", &[(Harm::Dead, 10, Some(15), false)]);
    check("10-15 people died.", &[(Harm::Dead, 10, Some(15), false)]);
    check("Погибли от 10 до 15 человек.", &[(Harm::Dead, 10, Some(15), false)]);
    check("Не менее 12 человек погибли.", &[(Harm::Dead, 12, None, false)]);
    check("По меньшей мере двое ранены.", &[(Harm::Injured, 2, None, false)]);
    check("Ранены десятки человек.", &[(Harm::Injured, 20, None, false)]);
    check("No one was injured.", &[(Harm::Injured, 0, Some(0), false)]);
    check("Никто не пострадал.", &[(Harm::Injured, 0, Some(0), false)]);
}

#[test]
fn one_person_needs_no_number() {
    check("A soldier was killed near the ford.", &[(Harm::Dead, 1, Some(1), false)]);
    check("У брода погиб военнослужащий.", &[(Harm::Dead, 1, Some(1), false)]);
}

#[test]
fn other_numbers_count_nobody() {
    check("They were killed on 3 November.", &[]);
    check("Killed in 2025, he was 40 years old.", &[]);
    check("The fire destroyed 30 houses and killed cattle worth $5.", &[]);
    check("Talks lasted 12 hours.", &[]);
    check("Она не погибла.", &[]);
}
