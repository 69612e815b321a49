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

use super::{commands, events};

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
