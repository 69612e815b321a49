//! When users were there, and how they want to be seen.

use std::marker::PhantomData;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    sql_types::{BigInt, Text},
};

use super::{Change, ChangeError, Tx};
use crate::{
    domain::{Availability, ConnectionId, Timestamp, UserId},
    store::{
        db::{connection::AnyConnection, rows::damaged, schema::users, statement::statement},
        effects::StatusSet,
        error::WriteError,
    },
};

statement! {
    /// Notes when a user was seen, unless they were seen later already. Of who was erased nothing is noted,
    /// not even that they were shown out.
    UpdateSeen => () {
        "UPDATE users SET last_seen_at = "
        at: i64 => BigInt,
        " WHERE id = " id: &'a str => Text,
        " AND COALESCE(last_seen_at, 0) < " before: i64 => BigInt,
        ; " AND erased_at IS NULL"
    }
}

/// Notes when users were seen. Who is not known any more is passed over.
#[derive(Debug)]
pub struct NoteSeen {
    /// Who, and when.
    pub seen: Vec<(UserId, Timestamp)>,
}

impl Change for NoteSeen {
    type Done = ();

    const DEFERRABLE: bool = true;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        let mut seen: Vec<_> = self.seen.iter().collect();
        // Two servers that note the same users never wait for each other in a circle.
        seen.sort_unstable();
        for (user, at) in seen {
            let note = UpdateSeen { at: at.0, id: user.as_str(), before: at.0, lifetime: PhantomData };
            match tx.connection {
                AnyConnection::Sqlite(connection) => note.execute(connection)?,
                AnyConnection::Postgres(connection) => note.execute(connection)?,
            };
        }
        Ok(())
    }
}

/// Sets how the actor wants to be seen. Who wants to be seen as gone goes now, as others see it.
#[derive(Debug)]
pub struct SetStatus {
    /// As what.
    pub availability: Availability,
    /// The connection that wants it, to be told apart from the actor's others.
    pub from: ConnectionId,
}

impl Change for SetStatus {
    type Done = StatusSet;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<StatusSet, ChangeError> {
        let Self { availability, from } = *self;
        let Some(actor) = tx.actor else { return Err(WriteError::NotFound.into()) };
        let row = users::table.find(actor.id.as_str());
        let before: Option<(String, Option<i64>)> =
            row.select((users::availability, users::last_seen_at)).get_result(tx.connection).optional()?;
        let Some((before, last_seen)) = before else {
            return Err(WriteError::UnknownUser { user: actor.id.clone(), field: "status" }.into());
        };
        let before = before.parse::<Availability>().map_err(|_| damaged("availability"))?;
        let mut last_seen = last_seen.map(Timestamp);
        if before != availability {
            if before == Availability::Offline || availability == Availability::Offline {
                last_seen = last_seen.max(Some(tx.now));
            }
            diesel::update(row)
                .set((
                    users::availability.eq(availability.as_str()),
                    users::last_seen_at.eq(last_seen.map(|at| at.0)),
                ))
                .execute(tx.connection)?;
        }
        let set = StatusSet { user_id: actor.id.clone(), availability, last_seen, from };
        tx.effects.statuses.push(set.clone());
        Ok(set)
    }
}
