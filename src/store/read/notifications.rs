//! Notifications of a user, worded by what they name as it is now.
//!
//! Owns that nobody is shown what they may not see any more.

use diesel::{ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    super::{
        connection::AnyConnection,
        rows::{damaged, user_id},
        schema::{messages, notifications, tickets},
    },
    users,
};
use crate::{
    domain::{MessageId, Notification, NotificationId, NotificationKind, TicketId, Timestamp, UserId},
    guard::text::{excerpt, text_of},
};

/// Characters of a notification's body.
const EXCERPT_CHARS: usize = 140;

type Row = (
    i64,
    String,
    String,
    i64,
    Option<i64>,
    Option<String>,
    i64,
    Option<i64>,
    String,
    (Option<String>, Option<i64>),
);

/// The newest notification of a user.
pub(in crate::store) fn newest(
    connection: &mut AnyConnection,
    user: &UserId,
) -> QueryResult<Option<Notification>> {
    let rows: Vec<Row> = notifications::table
        .inner_join(tickets::table.on(tickets::id.eq(notifications::ticket_id)))
        .left_join(messages::table.on(messages::id.nullable().eq(notifications::message_id)))
        .filter(notifications::user_id.eq(user.as_str()))
        .order(notifications::id.desc())
        .limit(1)
        .select((
            notifications::id,
            notifications::user_id,
            notifications::kind,
            notifications::ticket_id,
            notifications::message_id,
            notifications::actor_id,
            notifications::created_at,
            notifications::read_at,
            tickets::subject,
            (messages::body.nullable(), messages::deleted_at.nullable()),
        ))
        .load(connection)?;
    Ok(complete(connection, rows)?.pop())
}

fn complete(connection: &mut AnyConnection, rows: Vec<Row>) -> QueryResult<Vec<Notification>> {
    let actors = users::by_ids(connection, rows.iter().filter_map(|row| row.5.as_deref()))?;
    rows.into_iter()
        .map(|(id, user, kind, ticket, message, actor, created_at, read_at, subject, (body, deleted_at))| {
            let shown = body.filter(|_| deleted_at.is_none()).unwrap_or_default();
            Ok(Notification {
                id: NotificationId(id),
                user_id: user_id(&user)?,
                kind: NotificationKind::parse(&kind).ok_or_else(|| damaged("kind of notification"))?,
                ticket_id: TicketId(ticket),
                subject,
                message_id: message.map(MessageId),
                excerpt: excerpt(&text_of(&shown), EXCERPT_CHARS),
                actor: match actor {
                    Some(actor) => actors.get(&user_id(&actor)?).cloned(),
                    None => None,
                },
                created_at: Timestamp(created_at),
                read_at: read_at.map(Timestamp),
            })
        })
        .collect()
}
