//! The replies to commands that watch the queue and ask who is there.

use super::{Conversation, Object};
use crate::{
    domain::{UserId, UserStatus},
    protocol::object::StatusObject,
};

impl Conversation {
    /// `queue_subscribed {tickets}`
    pub fn queue_subscribed(tickets: i64) -> Self {
        Self::new("queue_subscribed", Object::new().field("tickets", &tickets).end())
    }

    /// `queue_unsubscribed {}`
    pub fn queue_unsubscribed() -> Self {
        Self::new("queue_unsubscribed", Object::new().end())
    }

    /// `user_status {userId, status, lastSeen}`
    pub fn user_status(user: &UserId, status: UserStatus) -> Self {
        let StatusObject { user_id, status, last_seen } = StatusObject::new(user, status);
        let data = Object::new()
            .field("userId", user_id)
            .field("status", &status)
            .field("lastSeen", &last_seen)
            .end();
        Self::new("user_status", data)
    }

    /// `users_status {users}`
    pub fn users_status(users: &[(UserId, UserStatus)]) -> Self {
        let users: Vec<_> = users.iter().map(|(user, status)| StatusObject::new(user, *status)).collect();
        Self::new("users_status", Object::new().field("users", &users).end())
    }
}
