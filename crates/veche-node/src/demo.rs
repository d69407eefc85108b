//! The demonstration: a shipped exercise, played fast to where it gets interesting, then at the visitor's pace in a browser.
//!
//! The only place besides the server that reads the wall clock.

use crate::exercise::player::SPEED_DEMO;
use crate::exercise::{Game, PlayError, Player, ScriptError};
use crate::http::{Command, Listening, Loading, ServeError, Server, Shown, Site};
use crate::picture::reports::Reports;
use crate::picture::sample;
use crate::shipped::{EXERCISES, Shipped};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use veche_picture::Month;

/// How often the exercise's clock is set forward while it plays.
const TICK: Duration = Duration::from_millis(500);
/// What a reader must know of an exercise's reports.
const REPORTS_NOTE: &str = "The feeds of the exercise are invented, and so are their states; the events are what the coder made of them by itself.";
/// Injects between two lines of progress.
const PROGRESS_EVERY: usize = 4;

/// What the demonstration shows, and where.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// A shipped exercise's name.
    pub exercise: String,
    /// The port; 0 takes any free one.
    pub port: u16,
    /// The address to listen on.
    pub listen: IpAddr,
    /// The pace after loading, in thousandths of real time.
    pub speed: u32,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self {
            exercise: crate::shipped::DEMONSTRATION.to_owned(),
            port: 0,
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            speed: SPEED_DEMO,
        }
    }
}

/// Why the demonstration cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is no such exercise.
    #[error("there is no exercise `{name}`; shipped are: {known}")]
    NoSuchExercise {
        /// The name given.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// What is shipped is no script.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The address cannot be told.
    #[error("the address cannot be written: {0}")]
    Output(std::io::Error),
}

/// Shows an exercise until Ctrl-C or SIGTERM: one line with the address on standard output, progress on standard error.
///
/// # Errors
/// [`DemoError`].
pub fn run_demo(options: &DemoOptions) -> Result<(), DemoError> {
    let shipped = Shipped::find(&options.exercise).ok_or_else(|| DemoError::NoSuchExercise {
        name: options.exercise.clone(),
        known: EXERCISES.iter().map(|exercise| exercise.name).collect::<Vec<_>>().join(", "),
    })?;
    shipped.script()?;
    let listening = Listening::at(SocketAddr::new(options.listen, options.port))?;
    let local = listening.address();
    let (commands, received) = mpsc::channel();
    let server = Server::new(None, options.listen.is_loopback(), Some(commands.clone()));
    let worker = {
        let (server, speed) = (Arc::clone(&server), options.speed);
        std::thread::spawn(move || keep_pace(&server, shipped, speed, &received))
    };
    let mut out = std::io::stdout();
    writeln!(out, "http://{local}/").and_then(|()| out.flush()).map_err(DemoError::Output)?;
    let ended = listening.run(&server);
    // A worker that has ended already takes no command, and needs none.
    commands.send(Command::Stop).unwrap_or_default();
    worker.join().unwrap_or_default();
    Ok(ended?)
}

/// Loads the exercise, then plays it as the visitor says until told to stop.
fn keep_pace(server: &Server, shipped: &Shipped, speed: u32, commands: &Receiver<Command>) {
    let mut wanted = Some(Command::Restart);
    let mut last = Instant::now();
    loop {
        match wanted.take() {
            Some(Command::Stop) => return,
            Some(Command::Restart) => load(server, shipped, speed, None, commands, &mut wanted),
            Some(Command::Jump(to)) => {
                load(server, shipped, speed, Some(to), commands, &mut wanted);
            }
            None => {}
        }
        if wanted.is_some() {
            continue;
        }
        match commands.recv_timeout(TICK) {
            Ok(command) => wanted = Some(command),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let passed = u64::try_from(last.elapsed().as_millis()).unwrap_or(u64::MAX);
        last = Instant::now();
        tick(server, passed);
    }
}

fn tick(server: &Server, passed: u64) {
    let begun = Instant::now();
    let mut millis = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    server.with_site(|site| {
        let Some((game, player)) = site.game_mut() else { return };
        if !player.is_playing() {
            return;
        }
        let fed = game.fed();
        if let Err(error) = player.tick(game, passed, &mut millis) {
            say(&format!("the exercise cannot be played on: {error}"));
        }
        if game.fed() != fed {
            let reports = reports(game);
            site.report(reports);
        }
    });
}

/// Plays fast: to the inject before the demonstration's first, or until inject `to` has been played. Meanwhile pages say so.
fn load(
    server: &Server,
    shipped: &Shipped,
    speed: u32,
    to: Option<u32>,
    commands: &Receiver<Command>,
    wanted: &mut Option<Command>,
) {
    let title = shipped.script().map(|script| script.exercise.title).unwrap_or_default();
    let started = Loading {
        what: format!("{title} is played up to where you come in."),
        title: Some(title),
        ..Loading::default()
    };
    let site = server.take(started.clone());
    let loaded = prepare(shipped, speed, to, site).and_then(|(mut game, player, until)| {
        play_until(server, &started, &mut game, until, commands, wanted)?;
        if to.is_none() && wanted.is_none() {
            wait_until_shown(&mut game)?;
        }
        Ok((game, player))
    });
    match loaded {
        Ok((game, player)) => {
            let mut shown = made_up(&game).unwrap_or_default();
            shown.reports = reports(&game);
            server.put(Site::of_game(game, player).showing(shown));
        }
        Err(error) => {
            say(&format!("the exercise cannot be loaded: {error}"));
            server.set_loading(Loading { fault: Some(error.to_string()), ..started });
        }
    }
}

/// Returns a picture that is made up for the exercise's members, up to the month before it.
fn made_up(game: &Game) -> Option<Shown> {
    let charter = game.network().nodes().next()?.charter();
    let members = charter
        .parties
        .values()
        .filter(|party| party.status.as_str() == veche_charter::model::MEMBER);
    let names: Vec<String> = members.map(|party| party.name.clone()).collect();
    let (year, month, _) = game.now().date();
    let month = Month::new(i32::try_from(year).ok()?, i32::try_from(month).ok()?).ok()?;
    sample::made_up(&names, month.plus(-1)?)
}

/// Returns what the exercise's feeds have told so far.
fn reports(game: &Game) -> Option<Reports> {
    match game.reports() {
        Ok(reports) => Some(reports.noting(REPORTS_NOTE)).filter(|reports| !reports.is_empty()),
        Err(error) => {
            say(&format!("the feeds' events cannot be shown: {error}"));
            None
        }
    }
}

/// Returns the game to go on with, its player, and how many injects are to be played.
fn prepare(
    shipped: &Shipped,
    speed: u32,
    to: Option<u32>,
    site: Option<Site>,
) -> Result<(Game, Player, usize), PlayError> {
    let script = shipped.script()?;
    let place = |id: u32| script.injects.iter().position(|inject| inject.id == id);
    let until = match to {
        Some(to) => place(to).map_or(0, |at| at + 1),
        None => script.exercise.demo_from.and_then(place).unwrap_or(0),
    };
    let stops = script.exercise.demo_steps.clone();
    // To start over is to begin anew; to jump ahead keeps what the visitor did.
    let kept = site.filter(|_| to.is_some()).and_then(Site::into_game);
    let ahead = kept.filter(|(game, _)| game.outcomes().len() < until);
    match ahead {
        Some((game, mut player)) => {
            player.pause();
            Ok((game, player, until))
        }
        None => {
            let game = Game::new(script, shipped.charter, shipped.files(), None, None)?;
            Ok((game, Player::new(stops, speed), until))
        }
    }
}

/// Lets the clock run to where the demonstration begins to be slow: a few minutes before something happens.
fn wait_until_shown(game: &mut Game) -> Result<(), PlayError> {
    let script = game.script();
    let at = script.exercise.demo_at.as_ref().and_then(|at| script.instant(&format!("T{at}")));
    at.map_or(Ok(()), |at| game.advance(at))
}

fn play_until(
    server: &Server,
    started: &Loading,
    game: &mut Game,
    until: usize,
    commands: &Receiver<Command>,
    wanted: &mut Option<Command>,
) -> Result<(), PlayError> {
    let begun = Instant::now();
    let mut millis = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    while game.outcomes().len() < until {
        let done = game.outcomes().len();
        server.set_loading(Loading { done: done as u64, of: until as u64, ..started.clone() });
        if done.is_multiple_of(PROGRESS_EVERY) {
            say(&format!("loading: inject {done} of {until}"));
        }
        if let Ok(command) = commands.try_recv() {
            *wanted = Some(command);
            break;
        }
        if !game.play_next(&mut millis)? {
            break;
        }
    }
    say(&format!("ready: {} injects played in {} ms", game.outcomes().len(), millis()));
    Ok(())
}

/// Writes a line of progress; nobody waits for it.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap_or_default();
}
