//! Notifications of messages: who is looked up for them, and their rows.
//!
//! The same shape in both databases; who is notified is decided in `audience`. A batch whose messages
//! concern nobody who is elsewhere asks for nothing here.

use std::{
    collections::{BTreeSet, HashMap},
    marker::PhantomData,
};

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    sql_types::{BigInt, Bool, Nullable, SmallInt, Text},
};

use super::{
    audience::{Notice, Person, Staff, may_concern},
    facts::{Facts, messages, tickets},
    plan::Plan,
    postgres_statements::{FindPeople, InsertNotifications},
};
use crate::{
    domain::{MessageId, Notification, Relation, Role, TicketId, Timestamp, User},
    guard::text::visible_text::{excerpt, text_of},
    store::{
        db::{
            connection::AnyConnection,
            rows::{UserRow, damaged, user_id},
            schema::{tickets as ticket_table, users},
            statement::statement,
        },
        read::notifications::EXCERPT_CHARS,
        write::{NewMessage, Write},
    },
};

/// The notifications that a message gave, by its place among the planned ones.
pub(super) type Notified = HashMap<usize, Vec<Notification>>;

statement! {
    /// Reads whom a ticket concerns: its requester, its participants, its assignee.
    PeopleOfTicket => (BigInt, Text, Text, Text, SmallInt, Bool) {
        "SELECT k.ticket_id, u.id, u.name, u.role, k.relation, m.user_id IS NOT NULL FROM \
         (SELECT id AS ticket_id, requester_id AS user_id, 0 AS relation FROM tickets WHERE id = "
        ticket: i64 => BigInt,
        ; " UNION ALL SELECT ticket_id, user_id, 1 FROM participants WHERE ticket_id = ?1 \
         UNION ALL SELECT id, assignee_id, 2 FROM tickets WHERE id = ?1 AND assignee_id IS NOT NULL) k \
         CROSS JOIN users u ON u.id = k.user_id \
         LEFT JOIN mutes m ON m.ticket_id = ?1 AND m.user_id = k.user_id"
    }
}

statement! {
    /// Inserts a notification.
    InsertNotification => () {
        "INSERT INTO notifications (id, user_id, kind, ticket_id, message_id, actor_id, created_at) VALUES ("
        id: i64 => BigInt,
        ", " user: &'a str => Text,
        ", " kind: &'a str => Text,
        ", " ticket: i64 => BigInt,
        ", " message: Option<i64> => Nullable<BigInt>,
        ", " actor: Option<&'a str> => Nullable<Text>,
        ", " now: i64 => BigInt,
        ; ")"
    }
}

/// Ticket, user, name, role, relation, whether they muted it.
type Row = (i64, String, String, String, i16, bool);

/// Looks up the people whom messages may concern, once for each ticket, and the agents whom they mention.
pub(super) fn load(connection: &mut AnyConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    let wanted: BTreeSet<i64> = messages(writes)
        .filter(|(_, new)| facts.tickets.get(&new.ticket_id.0).is_some_and(|state| may_concern(new, state)))
        .map(|(_, new)| new.ticket_id.0)
        .collect();
    if !wanted.is_empty() {
        for row in rows(connection, wanted.into_iter().collect())? {
            let ticket = row.0;
            let people = facts.people.entry(ticket).or_default();
            add(people, person(row)?);
        }
    }
    facts.staff = mentioned_staff(connection, writes)?;
    Ok(())
}

fn rows(connection: &mut AnyConnection, ids: Vec<i64>) -> QueryResult<Vec<Row>> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            let mut rows = Vec::new();
            for ticket in ids {
                rows.extend(PeopleOfTicket { ticket, lifetime: PhantomData }.load::<Row>(connection)?);
            }
            Ok(rows)
        }
        AnyConnection::Postgres(connection) => FindPeople { ids, ..FindPeople::default() }.load(connection),
    }
}

fn person((_, id, name, role, relation, muted): Row) -> QueryResult<Person> {
    let role = role.parse::<Role>().map_err(|_| damaged("role"))?;
    let relation = match relation {
        0 => Relation::Requester,
        1 => Relation::Participant,
        _ => Relation::Stranger,
    };
    Ok(Person { user: User { id: user_id(&id)?, name, role }, relation, muted })
}

/// An assignee who takes part as well is there once, as the nearer of both.
fn add(people: &mut Vec<Person>, person: Person) {
    match people.iter_mut().find(|known| known.user.id == person.user.id) {
        Some(known) if known.relation == Relation::Stranger => *known = person,
        Some(_) => {}
        None => people.push(person),
    }
}

/// The agents and admins whom any of the writes may mention.
fn mentioned_staff(connection: &mut AnyConnection, writes: &[Write]) -> QueryResult<Staff> {
    let first = tickets(writes).filter_map(|(_, new)| new.message.as_ref());
    let all = messages(writes).map(|(_, new)| new).chain(first);
    let texts: BTreeSet<&str> = all.flat_map(|new| &new.mentions).map(String::as_str).collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    let mut staff = Staff::new();
    for texts in texts.chunks(1_000) {
        // Not bound: so the index of staff by name is found. Nobody must be able to make the server read
        // all customers of a common name.
        let is_staff = || diesel::dsl::sql::<Bool>("role <> 'customer'");
        let rows: Vec<UserRow> = users::table
            .filter(users::id.eq_any(texts.iter().copied()))
            .filter(is_staff())
            .select(UserRow::as_select())
            .load(connection)?;
        let named: Vec<UserRow> = users::table
            .filter(users::name.eq_any(texts.iter().copied()))
            .filter(is_staff())
            .select(UserRow::as_select())
            .load(connection)?;
        for row in rows.into_iter().chain(named) {
            let user = row.into_user()?;
            for text in [user.id.as_str(), &user.name] {
                let known = staff.entry(text.to_owned()).or_default();
                if !known.contains(&user) {
                    known.push(user.clone());
                }
            }
        }
    }
    Ok(staff)
}

/// Inserts the planned notifications, whose ids are given, and makes them.
pub(super) fn store(
    connection: &mut AnyConnection,
    plan: &Plan<'_>,
    now: Timestamp,
) -> QueryResult<Notified> {
    let mut notified = Notified::new();
    if plan.notices.is_empty() {
        return Ok(notified);
    }
    insert(connection, plan, now)?;
    let subjects = subjects(connection, plan)?;
    let mut excerpts: HashMap<usize, String> = HashMap::new();
    for notice in &plan.notices {
        let planned = &plan.messages[notice.message];
        let excerpt = excerpts.entry(notice.message).or_insert_with(|| shown(planned.new));
        let subject = subjects.get(&planned.ticket).cloned().unwrap_or_default();
        notified.entry(notice.message).or_default().push(Notification {
            id: notice.id,
            user_id: notice.user.clone(),
            kind: notice.kind,
            ticket_id: Some(planned.ticket),
            subject,
            message_id: Some(planned.id),
            excerpt: excerpt.clone(),
            for_staff: notice.for_staff,
            actor: Some(planned.new.sender.clone()),
            created_at: now,
            read_at: None,
            custom: None,
        });
    }
    Ok(notified)
}

fn shown(new: &NewMessage) -> String {
    excerpt(&text_of(new.body.as_str()), EXCERPT_CHARS)
}

fn insert(connection: &mut AnyConnection, plan: &Plan<'_>, now: Timestamp) -> QueryResult<()> {
    let columns = |notice: &Notice| -> (TicketId, MessageId) {
        let planned = &plan.messages[notice.message];
        (planned.ticket, planned.id)
    };
    match connection {
        AnyConnection::Sqlite(connection) => {
            for notice in &plan.notices {
                let (ticket, message) = columns(notice);
                let insert = InsertNotification {
                    id: notice.id.0,
                    user: notice.user.as_str(),
                    kind: notice.kind.as_str(),
                    ticket: ticket.0,
                    message: Some(message.0),
                    actor: Some(plan.messages[notice.message].new.sender.id.as_str()),
                    now: now.0,
                    lifetime: PhantomData,
                };
                insert.execute(connection)?;
            }
        }
        AnyConnection::Postgres(connection) => {
            let mut insert = InsertNotifications::default();
            for notice in &plan.notices {
                let (ticket, message) = columns(notice);
                insert.ids.push(notice.id.0);
                insert.users.push(notice.user.as_str());
                insert.kinds.push(notice.kind.as_str());
                insert.tickets.push(ticket.0);
                insert.messages.push(message.0);
                insert.actors.push(plan.messages[notice.message].new.sender.id.as_str());
                insert.times.push(now.0);
            }
            insert.execute(connection)?;
        }
    }
    Ok(())
}

/// The subjects of the tickets that notifications are about.
fn subjects(connection: &mut AnyConnection, plan: &Plan<'_>) -> QueryResult<HashMap<TicketId, String>> {
    let mut subjects: HashMap<TicketId, String> =
        plan.tickets.iter().map(|planned| (planned.id, planned.new.subject.as_str().to_owned())).collect();
    let ids: BTreeSet<i64> = plan
        .notices
        .iter()
        .map(|notice| plan.messages[notice.message].ticket)
        .filter(|id| !subjects.contains_key(id))
        .map(|id| id.0)
        .collect();
    if ids.is_empty() {
        return Ok(subjects);
    }
    let rows: Vec<(i64, String)> = ticket_table::table
        .filter(ticket_table::id.eq_any(ids))
        .select((ticket_table::id, ticket_table::subject))
        .load(connection)?;
    subjects.extend(rows.into_iter().map(|(id, subject)| (TicketId(id), subject)));
    Ok(subjects)
}
