//! `veche manual`: the help of every command as pages of the manual.

use crate::answer::{Answer, counted};
use crate::cli::Cli;
use crate::failure::Failure;
use crate::file;
use clap::CommandFactory as _;
use clap_mangen::Man;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Write the manual: one page a command, in section 1
///
/// Pages that stand there already are replaced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    veche manual ~/.local/share/man/man1 && man veche-charter-check")]
pub(crate) struct Manual {
    /// The folder for the pages; made if it is not there
    folder: PathBuf,
}

impl Manual {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: a page cannot be written.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let folder = &self.folder;
        std::fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, error))?;
        let mut program = Cli::command().disable_help_subcommand(true);
        program.build();
        let mut pages = Vec::new();
        write(&program, folder, &mut pages)?;
        let (count, folder) = (pages.len(), folder.display());
        let text = format!("{} of the manual in {folder}", counted(count, "page"));
        Ok(Answer::new(text, json!({ "pages": pages })))
    }
}

/// Writes the page of a command and those of the commands below it.
fn write(command: &clap::Command, folder: &Path, pages: &mut Vec<String>) -> Result<(), Failure> {
    let page = Man::new(command.clone());
    let name = page.get_filename();
    let mut roff = Vec::new();
    // Writing to memory cannot fail.
    let _written = page.render(&mut roff);
    file::write(&folder.join(&name), &roff)?;
    pages.push(name);
    command.get_subcommands().try_for_each(|below| write(below, folder, pages))
}
