//! Every text of the pages that is not data, in one place; English.
//!
//! A second language replaces this file by a table with the same entries; nothing else holds words that people read.

use crate::pages::Score;
use crate::shell::Seat;
use veche_ledger::Seconds;

pub(crate) const ARTICLE: &str = "article";
pub(crate) const BY: &str = "By";
pub(crate) const CASE: &str = "Case";
pub(crate) const COPY: &str = "copy";
pub(crate) const DARK: &str = "dark";
pub(crate) const DRILL_NOTE: &str =
    "every record of this is marked as a drill and touches no real register";
pub(crate) const DUE: &str = "Due";
pub(crate) const EXERCISE: &str = "Exercise";
pub(crate) const EXERCISE_STEPS: &str = "go on in it";
pub(crate) const KEYS: &str = "Keys";
pub(crate) const KEYS_ON: &str = "single keys act (off while you type)";
pub(crate) const KIND: &str = "Kind";
pub(crate) const LABEL: &str = "Label";
pub(crate) const LIGHT: &str = "light";
pub(crate) const MATTER: &str = "Matter";
pub(crate) const MET: &str = "met";
pub(crate) const NAV: &str = "Pages";
pub(crate) const NEW: &str = "new";
pub(crate) const NEW_RECORDS: &str = "new: show them";
pub(crate) const NEXT_DUE: &str = "Next due";
pub(crate) const NODE_KEY: &str = "node key";
pub(crate) const NO_DATA: &str = "no data";
pub(crate) const NUMBER: &str = "No.";
pub(crate) const OPENED: &str = "Opened";
pub(crate) const OVERDUE: &str = "Overdue";
pub(crate) const RULING: &str = "Ruling";
pub(crate) const SEARCH: &str = "Search";
pub(crate) const SERVER_GONE: &str =
    "Not connected, trying again. What you typed is kept on this page.";
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const SIGNED_OUT: &str = "You are signed out: the node was started again, or your session ended. Open the new link that it printed when it started, or wrote to the file of `--links`. What you typed is kept on this page.";
pub(crate) const SINCE: &str = "since";
pub(crate) const SKIP: &str = "Skip to the content";
pub(crate) const STATE: &str = "State";
pub(crate) const SYSTEM: &str = "system";
pub(crate) const TAKE_SEAT: &str = "Act for";
pub(crate) const THEME: &str = "theme:";
pub(crate) const TIME_UTC: &str = "Time (UTC)";
pub(crate) const UTC: &str = "UTC";
pub(crate) const WHAT: &str = "What";

/// Sections of the navigation: path and name.
pub(crate) const SECTIONS: [(&str, &str); 7] = [
    ("/", "Watch"),
    ("/picture", "Picture"),
    ("/forecast", "Forecast"),
    ("/cases", "Cases"),
    ("/decisions", "Decisions"),
    ("/registers", "Registers"),
    ("/log", "Log"),
];

/// The key that plays and pauses.
const KEY_OF_EXERCISES: &str = "space";

/// Returns the keys and what they do; those of an exercise only where there is one.
pub(crate) fn keys(is_drill: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    KEY_LIST.into_iter().filter(move |(key, _)| is_drill || *key != KEY_OF_EXERCISES)
}

const KEY_LIST: [(&str, &str); 9] = [
    ("/", "search"),
    ("g w p c d r l", "watch, picture, cases, decisions, registers, log"),
    ("j k", "next row, row before"),
    ("Enter", "open the row"),
    ("[ ]", "period before, period after"),
    (KEY_OF_EXERCISES, "play or pause the exercise"),
    ("n", "show what is new"),
    ("t", "other theme"),
    ("?", "this list"),
];

/// Joins names: `Halcis, Mirez and Quorrin`.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

pub(crate) const fn month(month: u64) -> &'static str {
    match month {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}

pub(crate) fn in_span(span: Seconds) -> String {
    format!("in {span}")
}

pub(crate) fn late_by(span: Seconds) -> String {
    if span == Seconds(0) { "now".to_owned() } else { format!("{span} late") }
}

pub(crate) fn ago(span: Seconds) -> String {
    if span < Seconds(5) { "now".to_owned() } else { format!("{span} ago") }
}

pub(crate) fn live(records: &u64, lag: &Seconds) -> String {
    format!("{} records · lag {lag}", grouped(*records))
}

/// Writes a number in groups of three: `182 005`, with spaces that do not break.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

pub(crate) fn withheld(count: &u64) -> String {
    match count {
        1 => "1 record at a label you do not hold".to_owned(),
        count => format!("{count} records at labels you do not hold"),
    }
}

pub(crate) fn sources(count: &u64) -> String {
    match count {
        1 => "1 source".to_owned(),
        count => format!("{count} sources"),
    }
}

/// Writes a change with its sign and direction: `▲ +12`, `▼ −7`, `= 0`.
pub(crate) fn change(change: &i16) -> String {
    match *change {
        0 => "= 0".to_owned(),
        up @ 1.. => format!("▲ +{up}"),
        down => format!("▼ −{}", down.unsigned_abs()),
    }
}

pub(crate) mod level {
    pub(crate) const CALM: &str = "calm";
    pub(crate) const WATCH: &str = "watch";
    pub(crate) const TENSE: &str = "tense";
    pub(crate) const ACUTE: &str = "acute";
    pub(crate) const CRISIS: &str = "crisis";
}

pub(crate) mod stance {
    pub(crate) const ASSENT: &str = "assent";
    pub(crate) const OBJECT: &str = "object";
    pub(crate) const ABSTAIN: &str = "abstain";
    pub(crate) const ASIDE: &str = "aside";
    pub(crate) const AMEND: &str = "amend";
    pub(crate) const MORE_TIME: &str = "more time";
    pub(crate) const SILENT: &str = "silent";
    pub(crate) const NOT_REACHED: &str = "not reached";
    pub(crate) const NO_SAY: &str = "no say";
}

pub(crate) mod event {
    pub(crate) const ARMED_CLASH: &str = "armed clash";
    pub(crate) const TERRORISM: &str = "terrorism";
    pub(crate) const BORDER: &str = "border incident";
    pub(crate) const MOVEMENT: &str = "mobilisation, movement";
    pub(crate) const UNREST: &str = "unrest";
    pub(crate) const POLITICAL: &str = "political, diplomatic";
    pub(crate) const CYBER: &str = "cyber";
    pub(crate) const DISINFORMATION: &str = "disinformation";
    pub(crate) const INFRASTRUCTURE: &str = "infrastructure";
    pub(crate) const NATURAL_HAZARD: &str = "natural hazard";
    pub(crate) const BIOLOGICAL: &str = "biological, chemical";
    pub(crate) const HUMANITARIAN: &str = "humanitarian";
    pub(crate) const COOPERATION: &str = "co-operation, aid";
}

pub(crate) mod timeline {
    pub(crate) const AS_TABLE: &str = "The same as a table";
    pub(crate) const DEADLINE: &str = "deadline";
    pub(crate) const LANE: &str = "Lane";
    pub(crate) const MISSED: &str = "deadline missed";
    pub(crate) const STEP: &str = "step";
    pub(crate) const WARNING: &str = "warning";

    pub(crate) fn lane_said(title: &str, marks: usize) -> String {
        format!("{title}: {marks}, listed in the table below")
    }
}

pub(crate) mod form {
    pub(crate) const PREVIEW: &str = "Show how it is understood";
    pub(crate) const CHOOSE: &str = "choose";
    pub(crate) const DURATION_EXAMPLE: &str = "6h";
    /// A whole number and a unit: minutes, hours, days, months, years.
    pub(crate) const DURATION_PATTERN: &str = "[0-9]{1,5}(m|h|d|mo|y)";
    pub(crate) const REQUIRED: &str = "required";
    pub(crate) const TIME_EXAMPLE: &str = "2027-03-01T11:00Z";
    /// A time in UTC, to the minute or the second.
    pub(crate) const TIME_PATTERN: &str =
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z";
}

pub(crate) mod refusal {
    pub(crate) const BACK: &str = "Back to";
    pub(crate) const BY: &str = "Refused by";
    pub(crate) const INSTEAD: &str = "What you may do instead";
    pub(crate) const KEPT_AS: &str = "Kept as";
    pub(crate) const REFUSED: &str = "Refused:";
    pub(crate) const TITLE: &str = "The charter does not allow this";
    pub(crate) const WHO_COULD: &str = "Who could";
    pub(crate) const WOULD_BE_VALID: &str = "What would be valid";
}

pub(crate) mod withheld {
    pub(crate) const ABOUT: &str = "Records that stand in the logs and whose content you do not read here. Nothing is missing from the logs: signatures and places are whole.";
    pub(crate) const ALL: &str = "All records without their content";
    pub(crate) const COUNTS: &str = "By log and reason";
    pub(crate) const NEWEST: &str = "The newest";
    pub(crate) const NONE: &str = "You read the content of every record that is here.";
    pub(crate) const RECORD: &str = "Record";
    pub(crate) const RECORDS: &str = "Records";
    pub(crate) const SAID: &str = "Said (UTC)";
    pub(crate) const TITLE: &str = "Records without their content";
    pub(crate) const WHY: &str = "Why";

    pub(crate) fn count(count: &u64) -> String {
        match count {
            1 => "1 record without its content".to_owned(),
            count => format!("{count} records without their content"),
        }
    }
}

pub(crate) mod peers {
    pub(crate) const ABOUT: &str =
        "Each party's own node. A receipt is signed: its node held then all that it names.";
    pub(crate) const FORKS: &str = "Logs that have shown two histories";
    pub(crate) const NOT_TAKEN: &str = "Sent to this node and not taken";
    pub(crate) const RECEIPT: &str = "Last receipt (UTC)";
    pub(crate) const TITLE: &str = "Nodes";
    pub(crate) const TROUBLE: &str = "Last trouble";
    pub(crate) const WHEN: &str = "When (UTC)";
}

pub(crate) mod watch {
    use super::Seat;

    pub(crate) const AS_OF: &str = "as of";
    pub(crate) const CASES: &str = "Open cases";
    pub(crate) const CALENDAR: &str = "Deadlines, duties and meetings as a calendar file (.ics)";
    pub(crate) const CHANGES: &str = "Changes";
    pub(crate) const DRAFT_ONE: &str = "Draft one from the picture";
    pub(crate) const HIGHEST: &str = "Highest tension";
    pub(crate) const LAST_SEEN: &str = "Last heard";
    pub(crate) const NEVER: &str = "never";
    pub(crate) const NOTHING_DUE: &str = "Nothing is due from you.";
    pub(crate) const NOT_REACHED: &str = "Not reached";
    pub(crate) const NO_CASES: &str = "No case is open.";
    pub(crate) const NO_CHANGES: &str = "Nothing has changed.";
    pub(crate) const NO_PEERS: &str = "This node has no peers yet.";
    pub(crate) const NO_WARNINGS: &str = "No warning in 10 weeks.";
    pub(crate) const OPEN_ONE: &str = "Open one";
    pub(crate) const PEER: &str = "Node";
    pub(crate) const PEERS: &str = "Nodes";
    pub(crate) const PEER_BEHIND: &str = "catching up";
    pub(crate) const PEER_CURRENT: &str = "in step";
    pub(crate) const PEER_FORKED: &str = "forked";
    pub(crate) const PEER_SILENT: &str = "no contact";
    pub(crate) const SEE_CASES: &str = "See all cases";
    pub(crate) const SEE_PEERS: &str = "Receipts and troubles";
    pub(crate) const SILENT: &str = "Received, silent";
    pub(crate) const SUSPENDED: &str = "Without effect until signed anew";
    pub(crate) const SUSPENDED_WHY: &str = "The key that signed these was withdrawn from before them on. What the delegation stands by an officer signs again:";
    pub(crate) const TIMELINE: &str = "Time";
    pub(crate) const TITLE: &str = "Watch";
    pub(crate) const UNANSWERED: &str = "Who has not answered";
    pub(crate) const WARNINGS: &str = "Warnings (10 weeks)";
    pub(crate) const YOUR_ANSWER: &str = "your answer";

    pub(crate) fn due(seat: Option<&Seat>) -> String {
        seat.map_or_else(|| "Due".to_owned(), |seat| format!("Due from {}", seat.party.name))
    }

    pub(crate) fn answered(answered: &u64, owed: &u64) -> String {
        format!("answered {answered} of {owed}")
    }

    pub(crate) fn behind_by(count: &u64) -> String {
        format!("{count} to go")
    }
}

pub(crate) mod cases {
    pub(crate) const NONE: &str = "No case here.";
    pub(crate) const OPEN_ONE: &str = "Open a case";
    pub(crate) const TITLE: &str = "Cases";
}

pub(crate) mod drafts {
    pub(crate) const ABOUT: &str = "Drafts, approvals and instructions of this delegation. They stand at this node alone: in no record, no link, no answer to anybody else.";
    pub(crate) const CONTENT: &str = "An approval names";
    pub(crate) const DRAFTS: &str = "Drafts";
    pub(crate) const INSTRUCTIONS: &str = "Instructions from the capital";
    pub(crate) const KEEP: &str = "Keep as a draft";
    pub(crate) const NAV: &str = "Delegation";
    pub(crate) const NO_DRAFTS: &str =
        "No drafts. The forms of a case keep what they say as a draft.";
    pub(crate) const NO_INSTRUCTIONS: &str = "No instructions.";
    pub(crate) const NOTES: &str = "Notes inside the delegation";
    pub(crate) const TITLE: &str = "Inside the delegation";
}

pub(crate) mod case {
    use super::Seat;
    use crate::pages::TextTally;

    pub(crate) const ANNOTATIONS: &str = "Attached";
    pub(crate) const AUTHOR: &str = "author";
    pub(crate) const BINDS: &str = "Binds";
    pub(crate) const BY_ABSENCE: &str = "Could stop it by being offline";
    pub(crate) const CERTIFICATES: &str = "Certificates";
    pub(crate) const CLOCK_MORE: &str =
        "Rule, start, what stops it, who could stop it by being offline";
    pub(crate) const COMMITMENTS: &str = "Commitments";
    pub(crate) const CONTESTED: &str = "Contested";
    pub(crate) const NOT_CERTIFIED: &str = "Not certified yet";
    pub(crate) const DIFF: &str = "Struck and added words against";
    pub(crate) const CALENDAR: &str =
        "Its deadlines, duties and meetings as a calendar file (.ics)";
    pub(crate) const DOCUMENTS: &str = "The text as";
    pub(crate) const ENDS: &str = "ends";
    pub(crate) const EVIDENCE: &str = "the signed record";
    pub(crate) const EXTENSION: &str = "Extension";
    pub(crate) const MATRIX: &str = "Who stands where";
    pub(crate) const MEMBER: &str = "Member";
    pub(crate) const NOTHING_NEXT: &str = "The charter lets you do nothing here now.";
    pub(crate) const NO_RECEIPT: &str = "no receipt";
    pub(crate) const RECEIPT: &str = "Received";
    pub(crate) const RECORDS: &str = "Records";
    pub(crate) const RESTS_ON: &str = "Rests on";
    pub(crate) const RULE: &str = "Rule";
    pub(crate) const STARTED: &str = "Started";
    pub(crate) const STOPS: &str = "Stopped by";
    pub(crate) const GIVEN: &str = "given";
    pub(crate) const LACKS: &str = "does not hold it yet";
    pub(crate) const LACK: &str = "do not hold it yet";
    pub(crate) const MUST: &str = "must";
    pub(crate) const BY_WHEN: &str = "by";
    pub(crate) const OWED: &str = "Who must act";
    pub(crate) const WARNINGS: &str = "Warnings";
    pub(crate) const WHY: &str = "Why";
    pub(crate) const WOULD_CHANGE: &str = "What would change it";
    pub(crate) const WOULD_LIFT: &str = "would lift:";
    pub(crate) const YOU: &str = "(you)";

    /// `until 21:05 UTC`.
    pub(crate) const UNTIL: &str = "until";

    pub(crate) const fn lacks(who: &[String]) -> &'static str {
        if who.len() == 1 { LACKS } else { LACK }
    }

    /// `within 1 hour from when 2 other nodes hold it`.
    pub(crate) fn owed_within(within: Option<&String>, quorum: &u64) -> String {
        let nodes = if *quorum == 1 { "node holds" } else { "nodes hold" };
        match within {
            Some(span) => format!("within {span} from when {quorum} other {nodes} it"),
            None => format!("once {quorum} other {nodes} it"),
        }
    }

    /// `Belm must answer the warning by 10:05 UTC, and does not hold it yet.`
    pub(crate) fn owed(who: &[String], what: &str, by: &str, lacks_it: bool) -> String {
        let lack = if lacks_it { format!(", and {}", lacks(who)) } else { String::new() };
        format!("{} {MUST} {what} {by}{lack}.", some(who))
    }

    /// Names in a sentence: more are counted.
    const NAMED_MAX: usize = 8;

    /// Joins names: `Halcis, Mirez and 11 others`.
    pub(crate) fn some(names: &[String]) -> String {
        match names.get(..NAMED_MAX) {
            Some(first) if names.len() > NAMED_MAX + 1 => {
                format!("{} and {} others", first.join(", "), names.len() - NAMED_MAX)
            }
            Some(_) | None => super::list(names),
        }
    }

    /// `2 of 3 paragraphs agreed; 1 bracket to settle`.
    pub(crate) fn tally(tally: &TextTally) -> String {
        let all = tally.agreed + tally.open;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let agreed = format!("{} of {all} paragraph{} agreed", tally.agreed, plural(all));
        let brackets = (tally.brackets > 0)
            .then(|| format!("{} bracket{} to settle", tally.brackets, plural(tally.brackets)));
        let opposed = (tally.opposed > 0).then(|| format!("{} opposed", tally.opposed));
        [Some(agreed), brackets, opposed].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn next(seat: Option<&Seat>) -> String {
        seat.map_or_else(
            || "What the charter allows next".to_owned(),
            |seat| format!("What the charter allows {} next", seat.party.name),
        )
    }

    pub(crate) fn not_now(article: &str) -> String {
        format!("not now: article {article}")
    }

    pub(crate) fn opened_by(owner: &str) -> String {
        format!("Opened by {owner},")
    }

    pub(crate) fn tabled_by(by: &str) -> String {
        format!("Tabled by {by},")
    }

    pub(crate) const fn not_reached_until() -> &'static str {
        "not reached: extended until, at most,"
    }
}

pub(crate) mod decisions {
    pub(crate) const BY: &str = "Put to decision by";
    pub(crate) const ABOUT: &str = "Each certificate proves its decision to anyone, offline, with no more than the hash of the first charter:";
    pub(crate) const ATTACHED: &str = "Published with it";
    pub(crate) const CERTIFICATE: &str = "Certificate";
    pub(crate) const BECAUSE: &str = "Because";
    pub(crate) const DECIDED: &str = "Decided";
    pub(crate) const NONE: &str = "Nothing has been decided yet.";
    pub(crate) const NOT_BOUND: &str = "Not bound";
    pub(crate) const TITLE: &str = "Decisions";
    pub(crate) const VERIFY: &str = "Check it";
}

pub(crate) mod registers {
    pub(crate) const ADD: &str = "Add an entry";
    pub(crate) const EMPTY: &str = "No entry here.";
    pub(crate) const ENTRIES: &str = "Entries";
    pub(crate) const ENTRY: &str = "Entry";
    pub(crate) const HOLDS: &str = "Holds";
    pub(crate) const NONE: &str = "The charter keeps no register.";
    pub(crate) const OPEN: &str = "Open";
    pub(crate) const OWNER: &str = "Owner";
    pub(crate) const REGISTER: &str = "Register";
    pub(crate) const TITLE: &str = "Registers";
}

pub(crate) mod log {
    pub(crate) const ABOUT: &str =
        "One log a party, append-only; every other node mirrors and cosigns it.";
    pub(crate) const CHECKPOINT: &str = "Checkpoint (UTC)";
    pub(crate) const COSIGNED: &str = "Cosigned";
    pub(crate) const COSIGNED_BY: &str = "cosigned by";
    pub(crate) const DIGEST: &str = "State digest";
    pub(crate) const EMPTY: &str = "No record here.";
    pub(crate) const FORK: &str = "Two histories: this log was forked";
    pub(crate) const LOG: &str = "Log";
    pub(crate) const NEWER: &str = "newer";
    pub(crate) const NONE: &str = "This node holds no log yet.";
    pub(crate) const OLDER: &str = "older";
    pub(crate) const ORIGIN: &str = "Origin";
    pub(crate) const PLACE: &str = "Log and no.";
    pub(crate) const ROOT: &str = "Root";
    pub(crate) const SEEN: &str = "Seen";
    pub(crate) const SIGNED_BY: &str = "Signed by";
    pub(crate) const SIZE: &str = "Size";
    pub(crate) const TITLE: &str = "Log";

    pub(crate) fn of(party: &str) -> String {
        format!("Log of {party}")
    }

    pub(crate) fn from(who: &str) -> String {
        format!("from {who}")
    }

    pub(crate) fn cosigned(count: Option<&u64>, quorum: &u64) -> String {
        match count {
            Some(count) => format!("{count} ({quorum} needed)"),
            None => "receipts alone: nothing to cosign".to_owned(),
        }
    }
}

pub(crate) mod record {
    pub(crate) const ADMITTED: &str = "Admitted by";
    pub(crate) const COMMITMENTS: &str = "Commitments to content";
    pub(crate) const CONTENT: &str = "What it says";
    pub(crate) const DESTROYED: &str = "destroyed by redaction";
    pub(crate) const DOWNLOAD: &str = "Download the bytes";
    pub(crate) const EVIDENCE: &str = "Evidence:";
    pub(crate) const HEADER: &str = "Header, as signed";
    pub(crate) const INCLUDED: &str = "proved and checked";
    pub(crate) const INDEX: &str = "Number";
    pub(crate) const INVALID: &str = "signature wrong";
    pub(crate) const MATCHES: &str = "held, matches";
    pub(crate) const HELD_SINCE: &str = "held since";
    pub(crate) const NOTE: &str = "Signed note, byte for byte";
    pub(crate) const NOT_CHECKED: &str = "not checked";
    pub(crate) const NOT_INCLUDED: &str = "not in the tree";
    pub(crate) const NO_CONTENT: &str = "Its content is not shown here. The record itself is whole: its signature and place can be checked.";
    pub(crate) const NO_RECEIPT: &str = "no receipt";
    pub(crate) const NO_RECEIPTS: &str = "No receipts are counted for a record of this kind.";
    pub(crate) const PLACE: &str = "Place in the log";
    pub(crate) const PROOF: &str = "Inclusion";
    pub(crate) const PROVISIONAL: &str = "Provisional:";
    pub(crate) const READERS: &str = "Who can read it (UTC)";
    pub(crate) const READERS_UNKNOWN: &str =
        "It is sealed, and not for you: for whom it is, is not said.";
    pub(crate) const RECEIPTS: &str = "Receipts (UTC)";
    pub(crate) const RELATED: &str = "Related records";
    pub(crate) const REVOKED: &str = "key revoked";
    pub(crate) const SIGNATURES: &str = "Signatures";
    pub(crate) const TIME: &str = "Time by evidence";
    pub(crate) const UNKNOWN_KEY: &str = "key unknown";
    pub(crate) const VALID: &str = "signature checked";
    pub(crate) const WITHHELD: &str = "withheld by its label";

    pub(crate) fn at_node(whose: &str) -> String {
        format!("at {whose}'s node")
    }

    pub(crate) fn index_of(index: &u64, size: &u64) -> String {
        format!("{index}, in a log of {size}")
    }
}

pub(crate) mod exercise {
    use super::Score;

    pub(crate) const AHEAD: &str = "ahead";
    pub(crate) const CHANGED: &str = "changed by you";
    pub(crate) const EXPECTED: &str = "Expected";
    pub(crate) const FAIL: &str = "not as expected";
    pub(crate) const GO: &str = "Go";
    pub(crate) const INJECT: &str = "Inject";
    pub(crate) const JUMP: &str = "Jump to no.";
    pub(crate) const MEASURE: &str = "Measure";
    pub(crate) const OBSERVED: &str = "Observed";
    pub(crate) const PARTLY: &str = "partly";
    pub(crate) const PASS: &str = "pass";
    pub(crate) const PAUSE: &str = "Pause";
    pub(crate) const PLAY: &str = "Play";
    pub(crate) const PLAYER: &str = "Clock";
    pub(crate) const RESET: &str = "Start over";
    pub(crate) const RESULT: &str = "Result";
    pub(crate) const SCRIPT: &str = "Script";
    pub(crate) const SET: &str = "Set";
    pub(crate) const SHEET: &str = "Score sheet";
    pub(crate) const SPEED: &str = "Speed";
    pub(crate) const START: &str = "Start";
    pub(crate) const STEP: &str = "Next step";
    pub(crate) const TARGET: &str = "Target";
    pub(crate) const TITLE: &str = "Exercise";
    pub(crate) const VERDICT: &str = "Verdict";

    /// Returns the number of the inject after the current one.
    pub(crate) const fn after(current: &u32) -> u32 {
        current.saturating_add(1)
    }

    pub(crate) fn score(score: &Score) -> String {
        let Score { pass, partly, fail, changed, ahead } = score;
        format!(
            "✓ {pass} as expected · ◆ {partly} partly · ▲ {fail} not as expected · {changed} changed by you · {ahead} ahead"
        )
    }
}

pub(crate) mod picture {
    pub(crate) const AREA: &str = "Area";
    pub(crate) const AREAS: &str = "Tension by area";
    pub(crate) const AS_TABLE: &str = "The lines as a table";
    pub(crate) const BY_HOUR: &str = "By hour";
    pub(crate) const CHANGE: &str = "Change";
    pub(crate) const DRAFT: &str = "Draft a warning";
    pub(crate) const EARLIER: &str = "before";
    pub(crate) const EVENTS: &str = "Events";
    pub(crate) const FORECASTS: &str = "Forecasts";
    pub(crate) const INDEX: &str = "Index";
    pub(crate) const INSTITUTE: &str = "Institute";
    pub(crate) const INTERVAL: &str = "Interval";
    pub(crate) const ISSUED: &str = "Issued";
    pub(crate) const ITEMS: &str = "From the feeds";
    pub(crate) const LAST: &str = "Last";
    pub(crate) const LATER: &str = "after";
    pub(crate) const NOT_AN_INDEX: &str = "counts of reports, not an index";
    pub(crate) const NOT_AVERAGED: &str = "side by side, not averaged";
    pub(crate) const NO_AREAS: &str = "No events are held yet: add a source or load event data.";
    pub(crate) const NO_ITEMS: &str = "No item has come in.";
    pub(crate) const PROBABILITY: &str = "Probability";
    pub(crate) const RECORD: &str = "Track record";
    pub(crate) const REPORTS: &str = "Reports by area";
    pub(crate) const SERIES: &str = "Course";
    pub(crate) const SOURCES: &str = "Sources";
    pub(crate) const TENSION: &str = "Tension";
    pub(crate) const TITLE: &str = "Picture";
    pub(crate) const TOTAL: &str = "In all";
    pub(crate) const UNCONFIRMED: &str = "unconfirmed, not counted";

    pub(crate) fn on(period: &str) -> String {
        format!("{period} to")
    }

    pub(crate) fn reasons(area: &str) -> String {
        format!("What moved {area}")
    }
}

pub(crate) mod forecast {
    pub(crate) const AHEAD: &str = "The months ahead";
    pub(crate) const AS_TABLE: &str = "The same as a table";
    pub(crate) const CHANCES: &str = "Chance of deaths or more";
    pub(crate) const CHANGES: &str = "Would change if";
    pub(crate) const COUNTED: &str = "Counted";
    pub(crate) const COURSE: &str = "Two years";
    pub(crate) const DIFFERENCE: &str = "Difference";
    pub(crate) const DRIVERS: &str = "Drivers";
    pub(crate) const FAN_ABOUT: &str = "Line: what was counted. Bars: what lies between with a chance of 90 % and, stronger, of 50 %. Each \
                                        step of the scale is ten times the one below.";
    pub(crate) const FORECASTS: &str = "Forecasts";
    pub(crate) const FROM: &str = "90 %: from";
    pub(crate) const HAPPENED: &str = "Happened";
    pub(crate) const IF: &str = "If there are";
    pub(crate) const INPUTS: &str = "Counts that this rests on (SHA-256)";
    pub(crate) const INTERVAL: &str = "90 % between";
    pub(crate) const IN_3: &str = "3 months";
    pub(crate) const IN_6: &str = "6 months";
    pub(crate) const IN_12: &str = "12 months";
    pub(crate) const LEFT_OUT: &str = "Not forecast";
    pub(crate) const MEANS: &str = "Against conflictology";
    pub(crate) const MIDDLE: &str = "Middle";
    pub(crate) const MONTH: &str = "Month";
    pub(crate) const MONTHS: &str = "Months";
    pub(crate) const NONE: &str =
        "This node has no forecast. One is made from a file of counts, and shown with";
    pub(crate) const NONE_COMMAND: &str = "veche node run --forecast DIR";
    pub(crate) const NO_PAST: &str =
        "No past forecast can be judged: the past is too short, or not known.";
    pub(crate) const NO_UNITS: &str = "No unit has a count in the last three years.";
    pub(crate) const OWN_SKILL: &str = "Skill for this unit";
    pub(crate) const PAST: &str = "Past forecasts against what came";
    pub(crate) const PAST_ABOUT: &str = "Each bar was forecast three months before its month. Dot: what came. Cross: it lay outside the bar.";
    pub(crate) const QUIET: &str = "Quiet for three years";
    pub(crate) const RELIABILITY: &str = "Said and happened";
    pub(crate) const RELIABILITY_ABOUT: &str = "Across: the chance given to 25 deaths or more in three months. Up: how often they came. On the \
                                                line both are the same; a larger dot is of more forecasts.";
    pub(crate) const RULE: &str = "By rule";
    pub(crate) const SAID: &str = "Said";
    pub(crate) const SCORE: &str = "Score";
    pub(crate) const SHARE: &str = "Share of the chance";
    pub(crate) const SKILL: &str = "Skill over all units";
    pub(crate) const THEN: &str = "three months after";
    pub(crate) const TITLE: &str = "Forecast";
    pub(crate) const TO: &str = "to";
    pub(crate) const UNIT: &str = "Unit";
    pub(crate) const UNITS: &str = "By chance";
    pub(crate) const UNITS_ABOUT: &str = "of 25 deaths or more";
    pub(crate) const UNPROVEN: &str = "no skill proven";

    pub(crate) fn of(series: &str, origin: &str) -> String {
        format!("{series}, from the end of {origin}")
    }

    pub(crate) fn more(count: &u64) -> String {
        format!("{count} more are in the run's table")
    }

    pub(crate) fn past(count: &u64) -> String {
        format!("{count} past forecasts")
    }

    pub(crate) fn share(thousandths: &u16) -> String {
        format!("{}.{} %", thousandths / 10, thousandths % 10)
    }

    pub(crate) fn chart_said(name: &str, counted: usize, forecast: usize) -> String {
        format!("{name}: {counted} months counted, {forecast} forecast; the table below has each")
    }

    pub(crate) fn reliability_said(classes: usize) -> String {
        format!(
            "How often it happened by the chance given, in {classes} classes; the table below has each"
        )
    }
}

pub(crate) mod entry {
    pub(crate) const FIRST_RUN: &str = "This node holds no organisation yet";
    pub(crate) const FIRST_RUN_ABOUT: &str =
        "Three ways to begin; each is one command or one button.";
    pub(crate) const HOW: &str = "Open the link that this node printed for you when it started, or wrote to the file of `--links`. Each works once, and none outlives the node's process: whoever runs the node gets new ones by starting it again:";
    pub(crate) const OFFER: &str = "This link signs you in as";
    pub(crate) const OPEN_PAGES: &str = "Without signing in:";
    pub(crate) const OR_COMMAND: &str = "or in a terminal";
    pub(crate) const SIGN_IN: &str = "Sign in";
    pub(crate) const TAKE: &str = "Take this seat";
    pub(crate) const TOKEN: &str = "Code of the link";
}

pub(crate) mod reached {
    pub(crate) const ABOUT: &str = "Something waits at the desk, and this node told";
    pub(crate) const DONE: &str = "It was seen, and nobody else is told of it:";
    pub(crate) const SEEN: &str = "I have seen it";
    pub(crate) const TITLE: &str = "You were told of something";
    pub(crate) const TO_DESK: &str = "To the desk";
    pub(crate) const UNKNOWN: &str =
        "No message of this node has this link, or what it was about waits no longer.";
}

pub(crate) mod message {
    pub(crate) const ASKS_AGAIN: &str = "This page asks again by itself.";
    pub(crate) const BAD_REQUEST: &str = "This could not be read";
    pub(crate) const DID_YOU_MEAN: &str = "Did you mean";
    pub(crate) const FAILED: &str = "This did not work";
    pub(crate) const KNOWN: &str = "This page knows:";
    pub(crate) const LOADING: &str = "Loading";
    pub(crate) const NEAR: &str = "Did you mean";
    pub(crate) const NOT_ALLOWED: &str = "This needs another seat";
    pub(crate) const NOT_FOUND: &str = "Not found";
    pub(crate) const REQUEST: &str = "request";
    pub(crate) const TO_WATCH: &str = "To the watch page";
    pub(crate) const TRY_AGAIN: &str = "Try again";
    pub(crate) const TYPED: &str = "What you typed";
    pub(crate) const UNKNOWN_IS: &str = "This page has no parameter";
    pub(crate) const UNKNOWN_PARAMETER: &str = "Unknown parameter";
    pub(crate) const WHO_MAY: &str = "Who may:";

    pub(crate) fn not_found(asked: &str) -> String {
        format!("There is no {asked} here, or none that your seat may see.")
    }

    pub(crate) fn done_of(done: &u64, of: &u64) -> String {
        format!("{done} of {of}")
    }

    pub(crate) fn not_allowed(asked: &str) -> String {
        format!("Your seat may not see or do this: {asked}.")
    }
}

pub(crate) mod search {
    pub(crate) fn title(q: &str) -> String {
        if q.is_empty() { "Search".to_owned() } else { format!("Search: {q}") }
    }

    pub(crate) const OLDER: &str = "Older ones";

    /// `has_more`: these are the newest of them.
    pub(crate) fn found(total: &u64, has_more: bool) -> String {
        match total {
            total if has_more => format!("the newest {total}; there are older ones"),
            1 => "1 found".to_owned(),
            total => format!("{total} found"),
        }
    }

    pub(crate) fn none(q: &str) -> String {
        format!("Nothing was found for \u{201c}{q}\u{201d} among what your seat may read.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_people_write_them() {
        let names: Vec<String> = ["Halcis", "Mirez", "Quorrin"].map(String::from).to_vec();
        assert_eq!(list(&names), "Halcis, Mirez and Quorrin");
        assert_eq!(list(&names[..1]), "Halcis");
        assert_eq!(list(&[]), "");
    }

    #[test]
    fn a_change_has_sign_and_direction() {
        assert_eq!([change(&12), change(&-7), change(&0)], ["▲ +12", "▼ −7", "= 0"]);
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(grouped(182_005), "182\u{a0}005");
        assert_eq!(grouped(812), "812");
    }
}

pub(crate) mod alarms {
    pub(crate) const ABOUT: &str = "Counts that nobody had reason to expect: what was counted, against a forecast made the month before. \
                                    No more alarms are raised than the charter's rule allows, and each waits for a named analyst.";
    pub(crate) const ALARM: &str = "The alarm";
    pub(crate) const DRAFT_NOTE: &str = "Draft: nothing is sent until a person signs it.";
    pub(crate) const DRAFT_OF: &str = "Warning of";
    pub(crate) const DUTIES: &str = "Once it is signed, the charter asks for:";
    pub(crate) const EARLIER: &str = "Closed and judged";
    pub(crate) const LEFT_OUT: &str = "Words that found nothing here";
    pub(crate) const NONE_WAIT: &str = "No alarm waits.";
    pub(crate) const NO_COUNTS: &str =
        "This node has no counts of this series. They are imported into tables, and shown with";
    pub(crate) const NO_COUNTS_COMMAND: &str = "veche node run --picture DIR";
    pub(crate) const NO_RULES: &str = "The charter has no rule of alarms.";
    pub(crate) const OPEN: &str = "Open and judged";
    pub(crate) const OPENED_IN: &str = "opened in";
    pub(crate) const REASONS: &str = "Why";
    pub(crate) const RECORD: &str = "Track record";
    pub(crate) const SIGN: &str = "Change it, sign it, or drop it";
    pub(crate) const TITLE: &str = "Alarms";
    pub(crate) const WAITING: &str = "Waiting for an analyst";
}

pub(crate) mod tournament {
    pub(crate) const ABOUT: &str = "Institutes and experts say what they expect before a day; when the counts have come, all are scored \
                                    alike. What was said cannot be changed afterwards.";
    pub(crate) const AGAINST: &str = "Against the baseline";
    pub(crate) const BASELINE: &str = "Baseline";
    pub(crate) const BOARDS: &str = "Boards";
    pub(crate) const BOARDS_ABOUT: &str = "lower is better; the interval is over units drawn anew";
    pub(crate) const CALIBRATION: &str = "How far your earlier words were borne out";
    pub(crate) const CALIBRATION_ABOUT: &str = "Across: the chance given to 25 deaths or more in a month. Up: how often they came. On the line \
                                                both are the same.";
    pub(crate) const CELLS: &str = "Cells";
    pub(crate) const CHANCE: &str = "25 or more";
    pub(crate) const CLOSES: &str = "Open until";
    pub(crate) const COUNTED: &str = "Counted";
    pub(crate) const DISSENT: &str = "Who says otherwise";
    pub(crate) const DISSENT_ABOUT: &str = "than the pool, by 0.2 or more";
    pub(crate) const DRAW: &str = "Say what you expect";
    pub(crate) const DRAW_ABOUT: &str = "Choose a unit. Others' words on it are not shown there: say first what you expect yourself.";
    pub(crate) const DRAWN: &str = "What was counted, and what you say";
    pub(crate) const FAN_ABOUT: &str = "Line: what was counted. Bars: what you say lies between with a chance of 90 % and, stronger, of \
                                        50 %. Each step of the scale is ten times the one below.";
    pub(crate) const FAULTY: &str = "Records that hand in nothing:";
    pub(crate) const FORM: &str = "Form";
    pub(crate) const HANDED_IN: &str = "Handed in";
    pub(crate) const INSTITUTE: &str = "Institute or expert";
    pub(crate) const LEVELS_ABOUT: &str = "For each month, five counts of deaths: one that is exceeded 19 times in 20, one 3 times in 4, one half \
                                           of the time, one once in 4, one once in 20. Months left empty are not forecast.";
    pub(crate) const MEAN: &str = "Mean";
    pub(crate) const NOBODY: &str = "Nobody yet.";
    pub(crate) const NO_CALIBRATION: &str =
        "Nothing of what was said under this name has come true or not yet.";
    pub(crate) const NO_DISSENT: &str = "Nobody.";
    pub(crate) const NO_ROUNDS: &str =
        "This node has no round. One is opened on the command line, and shown with";
    pub(crate) const NO_ROUNDS_COMMAND: &str = "veche node run --picture DIR --rounds DIR";
    pub(crate) const POOL: &str = "Pool";
    pub(crate) const POOL_ABOUT: &str = "The pool weighs each by its record in rounds that were over when this one began; half of it is shared out \
                                         equally.";
    pub(crate) const RECEIVED: &str = "Came";
    pub(crate) const ROUND: &str = "Round";
    pub(crate) const ROUNDS: &str = "Rounds";
    pub(crate) const SAY: &str = "What you expect";
    pub(crate) const SHOW: &str = "Show it";
    pub(crate) const SIGN: &str = "Hand it in";
    pub(crate) const STATED: &str = "Said";
    pub(crate) const TITLE: &str = "Tournament";
    pub(crate) const WAITING: &str =
        "Signed, and not yet seen to be held by a quorum of witnesses:";
    pub(crate) const WEIGHT: &str = "Weight";

    pub(crate) fn asked(months: &str, closes: &str) -> String {
        format!("Asked are the months {months}; forecasts are taken until {closes}.")
    }
}

pub(crate) mod events {
    pub(crate) const ABOUT: &str = "Reports that tell of the same are one event. What a sentence was read as may be wrong: look at its words. \
                                    Confidence is over independent sources; near copies are one.";
    pub(crate) const ACTOR: &str = "who acts";
    pub(crate) const ALL: &str = "all";
    pub(crate) const ATTRIBUTION: &str = "who says so";
    pub(crate) const CARRIERS: &str = "Sources / carriers";
    pub(crate) const CONFIDENCE: &str = "Confidence";
    pub(crate) const CONFIDENCE_LEAST: &str = "Least confidence, per cent";
    pub(crate) const CORRECTIONS: &str = "What analysts said";
    pub(crate) const DATE: &str = "when";
    pub(crate) const DAY: &str = "Day";
    pub(crate) const DOCUMENT: &str = "Document";
    pub(crate) const FACTS: &str = "As it is told";
    pub(crate) const FILTER: &str = "Show";
    pub(crate) const FROM: &str = "From day";
    pub(crate) const HARM: &str = "how many";
    pub(crate) const LEFT_OUT: &str =
        "Corrections that find nothing here, and events that cannot be shown";
    pub(crate) const LEGEND: &str = "Marked words:";
    pub(crate) const LIKELY: &str = "Probability";
    pub(crate) const MAP: &str = "Where";
    pub(crate) const MAP_ABOUT: &str = "A net of degrees, without boundaries.";
    pub(crate) const NEWER: &str = "Before";
    pub(crate) const NONE: &str = "No event is like this.";
    pub(crate) const NO_EVENTS: &str =
        "This node was given no reports. They are coded on the command line, and shown with";
    pub(crate) const NO_EVENTS_COMMAND: &str = "veche node run --events FILE";
    pub(crate) const NO_SENTENCE: &str = "The sentence is not in the file: code the text again.";
    pub(crate) const OLDER: &str = "After";
    pub(crate) const OVERRULED: &str = "a later word says otherwise";
    pub(crate) const PART_OF: &str =
        "The event that was asked for is told together with this one now.";
    pub(crate) const PLACE: &str = "where";
    pub(crate) const PUBLISHED: &str = "Published";
    pub(crate) const PUBLISHER: &str = "Publisher";
    pub(crate) const RECIPIENT: &str = "who is acted upon";
    pub(crate) const REPORTS: &str = "What reports say";
    pub(crate) const SAY: &str = "Say what it is";
    pub(crate) const SAY_ABOUT: &str = "Each word is a signed record with the name of who says it; it stays, and is applied again when more reports come. \
                                        The later word counts.";
    pub(crate) const SOURCES: &str = "Sources";
    pub(crate) const STATE: &str = "State";
    pub(crate) const SUPERSEDED: &str = "gave way to";
    pub(crate) const TITLE: &str = "Events that reports tell of";
    pub(crate) const TO: &str = "To day";
    pub(crate) const TOLLS: &str = "Who came to harm, as reports say";
    pub(crate) const TRIGGER: &str = "what tells it";
    pub(crate) const TYPE: &str = "Type";
    pub(crate) const UNIT: &str = "State, body or place";
    pub(crate) const WHERE: &str = "Where";
    pub(crate) const WHO: &str = "Who";
    pub(crate) const WHOM: &str = "Whom";
    pub(crate) const WHY: &str = "What decided";
    pub(crate) const WHY_ABOUT: &str =
        "features of the model with their weights in bits; positive speaks for the type";

    pub(crate) fn more(count: usize) -> String {
        format!("{count} more reports are not shown.")
    }
}
