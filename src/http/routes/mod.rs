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

use super::events;

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
