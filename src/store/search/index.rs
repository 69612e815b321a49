//! The search index follows what is written, in the same transaction.
//!
//! Owns the statements that change it; what an entry holds is in `store::search`.

use std::marker::PhantomData;

use diesel::{
    PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    sql_types::{BigInt, Text},
};

use crate::{
    domain::{MessageId, Stream, TicketId},
    store::{
        db::{
            connection::AnyConnection,
            statement::{array_statement, statement},
        },
        search::entries::{Scope, message_entry, subject_entry},
    },
};

statement! {
    /// Indexes a message in SQLite.
    InsertFts5 => () {
        "INSERT INTO message_search (rowid, words) VALUES ("
        id: i64 => BigInt,
        ", " words: &'a str => Text,
        ; ")"
    }
}

statement! {
    /// Indexes a message in PostgreSQL.
    InsertTsvector => () {
        "INSERT INTO message_search (message_id, words) VALUES ("
        id: i64 => BigInt,
        ", array_to_tsvector(string_to_array(" words: &'a str => Text,
        ; ", ' ')))"
    }
}

array_statement! {
    /// Indexes messages; each entry is its words with spaces between.
    IndexMessages { ids: i64 => BigInt, words: String => Text, }
    "INSERT INTO message_search (message_id, words) \
     SELECT n.id, array_to_tsvector(string_to_array(n.words, ' ')) FROM UNNEST("
    ") AS n (id, words)"
    -> ()
}

statement! {
    /// Takes a message out of the index of SQLite.
    DeleteFts5 => () {
        "DELETE FROM message_search WHERE rowid = " id: i64 => BigInt,
        ; ""
    }
}

statement! {
    /// Takes a message out of the index of PostgreSQL.
    DeleteTsvector => () {
        "DELETE FROM message_search WHERE message_id = " id: i64 => BigInt,
        ; ""
    }
}

statement! {
    /// Indexes a subject in SQLite, in the place of what was there.
    ReplaceSubjectFts5 => () {
        "INSERT OR REPLACE INTO ticket_search (rowid, words) VALUES ("
        id: i64 => BigInt,
        ", " words: &'a str => Text,
        ; ")"
    }
}

statement! {
    /// Indexes a subject in PostgreSQL, in the place of what was there.
    ReplaceSubjectTsvector => () {
        "INSERT INTO ticket_search (ticket_id, words) VALUES ("
        id: i64 => BigInt,
        ", array_to_tsvector(string_to_array(" words: &'a str => Text,
        ; ", ' '))) ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words"
    }
}

/// Indexes a new message.
pub(in crate::store) fn add_sqlite(
    connection: &mut SqliteConnection,
    id: MessageId,
    place: (TicketId, Stream),
    body: &str,
) -> QueryResult<()> {
    let words = message_entry(Scope(place.0, place.1), body);
    InsertFts5 { id: id.0, words: &words, lifetime: PhantomData }.execute(connection)?;
    Ok(())
}

/// Indexes new messages.
pub(in crate::store) fn add_postgres<'a>(
    connection: &mut PgConnection,
    messages: impl Iterator<Item = (MessageId, (TicketId, Stream), &'a str)>,
) -> QueryResult<()> {
    let entry = |(id, (ticket, stream), body): (MessageId, _, &str)| {
        (id.0, message_entry(Scope(ticket, stream), body))
    };
    let (ids, words) = messages.map(entry).unzip();
    IndexMessages { ids, words, ..IndexMessages::default() }.execute(connection)?;
    Ok(())
}

/// Indexes a message, which must not be in the index.
pub(in crate::store) fn add(
    connection: &mut AnyConnection,
    id: MessageId,
    place: (TicketId, Stream),
    body: &str,
) -> QueryResult<()> {
    let words = message_entry(Scope(place.0, place.1), body);
    match connection {
        AnyConnection::Sqlite(connection) => {
            InsertFts5 { id: id.0, words: &words, lifetime: PhantomData }.execute(connection)?
        }
        AnyConnection::Postgres(connection) => {
            InsertTsvector { id: id.0, words: &words, lifetime: PhantomData }.execute(connection)?
        }
    };
    Ok(())
}

/// Indexes what a message says now, and no longer what it said.
pub(in crate::store) fn replace(
    connection: &mut AnyConnection,
    id: MessageId,
    place: (TicketId, Stream),
    body: &str,
) -> QueryResult<()> {
    forget(connection, id)?;
    add(connection, id, place, body)
}

/// Takes a message out of the index.
pub(in crate::store) fn forget(connection: &mut AnyConnection, id: MessageId) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            DeleteFts5 { id: id.0, lifetime: PhantomData }.execute(connection)?
        }
        AnyConnection::Postgres(connection) => {
            DeleteTsvector { id: id.0, lifetime: PhantomData }.execute(connection)?
        }
    };
    Ok(())
}

/// Indexes a ticket's subject, and no longer what it was.
pub(in crate::store) fn index_subject(
    connection: &mut AnyConnection,
    id: TicketId,
    subject: &str,
) -> QueryResult<()> {
    let words = subject_entry(subject);
    match connection {
        AnyConnection::Sqlite(connection) => {
            ReplaceSubjectFts5 { id: id.0, words: &words, lifetime: PhantomData }.execute(connection)?
        }
        AnyConnection::Postgres(connection) => {
            ReplaceSubjectTsvector { id: id.0, words: &words, lifetime: PhantomData }.execute(connection)?
        }
    };
    Ok(())
}
