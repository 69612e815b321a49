//! The catalogue of close codes.

use serde::Serialize;
use strum::{EnumMessage, VariantArray};
use utoipa::ToSchema;

/// Makes [`CloseCode`] of the list of codes: the number on the wire and the reason sent along.
macro_rules! close_codes {
    ($($(#[$doc:meta])+ $name:ident = $code:literal, $reason:literal;)+) => {
        /// Why the server closes a connection (RFC 6455, section 7.4, and this protocol's own 44xx).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumMessage, VariantArray)]
        pub enum CloseCode {
            $($(#[$doc])+ $name,)+
        }

        impl CloseCode {
            /// The number on the wire.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code,)+ }
            }

            /// The reason sent along; at most 123 bytes (RFC 6455, section 5.5).
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason,)+ }
            }
        }
    };
}

close_codes! {
    /// The client closed, and is answered.
    Normal = 1000, "";
    /// Not WebSocket (RFC 6455).
    ProtocolError = 1002, "not a WebSocket frame";
    /// Text that is not UTF-8 (RFC 6455).
    InvalidText = 1007, "text that is not UTF-8";
    /// A frame over the limit.
    TooLarge = 1009, "frame too large";
    /// The server restarts.
    Restarting = 1012, "the server is restarting";
    /// An admin ended it, and the client may come back.
    Disconnected = 1012, "ended by an administrator; reconnect";
    /// Live events overflowed the outbox.
    TooSlow = 4008, "reads too slowly; reconnect and resume";
    /// Three frames within a minute that are not of this protocol.
    BadFrames = 4400, "not frames of this protocol";
    /// Not authenticated in time; token bad, expired or revoked.
    Unauthenticated = 4401, "authentication is missing, failed or expired";
    /// The user is disabled.
    Disabled = 4403, "this user is disabled";
    /// More than the allowed connections of this user.
    Replaced = 4409, "replaced by a newer connection of this user";
    /// Kept flooding after `rate_limited`.
    Flooding = 4429, "too many requests; back off";
}

impl CloseCode {
    /// What it says, for the documents.
    pub fn meaning(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }

    /// Whether it shuts the user out: then nothing that is in flight is waited for.
    pub const fn is_lockout(self) -> bool {
        matches!(self, Self::Unauthenticated | Self::Disabled)
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
