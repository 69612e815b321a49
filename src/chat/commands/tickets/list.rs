//! `list_tickets` and `get_ticket`.
//!
//! Owns how a place in a list is written as a cursor.

use crate::{
    chat::{
        Chat, Started,
        commands::{
            Execute,
            paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
            pipeline::Call,
        },
        errors,
    },
    domain::{Action, Bounds, TicketId, Timestamp},
    guard::{
        PlainText, TextError,
        crypto::encoding::{base64_url, from_base64_url},
    },
    protocol::{
        WireError, encode,
        objects::OverviewObject,
        tickets::{GetTicket, ListTickets, Ticket, Tickets},
    },
    store::{TicketCursor, TicketFilter},
};

impl Execute for ListTickets {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let action = if self.label.is_some() { Action::ListByLabel } else { Action::List };
        let allowed = call.by_role(action).map_err(|error| match action {
            Action::ListByLabel => error.with_field("label"),
            _ => error,
        })?;
        let chat = allowed.chat;
        let filter = filter(chat, self)?;
        let page = chat.store.tickets(allowed.viewer(), filter).await?;
        let visible = allowed.viewer().visible();
        let mut bytes = 0;
        let mut shown = Vec::with_capacity(page.tickets.len());
        let mut next = page.next;
        for overview in &page.tickets {
            let json = errors::encoded(encode::json(&OverviewObject::new(overview, visible)))?;
            bytes += json.get().len();
            // What does not fit is the next page's; one ticket always fits.
            if bytes > chat.bounds.history_bytes && !shown.is_empty() {
                let last = page.tickets.get(shown.len().saturating_sub(1));
                next = last.map(|last| TicketCursor::of(&last.ticket));
                break;
            }
            shown.push(json);
        }
        let next = next.map(encode);
        Started::reply(&Tickets { tickets: shown, next_cursor: next.as_deref() })
    }
}

impl Execute for GetTicket {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        // The read's own look-up is the access check: one snapshot for both.
        let viewer = call.viewer();
        let overview = call
            .chat
            .store
            .ticket_overview(&viewer, self.ticket_id)
            .await?
            .ok_or_else(WireError::ticket_not_found)?;
        Started::reply(&Ticket { ticket: OverviewObject::new(&overview, viewer.visible()) })
    }
}

fn filter(chat: &Chat, list: ListTickets) -> Result<TicketFilter, WireError> {
    let limit = limit(list.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let bounds = &chat.bounds;
    let query = bounded("query", list.query, bounds.query_chars)?;
    let label = label(bounds, list.label.as_deref())?;
    let after = match list.cursor.as_deref() {
        Some(cursor) => Some(
            decode(cursor)
                .ok_or_else(|| WireError::invalid("cursor", "Expected a cursor of this server."))?,
        ),
        None => None,
    };
    Ok(TicketFilter {
        status: list.status,
        assignee: list.assignee_id,
        requester: list.requester_id,
        label,
        query,
        after,
        limit,
    })
}

/// A text to look for, trimmed; an empty one asks for nothing in particular.
fn bounded(field: &'static str, text: Option<String>, max: usize) -> Result<Option<String>, WireError> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > max) {
        return Err(WireError::invalid(field, format!("Expected at most {max} characters.")));
    }
    Ok(text)
}

/// A label as it would be kept; one in which nothing is to be seen asks for nothing in particular.
fn label(bounds: &Bounds, label: Option<&str>) -> Result<Option<String>, WireError> {
    match label.map(|label| PlainText::new(label, bounds.label_chars)) {
        None | Some(Err(TextError::Empty)) => Ok(None),
        Some(Ok(label)) => Ok(Some(label.into_string())),
        Some(Err(TextError::TooLong { max })) => {
            Err(WireError::invalid("label", format!("Expected at most {max} characters.")))
        }
    }
}

fn encode(cursor: TicketCursor) -> String {
    base64_url(format!("{}.{}", cursor.updated_at.0, cursor.id.0).as_bytes())
}

fn decode(text: &str) -> Option<TicketCursor> {
    let text = String::from_utf8(from_base64_url(text)?).ok()?;
    let (updated_at, id) = text.split_once('.')?;
    Some(TicketCursor { updated_at: Timestamp(updated_at.parse().ok()?), id: TicketId(id.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        let cursor = TicketCursor { updated_at: Timestamp(1_700_000_000_123), id: TicketId(42) };
        assert_eq!(decode(&encode(cursor)), Some(cursor));
        for bad in ["", "x", "MTIz", "MTIz.", "Lg", "LjE", "MS4", "!!!!", "MS4x="] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
