//! Webhooks and their deliveries, read.
//!
//! Owns the rows' form. What is sent is made of the log; here is only where it stands there.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, Queryable,
    RunQueryDsl, Selectable, SelectableHelper,
};
use strum::VariantArray;

use crate::{
    domain::{
        Delivery, DeliveryId, DeliveryState, EventPlace, LogEntry, Secret, TicketId, Timestamp, Webhook,
        WebhookEvent, WebhookFilter, WebhookId, saturating_i64,
    },
    store::{
        Store, StoreError,
        db::{
            connection::AnyConnection,
            rows::{damaged, events_of, stream_of},
            schema::{webhook_deliveries, webhooks},
        },
        read,
    },
};

/// Which of a webhook's deliveries, newest first.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryPage {
    /// In this state only.
    pub state: Option<DeliveryState>,
    /// Older ones than this.
    pub before: Option<DeliveryId>,
    /// How many.
    pub limit: usize,
}

impl Store {
    /// Whether no other process writes to this database.
    pub fn is_sole_owner(&self) -> bool {
        self.0._lock.is_some()
    }

    /// All webhooks, with their secrets, oldest first.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        self.0.reader.run(all).await
    }

    /// A webhook; `None` if there is none.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.0.reader.run(move |connection| webhook(connection, id)).await
    }

    /// A page of what is, or was, on its way to a webhook.
    pub async fn deliveries(&self, id: WebhookId, page: DeliveryPage) -> Result<Vec<Delivery>, StoreError> {
        self.0.reader.run(move |connection| deliveries(connection, id, page)).await
    }

    /// One of them; `None` if it is not the webhook's.
    pub async fn delivery(&self, webhook: WebhookId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.0.reader.run(move |connection| delivery(connection, webhook, id)).await
    }

    /// Those that were given up, the oldest first.
    pub async fn dead_deliveries(
        &self,
        webhook: WebhookId,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.0.reader.run(move |connection| dead(connection, webhook, limit)).await
    }

    /// For each of the webhooks, what may be tried at `now`: so many, those first that waited longest.
    pub async fn due_deliveries(
        &self,
        webhooks: Vec<(WebhookId, usize)>,
        now: Timestamp,
    ) -> Result<Vec<Delivery>, StoreError> {
        let read = move |connection: &mut AnyConnection| {
            let mut found = Vec::new();
            for (webhook, limit) in &webhooks {
                found.extend(due(connection, *webhook, now, *limit)?);
            }
            Ok(found)
        };
        self.0.reader.run(read).await
    }

    /// How many deliveries of each of the webhooks are not done.
    pub async fn pending_deliveries(
        &self,
        webhooks: Vec<WebhookId>,
    ) -> Result<Vec<(WebhookId, u64)>, StoreError> {
        let read = move |connection: &mut AnyConnection| {
            let count = |connection: &mut AnyConnection, id: WebhookId| -> QueryResult<(WebhookId, u64)> {
                let count: i64 = webhook_deliveries::table
                    .filter(webhook_deliveries::webhook_id.eq(id.0))
                    .filter(webhook_deliveries::forget_at.is_null())
                    .count()
                    .get_result(connection)?;
                Ok((id, u64::try_from(count).unwrap_or_default()))
            };
            webhooks.iter().map(|id| count(connection, *id)).collect()
        };
        self.0.reader.run(read).await
    }

    /// Whether any delivery is claimed.
    pub async fn has_claimed_deliveries(&self) -> Result<bool, StoreError> {
        let read = |connection: &mut AnyConnection| {
            let claimed: Option<i64> = webhook_deliveries::table
                .filter(webhook_deliveries::leased_until.is_not_null())
                .select(webhook_deliveries::id)
                .first(connection)
                .optional()?;
            Ok(claimed.is_some())
        };
        self.0.reader.run(read).await
    }

    /// Whether at `now` there is something that a sweep removes.
    pub async fn webhooks_need_sweeping(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.0.reader.run(move |connection| needs_sweeping(connection, now)).await
    }

    /// An entry of a log as it is now; `None` if it is not there.
    pub async fn log_entry(&self, place: EventPlace) -> Result<Option<LogEntry>, StoreError> {
        self.0.reader.run(move |connection| read::log::entry(connection, place)).await
    }
}

fn needs_sweeping(connection: &mut AnyConnection, now: Timestamp) -> QueryResult<bool> {
    let of_webhooks: Option<i64> = webhooks::table
        .filter(webhooks::deleted_at.is_not_null().or(webhooks::previous_until.le(now.0)))
        .select(webhooks::id)
        .first(connection)
        .optional()?;
    let of_deliveries: Option<i64> = webhook_deliveries::table
        .filter(webhook_deliveries::forget_at.is_not_null())
        .filter(webhook_deliveries::forget_at.le(now.0))
        .select(webhook_deliveries::id)
        .first(connection)
        .optional()?;
    Ok(of_webhooks.is_some() || of_deliveries.is_some())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhooks)]
struct WebhookRow {
    id: i64,
    url: String,
    secret: String,
    previous_secret: Option<String>,
    previous_until: Option<i64>,
    events: String,
    internal: bool,
    description: String,
    enabled: bool,
    disabled_reason: Option<String>,
    created_at: i64,
}

impl WebhookRow {
    fn into_webhook(self) -> QueryResult<Webhook> {
        let previous = self.previous_secret.zip(self.previous_until);
        Ok(Webhook {
            id: WebhookId(self.id),
            url: self.url,
            secret: Secret::new(self.secret),
            previous: previous.map(|(secret, until)| (Secret::new(secret), Timestamp(until))),
            filter: WebhookFilter { events: events_of(&self.events)?, internal: self.internal },
            description: self.description,
            enabled: self.enabled,
            disabled_reason: self.disabled_reason,
            created_at: Timestamp(self.created_at),
        })
    }
}

fn all(connection: &mut AnyConnection) -> QueryResult<Vec<Webhook>> {
    let rows: Vec<WebhookRow> = webhooks::table
        .filter(webhooks::deleted_at.is_null())
        .order(webhooks::id)
        .select(WebhookRow::as_select())
        .load(connection)?;
    rows.into_iter().map(WebhookRow::into_webhook).collect()
}

/// The webhook of that id.
pub(in crate::store) fn webhook(
    connection: &mut AnyConnection,
    id: WebhookId,
) -> QueryResult<Option<Webhook>> {
    let row: Option<WebhookRow> = webhooks::table
        .find(id.0)
        .filter(webhooks::deleted_at.is_null())
        .select(WebhookRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(WebhookRow::into_webhook).transpose()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries)]
struct DeliveryRow {
    id: i64,
    webhook_id: i64,
    event_id: String,
    event: String,
    ticket_id: Option<i64>,
    stream: Option<i16>,
    seq: Option<i64>,
    state: String,
    attempts: i32,
    next_attempt_at: Option<i64>,
    last_status: Option<i16>,
    last_error: Option<String>,
    created_at: i64,
    queued_at: i64,
    settled_at: Option<i64>,
}

impl DeliveryRow {
    fn into_delivery(self) -> QueryResult<Delivery> {
        let place = match (self.ticket_id, self.stream, self.seq) {
            (Some(ticket), Some(stream), Some(seq)) => {
                Some(EventPlace { ticket_id: TicketId(ticket), stream: stream_of(stream)?, seq })
            }
            _ => None,
        };
        Ok(Delivery {
            id: DeliveryId(self.id),
            webhook_id: WebhookId(self.webhook_id),
            event_id: self.event_id,
            event: WebhookEvent::parse(&self.event).ok_or_else(|| damaged("kind of event"))?,
            place,
            state: self.state.parse::<DeliveryState>().map_err(|_| damaged("state of a delivery"))?,
            attempts: self.attempts,
            next_attempt_at: self.next_attempt_at.map(Timestamp),
            last_status: self.last_status.and_then(|status| u16::try_from(status).ok()),
            last_error: self.last_error,
            created_at: Timestamp(self.created_at),
            queued_at: Timestamp(self.queued_at),
            settled_at: self.settled_at.map(Timestamp),
        })
    }
}

fn deliveries(
    connection: &mut AnyConnection,
    id: WebhookId,
    page: DeliveryPage,
) -> QueryResult<Vec<Delivery>> {
    let states = page.state.map_or_else(|| DeliveryState::VARIANTS.to_vec(), |state| vec![state]);
    let before = page.before.map_or(i64::MAX, |before| before.0);
    let mut found: Vec<DeliveryRow> = Vec::new();
    for state in states {
        // One by one, so that each walks the index from its end.
        let rows: Vec<DeliveryRow> = webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(id.0))
            .filter(webhook_deliveries::state.eq(state.as_str()))
            .filter(webhook_deliveries::id.lt(before))
            .order(webhook_deliveries::id.desc())
            .limit(saturating_i64(page.limit))
            .select(DeliveryRow::as_select())
            .load(connection)?;
        found.extend(rows);
    }
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    found.truncate(page.limit);
    found.into_iter().map(DeliveryRow::into_delivery).collect()
}

fn dead(connection: &mut AnyConnection, id: WebhookId, limit: usize) -> QueryResult<Vec<Delivery>> {
    let rows: Vec<DeliveryRow> = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(id.0))
        .filter(webhook_deliveries::state.eq(DeliveryState::Dead.as_str()))
        .order(webhook_deliveries::id)
        .limit(saturating_i64(limit))
        .select(DeliveryRow::as_select())
        .load(connection)?;
    rows.into_iter().map(DeliveryRow::into_delivery).collect()
}

/// The delivery of that id, if it is the webhook's.
pub(in crate::store) fn delivery(
    connection: &mut AnyConnection,
    webhook: WebhookId,
    id: DeliveryId,
) -> QueryResult<Option<Delivery>> {
    let row: Option<DeliveryRow> = webhook_deliveries::table
        .find(id.0)
        .filter(webhook_deliveries::webhook_id.eq(webhook.0))
        .select(DeliveryRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(DeliveryRow::into_delivery).transpose()
}

fn due(
    connection: &mut AnyConnection,
    webhook: WebhookId,
    now: Timestamp,
    limit: usize,
) -> QueryResult<Vec<Delivery>> {
    let is_free = webhook_deliveries::leased_until.is_null().or(webhook_deliveries::leased_until.le(now.0));
    let rows: Vec<DeliveryRow> = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook.0))
        // Never true of what has no time; it names the index.
        .filter(webhook_deliveries::next_attempt_at.is_not_null())
        .filter(webhook_deliveries::next_attempt_at.le(now.0))
        .filter(is_free)
        .order(webhook_deliveries::next_attempt_at)
        .limit(saturating_i64(limit))
        .select(DeliveryRow::as_select())
        .load(connection)?;
    rows.into_iter().map(DeliveryRow::into_delivery).collect()
}
