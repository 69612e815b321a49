//! Users as they were saved last.

use std::collections::HashMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::super::{connection::AnyConnection, rows::UserRow, schema::users};
use crate::domain::{Timestamp, User, UserId};

/// What is known of a user besides what others see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUser {
    /// As others see them.
    pub user: User,
    /// Their address.
    pub email: Option<String>,
    /// They may not connect.
    pub disabled: bool,
    /// Tokens issued before it are void.
    pub tokens_valid_after: Timestamp,
}

/// The user of that id.
pub(in crate::store) fn user(connection: &mut AnyConnection, id: &UserId) -> QueryResult<Option<StoredUser>> {
    let row: Option<(UserRow, Option<String>, bool, i64)> = users::table
        .find(id.as_str())
        .select((UserRow::as_select(), users::email, users::disabled, users::tokens_valid_after))
        .get_result(connection)
        .optional()?;
    row.map(|(user, email, disabled, valid_after)| {
        let user = user.into_user()?;
        Ok(StoredUser { user, email, disabled, tokens_valid_after: Timestamp(valid_after) })
    })
    .transpose()
}

/// The users of those ids, of those that are known.
pub(in crate::store) fn by_ids<'a>(
    connection: &mut AnyConnection,
    ids: impl IntoIterator<Item = &'a str>,
) -> QueryResult<HashMap<UserId, User>> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(1_000) {
        let rows: Vec<UserRow> = users::table
            .filter(users::id.eq_any(ids.iter().copied()))
            .select(UserRow::as_select())
            .load(connection)?;
        for row in rows {
            let user = row.into_user()?;
            found.insert(user.id.clone(), user);
        }
    }
    Ok(found)
}
