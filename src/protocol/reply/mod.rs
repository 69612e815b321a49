//! What a command is answered with.
//!
//! Owns the names of replies and the order of their fields. Does not know whether a reply travels in
//! an `ack` or by its name: see [`super::frame`].

pub mod conversations;
pub mod fields;
mod lifecycle;
mod lists;
mod notifications;
mod polled;
mod reactions;
mod receipts;
mod search;
mod watching;

use bytestring::ByteString;
use serde::Serialize;

pub use self::{conversations::Conversation, polled::Polled};
use super::{
    frame::push_json,
    objects::{PositionObject, ReceiptObject, Rfc3339, TicketObject, UserObject},
    schema::Named as _,
};
use crate::domain::{Receipt, Ticket, TicketId, Timestamp, User, Visible};

/// The answer to a command that was carried out.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the variants are the replies of docs/PROTOCOL.md")]
pub enum Reply {
    Authenticated {
        user: User,
        expires_at: Timestamp,
        epoch: ByteString,
    },
    TicketCreated {
        ticket: Box<Ticket>,
        message: Option<ByteString>,
        duplicate: bool,
        visible: Visible,
    },
    JoinedTicket(Box<JoinedTicket>),
    LeftTicket {
        ticket_id: TicketId,
    },
    Messages(Messages),
    MessageSent {
        message: ByteString,
        duplicate: bool,
    },
    /// A command without a named reply: `{}` in an ack, silence otherwise.
    Nothing,
    OnlineUsers {
        ticket_id: TicketId,
        users: Vec<User>,
    },
    Pong {
        at: Timestamp,
    },
    /// One of [`conversations`].
    Conversation(Conversation),
}

/// The fields of `joined_ticket`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct JoinedTicket {
    pub ticket: Ticket,
    pub visible: Visible,
    pub epoch: ByteString,
    pub replaying: i64,
    pub reset: bool,
    pub online_users: Vec<User>,
    pub receipts: Vec<Receipt>,
}

/// The fields of `messages`; the messages are JSON already.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the wire's own words")]
pub struct Messages {
    pub ticket_id: TicketId,
    pub messages: Vec<ByteString>,
    pub total: u64,
    pub has_more: bool,
    pub position: PositionObject,
}

impl Reply {
    /// The name under which it is sent when no `ack` was asked for; `None` if it has none.
    pub fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Authenticated { .. } => fields::Authenticated::NAME,
            Self::TicketCreated { .. } => fields::TicketCreated::NAME,
            Self::JoinedTicket(_) => fields::JoinedTicket::NAME,
            Self::LeftTicket { .. } => fields::LeftTicket::NAME,
            Self::Messages(_) => fields::Messages::NAME,
            Self::MessageSent { .. } => fields::MessageSent::NAME,
            Self::Nothing => return None,
            Self::OnlineUsers { .. } => fields::OnlineUsers::NAME,
            Self::Pong { .. } => fields::Pong::NAME,
            Self::Conversation(reply) => return reply.name(),
        })
    }

    /// Its fields as one JSON object.
    pub fn data(&self) -> String {
        match self {
            Self::Authenticated { user, expires_at, epoch } => json(&fields::Authenticated {
                user: UserObject::from(user),
                expires_at: Rfc3339(*expires_at),
                epoch,
            }),
            Self::TicketCreated { ticket, message, duplicate, visible } => {
                let mut object = Object::new().field("ticket", &TicketObject::new(ticket, *visible));
                if let Some(message) = message {
                    object = object.json("message", message);
                }
                object
                    .field("position", &PositionObject::new(ticket.position, *visible))
                    .flag("duplicate", *duplicate)
                    .end()
            }
            Self::JoinedTicket(joined) => json(&joined.fields()),
            Self::LeftTicket { ticket_id } => json(&fields::LeftTicket { ticket_id: *ticket_id }),
            Self::Messages(page) => Object::new()
                .field("ticketId", &page.ticket_id)
                .json("messages", &format!("[{}]", page.messages.join(",")))
                .field("total", &page.total)
                .field("hasMore", &page.has_more)
                .field("position", &page.position)
                .end(),
            Self::MessageSent { message, duplicate } => {
                Object::new().json("message", message).flag("duplicate", *duplicate).end()
            }
            Self::Nothing => Object::new().end(),
            Self::OnlineUsers { ticket_id, users: online } => {
                json(&fields::OnlineUsers { ticket_id: *ticket_id, users: users(online) })
            }
            Self::Pong { at } => json(&fields::Pong { at: Rfc3339(*at) }),
            Self::Conversation(reply) => reply.data().to_owned(),
        }
    }
}

impl JoinedTicket {
    fn fields(&self) -> fields::JoinedTicket<'_> {
        fields::JoinedTicket {
            ticket_id: self.ticket.id,
            ticket: TicketObject::new(&self.ticket, self.visible),
            position: PositionObject::new(self.ticket.position, self.visible),
            epoch: &self.epoch,
            replaying: self.replaying,
            reset: self.reset,
            online_users: users(&self.online_users),
            receipts: self.receipts.iter().map(ReceiptObject::from).collect(),
        }
    }
}

fn json(fields: &impl Serialize) -> String {
    let mut out = String::new();
    push_json(&mut out, fields);
    out
}

fn users(users: &[User]) -> Vec<UserObject<'_>> {
    users.iter().map(UserObject::from).collect()
}

/// Writes one JSON object field by field, so that parts which are JSON already are not parsed again.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self(String::from("{"))
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    fn field<T: Serialize + ?Sized>(mut self, key: &str, value: &T) -> Self {
        self.key(key);
        push_json(&mut self.0, &value);
        self
    }

    fn json(mut self, key: &str, json: &str) -> Self {
        self.0.reserve(key.len() + json.len() + 8);
        self.key(key);
        self.0.push_str(json);
        self
    }

    /// Written only when set.
    fn flag(self, key: &str, set: bool) -> Self {
        if set { self.field(key, &true) } else { self }
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
