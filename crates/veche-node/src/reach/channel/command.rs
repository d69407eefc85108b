//! A command of this machine: the message as JSON on its standard input. It has told the person if it ends with 0.

use crate::reach::message::Message;
use crate::reach::plan::Outcome;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most of what a command writes that is kept, in bytes; the rest is read and thrown away, so that it need not wait.
const OUTPUT_LEN_MAX: usize = 2 * 1024;
/// How often it is looked whether a command has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Codes of `sysexits.h` after which a command is not run again: wrong use, no such user, not allowed.
const NEVER: [i32; 3] = [64, 67, 77];

/// Stands for the person's address in a command's arguments.
const ADDRESS: &str = "{to}";

/// Runs a command over a message.
pub(super) fn send(argv: &[String], timeout: Duration, message: &Message) -> Outcome {
    let mut child = match start(argv, message) {
        Ok(child) => child,
        Err(said) => return Outcome::Later(said),
    };
    let output = [keep(child.stdout.take()), keep(child.stderr.take())];
    if let Some(mut input) = child.stdin.take() {
        let bytes = message.json.to_string().into_bytes();
        // Of a thread's own: a command that never reads must not keep this one waiting. One that has ended takes nothing.
        std::thread::spawn(move || input.write_all(&bytes).unwrap_or_default());
    }
    let ended = wait(&mut child, timeout);
    if ended.is_none() {
        // What it started in the background goes with it, or the pipes would stay open.
        end(&mut child);
        return Outcome::Later(format!(
            "it took longer than {} s and was ended",
            timeout.as_secs()
        ));
    }
    let said: Vec<String> = output.into_iter().map(said).collect();
    result(ended, &said.join(" "))
}

/// Finds out whether the program is there.
pub(super) fn probe(argv: &[String]) -> Result<String, String> {
    let program = argv.first().map(String::as_str).unwrap_or_default();
    let is_there = if program.contains('/') {
        is_program(Path::new(program))
    } else {
        SEARCHED.split(':').any(|folder| is_program(&Path::new(folder).join(program)))
    };
    let missing = || format!("`{program}` is no program that may be run");
    if is_there { Ok(format!("`{program}` is there")) } else { Err(missing()) }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Where a program without a folder is looked for: the node's environment is no part of its configuration.
const SEARCHED: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn start(argv: &[String], message: &Message) -> Result<Child, String> {
    let (program, arguments) = argv.split_first().ok_or("there is no command")?;
    let arguments = arguments.iter().map(|argument| argument.replace(ADDRESS, &message.to));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", SEARCHED)
        .env("VECHE_KEY", &message.key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| format!("`{program}` cannot be run: {error}"))
}

fn wait(child: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK_EVERY),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends a command with all of its group.
fn end(child: &mut Child) {
    #[cfg(unix)]
    end_group(child);
    child.kill().unwrap_or_default();
    child.wait().map(drop).unwrap_or_default();
}

#[cfg(unix)]
fn end_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // One that has ended in between is what was wanted.
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL)
            .unwrap_or_default();
    }
}

fn keep(pipe: Option<impl Read + Send + 'static>) -> Option<JoinHandle<Vec<u8>>> {
    let mut pipe = pipe?;
    Some(std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(len @ 1..) = pipe.read(&mut piece) {
            let room = OUTPUT_LEN_MAX.saturating_sub(kept.len());
            kept.extend(piece.iter().take(len.min(room)));
        }
        kept
    }))
}

/// How long the output of a command that has ended is waited for: what it left running in the background may hold it open.
const OUTPUT_WAIT: Duration = Duration::from_millis(500);

fn said(thread: Option<JoinHandle<Vec<u8>>>) -> String {
    let Some(thread) = thread else { return String::new() };
    let until = Instant::now() + OUTPUT_WAIT;
    while !thread.is_finished() && Instant::now() < until {
        std::thread::sleep(LOOK_EVERY);
    }
    if !thread.is_finished() {
        return String::new();
    }
    String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned()
}

fn result(ended: Option<ExitStatus>, said: &str) -> Outcome {
    match ended.and_then(|status| status.code()) {
        Some(0) => Outcome::Delivered(format!("0 {said}")),
        Some(code) if NEVER.contains(&code) => Outcome::Failed(format!("exit {code}: {said}")),
        Some(code) => Outcome::Later(format!("exit {code}: {said}")),
        None => Outcome::Later(format!("it was killed: {said}")),
    }
}
