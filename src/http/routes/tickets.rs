//! Tickets: opening, listing and reading them.

use actix_web::{get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    domain::{TicketStatus, UserId},
    http::{
        documents::openapi::{IdempotencyKey, Problems},
        request::{api::Api, path::ticket_id, query::query},
        response::answer::{self, Answered},
    },
    protocol::{
        Command, WireError,
        tickets::{CreateTicket, GetTicket, ListTickets},
        tickets::{Ticket, TicketCreated, Tickets},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(create_ticket).service(list_tickets).service(get_ticket);
}

/// Opens a ticket, with its first message if there is one.
#[utoipa::path(
    tag = "tickets",
    params(IdempotencyKey),
    request_body = CreateTicket,
    responses((status = 201, description = "Opened", body = TicketCreated), (status = 200, description = "Opened before", body = TicketCreated), Problems)
)]
#[post("/tickets")]
async fn create_ticket(api: Api, payload: web::Payload) -> Answered {
    opened(&api, payload).await
}

pub(super) async fn opened(api: &Api, payload: web::Payload) -> Answered {
    let key = api.idempotency_key()?;
    let fields: Vec<(&str, &str)> = key.as_deref().map(|key| ("clientTicketId", key)).into_iter().collect();
    Ok(answer::made(api.run_with_body(payload, "create_ticket", &fields).await?))
}

/// Which tickets.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Filter {
    /// In this status.
    status: Option<TicketStatus>,
    /// Of this assignee; an empty value asks for those that nobody takes care of.
    assignee_id: Option<String>,
    /// Of this requester.
    #[param(value_type = Option<String>)]
    requester_id: Option<UserId>,
    /// With this label (agents).
    label: Option<String>,
    /// With these words in the subject.
    query: Option<String>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 if it is not given.
    limit: Option<u32>,
}

impl Filter {
    fn into_command(self) -> Result<ListTickets, WireError> {
        let Self { status, assignee_id, requester_id, label, query, cursor, limit } = self;
        let assignee_id = assignee_id
            .map(|id| if id.is_empty() { Ok(None) } else { UserId::new(&id).map(Some) })
            .transpose()
            .map_err(|error| WireError::invalid("assigneeId", format!("Expected {error}.")))?;
        Ok(ListTickets { status, assignee_id, requester_id, label, query, cursor, limit })
    }
}

/// Lists the tickets that the caller sees, the one that was updated last first.
#[utoipa::path(
    tag = "tickets",
    params(Filter),
    responses((status = 200, body = Tickets), (status = 304, description = "As the caller has it"), Problems)
)]
#[get("/tickets")]
async fn list_tickets(api: Api) -> Answered {
    page(&api).await
}

pub(super) async fn page(api: &Api) -> Answered {
    let list = query::<Filter>(api)?.into_command().map_err(|error| api.malformed(error))?;
    Ok(answer::read(&api.request, api.run(Command::ListTickets(Box::new(list))).await?))
}

/// Reads a ticket.
#[utoipa::path(
    tag = "tickets",
    params(("id" = String, Path, description = "The ticket")),
    responses((status = 200, body = Ticket), (status = 304, description = "As the caller has it"), Problems)
)]
#[get("/tickets/{id}")]
async fn get_ticket(api: Api, id: web::Path<String>) -> Answered {
    let command = Command::GetTicket(GetTicket { ticket_id: ticket_id(&id)? });
    Ok(answer::read(&api.request, api.run(command).await?))
}
