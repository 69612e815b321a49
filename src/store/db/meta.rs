//! The table `meta`: what a database has of its own, by name.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};

use super::{connection::AnyConnection, schema::meta};

/// Reads a value of `meta`.
pub(in crate::store) fn get(connection: &mut AnyConnection, key: &str) -> QueryResult<Option<String>> {
    meta::table.find(key).select(meta::value).get_result(connection).optional()
}

/// Writes a value of `meta`.
pub(in crate::store) fn put(connection: &mut AnyConnection, key: &str, value: &str) -> QueryResult<()> {
    let updated = diesel::update(meta::table.find(key)).set(meta::value.eq(value)).execute(connection)?;
    if updated == 0 {
        diesel::insert_into(meta::table)
            .values((meta::key.eq(key), meta::value.eq(value)))
            .execute(connection)?;
    }
    Ok(())
}
