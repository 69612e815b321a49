//! The emojis under messages.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use crate::{
    domain::Reaction,
    store::db::{connection::AnyConnection, rows::user_id, schema::reactions},
};

/// The reactions to each of the messages; emojis and users in the order in which they came.
pub(in crate::store) fn of_messages(
    connection: &mut AnyConnection,
    ids: &[i64],
) -> QueryResult<HashMap<i64, Vec<Reaction>>> {
    let mut found: HashMap<i64, Vec<Reaction>> = HashMap::new();
    for ids in ids.chunks(1_000) {
        let rows: Vec<(i64, String, String)> = reactions::table
            .filter(reactions::message_id.eq_any(ids.iter().copied()))
            .order((reactions::created_at, reactions::user_id, reactions::emoji))
            .select((reactions::message_id, reactions::emoji, reactions::user_id))
            .load(connection)?;
        for (message, emoji, user) in rows {
            let user = user_id(&user)?;
            let of_message = found.entry(message).or_default();
            match of_message.iter_mut().find(|it| it.emoji == emoji) {
                Some(reaction) => reaction.users.push(user),
                None => of_message.push(Reaction { emoji, users: vec![user] }),
            }
        }
    }
    Ok(found)
}
