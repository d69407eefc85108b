//! The node's own file of people to reach: rosters, channels, quiet hours. It is in no log and goes to no other node.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use veche_charter::Charter;
use veche_charter::fault::nearest;
use veche_ledger::{Label, PartyId, Seconds, UnixSeconds};

/// Longest file, in bytes: a roster of a thousand people fits.
pub const ROSTER_LEN_MAX: u64 = 256 * 1024;

/// How long a person has to acknowledge before the next one is told, if the file does not say.
const WAIT: Seconds = Seconds::minutes(2);
/// The same for what is not urgent.
const WAIT_ROUTINE: Seconds = Seconds::hours(4);
/// What must be answered within so long is urgent.
const URGENT_WITHIN: Seconds = Seconds::hours(24);
/// What is due so soon is urgent, however long there was.
const SOON: Seconds = Seconds::hours(2);
/// Most messages to one person by one channel in an hour: a flood of records is no flood of messages.
const MOST_PER_HOUR: u32 = 30;
/// How long a channel may take over one message.
const TIMEOUT: Seconds = Seconds(20);
/// The longest that a file may let a channel take: a slow server holds one thread for so long.
const TIMEOUT_MAX: Seconds = Seconds(120);

/// What is wrong with a roster file.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// It cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It is too long.
    #[error("`{0}` is longer than {ROSTER_LEN_MAX} bytes")]
    TooLong(PathBuf),
    /// It is not of the form.
    #[error("it is not of the form: {0}")]
    Form(String),
    /// A duration is none.
    #[error("`{place}` is `{text}`: write a number and `s`, `m`, `h` or `d`, as `90s`")]
    Duration {
        /// The key.
        place: String,
        /// As written.
        text: String,
    },
    /// A channel's own keys do not fit its kind.
    #[error("channel `{channel}`: {what}")]
    Channel {
        /// The channel.
        channel: String,
        /// What is wrong.
        what: String,
    },
    /// A name leads nowhere.
    #[error("`{place}` names `{name}`, {what}{}", near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Unknown {
        /// The key.
        place: String,
        /// The name.
        name: String,
        /// What there is not.
        what: &'static str,
        /// What may be meant.
        near: Option<String>,
    },
    /// A person or roster could never be reached.
    #[error("{0}")]
    Nobody(String),
    /// Quiet hours are none.
    #[error(
        "person `{person}`: quiet hours are `22:00-06:00`, and the zone `+03:00`; found `{text}`"
    )]
    Quiet {
        /// The person.
        person: String,
        /// As written.
        text: String,
    },
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What links in messages begin with.
    desk: Option<String>,
    wait: Option<String>,
    wait_routine: Option<String>,
    urgent_within: Option<String>,
    soon: Option<String>,
    most_per_hour: Option<u32>,
    #[serde(default)]
    channel: BTreeMap<String, WrittenChannel>,
    #[serde(default)]
    person: BTreeMap<String, WrittenPerson>,
    #[serde(default)]
    roster: Vec<WrittenRoster>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChannel {
    kind: Kind,
    label: String,
    timeout: Option<String>,
    server: Option<String>,
    tls: Option<String>,
    from: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    url: Option<String>,
    token_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    command: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Email,
    Webhook,
    Command,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPerson {
    officer: String,
    quiet: Option<String>,
    zone: Option<String>,
    by: Vec<WrittenAddress>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAddress {
    channel: String,
    #[serde(default)]
    to: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRoster {
    party: Option<String>,
    #[serde(default)]
    duties: BTreeSet<String>,
    #[serde(default)]
    labels: BTreeSet<String>,
    people: Vec<String>,
}

/// People to reach, checked against the charter.
#[derive(Debug, Clone)]
pub struct Roster {
    /// What links in messages begin with: the desk's address, without a slash at its end.
    pub desk: Option<String>,
    /// How long a person has to acknowledge before the next one is told.
    pub wait: Seconds,
    /// The same for what is not urgent.
    pub wait_routine: Seconds,
    /// What must be answered within so long is urgent.
    pub urgent_within: Seconds,
    /// What is due so soon is urgent.
    pub soon: Seconds,
    /// Most messages to one person by one channel in an hour.
    pub most_per_hour: u32,
    /// Channels by name.
    pub channels: BTreeMap<String, Channel>,
    /// People by name.
    pub people: BTreeMap<String, Person>,
    /// Rosters, in the order in which they are tried.
    pub rosters: Vec<Duty>,
}

/// A way to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The highest label whose content may go this way.
    pub label: Label,
    /// How long one message may take.
    pub timeout: Seconds,
    /// How.
    pub way: Way,
}

/// How a channel carries a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By SMTP.
    Email(Email),
    /// By an HTTPS POST of JSON.
    Webhook(Webhook),
    /// By a program of this machine, with the message as JSON on its standard input.
    Command(Vec<String>),
}

impl Channel {
    /// Returns the files with secrets that it reads.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Path> {
        match &self.way {
            Way::Email(email) => email.login.iter().map(|(_, file)| file.as_path()).collect(),
            Way::Webhook(webhook) => webhook.token_file.iter().map(PathBuf::as_path).collect(),
            Way::Command(_) => Vec::new(),
        }
    }
}

/// A mail server and how to speak with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made private.
    pub tls: Tls,
    /// Who writes.
    pub from: String,
    /// User and the file with the password.
    pub login: Option<(String, PathBuf)>,
    /// A file with the certificates that are trusted in place of the system's.
    pub ca_file: Option<PathBuf>,
}

/// How a connection to a mail server is made private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, and not at all without it.
    Starttls,
    /// Not: on this machine only.
    None,
}

/// Where a webhook posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// A file with a bearer token.
    pub token_file: Option<PathBuf>,
    /// A file with the certificates that are trusted in place of the system's.
    pub ca_file: Option<PathBuf>,
}

/// A person who may be reached.
#[derive(Debug, Clone)]
pub struct Person {
    /// Whose seat at the desk is this person's.
    pub officer: String,
    /// When only what is urgent may come.
    pub quiet: Option<Quiet>,
    /// Channels, the first preferred, each with the person's address there.
    pub by: Vec<(String, String)>,
}

/// Hours of the day, in minutes after midnight of a zone; over midnight if the end is the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: u32,
    until: u32,
    zone_minutes: i32,
}

/// Who is told, in which order, of what.
#[derive(Debug, Clone)]
pub struct Duty {
    /// Whose matters.
    pub party: PartyId,
    /// Only of these duties; empty: of all.
    pub duties: BTreeSet<String>,
    /// Only at these labels; empty: at all.
    pub labels: BTreeSet<Label>,
    /// The people, first to last.
    pub people: Vec<String>,
}

const MINUTES_PER_DAY: u32 = 24 * 60;

impl Quiet {
    fn parse(hours: &str, zone: &str) -> Option<Self> {
        let (from, until) = hours.split_once('-')?;
        let clock = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let is_short = hours.len() == 2 && minutes.len() == 2;
            let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
            // Only then: a number of ten digits times 60 is none.
            (is_short && hours < 24 && minutes < 60).then(|| hours * 60 + minutes)
        };
        let sign = match zone.get(..1)? {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        let zone_minutes = sign * i32::try_from(clock(zone.get(1..)?)?).ok()?;
        let (from, until) = (clock(from)?, clock(until)?);
        (from != until).then_some(Self { from, until, zone_minutes })
    }

    /// Returns true if a time falls into these hours.
    #[must_use]
    pub fn contains(&self, at: UnixSeconds) -> bool {
        let day = i64::from(MINUTES_PER_DAY);
        let minutes = i64::try_from(at.0 / 60 % u64::from(MINUTES_PER_DAY)).unwrap_or_default();
        let local = (minutes + i64::from(self.zone_minutes)).rem_euclid(day);
        let (from, until) = (i64::from(self.from), i64::from(self.until));
        if from < until { (from..until).contains(&local) } else { local >= from || local < until }
    }
}

impl Person {
    /// Returns true if nothing but what is urgent may come to this person now.
    #[must_use]
    pub fn is_quiet(&self, at: UnixSeconds) -> bool {
        self.quiet.is_some_and(|quiet| quiet.contains(at))
    }
}

impl Roster {
    /// Reads a roster file; paths in it that are not absolute begin at its folder.
    ///
    /// # Errors
    /// [`RosterError`].
    pub fn load(path: &Path, charter: &Charter, own: &PartyId) -> Result<Self, RosterError> {
        let fail = |error| RosterError::Read { path: path.to_owned(), error };
        if std::fs::metadata(path).map_err(fail)?.len() > ROSTER_LEN_MAX {
            return Err(RosterError::TooLong(path.to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(fail)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::read(&text, folder, charter, own)
    }

    /// Reads a roster from its text.
    ///
    /// # Errors
    /// [`RosterError`].
    pub fn read(
        text: &str,
        folder: &Path,
        charter: &Charter,
        own: &PartyId,
    ) -> Result<Self, RosterError> {
        let written: Written =
            toml::from_str(text).map_err(|error| RosterError::Form(error.to_string()))?;
        let span = |place: &str, text: &Option<String>, default: Seconds| match text {
            Some(text) => duration(place, text),
            None => Ok(default),
        };
        let channels = written
            .channel
            .into_iter()
            .map(|(name, channel)| Ok((name.clone(), channel.checked(&name, folder, charter)?)))
            .collect::<Result<BTreeMap<_, _>, RosterError>>()?;
        let people = written
            .person
            .into_iter()
            .map(|(name, person)| Ok((name.clone(), person.checked(&name, &channels)?)))
            .collect::<Result<BTreeMap<_, _>, RosterError>>()?;
        let rosters = written
            .roster
            .into_iter()
            .map(|roster| roster.checked(&people, charter, own))
            .collect::<Result<Vec<_>, _>>()?;
        if rosters.is_empty() {
            let said = "no `[[roster]]` says who is told: `[[roster]]` and `people = [..]`";
            return Err(RosterError::Nobody(said.to_owned()));
        }
        for roster in &rosters {
            check_officers(roster, &people, charter)?;
        }
        Ok(Self {
            desk: written.desk.map(|desk| desk.trim_end_matches('/').to_owned()),
            wait: span("wait", &written.wait, WAIT)?,
            wait_routine: span("wait_routine", &written.wait_routine, WAIT_ROUTINE)?,
            urgent_within: span("urgent_within", &written.urgent_within, URGENT_WITHIN)?,
            soon: span("soon", &written.soon, SOON)?,
            most_per_hour: written.most_per_hour.unwrap_or(MOST_PER_HOUR).max(1),
            channels,
            people,
            rosters,
        })
    }

    /// Returns the people who are told of a matter, first to last: those of the first roster that fits.
    #[must_use]
    pub fn people_for(
        &self,
        party: &PartyId,
        duties: &BTreeSet<String>,
        label: &Label,
    ) -> &[String] {
        let fits = |roster: &&Duty| {
            roster.party == *party
                && (roster.duties.is_empty() || !roster.duties.is_disjoint(duties))
                && (roster.labels.is_empty() || roster.labels.contains(label))
        };
        self.rosters.iter().find(fits).map_or(&[], |roster| &roster.people)
    }
}

impl WrittenChannel {
    fn checked(self, name: &str, folder: &Path, charter: &Charter) -> Result<Channel, RosterError> {
        let place = |key: &str| format!("channel.{name}.{key}");
        let labels = || charter.labels.keys().map(Label::as_str);
        let label = Label::parse(&self.label).ok().filter(|l| charter.labels.contains_key(l));
        let label = label.ok_or_else(|| {
            unknown(place("label"), &self.label, "and the charter has no such label", labels())
        })?;
        let timeout = match &self.timeout {
            Some(text) => duration(&place("timeout"), text)?,
            None => TIMEOUT,
        };
        let fault = |what: String| RosterError::Channel { channel: name.to_owned(), what };
        if timeout > TIMEOUT_MAX {
            return Err(fault(format!("`timeout` is at most {} s", TIMEOUT_MAX.0)));
        }
        let way = self.way(folder).map_err(fault)?;
        Ok(Channel { label, timeout, way })
    }

    fn way(self, folder: &Path) -> Result<Way, String> {
        let path = |path: Option<PathBuf>| path.map(|path| folder.join(path));
        let foreign: &[(&str, bool)] = &[
            ("server", self.server.is_some() && self.kind != Kind::Email),
            ("tls", self.tls.is_some() && self.kind != Kind::Email),
            ("from", self.from.is_some() && self.kind != Kind::Email),
            ("user", self.user.is_some() && self.kind != Kind::Email),
            ("password_file", self.password_file.is_some() && self.kind != Kind::Email),
            ("url", self.url.is_some() && self.kind != Kind::Webhook),
            ("token_file", self.token_file.is_some() && self.kind != Kind::Webhook),
            ("ca_file", self.ca_file.is_some() && self.kind == Kind::Command),
            ("command", self.command.is_some() && self.kind != Kind::Command),
        ];
        if let Some((key, _)) = foreign.iter().find(|(_, is_foreign)| *is_foreign) {
            return Err(format!("`{key}` does not belong to its kind"));
        }
        match self.kind {
            Kind::Email => {
                let server =
                    self.server.ok_or("an e-mail channel needs `server = \"host:port\"`")?;
                let (host, port) = server.rsplit_once(':').ok_or("`server` is `host:port`")?;
                let port = port.parse().map_err(|_| "the port of `server` is a number")?;
                let tls = tls(self.tls.as_deref().unwrap_or("starttls"), host)?;
                let from = self.from.ok_or("an e-mail channel needs `from`")?;
                let login = match (self.user, path(self.password_file)) {
                    (Some(user), Some(file)) => Some((user, file)),
                    (None, None) => None,
                    _ => return Err("`user` and `password_file` go together".to_owned()),
                };
                let host = host.trim_matches(['[', ']']).to_owned();
                Ok(Way::Email(Email { host, port, tls, from, login, ca_file: path(self.ca_file) }))
            }
            Kind::Webhook => {
                let url = self.url.ok_or("a webhook needs `url`")?;
                let rest = url.strip_prefix("http://");
                let host = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
                if !url.starts_with("https://") && !host.is_some_and(is_this_machine) {
                    return Err(
                        "`url` begins with `https://`; `http://` leads to this machine only"
                            .to_owned(),
                    );
                }
                let (token_file, ca_file) = (path(self.token_file), path(self.ca_file));
                Ok(Way::Webhook(Webhook { url, token_file, ca_file }))
            }
            Kind::Command => {
                let command = self.command.filter(|argv| !argv.is_empty());
                let mut command =
                    command.ok_or("a command channel needs `command = [\"/program\", ..]`")?;
                if let Some(program) = command.first_mut().filter(|program| program.contains('/')) {
                    *program = folder.join(&*program).display().to_string();
                }
                Ok(Way::Command(command))
            }
        }
    }
}

fn tls(word: &str, host: &str) -> Result<Tls, String> {
    match word {
        "implicit" => Ok(Tls::Implicit),
        "starttls" => Ok(Tls::Starttls),
        "none" if is_this_machine(host) => Ok(Tls::None),
        "none" => Err("`tls = \"none\"` is for a server on this machine only".to_owned()),
        _ => Err("`tls` is `implicit`, `starttls` or `none`".to_owned()),
    }
}

/// Returns true if a host, with or without a port, is this machine by its name.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    ["127.0.0.1", "localhost", "::1"].contains(&name)
}

impl WrittenPerson {
    fn checked(
        self,
        name: &str,
        channels: &BTreeMap<String, Channel>,
    ) -> Result<Person, RosterError> {
        let zone = self.zone.as_deref().unwrap_or("+00:00");
        let quiet = self.quiet.map(|text| {
            let fault =
                || RosterError::Quiet { person: name.to_owned(), text: format!("{text} {zone}") };
            Quiet::parse(&text, zone).ok_or_else(fault)
        });
        let mut by = Vec::new();
        for address in self.by {
            let Some(channel) = channels.get(&address.channel) else {
                let (place, known) =
                    (format!("person.{name}.by"), channels.keys().map(String::as_str));
                return Err(unknown(
                    place,
                    &address.channel,
                    "and there is no such channel",
                    known,
                ));
            };
            if address.to.is_empty() && matches!(channel.way, Way::Email(_)) {
                let said = format!(
                    "person `{name}` has no address for channel `{}`: `to = ..`",
                    address.channel
                );
                return Err(RosterError::Nobody(said));
            }
            by.push((address.channel, address.to));
        }
        if by.is_empty() {
            return Err(RosterError::Nobody(format!(
                "person `{name}` has no channel: `by = [..]`"
            )));
        }
        Ok(Person { officer: self.officer, quiet: quiet.transpose()?, by })
    }
}

impl WrittenRoster {
    fn checked(
        self,
        people: &BTreeMap<String, Person>,
        charter: &Charter,
        own: &PartyId,
    ) -> Result<Duty, RosterError> {
        let place = |key: &str| format!("roster.{key}");
        let party = match &self.party {
            None => own.clone(),
            Some(name) => {
                let known = charter.parties.keys().map(PartyId::as_str);
                let party = PartyId::parse(name).ok().filter(|p| charter.parties.contains_key(p));
                party.ok_or_else(|| {
                    unknown(place("party"), name, "and the charter has no such party", known)
                })?
            }
        };
        for duty in &self.duties {
            let mut known = charter.duties.keys().map(|name| name.as_str());
            if !known.any(|name| name == duty) {
                let known = charter.duties.keys().map(|name| name.as_str());
                return Err(unknown(
                    place("duties"),
                    duty,
                    "and the charter has no such duty",
                    known,
                ));
            }
        }
        let label = |name: &String| {
            let label = Label::parse(name).ok().filter(|l| charter.labels.contains_key(l));
            let known = charter.labels.keys().map(Label::as_str);
            label.ok_or_else(|| {
                unknown(place("labels"), name, "and the charter has no such label", known)
            })
        };
        let labels = self.labels.iter().map(label).collect::<Result<_, _>>()?;
        for name in &self.people {
            if !people.contains_key(name) {
                let known = people.keys().map(String::as_str);
                return Err(unknown(place("people"), name, "and there is no such person", known));
            }
        }
        if self.people.is_empty() {
            return Err(RosterError::Nobody("a roster lists nobody: `people = [..]`".to_owned()));
        }
        Ok(Duty { party, duties: self.duties, labels, people: self.people })
    }
}

/// A person is told in place of an officer: whose seat nobody has could never open what waits.
fn check_officers(
    roster: &Duty,
    people: &BTreeMap<String, Person>,
    charter: &Charter,
) -> Result<(), RosterError> {
    let Some(party) = charter.parties.get(&roster.party) else { return Ok(()) };
    let listed = &party.keys.officers;
    for (name, person) in roster.people.iter().filter_map(|name| Some((name, people.get(name)?))) {
        if !listed.is_empty() && !listed.contains_key(&person.officer) {
            let (place, known) =
                (format!("person.{name}.officer"), listed.keys().map(String::as_str));
            let what = "and the charter lists no such officer of the party";
            return Err(unknown(place, &person.officer, what, known));
        }
    }
    Ok(())
}

fn unknown<'a>(
    place: String,
    name: &str,
    what: &'static str,
    known: impl Iterator<Item = &'a str>,
) -> RosterError {
    let near = nearest(name, known).map(str::to_owned);
    RosterError::Unknown { place, name: name.to_owned(), what, near }
}

/// Reads `90s`, `2m`, `4h`, `1d`.
fn duration(place: &str, text: &str) -> Result<Seconds, RosterError> {
    let fault = || RosterError::Duration { place: place.to_owned(), text: text.to_owned() };
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(fault)?;
    let number: u64 = number.parse().map_err(|_| fault())?;
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return Err(fault()),
    };
    let seconds =
        number.checked_mul(each).filter(|seconds| (1..=366 * 24 * 3600).contains(seconds));
    seconds.map(Seconds).ok_or_else(fault)
}
