//! Every command that a client can send, as one enum: the whole API.
//!
//! Owns fields and their types, and what is declared of each command. Bounds and rights are checked in
//! `chat`.

mod catalogue;
mod conversations;
mod people;

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor},
};

use utoipa::ToSchema;

pub use catalogue::{Command, CommandEntry};
pub use conversations::{
    AddParticipant, AddReaction, DeleteMessage, EditMessage, GetTicket, ListTickets, MarkDelivered, MarkRead,
    RateTicket, RemoveParticipant, RemoveReaction, UpdateTicket,
};
pub use people::{
    DeleteCannedResponse, GetNotifications, GetUserStatus, GetUsersStatus, ListCannedResponses,
    MarkAllNotificationsRead, MarkNotificationRead, SaveCannedResponse, SearchMessages, SetStatus,
    SubscribeQueue, UnsubscribeQueue,
};

use super::{
    WireError, example,
    reply::fields as reply,
    schema::AnyId,
    spec::{CommandSpec, Order, Route},
};
use crate::domain::{Action, Class, ClientKey, MessageId, Priority, Stream, TicketId, UserId};

/// Says who the caller is; the first command of a connection.
#[derive(Deserialize, ToSchema)]
#[schema(examples(example::authenticate))]
pub struct Authenticate {
    /// A JWT.
    pub token: String,
}

impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authenticate { token: *** }")
    }
}

impl CommandSpec for Authenticate {
    const NAME: &'static str = "authenticate";
    const CLASS: Class = Class::Auth;
    const ACTIONS: &'static [Action] = &[];
    type Reply = reply::Authenticated<'static>;
}

/// Tells whether the connection works.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(example::nothing))]
pub struct Ping {}

impl CommandSpec for Ping {
    const NAME: &'static str = "ping";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[];
    const ORDER: Order = Order::Pipelined;
    type Reply = reply::Pong;
}

/// How `message` is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As HTML, which is sanitised.
    #[default]
    Html,
    /// As plain text, of which every character is kept.
    Text,
}

impl Format {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Text => "text",
        }
    }
}

/// A file as `{name, data}`, a link as `{name, url}`, or `{id}`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AttachmentToSend, examples(example::attached_file, example::attached_link))]
pub struct AttachmentInput {
    /// The file's name.
    pub name: Option<String>,
    /// Base64.
    pub data: Option<String>,
    /// Of an attachment that was uploaded before.
    pub id: Option<String>,
    /// An http(s) link.
    pub url: Option<String>,
}

/// Opens a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::create_ticket))]
pub struct CreateTicket {
    /// What it is about; markup is removed.
    #[schema(min_length = 1)]
    pub subject: String,
    /// The first public message; leave it out for none.
    pub message: Option<String>,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
    /// Of the first message.
    #[serde(default, deserialize_with = "bounded")]
    pub attachments: Option<Vec<AttachmentInput>>,
    /// Makes the command repeatable.
    pub client_ticket_id: Option<ClientKey>,
    /// The same for the first message.
    pub client_message_id: Option<ClientKey>,
    /// Who else may see the ticket.
    #[serde(default, deserialize_with = "bounded")]
    pub participants: Option<Vec<UserId>>,
    /// Agents only; `normal` if it is not given.
    pub priority: Option<Priority>,
    /// Agents only: for whom it is opened; the caller if it is not given.
    pub requester_id: Option<UserId>,
}

impl CommandSpec for CreateTicket {
    const NAME: &'static str = "create_ticket";
    const CLASS: Class = Class::Ticket;
    const ACTIONS: &'static [Action] =
        &[Action::OpenTicket, Action::OpenWithParticipants, Action::OpenForAnother];
    const EVENTS: &'static [&'static str] = &["notification"];
    const ROUTE: Option<Route> = Some(Route::post("/tickets", &[]).own());
    const ORDER: Order = Order::Pipelined;
    type Reply = reply::TicketCreated<'static>;
}

/// A position as a client sends it: a stream that is missing counts as 0.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(examples(example::position))]
pub struct Since {
    /// Of the public stream.
    pub public: Option<u64>,
    /// Of the internal stream.
    pub internal: Option<u64>,
}

/// Enters a ticket's room: what happens in it is delivered from then on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::join_ticket))]
pub struct JoinTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// Where to resume; without it there is no replay.
    pub since: Option<Since>,
    /// The epoch that `since` belongs to.
    pub epoch: Option<String>,
}

impl CommandSpec for JoinTicket {
    const NAME: &'static str = "join_ticket";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const EVENTS: &'static [&'static str] = &["user_joined_ticket"];
    type Reply = reply::JoinedTicket<'static>;
}

/// Leaves a ticket's room.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::ticket_ref))]
pub struct LeaveTicket {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
}

impl CommandSpec for LeaveTicket {
    const NAME: &'static str = "leave_ticket";
    const CLASS: Class = Class::Join;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const EVENTS: &'static [&'static str] = &["user_left_ticket"];
    type Reply = reply::LeftTicket;
}

/// Tells who has a ticket's room joined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::ticket_ref))]
pub struct GetOnlineUsers {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
}

impl CommandSpec for GetOnlineUsers {
    const NAME: &'static str = "get_online_users";
    const CLASS: Class = Class::Other;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const ROUTE: Option<Route> = Some(Route::get("/tickets/{id}/online", &["ticketId"]).tag("people"));
    type Reply = reply::OnlineUsers<'static>;
}

/// Reads a page of a ticket's messages, oldest first.
///
/// At most one of `before`, `after` and `offset`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::get_messages))]
pub struct GetMessages {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// 50 if it is not given.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// The page that ends so many messages before the newest.
    pub offset: Option<u32>,
    /// The page that ends right before this message.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<MessageId>,
    /// The page that begins right after this message.
    #[schema(value_type = Option<AnyId>)]
    pub after: Option<MessageId>,
}

impl CommandSpec for GetMessages {
    const NAME: &'static str = "get_messages";
    const CLASS: Class = Class::History;
    const ACTIONS: &'static [Action] = &[Action::Read];
    const ROUTE: Option<Route> = Some(Route::get("/tickets/{id}/messages", &["ticketId"]).own());
    type Reply = reply::Messages<'static>;
}

/// Sends a message, to a stream of a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::send_message))]
pub struct SendMessage {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// May be missing when there is an attachment.
    pub message: Option<String>,
    /// How `message` is to be read; `html` if it is not given.
    pub format: Option<Format>,
    /// Files and links.
    #[serde(default, deserialize_with = "bounded")]
    pub attachments: Option<Vec<AttachmentInput>>,
    /// Makes the command repeatable.
    pub client_message_id: Option<ClientKey>,
    /// A message of the same ticket that the caller sees.
    #[schema(value_type = Option<AnyId>)]
    pub reply_to: Option<MessageId>,
    /// `public` if it is not given; `internal` is for agents.
    pub visibility: Option<Stream>,
    /// Refuse if the ticket has moved past this.
    pub if_position: Option<Since>,
}

impl CommandSpec for SendMessage {
    const NAME: &'static str = "send_message";
    const CLASS: Class = Class::Message;
    const ACTIONS: &'static [Action] = &[Action::Send, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["new_message"];
    const ROUTE: Option<Route> = Some(Route::post("/tickets/{id}/messages", &["ticketId"]).own());
    const ORDER: Order = Order::Pipelined;
    type Reply = reply::MessageSent<'static>;
}

macro_rules! typing {
    ($($(#[$doc:meta])+ $command:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(examples(example::typing))]
        pub struct $command {
            /// The ticket.
            #[schema(value_type = AnyId)]
            pub ticket_id: TicketId,
            /// `public` if it is not given; `internal` is for agents.
            pub visibility: Option<Stream>,
        }
    )+};
}

typing! {
    /// Tells others in the room that the caller types.
    TypingStart;
    /// Tells others in the room that the caller types no more.
    TypingStop;
}

impl CommandSpec for TypingStart {
    const NAME: &'static str = "typing_start";
    const CLASS: Class = Class::Typing;
    const ACTIONS: &'static [Action] = &[Action::Read, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["user_typing"];
    const ORDER: Order = Order::Pipelined;
    type Reply = ();
}

impl CommandSpec for TypingStop {
    const NAME: &'static str = "typing_stop";
    const CLASS: Class = Class::Typing;
    const ACTIONS: &'static [Action] = &[Action::Read, Action::UseInternal];
    const EVENTS: &'static [&'static str] = &["user_stopped_typing"];
    const ORDER: Order = Order::Pipelined;
    type Reply = ();
}

/// More than any setting allows. Elements beyond are read and forgotten: the answer is the length
/// check's, but an element of a few bytes on the wire must not take a hundred in memory by the million.
const MAX_ELEMENTS: usize = 16_384;

/// A list, of which [`MAX_ELEMENTS`] are kept; `null` is as good as missing.
fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    struct Bounded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while kept.len() < MAX_ELEMENTS {
                match list.next_element()? {
                    Some(element) => kept.push(element),
                    None => return Ok(Some(kept)),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Some(kept))
        }
    }

    deserializer.deserialize_any(Bounded(PhantomData))
}

fn fields<T: DeserializeOwned>(data: &str) -> Result<T, WireError> {
    if !data.starts_with('{') {
        // Without this, serde would take an array for a struct's fields in order.
        return Err(WireError::invalid("data", "`data` must be an object."));
    }
    serde_json::from_str(data).map_err(|_| explain::<T>(data))
}

/// Decodes again, slowly, to learn which field is at fault.
fn explain<T: DeserializeOwned>(data: &str) -> WireError {
    let mut json = serde_json::Deserializer::from_str(data);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut json) else {
        return WireError::invalid("data", "`data` is malformed.");
    };
    let inner = error.inner().to_string();
    // A number that no machine holds is JSON all the same, and a field's.
    if !error.inner().is_data() && !inner.starts_with("number out of range") {
        return WireError::invalid("data", "`data` is not JSON.");
    }
    at_fault(&error.path().to_string(), &inner)
}

/// `invalid_payload` for the field at `path`, of which serde says what is wrong in `inner`.
pub fn at_fault(path: &str, inner: &str) -> WireError {
    // serde names these fields only in its sentence.
    for (start, sentence) in [
        ("missing field `", "This field is required."),
        ("duplicate field `", "This field is given more than once."),
    ] {
        if let Some(name) = inner.strip_prefix(start).and_then(|rest| rest.split('`').next()) {
            let path = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
            return WireError::invalid(path, sentence);
        }
    }
    let field: Cow<'static, str> = if path == "." { "data".into() } else { path.to_owned().into() };
    // The position is one in `data`, not in the frame, and helps nobody.
    let sentence = inner.split(" at line ").next().unwrap_or_default();
    WireError::invalid(field, format!("{}.", shortened(&capitalised(sentence))))
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// serde's sentences quote the value, which may be of any length.
fn shortened(sentence: &str) -> String {
    const MAX: usize = 200;
    if sentence.chars().count() <= MAX {
        return sentence.to_owned();
    }
    sentence.chars().take(MAX).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_millions_is_kept_small_and_still_too_long() {
        let list = vec!["{}"; 1_000_000].join(",");
        let data = format!(r#"{{"ticketId":1,"attachments":[{list}]}}"#);
        let Ok(Command::SendMessage(message)) = Command::decode("send_message", &data) else {
            panic!("it is well-formed");
        };
        let kept = message.attachments.unwrap();
        assert_eq!(kept.len(), MAX_ELEMENTS);
        assert!(kept.capacity() <= 2 * MAX_ELEMENTS);
    }

    #[test]
    fn a_missing_list_and_null_are_none() {
        for data in [r#"{"ticketId":1}"#, r#"{"ticketId":1,"attachments":null}"#] {
            let decoded = Command::decode("send_message", data);
            assert!(matches!(decoded, Ok(Command::SendMessage(message)) if message.attachments.is_none()));
        }
    }
}
