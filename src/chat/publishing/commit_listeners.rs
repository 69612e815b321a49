//! Those who are told of each commit besides rooms and users: the table of who is there, the live queue,
//! the assigner and the courier of webhooks. Called on the writer's thread, in the order of commit; nothing here waits.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::{
    chat::{
        connections::Connections, jobs::queue_feed::QueueFeed, statuses::Availabilities, webhooks::Webhooks,
    },
    domain::{Changes, LogEntry, LogEvent},
    protocol::queue::QueueReason,
    store::Effects,
};

/// The followers.
pub struct Followers {
    /// How users are seen.
    pub availability: Arc<Availabilities>,
    /// The live queue.
    pub queue: Arc<QueueFeed>,
    /// Who is shut out is shown out.
    pub connections: Arc<Connections>,
    /// There may be a ticket that waits, or room for one.
    pub assignment: Arc<Notify>,
    /// There may be something to tell webhooks.
    pub webhooks: Arc<Webhooks>,
}

impl Followers {
    /// Tells them what was done.
    pub(in crate::chat) fn hear(&self, effects: &Effects) {
        for ticket_id in &effects.tickets_created {
            self.queue.hear(*ticket_id, QueueReason::Created, None);
            self.assignment.notify_one();
        }
        for set in &effects.statuses {
            self.availability.set(set);
        }
        for lockout in &effects.lockouts {
            self.connections.lock_out(lockout);
        }
        if effects.webhooks_changed || effects.deliveries > 0 {
            self.webhooks.wake();
        }
        for entry in &effects.entries {
            self.hear_entry(entry);
        }
    }

    fn hear_entry(&self, entry: &LogEntry) {
        let changes = match &entry.event {
            LogEvent::TicketUpdated { changes, .. } => Some(changes),
            _ => None,
        };
        let of_ticket = entry.event.kind().changes_ticket();
        let reason = if of_ticket { QueueReason::Updated } else { QueueReason::Activity };
        self.queue.hear(entry.ticket_id, reason, changes);
        // An agent who had the ticket has room now, or the ticket waits itself.
        let needs_agent = |changes: &Changes| {
            changes.status.is_some() || changes.assignee_id.as_ref().is_some_and(|it| it.from.is_some())
        };
        if changes.is_some_and(needs_agent) {
            self.assignment.notify_one();
        }
    }
}
