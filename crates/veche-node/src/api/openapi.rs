//! The document of the API (OpenAPI 3.1), written from the table of its questions.

use super::form::{Form, Objects};
use super::objects::PROBLEM;
use super::route::{Answer, Parameter, ROUTES, Route};
use serde_json::{Map, Value as Json, json};

/// Version of what the document describes: the number in `/api/v1`, and how often it grew.
const VERSION: &str = "1.0.0";

/// The problems that a question may be answered with, and when.
const PROBLEMS: [(&str, &str); 5] = [
    ("400", "A parameter is not known, comes twice, or is not of its form."),
    ("401", "Nobody is signed in."),
    ("403", "The party runs no node of its own here."),
    ("404", "It is not here, or not the party's to know."),
    ("503", "The node starts, or its store cannot be read."),
];

/// Returns the document.
#[must_use]
pub fn document() -> Json {
    let mut met = Objects::new();
    Form::Of(&PROBLEM).schema(&mut met);
    let operation =
        |route: &Route| (format!("/{}", route.path), json!({"get": operation(route, &mut met)}));
    let paths: Map<String, Json> = ROUTES.iter().map(operation).collect();
    let schemas: Map<String, Json> =
        met.values().map(|object| (object.name.to_owned(), object.schema())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "veche: what a node answers",
            "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Questions to one party's node. Each is answered with what that party may read, as it stands at the node's clock; nothing is changed by asking. HEAD is answered as GET. Times are in UTC to the second. Objects may get more fields; a client passes over those that it does not know.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Problem": {
                "description": "There is no answer.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
            "securitySchemes": {"session": {
                "type": "apiKey", "in": "cookie", "name": "session",
                "description": "The cookie of a browser that signed in with a one-time link. An exercise asks for none; there the cookie `seat`, as `belm/duty`, chooses with whose eyes to read.",
            }},
        },
    })
}

fn operation(route: &Route, met: &mut Objects) -> Json {
    let places = route.places.iter().map(|place| parameter(place, "path"));
    let parameters: Vec<Json> =
        places.chain(route.query.iter().map(|asked| parameter(asked, "query"))).collect();
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({"description": "The answer.", "content": {"application/json": {"schema": route.form.schema(met)}}}),
    );
    let is_document = matches!(route.answer, Answer::Document);
    for (status, when) in PROBLEMS.iter().filter(|(status, _)| !is_document || *status == "400") {
        let content = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        responses.insert((*status).to_owned(), json!({"description": when, "content": content}));
    }
    responses.insert("default".to_owned(), json!({"$ref": "#/components/responses/Problem"}));
    let mut told = json!({
        "operationId": route.name,
        "summary": route.what,
        "parameters": parameters,
        "responses": responses,
    });
    if is_document {
        told["security"] = json!([]);
    }
    told
}

fn parameter(parameter: &Parameter, place: &str) -> Json {
    json!({
        "name": parameter.name, "in": place, "required": parameter.is_needed, "description": parameter.what,
        "schema": parameter.form.schema(&mut Objects::new()), "example": parameter.example(),
    })
}
