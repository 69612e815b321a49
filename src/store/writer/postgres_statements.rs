//! PostgreSQL statements over whole arrays: one round trip for a batch, and a text that never varies,
//! so that diesel prepares it once.
//!
//! Owns the SQL; what the columns mean is the callers'.

use diesel::{
    QueryResult, RunQueryDsl,
    pg::{Pg, PgConnection},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Binary, Bool, Nullable, SmallInt, Text},
};

use crate::store::db::statement::array_statement;

array_statement! {
    /// Locks tickets, in the order of ids whoever asks, and reads their counters.
    LockTickets { ids: i64 => BigInt, }
    "SELECT id, requester_id, public_seq, internal_seq, last_message_at, status, assignee_id, snoozed_until, \
     reopened_at, EXISTS (SELECT 1 FROM participants p WHERE p.ticket_id = tickets.id) FROM tickets \
     WHERE id = ANY("
    ") ORDER BY id FOR UPDATE"
    -> (
        BigInt,
        Text,
        BigInt,
        BigInt,
        Nullable<BigInt>,
        Text,
        Nullable<Text>,
        Nullable<BigInt>,
        Nullable<BigInt>,
        Bool,
    )
}

array_statement! {
    /// Reads whom tickets concern: requesters, participants, assignees.
    FindPeople { ids: i64 => BigInt, }
    "WITH b AS (SELECT t.id, t.requester_id, t.assignee_id FROM tickets t WHERE t.id = ANY("
    ")) SELECT k.ticket_id, u.id, u.name, u.role, k.relation, m.user_id IS NOT NULL FROM \
     (SELECT id AS ticket_id, requester_id AS user_id, 0::smallint AS relation FROM b \
     UNION ALL SELECT p.ticket_id, p.user_id, 1::smallint FROM participants p WHERE p.ticket_id = ANY($1) \
     UNION ALL SELECT id, assignee_id, 2::smallint FROM b WHERE assignee_id IS NOT NULL) k \
     JOIN users u ON u.id = k.user_id \
     LEFT JOIN mutes m ON m.ticket_id = k.ticket_id AND m.user_id = k.user_id"
    -> (BigInt, Text, Text, Text, SmallInt, Bool)
}

array_statement! {
    /// Inserts notifications.
    InsertNotifications {
        ids: i64 => BigInt,
        users: &'a str => Text,
        kinds: &'a str => Text,
        tickets: i64 => BigInt,
        messages: i64 => BigInt,
        actors: &'a str => Text,
        times: i64 => BigInt,
    }
    "INSERT INTO notifications (id, user_id, kind, ticket_id, message_id, actor_id, created_at) \
     SELECT * FROM UNNEST("
    ")"
    -> ()
}

array_statement! {
    /// Finds who of the pairs participates.
    FindParticipants { tickets: i64 => BigInt, users: &'a str => Text, }
    "SELECT p.ticket_id, p.user_id FROM UNNEST("
    ") AS k (ticket_id, user_id) JOIN participants p USING (ticket_id, user_id)"
    -> (BigInt, Text)
}

array_statement! {
    /// Finds what was sent under the same keys before; `places` come back with it.
    FindEarlier {
        places: i64 => BigInt,
        tickets: i64 => BigInt,
        senders: &'a str => Text,
        keys: &'a str => Text,
    }
    "SELECT k.place, m.id, m.body_digest FROM UNNEST("
    ") AS k (place, ticket_id, sender_id, client_message_id) \
     JOIN messages m USING (ticket_id, sender_id, client_message_id)"
    -> (BigInt, BigInt, Binary)
}

array_statement! {
    /// Reads in which tickets messages are.
    FindTicketsOf { ids: i64 => BigInt, }
    "SELECT DISTINCT ticket_id FROM messages WHERE id = ANY(" ")"
    -> BigInt
}

array_statement! {
    /// Reads where messages are.
    FindQuoted { ids: i64 => BigInt, }
    "SELECT id, ticket_id, stream FROM messages WHERE id = ANY(" ")"
    -> (BigInt, BigInt, SmallInt)
}

array_statement! {
    /// Inserts messages.
    InsertMessages {
        ids: i64 => BigInt,
        tickets: i64 => BigInt,
        streams: i16 => SmallInt,
        seqs: i64 => BigInt,
        places: i64 => BigInt,
        senders: &'a str => Text,
        keys: Option<&'a str> => Nullable<Text>,
        digests: &'a [u8] => Binary,
        bodies: &'a str => Text,
        replies: Option<i64> => Nullable<BigInt>,
        attachments: i16 => SmallInt,
        times: i64 => BigInt,
    }
    "INSERT INTO messages (id, ticket_id, stream, seq, pos, sender_id, client_message_id, body_digest, body, \
     reply_to, attachments, created_at) SELECT * FROM UNNEST("
    ")"
    -> ()
}

array_statement! {
    /// Inserts attachments.
    InsertAttachments {
        ids: String => Text,
        tickets: i64 => BigInt,
        messages: i64 => BigInt,
        uploaders: &'a str => Text,
        names: String => Text,
        media_types: String => Text,
        sizes: i64 => BigInt,
        digests: Option<&'a [u8]> => Nullable<Binary>,
        links: Option<String> => Nullable<Text>,
        ordinals: i16 => SmallInt,
        times: i64 => BigInt,
    }
    "INSERT INTO attachments (id, ticket_id, message_id, uploader_id, name, media_type, size, sha256, link, \
     ordinal, created_at) SELECT * FROM UNNEST("
    ")"
    -> ()
}

array_statement! {
    /// Inserts deliveries. The first of a webhook and a ticket is due, unless another waits before it.
    InsertDeliveries {
        webhooks: i64 => BigInt,
        event_ids: &'a str => Text,
        events: &'a str => Text,
        tickets: i64 => BigInt,
        streams: i16 => SmallInt,
        seqs: i64 => BigInt,
        places: i64 => BigInt,
        times: i64 => BigInt,
        firsts: bool => Bool,
    }
    "INSERT INTO webhook_deliveries (webhook_id, event_id, event, ticket_id, stream, seq, pos, created_at, \
     queued_at, next_attempt_at) SELECT n.webhook_id, n.event_id, n.event, n.ticket_id, n.stream, n.seq, n.pos, \
     n.at, n.at, CASE WHEN n.is_first AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d \
     WHERE d.webhook_id = n.webhook_id AND d.ticket_id = n.ticket_id AND d.forget_at IS NULL) THEN n.at END \
     FROM UNNEST("
    ") AS n (webhook_id, event_id, event, ticket_id, stream, seq, pos, at, is_first)"
    -> ()
}

array_statement! {
    /// Moves tickets on. When they were updated tells customers nothing of internal messages.
    MoveTickets {
        ids: i64 => BigInt,
        public: i64 => BigInt,
        internal: i64 => BigInt,
        last_message: Option<i64> => Nullable<BigInt>,
    }
    "UPDATE tickets t SET public_seq = n.public_seq, internal_seq = n.internal_seq, \
     last_message_at = n.last_message_at, \
     updated_at = GREATEST(t.updated_at, COALESCE(n.last_message_at, 0)) FROM UNNEST("
    ") AS n (id, public_seq, internal_seq, last_message_at) WHERE t.id = n.id"
    -> ()
}

/// Draws ids from a table's sequence.
#[derive(Debug)]
pub(super) struct DrawIds {
    pub(super) sequence: &'static str,
    pub(super) count: i64,
}

impl QueryId for DrawIds {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for DrawIds {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT nextval(");
        out.push_bind_param::<Text, _>(self.sequence)?;
        out.push_sql("::regclass) FROM generate_series(1, ");
        out.push_bind_param::<BigInt, _>(&self.count)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Query for DrawIds {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for DrawIds {}
