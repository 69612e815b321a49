//! Inbound messages out of guarded bytes: frames are decoded (RFC 6455, section 5), fragments put
//! together.
//!
//! Owns the buffer between socket and command, and keeps none while nothing is under way. How much a
//! message may hold was decided by [`super::frame_guard`] before its bytes come here.

use std::{
    io, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_codec::Decoder;
use actix_http::ws::{Codec, Frame, Item, ProtocolError};
use actix_web::error::PayloadError;
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use futures_util::Stream;

/// A whole message.
#[derive(Debug)]
pub enum Message {
    /// Text, checked to be UTF-8.
    Text(ByteString),
    /// Of so many bytes: the protocol has no use for them.
    Binary(usize),
    /// A ping with its payload.
    Ping(Bytes),
    /// The answer to a ping.
    Pong,
    /// A Close, with whatever reason.
    Close,
}

/// The fragments of a message that is not complete yet.
struct Fragments {
    is_text: bool,
    bytes: BytesMut,
}

/// The messages of one connection.
pub struct Messages<S> {
    guarded: S,
    codec: Codec,
    buffer: BytesMut,
    fragments: Option<Box<Fragments>>,
    ended: bool,
}

impl<S> Messages<S> {
    /// `max_frame_bytes` bounds a single frame once more, in the codec.
    pub fn new(guarded: S, max_frame_bytes: usize) -> Self {
        Self {
            guarded,
            codec: Codec::new().max_size(max_frame_bytes),
            buffer: BytesMut::new(),
            fragments: None,
            ended: false,
        }
    }

    /// Puts a frame to its message; the message if that completes it.
    fn assemble(&mut self, frame: Frame) -> Result<Option<Message>, ProtocolError> {
        Ok(Some(match frame {
            Frame::Text(bytes) => text(bytes)?,
            Frame::Binary(bytes) => Message::Binary(bytes.len()),
            Frame::Ping(payload) => Message::Ping(payload),
            Frame::Pong(_) => Message::Pong,
            Frame::Close(_) => Message::Close,
            Frame::Continuation(item) => return self.join(item),
        }))
    }

    fn join(&mut self, item: Item) -> Result<Option<Message>, ProtocolError> {
        let (bytes, is_last) = match item {
            Item::FirstText(bytes) => return Ok(self.begin(true, &bytes)),
            Item::FirstBinary(bytes) => return Ok(self.begin(false, &bytes)),
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
        };
        let mut fragments = self.fragments.take().ok_or(ProtocolError::ContinuationNotStarted)?;
        fragments.bytes.extend_from_slice(&bytes);
        if !is_last {
            self.fragments = Some(fragments);
            return Ok(None);
        }
        let Fragments { is_text, bytes } = *fragments;
        Ok(Some(if is_text { text(bytes.freeze())? } else { Message::Binary(bytes.len()) }))
    }

    fn begin(&mut self, is_text: bool, first: &[u8]) -> Option<Message> {
        self.fragments = Some(Box::new(Fragments { is_text, bytes: BytesMut::from(first) }));
        None
    }
}

/// Text that is not UTF-8 is an error of its own kind, for it has a Close code of its own.
fn text(bytes: Bytes) -> Result<Message, ProtocolError> {
    ByteString::try_from(bytes)
        .map(Message::Text)
        .map_err(|error| ProtocolError::Io(io::Error::new(io::ErrorKind::InvalidData, error)))
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Messages<S> {
    type Item = Result<Message, ProtocolError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            while let Some(frame) = this.codec.decode(&mut this.buffer)? {
                if let Some(message) = this.assemble(frame)? {
                    return Poll::Ready(Some(Ok(message)));
                }
            }
            if this.ended {
                return Poll::Ready(None);
            }
            if this.buffer.is_empty() {
                // An empty buffer still holds on to the memory that its messages were cut from.
                this.buffer = BytesMut::new();
            }
            match ready!(Pin::new(&mut this.guarded).poll_next(cx)) {
                Some(Ok(bytes)) if this.buffer.is_empty() => this.buffer = BytesMut::from(bytes),
                Some(Ok(bytes)) => this.buffer.extend_from_slice(&bytes),
                // A socket that broke ends the messages as one that was closed does.
                Some(Err(_)) | None => {
                    this.ended = true;
                    drop(mem::take(&mut this.buffer));
                }
            }
        }
    }
}
