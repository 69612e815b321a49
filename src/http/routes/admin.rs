//! Administration: what is going on in this process, and users who are shown or shut out.

use actix_web::{get, http::StatusCode, post, web};
use serde::{Deserialize, Deserializer, de};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    chat::admin::Administrator,
    domain::{ConnectionId, Lockout, TicketId, Timestamp, UserId},
    http::{
        documents::openapi::Problems,
        request::{api::Api, path::user_id, query::query},
        response::answer::{self, Answered, ApiError},
    },
    protocol::{
        admin::{Connections, Queues, Reached, Rooms, StandingObject},
        objects::Rfc3339,
    },
    store::Bar,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(connections)
        .service(rooms)
        .service(queues)
        .service(disconnect)
        .service(revoke)
        .service(disable)
        .service(enable);
}

/// The caller, if they may administer. Comes before the body is read.
pub(super) async fn administrator(api: &Api) -> Result<Administrator, ApiError> {
    Ok(api.site.chat.administrator(api.identity.clone()).await?)
}

/// Which connections.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ConnectionPage {
    /// Only of this user.
    #[param(value_type = Option<String>)]
    user_id: Option<UserId>,
    /// 1 to 200; 50 if it is not given.
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    #[serde(default, deserialize_with = "connection_id")]
    #[param(value_type = Option<String>)]
    after: Option<ConnectionId>,
}

fn connection_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ConnectionId>, D::Error> {
    let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
    let id =
        u64::from_str_radix(&text, 16).map_err(|_| de::Error::custom("expected the id of a connection"))?;
    Ok(Some(ConnectionId(id)))
}

/// Lists connections of this process.
#[utoipa::path(tag = "administration", params(ConnectionPage), responses((status = 200, body = Connections), Problems))]
#[get("/admin/connections")]
async fn connections(api: Api) -> Answered {
    let admin = administrator(&api).await?;
    let ConnectionPage { user_id, limit, after } = query(&api)?;
    answer::object(StatusCode::OK, &admin.connections(user_id.as_ref(), after, limit)?)
}

/// Which rooms.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RoomPage {
    /// 1 to 200; 50 if it is not given.
    limit: Option<u32>,
    /// The `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<TicketId>,
}

/// Lists rooms of this process that somebody is in.
#[utoipa::path(tag = "administration", params(RoomPage), responses((status = 200, body = Rooms), Problems))]
#[get("/admin/rooms")]
async fn rooms(api: Api) -> Answered {
    let admin = administrator(&api).await?;
    let RoomPage { limit, after } = query(&api)?;
    answer::object(StatusCode::OK, &admin.rooms(after, limit)?)
}

/// Tells what waits in this process.
#[utoipa::path(tag = "administration", responses((status = 200, body = Queues), Problems))]
#[get("/admin/queues")]
async fn queues(api: Api) -> Answered {
    let admin = administrator(&api).await?;
    answer::object(StatusCode::OK, &admin.queues(&api.site.budget))
}

/// Closes a user's connections to this process; they may come back.
#[utoipa::path(
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = Reached), Problems)
)]
#[post("/admin/users/{id}/disconnect")]
async fn disconnect(api: Api, id: web::Path<String>) -> Answered {
    let (admin, id) = (administrator(&api).await?, user_id(&id)?);
    answer::object(StatusCode::OK, &Reached { connections: admin.disconnect(&id).await? })
}

/// Makes a user's tokens void that were issued up to now.
#[utoipa::path(
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = StandingObject), Problems)
)]
#[post("/admin/users/{id}/revoke")]
async fn revoke(api: Api, id: web::Path<String>) -> Answered {
    bar(&api, &id, Bar::RevokeTokens).await
}

/// Shuts a user out until they are enabled.
#[utoipa::path(
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = StandingObject), Problems)
)]
#[post("/admin/users/{id}/disable")]
async fn disable(api: Api, id: web::Path<String>) -> Answered {
    bar(&api, &id, Bar::Disable).await
}

/// Lets a user in again.
#[utoipa::path(
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = StandingObject), Problems)
)]
#[post("/admin/users/{id}/enable")]
async fn enable(api: Api, id: web::Path<String>) -> Answered {
    bar(&api, &id, Bar::Enable).await
}

async fn bar(api: &Api, id: &str, bar: Bar) -> Answered {
    let (admin, id) = (administrator(api).await?, user_id(id)?);
    let Lockout { user, disabled, tokens_valid_after } = admin.bar(&id, bar).await?;
    let revoked = (tokens_valid_after > Timestamp::default()).then_some(Rfc3339(tokens_valid_after));
    answer::object(StatusCode::OK, &StandingObject { user_id: &user, disabled, tokens_valid_after: revoked })
}
