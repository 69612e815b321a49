//! Who may know whether someone is there, and who is to be told.
//!
//! Owns the look-up of people who share tickets; who is there now is not in the database.

use std::collections::BTreeSet;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, dsl::sql, sql_types::Bool,
};

use crate::{
    domain::{Action, Rule, TicketId, Timestamp, UserId, Viewer, saturating_i64},
    store::db::{
        connection::AnyConnection,
        rows::user_id,
        schema::{participants, tickets, users},
    },
};

/// With whom someone shares tickets that are not closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquaintances {
    /// The requesters and participants,
    pub people: BTreeSet<UserId>,
    /// those who take care of the tickets,
    pub assignees: BTreeSet<UserId>,
    /// and the tickets.
    pub tickets: Vec<TicketId>,
}

/// Spelled out, so that both databases find the index of what is not closed.
const NOT_CLOSED: &str = "tickets.status <> 'closed'";

/// When users were seen last, of those whom the viewer may know.
pub(in crate::store) fn last_seen(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ids: &[UserId],
) -> QueryResult<Vec<(UserId, Option<Timestamp>)>> {
    let sees_anyone = viewer.may(Action::SeeAnyone) == Rule::Allowed;
    let ids: Vec<&str> = ids.iter().map(UserId::as_str).collect();
    let known = if sees_anyone { None } else { Some(shared_with(connection, viewer, &ids)?) };
    let rows: Vec<(String, Option<i64>)> = users::table
        .filter(users::id.eq_any(ids))
        .select((users::id, users::last_seen_at))
        .load(connection)?;
    rows.into_iter()
        .filter(|(id, _)| known.as_ref().is_none_or(|known| known.contains(id)))
        .map(|(id, at)| Ok((user_id(&id)?, at.map(Timestamp))))
        .collect()
}

/// Of the users, those who share any ticket with the viewer, and the viewer.
fn shared_with(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ids: &[&str],
) -> QueryResult<BTreeSet<String>> {
    let me = viewer.id.as_str();
    let mine = diesel::alias!(participants as mine);
    let joined =
        || mine.filter(mine.field(participants::user_id).eq(me)).select(mine.field(participants::ticket_id));
    let requested = || tickets::table.filter(tickets::requester_id.eq(me)).select(tickets::id);
    // By the viewer's tickets, not by the users': an agent has taken care of far more.
    let mut found: BTreeSet<Option<String>> = tickets::table
        .filter(tickets::requester_id.eq(me))
        .select(tickets::assignee_id)
        .distinct()
        .load(connection)?
        .into_iter()
        .collect();
    let of_joined: Vec<(String, Option<String>)> = tickets::table
        .filter(tickets::id.eq_any(joined()))
        .select((tickets::requester_id, tickets::assignee_id))
        .distinct()
        .load(connection)?;
    found.extend(of_joined.into_iter().flat_map(|(requester, assignee)| [Some(requester), assignee]));
    let others: Vec<String> = participants::table
        .filter(participants::user_id.eq_any(ids.iter().copied()))
        .filter(participants::ticket_id.eq_any(joined()).or(participants::ticket_id.eq_any(requested())))
        .select(participants::user_id)
        .distinct()
        .load(connection)?;
    let found = found.into_iter().flatten().chain(others);
    Ok(found.filter(|id| ids.contains(&id.as_str())).chain([me.to_owned()]).collect())
}

/// With whom `user` shares a ticket that is not closed: of their newest `limit` tickets, at most `limit`
/// participants.
pub(in crate::store) fn acquaintances(
    connection: &mut AnyConnection,
    user: &UserId,
    limit: usize,
) -> QueryResult<Acquaintances> {
    type Row = (i64, String, Option<String>);
    let me = user.as_str();
    let limit = saturating_i64(limit);
    let columns = (tickets::id, tickets::requester_id, tickets::assignee_id);
    let open = || tickets::table.filter(sql::<Bool>(NOT_CLOSED)).select(columns).limit(limit);
    let mut rows: Vec<Row> =
        open().filter(tickets::requester_id.eq(me)).order(tickets::updated_at.desc()).load(connection)?;
    rows.extend(
        open().filter(tickets::assignee_id.eq(me)).order(tickets::id.desc()).load::<Row>(connection)?,
    );
    let joined = participants::table.filter(participants::user_id.eq(me)).select(participants::ticket_id);
    rows.extend(open().filter(tickets::id.eq_any(joined)).order(tickets::id.desc()).load::<Row>(connection)?);
    let mut found = Acquaintances::default();
    for (id, requester, assignee) in rows {
        found.tickets.push(TicketId(id));
        found.people.insert(user_id(&requester)?);
        found.assignees.extend(assignee.as_deref().map(user_id).transpose()?);
    }
    let ids = found.tickets.iter().map(|id| id.0);
    let participants: Vec<String> = participants::table
        .filter(participants::ticket_id.eq_any(ids))
        .select(participants::user_id)
        .limit(limit)
        .load(connection)?;
    for id in participants {
        found.people.insert(user_id(&id)?);
    }
    found.people.remove(user);
    found.assignees.remove(user);
    Ok(found)
}
