//! Validators of a document's schemas, compiled when they are needed first and kept for the process.
//!
//! What is served is open, for both sides ignore fields that they do not know. What a server says is held
//! against closed schemas, so that a field which is not described is found.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// What is appended to the name of a schema's open copy, which others extend.
const OPEN: &str = ".open";

/// The schemas of one document.
pub struct Schemas {
    /// All of `components.schemas`, closed, and an open copy of each.
    closed: Value,
    /// As they are in the document.
    open: Value,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Schemas {
    /// Of this document.
    pub fn of(document: &Value) -> Self {
        let mut schemas = Map::new();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let mut closed = schema.clone();
            close(&mut closed);
            // One with a name of its own that names no fields has none; others without are free.
            if let Some(object) = closed.as_object_mut().filter(|it| it.get("type") == Some(&json!("object")))
            {
                object.entry("additionalProperties").or_insert(false.into());
            }
            schemas.insert(name.clone(), closed);
            let mut open = schema.clone();
            close_inside(&mut open);
            schemas.insert(format!("{name}{OPEN}"), open);
        }
        let open = document["components"].clone();
        Self { closed: json!({ "schemas": schemas }), open, compiled: Mutex::default() }
    }

    /// What is wrong with a value of the server that should be of this schema, which is known by `key`.
    pub fn fault(&self, key: &str, schema: &Value, value: &Value) -> Option<String> {
        self.fault_of(key, value, || {
            let mut root = schema.clone();
            close(&mut root);
            root["components"] = self.closed.clone();
            root
        })
    }

    /// The same for a value of a client.
    pub fn fault_of_sent(&self, key: &str, schema: &Value, value: &Value) -> Option<String> {
        self.fault_of(key, value, || {
            let mut root = schema.clone();
            root["components"] = self.open.clone();
            root
        })
    }

    fn fault_of(&self, key: &str, value: &Value, root: impl FnOnce() -> Value) -> Option<String> {
        let validator = self.validator(key, root);
        if validator.is_valid(value) {
            return None;
        }
        let faults = validator.iter_errors(value);
        let faults: Vec<String> = faults
            .take(5)
            .map(|fault| format!("at {:?}: {}", fault.instance_path().as_str(), fault))
            .collect();
        Some(shortened(&faults.join("\n  ")))
    }

    fn validator(&self, key: &str, root: impl FnOnce() -> Value) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(key) {
            return validator.clone();
        }
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        let validator = Arc::new(options.build(&root()).unwrap_or_else(|fault| panic!("{key}: {fault}")));
        compiled.insert(key.to_owned(), validator.clone());
        validator
    }
}

/// For a person to read.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(2_000).collect()
}

/// Forbids fields that the schema does not name, at any depth.
fn close(schema: &mut Value) {
    close_inside(schema);
    let Some(object) = schema.as_object_mut() else { return };
    if object.contains_key("allOf") {
        object.entry("unevaluatedProperties").or_insert(false.into());
    } else if object.contains_key("properties") {
        object.entry("additionalProperties").or_insert(false.into());
    }
}

fn close_inside(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    for (keyword, inner) in object.iter_mut() {
        match (keyword.as_str(), inner) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(close),
            ("items" | "additionalProperties", inner) => close(inner),
            ("oneOf" | "anyOf" | "prefixItems", Value::Array(inner)) => inner.iter_mut().for_each(close),
            // What extends others closes them all at once.
            ("allOf", Value::Array(inner)) => inner.iter_mut().for_each(open),
            _ => {}
        }
    }
}

fn open(part: &mut Value) {
    close_inside(part);
    if let Some(Value::String(target)) = part.get_mut("$ref") {
        target.push_str(OPEN);
    }
}
