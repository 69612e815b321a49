//! The OpenAPI 3.1 document of the API, made of the routes' own annotations.
//!
//! Owns what is said about the API as a whole, and the answers that every operation has. What a route
//! takes and gives stands at the route; what objects look like, at their types.

use std::{borrow::Cow, marker::PhantomData};

use actix_web::{HttpResponse, web};
use bytestring::ByteString;
use utoipa::{
    IntoParams, IntoResponses, OpenApi, PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_actix_web::OpenApiFactory;

use super::problem::Problem;

/// What a command takes besides the fields that the path names. Name it by an alias at the route: the
/// macro takes a generic type for one of its own.
pub(super) struct Body<T>(PhantomData<T>);

/// The fields of commands that paths and headers carry.
const IN_PATH: [&str; 4] = ["ticketId", "messageId", "userId", "id"];

impl<T: ToSchema> ToSchema for Body<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Body", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Body<T> {
    fn schema() -> RefOr<Schema> {
        match T::schema() {
            RefOr::T(Schema::Object(mut object)) => {
                object.properties.retain(|name, _| !IN_PATH.contains(&name.as_str()));
                object.required.retain(|name| !IN_PATH.contains(&name.as_str()));
                RefOr::T(Schema::Object(object))
            }
            other => other,
        }
    }
}

/// By which a retry is recognised; it stands for the client's own id in the body.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a description for the document")]
pub(super) struct IdempotencyKey {
    /// 1 to 64 characters. The same key with the same content is answered as before, and done once.
    #[param(rename = "Idempotency-Key", value_type = Option<String>)]
    idempotency_key: Option<String>,
}

/// How any operation may be refused; the code in the body says why.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description for the document")]
pub(super) enum Problems {
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
        description = "Ticket-support chat over HTTP: the same commands, objects and errors as on the socket.",
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

/// The document of these routes.
fn document(routes: &impl OpenApiFactory) -> utoipa::openapi::OpenApi {
    let mut document = Api::openapi();
    document.paths = routes.paths();
    let mut schemas = Vec::new();
    routes.schemas(&mut schemas);
    document.components.get_or_insert_default().schemas.extend(schemas);
    document
}

/// The document as it is served, made once for each worker.
pub(super) struct Document(ByteString);

impl Document {
    /// Of these routes.
    pub(super) fn of(routes: &impl OpenApiFactory) -> Self {
        // Serialising what the library made of our own types does not fail; were it, nothing is served.
        Self(document(routes).to_json().unwrap_or_default().into())
    }
}

/// `GET /api/openapi.json`
pub(super) async fn serve(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone().into_bytes())
}
