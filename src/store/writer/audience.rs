//! Who is notified of a message: everyone concerned who does not see it come anyway, and whoever it
//! mentions.
//!
//! Pure: from people to notices. Owns who is spared: the sender, who is in the room, who muted the ticket,
//! and whoever does not see the message's stream.

use std::collections::HashMap;

use super::facts::TicketState;
use crate::{
    domain::{NotificationId, NotificationKind, Relation, Stream, User, UserId, Viewer},
    store::write::{NewMessage, NewTicket},
};

/// Someone whom a message may concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) user: User,
    pub(super) relation: Relation,
    /// They do not want to hear of the ticket.
    pub(super) muted: bool,
}

impl Person {
    fn sees(&self, stream: Stream) -> bool {
        Viewer { id: self.user.id.clone(), role: self.user.role }.sees(self.relation, stream)
    }
}

/// A notification to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    /// The place of the message among the planned ones.
    pub(super) message: usize,
    /// Given after planning, when it is known how many are needed.
    pub(super) id: NotificationId,
    pub(super) user: UserId,
    pub(super) kind: NotificationKind,
    /// They see it as staff alone.
    pub(super) for_staff: bool,
}

/// Whether a message may concern anyone who does not see it come anyway: if not, nobody has to be looked
/// up.
pub(super) fn may_concern(new: &NewMessage, state: &TicketState) -> bool {
    let is_elsewhere = |id: &str| {
        id != new.sender.id.as_str() && !new.present.iter().any(|present| present.as_str() == id)
    };
    state.has_participants
        || !new.mentions.is_empty()
        || is_elsewhere(&state.requester)
        || state.assignee.as_deref().is_some_and(is_elsewhere)
}

/// Those whom the first message of a new ticket may concern.
pub(super) fn people_of(new: &NewTicket, users: &HashMap<UserId, User>) -> Vec<Person> {
    let requester = (&new.requester, Relation::Requester);
    let others = new.participants.iter().filter(|id| **id != new.requester);
    std::iter::once(requester)
        .chain(others.map(|id| (id, Relation::Participant)))
        .filter_map(|(id, relation)| {
            Some(Person { user: users.get(id)?.clone(), relation, muted: false })
        })
        .collect()
}

/// The notices of a message, each user's once. `staff` are those agents whom any of the batch's messages
/// may mention.
pub(super) fn notices(message: usize, new: &NewMessage, people: &[Person], staff: &[User]) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    let mut give = |person: &Person, kind| {
        let known = notices.iter().any(|notice| notice.user == person.user.id);
        if known || person.user.id == new.sender.id || !person.sees(new.stream) {
            return;
        }
        let for_staff = new.stream == Stream::Internal || person.relation == Relation::Stranger;
        let user = person.user.id.clone();
        notices.push(Notice { message, id: NotificationId(0), user, kind, for_staff });
    };
    for text in &new.mentions {
        for person in mentioned(text, people, staff) {
            give(&person, NotificationKind::Mention);
        }
    }
    for person in people {
        if !person.muted && !new.present.contains(&person.user.id) {
            give(person, NotificationKind::NewMessage);
        }
    }
    notices
}

/// Whose id a text is or, if it is nobody's, whose name.
fn mentioned(text: &str, people: &[Person], staff: &[User]) -> Vec<Person> {
    let others = staff.iter().filter(|user| people.iter().all(|person| person.user.id != user.id));
    let others = others.map(|user| Person { user: user.clone(), relation: Relation::Stranger, muted: false });
    let all: Vec<Person> = people.iter().cloned().chain(others).collect();
    let by_id: Vec<Person> = all.iter().filter(|it| it.user.id.as_str() == text).cloned().collect();
    if by_id.is_empty() { all.into_iter().filter(|it| it.user.name == text).collect() } else { by_id }
}
