//! Notifications of a user, worded by what they name as it is now.
//!
//! Owns that nobody is shown what they may not see any more: a ticket that the viewer sees no longer, or
//! an internal message once they are no agent, leaves the list. That someone was removed from a ticket
//! stays, without its subject. What comes from outside brings its own words, and is about a ticket or none.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, JoinOnDsl, NullableExpressionMethods, QueryDsl,
    QueryResult, RunQueryDsl, dsl::exists, sql_types::Bool,
};

use super::users;
use crate::{
    domain::{
        CustomNotice, MessageId, Notification, NotificationId, NotificationKind, Relation, Role, Stream,
        TicketId, Timestamp, User, UserId, Viewer, saturating_i64,
    },
    guard::text::visible_text::{excerpt, text_of},
    store::db::{
        connection::AnyConnection,
        rows::{damaged, stream_code, stream_of, user_id},
        schema::{messages, notifications, participants, tickets},
    },
};

/// Characters of a notification's body.
pub(in crate::store) const EXCERPT_CHARS: usize = 140;

/// Which notifications to read.
#[derive(Clone, Copy, Debug)]
pub struct NotificationPage {
    /// Only those that are unread.
    pub unread_only: bool,
    /// Only older ones than this.
    pub before: Option<NotificationId>,
    /// At most so many.
    pub limit: usize,
}

type Row = (
    i64,
    String,
    String,
    Option<i64>,
    Option<i64>,
    Option<String>,
    i64,
    Option<i64>,
    (Option<String>, Option<String>, bool),
    (Option<String>, Option<i64>, Option<i16>),
    Words,
);

/// Title, body, link and data of those from outside.
type Words = (Option<String>, Option<String>, Option<String>, Option<String>);

/// Notifications with what they name. Macros, for the types of such queries have no short names.
macro_rules! joined {
    () => {
        notifications::table
            .left_join(tickets::table.on(tickets::id.nullable().eq(notifications::ticket_id)))
            .left_join(messages::table.on(messages::id.nullable().eq(notifications::message_id)))
    };
}

macro_rules! participates {
    () => {
        exists(
            participants::table
                .filter(participants::ticket_id.nullable().eq(notifications::ticket_id))
                .filter(participants::user_id.eq(notifications::user_id)),
        )
    };
}

macro_rules! columns {
    () => {
        (
            notifications::id,
            notifications::user_id,
            notifications::kind,
            notifications::ticket_id,
            notifications::message_id,
            notifications::actor_id,
            notifications::created_at,
            notifications::read_at,
            (tickets::subject.nullable(), tickets::requester_id.nullable(), participates!()),
            (messages::body.nullable(), messages::deleted_at.nullable(), messages::stream.nullable()),
            (notifications::title, notifications::body, notifications::link, notifications::data),
        )
    };
}

/// Of a viewer's own notifications, those that they may be shown.
macro_rules! visible {
    ($viewer:expr) => {
        joined!()
            .filter(notifications::user_id.eq($viewer.id.as_str()))
            .filter(
                $viewer
                    .may_see(Relation::Stranger)
                    .into_sql::<Bool>()
                    .or(notifications::ticket_id.is_null())
                    .or(notifications::kind.eq(NotificationKind::ParticipantRemoved.as_str()))
                    .or(tickets::requester_id.eq($viewer.id.as_str()))
                    .or(participates!()),
            )
            .filter(
                $viewer
                    .visible()
                    .includes(Stream::Internal)
                    .into_sql::<Bool>()
                    .or(notifications::message_id.is_null())
                    .or(messages::stream.eq(stream_code(Stream::Public))),
            )
    };
}

/// A page of a user's own notifications, newest first, and how many they have not read in all.
pub(in crate::store) fn page(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    page: NotificationPage,
) -> QueryResult<(Vec<Notification>, u64)> {
    let rows: Vec<Row> = visible!(viewer)
        .filter(notifications::id.lt(page.before.map_or(i64::MAX, |id| id.0)))
        .filter((!page.unread_only).into_sql::<Bool>().or(notifications::read_at.is_null()))
        .order(notifications::id.desc())
        .limit(saturating_i64(page.limit))
        .select(columns!())
        .load(connection)?;
    let unread: i64 =
        visible!(viewer).filter(notifications::read_at.is_null()).count().get_result(connection)?;
    Ok((complete(connection, rows, viewer.role)?, u64::try_from(unread).unwrap_or(0)))
}

/// The newest notification of a user, for them to be told of it.
pub(in crate::store) fn newest(
    connection: &mut AnyConnection,
    user: &UserId,
    role: Role,
) -> QueryResult<Option<Notification>> {
    let rows: Vec<Row> = joined!()
        .filter(notifications::user_id.eq(user.as_str()))
        .order(notifications::id.desc())
        .limit(1)
        .select(columns!())
        .load(connection)?;
    Ok(complete(connection, rows, role)?.pop())
}

/// A notification, as its user sees it.
pub(in crate::store) fn by_id(
    connection: &mut AnyConnection,
    id: NotificationId,
) -> QueryResult<Option<Notification>> {
    let rows: Vec<Row> = joined!().filter(notifications::id.eq(id.0)).select(columns!()).load(connection)?;
    let Some(user) = rows.first().map(|row| row.1.clone()) else { return Ok(None) };
    let users = users::by_ids(connection, [user.as_str()])?;
    let role = users.values().next().map_or(Role::Customer, |user| user.role);
    Ok(complete(connection, rows, role)?.pop())
}

fn complete(connection: &mut AnyConnection, rows: Vec<Row>, role: Role) -> QueryResult<Vec<Notification>> {
    let actors = users::by_ids(connection, rows.iter().filter_map(|row| row.5.as_deref()))?;
    rows.into_iter().map(|row| notification(row, role, &actors)).collect()
}

fn notification(row: Row, role: Role, actors: &HashMap<UserId, User>) -> QueryResult<Notification> {
    let (id, user, kind, ticket, message, actor, created_at, read_at, about, said, words) = row;
    let user_id_of = user_id(&user)?;
    let (subject, requester, participates) = about;
    let (body, deleted_at, stream) = said;
    let stream = stream.map_or(Ok(Stream::Public), stream_of)?;
    let relation = if requester.as_deref() == Some(&user) {
        Relation::Requester
    } else if participates {
        Relation::Participant
    } else {
        Relation::Stranger
    };
    let sees = ticket.is_some() && Viewer { id: user_id_of.clone(), role }.sees(relation, stream);
    let custom = custom(&kind, words);
    let kind = match &custom {
        Some(_) => NotificationKind::Custom,
        None => NotificationKind::of_server(&kind).ok_or_else(|| damaged("kind of notification"))?,
    };
    let shown = body.filter(|_| deleted_at.is_none()).unwrap_or_default();
    let hidden_alone = relation == Relation::Stranger || stream == Stream::Internal;
    Ok(Notification {
        id: NotificationId(id),
        user_id: user_id_of,
        kind,
        ticket_id: ticket.map(TicketId),
        subject: subject.filter(|_| sees).unwrap_or_default(),
        message_id: message.map(MessageId),
        excerpt: if sees { excerpt(&text_of(&shown), EXCERPT_CHARS) } else { String::new() },
        for_staff: sees && hidden_alone,
        actor: match actor {
            Some(actor) => actors.get(&user_id(&actor)?).cloned(),
            None => None,
        },
        created_at: Timestamp(created_at),
        read_at: read_at.map(Timestamp),
        custom,
    })
}

/// The words of one that came from outside: those alone have a title.
fn custom(kind: &str, (title, body, link, data): Words) -> Option<Box<CustomNotice>> {
    let (title, body) = (title?, body.unwrap_or_default());
    Some(Box::new(CustomNotice { kind: kind.to_owned(), title, body, link, data }))
}

/// Who has more notifications than are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationSurplus {
    /// Users, each with the newest notification that is too many.
    pub users: Vec<(UserId, NotificationId)>,
    /// From where to look on; `None` when all were looked at.
    pub next: Option<NotificationId>,
}

/// Rows looked at in one read.
const LOOKED_AT: usize = 5_000;

/// Looks for users who have more than `kept` notifications, among those who got one after `after`.
pub(in crate::store) fn surplus(
    connection: &mut AnyConnection,
    after: NotificationId,
    kept: usize,
) -> QueryResult<NotificationSurplus> {
    let rows: Vec<(i64, String)> = notifications::table
        .filter(notifications::id.gt(after.0))
        .order(notifications::id)
        .limit(LOOKED_AT as i64)
        .select((notifications::id, notifications::user_id))
        .load(connection)?;
    let next = rows.last().map(|(id, _)| NotificationId(*id));
    let who: std::collections::BTreeSet<String> = rows.into_iter().map(|(_, user)| user).collect();
    let mut users = Vec::new();
    for user in who {
        let too_many: Vec<i64> = notifications::table
            .filter(notifications::user_id.eq(&user))
            .order(notifications::id.desc())
            .offset(saturating_i64(kept))
            .limit(1)
            .select(notifications::id)
            .load(connection)?;
        if let Some(id) = too_many.first() {
            users.push((user_id(&user)?, NotificationId(*id)));
        }
    }
    Ok(NotificationSurplus { users, next })
}
