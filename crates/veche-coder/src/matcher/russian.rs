//! The forms of Russian words, made from their dictionary form by the shape of its end, with `е` for `ё`.
//!
//! No dictionary of forms lies under it. It makes more than there are: where the shape leaves a choice (`писать`, `читать`) both
//! ways are taken, and a form that no text has finds nothing.

const ADJECTIVE: [&str; 16] = [
    "ый", "ий", "ой", "ого", "ому", "ым", "ом", "ая", "ую", "ое", "ые", "ых", "ыми", "его", "ему",
    "ей",
];
const ADJECTIVE_SOFT: [&str; 10] = ["им", "ем", "яя", "юю", "ее", "ие", "их", "ими", "ий", "ою"];
const SHORT: [&str; 4] = ["", "а", "о", "ы"];
const FIRST: [&str; 6] = ["у", "ешь", "ет", "ем", "ете", "ут"];
const FIRST_SOFT: [&str; 6] = ["ю", "ешь", "ет", "ем", "ете", "ют"];
const SECOND: [&str; 7] = ["ишь", "ит", "им", "ите", "ят", "ат", "и"];

/// Ends of infinitives with a stem of the present and a past that no rule gives: end, stem, ends of the first conjugation or not, past.
const STEMS: [(&str, &str, bool, &str); 65] = [
    ("сжечь", "сожж", true, "сжег"),
    ("отозвать", "отзов", true, "отозва"),
    ("разогнать", "разгон", false, "разогна"),
    ("вести", "вед", true, "ве"),
    ("нести", "нес", true, "нес"),
    ("везти", "вез", true, "вез"),
    ("расти", "раст", true, "рос"),
    ("грести", "греб", true, "греб"),
    ("плести", "плет", true, "пле"),
    ("мести", "мет", true, "ме"),
    ("пасти", "пас", true, "пас"),
    ("ползти", "полз", true, "полз"),
    ("красть", "крад", true, "кра"),
    ("пасть", "пад", true, "па"),
    ("сесть", "сяд", true, "се"),
    ("клясть", "клян", true, "кля"),
    ("прясть", "пряд", true, "пря"),
    ("честь", "чт", true, "че"),
    ("йти", "йд", true, "ше"),
    ("прийти", "прид", true, "прише"),
    ("идти", "ид", true, "ше"),
    ("мочь", "мож", true, "мог"),
    ("сечь", "сеч", true, "сек"),
    ("влечь", "влеч", true, "влек"),
    ("жечь", "жж", true, "жег"),
    ("лечь", "ляж", true, "лег"),
    ("речь", "реч", true, "рек"),
    ("беречь", "береж", true, "берег"),
    ("стеречь", "стереж", true, "стерег"),
    ("прячь", "пряж", true, "пряг"),
    ("брать", "бер", true, "бра"),
    ("звать", "зов", true, "зва"),
    ("гнать", "гон", false, "гна"),
    ("слать", "шл", true, "сла"),
    ("ехать", "ед", true, "еха"),
    ("стать", "стан", true, "ста"),
    ("жать", "жм", true, "жа"),
    ("чать", "чн", true, "ча"),
    ("лгать", "лж", true, "лга"),
    ("ждать", "жд", true, "жда"),
    ("рвать", "рв", true, "рва"),
    ("драть", "дер", true, "дра"),
    ("ткать", "тк", true, "тка"),
    ("бежать", "бег", true, "бежа"),
    ("взять", "возьм", true, "взя"),
    ("занять", "займ", true, "заня"),
    ("нанять", "найм", true, "наня"),
    ("понять", "пойм", true, "поня"),
    ("принять", "прим", true, "приня"),
    ("снять", "сним", true, "сня"),
    ("поднять", "подним", true, "подня"),
    ("отнять", "отним", true, "отня"),
    ("изъять", "изым", true, "изъя"),
    ("предпринять", "предприм", true, "предприня"),
    ("перенять", "перейм", true, "переня"),
    ("быть", "буд", true, "бы"),
    ("умереть", "умр", true, "умер"),
    ("переть", "пр", true, "пер"),
    ("тереть", "тр", true, "тер"),
    ("мереть", "мр", true, "мер"),
    ("жить", "жив", true, "жи"),
    ("плыть", "плыв", true, "плы"),
    ("сопреть", "сопре", true, "сопре"),
    ("хотеть", "хоч", true, "хоте"),
    ("клеветать", "клевещ", true, "клевета"),
];

/// Returns true for words of grammar, which a rule may make of a noun or a verb by chance.
pub(super) fn is_function(form: &str) -> bool {
    const WORDS: [&str; 42] = [
        "после",
        "при",
        "для",
        "про",
        "под",
        "над",
        "это",
        "эта",
        "эти",
        "тем",
        "том",
        "как",
        "так",
        "все",
        "его",
        "ее",
        "их",
        "был",
        "была",
        "было",
        "были",
        "есть",
        "весь",
        "три",
        "или",
        "уже",
        "еще",
        "тоже",
        "что",
        "чем",
        "мы",
        "вы",
        "они",
        "она",
        "оно",
        "им",
        "ими",
        "мая",
        "ста",
        "меня",
        "мой",
        "моя",
    ];
    WORDS.contains(&form)
}

/// Adds the forms of a word of unknown kind.
pub(super) fn any(lemma: &str, forms: &mut Vec<String>) {
    let bare = reflexive(lemma).0;
    if ["ть", "ти", "чь"].iter().any(|end| bare.ends_with(end)) && lemma.chars().count() > 3 {
        verb(lemma, forms);
    }
    if ["ый", "ий", "ой"].iter().any(|end| lemma.ends_with(end)) {
        adjective(lemma, forms);
    }
    noun(lemma, forms);
}

/// Adds the forms of an adjective or a participle.
pub(super) fn adjective(lemma: &str, forms: &mut Vec<String>) {
    forms.push(lemma.to_owned());
    let stem = ["ыйся", "ийся", "ый", "ий", "ой"].iter().find_map(|end| lemma.strip_suffix(end));
    let Some(stem) = stem else {
        // A short form: `готов`, `согласен`.
        forms.extend(SHORT.iter().map(|end| format!("{lemma}{end}")));
        if let Some(front) = lemma.strip_suffix("ен") {
            forms.extend(["на", "но", "ны"].iter().map(|end| format!("{front}{end}")));
        }
        return;
    };
    full(stem, forms);
    forms.extend(SHORT.iter().map(|end| format!("{stem}{end}")));
    if let Some(front) = stem.strip_suffix("нн") {
        forms.extend(SHORT.iter().map(|end| format!("{front}н{end}")));
    }
}

/// Adds the forms of an adjective that a name has in another gender or number: `Северная`, `Соединённые`.
pub(super) fn feminine(lemma: &str, forms: &mut Vec<String>) {
    let stem = ["ая", "яя", "ое", "ые", "ие"].iter().find_map(|end| lemma.strip_suffix(end));
    full(stem.unwrap_or(lemma), forms);
}

fn full(stem: &str, forms: &mut Vec<String>) {
    forms.extend(ADJECTIVE.iter().chain(&ADJECTIVE_SOFT).map(|end| format!("{stem}{end}")));
}

/// Adds the forms of a noun, in both numbers.
pub(super) fn noun(lemma: &str, forms: &mut Vec<String>) {
    forms.push(lemma.to_owned());
    if lemma.chars().count() < 2 {
        return;
    }
    let (stem, last) = match lemma.char_indices().next_back() {
        Some((at, last)) => (lemma.get(..at).unwrap_or_default(), last),
        None => return,
    };
    let mut put =
        |stem: &str, ends: &[&str]| forms.extend(ends.iter().map(|end| format!("{stem}{end}")));
    match last {
        'а' => {
            put(stem, &["ы", "и", "е", "у", "ой", "ою", "ей", "", "ам", "ами", "ах"]);
            put(&fleeting(stem), &[""]);
        }
        'я' => {
            put(stem, &["и", "е", "ю", "ей", "ею", "й", "ь", "ям", "ями", "ях", "ев"]);
            put(&fleeting(stem), &["", "ь"]);
        }
        'о' => {
            put(stem, &["а", "у", "ом", "е", "", "ам", "ами", "ах", "и", "ы"]);
            put(&fleeting(stem), &[""]);
        }
        'е' if stem.ends_with('н') => put(stem, &["", "е", "ам", "ами", "ах", "ин", "ина"]),
        'е' => put(stem, &["я", "ю", "ем", "и", "й", "ям", "ями", "ях", "а", "у", "ей", "ев"]),
        'ь' => {
            put(
                stem,
                &["я", "ю", "ем", "и", "е", "ей", "ям", "ями", "ях", "ью", "ам", "ами", "ах"],
            );
        }
        'й' => put(stem, &["я", "ю", "ем", "е", "и", "ев", "ям", "ями", "ях"]),
        'ы' | 'и' => {
            put(stem, &["", "ов", "ам", "ами", "ах", "ей", "ям", "ями", "ях", "ев", "й"]);
            put(&fleeting(stem), &[""]);
        }
        _ => masculine(lemma, &mut put),
    }
    special(lemma, forms);
}

fn masculine(lemma: &str, put: &mut impl FnMut(&str, &[&str])) {
    const ENDS: [&str; 14] =
        ["а", "у", "ом", "е", "ы", "и", "ов", "ам", "ами", "ах", "ей", "ев", "ем", "ою"];
    put(lemma, &ENDS);
    // `боец`: бойца; `участок`: участка; `посол`: посла.
    for (end, without) in [
        ("аец", "айц"),
        ("оец", "ойц"),
        ("иец", "ийц"),
        ("еец", "ейц"),
        ("лец", "льц"),
        ("ец", "ц"),
        ("ок", "к"),
        ("ек", "к"),
        ("ол", "л"),
        ("ел", "л"),
    ] {
        if let Some(front) = lemma.strip_suffix(end) {
            put(&format!("{front}{without}"), &ENDS);
        }
    }
    if let Some(front) =
        lemma.strip_suffix("ин").filter(|front| front.ends_with("ан") || front.ends_with("ян"))
    {
        put(front, &["е", "", "ам", "ами", "ах"]);
    }
}

/// Puts the vowel between two last consonants that the genitive of the plural has: `стычк` gives `стычек`.
fn fleeting(stem: &str) -> String {
    let mut letters: Vec<char> = stem.chars().collect();
    let [.., before, last] = letters.as_slice() else { return stem.to_owned() };
    let (before, last) = (*before, *last);
    let vowel = |c: char| "аеиоуыэюя".contains(c);
    if vowel(before) || vowel(last) {
        return stem.to_owned();
    }
    let soft = "жчшщцйь".contains(before) || (last != 'к' && "нлр".contains(last));
    if matches!(before, 'ь' | 'й') {
        letters.remove(letters.len() - 2);
    }
    letters.insert(letters.len() - 1, if soft { 'е' } else { 'о' });
    letters.into_iter().collect()
}

/// Nouns with a stem of their own in the plural or in other cases.
fn special(lemma: &str, forms: &mut Vec<String>) {
    const OWN: [(&str, &[&str]); 9] = [
        ("человек", &["люди", "людей", "людям", "людьми", "людях"]),
        ("ребенок", &["дети", "детей", "детям", "детьми", "детях", "ребенка"]),
        ("день", &["дня", "дню", "днем", "дне", "дни", "дней", "дням", "днями", "днях"]),
        ("друг", &["друзья", "друзей", "друзьям", "друзьями"]),
        ("брат", &["братья", "братьев", "братьям", "братьями"]),
        ("время", &["времени", "временем", "времена", "времен"]),
        ("мать", &["матери", "матерью", "матерей", "матерям"]),
        ("дочь", &["дочери", "дочерью", "дочерей"]),
        ("огонь", &["огня", "огню", "огнем", "огне", "огни", "огней"]),
    ];
    for (word, own) in OWN {
        if word == lemma {
            forms.extend(own.iter().map(|form| (*form).to_owned()));
        }
    }
}

/// Returns the verb without its `-ся`, and whether it had it.
fn reflexive(lemma: &str) -> (&str, bool) {
    match lemma.strip_suffix("ся").or_else(|| lemma.strip_suffix("сь")) {
        Some(bare) => (bare, true),
        None => (lemma, false),
    }
}

/// Adds the forms of a verb: present, past, imperative, participles.
pub(super) fn verb(lemma: &str, forms: &mut Vec<String>) {
    let (bare, own) = reflexive(lemma);
    let mut made = vec![bare.to_owned()];
    let known =
        STEMS.iter().filter(|(end, ..)| bare.ends_with(end)).max_by_key(|(end, ..)| end.len());
    // `узнать` ends like `гнать` and is none of them: the regular forms are made as well.
    if let Some((end, stem, first, past)) = known {
        let front = bare.strip_suffix(end).unwrap_or_default();
        present(&format!("{front}{stem}"), *first, &mut made);
        past_forms(&format!("{front}{past}"), &mut made);
        irregular_more(front, end, &mut made);
    }
    regular(bare, &mut made);
    if own {
        let vowel = |form: &str| form.ends_with(|c: char| "аеиоуыэюя".contains(c));
        forms.extend(
            made.iter()
                .map(|form| if vowel(form) { format!("{form}сь") } else { format!("{form}ся") }),
        );
        forms.extend(made.iter().filter(|form| vowel(form)).map(|form| format!("{form}ся")));
    } else {
        forms.append(&mut made);
    }
}

fn present(stem: &str, first: bool, forms: &mut Vec<String>) {
    if first {
        forms.extend(FIRST.iter().map(|end| format!("{stem}{end}")));
        // `могут`, `секут`: the first person and the third of the plural keep the hard consonant.
        for (soft, hard) in [('ж', 'г'), ('ч', 'к')] {
            if let Some(front) = stem.strip_suffix(soft) {
                forms.extend(["у", "ут", "ущий"].iter().map(|end| format!("{front}{hard}{end}")));
            }
        }
    } else {
        forms.extend(SECOND.iter().map(|end| format!("{stem}{end}")));
        forms.push(format!("{stem}ю"));
    }
    full(&format!("{stem}{}", if first { "ущ" } else { "ящ" }), forms);
    forms.push(format!("{stem}я"));
}

/// Adds past, participles of the past and the passive, from the stem of the past.
fn past_forms(stem: &str, forms: &mut Vec<String>) {
    forms.extend(["л", "ла", "ло", "ли", "в", "вши"].iter().map(|end| format!("{stem}{end}")));
    full(&format!("{stem}вш"), forms);
    if !stem.ends_with(|c: char| "аеиоуыэюя".contains(c)) {
        forms.push(stem.to_owned());
        full(&format!("{stem}ш"), forms);
        passive(&format!("{stem}ен"), forms);
    }
}

/// Adds a participle of the passive from its short form.
fn passive(short: &str, forms: &mut Vec<String>) {
    forms.extend(SHORT.iter().map(|end| format!("{short}{end}")));
    if short.ends_with('н') {
        full(&format!("{short}н"), forms);
    } else {
        full(short, forms);
    }
}

fn irregular_more(front: &str, end: &str, forms: &mut Vec<String>) {
    let mut put = |ends: &[&str]| forms.extend(ends.iter().map(|end| format!("{front}{end}")));
    match end {
        "йти" | "прийти" => {
            put(&["шел", "шла", "шло", "шли", "шедший", "шедшие", "йдя"]);
            put(&["пришел", "пришла", "пришло", "пришли", "придя", "пришедший"]);
            passive(&format!("{front}йден"), forms);
        }
        "жечь" => put(&["жгла", "жгло", "жгли", "жгут"]),
        "сжечь" => {
            put(&["сожгла", "сожгло", "сожгли", "сожгут"]);
            passive(&format!("{front}сожжен"), forms);
        }
        "идти" => put(&["шел", "шла", "шло", "шли"]),
        "вести" | "плести" | "мести" | "красть" => {
            let stem = match end {
                "вести" => "вед",
                "плести" => "плет",
                "мести" => "мет",
                _ => "крад",
            };
            passive(&format!("{front}{stem}ен"), forms);
        }
        "сечь" | "влечь" | "речь" | "беречь" => {
            let stem = match end {
                "сечь" => "сеч",
                "влечь" => "влеч",
                "речь" => "реч",
                _ => "береж",
            };
            passive(&format!("{front}{stem}ен"), forms);
        }
        "гнать" => passive(&format!("{front}гнан"), forms),
        _ => {}
    }
}

fn regular(bare: &str, forms: &mut Vec<String>) {
    let Some(past) = bare.strip_suffix("ть") else { return };
    let Some((at, vowel)) = past.char_indices().next_back() else { return };
    let stem = past.get(..at).unwrap_or_default();
    past_forms(past, forms);
    match vowel {
        'а' | 'я' => verb_in_a(past, stem, forms),
        'е' => {
            first_soft(past, forms);
            second(stem, forms);
            passive(&format!("{}ен", softened(stem)), forms);
        }
        'и' => {
            second(stem, forms);
            passive(&format!("{}ен", softened(stem)), forms);
            passive(&format!("{stem}ен"), forms);
            // `убить`: убьет, убит; `разбить`: разобьет.
            first_soft(&format!("{stem}ь"), forms);
            if let Some(front) =
                stem.strip_suffix('б').filter(|front| front.ends_with(['з', 'т', 'д']))
            {
                first_soft(&format!("{front}обь"), forms);
            }
            passive(&format!("{past}т"), forms);
        }
        'ы' => {
            first_soft(&format!("{stem}о"), forms);
            passive(&format!("{past}т"), forms);
        }
        'у' => {
            present(stem, true, forms);
            passive(&format!("{past}т"), forms);
            forms.push(format!("{stem}и"));
            if let Some(short) = stem.strip_suffix('н') {
                forms.extend(["", "ла", "ло", "ли"].iter().map(|end| format!("{short}{end}")));
                full(&format!("{short}ш"), forms);
            }
        }
        _ => first_soft(stem, forms),
    }
}

fn verb_in_a(past: &str, stem: &str, forms: &mut Vec<String>) {
    first_soft(past, forms);
    passive(&format!("{past}н"), forms);
    passive(&format!("{past}т"), forms);
    forms.push(format!("{past}й"));
    forms.push(format!("{past}я"));
    present(&softened(stem), true, forms);
    second(stem, forms);
    for (end, own) in [("ов", "у"), ("ев", "у"), ("ев", "ю")] {
        if let Some(front) = stem.strip_suffix(end) {
            first_soft(&format!("{front}{own}"), forms);
        }
    }
    // `давать`: дает.
    if let Some(front) = stem.strip_suffix('в') {
        first_soft(front, forms);
    }
    if let Some(front) = past.strip_suffix("да") {
        forms.extend(
            ["дам", "даст", "дадим", "дадите", "дадут", "дай"]
                .iter()
                .map(|end| format!("{front}{end}")),
        );
    }
}

fn first_soft(stem: &str, forms: &mut Vec<String>) {
    forms.extend(FIRST_SOFT.iter().map(|end| format!("{stem}{end}")));
    full(&format!("{stem}ющ"), forms);
    full(&format!("{stem}ем"), forms);
    forms.push(format!("{stem}я"));
}

fn second(stem: &str, forms: &mut Vec<String>) {
    forms.extend(SECOND.iter().map(|end| format!("{stem}{end}")));
    let own = softened(stem);
    forms.extend(["у", "ю"].iter().map(|end| format!("{own}{end}")));
    full(&format!("{stem}ящ"), forms);
    full(&format!("{stem}ащ"), forms);
    full(&format!("{stem}им"), forms);
    forms.extend(["я", "а"].iter().map(|end| format!("{stem}{end}")));
}

/// Returns the stem with its last consonant as it is before the first person: `с` gives `ш`, `б` gives `бл`.
fn softened(stem: &str) -> String {
    const PAIRS: [(&str, &str); 13] = [
        ("ст", "щ"),
        ("ск", "щ"),
        ("б", "бл"),
        ("п", "пл"),
        ("в", "вл"),
        ("м", "мл"),
        ("ф", "фл"),
        ("с", "ш"),
        ("з", "ж"),
        ("д", "ж"),
        ("т", "ч"),
        ("к", "ч"),
        ("г", "ж"),
    ];
    let pair = PAIRS.iter().find_map(|(end, soft)| Some((stem.strip_suffix(end)?, soft)));
    pair.map_or_else(|| stem.to_owned(), |(front, soft)| format!("{front}{soft}"))
}

/// Adds what a participle may have beside: `д` gives `жд`, `т` gives `щ` in words of the written language.
pub(super) fn written(lemma: &str, forms: &mut Vec<String>) {
    let bare = reflexive(lemma).0;
    for (end, soft) in [("дить", "жд"), ("тить", "щ"), ("деть", "жд")] {
        if let Some(front) = bare.strip_suffix(end) {
            passive(&format!("{front}{soft}ен"), forms);
            forms.push(format!("{front}{soft}у"));
        }
    }
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(make: fn(&str, &mut Vec<String>), lemma: &str, expected: &[&str]) {
        let mut forms = Vec::new();
        make(lemma, &mut forms);
        super::written(lemma, &mut forms);
        for form in expected {
            assert!(forms.iter().any(|found| found == form), "{lemma}: no {form}");
        }
    }

    #[test]
    fn forms_of_a_verb() {
        check(
            super::verb,
            "обстрелять",
            &["обстрелял", "обстреляли", "обстреляет", "обстрелян", "обстрелянный"],
        );
        check(
            super::verb,
            "ввести",
            &["ввел", "ввели", "введет", "введут", "введены", "введенный"],
        );
        check(super::verb, "осудить", &["осудил", "осудят", "осужден", "осуждена", "осужу"]);
        check(super::verb, "договориться", &["договорились", "договорится", "договорился"]);
        check(super::verb, "арестовать", &["арестовали", "арестует", "арестованы"]);
        check(super::verb, "погибнуть", &["погиб", "погибли", "погибнет", "погибший"]);
        check(super::verb, "убить", &["убили", "убьет", "убиты"]);
        check(super::verb, "принять", &["приняли", "примет", "принята", "принятый"]);
        check(super::verb, "найти", &["нашли", "найдет", "найдены"]);
        check(super::verb, "дать", &["дал", "даст", "дадут", "дан"]);
        check(super::verb, "давать", &["дает", "давали", "дают"]);
        check(super::verb, "запретить", &["запретили", "запрещен", "запретит"]);
        check(super::verb, "закрыть", &["закрыли", "закроет", "закрыты"]);
        check(super::verb, "помочь", &["помог", "помогла", "поможет", "помогут"]);
        check(super::verb, "бороться", &["борется", "боролись", "борются"]);
    }

    #[test]
    fn forms_of_a_noun() {
        check(super::noun, "стычка", &["стычки", "стычек", "стычками"]);
        check(super::noun, "боец", &["бойца", "бойцы", "бойцов"]);
        check(super::noun, "гражданин", &["граждане", "граждан", "гражданина"]);
        check(super::noun, "соглашение", &["соглашения", "соглашений", "соглашением"]);
        check(super::noun, "армения", &["армении", "армению", "арменией"]);
        check(super::noun, "участок", &["участка", "участков"]);
        check(super::noun, "переговоры", &["переговоров", "переговорах"]);
        check(super::noun, "область", &["области", "областью", "областей"]);
    }
}
