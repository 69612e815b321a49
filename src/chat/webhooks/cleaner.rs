//! What time does to webhooks: what is done is forgotten, and one for which too much waits is disabled.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{
    chat::Chat,
    domain::{metric::Metric, webhook::MAX_PENDING},
    store::{
        StoreError, WriteError,
        changes::{DisableWebhook, SweepDeliveries},
    },
};

/// How often is looked whether something is to be forgotten.
const SWEEP: Duration = Duration::from_secs(5);

/// Every so many times, what waits is counted.
const COUNT_EVERY: u32 = 6;

/// Sweeps and counts, until it is aborted.
pub(in crate::chat) async fn run(chat: Arc<Chat>) {
    let mut turn = 0_u32;
    loop {
        if let Err(error) = sweep(&chat).await {
            tracing::warn!(%error, "what was delivered to webhooks long ago stays for now");
        }
        if turn.is_multiple_of(COUNT_EVERY)
            && let Err(error) = count(&chat).await
        {
            tracing::warn!(%error, "what waits for webhooks could not be counted");
        }
        turn = turn.wrapping_add(1);
        sleep(SWEEP).await;
    }
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Read(#[from] StoreError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A bounded number of rows at once, so that nobody's message waits for long.
async fn sweep(chat: &Chat) -> Result<(), Trouble> {
    while chat.store.webhooks_need_sweeping(chat.clock.now()).await? {
        chat.writer.write(None, SweepDeliveries).await?;
    }
    Ok(())
}

async fn count(chat: &Chat) -> Result<(), Trouble> {
    let webhooks = chat.store.webhooks().await?;
    let enabled: Vec<_> =
        webhooks.iter().filter(|webhook| webhook.enabled).map(|webhook| webhook.id).collect();
    let waiting = chat.store.pending_deliveries(webhooks.iter().map(|webhook| webhook.id).collect()).await?;
    let all: u64 = waiting.iter().map(|(_, count)| count).sum();
    metrics::gauge!(Metric::WebhookPending.name()).set(all as f64);
    for (id, count) in waiting {
        if count > MAX_PENDING && enabled.contains(&id) {
            tracing::warn!(webhook = %id, count, "a webhook was disabled: too much waits for it");
            let reason = "Too many deliveries wait for it.";
            chat.writer.write(None, DisableWebhook { id, reason }).await?;
        }
    }
    Ok(())
}
