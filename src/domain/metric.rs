//! The names of all metrics, in one place, so that a dashboard's author finds them.
//!
//! Owns names and help texts; recording is done where the thing happens, export in `telemetry`.

use strum::{IntoStaticStr, VariantArray};

/// A metric that this program records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(prefix = "deskwire_", serialize_all = "snake_case")]
pub enum Metric {
    /// Gauge: open connections: WebSockets, streams of events and waiting polls.
    Connections,
    /// Gauge: rooms with members, summed over workers.
    Rooms,
    /// Counter, labels `command` and `outcome` (`ok` or an error code).
    #[strum(serialize = "commands_total")]
    Commands,
    /// Histogram: writes in one commit.
    CommitBatchSize,
    /// Histogram, seconds: duration of one commit, the batch's statements included.
    CommitSeconds,
    /// Histogram, seconds: from commit to the outboxes of the members.
    DeliverySeconds,
    /// Counter: events put into outboxes.
    #[strum(serialize = "deliveries_total")]
    Deliveries,
    /// Counter: connections closed because their outbox was full.
    #[strum(serialize = "outbox_overflows_total")]
    OutboxOverflows,
    /// Counter, label `reason`: attachments that were refused.
    #[strum(serialize = "refused_attachments_total")]
    RefusedAttachments,
    /// Counter, label `reason`: rooms that read the log because a hint was missing.
    #[strum(serialize = "room_heals_total")]
    RoomHeals,
    /// Counter: inbound messages refused because the process-wide budget was spent.
    #[strum(serialize = "inbound_overloads_total")]
    InboundOverloads,
    /// Counter, label `outcome` (`delivered`, `failed` or `dead`): tries to deliver to webhooks.
    #[strum(serialize = "webhook_deliveries_total")]
    WebhookDeliveries,
    /// Gauge: deliveries to webhooks that are not done.
    WebhookPending,
}

impl Metric {
    /// The exported name.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it counts, for the export's help line.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Connections => "Open connections: WebSockets, streams of events and waiting polls.",
            Self::Rooms => "Rooms with members, summed over worker threads.",
            Self::Commands => "Commands by name and outcome.",
            Self::CommitBatchSize => "Writes in one database commit.",
            Self::CommitSeconds => "Duration of one database commit, its statements included.",
            Self::DeliverySeconds => "Time from commit to the members' outboxes.",
            Self::Deliveries => "Events put into members' outboxes.",
            Self::OutboxOverflows => "Connections closed because they read too slowly.",
            Self::RefusedAttachments => "Attachments refused, by reason.",
            Self::RoomHeals => "Rooms that caught up from the log, by reason.",
            Self::InboundOverloads => "Inbound messages refused because the memory budget was spent.",
            Self::WebhookDeliveries => "Tries to deliver to webhooks, by outcome.",
            Self::WebhookPending => "Deliveries to webhooks that are not done.",
        }
    }
}
