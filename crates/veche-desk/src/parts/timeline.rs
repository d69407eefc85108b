//! Lanes on one time axis: events, warnings, case steps, deadlines; drawn, and as a table.

use super::event_class::EventClass;
use super::record::Link;
use crate::html::{Escaped, Html};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::{Seconds, UnixSeconds};

/// How a mark is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An event of a class.
    Event(EventClass),
    /// A step taken: a filled dot.
    Step,
    /// A warning: a triangle on its point, filled.
    Warning,
    /// A deadline ahead, or met: an open lozenge.
    Deadline,
    /// A deadline that passed unmet: a filled lozenge.
    Missed,
}

impl Shape {
    const fn path(self) -> (&'static str, bool) {
        match self {
            Self::Event(class) => class.shape(),
            Self::Step => ("M3.5 0a3.5 3.5 0 1 1-7 0 3.5 3.5 0 1 1 7 0", true),
            Self::Warning => ("M0 5-5-4h10z", true),
            Self::Deadline => ("M0-5 5 0 0 5-5 0z", false),
            Self::Missed => ("M0-5 5 0 0 5-5 0z", true),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Event(class) => class.word(),
            Self::Step => texts::timeline::STEP,
            Self::Warning => texts::timeline::WARNING,
            Self::Deadline => texts::timeline::DEADLINE,
            Self::Missed => texts::timeline::MISSED,
        }
    }
}

/// Something that happened, or is due, at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: UnixSeconds,
    /// Its end, if it lasts: the period of a silence, a partition.
    pub until: Option<UnixSeconds>,
    /// How it is drawn.
    pub shape: Shape,
    /// What it is, with its page.
    pub link: Link,
}

/// Marks of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lane {
    /// The name at its start.
    pub title: String,
    /// Its marks, in any order.
    pub marks: Vec<Mark>,
}

/// Lanes over one span of time. Marks outside the span are in the table only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// Left end.
    pub from: UnixSeconds,
    /// Right end.
    pub to: UnixSeconds,
    /// The lanes, top to bottom.
    pub lanes: Vec<Lane>,
}

/// A place on the axis, in hundredths of a percent of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64);

/// The right end of the axis.
const AXIS_END: u64 = 10_000;
/// Marks closer than this become one disc with their count: 18 px symbols on a line of 600 px.
const MERGE_WITHIN: u64 = 300;
/// Longest row of ticks: they stay apart on a phone.
const TICKS_MAX: u64 = 6;
/// Steps between ticks, smallest first: an hour to four weeks.
const TICK_STEPS: [Seconds; 9] = [
    Seconds::hours(1),
    Seconds::hours(2),
    Seconds::hours(4),
    Seconds::hours(12),
    Seconds::hours(24),
    Seconds::hours(48),
    Seconds::hours(7 * 24),
    Seconds::hours(14 * 24),
    Seconds::hours(28 * 24),
];

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}%", self.0 / 100, self.0 % 100)
    }
}

struct Tick {
    place: Place,
    text: String,
    /// Every second one gives way on a narrow screen.
    minor: bool,
}

#[derive(Template)]
#[template(path = "part/timeline.html")]
struct View<'a> {
    shell: &'a Shell,
    timeline: &'a Timeline,
    ticks: Vec<Tick>,
    now: Option<Place>,
}

impl Timeline {
    pub(crate) fn html(&self, shell: &Shell) -> Html {
        let now = self.place(shell.clock.now);
        Html::from_template(&View { shell, timeline: self, ticks: self.ticks(), now })
    }

    fn place(&self, at: UnixSeconds) -> Option<Place> {
        let length = self.to.since(self.from).0;
        if length == 0 || at < self.from || at > self.to {
            return None;
        }
        let share = u128::from(at.since(self.from).0) * u128::from(AXIS_END) / u128::from(length);
        u64::try_from(share).ok().map(Place)
    }

    /// Returns the place of `at`, or the nearer end of the axis.
    fn place_within(&self, at: UnixSeconds) -> Place {
        self.place(at).unwrap_or(Place(if at < self.from { 0 } else { AXIS_END }))
    }

    fn ticks(&self) -> Vec<Tick> {
        let length = self.to.since(self.from);
        let step = TICK_STEPS
            .into_iter()
            .find(|step| length.0 / step.0 <= TICKS_MAX)
            .unwrap_or(Seconds(length.0 / TICKS_MAX));
        let mut ticks = Vec::new();
        // Ticks stand at whole multiples of the step since 1970: at full hours and at 00:00 UTC.
        let mut at = UnixSeconds(self.from.0.div_ceil(step.0.max(1)).saturating_mul(step.0));
        while let Some(place) = self.place(at) {
            let text = tick_text(at, step);
            ticks.push(Tick { place, text, minor: ticks.len() % 2 == 1 });
            at = at + Seconds(step.0.max(1));
        }
        ticks
    }
}

/// Returns `06:00`, or `3 Mar` where a day begins or ticks stand for days.
fn tick_text(at: UnixSeconds, step: Seconds) -> String {
    let (_, month, day) = at.date();
    let seconds_of_day = at.0 % Seconds::hours(24).0;
    if seconds_of_day == 0 || step >= Seconds::hours(24) {
        format!("{day} {}", texts::month(month))
    } else {
        format!("{:02}:{:02}", seconds_of_day / 3600, seconds_of_day / 60 % 60)
    }
}

impl Lane {
    /// Returns the spans and symbols of the lane: nested `svg` elements at percentages, so that nothing is scaled.
    fn drawing(&self, timeline: &Timeline, shell: &Shell) -> Html {
        let mut html = String::new();
        for mark in &self.marks {
            if let Some(until) = mark.until {
                html.push_str(&span(timeline, mark.at, until));
            }
        }
        let mut placed: Vec<(Place, &Mark)> = self
            .marks
            .iter()
            .filter_map(|mark| timeline.place(mark.at).map(|place| (place, mark)))
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        let mut rest = placed.as_slice();
        while let Some((first, _)) = rest.first() {
            let near = rest.iter().take_while(|(p, _)| p.0 - first.0 < MERGE_WITHIN).count();
            let (group, left) = rest.split_at(near);
            html.push_str(&symbol(group, shell));
            rest = left;
        }
        Html::already_escaped(html)
    }
}

fn span(timeline: &Timeline, from: UnixSeconds, until: UnixSeconds) -> String {
    let (start, end) = (timeline.place_within(from), timeline.place_within(until));
    let width = Place(end.0.saturating_sub(start.0));
    format!("<rect class=\"span\" x=\"{start}\" y=\"11\" width=\"{width}\" height=\"6\"/>")
}

/// Draws marks at one place: the symbol of a single one, a disc with a count for several.
fn symbol(group: &[(Place, &Mark)], shell: &Shell) -> String {
    let Some((place, first)) = group.first() else { return String::new() };
    let titles: Vec<&str> = group.iter().map(|(_, mark)| mark.link.text.as_str()).collect();
    let title = titles.join("; ");
    let (title, href) = (Escaped(&title), shell.link(&first.link.href));
    let inner = if group.len() > 1 {
        format!(
            "<circle class=\"disc\" r=\"9\"/><text class=\"count\" text-anchor=\"middle\" dy=\"4\">{}</text>",
            group.len()
        )
    } else {
        let (path, filled) = first.shape.path();
        let class = if filled { "f" } else { "o" };
        let missed = if first.shape == Shape::Missed { " missed" } else { "" };
        format!("<circle class=\"disc\" r=\"8\"/><path class=\"{class}{missed}\" d=\"{path}\"/>")
    };
    // The transparent disc is what a finger hits: 26 px.
    format!(
        "<svg x=\"{place}\" y=\"14\" overflow=\"visible\"><a href=\"{}\" tabindex=\"-1\"><title>{title}</title><circle class=\"hit\" r=\"13\"/>{inner}</a></svg>",
        Escaped(&href)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(n: u64) -> UnixSeconds {
        UnixSeconds(Seconds::hours(n).0)
    }

    fn mark(at: UnixSeconds, title: &str) -> Mark {
        Mark { at, until: None, shape: Shape::Step, link: Link::new("/log/a", title) }
    }

    fn day(marks: Vec<Mark>) -> Timeline {
        let lanes = vec![Lane { title: "Steps".to_owned(), marks }];
        Timeline { from: hours(0), to: hours(24), lanes }
    }

    fn drawn(timeline: &Timeline) -> String {
        timeline.lanes[0].drawing(timeline, &Shell::default()).to_string()
    }

    #[test]
    fn a_mark_stands_where_its_time_is() {
        assert_eq!(day(vec![]).place(hours(6)).unwrap().to_string(), "25.00%");
        assert_eq!(day(vec![]).place(hours(25)), None);
        assert!(drawn(&day(vec![mark(hours(12), "noon")])).contains("x=\"50.00%\""));
    }

    #[test]
    fn marks_that_would_cover_each_other_become_a_count() {
        let html = drawn(&day(vec![mark(hours(12), "b"), mark(UnixSeconds(43_100), "a")]));
        assert_eq!(html.matches("<a ").count(), 1);
        assert!(html.contains("<title>a; b</title>") && html.contains(">2</text>"), "{html}");
    }

    #[test]
    fn a_span_ends_at_the_edge_of_the_axis() {
        let mut long = mark(hours(18), "partition");
        long.until = Some(hours(40));
        assert!(drawn(&day(vec![long])).contains("x=\"75.00%\" y=\"11\" width=\"25.00%\""));
    }

    #[test]
    fn ticks_stand_at_full_hours_and_few() {
        let timeline = day(vec![]);
        let ticks = timeline.ticks();
        let texts: Vec<&str> = ticks.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["1 Jan", "04:00", "08:00", "12:00", "16:00", "20:00", "2 Jan"]);
    }

    #[test]
    fn an_axis_without_length_has_no_marks() {
        let empty = Timeline { to: hours(0), ..day(vec![mark(hours(0), "now")]) };
        assert!(!drawn(&empty).contains("<a "));
        assert!(empty.ticks().is_empty());
    }
}
