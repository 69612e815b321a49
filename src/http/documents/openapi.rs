//! The OpenAPI 3.1 document of the API, made of the routes' own annotations and the declarations of
//! commands.
//!
//! Owns what is said about the API as a whole, and the answers that every operation has. What a route
//! takes and gives stands at the route, or is declared with its command; what objects look like, at their
//! types.

use std::{borrow::Cow, collections::HashMap, marker::PhantomData, sync::LazyLock};

use actix_web::{HttpRequest, HttpResponse, http::header};
use serde_json::Value;
use utoipa::{
    IntoParams, IntoResponses, OpenApi, PartialSchema, ToSchema,
    openapi::{
        Components, Deprecated, PathItem, RefOr, Response, Schema,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_actix_web::OpenApiFactory;

use crate::{
    http::{
        response::problem::{Problem, no_such_path},
        routes,
    },
    protocol::spec::CommandSpec,
};

/// What a command takes besides the fields that the path of its route names. Name it by an alias at the
/// handler: the macro takes a generic type for one of its own.
pub(in crate::http) struct Body<T>(PhantomData<T>);

impl<T: CommandSpec> ToSchema for Body<T> {
    fn name() -> Cow<'static, str> {
        body_name(&T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: CommandSpec> PartialSchema for Body<T> {
    fn schema() -> RefOr<Schema> {
        without(T::schema(), T::ROUTE.map_or(&[], |route| route.fields))
    }
}

/// The name of the schema of a body, by that of all fields.
pub(in crate::http) fn body_name(command: &str) -> String {
    format!("{command}Body")
}

/// A schema that lacks these fields.
pub(in crate::http) fn without(schema: RefOr<Schema>, fields: &[&str]) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.properties.retain(|name, _| !fields.contains(&name.as_str()));
            object.required.retain(|name| !fields.contains(&name.as_str()));
            for example in object.examples.iter_mut().filter_map(Value::as_object_mut) {
                example.retain(|name, _| !fields.contains(&name.as_str()));
            }
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// By which a retry is recognised; it stands for the client's own id in the body.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a description for the document")]
pub(in crate::http) struct IdempotencyKey {
    /// 1 to 64 characters. The same key with the same content is answered as before, and done once.
    #[param(rename = "Idempotency-Key", value_type = Option<String>)]
    idempotency_key: Option<String>,
}

/// How any operation may be refused; the code in the body says why.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description for the document")]
pub(in crate::http) enum Problems {
    /// A field is missing, of the wrong type or out of bounds.
    #[response(status = 400)]
    Invalid(Problem),
    /// No token, or one that is not good (any more).
    #[response(status = 401)]
    Unauthenticated(Problem),
    /// The caller may not do this.
    #[response(status = 403)]
    Forbidden(Problem),
    /// Missing, or not the caller's to see: the same thing.
    #[response(status = 404)]
    NotFound(Problem),
    /// Someone was faster, or the same idempotency key came with other content.
    #[response(status = 409)]
    Conflict(Problem),
    /// Over a bound of bytes.
    #[response(status = 413)]
    TooLarge(Problem),
    /// A type of content that is not taken.
    #[response(status = 415)]
    UnsupportedMediaType(Problem),
    /// Too many requests of this kind; `Retry-After` says when to try again.
    #[response(status = 429)]
    RateLimited(Problem),
    /// A fault of the server, logged under the id in the body.
    #[response(status = 500)]
    Internal(Problem),
    /// The server cannot take this now; `Retry-After` says when to try again.
    #[response(status = 503)]
    Overloaded(Problem),
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Deskwire",
        description = "Ticket-support chat over HTTP: the same commands, objects and errors as on the socket, \
            which is described by the AsyncAPI document [`/api/asyncapi.json`](/api/asyncapi.json).",
    ),
    modifiers(&BearerToken),
    security(("token" = [])),
)]
struct Api;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.bearer_format = Some("JWT".to_owned());
        document
            .components
            .get_or_insert_default()
            .security_schemes
            .insert("token".to_owned(), SecurityScheme::Http(http).into());
    }
}

/// The tag of what is there for existing front-ends only.
pub(in crate::http) const DEPRECATED: &str = "deprecated";

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = path;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn methods(path: &PathItem) -> String {
    let PathItem { get, put, post, delete, patch, .. } = path;
    let all = [("GET", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete)];
    let there: Vec<&str> = all.iter().filter(|(_, it)| it.is_some()).map(|(name, _)| *name).collect();
    there.join(", ")
}

/// Whatever has no route: another method of a path that there is, or no path.
pub(in crate::http) async fn no_route(request: HttpRequest) -> HttpResponse {
    let pattern = request.match_pattern();
    match pattern.and_then(|pattern| DOCUMENT.allowed.get(&pattern)) {
        Some(allowed) => {
            HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allowed.as_str())).finish()
        }
        None => no_such_path().await,
    }
}

/// The document of these routes.
fn document(routes: &impl OpenApiFactory) -> utoipa::openapi::OpenApi {
    let mut document = Api::openapi();
    document.paths = routes.paths();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        if operation.tags.iter().flatten().any(|tag| tag == DEPRECATED) {
            operation.deprecated = Some(Deprecated::True);
        }
    }
    let mut schemas = Vec::new();
    routes.schemas(&mut schemas);
    // Named by responses, of which the library collects nothing.
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    Problem::schemas(&mut schemas);
    let components = document.components.get_or_insert_default();
    components.schemas.extend(schemas);
    let operations = document.paths.paths.values_mut().flat_map(operations);
    let responses = operations.flat_map(|operation| operation.responses.responses.values_mut());
    for response in responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = described(response, components);
        }
    }
    document
}

/// What a response is, by its body, for each must say it.
fn described(response: &Response, components: &Components) -> String {
    let schema = response.content.values().find_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    let schema = match schema {
        Some(RefOr::Ref(named)) => {
            named.ref_location.rsplit('/').next().and_then(|name| components.schemas.get(name))
        }
        schema => schema,
    };
    let description = match schema {
        Some(RefOr::T(Schema::Object(object))) => object.description.as_deref(),
        Some(RefOr::T(Schema::AllOf(all))) => all.description.as_deref(),
        _ => None,
    };
    description.unwrap_or(if response.content.is_empty() { "Without a body" } else { "Done" }).to_owned()
}

/// The document as it is served, made when it is first asked for: a start need not wait for it.
static DOCUMENT: LazyLock<Document> =
    LazyLock::new(|| Document::of(&utoipa_actix_web::scope("/api").configure(routes::configure)));

struct Document {
    json: String,
    /// The methods of each path, as `Allow` lists them.
    allowed: HashMap<String, String>,
}

impl Document {
    fn of(routes: &impl OpenApiFactory) -> Self {
        let document = document(routes);
        let allowed = document.paths.paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect();
        // Serialising what the library made of our own types does not fail; were it, nothing is served.
        Self { json: document.to_json().unwrap_or_default(), allowed }
    }
}

/// The document as it is served.
pub(in crate::http) fn json() -> &'static str {
    &DOCUMENT.json
}

/// `GET /api/openapi.json`
pub(in crate::http) async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(json())
}
