//! What is left of a user, found a stretch of rows at a time: there is no index by author, and one read
//! must not take long.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, dsl::max};

use crate::{
    domain::{AttachmentId, LogKind, MessageId, TicketId, UserId, saturating_i64},
    store::{
        Store, StoreError,
        db::{
            connection::AnyConnection,
            schema::{attachments, messages, ticket_events, tickets, uploads},
        },
    },
};

/// Rows that one read looks at.
const STRETCH: i64 = 50_000;

/// A stretch of a table: what was found in it, and behind which id the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<T> {
    /// Found, in the order of ids.
    pub found: Vec<T>,
    /// `None` at the end of the table.
    pub next: Option<i64>,
}

impl Store {
    /// Messages of a user that were not erased, in the stretch behind `after`.
    pub async fn unerased_messages(
        &self,
        user: &UserId,
        after: i64,
    ) -> Result<Stretch<(TicketId, MessageId)>, StoreError> {
        let user = user.clone();
        self.0.reader.run(move |connection| unerased_messages(connection, &user, after)).await
    }

    /// Tickets that may hold text of a user besides messages, in the stretch behind `after`.
    pub async fn tickets_with_text_of(
        &self,
        user: &UserId,
        after: i64,
    ) -> Result<Stretch<TicketId>, StoreError> {
        let user = user.clone();
        self.0.reader.run(move |connection| tickets_with_text_of(connection, &user, after)).await
    }

    /// Attachments of a user, sent or not, and which of them are files; at most `limit` of either kind.
    pub async fn attachments_of(
        &self,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<(AttachmentId, bool)>, StoreError> {
        let user = user.clone();
        self.0.reader.run(move |connection| attachments_of(connection, &user, limit)).await
    }
}

/// The end of the stretch behind `after` in a table whose highest id is `last`.
fn end(after: i64, last: Option<i64>) -> Option<i64> {
    let end = after.saturating_add(STRETCH);
    last.filter(|last| *last > end).map(|_| end)
}

fn unerased_messages(
    connection: &mut AnyConnection,
    user: &UserId,
    after: i64,
) -> QueryResult<Stretch<(TicketId, MessageId)>> {
    let last: Option<i64> = messages::table.select(max(messages::id)).get_result(connection)?;
    let rows: Vec<(i64, i64)> = messages::table
        .filter(messages::id.gt(after))
        .filter(messages::id.le(after.saturating_add(STRETCH)))
        .filter(messages::sender_id.eq(user.as_str()))
        // Erasing leaves it empty, and nothing else does.
        .filter(messages::body_digest.ne(Vec::<u8>::new()))
        .order(messages::id)
        .select((messages::ticket_id, messages::id))
        .load(connection)?;
    let found = rows.into_iter().map(|(ticket, id)| (TicketId(ticket), MessageId(id))).collect();
    Ok(Stretch { found, next: end(after, last) })
}

fn tickets_with_text_of(
    connection: &mut AnyConnection,
    user: &UserId,
    after: i64,
) -> QueryResult<Stretch<TicketId>> {
    let last: Option<i64> = tickets::table.select(max(tickets::id)).get_result(connection)?;
    let to = after.saturating_add(STRETCH);
    let mut found: Vec<i64> = tickets::table
        .filter(tickets::id.gt(after))
        .filter(tickets::id.le(to))
        .filter(tickets::requester_id.eq(user.as_str()).or(tickets::creator_id.eq(user.as_str())))
        .select(tickets::id)
        .load(connection)?;
    let changed: Vec<i64> = ticket_events::table
        .filter(ticket_events::ticket_id.gt(after))
        .filter(ticket_events::ticket_id.le(to))
        .filter(ticket_events::actor_id.eq(user.as_str()))
        .filter(ticket_events::kind.eq(LogKind::TicketUpdated.event()))
        .select(ticket_events::ticket_id)
        .distinct()
        .load(connection)?;
    found.extend(changed);
    found.sort_unstable();
    found.dedup();
    Ok(Stretch { found: found.into_iter().map(TicketId).collect(), next: end(after, last) })
}

fn attachments_of(
    connection: &mut AnyConnection,
    user: &UserId,
    limit: usize,
) -> QueryResult<Vec<(AttachmentId, bool)>> {
    let rows: Vec<(String, Option<String>)> = attachments::table
        .filter(attachments::uploader_id.eq(user.as_str()))
        .limit(saturating_i64(limit))
        .select((attachments::id, attachments::link))
        .load(connection)?;
    let sent = rows.into_iter().map(|(id, link)| (id, link.is_none()));
    let unsent: Vec<String> = uploads::table
        .filter(uploads::uploader_id.eq(user.as_str()))
        .limit(saturating_i64(limit))
        .select(uploads::id)
        .load(connection)?;
    let all = sent.chain(unsent.into_iter().map(|id| (id, true)));
    Ok(all.filter_map(|(id, is_file)| Some((AttachmentId::parse(&id)?, is_file))).collect())
}
