//! Who calls the API: the bearer token of a request, verified.
//!
//! Owns the way from a request's parts to a command's answer. Does not know bodies; what
//! commands do is `chat`'s.

use std::{future::Ready, net::IpAddr, sync::Arc};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};

use crate::{
    auth::Identity,
    chat::{Outbox, Seat, sign_in::Session},
    domain::{Class, ClientKey},
    guard::Admitted,
    http::{Site, response::answer::ApiError},
    protocol::{Command, EncodedReply, ErrorCode, WireError},
    transport::origin::{bearer, client_address},
};

/// A request whose token is good. Whether its user may come in is asked when it is carried out.
pub(in crate::http) struct Api {
    pub(in crate::http) site: web::Data<Site>,
    pub(in crate::http) request: HttpRequest,
    pub(in crate::http) identity: Identity,
}

impl FromRequest for Api {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::recognise(request))
    }
}

impl Api {
    /// Verifies the token of a request.
    pub(in crate::http) fn recognise(request: &HttpRequest) -> Result<Self, ApiError> {
        let site = request.app_data::<web::Data<Site>>().ok_or_else(WireError::overloaded)?.clone();
        let token = bearer(request)
            .ok_or_else(|| WireError::new(ErrorCode::Unauthenticated, "Send a bearer token."))?;
        let identity = site.chat.recognise(client_address(&site.network, request), token)?;
        Ok(Self { site, request: request.clone(), identity })
    }

    /// Where it comes from, behind proxies that are trusted.
    pub(in crate::http) fn address(&self) -> IpAddr {
        client_address(&self.site.network, &self.request)
    }

    /// A seat for this request alone.
    pub(in crate::http) fn seat(&self) -> Arc<Seat> {
        let outbox = Outbox::new(self.site.chat.bounds.outbox_bytes);
        Arc::new(Seat::new(outbox, self.site.registry.clone()))
    }

    /// Carries out a command.
    pub(in crate::http) async fn run(&self, command: Command) -> Result<EncodedReply, ApiError> {
        let seat = self.seat();
        Ok(Box::pin(self.site.chat.request(self.identity.clone(), seat, command)).await?)
    }

    /// The caller's own id of what they send: `Idempotency-Key`, bare or as a quoted string.
    pub(in crate::http) fn idempotency_key(&self) -> Result<Option<String>, ApiError> {
        let Some(key) = self.request.headers().get("idempotency-key") else { return Ok(None) };
        let refused = || WireError::invalid("Idempotency-Key", "Expected 1 to 64 characters.");
        let key = key.to_str().map_err(|_| self.malformed(refused()))?.trim();
        let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
        match ClientKey::new(bare) {
            Some(_) => Ok(Some(bare.to_owned())),
            None => Err(self.malformed(refused())),
        }
    }

    /// Lets the caller in for what is no command.
    pub(in crate::http) async fn admit(&self, class: Class) -> Result<(Session, Admitted), ApiError> {
        Ok(self.site.chat.admit(self.identity.clone(), class).await?)
    }

    /// What is wrong with a request that names no command; charged, for it costs something too.
    pub(in crate::http) fn malformed(&self, error: WireError) -> ApiError {
        let limited = self.site.chat.charge(Some(&self.identity.user.id), self.address()).err();
        let error = limited.unwrap_or(error);
        let answer = Err::<(), _>(error.clone());
        crate::chat::count("malformed", &answer);
        ApiError::from(error)
    }
}
