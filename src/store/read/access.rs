//! Whether a ticket exists for someone, and where its streams are.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use crate::{
    domain::{MessageId, Position, Relation, Stream, TicketId, UserId, Viewer},
    store::db::{
        connection::AnyConnection,
        rows::stream_of,
        schema::{messages, participants, tickets},
    },
};

/// The heads of a ticket that the viewer may see; `None` for any other.
pub(in crate::store) fn position(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    id: TicketId,
) -> QueryResult<Option<Position>> {
    let row: Option<(String, i64, i64)> = tickets::table
        .find(id.0)
        .select((tickets::requester_id, tickets::public_seq, tickets::internal_seq))
        .get_result(connection)
        .optional()?;
    let requester = row.as_ref().map(|(requester, ..)| requester.as_str());
    let seen = may_see(connection, viewer, id, requester)?;
    Ok(row.filter(|_| seen).map(|(_, public, internal)| Position { public, internal }))
}

/// Where a message is that the viewer sees; `None` for any other.
pub(in crate::store) fn locate(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    id: MessageId,
) -> QueryResult<Option<(TicketId, Stream)>> {
    let row: Option<(i64, i16)> = messages::table
        .find(id.0)
        .select((messages::ticket_id, messages::stream))
        .get_result(connection)
        .optional()?;
    let place = match row {
        Some((ticket, stream)) => Some((TicketId(ticket), stream_of(stream)?)),
        None => None,
    };
    // A message that is missing takes as many questions as one that is hidden.
    let ticket = place.map_or(TicketId(0), |(ticket, _)| ticket);
    let seen = position(connection, viewer, ticket)?.is_some();
    Ok(place.filter(|(_, stream)| seen && viewer.visible().includes(*stream)))
}

/// Whether the viewer may see the ticket of that requester; `None` if there is no such ticket, which
/// takes as many questions to find out as that it is hidden, so that time does not tell them apart.
pub(in crate::store) fn may_see(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    id: TicketId,
    requester: Option<&str>,
) -> QueryResult<bool> {
    if viewer.may_see(Relation::Stranger) {
        return Ok(requester.is_some());
    }
    if requester == Some(viewer.id.as_str()) {
        return Ok(viewer.may_see(Relation::Requester));
    }
    let relation = added_or_stranger(connection, id, &viewer.id)?;
    Ok(requester.is_some() && viewer.may_see(relation))
}

/// What a user is to the ticket of that requester.
pub(in crate::store) fn relation(
    connection: &mut AnyConnection,
    user: &UserId,
    ticket: TicketId,
    requester: &str,
) -> QueryResult<Relation> {
    if user.as_str() == requester {
        return Ok(Relation::Requester);
    }
    added_or_stranger(connection, ticket, user)
}

fn added_or_stranger(
    connection: &mut AnyConnection,
    ticket: TicketId,
    user: &UserId,
) -> QueryResult<Relation> {
    let participates = participates(connection, ticket, user)?;
    Ok(if participates { Relation::Participant } else { Relation::Stranger })
}

/// Whether a user was added to a ticket.
pub(in crate::store) fn participates(
    connection: &mut AnyConnection,
    ticket: TicketId,
    user: &UserId,
) -> QueryResult<bool> {
    let row: Option<i64> = participants::table
        .find((ticket.0, user.as_str()))
        .select(participants::ticket_id)
        .get_result(connection)
        .optional()?;
    Ok(row.is_some())
}

/// The heads of several tickets, of those that exist.
pub(in crate::store) fn heads(
    connection: &mut AnyConnection,
    ids: &[TicketId],
) -> QueryResult<Vec<(TicketId, Position)>> {
    let mut heads = Vec::with_capacity(ids.len());
    // SQLite takes at most 32,766 values in one statement.
    for ids in ids.chunks(10_000) {
        let rows: Vec<(i64, i64, i64)> = tickets::table
            .filter(tickets::id.eq_any(ids.iter().map(|id| id.0)))
            .select((tickets::id, tickets::public_seq, tickets::internal_seq))
            .load(connection)?;
        heads.extend(
            rows.into_iter().map(|(id, public, internal)| (TicketId(id), Position { public, internal })),
        );
    }
    Ok(heads)
}
