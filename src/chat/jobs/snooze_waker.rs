//! What happens to tickets because time passes: snoozed ones wake up.
//!
//! Owns the rhythm. What is due is in the database, so a restart forgets nothing; whether it still is,
//! the writer asks again.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use crate::{chat::Chat, store::changes::WakeTicket};

/// How often is looked.
const TICK: Duration = Duration::from_secs(1);

/// How many tickets wake up at one tick.
const AT_ONCE: i64 = 500;

/// Wakes tickets up whose time has come.
pub(in crate::chat) async fn run(chat: Arc<Chat>) {
    loop {
        wake_due(&chat).await;
        sleep(TICK).await;
    }
}

async fn wake_due(chat: &Chat) {
    let due = match chat.store.due_snoozes(chat.clock.now(), AT_ONCE).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "it is not known which tickets are to wake up");
            return;
        }
    };
    let mut woken = Vec::with_capacity(due.len());
    for ticket_id in due {
        match chat.writer.submit(None, WakeTicket { ticket_id }).await {
            Ok(pending) => woken.push((ticket_id, pending)),
            // Too much else is waiting; the next tick tries again.
            Err(_) => break,
        }
    }
    for (ticket_id, pending) in woken {
        if let Err(error) = pending.await {
            tracing::warn!(%ticket_id, %error, "a snoozed ticket could not be woken up");
        }
    }
}
