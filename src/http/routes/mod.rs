//! The routes of the API, one file a family: each turns a request into a command, and its reply into a
//! response.

mod messages;
mod webhooks;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::Refused;
use crate::{
    domain::{MessageId, TicketId},
    protocol::WireError,
};

/// All of them.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.configure(messages::configure);
    config.configure(webhooks::configure);
}

/// The ticket that a path names; what is no id names none.
fn ticket_id(path: &web::Path<String>) -> Result<TicketId, Refused> {
    path.parse().map_err(|_| WireError::ticket_not_found().into())
}

/// The message that a path names.
fn message_id(path: &str) -> Result<MessageId, Refused> {
    path.parse().map_err(|_| WireError::message_not_found().into())
}
