//! The tasks that run beside connections: one of each for the process.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{Chat, announcer, assigner, clockwork, queue_feed};

/// The running tasks.
pub struct Background {
    announcer: JoinHandle<()>,
    others: [JoinHandle<()>; 3],
}

impl Background {
    /// Starts them.
    pub fn start(chat: &Arc<Chat>) -> Self {
        Self {
            announcer: tokio::spawn(announcer::run(Arc::clone(chat))),
            others: [
                tokio::spawn(queue_feed::run(Arc::clone(chat))),
                tokio::spawn(assigner::run(Arc::clone(chat))),
                tokio::spawn(clockwork::run(Arc::clone(chat))),
            ],
        }
    }

    /// Ends them. When users were seen last is written first, for which the writer must still be open
    /// and the connections closed.
    pub async fn stop(self, chat: &Chat) {
        for task in &self.others {
            task.abort();
        }
        chat.availability.finish();
        // An error means that it was aborted or panicked, and is over in any case.
        let _ = self.announcer.await;
        for task in self.others {
            let _ = task.await;
        }
    }
}
