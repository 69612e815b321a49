//! The events as a stream (WHATWG HTML, section 9.2, "Server-sent events"): the response body *is* the
//! reading end of the outbox, as it is for a socket.
//!
//! Owns how frames and their positions are written. Each frame is one event's `data`, as on the socket.

use std::{
    convert::Infallible,
    fmt::Write as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    http::header,
};
use bytes::Bytes;
use bytestring::ByteString;

use super::{
    connection::{HttpConnection, ListenMode},
    position::EventId,
};
use crate::{
    chat::{FrameKind, Outgoing, internal, requests::Attending},
    domain::{Position, Visible},
    http::{request::api::Api, response::answer::Answered},
    protocol::{CloseObject, rooms::JoinTicket},
};

/// How long a client should wait before it comes back, unless it knows better.
const RETRY_MS: u32 = 2_000;

/// Joins, and answers with what comes.
pub(super) async fn answer(api: Api, join: JoinTicket) -> Answered {
    let chat = Arc::clone(&api.site.chat);
    let (connection, attending) = HttpConnection::open(api, ListenMode::Stream, join).await?;
    let Attending { joined, replay, .. } = attending;
    let mut body = EventStream {
        epoch: chat.epoch(),
        // What is behind this comes by the replay.
        position: replay.cursor,
        visible: replay.visible,
        written: format!("retry: {RETRY_MS}\n\n"),
        connection,
        is_over: false,
    };
    // The outbox is empty yet, so this is the first that is written.
    if let Some(joined) = joined.frame() {
        body.event(&joined, true);
    }
    actix_web::rt::spawn(replay.run(chat, Arc::clone(&body.connection.seat)));
    Ok(super::answer()
        .content_type("text/event-stream")
        // Buffering proxies of the nginx family are told not to.
        .insert_header((header::HeaderName::from_static("x-accel-buffering"), "no"))
        .body(body))
}

struct EventStream {
    connection: HttpConnection,
    epoch: ByteString,
    /// What was written covers the log up to here.
    position: Position,
    visible: Visible,
    /// Written, and not handed on yet.
    written: String,
    is_over: bool,
}

impl EventStream {
    fn event(&mut self, frame: &str, moves: bool) {
        // JSON has no line breaks of its own, which would end the field.
        let _ = writeln!(self.written, "data: {frame}");
        if moves {
            let id = EventId { epoch: &self.epoch, position: self.position, visible: self.visible };
            let _ = writeln!(self.written, "id: {id}");
        }
        self.written.push('\n');
    }

    fn write(&mut self, item: Outgoing) {
        if self.is_over {
            return;
        }
        match item {
            Outgoing::Text(frame, kind) => {
                if let FrameKind::Logged(place) = kind {
                    self.position.advance(place);
                }
                self.event(&frame, matches!(kind, FrameKind::Logged(_)));
                // There is one room, and nothing comes from it any more.
                self.is_over = kind == FrameKind::LeftTicket;
            }
            Outgoing::Ping => self.written.push_str(":\n\n"),
            Outgoing::Pong(_) => {}
            Outgoing::Close(code) => {
                match serde_json::to_string(&CloseObject::from(code)) {
                    Ok(why) => _ = write!(self.written, "event: close\ndata: {why}\n\n"),
                    Err(error) => _ = internal(&error),
                }
                self.is_over = true;
            }
        }
    }
}

impl MessageBody for EventStream {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = self.get_mut();
        if this.written.is_empty() {
            if this.is_over {
                return Poll::Ready(None);
            }
            let seat = Arc::clone(&this.connection.seat);
            if std::task::ready!(seat.outbox.poll_take(cx, |item| this.write(item))).is_none() {
                return Poll::Ready(None);
            }
        }
        Poll::Ready(Some(Ok(Bytes::from(std::mem::take(&mut this.written)))))
    }
}
