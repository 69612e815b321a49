//! The catalogue of error codes, and an error as callers get it.
//!
//! Causes are not in here: they are logged where they happen.

use std::{borrow::Cow, time::Duration};

use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::{examples, objects::PositionObject, schema::names};
use crate::domain::FaultId;

/// Why a command was refused.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema, EnumMessage, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ErrorCode {
    /// Not a frame of this protocol.
    BadFrame,
    /// A command that does not exist.
    UnknownEvent,
    /// A field is missing, of the wrong type or out of bounds.
    InvalidPayload,
    /// Another command came before `authenticate`.
    Unauthenticated,
    /// The token was refused.
    AuthenticationFailed,
    /// The token was good once.
    TokenExpired,
    /// The caller's role may not do this.
    Forbidden,
    /// Missing, or not the caller's to see: the same thing.
    NotFound,
    /// The command needs a joined room.
    NotJoined,
    /// Someone was faster, or the same client id came with other content.
    Conflict,
    /// Over a bound of bytes.
    TooLarge,
    /// An attachment's type is not on the allow-list.
    UnsupportedMediaType,
    /// Too many commands; `retryAfterMs` tells when to try again.
    RateLimited,
    /// The server cannot take this now; trying again later may work.
    Overloaded,
    /// A fault of the server; the log holds the cause under the id in the message.
    Internal,
}

impl ErrorCode {
    /// The code on the wire, which is also the outcome label of metrics.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What it says, for the documents.
    pub fn meaning(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error, examples(examples::error))]
pub struct WireError {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people; safe to show.
    #[schema(value_type = String)]
    pub message: Cow<'static, str>,
    /// The field at fault, as a path such as `attachments[0].data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub field: Option<Cow<'static, str>>,
    /// When trying again may work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_ms: Option<u64>,
    /// The position now, with a `conflict` over `ifPosition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub position: Option<PositionObject>,
    /// Under which the cause of an `internal` error was logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub id: Option<Box<str>>,
}

names! {
    ErrorEvent<'_> = "error";
}

/// The command was refused, and asked for no `ack`.
#[derive(Serialize, ToSchema)]
#[schema(as = ErrorEvent, examples(refused))]
pub struct ErrorEvent<'a> {
    /// Why.
    #[serde(flatten)]
    pub error: &'a WireError,
    /// The name of the command, where one could be read.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub event: &'a str,
}

fn refused() -> Value {
    let mut error = examples::error();
    error["event"] = "get_ticket".into();
    error
}

impl WireError {
    /// An error with a sentence and nothing else.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), field: None, retry_after_ms: None, position: None, id: None }
    }

    /// One field is at fault.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorCode::InvalidPayload, message) }
    }

    /// What a caller may not see, in the words that are also used for what does not exist.
    pub fn ticket_not_found() -> Self {
        Self { field: Some("ticketId".into()), ..Self::new(ErrorCode::NotFound, "There is no such ticket.") }
    }

    /// The same for a message.
    pub fn message_not_found() -> Self {
        Self {
            field: Some("messageId".into()),
            ..Self::new(ErrorCode::NotFound, "There is no such message.")
        }
    }

    /// The same for a user.
    pub fn user_not_found() -> Self {
        Self { field: Some("userId".into()), ..Self::new(ErrorCode::NotFound, "There is no such user.") }
    }

    /// The same for a notification.
    pub fn notification_not_found() -> Self {
        Self {
            field: Some("notificationId".into()),
            ..Self::new(ErrorCode::NotFound, "There is no such notification.")
        }
    }

    /// The same error, naming a field.
    #[must_use]
    pub fn with_field(self, field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// Too many commands of one class.
    pub fn rate_limited(retry_after: Duration) -> Self {
        // Rounded up: who waits exactly that long must get through.
        let millis = u64::try_from(retry_after.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1);
        Self {
            retry_after_ms: Some(millis),
            ..Self::new(ErrorCode::RateLimited, "Too many requests of this kind; try again later.")
        }
    }

    /// The server is out of some resource; the caller may try again.
    pub fn overloaded() -> Self {
        Self {
            retry_after_ms: Some(1_000),
            ..Self::new(
                ErrorCode::Overloaded,
                "The server cannot take this right now; try again in a moment.",
            )
        }
    }

    /// A fault that was logged under `id`.
    pub fn internal(id: FaultId) -> Self {
        Self {
            id: Some(id.to_string().into()),
            ..Self::new(
                ErrorCode::Internal,
                "Something went wrong on the server; it was logged under this id.",
            )
        }
    }
}
