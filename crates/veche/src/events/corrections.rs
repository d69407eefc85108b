//! What analysts said of events, from a node's records to a file.

use super::lines;
use super::lines::Skipped;
use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{file, screen};
use serde_json::Value;
use std::path::{Path, PathBuf};
use veche_node::picture::corrections::Corrections;
use veche_node::picture::words::in_earnest;
use veche_picture::joining::{Mention, taught};

/// Writes the corrections that a node's records hold, with the sentences of the mentions that are given.
pub(super) fn run(store: &Path, files: &[PathBuf], out: Option<&Path>) -> Result<Answer, Failure> {
    let node = crate::node::open(store, &[], &[])?;
    let Corrections { all, faulty } = Corrections::of_node(&node, &in_earnest());
    let mut skipped = Skipped::default();
    let mut mentions: Vec<Mention> = Vec::new();
    for path in files {
        lines::mentions(path, &mut skipped, &mut |mention| {
            mentions.push(mention);
            Ok(())
        })?;
    }
    for (place, what) in &faulty {
        screen::note(&format!("passed over: {place}: {}", screen::one_line(what)));
    }
    let told = taught::lines(&all, &mentions.iter().collect::<Vec<_>>());
    match out {
        Some(path) => {
            let text: String = told.iter().map(|line| format!("{line}\n")).collect();
            file::write(path, text.as_bytes())?;
        }
        None => {
            for line in &told {
                if !screen::stream(&line.to_string())? {
                    break;
                }
            }
        }
    }
    let sentences: usize =
        told.iter().filter_map(|line| line["sentences"].as_array()).map(Vec::len).sum();
    let (corrections, sentences) =
        (counted(told.len(), "correction"), counted(sentences, "sentence"));
    screen::note(&format!("{corrections} with {sentences}"));
    let exit = if faulty.len() + skipped.0 == 0 { Exit::OK } else { Exit::INVALID };
    Ok(Answer::new("", Value::Null).ending(exit))
}
