//! Signing in: the reply to `authenticate`, and what a client is told of its token.
//!
//! Owns names and fields. Does not know tokens.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    error_codes::ErrorCode,
    examples::customer,
    objects::{Rfc3339, UserObject},
    schema::names,
};

names! {
    Authenticated<'_> = "authenticated";
    AuthenticationError<'_> = "authentication_error";
    TokenExpiring = "token_expiring";
}

/// Who the caller is from now on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuthenticatedReply, examples(authenticated))]
pub struct Authenticated<'a> {
    /// The caller.
    pub user: UserObject<'a>,
    /// When the token ends.
    pub expires_at: Rfc3339,
    /// The history that sequence numbers belong to.
    pub epoch: &'a str,
}

/// `authenticate` without an `ack`, or a bearer header, was refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuthenticationErrorEvent, examples(refused))]
pub struct AuthenticationError<'a> {
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why, for people.
    pub message: &'a str,
    /// When trying again may work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_ms: Option<u64>,
}

/// The token ends soon.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenExpiringEvent, examples(expiring))]
pub struct TokenExpiring {
    /// When.
    pub expires_at: Rfc3339,
}

fn authenticated() -> Value {
    json!({"user": customer(), "expiresAt": "2026-11-21T06:47:14.000Z", "epoch": "612fccd5b86bf0be"})
}

fn refused() -> Value {
    json!({"code": "authentication_failed", "message": "The token was refused."})
}

fn expiring() -> Value {
    json!({"expiresAt": "2026-11-21T06:47:14.000Z"})
}
