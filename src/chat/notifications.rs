//! `get_notifications`, marking them read, and forgetting the oldest.

use std::sync::Arc;

use super::{
    Chat, Started, answers,
    paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
    pipeline::{self, change_by_server},
    seat::Caller,
};
use crate::{
    domain::{Action, NotificationId},
    guard::limits::Admitted,
    protocol::{Reply, WireError, command, reply::Conversation},
    store::{NotificationPage, Outcome, What},
};

/// Reads a page of the caller's own, newest first.
pub(super) async fn list(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: command::GetNotifications,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::ReadNotifications)?;
    let limit = limit(request.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let page =
        NotificationPage { unread_only: request.unread_only.unwrap_or(false), before: request.before, limit };
    let (notifications, unread) =
        chat.store.notifications(&allowed.viewer, page).await.map_err(|error| answers::unread(&error))?;
    let reply = Conversation::notifications(&notifications, unread);
    Ok(Started::from_reply(Reply::Conversation(reply)))
}

/// Marks one as read.
pub(super) async fn mark_read(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: command::MarkNotificationRead,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::ReadNotifications)?;
    let what = What::ReadNotification { id: request.notification_id, from: caller.seat.id };
    let reply = |outcome| match outcome {
        Outcome::NotificationRead(id) => Some(Conversation::notification_read(id)),
        _ => None,
    };
    Ok(pipeline::change_apart(chat, caller, allowed, what, "notificationId", reply).await)
}

/// Marks all as read.
pub(super) async fn mark_all_read(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::ReadNotifications)?;
    let what = What::ReadAllNotifications { from: caller.seat.id };
    let reply = |outcome| match outcome {
        Outcome::NotificationsReadAll => Some(Conversation::notifications_read_all()),
        _ => None,
    };
    Ok(pipeline::change_apart(chat, caller, allowed, what, "notificationId", reply).await)
}

impl Chat {
    /// Forgets the oldest notifications of users who have more than are kept, among those who got one
    /// after `after`; gives from where to look on the next time.
    pub async fn forget_notifications(&self, mut after: NotificationId) -> NotificationId {
        loop {
            let surplus = match self.store.notification_surplus(after).await {
                Ok(surplus) => surplus,
                Err(error) => {
                    tracing::warn!(%error, "old notifications stay until the next sweep");
                    return after;
                }
            };
            for (user, up_to) in surplus.users {
                // A bounded number at once, so that nobody's message waits for long.
                while self.forget(What::ForgetNotifications { user: user.clone(), up_to }).await > 0 {}
            }
            match surplus.next {
                Some(next) => after = next,
                None => return after,
            }
        }
    }

    /// How many were forgotten.
    async fn forget(&self, what: What) -> usize {
        match change_by_server(self, what).await {
            Ok(Outcome::NotificationsForgotten(count)) => count,
            _ => 0,
        }
    }
}
