//! Users who are being erased by this server, one after the other, in the background.
//!
//! Owns what is remembered of it: whether it goes on or is done. That is for whoever asks; that it can be
//! done again after a restart is the erasure's own doing.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::{chat::Chat, domain::UserId, protocol::WireError};

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Erasing,
    /// Nothing is left to do.
    Erased,
}

/// Erasures that are remembered; of those that are done, any may be forgotten, and then are looked for anew.
const REMEMBERED: usize = 1_000;

/// The process-wide table.
pub struct Erasures {
    known: Mutex<HashMap<UserId, Progress>>,
    /// One at a time: each looks through the whole log.
    turn: Semaphore,
}

impl Default for Erasures {
    fn default() -> Self {
        Self { known: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl Erasures {
    /// How far that of a user is, as far as this process knows of one.
    pub fn progress(&self, user: &UserId) -> Option<Progress> {
        self.known.lock().get(user).copied()
    }

    /// How many go on.
    pub fn running(&self) -> usize {
        self.known.lock().values().filter(|it| **it == Progress::Erasing).count()
    }

    /// Notes that one begins; `None` if there is no room, else whether it goes on already.
    fn begin(&self, user: &UserId) -> Option<bool> {
        let mut known = self.known.lock();
        if known.get(user) == Some(&Progress::Erasing) {
            return Some(true);
        }
        if known.len() >= REMEMBERED {
            let done = known.iter().find(|(_, it)| **it == Progress::Erased).map(|(user, _)| user.clone())?;
            known.remove(&done);
        }
        known.insert(user.clone(), Progress::Erasing);
        Some(false)
    }

    fn end(&self, user: &UserId, done: bool) {
        let mut known = self.known.lock();
        if done {
            known.insert(user.clone(), Progress::Erased);
        } else {
            known.remove(user);
        }
    }
}

impl Chat {
    /// Goes on with the erasure of someone whose name and rights are gone already.
    pub(in crate::chat) fn begin_to_erase(self: &Arc<Self>, user: &UserId) -> Result<Progress, WireError> {
        match self.erasures.begin(user) {
            None => Err(WireError::overloaded()),
            Some(true) => Ok(Progress::Erasing),
            Some(false) => {
                // On this worker's thread, with which it ends when the server stops.
                actix_web::rt::spawn(erase(Arc::clone(self), user.clone()));
                Ok(Progress::Erasing)
            }
        }
    }
}

async fn erase(chat: Arc<Chat>, user: UserId) {
    // Never closed, so there is always a turn.
    let _turn = chat.erasures.turn.acquire().await;
    let is_stopping = || chat.connections.is_draining();
    let done = super::erase(&chat.store, &chat.blobs, &chat.writer, &user, is_stopping).await;
    match &done {
        Ok(erased) => tracing::info!(%user, ?erased, "a user is erased"),
        Err(error) => {
            tracing::error!(%user, %error, "a user is not wholly erased; asking again goes on with it")
        }
    }
    chat.erasures.end(&user, done.is_ok());
}
