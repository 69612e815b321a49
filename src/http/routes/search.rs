//! Searching messages.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    domain::{MessageId, TicketId},
    http::{
        documents::openapi::Problems,
        request::{api::Api, query::query},
        response::answer::{self, Answered},
    },
    protocol::{Command, search::SearchMessages, search::SearchResults},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(search_messages);
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Words; a message has them all.
    query: String,
    /// In this ticket only.
    #[param(value_type = Option<String>)]
    ticket_id: Option<TicketId>,
    /// Older ones than this message.
    #[param(value_type = Option<String>)]
    before: Option<MessageId>,
    /// How many; 20 if it is not given.
    limit: Option<u32>,
}

/// Searches the messages that the caller sees, newest first.
#[utoipa::path(tag = "messages", params(SearchQuery), responses((status = 200, body = SearchResults), Problems))]
#[get("/search")]
async fn search_messages(api: Api) -> Answered {
    let SearchQuery { query, ticket_id, before, limit } = query(&api)?;
    let command = Command::SearchMessages(SearchMessages { query, ticket_id, before, limit });
    Ok(answer::done(api.run(command).await?))
}
