//! The one list of commands.
//!
//! Owns the enum that is made of it, how a name becomes a command, and what the documents say of each. A
//! command that is not in this list cannot exist; what is declared of it stands beside its fields.

use super::{
    AddParticipant, AddReaction, Authenticate, CreateTicket, DeleteCannedResponse, DeleteMessage,
    EditMessage, GetMessages, GetNotifications, GetOnlineUsers, GetTicket, GetUserStatus, GetUsersStatus,
    JoinTicket, LeaveTicket, ListCannedResponses, ListTickets, MarkAllNotificationsRead, MarkDelivered,
    MarkNotificationRead, MarkRead, Ping, RateTicket, RemoveParticipant, RemoveReaction, SaveCannedResponse,
    SearchMessages, SendMessage, SetStatus, SubscribeQueue, TypingStart, TypingStop, UnsubscribeQueue,
    UpdateTicket, fields,
};
use crate::{
    domain::{Action, Class},
    protocol::{
        ErrorCode, WireError,
        spec::{self, CommandReply as _, CommandSpec, Described, Order, Route},
    },
};

/// All commands, in the order of the documents. Large ones are boxed, so that a command is small.
macro_rules! with_commands {
    ($then:ident) => {
        $then! {
            Authenticate, CreateTicket: Box, JoinTicket, LeaveTicket, GetMessages, SendMessage: Box, TypingStart,
            TypingStop, GetOnlineUsers, Ping, EditMessage, DeleteMessage, AddReaction, RemoveReaction,
            MarkDelivered, MarkRead, ListTickets: Box, GetTicket, UpdateTicket: Box, AddParticipant,
            RemoveParticipant, RateTicket, SubscribeQueue, UnsubscribeQueue, GetUserStatus, GetUsersStatus,
            SetStatus, GetNotifications, MarkNotificationRead, MarkAllNotificationsRead, SearchMessages,
            ListCannedResponses, SaveCannedResponse: Box, DeleteCannedResponse,
        }
    };
}

/// What is declared of a command.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    /// Name and fields.
    pub command: Described,
    /// The rate limit that the command is charged to.
    pub class: Class,
    /// Rights that the command may need.
    pub actions: &'static [Action],
    /// Fields of the answer, unless that is an empty `ack` or nothing.
    pub reply: Option<Described>,
    /// The events that tell others of the command.
    pub events: &'static [&'static str],
    /// The request that carries the command over HTTP, if there is one.
    pub route: Option<Route>,
    /// When the command may start.
    pub order: Order,
}

impl CommandEntry {
    const fn of<T: CommandSpec>() -> Self {
        Self {
            command: spec::command::<T>(),
            class: T::CLASS,
            actions: T::ACTIONS,
            reply: T::Reply::DESCRIBED,
            events: T::EVENTS,
            route: T::ROUTE,
            order: T::ORDER,
        }
    }

    /// Whether the command has fields for which its route has no variable: those of a body or a query.
    pub fn has_fields_outside_path(&self) -> bool {
        let in_path = self.route.map_or(&[] as &[&str], |route| route.fields);
        self.command.fields().iter().any(|field| !in_path.contains(&field.as_str()))
    }
}

/// The type that a variant holds.
macro_rules! held {
    ($command:ident) => { $command };
    ($command:ident $boxed:ident) => { $boxed<$command> };
}

macro_rules! define {
    ($($command:ident $(: $boxed:ident)?),+ $(,)?) => {
        /// A command, decoded.
        #[derive(Debug)]
        #[expect(missing_docs, reason = "each variant is documented as a type")]
        pub enum Command {
            $($command(held!($command $($boxed)?)),)+
        }

        impl Command {
            /// All of them.
            pub const CATALOGUE: &[CommandEntry] = &[$(CommandEntry::of::<$command>()),+];

            /// Decodes the `data` of the command `event`.
            ///
            /// # Errors
            /// `unknown_event`, or `invalid_payload` naming the field at fault.
            pub fn decode(event: &str, data: &str) -> Result<Self, WireError> {
                match event {
                    $(<$command as CommandSpec>::NAME => {
                        fields::<$command>(data).map(|fields| Self::$command(fields.into()))
                    })+
                    _ => Err(WireError::new(ErrorCode::UnknownEvent, "There is no such command.")),
                }
            }

            /// What is declared of it.
            pub fn entry(&self) -> &'static CommandEntry {
                match self {
                    $(Self::$command(_) => const { &CommandEntry::of::<$command>() },)+
                }
            }
        }
    };
}

with_commands!(define);

impl Command {
    /// The name on the wire, and the `command` label of metrics.
    pub fn name(&self) -> &'static str {
        self.entry().command.name
    }

    /// What it is charged to.
    pub fn class(&self) -> Class {
        self.entry().class
    }
}
