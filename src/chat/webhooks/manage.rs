//! Webhooks made, changed, looked at and tried out by admins.
//!
//! Owns what is checked of what they send. A secret is given out when it was made, and never again.

use super::client::{NameError, check_name};
use crate::{
    chat::{
        Chat,
        commands::{
            paging::{DEFAULT_LIMIT, MAX_LIMIT, limit},
            pipeline::{self, Access},
        },
        sign_in::Session,
    },
    domain::{
        Action, Delivery, DeliveryId, DeliveryState, Secret, Webhook, WebhookEvent, WebhookFilter, WebhookId,
        webhook::{MAX_DESCRIPTION_CHARS, MAX_URL_BYTES},
    },
    guard::{Admitted, PlainText, TextError, crypto::webhook_secret, net::outbound_url::OutboundUrl},
    protocol::{
        ErrorCode, WireError,
        webhooks::{CreateWebhook, RotateSecret, UpdateWebhook},
    },
    store::{
        DeliveryPage,
        changes::{self, ReplayDelivery},
    },
};

/// Dead deliveries that one request sends again.
const REPLAYED: usize = 500;

/// For how long a secret that was replaced may go on to sign, and does unless it is said.
const MAX_OVERLAP_SECONDS: u32 = 7 * 24 * 60 * 60;
const OVERLAP_SECONDS: u32 = 24 * 60 * 60;

/// Which of a webhook's deliveries to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct WantedDeliveries {
    /// In this state only.
    pub state: Option<DeliveryState>,
    /// Older ones than this.
    pub before: Option<DeliveryId>,
    /// How many.
    pub limit: Option<u32>,
}

impl Chat {
    /// All webhooks.
    ///
    /// # Errors
    /// `forbidden` for who is no admin, as with all of these.
    pub async fn webhooks(&self, session: &Session, admitted: Admitted) -> Result<Vec<Webhook>, WireError> {
        let _allowed = admin(session, admitted)?;
        self.store.webhooks().await.map_err(WireError::from)
    }

    /// One webhook.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn webhook(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
    ) -> Result<Webhook, WireError> {
        let _allowed = admin(session, admitted)?;
        self.find_webhook(id).await
    }

    /// Makes a webhook, and gives its secret.
    ///
    /// # Errors
    /// `invalid_payload` for what cannot be sent to; `conflict` when there are too many.
    pub async fn create_webhook(
        &self,
        session: &Session,
        admitted: Admitted,
        wanted: CreateWebhook,
    ) -> Result<(Webhook, Secret), WireError> {
        let access = admin(session, admitted)?;
        let secret = secret(wanted.secret.as_ref())?;
        let events = events(wanted.events.as_deref().unwrap_or_default())?;
        let new = changes::CreateWebhook {
            description: description(wanted.description.as_deref().unwrap_or_default())?,
            url: self.target(&wanted.url).await?,
            secret: secret.clone(),
            filter: WebhookFilter { events, internal: wanted.internal.unwrap_or(false) },
            enabled: wanted.enabled.unwrap_or(true),
        };
        let webhook = pipeline::settle(self, &access, &session.user, new).await?;
        Ok((webhook, secret))
    }

    /// Changes a webhook.
    ///
    /// # Errors
    /// `not_found`; `invalid_payload` for what cannot be sent to.
    pub async fn update_webhook(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
        wanted: UpdateWebhook,
    ) -> Result<Webhook, WireError> {
        let access = admin(session, admitted)?;
        let update = changes::UpdateWebhook {
            id,
            events: wanted.events.as_deref().map(events).transpose()?,
            internal: wanted.internal,
            description: wanted.description.as_deref().map(description).transpose()?,
            enabled: wanted.enabled,
            url: match &wanted.url {
                Some(url) => Some(self.target(url).await?),
                None => None,
            },
        };
        pipeline::settle(self, &access, &session.user, update).await
    }

    /// Removes a webhook, and what is on its way to it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn delete_webhook(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
    ) -> Result<(), WireError> {
        let access = admin(session, admitted)?;
        pipeline::settle(self, &access, &session.user, changes::DeleteWebhook { id }).await
    }

    /// Gives a webhook another secret, beside which the one before signs for a while.
    ///
    /// # Errors
    /// `not_found`; `invalid_payload`.
    pub async fn rotate_webhook_secret(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
        wanted: RotateSecret,
    ) -> Result<(Webhook, Secret), WireError> {
        let access = admin(session, admitted)?;
        let secret = secret(wanted.secret.as_ref())?;
        let overlap = wanted.overlap_seconds.unwrap_or(OVERLAP_SECONDS);
        if overlap > MAX_OVERLAP_SECONDS {
            let sentence = format!("Expected 0 to {MAX_OVERLAP_SECONDS}.");
            return Err(WireError::invalid("overlapSeconds", sentence));
        }
        let keep_until = self.clock.now().after(std::time::Duration::from_secs(overlap.into()));
        let change = changes::RotateWebhookSecret { id, secret: secret.clone(), keep_until };
        Ok((pipeline::settle(self, &access, &session.user, change).await?, secret))
    }

    /// A page of a webhook's deliveries, newest first, and whether there are more.
    ///
    /// # Errors
    /// `not_found`; `invalid_payload` for a page that is too long.
    pub async fn webhook_deliveries(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
        wanted: WantedDeliveries,
    ) -> Result<(Vec<Delivery>, bool), WireError> {
        let _allowed = admin(session, admitted)?;
        let limit = limit(wanted.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
        self.find_webhook(id).await?;
        let page = DeliveryPage { state: wanted.state, before: wanted.before, limit: limit + 1 };
        let mut found = self.store.deliveries(id, page).await?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        Ok((found, has_more))
    }

    /// Sends a webhook an event that tells of nothing.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn ping_webhook(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
    ) -> Result<Delivery, WireError> {
        let access = admin(session, admitted)?;
        pipeline::settle(self, &access, &session.user, changes::PingWebhook { id }).await
    }

    /// Delivers something again, or now.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn replay_delivery(
        &self,
        session: &Session,
        admitted: Admitted,
        webhook_id: WebhookId,
        id: DeliveryId,
    ) -> Result<Delivery, WireError> {
        let access = admin(session, admitted)?;
        let found = self.store.delivery(webhook_id, id).await?;
        let delivery = found.ok_or_else(|| missing("There is no such delivery."))?;
        pipeline::settle(self, &access, &session.user, replay(&delivery)).await
    }

    /// Delivers again what was given up, the oldest first, so many at once; gives how many, and whether there
    /// are more.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn replay_dead_deliveries(
        &self,
        session: &Session,
        admitted: Admitted,
        id: WebhookId,
    ) -> Result<(usize, bool), WireError> {
        let access = admin(session, admitted)?;
        self.find_webhook(id).await?;
        let dead = self.store.dead_deliveries(id, REPLAYED + 1).await;
        let mut dead = dead?;
        let has_more = dead.len() > REPLAYED;
        dead.truncate(REPLAYED);
        // All are handed over before the first is waited for.
        let all = dead.iter().map(|it| pipeline::settle(self, &access, &session.user, replay(it)));
        let done = futures_util::future::join_all(all).await;
        match done.into_iter().find_map(Result::err) {
            Some(error) => Err(error),
            None => Ok((dead.len(), has_more)),
        }
    }

    async fn find_webhook(&self, id: WebhookId) -> Result<Webhook, WireError> {
        let found = self.store.webhook(id).await?;
        found.ok_or_else(|| missing("There is no such webhook."))
    }

    /// The URL in its normal form, if it leads to where webhooks may.
    async fn target(&self, url: &str) -> Result<String, WireError> {
        let refused = |sentence: String| WireError::invalid("url", sentence);
        let allow_private = self.webhooks.allow_private;
        let target = OutboundUrl::parse(url, MAX_URL_BYTES, allow_private)
            .map_err(|error| refused(error.to_string()))?;
        if !allow_private {
            check_name(&target).await.map_err(|error| {
                refused(match error {
                    NameError::Unknown => "This host could not be found.".to_owned(),
                    NameError::NotPublic => "This address is not public.".to_owned(),
                })
            })?;
        }
        Ok(target.url().as_str().to_owned())
    }
}

fn admin(session: &Session, admitted: Admitted) -> Result<Access, WireError> {
    pipeline::access_of(session.user.viewer(), admitted, Action::Administer)
}

fn missing(sentence: &'static str) -> WireError {
    WireError::new(ErrorCode::NotFound, sentence).with_field("id")
}

fn replay(delivery: &Delivery) -> ReplayDelivery {
    let ticket_id = delivery.place.map(|place| place.ticket_id);
    ReplayDelivery { webhook_id: delivery.webhook_id, id: delivery.id, ticket_id }
}

/// The one that was given, or a new one.
fn secret(given: Option<&Secret>) -> Result<Secret, WireError> {
    let Some(given) = given else { return Ok(webhook_secret::generate()) };
    let sentence = "Expected `whsec_` and the base64 of 24 to 64 bytes.";
    webhook_secret::parse(given.expose()).ok_or_else(|| WireError::invalid("secret", sentence))
}

/// Each once, in one order.
fn events(names: &[String]) -> Result<Vec<WebhookEvent>, WireError> {
    let is_known = |name: &String| WebhookEvent::all().any(|event| event.as_str() == name);
    if let Some(index) = names.iter().position(|name| !is_known(name)) {
        let known = WebhookEvent::all().map(WebhookEvent::as_str).collect::<Vec<_>>().join(", ");
        return Err(WireError::invalid(format!("events[{index}]"), format!("Expected one of {known}.")));
    }
    Ok(WebhookEvent::all().filter(|event| names.iter().any(|name| event.as_str() == name)).collect())
}

/// Plain text, or nothing.
fn description(text: &str) -> Result<String, WireError> {
    match PlainText::new(text, MAX_DESCRIPTION_CHARS) {
        Ok(text) => Ok(text.as_str().to_owned()),
        Err(TextError::Empty) => Ok(String::new()),
        Err(TextError::TooLong { max }) => {
            Err(WireError::invalid("description", format!("A description has at most {max} characters.")))
        }
    }
}
