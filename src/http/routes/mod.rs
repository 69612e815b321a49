//! The routes of the API, one file a family: each turns a request into a command, and its reply into a
//! response.

mod admin;
mod attachments;
mod canned_responses;
mod deprecated;
mod marks;
mod messages;
mod notifications;
mod rooms;
mod search;
mod statuses;
mod tickets;
mod transcripts;
mod users;
mod visitors;
mod webhooks;

use utoipa_actix_web::service_config::ServiceConfig;

use super::{answer::Refused, events};
use crate::{
    domain::{MessageId, TicketId, UserId},
    protocol::WireError,
};

/// All of them.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(tickets::configure)
        .configure(messages::configure)
        .configure(attachments::configure)
        .configure(marks::configure)
        .configure(rooms::configure)
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
