//! What users are told in a helpdesk's own words: notifications that are kept, and events that are not.

use std::sync::Arc;

use super::Administrator;
use crate::{
    bus::Signal,
    chat::errors,
    domain::{ClientKey, Notification, NotificationKind, UserId},
    guard::{
        ContentDigest, Digest, Identifier, JsonObject, PlainText, SafeLink, crypto::encoding::base64_url,
    },
    protocol::{
        WireError,
        admin::{NewEvent, NewNotification},
        app_events::{Announcement, CustomEvent},
        encode,
        objects::Json,
    },
    store::changes::NewNotice,
};

/// Bytes of a notification's data.
const NOTIFICATION_DATA_BYTES: usize = 4 * 1024;

/// Bytes of an event's data.
const EVENT_DATA_BYTES: usize = 16 * 1024;

impl Administrator {
    /// Notifies a user. Tells whether it was done before, under the same key.
    ///
    /// # Errors
    /// `invalid_payload`; `not_found` for the user, and for a ticket that they do not see; `conflict` if
    /// something else was sent under the key.
    pub async fn notify(
        &self,
        user: UserId,
        new: &NewNotification,
        key: Option<ClientKey>,
    ) -> Result<(Notification, bool), WireError> {
        let notice = self.notice(user, new, key)?;
        let (user, kind) = (notice.user.clone(), notice.kind.clone());
        let (notification, duplicate) = self.change(notice).await?;
        tracing::info!(admin = %self.user.id, %user, kind = kind.as_str(), "an admin notified a user");
        Ok((notification, duplicate))
    }

    fn notice(
        &self,
        user: UserId,
        new: &NewNotification,
        key: Option<ClientKey>,
    ) -> Result<NewNotice, WireError> {
        let bounds = &self.chat.bounds;
        let kind = word("kind", &new.kind)?;
        if NotificationKind::of_server(kind.as_str()).is_some() {
            return Err(WireError::invalid("kind", "This is a kind of the server's own."));
        }
        let text = |field: &'static str, text: &str, max: usize| {
            PlainText::new(text, max)
                .map_err(|error| WireError::invalid(field, format!("This field {error}.")))
        };
        let link = |link: &str| {
            let sentence = "Expected an http or https URL or a path, of at most 2048 bytes.";
            SafeLink::absolute_or_path(link).ok_or_else(|| WireError::invalid("link", sentence))
        };
        let data = new.data.as_ref().map(|data| object(data.get(), NOTIFICATION_DATA_BYTES)).transpose()?;
        let digest = self.digest(&user, new, data.as_ref());
        // Under a name of its own, so that the writer itself recognises what it did already.
        let random = || ClientKey::new(&format!("~{}", base64_url(&rand::random::<[u8; 16]>())));
        let client_key = key.or_else(random).ok_or_else(|| errors::internal(&"a random key is no key"))?;
        Ok(NewNotice {
            user,
            kind,
            title: text("title", &new.title, bounds.subject_chars)?,
            body: text("body", &new.body, bounds.comment_chars)?,
            ticket_id: new.ticket_id,
            link: new.link.as_deref().map(link).transpose()?,
            data,
            client_key,
            digest,
        })
    }

    fn digest(&self, user: &UserId, new: &NewNotification, data: Option<&JsonObject>) -> ContentDigest {
        let ticket = new.ticket_id.map(|id| id.to_string());
        Digest::new(&self.chat.digest_key)
            .part(user.as_str().as_bytes())
            .part(new.kind.as_bytes())
            .part(new.title.as_bytes())
            .part(new.body.as_bytes())
            .optional(ticket.as_deref().map(str::as_bytes))
            .optional(new.link.as_deref().map(str::as_bytes))
            .optional(data.map(|data| data.as_str().as_bytes()))
            .finish()
    }

    /// Sends an event to a user's connections here. Gives how many there are.
    ///
    /// # Errors
    /// `invalid_payload`.
    pub fn send_event(&self, user: &UserId, new: &NewEvent) -> Result<usize, WireError> {
        let (name, data) = checked(new)?;
        let event = CustomEvent { name: name.as_str(), data: Json(data.as_str()) };
        let frame = errors::encoded(encode::event(&event))?;
        let connections = self.chat.connections.seats(user).len();
        tracing::info!(admin = %self.user.id, %user, name = new.name, connections, "an admin sent an event");
        let users = Arc::new([user.clone()]);
        self.chat.bus.publish(&Signal::ForUsers { users, for_staff: false, except: None, frame });
        Ok(connections)
    }

    /// Sends an event to all connections here that somebody has authenticated on. Gives how many there are.
    ///
    /// # Errors
    /// `invalid_payload`.
    pub fn announce(&self, new: &NewEvent) -> Result<usize, WireError> {
        let (name, data) = checked(new)?;
        let event = Announcement { name: name.as_str(), data: Json(data.as_str()) };
        let frame = errors::encoded(encode::event(&event))?;
        let connections = self.chat.connections.authenticated_count();
        tracing::info!(admin = %self.user.id, name = new.name, connections, "an admin announced something");
        self.chat.bus.publish(&Signal::ForEveryone { frame });
        Ok(connections)
    }
}

fn checked(new: &NewEvent) -> Result<(Identifier, JsonObject), WireError> {
    Ok((word("name", &new.name)?, object(new.data.get(), EVENT_DATA_BYTES)?))
}

fn word(field: &'static str, text: &str) -> Result<Identifier, WireError> {
    let sentence = "Expected a lower-case letter and at most 63 of a-z, 0-9, '_', '.' and '-'.";
    Identifier::new(text).ok_or_else(|| WireError::invalid(field, sentence))
}

fn object(text: &str, max_bytes: usize) -> Result<JsonObject, WireError> {
    JsonObject::new(text, max_bytes).map_err(|error| WireError::invalid("data", error.to_string()))
}
