use crate::tag::names::{codes, names};

names! {
    /// A relation of Universal Dependencies, with the subtypes that English has, and Russian.
    Relation {
        Acl "acl", AclRelcl "acl:relcl", Advcl "advcl", AdvclRelcl "advcl:relcl", Advmod "advmod", Amod "amod",
        Appos "appos", Aux "aux", AuxPass "aux:pass", Case "case", Cc "cc", CcPreconj "cc:preconj", Ccomp "ccomp",
        Compound "compound", CompoundPrt "compound:prt", Conj "conj", Cop "cop", Csubj "csubj", CsubjOuter "csubj:outer",
        CsubjPass "csubj:pass", Dep "dep", Det "det", DetPredet "det:predet", Discourse "discourse",
        Dislocated "dislocated", Expl "expl", Fixed "fixed", Flat "flat", Goeswith "goeswith", Iobj "iobj", List "list",
        Mark "mark", Nmod "nmod", NmodDesc "nmod:desc", NmodPoss "nmod:poss", NmodUnmarked "nmod:unmarked",
        Nsubj "nsubj", NsubjOuter "nsubj:outer", NsubjPass "nsubj:pass", Nummod "nummod", Obj "obj", Obl "obl",
        OblAgent "obl:agent", OblUnmarked "obl:unmarked", Orphan "orphan", Parataxis "parataxis", Punct "punct",
        Reparandum "reparandum", Root "root", Vocative "vocative", Xcomp "xcomp",
        // Of Russian alone.
        FlatForeign "flat:foreign", FlatName "flat:name", NummodEntity "nummod:entity", NummodGov "nummod:gov",
    }
}

codes!(Relation);
