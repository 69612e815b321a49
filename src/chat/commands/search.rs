//! `search_messages`.

use super::{Execute, paging::limit, pipeline::Call};
use crate::{
    chat::{Started, errors},
    domain::Action,
    guard::{SearchTerms, SearchTermsError},
    protocol::{
        WireError, encode,
        objects::MessageObject,
        search::{SearchMessages, SearchResult, SearchResults},
    },
    store::{Hits, Search},
};

const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;

impl Execute for SearchMessages {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let chat = call.chat;
        let allowed = match self.ticket_id {
            // Whether the ticket exists for the caller comes before what else is wrong.
            Some(id) => call.in_ticket(id).await?,
            None => call.by_role(Action::List)?,
        };
        let limit = limit(self.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        let search = Search {
            terms: terms(&self.query, chat.bounds.query_chars)?,
            ticket: self.ticket_id,
            before: self.before,
            limit,
        };
        let hits = chat.store.search(allowed.viewer(), search).await?;
        let hits = hits.ok_or_else(WireError::ticket_not_found)?;
        Started::reply(&page(&hits, chat.bounds.history_bytes)?)
    }
}

/// As many as fit into `max_bytes`, but one at least.
fn page(hits: &Hits, max_bytes: usize) -> Result<SearchResults, WireError> {
    let (mut results, mut has_more) = (Vec::with_capacity(hits.hits.len()), hits.has_more);
    // Of each with the bracket or the comma before it.
    let mut bytes = 0;
    for hit in &hits.hits {
        let result = SearchResult { message: MessageObject::from(&hit.message), snippet: &hit.snippet };
        let result = errors::encoded(encode::json(&result))?;
        if !results.is_empty() && bytes + result.get().len() > max_bytes {
            has_more = true;
            break;
        }
        bytes += result.get().len() + 1;
        results.push(result);
    }
    Ok(SearchResults { results, has_more })
}

/// The words of a query, wherever one is asked for.
pub(in crate::chat) fn terms(query: &str, max_chars: usize) -> Result<SearchTerms, WireError> {
    SearchTerms::parse(query, max_chars).map_err(|error| {
        let sentence = match error {
            SearchTermsError::TooLong(max) => format!("Expected at most {max} characters."),
            SearchTermsError::NoWord => "Expected a word to search for.".to_owned(),
            SearchTermsError::TooManyWords => "Expected at most 16 words.".to_owned(),
        };
        WireError::invalid("query", sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Message, MessageId, MessageStatus, Role, Stream, TicketId, Timestamp, User, UserId},
        store::Hit,
    };

    fn hit() -> Hit {
        let message = Message {
            id: MessageId(1),
            ticket_id: TicketId(2),
            stream: Stream::Public,
            seq: 3,
            pos: 4,
            client_message_id: None,
            sender: User { id: UserId::new("ada").unwrap(), name: "Ada".into(), role: Role::Agent },
            body: "found".into(),
            reply_to: None,
            attachments: Vec::new(),
            reactions: Vec::new(),
            status: MessageStatus::Sent,
            created_at: Timestamp(0),
            edited_at: None,
            deleted_at: None,
        };
        Hit { message, snippet: "<b>found</b>".into() }
    }

    #[test]
    fn a_page_is_cut_to_its_bytes_but_never_empty() {
        let hits = |count| Hits { hits: vec![hit(); count], has_more: false };
        let found = |count, max_bytes| {
            let page = page(&hits(count), max_bytes).unwrap();
            (page.results.len(), page.has_more)
        };
        let bytes = page(&hits(1), 0).unwrap().results[0].get().len();
        assert_eq!(found(0, 0), (0, false));
        assert_eq!(found(1, 0), (1, false));
        assert_eq!(found(2, 0), (1, true));
        assert_eq!(found(3, 2 * bytes), (1, true));
        assert_eq!(found(3, 2 * bytes + 1), (2, true));
        assert_eq!(found(3, 3 * bytes + 2), (3, false));
        let cut = Hits { has_more: true, ..hits(1) };
        assert!(page(&cut, 1_000).unwrap().has_more, "as the store says");
    }
}
