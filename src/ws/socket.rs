//! The connection actor: one for each socket, on the thread that accepted it.
//!
//! Owns the connection's life: what arrives, the deadlines (authentication, expiry, heartbeat), and
//! its end. Commands are run by [`super::runner`], so that a slow one never delays a pong or a Close.

use std::{
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message, SpawnHandle, StreamHandler};
use actix_http::ws::ProtocolError;
use actix_web::dev::Payload;
use futures_util::{Stream, StreamExt};

use super::{
    inbound::{GuardedStream, RejectedFrame},
    messages::{Message as Frame, Messages},
    runner,
    state::{Authenticated, QueuedFrame, SocketState},
};
use crate::{
    chat::{Stop, expiry::Expiry, registry::Gone},
    domain::metric::Metric,
    protocol::{
        CloseCode, ErrorCode, WireError,
        connection::{Hello, ServerDraining, Settings},
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

/// Beats without a byte from the peer, or without one taken by it, after which it is given up.
const MAX_SILENT_BEATS: u32 = 2;

pub(super) struct SocketActor {
    state: Rc<SocketState>,
    deadlines: Deadlines,
    bearer: Option<String>,
    silent_beats: u32,
    deadline: Option<SpawnHandle>,
    /// No more commands are taken.
    stopping: bool,
}

impl SocketActor {
    pub(super) fn new(state: Rc<SocketState>, deadlines: Deadlines, bearer: Option<String>) -> Self {
        Self { state, deadlines, bearer, silent_beats: 0, deadline: None, stopping: false }
    }

    fn close(&self, code: CloseCode) {
        self.state.seat.outbox.close(code);
    }

    fn enqueue(&self, inbound: QueuedFrame, ctx: &Context<Self>) {
        if self.state.enqueue(inbound) {
            actix_web::rt::spawn(runner::run(Rc::clone(&self.state), ctx.address().recipient()));
        }
    }

    fn beat(&mut self, ctx: &mut Context<Self>) {
        // What is not read from a peer for now is not counted against it.
        let heard = self.state.limits.heard.take() || self.state.is_reading_paused();
        // Sending alone is no life: TCP_USER_TIMEOUT spares a peer that takes nothing for as long as
        // its own packets keep coming, because each of them puts off the kernel's probe.
        let stuck = self.state.seat.outbox.is_stuck();
        if heard && !stuck {
            self.silent_beats = 0;
        } else {
            self.silent_beats += 1;
        }
        if self.silent_beats >= MAX_SILENT_BEATS {
            // There is nobody to say good-bye to.
            self.state.seat.outbox.finish();
            ctx.stop();
            return;
        }
        self.state.seat.outbox.ping();
        self.schedule_beat(ctx);
    }

    /// With jitter, so that connections made at once do not beat at once.
    fn schedule_beat(&self, ctx: &mut Context<Self>) {
        let jitter = 0.9 + 0.2 * rand::random::<f64>();
        ctx.run_later(self.deadlines.heartbeat.mul_f64(jitter), Self::beat);
    }

    /// Closes when the token ends, and tells the client some time before.
    fn watch_expiry(&mut self, mut expiry: Expiry, ctx: &mut Context<Self>) {
        let now = self.state.chat.clock.now();
        self.deadline = expiry
            .look(now, &self.state.seat.outbox)
            .map(|wait| ctx.run_later(wait, move |actor, ctx| actor.watch_expiry(expiry, ctx)));
    }

    /// Closes once what is in flight is answered, or it has taken too long.
    fn close_when_idle(&mut self, code: CloseCode, patience: Duration, ctx: &mut Context<Self>) {
        self.stopping = true;
        if self.state.is_idle() || patience.is_zero() {
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

impl Actor for SocketActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let state = &self.state;
        if !state.chat.connections.open(state.seat.id, ctx.address().recipient()) {
            self.close(CloseCode::Restarting);
            return;
        }
        self.hello();
        let deadline = self.deadlines.authenticate;
        self.deadline = Some(ctx.run_later(deadline, |actor, _| actor.close(CloseCode::Unauthenticated)));
        self.schedule_beat(ctx);
        if let Some(token) = self.bearer.take() {
            self.enqueue(QueuedFrame::Bearer(token), ctx);
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        let seat = &self.state.seat;
        seat.outbox.finish();
        self.state.chat.unseat(seat);
        seat.registry.do_send(Gone { seat: Arc::clone(seat) });
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
        if let Some(deadline) = self.deadline.take() {
            ctx.cancel_future(deadline);
        }
        self.watch_expiry(Expiry::told(message.expires_at), ctx);
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
                // Who is told to go is not there any more, however long the socket takes to close.
                let seat = &self.state.seat;
                seat.registry.do_send(Gone { seat: Arc::clone(seat) });
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
        match stop {
            Stop::Close(code) => {
                let patience = if code.is_lockout() { Duration::ZERO } else { ANSWER_TIMEOUT };
                self.close_when_idle(code, patience, ctx);
            }
            Stop::Drain { reconnect_after, close_after } => {
                let reconnect_after_ms = u64::try_from(reconnect_after.as_millis()).unwrap_or(0);
                self.state.seat.outbox.push_event(&ServerDraining { reconnect_after_ms });
                ctx.run_later(close_after, |actor, ctx| {
                    actor.close_when_idle(CloseCode::Restarting, ANSWER_TIMEOUT, ctx);
                });
            }
        }
    }
}

/// The guard on inbound bytes swallowed a message.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct FrameRejected(pub(super) RejectedFrame);

impl Handler<FrameRejected> for SocketActor {
    type Result = ();

    fn handle(&mut self, FrameRejected(swallowed): FrameRejected, _: &mut Self::Context) {
        match swallowed {
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
