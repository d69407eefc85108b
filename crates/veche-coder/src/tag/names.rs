//! The names of tags, as treebanks write them.

/// A closed list of names.
macro_rules! names {
    ($(#[$doc:meta])* $list:ident { $($(#[$meta:meta])* $variant:ident $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $list {
            $(#[doc = concat!("Written ", $name, " in treebanks.")] $(#[$meta])* $variant,)+
        }

        impl $list {
            const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns its name, as treebanks write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Returns the one of this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}
pub(crate) use names;

/// Gives each name of a list a code and a hash: the code is its place there. A model holds codes, so the order is part of its format.
macro_rules! codes {
    ($list:ident) => {
        impl $list {
            pub(crate) const fn code(self) -> u8 {
                self as u8
            }

            /// Returns the hash of its name.
            pub(crate) const fn key(self) -> u64 {
                const KEYS: [u64; $list::ALL.len()] = {
                    let mut keys = [0; $list::ALL.len()];
                    let mut at = 0;
                    while at < keys.len() {
                        keys[at] = $crate::model::hash::text($list::ALL[at].name());
                        at += 1;
                    }
                    keys
                };
                KEYS[self as usize]
            }

            pub(crate) fn of_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }
        }
    };
}
pub(crate) use codes;

names! {
    /// A universal part of speech (Universal Dependencies, version 2).
    Upos {
        Adj "ADJ", Adp "ADP", Adv "ADV", Aux "AUX", Cconj "CCONJ", Det "DET", Intj "INTJ", Noun "NOUN", Num "NUM",
        Part "PART", Pron "PRON", Propn "PROPN", Punct "PUNCT", Sconj "SCONJ", Sym "SYM", Verb "VERB", X "X",
    }
}

names! {
    /// A tag of the Penn Treebank with the additions of the English Web Treebank.
    Penn {
        Cc "CC", Cd "CD", Dt "DT", Ex "EX", Fw "FW", In "IN", Jj "JJ", Jjr "JJR", Jjs "JJS", Ls "LS", Md "MD", Nn "NN",
        Nnp "NNP", Nnps "NNPS", Nns "NNS", Pdt "PDT", Pos "POS", Prp "PRP", PrpS "PRP$", Rb "RB", Rbr "RBR", Rbs "RBS",
        Rp "RP", Sym "SYM", To "TO", Uh "UH", Vb "VB", Vbd "VBD", Vbg "VBG", Vbn "VBN", Vbp "VBP", Vbz "VBZ", Wdt "WDT",
        Wp "WP", WpS "WP$", Wrb "WRB", Add "ADD", Afx "AFX", Gw "GW", Hyph "HYPH", Nfp "NFP", Dollar "$", Comma ",",
        Stop ".", Colon ":", Opening "``", Closing "''", LeftBracket "-LRB-", RightBracket "-RRB-",
    }
}

codes!(Upos);
codes!(Penn);
