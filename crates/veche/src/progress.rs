//! Bars for long steps: on standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use veche_picture::{Progress, Stage};

/// A bar that follows the steps of one verb, and is gone after it.
pub(crate) struct Bar {
    bar: ProgressBar,
    stage: Option<Stage>,
}

impl Bar {
    /// Returns a bar that shows nothing yet.
    pub(crate) fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        Self { bar, stage: None }
    }

    /// Shows how far a step has come.
    pub(crate) fn show(&mut self, progress: Progress) {
        if self.stage != Some(progress.stage) {
            self.stage = Some(progress.stage);
            self.bar.set_style(style(progress.of.is_some()));
            self.bar.set_message(match progress.stage {
                Stage::Read => "rows read",
                Stage::Write => "rows written",
                Stage::Replay => "areas replayed",
                Stage::Forecast => "units forecast",
                Stage::Judge => "units judged by their past",
            });
        }
        if let Some(of) = progress.of {
            self.bar.set_length(of);
        }
        self.bar.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(has_end: bool) -> ProgressStyle {
    let template = if has_end {
        "{bar:30} {human_pos}/{human_len} {msg}"
    } else {
        "{spinner} {human_pos} {msg} {elapsed}"
    };
    // A template that does not parse would cost the bar's look and nothing else; a test below parses both.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_follows_steps_with_and_without_an_end() {
        let mut bar = Bar::new();
        bar.show(Progress { stage: Stage::Read, done: 8192, bytes: 100_000, of: None });
        assert_eq!((bar.bar.position(), bar.bar.length()), (8192, None));
        bar.show(Progress { stage: Stage::Write, done: 10, bytes: 0, of: Some(20) });
        assert_eq!((bar.bar.position(), bar.bar.length()), (10, Some(20)));
    }
}
