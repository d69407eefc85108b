//! What a long step tells its caller while it runs.

/// How many rows pass between two reports: some tens of reports a second at full speed.
pub const PROGRESS_EVERY: u64 = 8192;

/// How far a step has come. The caller may draw it, or drop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub stage: Stage,
    /// Rows (or areas, in a replay) done.
    pub done: u64,
    /// Bytes read after unpacking; 0 where nothing is read.
    pub bytes: u64,
    /// How many rows or areas there are, where that is known before the end.
    pub of: Option<u64>,
}

/// The steps that report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading rows from an input.
    Read,
    /// Writing a table as Parquet.
    Write,
    /// Replaying a threshold over the areas of a panel.
    Replay,
    /// Forecasting the units of a panel.
    Forecast,
    /// Judging a rule by its past forecasts of the units.
    Judge,
}
