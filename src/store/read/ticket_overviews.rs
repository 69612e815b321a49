//! Tickets as they stand in someone's list: complete, with the newest message and what is unread.
//!
//! Owns what counts as unread. A few statements for all tickets of a page, however many there are.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    dsl::sql,
    sql_types::{BigInt, Nullable, Text},
};

use super::{messages, users};
use crate::{
    domain::{Message, MessageId, Stream, TicketOverview, User, UserId, Viewer},
    store::db::{
        connection::AnyConnection,
        rows::{TicketRow, UserRow, damaged, stream_code, user_id},
        schema::{mutes, participants, ticket_labels, tickets, users as user_table},
    },
};

/// What is known of the tickets of a page besides their rows.
struct Around {
    users: HashMap<UserId, User>,
    participants: HashMap<i64, Vec<User>>,
    labels: HashMap<i64, Vec<String>>,
    muted: HashSet<i64>,
    activity: HashMap<i64, Activity>,
    messages: HashMap<MessageId, Message>,
}

/// What happened in a ticket, as far as someone sees it.
#[derive(Clone, Copy, Default)]
struct Activity {
    last: Option<i64>,
    unread: i64,
}

/// Completes the tickets, in the order of the rows.
pub(super) fn complete(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    rows: Vec<TicketRow>,
) -> QueryResult<Vec<TicketOverview>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut around = Around::load(connection, viewer, &rows)?;
    rows.into_iter().map(|row| around.overview(row)).collect()
}

impl Around {
    fn load(connection: &mut AnyConnection, viewer: &Viewer, rows: &[TicketRow]) -> QueryResult<Self> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let people = rows.iter().flat_map(|row| [Some(&row.requester_id), row.assignee_id.as_ref()]);
        let people: BTreeSet<&str> = people.flatten().map(String::as_str).collect();
        let activity = activity(connection, viewer, &ids)?;
        let last: Vec<MessageId> = activity.values().filter_map(|it| it.last).map(MessageId).collect();
        let messages = messages::by_ids(connection, &last)?;
        Ok(Self {
            users: users::by_ids(connection, people)?,
            participants: participants_of(connection, &ids)?,
            labels: if viewer.visible().includes(Stream::Internal) {
                labels_of(connection, &ids)?
            } else {
                HashMap::new()
            },
            muted: muted(connection, viewer, &ids)?,
            activity,
            messages: messages.into_iter().map(|message| (message.id, message)).collect(),
        })
    }

    fn overview(&mut self, row: TicketRow) -> QueryResult<TicketOverview> {
        let id = row.id;
        let requester = self.user(&row.requester_id)?;
        let assignee = row.assignee_id.as_deref().map(|id| self.user(id)).transpose()?;
        let participants = self.participants.remove(&id).unwrap_or_default();
        let labels = self.labels.remove(&id).unwrap_or_default();
        let activity = self.activity.get(&id).copied().unwrap_or_default();
        Ok(TicketOverview {
            ticket: row.into_ticket(requester, assignee, participants, labels)?,
            last_message: activity.last.and_then(|id| self.messages.remove(&MessageId(id))),
            unread: activity.unread,
            muted: self.muted.contains(&id),
        })
    }

    fn user(&self, id: &str) -> QueryResult<User> {
        self.users.get(&user_id(id)?).cloned().ok_or_else(|| damaged("reference to a user"))
    }
}

/// The newest message and the number of unread ones, over all streams that the viewer sees.
fn activity(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ids: &[i64],
) -> QueryResult<HashMap<i64, Activity>> {
    let mut found: HashMap<i64, Activity> = HashMap::new();
    for &stream in viewer.visible().streams() {
        for (ticket, last, unread) in activity_in(connection, viewer, ids, stream)? {
            let activity = found.entry(ticket).or_default();
            // Inside a ticket the order of ids is the order of commit.
            activity.last = activity.last.max(last);
            activity.unread += unread;
        }
    }
    Ok(found)
}

/// The same in one stream. Each number is found in an index, beginning at its end or right behind what
/// was read.
fn activity_in(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ids: &[i64],
    stream: Stream,
) -> QueryResult<Vec<(i64, Option<i64>, i64)>> {
    let code = stream_code(stream);
    let last = sql::<Nullable<BigInt>>(&format!(
        "(SELECT m.id FROM messages m WHERE m.ticket_id = tickets.id AND m.stream = {code} \
         ORDER BY m.seq DESC LIMIT 1)"
    ));
    let unread = sql::<BigInt>(&format!(
        "(SELECT COUNT(*) FROM messages m WHERE m.ticket_id = tickets.id AND m.stream = {code} \
         AND m.deleted_at IS NULL AND m.seq > COALESCE((SELECT p.read_seq FROM read_positions p \
         WHERE p.ticket_id = tickets.id AND p.stream = {code} AND p.user_id = "
    ))
    .bind::<Text, _>(viewer.id.as_str())
    .sql("), 0) AND m.sender_id <> ")
    .bind::<Text, _>(viewer.id.as_str())
    .sql(")");
    tickets::table
        .filter(tickets::id.eq_any(ids.iter().copied()))
        .select((tickets::id, last, unread))
        .load(connection)
}

fn participants_of(connection: &mut AnyConnection, ids: &[i64]) -> QueryResult<HashMap<i64, Vec<User>>> {
    let rows: Vec<(i64, UserRow)> = participants::table
        .inner_join(user_table::table)
        .filter(participants::ticket_id.eq_any(ids.iter().copied()))
        .order((participants::ticket_id, participants::joined_at, participants::user_id))
        .select((participants::ticket_id, UserRow::as_select()))
        .load(connection)?;
    let mut found: HashMap<i64, Vec<User>> = HashMap::new();
    for (ticket, user) in rows {
        found.entry(ticket).or_default().push(user.into_user()?);
    }
    Ok(found)
}

fn labels_of(connection: &mut AnyConnection, ids: &[i64]) -> QueryResult<HashMap<i64, Vec<String>>> {
    let rows: Vec<(i64, String)> = ticket_labels::table
        .filter(ticket_labels::ticket_id.eq_any(ids.iter().copied()))
        .order((ticket_labels::ticket_id, ticket_labels::label))
        .load(connection)?;
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for (ticket, label) in rows {
        found.entry(ticket).or_default().push(label);
    }
    Ok(found)
}

fn muted(connection: &mut AnyConnection, viewer: &Viewer, ids: &[i64]) -> QueryResult<HashSet<i64>> {
    let rows: Vec<i64> = mutes::table
        .filter(mutes::ticket_id.eq_any(ids.iter().copied()))
        .filter(mutes::user_id.eq(viewer.id.as_str()))
        .select(mutes::ticket_id)
        .load(connection)?;
    Ok(rows.into_iter().collect())
}
