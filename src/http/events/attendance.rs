//! A connection without a socket: the seat of a request that lasts, and what ends it.
//!
//! Owns its deadlines and that it is forgotten, whatever becomes of the request: answered, broken off or
//! dropped half-way. Does not know how events are written.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message};

use crate::{
    chat::{Chat, Outbox, Seat, Stop, expiry::Expiry, registry::Gone, requests::Attending, seat::Origin},
    http::{Site, request::api::Api, response::answer::ApiError},
    protocol::{CloseCode, command::JoinTicket, connection::ServerDraining},
};

/// Beats after which a peer that takes nothing is given up.
const MAX_SILENT_BEATS: u32 = 2;

/// How a request listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListenMode {
    /// It stays, and its user is seen to be there.
    Stream,
    /// It comes and goes.
    Poll,
}

impl ListenMode {
    /// What admins see it called.
    fn name(self) -> &'static str {
        match self {
            Self::Stream => "event_stream",
            Self::Poll => "long_poll",
        }
    }
}

/// Someone listens; ends when it is dropped.
pub(super) struct Attendance {
    pub(super) seat: Arc<Seat>,
    steward: Addr<Steward>,
}

impl Attendance {
    /// Joins the ticket's room. The replay is not run yet.
    pub(super) async fn begin(
        api: Api,
        kind: ListenMode,
        join: JoinTicket,
    ) -> Result<(Self, Attending), ApiError> {
        let address = api.address();
        let Api { site, identity, .. } = api;
        let this = Self::new(&site, kind, address);
        let attending =
            site.chat.attend(identity, &this.seat, this.steward.clone().recipient(), join).await?;
        let expiry = match kind {
            ListenMode::Stream => Expiry::told(attending.expires_at),
            // It would be answered by nothing but that, over and over.
            ListenMode::Poll => Expiry::untold(attending.expires_at),
        };
        this.steward.do_send(Begun {
            expiry,
            heartbeat: (kind == ListenMode::Stream).then_some(site.timing.heartbeat),
        });
        Ok((this, attending))
    }

    fn new(site: &Site, kind: ListenMode, address: IpAddr) -> Self {
        let seat = Seat::new(Outbox::new(site.chat.bounds.outbox_bytes), site.registry.clone());
        let seat = match kind {
            ListenMode::Stream => seat,
            ListenMode::Poll => seat.unseen(),
        };
        let origin = Origin { address, transport: kind.name(), since: site.chat.clock.now() };
        let seat = Arc::new(seat.with_origin(origin));
        let steward = Steward { chat: Arc::clone(&site.chat), seat: Arc::clone(&seat), silent_beats: 0 };
        Self { seat, steward: steward.start() }
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.seat.outbox.finish();
        self.steward.do_send(Ended);
    }
}

/// Sees to the deadlines of one attendance, and cleans up after it.
pub(super) struct Steward {
    chat: Arc<Chat>,
    seat: Arc<Seat>,
    silent_beats: u32,
}

impl Steward {
    fn watch_expiry(&self, mut expiry: Expiry, ctx: &mut Context<Self>) {
        if let Some(wait) = expiry.look(self.chat.clock.now(), &self.seat.outbox) {
            ctx.run_later(wait, move |actor, ctx| actor.watch_expiry(expiry, ctx));
        }
    }

    /// Something is written at each, by which a peer that is gone is found out.
    fn beat(&mut self, every: Duration, ctx: &mut Context<Self>) {
        self.silent_beats = if self.seat.outbox.is_stuck() { self.silent_beats + 1 } else { 0 };
        if self.silent_beats >= MAX_SILENT_BEATS {
            self.seat.outbox.finish();
            return ctx.stop();
        }
        self.seat.outbox.ping();
        Self::schedule_beat(every, ctx);
    }

    /// With jitter, so that streams opened at once do not beat at once.
    fn schedule_beat(every: Duration, ctx: &mut Context<Self>) {
        let wait = every.mul_f64(0.9 + 0.2 * rand::random::<f64>());
        ctx.run_later(wait, move |actor, ctx| actor.beat(every, ctx));
    }
}

impl Actor for Steward {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.seat.outbox.finish();
        self.chat.unseat(&self.seat);
        self.seat.registry.do_send(Gone { seat: Arc::clone(&self.seat) });
    }
}

/// Someone listens now.
#[derive(Message)]
#[rtype(result = "()")]
struct Begun {
    expiry: Expiry,
    heartbeat: Option<Duration>,
}

impl Handler<Begun> for Steward {
    type Result = ();

    fn handle(&mut self, begun: Begun, ctx: &mut Self::Context) {
        self.watch_expiry(begun.expiry, ctx);
        if let Some(every) = begun.heartbeat {
            Self::schedule_beat(every, ctx);
        }
    }
}

/// Nobody listens any more.
#[derive(Message)]
#[rtype(result = "()")]
struct Ended;

impl Handler<Ended> for Steward {
    type Result = ();

    fn handle(&mut self, _: Ended, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<Stop> for Steward {
    type Result = ();

    fn handle(&mut self, stop: Stop, ctx: &mut Self::Context) {
        match stop {
            Stop::Close(code) => self.seat.outbox.close(code),
            Stop::Drain { reconnect_after, close_after } => {
                let reconnect_after_ms = u64::try_from(reconnect_after.as_millis()).unwrap_or(0);
                self.seat.outbox.push_event(&ServerDraining { reconnect_after_ms });
                ctx.run_later(close_after, |actor, _| actor.seat.outbox.close(CloseCode::Restarting));
            }
        }
    }
}
