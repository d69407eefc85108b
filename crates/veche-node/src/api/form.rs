//! The forms of what the API takes and gives, as tables: the server's document is written from them (OpenAPI 3.1, whose schemas are those of
//! JSON Schema 2020-12).

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The form of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// Any text.
    Text,
    /// A time to the second in UTC: `2027-03-01T09:00:00Z`.
    Time,
    /// A hash in 64 hexadecimal digits, lower case.
    Hash,
    /// A number from 0.
    Whole,
    /// A number between two, both included.
    Between(u64, u64),
    /// True or false.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Something, or null.
    Maybe(&'static Self),
    /// A list.
    List(&'static Self),
    /// A list of pairs of texts.
    Pairs,
    /// An object whose keys are names.
    Named(&'static Self),
    /// An object of a table.
    Of(&'static Object),
    /// What the exercise's own files say.
    Any,
}

/// An object with a name.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its name in the document.
    pub(crate) name: &'static str,
    /// What it is, in a sentence.
    pub(crate) what: &'static str,
    /// Its fields. An object may get more in later versions of the program, and loses none in this version of the API.
    pub(crate) fields: &'static [Field],
}

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its key.
    pub(crate) name: &'static str,
    /// Its form.
    pub(crate) form: Form,
    /// What it is.
    pub(crate) what: &'static str,
    /// True if the object always has it.
    pub(crate) is_always: bool,
}

/// Returns a field that is always there.
pub(crate) const fn has(name: &'static str, form: Form, what: &'static str) -> Field {
    Field { name, form, what, is_always: true }
}

/// Returns a field that may be absent.
pub(crate) const fn may_have(name: &'static str, form: Form, what: &'static str) -> Field {
    Field { name, form, what, is_always: false }
}

/// Objects by their names.
pub(crate) type Objects = BTreeMap<&'static str, &'static Object>;

impl Form {
    /// Returns the form as a schema, and notes the objects that it names.
    pub(crate) fn schema(self, met: &mut Objects) -> Json {
        match self {
            Self::Text => json!({"type": "string"}),
            Self::Time => json!({"type": "string", "format": "date-time"}),
            Self::Hash => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
            Self::Whole => json!({"type": "integer", "minimum": 0}),
            Self::Between(least, most) => {
                json!({"type": "integer", "minimum": least, "maximum": most})
            }
            Self::Flag => json!({"type": "boolean"}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
            Self::Maybe(form) => json!({"anyOf": [form.schema(met), {"type": "null"}]}),
            Self::List(form) => json!({"type": "array", "items": form.schema(met)}),
            Self::Pairs => {
                json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}})
            }
            Self::Named(form) => {
                json!({"type": "object", "additionalProperties": form.schema(met)})
            }
            Self::Of(object) => {
                object.note(met);
                json!({"$ref": format!("#/components/schemas/{}", object.name)})
            }
            Self::Any => json!({}),
        }
    }
}

impl Object {
    /// Notes an object and all that it is made of.
    fn note(&'static self, met: &mut Objects) {
        if met.insert(self.name, self).is_none() {
            for field in self.fields {
                field.form.schema(met);
            }
        }
    }

    /// Returns the object's own schema.
    pub(crate) fn schema(&self) -> Json {
        let mut met = Objects::new();
        let field = |field: &Field| {
            let mut schema = field.form.schema(&mut met);
            if let Json::Object(schema) = &mut schema {
                schema.insert("description".to_owned(), json!(field.what));
            }
            (field.name.to_owned(), schema)
        };
        let fields: Map<String, Json> = self.fields.iter().map(field).collect();
        let always: Vec<&str> =
            self.fields.iter().filter(|field| field.is_always).map(|field| field.name).collect();
        json!({"type": "object", "description": self.what, "required": always, "properties": fields})
    }
}
