//! Webhooks made, changed and removed, by admins; what is on its way to them is in `deliveries`.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{Changed, Context, Trouble, webhook_deliveries};
use crate::{
    domain::{Action, Rule, Secret, Timestamp, User, Webhook, WebhookId, webhook::MAX_WEBHOOKS},
    store::{
        db::{
            rows::{damaged, events_text},
            schema::webhooks,
        },
        error::{Conflict, WriteError},
        read::webhooks::webhook,
        write::{Done, NewWebhook, Outcome, WebhookChange, WebhookDone, WebhookUpdate},
    },
};

/// Makes a change, by an admin or by the server itself.
pub(super) fn change(context: &mut Context<'_>, actor: Option<&User>, change: &WebhookChange) -> Changed {
    if actor.is_some_and(|actor| actor.viewer().may(Action::Administer) != Rule::Allowed) {
        return Err(WriteError::Forbidden("Your role does not allow this.").into());
    }
    match change {
        WebhookChange::Create(new) => create(context, new),
        WebhookChange::Update(update) => self::update(context, update),
        WebhookChange::Delete(id) => delete(context, *id),
        WebhookChange::Rotate { id, secret, keep_until } => rotate(context, *id, secret, *keep_until),
        WebhookChange::Disable { id, reason } => {
            disable(context, *id, reason)?;
            saved(context, *id)
        }
        WebhookChange::Ping(id) => {
            find(context, *id)?;
            webhook_deliveries::ping(context, *id)
        }
        WebhookChange::Replay(it) => {
            find(context, it.webhook_id)?;
            webhook_deliveries::replay(context, *it)
        }
        WebhookChange::Claim { ids, until } => webhook_deliveries::claim(context, ids, *until),
        WebhookChange::Release { ids } => webhook_deliveries::release(context, ids.as_deref()),
        WebhookChange::Settle(tried) => webhook_deliveries::settle(context, tried),
        WebhookChange::Sweep => webhook_deliveries::sweep(context),
    }
}

/// The answer to a change.
pub(super) fn done(done: WebhookDone) -> Changed {
    Ok(Done::from(Outcome::Webhook(done)))
}

fn find(context: &mut Context<'_>, id: WebhookId) -> Result<Webhook, Trouble> {
    let missing = || WriteError::Missing { field: "id", sentence: "There is no such webhook." };
    Ok(webhook(context.connection, id)?.ok_or_else(missing)?)
}

fn saved(context: &mut Context<'_>, id: WebhookId) -> Changed {
    let webhook = find(context, id)?;
    done(WebhookDone::Saved(Box::new(webhook)))
}

fn create(context: &mut Context<'_>, new: &NewWebhook) -> Changed {
    // Done again after a commit whose answer was lost: the secret is nobody else's.
    if let Some(id) = by_secret(context, &new.secret, &new.url)? {
        return saved(context, id);
    }
    let count: i64 =
        webhooks::table.filter(webhooks::deleted_at.is_null()).count().get_result(context.connection)?;
    if usize::try_from(count).is_ok_and(|count| count >= MAX_WEBHOOKS) {
        return Err(WriteError::from(Conflict::State("There are too many webhooks.")).into());
    }
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::url.eq(&new.url),
            webhooks::secret.eq(new.secret.expose()),
            webhooks::events.eq(events_text(&new.filter.events)),
            webhooks::internal.eq(new.filter.internal),
            webhooks::description.eq(&new.description),
            webhooks::enabled.eq(new.enabled),
            webhooks::created_at.eq(context.now.0),
        ))
        .execute(context.connection)?;
    let id = by_secret(context, &new.secret, &new.url)?.ok_or_else(|| damaged("webhook"))?;
    saved(context, id)
}

fn by_secret(context: &mut Context<'_>, secret: &Secret, url: &str) -> QueryResult<Option<WebhookId>> {
    let ids: Vec<i64> = webhooks::table
        .filter(webhooks::deleted_at.is_null())
        .filter(webhooks::secret.eq(secret.expose()))
        .filter(webhooks::url.eq(url))
        .select(webhooks::id)
        .load(context.connection)?;
    Ok(ids.first().copied().map(WebhookId))
}

fn update(context: &mut Context<'_>, update: &WebhookUpdate) -> Changed {
    let is = find(context, update.id)?;
    let enabled = update.enabled.unwrap_or(is.enabled);
    let events = update.events.as_ref().unwrap_or(&is.filter.events);
    diesel::update(webhooks::table.find(update.id.0))
        .set((
            webhooks::url.eq(update.url.as_ref().unwrap_or(&is.url)),
            webhooks::events.eq(events_text(events)),
            webhooks::internal.eq(update.internal.unwrap_or(is.filter.internal)),
            webhooks::description.eq(update.description.as_ref().unwrap_or(&is.description)),
            webhooks::enabled.eq(enabled),
            // Whoever enables it has seen to the reason.
            webhooks::disabled_reason.eq(is.disabled_reason.filter(|_| !enabled)),
        ))
        .execute(context.connection)?;
    saved(context, update.id)
}

/// Its deliveries may be many: they go bit by bit, and the row last.
fn delete(context: &mut Context<'_>, id: WebhookId) -> Changed {
    find(context, id)?;
    diesel::update(webhooks::table.find(id.0))
        .set((
            webhooks::enabled.eq(false),
            webhooks::deleted_at.eq(context.now.0),
            webhooks::url.eq(""),
            webhooks::secret.eq(""),
            webhooks::previous_secret.eq(None::<String>),
            webhooks::previous_until.eq(None::<i64>),
            webhooks::description.eq(""),
        ))
        .execute(context.connection)?;
    done(WebhookDone::Deleted)
}

fn rotate(context: &mut Context<'_>, id: WebhookId, secret: &Secret, keep_until: Timestamp) -> Changed {
    let is = find(context, id)?;
    if is.secret == *secret {
        return done(WebhookDone::Saved(Box::new(is)));
    }
    let kept = (keep_until > context.now).then_some((is.secret, keep_until));
    diesel::update(webhooks::table.find(id.0))
        .set((
            webhooks::secret.eq(secret.expose()),
            webhooks::previous_secret.eq(kept.as_ref().map(|(secret, _)| secret.expose())),
            webhooks::previous_until.eq(kept.as_ref().map(|(_, until)| until.0)),
        ))
        .execute(context.connection)?;
    saved(context, id)
}

/// Disables one, and says why.
pub(super) fn disable(context: &mut Context<'_>, id: WebhookId, reason: &str) -> QueryResult<()> {
    diesel::update(webhooks::table.find(id.0).filter(webhooks::enabled.eq(true)))
        .set((webhooks::enabled.eq(false), webhooks::disabled_reason.eq(reason)))
        .execute(context.connection)?;
    Ok(())
}
