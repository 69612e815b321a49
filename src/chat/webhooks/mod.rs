//! Webhooks: events of tickets told over HTTP, signed, in order, until they arrive.
//!
//! That an event is to be told is recorded with the event (`store/writer/webhook_outbox.rs`). Here it is sent: what
//! is sent is made of the log at that moment, so that nothing that was erased goes out. After the Standard
//! Webhooks specification.

mod attempt;
mod cleaner;
mod client;
mod dispatcher;
mod manage;
mod retry_schedule;

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

pub use self::manage::WantedDeliveries;
pub(super) use self::{cleaner::run as keep_up, dispatcher::run};

/// What the parts of a process share about webhooks.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// Whether they may lead into private networks, and be without TLS.
    allow_private: bool,
    /// There may be something to send.
    wake: Notify,
    closing: AtomicBool,
}

impl Webhooks {
    /// With what the settings say.
    pub fn new(allow_private: bool) -> Self {
        Self { allow_private, ..Self::default() }
    }

    /// There may be something to send.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Send nothing more; what is being tried is left to the next start.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}
