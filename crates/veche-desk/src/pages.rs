//! The pages: a file each, with the page's model and its `render_..`.

mod alarms;
mod case;
mod cases;
mod decisions;
mod drafts;
mod entry;
mod events;
mod exercise;
mod forecast;
mod log;
mod message;
mod peers;
mod picture;
mod reached;
mod record;
mod registers;
mod search;
mod tournament;
mod watch;
mod withheld;

pub use alarms::{
    AlarmCard, AlarmPage, AlarmRuleView, AlarmWord, AlarmsPage, render_alarm, render_alarms,
};
pub use case::{
    Annotation, CasePage, CaseWarning, Certificate, ClockView, Commitment, EarlierText, Extension,
    Horizon, MatrixRow, NextAct, NextOutcome, Owed, OwedBy, ParagraphView, ProposalView, Receipt,
    StanceCell, StanceMatrix, TextTally, Why, render_case,
};
pub use cases::{CaseRow, CasesPage, render_cases};
pub use decisions::{DecisionRow, DecisionsPage, render_decisions};
pub use drafts::{DraftCard, DraftsPage, InstructionCard, render_drafts};
pub use entry::{
    FirstRunCard, FirstRunPage, SignInOffer, SignInPage, render_first_run, render_sign_in,
};
pub use events::{
    EventCard, EventFilter, EventMention, EventPage, EventRow, EventSource, EventToll, EventWord,
    EventsPage, render_event, render_events,
};
pub use exercise::{ExercisePage, InjectRow, Score, ScoreRow, Verdict, render_exercise};
pub use forecast::{
    ChanceRow, ForecastBasis, ForecastPage, ForecastRecord, ForecastUnit, ForecastsPage, SkillRow,
    WeightRow, render_forecast, render_forecasts,
};
pub use log::{
    CheckpointView, ForkView, LogPage, LogRow, LogsPage, Pager, render_log, render_logs,
};
pub use message::{MessagePage, RefusedPage, render_message, render_refused};
pub use peers::{NotTaken, PeerRow, PeersPage, render_peers};
pub use picture::{AreaRow, FeedItem, ForecastRow, PicturePage, Reason, ReportRow, render_picture};
pub use reached::{ReachedPage, render_reached};
pub use record::{
    CommitmentRow, Held, MissingContent, ReaderRow, ReceiptRow, RecordPage, Ruling, SignatureCheck,
    SignatureRow, TreePlace, render_record,
};
pub use registers::{
    Due, DueState, RegisterCard, RegisterPage, RegisterRow, RegistersPage, render_register,
    render_registers,
};
pub use search::{SearchHit, SearchPage, render_search};
pub use tournament::{
    BoardRow, BoardView, CalibrationView, DissentRow, DrawPage, DrawnMonth, HandedRow, RoundPage,
    RoundRow, TournamentPage, render_draw, render_round, render_tournament,
};
pub use watch::{
    DueItem, HighestTension, Peer, PeerState, Unanswered, WarningCard, WatchPage, render_watch,
};
pub use withheld::{WithheldCount, WithheldPage, WithheldRow, render_withheld};
