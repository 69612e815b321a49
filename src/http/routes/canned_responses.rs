//! Canned responses of agents.

use actix_web::{get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    http::{
        documents::openapi::{Body, Problems},
        request::{api::Api, path::canned_response_id},
        response::answer::{self, Answered},
    },
    protocol::{
        Command,
        canned_responses::{CannedResponseSaved, CannedResponses},
        canned_responses::{ListCannedResponses, SaveCannedResponse},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_canned_responses).service(create_canned_response).service(replace_canned_response);
}

type SaveCannedResponseBody = Body<SaveCannedResponse>;

/// Lists the shared ones and the caller's own.
#[utoipa::path(
    tag = "canned responses",
    responses((status = 200, body = CannedResponses), (status = 304, description = "As the caller has it"), Problems)
)]
#[get("/canned-responses")]
async fn list_canned_responses(api: Api) -> Answered {
    Ok(answer::read(&api.request, api.run(Command::ListCannedResponses(ListCannedResponses {})).await?))
}

/// Makes one.
#[utoipa::path(
    tag = "canned responses",
    request_body = SaveCannedResponseBody,
    responses((status = 201, description = "Made", body = CannedResponseSaved), Problems)
)]
#[post("/canned-responses")]
async fn create_canned_response(api: Api, payload: web::Payload) -> Answered {
    Ok(answer::made(api.run_with_body(payload, "save_canned_response", &[]).await?))
}

/// Replaces one.
#[utoipa::path(
    tag = "canned responses",
    params(("id" = String, Path, description = "Which")),
    request_body = SaveCannedResponseBody,
    responses((status = 200, body = CannedResponseSaved), Problems)
)]
#[put("/canned-responses/{id}")]
async fn replace_canned_response(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let id = canned_response_id(&id)?.to_string();
    Ok(answer::done(api.run_with_body(payload, "save_canned_response", &[("id", &id)]).await?))
}
