use veche_coder::language::{Tongue, language};

#[track_caller]
fn check(text: &str, expected: Tongue) {
    assert_eq!(language(text), expected, "{text}");
}

#[test]
fn languages_are_told_by_their_letters() {
    check("The council met in Minsk and agreed on a common reserve.", Tongue::English);
    check("Совет собрался в Минске и договорился об общем резерве.", Tongue::Russian);
    // Without any letter that only one of them has: by those that the others have.
    check("Баевікі напалі на блокпост у гарах і забілі траіх салдат.", Tongue::Belarusian);
    check("Парламент денонсував торговельну угоду з Норвандом.", Tongue::Ukrainian);
    check("Луриен делегациясы Минскке сапармен келді.", Tongue::Kazakh);
    check("Военные Дренна закрыли мост в Кельме для грузовиков.", Tongue::Russian);
    check("Парламент отложил голосование.", Tongue::Russian);
    check("Рада сабралася ў Мінску і дамовілася пра агульны рэзерв.", Tongue::Belarusian);
    check(
        "Рада зібралася в Мінську та домовилася про спільний резерв її країн.",
        Tongue::Ukrainian,
    );
    check("Խորհուրդը հավաքվեց Մինսկում և համաձայնեց ընդհանուր պահուստի շուրջ։", Tongue::Armenian);
    check(
        "Кеңес Минскіде жиналып, ортақ қор туралы келісті, деп хабарлады қызмет.",
        Tongue::Kazakh,
    );
    check("Кеңеш Минскиде чогулуп, жалпы резерв жөнүндө макулдашты.", Tongue::Kyrgyz);
    check("Шӯро дар Минск ҷамъ омад ва дар бораи захираи умумӣ ба мувофиқа расид.", Tongue::Tajik);
}

#[test]
fn others_are_not_taken_for_one_of_them() {
    check(
        "Der Rat trat in Minsk zusammen und einigte sich auf eine gemeinsame Reserve.",
        Tongue::Unknown,
    );
    check("Le conseil s'est réuni à Minsk et a convenu d'une réserve commune.", Tongue::Unknown);
    check(
        "Савет се састао у Минску и договорио о заједничкој резерви њихових земаља.",
        Tongue::Unknown,
    );
    check(
        "Съветът се събра в Минск и се договори за общ резерв, които ще са на разположение.",
        Tongue::Unknown,
    );
    check(
        "Der Film The Lord of the Rings lief in Minsk und wurde von vielen Zuschauern gesehen, sagte das Kino.",
        Tongue::Unknown,
    );
    check("理事会はミンスクで会合を開いた。", Tongue::Unknown);
    check("12 345 — 2026", Tongue::Unknown);
    check("", Tongue::Unknown);
}

#[test]
fn a_foreign_name_does_not_change_the_language() {
    let report = "Совет собрался в Минске и договорился об общем резерве, который создадут к весне; об этом заявил представитель министерства. ".repeat(3);
    check(&format!("{report} Подпись: Ўладзь."), Tongue::Russian);
}
