//! What a program that runs on says while it runs: on standard error, a line each, for people or for programs.

use tracing_subscriber::fmt;

/// How lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// For people: time, level, what happened, its particulars
    #[default]
    Text,
    /// For programs: a JSON object
    Json,
}

/// Lets what happens be written to standard error from now on.
pub(crate) fn begin(form: Form) {
    let lines = fmt().with_writer(std::io::stderr).with_target(false);
    // Set once a program: a second time nothing changes.
    let _set = match form {
        Form::Text => lines.try_init(),
        Form::Json => lines.json().flatten_event(true).try_init(),
    };
}
