//! The names of all metrics, in one place, so that a dashboard's author finds them.
//!
//! Owns names and help texts; recording is done where the thing happens, export in `telemetry`.

/// A metric that this program records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Gauge: open connections: WebSockets, streams of events and waiting polls.
    Connections,
    /// Gauge: rooms with members, summed over workers.
    Rooms,
    /// Counter, labels `command` and `outcome` (`ok` or an error code).
    Commands,
    /// Histogram: writes in one commit.
    CommitBatchSize,
    /// Histogram, seconds: duration of one commit, the batch's statements included.
    CommitSeconds,
    /// Histogram, seconds: from commit to the outboxes of the members.
    DeliverySeconds,
    /// Counter: events put into outboxes.
    Deliveries,
    /// Counter: connections closed because their outbox was full.
    OutboxOverflows,
    /// Counter, label `reason`: attachments that were refused.
    RefusedAttachments,
    /// Counter, label `reason`: rooms that read the log because a hint was missing.
    RoomHeals,
    /// Counter: inbound messages refused because the process-wide budget was spent.
    InboundOverloads,
    /// Counter, label `outcome` (`delivered`, `failed` or `dead`): tries to deliver to webhooks.
    WebhookDeliveries,
    /// Gauge: deliveries to webhooks that are not done.
    WebhookPending,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Connections,
        Self::Rooms,
        Self::Commands,
        Self::CommitBatchSize,
        Self::CommitSeconds,
        Self::DeliverySeconds,
        Self::Deliveries,
        Self::OutboxOverflows,
        Self::RefusedAttachments,
        Self::RoomHeals,
        Self::InboundOverloads,
        Self::WebhookDeliveries,
        Self::WebhookPending,
    ];

    /// The exported name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connections => "deskwire_connections",
            Self::Rooms => "deskwire_rooms",
            Self::Commands => "deskwire_commands_total",
            Self::CommitBatchSize => "deskwire_commit_batch_size",
            Self::CommitSeconds => "deskwire_commit_seconds",
            Self::DeliverySeconds => "deskwire_delivery_seconds",
            Self::Deliveries => "deskwire_deliveries_total",
            Self::OutboxOverflows => "deskwire_outbox_overflows_total",
            Self::RefusedAttachments => "deskwire_refused_attachments_total",
            Self::RoomHeals => "deskwire_room_heals_total",
            Self::InboundOverloads => "deskwire_inbound_overloads_total",
            Self::WebhookDeliveries => "deskwire_webhook_deliveries_total",
            Self::WebhookPending => "deskwire_webhook_pending",
        }
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
