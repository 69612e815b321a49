//! Answers of the API: a reply's fields as they are on the socket, or an error with its status.
//!
//! Owns status codes and the headers of caching. Which reply a command has is `protocol`'s.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, EntityTag, Header as _, HeaderValue, IfNoneMatch},
    },
};
use serde::Serialize;

use super::problem::{problem, status};
use crate::{
    chat::internal,
    guard::crypto::encoding::sha256_base64_url,
    protocol::{EncodedReply, WireError},
};

/// A request that was refused, as a response.
#[derive(Debug)]
pub(in crate::http) struct ApiError(WireError);

impl From<WireError> for ApiError {
    fn from(error: WireError) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status(self.0.code)
    }

    fn error_response(&self) -> HttpResponse {
        problem(&self.0)
    }
}

/// What a handler gives.
pub(in crate::http) type Answered = Result<HttpResponse, ApiError>;

/// The answer to something that was done.
pub(in crate::http) fn done(reply: EncodedReply) -> HttpResponse {
    json(StatusCode::OK, reply.into_data())
}

/// The answer to something that was made; 200 if it had been made before, by the same request.
pub(in crate::http) fn made(reply: EncodedReply) -> HttpResponse {
    let created = reply.what_was_created();
    let is_duplicate = created.is_some_and(|it| it.is_duplicate);
    let status = if is_duplicate { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = json(status, reply.into_data());
    if let Some(ticket_id) = created.and_then(|it| it.ticket_id)
        && let Ok(place) = HeaderValue::try_from(format!("/api/tickets/{ticket_id}"))
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// The answer to what is no command.
pub(in crate::http) fn object(status: StatusCode, object: &impl Serialize) -> Answered {
    match serde_json::to_string(object) {
        Ok(body) => Ok(json(status, body)),
        Err(error) => Err(internal(&error).into()),
    }
}

/// A body that is JSON already.
fn json(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(body)
}

/// The answer to a read, or 304 if the caller has it already (RFC 9110, section 13.1.2).
pub(in crate::http) fn read(request: &HttpRequest, reply: EncodedReply) -> HttpResponse {
    let body = reply.into_data();
    let tag = EntityTag::new_strong(sha256_base64_url(body.as_bytes()));
    let is_known = is_known(request, &tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header(header::ETag(tag))
        // Of one user, and asked for again each time.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if is_known { response.finish() } else { response.content_type("application/json").body(body) }
}

/// Whether the caller has it already, by what it says (`If-None-Match`).
pub(in crate::http) fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        // A missing header is parsed as an empty list.
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|it| it.weak_eq(tag)),
        Err(_) => false,
    }
}
