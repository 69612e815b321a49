//! The descriptions of the socket and of the API: sound in themselves, true to their examples, and served.

mod asyncapi;
mod frames;
mod openapi;
mod story;

use std::collections::BTreeSet;

use serde_json::Value;

/// All places that a document names, at any depth.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Fails unless each reference of the document leads somewhere in it.
fn assert_references(document: &Value) {
    let mut found = BTreeSet::new();
    references(document, &mut found);
    assert!(found.len() > 20, "the references are not found");
    for reference in found {
        let there = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(there.is_some(), "{reference} leads nowhere");
    }
}

/// Fails unless every schema's examples are of it.
fn assert_examples(document: &Value) {
    let schemas = crate::harness::contract::schemas::Schemas::of(document);
    let mut examples = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            let fault = schemas.fault(name, schema, example);
            assert_eq!(fault, None, "{name}: {example}");
            examples += 1;
        }
    }
    assert!(examples > 10, "the examples are not found");
}
