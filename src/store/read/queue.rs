//! The queue of agents: what is in it, what waits in it, and what has to come back to it.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryResult,
    RunQueryDsl, SelectableHelper, dsl::sql, sql_types::Bool,
};

use super::users::by_ids;
use crate::{
    domain::{Ticket, TicketId, TicketStatus, Timestamp, User, UserId, saturating_i64},
    store::db::{
        connection::AnyConnection,
        rows::{TicketRow, damaged, user_id},
        schema::{participants, ticket_labels, tickets, users},
    },
};

/// Which tickets a queue holds; what is not named may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Those in this state.
    pub status: Option<TicketStatus>,
    /// Those of this assignee, or of nobody.
    pub assignee: Option<Option<UserId>>,
}

impl QueueFilter {
    /// Whether a ticket like that is in it.
    pub fn holds(&self, status: TicketStatus, assignee: Option<&UserId>) -> bool {
        self.status.is_none_or(|wanted| wanted == status)
            && self.assignee.as_ref().is_none_or(|wanted| wanted.as_ref() == assignee)
    }
}

/// How many tickets a queue holds.
pub(in crate::store) fn length(connection: &mut AnyConnection, filter: &QueueFilter) -> QueryResult<i64> {
    let mut query = tickets::table.count().into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(tickets::status.eq(status.as_str()));
    }
    match &filter.assignee {
        Some(Some(id)) => query = query.filter(tickets::assignee_id.eq(id.as_str())),
        Some(None) => query = query.filter(tickets::assignee_id.is_null()),
        None => {}
    }
    query.get_result(connection)
}

/// Tickets as they are now, with everyone in them.
pub(in crate::store) fn tickets_now(
    connection: &mut AnyConnection,
    ids: &[TicketId],
) -> QueryResult<Vec<Ticket>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<TicketRow> = tickets::table
        .filter(tickets::id.eq_any(ids.iter().copied()))
        .select(TicketRow::as_select())
        .load(connection)?;
    let participants: Vec<(i64, String)> = participants::table
        .filter(participants::ticket_id.eq_any(ids.iter().copied()))
        .order((participants::joined_at, participants::user_id))
        .select((participants::ticket_id, participants::user_id))
        .load(connection)?;
    let labels: Vec<(i64, String)> = ticket_labels::table
        .filter(ticket_labels::ticket_id.eq_any(ids.iter().copied()))
        .order(ticket_labels::label)
        .select((ticket_labels::ticket_id, ticket_labels::label))
        .load(connection)?;
    let named: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| [Some(row.requester_id.as_str()), row.assignee_id.as_deref()])
        .flatten()
        .chain(participants.iter().map(|(_, user)| user.as_str()))
        .collect();
    let people = by_ids(connection, named)?;
    let (participants, mut labels) = (grouped(participants), grouped(labels));
    rows.into_iter()
        .map(|row| {
            let person = |id: &str| person(&people, id);
            let requester = person(&row.requester_id)?;
            let assignee = row.assignee_id.as_deref().map(person).transpose()?;
            let others = participants.get(&row.id).into_iter().flatten();
            let others = others.map(|id| person(id)).collect::<QueryResult<_>>()?;
            let labels = labels.remove(&row.id).unwrap_or_default();
            row.into_ticket(requester, assignee, others, labels)
        })
        .collect()
}

fn person(people: &HashMap<UserId, User>, id: &str) -> QueryResult<User> {
    people.get(&user_id(id)?).cloned().ok_or_else(|| damaged("reference to a user"))
}

fn grouped(rows: Vec<(i64, String)>) -> HashMap<i64, Vec<String>> {
    let mut groups: HashMap<i64, Vec<String>> = HashMap::new();
    for (ticket, value) in rows {
        groups.entry(ticket).or_default().push(value);
    }
    groups
}

/// The oldest open tickets that nobody takes care of.
pub(in crate::store) fn waiting(connection: &mut AnyConnection, limit: usize) -> QueryResult<Vec<TicketId>> {
    let ids: Vec<i64> = tickets::table
        .filter(tickets::assignee_id.is_null())
        .filter(tickets::status.eq(TicketStatus::Open.as_str()))
        .order(tickets::id)
        .limit(saturating_i64(limit))
        .select(tickets::id)
        .load(connection)?;
    Ok(ids.into_iter().map(TicketId).collect())
}

/// Tickets behind `after` whose assignee does not see to them: those that were reopened and whose assignee
/// was not seen since `away_since`, and whatever is open of an agent who was erased.
pub(in crate::store) fn deserted(
    connection: &mut AnyConnection,
    away_since: Timestamp,
    after: TicketId,
    limit: usize,
) -> QueryResult<Vec<(TicketId, UserId)>> {
    let limited = saturating_i64(limit);
    let mut rows: Vec<(i64, String)> = tickets::table
        .inner_join(users::table.on(users::id.nullable().eq(tickets::assignee_id)))
        .filter(tickets::reopened_at.is_not_null())
        .filter(tickets::status.eq(TicketStatus::Open.as_str()))
        .filter(users::last_seen_at.is_null().or(users::last_seen_at.le(away_since.0)))
        .filter(tickets::id.gt(after.0))
        .order(tickets::id)
        .limit(limited)
        .select((tickets::id, users::id))
        .load(connection)?;
    rows.extend(of_erased(connection, after, limited)?);
    rows.sort_unstable();
    rows.dedup();
    rows.truncate(limit);
    rows.into_iter().map(|(ticket, user)| Ok((TicketId(ticket), user_id(&user)?))).collect()
}

/// Open tickets behind `after` of agents who were erased. Spelled out, and by the few agents first, so that
/// both databases find the indexes of who was erased and of what is not closed.
fn of_erased(connection: &mut AnyConnection, after: TicketId, limit: i64) -> QueryResult<Vec<(i64, String)>> {
    let erased: Vec<String> = users::table
        .filter(sql::<Bool>("users.role <> 'customer' AND users.erased_at IS NOT NULL"))
        .select(users::id)
        .load(connection)?;
    if erased.is_empty() {
        return Ok(Vec::new());
    }
    tickets::table
        .filter(tickets::assignee_id.eq_any(erased))
        .filter(sql::<Bool>("tickets.status <> 'closed'"))
        .filter(tickets::status.eq(TicketStatus::Open.as_str()))
        .filter(tickets::id.gt(after.0))
        .order(tickets::id)
        .limit(limit)
        .select((tickets::id, tickets::assignee_id.assume_not_null()))
        .load(connection)
}
