//! Runs: every machine of every shipped charter, form by form, in worlds that grow until the budget is spent.

use crate::fold::{Fold, Removed};
use crate::form::form;
use crate::promises::{PROMISES, SIGHTS};
use crate::setup::Setup;
use crate::story;
use crate::world::{Bounds, Course, EVERY_FAULT};
use stateright::{Checker, Model};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;
use veche_charter::Charter;

/// Threads that take forms from the list: one a core of the machine that CI has.
const THREADS: usize = 2;

/// Worlds of three parties, in the order in which they are looked at: statements in one course, faults in one course.
const LADDER: [(u8, u32); 7] = [(1, 0), (2, 0), (1, 1), (3, 0), (1, 2), (2, 1), (2, 2)];

/// Worlds of three parties and one statement, the largest first: one that is looked at whole holds the others.
const PAIRS_FIRST: [(u8, u32); 3] = [(1, 2), (1, 1), (1, 0)];

/// Worlds of more parties, with states taken together that an exchange of parties alike makes equal.
const LARGER: [(usize, u8, u32); 4] = [(4, 1, 1), (5, 1, 1), (4, 1, 2), (5, 1, 2)];

/// What is asked for.
pub(crate) struct Plan {
    /// States that a world may have before it is left unfinished.
    pub(crate) budget: usize,
    /// `CHARTER` or `CHARTER.MACHINE`.
    pub(crate) only: Option<String>,
    /// Only faults in pairs, with three parties and one statement: until they are finished, or the budget is spent.
    pub(crate) is_whole: bool,
    /// After so many minutes no further form is begun.
    pub(crate) minutes: Option<u64>,
}

/// One world of one form, looked at.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    pub(crate) parties: usize,
    pub(crate) said: u8,
    pub(crate) faults: u32,
    pub(crate) states: usize,
    pub(crate) depth: usize,
    pub(crate) is_whole: bool,
}

/// What was found in a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// `charter.machine` of all machines of this form.
    pub(crate) machines: Vec<String>,
    pub(crate) decides: bool,
    pub(crate) looked: Vec<Looked>,
    /// Promises broken and sights seen, with the first course of events that shows each.
    pub(crate) found: BTreeMap<&'static str, String>,
}

/// All that was found.
pub(crate) struct Findings {
    pub(crate) forms: Vec<Form>,
    /// Machines that have no world, and why.
    pub(crate) left_out: Vec<(String, String)>,
    pub(crate) time: Duration,
}

/// Looks at every machine that the plan names.
pub(crate) fn all(plan: &Plan) -> Findings {
    let started = now();
    let mut left_out = Vec::new();
    let mut forms: BTreeMap<String, (Form, Charter, Setup)> = BTreeMap::new();
    for (name, charter) in charters() {
        for machine in charter.machines.keys() {
            let title = format!("{name}.{machine}");
            if !is_asked(plan, &name, &title) {
                continue;
            }
            let setup = Setup::of(&charter, machine, 3).and_then(|setup| {
                match Fold::new(setup.clone(), Removed::Nothing).refusal() {
                    Some(why) => Err(format!("its opening is refused: {why}")),
                    None => Ok(setup),
                }
            });
            match setup {
                Err(why) => left_out.push((title, why)),
                Ok(setup) => {
                    let entry = forms.entry(form(&setup));
                    let new = || {
                        let form = Form { decides: setup.decides, ..Form::default() };
                        (form, charter.clone(), setup.clone())
                    };
                    entry.or_insert_with(new).0.machines.push(title);
                }
            }
        }
    }
    // Small worlds first: of what has many statements there are many states.
    let mut forms: Vec<(Form, Charter, Setup)> = forms.into_values().collect();
    forms.sort_by_cached_key(|(_, _, setup)| {
        let said: usize = setup.sayings.iter().map(|saying| saying.by.len()).sum();
        said * setup.clocks.clamp(1, 2)
    });
    let work = Mutex::new(forms.into_iter());
    let is_late = || {
        plan.minutes.is_some_and(|minutes| started.elapsed() > Duration::from_secs(minutes * 60))
    };
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let next = work.lock().expect("no panic before").next();
                    let Some((mut form, charter, setup)) = next else { return };
                    let began = now();
                    if !is_late() {
                        look(&mut form, &charter, setup, plan);
                    }
                    let seconds = began.elapsed().as_secs_f64();
                    println!(
                        "{seconds:6.1} s  {}  {}",
                        worlds(&form.looked),
                        form.machines.join(" ")
                    );
                    done.lock().expect("no panic before").push(form);
                }
            });
        }
    });
    let mut forms = done.into_inner().expect("no panic before");
    forms.sort_by(|a, b| a.machines.cmp(&b.machines));
    Findings { forms, left_out, time: started.elapsed() }
}

/// Returns the sizes of the worlds looked at, in a line: `1+2: 32875` for one statement and two faults, with a `<` before what is
/// not whole.
fn worlds(looked: &[Looked]) -> String {
    let size = |one: &Looked| {
        let more = if one.is_whole { "" } else { "<" };
        format!("{}:{}+{} {more}{}", one.parties, one.said, one.faults, one.states)
    };
    looked.iter().map(size).collect::<Vec<String>>().join(", ")
}

fn is_asked(plan: &Plan, charter: &str, title: &str) -> bool {
    plan.only.as_ref().is_none_or(|only| only == charter || only == title)
}

/// Loads every charter that is shipped.
pub(crate) fn charters() -> Vec<(String, Charter)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charters");
    let folders = std::fs::read_dir(root).expect("the charters are beside the crates");
    let names: BTreeSet<String> = folders
        .map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned())
        .collect();
    let load = |name: String| {
        let file = format!("{root}/{name}/charter.toml");
        let text = std::fs::read_to_string(&file).ok()?;
        let charter = Charter::load(text.as_bytes(), &file).expect("a shipped charter loads");
        Some((name, charter))
    };
    names.into_iter().filter_map(load).collect()
}

/// Looks at a form in worlds that grow. A world that is not finished is looked at no further: those that hold it are left out,
/// and so are those that one looked at whole holds.
fn look(form: &mut Form, charter: &Charter, setup: Setup, plan: &Plan) {
    let machine = setup.machine.clone();
    let mut unfinished: Vec<(usize, u8, u32)> = Vec::new();
    let mut whole = unfinished.clone();
    let ladder: &[(u8, u32)] = if plan.is_whole { &PAIRS_FIRST } else { &LADDER };
    let larger = LARGER.into_iter().filter(|_| !plan.is_whole);
    for world in ladder.iter().map(|(s, f)| (3, *s, *f)).chain(larger) {
        let holds =
            |(p, s, f): &(usize, u8, u32), (q, t, g): &(usize, u8, u32)| p == q && s >= t && f >= g;
        if unfinished.iter().any(|less| holds(&world, less))
            || whole.iter().any(|more| holds(more, &world))
        {
            continue;
        }
        let (parties, said, faults) = world;
        let setup = match parties {
            3 => Some(setup.clone()),
            _ => Setup::of(charter, &machine, parties).ok().filter(|s| s.nodes == parties),
        };
        let Some(setup) = setup else { continue };
        // With two statements at one second the order of names tells, which an exchange of parties would not keep.
        let is_symmetric = parties > 3 || said < 2;
        let bounds = Bounds { said, faults, of: EVERY_FAULT, is_symmetric, is_reduced: true };
        let is_finished = check(form, setup, bounds, plan.budget);
        let list = if is_finished { &mut whole } else { &mut unfinished };
        list.push(world);
    }
}

/// Looks at one world; returns true if all its states were looked at.
///
/// What does not fit is looked at in depth first: ends of courses of events are what is judged.
fn check(form: &mut Form, setup: Setup, bounds: Bounds, budget: usize) -> bool {
    let parties = setup.nodes;
    let fold = Fold::new(setup.clone(), Removed::Nothing);
    let course = Course::new(setup, bounds, fold);
    course.limit(budget);
    let checker = course.clone().checker().spawn_dfs().join();
    let states = checker.unique_state_count();
    let is_whole = !course.is_spent();
    // A course of events that was found is walked again to be told.
    course.limit(usize::MAX);
    form.looked.push(Looked {
        parties,
        said: bounds.said,
        faults: bounds.faults,
        states,
        depth: checker.max_depth(),
        is_whole,
    });
    let known: Vec<&'static str> = PROMISES.iter().chain(&SIGHTS).map(|(name, _)| *name).collect();
    for (name, path) in checker.discoveries() {
        let Some(name) = known.iter().find(|known| **known == name) else { continue };
        form.found.entry(name).or_insert_with(|| story::tell(&course, path));
    }
    is_whole
}

#[expect(clippy::disallowed_methods, reason = "how long a run took is reported, not decided by")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
