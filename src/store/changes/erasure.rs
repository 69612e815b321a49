//! Erasing a user, piece by piece: the statements. What the pieces are is in `store::erasure`.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, connection::SimpleConnection,
    sql_query, sql_types::BigInt,
};

use super::{Change, ChangeError, Held, Subject, Tx};
use crate::{
    domain::{
        AttachmentId, Changes, FromTo, Lockout, LogEvent, LogKind, MessageId, Stream, TicketId, Timestamp,
        UserId,
    },
    store::{
        db::{
            connection::AnyConnection,
            log_rows,
            rows::stream_of,
            schema::{
                attachments, canned_responses, message_revisions, messages, mutes, notifications, reactions,
                ticket_events, tickets, uploads, users,
            },
        },
        error::WriteError,
    },
};

/// What an erased user is called.
pub const ERASED_USER: &str = "Erased user";

/// What stands in place of a subject that was erased.
pub const ERASED_SUBJECT: &str = "(erased)";

/// A piece of the erasure of a user. Each may be done again: what is gone already stays gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Who they are, and what only they see. It comes first: from then on they write nothing more.
    Person(UserId),
    /// Messages of theirs, in one ticket.
    Messages {
        /// The ticket.
        ticket_id: TicketId,
        /// Whose.
        user: UserId,
        /// Which, in the order of the log.
        messages: Vec<MessageId>,
    },
    /// What they wrote into a ticket besides messages: its subject, the comment of a rating.
    Ticket {
        /// The ticket.
        ticket_id: TicketId,
        /// Whose text.
        user: UserId,
    },
    /// Rows of attachments and uploads whose files are gone.
    Attachments(Vec<AttachmentId>),
}

impl Change for Erasure {
    /// How many things are gone that were there.
    type Done = usize;

    fn subject(&self) -> Subject {
        match self {
            Self::Messages { ticket_id, .. } | Self::Ticket { ticket_id, .. } => Subject::Ticket(*ticket_id),
            Self::Person(_) | Self::Attachments(_) => Subject::None,
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<usize, ChangeError> {
        match self {
            Self::Person(user) => person(tx, user),
            Self::Messages { ticket_id, user, messages } => texts(tx, *ticket_id, user, messages),
            Self::Ticket { ticket_id, user } => ticket(tx, *ticket_id, user),
            Self::Attachments(ids) => Ok(forget(tx, ids)?),
        }
    }
}

fn person(tx: &mut Tx<'_>, user: &UserId) -> Result<usize, ChangeError> {
    if let AnyConnection::Postgres(connection) = tx.connection {
        // Whoever writes for them right now has not heard of it: this waits until they are done.
        connection.batch_execute("LOCK TABLE tickets IN EXCLUSIVE MODE")?;
    }
    let row: Option<(Option<i64>, i64)> = users::table
        .find(user.as_str())
        .select((users::erased_at, users::tokens_valid_after))
        .get_result(tx.connection)
        .optional()?;
    let Some((erased_at, valid_after)) = row else {
        return Err(WriteError::UnknownUser { user: user.clone(), field: "userId" }.into());
    };
    let now = tx.now.0;
    diesel::update(users::table.find(user.as_str()))
        .set((
            users::name.eq(ERASED_USER),
            users::email.eq(None::<String>),
            users::disabled.eq(true),
            users::tokens_valid_after.eq(valid_after.max(now)),
            users::last_seen_at.eq(None::<i64>),
            users::availability.eq("offline"),
            users::erased_at.eq(erased_at.unwrap_or(now)),
        ))
        .execute(tx.connection)?;
    let id = user.as_str();
    diesel::delete(notifications::table.filter(notifications::user_id.eq(id))).execute(tx.connection)?;
    diesel::delete(mutes::table.filter(mutes::user_id.eq(id))).execute(tx.connection)?;
    let own = canned_responses::table.filter(canned_responses::owner_id.eq(id));
    diesel::delete(own).execute(tx.connection)?;
    let tokens_valid_after = Timestamp(valid_after.max(now));
    let lockout = Lockout { user: user.clone(), disabled: true, tokens_valid_after };
    tx.effects.lockouts.push(lockout);
    Ok(usize::from(erased_at.is_none()))
}

/// Empties messages; those that were not deleted before are deleted now, and everyone is told so.
fn texts(tx: &mut Tx<'_>, ticket: TicketId, user: &UserId, ids: &[MessageId]) -> Result<usize, ChangeError> {
    let mut held = Held::take(tx, ticket)?;
    let rows: Vec<(i64, i16, Option<i64>)> = messages::table
        .filter(messages::id.eq_any(ids.iter().map(|id| id.0)))
        .filter(messages::ticket_id.eq(ticket.0))
        .filter(messages::sender_id.eq(user.as_str()))
        .filter(messages::body_digest.ne(Vec::<u8>::new()))
        .order(messages::pos)
        .select((messages::id, messages::stream, messages::deleted_at))
        .load(tx.connection)?;
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    empty(tx, &ids)?;
    for (id, stream, deleted_at) in rows {
        if deleted_at.is_none() {
            let event = LogEvent::MessageDeleted(MessageId(id));
            held.append(tx, stream_of(stream)?, event)?;
        }
    }
    Ok(ids.len())
}

fn empty(tx: &mut Tx<'_>, ids: &[i64]) -> QueryResult<()> {
    let of = |ids: &[i64]| ids.to_vec();
    let now = tx.now.0;
    diesel::update(
        messages::table.filter(messages::id.eq_any(of(ids))).filter(messages::deleted_at.is_null()),
    )
    .set(messages::deleted_at.eq(now))
    .execute(tx.connection)?;
    // Without its digest no retry is taken for it, whatever it says.
    diesel::update(messages::table.filter(messages::id.eq_any(of(ids))))
        .set((
            messages::body.eq(""),
            messages::body_digest.eq(Vec::<u8>::new()),
            messages::client_message_id.eq(None::<String>),
            messages::attachments.eq(0),
            messages::reactions.eq(0),
        ))
        .execute(tx.connection)?;
    diesel::update(message_revisions::table.filter(message_revisions::message_id.eq_any(of(ids))))
        .set(message_revisions::body.eq(""))
        .execute(tx.connection)?;
    diesel::delete(reactions::table.filter(reactions::message_id.eq_any(of(ids)))).execute(tx.connection)?;
    // A file is removed behind the commit, and its row after the file.
    diesel::update(attachments::table.filter(attachments::message_id.eq_any(of(ids))))
        .set((attachments::name.eq(""), attachments::sha256.eq(None::<Vec<u8>>)))
        .execute(tx.connection)?;
    ids.iter().try_for_each(|id| unindex(tx.connection, Index::Messages, *id))
}

#[derive(Clone, Copy)]
enum Index {
    Messages,
    Tickets,
}

/// Takes a row out of a search index.
fn unindex(connection: &mut AnyConnection, index: Index, id: i64) -> QueryResult<()> {
    let deleting = match (connection as &AnyConnection, index) {
        (AnyConnection::Sqlite(_), Index::Messages) => "DELETE FROM message_search WHERE rowid = ?",
        (AnyConnection::Sqlite(_), Index::Tickets) => "DELETE FROM ticket_search WHERE rowid = ?",
        (AnyConnection::Postgres(_), Index::Messages) => "DELETE FROM message_search WHERE message_id = $1",
        (AnyConnection::Postgres(_), Index::Tickets) => "DELETE FROM ticket_search WHERE ticket_id = $1",
    };
    sql_query(deleting).bind::<BigInt, _>(id).execute(connection).map(drop)
}

/// A subject of theirs, what they said of a rating, and subjects that the log remembers.
fn ticket(tx: &mut Tx<'_>, id: TicketId, user: &UserId) -> Result<usize, ChangeError> {
    let mut held = Held::take(tx, id)?;
    type Row = (String, String, Option<String>, Option<Vec<u8>>);
    let (creator, subject, comment, digest): Row = tickets::table
        .find(id.0)
        .select((
            tickets::creator_id,
            tickets::subject,
            tickets::rating_comment,
            tickets::client_ticket_digest,
        ))
        .get_result(tx.connection)?;
    let is_requester = held.requester == user.as_str();
    let mut count = 0;
    if creator == user.as_str() && digest.is_some() {
        diesel::update(tickets::table.find(id.0))
            .set((
                tickets::client_ticket_id.eq(None::<String>),
                tickets::client_ticket_digest.eq(None::<Vec<u8>>),
            ))
            .execute(tx.connection)?;
    }
    if is_requester && comment.is_some() {
        diesel::update(tickets::table.find(id.0))
            .set(tickets::rating_comment.eq(None::<String>))
            .execute(tx.connection)?;
        count += 1;
    }
    count += remembered(tx, id, user, is_requester)?;
    if is_requester && subject != ERASED_SUBJECT {
        diesel::update(tickets::table.find(id.0))
            .set(tickets::subject.eq(ERASED_SUBJECT))
            .execute(tx.connection)?;
        unindex(tx.connection, Index::Tickets, id.0)?;
        let changes = Changes {
            subject: Some(FromTo { from: String::new(), to: ERASED_SUBJECT.to_owned() }),
            ..Changes::default()
        };
        let event = LogEvent::TicketUpdated { actor: None, changes };
        held.append(tx, Stream::Public, event)?;
        count += 1;
    }
    Ok(count)
}

/// Subjects in the events of a ticket that they requested, or that they changed. Gives how many events.
fn remembered(tx: &mut Tx<'_>, id: TicketId, user: &UserId, is_requester: bool) -> QueryResult<usize> {
    let of_ticket = ticket_events::table
        .filter(ticket_events::ticket_id.eq(id.0))
        .filter(ticket_events::kind.eq(LogKind::TicketUpdated.event()));
    let columns = (ticket_events::stream, ticket_events::seq, ticket_events::payload);
    let rows: Vec<(i16, i64, String)> = if is_requester {
        of_ticket.select(columns).load(tx.connection)?
    } else {
        of_ticket.filter(ticket_events::actor_id.eq(user.as_str())).select(columns).load(tx.connection)?
    };
    let mut count = 0;
    for (stream, seq, payload) in rows {
        let Some(payload) = log_rows::without_subject(&payload, ERASED_SUBJECT)? else { continue };
        diesel::update(ticket_events::table.find((id.0, stream, seq)))
            .set(ticket_events::payload.eq(payload))
            .execute(tx.connection)?;
        count += 1;
    }
    Ok(count)
}

fn forget(tx: &mut Tx<'_>, ids: &[AttachmentId]) -> QueryResult<usize> {
    let rows = attachments::table.filter(attachments::id.eq_any(ids.iter().map(AttachmentId::as_str)));
    let mut count = diesel::delete(rows).execute(tx.connection)?;
    let rows = uploads::table.filter(uploads::id.eq_any(ids.iter().map(AttachmentId::as_str)));
    count += diesel::delete(rows).execute(tx.connection)?;
    Ok(count)
}
