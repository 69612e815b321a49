//! Delivers what is recorded for webhooks: claims what is due, tries it, notes what came of it.
//!
//! Owns how many tries run at once. Of a webhook and a ticket at most one does, because only the earliest
//! that is not done is due. What is claimed is nobody else's for a time; who dies meanwhile leaves it to the
//! others, or to its own next start.

use std::{collections::HashMap, sync::Arc, time::Duration};

use reqwest::Client;
use tokio::{
    task::{Id, JoinError, JoinSet},
    time::sleep,
};

use super::{attempt::attempt, client, retry_schedule};
use crate::{
    chat::Chat,
    domain::{Delivery, DeliveryId, Timestamp, Webhook, WebhookId, metric::Metric},
    store::{
        Change, StoreError, WriteError,
        changes::{ClaimDeliveries, ReleaseDeliveries, SettleDelivery, Then},
    },
};

/// Tries that run at once: a receiver that does not answer holds up nobody but itself.
const AT_ONCE: usize = 64;
const AT_ONCE_OF_ONE: usize = 8;

/// How often is looked if nothing woke us: time passes, and other servers record, too.
const TICK: Duration = Duration::from_secs(1);

/// Between two looks, so that many commits do not make for as many of them.
const PAUSE: Duration = Duration::from_millis(20);

/// For how long a claimed delivery is ours: longer than a try and its noting can take.
const LEASE: Duration = Duration::from_secs(60);

/// How often the outcome of a try is offered to a database that takes no writes.
const NOTES: usize = 5;

/// Delivers until [`super::Webhooks::close`].
pub(in crate::chat) async fn run(chat: Arc<Chat>) {
    // Whatever is claimed then was claimed by a process that is gone.
    if chat.store.is_sole_owner() && chat.store.has_claimed_deliveries().await.unwrap_or(true) {
        note(&chat, ReleaseDeliveries { ids: None }).await;
    }
    let mut courier = Courier {
        chat: Arc::clone(&chat),
        client: None,
        tries: JoinSet::new(),
        running: HashMap::new(),
        turn: 0,
    };
    while !chat.webhooks.is_closing() {
        if let Err(error) = courier.start_due().await {
            tracing::warn!(%error, "what is due to webhooks could not be read");
        }
        tokio::select! {
            () = chat.webhooks.wake.notified() => {}
            Some(over) = courier.tries.join_next_with_id() => courier.over(over),
            () = sleep(TICK) => {}
        }
        while let Some(over) = courier.tries.try_join_next_with_id() {
            courier.over(over);
        }
        sleep(PAUSE).await;
    }
    courier.stop().await;
}

struct Courier {
    chat: Arc<Chat>,
    /// Made when it is needed for the first time.
    client: Option<Client>,
    tries: JoinSet<()>,
    running: HashMap<Id, (WebhookId, DeliveryId)>,
    /// Who comes first when there is not room for all.
    turn: usize,
}

impl Courier {
    /// Starts to try what is due, as far as there is room.
    async fn start_due(&mut self) -> Result<(), StoreError> {
        let room = AT_ONCE.saturating_sub(self.running.len());
        let mut webhooks = self.chat.store.webhooks().await?;
        webhooks.retain(|webhook| webhook.enabled);
        if webhooks.is_empty() || room == 0 {
            return Ok(());
        }
        self.turn = (self.turn + 1) % webhooks.len();
        webhooks.rotate_left(self.turn);
        let wanted = webhooks.iter().map(|webhook| (webhook.id, self.room_of(webhook.id)));
        let wanted = wanted.filter(|(_, room)| *room > 0).collect();
        let mut due = self.chat.store.due_deliveries(wanted, self.chat.clock.now()).await?;
        due.retain(|delivery| !self.running.values().any(|(_, id)| *id == delivery.id));
        due.truncate(room);
        if due.is_empty() {
            return Ok(());
        }
        let Some(client) = self.client().await else { return Ok(()) };
        let until = self.chat.clock.now().after(LEASE);
        let claimed = self.claim(&due, until).await;
        let webhooks: HashMap<WebhookId, Arc<Webhook>> =
            webhooks.into_iter().map(|webhook| (webhook.id, Arc::new(webhook))).collect();
        for mut delivery in due {
            let Some(webhook) = webhooks.get(&delivery.webhook_id) else { continue };
            if claimed.contains(&delivery.id) {
                delivery.attempts += 1;
                self.start(client.clone(), Arc::clone(webhook), delivery, until);
            }
        }
        Ok(())
    }

    fn room_of(&self, webhook: WebhookId) -> usize {
        let running = self.running.values().filter(|(id, _)| *id == webhook).count();
        AT_ONCE_OF_ONE.saturating_sub(running)
    }

    async fn client(&mut self) -> Option<Client> {
        if self.client.is_none() {
            let allow_private = self.chat.webhooks.allow_private;
            let built = tokio::task::spawn_blocking(move || client::build(allow_private)).await;
            match built {
                Ok(Ok(client)) => self.client = Some(client),
                Ok(Err(error)) => tracing::error!(%error, "webhooks cannot be sent"),
                Err(error) => tracing::error!(%error, "webhooks cannot be sent"),
            }
        }
        self.client.clone()
    }

    async fn claim(&self, due: &[Delivery], until: Timestamp) -> Vec<DeliveryId> {
        let ids = due.iter().map(|delivery| delivery.id).collect();
        let claimed = self.chat.writer.write(None, ClaimDeliveries { ids, until }).await;
        claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, "what is due to webhooks could not be claimed");
            Vec::new()
        })
    }

    fn start(&mut self, client: Client, webhook: Arc<Webhook>, delivery: Delivery, until: Timestamp) {
        let ids = (webhook.id, delivery.id);
        let chat = Arc::clone(&self.chat);
        let task = self.tries.spawn(async move { deliver(&chat, &client, &webhook, &delivery, until).await });
        self.running.insert(task.id(), ids);
    }

    fn over(&mut self, over: Result<(Id, ()), JoinError>) {
        let id = over.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        if let (Some((webhook, _)), Err(error)) = (self.running.remove(&id), over) {
            tracing::error!(%webhook, %error, "a delivery broke off; it is tried again later");
        }
    }

    /// Breaks off what runs, and gives it back.
    async fn stop(mut self) {
        self.tries.shutdown().await;
        let ids: Vec<DeliveryId> = self.running.into_values().map(|(_, id)| id).collect();
        if !ids.is_empty() {
            note(&self.chat, ReleaseDeliveries { ids: Some(ids) }).await;
        }
    }
}

/// Tries a delivery, and notes what came of it.
async fn deliver(chat: &Chat, client: &Client, webhook: &Webhook, delivery: &Delivery, until: Timestamp) {
    let answered = attempt(chat, client, webhook, delivery).await;
    let then = retry_schedule::then(delivery, &answered, chat.clock.now(), rand::random());
    let outcome = match then {
        Then::Delivered { .. } => "delivered",
        Then::Again { .. } => "failed",
        Then::Dead { .. } => "dead",
    };
    metrics::counter!(Metric::WebhookDeliveries.name(), "outcome" => outcome).increment(1);
    if outcome != "delivered" {
        let error = answered.error.as_deref().unwrap_or_default();
        tracing::info!(webhook = %webhook.id, delivery = %delivery.id, outcome, error, "a delivery failed");
    }
    if let Then::Dead { disable: Some(reason), .. } = then {
        tracing::warn!(webhook = %webhook.id, reason, "a webhook was disabled");
    }
    let settle = SettleDelivery {
        id: delivery.id,
        webhook_id: webhook.id,
        ticket_id: delivery.place.map(|place| place.ticket_id),
        leased_until: until,
        status: answered.status,
        error: answered.error,
        then,
    };
    note(chat, settle).await;
}

/// Notes something, with some patience. What could not be noted is tried again when its claim ends.
async fn note(chat: &Chat, change: impl Change + Clone) {
    for left in (0..NOTES).rev() {
        match chat.writer.write(None, change.clone()).await {
            Err(WriteError::Unavailable) if left > 0 => sleep(TICK).await,
            Err(error) => {
                tracing::warn!(%error, "what became of a delivery could not be noted");
                return;
            }
            Ok(_) => return,
        }
    }
}
