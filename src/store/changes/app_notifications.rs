//! Notifications that come from outside, with words of their own.
//!
//! Owns that each is given once, and only to a user who is there and sees the ticket that it names.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, sql_query, sql_types::Text,
};

use super::{
    Change, ChangeError, Subject, Tx,
    users::{admin, no_such_user},
};
use crate::{
    domain::{ClientKey, Notification, NotificationId, Role, TicketId, UserEvent, UserId, Viewer},
    guard::{ContentDigest, Identifier, JsonObject, PlainText, SafeLink},
    store::{
        db::{
            connection::AnyConnection,
            rows::damaged,
            schema::{notifications, tickets, users},
        },
        error::{Conflict, WriteError},
        read,
    },
};

/// A notification from outside, for a user.
#[derive(Debug)]
pub struct NewNotice {
    /// For whom.
    pub user: UserId,
    /// What its sender calls it.
    pub kind: Identifier,
    /// What it says.
    pub title: PlainText,
    /// What else it says.
    pub body: PlainText,
    /// The ticket that it is about, which the user must see.
    pub ticket_id: Option<TicketId>,
    /// Where it leads.
    pub link: Option<SafeLink>,
    /// For the user's client.
    pub data: Option<JsonObject>,
    /// By which a retry of the same sender is recognised: their own name for it, or a random one.
    pub client_key: ClientKey,
    /// Of what was sent, to tell a retry from another one.
    pub digest: ContentDigest,
}

impl Change for NewNotice {
    /// What the user is told, and whether they were told before, by the same request.
    type Done = (Notification, bool);

    fn subject(&self) -> Subject {
        self.ticket_id.map_or(Subject::None, Subject::Ticket)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(Notification, bool), ChangeError> {
        let actor = admin(tx)?;
        if let Some((id, digest)) = given(tx, &actor.id, &self.client_key)? {
            if !self.digest.matches(&digest) {
                let field = "Idempotency-Key";
                return Err(WriteError::from(Conflict::SameKeyOtherContent { field }).into());
            }
            return Ok((notification(tx, id)?, true));
        }
        let Some(role) = present(tx, &self.user)? else { return Err(no_such_user().into()) };
        if let Some(ticket_id) = self.ticket_id
            && !sees(tx, &self.user, role, ticket_id)?
        {
            return Err(WriteError::NotFound.into());
        }
        insert(tx, &actor.id, self)?;
        let inserted = given(tx, &actor.id, &self.client_key)?;
        let (id, _) = inserted.ok_or_else(|| damaged("notification"))?;
        let notification = notification(tx, id)?;
        tx.effects.user_events.push(UserEvent::Notified(notification.clone()));
        Ok((notification, false))
    }
}

/// The one that the same sender gave under the same key.
fn given(
    tx: &mut Tx<'_>,
    sender: &UserId,
    key: &ClientKey,
) -> QueryResult<Option<(NotificationId, Vec<u8>)>> {
    let row: Option<(i64, Option<Vec<u8>>)> = notifications::table
        .filter(notifications::actor_id.eq(sender.as_str()))
        .filter(notifications::client_key.eq(key.as_str()))
        .select((notifications::id, notifications::client_digest))
        .get_result(tx.connection)
        .optional()?;
    Ok(row.map(|(id, digest)| (NotificationId(id), digest.unwrap_or_default())))
}

fn notification(tx: &mut Tx<'_>, id: NotificationId) -> QueryResult<Notification> {
    read::notifications::by_id(tx.connection, id)?.ok_or_else(|| damaged("notification"))
}

/// The role of a user who is known and was not erased.
fn present(tx: &mut Tx<'_>, user: &UserId) -> QueryResult<Option<Role>> {
    if let AnyConnection::Postgres(connection) = tx.connection {
        // Until this is committed: another server that erases them must find what is given to them now.
        sql_query("SELECT 1 FROM users WHERE id = $1 FOR SHARE")
            .bind::<Text, _>(user.as_str())
            .execute(connection)?;
    }
    let role: Option<String> = users::table
        .find(user.as_str())
        .filter(users::erased_at.is_null())
        .select(users::role)
        .get_result(tx.connection)
        .optional()?;
    role.map(|role| role.parse::<Role>().map_err(|_| damaged("role"))).transpose()
}

fn sees(tx: &mut Tx<'_>, user: &UserId, role: Role, ticket: TicketId) -> QueryResult<bool> {
    let requester: Option<String> =
        tickets::table.find(ticket.0).select(tickets::requester_id).get_result(tx.connection).optional()?;
    let Some(requester) = requester else { return Ok(false) };
    let relation = read::access::relation(tx.connection, user, ticket, &requester)?;
    Ok(Viewer { id: user.clone(), role }.may_see(relation))
}

fn insert(tx: &mut Tx<'_>, sender: &UserId, new: &NewNotice) -> QueryResult<usize> {
    diesel::insert_into(notifications::table)
        .values((
            notifications::user_id.eq(new.user.as_str()),
            notifications::kind.eq(new.kind.as_str()),
            notifications::ticket_id.eq(new.ticket_id.map(|id| id.0)),
            notifications::actor_id.eq(sender.as_str()),
            notifications::created_at.eq(tx.now.0),
            notifications::title.eq(new.title.as_str()),
            notifications::body.eq(new.body.as_str()),
            notifications::link.eq(new.link.as_ref().map(|link| link.as_str())),
            notifications::data.eq(new.data.as_ref().map(|data| data.as_str())),
            notifications::client_key.eq(new.client_key.as_str()),
            notifications::client_digest.eq(&new.digest.as_bytes()[..]),
        ))
        .execute(tx.connection)
}
