use super::pattern::pattern;
use super::source::{Line, between, bracketed, lines};
use super::{Code, Fault, Pattern, PetrarchError, Phrase, Piece, Read};
use std::collections::{BTreeMap, BTreeSet};

/// How deep sets of words may stand in one another.
const DEPTH_MAX: usize = 8;

/// Most phrases of a set, those of the sets in it included.
const PHRASES_MAX: usize = 2048;

/// Most members that are looked at for a set: sets in sets that come to nothing are no phrases, and cost all the same.
const VISITS_MAX: usize = 16 * PHRASES_MAX;

/// A verb in one form, the words beside it if it has several, and what it codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verb {
    /// Words that stand before it.
    pub before: Vec<String>,
    /// Words that stand behind it.
    pub behind: Vec<String>,
    /// True for the form under which the dictionary lists it.
    pub listed: bool,
    /// The block in which it stands.
    pub block: usize,
    /// What it codes if no pattern fits.
    pub code: Code,
}

/// A dictionary of verbs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verbs {
    /// By form: the verbs, in the order of the file.
    pub forms: BTreeMap<String, Vec<Verb>>,
    /// By block: its patterns, those of most parts first.
    pub blocks: Vec<Vec<Pattern>>,
    /// By set of words: its phrases, in which words stand side by side.
    pub sets: BTreeMap<String, Vec<Vec<String>>>,
}

/// Where lines with `+` belong.
enum Section {
    None,
    Set(String),
    Block(Code),
}

struct Reader {
    verbs: Verbs,
    /// By set: its line, and its members, among them other sets.
    raw: BTreeMap<String, (usize, Vec<Member>)>,
    refused: Vec<PetrarchError>,
    section: Section,
}

enum Member {
    Words(Vec<String>),
    Set(String),
}

/// Reads a dictionary of verbs, with patterns of either form.
///
/// # Errors
///
/// [`PetrarchError`]: the file is too large, or a comment does not end. Faults of single lines are in the answer.
pub fn verbs(bytes: &[u8]) -> Result<Read<Verbs>, PetrarchError> {
    let lines = lines(bytes)?;
    let mut reader = Reader {
        verbs: Verbs::default(),
        raw: BTreeMap::new(),
        refused: lines.refused,
        section: Section::None,
    };
    for line in &lines.kept {
        if let Err(fault) = reader.line(line) {
            reader.refused.push(fault.at(line.number));
        }
    }
    reader.spell_sets();
    reader.check_patterns();
    let Reader { mut verbs, mut refused, .. } = reader;
    for block in &mut verbs.blocks {
        block.sort_by_key(|pattern| std::cmp::Reverse(pattern.parts()));
    }
    refused.sort_by_key(|error| error.line);
    Ok(Read { entries: verbs, refused, latin: lines.latin })
}

impl Reader {
    fn line(&mut self, line: &Line<'_>) -> Result<(), Fault> {
        let text = &*line.text;
        if let Some(header) = text.strip_prefix("---") {
            return self.header(header);
        }
        if let Some(set) = text.strip_prefix('&') {
            let name = set.trim().trim_end_matches('_').to_uppercase();
            self.raw.entry(name.clone()).or_insert_with(|| (line.number, Vec::new()));
            self.section = Section::Set(name);
            return Ok(());
        }
        if text.starts_with('~') {
            return Err(Fault::Transformation);
        }
        match &self.section {
            Section::None => Err(Fault::NoEntry),
            Section::Set(name) => {
                let member = member(text.strip_prefix('+').ok_or(Fault::NoEntry)?)?;
                if let Some((_, members)) = self.raw.get_mut(name) {
                    members.push(member);
                }
                Ok(())
            }
            Section::Block(code) => {
                let code = code.clone();
                match text.strip_prefix('-') {
                    Some(text) => self.pattern(line.number, text),
                    None => self.verb(text, code),
                }
            }
        }
    }

    /// Reads `--- NAME [code] ---`; only the first code counts.
    fn header(&mut self, text: &str) -> Result<(), Fault> {
        self.section = Section::None;
        let (_, codes) = bracketed(text.trim_end_matches('-'))?;
        let code = codes.first().map_or(Ok(Code::default()), |code| Code::parse(code));
        self.verbs.blocks.push(Vec::new());
        self.section = Section::Block(code.clone().unwrap_or_default());
        code.map(|_| ())
    }

    fn pattern(&mut self, line: usize, text: &str) -> Result<(), Fault> {
        let (words, codes) = bracketed(text)?;
        let code = codes.first().ok_or_else(|| Fault::NoCode { name: words.to_owned() })?;
        let pattern = pattern(line, words, Code::parse(code)?)?;
        if let Some(block) = self.verbs.blocks.last_mut() {
            block.push(pattern);
        }
        Ok(())
    }

    /// Reads a line with a verb: `VERB {FORM FORM} [code]`, or of several words, `PART_+VERB`, with a `+` before the verb itself.
    fn verb(&mut self, text: &str, usual: Code) -> Result<(), Fault> {
        let (before, codes) = bracketed(text)?;
        let (name, forms) = between(before, '{', '}')?;
        let code = codes.first().map_or(Ok(usual), |code| Code::parse(code))?;
        let block = self.verbs.blocks.len().saturating_sub(1);
        let mut written = vec![name];
        let irregular: Vec<&str> =
            forms.iter().flat_map(|forms| forms.split_whitespace()).collect();
        let regular = irregular.is_empty();
        written.extend(irregular);
        for (index, form) in written.into_iter().enumerate() {
            let (before, head, behind) = parts(form)?;
            let heads = if regular && index == 0 { regular_forms(&head) } else { vec![head] };
            for (form, head) in heads.into_iter().enumerate() {
                let verb = Verb {
                    listed: index == 0 && form == 0,
                    before: before.clone(),
                    behind: behind.clone(),
                    block,
                    code: code.clone(),
                };
                self.verbs.forms.entry(head).or_default().push(verb);
            }
        }
        Ok(())
    }

    fn spell_sets(&mut self) {
        for (name, (line, _)) in &self.raw {
            let mut phrases = Vec::new();
            let mut visits = VISITS_MAX;
            match spell(name, &self.raw, DEPTH_MAX, &mut visits, &mut phrases) {
                Ok(()) => {
                    self.verbs.sets.insert(name.clone(), phrases);
                }
                Err(fault) => self.refused.push(fault.at(*line)),
            }
        }
    }

    /// Takes out the patterns that name a set which there is not.
    fn check_patterns(&mut self) {
        let known: BTreeSet<&String> = self.verbs.sets.keys().collect();
        for block in &mut self.verbs.blocks {
            block.retain(|pattern| {
                let steps = pattern.before.iter().chain(&pattern.behind);
                let unknown = steps.into_iter().find_map(|step| {
                    let Piece::Set(name) = &step.piece else { return None };
                    (!known.contains(name)).then(|| name.clone())
                });
                let stays = unknown.is_none();
                if let Some(name) = unknown {
                    let name = format!("&{name}");
                    self.refused.push(Fault::Unknown { name }.at(pattern.line));
                }
                stays
            });
        }
    }
}

fn member(text: &str) -> Result<Member, Fault> {
    let text = text.trim();
    match text.strip_prefix('&') {
        Some(set) => Ok(Member::Set(set.trim_end_matches('_').to_uppercase())),
        None => Ok(Member::Words(Phrase::parse(text)?.words)),
    }
}

/// Adds the phrases of a set and of the sets in it.
fn spell(
    name: &str,
    raw: &BTreeMap<String, (usize, Vec<Member>)>,
    depth: usize,
    visits: &mut usize,
    phrases: &mut Vec<Vec<String>>,
) -> Result<(), Fault> {
    if depth == 0 {
        return Err(Fault::Nesting { name: format!("&{name}"), max: DEPTH_MAX });
    }
    let Some((_, members)) = raw.get(name) else {
        return Err(Fault::Unknown { name: format!("&{name}") });
    };
    for member in members {
        match member {
            Member::Words(words) => phrases.push(words.clone()),
            Member::Set(inner) => spell(inner, raw, depth - 1, visits, phrases)?,
        }
        *visits = visits.saturating_sub(1);
        if phrases.len() > PHRASES_MAX || *visits == 0 {
            return Err(Fault::Large { name: format!("&{name}"), max: PHRASES_MAX });
        }
    }
    Ok(())
}

/// Parts a verb of several words in those before it, itself, and those behind it. Without a `+` the first word is the verb.
fn parts(form: &str) -> Result<(Vec<String>, String, Vec<String>), Fault> {
    let words = Phrase::parse(form)?.words;
    let at = words.iter().position(|word| word.len() > 1 && word.starts_with('+')).unwrap_or(0);
    let mut before = words;
    let behind = before.split_off(at + 1);
    let head = before.pop().unwrap_or_default();
    Ok((before, head.trim_start_matches('+').to_owned(), behind))
}

/// Returns a verb and its regular forms.
fn regular_forms(verb: &str) -> Vec<String> {
    let mut forms = vec![verb.to_owned()];
    if let Some(stem) = verb.strip_suffix('E') {
        forms.extend([format!("{verb}S"), format!("{verb}D"), format!("{stem}ING")]);
    } else if let Some(stem) =
        verb.strip_suffix('Y').filter(|stem| !stem.ends_with(['A', 'E', 'O', 'U']))
    {
        forms.extend([format!("{stem}IES"), format!("{stem}IED"), format!("{verb}ING")]);
    } else {
        let sibilant = ["S", "X", "Z", "CH", "SH"].iter().any(|end| verb.ends_with(end));
        let third = if sibilant { "ES" } else { "S" };
        forms.extend([format!("{verb}{third}"), format!("{verb}ED"), format!("{verb}ING")]);
    }
    forms
}
