//! How far users have got and read the streams of tickets.

use std::collections::{BTreeSet, HashMap};

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use crate::{
    domain::{Message, MessageStatus, Receipt, TicketId, Viewer},
    store::db::{
        connection::AnyConnection,
        rows::{stream_of, user_id},
        schema::read_positions,
    },
};

/// Everyone's positions in tickets.
pub(in crate::store) fn of_tickets(
    connection: &mut AnyConnection,
    tickets: impl IntoIterator<Item = TicketId>,
) -> QueryResult<HashMap<TicketId, Vec<Receipt>>> {
    let ids: Vec<i64> = tickets.into_iter().map(|id| id.0).collect();
    let mut found: HashMap<TicketId, Vec<Receipt>> = HashMap::new();
    for ids in ids.chunks(1_000) {
        let rows: Vec<(i64, String, i16, i64, i64)> = read_positions::table
            .filter(read_positions::ticket_id.eq_any(ids.iter().copied()))
            .order((read_positions::ticket_id, read_positions::user_id, read_positions::stream))
            .load(connection)?;
        for (ticket, user, stream, delivered_seq, read_seq) in rows {
            let receipt =
                Receipt { user_id: user_id(&user)?, stream: stream_of(stream)?, delivered_seq, read_seq };
            found.entry(TicketId(ticket)).or_default().push(receipt);
        }
    }
    Ok(found)
}

/// Everyone's positions in the streams of a ticket that the viewer sees.
pub(in crate::store) fn visible(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    ticket: TicketId,
) -> QueryResult<Vec<Receipt>> {
    let mut receipts = of_tickets(connection, [ticket])?.remove(&ticket).unwrap_or_default();
    receipts.retain(|receipt| viewer.visible().includes(receipt.stream));
    Ok(receipts)
}

/// Sets how far each message has come with anyone but its sender.
pub(super) fn set_statuses(connection: &mut AnyConnection, messages: &mut [Message]) -> QueryResult<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let tickets: BTreeSet<TicketId> = messages.iter().map(|message| message.ticket_id).collect();
    let positions = of_tickets(connection, tickets)?;
    for message in messages {
        let of_ticket = positions.get(&message.ticket_id).map_or(&[][..], Vec::as_slice);
        message.status = status(message, of_ticket);
    }
    Ok(())
}

fn status(message: &Message, receipts: &[Receipt]) -> MessageStatus {
    let others = receipts.iter().filter(|it| it.stream == message.stream && it.user_id != message.sender.id);
    others
        .map(|it| {
            if it.read_seq >= message.seq {
                MessageStatus::Read
            } else if it.delivered_seq >= message.seq {
                MessageStatus::Delivered
            } else {
                MessageStatus::Sent
            }
        })
        .max()
        .unwrap_or_default()
}
