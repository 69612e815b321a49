//! Canned responses.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, QueryResult,
    RunQueryDsl, SelectableHelper,
};

use crate::{
    domain::{CannedResponse, CannedResponseId, Timestamp, UserId},
    store::db::{
        connection::AnyConnection,
        rows::{UserRow, user_id},
        schema::{canned_responses, users},
    },
};

type Row = (i64, Option<String>, String, String, String, i64, UserRow);

macro_rules! with_author {
    () => {
        canned_responses::table.inner_join(users::table.on(users::id.eq(canned_responses::author_id))).select(
            (
                canned_responses::id,
                canned_responses::owner_id,
                canned_responses::shortcut,
                canned_responses::title,
                canned_responses::body,
                canned_responses::updated_at,
                UserRow::as_select(),
            ),
        )
    };
}

/// Those that a user may use: the shared ones and their own, by shortcut.
pub(in crate::store) fn usable(
    connection: &mut AnyConnection,
    user: &UserId,
) -> QueryResult<Vec<CannedResponse>> {
    let rows: Vec<Row> = with_author!()
        .filter(canned_responses::owner_id.is_null().or(canned_responses::owner_id.eq(user.as_str())))
        .order((canned_responses::shortcut, canned_responses::id))
        .load(connection)?;
    rows.into_iter().map(response).collect()
}

/// The one of that id, whoever asks.
pub(in crate::store) fn by_id(
    connection: &mut AnyConnection,
    id: CannedResponseId,
) -> QueryResult<Option<CannedResponse>> {
    let row: Option<Row> =
        with_author!().filter(canned_responses::id.eq(id.0)).get_result(connection).optional()?;
    row.map(response).transpose()
}

fn response((id, owner, shortcut, title, body, updated_at, author): Row) -> QueryResult<CannedResponse> {
    Ok(CannedResponse {
        id: CannedResponseId(id),
        shortcut,
        title,
        body,
        owner: owner.as_deref().map(user_id).transpose()?,
        author: author.into_user()?,
        updated_at: Timestamp(updated_at),
    })
}
