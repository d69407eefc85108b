//! The forms of English words, made from their dictionary form. A form too many does no harm: no text has it.

/// Verbs whose past is not made with -ed: dictionary form, past, participle.
const IRREGULAR: [(&str, &str, &str); 96] = [
    ("arise", "arose", "arisen"),
    ("be", "was", "been"),
    ("bear", "bore", "borne"),
    ("beat", "beat", "beaten"),
    ("become", "became", "become"),
    ("begin", "began", "begun"),
    ("bind", "bound", "bound"),
    ("bite", "bit", "bitten"),
    ("blow", "blew", "blown"),
    ("break", "broke", "broken"),
    ("breed", "bred", "bred"),
    ("bring", "brought", "brought"),
    ("build", "built", "built"),
    ("burn", "burnt", "burnt"),
    ("buy", "bought", "bought"),
    ("cast", "cast", "cast"),
    ("catch", "caught", "caught"),
    ("choose", "chose", "chosen"),
    ("cling", "clung", "clung"),
    ("come", "came", "come"),
    ("cost", "cost", "cost"),
    ("cut", "cut", "cut"),
    ("deal", "dealt", "dealt"),
    ("dig", "dug", "dug"),
    ("do", "did", "done"),
    ("draw", "drew", "drawn"),
    ("drive", "drove", "driven"),
    ("eat", "ate", "eaten"),
    ("fall", "fell", "fallen"),
    ("feed", "fed", "fed"),
    ("feel", "felt", "felt"),
    ("fight", "fought", "fought"),
    ("find", "found", "found"),
    ("flee", "fled", "fled"),
    ("fly", "flew", "flown"),
    ("forbid", "forbade", "forbidden"),
    ("forgive", "forgave", "forgiven"),
    ("freeze", "froze", "frozen"),
    ("get", "got", "got"),
    ("give", "gave", "given"),
    ("go", "went", "gone"),
    ("grow", "grew", "grown"),
    ("hang", "hanged", "hung"),
    ("have", "had", "had"),
    ("hear", "heard", "heard"),
    ("hide", "hid", "hidden"),
    ("hit", "hit", "hit"),
    ("hold", "held", "held"),
    ("hurt", "hurt", "hurt"),
    ("keep", "kept", "kept"),
    ("know", "knew", "known"),
    ("lay", "laid", "laid"),
    ("lead", "led", "led"),
    ("leave", "left", "left"),
    ("lend", "lent", "lent"),
    ("let", "let", "let"),
    ("lie", "lay", "lain"),
    ("lose", "lost", "lost"),
    ("make", "made", "made"),
    ("mean", "meant", "meant"),
    ("meet", "met", "met"),
    ("pay", "paid", "paid"),
    ("plead", "pled", "pled"),
    ("put", "put", "put"),
    ("quit", "quit", "quit"),
    ("read", "read", "read"),
    ("ride", "rode", "ridden"),
    ("rise", "rose", "risen"),
    ("run", "ran", "run"),
    ("say", "said", "said"),
    ("see", "saw", "seen"),
    ("seek", "sought", "sought"),
    ("sell", "sold", "sold"),
    ("send", "sent", "sent"),
    ("set", "set", "set"),
    ("shoot", "shot", "shot"),
    ("shut", "shut", "shut"),
    ("sink", "sank", "sunk"),
    ("sit", "sat", "sat"),
    ("slay", "slew", "slain"),
    ("speak", "spoke", "spoken"),
    ("spend", "spent", "spent"),
    ("split", "split", "split"),
    ("spread", "spread", "spread"),
    ("stand", "stood", "stood"),
    ("steal", "stole", "stolen"),
    ("stick", "stuck", "stuck"),
    ("strike", "struck", "stricken"),
    ("swear", "swore", "sworn"),
    ("take", "took", "taken"),
    ("tear", "tore", "torn"),
    ("tell", "told", "told"),
    ("think", "thought", "thought"),
    ("throw", "threw", "thrown"),
    ("win", "won", "won"),
    ("write", "wrote", "written"),
];

/// Beginnings behind which an irregular verb stays irregular: `withdraw`, `overthrow`.
const PREFIXES: [&str; 12] =
    ["with", "over", "under", "out", "up", "re", "for", "mis", "un", "inter", "off", "fore"];

/// Nouns whose plural is not made with -s.
const PLURALS: [(&str, &str); 10] = [
    ("man", "men"),
    ("woman", "women"),
    ("child", "children"),
    ("person", "people"),
    ("crisis", "crises"),
    ("foot", "feet"),
    ("goods", "goods"),
    ("staff", "staff"),
    ("police", "police"),
    ("life", "lives"),
];

/// Verbs of more than one syllable whose last letter is doubled although most of that ending are not.
const DOUBLED: [&str; 17] = [
    "kidnap", "commit", "admit", "permit", "submit", "transmit", "expel", "compel", "repel",
    "cancel", "quarrel", "shovel", "rebel", "deter", "refer", "defer", "transfer",
];

/// Adds the forms of a verb.
pub(super) fn verb(lemma: &str, forms: &mut Vec<String>) {
    forms.push(lemma.to_owned());
    forms.push(with_s(lemma));
    let stem = silent(lemma);
    forms.push(format!("{stem}ing"));
    if let Some((past, participle)) = irregular(lemma) {
        forms.push(past);
        forms.push(participle);
    }
    forms.push(match stem.strip_suffix('y').filter(|front| ends_consonant(front)) {
        Some(front) => format!("{front}ied"),
        None if stem.ends_with('e') => format!("{stem}d"),
        None => format!("{stem}ed"),
    });
    if doubles(lemma) {
        let last = lemma.chars().next_back().unwrap_or_default();
        forms.push(format!("{lemma}{last}ed"));
        forms.push(format!("{lemma}{last}ing"));
    }
    match lemma {
        "be" => forms.extend(["is", "are", "were", "am"].map(str::to_owned)),
        "have" => forms.push("has".to_owned()),
        "burn" | "plead" => forms.push(format!("{lemma}ed")),
        _ if lemma.ends_with("ie") => forms.push(format!("{}ying", lemma.trim_end_matches("ie"))),
        _ => {}
    }
}

/// Adds the forms of a noun.
pub(super) fn noun(lemma: &str, forms: &mut Vec<String>) {
    forms.push(lemma.to_owned());
    forms.push(with_s(lemma));
    for (one, many) in PLURALS {
        if let Some(front) = lemma.strip_suffix(one) {
            forms.push(format!("{front}{many}"));
        }
    }
    if let Some(front) = lemma.strip_suffix("is") {
        forms.push(format!("{front}es"));
    }
}

/// Adds the American spelling of each British form, or the other way round.
pub(super) fn spellings(forms: &mut Vec<String>) {
    const PAIRS: [(&str, &str); 13] = [
        ("is", "iz"),
        ("our", "or"),
        ("defence", "defense"),
        ("offence", "offense"),
        ("centre", "center"),
        ("programme", "program"),
        ("ys", "yz"),
        ("llation", "lation"),
        ("lling", "ling"),
        ("lled", "led"),
        ("lorr", "lorr"),
        ("licence", "license"),
        ("judgement", "judgment"),
    ];
    for index in 0..forms.len() {
        for (british, american) in PAIRS {
            let Some(form) = forms.get(index) else { continue };
            let other = match form.find(british) {
                // -ise, -ising, -isation, but not `visit`
                Some(at) if british.len() == 2 => {
                    let behind = form.get(at + 2..).unwrap_or_default();
                    let ending = matches!(
                        behind,
                        "e" | "ed" | "es" | "ing" | "ation" | "ations" | "er" | "ers"
                    );
                    (ending && at > 2).then(|| form.replacen(british, american, 1))
                }
                Some(_) if british != american => Some(form.replacen(british, american, 1)),
                _ => None,
            };
            forms.extend(other);
        }
    }
}

fn ends_consonant(word: &str) -> bool {
    word.ends_with(|c: char| c.is_ascii_alphabetic() && !"aeiou".contains(c))
}

fn with_s(lemma: &str) -> String {
    if let Some(front) = lemma.strip_suffix('y').filter(|front| ends_consonant(front)) {
        return format!("{front}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| lemma.ends_with(end));
    let rounds = lemma.ends_with('o')
        && lemma.len() > 3
        && ["go", "do", "veto", "echo", "embargo"].iter().any(|end| lemma.ends_with(end));
    if hisses || rounds { format!("{lemma}es") } else { format!("{lemma}s") }
}

/// Returns the stem before -ing and -ed: without a silent e.
fn silent(lemma: &str) -> String {
    match lemma.strip_suffix('e') {
        Some(front) if !front.ends_with(['e', 'o', 'y']) && front.len() > 1 => front.to_owned(),
        _ => lemma.to_owned(),
    }
}

fn irregular(lemma: &str) -> Option<(String, String)> {
    let of = |word: &str| IRREGULAR.iter().find(|(base, ..)| *base == word);
    if let Some((_, past, participle)) = of(lemma) {
        return Some(((*past).to_owned(), (*participle).to_owned()));
    }
    PREFIXES.iter().find_map(|prefix| {
        let (_, past, participle) = of(lemma.strip_prefix(prefix)?)?;
        Some((format!("{prefix}{past}"), format!("{prefix}{participle}")))
    })
}

/// Returns true if the last consonant is doubled before -ed: one vowel before it, and one syllable.
fn doubles(lemma: &str) -> bool {
    let letters: Vec<char> = lemma.chars().collect();
    let vowel = |c: &char| "aeiouy".contains(*c);
    let [.., before, middle, last] = letters.as_slice() else { return false };
    let closed = !vowel(last) && !"wx".contains(*last) && vowel(middle) && !vowel(before);
    let syllables = letters.iter().filter(|c| vowel(c)).count();
    closed && (syllables == 1 || DOUBLED.contains(&lemma) || lemma.ends_with('l'))
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(make: fn(&str, &mut Vec<String>), lemma: &str, expected: &[&str]) {
        let mut forms = Vec::new();
        make(lemma, &mut forms);
        super::spellings(&mut forms);
        for form in expected {
            assert!(forms.iter().any(|found| found == form), "{lemma}: no {form} in {forms:?}");
        }
    }

    #[test]
    fn forms_of_a_verb() {
        check(super::verb, "shell", &["shells", "shelled", "shelling"]);
        check(super::verb, "deny", &["denies", "denied", "denying"]);
        check(super::verb, "withdraw", &["withdrew", "withdrawn", "withdrawing"]);
        check(super::verb, "ban", &["banned", "banning", "bans"]);
        check(super::verb, "expel", &["expelled", "expelling"]);
        check(super::verb, "agree", &["agreed", "agreeing", "agrees"]);
        check(super::verb, "mobilise", &["mobilized", "mobilising", "mobilize"]);
        check(super::verb, "meet", &["met", "meets", "meeting"]);
        check(super::verb, "veto", &["vetoes", "vetoed"]);
    }

    #[test]
    fn forms_of_a_noun() {
        check(super::noun, "policeman", &["policemen"]);
        check(super::noun, "embassy", &["embassies"]);
        check(super::noun, "clash", &["clashes"]);
        check(super::noun, "defence", &["defense"]);
        check(super::noun, "crisis", &["crises"]);
    }
}
