//! `veche search`: the words of what was said.

use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::node::{now, open};
use crate::screen;
use serde_json::Value;
use std::path::PathBuf;
use veche_node::api::{self, LIMIT_MAX, Query};

/// Find what was said with these words, newest first
///
/// Each word is found at the beginning of a word, in any case; all of them must be there. Only what this node's party may read is
/// looked through.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  veche search --store arven.db river quay\n  \
    veche search --store arven.db river --after 5f1c9a..")]
pub(crate) struct Search {
    /// The words
    #[arg(required = true)]
    words: Vec<String>,
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// Most records that are shown
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=LIMIT_MAX as i64))]
    limit: u16,
    /// Go on behind this record, the last one shown: its hash
    #[arg(long, value_name = "RECORD")]
    after: Option<String>,
}

impl Search {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the store, a question without a word, a record that is not here.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let node = open(&self.store, &[], &[])?;
        let q = self.words.join(" ");
        let mut query = Query::from([
            ("q".to_owned(), q.clone()),
            ("limit".to_owned(), self.limit.to_string()),
        ]);
        query.extend(self.after.map(|after| ("after".to_owned(), after)));
        let found = api::get(&node, "/search", &query, now());
        let found = found
            .map_err(|problem| Failure::new(FailureKind::Search(problem.detail, problem.status)))?;
        let hits = found["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut lines: Vec<String> = hits.iter().map(|hit| shown(&node, hit)).collect();
        if let Some(next) = found["next"].as_str() {
            lines.push(format!("there are older ones: `--after {next}`"));
        }
        if lines.is_empty() {
            lines.push(format!(
                "nothing that may be read here was said with `{}`",
                screen::one_line(&q)
            ));
        }
        Ok(Answer::new(lines.join("\n"), found))
    }
}

fn shown(node: &veche_node::node::Node, hit: &Value) -> String {
    let text = |key: &str| hit[key].as_str().unwrap_or_default();
    let time = if hit["at"].is_null() { text("time") } else { text("at") };
    let number = hit["number"].as_str().unwrap_or("-");
    let author = node.charter().author_name(text("author"));
    format!(
        "{time} {number} {} of {author}, {}\n  {}\n  {}",
        text("kind"),
        text("label"),
        screen::one_line(text("excerpt")),
        text("record"),
    )
}
