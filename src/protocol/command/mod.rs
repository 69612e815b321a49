//! Every command that a client can send, as one enum: the whole API.
//!
//! Owns names, fields and their types, and which rate-limit class a command is charged to. Bounds
//! and rights are checked in `chat`.

mod conversations;

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor},
};

use utoipa::ToSchema;

pub use conversations::{
    CannedResponseRef, EditMessage, GetNotifications, ListTickets, Mark, MessageRef, NotificationRef,
    Participant, RateTicket, React, SaveCannedResponse, SearchMessages, SetStatus, SubscribeQueue,
    UpdateTicket, UserRef, UserRefs,
};

use super::{ErrorCode, WireError, example, schema::AnyId};
use crate::domain::{Class, ClientKey, MessageId, Priority, Stream, TicketId, UserId};

/// A command, decoded.
#[derive(Debug)]
#[expect(missing_docs, reason = "the variants are the commands of docs/PROTOCOL.md")]
pub enum Command {
    Authenticate(Authenticate),
    CreateTicket(Box<CreateTicket>),
    JoinTicket(JoinTicket),
    LeaveTicket(TicketRef),
    GetMessages(GetMessages),
    SendMessage(Box<SendMessage>),
    TypingStart(Typing),
    TypingStop(Typing),
    GetOnlineUsers(TicketRef),
    Ping,
    EditMessage(EditMessage),
    DeleteMessage(MessageRef),
    AddReaction(React),
    RemoveReaction(React),
    MarkDelivered(Mark),
    MarkRead(Mark),
    ListTickets(Box<ListTickets>),
    GetTicket(TicketRef),
    UpdateTicket(Box<UpdateTicket>),
    AddParticipant(Participant),
    RemoveParticipant(Participant),
    RateTicket(RateTicket),
    SubscribeQueue(SubscribeQueue),
    UnsubscribeQueue,
    GetUserStatus(UserRef),
    GetUsersStatus(UserRefs),
    SetStatus(SetStatus),
    GetNotifications(GetNotifications),
    MarkNotificationRead(NotificationRef),
    MarkAllNotificationsRead,
    SearchMessages(SearchMessages),
    ListCannedResponses,
    SaveCannedResponse(Box<SaveCannedResponse>),
    DeleteCannedResponse(CannedResponseRef),
}

/// Says who the caller is.
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

/// One of three: `{name, type, data}`, `{id}` or `{name, url}`; which one is decided in `chat`.
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

/// Enters a ticket's room, where its events are delivered.
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

/// Which ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::ticket_ref))]
pub struct TicketRef {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
}

/// Reads a page of a ticket's messages. At most one of `before`, `after` and `offset`.
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

/// Sends a message.
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

/// A command without fields.
#[derive(Deserialize)]
struct NoFields {}

/// Tells others that the caller types, or types no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(example::typing))]
pub struct Typing {
    /// The ticket.
    #[schema(value_type = AnyId)]
    pub ticket_id: TicketId,
    /// `public` if it is not given; `internal` is for agents.
    pub visibility: Option<Stream>,
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

impl Command {
    /// Decodes the `data` of the command `event`.
    ///
    /// # Errors
    /// `unknown_event`, or `invalid_payload` naming the field at fault.
    pub fn decode(event: &str, data: &str) -> Result<Self, WireError> {
        Ok(match event {
            "authenticate" => Self::Authenticate(fields(data)?),
            "create_ticket" => Self::CreateTicket(Box::new(fields(data)?)),
            "join_ticket" => Self::JoinTicket(fields(data)?),
            "leave_ticket" => Self::LeaveTicket(fields(data)?),
            "get_messages" => Self::GetMessages(fields(data)?),
            "send_message" => Self::SendMessage(Box::new(fields(data)?)),
            "typing_start" => Self::TypingStart(fields(data)?),
            "typing_stop" => Self::TypingStop(fields(data)?),
            "get_online_users" => Self::GetOnlineUsers(fields(data)?),
            "ping" => no_fields(data, Self::Ping)?,
            "edit_message" => Self::EditMessage(fields(data)?),
            "delete_message" => Self::DeleteMessage(fields(data)?),
            "add_reaction" => Self::AddReaction(fields(data)?),
            "remove_reaction" => Self::RemoveReaction(fields(data)?),
            "mark_delivered" => Self::MarkDelivered(fields(data)?),
            "mark_read" => Self::MarkRead(fields(data)?),
            "list_tickets" => Self::ListTickets(Box::new(fields(data)?)),
            "get_ticket" => Self::GetTicket(fields(data)?),
            "update_ticket" => Self::UpdateTicket(Box::new(fields(data)?)),
            "add_participant" => Self::AddParticipant(fields(data)?),
            "remove_participant" => Self::RemoveParticipant(fields(data)?),
            "rate_ticket" => Self::RateTicket(fields(data)?),
            "subscribe_queue" => Self::SubscribeQueue(fields(data)?),
            "unsubscribe_queue" => no_fields(data, Self::UnsubscribeQueue)?,
            "get_user_status" => Self::GetUserStatus(fields(data)?),
            "get_users_status" => Self::GetUsersStatus(fields(data)?),
            "set_status" => Self::SetStatus(fields(data)?),
            "get_notifications" => Self::GetNotifications(fields(data)?),
            "mark_notification_read" => Self::MarkNotificationRead(fields(data)?),
            "mark_all_notifications_read" => no_fields(data, Self::MarkAllNotificationsRead)?,
            "search_messages" => Self::SearchMessages(fields(data)?),
            "list_canned_responses" => no_fields(data, Self::ListCannedResponses)?,
            "save_canned_response" => Self::SaveCannedResponse(Box::new(fields(data)?)),
            "delete_canned_response" => Self::DeleteCannedResponse(fields(data)?),
            _ => return Err(WireError::new(ErrorCode::UnknownEvent, "There is no such command.")),
        })
    }

    /// The name on the wire, and the `command` label of metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Authenticate(_) => "authenticate",
            Self::CreateTicket(_) => "create_ticket",
            Self::JoinTicket(_) => "join_ticket",
            Self::LeaveTicket(_) => "leave_ticket",
            Self::GetMessages(_) => "get_messages",
            Self::SendMessage(_) => "send_message",
            Self::TypingStart(_) => "typing_start",
            Self::TypingStop(_) => "typing_stop",
            Self::GetOnlineUsers(_) => "get_online_users",
            Self::Ping => "ping",
            Self::EditMessage(_) => "edit_message",
            Self::DeleteMessage(_) => "delete_message",
            Self::AddReaction(_) => "add_reaction",
            Self::RemoveReaction(_) => "remove_reaction",
            Self::MarkDelivered(_) => "mark_delivered",
            Self::MarkRead(_) => "mark_read",
            Self::ListTickets(_) => "list_tickets",
            Self::GetTicket(_) => "get_ticket",
            Self::UpdateTicket(_) => "update_ticket",
            Self::AddParticipant(_) => "add_participant",
            Self::RemoveParticipant(_) => "remove_participant",
            Self::RateTicket(_) => "rate_ticket",
            Self::SubscribeQueue(_) => "subscribe_queue",
            Self::UnsubscribeQueue => "unsubscribe_queue",
            Self::GetUserStatus(_) => "get_user_status",
            Self::GetUsersStatus(_) => "get_users_status",
            Self::SetStatus(_) => "set_status",
            Self::GetNotifications(_) => "get_notifications",
            Self::MarkNotificationRead(_) => "mark_notification_read",
            Self::MarkAllNotificationsRead => "mark_all_notifications_read",
            Self::SearchMessages(_) => "search_messages",
            Self::ListCannedResponses => "list_canned_responses",
            Self::SaveCannedResponse(_) => "save_canned_response",
            Self::DeleteCannedResponse(_) => "delete_canned_response",
        }
    }

    /// What it is charged to.
    pub fn class(&self) -> Class {
        match self {
            Self::Authenticate(_) => Class::Auth,
            Self::CreateTicket(_)
            | Self::UpdateTicket(_)
            | Self::AddParticipant(_)
            | Self::RemoveParticipant(_)
            | Self::RateTicket(_) => Class::Ticket,
            Self::JoinTicket(_) | Self::LeaveTicket(_) | Self::SubscribeQueue(_) | Self::UnsubscribeQueue => {
                Class::Join
            }
            Self::GetMessages(_) | Self::ListTickets(_) | Self::GetTicket(_) | Self::GetNotifications(_) => {
                Class::History
            }
            Self::SendMessage(_) | Self::EditMessage(_) | Self::DeleteMessage(_) => Class::Message,
            Self::TypingStart(_) | Self::TypingStop(_) => Class::Typing,
            Self::AddReaction(_) | Self::RemoveReaction(_) => Class::Reaction,
            Self::MarkDelivered(_)
            | Self::MarkRead(_)
            | Self::MarkNotificationRead(_)
            | Self::MarkAllNotificationsRead => Class::Receipt,
            Self::SearchMessages(_) => Class::Search,
            Self::GetOnlineUsers(_)
            | Self::Ping
            | Self::GetUserStatus(_)
            | Self::GetUsersStatus(_)
            | Self::SetStatus(_)
            | Self::ListCannedResponses
            | Self::SaveCannedResponse(_)
            | Self::DeleteCannedResponse(_) => Class::Other,
        }
    }
}

fn no_fields(data: &str, command: Command) -> Result<Command, WireError> {
    fields::<NoFields>(data).map(|NoFields {}| command)
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
    if !error.inner().is_data() {
        return WireError::invalid("data", "`data` is not JSON.");
    }
    at_fault(&error.path().to_string(), &error.inner().to_string())
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
