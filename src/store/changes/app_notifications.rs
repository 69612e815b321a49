//! Notifications that come from outside, with words of their own.
//!
//! Owns that each is given once, and only to a user who is there and sees the ticket that it names.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, sql_query, sql_types::Text,
};

use super::{
    Changed, Context,
    users::{admin, no_such_user},
};
use crate::{
    domain::{ClientKey, Notification, NotificationId, Role, TicketId, UserId, Viewer},
    store::{
        db::{
            connection::AnyConnection,
            rows::damaged,
            schema::{notifications, tickets, users},
        },
        error::{Conflict, WriteError},
        read,
        write::{Done, Effects, NewNotice, Outcome},
    },
};

/// Tells a user something.
pub(super) fn notify(
    context: &mut Context<'_>,
    actor: Option<&crate::domain::User>,
    new: &NewNotice,
) -> Changed {
    let actor = admin(actor)?;
    if let Some((id, digest)) = given(context, &actor.id, &new.client_key)? {
        if !new.digest.matches(&digest) {
            return Err(WriteError::from(Conflict::SameKeyOtherContent).into());
        }
        let notification = Box::new(notification(context, id)?);
        return Ok(Outcome::Notified { notification, duplicate: true }.into());
    }
    let Some(role) = present(context, &new.user)? else { return Err(no_such_user().into()) };
    if let Some(ticket_id) = new.ticket_id
        && !sees(context, &new.user, role, ticket_id)?
    {
        return Err(WriteError::NotFound.into());
    }
    insert(context, &actor.id, new)?;
    let inserted = given(context, &actor.id, &new.client_key)?;
    let (id, _) = inserted.ok_or_else(|| damaged("notification"))?;
    let notification = notification(context, id)?;
    let effects = Effects { notifications: vec![notification.clone()], ..Effects::default() };
    Ok(Done {
        outcome: Outcome::Notified { notification: Box::new(notification), duplicate: false },
        effects,
    })
}

/// The one that the same sender gave under the same key.
fn given(
    context: &mut Context<'_>,
    sender: &UserId,
    key: &ClientKey,
) -> QueryResult<Option<(NotificationId, Vec<u8>)>> {
    let row: Option<(i64, Option<Vec<u8>>)> = notifications::table
        .filter(notifications::actor_id.eq(sender.as_str()))
        .filter(notifications::client_key.eq(key.as_str()))
        .select((notifications::id, notifications::client_digest))
        .get_result(context.connection)
        .optional()?;
    Ok(row.map(|(id, digest)| (NotificationId(id), digest.unwrap_or_default())))
}

fn notification(context: &mut Context<'_>, id: NotificationId) -> QueryResult<Notification> {
    read::notifications::by_id(context.connection, id)?.ok_or_else(|| damaged("notification"))
}

/// The role of a user who is known and was not erased.
fn present(context: &mut Context<'_>, user: &UserId) -> QueryResult<Option<Role>> {
    if let AnyConnection::Postgres(connection) = context.connection {
        // Until this is committed: another server that erases them must find what is given to them now.
        sql_query("SELECT 1 FROM users WHERE id = $1 FOR SHARE")
            .bind::<Text, _>(user.as_str())
            .execute(connection)?;
    }
    let role: Option<String> = users::table
        .find(user.as_str())
        .filter(users::erased_at.is_null())
        .select(users::role)
        .get_result(context.connection)
        .optional()?;
    role.map(|role| role.parse::<Role>().map_err(|_| damaged("role"))).transpose()
}

fn sees(context: &mut Context<'_>, user: &UserId, role: Role, ticket: TicketId) -> QueryResult<bool> {
    let requester: Option<String> = tickets::table
        .find(ticket.0)
        .select(tickets::requester_id)
        .get_result(context.connection)
        .optional()?;
    let Some(requester) = requester else { return Ok(false) };
    let relation = read::access::relation(context.connection, user, ticket, &requester)?;
    Ok(Viewer { id: user.clone(), role }.may_see(relation))
}

fn insert(context: &mut Context<'_>, sender: &UserId, new: &NewNotice) -> QueryResult<usize> {
    diesel::insert_into(notifications::table)
        .values((
            notifications::user_id.eq(new.user.as_str()),
            notifications::kind.eq(new.kind.as_str()),
            notifications::ticket_id.eq(new.ticket_id.map(|id| id.0)),
            notifications::actor_id.eq(sender.as_str()),
            notifications::created_at.eq(context.now.0),
            notifications::title.eq(new.title.as_str()),
            notifications::body.eq(new.body.as_str()),
            notifications::link.eq(new.link.as_ref().map(|link| link.as_str())),
            notifications::data.eq(new.data.as_ref().map(|data| data.as_str())),
            notifications::client_key.eq(new.client_key.as_str()),
            notifications::client_digest.eq(&new.digest.as_bytes()[..]),
        ))
        .execute(context.connection)
}
