//! FLOOR 0. What the product talks about: ids, tickets, messages, users, access rules, bounds and time.
//!
//! Knows nothing of the wire, of databases or of sockets; depends on `std` and `serde` only.

pub mod access;
pub mod attachment;
pub mod bounds;
pub mod clock;
pub mod fault;
pub mod ids;
pub mod message;
pub mod metric;
pub mod rate;
pub mod secret;
pub mod stream;
pub mod ticket;
pub mod user;

pub use access::Viewer;
pub use attachment::Attachment;
pub use bounds::Bounds;
pub use clock::{Clock, Timestamp};
pub use fault::FaultId;
pub use ids::{AttachmentId, ClientKey, ConnectionId, MessageId, TicketId, UserId};
pub use message::Message;
pub use rate::{Class, Rate, Rates};
pub use secret::Secret;
pub use stream::{Position, Stream, Visible};
pub use ticket::{Priority, Ticket, TicketStatus};
pub use user::{Role, User};
