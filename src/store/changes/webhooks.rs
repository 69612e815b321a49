//! Webhooks made, changed and removed, by admins; what is on its way to them is in `webhook_deliveries`.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{
    Change, ChangeError, Tx, webhook_deliveries,
    webhook_row::{check_admin, disable, find, saved},
};
use crate::{
    domain::{
        Delivery, Secret, Timestamp, Webhook, WebhookEvent, WebhookFilter, WebhookId, webhook::MAX_WEBHOOKS,
    },
    store::{
        db::{
            rows::{damaged, events_text},
            schema::webhooks,
        },
        error::{Conflict, WriteError},
    },
};

/// Makes a webhook. One with the same URL and secret is there already.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the webhook")]
pub struct CreateWebhook {
    pub url: String,
    pub secret: Secret,
    pub filter: WebhookFilter,
    pub description: String,
    pub enabled: bool,
}

impl Change for CreateWebhook {
    type Done = Webhook;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook, ChangeError> {
        check_admin(tx)?;
        // Done again after a commit whose answer was lost: the secret is nobody else's.
        if let Some(id) = by_secret(tx, &self.secret, &self.url)? {
            return saved(tx, id);
        }
        let count: i64 =
            webhooks::table.filter(webhooks::deleted_at.is_null()).count().get_result(tx.connection)?;
        if usize::try_from(count).is_ok_and(|count| count >= MAX_WEBHOOKS) {
            return Err(WriteError::from(Conflict::State("There are too many webhooks.")).into());
        }
        diesel::insert_into(webhooks::table)
            .values((
                webhooks::url.eq(&self.url),
                webhooks::secret.eq(self.secret.expose()),
                webhooks::events.eq(events_text(&self.filter.events)),
                webhooks::internal.eq(self.filter.internal),
                webhooks::description.eq(&self.description),
                webhooks::enabled.eq(self.enabled),
                webhooks::created_at.eq(tx.now.0),
            ))
            .execute(tx.connection)?;
        let id = by_secret(tx, &self.secret, &self.url)?.ok_or_else(|| damaged("webhook"))?;
        saved(tx, id)
    }
}

fn by_secret(tx: &mut Tx<'_>, secret: &Secret, url: &str) -> QueryResult<Option<WebhookId>> {
    let ids: Vec<i64> = webhooks::table
        .filter(webhooks::deleted_at.is_null())
        .filter(webhooks::secret.eq(secret.expose()))
        .filter(webhooks::url.eq(url))
        .select(webhooks::id)
        .load(tx.connection)?;
    Ok(ids.first().copied().map(WebhookId))
}

/// Changes a webhook; what is `None` stays.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the webhook")]
pub struct UpdateWebhook {
    pub id: WebhookId,
    pub url: Option<String>,
    pub events: Option<Vec<WebhookEvent>>,
    pub internal: Option<bool>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
}

impl Change for UpdateWebhook {
    type Done = Webhook;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook, ChangeError> {
        check_admin(tx)?;
        let is = find(tx, self.id)?;
        let enabled = self.enabled.unwrap_or(is.enabled);
        let events = self.events.as_ref().unwrap_or(&is.filter.events);
        diesel::update(webhooks::table.find(self.id.0))
            .set((
                webhooks::url.eq(self.url.as_ref().unwrap_or(&is.url)),
                webhooks::events.eq(events_text(events)),
                webhooks::internal.eq(self.internal.unwrap_or(is.filter.internal)),
                webhooks::description.eq(self.description.as_ref().unwrap_or(&is.description)),
                webhooks::enabled.eq(enabled),
                // Whoever enables it has seen to the reason.
                webhooks::disabled_reason.eq(is.disabled_reason.filter(|_| !enabled)),
            ))
            .execute(tx.connection)?;
        saved(tx, self.id)
    }
}

/// Removes a webhook; what was on its way to it goes nowhere.
#[derive(Clone, Debug)]
pub struct DeleteWebhook {
    /// The webhook.
    pub id: WebhookId,
}

impl Change for DeleteWebhook {
    type Done = ();

    /// Its deliveries may be many: they go bit by bit, and the row last.
    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), ChangeError> {
        check_admin(tx)?;
        find(tx, self.id)?;
        diesel::update(webhooks::table.find(self.id.0))
            .set((
                webhooks::enabled.eq(false),
                webhooks::deleted_at.eq(tx.now.0),
                webhooks::url.eq(""),
                webhooks::secret.eq(""),
                webhooks::previous_secret.eq(None::<String>),
                webhooks::previous_until.eq(None::<i64>),
                webhooks::description.eq(""),
            ))
            .execute(tx.connection)?;
        Ok(())
    }
}

/// Gives a webhook another secret.
#[derive(Clone, Debug)]
pub struct RotateWebhookSecret {
    /// The webhook.
    pub id: WebhookId,
    /// The new secret.
    pub secret: Secret,
    /// Until when the present secret signs as well.
    pub keep_until: Timestamp,
}

impl Change for RotateWebhookSecret {
    type Done = Webhook;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook, ChangeError> {
        check_admin(tx)?;
        let is = find(tx, self.id)?;
        if is.secret != self.secret {
            let kept = (self.keep_until > tx.now).then_some((is.secret, self.keep_until));
            diesel::update(webhooks::table.find(self.id.0))
                .set((
                    webhooks::secret.eq(self.secret.expose()),
                    webhooks::previous_secret.eq(kept.as_ref().map(|(secret, _)| secret.expose())),
                    webhooks::previous_until.eq(kept.as_ref().map(|(_, until)| until.0)),
                ))
                .execute(tx.connection)?;
        }
        saved(tx, self.id)
    }
}

/// Sends a webhook an event that tells of nothing.
#[derive(Clone, Debug)]
pub struct PingWebhook {
    /// The webhook.
    pub id: WebhookId,
}

impl Change for PingWebhook {
    type Done = Delivery;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Delivery, ChangeError> {
        check_admin(tx)?;
        find(tx, self.id)?;
        Ok(webhook_deliveries::ping(tx, self.id)?)
    }
}

/// Disables a webhook that cannot be told. The server's own to do.
#[derive(Clone, Debug)]
pub struct DisableWebhook {
    /// The webhook.
    pub id: WebhookId,
    /// Why, for its admin.
    pub reason: &'static str,
}

impl Change for DisableWebhook {
    type Done = Webhook;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Webhook, ChangeError> {
        check_admin(tx)?;
        disable(tx, self.id, self.reason)?;
        saved(tx, self.id)
    }
}
