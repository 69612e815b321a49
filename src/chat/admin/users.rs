//! Users: made known before they come, shown out, shut out, and erased.

use super::{Administrator, Progress};
use crate::{
    chat::errors,
    domain::{Lockout, Role, User, UserId},
    guard::{self, PlainText},
    protocol::{CloseCode, ErrorCode, WireError, admin::PutUser},
    store::{
        SaveUser, StoredUser, WriteError,
        changes::{Bar, Erasure, LockAccount},
    },
};

impl Administrator {
    /// Makes a user known, or changes what is known of them. Tells whether they are new.
    ///
    /// # Errors
    /// `invalid_payload`; `conflict` for who was erased.
    pub async fn put_user(&self, id: &UserId, put: &PutUser) -> Result<(StoredUser, bool), WireError> {
        let known = self.known(id).await?;
        let save = self.described(id, put, known.as_ref())?;
        let role = save.user.role;
        self.chat.save_user(save).await.map_err(|error| match error {
            // The caller may do it; it is the user who is in no state for it.
            WriteError::Erased(_) => erased(),
            other => errors::unwritten(&other, self.access.viewer.visible()),
        })?;
        tracing::info!(admin = %self.user.id, user = %id, %role, "an admin saved a user");
        let saved = self.known(id).await?.ok_or_else(WireError::user_not_found)?;
        Ok((saved, known.is_none()))
    }

    async fn known(&self, id: &UserId) -> Result<Option<StoredUser>, WireError> {
        self.chat.store.user(id).await.map_err(WireError::from)
    }

    fn described(
        &self,
        id: &UserId,
        put: &PutUser,
        known: Option<&StoredUser>,
    ) -> Result<SaveUser, WireError> {
        let invalid =
            |field: &'static str| move |error| WireError::invalid(field, format!("This field {error}."));
        let name = PlainText::new(&put.name, self.chat.bounds.name_chars).map_err(invalid("name"))?;
        let email = put.email.as_deref().map(guard::email).transpose();
        let email = email.map_err(invalid("email"))?.map(PlainText::into_string);
        let role = put.role.or(known.map(|known| known.user.role)).unwrap_or(Role::Customer);
        Ok(SaveUser { user: User { id: id.clone(), name: name.into_string(), role }, email })
    }

    /// Closes a user's connections, which may come back. Gives how many.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn disconnect(&self, id: &UserId) -> Result<usize, WireError> {
        self.known(id).await?.ok_or_else(WireError::user_not_found)?;
        let connections = self.chat.connections.stop(id, CloseCode::Disconnected);
        tracing::info!(admin = %self.user.id, user = %id, connections, "an admin closed a user's connections");
        Ok(connections)
    }

    /// Shuts a user out, or lets them in again. Their connections are told to close before this returns.
    ///
    /// # Errors
    /// `not_found`; `conflict` for oneself, and for who was erased.
    pub async fn bar(&self, id: &UserId, bar: Bar) -> Result<Lockout, WireError> {
        let lockout = self.change(LockAccount { user: id.clone(), bar }).await?;
        let done = match bar {
            Bar::RevokeTokens => "revoked the tokens of",
            Bar::Disable => "disabled",
            Bar::Enable => "enabled",
        };
        tracing::info!(admin = %self.user.id, user = %id, "an admin {done} a user");
        Ok(lockout)
    }

    /// Erases a user: who they are and whatever lets them in at once, the rest in the background. Asked
    /// again, it tells how far it is, and begins again what a restart or a fault interrupted.
    ///
    /// # Errors
    /// `not_found`; `conflict` for oneself; `overloaded` when too many are being erased.
    pub async fn erase(&self, id: &UserId) -> Result<Progress, WireError> {
        if self.user.id == *id {
            return Err(WireError::new(ErrorCode::Conflict, "You cannot erase yourself."));
        }
        if let Some(progress) = self.chat.erasures.progress(id) {
            return Ok(progress);
        }
        tracing::info!(admin = %self.user.id, user = %id, "an admin erases a user");
        let erased = self.chat.writer.write(None, Erasure::Person(id.clone())).await;
        erased.map_err(|error| match error {
            WriteError::UnknownUser { .. } => WireError::user_not_found(),
            other => errors::unwritten(&other, self.access.viewer.visible()),
        })?;
        self.chat.begin_to_erase(id)
    }
}

fn erased() -> WireError {
    WireError::new(ErrorCode::Conflict, "This user was erased.")
}
