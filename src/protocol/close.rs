//! The catalogue of close codes.

use serde::Serialize;
use utoipa::ToSchema;

/// Why the server closes a connection (RFC 6455, section 7.4, and this protocol's own 44xx).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// 1000: the client closed, and is answered.
    Normal,
    /// 1002: not WebSocket (RFC 6455).
    ProtocolError,
    /// 1007: text that is not UTF-8 (RFC 6455).
    InvalidText,
    /// 1009: a frame over the limit.
    TooLarge,
    /// 1012: the server restarts.
    Restarting,
    /// 1012: an admin ended it, and the client may come back.
    Disconnected,
    /// 4400: three frames within a minute that are not of this protocol.
    BadFrames,
    /// 4401: not authenticated in time; token bad, expired or revoked.
    Unauthenticated,
    /// 4403: the user is disabled.
    Disabled,
    /// 4008: live events overflowed the outbox.
    TooSlow,
    /// 4429: kept flooding after `rate_limited`.
    Flooding,
    /// 4409: more than the allowed connections of this user.
    Replaced,
}

impl CloseCode {
    /// Whether it shuts the user out: then nothing that is in flight is waited for.
    pub const fn is_lockout(self) -> bool {
        matches!(self, Self::Unauthenticated | Self::Disabled)
    }

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::ProtocolError => 1002,
            Self::InvalidText => 1007,
            Self::TooLarge => 1009,
            Self::Restarting | Self::Disconnected => 1012,
            Self::BadFrames => 4400,
            Self::Unauthenticated => 4401,
            Self::Disabled => 4403,
            Self::TooSlow => 4008,
            Self::Flooding => 4429,
            Self::Replaced => 4409,
        }
    }

    /// The reason sent along; at most 123 bytes (RFC 6455, section 5.5).
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::ProtocolError => "not a WebSocket frame",
            Self::InvalidText => "text that is not UTF-8",
            Self::TooLarge => "frame too large",
            Self::Restarting => "the server is restarting",
            Self::Disconnected => "ended by an administrator; reconnect",
            Self::BadFrames => "not frames of this protocol",
            Self::Unauthenticated => "authentication is missing, failed or expired",
            Self::Disabled => "this user is disabled",
            Self::TooSlow => "reads too slowly; reconnect and resume",
            Self::Flooding => "too many requests; back off",
            Self::Replaced => "replaced by a newer connection of this user",
        }
    }
}

/// `{code, reason}`, where there is no WebSocket to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CloseObject {
    /// As a WebSocket's close code.
    pub code: u16,
    /// For people who read logs.
    #[schema(value_type = String)]
    pub reason: &'static str,
}

impl From<CloseCode> for CloseObject {
    fn from(close: CloseCode) -> Self {
        Self { code: close.code(), reason: close.reason() }
    }
}
