//! Notifications that a change brings with it.
//!
//! Owns who is spared: whoever did it, whoever muted the ticket, and whoever does not see it.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::Context;
use crate::{
    domain::{Notification, NotificationKind, Role, TicketId, User, UserId, Viewer},
    store::{
        db::{
            rows::damaged,
            schema::{mutes, notifications, tickets, users},
        },
        read,
    },
};

/// What a notification is about.
pub(in crate::store) struct Notice<'a> {
    pub(in crate::store) kind: NotificationKind,
    pub(in crate::store) ticket: TicketId,
    pub(in crate::store) actor: Option<&'a User>,
}

impl Notice<'_> {
    /// Notifies one user, unless they are to be spared or unknown.
    pub(in crate::store) fn give(
        &self,
        context: &mut Context<'_>,
        user: &UserId,
    ) -> QueryResult<Option<Notification>> {
        if self.actor.is_some_and(|actor| actor.id == *user) || self.is_muted(context, user)? {
            return Ok(None);
        }
        let role: Option<String> =
            users::table.find(user.as_str()).select(users::role).get_result(context.connection).optional()?;
        let Some(role) = role else { return Ok(None) };
        let role = role.parse::<Role>().map_err(|_| damaged("role"))?;
        if !self.is_seen(context, user, role)? {
            return Ok(None);
        }
        diesel::insert_into(notifications::table)
            .values((
                notifications::user_id.eq(user.as_str()),
                notifications::kind.eq(self.kind.as_str()),
                notifications::ticket_id.eq(self.ticket.0),
                notifications::actor_id.eq(self.actor.map(|actor| actor.id.as_str())),
                notifications::created_at.eq(context.now.0),
            ))
            .execute(context.connection)?;
        read::notifications::newest(context.connection, user, role)
    }

    /// Whether the user may see what it is about. That someone lost a ticket is told nonetheless.
    fn is_seen(&self, context: &mut Context<'_>, user: &UserId, role: Role) -> QueryResult<bool> {
        if self.kind == NotificationKind::ParticipantRemoved || role.is_staff() {
            return Ok(true);
        }
        let requester: Option<String> = tickets::table
            .find(self.ticket.0)
            .select(tickets::requester_id)
            .get_result(context.connection)
            .optional()?;
        let Some(requester) = requester else { return Ok(false) };
        let relation = read::access::relation(context.connection, user, self.ticket, &requester)?;
        Ok(Viewer { id: user.clone(), role }.may_see(relation))
    }

    /// Whether the user does not want to hear of what happens in the ticket. What concerns the user
    /// alone is told all the same.
    fn is_muted(&self, context: &mut Context<'_>, user: &UserId) -> QueryResult<bool> {
        if !matches!(self.kind, NotificationKind::NewMessage | NotificationKind::TicketClosed) {
            return Ok(false);
        }
        let muted: Option<i64> = mutes::table
            .find((self.ticket.0, user.as_str()))
            .select(mutes::ticket_id)
            .get_result(context.connection)
            .optional()?;
        Ok(muted.is_some())
    }
}
