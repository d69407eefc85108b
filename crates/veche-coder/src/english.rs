//! How English words change: their forms, made from the dictionary form.
//!
//! One knowledge for two readers: the matcher looks for all forms of a word of the lexicon, and the lemmatiser finds the way back from
//! a form to its word.

mod irregular;

use irregular::{ALSO, PLURALS, VERBS};

/// What a form is of its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// `shell`, the dictionary form of a verb.
    Base,
    /// `shells`, of a verb.
    Third,
    /// `shelled`, as in `the army shelled`.
    Past,
    /// `shelled`, as in `was shelled`.
    Participle,
    /// `shelling`, of a verb.
    Gerund,
    /// `shell`, the dictionary form of a noun.
    Singular,
    /// `shells`, of a noun.
    Plural,
}

/// Beginnings behind which an irregular verb stays irregular: `withdraw`, `overthrow`.
const PREFIXES: [&str; 13] =
    ["with", "over", "under", "out", "up", "re", "for", "mis", "un", "inter", "off", "fore", "be"];

/// Verbs that only look like an irregular one behind a beginning.
const NO_PREFIX: [&str; 1] = ["relay"];

/// Verbs of more than one syllable whose last letter is doubled although most of that ending are not.
const DOUBLED: [&str; 63] = [
    "abet",
    "abhor",
    "acquit",
    "admit",
    "airdrop",
    "allot",
    "annul",
    "begin",
    "commit",
    "compel",
    "concur",
    "confer",
    "control",
    "deter",
    "debug",
    "defer",
    "dispel",
    "disbar",
    "emit",
    "enrol",
    "equip",
    "expel",
    "extol",
    "forget",
    "forbid",
    "fulfil",
    "gossip",
    "handicap",
    "impel",
    "incur",
    "infer",
    "input",
    "inter",
    "occur",
    "offset",
    "omit",
    "outfit",
    "outrun",
    "overrun",
    "patrol",
    "permit",
    "prefer",
    "program",
    "propel",
    "rebel",
    "rebut",
    "recur",
    "refer",
    "regret",
    "remit",
    "repel",
    "reset",
    "sandbag",
    "submit",
    "transfer",
    "transmit",
    "transship",
    "unban",
    "undercut",
    "unplug",
    "upset",
    "wiretap",
    "zigzag",
];

/// Verbs that are written in both ways.
const DOUBLED_OR_NOT: [&str; 6] = ["benefit", "bus", "ddos", "focus", "kidnap", "worship"];

/// Whether a verb's last letter is doubled before -ed and -ing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubling {
    Never,
    Always,
    Either,
}

/// Returns the forms of a verb.
pub(crate) fn verb(lemma: &str) -> Vec<(Form, String)> {
    // Of `machine-gun` and `co-host` the last part changes.
    let (front, last) = lemma
        .rsplit_once('-')
        .map_or(("", lemma), |(_, last)| (lemma.strip_suffix(last).unwrap_or_default(), last));
    let mut forms = last_verb(last);
    for (_, form) in &mut forms {
        form.insert_str(0, front);
    }
    forms
}

/// Returns the verbs whose forms no rule makes.
pub(crate) fn irregular_verbs() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|(base, ..)| *base).chain(ALSO.iter().map(|(base, ..)| *base))
}

/// Returns the nouns whose plural no rule makes. `people` is a word of its own: peoples have it as well.
pub(crate) fn irregular_nouns() -> impl Iterator<Item = &'static str> {
    PLURALS.iter().map(|(one, _)| *one).filter(|one| *one != "person")
}

fn last_verb(lemma: &str) -> Vec<(Form, String)> {
    let mut forms = vec![(Form::Base, lemma.to_owned())];
    match lemma {
        "be" => {
            let all = ["am", "are", "is"].map(|form| (Form::Third, form.to_owned()));
            forms.extend(all);
            forms.push((Form::Past, "were".to_owned()));
        }
        "have" => forms.push((Form::Third, "has".to_owned())),
        _ => forms.push((Form::Third, with_s(lemma))),
    }
    let irregular = irregular(lemma);
    for stem in stems(lemma) {
        forms.push((Form::Gerund, gerund(&stem)));
        if irregular.is_none() {
            let past = past(&stem);
            forms.extend([(Form::Past, past.clone()), (Form::Participle, past)]);
        }
    }
    if let Some((past, participle)) = irregular {
        forms.extend([(Form::Past, past), (Form::Participle, participle)]);
    }
    for (prefix, word) in behind_prefixes(lemma) {
        let own = ALSO.iter().filter(|(base, ..)| *base == word);
        forms.extend(own.map(|(_, form, written)| (*form, format!("{prefix}{written}"))));
    }
    forms
}

/// Returns the forms of a noun.
pub(crate) fn noun(lemma: &str) -> Vec<(Form, String)> {
    let mut forms = vec![(Form::Singular, lemma.to_owned())];
    let plurals = PLURALS
        .iter()
        .filter_map(|(one, many)| lemma.strip_suffix(one).map(|front| format!("{front}{many}")));
    let before = forms.len();
    forms.extend(plurals.map(|form| (Form::Plural, form)));
    if forms.len() == before {
        forms.push((Form::Plural, with_s(lemma)));
    }
    if let Some(front) = lemma.strip_suffix("is") {
        forms.push((Form::Plural, format!("{front}es")));
    }
    forms
}

/// Adds the American spelling of each British form, or the other way round.
pub(crate) fn spellings(forms: &mut Vec<String>) {
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

/// Returns what -ed and -ing are added to: without a silent e, or with the last letter doubled.
fn stems(lemma: &str) -> Vec<String> {
    let silent = lemma.strip_suffix('e').filter(|front| !front.ends_with(['e', 'o', 'y', 'i']));
    if let Some(front) = silent.filter(|front| front.len() > 1) {
        return vec![front.to_owned()];
    }
    if lemma.ends_with("ic") {
        return vec![format!("{lemma}k")];
    }
    let last = lemma.chars().next_back().unwrap_or_default();
    match doubling(lemma) {
        Doubling::Never => vec![lemma.to_owned()],
        Doubling::Always => vec![format!("{lemma}{last}")],
        Doubling::Either => vec![lemma.to_owned(), format!("{lemma}{last}")],
    }
}

fn gerund(stem: &str) -> String {
    let front = stem.strip_suffix("ie");
    front.map_or_else(|| format!("{stem}ing"), |front| format!("{front}ying"))
}

fn past(stem: &str) -> String {
    match stem.strip_suffix('y').filter(|front| ends_consonant(front)) {
        Some(front) => format!("{front}ied"),
        None if stem.ends_with('e') => format!("{stem}d"),
        None => format!("{stem}ed"),
    }
}

/// Returns a verb as itself, and as what stands behind each beginning that it has.
fn behind_prefixes(lemma: &str) -> impl Iterator<Item = (&str, &str)> {
    let prefixes = PREFIXES.iter().filter(move |_| !NO_PREFIX.contains(&lemma));
    let parted = prefixes.filter_map(|prefix| Some((*prefix, lemma.strip_prefix(prefix)?)));
    std::iter::once(("", lemma)).chain(parted)
}

fn irregular(lemma: &str) -> Option<(String, String)> {
    behind_prefixes(lemma).find_map(|(prefix, word)| {
        let (_, past, participle) = VERBS.iter().find(|(base, ..)| *base == word)?;
        Some((format!("{prefix}{past}"), format!("{prefix}{participle}")))
    })
}

/// Tells whether the last consonant is doubled: after one vowel, in a word of one syllable or stressed at its end.
fn doubling(lemma: &str) -> Doubling {
    if DOUBLED_OR_NOT.contains(&lemma) {
        return Doubling::Either;
    }
    let letters: Vec<char> = lemma.chars().collect();
    let is_vowel = |at: usize| {
        let after_q = at > 0 && letters.get(at - 1) == Some(&'q');
        letters.get(at).is_some_and(|c| "aeiouy".contains(*c) && !(*c == 'u' && after_q))
    };
    let Some(end) = letters.len().checked_sub(3) else { return Doubling::Never };
    let closed = !is_vowel(end) && is_vowel(end + 1) && !is_vowel(end + 2);
    let vowels = (0..letters.len()).filter(|at| is_vowel(*at)).count();
    match letters.last() {
        _ if !closed => Doubling::Never,
        Some('w' | 'x') => Doubling::Never,
        _ if vowels == 1 || DOUBLED.contains(&lemma) => Doubling::Always,
        Some('l') => Doubling::Either,
        _ => Doubling::Never,
    }
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(make: fn(&str) -> Vec<(super::Form, String)>, lemma: &str, expected: &[&str]) {
        let mut forms: Vec<String> = make(lemma).into_iter().map(|(_, form)| form).collect();
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
    fn a_form_that_is_another_verbs_is_not_made() {
        let forms = super::verb("bar");
        assert!(forms.iter().all(|(_, form)| form != "bared"), "{forms:?}");
        let forms = super::verb("take");
        assert!(forms.iter().all(|(_, form)| form != "taked"), "{forms:?}");
    }

    #[test]
    fn of_a_verb_with_a_hyphen_the_last_part_changes() {
        check(super::verb, "booby-trap", &["booby-trapped", "booby-trapping", "booby-traps"]);
        check(super::verb, "co-write", &["co-wrote", "co-written"]);
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
