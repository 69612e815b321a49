//! What a document needs to know of a type of the wire.
//!
//! Owns the way from a type to its schema; what the documents look like is theirs.

use std::{borrow::Cow, fmt};

use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use super::Named;

/// Schemas, by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// Something that travels under a name.
#[derive(Clone, Copy)]
pub struct Described {
    /// The name on the wire.
    pub name: &'static str,
    schema_name: fn() -> Cow<'static, str>,
    schema: fn() -> RefOr<Schema>,
    schemas: fn(&mut Schemas),
}

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Of a type that knows its name.
pub const fn named<T: Named>() -> Described {
    command::<T>(T::NAME)
}

/// Of the fields of a command.
pub const fn command<T: ToSchema>(name: &'static str) -> Described {
    Described { name, schema_name: T::name, schema: T::schema, schemas: T::schemas }
}

/// A schema as JSON.
pub(super) fn schema_value(schema: &RefOr<Schema>) -> Value {
    // Serialising what the library made of our own types does not fail.
    serde_json::to_value(schema).unwrap_or_default()
}

impl Described {
    fn value(&self) -> Value {
        schema_value(&(self.schema)())
    }

    /// Where the schema of its fields is.
    pub(super) fn reference(&self) -> Value {
        json!({"$ref": format!("#/components/schemas/{}", self.schema_name())})
    }

    /// What the type says of itself.
    pub(super) fn summary(&self) -> String {
        self.value()["description"].as_str().unwrap_or_default().to_owned()
    }

    /// The first example of the type.
    pub(super) fn example(&self) -> Value {
        self.value()["examples"][0].take()
    }

    /// Whether it cannot be left out.
    pub(super) fn has_required_fields(&self) -> bool {
        self.value()["required"].as_array().is_some_and(|fields| !fields.is_empty())
    }

    /// The name of the schema of its fields.
    pub fn schema_name(&self) -> Cow<'static, str> {
        (self.schema_name)()
    }

    /// Adds the schema of its fields, and all that it needs.
    pub fn collect(&self, schemas: &mut Schemas) {
        schemas.push((self.schema_name().into_owned(), (self.schema)()));
        (self.schemas)(schemas);
    }
}
