//! What is declared of a command beside its fields, and what a document needs to know of a type of the wire.
//!
//! Owns the form of a declaration, and the way from a type to its schema. What the documents look like is
//! theirs, and what a request looks like on the wire of HTTP is that of `http`.

use std::{borrow::Cow, fmt};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use super::Named;
use crate::domain::{Action, Class};

/// One command, declared on the type of its fields.
///
/// The type's own description is the command's summary in the documents.
pub trait CommandSpec: DeserializeOwned + ToSchema {
    /// The name on the wire, and the `command` label of metrics.
    const NAME: &'static str;
    /// The rate limit that the command is charged to.
    const CLASS: Class;
    /// Rights that the command may need, by the table of access; none if everyone may always send it.
    const ACTIONS: &'static [Action];
    /// Names of the events that tell others of the command.
    const EVENTS: &'static [&'static str] = &[];
    /// The request that carries the command over HTTP, if there is one.
    const ROUTE: Option<Route> = None;
    /// When the command may start, after others of its connection.
    const ORDER: Order = Order::AfterWrites;
    /// Fields of a success, under their name; `()` for an empty `ack`, or none.
    type Reply: CommandReply;
}

/// Fields that a command may be answered with.
pub trait CommandReply {
    /// Name and schema, unless the answer is empty.
    const DESCRIBED: Option<Described>;
}

impl CommandReply for () {
    const DESCRIBED: Option<Described> = None;
}

impl<T: Named> CommandReply for T {
    const DESCRIBED: Option<Described> = Some(named::<T>());
}

/// When a command may start, after others of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Once earlier writes are committed, whose effects it must see.
    AfterWrites,
    /// While earlier writes are still committing; the writer keeps the order of writes.
    Pipelined,
}

/// Methods of requests that carry commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of RFC 9110 and RFC 5789")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request that carries a command over HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below `/api`, with variables in braces.
    pub path: &'static str,
    /// Fields that the variables of the path stand for, in their order.
    pub fields: &'static [&'static str],
    /// Group in the OpenAPI document; routes with handlers of their own name it there.
    pub tag: &'static str,
    /// Whether `http` has a handler for it: for lists, `201`, ETags and files.
    pub is_own: bool,
}

impl Route {
    /// A `GET` of that path.
    pub const fn get(path: &'static str, fields: &'static [&'static str]) -> Self {
        Self::new(Method::Get, path, fields)
    }

    /// A `POST` to that path.
    pub const fn post(path: &'static str, fields: &'static [&'static str]) -> Self {
        Self::new(Method::Post, path, fields)
    }

    /// A `PUT` to that path.
    pub const fn put(path: &'static str, fields: &'static [&'static str]) -> Self {
        Self::new(Method::Put, path, fields)
    }

    /// A `PATCH` of that path.
    pub const fn patch(path: &'static str, fields: &'static [&'static str]) -> Self {
        Self::new(Method::Patch, path, fields)
    }

    /// A `DELETE` of that path.
    pub const fn delete(path: &'static str, fields: &'static [&'static str]) -> Self {
        Self::new(Method::Delete, path, fields)
    }

    const fn new(method: Method, path: &'static str, fields: &'static [&'static str]) -> Self {
        Self { method, path, fields, tag: "", is_own: false }
    }

    /// The same in a group of the OpenAPI document.
    #[must_use]
    pub const fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// The same with a handler of its own.
    #[must_use]
    pub const fn own(self) -> Self {
        Self { is_own: true, ..self }
    }

    /// Names of the path's variables with the fields that they stand for.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let names = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        names.zip(self.fields.iter().copied())
    }
}

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
    Described::new::<T>(T::NAME)
}

/// Of the fields of a command.
pub const fn command<T: CommandSpec>() -> Described {
    Described::new::<T>(T::NAME)
}

/// A schema as JSON.
pub(super) fn schema_value(schema: &RefOr<Schema>) -> Value {
    // Serialising what the library made of our own types does not fail.
    serde_json::to_value(schema).unwrap_or_default()
}

impl Described {
    const fn new<T: ToSchema>(name: &'static str) -> Self {
        Self { name, schema_name: T::name, schema: T::schema, schemas: T::schemas }
    }

    fn value(&self) -> Value {
        schema_value(&self.schema())
    }

    /// Where the schema of its fields is.
    pub(super) fn reference(&self) -> Value {
        json!({"$ref": format!("#/components/schemas/{}", self.schema_name())})
    }

    /// What the type says of itself: the first paragraph of its description.
    pub fn summary(&self) -> String {
        let value = self.value();
        let description = value["description"].as_str().unwrap_or_default();
        description.split("\n\n").next().unwrap_or_default().to_owned()
    }

    /// The first example of the type.
    pub fn example(&self) -> Value {
        self.value()["examples"][0].take()
    }

    /// Names of its fields.
    pub fn fields(&self) -> Vec<String> {
        let value = self.value();
        value["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// What a field is, as a phrase.
    pub fn about_field(&self, field: &str) -> Option<String> {
        let about = self.value()["properties"][field]["description"].as_str()?.to_owned();
        Some(about.trim_end_matches('.').to_owned())
    }

    /// Whether it cannot be left out.
    pub(super) fn has_required_fields(&self) -> bool {
        self.value()["required"].as_array().is_some_and(|fields| !fields.is_empty())
    }

    /// The schema of its fields.
    pub fn schema(&self) -> RefOr<Schema> {
        (self.schema)()
    }

    /// The name of the schema of its fields.
    pub fn schema_name(&self) -> Cow<'static, str> {
        (self.schema_name)()
    }

    /// Adds the schema of its fields, and all that it needs.
    pub fn collect(&self, schemas: &mut Schemas) {
        schemas.push((self.schema_name().into_owned(), self.schema()));
        self.collect_needed(schemas);
    }

    /// Adds the schemas that the schema of its fields names.
    pub fn collect_needed(&self, schemas: &mut Schemas) {
        (self.schemas)(schemas);
    }
}
