//! The replies to commands that watch the queue and ask who is there.

use super::{Conversation, fields};
use crate::{
    domain::{UserId, UserStatus},
    protocol::objects::StatusObject,
};

impl Conversation {
    /// `queue_subscribed`
    pub fn queue_subscribed(tickets: i64) -> Self {
        Self::of(&fields::QueueSubscribed { tickets })
    }

    /// `queue_unsubscribed`
    pub fn queue_unsubscribed() -> Self {
        Self::of(&fields::QueueUnsubscribed {})
    }

    /// `user_status`
    pub fn user_status(user: &UserId, status: UserStatus) -> Self {
        Self::of(&StatusObject::new(user, status))
    }

    /// `users_status`
    pub fn users_status(users: &[(UserId, UserStatus)]) -> Self {
        let users = users.iter().map(|(user, status)| StatusObject::new(user, *status)).collect();
        Self::of(&fields::UsersStatus { users })
    }
}
