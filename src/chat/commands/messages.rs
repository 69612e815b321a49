//! `send_message`, `edit_message`, `delete_message` and `get_messages`.

use serde_json::value::RawValue;

use super::{
    Execute,
    content::{Raw, compose, compose_edit},
    paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
    pipeline::Call,
};
use crate::{
    chat::{
        Started, errors,
        publishing::publisher::{Encoded, message_object},
    },
    domain::{Stream, Visible, saturating_i64},
    protocol::{
        ErrorCode, WireError,
        encode::{self, Created},
        messages::{
            DeleteMessage, EditMessage, GetMessages, MessageDeleted, MessageEdited, MessageSent, Messages,
            SendMessage,
        },
        objects::{MessageObject, PositionObject, Since},
    },
    store::{Committed, Cursor, IfPosition, NewMessage, Page, SentMessage, changes},
};

impl Execute for SendMessage {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let ticket_id = self.ticket_id;
        let allowed = call.in_ticket(ticket_id).await?;
        let (chat, caller) = (allowed.chat, allowed.caller);
        let stream = self.visibility.unwrap_or_default();
        may_use(stream, allowed.viewer().visible())?;
        let raw = Raw {
            ticket_id: Some(ticket_id),
            message: self.message,
            format: self.format.unwrap_or_default(),
            attachments: self.attachments.unwrap_or_default(),
            stream,
            reply_to: self.reply_to,
        };
        let content = compose(chat, allowed.access(), raw).await?;
        let files = content.files();
        let submission = chat.writer.send_message(NewMessage {
            ticket_id,
            sender: (*caller.user).clone(),
            stream,
            body: content.body,
            digest: content.digest,
            client_message_id: self.client_message_id,
            reply_to: self.reply_to,
            attachments: content.attachments,
            if_position: self.if_position.map(if_position),
            present: chat.presence.ids(ticket_id),
            mentions: content.mentions,
        });
        let reply = |it: Committed<SentMessage, Encoded>| {
            let SentMessage { message, duplicate } = it.done;
            let message = message_object(it.published.message, &message)?;
            let reply = errors::reply(&MessageSent { message: &message, duplicate })?;
            Ok(reply.created(Created { ticket_id: None, is_duplicate: duplicate }))
        };
        let started = allowed.commit_with_files(submission, files, |sent| sent.duplicate, reply).await;
        chat.typing.stop(ticket_id, stream, &caller.user, caller.seat.id);
        Ok(started)
    }
}

impl Execute for EditMessage {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let message_id = self.message_id;
        let allowed = call.at_message(message_id).await?;
        let format = self.format.unwrap_or_default();
        let body = compose_edit(allowed.chat, allowed.access(), self.message, format).await?;
        let change = changes::EditMessage { message_id, body };
        Ok(allowed
            .commit(change, |message, echo| {
                let reply = MessageEdited { message: MessageObject::from(&*message) };
                echo.reply_in(message.ticket_id, &reply)
            })
            .await)
    }
}

impl Execute for DeleteMessage {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        let message_id = self.message_id;
        let allowed = call.at_message(message_id).await?;
        let change = changes::DeleteMessage { message_id };
        Ok(allowed
            .commit(change, move |ticket_id, echo| {
                echo.reply_in(ticket_id, &MessageDeleted { ticket_id, message_id })
            })
            .await)
    }
}

/// The internal stream is for agents.
pub(in crate::chat) fn may_use(stream: Stream, visible: Visible) -> Result<(), WireError> {
    if visible.includes(stream) {
        return Ok(());
    }
    Err(WireError::new(ErrorCode::Forbidden, "Only agents can use the internal stream.")
        .with_field("visibility"))
}

/// As the store takes it.
pub(in crate::chat) fn if_position(since: Since) -> IfPosition {
    IfPosition { public: since.public.map(clamp), internal: since.internal.map(clamp) }
}

/// A number no log will ever reach is as good as the largest.
pub(in crate::chat) fn clamp(seq: u64) -> i64 {
    saturating_i64(seq)
}

impl Execute for GetMessages {
    async fn execute(self, call: Call<'_>) -> Result<Started, WireError> {
        // The history's own look-up is the access check: one snapshot for both.
        let (chat, viewer) = (call.chat, call.viewer());
        let page = page(&self);
        // Whether the ticket exists for the caller comes before what else is wrong.
        let limit = page.as_ref().map_or(1, |page| page.limit);
        let newest = Page { limit, cursor: Cursor::Offset(0) };
        let history = chat
            .store
            .history(&viewer, self.ticket_id, *page.as_ref().unwrap_or(&newest))
            .await?
            .ok_or_else(WireError::ticket_not_found)?;
        let forwards = matches!(page?.cursor, Cursor::After(_));
        let messages: Result<Vec<_>, _> = history.messages.iter().map(encode::message).collect();
        let mut messages = errors::encoded(messages)?;
        let cut = cut_to(&mut messages, chat.bounds.history_bytes, forwards);
        Started::reply(&Messages {
            ticket_id: self.ticket_id,
            messages,
            total: history.total,
            has_more: history.has_more || cut,
            position: PositionObject::new(history.position, viewer.visible()),
        })
    }
}

fn page(request: &GetMessages) -> Result<Page, WireError> {
    let limit = limit(request.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let cursor = match (request.offset, request.before, request.after) {
        (offset, None, None) => Cursor::Offset(offset.unwrap_or(0).into()),
        (None, Some(before), None) => Cursor::Before(before),
        (None, None, Some(after)) => Cursor::After(after),
        _ => return Err(WireError::invalid("before", "Use one of `offset`, `before` and `after`.")),
    };
    Ok(Page { limit, cursor })
}

/// Keeps what fits into `max` bytes, but at least one message, from the end where reading goes on the
/// other way. Tells whether anything was cut.
fn cut_to(messages: &mut Vec<Box<RawValue>>, max: usize, forwards: bool) -> bool {
    let mut bytes = 0;
    let fits = |length: &usize| {
        bytes += length;
        bytes <= max
    };
    let lengths = messages.iter().map(|message| message.get().len());
    let keep =
        if forwards { lengths.take_while(fits).count() } else { lengths.rev().take_while(fits).count() }
            .max(1)
            .min(messages.len());
    let cut = messages.len() - keep;
    if forwards {
        messages.truncate(keep);
    } else {
        messages.drain(..cut);
    }
    cut > 0
}
