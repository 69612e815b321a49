//! The events one answer at a time: what has happened since a position or, if that is nothing, what happens
//! next.
//!
//! Owns when an answer is complete, and how much it holds; the rest comes with the next one.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use bytestring::ByteString;
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::{HttpConnection, ListenMode};
use crate::{
    chat::{FrameKind, Outbox, Outgoing, internal, requests::Attending},
    domain::{Position, Visible},
    http::{request::api::Api, response::answer::Answered},
    protocol::{CloseCode, CloseObject, objects::PositionObject, polling::PollResult, rooms::JoinTicket},
};

/// How long reading what was missed may take, however short a poll wants to wait.
const CATCH_UP: Duration = Duration::from_secs(10);

/// Joins, and answers once there is something, or `wait` is over.
pub(super) async fn answer(api: Api, join: JoinTicket, wait: Duration) -> Answered {
    let until = Instant::now() + wait;
    let chat = Arc::clone(&api.site.chat);
    let is_from_now = join.since.is_none();
    let (connection, attending) = HttpConnection::open(api, ListenMode::Poll, join).await?;
    let Attending { is_reset, replay, .. } = attending;
    let (epoch, visible) = (chat.epoch(), replay.visible);
    let mut gathered = Gathered::new(replay.cursor, chat.bounds.history_bytes);
    if !is_from_now && !is_reset {
        actix_web::rt::spawn(replay.run(chat, Arc::clone(&connection.seat)));
        gathered.gather(&connection.seat.outbox, until).await;
    }
    let answer = gathered.answer(visible, &epoch, is_reset).map_err(|error| internal(&error))?;
    Ok(super::answer().content_type("application/json").body(answer))
}

/// What an answer holds.
struct Gathered {
    events: Vec<ByteString>,
    bytes: usize,
    max_bytes: usize,
    /// What the events cover.
    position: Position,
    /// What had been missed is among them.
    is_caught_up: bool,
    /// The next one did not fit.
    is_full: bool,
    close: Option<CloseCode>,
}

impl Gathered {
    fn new(position: Position, max_bytes: usize) -> Self {
        Self {
            events: Vec::new(),
            bytes: 0,
            max_bytes,
            position,
            is_caught_up: false,
            is_full: false,
            close: None,
        }
    }

    async fn gather(&mut self, outbox: &Outbox, until: Instant) {
        // Whether in time or not: what was gathered is answered.
        let _ = timeout(CATCH_UP, self.take_until(outbox, |it| it.is_caught_up)).await;
        let _ = timeout_at(until, self.take_until(outbox, |it| !it.events.is_empty())).await;
    }

    /// Takes all there is until `is_enough`, or nothing more may be taken.
    async fn take_until(&mut self, outbox: &Outbox, is_enough: impl Fn(&Self) -> bool) {
        poll_fn(|cx| {
            loop {
                if self.is_full || self.close.is_some() {
                    return Poll::Ready(());
                }
                match outbox.poll_take(cx, |item| self.take(item)) {
                    Poll::Ready(Some(())) => {}
                    Poll::Pending if !is_enough(self) => return Poll::Pending,
                    Poll::Ready(None) | Poll::Pending => return Poll::Ready(()),
                }
            }
        })
        .await;
    }

    fn take(&mut self, item: Outgoing) {
        if self.is_full || self.close.is_some() {
            return;
        }
        match item {
            Outgoing::Text(_, FrameKind::ReplayComplete) => self.is_caught_up = true,
            // Of any size, if it is the first.
            Outgoing::Text(frame, _)
                if !self.events.is_empty() && self.bytes + frame.len() > self.max_bytes =>
            {
                self.is_full = true;
            }
            Outgoing::Text(frame, kind) => {
                if let FrameKind::Logged(place) = kind {
                    self.position.advance(place);
                }
                self.bytes += frame.len();
                self.events.push(frame);
            }
            Outgoing::Close(code) => self.close = Some(code),
            Outgoing::Ping | Outgoing::Pong(_) => {}
        }
    }

    fn answer(&self, visible: Visible, epoch: &str, reset: bool) -> serde_json::Result<String> {
        serde_json::to_string(&PollResult {
            events: self.events.iter().map(|frame| serde_json::from_str(frame)).collect::<Result<_, _>>()?,
            position: PositionObject::new(self.position, visible),
            epoch,
            reset,
            close: self.close.map(CloseObject::from),
        })
    }
}
