//! The row of a webhook, and who may change it.

use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};

use super::{ChangeError, Tx};
use crate::{
    domain::{Action, Rule, Webhook, WebhookId},
    store::{db::schema::webhooks, error::WriteError, read::webhooks::webhook},
};

/// Admins and the server itself.
pub(super) fn check_admin(tx: &Tx<'_>) -> Result<(), WriteError> {
    match tx.actor {
        Some(actor) if actor.viewer().may(Action::Administer) != Rule::Allowed => {
            Err(WriteError::Forbidden("Your role does not allow this."))
        }
        _ => Ok(()),
    }
}

/// The webhook, which must be there.
pub(super) fn find(tx: &mut Tx<'_>, id: WebhookId) -> Result<Webhook, ChangeError> {
    let missing = || WriteError::Missing { field: "id", sentence: "There is no such webhook." };
    Ok(webhook(tx.connection, id)?.ok_or_else(missing)?)
}

/// The webhook as it is after a change.
pub(super) fn saved(tx: &mut Tx<'_>, id: WebhookId) -> Result<Webhook, ChangeError> {
    tx.effects.webhooks_changed = true;
    find(tx, id)
}

/// Disables a webhook, and says why.
pub(super) fn disable(tx: &mut Tx<'_>, id: WebhookId, reason: &str) -> QueryResult<()> {
    diesel::update(webhooks::table.find(id.0).filter(webhooks::enabled.eq(true)))
        .set((webhooks::enabled.eq(false), webhooks::disabled_reason.eq(reason)))
        .execute(tx.connection)?;
    Ok(())
}
