//! `get_notifications`, marking them read, and forgetting the oldest.

use super::{
    Execute,
    paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
    pipeline::Call,
};
use crate::{
    chat::{Chat, Started, errors},
    domain::{Action, NotificationId},
    protocol::{
        WireError,
        notifications::{
            GetNotifications, MarkAllNotificationsRead, MarkNotificationRead, NotificationRead,
            Notifications, NotificationsReadAll,
        },
        objects::NotificationObject,
    },
    store::{
        NotificationPage,
        changes::{DeleteNotifications, ReadAllNotifications, ReadNotification},
    },
};

impl Execute for GetNotifications {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::ReadNotifications)?;
        let limit = limit(self.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        let page =
            NotificationPage { unread_only: self.unread_only.unwrap_or(false), before: self.before, limit };
        let (notifications, unread) = allowed.chat.store.notifications(allowed.viewer(), page).await?;
        let notifications = notifications.iter().map(NotificationObject::from).collect();
        Started::reply(&Notifications { notifications, unread })
    }
}

impl Execute for MarkNotificationRead {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::ReadNotifications)?;
        let id = self.notification_id;
        let change = ReadNotification { id, from: allowed.caller.seat.id };
        let reply = move |(), _| errors::reply(&NotificationRead { notification_id: id });
        Ok(allowed.commit(change, reply).await)
    }
}

impl Execute for MarkAllNotificationsRead {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.by_role(Action::ReadNotifications)?;
        let change = ReadAllNotifications { from: allowed.caller.seat.id };
        Ok(allowed.commit(change, |(), _| errors::reply(&NotificationsReadAll {})).await)
    }
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
