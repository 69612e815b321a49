//! What callers put on messages: emojis, and how far they have got and read.

use actix_web::{delete, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    http::{
        documents::openapi::{Body, Problems},
        request::{
            api::Api,
            path::{message_id, ticket_id},
        },
        response::answer::{self, Answered, ApiError},
    },
    protocol::{
        Command,
        command::{Mark, React},
        reply::fields,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(add_reaction).service(remove_reaction).service(mark_delivered).service(mark_read);
}

type MarkBody = Body<Mark>;

/// Puts an emoji under a message.
#[utoipa::path(
    tag = "messages",
    params(("id" = String, Path, description = "The message"), ("emoji" = String, Path, description = "One emoji")),
    responses((status = 200, body = fields::ReactionAdded), Problems)
)]
#[put("/messages/{id}/reactions/{emoji}")]
async fn add_reaction(api: Api, path: web::Path<(String, String)>) -> Answered {
    Ok(answer::done(&api.run(Command::AddReaction(reaction(path.into_inner())?)).await?))
}

/// Takes one's own emoji away again.
#[utoipa::path(
    tag = "messages",
    params(("id" = String, Path, description = "The message"), ("emoji" = String, Path, description = "One emoji")),
    responses((status = 200, body = fields::ReactionRemoved), Problems)
)]
#[delete("/messages/{id}/reactions/{emoji}")]
async fn remove_reaction(api: Api, path: web::Path<(String, String)>) -> Answered {
    Ok(answer::done(&api.run(Command::RemoveReaction(reaction(path.into_inner())?)).await?))
}

fn reaction((id, emoji): (String, String)) -> Result<React, ApiError> {
    Ok(React { message_id: message_id(&id)?, emoji })
}

/// Confirms that the caller's client has got messages, up to one.
#[utoipa::path(
    tag = "messages",
    params(("id" = String, Path, description = "The ticket")),
    request_body = MarkBody,
    responses((status = 200, body = fields::Receipt), Problems)
)]
#[put("/tickets/{id}/receipts/delivered")]
async fn mark_delivered(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let id = ticket_id(&id)?.to_string();
    Ok(answer::done(&api.run_with_body(payload, "mark_delivered", &[("ticketId", &id)]).await?))
}

/// Confirms that the caller has read messages, up to one.
#[utoipa::path(
    tag = "messages",
    params(("id" = String, Path, description = "The ticket")),
    request_body = MarkBody,
    responses((status = 200, body = fields::Receipt), Problems)
)]
#[put("/tickets/{id}/receipts/read")]
async fn mark_read(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let id = ticket_id(&id)?.to_string();
    Ok(answer::done(&api.run_with_body(payload, "mark_read", &[("ticketId", &id)]).await?))
}
