//! Notifications that were read, and those that are forgotten.

use std::marker::PhantomData;

use diesel::{
    OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use super::{Change, ChangeError, Tx};
use crate::{
    domain::{ConnectionId, NotificationId, NotificationsRead, UserEvent, UserId},
    store::{
        db::{connection::AnyConnection, schema::notifications, statement::statement},
        error::WriteError,
    },
};

/// Notifications that are forgotten in one write.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

statement! {
    /// Marks one notification as read.
    MarkRead => () {
        "UPDATE notifications SET read_at = " now: i64 => BigInt,
        " WHERE id = " id: i64 => BigInt,
        ; " AND read_at IS NULL"
    }
}

statement! {
    /// Marks all notifications of a user as read.
    MarkAllRead => () {
        "UPDATE notifications SET read_at = " now: i64 => BigInt,
        " WHERE user_id = " user: &'a str => Text,
        ; " AND read_at IS NULL"
    }
}

statement! {
    /// Deletes the oldest notifications of a user.
    DeleteOldest => () {
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE user_id = "
        user: &'a str => Text,
        " AND id <= " up_to: i64 => BigInt,
        " ORDER BY id LIMIT " limit: i64 => BigInt,
        ; ")"
    }
}

macro_rules! execute {
    ($connection:expr, $statement:expr) => {
        match $connection {
            AnyConnection::Sqlite(connection) => $statement.execute(connection),
            AnyConnection::Postgres(connection) => $statement.execute(connection),
        }
    };
}

/// Marks a notification of the actor as read; one that is read already is told to nobody.
#[derive(Debug)]
pub struct ReadNotification {
    /// The notification.
    pub id: NotificationId,
    /// The connection that does it, and need not be told.
    pub from: ConnectionId,
}

impl Change for ReadNotification {
    type Done = ();

    const DEFERRABLE: bool = true;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let Self { id, from } = *self;
        let row: Option<(String, Option<i64>)> = notifications::table
            .find(id.0)
            .select((notifications::user_id, notifications::read_at))
            .get_result(tx.connection)
            .optional()?;
        let own = row.zip(tx.actor).filter(|((owner, _), actor)| owner == actor.id.as_str());
        let Some(((_, read_at), actor)) = own else {
            let sentence = "There is no such notification.";
            return Err(WriteError::Missing { field: "notificationId", sentence }.into());
        };
        if read_at.is_some() {
            return Ok(());
        }
        execute!(tx.connection, MarkRead { now: tx.now.0, id: id.0, lifetime: PhantomData })?;
        tell(tx, NotificationsRead { user: actor.id.clone(), id: Some(id), from });
        Ok(())
    }
}

/// Marks all notifications of the actor as read.
#[derive(Debug)]
pub struct ReadAllNotifications {
    /// The connection that does it, and need not be told.
    pub from: ConnectionId,
}

impl Change for ReadAllNotifications {
    type Done = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let Some(actor) = tx.actor else { return Ok(()) };
        let mark = MarkAllRead { now: tx.now.0, user: actor.id.as_str(), lifetime: PhantomData };
        if execute!(tx.connection, mark)? > 0 {
            tell(tx, NotificationsRead { user: actor.id.clone(), id: None, from: self.from });
        }
        Ok(())
    }
}

fn tell(tx: &mut Tx<'_>, read: NotificationsRead) {
    tx.effects.user_events.push(UserEvent::NotificationsRead(read));
}

/// Deletes the oldest notifications of a user, up to one and some at once. The server's own to do.
#[derive(Debug)]
pub struct DeleteNotifications {
    /// Whose.
    pub user: UserId,
    /// The newest to delete.
    pub up_to: NotificationId,
}

impl Change for DeleteNotifications {
    /// How many were deleted.
    type Done = usize;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<usize, ChangeError> {
        if tx.actor.is_some() {
            return Err(WriteError::Forbidden("Only the server does this.").into());
        }
        Ok(delete_oldest(tx, &self.user, self.up_to)?)
    }
}

fn delete_oldest(tx: &mut Tx<'_>, user: &UserId, up_to: NotificationId) -> QueryResult<usize> {
    let delete =
        DeleteOldest { user: user.as_str(), up_to: up_to.0, limit: FORGOTTEN_AT_ONCE, lifetime: PhantomData };
    execute!(tx.connection, delete)
}
