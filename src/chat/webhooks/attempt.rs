//! One try of a delivery: what is sent, its signatures, and what the answer means.
//!
//! The body is made of the log now. Of an answer only the status counts; what else it says is thrown away.

use std::{error::Error, time::Duration};

use actix_web::http::header::HttpDate;
use reqwest::{Client, Response, header};
use tokio::time::timeout;

use super::retry_schedule::Answered;
use crate::{
    chat::{Chat, errors::log_fault},
    domain::{Delivery, Secret, Timestamp, Visible, Webhook, WebhookEvent, webhook::MAX_URL_BYTES},
    guard::net::outbound_url::OutboundUrl,
    protocol::{
        encode::EncodeError,
        webhooks::{entry_body, ping_body, ticket_body},
    },
    store::StoreError,
};

/// Of an answer, so much is read, so that the connection may be used again.
const DRAINED_BYTES: usize = 4 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Characters kept of why a try failed.
const ERROR_CHARS: usize = 200;

/// Sends it once.
pub(super) async fn attempt(
    chat: &Chat,
    client: &Client,
    webhook: &Webhook,
    delivery: &Delivery,
) -> Answered {
    let target = match OutboundUrl::parse(&webhook.url, MAX_URL_BYTES, chat.webhooks.allow_private) {
        Ok(target) => target,
        // It was all right once: the setting has changed since, and may again.
        Err(error) => return failed(error.to_string()),
    };
    let body = match body(chat, webhook, delivery).await {
        Ok(Some(Ok(body))) => body,
        Ok(Some(Err(error))) => {
            log_fault(&error);
            return failed("The event could not be encoded.".to_owned());
        }
        Ok(None) => return Answered { is_final: true, ..failed("The event is not in the log.".to_owned()) },
        Err(error) => return failed(error.to_string()),
    };
    let now = chat.clock.now();
    let Some(signatures) = signatures(webhook, &delivery.event_id, &body, now) else {
        return failed("The event could not be signed.".to_owned());
    };
    let request = client
        .post(target.url().clone())
        .header(header::CONTENT_TYPE, "application/json")
        .header(standardwebhooks::HEADER_WEBHOOK_ID, &delivery.event_id)
        .header(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, seconds(now).to_string())
        .header(standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signatures)
        .body(body);
    match request.send().await {
        Ok(response) => answered(response, now).await,
        Err(error) => failed(reason(&error)),
    }
}

type Body = Result<String, EncodeError>;

/// What is sent; `None` if there is nothing to tell of any more.
async fn body(chat: &Chat, webhook: &Webhook, delivery: &Delivery) -> Result<Option<Body>, StoreError> {
    let at = delivery.created_at;
    let Some(place) = delivery.place else { return Ok(Some(ping_body(at, webhook.id))) };
    if delivery.event == WebhookEvent::TicketCreated {
        let visible = if webhook.filter.internal { Visible::Both } else { Visible::PublicOnly };
        let tickets = chat.store.tickets_now(vec![place.ticket_id]).await?;
        return Ok(tickets.first().map(|ticket| ticket_body(at, ticket, visible)));
    }
    let entry = chat.store.log_entry(place).await?;
    Ok(entry.map(|entry| entry_body(delivery.event, at, &entry)))
}

/// By the secret, and by the one before as long as that holds.
fn signatures(webhook: &Webhook, event_id: &str, body: &str, now: Timestamp) -> Option<String> {
    let sign = |secret: &Secret| {
        let signer = standardwebhooks::Webhook::new(secret.expose()).ok()?;
        signer.sign(event_id, seconds(now), body.as_bytes()).ok()
    };
    let mut signatures = sign(&webhook.secret)?;
    if let Some((secret, until)) = &webhook.previous
        && now < *until
    {
        signatures.push(' ');
        signatures.push_str(&sign(secret)?);
    }
    Some(signatures)
}

fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000)
}

fn failed(error: String) -> Answered {
    Answered { error: Some(error.chars().take(ERROR_CHARS).collect()), ..Answered::default() }
}

async fn answered(response: Response, now: Timestamp) -> Answered {
    let status = response.status();
    let retry_after = retry_after(&response, now);
    // Whether it says more, and how slowly, does not matter.
    let _ = timeout(DRAIN_TIME, drain(response)).await;
    let error = match status.as_u16() {
        200..=299 => return Answered { status: Some(status.as_u16()), ..Answered::default() },
        300..=399 => format!("The receiver answered {}; redirects are not followed.", status.as_u16()),
        code => format!("The receiver answered {code}."),
    };
    Answered { status: Some(status.as_u16()), retry_after, ..failed(error) }
}

async fn drain(mut response: Response) {
    let mut left = DRAINED_BYTES;
    while let Ok(Some(chunk)) = response.chunk().await {
        match left.checked_sub(chunk.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date: HttpDate = value.parse().ok()?;
    Some(now.until(Timestamp::from_system_time(date.into())))
}

/// The innermost cause: those around it name the URL, in which there may be a key.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "The receiver took too long.".to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error as &dyn Error) {
        return "The request could not be sent.".to_owned();
    }
    format!("The receiver could not be reached: {cause}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{WebhookFilter, WebhookId},
        guard::crypto::webhook_secret,
    };

    #[test]
    fn both_secrets_sign_until_the_one_before_ends() {
        let (new, old) = (webhook_secret::generate(), webhook_secret::generate());
        let webhook = Webhook {
            id: WebhookId(1),
            url: String::new(),
            secret: new.clone(),
            previous: Some((old.clone(), Timestamp(2_000))),
            filter: WebhookFilter::default(),
            description: String::new(),
            enabled: true,
            disabled_reason: None,
            created_at: Timestamp(0),
        };
        let by = |secret: &Secret, at| {
            standardwebhooks::Webhook::new(secret.expose()).unwrap().sign("evt_1", at, b"{}").unwrap()
        };
        let before = signatures(&webhook, "evt_1", "{}", Timestamp(1_999)).unwrap();
        assert_eq!(before, format!("{} {}", by(&new, 1), by(&old, 1)));
        assert_eq!(signatures(&webhook, "evt_1", "{}", Timestamp(2_000)).unwrap(), by(&new, 2));
        assert!(!format!("{webhook:?}").contains("whsec_"));
    }
}
