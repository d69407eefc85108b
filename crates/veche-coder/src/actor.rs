//! Who: the charter's names first, then nations, governments by their capitals, a nation with an agent, organisations; and whoever
//! has a capital and is not known, as the text writes it.

use crate::matcher::CharterName;
use crate::matcher::{Match, Matcher, Matches, NationForm, Target, Vocabulary};
use crate::ontology::Sector;
use crate::text::Span;
use crate::token::{Shape, Tokens};

/// Most sectors of one actor: "border guards and police" has two.
const SECTORS_MAX: usize = 3;

/// Most words between a nation's adjective and the agent: "Belarusian state border guards".
const BETWEEN_MAX: usize = 2;

/// How far behind the first word of a sentence its verb is looked for, in tokens.
const SUBJECT_REACH: usize = 4;

/// Somebody whom a sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The words, as they stand.
    pub span: Span,
    /// The first token.
    pub first: usize,
    /// The first token behind it.
    pub end: usize,
    /// Whose they are.
    pub body: Body,
    /// What kinds of actor they are, if the words say so.
    pub sectors: Vec<Sector>,
    /// True if the words may only tell where: "in Belarus".
    pub placed: bool,
}

/// The state or body that an actor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Body {
    /// An entry of the charter's names.
    Charter(u32),
    /// An entry of the table of nations.
    Nation(u32),
    /// An entry of the table of organisations.
    Organisation(u32),
    /// None that the words name: "the police".
    Unsaid,
    /// One that nothing knows; for a person to decide.
    Unknown,
}

impl Actor {
    /// Returns its code: that of the state or body, then its sectors; empty if neither is known.
    pub fn code(&self, vocabulary: &Vocabulary, charter: &[CharterName]) -> String {
        code(self.body, &self.sectors, vocabulary, charter)
    }
}

/// Returns the code of a state or body with sectors; empty if neither is known.
pub(crate) fn code(
    body: Body,
    sectors: &[Sector],
    vocabulary: &Vocabulary,
    charter: &[CharterName],
) -> String {
    let body = match body {
        Body::Charter(at) => charter.get(at as usize).map(|entry| entry.code.as_str()),
        Body::Nation(at) => vocabulary.nations.get(at as usize).map(|entry| entry.code.as_str()),
        Body::Organisation(at) => {
            vocabulary.organisations.get(at as usize).map(|entry| entry.code.as_str())
        }
        Body::Unsaid | Body::Unknown => None,
    };
    body.into_iter().chain(sectors.iter().map(|sector| sector.code())).collect()
}

/// Returns the actors of one sentence. Its matches are the numbers `of` in `found`.
pub fn actors(
    text: &str,
    tokens: &Tokens,
    sentence: std::ops::Range<usize>,
    matcher: &Matcher,
    found: &Matches,
    of: std::ops::Range<usize>,
) -> Vec<Actor> {
    let matches: Vec<Match<'_>> = of.filter_map(|at| matcher.get(found, at)).collect();
    let reader = Reader { text, tokens, sentence, matches: &matches };
    let mut actors = reader.known();
    actors.extend(reader.unknown(&actors));
    actors.sort_by_key(|actor| actor.first);
    actors
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a Tokens,
    sentence: std::ops::Range<usize>,
    matches: &'a [Match<'a>],
}

/// What a match says of an actor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Body(Body, NationPart),
    Group(Body, Sector),
    Kind(Sector, bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NationPart {
    Whole,
    Adjective,
    /// What stands for a nation only where it acts: a capital or a region.
    Seat,
    /// A town, which only tells where.
    Town,
}

fn part(targets: &[Target]) -> Option<Part> {
    let mut best: Option<Part> = None;
    for target in targets {
        let found = match target {
            Target::Charter(at) => return Some(Part::Body(Body::Charter(*at), NationPart::Whole)),
            Target::Nation(form, at) => {
                let form = match form {
                    NationForm::Name | NationForm::People => NationPart::Whole,
                    NationForm::Adjective => NationPart::Adjective,
                    NationForm::Capital | NationForm::Region => NationPart::Seat,
                    NationForm::Town => NationPart::Town,
                };
                Part::Body(Body::Nation(*at), form)
            }
            Target::Organisation(at) => Part::Body(Body::Organisation(*at), NationPart::Whole),
            Target::Group(at, sector) => Part::Group(Body::Nation(*at), *sector),
            Target::Agent(sector) => Part::Kind(*sector, false),
            Target::Office(sector) => Part::Kind(*sector, true),
            Target::Trigger(..) | Target::Place(_) => continue,
        };
        // An adjective wants more words; where "Kyrgyz" is a people too, the words behind decide.
        let adjective = matches!(found, Part::Body(_, NationPart::Adjective));
        if best.is_none() || adjective {
            best = Some(found);
        }
    }
    best
}

impl Reader<'_> {
    fn known(&self) -> Vec<Actor> {
        let mut actors = Vec::new();
        let mut at = 0;
        while let Some(found) = self.matches.get(at) {
            match part(found.targets) {
                // "Marina Essen": a town's name beside another that nothing knows is a part of it.
                Some(Part::Body(_, NationPart::Town)) if self.is_in_name(found) => at += 1,
                Some(part) => {
                    let (actor, next) = self.group(at, found, part);
                    actors.extend(actor);
                    at = next;
                }
                None => at += 1,
            }
        }
        actors
    }

    /// Joins a match with those behind it that tell of the same actor; also the number of the next match.
    fn group(&self, at: usize, found: &Match<'_>, part: Part) -> (Option<Actor>, usize) {
        let mut actor = Actor {
            span: Span { start: 0, end: 0 },
            first: found.first,
            end: found.end,
            body: Body::Unsaid,
            sectors: Vec::new(),
            placed: false,
        };
        let mut named = false;
        let mut form = NationPart::Whole;
        match part {
            Part::Body(body, of) => (actor.body, form) = (body, of),
            Part::Group(body, sector) => {
                actor.body = body;
                actor.sectors.push(sector);
            }
            Part::Kind(sector, holds) => {
                actor.sectors.push(sector);
                named = holds;
            }
        }
        let mut next = at + 1;
        loop {
            // "Japan's trade ministry": the trigger between them is part of the name.
            let kind = |at: &usize| {
                self.matches.get(*at).is_none_or(|found| self::part(found.targets).is_some())
            };
            let look = (next..=self.matches.len()).find(kind).unwrap_or(next);
            let Some(more) = self.matches.get(look) else { break };
            let Some(part) =
                self::part(more.targets).filter(|part| self.joins(&actor, form, more, *part))
            else {
                break;
            };
            // "Rebel leader X", "the Orvessan army": of agents alone, no name follows "the police".
            named |= matches!(part, Part::Kind(_, holds) if holds || form == NationPart::Adjective);
            if let Part::Body(body, _) | Part::Group(body, _) = part {
                actor.body = body;
            }
            if let Part::Kind(sector, _) | Part::Group(_, sector) = part
                && !actor.sectors.contains(&sector)
                && actor.sectors.len() < SECTORS_MAX
            {
                actor.sectors.push(sector);
            }
            actor.end = more.end;
            next = look + 1;
        }
        self.finish(&mut actor, form, named);
        let alone = actor.sectors.is_empty()
            && (form == NationPart::Town || form == NationPart::Seat && !self.acts(&actor));
        actor.placed |= alone;
        actor.span = self.tokens.cover(actor.first, actor.end - 1);
        (Some(actor), next)
    }

    /// Returns true if this match goes on with the actor: a kind behind a nation, a nation behind "of", a kind behind a kind.
    fn joins(&self, actor: &Actor, form: NationPart, more: &Match<'_>, part: Part) -> bool {
        let between = actor.end..more.first;
        let word = |at: usize| self.tokens.folded(at);
        let clean = |mut range: std::ops::Range<usize>| {
            range.all(|at| {
                self.tokens.shape(at) == Shape::Small
                    && !is_function(word(at))
                    // "The French bombed the police": what they do is no part of them.
                    && !self.acted(at)
            })
        };
        match part {
            Part::Kind(..) => {
                let possessive = matches!(word(actor.end), "'s" | "'");
                let led = self.is_led(actor.end);
                let start = actor.end + if led { 2 } else { usize::from(possessive) };
                // A name takes what stands at its side alone, and in Russian nothing: "в Минске полиция".
                let open = possessive || led || form == NationPart::Adjective;
                let reach = if open { BETWEEN_MAX } else { 0 };
                let own = open || word(actor.first).is_ascii();
                let near = own
                    && more.first >= start
                    && more.first - start <= reach
                    && clean(start..more.first);
                // "the president of the parliament" is one; two kinds side by side too.
                if actor.sectors.is_empty() { near } else { between.is_empty() }
            }
            Part::Group(body, _) if actor.body == body => between.is_empty(),
            Part::Body(..) | Part::Group(..) => {
                let open = actor.body == Body::Unsaid && !actor.sectors.is_empty();
                let of = between.clone().all(|at| matches!(word(at), "of" | "the"))
                    && !between.is_empty();
                let genitive = between.is_empty() && !self.tokens.folded(more.first).is_ascii();
                open && (of || genitive)
            }
        }
    }

    /// Returns true before the end of "Orvessan-led": who leads is who acts.
    fn is_led(&self, at: usize) -> bool {
        let end = self.sentence.end;
        at + 1 < end
            && self.tokens.folded(at) == "-"
            && matches!(self.tokens.folded(at + 1), "led" | "run" | "flagged" | "owned")
    }

    /// Takes in the name behind an office or an agent of a nation, and the noun behind an adjective; says whether the words only tell
    /// where.
    fn finish(&self, actor: &mut Actor, form: NationPart, mut named: bool) {
        let led = self.is_led(actor.end);
        if actor.sectors.is_empty() && (led || form == NationPart::Adjective) {
            let noun = actor.end + if led { 2 } else { 0 };
            let small =
                self.tokens.shape(noun) == Shape::Small && !is_function(self.tokens.folded(noun));
            let told = self.covered(noun);
            if noun < self.sentence.end && small && !self.acted(noun) {
                actor.end = noun + 1;
                named = !told;
            }
        }
        if named {
            while actor.end < self.sentence.end
                && self.is_free_capital(actor.end)
                && !is_calendar(self.tokens.folded(actor.end))
            {
                actor.end += 1;
            }
        }
        let before = if actor.first > self.sentence.start {
            self.tokens.folded(actor.first - 1)
        } else {
            ""
        };
        let before = if before == "the" && actor.first > self.sentence.start + 1 {
            self.tokens.folded(actor.first - 2)
        } else {
            before
        };
        let there = matches!(
            before,
            "in" | "near"
                | "inside"
                | "across"
                | "outside"
                | "within"
                | "в"
                | "во"
                | "из"
                | "близ"
                | "под"
        );
        actor.placed = there
            && actor.sectors.is_empty()
            && matches!(actor.body, Body::Nation(_) | Body::Charter(_));
    }

    /// Returns true if a capital acts here: it begins the sentence or a word of action stands beside it.
    fn acts(&self, actor: &Actor) -> bool {
        let trigger = |found: &Match<'_>| {
            found.targets.iter().any(|target| matches!(target, Target::Trigger(..)))
        };
        let behind = self.matches.iter().any(|found| {
            trigger(found) && found.first >= actor.end && found.first - actor.end <= 3
        });
        let beside = matches!(self.tokens.folded(actor.end), "and" | "и" | "'s");
        let before = if actor.first > self.sentence.start {
            self.tokens.folded(actor.first - 1)
        } else {
            ""
        };
        let with = matches!(
            before,
            "with" | "and" | "against" | "between" | "с" | "и" | "между" | "против" | "by"
        );
        !actor.placed && (behind || beside || with)
    }

    fn is_free_capital(&self, at: usize) -> bool {
        self.tokens.shape(at).is_capital() && !self.covered(at)
    }

    /// Returns true for a word of the lexicon with the ending of a past verb: "the Chinese arrested ..".
    fn acted(&self, at: usize) -> bool {
        self.covered(at) && self.tokens.folded(at).ends_with("ed")
    }

    /// Returns true if the lexicon knows a word as something else than a town: whose name that is, the words beside it decide.
    fn covered(&self, at: usize) -> bool {
        self.matches.iter().any(|found| {
            found.holds(at) && !matches!(part(found.targets), Some(Part::Body(_, NationPart::Town)))
        })
    }

    fn is_in_name(&self, found: &Match<'_>) -> bool {
        let is_name = |at: usize| {
            let word = self.tokens.folded(at);
            self.sentence.contains(&at)
                && self.is_free_capital(at)
                && !is_function(word)
                && !is_opener(word)
                && !is_calendar(word)
        };
        is_name(found.end) || found.first.checked_sub(1).is_some_and(is_name)
    }

    /// Returns runs of capitals that nothing knows. One word that begins the sentence is none.
    fn unknown(&self, known: &[Actor]) -> Vec<Actor> {
        let taken = |at: usize| known.iter().any(|actor| (actor.first..actor.end).contains(&at));
        let mut actors = Vec::new();
        let mut at = self.sentence.start;
        while at < self.sentence.end {
            let end = (at..self.sentence.end)
                .find(|at| !self.is_free_capital(*at) || taken(*at))
                .unwrap_or(self.sentence.end);
            let opens = at == self.sentence.start || self.tokens.shape(at - 1) == Shape::Mark;
            if end > at
                && (end - at > 1 || !opens || self.speaks(end))
                && !is_calendar(self.tokens.folded(at))
                && self.tokens.word(self.text, at).len() > 1
            {
                let span = self.tokens.cover(at, end - 1);
                actors.push(Actor {
                    span,
                    first: at,
                    end,
                    body: Body::Unknown,
                    sectors: Vec::new(),
                    placed: false,
                });
            }
            at = end.max(at + 1);
        }
        actors
    }

    /// Returns true if a word that begins the sentence is a subject that nothing knows: a trigger follows soon, with no mark between.
    fn speaks(&self, at: usize) -> bool {
        let starts = |at: usize| {
            let here = self.matches.iter().find(|found| found.first == at);
            here.is_some_and(|found| {
                found.targets.iter().any(|target| matches!(target, Target::Trigger(..)))
            })
        };
        let near = at..self.sentence.end.min(at + SUBJECT_REACH);
        let word = self.tokens.folded(at - 1);
        let joined =
            matches!(self.tokens.folded(at), "and" | "и") && self.tokens.shape(at + 1).is_capital();
        !is_function(word)
            && !is_opener(word)
            && (joined || near.take_while(|at| self.tokens.shape(*at) != Shape::Mark).any(starts))
    }
}

/// Words that begin sentences, and are no names; folded.
fn is_opener(folded: &str) -> bool {
    const WORDS: [&str; 97] = [
        "after",
        "all",
        "also",
        "although",
        "another",
        "any",
        "as",
        "because",
        "before",
        "both",
        "but",
        "each",
        "earlier",
        "even",
        "every",
        "few",
        "first",
        "following",
        "former",
        "he",
        "her",
        "here",
        "his",
        "how",
        "however",
        "if",
        "it",
        "its",
        "last",
        "late",
        "later",
        "local",
        "many",
        "meanwhile",
        "more",
        "most",
        "neither",
        "never",
        "new",
        "no",
        "nobody",
        "not",
        "now",
        "once",
        "one",
        "only",
        "other",
        "our",
        "she",
        "since",
        "so",
        "some",
        "such",
        "that",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "today",
        "two",
        "three",
        "under",
        "until",
        "we",
        "what",
        "when",
        "where",
        "while",
        "who",
        "why",
        "you",
        "your",
        "все",
        "вчера",
        "два",
        "его",
        "если",
        "ее",
        "еще",
        "из-за",
        "их",
        "когда",
        "мы",
        "никто",
        "он",
        "она",
        "они",
        "однако",
        "после",
        "при",
        "сегодня",
        "также",
        "так",
        "это",
    ];
    WORDS.contains(&folded)
}

fn is_function(folded: &str) -> bool {
    matches!(
        folded,
        "and"
            | "or"
            | "in"
            | "on"
            | "at"
            | "of"
            | "to"
            | "with"
            | "by"
            | "for"
            | "from"
            | "the"
            | "a"
            | "an"
            | "is"
            | "are"
            | "was"
            | "were"
            | "has"
            | "have"
            | "had"
            | "will"
            | "would"
            | "said"
            | "says"
            | "told"
            | "и"
            | "в"
            | "на"
            | "с"
            | "по"
            | "о"
            | "об"
            | "из"
            | "к"
            | "у"
            | "за"
            | "от"
            | "до"
            | "для"
            | "не"
            | "но"
            | "а"
            | "что"
            | "как"
            | "как-то"
            | "во"
            | "со"
            | "при"
    )
}

fn is_calendar(folded: &str) -> bool {
    crate::date::month(folded).is_some()
        || matches!(
            folded,
            "monday"
                | "tuesday"
                | "wednesday"
                | "thursday"
                | "friday"
                | "saturday"
                | "sunday"
                | "i"
        )
}
