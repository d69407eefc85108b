//! What was worked out from a run as it is kept: a line that says what it belongs to, and a line of JSON.
//!
//! Numbers stand in strings, with as many digits as say which double they are: read back, they are the same to the last bit.

use super::{Told, Worked};
use crate::forecast::ahead::{Ahead, Said};
use crate::forecast::bins::BINS;
use crate::forecast::explain::WHAT_IF;
use crate::forecast::ladder::Recent;
use crate::forecast::run::{HORIZONS, ORIGINS, Push, Reasons, Run};
use crate::forecast::score::Scores;
use crate::forecast::track::{Judged, Record};
use crate::month::Month;
use crate::vintage::Vintage;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a text's `format` says.
pub const FORMAT: &str = "veche-forecast-worked/1";
/// The version of the program: another may have mended what follows from a run.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// Longest name of a figure, in bytes: three times the longest there is.
const FIGURE_LEN_MAX: usize = 200;
/// Months that a shape may have, far more than any has.
const SHAPE_MONTHS_MAX: usize = 1000;

/// Why a text is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its first line is none of this format.
    #[error("its first line is none of `{FORMAT}`")]
    Format,
    /// Another version of the program made it.
    #[error("version {0} of the program made it, and this is {PROGRAM}")]
    Program(String),
    /// It was made from another run.
    #[error("it was made from another run")]
    OtherRun,
    /// Its second line was changed or cut.
    #[error("its second line is not the one that its first line names")]
    Changed,
    /// Its second line does not hold what follows from a run.
    #[error("its second line does not fit the run: {0}")]
    Body(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: String,
    program: String,
    run: Vintage,
    body: Vintage,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    judged: Vec<Vec<JudgedText>>,
    told: Vec<ToldText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgedText {
    month: Month,
    came: u32,
    interval: [u64; 3],
    happened: bool,
    /// The chance, six scores of the rule and six of conflictology.
    numbers: Numbers,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldText {
    /// By month ahead: four constants of the shape and a probability a class.
    said: Vec<SaidText>,
    changes: Numbers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reasons: Option<ReasonsText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidText {
    months: usize,
    numbers: Numbers,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonsText {
    /// What each figure is, and what it is one of.
    figures: Vec<[String; 2]>,
    /// The rule's chance, what the trees moved any unit by, and a logarithm of odds a figure.
    numbers: Numbers,
}

/// Numbers in a string, a space between.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Numbers(String);

impl Numbers {
    fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let words: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
        Self(words.join(" "))
    }

    /// Returns the numbers, all finite; `None` for anything else.
    fn read(&self) -> Option<Vec<f64>> {
        let one = |word: &str| word.parse().ok().filter(|number: &f64| number.is_finite());
        self.0.split_ascii_whitespace().map(one).collect()
    }

    /// Returns so many numbers.
    fn exactly<const N: usize>(&self) -> Option<[f64; N]> {
        self.read()?.try_into().ok()
    }
}

impl Worked {
    /// Returns the text to be kept beside a run; `run_text` is the bytes of the run's own file.
    ///
    /// # Errors
    /// Where JSON cannot be written.
    pub fn text(&self, run_text: &[u8]) -> Result<String, serde_json::Error> {
        let judged = self.record.units.iter();
        let body = Body {
            judged: judged.map(|unit| unit.iter().map(JudgedText::of).collect()).collect(),
            told: self.told.iter().map(ToldText::of).collect(),
        };
        let body = serde_json::to_string(&body)?;
        let head = Head {
            format: FORMAT.to_owned(),
            program: PROGRAM.to_owned(),
            run: hash(run_text),
            body: hash(body.as_bytes()),
        };
        Ok(format!("{}\n{body}\n", serde_json::to_string(&head)?))
    }

    /// Reads what was kept beside a run.
    ///
    /// # Errors
    /// [`Unfit`], in the order of its kinds: then it is to be worked out anew.
    pub fn read(run: &Run, run_text: &[u8], text: &str) -> Result<Self, Unfit> {
        let (head, body) = text.split_once('\n').ok_or(Unfit::Format)?;
        let head: Head = serde_json::from_str(head).map_err(|_| Unfit::Format)?;
        if head.format != FORMAT {
            return Err(Unfit::Format);
        }
        if head.program != PROGRAM {
            return Err(Unfit::Program(head.program.chars().take(40).collect()));
        }
        if head.run != hash(run_text) {
            return Err(Unfit::OtherRun);
        }
        let body = body.strip_suffix('\n').unwrap_or(body);
        if head.body != hash(body.as_bytes()) {
            return Err(Unfit::Changed);
        }
        let body: Body =
            serde_json::from_str(body).map_err(|error| Unfit::Body(error.to_string()))?;
        body.checked(run).ok_or_else(|| Unfit::Body("other units, months or numbers".to_owned()))
    }
}

fn hash(bytes: &[u8]) -> Vintage {
    Vintage(Sha256::digest(bytes).into())
}

impl Body {
    /// Returns what is kept, if it is what a run of these units has.
    fn checked(self, run: &Run) -> Option<Worked> {
        let units = run.units();
        let wanted = if run.rule().learns() { units.len() } else { 0 };
        let fits = self.judged.iter().all(|judged| judged.len() <= ORIGINS);
        if self.judged.len() != units.len() || self.told.len() != wanted || !fits {
            return None;
        }
        let judged = |judged: &Vec<JudgedText>| judged.iter().map(JudgedText::read).collect();
        let judged = self.judged.iter().map(judged).collect::<Option<Vec<Vec<Judged>>>>()?;
        let told = self.told.into_iter().map(ToldText::read).collect::<Option<Vec<Told>>>()?;
        let whole = units.iter().zip(&told).all(|(unit, told)| {
            let counts: Vec<f64> = unit.counts().iter().copied().map(f64::from).collect();
            Ahead::each(&counts, &told.said).is_some()
        });
        whole.then(|| Worked { record: Record::of_judged(run, judged), told })
    }
}

impl JudgedText {
    fn of(judged: &Judged) -> Self {
        let Judged { month, came, low, middle, high, scores, base, chance, happened } = *judged;
        let numbers = [chance].into_iter().chain(listed(scores)).chain(listed(base));
        let numbers = Numbers::of(numbers);
        Self { month, came, interval: [low, middle, high], happened, numbers }
    }

    fn read(&self) -> Option<Judged> {
        let Self { month, came, interval: [low, middle, high], happened, ref numbers } = *self;
        let [chance, scores @ ..] = numbers.exactly::<13>()?;
        let (ours, base) = (*scores.first_chunk::<6>()?, *scores.last_chunk::<6>()?);
        let (scores, base) = (unlisted(ours), unlisted(base));
        let fits = (0.0..=1.0).contains(&chance) && low <= middle && middle <= high;
        fits.then_some(Judged { month, came, low, middle, high, scores, base, chance, happened })
    }
}

const fn listed(scores: Scores) -> [f64; 6] {
    let Scores { crps, ignorance, crps_log, interval, brier, covered } = scores;
    [crps, ignorance, crps_log, interval, brier, covered]
}

const fn unlisted([crps, ignorance, crps_log, interval, brier, covered]: [f64; 6]) -> Scores {
    Scores { crps, ignorance, crps_log, interval, brier, covered }
}

impl ToldText {
    fn of(told: &Told) -> Self {
        let reasons = told.reasons.as_ref().map(|reasons| ReasonsText {
            figures: reasons
                .pushes
                .iter()
                .map(|push| [push.figure.clone(), push.family.clone()])
                .collect(),
            numbers: Numbers::of(
                [reasons.rule, reasons.before]
                    .into_iter()
                    .chain(reasons.pushes.iter().map(|push| push.log_odds)),
            ),
        });
        let changes = Numbers::of(told.changes.iter().copied());
        Self { said: told.said.iter().map(SaidText::of).collect(), changes, reasons }
    }

    fn read(self) -> Option<Told> {
        let said = self.said.iter().map(SaidText::read).collect::<Option<Vec<Said>>>()?;
        let changes = self.changes.read()?;
        let reasons = match self.reasons {
            Some(reasons) => Some(reasons.read()?),
            None => None,
        };
        let fits = said.len() == HORIZONS && changes.len() == WHAT_IF.len();
        fits.then_some(Told { said, changes, reasons })
    }
}

impl SaidText {
    fn of(said: &Said) -> Self {
        let Recent { months, half_life, size, size_war, trend } = said.shape;
        let numbers = [half_life, size, size_war, trend].into_iter().chain(said.bins);
        Self { months, numbers: Numbers::of(numbers) }
    }

    fn read(&self) -> Option<Said> {
        let [half_life, size, size_war, trend, bins @ ..] =
            self.numbers.exactly::<{ BINS + 4 }>()?;
        let shape = Recent { months: self.months, half_life, size, size_war, trend };
        let sum: f64 = bins.iter().sum();
        let fits = bins.iter().all(|share| *share >= 0.0)
            && (sum - 1.0).abs() < 1e-6
            && half_life > 0.0
            && (1..=SHAPE_MONTHS_MAX).contains(&self.months);
        fits.then_some(Said { shape, bins })
    }
}

impl ReasonsText {
    fn read(self) -> Option<Reasons> {
        let numbers = self.numbers.read()?;
        let (rule, before, odds) = match numbers.as_slice() {
            [rule, before, odds @ ..] => (*rule, *before, odds),
            _ => return None,
        };
        let named = |name: &String| {
            (1..=FIGURE_LEN_MAX).contains(&name.len()) && !name.contains(char::is_control)
        };
        if odds.len() != self.figures.len() || !self.figures.iter().flatten().all(named) {
            return None;
        }
        let pushes = self.figures.into_iter().zip(odds);
        let pushes =
            pushes.map(|([figure, family], log_odds)| Push { figure, family, log_odds: *log_odds });
        Some(Reasons { rule, before, pushes: pushes.collect() })
    }
}
