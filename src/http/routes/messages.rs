//! Messages: reading and sending them.

use actix_web::{get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    domain::MessageId,
    http::{
        documents::openapi::{Body, IdempotencyKey, Problems},
        request::{api::Api, path::ticket_id, query::query},
        response::answer::{self, Answered},
    },
    protocol::{
        Command,
        messages::{GetMessages, SendMessage},
        messages::{MessageSent, Messages},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_messages).service(send_message);
}

type SendMessageBody = Body<SendMessage>;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryQuery {
    /// 1 to 200; 50 if it is not given.
    limit: Option<u32>,
    /// Counts back from the newest. Use one of `offset`, `before` and `after`.
    offset: Option<u32>,
    /// Older ones than this message.
    #[param(value_type = Option<String>)]
    before: Option<MessageId>,
    /// Newer ones than this message.
    #[param(value_type = Option<String>)]
    after: Option<MessageId>,
}

/// Reads a page of a ticket's messages, oldest first.
#[utoipa::path(
    tag = "messages",
    params(("id" = String, Path, description = "The ticket"), HistoryQuery),
    responses((status = 200, body = Messages), (status = 304, description = "As the caller has it"), Problems)
)]
#[get("/tickets/{id}/messages")]
async fn get_messages(api: Api, id: web::Path<String>) -> Answered {
    page(&api, &id).await
}

pub(super) async fn page(api: &Api, id: &str) -> Answered {
    let HistoryQuery { limit, offset, before, after } = query(api)?;
    let page = GetMessages { ticket_id: ticket_id(id)?, limit, offset, before, after };
    Ok(answer::read(&api.request, api.run(Command::GetMessages(page)).await?))
}

/// Sends a message.
#[utoipa::path(
    tag = "messages",
    params(("id" = String, Path, description = "The ticket"), IdempotencyKey),
    request_body = SendMessageBody,
    responses((status = 201, description = "Sent", body = MessageSent), (status = 200, description = "Sent before", body = MessageSent), Problems)
)]
#[post("/tickets/{id}/messages")]
async fn send_message(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    sent(&api, &id, payload).await
}

pub(super) async fn sent(api: &Api, id: &str, payload: web::Payload) -> Answered {
    let id = ticket_id(id)?.to_string();
    let key = api.idempotency_key()?;
    let mut path = vec![("ticketId", id.as_str())];
    path.extend(key.as_deref().map(|key| ("clientMessageId", key)));
    Ok(answer::made(api.run_with_body(payload, "send_message", &path).await?))
}
