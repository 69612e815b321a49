//! The replies about messages, what is under them, and who has read them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{MessageId, Stream, TicketId, UserId},
    protocol::{
        examples,
        objects::{MessageObject, PositionObject},
    },
};

/// A page of a ticket's messages, oldest first.
#[derive(ToSchema)]
#[schema(as = MessagesReply, rename_all = "camelCase", examples(examples::messages))]
pub struct Messages<'a> {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Oldest first.
    pub messages: Vec<MessageObject<'a>>,
    /// How many the caller sees in the ticket.
    pub total: u64,
    /// Whether there are more in the direction of reading.
    pub has_more: bool,
    /// The state that the page reflects.
    pub position: PositionObject,
}

/// The message as it was committed.
#[derive(ToSchema)]
#[schema(as = MessageSentReply, examples(examples::message_sent))]
pub struct MessageSent<'a> {
    /// As it is now.
    pub message: MessageObject<'a>,
    /// `true` if it had been sent before, by the same command; else left out.
    #[schema(nullable = false)]
    pub duplicate: Option<bool>,
}

/// The message with its new text.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageEditedReply, examples(examples::message_edited))]
pub struct MessageEdited<'a> {
    /// As it is now.
    pub message: MessageObject<'a>,
}

/// Which message is empty now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageDeletedReply, examples(examples::message_deleted))]
pub struct MessageDeleted {
    /// Its ticket.
    pub ticket_id: TicketId,
    /// The message.
    pub message_id: MessageId,
}

macro_rules! reactions {
    ($($(#[$doc:meta])+ $type:ident as $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $name, examples(examples::reacted))]
        pub struct $type<'a> {
            /// The message's ticket.
            pub ticket_id: TicketId,
            /// The message.
            pub message_id: MessageId,
            /// Fully qualified.
            pub emoji: &'a str,
            /// The caller.
            pub user_id: &'a UserId,
        }
    )+};
}

reactions! {
    /// The emoji that the caller gave.
    ReactionAdded as ReactionAddedReply;
    /// The emoji that the caller took away.
    ReactionRemoved as ReactionRemovedReply;
}

/// How far the caller has got.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReceiptReply, examples(examples::marked))]
pub struct Receipt<'a> {
    /// In which ticket.
    pub ticket_id: TicketId,
    /// In which stream.
    pub stream: Stream,
    /// The caller.
    pub user_id: &'a UserId,
    /// Up to which number their client got it.
    #[schema(minimum = 0)]
    pub delivered_seq: i64,
    /// Up to which number they read it.
    #[schema(minimum = 0)]
    pub read_seq: i64,
}

/// What was found, newest first.
#[derive(ToSchema)]
#[schema(as = SearchResultsReply, rename_all = "camelCase", examples(examples::search_results))]
pub struct SearchResults<'a> {
    /// Newest first.
    pub results: Vec<SearchResult<'a>>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// A message that was found.
#[derive(Serialize, ToSchema)]
pub struct SearchResult<'a> {
    /// The message.
    pub message: MessageObject<'a>,
    /// HTML: its text around the first match, with matching words in `<b>`.
    pub snippet: &'a str,
}
