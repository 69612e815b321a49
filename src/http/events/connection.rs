//! A connection without a socket: the seat of a request that lasts.
//!
//! Owns that the connection ends with its request, whatever becomes of it: answered, broken off or dropped
//! half-way. Does not know how events are written.

use std::{net::IpAddr, sync::Arc};

use actix::Addr;

use crate::{
    chat::{
        Outbox, Seat,
        connections::{connection::Origin, token_expiry::Expiry},
        requests::Attending,
    },
    http::{Site, request::api::Api, response::answer::ApiError},
    protocol::rooms::JoinTicket,
    transport::lifecycle::{Ended, LifecycleActor, Opened},
};

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

/// The connection of a request; ends when it is dropped.
pub(super) struct HttpConnection {
    pub(super) seat: Arc<Seat>,
    actor: Addr<LifecycleActor>,
}

impl HttpConnection {
    /// Joins the ticket's room. The replay is not run yet.
    pub(super) async fn open(
        api: Api,
        mode: ListenMode,
        join: JoinTicket,
    ) -> Result<(Self, Attending), ApiError> {
        let address = api.address();
        let Api { site, identity, .. } = api;
        let this = Self::new(&site, mode, address);
        let attending = site.chat.attend(identity, &this.seat, this.actor.clone().recipient(), join).await?;
        let expiry = match mode {
            ListenMode::Stream => Expiry::told(attending.expires_at),
            // Each poll would return only the expiry notice.
            ListenMode::Poll => Expiry::untold(attending.expires_at),
        };
        let heartbeat = (mode == ListenMode::Stream).then_some(site.timing.heartbeat);
        this.actor.do_send(Opened { expiry, heartbeat });
        Ok((this, attending))
    }

    fn new(site: &Site, mode: ListenMode, address: IpAddr) -> Self {
        let seat = Seat::new(Outbox::new(site.chat.bounds.outbox_bytes), site.registry.clone());
        let seat = match mode {
            ListenMode::Stream => seat,
            ListenMode::Poll => seat.unseen(),
        };
        let origin = Origin { address, transport: mode.name(), since: site.chat.clock.now() };
        let seat = Arc::new(seat.with_origin(origin));
        let actor = LifecycleActor::begin(Arc::clone(&site.chat), Arc::clone(&seat));
        Self { seat, actor }
    }
}

impl Drop for HttpConnection {
    fn drop(&mut self) {
        self.seat.outbox.finish();
        self.actor.do_send(Ended);
    }
}
