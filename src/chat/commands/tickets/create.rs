//! `create_ticket`.

use serde::Serialize;

use super::update::subject;
use crate::{
    chat::{
        Chat, Started,
        commands::{
            Execute,
            content::{Raw, compose, digest_of},
            pipeline::Call,
        },
        connections::connection::Caller,
        errors,
        publishing::publisher::{Encoded, message_object},
    },
    domain::{Action, Priority, Rule, Stream, TicketId, UserId},
    protocol::{
        ErrorCode, WireError,
        encode::Created,
        objects::{PositionObject, TicketObject},
        tickets::{CreateTicket, TicketCreated},
    },
    store::{Committed, CreatedTicket, NewMessage, NewTicket},
};

impl Execute for CreateTicket {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let allowed = call.for_new_ticket();
        let (chat, caller) = (allowed.chat, allowed.caller);
        may_set_fields(chat, caller, &self)?;
        let subject = subject(&chat.bounds, &self.subject)?;
        let requester = requester(chat, caller, self.requester_id.clone()).await?;
        let participants = participants(chat, &requester, self.participants.clone().unwrap_or_default())?;
        let fields = Fields {
            subject: &self.subject,
            requester: &requester,
            participants: &participants,
            priority: self.priority,
        };
        let raw = Raw {
            ticket_id: None,
            message: self.message,
            format: self.format.unwrap_or_default(),
            attachments: self.attachments.unwrap_or_default(),
            stream: Stream::Public,
            reply_to: None,
        };
        let has_message = raw.message.is_some() || !raw.attachments.is_empty();
        let content = if has_message { Some(compose(chat, allowed.access(), raw).await?) } else { None };
        let digest = digest_of(&chat.digest_key, content.as_ref(), &fields);
        let files = content.as_ref().map_or_else(Vec::new, |content| content.files());
        let message = content.map(|content| NewMessage {
            ticket_id: TicketId(0),
            sender: (*caller.user).clone(),
            stream: Stream::Public,
            body: content.body,
            digest: content.digest,
            client_message_id: self.client_message_id,
            reply_to: None,
            attachments: content.attachments,
            if_position: None,
            present: Vec::new(),
            mentions: content.mentions,
        });
        let submission = chat.writer.create_ticket(NewTicket {
            creator: caller.viewer(),
            requester,
            subject,
            priority: self.priority.unwrap_or_default(),
            participants,
            client_ticket_id: self.client_ticket_id,
            digest,
            message,
        });
        let visible = caller.user.role.visible();
        let reply = move |it: Committed<CreatedTicket, Encoded>| {
            let CreatedTicket { ticket, message, duplicate } = it.done;
            let message =
                message.map(|message| message_object(it.published.message, &message)).transpose()?;
            let reply = errors::reply(&TicketCreated {
                ticket: TicketObject::new(&ticket, visible),
                message: message.as_deref(),
                position: PositionObject::new(ticket.position, visible),
                duplicate,
            })?;
            Ok(reply.created(Created { ticket_id: Some(ticket.id), is_duplicate: duplicate }))
        };
        Ok(allowed.commit_with_files(submission, files, |created| created.duplicate, reply).await)
    }
}

/// What makes two requests with one `clientTicketId` the same.
#[derive(Serialize)]
struct Fields<'a> {
    subject: &'a str,
    requester: &'a UserId,
    participants: &'a [UserId],
    priority: Option<Priority>,
}

fn may_set_fields(chat: &Chat, caller: &Caller, new: &CreateTicket) -> Result<(), WireError> {
    let viewer = caller.viewer();
    let for_another = viewer.may(Action::OpenForAnother) == Rule::Allowed;
    let with_others = match viewer.may(Action::OpenWithParticipants) {
        Rule::Allowed => true,
        Rule::IfInviting => chat.policy.customers_may_invite,
        _ => false,
    };
    let field = if new.priority.is_some() && !for_another {
        "priority"
    } else if new.requester_id.as_ref().is_some_and(|id| *id != caller.user.id) && !for_another {
        "requesterId"
    } else if new.participants.as_ref().is_some_and(|them| !them.is_empty()) && !with_others {
        "participants"
    } else {
        return Ok(());
    };
    Err(WireError::new(ErrorCode::Forbidden, "Only agents can set this.").with_field(field))
}

/// For whom the ticket is; someone else must be known here.
async fn requester(chat: &Chat, caller: &Caller, wanted: Option<UserId>) -> Result<UserId, WireError> {
    let Some(wanted) = wanted.filter(|wanted| *wanted != caller.user.id) else {
        return Ok(caller.user.id.clone());
    };
    match chat.store.user(&wanted).await {
        Ok(Some(user)) if !user.erased => Ok(user.user.id),
        Ok(_) => Err(WireError::invalid("requesterId", "There is no such user.")),
        Err(error) => Err(error.into()),
    }
}

/// Without the requester and without doubles.
fn participants(chat: &Chat, requester: &UserId, mut them: Vec<UserId>) -> Result<Vec<UserId>, WireError> {
    them.sort();
    them.dedup();
    them.retain(|id| id != requester);
    if them.len() > chat.bounds.participants {
        let sentence = format!("A ticket has at most {} participants.", chat.bounds.participants);
        return Err(WireError::invalid("participants", sentence));
    }
    Ok(them)
}
