//! Case, number, tense and the like of a Russian word.

use crate::tag::Upos;
use crate::tag::names::names;

names! {
    /// The case of a noun, pronoun, adjective or numeral.
    Case {
        Nominative "Nom", Genitive "Gen", Dative "Dat", Accusative "Acc", Instrumental "Ins", Locative "Loc",
        Partitive "Par", Vocative "Voc",
    }
}

names! {
    /// One or more.
    Number { Singular "Sing", Plural "Plur", }
}

names! {
    /// The gender of a noun, and of what agrees with it.
    Gender { Masculine "Masc", Feminine "Fem", Neuter "Neut", }
}

names! {
    /// Whether a noun names somebody or something.
    Animacy { Animate "Anim", Inanimate "Inan", }
}

names! {
    /// When something is, as the form of a verb tells.
    Tense { Past "Past", Present "Pres", Future "Fut", }
}

names! {
    /// Whether an act is brought to its end.
    Aspect { Imperfective "Imp", Perfective "Perf", }
}

names! {
    /// Who acts: the subject, or it is acted upon.
    Voice { Active "Act", Middle "Mid", Passive "Pass", }
}

names! {
    /// What form of a verb a word is.
    VerbForm { Finite "Fin", Infinitive "Inf", Participle "Part", Converb "Conv", }
}

names! {
    /// Whether something is told, ordered, or would be.
    Mood { Indicative "Ind", Imperative "Imp", Conditional "Cnd", }
}

names! {
    /// I and we, you, or others.
    Person { First "1", Second "2", Third "3", }
}

/// What the form of a word tells; `None` where it tells nothing of the kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Its case.
    pub case: Option<Case>,
    /// Its number.
    pub number: Option<Number>,
    /// Its gender.
    pub gender: Option<Gender>,
    /// Somebody, or something.
    pub animacy: Option<Animacy>,
    /// Its tense.
    pub tense: Option<Tense>,
    /// Its aspect.
    pub aspect: Option<Aspect>,
    /// Its voice.
    pub voice: Option<Voice>,
    /// Its form as a verb.
    pub verb_form: Option<VerbForm>,
    /// Its mood.
    pub mood: Option<Mood>,
    /// Its person.
    pub person: Option<Person>,
    /// It denies: `не`, `ни`.
    pub is_negative: bool,
}

/// A tag of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) upos: Upos,
    pub(super) features: Features,
}

impl Tag {
    /// Reads a tag as the network's list has it: `NOUN|Case=Nom|Number=Sing`. What is no part of [`Features`] is passed over.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let upos = parts.next()?;
        // The first tag stands for no word, and is never wanted.
        let upos = if upos == "<pad>" { Upos::X } else { Upos::parse(upos)? };
        let mut features = Features::default();
        for part in parts {
            let (key, value) = part.split_once('=')?;
            features.set(key, value)?;
        }
        Some(Self { upos, features })
    }
}

impl Features {
    /// Sets one feature; `None` if its value is not known.
    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "Case" => self.case = Some(Case::parse(value)?),
            "Number" => self.number = Some(Number::parse(value)?),
            "Gender" => self.gender = Some(Gender::parse(value)?),
            "Animacy" => self.animacy = Some(Animacy::parse(value)?),
            "Tense" => self.tense = Some(Tense::parse(value)?),
            "Aspect" => self.aspect = Some(Aspect::parse(value)?),
            "Voice" => self.voice = Some(Voice::parse(value)?),
            "VerbForm" => self.verb_form = Some(VerbForm::parse(value)?),
            "Mood" => self.mood = Some(Mood::parse(value)?),
            "Person" => self.person = Some(Person::parse(value)?),
            "Polarity" => self.is_negative = value == "Neg",
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_with_its_features() {
        let tag = Tag::parse("NOUN|Animacy=Inan|Case=Gen|Gender=Masc|Number=Sing").unwrap();
        assert_eq!(tag.upos, Upos::Noun);
        assert_eq!(tag.features.case, Some(Case::Genitive));
        assert_eq!(tag.features.number, Some(Number::Singular));
        assert_eq!(tag.features.tense, None);
        assert!(Tag::parse("PART|Polarity=Neg").unwrap().features.is_negative);
    }

    #[test]
    fn a_value_that_is_not_known_is_refused() {
        assert_eq!(Tag::parse("NOUN|Case=Ergative"), None);
        assert_eq!(Tag::parse("SUBSTANTIVE"), None);
    }
}
