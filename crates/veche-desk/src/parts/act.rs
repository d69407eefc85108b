//! Forms: what a person may do here, from a list of fields.

use crate::html::Html;
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// Where forms of acts are sent.
const ACT_PATH: &str = "/act";

/// How much weight the button of a form carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// One of several.
    #[default]
    Plain,
    /// What a reader is most likely here for.
    Primary,
    /// Binds, blocks or cannot be taken back.
    Grave,
}

/// A choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// Returns a choice from value and label.
    #[must_use]
    pub fn new(value: &str, label: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned() }
    }
}

/// What kind of entry a field takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Control {
    /// A line.
    #[default]
    Line,
    /// Several lines.
    Text,
    /// A whole number, with its range if it has one.
    Number {
        /// The least.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
    /// A point in time, UTC, typed as `2027-03-01T11:00Z`.
    Time,
    /// A span, typed as `6h`, `10d`, `6mo`.
    Duration,
    /// Yes or no: sent as `true`, or not at all.
    Flag,
    /// One of these.
    One(Vec<Choice>),
    /// Any of these: sent once each.
    Several(Vec<Choice>),
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormField {
    /// The name under which it is sent.
    pub name: String,
    /// What is shown beside it.
    pub label: String,
    /// What it takes.
    pub control: Control,
    /// Whether the form is refused without it.
    pub required: bool,
    /// What it holds at first: for [`Control::Several`] the chosen values with commas between, for
    /// [`Control::Flag`] `true` or nothing.
    pub value: String,
    /// How to fill it, in a few words.
    pub help: Option<String>,
    /// What was wrong with it when it was last sent.
    pub error: Option<String>,
}

/// A form. Sent by POST with its fields, its hidden values and `back`, the address of the page it was on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Identifies it on its page: letters, digits and `-`; unlike every other form's on the page. In the page the form is
    /// called `form-` and this.
    pub id: String,
    /// Where it is sent; `/act` if empty.
    pub action: String,
    /// What it does: `Object to paragraph 1`.
    pub title: String,
    /// Values sent along: `("kind", "position")`.
    pub hidden: Vec<(String, String)>,
    /// What a person fills in; a form without fields is a button.
    pub fields: Vec<FormField>,
    /// The words on its button, an act: `Object`.
    pub submit: String,
    /// The weight of its button.
    pub weight: Weight,
    /// What to know before sending it: what it binds, who reads it.
    pub note: Option<String>,
    /// Whether what it says can be looked at before: a numbered text.
    pub has_preview: bool,
}

#[derive(Template)]
#[template(path = "part/form.html")]
struct View<'a> {
    shell: &'a Shell,
    form: &'a Form,
    /// Whether the fields lie behind the button until asked for.
    folded: bool,
}

impl Form {
    /// Returns the form with all its fields in view.
    pub(crate) fn open(&self, shell: &Shell) -> Html {
        Html::from_template(&View { shell, form: self, folded: false })
    }

    /// Returns the form for a row: a button, or a button that unfolds the fields.
    pub(crate) fn inline(&self, shell: &Shell) -> Html {
        Html::from_template(&View { shell, form: self, folded: !self.fields.is_empty() })
    }

    /// Returns true if what it says may be kept as a draft: forms of acts, where the seat has a delegation behind it.
    fn may_keep(&self, shell: &Shell) -> bool {
        self.action.is_empty() && shell.has_delegation()
    }

    fn action_path(&self) -> &str {
        if self.action.is_empty() { ACT_PATH } else { &self.action }
    }

    /// Returns the id of a field's control.
    fn field_id(&self, field: &FormField) -> String {
        format!("field-{}-{}", self.id, field.name)
    }

    const fn weight_class(&self) -> &'static str {
        match self.weight {
            Weight::Plain => "plain",
            Weight::Primary => "primary",
            Weight::Grave => "grave",
        }
    }
}

impl FormField {
    fn holds(&self, choice: &Choice) -> bool {
        self.value.split(',').any(|value| value.trim() == choice.value)
    }

    /// Returns the attributes that tell a browser what an `input` takes.
    ///
    /// Times are typed as text: the browsers' own picker knows no zone, and a deadline in the wrong zone is a wrong one.
    fn input_kind(&self) -> Html {
        let number = |name: &str, bound: Option<i64>| {
            bound.map_or_else(String::new, |bound| format!(" {name}=\"{bound}\""))
        };
        Html::already_escaped(match &self.control {
            Control::Number { min, max } => {
                format!("type=\"number\" step=\"1\"{}{}", number("min", *min), number("max", *max))
            }
            Control::Time => format!(
                "type=\"text\" pattern=\"{}\" placeholder=\"{}\"",
                texts::form::TIME_PATTERN,
                texts::form::TIME_EXAMPLE
            ),
            Control::Duration => format!(
                "type=\"text\" pattern=\"{}\" placeholder=\"{}\"",
                texts::form::DURATION_PATTERN,
                texts::form::DURATION_EXAMPLE
            ),
            Control::Line
            | Control::Text
            | Control::Flag
            | Control::One(_)
            | Control::Several(_) => "type=\"text\"".to_owned(),
        })
    }

    const fn has_note(&self) -> bool {
        self.help.is_some() || self.error.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objection() -> Form {
        Form {
            id: "object-1".to_owned(),
            title: "Object to paragraph 1".to_owned(),
            hidden: vec![("kind".to_owned(), "position".to_owned())],
            fields: vec![FormField {
                name: "reason".to_owned(),
                label: "Reason".to_owned(),
                control: Control::Text,
                required: true,
                ..FormField::default()
            }],
            submit: "Object".to_owned(),
            weight: Weight::Grave,
            ..Form::default()
        }
    }

    #[test]
    fn a_form_without_fields_is_one_button() {
        let form = Form { fields: Vec::new(), ..objection() };
        insta::assert_snapshot!(form.inline(&Shell::default()), @r#"<form id="form-object-1" class="one" method="post" action="/act" hx-post="/act"><input type="hidden" name="kind" value="position"><input type="hidden" name="back" value=""><button class="button grave" title="Object to paragraph 1">Object</button></form>"#);
    }

    #[test]
    fn a_form_with_fields_unfolds_in_a_row() {
        let html = objection().inline(&Shell::default()).to_string();
        assert!(html.starts_with("<details class=\"act\">"), "{html}");
        assert!(html.contains("<textarea id=\"field-object-1-reason\" name=\"reason\""), "{html}");
        assert!(html.contains("required"), "{html}");
    }

    #[test]
    fn what_was_typed_comes_back_escaped() {
        let mut form = objection();
        for field in &mut form.fields {
            field.value = "</textarea><script>".to_owned();
            field.error = Some("too long".to_owned());
        }
        let html = form.open(&Shell::default()).to_string();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("aria-describedby=\"field-object-1-reason-note\""), "{html}");
    }
}
