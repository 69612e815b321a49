//! `search_messages`.

use std::sync::Arc;

use super::{Chat, Started, paging::limit, pipeline, seat::Caller};
use crate::{
    domain::Action,
    guard::{SearchTerms, SearchTermsError, limits::Admitted},
    protocol::{Reply, WireError, command, reply::Conversation},
    store::Search,
};

const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;

/// Searches what the caller sees.
pub(super) async fn messages(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    request: command::SearchMessages,
) -> Result<Started, WireError> {
    let viewer = match request.ticket_id {
        // Whether the ticket exists for the caller comes before what else is wrong.
        Some(id) => pipeline::access(chat, caller, admitted, id).await?.viewer,
        None => pipeline::access_by_role(caller, admitted, Action::List)?.viewer,
    };
    let limit = limit(request.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let search = Search {
        terms: terms(&request.query, chat.bounds.query_chars)?,
        ticket: request.ticket_id,
        before: request.before,
        limit,
    };
    let hits = chat.store.search(&viewer, search).await?;
    let hits = hits.ok_or_else(WireError::ticket_not_found)?;
    let results = hits.hits.iter().map(|hit| (&hit.message, hit.snippet.as_str()));
    let reply = Conversation::search_results(results, hits.has_more, chat.bounds.history_bytes);
    Ok(Started::from_reply(Reply::Conversation(reply)))
}

/// The words of a query, wherever one is asked for.
pub(super) fn terms(query: &str, max_chars: usize) -> Result<SearchTerms, WireError> {
    SearchTerms::parse(query, max_chars).map_err(|error| {
        let sentence = match error {
            SearchTermsError::TooLong(max) => format!("Expected at most {max} characters."),
            SearchTermsError::NoWord => "Expected a word to search for.".to_owned(),
            SearchTermsError::TooManyWords => "Expected at most 16 words.".to_owned(),
        };
        WireError::invalid("query", sentence)
    })
}
