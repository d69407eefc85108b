//! A charter in sentences, and a machine as a picture.

use crate::act::allows;
use crate::alarm::{AlarmRule, AlarmSettings, MILLION};
use crate::machine::RULING;
use crate::model::{
    Actor, Base, Binds, Bound, Charter, Clock, ClockSpan, ClockStart, Finally, Machine, Mode,
    Outcome, Rule, State, Target, Test, Threshold, Transition, Unreached, UnreachedThen,
};
use crate::name::{AlarmName, ArticleId, MachineName, RoleName, ScaleName, StateName, Tag};
use crate::scale::{COMPONENTS, Scale};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use veche_ledger::{Kind, PartyId};

/// Returns a machine, or every rule, machine, rule of alarms and scale of tension of a charter, in sentences that a person can read.
///
/// Names of states stand between asterisks. An unknown machine gives an empty text.
#[must_use]
pub fn explain(charter: &Charter, machine: Option<&MachineName>) -> String {
    let told = Told { charter };
    match machine {
        Some(name) => charter.machines.get(name).map(|m| told.machine(m)).unwrap_or_default(),
        None => {
            let rules = charter.rules.iter().map(|(name, rule)| told.rule(name.as_str(), rule));
            let machines = charter.machines.values().map(|m| told.machine(m));
            let head = format!("{}, version {}.\n", charter.title, charter.version);
            let narrow = told.narrow_labels();
            let alarms = charter.alarms.iter().map(|(name, rule)| told.alarm(name, rule));
            let scales = charter.scales.iter().map(|(name, scale)| told.scale(name, scale));
            std::iter::once(head)
                .chain(narrow)
                .chain(rules)
                .chain(machines)
                .chain(alarms)
                .chain(scales)
                .collect::<Vec<_>>()
                .join("\n")
        }
    }
}

impl Told<'_> {
    /// Names the sealed labels that too few witnesses read: where as many of them as the charter reckons with could collude,
    /// nothing that a statement could turn is ever certified (`formats/certificate.md`, section 4).
    fn narrow_labels(&self) -> Option<String> {
        let witnessing = &self.charter.witnessing;
        let is_witness = |party: &&PartyId| {
            let entry = self.charter.parties.get(*party);
            entry.is_some_and(|entry| witnessing.by.contains(&entry.status))
        };
        let told = self.charter.labels.iter().filter(|(_, label)| label.sealed).filter_map(|(name, _)| {
            let readers = self.charter.readers(name);
            let reading = self.charter.parties.keys().filter(is_witness).filter(|party| readers.includes(party));
            // The log's own node is no witness of it.
            let settle = u32::try_from(reading.count()).unwrap_or(u32::MAX).saturating_sub(1);
            (settle.min(witnessing.quorum) <= witnessing.colluding).then(|| {
                format!(
                    "Label `{name}` is read by the nodes of so few witnesses that {settle} would settle a time, and {} may collude: a decision under it is not certified while a statement could still turn it.\n",
                    witnessing.colluding
                )
            })
        });
        let told: String = told.collect();
        (!told.is_empty()).then_some(told)
    }
}

/// Returns a machine as a graph in the DOT language: states as boxes, final ones doubled, timeouts dashed.
#[must_use]
pub fn dot(machine: &Machine) -> String {
    let mut out =
        format!("digraph {} {{\n  rankdir=LR; node [shape=box];\n", quoted(&machine.title));
    for (name, state) in &machine.states {
        let shape = if state.is_final { ", peripheries=2" } else { "" };
        push(
            &mut out,
            format_args!("  {} [label={}{shape}];\n", quoted(name.as_str()), quoted(&state.title)),
        );
        for transition in &state.on {
            let who = if transition.need > 1 {
                format!("{} x {}", transition.need, transition.by)
            } else {
                transition.by.to_string()
            };
            arrows(
                &mut out,
                name,
                &transition.target,
                &format!("{} by {who}", event_of(transition)),
                "",
            );
        }
        if let (Some(clock), Some(target)) = (&state.clock, &state.timeout) {
            arrows(&mut out, name, target, &short_span(&clock.span), ", style=dashed");
        }
        if let Some(to) =
            state.clock.as_ref().and_then(|c| c.unreached.as_ref()?.blocked_to.as_ref())
        {
            arrow(&mut out, name, to, "not reached", ", style=dashed");
        }
    }
    out.push_str("}\n");
    out
}

/// Writes into a string, which does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn arrow(out: &mut String, from: &StateName, to: &StateName, label: &str, style: &str) {
    push(
        out,
        format_args!(
            "  {} -> {} [label={}{style}];\n",
            quoted(from.as_str()),
            quoted(to.as_str()),
            quoted(label)
        ),
    );
}

fn arrows(out: &mut String, from: &StateName, target: &Target, label: &str, style: &str) {
    match target {
        Target::State(to) => arrow(out, from, to, label, style),
        Target::Rule { rule, pass, fail, no_quorum, .. } => {
            arrow(out, from, pass, &format!("{label}: {rule} adopts"), style);
            arrow(out, from, fail, &format!("{label}: {rule} fails"), style);
            if let Some(to) = no_quorum {
                arrow(out, from, to, &format!("{label}: no quorum"), style);
            }
        }
    }
}

fn event_of(transition: &Transition) -> String {
    if transition.positions.is_empty() {
        return transition.event.to_string();
    }
    list(&transition.positions, "or")
}

fn short_span(span: &ClockSpan) -> String {
    match span {
        ClockSpan::Fixed(duration) => duration.as_written(),
        ClockSpan::Class(class) => format!("class {class}"),
        ClockSpan::Field { field, .. } => format!("field {field}"),
    }
}

/// Joins names: `a`, `a or b`, `a, b or c`.
fn list<T: std::fmt::Display>(items: &BTreeSet<T>, last: &str) -> String {
    let all: Vec<String> = items.iter().map(ToString::to_string).collect();
    match all.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((end, before)) => format!("{} {last} {end}", before.join(", ")),
    }
}

struct Told<'c> {
    charter: &'c Charter,
}

impl Told<'_> {
    /// Says where a rule stands, with its words: ` (article 7.2: ".."`).
    fn article(&self, article: Option<&ArticleId>) -> String {
        let Some(id) = article else { return String::new() };
        match self.charter.articles.get(id) {
            Some(text) => format!(" (article {id}: \"{text}\")"),
            None => format!(" (article {id})"),
        }
    }

    fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::AnyMember => "any member".to_owned(),
            Actor::Any => "any party".to_owned(),
            Actor::Role(role) => format!("the {}", plain(role.as_str())),
            Actor::NotRole(role) => format!("any party but the {}", plain(role.as_str())),
            Actor::MemberNotRole(role) => format!("any member but the {}", plain(role.as_str())),
            Actor::Status(set) => format!("a {}", list(set, "or")),
            Actor::Tag(tag) => self.tagged(tag),
            Actor::Party(id) => {
                self.charter.parties.get(id).map_or_else(|| id.to_string(), |p| p.name.clone())
            }
        }
    }

    /// Names the one party with a tag, or the tag.
    fn tagged(&self, tag: &Tag) -> String {
        let mut with = self.charter.parties.values().filter(|p| p.tags.contains(tag));
        match (with.next(), with.next()) {
            (Some(only), None) => format!("the {}", only.name),
            _ => format!("a party of {tag}"),
        }
    }

    fn machine(&self, machine: &Machine) -> String {
        let mut out = format!("{}{}.\n", machine.title, self.article(machine.article.as_ref()));
        let start = machine.states.get_key_value(&machine.start);
        let others = machine.states.iter().filter(|(name, _)| **name != machine.start);
        let (open, done): (Vec<_>, Vec<_>) = others.partition(|(_, state)| !state.is_final);
        for (name, state) in start.into_iter().chain(open).chain(done) {
            out.push('\n');
            out.push_str(&self.state(machine, name, state));
        }
        out
    }

    fn state(&self, machine: &Machine, name: &StateName, state: &State) -> String {
        // The machine's own article stands above already.
        let article =
            self.article(state.article.as_ref().filter(|a| machine.article.as_ref() != Some(a)));
        let mut lines = Vec::new();
        let title = if state.title == plain(name.as_str()) {
            String::new()
        } else {
            format!(" ({})", state.title)
        };
        if state.is_final {
            let outcome = match state.outcome {
                Some(Outcome::Adopted) => ": the text stands",
                Some(Outcome::Rejected) => ": the text does not stand",
                Some(Outcome::Lapsed) => ": nothing was decided",
                None => "",
            };
            lines.push(format!(
                "*{name}*{title} is the end{outcome}{}.",
                self.article(state.article.as_ref())
            ));
        } else {
            lines.push(format!("While in *{name}*{title}{article}:"));
        }
        lines.extend(state.on.iter().map(|t| format!("- {}", self.transition(t))));
        if let (Some(clock), Some(timeout)) = (&state.clock, &state.timeout) {
            lines.push(format!("- {}", self.clock(clock)));
            lines.extend(clock.unreached.as_ref().map(|u| format!("- {}", unreached(u))));
            lines.push(format!("- When that time is over, {}.", self.end(timeout)));
        }
        if let Some(spawns) = &state.spawns {
            let what = self
                .charter
                .acts
                .get(&spawns.opens)
                .map_or_else(|| spawns.opens.to_string(), |a| a.title.clone());
            lines.push(format!("- Each of its {} opens: {what}.", spawns.each));
        }
        lines.join("\n") + "\n"
    }

    fn transition(&self, t: &Transition) -> String {
        let who = match t.need {
            1 => self.actor(&t.by),
            n => format!("{n} parties, each {}", self.actor(&t.by)),
        };
        let position = match t.positions.is_empty() {
            true => String::new(),
            false => format!(" ({})", list(&t.positions, "or")),
        };
        let article = self.article(t.article.as_ref());
        let only = if t.event.as_str() == RULING { "While a step is contested, on" } else { "On" };
        format!("{only} `{}`{position} by {who}, {}{article}.", t.event, self.end(&t.target))
    }

    fn end(&self, target: &Target) -> String {
        match target {
            Target::State(to) => format!("it is *{to}*"),
            Target::Rule { rule, pass, fail, no_quorum, mode } => {
                let silent = match mode {
                    Some(Mode::Silence) => ", silence counting as yes",
                    Some(Mode::Meeting) => ", silence counting as absence",
                    None => "",
                };
                let quorum = no_quorum
                    .as_ref()
                    .map(|to| format!("; without quorum *{to}*"))
                    .unwrap_or_default();
                format!(
                    "rule {rule} decides{silent}: *{pass}* if it adopts, *{fail}* if not{quorum}"
                )
            }
        }
    }

    fn clock(&self, clock: &Clock) -> String {
        let calendar = clock.calendar.as_ref().unwrap_or(&self.charter.calendar);
        let span = match &clock.span {
            ClockSpan::Fixed(duration) => duration.to_string(),
            ClockSpan::Class(class) => {
                let found = self.charter.calendars.get(calendar).and_then(|c| c.classes.get(class));
                let each = found
                    .into_iter()
                    .flatten()
                    .map(|(urgency, duration)| format!("{duration} if {urgency}"));
                each.collect::<Vec<_>>().join(", ")
            }
            ClockSpan::Field { field, max } => {
                let most = max.map(|m| format!(", at most {m}")).unwrap_or_default();
                format!("as long as field {field} says{most}")
            }
        };
        let start = match clock.start {
            ClockStart::Tabled => "",
            ClockStart::LastReceipt => ", from when the last of those concerned has the text",
            ClockStart::OwnReceipt => ", for each party from when it has the text",
        };
        format!("It lasts {span}{start}.")
    }

    fn alarm(&self, name: &AlarmName, rule: &AlarmRule) -> String {
        let AlarmSettings { close_after, budget, periods_a_year, disposals_min, .. } =
            rule.settings;
        let chance = match rule.settings.false_discovery_millionths {
            MILLION => String::new(),
            share => format!(" Of a period's alarms, at most {} may be chance.", percent(share)),
        };
        let title = |kind: &Kind| {
            self.charter.acts.get(kind).map_or_else(|| kind.to_string(), |act| act.title.clone())
        };
        let by = |kind: &Kind| self.who_may(kind);
        let duties = self.charter.duties_started_by(&rule.draft);
        let duties: Vec<&str> = duties.map(|(_, duty)| duty.title.as_str()).collect();
        format!(
            "Rule {name} of alarms: {}{}.\n- It watches the series {}, {periods_a_year} periods a year.\n- An alarm opens where so large a count had a probability of {} or less, at most {budget} a period; it closes after {close_after} periods in a row over {}.{chance}\n- What it was is said by {} ({}): confirmed, not confirmed, or an artefact of the data.\n- Where two quarters with {disposals_min} such words or more confirm less than {}, the rule is off, until it is put on again by {} ({}).\n- A draft becomes: {}, after which is owed: {}.\n",
            rule.title,
            self.article(rule.article.as_ref()),
            rule.series,
            percent(rule.settings.open_millionths),
            percent(rule.settings.close_millionths),
            by(&rule.disposal),
            title(&rule.disposal),
            percent(rule.settings.precision_millionths),
            by(&rule.reinstatement),
            title(&rule.reinstatement),
            title(&rule.draft),
            duties.join(", "),
        )
    }

    fn scale(&self, name: &ScaleName, scale: &Scale) -> String {
        let said = |component: &str| {
            COMPONENTS.iter().find(|(known, _)| *known == component).map_or("", |(_, said)| said)
        };
        let mut weights: Vec<_> = scale.weights_millionths.iter().collect();
        weights.sort_by_key(|(_, weight)| std::cmp::Reverse(**weight));
        let lines = weights.into_iter().map(|(component, weight)| {
            format!("- {} of it is {component}: {}.\n", percent(*weight), said(component))
        });
        format!(
            "Scale {name} of tension: {}{}, over the series {}.\n{}",
            scale.title,
            self.article(scale.article.as_ref()),
            scale.series,
            lines.collect::<String>()
        )
    }

    /// Names who an act is kept for, or the statuses that may do it.
    fn who_may(&self, kind: &Kind) -> String {
        let by = self.charter.acts.get(kind).map(|act| act.by.as_slice()).unwrap_or_default();
        if by.is_empty() {
            let statuses = self.charter.statuses.iter();
            let may = statuses.filter(|(_, s)| allows(&s.may, kind) && !s.may_not.contains(kind));
            return format!("a {}", list(&may.map(|(name, _)| name.clone()).collect(), "or"));
        }
        by.iter().map(|actor| self.actor(actor)).collect::<Vec<_>>().join(" or ")
    }

    fn rule(&self, name: &str, rule: &Rule) -> String {
        let seats =
            rule.seats.as_ref().map(|tag| format!(" with a seat in {tag}")).unwrap_or_default();
        let minus = if rule.minus.is_empty() {
            String::new()
        } else {
            format!(", without the {}", list(&rule.minus, "and the"))
        };
        let quorum =
            rule.quorum.map(|q| format!(" Quorum: {} of them.", share(q))).unwrap_or_default();
        let missing = match rule.mode {
            Mode::Meeting => "absence",
            Mode::Silence => "yes",
        };
        let fallback = rule
            .fallback
            .as_ref()
            .map(|t| format!(" Failing that: if {}.", condition(t)))
            .unwrap_or_default();
        let all = list(&rule.status, "and");
        let binds = match &rule.binds {
            Binds::All => format!("every {all}"),
            Binds::AllBut(out) => format!("every {all} but those who are {}", list(out, "or")),
            Binds::Yes => "those who said yes".to_owned(),
            Binds::None => "nobody".to_owned(),
        };
        let unheard =
            if rule.binds_unheard { ", whether the text has reached it or not" } else { "" };
        format!(
            "Rule {name}{}.\nEligible: every {all}{seats}{minus}; saying nothing counts as {missing}.{quorum} Adopted if {}.{fallback} It binds {binds}{unheard}.\n",
            self.article(rule.article.as_ref()),
            condition(&rule.adopt),
        )
    }
}

fn unreached(u: &Unreached) -> String {
    let who = format!("A party concerned has {} from when the text reaches it", u.after);
    let finally = match u.finally {
        Finally::Block => "blocks it",
        Finally::Counts => "counts as silent",
        Finally::Exclude => "is left out and not bound",
    };
    let to = u.blocked_to.as_ref().map(|to| format!(": *{to}*")).unwrap_or_default();
    match (u.then, u.max) {
        (UnreachedThen::Extend, max) => {
            let most = max.map(|m| format!(" by {m} at most")).unwrap_or_default();
            format!(
                "{who}; the time is extended for it{most}. One that it has not reached by then {finally}{to}."
            )
        }
        (UnreachedThen::Block, _) => format!("{who}; one that it reaches later blocks it{to}."),
        (UnreachedThen::Counts, _) => format!("{who}; one that it reaches later counts as silent."),
        (UnreachedThen::Exclude, _) => {
            format!("{who}; one that it reaches later is left out and not bound.")
        }
    }
}

fn share(threshold: Threshold) -> String {
    match threshold {
        Threshold::Count(n) => n.to_string(),
        Threshold::Share(n, d) if n == d => "all".to_owned(),
        Threshold::Share(n, d) => format!("{n}/{d}"),
    }
}

fn condition(test: &Test) -> String {
    match test {
        Test::All(tests) => tests.iter().map(condition).collect::<Vec<_>>().join(", and "),
        Test::Any(tests) => tests.iter().map(condition).collect::<Vec<_>>().join(", or "),
        Test::Not(test) => format!("it is not so that {}", condition(test)),
        Test::None { positions, tag, role } => {
            format!("nobody{} says {}", among(tag.as_ref(), role.as_ref()), list(positions, "or"))
        }
        Test::Of { positions, weight, tag, role, base, bound, threshold } => {
            let bound = match bound {
                Bound::AtLeast => "at least",
                Bound::MoreThan => "more than",
                Bound::AtMost => "at most",
            };
            let base = match base {
                None => "",
                Some(Base::Eligible) => " of those eligible",
                Some(Base::Present) => " of those present",
                Some(Base::Voting) => " of those voting",
            };
            let unit = weight.as_ref().map(|w| format!(" by {w}")).unwrap_or_default();
            let among = among(tag.as_ref(), role.as_ref());
            format!(
                "{bound} {}{base}{among}{unit} say {}",
                share(*threshold),
                list(positions, "or")
            )
        }
    }
}

fn among(tag: Option<&Tag>, role: Option<&RoleName>) -> String {
    let tag = tag.map(|t| format!(" of {t}")).unwrap_or_default();
    tag + &role.map(|r| format!(" in the role of {}", plain(r.as_str()))).unwrap_or_default()
}

/// Writes millionths as a percentage: `1 %`, `0.25 %`.
fn percent(millionths: u32) -> String {
    let (whole, part) = (millionths / 10_000, millionths % 10_000);
    let part = format!("{part:04}");
    match part.trim_end_matches('0') {
        "" => format!("{whole} %"),
        part => format!("{whole}.{part} %"),
    }
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::six_rivers;

    fn told(machine: &str) -> String {
        explain(&six_rivers(), Some(&MachineName::parse(machine).unwrap()))
    }

    #[test]
    fn the_silence_procedure_reads_as_sentences() {
        insta::assert_snapshot!(told("silence"));
    }

    #[test]
    fn consultations_read_as_sentences() {
        insta::assert_snapshot!(told("consultation"));
    }

    #[test]
    fn a_commitment_reads_as_sentences() {
        insta::assert_snapshot!(told("commitment"));
    }

    #[test]
    fn rules_read_as_sentences() {
        let charter = six_rivers();
        let told = Told { charter: &charter };
        let all: Vec<String> =
            charter.rules.iter().map(|(name, rule)| told.rule(name.as_str(), rule)).collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_rule_of_alarms_reads_as_sentences() {
        let charter = six_rivers();
        let told = Told { charter: &charter };
        let all: Vec<String> =
            charter.alarms.iter().map(|(name, rule)| told.alarm(name, rule)).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        Rule violence of alarms: Deaths that nobody had reason to expect (article 13.4: "A count that nobody had reason to expect is an alarm. A named analyst finds it confirmed, not confirmed or an artefact of the data, and says why.").
        - It watches the series ged_sb, 12 periods a year.
        - An alarm opens where so large a count had a probability of 1 % or less, at most 5 a period; it closes after 3 periods in a row over 20 %.
        - What it was is said by a member (Word on an alarm): confirmed, not confirmed, or an artefact of the data.
        - Where two quarters with 4 such words or more confirm less than 25 %, the rule is off, until it is put on again by a member (Rule of alarms reinstated).
        - A draft becomes: Warning, after which is owed: answer the warning.
        "#);
        assert_eq!([percent(10_000), percent(2_500), percent(1)], ["1 %", "0.25 %", "0.0001 %"]);
    }

    #[test]
    fn a_scale_of_tension_reads_as_sentences() {
        let charter = six_rivers();
        let told = Told { charter: &charter };
        let all: Vec<String> =
            charter.scales.iter().map(|(name, scale)| told.scale(name, scale)).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        Scale deaths of tension: Tension over deaths (article 13.7: "Tension is told on scales whose parts and weights stand here. The part of each component is shown beside the whole."), over the series ged_sb.
        - 40 % of it is surprise: how unlikely the last month was under the forecast made before it, in bits.
        - 30 % of it is level: how much there is.
        - 15 % of it is change: how far it exceeds what is usual there.
        - 15 % of it is turn: how probable it is that a higher regime began within three months.

        Scale incidents of tension: Tension over incidents, and their share of attention (article 13.7: "Tension is told on scales whose parts and weights stand here. The part of each component is shown beside the whole."), over the series incidents_conflict.
        - 40 % of it is attention: how much more of what sources report is conflict than before.
        - 30 % of it is surprise: how unlikely the last month was under the forecast made before it, in bits.
        - 15 % of it is level: how much there is.
        - 15 % of it is turn: how probable it is that a higher regime began within three months.
        "#);
    }

    #[test]
    fn a_machine_is_drawn_in_dot() {
        let charter = six_rivers();
        insta::assert_snapshot!(dot(&charter.machines["silence"]));
    }

    #[test]
    fn a_whole_charter_is_told_from_its_title_on() {
        let all = explain(&six_rivers(), None);
        assert!(all.starts_with("Six Rivers Compact, version 1.\n"));
        assert!(all.contains("Transit on a pre-cleared corridor"));
    }

    #[test]
    fn a_sealed_label_that_too_few_witnesses_read_is_named() {
        let told = explain(&six_rivers(), None);
        assert!(told.contains(
            "Label `GROUP(cyber)` is read by the nodes of so few witnesses that 1 would"
        ));
        assert!(!told.contains("Label `COMPACT`"));
    }
}
