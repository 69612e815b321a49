//! For a helpdesk's own server: users made known, and what they are told in its words.

use actix_web::{delete, http::StatusCode, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::admin::administrator;
use crate::{
    chat::admin::Progress,
    domain::ClientKey,
    http::{
        documents::openapi::{IdempotencyKey, Problems},
        request::{api::Api, body::Body, path::user_id},
        response::answer::{self, Answered},
    },
    protocol::{
        admin::{ErasureObject, KnownUser, NewEvent, NewNotification, Notified, PutUser, Reached},
        objects::{NotificationObject, UserObject},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(save).service(notify).service(send_event).service(announce).service(erase);
}

/// Makes a user known before their first token, or changes what is known of them.
#[utoipa::path(
    tag = "users",
    params(("id" = String, Path, description = "The user")),
    request_body = PutUser,
    responses(
        (status = 201, description = "New", body = KnownUser),
        (status = 200, description = "Known before", body = KnownUser),
        Problems
    )
)]
#[put("/users/{id}")]
async fn save(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let (admin, id) = (administrator(&api).await?, user_id(&id)?);
    let put: PutUser = Body::read(&api, payload).await?.into_fields()?;
    let (saved, is_new) = admin.put_user(&id, &put).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    answer::object(status, &KnownUser { user: UserObject::from(&saved.user), email: saved.email.as_deref() })
}

/// Notifies a user in your own words; it is kept until they have read it, and longer.
#[utoipa::path(
    tag = "users",
    params(("id" = String, Path, description = "The user"), IdempotencyKey),
    request_body = NewNotification,
    responses(
        (status = 201, description = "Given", body = Notified),
        (status = 200, description = "Given before", body = Notified),
        Problems
    )
)]
#[post("/users/{id}/notifications")]
async fn notify(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let (admin, id) = (administrator(&api).await?, user_id(&id)?);
    let key = api.idempotency_key()?.as_deref().and_then(ClientKey::new);
    let new: NewNotification = Body::read(&api, payload).await?.into_fields()?;
    let (notification, duplicate) = admin.notify(id, &new, key).await?;
    let status = if duplicate { StatusCode::OK } else { StatusCode::CREATED };
    answer::object(status, &Notified { notification: NotificationObject::from(&notification), duplicate })
}

/// Sends an event of your own to a user's connections; who is not there misses it.
#[utoipa::path(
    tag = "users",
    params(("id" = String, Path, description = "The user")),
    request_body = NewEvent,
    responses((status = 200, description = "Offered to so many connections", body = Reached), Problems)
)]
#[post("/users/{id}/events")]
async fn send_event(api: Api, id: web::Path<String>, payload: web::Payload) -> Answered {
    let (admin, id) = (administrator(&api).await?, user_id(&id)?);
    let new: NewEvent = Body::read(&api, payload).await?.into_fields()?;
    answer::object(StatusCode::OK, &Reached { connections: admin.send_event(&id, &new)? })
}

/// Sends an event of your own to everyone who is there.
#[utoipa::path(
    tag = "users",
    request_body = NewEvent,
    responses((status = 200, description = "Offered to so many connections", body = Reached), Problems)
)]
#[post("/announcements")]
async fn announce(api: Api, payload: web::Payload) -> Answered {
    let admin = administrator(&api).await?;
    let new: NewEvent = Body::read(&api, payload).await?.into_fields()?;
    answer::object(StatusCode::OK, &Reached { connections: admin.announce(&new)? })
}

/// Erases a user and what they wrote, in the background; ask again to learn when it is done.
#[utoipa::path(
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    responses(
        (status = 202, description = "It goes on", body = ErasureObject),
        (status = 200, description = "Done", body = ErasureObject),
        Problems
    )
)]
#[delete("/users/{id}")]
async fn erase(api: Api, id: web::Path<String>) -> Answered {
    let (admin, id) = (administrator(&api).await?, user_id(&id)?);
    match admin.erase(&id).await? {
        Progress::Erasing => answer::object(StatusCode::ACCEPTED, &ErasureObject { status: "erasing" }),
        Progress::Erased => answer::object(StatusCode::OK, &ErasureObject { status: "erased" }),
    }
}
