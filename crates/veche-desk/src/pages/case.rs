//! One case, `/cases/{number}`: where it stands, who said what, what the charter allows next and why not.

use super::drafts::InstructionCard;
use super::registers::{Due, DueState};
use crate::html::rendered;
use crate::parts::{
    Article, Form, Label, Level, Link, RecordRef, RecordRow, Refusal, Stance, State, Step,
};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_exchange::text::diff::{Change, words};
use veche_ledger::UnixSeconds;

/// Whether a text reached a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Receipt {
    /// Its node held the text at this time.
    At(UnixSeconds),
    /// No receipt.
    #[default]
    None,
    /// It is the author.
    Author,
}

/// Where a member stands on a paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StanceCell {
    /// The stance.
    pub stance: Stance,
    /// When it was stated, by evidence.
    pub at: Option<UnixSeconds>,
    /// The member's reason.
    pub reason: Option<String>,
    /// What would lift an objection, in the member's words.
    pub would_lift: Option<String>,
    /// The signed record.
    pub evidence: Option<String>,
}

/// A member's row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatrixRow {
    /// The member's name.
    pub member: String,
    /// Whether it is the acting party.
    pub is_own: bool,
    /// Whether the text reached it.
    pub receipt: Receipt,
    /// A cell a column, in the order of the columns.
    pub cells: Vec<StanceCell>,
}

/// Who stands where, member by paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StanceMatrix {
    /// Columns: `paragraph 1`, ..
    pub columns: Vec<String>,
    /// The members in the charter's order.
    pub rows: Vec<MatrixRow>,
}

/// An extension of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extension {
    /// Until when at most.
    pub until: UnixSeconds,
    /// Who is unreached, or was reached late.
    pub unreached: Vec<String>,
    /// The article.
    pub article: Article,
}

/// A period that runs, or ran.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClockView {
    /// What it is of: `Silence, urgent: 6 h`.
    pub title: String,
    /// Its start, and what started it.
    pub started_at: UnixSeconds,
    /// What started it: `tabled by the Secretariat`.
    pub started_by: String,
    /// Its end.
    pub deadline: UnixSeconds,
    /// Whether it still runs.
    pub running: bool,
    /// The article that set it.
    pub rule: Article,
    /// What stops it: `an objection in writing before the deadline (7.2)`.
    pub stops: Vec<String>,
    /// Its extension, if members are unreached.
    pub extension: Option<Extension>,
    /// Members that could stop the text by being offline.
    pub could_stop_by_absence: Vec<String>,
    /// Why its end is not settled, if records straddle the deadline.
    pub contested: Option<String>,
}

/// The version that a paragraph replaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarlierText {
    /// Which: `version 1 of the Secretariat`.
    pub name: String,
    /// Its record.
    pub href: String,
    /// Its words.
    pub text: String,
}

/// A paragraph that is put for decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParagraphView {
    /// Its name: `paragraph 3 (v2)`.
    pub name: String,
    /// Its words.
    pub text: String,
    /// The version it replaces; the difference is shown.
    pub earlier: Option<EarlierText>,
    /// Its state: `silence`, `adopted`, `broken by Mirez`.
    pub state: State,
    /// Whom it binds, or would.
    pub binds: Vec<String>,
    /// What its result lacks before it can be certified, and whose.
    pub outstanding: Option<String>,
    /// Its period.
    pub clock: Option<ClockView>,
}

impl ParagraphView {
    fn changes(&self) -> Vec<Change> {
        self.earlier.as_ref().map_or_else(Vec::new, |old| words(&old.text, &self.text))
    }
}

impl ProposalView {
    /// Tells whether a paragraph's period is unlike that of the paragraph before: what is said once is not unfolded
    /// again.
    fn clock_is_new(&self, index: &usize) -> bool {
        let clock = |at: usize| self.paragraphs.get(at).and_then(|p| p.clock.as_ref());
        index.checked_sub(1).is_none_or(|before| clock(before) != clock(*index))
    }
}

/// How much of a text is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextTally {
    /// Paragraphs that are adopted, or have neither brackets nor anybody against their words.
    pub agreed: usize,
    /// The others.
    pub open: usize,
    /// Brackets that are to be settled.
    pub brackets: usize,
    /// Open paragraphs that somebody objects to or wants amended.
    pub opposed: usize,
}

/// A proposal in a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProposalView {
    /// Its number: `P-1`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who tabled it.
    pub by: String,
    /// When.
    pub at: UnixSeconds,
    /// Its state over all paragraphs.
    pub state: State,
    /// Its record.
    pub href: String,
    /// Its paragraphs.
    pub paragraphs: Vec<ParagraphView>,
    /// Who stands where.
    pub matrix: StanceMatrix,
    /// Earlier and later texts of the same matter: `follows P-1 paragraph 2`.
    pub lineage: Vec<Link>,
    /// How much of it is agreed, if it is a text of numbered paragraphs.
    pub tally: Option<TextTally>,
    /// The text as files, and what changed in it.
    pub documents: Vec<Link>,
}

/// What the charter says of an act, for the acting party, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextOutcome {
    /// It may be done: this is its form.
    Allowed(Form),
    /// It would be refused.
    Refused(Refusal),
}

/// An act that could come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAct {
    /// What it is: `Amendment to a paragraph`.
    pub title: String,
    /// Whether it may be done.
    pub outcome: NextOutcome,
}

/// Why something stands as it does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// The question: `Why is paragraph 3 binding for five?`
    pub question: String,
    /// The answer, in a sentence.
    pub sentence: String,
    /// The articles.
    pub articles: Vec<Article>,
    /// The records it rests on.
    pub records: Vec<RecordRef>,
    /// What would change it.
    pub would_change: Vec<String>,
}

/// For how long a warning stands, or until when, as its author says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Horizon {
    /// What the charter calls it: `horizon`.
    pub name: String,
    /// The span in words: `12 hours`.
    pub span: Option<String>,
    /// When it ends, where that is known.
    pub until: Option<UnixSeconds>,
}

/// A warning that the case is, has or rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseWarning {
    /// What it warns of, with its page.
    pub link: Link,
    /// Its level.
    pub level: Level,
    /// When it was issued.
    pub at: UnixSeconds,
    /// How far ahead it looks.
    pub horizons: Vec<Horizon>,
    /// Its state: `issued`.
    pub state: State,
}

/// By when something is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwedBy {
    /// By this time.
    At(Due),
    /// So long after enough other nodes hold the record: its clock has not begun.
    Within {
        /// The span in words: `1 hour`; `None` if it hangs on what the record says.
        within: Option<String>,
        /// How many other nodes it takes.
        quorum: u64,
    },
}

impl OwedBy {
    /// Returns the time, where the clock runs: what has none comes first.
    #[must_use]
    pub const fn at(&self) -> Option<UnixSeconds> {
        match self {
            Self::At(due) => Some(due.at),
            Self::Within { .. } => None,
        }
    }
}

/// Parties that must still act on a part of the case: all of them hold it, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The part, with its page.
    pub on: Link,
    /// What they owe: `answer the warning`.
    pub what: String,
    /// Who.
    pub who: Vec<String>,
    /// True if no receipt shows that they hold it.
    pub lacks: bool,
    /// By when.
    pub by: OwedBy,
}

impl Owed {
    /// Returns it as a sentence without marks, for a message: `Belm must answer the warning by 10:05 UTC, and does not hold it yet.`
    #[must_use]
    pub fn words(&self, now: UnixSeconds) -> String {
        let by = match &self.by {
            OwedBy::At(due) => {
                let at = crate::shell::time_in_words(due.at, now);
                format!("{} {at}", texts::case::BY_WHEN)
            }
            OwedBy::Within { within, quorum } => texts::case::owed_within(within.as_ref(), quorum),
        };
        texts::case::owed(&self.who, &self.what, &by, self.lacks)
    }
}

/// Something attached to the case or a decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Annotation {
    /// What it is: `interpretative statement`, `late: kept as an explanation`.
    pub kind: String,
    /// Who attached it.
    pub by: String,
    /// When.
    pub at: UnixSeconds,
    /// To what: `P-1 paragraph 1`.
    pub about: String,
    /// Its words.
    pub text: String,
    /// Why it has no effect, if it has none.
    pub why: Option<String>,
    /// Its record.
    pub href: String,
}

/// A decision's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// What it proves: `P-1 paragraph 1 adopted`.
    pub title: String,
    /// Where it is downloaded.
    pub href: String,
    /// SHA-256 of the file.
    pub hash: String,
    /// The command that checks it, exact.
    pub verify_command: String,
}

/// A commitment that came from the case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commitment {
    /// Its number and what was promised, with its page.
    pub link: Link,
    /// Who owes it.
    pub owner: String,
    /// By when.
    pub due: Option<Due>,
    /// Its state.
    pub state: State,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CasePage {
    /// Its number: `C-1`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its label.
    pub label: Label,
    /// Who opened it.
    pub owner: String,
    /// When.
    pub opened_at: UnixSeconds,
    /// Its state.
    pub state: State,
    /// A sentence or two on what it is about, from its first record.
    pub summary: String,
    /// The address of its calendar, if there is one.
    pub calendar: String,
    /// From report to review.
    pub steps: Vec<Step>,
    /// The warnings that it is, has or rests on.
    pub warnings: Vec<CaseWarning>,
    /// Who must still act in it.
    pub owed: Vec<Owed>,
    /// Its proposals, the current one first.
    pub proposals: Vec<ProposalView>,
    /// What could come next, allowed ones first.
    pub next: Vec<NextAct>,
    /// Why it stands as it does.
    pub why: Vec<Why>,
    /// What is attached.
    pub annotations: Vec<Annotation>,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// What was promised in it.
    pub commitments: Vec<Commitment>,
    /// Its records, newest first.
    pub records: Vec<RecordRow>,
    /// Its records under labels that the visitor does not hold, where the charter allows the count.
    pub withheld: u64,
    /// What the visitor's own capital instructs on it: seen by its own officers alone.
    pub instructions: Vec<InstructionCard>,
    /// The form for one more, for an officer who may.
    pub instruct: Option<Form>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a CasePage,
}

/// Renders a case.
#[must_use]
pub fn render_case(shell: &Shell, page: &CasePage) -> String {
    rendered(&View { shell, page })
}
