//! Paths that existing chat front-ends call, over the same commands: conversations are tickets.
//!
//! Owns their names and the headers that point to their successors (RFC 9745, RFC 5829).

use actix_web::{
    HttpResponse, ResponseError as _, delete, get,
    http::header::{self, HeaderName, HeaderValue},
    post, put, web,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{messages, tickets};
use crate::{
    chat,
    domain::{Class, Stream},
    http::{
        documents::openapi::{Body, DEPRECATED, IdempotencyKey, Problems},
        request::{
            api::Api,
            path::{message_id, ticket_id},
        },
        response::answer::{self, Answered, ApiError},
    },
    protocol::{
        Command, WireError,
        messages::{DeleteMessage, EditMessage, GetMessages, SendMessage},
        messages::{MessageDeleted, MessageEdited, MessageSent, Messages},
        objects::PositionObject,
        reactions::ReactionAdded,
        receipts::MarkRead,
        receipts::Receipt,
        tickets::CreateTicket,
        tickets::{TicketCreated, Tickets},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_conversations)
        .service(create_conversation)
        .service(get_conversation_messages)
        .service(send_conversation_message)
        .service(edit_conversation_message)
        .service(delete_conversation_message)
        .service(react_to_conversation_message)
        .service(mark_conversation_read)
        .service(get_ticket_chat)
        .service(send_ticket_chat);
}

type SendMessageBody = Body<SendMessage>;
type EditMessageBody = Body<EditMessage>;
type MarkReadBody = Body<MarkRead>;

/// An emoji for a message.
#[derive(ToSchema)]
#[schema(as = ConversationReaction)]
#[expect(dead_code, reason = "a description for the document")]
struct Reaction {
    /// Exactly one emoji, with its skin tone if it has one.
    #[schema(min_length = 1)]
    emoji: String,
}

/// Since when they are deprecated: 2026-11-26, in seconds of Unix time.
const SINCE: HeaderValue = HeaderValue::from_static("@1795651200");

/// The answer, whatever it is, with what is to be used in its place.
fn old(answered: Answered, successor: &str) -> HttpResponse {
    let mut response = answered.unwrap_or_else(|refused| refused.error_response());
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("deprecation"), SINCE);
    if let Ok(link) = HeaderValue::try_from(format!("<{successor}>; rel=\"successor-version\"")) {
        headers.insert(header::LINK, link);
    }
    response
}

/// Lists tickets, as `GET /api/tickets`.
#[utoipa::path(tag = DEPRECATED, responses((status = 200, body = Tickets), (status = 304), Problems))]
#[get("/chat/conversations")]
async fn list_conversations(api: Api) -> HttpResponse {
    old(tickets::page(&api).await, "/api/tickets")
}

/// Opens a ticket, as `POST /api/tickets`.
#[utoipa::path(
    tag = DEPRECATED,
    params(IdempotencyKey),
    request_body = CreateTicket,
    responses((status = 201, body = TicketCreated), (status = 200, body = TicketCreated), Problems)
)]
#[post("/chat/conversations")]
async fn create_conversation(api: Api, payload: web::Payload) -> HttpResponse {
    old(tickets::opened(&api, payload).await, "/api/tickets")
}

/// Reads messages, as `GET /api/tickets/{id}/messages`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), messages::HistoryQuery),
    responses((status = 200, body = Messages), (status = 304), Problems)
)]
#[get("/chat/conversations/{id}/messages")]
async fn get_conversation_messages(api: Api, id: web::Path<String>) -> HttpResponse {
    old(messages::page(&api, &id).await, "/api/tickets/{id}/messages")
}

/// Sends a message, as `POST /api/tickets/{id}/messages`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), IdempotencyKey),
    request_body = SendMessageBody,
    responses((status = 201, body = MessageSent), (status = 200, body = MessageSent), Problems)
)]
#[post("/chat/conversations/{id}/messages")]
async fn send_conversation_message(api: Api, id: web::Path<String>, payload: web::Payload) -> HttpResponse {
    old(messages::sent(&api, &id, payload).await, "/api/tickets/{id}/messages")
}

/// Changes the text of a message, as `PATCH /api/messages/{id}`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), ("mid" = String, Path, description = "The message")),
    request_body = EditMessageBody,
    responses((status = 200, body = MessageEdited), Problems)
)]
#[put("/chat/conversations/{id}/messages/{mid}")]
async fn edit_conversation_message(
    api: Api,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    let answered = match in_conversation(&api, &path).await {
        Ok(()) => edited(&api, &path.1, payload).await,
        Err(refused) => Err(refused),
    };
    old(answered, "/api/messages/{id}")
}

/// Empties a message, as `DELETE /api/messages/{id}`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), ("mid" = String, Path, description = "The message")),
    responses((status = 200, body = MessageDeleted), Problems)
)]
#[delete("/chat/conversations/{id}/messages/{mid}")]
async fn delete_conversation_message(api: Api, path: web::Path<(String, String)>) -> HttpResponse {
    let answered = match in_conversation(&api, &path).await {
        Ok(()) => deleted(&api, &path.1).await,
        Err(refused) => Err(refused),
    };
    old(answered, "/api/messages/{id}")
}

/// Puts an emoji under a message, as `PUT /api/messages/{id}/reactions/{emoji}`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), ("mid" = String, Path, description = "The message")),
    request_body = Reaction,
    responses((status = 200, body = ReactionAdded), Problems)
)]
#[post("/chat/conversations/{id}/messages/{mid}/reaction")]
async fn react_to_conversation_message(
    api: Api,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    let answered = match in_conversation(&api, &path).await {
        Ok(()) => {
            let reply = api.run_with_body(payload, "add_reaction", &[("messageId", &path.1)]).await;
            reply.map(answer::done)
        }
        Err(refused) => Err(refused),
    };
    old(answered, "/api/messages/{id}/reactions/{emoji}")
}

/// Confirms that messages were read, all if none is named: as `PUT /api/tickets/{id}/receipts/read`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket")),
    request_body = MarkReadBody,
    responses((status = 200, body = Receipt), Problems)
)]
#[post("/chat/conversations/{id}/mark-as-read")]
async fn mark_conversation_read(api: Api, id: web::Path<String>, payload: web::Payload) -> HttpResponse {
    old(mark(&api, &id, payload).await, "/api/tickets/{id}/receipts/read")
}

/// Reads messages, as `GET /api/tickets/{id}/messages`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), messages::HistoryQuery),
    responses((status = 200, body = Messages), (status = 304), Problems)
)]
#[get("/tickets/{id}/chat")]
async fn get_ticket_chat(api: Api, id: web::Path<String>) -> HttpResponse {
    old(messages::page(&api, &id).await, "/api/tickets/{id}/messages")
}

/// Sends a message, as `POST /api/tickets/{id}/messages`.
#[utoipa::path(
    tag = DEPRECATED,
    params(("id" = String, Path, description = "The ticket"), IdempotencyKey),
    request_body = SendMessageBody,
    responses((status = 201, body = MessageSent), (status = 200, body = MessageSent), Problems)
)]
#[post("/tickets/{id}/chat")]
async fn send_ticket_chat(api: Api, id: web::Path<String>, payload: web::Payload) -> HttpResponse {
    old(messages::sent(&api, &id, payload).await, "/api/tickets/{id}/messages")
}

async fn edited(api: &Api, id: &str, payload: web::Payload) -> Answered {
    let id = message_id(id)?.to_string();
    Ok(answer::done(api.run_with_body(payload, "edit_message", &[("messageId", &id)]).await?))
}

async fn deleted(api: &Api, id: &str) -> Answered {
    let command = Command::DeleteMessage(DeleteMessage { message_id: message_id(id)? });
    Ok(answer::done(api.run(command).await?))
}

/// Where a page of messages ends.
#[derive(Deserialize)]
struct PageEnd {
    position: PositionObject,
}

async fn mark(api: &Api, id: &str, payload: web::Payload) -> Answered {
    let ticket_id = ticket_id(id)?;
    let command = match api.command(payload, "mark_read", &[("ticketId", id)]).await? {
        Command::MarkRead(MarkRead { stream, seq: None, message_id: None, .. }) => {
            let newest = GetMessages { ticket_id, limit: Some(1), offset: None, before: None, after: None };
            let page = api.run(Command::GetMessages(newest)).await?;
            let PageEnd { position } =
                serde_json::from_str(page.data()).map_err(|error| chat::internal(&error))?;
            let head = if stream == Some(Stream::Internal) {
                position.internal.unwrap_or_default()
            } else {
                position.public
            };
            Command::MarkRead(MarkRead { ticket_id, stream, seq: u64::try_from(head).ok(), message_id: None })
        }
        named => named,
    };
    Ok(answer::done(api.run(command).await?))
}

/// These paths name a message and its conversation; one that is in another is not there.
async fn in_conversation(api: &Api, (ticket, message): &(String, String)) -> Result<(), ApiError> {
    let (ticket, message) = (ticket_id(ticket)?, message_id(message)?);
    let (session, admitted) = api.admit(Class::Other).await?;
    if api.site.chat.is_in(&session, admitted, message, ticket).await? {
        return Ok(());
    }
    Err(WireError::message_not_found().into())
}
