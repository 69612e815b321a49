//! The life of a connection that lasts: heartbeat, the end of its token, being told to stop, and what follows
//! its end.
//!
//! Owns these deadlines, for every transport. Does not know how a ping or a Close is written.

use std::{sync::Arc, time::Duration};

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message, SpawnHandle};

use crate::{
    chat::{Chat, Seat, Stop, connections::token_expiry::Expiry, rooms::registry::Gone},
    protocol::{CloseCode, connection::ServerDraining},
};

/// Beats without a sign of life from the peer, or without a byte taken by it, after which it is given up.
const MAX_SILENT_BEATS: u32 = 2;

/// A connection, and what is due for it.
pub struct ConnectionLifecycle {
    /// The product.
    pub chat: Arc<Chat>,
    /// The connection as rooms and commands see it.
    pub seat: Arc<Seat>,
    silent_beats: u32,
    /// The end of the time to authenticate, then that of the token.
    deadline: Option<SpawnHandle>,
}

impl ConnectionLifecycle {
    /// A connection for which nothing is due yet.
    pub fn new(chat: Arc<Chat>, seat: Arc<Seat>) -> Self {
        Self { chat, seat, silent_beats: 0, deadline: None }
    }

    /// Takes the connection out of its rooms, which it enters none of any more.
    pub fn leave_rooms(&self) {
        self.seat.registry.do_send(Gone { seat: Arc::clone(&self.seat) });
    }

    /// Removes every trace of the connection. To be called when its actor has stopped.
    pub fn clean_up(&self) {
        self.seat.outbox.finish();
        self.chat.unseat(&self.seat);
        self.leave_rooms();
    }
}

/// An actor that stands for a connection.
pub trait LongLived: Actor<Context = Context<Self>> {
    /// What is due for the connection.
    fn lifecycle(&mut self) -> &mut ConnectionLifecycle;

    /// Whether the peer showed a sign of life since the last beat. A peer that need not send anything always did.
    fn was_heard(&mut self) -> bool;

    /// Closes the connection as its transport does, which may first answer what is in flight.
    fn close_soon(&mut self, code: CloseCode, ctx: &mut Context<Self>);

    /// Closes the connection unless it authenticates `within` this time.
    fn expect_token(&mut self, within: Duration, ctx: &mut Context<Self>) {
        let close = |actor: &mut Self, _: &mut _| {
            actor.lifecycle().seat.outbox.close(CloseCode::Unauthenticated);
        };
        self.lifecycle().deadline = Some(ctx.run_later(within, close));
    }

    /// Closes the connection when its token ends. Takes the place of the deadline before.
    fn follow_token(&mut self, expiry: Expiry, ctx: &mut Context<Self>) {
        if let Some(deadline) = self.lifecycle().deadline.take() {
            ctx.cancel_future(deadline);
        }
        self.watch_expiry(expiry, ctx);
    }

    /// Does what the end of the token demands now, and sets the next timer.
    fn watch_expiry(&mut self, mut expiry: Expiry, ctx: &mut Context<Self>) {
        let lifecycle = self.lifecycle();
        let wait = expiry.look(lifecycle.chat.clock.now(), &lifecycle.seat.outbox);
        lifecycle.deadline =
            wait.map(|wait| ctx.run_later(wait, move |actor, ctx| actor.watch_expiry(expiry, ctx)));
    }

    /// Sets the timer of the next beat, with jitter: connections opened at once do not beat at once.
    fn schedule_beat(&mut self, every: Duration, ctx: &mut Context<Self>) {
        let wait = every.mul_f64(0.9 + 0.2 * rand::random::<f64>());
        ctx.run_later(wait, move |actor, ctx| actor.beat(every, ctx));
    }

    /// Writes a ping, by which a peer that is gone is found out, or gives the peer up.
    fn beat(&mut self, every: Duration, ctx: &mut Context<Self>) {
        let heard = self.was_heard();
        let lifecycle = self.lifecycle();
        let outbox = &lifecycle.seat.outbox;
        // Sending alone is no life: TCP_USER_TIMEOUT spares a peer that takes nothing for as long as
        // its own packets keep coming, because each of them puts off the kernel's probe.
        lifecycle.silent_beats = if heard && !outbox.is_stuck() { 0 } else { lifecycle.silent_beats + 1 };
        if lifecycle.silent_beats >= MAX_SILENT_BEATS {
            // A Close would not be read.
            outbox.finish();
            return ctx.stop();
        }
        outbox.ping();
        self.schedule_beat(every, ctx);
    }

    /// Carries out what `chat` asks of the connection.
    fn stop(&mut self, stop: Stop, ctx: &mut Context<Self>) {
        match stop {
            Stop::Close(code) => self.close_soon(code, ctx),
            Stop::Drain { reconnect_after, close_after } => {
                let reconnect_after_ms = u64::try_from(reconnect_after.as_millis()).unwrap_or(0);
                self.lifecycle().seat.outbox.push_event(&ServerDraining { reconnect_after_ms });
                ctx.run_later(close_after, |actor, ctx| actor.close_soon(CloseCode::Restarting, ctx));
            }
        }
    }
}

/// The actor of a connection whose transport has none of its own, such as a response that lasts.
pub struct LifecycleActor(ConnectionLifecycle);

impl LifecycleActor {
    /// Starts the actor on this thread. It ends by [`Ended`], and cleans up after the connection.
    pub fn begin(chat: Arc<Chat>, seat: Arc<Seat>) -> Addr<Self> {
        Self(ConnectionLifecycle::new(chat, seat)).start()
    }
}

impl LongLived for LifecycleActor {
    fn lifecycle(&mut self) -> &mut ConnectionLifecycle {
        &mut self.0
    }

    fn was_heard(&mut self) -> bool {
        true
    }

    fn close_soon(&mut self, code: CloseCode, _: &mut Context<Self>) {
        self.0.seat.outbox.close(code);
    }
}

impl Actor for LifecycleActor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.0.clean_up();
    }
}

/// The connection is open: its token and, if it is to have one, its heartbeat are followed from now on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Opened {
    /// The end of its token.
    pub expiry: Expiry,
    /// The time between two beats; `None` for a connection without a heartbeat.
    pub heartbeat: Option<Duration>,
}

impl Handler<Opened> for LifecycleActor {
    type Result = ();

    fn handle(&mut self, opened: Opened, ctx: &mut Self::Context) {
        self.follow_token(opened.expiry, ctx);
        if let Some(every) = opened.heartbeat {
            self.schedule_beat(every, ctx);
        }
    }
}

/// The connection is over.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Ended;

impl Handler<Ended> for LifecycleActor {
    type Result = ();

    fn handle(&mut self, _: Ended, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<Stop> for LifecycleActor {
    type Result = ();

    fn handle(&mut self, stop: Stop, ctx: &mut Self::Context) {
        self.stop(stop, ctx);
    }
}
