//! Lists of tickets: which ones, and in which order.
//!
//! Owns the filters and the paging. What is shown of each ticket is put together in [`super::ticket_overviews`].

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::{access, subject_search, ticket_overviews};
use crate::{
    domain::{
        Relation, Ticket, TicketId, TicketOverview, TicketStatus, Timestamp, UserId, Viewer, saturating_i64,
    },
    store::db::{
        connection::{AnyBackend, AnyConnection},
        rows::TicketRow,
        schema::{participants, ticket_labels, tickets},
    },
};

/// Which tickets to list; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketFilter {
    /// In this state.
    pub status: Option<TicketStatus>,
    /// Of this assignee; `Some(None)` for those that nobody takes care of.
    pub assignee: Option<Option<UserId>>,
    /// Of this requester.
    pub requester: Option<UserId>,
    /// With this label.
    pub label: Option<String>,
    /// With this number, or with these words in the subject.
    pub query: Option<String>,
    /// Only those behind it.
    pub after: Option<TicketCursor>,
    /// At most so many.
    pub limit: usize,
}

/// A place in the order of a list. A ticket that is updated meanwhile moves to the front of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketCursor {
    /// When the ticket at it was updated.
    pub updated_at: Timestamp,
    /// The ticket at it, for several are updated at once.
    pub id: TicketId,
}

impl TicketCursor {
    /// The place of a ticket.
    pub fn of(ticket: &Ticket) -> Self {
        Self { updated_at: ticket.updated_at, id: ticket.id }
    }
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketPage {
    /// The one that was updated last first.
    pub tickets: Vec<TicketOverview>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<TicketCursor>,
}

/// A page of the tickets that the viewer sees. Call it in a snapshot.
pub(in crate::store) fn page(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    filter: &TicketFilter,
) -> QueryResult<TicketPage> {
    let wanted = filter.limit.saturating_add(1);
    let mut rows = rows(connection, viewer, filter, saturating_i64(wanted))?;
    let has_more = rows.len() >= wanted;
    rows.truncate(filter.limit);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| TicketCursor { updated_at: Timestamp(row.updated_at), id: TicketId(row.id) });
    Ok(TicketPage { tickets: ticket_overviews::complete(connection, viewer, rows)?, next })
}

/// A ticket that the viewer may see; `None` for any other. Call it in a snapshot.
pub(in crate::store) fn ticket(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    id: TicketId,
) -> QueryResult<Option<TicketOverview>> {
    let found: Vec<TicketRow> =
        tickets::table.filter(tickets::id.eq(id.0)).select(TicketRow::as_select()).load(connection)?;
    let requester = found.first().map(|row| row.requester_id.as_str());
    if !access::may_see(connection, viewer, id, requester)? {
        return Ok(None);
    }
    Ok(ticket_overviews::complete(connection, viewer, found)?.pop())
}

type Query<'a> = tickets::BoxedQuery<'a, AnyBackend>;

fn rows(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    filter: &TicketFilter,
    limit: i64,
) -> QueryResult<Vec<TicketRow>> {
    if viewer.may_see(Relation::Stranger) {
        return load(connection, matching(filter), limit);
    }
    // Apart, for each then follows an index of its own.
    let me = viewer.id.as_str();
    let requested = matching(filter).filter(tickets::requester_id.eq(me));
    let mut rows = load(connection, requested, limit)?;
    let theirs = participants::table.filter(participants::user_id.eq(me)).select(participants::ticket_id);
    let joined = matching(filter).filter(tickets::requester_id.ne(me)).filter(tickets::id.eq_any(theirs));
    rows.extend(load(connection, joined, limit)?);
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.updated_at, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

fn load(connection: &mut AnyConnection, query: Query<'_>, limit: i64) -> QueryResult<Vec<TicketRow>> {
    query
        .order((tickets::updated_at.desc(), tickets::id.desc()))
        .limit(limit)
        .select(TicketRow::as_select())
        .load(connection)
}

fn matching(filter: &TicketFilter) -> Query<'_> {
    let mut query = tickets::table.into_boxed::<AnyBackend>();
    if let Some(status) = filter.status {
        query = query.filter(tickets::status.eq(status.as_str()));
    }
    match &filter.assignee {
        Some(Some(assignee)) => query = query.filter(tickets::assignee_id.eq(assignee.as_str())),
        Some(None) => query = query.filter(tickets::assignee_id.is_null()),
        None => {}
    }
    if let Some(requester) = &filter.requester {
        query = query.filter(tickets::requester_id.eq(requester.as_str()));
    }
    if let Some(label) = &filter.label {
        let labelled = ticket_labels::table.filter(ticket_labels::label.eq(label));
        query = query.filter(tickets::id.eq_any(labelled.select(ticket_labels::ticket_id)));
    }
    if let Some(words) = &filter.query {
        query = query.filter(subject_search::subject_matches(words));
    }
    if let Some(after) = filter.after {
        let TicketCursor { updated_at, id } = after;
        // The first bound is what an index is searched by, the second cuts off those of the same time.
        query = query.filter(tickets::updated_at.le(updated_at.0)).filter(diesel::BoolExpressionMethods::or(
            tickets::updated_at.lt(updated_at.0),
            tickets::id.lt(id.0),
        ));
    }
    query
}
