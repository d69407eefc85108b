//! What surrounds each page: the organisation, who acts, when it is, under which label, and what was just done.

use crate::html::{Escaped, Html};
use crate::parts::{Label, Link, Refusal};
use crate::texts;
use askama::Template;
use veche_ledger::{Seconds, UnixSeconds};

/// Spans under this are counted down to the second.
const COUNT_SECONDS_UNDER: Seconds = Seconds::hours(24);

/// The reader's zone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    /// How it is named beside a time: `Halcis`.
    pub name: String,
    /// Minutes east of UTC at the moment shown.
    pub offset_minutes: i32,
}

/// The time of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clock {
    /// Now: all ages and countdowns of the page count from here.
    pub now: UnixSeconds,
    /// The reader's zone; UTC alone is shown without one.
    pub zone: Option<Zone>,
    /// How fast it runs, in thousandths of real time: 1,000 is real, 0 stands still (an exercise at rest).
    pub rate_thousandths: u32,
}

/// A party, by name and id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The charter's id: `halcis`.
    pub id: String,
    /// Its name: `Halcis`.
    pub name: String,
}

/// A seat: for whom, and as what, a visitor acts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seat {
    /// What is sent to take it: `halcis.duty`.
    pub id: String,
    /// The party.
    pub party: Party,
    /// The office: `duty officer`.
    pub office: String,
}

/// An exercise that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drill {
    /// Its name: `LANTERN`.
    pub name: String,
    /// The word for an exercise in the page's languages: `EXERCISE`.
    pub words: Vec<String>,
}

/// How fresh a page is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// Records that the node held when the page was made.
    pub records: u64,
    /// How far the node is behind its peers' last known heads.
    pub lag: Seconds,
    /// Where server-sent events come from: an event `records` whose data is the number of records held. None: the page
    /// is not kept up.
    pub stream: Option<String>,
    /// What is out of reach, a phrase each: `no contact with Mirez for 3 h`.
    pub out_of_reach: Vec<String>,
}

/// What the last act of the visitor led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flash {
    /// It was done: in words, with the record.
    Done {
        /// What was done.
        text: String,
        /// Where it can be seen.
        link: Option<Link>,
    },
    /// It was signed and is not yet with the others.
    NotDelivered {
        /// What was done, and who has not got it.
        text: String,
    },
    /// The charter refused it.
    Refused(Refusal),
}

/// The theme of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    System,
    /// Light, by `?theme=light`.
    Light,
    /// Dark, by `?theme=dark`.
    Dark,
}

impl Theme {
    /// Returns the theme that a `theme` parameter names.
    #[must_use]
    pub fn from_parameter(value: &str) -> Option<Self> {
        match value {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    pub(crate) const fn parameter(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// What the names of an act's own fields begin with.
const TYPED: &str = "t.";

/// What surrounds a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shell {
    /// The organisation: `Six Rivers Compact`.
    pub organisation: String,
    /// Who acts; none for a visitor who has not signed in.
    pub seat: Option<Seat>,
    /// Other seats that the visitor may take.
    pub seats: Vec<Seat>,
    /// The time.
    pub clock: Clock,
    /// The exercise, if one is going on: its band frames the page.
    pub drill: Option<Drill>,
    /// The highest label of what the page shows.
    pub label: Option<Label>,
    /// Path of the page: `/cases/C-1`.
    pub path: String,
    /// Its query without the theme, as sent: `area=vael-pass`, or empty.
    pub query: String,
    /// The theme that was asked for.
    pub theme: Theme,
    /// Whether the page hangs on a wall: larger, without navigation.
    pub wall: bool,
    /// How fresh it is.
    pub live: Live,
    /// Why nothing can be signed from this seat, and what to do, if that is so.
    pub read_only: Option<String>,
    /// What a reader of this page must know about the charter: that another one is in force, that the program is too old.
    pub notes: Vec<String>,
    /// What the visitor's last act led to.
    pub flash: Option<Flash>,
    /// The fields of an act that was not done, by name, as they were sent: nothing that was typed is lost.
    pub typed: Vec<(String, String)>,
    /// Build of the program: `0.1.0 (4f1c2a9)`.
    pub build: String,
    /// Fingerprint of the node's key.
    pub node_key: String,
    /// Which view of boundaries is shown, and that none implies recognition.
    pub boundary_note: String,
    /// Where data come from and of which date, if the page shows data of others.
    pub sources_note: Option<String>,
}

impl Shell {
    /// Returns true if the seat has a delegation behind it: in earnest, and not in an exercise.
    pub(crate) const fn has_delegation(&self) -> bool {
        self.seat.is_some() && self.drill.is_none()
    }

    /// Returns what was typed into an act that was not done, by the fields' own names.
    pub(crate) fn typed_fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typed
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(TYPED)?, value.as_str())))
    }

    /// Returns what else was sent with it.
    pub(crate) fn typed_beside(&self) -> impl Iterator<Item = &(String, String)> {
        self.typed.iter().filter(|(name, _)| !name.starts_with(TYPED))
    }

    /// Returns a path of this node with the chosen theme in its query, or a web address as it is.
    ///
    /// Anything else becomes `#`: a source of a feed may name `javascript:` or worse.
    pub(crate) fn link(&self, href: &str) -> String {
        let is_web = ["#", "https://", "http://"].iter().any(|start| href.starts_with(start));
        match self.theme.parameter() {
            _ if is_web => href.to_owned(),
            _ if !href.starts_with('/') => "#".to_owned(),
            Some(theme) => with_parameter(href, "theme", theme),
            None => href.to_owned(),
        }
    }

    /// Returns path and query of the page without its theme.
    pub(crate) fn address(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// Returns where a form leads back to: the page in the theme that was asked for.
    pub(crate) fn back(&self) -> String {
        self.theme.parameter().map_or_else(|| self.address(), |theme| self.in_theme(theme))
    }

    /// Returns the page's address in its theme.
    pub(crate) fn own_link(&self) -> String {
        self.link(&self.address())
    }

    /// Returns the page's address in a theme.
    pub(crate) fn in_theme(&self, theme: &str) -> String {
        with_parameter(&self.address(), "theme", theme)
    }

    /// Tells whether a section of the navigation holds this page.
    pub(crate) fn is_in(&self, section: &str) -> bool {
        match section {
            "/" => self.path == "/",
            section => {
                self.path.strip_prefix(section).is_some_and(|r| r.is_empty() || r.starts_with('/'))
            }
        }
    }

    /// Returns a time as tables show it: `2027-03-01 11:00`, UTC.
    pub(crate) fn stamp(&self, at: &UnixSeconds) -> Html {
        let at = *at;
        let said = minutes(at);
        Html::already_escaped(format!("<time datetime=\"{at}\">{said}</time>"))
    }

    /// Returns a time of day, with as much of the date as is not today's: `11:00`, `2 Mar 11:00`, `2028-01-02 11:00`; UTC.
    pub(crate) fn hour(&self, at: &UnixSeconds) -> Html {
        let at = *at;
        let said = self.day_and_hour(at);
        Html::already_escaped(format!("<time datetime=\"{at}\">{said}</time>"))
    }

    /// Returns a time in both zones: `11:00 UTC, 14:00 Halcis`.
    pub(crate) fn both(&self, at: &UnixSeconds) -> Html {
        let at = *at;
        let utc = format!("{} {}", self.day_and_hour(at), texts::UTC);
        let local = self.clock.zone.as_ref().map_or_else(String::new, |zone| {
            let there = shifted(at, zone.offset_minutes);
            let said = if there.date() == at.date() { hour(there) } else { day_and_hour(there) };
            format!(", {said} {}", Escaped(&zone.name))
        });
        Html::already_escaped(format!("<time datetime=\"{at}\">{utc}{local}</time>"))
    }

    /// Returns the time of day in the reader's zone: `09:20 Halcis`.
    pub(crate) fn local_hour(&self) -> Option<String> {
        let zone = self.clock.zone.as_ref()?;
        let there = shifted(self.clock.now, zone.offset_minutes);
        Some(format!("{} {}", hour(there), zone.name))
    }

    /// Returns how long it is until a time, or by how much it has passed. Scripts count it down.
    pub(crate) fn until(&self, at: &UnixSeconds) -> Html {
        let at = *at;
        let now = self.clock.now;
        let (said, class) = if at > now {
            (texts::in_span(at.since(now)), "count")
        } else {
            (texts::late_by(now.since(at)), "count late")
        };
        let is_near = at > now && at.since(now) < COUNT_SECONDS_UNDER;
        let to_the_second = if is_near { " data-seconds" } else { "" };
        Html::already_escaped(format!(
            "<time class=\"{class}\" datetime=\"{at}\" data-at=\"{}\"{to_the_second}>{said}</time>",
            at.0
        ))
    }

    /// Returns how long ago a time was.
    pub(crate) fn ago(&self, at: &UnixSeconds) -> Html {
        let at = *at;
        let said = texts::ago(self.clock.now.since(at));
        Html::already_escaped(format!("<time datetime=\"{at}\" title=\"{at}\">{said}</time>"))
    }

    fn day_and_hour(&self, at: UnixSeconds) -> String {
        day_and_hour_at(at, self.clock.now)
    }
}

#[derive(Template)]
#[template(path = "part/header.html")]
struct Header<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "part/flash.html")]
struct FlashView<'a> {
    shell: &'a Shell,
    flash: &'a Flash,
}

#[derive(Template)]
#[template(path = "part/footer.html")]
struct Footer<'a> {
    shell: &'a Shell,
}

impl Shell {
    pub(crate) fn header(&self) -> Html {
        Html::from_template(&Header { shell: self })
    }

    pub(crate) fn flash_html(&self) -> Html {
        self.flash.as_ref().map_or_else(Html::default, |flash| {
            Html::from_template(&FlashView { shell: self, flash })
        })
    }

    pub(crate) fn footer(&self) -> Html {
        Html::from_template(&Footer { shell: self })
    }
}

/// Returns `2027-03-01 11:00`.
fn minutes(at: UnixSeconds) -> String {
    let text = at.to_string();
    let (day, hour) = (text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default());
    format!("{day} {hour}")
}

/// Returns a time in UTC for a sentence, with as much of the date as is not today's: `11:00 UTC`, `2 Mar 11:00 UTC`.
pub(crate) fn time_in_words(at: UnixSeconds, now: UnixSeconds) -> String {
    format!("{} {}", day_and_hour_at(at, now), texts::UTC)
}

fn day_and_hour_at(at: UnixSeconds, now: UnixSeconds) -> String {
    let (there, here) = (at.date(), now.date());
    match (there == here, there.0 == here.0) {
        (true, _) => hour(at),
        (false, true) => day_and_hour(at),
        (false, false) => minutes(at),
    }
}

/// Returns `11:00`.
fn hour(at: UnixSeconds) -> String {
    minutes(at).get(11..).unwrap_or_default().to_owned()
}

/// Returns `2 Mar 11:00`.
fn day_and_hour(at: UnixSeconds) -> String {
    let (_, month, day) = at.date();
    format!("{day} {} {}", texts::month(month), hour(at))
}

fn shifted(at: UnixSeconds, offset_minutes: i32) -> UnixSeconds {
    let by = Seconds::minutes(u64::from(offset_minutes.unsigned_abs()));
    if offset_minutes < 0 { at - by } else { at + by }
}

fn with_parameter(href: &str, name: &str, value: &str) -> String {
    let (address, fragment) = href.split_once('#').map_or((href, ""), |(a, f)| (a, f));
    let mark = if address.contains('?') { '&' } else { '?' };
    let hash = if fragment.is_empty() { "" } else { "#" };
    format!("{address}{mark}{name}={value}{hash}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixSeconds {
        UnixSeconds::parse(text).unwrap()
    }

    fn shell() -> Shell {
        let zone = Zone { name: "Mirez".to_owned(), offset_minutes: 300 };
        let now = at("2027-03-01T06:20:00Z");
        Shell { clock: Clock { now, zone: Some(zone), rate_thousandths: 1000 }, ..Shell::default() }
    }

    #[test]
    fn a_deadline_stands_in_utc_and_in_the_readers_zone() {
        insta::assert_snapshot!(shell().both(&at("2027-03-01T11:00:00Z")), @r#"<time datetime="2027-03-01T11:00:00Z">11:00 UTC, 16:00 Mirez</time>"#);
        insta::assert_snapshot!(shell().both(&at("2027-03-01T23:30:00Z")), @r#"<time datetime="2027-03-01T23:30:00Z">23:30 UTC, 2 Mar 04:30 Mirez</time>"#);
    }

    #[test]
    fn a_time_of_another_day_or_year_says_so() {
        let shown = |text| shell().day_and_hour(at(text));
        assert_eq!(shown("2027-03-01T00:05:00Z"), "00:05");
        assert_eq!(shown("2027-02-28T00:05:00Z"), "28 Feb 00:05");
        assert_eq!(shown("2028-03-01T00:05:00Z"), "2028-03-01 00:05");
    }

    #[test]
    fn a_span_under_a_day_is_counted_to_the_second() {
        insta::assert_snapshot!(shell().until(&at("2027-03-01T11:00:00Z")), @r#"<time class="count" datetime="2027-03-01T11:00:00Z" data-at="1803898800" data-seconds>in 4 h 40 min</time>"#);
        insta::assert_snapshot!(shell().until(&at("2027-03-05T11:00:00Z")), @r#"<time class="count" datetime="2027-03-05T11:00:00Z" data-at="1804244400">in 4 d 4 h</time>"#);
        insta::assert_snapshot!(shell().until(&at("2027-03-01T06:00:00Z")), @r#"<time class="count late" datetime="2027-03-01T06:00:00Z" data-at="1803880800">20 min late</time>"#);
    }

    #[test]
    fn a_zone_west_of_utc_counts_back() {
        assert_eq!(shifted(at("2027-03-01T00:30:00Z"), -90), at("2027-02-28T23:00:00Z"));
    }

    #[test]
    fn the_theme_stays_in_every_link_of_this_node() {
        let shell = Shell { theme: Theme::Dark, ..shell() };
        assert_eq!(shell.link("/cases"), "/cases?theme=dark");
        assert_eq!(shell.link("/log?from=3#r7"), "/log?from=3&theme=dark#r7");
        assert_eq!(shell.link("#act"), "#act");
        assert_eq!(shell.link("javascript:alert(1)"), "#");
        assert_eq!(shell.link("https://six-rivers.example/"), "https://six-rivers.example/");
    }

    #[test]
    fn a_form_leads_back_in_the_theme_that_was_asked_for() {
        let shell = Shell { path: "/log".to_owned(), theme: Theme::Dark, ..shell() };
        assert_eq!(shell.back(), "/log?theme=dark");
        assert_eq!(Shell { theme: Theme::System, ..shell }.back(), "/log");
    }

    #[test]
    fn a_section_holds_the_pages_under_it() {
        let shell = Shell { path: "/cases/C-1".to_owned(), ..shell() };
        assert!(shell.is_in("/cases") && !shell.is_in("/") && !shell.is_in("/case"));
    }
}
