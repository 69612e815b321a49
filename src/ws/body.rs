//! The outbound side of a connection: the response body *is* the reading end of the outbox.
//!
//! The HTTP dispatcher polls it when the socket can take more, so frames are pulled as fast as the
//! peer reads, with one wake-up from outbox to socket. After the Close frame the body stays open
//! until the connection says that the peer has had its chance to answer.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix::Recipient;
use actix_http::ws::{CloseCode as WsCloseCode, CloseReason, OpCode, Parser};
use actix_web::body::{BodySize, MessageBody};
use bytes::{Bytes, BytesMut};

use super::socket::Outbound;
use crate::chat::{Outgoing, Seat};

pub(super) struct OutboxBody {
    seat: Arc<Seat>,
    connection: Recipient<Outbound>,
}

impl OutboxBody {
    pub(super) fn new(seat: Arc<Seat>, connection: Recipient<Outbound>) -> Self {
        Self { seat, connection }
    }
}

impl MessageBody for OutboxBody {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let mut frames = BytesMut::new();
        let mut closes = false;
        let taken = self.seat.outbox.poll_take(cx, |item| {
            closes |= matches!(item, Outgoing::Close(_));
            encode(&item, &mut frames);
        });
        if closes {
            self.connection.do_send(Outbound::CloseSent);
        }
        taken.map(|more| more.map(|()| Ok(frames.freeze())))
    }
}

impl Drop for OutboxBody {
    fn drop(&mut self) {
        self.seat.outbox.finish();
        self.connection.do_send(Outbound::Ended);
    }
}

/// The longest header of an unmasked frame.
const MAX_HEADER: usize = 10;

fn encode(item: &Outgoing, out: &mut BytesMut) {
    match item {
        Outgoing::Text(text, _) => {
            out.reserve(text.len() + MAX_HEADER);
            Parser::write_message(out, text.as_bytes(), OpCode::Text, true, false);
        }
        Outgoing::Ping => Parser::write_message(out, b"", OpCode::Ping, true, false),
        Outgoing::Pong(payload) => Parser::write_message(out, payload, OpCode::Pong, true, false),
        Outgoing::Close(code) => {
            let reason = CloseReason {
                code: WsCloseCode::from(code.code()),
                description: Some(code.reason().to_owned()),
            };
            Parser::write_close(out, Some(reason), false);
        }
    }
}
