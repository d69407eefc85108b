//! The records that are here without their content: how many, why, and the newest.

use super::sight::Sight;
use crate::missing::{Why, missing, word};
use crate::node::Statement;
use veche_council::Shown;
use veche_council::reading::Unread;
use veche_desk::{
    Form, Label, Link, MissingContent, ReaderRow, WithheldCount, WithheldPage, WithheldRow,
};
use veche_ledger::{Hash, LeafIndex, Origin, Record, Value};

/// Most records on the page.
const ROWS_MAX: usize = 200;
/// How far back each log is read for them.
const LOOKED_BACK: u64 = 2000;

/// Returns how many records there are whose content the party cannot read here.
#[must_use]
pub fn count(sight: &Sight<'_>) -> u64 {
    sight.node.unread_counts(sight.party, sight.now).values().sum()
}

/// Returns the page.
#[must_use]
pub fn withheld(sight: &Sight<'_>) -> WithheldPage {
    let counts = sight.node.unread_counts(sight.party, sight.now).into_iter();
    let count = |((log, why), records): ((Origin, Unread), u64)| WithheldCount {
        log: Link::new(&super::log::href(&log), &log_name(sight, &log)),
        reason: reason(why).to_owned(),
        records,
    };
    let counts: Vec<WithheldCount> = counts.map(count).collect();
    let mut rows: Vec<WithheldRow> = Vec::new();
    if !counts.is_empty() {
        let logs = sight.node.heads();
        let places = logs.flat_map(|head| {
            let lowest = head.size.saturating_sub(LOOKED_BACK);
            (lowest..head.size).rev().map(move |index| (head.log.clone(), index))
        });
        rows.extend(places.filter_map(|(log, index)| row(sight, &log, index)));
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.at), row.place.clone()));
    rows.truncate(ROWS_MAX);
    WithheldPage { counts, rows }
}

fn log_name(sight: &Sight<'_>, log: &Origin) -> String {
    let name = sight.author(log.party());
    if log.epoch() == 1 { name } else { format!("{name}, epoch {}", log.epoch()) }
}

/// Says why in a few words.
const fn reason(why: Unread) -> &'static str {
    match why {
        Unread::Sealed => "sealed, for whom is not said",
        Unread::Label => "its label is for others",
        Unread::Group => "for a group that you are not in",
        Unread::UnknownLabel => "its label or group is not known here",
        Unread::Withdrawn => "released to you, and that was withdrawn",
        Unread::NotGiven => "yours to read, and not given",
    }
}

fn row(sight: &Sight<'_>, log: &Origin, index: u64) -> Option<WithheldRow> {
    let view = sight.record_at(log, index)?;
    let leaf = Hash::parse(&view.record.leaf).ok()?;
    let why = sight.council().unread(sight.party, &leaf, sight.now)?;
    Some(WithheldRow {
        link: Link::new(&format!("/records/{leaf}"), &sight.act_title(&view.kind)),
        place: super::record::place_of(&view),
        at: super::sight::time(&view.time),
        label: sight.label(&view.label),
        reason: reason(why).to_owned(),
    })
}

/// Says why a record's content is not shown, and what to do about it; `None` if it is.
#[must_use]
pub fn why(sight: &Sight<'_>, record: &Record) -> Option<MissingContent> {
    let LeafIndex(index) = record.index();
    let missing = missing((sight.node, sight.now), sight.party, record.log(), index);
    let ask = match missing.why {
        Why::Here | Why::NotArrived { .. } => return None,
        Why::Unread(Unread::NotGiven) => Vec::new(),
        Why::Unread(why) => ask(sight, record, word(why)).into_iter().collect(),
    };
    let (reason, advice) = (missing.reason(sight.node), missing.advice(sight.node));
    Some(MissingContent { reason, advice, ask })
}

/// Returns the form with which the author is asked, in words that the asker may change: where the charter has an act that says a text
/// about anything, and lets the party do it.
fn ask(sight: &Sight<'_>, record: &Record, why: &str) -> Option<Form> {
    let kind = super::refused::comment_kind(sight, sight.party).filter(|_| sight.can_sign())?;
    let said = format!(
        "{} asks {} for the content of record {} of its log ({why}).",
        sight.name(sight.party.as_str()),
        sight.name(record.log().party()),
        record.index().0
    );
    let statement = Statement {
        party: sight.party.clone(),
        officers: vec![sight.officer.to_owned()],
        label: Some(sight.node.default_label(&kind)),
        kind: kind.clone(),
        about: Vec::new(),
        drill: sight.is_drill,
        terms: Value::map([("text", Value::text(&said))]),
    };
    if crate::ask::ask(sight.node, &statement, sight.now).is_some() {
        return None;
    }
    let readers = statement.label.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(Form {
        id: "ask".to_owned(),
        title: format!("Ask {}", sight.name(record.log().party())),
        hidden: vec![("kind".to_owned(), kind.to_string())],
        fields: vec![veche_desk::FormField {
            name: format!("{}text", super::forms::FIELD_PREFIX),
            label: "Text".to_owned(),
            control: veche_desk::Control::Text,
            required: true,
            value: said,
            ..veche_desk::FormField::default()
        }],
        submit: "Ask".to_owned(),
        note: Some(format!("All who read {readers} will see that you asked.")),
        ..Form::default()
    })
}

/// Returns who may read a record and is known to hold it; `None` if the party may not know.
#[must_use]
pub fn readers(sight: &Sight<'_>, leaf: &Hash, label: &Label) -> Option<Vec<ReaderRow>> {
    let readers = crate::missing::readers((sight.node, sight.now), sight.party, leaf)?;
    let named = |reader: crate::missing::Reader| ReaderRow {
        who: sight.name(reader.party.as_str()),
        why: match &reader.why {
            Shown::Own => "said it".to_owned(),
            Shown::Label => format!("label {}", label.name),
            Shown::Group(_) => "in its group".to_owned(),
            Shown::Downgraded { to } => format!("by now label {to}"),
            Shown::Released { .. } => "released to it".to_owned(),
        },
        at: (reader.node != reader.party).then(|| sight.name(reader.node.as_str())),
        held_at: reader.held_at,
    };
    Some(readers.into_iter().map(named).collect())
}
