//! Ids in the path of a request.
//!
//! Owns the refusal of an id that cannot be read: it names nothing, so the answer is that nothing is there.

use crate::{
    domain::{CannedResponseId, MessageId, NotificationId, TicketId, UserId},
    http::response::answer::ApiError,
    protocol::{ErrorCode, WireError},
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

/// The notification that a path names.
fn notification_id(path: &str) -> Result<NotificationId, ApiError> {
    path.parse().map_err(|_| WireError::notification_not_found().into())
}

/// The canned response that a path names.
pub(in crate::http) fn canned_response_id(path: &str) -> Result<CannedResponseId, ApiError> {
    path.parse().map_err(|_| missing("There is no such canned response.").with_field("id").into())
}

fn missing(sentence: &'static str) -> WireError {
    WireError::new(ErrorCode::NotFound, sentence)
}

/// The value of a field that stands in a path. What is no id of its kind is not found.
pub(in crate::http) fn path_value(field: &str, text: &str) -> Result<String, ApiError> {
    Ok(match field {
        "ticketId" => ticket_id(text)?.to_string(),
        "messageId" => message_id(text)?.to_string(),
        "userId" => user_id(text)?.to_string(),
        "notificationId" => notification_id(text)?.to_string(),
        "id" => canned_response_id(text)?.to_string(),
        "emoji" => text.to_owned(),
        // A variable whose values are not checked here is a fault of the declaration.
        _ => return Err(missing("There is no such path.").into()),
    })
}
