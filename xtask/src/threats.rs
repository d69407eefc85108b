//! Attacks and what stops them: each of `docs/threats.md` has a patch that takes its defence away, and a test that must then fail.
//!
//! A patch is an ordinary one for `git apply`. Two lines before its first file say which attack it is of, and which test notices:
//!
//! ```text
//! Attack: R1
//! Test: veche-ledger it a_false_signature_is_refused_even_beside_a_good_one
//! ```

use crate::call::{Call, Output};
use crate::postgres;
use crate::softhsm;
use crate::step::Failure;
use crate::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What is told of each attack.
const DOCUMENT: &str = "docs/threats.md";

/// Where the patches lie.
const PATCHES: &str = "docs/threats/";

/// Fewest attacks that the document promises.
const ATTACKS_MIN: usize = 40;

/// An attack, with the patch that takes away what stops it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attack {
    /// Its letter and number, which is also the patch's name.
    id: String,
    /// The package of the test.
    package: String,
    /// `lib`, `bin`, or the name of a test binary.
    target: String,
    /// The test's function.
    test: String,
    /// The patch, from the root.
    patch: String,
    /// What it changes, from the root.
    touched: Vec<String>,
}

/// What came of an attack without its defence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The test failed, as it must.
    Noticed,
    /// The test passed all the same: it proves nothing of the defence.
    NotNoticed,
    /// The patch makes something that does not compile.
    NotBuilt,
    /// The test does not pass with the defence in place.
    NeverPassed,
}

impl Verdict {
    const fn words(self) -> &'static str {
        match self {
            Self::Noticed => "noticed",
            Self::NotNoticed => "NOT NOTICED",
            Self::NotBuilt => "DOES NOT BUILD",
            Self::NeverPassed => "FAILS WITH ITS DEFENCE",
        }
    }
}

impl Attack {
    /// Reads the head of a patch; `name`: its file's name without the ending.
    fn read(name: &str, text: &str) -> Result<Self, String> {
        let line = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        let id = line("Attack:").ok_or("it has no line `Attack: ID`")?;
        if id != name {
            return Err(format!("it says that it is of attack `{id}`"));
        }
        let words: Vec<&str> = line("Test:").unwrap_or_default().split(' ').collect();
        let [package, target, test] = words.as_slice() else {
            return Err("it has no line `Test: PACKAGE TARGET FUNCTION`".to_owned());
        };
        let touched: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("+++ b/"))
            .map(str::to_owned)
            .collect();
        if touched.is_empty() {
            return Err("it changes no file".to_owned());
        }
        Ok(Self {
            id: id.to_owned(),
            package: (*package).to_owned(),
            target: (*target).to_owned(),
            test: (*test).to_owned(),
            patch: format!("{PATCHES}{name}.patch"),
            touched,
        })
    }

    /// Returns the words of cargo for the test's binary.
    fn binary(&self) -> Vec<String> {
        let target = match self.target.as_str() {
            "lib" => vec!["--lib".to_owned()],
            "bin" => vec!["--bins".to_owned()],
            name => vec!["--test".to_owned(), name.to_owned()],
        };
        ["--package".to_owned(), self.package.clone()].into_iter().chain(target).collect()
    }
}

/// Reads all patches, and says what is wrong with the others.
fn attacks(workspace: &Workspace) -> (Vec<Attack>, Vec<String>) {
    let (mut attacks, mut faults) = (Vec::new(), Vec::new());
    for file in &workspace.files {
        let Some(name) = file.strip_prefix(PATCHES).and_then(|name| name.strip_suffix(".patch"))
        else {
            continue;
        };
        match Attack::read(name, &workspace.read(file)) {
            Ok(attack) => attacks.push(attack),
            Err(fault) => faults.push(format!("{file}: {fault}")),
        }
    }
    (attacks, faults)
}

/// Each attack of the document has a patch that still applies and a test that is there, and each patch has its place in the document.
pub(crate) fn documented(workspace: &Workspace) -> Vec<String> {
    let (attacks, mut faults) = attacks(workspace);
    let text = workspace.read(DOCUMENT);
    let sections = sections(&text);
    for attack in &attacks {
        match sections.get(attack.id.as_str()) {
            None => faults.push(format!(
                "{DOCUMENT} has no `### {} ..`, and {} is there",
                attack.id, attack.patch
            )),
            Some(section) if !section.contains(&format!("`{}`", attack.test)) => {
                faults.push(format!(
                    "{DOCUMENT}, {}: it does not name `{}`, the test of {}",
                    attack.id, attack.test, attack.patch
                ));
            }
            Some(_) => {}
        }
        if !has_function(workspace, &attack.package, &attack.test) {
            faults
                .push(format!("{}: no test `{}` in {}", attack.patch, attack.test, attack.package));
        }
        if let Err(failure) = apply(&workspace.root, &workspace.root, attack, &["--check"]) {
            faults.push(format!("{} applies no longer: draw it anew\n{failure}", attack.patch));
        }
    }
    for id in sections.keys().filter(|id| attacks.iter().all(|attack| attack.id != **id)) {
        faults.push(format!("{DOCUMENT} has attack {id}, and {PATCHES}{id}.patch is not there"));
    }
    if attacks.len() < ATTACKS_MIN {
        faults.push(format!(
            "{PATCHES} has {} attacks, and {ATTACKS_MIN} are promised",
            attacks.len()
        ));
    }
    faults
}

/// Returns what stands under each heading `### ID ..`.
fn sections(text: &str) -> BTreeMap<&str, &str> {
    let mut sections = BTreeMap::new();
    for part in text.split("\n### ").skip(1) {
        let (heading, rest) = part.split_once('\n').unwrap_or((part, ""));
        let own = rest.split("\n## ").next().unwrap_or_default();
        let _none = sections.insert(heading.split(' ').next().unwrap_or_default(), own);
    }
    sections
}

fn has_function(workspace: &Workspace, package: &str, function: &str) -> bool {
    let folder = format!("crates/{package}/");
    let named = format!("fn {function}(");
    let mut files =
        workspace.files.iter().filter(|file| file.starts_with(&folder) && file.ends_with(".rs"));
    files.any(|file| workspace.read(file).contains(&named))
}

/// Runs `git apply` over a tree, as if there were no repository above it.
fn apply(root: &Path, tree: &Path, attack: &Attack, flags: &[&str]) -> Result<(), Failure> {
    let above = tree.parent().unwrap_or(tree).display().to_string();
    let call = Call::new("git apply").env("GIT_CEILING_DIRECTORIES", above).args(flags);
    let _said = call.args([root.join(&attack.patch).display().to_string()]).quiet(tree)?;
    Ok(())
}

/// Takes away each defence in turn in a copy of the tree, and sees that its test fails. `words`: `--only ID` for some of them.
pub(crate) fn threats(workspace: &Workspace, words: &[&str]) -> bool {
    let (mut chosen, faults) = attacks(workspace);
    for fault in &faults {
        println!("{fault}");
    }
    if let Some(at) = words.iter().position(|word| *word == "--only") {
        let ids = words.get(at.saturating_add(1)).copied().unwrap_or_default();
        let is_named = |id: &str| {
            ids.split(',')
                .any(|named| named == id || id.trim_end_matches(char::is_numeric) == named)
        };
        chosen.retain(|attack| is_named(&attack.id));
    }
    if chosen.is_empty() {
        println!(
            "no such attack: `--only` takes ids or their letters with commas between them, as R1,S"
        );
        return false;
    }
    // A test that is skipped would notice nothing.
    let helpers = softhsm::install(workspace).and_then(|_| postgres::install(workspace));
    let noticed = helpers.and_then(|_| Proof::new(workspace)).and_then(|proof| proof.run(chosen));
    match noticed.and_then(|noticed| forget(workspace).map(|()| noticed)) {
        Ok(noticed) => noticed && faults.is_empty(),
        Err(failure) => {
            println!("{failure}");
            false
        }
    }
}

/// Removes what was compiled of this workspace's own packages. Cargo knows a package by its folder within a workspace, so that it takes
/// what was made of the copy for what is made of the tree, and would not see when the tree changes.
fn forget(workspace: &Workspace) -> Result<(), Failure> {
    let in_crates =
        |file: &String| Some(file.strip_prefix("crates/")?.split_once('/')?.0.to_owned());
    let own: BTreeSet<String> = workspace.files.iter().filter_map(in_crates).collect();
    let call = own.iter().fold(Call::new("cargo clean"), |call, own| call.args(["--package", own]));
    call.quiet(&workspace.root).map(drop)
}

/// A copy of the tree in which defences are taken away; it shares what was compiled of others' packages.
struct Proof<'a> {
    workspace: &'a Workspace,
    tree: PathBuf,
}

impl<'a> Proof<'a> {
    fn new(workspace: &'a Workspace) -> Result<Self, Failure> {
        let tree = workspace.target.join("threats").join("tree");
        let proof = Self { workspace, tree };
        for file in &workspace.files {
            proof.restore(file)?;
        }
        Ok(proof)
    }

    /// Makes a file of the copy what it is in the tree; one that is the same keeps its time, so that nothing is compiled for it.
    fn restore(&self, file: &str) -> Result<(), Failure> {
        let (from, to) = (self.workspace.root.join(file), self.tree.join(file));
        let copied = fs::read(&from).and_then(|bytes| {
            if fs::read(&to).is_ok_and(|held| held == bytes) {
                return Ok(());
            }
            fs::create_dir_all(to.parent().unwrap_or(&self.tree))?;
            fs::write(&to, bytes)
        });
        copied.map_err(|error| {
            Failure::new(format!("cannot copy {file}: {error}"), "cargo xtask threats")
        })
    }

    /// Runs attacks, those of one test binary after each other, and prints a row each; true if all were noticed.
    fn run(&self, attacks: Vec<Attack>) -> Result<bool, Failure> {
        let mut groups: BTreeMap<Vec<String>, Vec<Attack>> = BTreeMap::new();
        for attack in attacks {
            groups.entry(attack.binary()).or_default().push(attack);
        }
        println!("| attack | test | without its defence | seconds |\n|---|---|---|--:|");
        let (mut noticed, mut all) = (0_usize, 0_usize);
        for (binary, attacks) in groups {
            let whole =
                self.test(&binary, &attacks.iter().map(|a| a.test.as_str()).collect::<Vec<_>>())?;
            for attack in attacks {
                let began = Instant::now();
                let verdict = match &whole {
                    Some(whole) if has_line(whole, &attack.test, "ok") => {
                        self.without(&binary, &attack)?
                    }
                    Some(_) => Verdict::NeverPassed,
                    None => Verdict::NotBuilt,
                };
                all = all.saturating_add(1);
                noticed = noticed.saturating_add(usize::from(verdict == Verdict::Noticed));
                let seconds = began.elapsed().as_secs();
                println!("| {} | `{}` | {} | {seconds} |", attack.id, attack.test, verdict.words());
                // A row is news, also for whoever reads through a pipe.
                let _shown = io::stdout().flush();
            }
        }
        println!("\n{noticed} of {all} noticed");
        Ok(noticed == all)
    }

    fn without(&self, binary: &[String], attack: &Attack) -> Result<Verdict, Failure> {
        apply(&self.workspace.root, &self.tree, attack, &[])?;
        let said = self.test(binary, &[&attack.test]);
        for file in &attack.touched {
            self.restore(file)?;
        }
        Ok(match said? {
            None => Verdict::NotBuilt,
            Some(said) if has_line(&said, &attack.test, "FAILED") || has_crashed(&said) => {
                Verdict::Noticed
            }
            Some(_) => Verdict::NotNoticed,
        })
    }

    /// Compiles a test binary and runs some of its tests; `None` if it does not compile.
    fn test(&self, binary: &[String], tests: &[&str]) -> Result<Option<Output>, Failure> {
        let call = |line: &str| {
            let call = Call::new(line)
                .args(binary)
                .env("CARGO_TARGET_DIR", self.workspace.target.display().to_string());
            let shared = self.workspace.root.join("../shared");
            if std::env::var_os("VECHE_SHARED").is_none() && shared.is_dir() {
                call.env("VECHE_SHARED", shared.display().to_string())
            } else {
                call
            }
        };
        let built = call("cargo test --quiet --locked --no-run").output(&self.tree)?;
        if !built.success {
            println!("{}", built.stderr);
            return Ok(None);
        }
        call("cargo test --locked").args(["--"]).args(tests).output(&self.tree).map(Some)
    }
}

/// Returns true if the test binary says this of a test.
fn has_line(said: &Output, test: &str, word: &str) -> bool {
    let ending = format!("{test} ... {word}");
    String::from_utf8_lossy(&said.stdout).lines().any(|line| {
        let name = line.strip_prefix("test ").and_then(|line| line.strip_suffix(&ending));
        name.is_some_and(|path| path.is_empty() || path.ends_with("::"))
    })
}

/// Returns true if the test binary ended without its count: a stack that overflowed, memory that was not there.
fn has_crashed(said: &Output) -> bool {
    !said.success && !String::from_utf8_lossy(&said.stdout).contains("test result:")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "Attack: R1\nTest: veche-ledger it a_thing_is_refused\n\n--- a/crates/x.rs\n+++ b/crates/x.rs\n@@ -1 +1 @@\n-a\n+b\n";

    #[test]
    fn a_patch_names_its_attack_and_its_test() {
        let attack = Attack::read("R1", PATCH).unwrap();
        assert_eq!(
            (attack.test.as_str(), attack.touched.as_slice()),
            ("a_thing_is_refused", &["crates/x.rs".to_owned()][..])
        );
        assert_eq!(attack.binary(), ["--package", "veche-ledger", "--test", "it"]);
        for (bad, why) in [
            (PATCH.replace("Attack: R1", "Attack: R2"), "of attack `R2`"),
            (PATCH.replace("Attack: R1\n", ""), "no line `Attack"),
            (PATCH.replace(" it ", " "), "no line `Test"),
            (PATCH.replace("+++ b/", "+++ "), "changes no file"),
        ] {
            let found = Attack::read("R1", &bad).unwrap_err();
            assert!(found.contains(why), "{found}");
        }
    }

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let text = "# T\n\n### R1 Forged\n\n`a`\n\n### R2 Moved\n\n`b`\n\n## Not defended\n\n`c`\n";
        let found = sections(text);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["R1", "R2"]);
        assert!(found["R1"].contains("`a`") && !found["R1"].contains("`b`"));
        assert!(found["R2"].contains("`b`") && !found["R2"].contains("`c`"));
    }

    #[test]
    fn a_test_is_told_from_one_with_a_longer_name() {
        let said = |text: &str, success| Output {
            success,
            stdout: text.as_bytes().to_vec(),
            stderr: String::new(),
        };
        let failed = said(
            "test fork::a ... FAILED\ntest fork::not_b ... FAILED\ntest result: FAILED",
            false,
        );
        assert!(has_line(&failed, "a", "FAILED") && !has_line(&failed, "b", "FAILED"));
        assert!(!has_line(&failed, "a", "ok") && !has_crashed(&failed));
        assert!(has_crashed(&said("test fork::a ... ", false)));
    }
}
