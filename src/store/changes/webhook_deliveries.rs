//! What is on its way to webhooks: claimed, settled, replayed, forgotten.
//!
//! Owns the order within a ticket: of the deliveries of one webhook and one ticket that are not done, only the
//! earliest has a time at which it is tried. That of a ticket is decided under the ticket's lock.

use std::marker::PhantomData;

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, sql_types::BigInt};

use super::{
    Change, ChangeError, Subject, Tx,
    webhook_row::{check_admin, disable, find},
};
use crate::{
    domain::{Delivery, DeliveryId, DeliveryState, TicketId, Timestamp, WebhookEvent, WebhookId},
    store::{
        db::{
            connection::AnyConnection,
            rows::damaged,
            schema::{webhook_deliveries, webhooks},
            statement::statement,
        },
        error::WriteError,
        read::webhooks::delivery,
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

/// Takes deliveries to try them, for a time; those that can be taken. The server's own to do.
#[derive(Clone, Debug)]
pub struct ClaimDeliveries {
    /// The deliveries.
    pub ids: Vec<DeliveryId>,
    /// Until when nobody else may try them.
    pub until: Timestamp,
}

impl Change for ClaimDeliveries {
    /// Those that are the submitter's to try.
    type Done = Vec<DeliveryId>;

    const DEFERRABLE: bool = true;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<DeliveryId>, ChangeError> {
        check_admin(tx)?;
        let mut ids = self.ids.clone();
        // In one order, so that two servers never wait for each other in a circle.
        ids.sort_unstable();
        let now = tx.now.0;
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            let (until, lifetime) = (self.until.0, PhantomData);
            let claim = ClaimDelivery { until, id: id.0, due: now, free: now, now, lifetime };
            let count = match tx.connection {
                AnyConnection::Sqlite(connection) => claim.execute(connection)?,
                AnyConnection::Postgres(connection) => claim.execute(connection)?,
            };
            if count == 1 {
                claimed.push(id);
            }
        }
        Ok(claimed)
    }
}

/// Gives back what was claimed and was not tried to the end; it does not count as tried. The server's own
/// to do.
#[derive(Clone, Debug)]
pub struct ReleaseDeliveries {
    /// The deliveries; `None` for all that are claimed, which then count as tried.
    pub ids: Option<Vec<DeliveryId>>,
}

impl Change for ReleaseDeliveries {
    type Done = ();

    const DEFERRABLE: bool = true;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        check_admin(tx)?;
        let leased = webhook_deliveries::table.filter(webhook_deliveries::leased_until.is_not_null());
        let given_back = (
            webhook_deliveries::leased_until.eq(None::<i64>),
            webhook_deliveries::attempts.eq(webhook_deliveries::attempts - 1),
        );
        match &self.ids {
            Some(ids) => {
                let mut ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
                ids.sort_unstable();
                for id in ids {
                    diesel::update(leased.filter(webhook_deliveries::id.eq(id)))
                        .set(given_back)
                        .execute(tx.connection)?;
                }
            }
            None => {
                diesel::update(leased)
                    .set(webhook_deliveries::leased_until.eq(None::<i64>))
                    .execute(tx.connection)?;
            }
        }
        Ok(())
    }
}

/// Notes what a try came to, and lets the next one of the ticket go. The server's own to do.
#[derive(Clone, Debug)]
pub struct SettleDelivery {
    /// The delivery.
    pub id: DeliveryId,
    /// Its webhook.
    pub webhook_id: WebhookId,
    /// The ticket that it is about.
    pub ticket_id: Option<TicketId>,
    /// Until when it was claimed: with another time, it is somebody else's by now.
    pub leased_until: Timestamp,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// What follows.
    pub then: Then,
}

/// What follows from a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is done.
    Delivered {
        /// When it is forgotten.
        forget_at: Timestamp,
    },
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
    },
    /// It is given up.
    Dead {
        /// When it is forgotten.
        forget_at: Timestamp,
        /// Why the webhook is disabled, if it is.
        disable: Option<&'static str>,
    },
}

impl Change for SettleDelivery {
    /// Whether it is noted; not if the delivery was somebody else's by then.
    type Done = bool;

    /// The order of a ticket's deliveries is kept under its lock.
    fn subject(&self) -> Subject {
        self.ticket_id.map_or(Subject::None, Subject::Ticket)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<bool, ChangeError> {
        check_admin(tx)?;
        let state = match self.then {
            Then::Delivered { .. } => DeliveryState::Delivered,
            Then::Again { .. } => DeliveryState::Pending,
            Then::Dead { .. } => DeliveryState::Dead,
        };
        let (next, forget_at) = match self.then {
            Then::Again { at } => (Some(at.0), None),
            Then::Delivered { forget_at } | Then::Dead { forget_at, .. } => (None, Some(forget_at.0)),
        };
        let ours = webhook_deliveries::table
            .find(self.id.0)
            .filter(webhook_deliveries::forget_at.is_null())
            .filter(webhook_deliveries::leased_until.eq(self.leased_until.0));
        let count = diesel::update(ours)
            .set((
                webhook_deliveries::state.eq(state.as_str()),
                webhook_deliveries::next_attempt_at.eq(next),
                webhook_deliveries::leased_until.eq(None::<i64>),
                webhook_deliveries::last_status.eq(self.status.and_then(|status| i16::try_from(status).ok())),
                webhook_deliveries::last_error.eq(&self.error),
                webhook_deliveries::settled_at.eq(forget_at.map(|_| tx.now.0)),
                webhook_deliveries::forget_at.eq(forget_at),
            ))
            .execute(tx.connection)?;
        if count == 0 {
            return Ok(false);
        }
        if let Then::Dead { disable: Some(reason), .. } = self.then {
            disable(tx, self.webhook_id, reason)?;
        }
        if let Some(ticket) = self.ticket_id {
            let earliest = arrange(tx, self.webhook_id, ticket)?;
            // An earlier one was replayed meanwhile.
            if matches!(self.then, Then::Again { .. }) && earliest != Some(self.id) {
                set_next(tx, self.id.0, None)?;
            }
        }
        Ok(true)
    }
}

/// Delivers something again, or at once: first what is not done of its ticket, if it is the earliest.
#[derive(Clone, Copy, Debug)]
pub struct ReplayDelivery {
    /// Its webhook.
    pub webhook_id: WebhookId,
    /// The delivery.
    pub id: DeliveryId,
    /// The ticket that it is about.
    pub ticket_id: Option<TicketId>,
}

impl Change for ReplayDelivery {
    type Done = Delivery;

    /// The order of a ticket's deliveries is kept under its lock.
    fn subject(&self) -> Subject {
        self.ticket_id.map_or(Subject::None, Subject::Ticket)
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Delivery, ChangeError> {
        let Self { webhook_id, id, ticket_id } = *self;
        check_admin(tx)?;
        find(tx, webhook_id)?;
        let missing = || WriteError::Missing { field: "id", sentence: "There is no such delivery." };
        let is = delivery(tx.connection, webhook_id, id)?.ok_or_else(missing)?;
        let now = tx.now.0;
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
            .execute(tx.connection)?;
        if let Some(ticket) = ticket_id {
            arrange(tx, webhook_id, ticket)?;
        }
        Ok(queued(tx, webhook_id, id)?)
    }
}

/// A new id of an event: it must not come again, also not when a backup was put back.
pub(in crate::store) fn event_id() -> String {
    format!("evt_{:032x}", rand::random::<u128>())
}

/// Queues an event that tells of nothing.
pub(super) fn ping(tx: &mut Tx<'_>, webhook_id: WebhookId) -> QueryResult<Delivery> {
    let (now, event_id) = (tx.now.0, event_id());
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
        .execute(tx.connection)?;
    let id: i64 = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook_id.0))
        .filter(webhook_deliveries::event_id.eq(&event_id))
        .filter(webhook_deliveries::state.eq(DeliveryState::Pending.as_str()))
        .order(webhook_deliveries::id.desc())
        .select(webhook_deliveries::id)
        .first(tx.connection)?;
    queued(tx, webhook_id, DeliveryId(id))
}

/// A delivery that waits to be tried.
fn queued(tx: &mut Tx<'_>, webhook_id: WebhookId, id: DeliveryId) -> QueryResult<Delivery> {
    tx.effects.webhooks_changed = true;
    delivery(tx.connection, webhook_id, id)?.ok_or_else(|| damaged("delivery"))
}

/// Sees to it that the earliest that is not done is tried, and the one behind it waits, unless someone tries
/// that already: then that one waits once it has failed. Gives the earliest.
fn arrange(tx: &mut Tx<'_>, webhook_id: WebhookId, ticket: TicketId) -> QueryResult<Option<DeliveryId>> {
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
        .load(tx.connection)?;
    let now = tx.now.0;
    if let Some((id, None, _)) = rows.first() {
        set_next(tx, *id, Some(now))?;
    }
    match rows.get(1) {
        Some((id, Some(_), leased)) if leased.is_none_or(|until| until <= now) => set_next(tx, *id, None)?,
        _ => {}
    }
    Ok(rows.first().map(|(id, ..)| DeliveryId(*id)))
}

fn set_next(tx: &mut Tx<'_>, id: i64, at: Option<i64>) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table.find(id))
        .set(webhook_deliveries::next_attempt_at.eq(at))
        .execute(tx.connection)?;
    Ok(())
}

/// Forgets a bounded number of what is done long enough, of deliveries of webhooks that were removed, and of
/// secrets that sign no more. The server's own to do.
#[derive(Clone, Copy, Debug)]
pub struct SweepDeliveries;

impl Change for SweepDeliveries {
    /// How many rows are gone.
    type Done = usize;

    const DEFERRABLE: bool = true;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<usize, ChangeError> {
        check_admin(tx)?;
        let now = tx.now.0;
        diesel::update(webhooks::table.filter(webhooks::previous_until.le(now)))
            .set((webhooks::previous_secret.eq(None::<String>), webhooks::previous_until.eq(None::<i64>)))
            .execute(tx.connection)?;
        let old: Vec<i64> = webhook_deliveries::table
            .filter(webhook_deliveries::forget_at.is_not_null())
            .filter(webhook_deliveries::forget_at.le(now))
            .order(webhook_deliveries::forget_at)
            .limit(SWEPT)
            .select(webhook_deliveries::id)
            .load(tx.connection)?;
        let mut count = remove(tx, old)?;
        let removed: Vec<i64> = webhooks::table
            .filter(webhooks::deleted_at.is_not_null())
            .order(webhooks::id)
            .select(webhooks::id)
            .load(tx.connection)?;
        for webhook in removed {
            let rest: Vec<i64> = webhook_deliveries::table
                .filter(webhook_deliveries::webhook_id.eq(webhook))
                .limit(SWEPT)
                .select(webhook_deliveries::id)
                .load(tx.connection)?;
            if rest.is_empty() {
                diesel::delete(webhooks::table.find(webhook)).execute(tx.connection)?;
            }
            count += remove(tx, rest)?;
        }
        Ok(count)
    }
}

fn remove(tx: &mut Tx<'_>, ids: Vec<i64>) -> QueryResult<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let rows = webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(ids));
    diesel::delete(rows).execute(tx.connection)
}
