//! People of a ticket: who takes part, and who is in its room.

use actix_web::{delete, get, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    http::{
        documents::openapi::Problems,
        request::{
            api::Api,
            path::{ticket_id, user_id},
        },
        response::answer::{self, Answered},
    },
    protocol::{
        Command,
        command::{Participant, TicketRef},
        reply::fields,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(add_participant).service(remove_participant).service(get_online_users);
}

/// Adds someone to a ticket.
#[utoipa::path(
    tag = "people",
    params(("id" = String, Path, description = "The ticket"), ("userId" = String, Path, description = "Whom")),
    responses((status = 200, body = fields::ParticipantAdded), Problems)
)]
#[put("/tickets/{id}/participants/{userId}")]
async fn add_participant(api: Api, path: web::Path<(String, String)>) -> Answered {
    let command = Command::AddParticipant(participant(&path)?);
    Ok(answer::done(&api.run(command).await?))
}

/// Removes someone from a ticket, or leaves it for good.
#[utoipa::path(
    tag = "people",
    params(("id" = String, Path, description = "The ticket"), ("userId" = String, Path, description = "Whom")),
    responses((status = 200, body = fields::ParticipantRemoved), Problems)
)]
#[delete("/tickets/{id}/participants/{userId}")]
async fn remove_participant(api: Api, path: web::Path<(String, String)>) -> Answered {
    let command = Command::RemoveParticipant(participant(&path)?);
    Ok(answer::done(&api.run(command).await?))
}

fn participant(path: &(String, String)) -> Result<Participant, crate::http::response::answer::ApiError> {
    Ok(Participant { ticket_id: ticket_id(&path.0)?, user_id: user_id(&path.1)? })
}

/// Tells who is in a ticket's room now.
#[utoipa::path(
    tag = "people",
    params(("id" = String, Path, description = "The ticket")),
    responses((status = 200, body = fields::OnlineUsers), Problems)
)]
#[get("/tickets/{id}/online")]
async fn get_online_users(api: Api, id: web::Path<String>) -> Answered {
    let command = Command::GetOnlineUsers(TicketRef { ticket_id: ticket_id(&id)? });
    Ok(answer::done(&api.run(command).await?))
}
