//! The reply to `search_messages`.

use super::{Conversation, Object, fields};
use crate::{domain::Message, protocol::objects::MessageObject};

impl Conversation {
    /// `search_results`, cut to `max_bytes`, but with one at least.
    pub fn search_results<'a>(
        found: impl Iterator<Item = (&'a Message, &'a str)>,
        has_more: bool,
        max_bytes: usize,
    ) -> Self {
        let (mut results, mut cut) = (String::from("["), false);
        for (message, snippet) in found {
            let result = fields::SearchResult { message: MessageObject::from(message), snippet };
            let Ok(json) = serde_json::to_string(&result) else { continue };
            if results.len() > 1 {
                if results.len() + json.len() > max_bytes {
                    cut = true;
                    break;
                }
                results.push(',');
            }
            results.push_str(&json);
        }
        results.push(']');
        let data = Object::new().json("results", &results).field("hasMore", &(has_more || cut)).end();
        Self::spliced::<fields::SearchResults<'_>>(data)
    }
}
