//! The caller's own notifications.

use actix_web::{get, post, web};
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
    protocol::{
        Command, WireError,
        command::{GetNotifications, NotificationRef},
        reply::fields,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_notifications).service(mark_all_notifications_read).service(mark_notification_read);
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Page {
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
    params(Page),
    responses((status = 200, body = fields::Notifications), (status = 304, description = "As the caller has it"), Problems)
)]
#[get("/notifications")]
async fn get_notifications(api: Api) -> Answered {
    let Page { unread_only, before, limit } = query(&api)?;
    let command = Command::GetNotifications(GetNotifications { unread_only, before, limit });
    Ok(answer::read(&api.request, &api.run(command).await?))
}

/// Marks all of the caller's notifications as read.
#[utoipa::path(tag = "notifications", responses((status = 200, body = fields::NotificationsReadAll), Problems))]
#[post("/notifications/read")]
async fn mark_all_notifications_read(api: Api) -> Answered {
    Ok(answer::done(&api.run(Command::MarkAllNotificationsRead).await?))
}

/// Marks a notification as read.
#[utoipa::path(
    tag = "notifications",
    params(("id" = String, Path, description = "The notification")),
    responses((status = 200, body = fields::NotificationRead), Problems)
)]
#[post("/notifications/{id}/read")]
async fn mark_notification_read(api: Api, id: web::Path<String>) -> Answered {
    let notification_id = id.parse().map_err(|_| WireError::notification_not_found())?;
    let command = Command::MarkNotificationRead(NotificationRef { notification_id });
    Ok(answer::done(&api.run(command).await?))
}
