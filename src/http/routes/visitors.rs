//! Sessions of anonymous visitors: begun by a page without a token, and renewed.
//!
//! Owns which pages may: those that may open a socket. Who gets a session is `chat`'s.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    post, web,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    chat::visitors::Opened,
    guard::BudgetShare,
    http::{
        Site,
        documents::openapi::Problems,
        request::{
            api::Api,
            body::{collect, fields, not_an_object},
        },
        response::answer::{self, Answered, ApiError},
    },
    protocol::{
        ErrorCode, WireError,
        objects::{Rfc3339, UserObject},
        visitors::{NewSession, SessionObject},
    },
    transport::origin::{admits_page, client_address},
};

/// How long a stranger's body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(open).service(renew);
}

/// Begins a session of a visitor who has no token. Off unless `widget_sessions` is on.
#[utoipa::path(
    tag = "visitors",
    security(()),
    request_body = NewSession,
    responses((status = 201, body = SessionObject), Problems)
)]
#[post("/widget/session")]
async fn open(site: web::Data<Site>, request: HttpRequest, payload: web::Payload) -> Answered {
    check_page(&site, &request)?;
    let admitted = site.chat.charge_session(client_address(&site.network, &request))?;
    let reading = tokio::time::timeout(BODY_TIMEOUT, read_small(&site, payload));
    let body = reading.await.map_err(|_| WireError::invalid("body", "The body took too long."))??;
    let body = if body.trim().is_empty() { "{}" } else { body.trim() };
    let new: NewSession = fields(body)?;
    shown(StatusCode::CREATED, &site.chat.open_session(admitted, &new)?)
}

/// Renews a visitor's session, whose token is good still.
#[utoipa::path(tag = "visitors", responses((status = 200, body = SessionObject), Problems))]
#[post("/widget/session/renew")]
async fn renew(api: Api) -> Answered {
    check_page(&api.site, &api.request)?;
    let admitted = api.site.chat.charge_session(api.address())?;
    shown(StatusCode::OK, &api.site.chat.renew_session(admitted, &api.identity)?)
}

/// A browser would not show a strange page the answer, but a session would have been made for it.
fn check_page(site: &Site, request: &HttpRequest) -> Result<(), ApiError> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    if admits_page(&site.network, origin, request.head()) {
        return Ok(());
    }
    let sentence = "This origin is not allowed; see the setting allowed_origins.";
    Err(WireError::new(ErrorCode::Forbidden, sentence).into())
}

/// A stranger's body, of no more bytes than a stranger may send over a socket.
async fn read_small(site: &Site, payload: web::Payload) -> Result<String, WireError> {
    let share = BudgetShare::new(site.budget.clone());
    let bytes = collect(payload, site.chat.bounds.unauthenticated_frame_bytes, &share).await?;
    String::from_utf8(bytes).map_err(|_| not_an_object())
}

fn shown(status: StatusCode, opened: &Opened) -> Result<HttpResponse, ApiError> {
    let Opened { token, user, expires_at, renewable_until } = opened;
    let session = SessionObject {
        token,
        expires_at: Rfc3339(*expires_at),
        renewable_until: Rfc3339(*renewable_until),
        user: UserObject::from(user),
    };
    answer::object(status, &session)
}
