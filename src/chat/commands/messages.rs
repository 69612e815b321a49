//! `send_message` and `get_messages`.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::{
    content::{Raw, compose},
    paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
    pipeline,
};
use crate::{
    chat::{
        Answer, Chat, Started, connections::connection::Caller, errors, publishing::publisher::message_object,
    },
    domain::{Stream, Visible, saturating_i64},
    guard::limits::Admitted,
    protocol::{
        ErrorCode, WireError,
        encode::{self, Created},
        messages::{GetMessages, MessageSent, Messages, SendMessage},
        objects::{PositionObject, Since},
    },
    store::{Cursor, IfPosition, NewMessage, Page, SentMessage},
};

/// Appends a message to a ticket's stream.
pub(in crate::chat) async fn send(
    chat: &Arc<Chat>,
    caller: &Caller,
    admitted: Admitted,
    message: SendMessage,
) -> Result<Started, WireError> {
    let ticket_id = message.ticket_id;
    let allowed = pipeline::access(chat, caller, admitted, ticket_id).await?;
    let stream = message.visibility.unwrap_or_default();
    may_use(stream, allowed.viewer.visible())?;
    let raw = Raw {
        ticket_id: Some(ticket_id),
        message: message.message,
        format: message.format.unwrap_or_default(),
        attachments: message.attachments.unwrap_or_default(),
        stream,
        reply_to: message.reply_to,
    };
    let content = compose(chat, &allowed, raw).await?;
    let files = content.files();
    let submission = chat.writer.send_message(NewMessage {
        ticket_id,
        sender: (*caller.user).clone(),
        stream,
        body: content.body,
        digest: content.digest,
        client_message_id: message.client_message_id,
        reply_to: message.reply_to,
        attachments: content.attachments,
        if_position: message.if_position.map(if_position),
        present: chat.presence.ids(ticket_id),
        mentions: content.mentions,
    });
    let started = pipeline::commit(
        chat,
        allowed,
        submission,
        files,
        |sent| sent.duplicate,
        |it| {
            let SentMessage { message, duplicate } = it.done;
            let message = message_object(it.published.message, &message)?;
            let reply = errors::reply(&MessageSent { message: &message, duplicate })?;
            Ok(reply.created(Created { ticket_id: None, is_duplicate: duplicate }))
        },
    )
    .await;
    chat.typing.stop(ticket_id, stream, &caller.user, caller.seat.id);
    Ok(started)
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

/// Reads a page of history.
pub(in crate::chat) async fn get(
    chat: &Chat,
    caller: &Caller,
    admitted: Admitted,
    request: GetMessages,
) -> Answer {
    // The history's own look-up is the access check: one snapshot for both.
    drop(admitted);
    let viewer = caller.viewer();
    let page = page(&request);
    // Whether the ticket exists for the caller comes before what else is wrong.
    let limit = page.as_ref().map_or(1, |page| page.limit);
    let newest = Page { limit, cursor: Cursor::Offset(0) };
    let history = chat
        .store
        .history(&viewer, request.ticket_id, *page.as_ref().unwrap_or(&newest))
        .await
        .map_err(|error| errors::unread(&error))?
        .ok_or_else(WireError::ticket_not_found)?;
    let forwards = matches!(page?.cursor, Cursor::After(_));
    let messages: Result<Vec<_>, _> = history.messages.iter().map(encode::message).collect();
    let mut messages = errors::encoded(messages)?;
    let cut = cut_to(&mut messages, chat.bounds.history_bytes, forwards);
    errors::reply(&Messages {
        ticket_id: request.ticket_id,
        messages,
        total: history.total,
        has_more: history.has_more || cut,
        position: PositionObject::new(history.position, viewer.visible()),
    })
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
