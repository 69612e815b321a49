//! Search: `search_messages` and its reply.
//!
//! Owns its fields. Does not know how something is found.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{
    examples::message,
    objects::MessageObject,
    schema::{AnyId, names},
    spec::{CommandSpec, Route},
};
use crate::domain::{Action, Class, MessageId, TicketId};

names! {
    SearchResults = "search_results";
}

/// Searches the messages that the caller sees, newest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(examples(search_messages))]
pub struct SearchMessages {
    /// 1 to 16 words; the last may be the beginning of one.
    pub query: String,
    /// Only in this ticket.
    #[schema(value_type = Option<AnyId>)]
    pub ticket_id: Option<TicketId>,
    /// Only older ones.
    #[schema(value_type = Option<AnyId>)]
    pub before: Option<MessageId>,
    /// 20 if it is not given.
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl CommandSpec for SearchMessages {
    const NAME: &'static str = "search_messages";
    const CLASS: Class = Class::Search;
    const ACTIONS: &'static [Action] = &[Action::List];
    const ROUTE: Option<Route> = Some(Route::get("/search", &[]).own());
    type Reply = SearchResults;
}

/// What was found, newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SearchResultsReply, examples(found))]
pub struct SearchResults {
    /// Newest first.
    #[schema(value_type = Vec<SearchResult<'_>>)]
    pub results: Vec<Box<RawValue>>,
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

fn search_messages() -> Value {
    json!({"query": "order news", "limit": 20})
}

fn found() -> Value {
    json!({"results": [{"message": message(), "snippet": "Any <b>news</b>? Thanks"}], "hasMore": false})
}
