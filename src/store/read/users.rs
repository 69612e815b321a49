//! Users as they were saved last.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    SelectableHelper, sql_types::Bool,
};

use crate::{
    domain::{Availability, Lockout, Timestamp, User, UserId},
    store::db::{
        connection::AnyConnection,
        rows::{UserRow, damaged},
        schema::users,
    },
};

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
    /// How they want to be seen.
    pub availability: Availability,
    /// When they were there last, as others see it.
    pub last_seen: Option<Timestamp>,
    /// They were erased.
    pub erased: bool,
}

/// The user of that id.
pub(in crate::store) fn user(connection: &mut AnyConnection, id: &UserId) -> QueryResult<Option<StoredUser>> {
    type Row = (UserRow, Option<String>, bool, i64, String, Option<i64>, Option<i64>);
    let row: Option<Row> = users::table
        .find(id.as_str())
        .select((
            UserRow::as_select(),
            users::email,
            users::disabled,
            users::tokens_valid_after,
            users::availability,
            users::last_seen_at,
            users::erased_at,
        ))
        .get_result(connection)
        .optional()?;
    row.map(|(user, email, disabled, valid_after, availability, last_seen, erased_at)| {
        Ok(StoredUser {
            user: user.into_user()?,
            email,
            disabled,
            tokens_valid_after: Timestamp(valid_after),
            availability: availability.parse::<Availability>().map_err(|_| damaged("availability"))?,
            last_seen: last_seen.map(Timestamp),
            erased: erased_at.is_some(),
        })
    })
    .transpose()
}

/// The users of those ids, of those that are known.
pub(in crate::store) fn by_ids<'a>(
    connection: &mut AnyConnection,
    ids: impl IntoIterator<Item = &'a str>,
) -> QueryResult<HashMap<UserId, User>> {
    load(connection, ids, true)
}

/// The users of those ids, of those that are known and were not erased.
pub(in crate::store) fn unerased_by_ids<'a>(
    connection: &mut AnyConnection,
    ids: impl IntoIterator<Item = &'a str>,
) -> QueryResult<HashMap<UserId, User>> {
    load(connection, ids, false)
}

fn load<'a>(
    connection: &mut AnyConnection,
    ids: impl IntoIterator<Item = &'a str>,
    erased_too: bool,
) -> QueryResult<HashMap<UserId, User>> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(1_000) {
        let rows: Vec<UserRow> = users::table
            .filter(users::id.eq_any(ids.iter().copied()))
            .filter(erased_too.into_sql::<Bool>().or(users::erased_at.is_null()))
            .select(UserRow::as_select())
            .load(connection)?;
        for row in rows {
            let user = row.into_user()?;
            found.insert(user.id.clone(), user);
        }
    }
    Ok(found)
}

/// Who was disabled or erased, or had tokens revoked, from a time on; as they are now.
pub(in crate::store) fn locked_out_since(
    connection: &mut AnyConnection,
    time: Timestamp,
) -> QueryResult<Vec<Lockout>> {
    type Row = (String, bool, i64, Option<i64>);
    let columns = (users::id, users::disabled, users::tokens_valid_after, users::erased_at);
    let mut rows: Vec<Row> =
        users::table.filter(users::barred_at.ge(time.0)).select(columns).load(connection)?;
    let erased: Vec<Row> =
        users::table.filter(users::erased_at.ge(time.0)).select(columns).load(connection)?;
    rows.extend(erased);
    rows.into_iter()
        .map(|(user, disabled, valid_after, erased_at)| {
            let user = UserId::new(&user).map_err(|_| damaged("user id"))?;
            let disabled = disabled || erased_at.is_some();
            Ok(Lockout { user, disabled, tokens_valid_after: Timestamp(valid_after) })
        })
        .collect()
}
