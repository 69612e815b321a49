//! A batch's statements on PostgreSQL: one for each kind, over arrays.
//!
//! Runs inside a transaction that holds the rows of the batch's tickets from the first statement on;
//! every server takes them in the order of ids, so that they wait for each other and never in a circle.

use std::collections::{HashMap, HashSet};

use diesel::{PgConnection, QueryResult, RunQueryDsl};

use super::{
    facts::{Earlier, Facts, TicketColumns, TicketState, messages, participation_decides},
    plan::{Plan, PlannedMessage},
    postgres_statements::{
        DrawIds, FindEarlier, FindParticipants, FindQuoted, FindTicketsOf, InsertAttachments, InsertMessages,
        LockTickets, MoveTickets,
    },
};
use crate::{
    domain::{TicketId, saturating_i64},
    store::{
        db::rows::{stream_code, stream_of},
        search::index,
        write::{Concerns, Write},
    },
};

/// Locks the tickets of a batch's messages and looks up what is known about them.
pub(super) fn load(connection: &mut PgConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    lock_tickets(connection, writes, facts)?;
    load_participants(connection, writes, facts)?;
    load_earlier(connection, writes, facts)?;
    load_quoted(connection, writes, facts)
}

/// Takes the tickets that any of the writes concerns.
pub(super) fn lock_all(connection: &mut PgConnection, writes: &[Write]) -> QueryResult<()> {
    let mut ids: Vec<i64> = Vec::new();
    let mut of_messages: Vec<i64> = Vec::new();
    for write in writes {
        match write {
            Write::SendMessage(new) => ids.push(new.ticket_id.0),
            Write::Change(change) => match change.what.concerns() {
                Concerns::Ticket(id) => ids.push(id.0),
                Concerns::Message(id) => of_messages.push(id.0),
                Concerns::NoTicket => {}
            },
            Write::SaveUser(_) | Write::CreateTicket(_) => {}
        }
    }
    if !of_messages.is_empty() {
        let find = FindTicketsOf { ids: of_messages, ..FindTicketsOf::default() };
        ids.extend(find.load::<i64>(connection)?);
    }
    lock(connection, ids).map(drop)
}

fn lock(connection: &mut PgConnection, mut ids: Vec<i64>) -> QueryResult<Vec<TicketColumns>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    LockTickets { ids, ..LockTickets::default() }.load(connection)
}

fn lock_tickets(connection: &mut PgConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    let ids = messages(writes).map(|(_, new)| new.ticket_id.0).collect();
    for row in lock(connection, ids)? {
        facts.tickets.insert(row.0, TicketState::new(row)?);
    }
    Ok(())
}

fn load_participants(connection: &mut PgConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    let mut find = FindParticipants::default();
    let mut asked = Vec::new();
    for (place, new) in messages(writes) {
        let Some(state) = facts.tickets.get(&new.ticket_id.0) else { continue };
        if participation_decides(new, &state.requester) {
            find.tickets.push(new.ticket_id.0);
            find.users.push(new.sender.id.as_str());
            asked.push((place, new));
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    let found: HashSet<(i64, String)> = find.load(connection)?.into_iter().collect();
    for (place, new) in asked {
        facts.of_writes[place].participates =
            found.contains(&(new.ticket_id.0, new.sender.id.as_str().to_owned()));
    }
    Ok(())
}

fn load_earlier(connection: &mut PgConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    let mut find = FindEarlier::default();
    for (place, new) in messages(writes) {
        if let Some(key) = &new.client_message_id {
            find.places.push(saturating_i64(place));
            find.tickets.push(new.ticket_id.0);
            find.senders.push(new.sender.id.as_str());
            find.keys.push(key.as_str());
        }
    }
    if find.places.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, i64, Vec<u8>)> = find.load(connection)?;
    for (place, id, digest) in rows {
        if let Some(known) = usize::try_from(place).ok().and_then(|place| facts.of_writes.get_mut(place)) {
            known.earlier = Some(Earlier { id, digest });
        }
    }
    Ok(())
}

fn load_quoted(connection: &mut PgConnection, writes: &[Write], facts: &mut Facts) -> QueryResult<()> {
    let ids: Vec<i64> = messages(writes).filter_map(|(_, new)| new.reply_to).map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let find = FindQuoted { ids, ..FindQuoted::default() };
    let rows: Vec<(i64, i64, i16)> = find.load(connection)?;
    let mut quoted = HashMap::with_capacity(rows.len());
    for (id, ticket, stream) in rows {
        quoted.insert(id, (TicketId(ticket), stream_of(stream)?));
    }
    for (place, new) in messages(writes) {
        facts.of_writes[place].quoted = new.reply_to.and_then(|id| quoted.get(&id.0).copied());
    }
    Ok(())
}

/// The next `count` ids, ascending. Drawn under the tickets' locks: a later message of the same ticket
/// draws later.
pub(super) fn next_ids(
    connection: &mut PgConnection,
    sequence: &'static str,
    count: usize,
) -> QueryResult<Vec<i64>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let count = saturating_i64(count);
    let mut ids: Vec<i64> = DrawIds { sequence, count }.load(connection)?;
    ids.sort_unstable();
    Ok(ids)
}

/// Inserts the messages and moves their tickets on.
pub(super) fn store(connection: &mut PgConnection, plan: &Plan<'_>, now: i64) -> QueryResult<()> {
    if plan.messages.is_empty() {
        return Ok(());
    }
    let mut insert = InsertMessages::default();
    for planned in &plan.messages {
        add_message(&mut insert, planned, now);
    }
    insert.execute(connection)?;
    let place = |planned: &PlannedMessage<'_>| (planned.ticket, planned.new.stream);
    let indexed = plan.messages.iter().map(|it| (it.id, place(it), it.new.body.as_str()));
    index::add_postgres(connection, indexed)?;

    let mut insert = InsertAttachments::default();
    for planned in &plan.messages {
        add_attachments(&mut insert, planned, now);
    }
    if !insert.ids.is_empty() {
        insert.execute(connection)?;
    }

    let mut move_on = MoveTickets::default();
    for (id, state) in &plan.touched {
        move_on.ids.push(id.0);
        move_on.public.push(state.heads.public);
        move_on.internal.push(state.heads.internal);
        move_on.last_message.push(state.last_message_at);
    }
    if !move_on.ids.is_empty() {
        move_on.execute(connection)?;
    }
    Ok(())
}

fn add_message<'a>(insert: &mut InsertMessages<'a>, planned: &PlannedMessage<'a>, now: i64) {
    let new = planned.new;
    insert.ids.push(planned.id.0);
    insert.tickets.push(planned.ticket.0);
    insert.streams.push(stream_code(new.stream));
    insert.seqs.push(planned.seq);
    insert.places.push(planned.pos);
    insert.senders.push(new.sender.id.as_str());
    insert.keys.push(new.client_message_id.as_ref().map(|key| key.as_str()));
    insert.digests.push(&new.digest.as_bytes()[..]);
    insert.bodies.push(new.body.as_str());
    insert.replies.push(new.reply_to.map(|id| id.0));
    insert.attachments.push(i16::try_from(new.attachments.len()).unwrap_or(i16::MAX));
    insert.times.push(now);
}

fn add_attachments<'a>(insert: &mut InsertAttachments<'a>, planned: &PlannedMessage<'a>, now: i64) {
    for (attachment, ordinal) in planned.new.attachments.iter().zip(0_i16..) {
        let shown = attachment.shown();
        insert.ids.push(shown.id.as_str().to_owned());
        insert.tickets.push(planned.ticket.0);
        insert.messages.push(planned.id.0);
        insert.uploaders.push(planned.new.sender.id.as_str());
        insert.names.push(shown.name);
        insert.media_types.push(shown.media_type);
        insert.sizes.push(shown.size);
        insert.digests.push(attachment.sha256());
        insert.links.push(shown.link);
        insert.ordinals.push(ordinal);
        insert.times.push(now);
    }
}
