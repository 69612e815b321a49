//! `get_notifications`, marking them read, and forgetting the oldest.

use std::sync::Arc;

use super::{
    paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
    pipeline,
};
use crate::{
    chat::{Chat, Started, connections::connection::Caller, errors},
    domain::{Action, NotificationId},
    guard::limits::Admitted,
    protocol::{
        WireError,
        notifications::{
            GetNotifications, MarkNotificationRead, NotificationRead, Notifications, NotificationsReadAll,
        },
        objects::NotificationObject,
    },
    store::{
        NotificationPage,
        changes::{DeleteNotifications, ReadAllNotifications, ReadNotification},
    },
};

/// Reads a page of the caller's own, newest first.
pub(in crate::chat) async fn list(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: GetNotifications,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::ReadNotifications)?;
    let limit = limit(request.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let page =
        NotificationPage { unread_only: request.unread_only.unwrap_or(false), before: request.before, limit };
    let (notifications, unread) =
        chat.store.notifications(&allowed.viewer, page).await.map_err(|error| errors::unread(&error))?;
    let notifications = notifications.iter().map(NotificationObject::from).collect();
    Started::reply(&Notifications { notifications, unread })
}

/// Marks one as read.
pub(in crate::chat) async fn mark_read(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: MarkNotificationRead,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::ReadNotifications)?;
    let id = request.notification_id;
    let change = ReadNotification { id, from: caller.seat.id };
    let reply = move |()| errors::reply(&NotificationRead { notification_id: id });
    Ok(pipeline::change_apart(chat, caller, allowed, change, reply).await)
}

/// Marks all as read.
pub(in crate::chat) async fn mark_all_read(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
) -> Result<Started, WireError> {
    let allowed = pipeline::access_by_role(caller, admitted, Action::ReadNotifications)?;
    let change = ReadAllNotifications { from: caller.seat.id };
    let reply = |()| errors::reply(&NotificationsReadAll {});
    Ok(pipeline::change_apart(chat, caller, allowed, change, reply).await)
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
                let delete = || DeleteNotifications { user: user.clone(), up_to };
                while self.writer.write(None, delete()).await.is_ok_and(|count| count > 0) {}
            }
            match surplus.next {
                Some(next) => after = next,
                None => return after,
            }
        }
    }
}
