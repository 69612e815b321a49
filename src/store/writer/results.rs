//! From a plan that was carried out to what each submitter is told.
//!
//! Runs before the commit, on the same view: a retry is answered with what is in the database now.

use std::{collections::HashMap, sync::Arc};

use diesel::QueryResult;

use super::{
    engine::Rules,
    message_notifications::Notified,
    new_ticket_notifications,
    plan::{Plan, PlannedMessage, PlannedTicket, Verdict},
    reopening::Reopenings,
};
use crate::{
    domain::{
        LogEntry, Message, MessageId, MessageStatus, Ticket, TicketId, TicketStatus, Timestamp, User, UserId,
    },
    store::{
        db::{connection::AnyConnection, rows::damaged},
        error::WriteError,
        read,
        write::{Done, Effects, NewAttachment, Outcome, Write},
    },
};

/// The answers, at the places of the writes.
pub(super) type Answers = Vec<Result<Done, WriteError>>;

/// What followed from the planned messages, by their places.
pub(super) struct Followed {
    pub(super) reopened: Reopenings,
    pub(super) notified: Notified,
}

/// Answers a batch.
pub(super) fn answers(
    connection: &mut AnyConnection,
    writes: &[Write],
    plan: &Plan<'_>,
    users: &HashMap<UserId, User>,
    mut followed: Followed,
    rules: &Rules<'_>,
) -> QueryResult<Answers> {
    let now = rules.now;
    let sent: Vec<Arc<Message>> =
        plan.messages.iter().map(|planned| Arc::new(message(planned, now))).collect();
    let earlier = earlier_messages(connection, plan)?;
    let mut answers = Vec::with_capacity(writes.len());
    for (write, verdict) in writes.iter().zip(&plan.verdicts) {
        let mut effects = Effects::default();
        let outcome = match verdict {
            Verdict::Saved => Outcome::UserSaved,
            Verdict::Refused(error) => {
                answers.push(Err(error.clone()));
                continue;
            }
            Verdict::Apart => {
                let Write::Change(change) = write else { return Err(damaged("plan")) };
                answers.push(rules.apply(connection, change)?);
                continue;
            }
            Verdict::Sent(index) => {
                effects.entries.push(LogEntry::sent(sent[*index].clone()));
                effects.entries.extend(followed.reopened.remove(index).unwrap_or_default());
                effects.notifications = followed.notified.remove(index).unwrap_or_default();
                Outcome::MessageSent { message: sent[*index].clone(), duplicate: false }
            }
            Verdict::SentInBatch(index) => {
                Outcome::MessageSent { message: sent[*index].clone(), duplicate: true }
            }
            Verdict::SentEarlier(id) => {
                let message = earlier.get(id).ok_or_else(|| damaged("message without a sender"))?;
                Outcome::MessageSent { message: message.clone(), duplicate: true }
            }
            Verdict::Opened(index, message) => {
                effects.entries.extend(message.map(|index| LogEntry::sent(sent[index].clone())));
                let of_message = message.and_then(|index| followed.notified.remove(&index));
                let told = of_message.unwrap_or_default();
                let invited =
                    new_ticket_notifications::notify(connection, &plan.tickets[*index], users, &told, rules)?;
                effects.notifications = told.into_iter().chain(invited).collect();
                opened(&plan.tickets[*index], *message, &sent, users, now, false)?
            }
            Verdict::OpenedInBatch(index, message) => {
                opened(&plan.tickets[*index], *message, &sent, users, now, true)?
            }
            Verdict::OpenedEarlier(id) => opened_earlier(connection, *id, write)?,
        };
        answers.push(Ok(Done { outcome, effects }));
    }
    Ok(answers)
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
) -> QueryResult<Outcome> {
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
    Ok(Outcome::TicketCreated { ticket: Box::new(ticket), message, duplicate })
}

fn opened_earlier(connection: &mut AnyConnection, id: TicketId, write: &Write) -> QueryResult<Outcome> {
    let ticket = read::tickets::any_ticket(connection, id)?.ok_or_else(|| damaged("ticket without a row"))?;
    let message = match write {
        Write::CreateTicket(new) if new.message.is_some() => read::messages::first(connection, id)?,
        _ => None,
    };
    Ok(Outcome::TicketCreated { ticket: Box::new(ticket), message: message.map(Arc::new), duplicate: true })
}
