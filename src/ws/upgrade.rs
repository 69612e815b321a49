//! `GET /ws`: from an HTTP request to a connection actor.
//!
//! Owns the checks that come before there is a connection: origin, draining, the handshake itself.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix::{Actor, Addr, AsyncContext, Context};
use actix_web::{FromRequest, HttpRequest, HttpResponse, body::MessageBody, dev, http::header, web};

use super::{
    body::OutboxBody,
    socket::{Deadlines, FrameRejected, SocketActor, ThrottledFrames},
    state::SocketState,
};
use crate::{
    chat::{Chat, Outbox, RoomRegistry, Seat, connections::connection::Origin},
    config::Network,
    guard::{BudgetShare, MemoryBudget},
    protocol::SUBPROTOCOL,
    transport::{frame_guard::GuardedStream, frames::Messages, inbound_limits::InboundLimits, origin},
};

/// What every upgrade needs; one for each worker.
pub struct Gateway {
    /// The product.
    pub chat: Arc<Chat>,
    /// This worker's rooms.
    pub registry: Addr<RoomRegistry>,
    /// Of inbound messages, process-wide.
    pub budget: Arc<MemoryBudget>,
    /// Who may connect from where.
    pub network: Arc<Network>,
    /// How long a client may take to authenticate.
    pub auth_timeout: Duration,
    /// How often the server pings.
    pub heartbeat: Duration,
}

/// `GET /ws`.
///
/// # Errors
/// The HTTP response for a request that is not a WebSocket handshake (RFC 6455, section 4.2.1).
pub async fn connect(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    if !origin::admits(&gateway.network, request.head()) {
        return Ok(
            HttpResponse::Forbidden().body("This origin is not allowed; see the setting allowed_origins.")
        );
    }
    if gateway.chat.connections.is_draining() {
        return Ok(HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "2")).finish());
    }
    let address = origin::client_address(&gateway.network, &request);
    upgrade(&gateway, &request, payload, address).await
}

async fn upgrade(
    gateway: &Gateway,
    request: &HttpRequest,
    payload: web::Payload,
    address: IpAddr,
) -> Result<HttpResponse, actix_web::Error> {
    let chat = &gateway.chat;
    let limits = InboundLimits::new(
        chat.bounds.unauthenticated_frame_bytes,
        BudgetShare::new(Arc::clone(&gateway.budget)),
    );
    // Of what actix-ws makes, only the handshake's response is used: its channel of 32 messages and its
    // body stand where the outbox does, and its stream could not be bounded before it buffers.
    let (response, _, _) =
        actix_ws::handle_with_protocols(request, no_payload(request).await?, &[SUBPROTOCOL])?;
    let guarded = GuardedStream::new(payload.into_inner(), std::rc::Rc::clone(&limits));
    let messages = Messages::new(guarded, chat.bounds.frame_bytes);

    let outbox = Outbox::new(chat.bounds.outbox_bytes);
    let from = Origin { address, transport: "websocket", since: chat.clock.now() };
    let seat = Arc::new(Seat::new(outbox, gateway.registry.clone()).with_origin(from));
    let state = SocketState::new(Arc::clone(chat), Arc::clone(&seat), address, std::rc::Rc::clone(&limits));
    let deadlines = Deadlines { authenticate: gateway.auth_timeout, heartbeat: gateway.heartbeat };
    let connection = SocketActor::create(|ctx: &mut Context<SocketActor>| {
        ctx.add_stream(ThrottledFrames::new(std::rc::Rc::clone(&state), messages));
        let told = ctx.address();
        limits.on_rejected(move |rejected| told.do_send(FrameRejected(rejected)));
        SocketActor::new(state, deadlines, origin::bearer(request).map(str::to_owned))
    });
    Ok(response.map_body(|_, _| OutboxBody::new(seat, connection.recipient()).boxed()))
}

async fn no_payload(request: &HttpRequest) -> Result<web::Payload, actix_web::Error> {
    web::Payload::from_request(request, &mut dev::Payload::None).await
}
