//! Notifications that were read, and those that are forgotten.

use std::marker::PhantomData;

use diesel::{
    OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use super::{Changed, Context};
use crate::{
    domain::{ConnectionId, NotificationId, User, UserId},
    store::{
        db::{connection::AnyConnection, schema::notifications, statement::statement},
        error::WriteError,
        write::{Done, Effects, NotificationsRead, Outcome},
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
pub(super) fn read(
    context: &mut Context<'_>,
    actor: Option<&User>,
    id: NotificationId,
    from: ConnectionId,
) -> Changed {
    let row: Option<(String, Option<i64>)> = notifications::table
        .find(id.0)
        .select((notifications::user_id, notifications::read_at))
        .get_result(context.connection)
        .optional()?;
    let own = row.zip(actor).filter(|((owner, _), actor)| owner == actor.id.as_str());
    let Some(((_, read_at), actor)) = own else {
        let sentence = "There is no such notification.";
        return Err(WriteError::Missing { field: "notificationId", sentence }.into());
    };
    if read_at.is_some() {
        return Ok(Outcome::NotificationRead(id).into());
    }
    execute!(context.connection, MarkRead { now: context.now.0, id: id.0, lifetime: PhantomData })?;
    Ok(done(Outcome::NotificationRead(id), NotificationsRead { user: actor.id.clone(), id: Some(id), from }))
}

/// Marks all notifications of the actor as read.
pub(super) fn read_all(context: &mut Context<'_>, actor: Option<&User>, from: ConnectionId) -> Changed {
    let Some(actor) = actor else { return Ok(Outcome::NotificationsReadAll.into()) };
    let mark = MarkAllRead { now: context.now.0, user: actor.id.as_str(), lifetime: PhantomData };
    if execute!(context.connection, mark)? == 0 {
        return Ok(Outcome::NotificationsReadAll.into());
    }
    Ok(done(Outcome::NotificationsReadAll, NotificationsRead { user: actor.id.clone(), id: None, from }))
}

fn done(outcome: Outcome, read: NotificationsRead) -> Done {
    Done { outcome, effects: Effects { notifications_read: vec![read], ..Effects::default() } }
}

/// Forgets the oldest notifications of a user, up to one and some at once. The server's own to do.
pub(super) fn forget(
    context: &mut Context<'_>,
    actor: Option<&User>,
    user: &UserId,
    up_to: NotificationId,
) -> Changed {
    if actor.is_some() {
        return Err(WriteError::Forbidden("Only the server does this.").into());
    }
    let forgotten = delete_oldest(context, user, up_to)?;
    Ok(Outcome::NotificationsForgotten(forgotten).into())
}

fn delete_oldest(context: &mut Context<'_>, user: &UserId, up_to: NotificationId) -> QueryResult<usize> {
    let delete =
        DeleteOldest { user: user.as_str(), up_to: up_to.0, limit: FORGOTTEN_AT_ONCE, lifetime: PhantomData };
    execute!(context.connection, delete)
}
