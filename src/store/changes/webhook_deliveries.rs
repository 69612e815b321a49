//! What is on its way to webhooks: claimed, settled, replayed, forgotten.
//!
//! Owns the order within a ticket: of the deliveries of one webhook and one ticket that are not done, only the
//! earliest has a time at which it is tried. That of a ticket is decided under the ticket's lock.

use std::marker::PhantomData;

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, sql_types::BigInt};

use super::{
    Changed, Context, Trouble,
    webhooks::{disable, done},
};
use crate::{
    domain::{DeliveryId, DeliveryState, TicketId, Timestamp, WebhookEvent, WebhookId},
    store::{
        db::{
            connection::AnyConnection,
            rows::damaged,
            schema::{webhook_deliveries, webhooks},
            statement::statement,
        },
        error::WriteError,
        read::webhooks::delivery,
        write::{Replayed, Then, Tried, WebhookDone},
    },
};

/// Rows that one sweep removes of each kind.
const SWEPT: i64 = 500;

statement! {
    /// Takes a delivery, if it is due, nobody has it or another of its ticket, and no earlier one of that is
    /// still to be done: one may have been replayed while this was tried.
    ClaimDelivery => () {
        "UPDATE webhook_deliveries SET attempts = attempts + 1, leased_until = " until: i64 => BigInt,
        " WHERE id = " id: i64 => BigInt,
        " AND forget_at IS NULL AND next_attempt_at <= " due: i64 => BigInt,
        " AND (leased_until IS NULL OR leased_until <= " free: i64 => BigInt,
        ") AND NOT EXISTS (SELECT 1 FROM webhook_deliveries o \
         WHERE o.webhook_id = webhook_deliveries.webhook_id AND o.ticket_id = webhook_deliveries.ticket_id \
         AND o.leased_until IS NOT NULL AND o.id <> webhook_deliveries.id AND o.leased_until > " now: i64 => BigInt,
        ; ") AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e \
           WHERE e.webhook_id = webhook_deliveries.webhook_id AND e.ticket_id = webhook_deliveries.ticket_id \
           AND e.forget_at IS NULL AND e.pos < webhook_deliveries.pos)"
    }
}

/// Takes those that can be taken.
pub(super) fn claim(context: &mut Context<'_>, ids: &[DeliveryId], until: Timestamp) -> Changed {
    let mut ids = ids.to_vec();
    // In one order, so that two servers never wait for each other in a circle.
    ids.sort_unstable();
    let now = context.now.0;
    let mut claimed = Vec::with_capacity(ids.len());
    for id in ids {
        let lifetime = PhantomData;
        let claim = ClaimDelivery { until: until.0, id: id.0, due: now, free: now, now, lifetime };
        let count = match context.connection {
            AnyConnection::Sqlite(connection) => claim.execute(connection)?,
            AnyConnection::Postgres(connection) => claim.execute(connection)?,
        };
        if count == 1 {
            claimed.push(id);
        }
    }
    done(WebhookDone::Claimed(claimed))
}

/// Gives back what was not tried to the end; it does not count as tried.
pub(super) fn release(context: &mut Context<'_>, ids: Option<&[DeliveryId]>) -> Changed {
    let leased = webhook_deliveries::table.filter(webhook_deliveries::leased_until.is_not_null());
    let given_back = (
        webhook_deliveries::leased_until.eq(None::<i64>),
        webhook_deliveries::attempts.eq(webhook_deliveries::attempts - 1),
    );
    match ids {
        Some(ids) => {
            let mut ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
            ids.sort_unstable();
            for id in ids {
                diesel::update(leased.filter(webhook_deliveries::id.eq(id)))
                    .set(given_back)
                    .execute(context.connection)?;
            }
        }
        None => {
            diesel::update(leased)
                .set(webhook_deliveries::leased_until.eq(None::<i64>))
                .execute(context.connection)?;
        }
    }
    done(WebhookDone::Released)
}

/// Notes what a try came to, and lets the next one of the ticket go.
pub(super) fn settle(context: &mut Context<'_>, tried: &Tried) -> Changed {
    let state = match tried.then {
        Then::Delivered { .. } => DeliveryState::Delivered,
        Then::Again { .. } => DeliveryState::Pending,
        Then::Dead { .. } => DeliveryState::Dead,
    };
    let (next, forget_at) = match tried.then {
        Then::Again { at } => (Some(at.0), None),
        Then::Delivered { forget_at } | Then::Dead { forget_at, .. } => (None, Some(forget_at.0)),
    };
    let ours = webhook_deliveries::table
        .find(tried.id.0)
        .filter(webhook_deliveries::forget_at.is_null())
        .filter(webhook_deliveries::leased_until.eq(tried.leased_until.0));
    let count = diesel::update(ours)
        .set((
            webhook_deliveries::state.eq(state.as_str()),
            webhook_deliveries::next_attempt_at.eq(next),
            webhook_deliveries::leased_until.eq(None::<i64>),
            webhook_deliveries::last_status.eq(tried.status.and_then(|status| i16::try_from(status).ok())),
            webhook_deliveries::last_error.eq(&tried.error),
            webhook_deliveries::settled_at.eq(forget_at.map(|_| context.now.0)),
            webhook_deliveries::forget_at.eq(forget_at),
        ))
        .execute(context.connection)?;
    if count == 0 {
        return done(WebhookDone::Settled(false));
    }
    if let Then::Dead { disable: Some(reason), .. } = tried.then {
        disable(context, tried.webhook_id, reason)?;
    }
    if let Some(ticket) = tried.ticket_id {
        let earliest = arrange(context, tried.webhook_id, ticket)?;
        // An earlier one was replayed meanwhile.
        if matches!(tried.then, Then::Again { .. }) && earliest != Some(tried.id) {
            set_next(context, tried.id.0, None)?;
        }
    }
    done(WebhookDone::Settled(true))
}

/// Delivers it again: first what is not done of its ticket, if it is the earliest.
pub(super) fn replay(context: &mut Context<'_>, replayed: Replayed) -> Changed {
    let Replayed { webhook_id, id, ticket_id } = replayed;
    let missing = || WriteError::Missing { field: "id", sentence: "There is no such delivery." };
    let is = delivery(context.connection, webhook_id, id)?.ok_or_else(missing)?;
    let now = context.now.0;
    let is_first = ticket_id.is_none() || is.next_attempt_at.is_some();
    diesel::update(webhook_deliveries::table.find(id.0))
        .set((
            webhook_deliveries::state.eq(DeliveryState::Pending.as_str()),
            webhook_deliveries::attempts.eq(0),
            webhook_deliveries::next_attempt_at.eq(is_first.then_some(now)),
            webhook_deliveries::queued_at.eq(now),
            webhook_deliveries::settled_at.eq(None::<i64>),
            webhook_deliveries::forget_at.eq(None::<i64>),
        ))
        .execute(context.connection)?;
    if let Some(ticket) = ticket_id {
        arrange(context, webhook_id, ticket)?;
    }
    queued(context, webhook_id, id)
}

/// A new id of an event: it must not come again, also not when a backup was put back.
pub(in crate::store) fn event_id() -> String {
    format!("evt_{:032x}", rand::random::<u128>())
}

/// Queues an event that tells of nothing.
pub(super) fn ping(context: &mut Context<'_>, webhook_id: WebhookId) -> Changed {
    let (now, event_id) = (context.now.0, event_id());
    diesel::insert_into(webhook_deliveries::table)
        .values((
            webhook_deliveries::webhook_id.eq(webhook_id.0),
            webhook_deliveries::event_id.eq(&event_id),
            webhook_deliveries::event.eq(WebhookEvent::Ping.as_str()),
            webhook_deliveries::pos.eq(0),
            webhook_deliveries::next_attempt_at.eq(now),
            webhook_deliveries::created_at.eq(now),
            webhook_deliveries::queued_at.eq(now),
        ))
        .execute(context.connection)?;
    let id: i64 = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook_id.0))
        .filter(webhook_deliveries::event_id.eq(&event_id))
        .filter(webhook_deliveries::state.eq(DeliveryState::Pending.as_str()))
        .order(webhook_deliveries::id.desc())
        .select(webhook_deliveries::id)
        .first(context.connection)?;
    queued(context, webhook_id, DeliveryId(id))
}

fn queued(context: &mut Context<'_>, webhook_id: WebhookId, id: DeliveryId) -> Changed {
    let delivery = delivery(context.connection, webhook_id, id)?.ok_or_else(|| damaged("delivery"))?;
    done(WebhookDone::Queued(Box::new(delivery)))
}

/// Sees to it that the earliest that is not done is tried, and the one behind it waits, unless someone tries
/// that already: then that one waits once it has failed. Gives the earliest.
fn arrange(
    context: &mut Context<'_>,
    webhook_id: WebhookId,
    ticket: TicketId,
) -> QueryResult<Option<DeliveryId>> {
    type Row = (i64, Option<i64>, Option<i64>);
    let rows: Vec<Row> = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook_id.0))
        .filter(webhook_deliveries::ticket_id.eq(ticket.0))
        .filter(webhook_deliveries::forget_at.is_null())
        .order(webhook_deliveries::pos)
        .limit(2)
        .select((
            webhook_deliveries::id,
            webhook_deliveries::next_attempt_at,
            webhook_deliveries::leased_until,
        ))
        .load(context.connection)?;
    let now = context.now.0;
    if let Some((id, None, _)) = rows.first() {
        set_next(context, *id, Some(now))?;
    }
    match rows.get(1) {
        Some((id, Some(_), leased)) if leased.is_none_or(|until| until <= now) => {
            set_next(context, *id, None)?
        }
        _ => {}
    }
    Ok(rows.first().map(|(id, ..)| DeliveryId(*id)))
}

fn set_next(context: &mut Context<'_>, id: i64, at: Option<i64>) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table.find(id))
        .set(webhook_deliveries::next_attempt_at.eq(at))
        .execute(context.connection)?;
    Ok(())
}

/// Forgets what is done long enough, deliveries of webhooks that were removed, and secrets that sign no more.
pub(super) fn sweep(context: &mut Context<'_>) -> Changed {
    let now = context.now.0;
    diesel::update(webhooks::table.filter(webhooks::previous_until.le(now)))
        .set((webhooks::previous_secret.eq(None::<String>), webhooks::previous_until.eq(None::<i64>)))
        .execute(context.connection)?;
    let old: Vec<i64> = webhook_deliveries::table
        .filter(webhook_deliveries::forget_at.is_not_null())
        .filter(webhook_deliveries::forget_at.le(now))
        .order(webhook_deliveries::forget_at)
        .limit(SWEPT)
        .select(webhook_deliveries::id)
        .load(context.connection)?;
    let mut count = remove(context, old)?;
    let removed: Vec<i64> = webhooks::table
        .filter(webhooks::deleted_at.is_not_null())
        .order(webhooks::id)
        .select(webhooks::id)
        .load(context.connection)?;
    for webhook in removed {
        let rest: Vec<i64> = webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(webhook))
            .limit(SWEPT)
            .select(webhook_deliveries::id)
            .load(context.connection)?;
        if rest.is_empty() {
            diesel::delete(webhooks::table.find(webhook)).execute(context.connection)?;
        }
        count += remove(context, rest)?;
    }
    done(WebhookDone::Swept(count))
}

fn remove(context: &mut Context<'_>, ids: Vec<i64>) -> Result<usize, Trouble> {
    if ids.is_empty() {
        return Ok(0);
    }
    let rows = webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(ids));
    Ok(diesel::delete(rows).execute(context.connection)?)
}
