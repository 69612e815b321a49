//! The guard on inbound bytes: reads WebSocket frame headers (RFC 6455, section 5.2) before anything
//! is buffered, and lets through only messages that are within the limit and the memory budget.
//!
//! Owns nothing of what is in a message. What is refused is swallowed as it streams in, so that it
//! costs no memory and the Close that follows is not lost behind unread bytes.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::error::PayloadError;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;

use super::inbound_limits::{InboundLimits, RejectedFrame};

/// Fragments of one message over which it is refused: each costs memory even when it is empty.
const MAX_FRAGMENTS: usize = 4_096;

/// Bytes of a control frame's payload (RFC 6455, section 5.5).
const MAX_CONTROL_PAYLOAD: u64 = 125;

/// The longest header: 2 bytes, 8 of length, 4 of masking key.
const MAX_HEADER: usize = 14;

/// The guarded bytes of one connection.
pub struct GuardedStream<S> {
    inner: S,
    scanner: Scanner,
    limits: Rc<InboundLimits>,
}

impl<S> GuardedStream<S> {
    /// Guards the bytes of `inner`.
    pub fn new(inner: S, limits: Rc<InboundLimits>) -> Self {
        Self { inner, scanner: Scanner::default(), limits }
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for GuardedStream<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match Pin::new(&mut this.inner).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    this.limits.heard.set(true);
                    let passed = this.scanner.pass(chunk, &this.limits);
                    if !passed.is_empty() {
                        return Poll::Ready(Some(Ok(passed)));
                    }
                }
                // The socket broke: to everyone behind this it is the end, for there is nobody left to
                // answer. As an error it would be taken for a malformed frame, and wait for a Close.
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(%error, "the connection was cut");
                    return Poll::Ready(None);
                }
                other => return other,
            }
        }
    }
}

/// Where in the stream of frames the scanner is.
#[derive(Default)]
struct Scanner {
    /// The bytes of a header that is not complete yet; they are held back until it is.
    header: [u8; MAX_HEADER],
    header_len: usize,
    /// Payload bytes of the current frame still to come.
    payload: u64,
    /// The current frame is not passed on.
    swallow_frame: bool,
    /// The current message (which may span frames) is not passed on.
    swallow_message: bool,
    /// Nothing is passed on any more.
    swallow_all: bool,
    message_bytes: u64,
    fragments: usize,
    /// A message was begun whose last fragment has not come.
    in_message: bool,
}

/// A complete frame header.
struct Header {
    fin: bool,
    reserved: u8,
    opcode: u8,
    masked: bool,
    payload: u64,
}

impl Header {
    /// Reads a header, if `bytes` is one.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (&first, &second) = (bytes.first()?, bytes.get(1)?);
        let key = if second & 0x80 == 0 { 0 } else { 4 };
        let (payload, length) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
            127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
            short => (u64::from(short), 2),
        };
        if bytes.len() < length + key {
            return None;
        }
        Some(Self {
            fin: first & 0x80 != 0,
            reserved: first & 0x70,
            opcode: first & 0x0f,
            masked: key > 0,
            payload,
        })
    }

    fn is_control(&self) -> bool {
        self.opcode & 0x08 != 0
    }

    /// Whether a client may send it after the frames before it (RFC 6455, sections 5.1 to 5.5). The
    /// codec would judge too, but only once it holds the whole payload, and not in all of these cases
    /// with an error that tells what was wrong.
    fn is_sound(&self, in_message: bool) -> bool {
        let in_place = match self.opcode {
            0 => in_message,
            1 | 2 => !in_message,
            8..=10 => self.fin && self.payload <= MAX_CONTROL_PAYLOAD,
            _ => false,
        };
        in_place && self.masked && self.reserved == 0
    }
}

impl Scanner {
    /// What of `chunk` may be passed on. The common case, nothing held back, copies nothing.
    fn pass(&mut self, chunk: Bytes, limits: &InboundLimits) -> Bytes {
        if self.swallow_all {
            return Bytes::new();
        }
        let mut out = BytesMut::new();
        let (mut at, mut header_start) = (0, 0);
        // From here to `at` everything is to be passed on but not copied yet.
        let mut from = 0;
        while at < chunk.len() {
            if self.payload > 0 {
                let step = self.payload.min((chunk.len() - at) as u64);
                self.payload -= step;
                at += step as usize;
                if self.swallow_frame {
                    from = at;
                }
                continue;
            }
            if self.header_len == 0 {
                header_start = at;
            }
            self.header[self.header_len] = chunk[at];
            self.header_len += 1;
            at += 1;
            let Some(header) = Header::read(&self.header[..self.header_len]) else { continue };
            self.begin(&header, limits);
            let began_earlier = at - header_start < self.header_len;
            if self.swallow_frame || self.swallow_all {
                out.extend_from_slice(&chunk[from..header_start]);
                from = at;
            } else if began_earlier {
                out.extend_from_slice(&self.header[..self.header_len]);
                from = at;
            }
            if self.swallow_all {
                return out.freeze();
            }
            self.header_len = 0;
        }
        let end = if self.header_len > 0 { header_start.max(from) } else { at };
        if out.is_empty() {
            return chunk.slice(from..end);
        }
        out.extend_from_slice(&chunk[from..end]);
        out.freeze()
    }

    /// Decides what becomes of a frame.
    fn begin(&mut self, header: &Header, limits: &InboundLimits) {
        self.payload = header.payload;
        self.swallow_frame = false;
        if !header.is_sound(self.in_message) {
            return self.refuse_all(RejectedFrame::Malformed, limits);
        }
        if header.is_control() {
            return;
        }
        self.in_message = !header.fin;
        if header.opcode != 0 {
            (self.message_bytes, self.fragments, self.swallow_message) = (0, 0, false);
        }
        self.message_bytes = self.message_bytes.saturating_add(header.payload);
        self.fragments += 1;
        if self.message_bytes > limits.message_bytes.get() as u64 || self.fragments > MAX_FRAGMENTS {
            self.refuse_all(RejectedFrame::TooLarge, limits);
        } else if !self.swallow_message && !limits.share.take(header.payload as usize) {
            if header.opcode == 0 {
                // Its beginning was passed on already: only a Close can undo that.
                self.refuse_all(RejectedFrame::TooLarge, limits);
            } else {
                self.swallow_message = true;
                limits.reject(RejectedFrame::Overloaded);
            }
        }
        self.swallow_frame = self.swallow_message;
        if header.fin {
            self.swallow_message = false;
        }
    }

    fn refuse_all(&mut self, why: RejectedFrame, limits: &InboundLimits) {
        self.swallow_all = true;
        limits.reject(why);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;
    use crate::guard::{BudgetShare, MemoryBudget};

    fn limits(limit: usize, budget: usize) -> (Rc<InboundLimits>, Rc<RefCell<Vec<RejectedFrame>>>) {
        let limits = InboundLimits::new(limit, BudgetShare::new(MemoryBudget::new(budget, limit)));
        let told = Rc::new(RefCell::new(Vec::new()));
        let tell = Rc::clone(&told);
        limits.on_rejected(move |it| tell.borrow_mut().push(it));
        (limits, told)
    }

    fn frame(fin: bool, opcode: u8, payload: usize) -> Vec<u8> {
        let mut out = vec![if fin { 0x80 } else { 0 } | opcode];
        match payload {
            0..=125 => out.push(0x80 | payload as u8),
            126..=0xffff => {
                out.push(0x80 | 126);
                out.extend((payload as u16).to_be_bytes());
            }
            _ => {
                out.push(0x80 | 127);
                out.extend((payload as u64).to_be_bytes());
            }
        }
        out.extend([1, 2, 3, 4]);
        out.extend(std::iter::repeat_n(b'x', payload));
        out
    }

    /// A message of fragments of these sizes, with a ping between them.
    fn message(fragments: &[usize]) -> Vec<u8> {
        let last = fragments.len() - 1;
        let part = |(i, bytes): (usize, &usize)| {
            [frame(i == last, if i == 0 { 1 } else { 0 }, *bytes), frame(true, 9, 5)].concat()
        };
        fragments.iter().enumerate().flat_map(part).collect()
    }

    fn pass_in_pieces(limits: &InboundLimits, bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut scanner = Scanner::default();
        bytes.chunks(piece).flat_map(|it| scanner.pass(Bytes::copy_from_slice(it), limits)).collect()
    }

    #[test]
    fn a_declared_length_over_the_limit_is_refused_before_its_payload_arrives() {
        let (limits, told) = limits(8_192, 1 << 30);
        let mut scanner = Scanner::default();
        let huge = frame(true, 1, 100_000);
        assert!(scanner.pass(Bytes::copy_from_slice(&huge[..14]), &limits).is_empty());
        assert_eq!(*told.borrow(), [RejectedFrame::TooLarge]);
        assert!(scanner.pass(Bytes::copy_from_slice(&huge[14..]), &limits).is_empty());
    }

    #[test]
    fn fragments_count_together() {
        let (limits, told) = limits(200, 1 << 30);
        let bytes = [frame(false, 1, 150), frame(true, 0, 100)].concat();
        pass_in_pieces(&limits, &bytes, 64);
        assert_eq!(*told.borrow(), [RejectedFrame::TooLarge]);
    }

    #[test]
    fn endless_empty_fragments_are_refused() {
        let (limits, told) = limits(200, 1 << 30);
        let bytes: Vec<u8> = std::iter::once(frame(false, 1, 0))
            .chain((0..5_000).map(|_| frame(false, 0, 0)))
            .flatten()
            .collect();
        pass_in_pieces(&limits, &bytes, 1_000);
        assert_eq!(*told.borrow(), [RejectedFrame::TooLarge]);
    }

    #[test]
    fn a_message_over_the_budget_is_swallowed_and_the_next_one_passes() {
        let (limits, told) = limits(10_000, 500);
        let (lost, kept) = (frame(true, 1, 600), frame(true, 1, 100));
        let bytes = [lost, kept.clone()].concat();
        assert_eq!(pass_in_pieces(&limits, &bytes, 7), kept);
        assert_eq!(*told.borrow(), [RejectedFrame::Overloaded]);
    }

    #[test]
    fn what_no_client_may_send_is_refused_at_its_header() {
        let fragmented_ping = frame(false, 9, 0);
        let long_ping = frame(true, 9, 126);
        let no_beginning = frame(true, 0, 1);
        let two_beginnings = [frame(false, 1, 1), frame(true, 1, 1)].concat();
        let reserved_bit = frame(true, 0x41, 1);
        let reserved_opcodes = [3, 7, 11, 15].map(|opcode| frame(true, opcode, 1));
        let unmasked = vec![0x81, 1, b'x'];
        let malformed = [fragmented_ping, long_ping, no_beginning, two_beginnings, reserved_bit, unmasked];
        for bytes in malformed.iter().chain(&reserved_opcodes) {
            let (limits, told) = limits(200, 1 << 30);
            pass_in_pieces(&limits, bytes, 3);
            assert_eq!(*told.borrow(), [RejectedFrame::Malformed], "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn within_the_limits_every_byte_passes_unchanged(
            messages in prop::collection::vec(prop::collection::vec(0usize..30_000, 1..4), 1..6),
            piece in 1usize..5_000,
        ) {
            let (limits, told) = limits(1 << 20, 1 << 30);
            let bytes: Vec<u8> = messages.iter().flat_map(|fragments| message(fragments)).collect();
            prop_assert_eq!(pass_in_pieces(&limits, &bytes, piece), bytes);
            prop_assert!(told.borrow().is_empty());
        }

        #[test]
        fn no_bytes_whatever_panic_or_grow(bytes in prop::collection::vec(any::<u8>(), 0..4_000), piece in 1usize..50) {
            let (limits, _) = limits(8_192, 1 << 20);
            let passed = pass_in_pieces(&limits, &bytes, piece);
            prop_assert!(passed.len() <= bytes.len());
        }
    }
}
