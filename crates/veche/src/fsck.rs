//! `veche fsck`: a node's store checked from its raw bytes up.

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::node::unlock;
use serde_json::json;
use std::path::{Path, PathBuf};
use veche_node::fsck::fsck;
use veche_node::store::{Durability, Store};

/// Check a node's store from its raw bytes up: leaves, signatures, openings, tiles, checkpoints, the fold
///
/// Exit code 0 if the store is whole, 5 if it is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  veche fsck stores/orvessa.db")]
pub(crate) struct Fsck {
    /// The store: a file that ends in `.db`
    store: PathBuf,
    /// Throw the index for search away first; the node makes it anew from its records when it starts
    #[arg(long)]
    forget_index: bool,
}

impl Fsck {
    /// A check of a store that leaves all as it is.
    pub(crate) fn of(store: &Path) -> Self {
        Self { store: store.to_owned(), forget_index: false }
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] if the store cannot be opened.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let mut store =
            Store::open_existing(&self.store, Durability::Full).map_err(Failure::of_store)?;
        unlock(&mut store, &[])?;
        if self.forget_index {
            store.forget_words().map_err(Failure::of_store)?;
        }
        let report = fsck(&store).map_err(Failure::of_store)?;
        let mut lines: Vec<String> =
            report.logs.iter().map(|(log, size)| format!("{log}: {size} records")).collect();
        lines.push(report.verified());
        if report.words_behind > 0 {
            let behind = usize::try_from(report.words_behind).unwrap_or(usize::MAX);
            lines.push(format!(
                "index for search: {} behind; the node reads them when it starts",
                counted(behind, "record")
            ));
        }
        if report.drafts > 0 {
            let drafts = usize::try_from(report.drafts).unwrap_or(usize::MAX);
            lines.push(format!("{} whole, of this node alone", counted(drafts, "draft")));
        }
        lines.extend(report.faults.iter().map(|fault| format!("fault: {fault}")));
        let faults = usize::try_from(report.fault_count).unwrap_or(usize::MAX);
        lines.push(if faults == 0 {
            let without =
                if report.sealed > 0 { ", as far as can be seen without `--unlock`" } else { "" };
            format!("the store is whole{without}")
        } else {
            counted(faults, "fault")
        });
        let exit = if faults == 0 { Exit::OK } else { Exit::INVALID };
        Ok(Answer::new(lines.join("\n"), json!(report)).ending(exit))
    }
}
