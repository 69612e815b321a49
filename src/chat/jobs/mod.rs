//! The tasks that run beside connections: one of each for the process.

pub(in crate::chat) mod assigner;
pub mod queue_feed;
pub(in crate::chat) mod snooze_waker;

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{Chat, rooms::typing, statuses::announcer, webhooks};

/// The running tasks.
pub struct Background {
    announcer: JoinHandle<()>,
    courier: JoinHandle<()>,
    others: [JoinHandle<()>; 5],
}

impl Background {
    /// Starts them.
    pub fn start(chat: &Arc<Chat>) -> Self {
        Self {
            announcer: tokio::spawn(announcer::run(Arc::clone(chat))),
            courier: tokio::spawn(webhooks::run(Arc::clone(chat))),
            others: [
                tokio::spawn(queue_feed::run(Arc::clone(chat))),
                tokio::spawn(assigner::run(Arc::clone(chat))),
                tokio::spawn(snooze_waker::run(Arc::clone(chat))),
                tokio::spawn(typing::run(Arc::clone(&chat.typing))),
                tokio::spawn(webhooks::keep_up(Arc::clone(chat))),
            ],
        }
    }

    /// Ends them. When users were seen last, and which deliveries broke off, is written first, for which the
    /// writer must still be open and the connections closed.
    pub async fn stop(self, chat: &Chat) {
        for task in &self.others {
            task.abort();
        }
        chat.availability.finish();
        chat.webhooks.close();
        // An error means that it was aborted or panicked, and is over in any case.
        let _ = self.announcer.await;
        let _ = self.courier.await;
        for task in self.others {
            let _ = task.await;
        }
    }
}
