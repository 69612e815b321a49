//! The reply to `search_messages`.

use serde::Serialize;

use super::{Conversation, Object};
use crate::{domain::Message, protocol::object::MessageObject};

#[derive(Serialize)]
struct ResultObject<'a> {
    message: MessageObject<'a>,
    snippet: &'a str,
}

impl Conversation {
    /// `search_results {results:[{message, snippet}], hasMore}`, cut to `max_bytes`, but with one at least.
    pub fn search_results<'a>(
        found: impl Iterator<Item = (&'a Message, &'a str)>,
        has_more: bool,
        max_bytes: usize,
    ) -> Self {
        let (mut results, mut cut) = (String::from("["), false);
        for (message, snippet) in found {
            let result = ResultObject { message: MessageObject::from(message), snippet };
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
        Self::new("search_results", data)
    }
}
