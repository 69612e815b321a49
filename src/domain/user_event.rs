//! What is told to the connections of one user, wherever they are.

use super::{Confirmed, ConnectionId, Notification, NotificationId, UserId};

/// An event for the connections of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserEvent {
    /// A notification was given.
    Notified(Notification),
    /// Messages were confirmed, which others in the ticket's room are told as well.
    Confirmed(Confirmed),
    /// Notifications were marked as read.
    NotificationsRead(NotificationsRead),
}

/// Notifications that a user has read, for their other connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationsRead {
    /// Whose.
    pub user: UserId,
    /// Which; `None` for all that there are.
    pub id: Option<NotificationId>,
    /// The connection on which they did.
    pub from: ConnectionId,
}
