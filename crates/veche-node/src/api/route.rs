//! The questions of the API as a table. The server finds its answers by it and writes its document from it, so that there is none without a
//! description.

use super::form::Form::{self, Between, Hash, List, Named, Of, Text, Time, Whole, Word};
use super::{LIMIT_DEFAULT, LIMIT_MAX, Problem, Query, Question, objects};
use serde_json::{Value as Json, json};

/// One question.
pub(crate) struct Route {
    /// Its name in the document.
    pub(crate) name: &'static str,
    /// Its path below `/api/v1`, with a parameter in braces for a whole segment.
    pub(crate) path: &'static str,
    /// What it asks, in a sentence.
    pub(crate) what: &'static str,
    /// The parameters in the path, in their order.
    pub(crate) places: &'static [Parameter],
    /// The parameters after `?`.
    pub(crate) query: &'static [Parameter],
    /// The form of the answer.
    pub(crate) form: Form,
    /// Where the answer comes from.
    pub(crate) answer: Answer,
}

/// A parameter.
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its form.
    pub(crate) form: Form,
    /// What it is.
    pub(crate) what: &'static str,
    /// True if there is no answer without it.
    pub(crate) is_needed: bool,
    /// A value, as in the shipped exercise `first-hour`.
    pub(crate) example: &'static str,
}

/// Where an answer comes from.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// The node of the asker.
    Node(fn(&Question<'_>) -> Result<Json, Problem>),
    /// This table.
    Document,
    /// What a running node knows of its peers.
    Peers,
    /// The exercise that is played here, which has its own list of questions.
    Exercise,
}

const fn needed(
    name: &'static str,
    form: Form,
    what: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter { name, form, what, is_needed: true, example }
}

const fn optional(
    name: &'static str,
    form: Form,
    what: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter { is_needed: false, ..needed(name, form, what, example) }
}

const LIMIT: Parameter = optional(
    "limit",
    Between(1, LIMIT_MAX as u64),
    "most rows of the answer; 100 if it is not given",
    "2",
);
const _: () = assert!(LIMIT_DEFAULT == 100, "the text above says so");

const AFTER: Parameter = optional(
    "after",
    Text,
    "number or hash of the last procedure seen: the answer goes on behind it",
    "P-1",
);
const NAME: Parameter =
    needed("name", Text, "the procedure's number for people, or its hash", "P-1");
/// A leaf of the exercise: whoever sends the example puts one of their own in its place.
const LEAF_EXAMPLE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const LEAF: Parameter = needed("leaf", Hash, "the record's leaf hash", LEAF_EXAMPLE);

/// All questions.
pub(crate) static ROUTES: &[Route] = &[
    Route {
        name: "document",
        path: "openapi.json",
        what: "Returns this document. It needs no session.",
        places: &[],
        query: &[],
        form: Form::Any,
        answer: Answer::Document,
    },
    Route {
        name: "status",
        path: "status",
        what: "Returns what the node is and holds.",
        places: &[],
        query: &[],
        form: Of(&objects::STATUS),
        answer: Answer::Node(|asked| Ok(super::status(asked.node, asked.now))),
    },
    Route {
        name: "charter",
        path: "charter",
        what: "Returns the charter in force: parties, articles, versions.",
        places: &[],
        query: &[],
        form: Of(&objects::CHARTER),
        answer: Answer::Node(|asked| Ok(super::charter(asked.node))),
    },
    Route {
        name: "logs",
        path: "logs",
        what: "Returns the logs as far as they are held.",
        places: &[],
        query: &[],
        form: List(&Of(&objects::LOG)),
        answer: Answer::Node(|asked| Ok(super::logs(asked.node))),
    },
    Route {
        name: "records",
        path: "records",
        what: "Returns records of a log, in its order.",
        places: &[],
        query: &[
            needed("log", Text, "the log's origin", "two-banks.example/arven/1"),
            optional("from", Whole, "number of the first record; 0 if it is not given", "1"),
            LIMIT,
        ],
        form: Of(&objects::RECORDS),
        answer: Answer::Node(|asked| super::records(asked.node, asked.query, asked.now)),
    },
    Route {
        name: "record",
        path: "records/{leaf}",
        what: "Returns one record.",
        places: &[LEAF],
        query: &[],
        form: Of(&objects::ONE_RECORD),
        answer: Answer::Node(|asked| super::record(asked.node, asked.place(0), asked.now)),
    },
    Route {
        name: "readers",
        path: "records/{leaf}/readers",
        what: "Returns who may read a record, and at whose node it is.",
        places: &[LEAF],
        query: &[],
        form: Of(&objects::READERS),
        answer: Answer::Node(|asked| super::readers(asked.node, asked.place(0), asked.now)),
    },
    Route {
        name: "withheld",
        path: "withheld",
        what: "Counts the records whose content is not the party's to read, by log and reason.",
        places: &[],
        query: &[],
        form: List(&Of(&objects::WITHHELD)),
        answer: Answer::Node(|asked| Ok(super::withheld(asked.node, asked.now))),
    },
    Route {
        name: "missing",
        path: "withheld/{party}/{epoch}/{index}",
        what: "Returns why the content of a record is not here, and what to do.",
        places: &[
            needed("party", Text, "whose log it is", "belm"),
            needed("epoch", Whole, "the epoch of the log", "1"),
            needed("index", Whole, "the record's number", "99"),
        ],
        query: &[],
        form: Of(&objects::MISSING),
        answer: Answer::Node(|asked| {
            super::why_withheld(
                asked.node,
                &[asked.place(0), asked.place(1), asked.place(2)],
                asked.now,
            )
        }),
    },
    Route {
        name: "procedure",
        path: "procedures/{name}",
        what: "Returns one procedure.",
        places: &[NAME],
        query: &[],
        form: Of(&objects::PROCEDURE),
        answer: Answer::Node(super::procedure),
    },
    Route {
        name: "case",
        path: "cases/{name}",
        what: "Returns one matter, or any procedure of it.",
        places: &[needed("name", Text, "its number for people, or its hash", "C-1")],
        query: &[],
        form: Of(&objects::PROCEDURE),
        answer: Answer::Node(super::procedure),
    },
    Route {
        name: "cases",
        path: "cases",
        what: "Returns the matters, newest first.",
        places: &[],
        query: &[optional("after", Text, AFTER.what, "C-1"), LIMIT],
        form: List(&Of(&objects::PROCEDURE)),
        answer: Answer::Node(|asked| super::cases(asked.node, asked.query, asked.now)),
    },
    Route {
        name: "registers",
        path: "registers",
        what: "Counts the procedures of each register.",
        places: &[],
        query: &[],
        form: Named(&Whole),
        answer: Answer::Node(|asked| Ok(super::registers(asked.node, asked.now))),
    },
    Route {
        name: "register",
        path: "registers/{register}",
        what: "Returns the procedures of a register, newest first.",
        places: &[needed("register", Text, "the register, as the charter names it", "proposals")],
        query: &[AFTER, LIMIT],
        form: List(&Of(&objects::PROCEDURE)),
        answer: Answer::Node(|asked| {
            super::register(asked.node, asked.place(0), asked.query, asked.now)
        }),
    },
    Route {
        name: "duties",
        path: "duties",
        what: "Returns the duties that nobody has met yet, soonest first.",
        places: &[],
        query: &[
            optional("party", Text, "those of one party", "belm"),
            optional("met", Text, "any value: also those that were met, all at once", "yes"),
            optional(
                "after",
                Text,
                "`due,procedure,owner` of the last row seen",
                "2027-03-01T09:00:00Z,0000000000000000000000000000000000000000000000000000000000000000,belm",
            ),
            LIMIT,
        ],
        form: List(&Of(&objects::DUTY)),
        answer: Answer::Node(|asked| super::duties(asked.node, asked.query, asked.now)),
    },
    Route {
        name: "search",
        path: "search",
        what: "Returns what was said with the words, newest first.",
        places: &[],
        query: &[
            needed("q", Text, "the words", "quay"),
            optional("after", Hash, "leaf of the last record seen", LEAF_EXAMPLE),
            LIMIT,
        ],
        form: Of(&objects::FOUND),
        answer: Answer::Node(|asked| super::search(asked.node, asked.query, asked.now)),
    },
    Route {
        name: "missed",
        path: "missed",
        what: "Returns what somebody who was away should read first.",
        places: &[],
        query: &[needed("since", Time, "since when", "2027-03-01T09:00:00Z")],
        form: Of(&objects::MISSED),
        answer: Answer::Node(|asked| super::missed(asked.node, asked.query, asked.now)),
    },
    Route {
        name: "decisions",
        path: "decisions",
        what: "Returns the procedures of which something is decided and proven.",
        places: &[],
        query: &[],
        form: List(&Of(&objects::PROCEDURE)),
        answer: Answer::Node(|asked| Ok(super::decisions(asked.node, asked.now))),
    },
    Route {
        name: "why",
        path: "why/{name}",
        what: "Returns why each unit of a procedure stands as it does, and what would change it.",
        places: &[NAME],
        query: &[],
        form: List(&Of(&objects::WHY)),
        answer: Answer::Node(|asked| super::why(asked.node, asked.place(0), asked.now)),
    },
    Route {
        name: "next",
        path: "next/{name}",
        what: "Returns the acts that a party may do next on a procedure, or why not.",
        places: &[NAME],
        query: &[optional("party", Text, "whose acts; the node's own if it is not given", "belm")],
        form: List(&Of(&objects::NEXT)),
        answer: Answer::Node(|asked| {
            super::next(asked.node, asked.place(0), asked.query, asked.now)
        }),
    },
    Route {
        name: "certificate",
        path: "certificates/{name}",
        what: "Verifies the certificate of a decision.",
        places: &[NAME],
        query: &[],
        form: Of(&objects::CERTIFICATE),
        answer: Answer::Node(|asked| super::certificate_of(asked.node, asked.place(0), asked.now)),
    },
    Route {
        name: "peers",
        path: "peers",
        what: "Returns what a running node knows of its peers; not in exercises.",
        places: &[],
        query: &[],
        form: Of(&objects::PEERS),
        answer: Answer::Peers,
    },
    Route {
        name: "digests",
        path: "exercise/digests",
        what: "Returns the digests of all nodes of the exercise.",
        places: &[],
        query: &[],
        form: Of(&objects::DIGESTS),
        answer: Answer::Exercise,
    },
    Route {
        name: "links",
        path: "exercise/links",
        what: "Returns who is cut off in the exercise.",
        places: &[],
        query: &[],
        form: Of(&objects::LINKS),
        answer: Answer::Exercise,
    },
    Route {
        name: "exercise",
        path: "exercise/{what}",
        what: "Returns what the exercise is told by the page of its format: its outcomes, feed items, events.",
        places: &[needed("what", Word(&["injects", "feed", "events"]), "which", "injects")],
        query: &[],
        form: Form::Any,
        answer: Answer::Exercise,
    },
    Route {
        name: "forged",
        path: "exercise/forged/{name}",
        what: "Returns what became of something that the exercise forged.",
        places: &[needed("name", Text, "its name in the script", "NAME")],
        query: &[],
        form: Form::Any,
        answer: Answer::Exercise,
    },
];

/// Finds the question that a path asks, and what stands in the path's parameters. Of two that fit, the one with the word stands first in the
/// table.
pub(crate) fn find(path: &str) -> Option<(&'static Route, Vec<&str>)> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    ROUTES.iter().find_map(|route| Some((route, route.places_in(&parts)?)))
}

impl Route {
    fn places_in<'p>(&self, parts: &[&'p str]) -> Option<Vec<&'p str>> {
        let own: Vec<&str> = self.path.split('/').collect();
        let fits = |(own, part): (&&str, &&str)| own.starts_with('{') || own == part;
        let fits = own.len() == parts.len() && own.iter().zip(parts).all(fits);
        let places = own.iter().zip(parts).filter(|(own, _)| own.starts_with('{'));
        fits.then(|| places.map(|(_, part)| *part).collect())
    }

    /// Checks that the question knows every parameter.
    ///
    /// # Errors
    /// [`Problem`] 400 for the first that it does not.
    pub(crate) fn knows(&self, query: &Query) -> Result<(), Problem> {
        let known: Vec<&str> = self.query.iter().map(|parameter| parameter.name).collect();
        match query.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let detail = format!("parameter `{key}` is not known here; known: {list}");
                Err(Problem::new(400, "unknown parameter", detail))
            }
        }
    }
}

impl Parameter {
    /// Returns the example as its form writes it in JSON.
    pub(crate) fn example(&self) -> Json {
        match self.form {
            Whole | Between(..) => json!(self.example.parse::<u64>().ok()),
            Text
            | Time
            | Hash
            | Form::Flag
            | Word(_)
            | Form::Maybe(_)
            | List(_)
            | Form::Pairs
            | Named(_)
            | Of(_)
            | Form::Any => json!(self.example),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_parameter_of_a_path_is_described_and_no_question_hides_another() {
        let names: BTreeSet<&str> = ROUTES.iter().map(|route| route.name).collect();
        assert_eq!(names.len(), ROUTES.len(), "two questions have one name");
        for route in ROUTES {
            let braced: Vec<&str> = route
                .path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            let described: Vec<&str> = route.places.iter().map(|place| place.name).collect();
            assert_eq!(braced, described, "{}", route.path);
            let filled: Vec<&str> = route
                .path
                .split('/')
                .map(|part| {
                    route
                        .places
                        .iter()
                        .find(|place| part == format!("{{{}}}", place.name))
                        .map_or(part, |place| place.example)
                })
                .collect();
            assert_eq!(find(&filled.join("/")).unwrap().0.name, route.name, "{filled:?}");
        }
        assert!(find("status/x").is_none() && find("").is_none() && find("/status/").is_some());
    }
}
