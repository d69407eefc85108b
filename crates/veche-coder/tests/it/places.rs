use crate::reading::{MATCHER, Reading, VOCABULARY};
use std::sync::LazyLock;
use veche_coder::matcher::Matcher;
use veche_coder::place::{Atlas, Gazetteer, Resolution, places};

const FILE: &str = "geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames\n\
    1\tOsh\t40.52828\t72.79850\tKG\t08\t322164\tОш\n\
    2\tVidnoye\t55.55\t37.70\tRU\t47\t80000\tВидное\n\
    3\tVidnoye\t54.10\t28.30\tBY\t04\t40000\tВидное\n\
    4\tBatken\t40.06259\t70.81939\tKG\t09\t20000\tБаткен\n\
    5\tPolice\t53.55\t14.57\tPL\t87\t33000\t\n";

static PLACES: LazyLock<(Gazetteer, Matcher)> = LazyLock::new(|| {
    let gazetteer = Gazetteer::read(FILE.as_bytes()).unwrap();
    let matcher = Matcher::new(&VOCABULARY, &[], Some(&gazetteer));
    (gazetteer, matcher)
});

#[track_caller]
fn check(text: &str, dateline: Option<std::ops::Range<usize>>, expected: &[&str]) {
    let (gazetteer, matcher) = &*PLACES;
    let reading = Reading::of(text);
    let found = reading.matches(matcher);
    let atlas = Atlas { vocabulary: &VOCABULARY, gazetteer: Some(gazetteer) };
    let found = places(atlas, matcher, &found, &reading.tokens, dateline);
    let show = |place: &veche_coder::place::Located| {
        let id = place
            .place
            .and_then(|at| gazetteer.places().get(at as usize))
            .map_or(0, |place| place.id);
        let nation =
            place.nation.map_or("-", |nation| VOCABULARY.nations[nation as usize].code.as_str());
        let kind = if place.resolution == Resolution::Town { "town" } else { "country" };
        format!(
            "{} {kind} {nation} {id}{}",
            place.span.of(text),
            if place.cue { " cue" } else { "" }
        )
    };
    assert_eq!(found.iter().map(show).collect::<Vec<_>>(), expected);
}

#[test]
fn a_place_is_found_with_its_state() {
    check("Guards fired near Osh.", None, &["Osh town KGZ 1 cue"]);
    check(
        "Стрельба была под Ошем и в Баткене.",
        None,
        &["Ошем town KGZ 1 cue", "Баткене town KGZ 4 cue"],
    );
    check("Talks were held in Belarus.", None, &["Belarus country BLR 0 cue"]);
}

#[test]
fn a_name_of_two_places_is_settled_by_the_document_or_left_out() {
    check("A bridge fell in Vidnoye.", None, &[]);
    check(
        "A bridge fell in Vidnoye, Belarusian police and Belarusian medics said.",
        None,
        &["Vidnoye town BLR 3 cue"],
    );
}

#[test]
fn the_word_police_is_no_town() {
    check("Police fired.", None, &[]);
}

#[test]
fn without_a_gazetteer_there_are_states_and_capitals() {
    let reading = Reading::of("Talks were held in Minsk.");
    let found = reading.matches(&MATCHER);
    let atlas = Atlas { vocabulary: &VOCABULARY, gazetteer: None };
    let found = places(atlas, &MATCHER, &found, &reading.tokens, None);
    let [minsk] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((minsk.resolution, minsk.place, minsk.cue), (Resolution::Town, None, true));
}

#[track_caller]
fn check_fault(file: &[u8], expected: &str) {
    assert_eq!(Gazetteer::read(file).unwrap_err().to_string(), expected);
}

#[test]
fn a_file_of_places_that_is_none_is_refused() {
    let with = |line: &str| {
        format!("geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames\n{line}\n")
    };
    check_fault(
        b"\x1f\x8b",
        "line 1: the file is not UTF-8: unpack it if it is packed, save it as UTF-8 if it is not",
    );
    check_fault(
        b"name\n",
        "line 1: the header is not the one of a file of places: write `geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames`, parted by tabs",
    );
    check_fault(
        with("1\tOsh").as_bytes(),
        "line 2: 2 columns, not 8: part all by tabs, empty ones too",
    );
    check_fault(
        with("x\tOsh\t0\t0\tKG\t\t0\t").as_bytes(),
        "line 2: column `geonameid` has `x`: write a number in its range",
    );
    check_fault(
        with("1\tOsh\t90.5\t0\tKG\t\t0\t").as_bytes(),
        "line 2: column `lat` has `90.5`: write a number in its range",
    );
    check_fault(
        with("1\tOsh\t9\t1e3\tKG\t\t0\t").as_bytes(),
        "line 2: column `lon` has `1e3`: write a number in its range",
    );
    check_fault(
        with("1\t\t9\t1\tKG\t\t0\t").as_bytes(),
        "line 2: column `name` is empty: fill it in, or remove the line",
    );
}
