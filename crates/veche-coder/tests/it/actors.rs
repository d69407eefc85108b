use crate::reading::{MATCHER, Reading, VOCABULARY};
use veche_coder::matcher::{CharterName, Matcher};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(Reading::of(text).coded(&MATCHER, &[]), expected, "{text}");
}

#[test]
fn a_nation_with_an_agent_is_one_actor() {
    check("Belarusian border guards opened it.", &["Belarusian border guards=BLRCOP"]);
    check("The Armenian foreign ministry rejected it.", &["Armenian foreign ministry=ARMGOV"]);
    check("Kazakhstan's parliament ratified the treaty.", &["Kazakhstan's parliament=KAZLEG"]);
    check("Japan's trade ministry rejected it.", &["Japan's trade ministry=JPNGOV"]);
    check("В Минске полиция отвергла это.", &["Минске=BLR?", "полиция=COP"]);
    check("После переговоров полиция ушла.", &["полиция=COP"]);
    check("Белорусские пограничники ушли.", &["Белорусские пограничники=BLRCOP"]);
    check("Минэкономики Армении отвергло это.", &["Минэкономики Армении=ARMGOV"]);
}

#[test]
fn a_capital_stands_for_the_government_and_for_itself() {
    check("Minsk rejected the demand.", &["Minsk=BLR"]);
    check("Talks were held in Minsk.", &["Minsk=BLR?"]);
    check("Минск отверг требование.", &["Минск=BLR"]);
    check("Переговоры прошли в Минске.", &["Минске=BLR?"]);
}

#[test]
fn who_is_not_known_stays_as_written() {
    check(
        "The envoys of Quorrin Vale accused Drenn of shelling.",
        &["envoys=GOV", "Quorrin Vale=", "Drenn="],
    );
    // Who stands in the gap of a phrase, here `lift .. blockade`, is none of its words.
    check("The army lifted the Quorrin blockade.", &["army=MIL", "Quorrin="]);
    check("Orvessa and Drenn signed a treaty.", &["Orvessa=", "Drenn="]);
}

#[test]
fn an_office_takes_the_name_behind_it() {
    check(
        "President Alma Tessen of Kazakhstan met rebels.",
        &["President Alma Tessen=GOV", "Kazakhstan=KAZ", "rebels=REB"],
    );
    check(
        "The foreign minister of Armenia met rebels.",
        &["foreign minister of Armenia=ARMGOV", "rebels=REB"],
    );
}

#[test]
fn acronyms_are_found_as_they_are_written_alone() {
    check("The UN urged the US to help us.", &["UN=UN", "US=USA"]);
    check("ООН призвала США помочь.", &["ООН=UN", "США=USA"]);
}

#[test]
fn names_of_the_charter_come_first() {
    let charter = [
        CharterName {
            code: "by".to_owned(),
            sector: None,
            names: vec!["Belarus".to_owned(), "Белоруссия".to_owned()],
        },
        CharterName {
            code: "SECR".to_owned(),
            sector: None,
            names: vec!["Secretariat of the Pact".to_owned()],
        },
    ];
    let matcher = Matcher::new(&VOCABULARY, &charter, None);
    let coded = |text: &str| Reading::of(text).coded(&matcher, &charter);
    assert_eq!(
        coded("Belarus accused the Secretariat of the Pact."),
        ["Belarus=by", "Secretariat of the Pact=SECR"]
    );
    assert_eq!(coded("Президент обвинил Белоруссию."), ["Президент=GOV", "Белоруссию=by"]);
}

#[test]
fn other_spellings_are_found() {
    check("Cote d’Ivoire protested.", &["Cote="]);
    check("Co\u{302}te d’Ivoire protested.", &["Co\u{302}te d’Ivoire=CIV"]);
    check("Ми\u{ad}нск отверг требование.", &["Ми\u{ad}нск=BLR"]);
    check("Mинск отверг требование.", &["Mинск=BLR"]); // a Latin M
    check("МИНСК ОТВЕРГ ТРЕБОВАНИЕ.", &["МИНСК=BLR"]);
}

#[test]
fn regions_towns_and_groups_tell_whose_somebody_is() {
    check("Chechen rebels met Hamas.", &["Chechen rebels=RUSREB", "Hamas=PSEREB"]);
    check("Police in Samarra fired.", &["Police=COP", "Samarra=IRQ?"]);
    check("Samarra police fired.", &["Samarra police=IRQCOP"]);
    check("Полиция Тикрита ушла.", &["Полиция Тикрита=IRQCOP"]);
}

#[test]
fn a_town_beside_another_name_is_a_part_of_it() {
    check(
        "Protesters led by Marina Essen met police.",
        &["Protesters=CVL", "Marina Essen=", "police=COP"],
    );
}

#[test]
fn what_nationals_do_is_no_part_of_them() {
    check("The Chinese arrested Liu Sanza.", &["Chinese=CHN", "Liu Sanza="]);
    check("The French bombed the police.", &["French=FRA", "police=COP"]);
    check("The Chinese army arrested Liu Sanza.", &["Chinese army=CHNMIL", "Liu Sanza="]);
}

#[test]
fn who_leads_is_who_acts() {
    check("Saudi-led forces fired.", &["Saudi-led forces=SAU"]);
    check("The Turkish-led coalition fired.", &["Turkish-led coalition=TURPTY"]);
}
