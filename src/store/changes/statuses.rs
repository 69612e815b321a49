//! When users were there, and how they want to be seen.

use std::marker::PhantomData;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use super::{Changed, Context};
use crate::{
    domain::{Availability, ConnectionId, Timestamp, User, UserId},
    store::{
        db::{connection::AnyConnection, rows::damaged, schema::users, statement::statement},
        error::WriteError,
        write::{Outcome, StatusSet},
    },
};

statement! {
    /// Notes when a user was seen, unless they were seen later already. Of who was erased nothing is noted,
    /// not even that they were shown out.
    NoteSeen => () {
        "UPDATE users SET last_seen_at = "
        at: i64 => BigInt,
        " WHERE id = " id: &'a str => Text,
        " AND COALESCE(last_seen_at, 0) < " before: i64 => BigInt,
        ; " AND erased_at IS NULL"
    }
}

/// Notes when users were seen. Who is not known any more is passed over.
pub(super) fn note_seen(context: &mut Context<'_>, seen: &[(UserId, Timestamp)]) -> Changed {
    let mut seen: Vec<_> = seen.iter().collect();
    // Two servers that note the same users never wait for each other in a circle.
    seen.sort_unstable();
    for (user, at) in seen {
        let note = NoteSeen { at: at.0, id: user.as_str(), before: at.0, lifetime: PhantomData };
        match context.connection {
            AnyConnection::Sqlite(connection) => note.execute(connection)?,
            AnyConnection::Postgres(connection) => note.execute(connection)?,
        };
    }
    Ok(Outcome::SeenNoted.into())
}

/// Sets how the actor wants to be seen. Who wants to be seen as gone goes now, as others see it.
pub(super) fn set_status(
    context: &mut Context<'_>,
    actor: Option<&User>,
    availability: Availability,
    from: ConnectionId,
) -> Changed {
    let Some(actor) = actor else { return Err(WriteError::NotFound.into()) };
    let row = users::table.find(actor.id.as_str());
    let before: Option<(String, Option<i64>)> =
        row.select((users::availability, users::last_seen_at)).get_result(context.connection).optional()?;
    let Some((before, last_seen)) = before else {
        return Err(WriteError::UnknownUser(actor.id.clone()).into());
    };
    let before = before.parse::<Availability>().map_err(|_| damaged("availability"))?;
    let mut last_seen = last_seen.map(Timestamp);
    if before != availability {
        if before == Availability::Offline || availability == Availability::Offline {
            last_seen = last_seen.max(Some(context.now));
        }
        diesel::update(row)
            .set((
                users::availability.eq(availability.as_str()),
                users::last_seen_at.eq(last_seen.map(|at| at.0)),
            ))
            .execute(context.connection)?;
    }
    Ok(Outcome::StatusSet(StatusSet { user_id: actor.id.clone(), availability, last_seen, from }).into())
}
