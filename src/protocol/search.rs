//! Search: the reply to `search_messages`.
//!
//! Owns its fields. Does not know how something is found.

use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use utoipa::ToSchema;

use super::{examples::message, objects::MessageObject, schema::names};

names! {
    SearchResults = "search_results";
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

fn found() -> Value {
    json!({"results": [{"message": message(), "snippet": "Any <b>news</b>? Thanks"}], "hasMore": false})
}
