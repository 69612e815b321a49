//! FLOOR 0. What the product talks about: ids, tickets, messages, users, access rules, bounds and time.
//!
//! Knows nothing of the wire, of databases or of sockets; depends on `std`, `serde` and `strum` only.

pub mod access;
pub mod attachment;
pub mod bounds;
pub mod canned;
pub mod clock;
pub mod fault;
pub mod ids;
pub mod log;
pub mod message;
pub mod metric;
pub mod notification;
pub mod number;
pub mod policy;
pub mod rate;
pub mod secret;
pub mod snooze;
pub mod stream;
pub mod ticket;
pub mod user;
pub mod user_event;
pub mod webhook;

pub use access::{Action, Relation, Rule, Viewer};
pub use attachment::Attachment;
pub use bounds::Bounds;
pub use canned::CannedResponse;
pub use clock::{Clock, Timestamp};
pub use fault::FaultId;
pub use ids::{
    AttachmentId, CannedResponseId, ClientKey, ConnectionId, DeliveryId, MessageId, NotificationId, TicketId,
    UserId, WebhookId,
};
pub use log::{Changes, FromTo, LogEntry, LogEvent, LogKind};
pub use message::{Confirmation, Confirmed, Message, MessageStatus, Reaction, Receipt};
pub use notification::{CustomNotice, Notification, NotificationKind};
pub use number::saturating_i64;
pub use policy::{Assignment, Policy};
pub use rate::{Class, Rate, Rates};
pub use secret::Secret;
pub use stream::{Place, Position, Stream, Visible};
pub use ticket::{Priority, Rating, Ticket, TicketOverview, TicketStatus};
pub use user::{Availability, Lockout, Role, User, UserStatus};
pub use user_event::{NotificationsRead, UserEvent};
pub use webhook::{Delivery, DeliveryState, EventPlace, Webhook, WebhookEvent, WebhookFilter};
