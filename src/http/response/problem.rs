//! Errors over HTTP: the body `{"error":{…}}` and the status that fits the code.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::protocol::{ErrorCode, WireError};

/// The body of every refusal.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Problem {
    error: WireError,
}

/// An error as a response.
pub(in crate::http) fn problem(error: &WireError) -> HttpResponse {
    let status = status(error.code);
    let mut response = HttpResponse::build(status);
    if let Some(millis) = error.retry_after_ms {
        response.insert_header((header::RETRY_AFTER, millis.div_ceil(1_000).to_string()));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(Problem { error: error.clone() })
}

pub(in crate::http) fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadFrame | ErrorCode::UnknownEvent | ErrorCode::InvalidPayload => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated | ErrorCode::AuthenticationFailed | ErrorCode::TokenExpired => {
            StatusCode::UNAUTHORIZED
        }
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::NotJoined | ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whatever has no route.
pub(in crate::http) async fn no_such_path() -> HttpResponse {
    problem(&WireError::new(ErrorCode::NotFound, "There is nothing at this path."))
}
