//! The caller's own notifications.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    domain::NotificationId,
    http::{
        documents::openapi::Problems,
        request::{api::Api, query::query},
        response::answer::{self, Answered},
    },
    protocol::{Command, notifications::GetNotifications, notifications::Notifications},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_notifications);
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct NotificationsQuery {
    /// Only those that are unread.
    unread_only: Option<bool>,
    /// Older ones than this notification.
    #[param(value_type = Option<String>)]
    before: Option<NotificationId>,
    /// 1 to 200; 50 if it is not given.
    limit: Option<u32>,
}

/// Reads a page of the caller's notifications, newest first.
#[utoipa::path(
    tag = "notifications",
    params(NotificationsQuery),
    responses((status = 200, body = Notifications), (status = 304, description = "As the caller has it"), Problems)
)]
#[get("/notifications")]
async fn get_notifications(api: Api) -> Answered {
    let NotificationsQuery { unread_only, before, limit } = query(&api)?;
    let command = Command::GetNotifications(GetNotifications { unread_only, before, limit });
    Ok(answer::read(&api.request, api.run(command).await?))
}
