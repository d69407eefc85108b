//! A charter begun from a template: other names, other members, and the witnesses that follow from their number.
//!
//! Works on the text, so that the comments which explain the template stay where they are.

use veche_ledger::PartyId;

/// What a new charter is called, and who its members are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its name: `river-pact`.
    pub name: String,
    /// The first part of every log's origin, for good: a domain that the organisation has.
    pub organisation: String,
    /// Its name for people: `River Pact`.
    pub title: String,
    /// The members: id, and name for people.
    pub members: Vec<(PartyId, String)>,
}

/// Why a template gives no charter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// One party has nobody to agree with, and nobody to witness its log.
    #[error("a charter needs at least two members, {0} given")]
    TooFew(usize),
    /// Two members with one id.
    #[error("member `{0}` is there twice")]
    Twice(PartyId),
    /// The template has no line that this must change.
    #[error("the template has no {0}")]
    NoPlace(&'static str),
}

/// Returns the template's text with the new names and members. What comes out is to be loaded like any charter.
///
/// A template lists its members one a line in `[parties]`, each with `status = "member"`.
///
/// # Errors
/// [`TemplateError::TooFew`], [`TemplateError::Twice`]; [`TemplateError::NoPlace`] if the text is no such template.
pub fn begin(template: &str, begun: &Begun) -> Result<String, TemplateError> {
    let mut ids: Vec<&PartyId> = begun.members.iter().map(|(id, _)| id).collect();
    if ids.len() < 2 {
        return Err(TemplateError::TooFew(ids.len()));
    }
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(TemplateError::Twice(pair[0].clone()));
    }
    let mut writer =
        Writer { begun, section: String::new(), others: 0, out: Vec::new(), put: false };
    writer.others = others(template);
    writer.out.push(format!(
        "# {}: begun from a template. Read each line and its article: these are your rules now.",
        begun.title
    ));
    template.lines().skip_while(|line| line.starts_with('#')).for_each(|line| writer.line(line));
    if !writer.put {
        return Err(TemplateError::NoPlace("line of a member in `[parties]`"));
    }
    Ok(format!("{}\n", writer.out.join("\n")))
}

/// Returns how many parties of the template are no members: they stay.
fn others(template: &str) -> usize {
    let mut section = String::new();
    let is_other = |line: &&str| {
        note_section(line, &mut section);
        section == "parties" && line.contains("status = ") && !is_member(line)
    };
    template.lines().filter(is_other).count()
}

fn is_member(line: &str) -> bool {
    line.contains("status = \"member\"")
}

fn note_section(line: &str, section: &mut String) {
    if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        name.clone_into(section);
    }
}

struct Writer<'a> {
    begun: &'a Begun,
    section: String,
    /// Parties that are no members.
    others: usize,
    out: Vec<String>,
    /// True once the members are written.
    put: bool,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        note_section(line, &mut self.section);
        let key = line.split_once(" = ").map_or("", |(key, _)| key);
        let written = match (self.section.as_str(), key) {
            ("charter", "name") => format!("name = {}", quoted(&self.begun.name)),
            ("charter", "title") => format!("title = {}", quoted(&self.begun.title)),
            ("charter", "organisation") => {
                format!("organisation = {}", quoted(&self.begun.organisation))
            }
            ("witnessing", "quorum") => format!("quorum = {}", self.quorum()),
            ("parties", _) if is_member(line) => return self.members(),
            _ => line.to_owned(),
        };
        self.out.push(written);
    }

    /// More than half of the nodes that witness a log: any two such groups share one, and none may collude.
    fn quorum(&self) -> usize {
        let witnesses = self.begun.members.len() + self.others - 1;
        witnesses / 2 + 1
    }

    fn members(&mut self) {
        if std::mem::replace(&mut self.put, true) {
            return;
        }
        let line = |(id, name): &(PartyId, String)| {
            format!("{} = {{ name = {}, status = \"member\" }}", key_of(id), quoted(name))
        };
        self.out.extend(self.begun.members.iter().map(line));
    }
}

/// Returns an id as a key of TOML: a dot in a bare key would be a level.
fn key_of(id: &PartyId) -> String {
    if id.as_str().contains('.') { quoted(id.as_str()) } else { id.to_string() }
}

/// Returns a text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Charter;

    const MUTUAL_AID: &str = include_str!("../../../charters/mutual-aid/charter.toml");

    fn begun(members: &[&str]) -> Begun {
        let member = |id: &&str| (PartyId::parse(id).unwrap(), format!("Town \"{id}\""));
        Begun {
            name: "river-pact".to_owned(),
            organisation: "river-pact.example".to_owned(),
            title: "River Pact".to_owned(),
            members: members.iter().map(member).collect(),
        }
    }

    #[test]
    fn a_charter_begun_with_any_number_of_members_has_no_fault() {
        for count in 2..40 {
            let names: Vec<String> = (0..count).map(|n| format!("town-{n}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let text = begin(MUTUAL_AID, &begun(&names)).unwrap();
            let charter = Charter::load(text.as_bytes(), "begun").unwrap_or_else(|f| panic!("{f}"));
            assert_eq!((charter.title.as_str(), charter.parties.len()), ("River Pact", count + 1));
            assert_eq!(charter.organisation, "river-pact.example");
        }
    }

    #[test]
    fn one_member_and_a_member_named_twice_are_refused() {
        let refused =
            |members: &[&str]| begin(MUTUAL_AID, &begun(members)).unwrap_err().to_string();
        assert_eq!(refused(&["alder"]), "a charter needs at least two members, 1 given");
        assert_eq!(refused(&["alder", "birch", "alder"]), "member `alder` is there twice");
    }

    #[test]
    fn a_text_without_members_is_no_template() {
        let bare = MUTUAL_AID.replace("status = \"member\"", "status = 'member'");
        assert!(begin(&bare, &begun(&["alder", "birch"])).is_err());
    }
}
