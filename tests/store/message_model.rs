//! What should come of changing messages: a model without a database.

use std::collections::{BTreeMap, BTreeSet};

use deskwire::{
    domain::{LogEntry, LogEvent, Message, MessageId, Position, Role, Stream, User, Visible},
    store::{Conflict, WriteError},
};

use crate::support::*;

pub const EMOJIS: [&str; 3] = ["👍", "❤️", "👩🏽‍🚀"];
pub const DAY: i64 = 24 * 60 * 60 * 1_000;

#[derive(Clone, Debug)]
pub enum Deed {
    Send { internal: bool },
    Edit { which: usize, text: usize },
    Delete { which: usize },
    React { which: usize, emoji: usize },
    Unreact { which: usize, emoji: usize },
}

impl Deed {
    /// The message that it changes.
    pub fn named(&self) -> Option<usize> {
        match *self {
            Self::Send { .. } => None,
            Self::Edit { which, .. }
            | Self::Delete { which }
            | Self::React { which, .. }
            | Self::Unreact { which, .. } => Some(which),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub stream: Stream,
    pub seq: i64,
    pub pos: i64,
    pub what: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub sender: String,
    pub text: String,
    pub is_edited: bool,
    pub is_deleted: bool,
    pub reactions: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Default)]
pub struct Model {
    pub messages: Vec<(MessageId, Stream, i64, Kept)>,
    pub log: Vec<Told>,
    pub heads: Position,
}

impl Model {
    fn append(&mut self, stream: Stream, what: String) {
        *self.heads.of_mut(stream) += 1;
        self.log.push(Told { stream, seq: self.heads.of(stream), pos: self.heads.total(), what });
    }

    /// What should come of it; the id of what was sent is told afterwards.
    pub fn apply(&mut self, actor: &User, deed: &Deed, now: i64) -> Result<(), WriteError> {
        let who = actor.id.as_str().to_owned();
        if let Deed::Send { internal } = *deed {
            let stream = if internal { Stream::Internal } else { Stream::Public };
            if actor.id == zoe().id || !actor.role.visible().includes(stream) {
                return Err(WriteError::NotFound);
            }
            let kept = Kept { sender: who, text: "new".to_owned(), ..Kept::default() };
            let index = self.messages.len();
            self.messages.push((MessageId(0), stream, now, kept));
            self.append(stream, format!("sent {index}"));
            return Ok(());
        }
        let which = deed.named().expect("all others change a message");
        let Some((_, stream, at, kept)) = self.messages.get_mut(which) else {
            return Err(WriteError::MessageNotFound);
        };
        let stream = *stream;
        if actor.id == zoe().id || !actor.role.visible().includes(stream) {
            return Err(WriteError::MessageNotFound);
        }
        let is_mine = kept.sender == who;
        let may = |is_done| actor.role == Role::Admin || (is_mine && (is_done || now <= *at + DAY));
        let deleted = WriteError::from(Conflict::State("This message was deleted."));
        let what = match *deed {
            Deed::Edit { text, .. } => {
                let text = text.to_string();
                let is_done = !kept.is_deleted && kept.text == text;
                if !may(is_done) {
                    return Err(WriteError::Forbidden(""));
                }
                if kept.is_deleted {
                    return Err(deleted);
                }
                if is_done {
                    return Ok(());
                }
                (kept.text, kept.is_edited) = (text, true);
                format!("edited {which}")
            }
            Deed::Delete { .. } => {
                if !may(kept.is_deleted) {
                    return Err(WriteError::Forbidden(""));
                }
                if kept.is_deleted {
                    return Ok(());
                }
                (kept.text, kept.is_deleted) = (String::new(), true);
                kept.reactions.clear();
                format!("deleted {which}")
            }
            Deed::React { .. } if kept.is_deleted => return Err(deleted),
            Deed::React { emoji, .. } => {
                let of_emoji = kept.reactions.entry(EMOJIS[emoji].to_owned()).or_default();
                if !of_emoji.insert(who.clone()) {
                    return Ok(());
                }
                format!("{who} added {} to {which}", EMOJIS[emoji])
            }
            Deed::Unreact { emoji, .. } => {
                let Some(of_emoji) = kept.reactions.get_mut(EMOJIS[emoji]) else { return Ok(()) };
                if !of_emoji.remove(&who) {
                    return Ok(());
                }
                if of_emoji.is_empty() {
                    kept.reactions.remove(EMOJIS[emoji]);
                }
                format!("{who} removed {} from {which}", EMOJIS[emoji])
            }
            Deed::Send { .. } => unreachable!(),
        };
        self.append(stream, what);
        Ok(())
    }

    fn index(&self, id: MessageId) -> usize {
        self.messages.iter().position(|it| it.0 == id).expect("a message that was sent")
    }

    pub fn told(&self, entry: &LogEntry) -> Told {
        let what = match &entry.event {
            LogEvent::MessageSent(message) => format!("sent {}", self.index(message.id)),
            LogEvent::MessageEdited(message) => format!("edited {}", self.index(message.id)),
            LogEvent::MessageDeleted(id) => format!("deleted {}", self.index(*id)),
            LogEvent::ReactionAdded(it) => {
                format!("{} added {} to {}", it.user_id.as_str(), it.emoji, self.index(it.message_id))
            }
            LogEvent::ReactionRemoved(it) => {
                format!("{} removed {} from {}", it.user_id.as_str(), it.emoji, self.index(it.message_id))
            }
            other => panic!("{other:?}"),
        };
        Told { stream: entry.stream, seq: entry.seq, pos: entry.pos, what }
    }

    pub fn of(&self, visible: Visible) -> (Vec<Told>, Vec<Kept>) {
        let log = self.log.iter().filter(|told| visible.includes(told.stream)).cloned().collect();
        let messages =
            self.messages.iter().filter(|it| visible.includes(it.1)).map(|it| it.3.clone()).collect();
        (log, messages)
    }

    /// A message shows what it is now, wherever it is shown.
    pub fn assert_is_now(&self, message: &Message) {
        assert_eq!(kept(message), self.messages[self.index(message.id)].3);
    }
}

pub fn kept(message: &Message) -> Kept {
    assert!(message.reactions.iter().all(|it| !it.users.is_empty()), "an emoji of nobody");
    let users = |it: &deskwire::domain::Reaction| -> BTreeSet<String> {
        it.users.iter().map(|user| user.as_str().to_owned()).collect()
    };
    Kept {
        sender: message.sender.id.as_str().to_owned(),
        text: message.body.clone(),
        is_edited: message.edited_at.is_some(),
        is_deleted: message.deleted_at.is_some(),
        reactions: message.reactions.iter().map(|it| (it.emoji.clone(), users(it))).collect(),
    }
}
