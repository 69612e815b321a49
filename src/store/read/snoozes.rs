//! Snoozed tickets whose time has come.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use crate::{
    domain::{TicketId, Timestamp},
    store::db::{connection::AnyConnection, schema::tickets},
};

/// Those that were due at `now`, the longest due first, at most `limit`.
pub(in crate::store) fn due(
    connection: &mut AnyConnection,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<TicketId>> {
    let ids: Vec<i64> = tickets::table
        .filter(tickets::snoozed_until.le(now.0))
        .order(tickets::snoozed_until)
        .limit(limit)
        .select(tickets::id)
        .load(connection)?;
    Ok(ids.into_iter().map(TicketId).collect())
}
