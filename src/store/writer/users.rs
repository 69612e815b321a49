//! Users and tickets within a batch: what is the same in both databases.
//!
//! Owns the upsert of users, the look-up of those whom new tickets name, and the rows of new tickets.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    marker::PhantomData,
};

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    facts::{Earlier, tickets},
    plan::PlannedTicket,
};
use crate::{
    domain::{Stream, User, UserId},
    store::{
        db::{
            connection::AnyConnection,
            schema::{participants, tickets as ticket_table, users},
            statement::statement,
        },
        read,
        search::index,
        write::{NewTicket, SaveUser, Write},
    },
};

/// Saves the users of a batch, of each the last description; in the order of ids, so that two servers
/// that save the same users never wait for each other. Gives those who were not, because they were erased.
pub(super) fn save_users(
    connection: &mut AnyConnection,
    writes: &[Write],
    now: i64,
) -> QueryResult<HashSet<String>> {
    let mut latest: BTreeMap<&UserId, &SaveUser> = BTreeMap::new();
    for write in writes {
        if let Write::SaveUser(save) = write {
            latest.insert(&save.user.id, save);
        }
    }
    let mut unchanged = Vec::new();
    for (id, save) in latest {
        if !save_user(connection, save, now)? {
            unchanged.push(id.as_str());
        }
    }
    if unchanged.is_empty() {
        return Ok(HashSet::new());
    }
    let erased: Vec<String> = users::table
        .filter(users::id.eq_any(unchanged))
        .filter(users::erased_at.is_not_null())
        .select(users::id)
        .load(connection)?;
    Ok(erased.into_iter().collect())
}

statement! {
    /// Saves a user. A row that would not change is not written: most reconnections bring nothing new.
    /// Who was erased does not come back.
    UpsertUser => () {
        "INSERT INTO users (id, name, role, email, created_at) VALUES ("
        id: &'a str => Text,
        ", " name: &'a str => Text,
        ", " role: &'a str => Text,
        ", " email: Option<&'a str> => Nullable<Text>,
        ", " now: i64 => BigInt,
        ; ") ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, \
         email = COALESCE(excluded.email, users.email) \
         WHERE users.erased_at IS NULL AND (users.name <> excluded.name OR users.role <> excluded.role \
         OR (excluded.email IS NOT NULL AND users.email IS DISTINCT FROM excluded.email))"
    }
}

/// Whether a row was written.
fn save_user(connection: &mut AnyConnection, save: &SaveUser, now: i64) -> QueryResult<bool> {
    let upsert = UpsertUser {
        id: save.user.id.as_str(),
        name: &save.user.name,
        role: save.user.role.as_str(),
        email: save.email.as_deref(),
        now,
        lifetime: PhantomData,
    };
    let rows = match connection {
        AnyConnection::Sqlite(connection) => upsert.execute(connection)?,
        AnyConnection::Postgres(connection) => upsert.execute(connection)?,
    };
    Ok(rows > 0)
}

/// Those whom the new tickets of a batch name, as far as they are known. Who was erased gets no new ones.
pub(super) fn named_users(
    connection: &mut AnyConnection,
    writes: &[Write],
) -> QueryResult<HashMap<UserId, User>> {
    let mut named: Vec<&UserId> = tickets(writes)
        .flat_map(|(_, new)| [&new.creator.id, &new.requester].into_iter().chain(&new.participants))
        .collect();
    named.sort_unstable();
    named.dedup();
    read::users::unerased_by_ids(connection, named.into_iter().map(UserId::as_str))
}

/// The ticket that the same creator opened under the same key.
pub(super) fn earlier_ticket(
    connection: &mut AnyConnection,
    new: &NewTicket,
) -> QueryResult<Option<Earlier>> {
    let Some(key) = &new.client_ticket_id else { return Ok(None) };
    let row: Option<(i64, Option<Vec<u8>>)> = ticket_table::table
        .filter(ticket_table::creator_id.eq(new.creator.id.as_str()))
        .filter(ticket_table::client_ticket_id.eq(key.as_str()))
        .select((ticket_table::id, ticket_table::client_ticket_digest))
        .get_result(connection)
        .optional()?;
    Ok(row.map(|(id, digest)| Earlier { id, digest: digest.unwrap_or_default() }))
}

/// Inserts a ticket, with its counters as its first message leaves them, and its participants.
pub(super) fn insert_ticket(
    connection: &mut AnyConnection,
    planned: &PlannedTicket<'_>,
    now: i64,
) -> QueryResult<()> {
    let PlannedTicket { new, id, heads, participants } = planned;
    let has_public_message = new.message.as_ref().is_some_and(|message| message.stream == Stream::Public);
    diesel::insert_into(ticket_table::table)
        .values((
            ticket_table::id.eq(id.0),
            ticket_table::subject.eq(new.subject.as_str()),
            ticket_table::priority.eq(new.priority.as_str()),
            ticket_table::requester_id.eq(new.requester.as_str()),
            ticket_table::creator_id.eq(new.creator.id.as_str()),
            ticket_table::client_ticket_id.eq(new.client_ticket_id.as_ref().map(|key| key.as_str())),
            ticket_table::client_ticket_digest.eq(Some(&new.digest.as_bytes()[..])),
            ticket_table::public_seq.eq(heads.public),
            ticket_table::internal_seq.eq(heads.internal),
            ticket_table::created_at.eq(now),
            ticket_table::updated_at.eq(now),
            ticket_table::last_message_at.eq(has_public_message.then_some(now)),
        ))
        .execute(connection)?;
    index::index_subject(connection, *id, new.subject.as_str())?;
    for user in participants {
        diesel::insert_into(participants::table)
            .values((
                participants::ticket_id.eq(id.0),
                participants::user_id.eq(user.as_str()),
                participants::joined_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(())
}
