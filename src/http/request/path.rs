//! Ids in the path of a request.
//!
//! Owns the refusal of an id that cannot be read: it names nothing, so the answer is that nothing is there.

use crate::{
    domain::{MessageId, TicketId, UserId},
    http::response::answer::ApiError,
    protocol::WireError,
};

/// The ticket that a path names; what is no id names none.
pub(in crate::http) fn ticket_id(path: &str) -> Result<TicketId, ApiError> {
    path.parse().map_err(|_| WireError::ticket_not_found().into())
}

/// The message that a path names.
pub(in crate::http) fn message_id(path: &str) -> Result<MessageId, ApiError> {
    path.parse().map_err(|_| WireError::message_not_found().into())
}

/// The user that a path names.
pub(in crate::http) fn user_id(path: &str) -> Result<UserId, ApiError> {
    UserId::new(path).map_err(|_| WireError::user_not_found().into())
}
