//! The routes of the API, one file a family: each turns a request into a command, and its reply into a
//! response.

mod admin;
mod attachments;
mod canned;
mod compat;
mod marks;
mod messages;
mod notifications;
mod people;
mod presence;
mod search;
mod tickets;
mod transcript;
mod users;
mod webhooks;
mod widget;

use utoipa_actix_web::service_config::ServiceConfig;

use super::{events, response::answer::Refused};
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
        .configure(people::configure)
        .configure(presence::configure)
        .configure(notifications::configure)
        .configure(canned::configure)
        .configure(search::configure)
        .configure(transcript::configure)
        .configure(compat::configure)
        .configure(events::configure)
        .configure(users::configure)
        .configure(admin::configure)
        .configure(widget::configure)
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
