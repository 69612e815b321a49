//! Tickets with everyone in them.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper, dsl::exists,
    select,
};

use super::access;
use crate::{
    domain::{Ticket, TicketId, User, Viewer},
    store::db::{
        connection::AnyConnection,
        rows::{TicketRow, UserRow, damaged},
        schema::{participants, ticket_labels, tickets, users},
    },
};

/// A ticket that the viewer may see; `None` for any other.
pub(in crate::store) fn visible_ticket(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    id: TicketId,
) -> QueryResult<Option<Ticket>> {
    let row = row(connection, id)?;
    let requester = row.as_ref().map(|row| row.requester_id.as_str());
    let seen = access::may_see(connection, viewer, id, requester)?;
    row.filter(|_| seen).map(|row| complete(connection, row)).transpose()
}

/// A ticket, whoever asks.
pub(in crate::store) fn any_ticket(
    connection: &mut AnyConnection,
    id: TicketId,
) -> QueryResult<Option<Ticket>> {
    match row(connection, id)? {
        Some(row) => complete(connection, row).map(Some),
        None => Ok(None),
    }
}

/// Whether there is no ticket at all.
pub(in crate::store) fn is_empty(connection: &mut AnyConnection) -> QueryResult<bool> {
    let any: bool = select(exists(tickets::table.select(tickets::id))).get_result(connection)?;
    Ok(!any)
}

fn row(connection: &mut AnyConnection, id: TicketId) -> QueryResult<Option<TicketRow>> {
    tickets::table.find(id.0).select(TicketRow::as_select()).get_result(connection).optional()
}

fn complete(connection: &mut AnyConnection, row: TicketRow) -> QueryResult<Ticket> {
    let requester = user(connection, &row.requester_id)?;
    let assignee = row.assignee_id.as_deref().map(|id| user(connection, id)).transpose()?;
    let participants = participants::table
        .inner_join(users::table)
        .filter(participants::ticket_id.eq(row.id))
        .order((participants::joined_at, participants::user_id))
        .select(UserRow::as_select())
        .load::<UserRow>(connection)?
        .into_iter()
        .map(UserRow::into_user)
        .collect::<QueryResult<_>>()?;
    let labels = ticket_labels::table
        .filter(ticket_labels::ticket_id.eq(row.id))
        .order(ticket_labels::label)
        .select(ticket_labels::label)
        .load(connection)?;
    row.into_ticket(requester, assignee, participants, labels)
}

fn user(connection: &mut AnyConnection, id: &str) -> QueryResult<User> {
    let row = users::table.find(id).select(UserRow::as_select()).get_result(connection).optional()?;
    row.ok_or_else(|| damaged("reference to a user"))?.into_user()
}
