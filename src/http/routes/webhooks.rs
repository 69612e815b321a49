//! Webhooks: what admins do with them.

use actix_web::{HttpResponse, delete, get, http::StatusCode, patch, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    chat::webhooks::WantedDeliveries,
    domain::{Class, Delivery, DeliveryId, Secret, Webhook, WebhookId},
    http::{
        documents::openapi::Problems,
        request::{api::Api, body::Body, query::query},
        response::answer::{self, Answered, ApiError},
    },
    protocol::{
        ErrorCode, WireError,
        webhooks::{
            AllWebhooks, CreateWebhook, DeliveryObject, DeliveryPageObject, OneDelivery, OneWebhook,
            ReplayedObject, RotateSecret, UpdateWebhook, WebhookObject,
        },
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(update)
        .service(remove)
        .service(rotate)
        .service(deliveries)
        .service(replay_one)
        .service(replay_dead)
        .service(ping);
}

/// What is no id names none.
fn id(path: &str) -> Result<WebhookId, ApiError> {
    path.parse().map_err(|_| missing("There is no such webhook."))
}

fn missing(sentence: &'static str) -> ApiError {
    WireError::new(ErrorCode::NotFound, sentence).with_field("id").into()
}

fn one(api: &Api, status: StatusCode, webhook: &Webhook, secret: Option<&Secret>) -> Answered {
    let webhook = WebhookObject::new(webhook, api.site.chat.clock.now());
    answer::object(status, &OneWebhook { webhook, secret: secret.map(Secret::expose) })
}

fn queued(delivery: &Delivery) -> Answered {
    answer::object(StatusCode::ACCEPTED, &OneDelivery { delivery: DeliveryObject::from(delivery) })
}

/// Lists all webhooks.
#[utoipa::path(tag = "webhooks", responses((status = 200, body = AllWebhooks), Problems))]
#[get("/webhooks")]
async fn list(api: Api) -> Answered {
    let (session, admitted) = api.admit(Class::Other).await?;
    let webhooks = api.site.chat.webhooks(&session, admitted).await?;
    let now = api.site.chat.clock.now();
    let webhooks = webhooks.iter().map(|webhook| WebhookObject::new(webhook, now)).collect();
    answer::object(StatusCode::OK, &AllWebhooks { webhooks })
}

/// Registers a webhook; its secret is in this answer and in no other.
#[utoipa::path(
    tag = "webhooks",
    request_body = CreateWebhook,
    responses((status = 201, body = OneWebhook), Problems)
)]
#[post("/webhooks")]
async fn create(api: Api, payload: web::Payload) -> Answered {
    let wanted: CreateWebhook = Body::read(&api, payload).await?.into_fields()?;
    let (session, admitted) = api.admit(Class::Ticket).await?;
    let (webhook, secret) = api.site.chat.create_webhook(&session, admitted, wanted).await?;
    one(&api, StatusCode::CREATED, &webhook, Some(&secret))
}

/// Shows a webhook.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 200, body = OneWebhook), Problems)
)]
#[get("/webhooks/{id}")]
async fn show(api: Api, path: web::Path<String>) -> Answered {
    let (session, admitted) = api.admit(Class::Other).await?;
    let webhook = api.site.chat.webhook(&session, admitted, id(&path)?).await?;
    one(&api, StatusCode::OK, &webhook, None)
}

/// Changes a webhook.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook")),
    request_body = UpdateWebhook,
    responses((status = 200, body = OneWebhook), Problems)
)]
#[patch("/webhooks/{id}")]
async fn update(api: Api, path: web::Path<String>, payload: web::Payload) -> Answered {
    let wanted: UpdateWebhook = Body::read(&api, payload).await?.into_fields()?;
    let (session, admitted) = api.admit(Class::Ticket).await?;
    let webhook = api.site.chat.update_webhook(&session, admitted, id(&path)?, wanted).await?;
    one(&api, StatusCode::OK, &webhook, None)
}

/// Removes a webhook, and what is on its way to it.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 204, description = "Removed"), Problems)
)]
#[delete("/webhooks/{id}")]
async fn remove(api: Api, path: web::Path<String>) -> Answered {
    let (session, admitted) = api.admit(Class::Ticket).await?;
    api.site.chat.delete_webhook(&session, admitted, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a webhook another secret; the one before signs beside it for a while.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook")),
    request_body = RotateSecret,
    responses((status = 200, body = OneWebhook), Problems)
)]
#[post("/webhooks/{id}/secret")]
async fn rotate(api: Api, path: web::Path<String>, payload: web::Payload) -> Answered {
    let wanted: RotateSecret = Body::read(&api, payload).await?.into_fields()?;
    let (session, admitted) = api.admit(Class::Ticket).await?;
    let (webhook, secret) =
        api.site.chat.rotate_webhook_secret(&session, admitted, id(&path)?, wanted).await?;
    one(&api, StatusCode::OK, &webhook, Some(&secret))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveriesQuery {
    /// `pending`, `delivered` or `dead`; all of them if it is not given.
    state: Option<String>,
    /// Older ones than this delivery.
    #[param(value_type = Option<String>)]
    before: Option<DeliveryId>,
    /// 1 to 200; 50 if it is not given.
    limit: Option<u32>,
}

/// Lists what is, or was, on its way to a webhook, newest first.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook"), DeliveriesQuery),
    responses((status = 200, body = DeliveryPageObject), Problems)
)]
#[get("/webhooks/{id}/deliveries")]
async fn deliveries(api: Api, path: web::Path<String>) -> Answered {
    let DeliveriesQuery { state, before, limit } = query(&api)?;
    let state = state.as_deref().map(|name| {
        let refused = || WireError::invalid("state", "Expected pending, delivered or dead.");
        name.parse().map_err(|_| api.malformed(refused()))
    });
    let wanted = WantedDeliveries { state: state.transpose()?, before, limit };
    let (session, admitted) = api.admit(Class::Other).await?;
    let (found, has_more) = api.site.chat.webhook_deliveries(&session, admitted, id(&path)?, wanted).await?;
    let deliveries = found.iter().map(DeliveryObject::from).collect();
    answer::object(StatusCode::OK, &DeliveryPageObject { deliveries, has_more })
}

/// Sends a delivery again, or now.
#[utoipa::path(
    tag = "webhooks",
    params(
        ("id" = String, Path, description = "The webhook"),
        ("deliveryId" = String, Path, description = "The delivery")
    ),
    responses((status = 202, body = OneDelivery), Problems)
)]
#[post("/webhooks/{id}/deliveries/{deliveryId}/replay")]
async fn replay_one(api: Api, path: web::Path<(String, String)>) -> Answered {
    let (session, admitted) = api.admit(Class::Ticket).await?;
    let delivery = path.1.parse().map_err(|_| missing("There is no such delivery."))?;
    let delivery = api.site.chat.replay_delivery(&session, admitted, id(&path.0)?, delivery).await?;
    queued(&delivery)
}

/// Sends again what was given up, oldest first, up to 500 at once.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 202, body = ReplayedObject), Problems)
)]
#[post("/webhooks/{id}/replay")]
async fn replay_dead(api: Api, path: web::Path<String>) -> Answered {
    let (session, admitted) = api.admit(Class::Ticket).await?;
    let (replayed, has_more) = api.site.chat.replay_dead_deliveries(&session, admitted, id(&path)?).await?;
    answer::object(StatusCode::ACCEPTED, &ReplayedObject { replayed, has_more })
}

/// Sends a `ping`.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 202, body = OneDelivery), Problems)
)]
#[post("/webhooks/{id}/test")]
async fn ping(api: Api, path: web::Path<String>) -> Answered {
    let (session, admitted) = api.admit(Class::Ticket).await?;
    let delivery = api.site.chat.ping_webhook(&session, admitted, id(&path)?).await?;
    queued(&delivery)
}
