//! Receipts: how far users have got and read the streams of tickets.
//!
//! Owns that a position only moves forward. Each message brings about two receipts a member, so a look,
//! an upsert and the messages covered are statements that are prepared once.

use std::marker::PhantomData;

use diesel::{
    OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Bool, SmallInt, Text},
};

use super::{Changed, Context, Trouble};
use crate::{
    domain::{
        Action, Confirmation, Confirmed, MessageId, Position, Receipt, Relation, Rule, Stream, TicketId,
        User, access,
    },
    store::{
        db::{
            connection::AnyConnection,
            rows::{stream_code, stream_of},
            schema::messages,
            statement::statement,
        },
        error::{WriteError, log_fault},
        write::{Done, Effects, Mark, Outcome, UpTo},
    },
};

statement! {
    /// A ticket's heads, what the user is to it, and how far they have come in a stream of it.
    Look => (Text, BigInt, BigInt, Bool, BigInt, BigInt) {
        "SELECT t.requester_id, t.public_seq, t.internal_seq, p.user_id IS NOT NULL, \
         COALESCE(r.delivered_seq, 0), COALESCE(r.read_seq, 0) FROM tickets t \
         LEFT JOIN participants p ON p.ticket_id = t.id AND p.user_id = " participant: &'a str => Text,
        " LEFT JOIN read_positions r ON r.ticket_id = t.id AND r.user_id = " reader: &'a str => Text,
        " AND r.stream = " stream: i16 => SmallInt,
        " WHERE t.id = " ticket: i64 => BigInt,
        ; ""
    }
}

statement! {
    /// Moves a position forward, never back.
    Advance => () {
        "INSERT INTO read_positions (ticket_id, user_id, stream, delivered_seq, read_seq) VALUES ("
        ticket: i64 => BigInt,
        ", " reader: &'a str => Text,
        ", " stream: i16 => SmallInt,
        ", " delivered: i64 => BigInt,
        ", " read: i64 => BigInt,
        ; ") ON CONFLICT (ticket_id, user_id, stream) DO UPDATE SET delivered_seq = \
         CASE WHEN excluded.delivered_seq > read_positions.delivered_seq \
         THEN excluded.delivered_seq ELSE read_positions.delivered_seq END, read_seq = \
         CASE WHEN excluded.read_seq > read_positions.read_seq \
         THEN excluded.read_seq ELSE read_positions.read_seq END"
    }
}

statement! {
    /// The newest messages of others in a range, newest first; from an index alone.
    Cover => BigInt {
        "SELECT m.id FROM messages m WHERE m.ticket_id = " ticket: i64 => BigInt,
        " AND m.stream = " stream: i16 => SmallInt,
        " AND m.seq > " behind: i64 => BigInt,
        " AND m.seq <= " up_to: i64 => BigInt,
        " AND m.deleted_at IS NULL AND m.sender_id <> " reader: &'a str => Text,
        ; " ORDER BY m.seq DESC LIMIT 200"
    }
}

/// What a [`Look`] finds.
struct Found {
    relation: Relation,
    heads: Position,
    delivered: i64,
    read: i64,
}

/// Where a message is.
#[derive(Clone, Copy)]
struct Place {
    ticket: TicketId,
    stream: Stream,
    seq: i64,
}

/// Notes a confirmation. One that reaches no further than those before it changes nothing.
pub(super) fn mark(context: &mut Context<'_>, actor: Option<&User>, mark: &Mark) -> Changed {
    // The server itself reads nothing.
    let Some(reader) = actor else {
        return Err(WriteError::Internal(log_fault("a receipt of nobody", &"no actor")).into());
    };
    let place = match mark.up_to {
        UpTo::Message(id) => place(context, id)?,
        UpTo::Seq(_) => None,
    };
    let stream = mark.stream.or(place.map(|it| it.stream)).unwrap_or_default();
    let found = look(context, reader, mark.ticket_id, stream)?;
    let seq = match mark.up_to {
        UpTo::Message(_) => seq_of_message(reader, mark, place)?,
        UpTo::Seq(seq) => seq,
    };
    check(reader, &found, stream, seq)?;
    let (behind, delivered, read) = match mark.what {
        Confirmation::Delivered => (found.delivered, found.delivered.max(seq), found.read),
        Confirmation::Read => (found.read, found.delivered.max(seq), found.read.max(seq)),
    };
    let receipt = Receipt { user_id: reader.id.clone(), stream, delivered_seq: delivered, read_seq: read };
    let mut effects = Effects::default();
    if seq > behind {
        advance(context, mark.ticket_id, &receipt)?;
        effects.confirmed.push(Confirmed {
            ticket_id: mark.ticket_id,
            stream,
            user_id: reader.id.clone(),
            what: mark.what,
            seq,
            message_ids: covered(context, mark.ticket_id, &receipt, behind, seq)?,
            by: mark.by,
        });
    }
    Ok(Done { outcome: Outcome::Marked { ticket_id: mark.ticket_id, receipt }, effects })
}

/// The ticket, if it exists for the reader.
fn look(
    context: &mut Context<'_>,
    reader: &User,
    ticket: TicketId,
    stream: Stream,
) -> Result<Found, Trouble> {
    type Row = (String, i64, i64, bool, i64, i64);
    let id = reader.id.as_str();
    let look = Look {
        participant: id,
        reader: id,
        stream: stream_code(stream),
        ticket: ticket.0,
        lifetime: PhantomData,
    };
    let row: Option<Row> = match context.connection {
        AnyConnection::Sqlite(connection) => look.get_result(connection).optional()?,
        AnyConnection::Postgres(connection) => look.get_result(connection).optional()?,
    };
    let (requester, public, internal, participates, delivered, read) = row.ok_or(WriteError::NotFound)?;
    let relation = match participates {
        _ if requester == id => Relation::Requester,
        true => Relation::Participant,
        false => Relation::Stranger,
    };
    if !reader.viewer().may_see(relation) {
        return Err(WriteError::NotFound.into());
    }
    Ok(Found { relation, heads: Position { public, internal }, delivered, read })
}

/// Whether the reader may confirm this.
fn check(reader: &User, found: &Found, stream: Stream, seq: i64) -> Result<(), WriteError> {
    let action = match stream {
        Stream::Public => Action::Confirm,
        Stream::Internal => Action::UseInternal,
    };
    match access::rule(action, reader.role, found.relation) {
        Rule::Allowed => {}
        Rule::Hidden => return Err(WriteError::NotFound),
        _ => return Err(WriteError::Forbidden("Only agents can use the internal stream.")),
    }
    if seq > found.heads.of(stream) {
        return Err(WriteError::Invalid {
            field: "seq",
            sentence: "The stream has not come so far.".to_owned(),
        });
    }
    Ok(())
}

fn place(context: &mut Context<'_>, id: MessageId) -> QueryResult<Option<Place>> {
    let row: Option<(i64, i16, i64)> = messages::table
        .find(id.0)
        .select((messages::ticket_id, messages::stream, messages::seq))
        .get_result(context.connection)
        .optional()?;
    row.map(|(ticket, stream, seq)| Ok(Place { ticket: TicketId(ticket), stream: stream_of(stream)?, seq }))
        .transpose()
}

/// The number of the message, if it is one of the ticket that the reader sees.
fn seq_of_message(reader: &User, mark: &Mark, place: Option<Place>) -> Result<i64, WriteError> {
    let seen = |it: &Place| it.ticket == mark.ticket_id && reader.role.visible().includes(it.stream);
    let place = place.filter(seen).ok_or(WriteError::MessageNotFound)?;
    if mark.stream.is_some_and(|stream| stream != place.stream) {
        let sentence = "The message is in the other stream.".to_owned();
        return Err(WriteError::Invalid { field: "stream", sentence });
    }
    Ok(place.seq)
}

fn advance(context: &mut Context<'_>, ticket: TicketId, receipt: &Receipt) -> QueryResult<()> {
    let advance = Advance {
        ticket: ticket.0,
        reader: receipt.user_id.as_str(),
        stream: stream_code(receipt.stream),
        delivered: receipt.delivered_seq,
        read: receipt.read_seq,
        lifetime: PhantomData,
    };
    match context.connection {
        AnyConnection::Sqlite(connection) => advance.execute(connection)?,
        AnyConnection::Postgres(connection) => advance.execute(connection)?,
    };
    Ok(())
}

/// The messages of others behind `behind` up to `up_to`, oldest first.
fn covered(
    context: &mut Context<'_>,
    ticket: TicketId,
    receipt: &Receipt,
    behind: i64,
    up_to: i64,
) -> QueryResult<Vec<MessageId>> {
    let cover = Cover {
        ticket: ticket.0,
        stream: stream_code(receipt.stream),
        behind,
        up_to,
        reader: receipt.user_id.as_str(),
        lifetime: PhantomData,
    };
    let ids: Vec<i64> = match context.connection {
        AnyConnection::Sqlite(connection) => cover.load(connection)?,
        AnyConnection::Postgres(connection) => cover.load(connection)?,
    };
    Ok(ids.into_iter().rev().map(MessageId).collect())
}
