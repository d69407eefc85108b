//! The objects of the API's answers. A test holds each to what nodes answer: no field of an answer is missing here, and none here is missing
//! in an answer.

use super::form::Form::{Flag, Hash, List, Maybe, Named, Of, Pairs, Text, Time, Whole, Word};
use super::form::{Field, Form, Object, has, may_have};

const TEXT_OR_NONE: Form = Maybe(&Text);
const TIME_OR_NONE: Form = Maybe(&Time);
const HASH_OR_NONE: Form = Maybe(&Hash);
const TEXTS: Form = List(&Text);

/// What is said of each `hosted_by`.
const HOSTED: &str = "whose node keeps the party's log; null: it runs its own";
/// What is said of each `article`.
const ARTICLE: &str = "the article of the charter";

pub(crate) static PROBLEM: Object = Object {
    name: "Problem",
    what: "Why there is no answer (RFC 9457).",
    fields: &[
        has("status", Form::Between(400, 599), "the HTTP status"),
        has("title", Text, "what is wrong, in a few words"),
        has("detail", Text, "what is wrong, in a sentence"),
        may_have("article", Text, "the article of the charter that says so"),
        may_have("quote", Text, "the article's words"),
        may_have("hint", Text, "what to do"),
    ],
};

static HEAD: Object = Object {
    name: "Head",
    what: "How much of a log is held.",
    fields: &[has("size", Whole, "its records"), has("root", Hash, "the root of its tree")],
};

static AHEAD: Object = Object {
    name: "ClockAhead",
    what: "A record that came before the time that it claims.",
    fields: &[
        has("index", Whole, "its number"),
        has("claimed", Time, "by its author's clock"),
        has("received_at", Time, "by this node's"),
    ],
};

static GONE_ON: Object = Object {
    name: "GoneOn",
    what: "An officer's word that a restored node goes on before all were heard.",
    fields: &[
        has("officer", Text, "who"),
        has("at", Time, "when"),
        has("reason", Text, "why"),
        has("signature", Text, "the officer's signature"),
    ],
};

pub(crate) static STATUS: Object = Object {
    name: "Status",
    what: "A node and what it holds.",
    fields: &[
        has("party", Text, "whose node it is"),
        has("organisation", Text, "the charter's title"),
        has("charter", Hash, "the charter in force"),
        has("charter_version", Whole, "its version"),
        has("outdated", TEXT_OR_NONE, "why this program is too old for the charter in force"),
        has("now", Time, "the node's clock"),
        has("records", Whole, "records in its fold"),
        has("digest", Text, "the digest of its state: equal on nodes that hold the same"),
        has("logs", Named(&Of(&HEAD)), "logs by origin"),
        has("last_heard", Named(&Time), "when each party was heard, by what it signed"),
        has("forks", TEXTS, "logs of which two histories are proven"),
        has("clocks_ahead", Named(&Of(&AHEAD)), "by log"),
        has("holds_back", TEXT_OR_NONE, "why it signs nothing now"),
        has("gone_on", List(&Of(&GONE_ON)), "who let it go on alone"),
    ],
};

static PARTY: Object = Object {
    name: "Party",
    what: "A party of the charter.",
    fields: &[
        has("name", Text, "its name for people"),
        has("status", Text, "its status under the charter"),
        has("hosted_by", TEXT_OR_NONE, HOSTED),
    ],
};

static VERSION: Object = Object {
    name: "CharterVersion",
    what: "A version of the charter.",
    fields: &[
        has("version", Whole, "its number"),
        has("hash", Hash, "of its text"),
        has("named", Text, "what records name it by"),
        has("is_current", Flag, "true if new matters are judged by it"),
        has("closing", HASH_OR_NONE, "the record that closed the amendment"),
        has("amendment", HASH_OR_NONE, "the amendment"),
    ],
};

pub(crate) static CHARTER: Object = Object {
    name: "Charter",
    what: "The charter in force.",
    fields: &[
        has("name", Text, "its short name"),
        has("title", Text, "its title"),
        has("hash", Hash, "of its text"),
        has("version", Whole, "its number"),
        has("fold", Whole, "the version of the rules of evaluation"),
        has("versions", List(&Of(&VERSION)), "all, from the first"),
        has("rivals", List(&Hash), "charters that claim the same place"),
        has("parties", Named(&Of(&PARTY)), "by their ids"),
        has("articles", Named(&Text), "by their numbers"),
    ],
};

pub(crate) static LOG: Object = Object {
    name: "Log",
    what: "A log as far as it is held.",
    fields: &[
        has("log", Text, "its origin"),
        has("size", Whole, "its records"),
        has("root", Hash, "the root of its tree"),
        has("cosigned_by", TEXTS, "parties that cosigned this head"),
        has("hosted_by", TEXT_OR_NONE, HOSTED),
    ],
};

static PLACE: Object = Object {
    name: "RecordPlace",
    what: "Where a record stands.",
    fields: &[
        has("log", Text, "its log"),
        has("index", Whole, "its number there"),
        has("leaf", Hash, "its leaf hash"),
    ],
};

static REFUSAL: Object = Object {
    name: "Refusal",
    what: "Why a record has, or would have, no effect.",
    fields: &[
        has("why", Text, "in a sentence"),
        has("article", TEXT_OR_NONE, ARTICLE),
        has("quote", TEXT_OR_NONE, "its words"),
    ],
};

static REDACTION: Object = Object {
    name: "Redaction",
    what: "Words of a record that its author took back.",
    fields: &[
        has("record", Hash, "the record that took them back"),
        has("signer", Text, "the key that signed it first"),
        has("time", Time, "its author's clock"),
        has("fields", TEXTS, "the fields"),
        has("reason", Text, "why"),
    ],
};

static RECORD: Object = Object {
    name: "Record",
    what: "A record as the fold sees it.",
    fields: &[
        has("record", Of(&PLACE), "where it stands"),
        has("kind", Text, "its kind"),
        has("label", Text, "who may read it"),
        has("charter", Text, "what it names as its charter"),
        has("charter_version", Maybe(&Whole), "that charter's version; null: not in force here"),
        has("author", Text, "whose it is"),
        has("signer", Text, "the key that signed first"),
        has("time", Time, "its author's clock"),
        has("at", TIME_OR_NONE, "when a quorum held it"),
        has("not_before", TIME_OR_NONE, "before when it cannot have been made"),
        has("receipts", Named(&Time), "who held it since when"),
        has("about", TEXTS, "what it is about"),
        has("terms", TEXT_OR_NONE, "its terms as canonical JSON, if they are held and may be read"),
        has("ruling", Text, "admitted, refused, waiting, withheld, quarantined"),
        has("refused", Maybe(&Of(&REFUSAL)), "why it has no effect"),
        has("procedure", HASH_OR_NONE, "what it opens or acts on"),
        may_have("redacted", Of(&REDACTION), "which of its words its author took back"),
        has("is_drill", Flag, "true in an exercise"),
    ],
};

static RECORD_ROW: Object = Object {
    name: "RecordRow",
    what: "A record of a log.",
    fields: &[
        has("index", Whole, "its number"),
        has("note", Text, "its signed bytes, as text"),
        may_have("record", Of(&RECORD), "absent for receipts, which have no effect of their own"),
    ],
};

pub(crate) static RECORDS: Object = Object {
    name: "Records",
    what: "Records of a log, in its order.",
    fields: &[
        has("records", List(&Of(&RECORD_ROW)), "at most `limit`"),
        has("next", Maybe(&Whole), "`from` of the next page"),
        has("hosted_by", TEXT_OR_NONE, HOSTED),
    ],
};

pub(crate) static ONE_RECORD: Object = Object {
    name: "OneRecord",
    what: "A record with its bytes.",
    fields: &[
        has("record", Of(&RECORD), "as the fold sees it"),
        has("note", TEXT_OR_NONE, "its signed bytes, as text"),
        has("opening_bytes", Whole, "length of its content here; 0: not held, or not the party's"),
        has("hosted_by", TEXT_OR_NONE, HOSTED),
    ],
};

static READER: Object = Object {
    name: "Reader",
    what: "Who may read a record.",
    fields: &[
        has("party", Text, "who"),
        has("why", Text, "by what"),
        has("at_node_of", Text, "whose node it reads at"),
        has("held_at", TIME_OR_NONE, "since when that node is known to hold it"),
    ],
};

pub(crate) static READERS: Object = Object {
    name: "Readers",
    what: "Who may read a record.",
    fields: &[
        has("record", Hash, "the record's leaf"),
        has(
            "readers",
            Maybe(&List(&Of(&READER))),
            "null: it is sealed, and the asker may not know",
        ),
    ],
};

pub(crate) static WITHHELD: Object = Object {
    name: "Withheld",
    what: "Records of a log whose content is not the party's, for one reason.",
    fields: &[
        has("log", Text, "the log"),
        has(
            "why",
            Word(&["sealed", "label", "group", "unknown label", "withdrawn", "not given"]),
            "why",
        ),
        has("records", Whole, "how many"),
    ],
};

pub(crate) static MISSING: Object = Object {
    name: "Missing",
    what: "Why a party has or lacks the content of a record.",
    fields: &[
        has("log", Text, "the log"),
        has("index", Whole, "the record's number"),
        has("leaf", HASH_OR_NONE, "its leaf, if it is here"),
        has("label", TEXT_OR_NONE, "its label, if that may be known"),
        has(
            "why",
            Word(&[
                "here",
                "sealed",
                "label",
                "group",
                "unknown label",
                "withdrawn",
                "not given",
                "not arrived",
            ]),
            "why",
        ),
        has("reason", Text, "in sentences"),
        has("advice", TEXT_OR_NONE, "what to do"),
        has("kept_by", Text, "whose node keeps the log"),
        has("last_heard", TIME_OR_NONE, "when that node was heard"),
    ],
};

static DEADLINE: Object = Object {
    name: "Deadline",
    what: "A clock.",
    fields: &[
        has("at", Time, "when it runs out"),
        has("nominal", Time, "when it would have, had everybody been reached"),
        has("has_passed", Flag, "true if that time has passed"),
        has("extended_for", TEXTS, "for whom it was extended"),
        has("unreached", TEXTS, "whom the text has not reached"),
        has("waived", TEXTS, "whose absence is waived"),
        has("blocks", Flag, "true if an unreached party blocks"),
    ],
};

static POSITION: Object = Object {
    name: "Position",
    what: "A party's position.",
    fields: &[
        has("position", Text, "the position"),
        has("at", Time, "since when others held it"),
        has("leaf", Hash, "its record"),
        has("reason", TEXT_OR_NONE, "its author's reason"),
        has("would_lift", TEXT_OR_NONE, "what would lift it"),
    ],
};

static DECISION: Object = Object {
    name: "Decision",
    what: "A decision on one unit.",
    fields: &[
        has("outcome", Text, "adopted, rejected, lapsed"),
        has("at", Time, "when it took effect"),
        has("binds", TEXTS, "whom it binds"),
        has("waived", TEXTS, "whose absence was waived"),
        has("reason", Text, "why, in a sentence"),
        has("article", TEXT_OR_NONE, ARTICLE),
        has("closing", Hash, "the closing record"),
    ],
};

static STEP: Object = Object {
    name: "Step",
    what: "One step of a procedure.",
    fields: &[
        has("at", Time, "when"),
        has("what", Text, "in a sentence"),
        has("leaf", HASH_OR_NONE, "the record that did it"),
        has("by", TEXT_OR_NONE, "whose record"),
        has("is_refused", Flag, "true if the record had no effect"),
        has("article", TEXT_OR_NONE, ARTICLE),
    ],
};

static UNIT: Object = Object {
    name: "Unit",
    what: "What is decided as one: a text, or a paragraph.",
    fields: &[
        has("paragraph", Maybe(&Whole), "the paragraph"),
        has("text", TEXT_OR_NONE, "its text"),
        has(
            "status",
            Word(&["running", "moved", "evidence_outstanding", "contested", "decided", "final"]),
            "how it stands",
        ),
        has("state", Text, "the state of the charter's machine"),
        has("state_title", Text, "its name for people"),
        has("since", Time, "since when"),
        has("deadline", Maybe(&Of(&DEADLINE)), "the clock that runs, or ran"),
        has("positions", Named(&Of(&POSITION)), "by party"),
        has("decision", Maybe(&Of(&DECISION)), "what was decided and proven"),
        has("steps", List(&Of(&STEP)), "what happened, in order"),
        has("article", TEXT_OR_NONE, "the article that rules the state"),
    ],
};

static ATTACHED: Object = Object {
    name: "Attached",
    what: "A record about a procedure that does not move it.",
    fields: &[
        has("record", Of(&PLACE), "where it stands"),
        has("kind", Text, "its kind"),
        has("author", Text, "whose it is"),
        has("at", TIME_OR_NONE, "since when others held it"),
        has("text", Text, "what it says"),
        has("supersedes", Flag, "true if it replaces what it is about"),
        has("is_annotation", Flag, "true if it is published with the decision"),
        has("refused", Maybe(&Of(&REFUSAL)), "why it has no effect"),
    ],
};

static DUTY_OF_VIEW: Object = Object {
    name: "ProcedureDuty",
    what: "A duty that a procedure started.",
    fields: &DUTY_FIELDS,
};

pub(crate) static DUTY: Object = Object {
    name: "Duty",
    what: "A duty, and whose node keeps the log of the party that owes it.",
    fields: &HOSTED_DUTY_FIELDS,
};

static HOSTED_DUTY_FIELDS: [Field; 14] = {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m] = duty_fields();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, has("hosted_by", TEXT_OR_NONE, HOSTED)]
};

static DUTY_FIELDS: [Field; 13] = duty_fields();

const fn duty_fields() -> [Field; 13] {
    [
        has("procedure", Hash, "the procedure that started it"),
        has("number", Text, "its number"),
        has("duty", Text, "the charter's name of the duty"),
        has("title", Text, "its name for people"),
        has("act", Text, "the kind of act that meets it"),
        has("owner", Text, "who owes it"),
        has("since", Time, "since when"),
        has("due", Time, "by when"),
        has("met_at", TIME_OR_NONE, "when it was met"),
        has("met_by", HASH_OR_NONE, "the record that met it"),
        has("is_overdue", Flag, "true if it is not met and its time has passed"),
        has("was_late", Flag, "true if it was met after its time"),
        has("article", TEXT_OR_NONE, ARTICLE),
    ]
}

static DECLARATION: Object = Object {
    name: "Declaration",
    what: "A sealed declaration and its opening.",
    fields: &[
        has("committed", Text, "the hash that was published"),
        has("computed", TEXT_OR_NONE, "the hash of what was opened"),
        has("matches", Flag, "true if both are the same"),
    ],
};

static CONFLICT: Object = Object {
    name: "Conflict",
    what: "A party that must act in a role on what it asked for itself.",
    fields: &[
        has("party", Text, "who"),
        has("roles", TEXTS, "in which roles"),
        has("text", Text, "in a sentence"),
    ],
};

pub(crate) static PROCEDURE: Object = Object {
    name: "Procedure",
    what: "A procedure as it stands now, with the eyes of the node's party.",
    fields: &[
        has("id", Hash, "its name"),
        has("number", Text, "its number for people"),
        has("kind", Text, "the kind of act that opened it"),
        has("kind_title", Text, "that kind's name for people"),
        has("register", TEXT_OR_NONE, "its register"),
        has("title", Text, "its title"),
        has("charter", Text, "what its opener names as its charter"),
        has("charter_version", Maybe(&Whole), "that charter's version; null: not in force here"),
        has(
            "void_since_version",
            Maybe(&Whole),
            "the version that had replaced it: then it is void",
        ),
        has("terms", Text, "the opening terms, as canonical JSON"),
        has("label", Text, "who may read it"),
        has("is_drill", Flag, "true in an exercise"),
        has("author", Text, "whose act opened it"),
        has("record", Of(&PLACE), "the opening record"),
        has("since", TIME_OR_NONE, "when it began, as the evidence proves it"),
        has("parent", HASH_OR_NONE, "the procedure above it"),
        has("case", Hash, "the matter that it belongs to"),
        has("children", List(&Hash), "the procedures under it"),
        has("machine", Text, "its machine's name for people"),
        has("units", List(&Of(&UNIT)), "one, or one a paragraph"),
        has(
            "receipts",
            Named(&TIME_OR_NONE),
            "who had the opening record since when; null: not reached",
        ),
        has(
            "attached",
            List(&Of(&ATTACHED)),
            "annotations, comments, corrections, what was refused",
        ),
        has("duties", List(&Of(&DUTY_OF_VIEW)), "duties that it started"),
        has("declaration", Maybe(&Of(&DECLARATION)), "what was sealed and opened"),
        has("conflicts", List(&Of(&CONFLICT)), "conflicts of roles"),
        has("closing_faults", TEXTS, "closing records that prove nothing, and why"),
        has("is_over", Flag, "true if everything in it is at its end"),
        has("hosted_by", TEXT_OR_NONE, HOSTED),
        has("positions_hosted_by", Named(&Text), "by party, where it runs no node of its own"),
    ],
};

static HIT: Object = Object {
    name: "Hit",
    what: "A record in which the words were said.",
    fields: &[
        has("record", Hash, "its leaf"),
        has("log", Text, "its log"),
        has("index", Whole, "its number"),
        has("kind", Text, "its kind"),
        has("author", Text, "whose it is"),
        has("hosted_by", TEXT_OR_NONE, HOSTED),
        has("label", Text, "who may read it"),
        has("at", TIME_OR_NONE, "when a quorum held it"),
        has("time", Time, "its author's clock"),
        has("ruling", Text, "as of a record"),
        has("procedure", HASH_OR_NONE, "what it opens or acts on"),
        has("number", TEXT_OR_NONE, "that procedure's number"),
        has("title", TEXT_OR_NONE, "that procedure's title"),
        has("opens", Flag, "true if it opened it"),
        has("excerpt", Text, "the words around"),
    ],
};

pub(crate) static FOUND: Object = Object {
    name: "Found",
    what: "What was said with the words, newest first.",
    fields: &[
        has("q", Text, "the words"),
        has("hits", List(&Of(&HIT)), "at most `limit`"),
        has("next", HASH_OR_NONE, "`after` of the next page"),
    ],
};

static OPENED: Object = Object {
    name: "Opened",
    what: "A procedure that was opened meanwhile.",
    fields: &[
        has("number", Text, "its number"),
        has("kind", Text, "the kind of act that opened it"),
        has("title", Text, "its title"),
        has("since", TIME_OR_NONE, "when it began"),
        has("author", Text, "whose act opened it"),
    ],
};

static ASKED: Object = Object {
    name: "Asked",
    what: "A text in which the party's silence would count.",
    fields: &[
        has("number", Text, "its number"),
        has("title", Text, "its title"),
        has("deadline", TIME_OR_NONE, "the soonest clock"),
    ],
};

pub(crate) static MISSED: Object = Object {
    name: "Missed",
    what: "What somebody who was away should read first.",
    fields: &[
        has("since", Time, "since when"),
        has("opened", List(&Of(&OPENED)), "opened since"),
        has("owed", List(&Of(&DUTY_OF_VIEW)), "owed by the party"),
        has("asked", List(&Of(&ASKED)), "where silence would count"),
    ],
};

static OUTSTANDING: Object = Object {
    name: "Outstanding",
    what: "What a result lacks before it can be certified.",
    fields: &[
        has("lacks", Word(&["text", "times", "heads"]), "what kind of evidence"),
        has("parties", TEXTS, "whose"),
    ],
};

static WHY_RECORD: Object = Object {
    name: "WhyRecord",
    what: "A record that bears on a result.",
    fields: &[
        has("leaf", Hash, "its leaf"),
        has("by", Text, "whose it is"),
        has("what", Text, "what it did"),
    ],
};

static CHANGE: Object = Object {
    name: "Change",
    what: "Positions that would change a result.",
    fields: &[
        has("positions", Named(&Text), "by party"),
        has("result", Text, "the state that would be reached"),
    ],
};

pub(crate) static WHY: Object = Object {
    name: "Why",
    what: "Why a unit stands as it does.",
    fields: &[
        has("paragraph", Maybe(&Whole), "the paragraph"),
        has("result", Text, "the state that it reached, or will"),
        has("outcome", TEXT_OR_NONE, "the outcome that this means"),
        has("is_proven", Flag, "true if it is decided and proven"),
        may_have("outstanding", Of(&OUTSTANDING), "what it lacks"),
        has("sentence", Text, "in a sentence"),
        has("articles", Pairs, "number and words of each article that decides"),
        has("records", List(&Of(&WHY_RECORD)), "what bears on it"),
        has(
            "changes",
            List(&Of(&CHANGE)),
            "each of these would change it, and no part of one would",
        ),
        has("binds", TEXTS, "whom it binds"),
        has("stops_by_being_offline", TEXTS, "who could stop it by being offline"),
    ],
};

static NEXT_FIELD: Object = Object {
    name: "ActField",
    what: "A field of an act, for a form.",
    fields: &[
        has("name", Text, "its name"),
        has("form", Text, "what it holds"),
        has("required", Flag, "true if it must be given"),
        has("one_of", TEXTS, "the words allowed, if they are listed, as the charter writes them"),
    ],
};

pub(crate) static NEXT: Object = Object {
    name: "Act",
    what: "An act on a procedure that the charter knows.",
    fields: &[
        has("kind", Text, "its kind"),
        has("title", Text, "its name for people"),
        has("choices", TEXTS, "the events that it could bring, if a field chooses"),
        has("fields", List(&Of(&NEXT_FIELD)), "its fields"),
        has("refused", Maybe(&Of(&REFUSAL)), "why not; null: it may"),
        has("article", TEXT_OR_NONE, ARTICLE),
    ],
};

pub(crate) static CERTIFICATE: Object = Object {
    name: "Certificate",
    what: "What the verifier says of a decision's certificate. The file itself is at `/certificates/NUMBER.decision.zip`.",
    fields: &[
        has("valid", Flag, "true if it holds"),
        has("bytes", Whole, "its length"),
        may_have("sha256", Hash, "of its bytes"),
        may_have("explanation", Text, "what it proves, in sentences"),
        may_have("fault", Text, "why it does not hold"),
    ],
};

static TROUBLE: Object = Object {
    name: "Trouble",
    what: "What went wrong last.",
    fields: &[has("at", Time, "when"), has("why", Text, "why")],
};

static PEER: Object = Object {
    name: "Peer",
    what: "What is known of a peer.",
    fields: &[
        has("party", Text, "whose node it is"),
        has("in_reach", Flag, "true if it answered last"),
        has("heard_at", TIME_OR_NONE, "when it answered"),
        has("lacks", Whole, "records held here that it is not known to hold"),
        has("trouble", Maybe(&Of(&TROUBLE)), "what went wrong last"),
    ],
};

static NOT_TAKEN: Object = Object {
    name: "NotTaken",
    what: "What was not taken from a peer.",
    fields: &[
        has("at", Time, "when"),
        has("party", Text, "from whom"),
        has("log", Text, "of which log"),
        has("why", Text, "why"),
    ],
};

static OVERSHARED: Object = Object {
    name: "Overshared",
    what: "A content that came though its label is for others.",
    fields: &[
        has("log", Text, "the log"),
        has("index", Whole, "the record's number"),
        has("label", Text, "its label"),
    ],
};

static COSIGNED: Object = Object {
    name: "Cosigned",
    what: "Who cosigned the head of a log.",
    fields: &[
        has("log", Text, "the log"),
        has("size", Whole, "its records"),
        has("by", TEXTS, "who"),
    ],
};

pub(crate) static PEERS: Object = Object {
    name: "Peers",
    what: "What a node knows of its peers.",
    fields: &[
        has("peers", List(&Of(&PEER)), "each peer"),
        has("not_taken", List(&Of(&NOT_TAKEN)), "what was not taken from whom"),
        has("overshared", List(&Of(&OVERSHARED)), "contents that should not have come"),
        has("cosignatures", List(&Of(&COSIGNED)), "of each log held"),
    ],
};

pub(crate) static DIGESTS: Object = Object {
    name: "Digests",
    what: "The digests of all nodes of an exercise.",
    fields: &[
        has("distinct", Whole, "how many differ; 1: all agree"),
        has("nodes", Named(&Text), "by party"),
    ],
};

pub(crate) static LINKS: Object = Object {
    name: "Links",
    what: "Who is cut off in an exercise.",
    fields: &[has("cut_off", TEXTS, "parties"), has("now", Time, "the exercise's clock")],
};
