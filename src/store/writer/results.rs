//! From a plan that was carried out to what each submitter gets and what is published.
//!
//! Runs before the commit, on the same view: a retry is answered with what is in the database now.

use std::{collections::HashMap, sync::Arc};

use diesel::QueryResult;

use super::{
    input::{CreatedTicket, NewAttachment, NewTicket, SentMessage},
    message_notifications::Notified,
    new_ticket_notifications,
    plan::{Plan, PlannedMessage, PlannedTicket, Verdict},
    queued::{Results, Write},
    reopening::Reopenings,
};
use crate::{
    domain::{
        LogEntry, Message, MessageId, MessageStatus, Notification, Ticket, TicketId, TicketStatus, Timestamp,
        User, UserEvent, UserId,
    },
    store::{
        changes::Tx,
        db::{connection::AnyConnection, rows::damaged},
        effects::Effects,
        read,
    },
};

/// What followed from the planned messages, by their places.
pub(super) struct Followed {
    pub(super) reopened: Reopenings,
    pub(super) notified: Notified,
}

/// The results of a batch; fills the slots of its writes.
pub(super) fn results(
    tx: &mut Tx<'_>,
    writes: &[Write<'_>],
    plan: &Plan<'_>,
    users: &HashMap<UserId, User>,
    mut followed: Followed,
) -> QueryResult<Results> {
    let now = tx.now;
    let sent: Vec<Arc<Message>> =
        plan.messages.iter().map(|planned| Arc::new(message(planned, now))).collect();
    let earlier = earlier_messages(tx.connection, plan)?;
    let mut results = Vec::with_capacity(writes.len());
    for (write, verdict) in writes.iter().zip(&plan.verdicts) {
        tx.effects = Effects::default();
        match (write, verdict) {
            (_, Verdict::Refused(error)) => {
                results.push(Err(error.clone()));
                continue;
            }
            (Write::SaveUser(_, slot), Verdict::Saved) => slot.set(Some(())),
            (Write::SendMessage(_, slot), Verdict::Sent(index)) => {
                tx.effects.entries.push(LogEntry::sent(sent[*index].clone()));
                tx.effects.entries.extend(followed.reopened.remove(index).unwrap_or_default());
                tx.effects.user_events.extend(notified(&mut followed.notified, *index));
                slot.set(Some(SentMessage { message: sent[*index].clone(), duplicate: false }));
            }
            (Write::SendMessage(_, slot), Verdict::SentInBatch(index)) => {
                slot.set(Some(SentMessage { message: sent[*index].clone(), duplicate: true }));
            }
            (Write::SendMessage(_, slot), Verdict::SentEarlier(id)) => {
                let message = earlier.get(id).ok_or_else(|| damaged("message without a sender"))?;
                slot.set(Some(SentMessage { message: message.clone(), duplicate: true }));
            }
            (Write::CreateTicket(_, slot), Verdict::Opened(index, message)) => {
                let planned = &plan.tickets[*index];
                tx.effects.tickets_created.push(planned.id);
                tx.effects.entries.extend(message.map(|index| LogEntry::sent(sent[index].clone())));
                let of_message = message.map(|index| notified(&mut followed.notified, index));
                tx.effects.user_events.extend(of_message.into_iter().flatten());
                new_ticket_notifications::notify(tx, planned, users)?;
                slot.set(Some(opened(planned, *message, &sent, users, now, false)?));
            }
            (Write::CreateTicket(_, slot), Verdict::OpenedInBatch(index, message)) => {
                slot.set(Some(opened(&plan.tickets[*index], *message, &sent, users, now, true)?));
            }
            (Write::CreateTicket(new, slot), Verdict::OpenedEarlier(id)) => {
                slot.set(Some(opened_earlier(tx.connection, *id, new)?));
            }
            _ => return Err(damaged("plan")),
        }
        results.push(Ok(std::mem::take(&mut tx.effects)));
    }
    Ok(results)
}

/// The notifications of a planned message.
fn notified(all: &mut Notified, index: usize) -> impl Iterator<Item = UserEvent> + use<> {
    let notifications: Vec<Notification> = all.remove(&index).unwrap_or_default();
    notifications.into_iter().map(UserEvent::Notified)
}

fn message(planned: &PlannedMessage<'_>, now: Timestamp) -> Message {
    let new = planned.new;
    Message {
        id: planned.id,
        ticket_id: planned.ticket,
        stream: new.stream,
        seq: planned.seq,
        pos: planned.pos,
        client_message_id: new.client_message_id.clone(),
        sender: new.sender.clone(),
        body: new.body.as_str().to_owned(),
        reply_to: new.reply_to,
        attachments: new.attachments.iter().map(NewAttachment::shown).collect(),
        reactions: Vec::new(),
        status: MessageStatus::Sent,
        created_at: now,
        edited_at: None,
        deleted_at: None,
    }
}

fn earlier_messages(
    connection: &mut AnyConnection,
    plan: &Plan<'_>,
) -> QueryResult<HashMap<MessageId, Arc<Message>>> {
    let ids: Vec<MessageId> = plan
        .verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::SentEarlier(id) => Some(*id),
            _ => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let messages = read::messages::by_ids(connection, &ids)?;
    Ok(messages.into_iter().map(|message| (message.id, Arc::new(message))).collect())
}

fn opened(
    planned: &PlannedTicket<'_>,
    message: Option<usize>,
    sent: &[Arc<Message>],
    users: &HashMap<UserId, User>,
    now: Timestamp,
    duplicate: bool,
) -> QueryResult<CreatedTicket> {
    let user = |id: &UserId| users.get(id).cloned().ok_or_else(|| damaged("ticket of an unknown user"));
    let new = planned.new;
    let ticket = Ticket {
        id: planned.id,
        subject: new.subject.as_str().to_owned(),
        status: TicketStatus::default(),
        priority: new.priority,
        requester: user(&new.requester)?,
        assignee: None,
        participants: planned.participants.iter().map(|id| user(id)).collect::<QueryResult<_>>()?,
        position: planned.heads,
        created_at: now,
        updated_at: now,
        last_message_at: (planned.heads.public > 0).then_some(now),
        closed_at: None,
        rating: None,
        labels: Vec::new(),
        snoozed_until: None,
    };
    let message = message.map(|index| sent[index].clone());
    Ok(CreatedTicket { ticket: Box::new(ticket), message, duplicate })
}

fn opened_earlier(
    connection: &mut AnyConnection,
    id: TicketId,
    new: &NewTicket,
) -> QueryResult<CreatedTicket> {
    let ticket = read::tickets::any_ticket(connection, id)?.ok_or_else(|| damaged("ticket without a row"))?;
    let message = if new.message.is_some() { read::messages::first(connection, id)? } else { None };
    Ok(CreatedTicket { ticket: Box::new(ticket), message: message.map(Arc::new), duplicate: true })
}
