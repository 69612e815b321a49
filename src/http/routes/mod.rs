//! The routes of the API that have handlers of their own, one file a family: each turns a request into a
//! command, and its reply into a response.

mod admin;
mod attachments;
mod canned_responses;
mod deprecated;
mod messages;
mod notifications;
mod search;
mod statuses;
mod tickets;
mod transcripts;
mod users;
mod visitors;
mod webhooks;

use utoipa_actix_web::service_config::ServiceConfig;

use super::{answer::Refused, commands, events};
use crate::{
    domain::{CannedResponseId, MessageId, NotificationId, TicketId, UserId},
    protocol::{ErrorCode, WireError},
};

/// All of them.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(tickets::configure)
        .configure(messages::configure)
        .configure(attachments::configure)
        .configure(commands::configure)
        .configure(statuses::configure)
        .configure(notifications::configure)
        .configure(canned_responses::configure)
        .configure(search::configure)
        .configure(transcripts::configure)
        .configure(deprecated::configure)
        .configure(events::configure)
        .configure(users::configure)
        .configure(admin::configure)
        .configure(visitors::configure)
        .configure(webhooks::configure);
}

/// The ticket that a path names; what is no id names none.
pub(super) fn ticket_id(path: &str) -> Result<TicketId, Refused> {
    path.parse().map_err(|_| WireError::ticket_not_found().into())
}

/// The message that a path names.
fn message_id(path: &str) -> Result<MessageId, Refused> {
    path.parse().map_err(|_| WireError::message_not_found().into())
}

/// The user that a path names.
fn user_id(path: &str) -> Result<UserId, Refused> {
    UserId::new(path).map_err(|_| WireError::user_not_found().into())
}

/// The notification that a path names.
fn notification_id(path: &str) -> Result<NotificationId, Refused> {
    path.parse().map_err(|_| WireError::notification_not_found().into())
}

/// The canned response that a path names.
fn canned_response_id(path: &str) -> Result<CannedResponseId, Refused> {
    path.parse().map_err(|_| missing("There is no such canned response.").with_field("id").into())
}

fn missing(sentence: &'static str) -> WireError {
    WireError::new(ErrorCode::NotFound, sentence)
}

/// The value of a field that stands in a path. What is no id of its kind is not found.
pub(super) fn path_value(field: &str, text: &str) -> Result<String, Refused> {
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
