//! The connection actor: one for each socket, on the thread that accepted it.
//!
//! Owns what arrives, and how the connection closes; its deadlines are those of every transport
//! ([`lifecycle`](crate::transport::lifecycle)). Commands are run by [`super::runner`], so that a slow one never delays a pong or a Close.

use std::{
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message, StreamHandler};
use actix_http::ws::ProtocolError;
use actix_web::dev::Payload;
use futures_util::{Stream, StreamExt};

use super::{
    runner,
    state::{Authenticated, QueuedFrame, SocketState},
};
use crate::{
    chat::{Stop, connections::token_expiry::Expiry},
    domain::metric::Metric,
    protocol::{
        CloseCode, ErrorCode, WireError,
        connection::{Hello, Settings},
    },
    transport::{
        frame_guard::GuardedStream,
        frames::{Message as Frame, Messages},
        inbound_limits::RejectedFrame,
        lifecycle::{ConnectionLifecycle, LongLived},
    },
};

/// The deadlines of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    pub(super) authenticate: Duration,
    pub(super) heartbeat: Duration,
}

/// How long a peer has to answer a Close before the socket is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long commands in flight hold up a Close that was asked for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a waiting Close looks whether everything is answered.
const ANSWER_POLL: Duration = Duration::from_millis(20);

pub(super) struct SocketActor {
    state: Rc<SocketState>,
    deadlines: Deadlines,
    bearer: Option<String>,
    lifecycle: ConnectionLifecycle,
    /// No more commands are taken.
    stopping: bool,
}

impl SocketActor {
    pub(super) fn new(state: Rc<SocketState>, deadlines: Deadlines, bearer: Option<String>) -> Self {
        let lifecycle = ConnectionLifecycle::new(Arc::clone(&state.chat), Arc::clone(&state.seat));
        Self { state, deadlines, bearer, lifecycle, stopping: false }
    }

    fn close(&self, code: CloseCode) {
        self.state.seat.outbox.close(code);
    }

    fn enqueue(&self, inbound: QueuedFrame, ctx: &Context<Self>) {
        if self.state.queue.push(inbound) {
            actix_web::rt::spawn(runner::run(Rc::clone(&self.state), ctx.address().recipient()));
        }
    }

    /// Closes once what is in flight is answered, or it has taken too long.
    fn close_when_idle(&mut self, code: CloseCode, patience: Duration, ctx: &mut Context<Self>) {
        self.stopping = true;
        if self.state.queue.is_idle() || patience.is_zero() {
            return self.close(code);
        }
        ctx.run_later(ANSWER_POLL, move |actor, ctx| {
            actor.close_when_idle(code, patience.saturating_sub(ANSWER_POLL), ctx);
        });
    }

    fn hello(&self) {
        let bounds = &self.state.chat.bounds;
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let settings = Settings {
            heartbeat_ms: millis(self.deadlines.heartbeat),
            auth_timeout_ms: millis(self.deadlines.authenticate),
            max_frame_bytes: bounds.frame_bytes,
            max_attachment_bytes: bounds.attachment_bytes,
        };
        let seat = &self.state.seat;
        seat.outbox.push_event(&Hello::new(seat.id, settings));
    }
}

impl LongLived for SocketActor {
    fn lifecycle(&mut self) -> &mut ConnectionLifecycle {
        &mut self.lifecycle
    }

    fn was_heard(&mut self) -> bool {
        // A peer from which nothing is read for now is not given up for its silence.
        self.state.limits.heard.take() || self.state.queue.is_reading_paused()
    }

    fn close_soon(&mut self, code: CloseCode, ctx: &mut Context<Self>) {
        let patience = if code.is_lockout() { Duration::ZERO } else { ANSWER_TIMEOUT };
        self.close_when_idle(code, patience, ctx);
    }
}

impl Actor for SocketActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let state = &self.state;
        if !state.chat.connections.open(state.seat.id, ctx.address().recipient()) {
            self.close(CloseCode::Restarting);
            return;
        }
        self.hello();
        self.expect_token(self.deadlines.authenticate, ctx);
        self.schedule_beat(self.deadlines.heartbeat, ctx);
        if let Some(token) = self.bearer.take() {
            self.enqueue(QueuedFrame::Bearer(token), ctx);
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.lifecycle.clean_up();
    }
}

impl StreamHandler<Result<Frame, ProtocolError>> for SocketActor {
    fn handle(&mut self, message: Result<Frame, ProtocolError>, ctx: &mut Self::Context) {
        match message {
            Ok(Frame::Ping(payload)) => {
                self.state.seat.outbox.pong(payload);
            }
            Ok(Frame::Pong) => {}
            Ok(Frame::Close) => {
                // Answered if it is the first of the two; then nobody waits for anything any more.
                self.close(CloseCode::Normal);
                self.state.seat.outbox.finish();
                ctx.stop();
            }
            // What arrives behind a Close that was sent is not answered, so it is not carried out.
            Ok(_) if self.stopping || self.state.seat.outbox.is_closing() => {}
            Ok(Frame::Text(text)) => self.enqueue(QueuedFrame::Text(text), ctx),
            Ok(Frame::Binary(bytes)) => self.enqueue(QueuedFrame::NotText(bytes), ctx),
            Err(error) => {
                tracing::debug!(connection = %self.state.seat.id, %error, "not a WebSocket frame");
                let invalid_text = matches!(
                    &error,
                    ProtocolError::Io(io) if io.kind() == std::io::ErrorKind::InvalidData
                );
                self.close(if invalid_text { CloseCode::InvalidText } else { CloseCode::ProtocolError });
            }
        }
    }

    /// The socket was closed by the peer, or broke.
    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

/// Inbound messages, as fast as the connection takes commands.
pub(super) struct ThrottledFrames {
    state: Rc<SocketState>,
    messages: Messages<GuardedStream<Payload>>,
    broken: bool,
}

impl ThrottledFrames {
    pub(super) fn new(state: Rc<SocketState>, messages: Messages<GuardedStream<Payload>>) -> Self {
        Self { state, messages, broken: false }
    }
}

impl Stream for ThrottledFrames {
    type Item = Result<Frame, ProtocolError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.broken {
            // The codec lost its place; the Close that follows is all that is left to do.
            return Poll::Pending;
        }
        std::task::ready!(this.state.poll_readable(cx));
        let next = this.messages.poll_next_unpin(cx);
        this.broken = matches!(next, Poll::Ready(Some(Err(_))));
        next
    }
}

impl Handler<Authenticated> for SocketActor {
    type Result = ();

    fn handle(&mut self, message: Authenticated, ctx: &mut Self::Context) {
        self.follow_token(Expiry::told(message.expires_at), ctx);
    }
}

/// What became of the outbound side.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) enum Outbound {
    /// The Close frame was handed to the socket.
    CloseSent,
    /// The socket is gone.
    Ended,
}

impl Handler<Outbound> for SocketActor {
    type Result = ();

    fn handle(&mut self, outbound: Outbound, ctx: &mut Self::Context) {
        match outbound {
            // A client that keeps its side open longer than this is cut off.
            Outbound::CloseSent => {
                // A user who is told to go is not online any more, however long the socket takes to close.
                self.lifecycle.leave_rooms();
                ctx.run_later(CLOSE_TIMEOUT, |_, ctx| ctx.stop());
            }
            // The inbound side may not tell: a reset is an error there like a broken frame, and behind
            // that it waits for a Close to be sent, which never will be.
            Outbound::Ended => ctx.stop(),
        }
    }
}

impl Handler<Stop> for SocketActor {
    type Result = ();

    fn handle(&mut self, stop: Stop, ctx: &mut Self::Context) {
        self.stop(stop, ctx);
    }
}

/// The guard on inbound bytes did not pass a message on.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct FrameRejected(pub(super) RejectedFrame);

impl Handler<FrameRejected> for SocketActor {
    type Result = ();

    fn handle(&mut self, FrameRejected(rejected): FrameRejected, _: &mut Self::Context) {
        match rejected {
            RejectedFrame::TooLarge => {
                let error = WireError::new(ErrorCode::TooLarge, "The frame is over the limit.");
                self.state.seat.outbox.push_answer(None, "", &Err(error));
                self.close(CloseCode::TooLarge);
            }
            RejectedFrame::Malformed => self.close(CloseCode::ProtocolError),
            RejectedFrame::Overloaded => {
                metrics::counter!(Metric::InboundOverloads.name()).increment(1);
                let outbox = &self.state.seat.outbox;
                if outbox.is_behind() {
                    // These answers are made without a command, so nothing else holds them up.
                    return self.close(CloseCode::TooSlow);
                }
                outbox.push_answer(None, "", &Err(WireError::overloaded()));
            }
        }
    }
}
