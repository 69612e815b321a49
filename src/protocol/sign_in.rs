//! Signing in: `authenticate`, its reply, and what a client is told of its token.
//!
//! Owns names and fields. Does not know tokens.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    error_codes::ErrorCode,
    examples::customer,
    objects::{Rfc3339, UserObject},
    schema::names,
    spec::CommandSpec,
};
use crate::domain::{Action, Class};

names! {
    Authenticated<'_> = "authenticated";
    AuthenticationError<'_> = "authentication_error";
    TokenExpiring = "token_expiring";
}

/// Says who the caller is; the first command of a connection.
#[derive(Deserialize, ToSchema)]
#[schema(examples(authenticate))]
pub struct Authenticate {
    /// A JWT.
    pub token: String,
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authenticate { token: *** }")
    }
}

impl CommandSpec for Authenticate {
    const NAME: &'static str = "authenticate";
    const CLASS: Class = Class::Auth;
    const ACTIONS: &'static [Action] = &[];
    type Reply = Authenticated<'static>;
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

fn authenticate() -> Value {
    json!({"token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYXNleSIsImV4cCI6MTc5NTI0MDAzNH0.c2lnbmF0dXJl"})
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
