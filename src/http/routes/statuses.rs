//! Who the caller is, and how users are seen.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    domain::{Class, UserId},
    http::{
        documents::openapi::Problems,
        request::{api::Api, query::query},
        response::answer::{self, Answered},
    },
    protocol::{Command, WireError, sign_in::Authenticated, statuses::GetUsersStatus, statuses::UsersStatus},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_me).service(get_users_status);
}

/// Tells who the token's user is, until when it is good, and the name of the database's history.
#[utoipa::path(tag = "people", responses((status = 200, body = Authenticated), Problems))]
#[get("/me")]
async fn get_me(api: Api) -> Answered {
    let (session, _) = api.admit(Class::Other).await?;
    Ok(answer::done(api.site.chat.authenticated(&session)?))
}

/// Whose.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Users {
    /// 1 to 200 ids, separated by commas.
    ids: String,
}

/// Tells how several users are seen; those whom the caller may not know are left out.
#[utoipa::path(tag = "people", params(Users), responses((status = 200, body = UsersStatus), Problems))]
#[get("/users/status")]
async fn get_users_status(api: Api) -> Answered {
    let Users { ids } = query(&api)?;
    let ids = ids.split(',').map(UserId::new).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|error| api.malformed(WireError::invalid("ids", format!("Expected {error}."))))?;
    Ok(answer::done(api.run(Command::GetUsersStatus(GetUsersStatus { user_ids: Some(ids) })).await?))
}
