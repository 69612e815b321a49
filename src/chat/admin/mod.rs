//! What a helpdesk's own server and its admins do, over HTTP: tell users something, look at what is going
//! on, shut users out and erase them.
//!
//! Owns who may (an [`Administrator`] is made here alone, by the stages that every command passes), and
//! that each of it is logged. Does not know requests.

mod app_events;
mod inspect;
mod users;

use std::sync::Arc;

pub use super::erasure::queue::{Erasures, Progress};
use super::{
    Chat,
    commands::pipeline::{self, Access},
};
use crate::{
    auth::Identity,
    domain::{Action, Class, User},
    protocol::WireError,
    store::Change,
};

/// Somebody who may administer, for one request: charged, let in, and looked up in the table of access.
pub struct Administrator {
    chat: Arc<Chat>,
    user: Arc<User>,
    access: Access,
}

impl Chat {
    /// Lets an admin in for one request.
    ///
    /// # Errors
    /// `rate_limited`; `forbidden` for everyone else; those of [`Chat::admit`].
    pub async fn administrator(self: &Arc<Self>, identity: Identity) -> Result<Administrator, WireError> {
        let let_in = async {
            let (session, admitted) = self.admit(identity, Class::Admin).await?;
            let access = pipeline::access_of(session.user.viewer(), admitted, Action::Administer)?;
            Ok(Administrator { chat: Arc::clone(self), user: session.user, access })
        };
        let admin = let_in.await;
        super::count("administer", &admin);
        admin
    }
}

impl Administrator {
    /// Makes a change as this admin.
    async fn change<C: Change>(&self, change: C) -> Result<C::Done, WireError> {
        pipeline::settle(&self.chat, &self.access, &self.user, change).await
    }
}
